"""Run the README's example, and keep its picture as doc/_static/readme.png.

    python doc/make_readme_picture.py

It prints what the example prints; the README shows that too.
"""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
ROOT = Path(__file__).resolve().parent.parent


def main():
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL).group(1)
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        exec(compile(code, "README.md", "exec"), {})
        shutil.copyfile("why.png", ROOT / "doc" / "_static" / "readme.png")
        os.chdir(ROOT)


if __name__ == "__main__":
    main()
