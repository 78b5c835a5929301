"""Write the files of this release that all later ones are to read.

    python tests/compatibility/keep_release.py           # with the lowest supported versions
    python tests/compatibility/keep_release.py --newest  # then with the newest

Run it at a release, and add the new folder, ``data/<version>``; folders of earlier releases stay as
they are. The first command writes a ``.npz`` file and a pickle of each kind of result, pickles of
explainers, and ``values.json`` with what is in them. It is run with the lowest versions since a
pickle of numpy's and pandas' objects need not load in older ones than wrote it. The second adds
the ``.npz`` files of results that hold tables, which newer versions of pandas write differently.
"""

import argparse
import json
import pickle
from pathlib import Path

import pandas as pd
from kept_explainers import kept_explainers
from kept_results import describe, kept_results

import skxai

PROTOCOL = 4
NOT_PICKLED = {"explanation_zoned"}


def keep_all(folder):
    """Write everything with the versions that are installed."""
    folder.mkdir(parents=True)  # a release is kept once
    results, explainers = kept_results(), kept_explainers()
    assert not results.keys() & explainers.keys()
    written = {}
    for name, result in results.items():
        result.save(folder / f"{name}.npz")
        if name not in NOT_PICKLED:
            (folder / f"{name}.pickle").write_bytes(pickle.dumps(result, PROTOCOL))
        written[name] = describe(result)
    for name, (explainer, rows) in explainers.items():
        (folder / f"{name}.explainer").write_bytes(pickle.dumps(explainer, PROTOCOL))
        written[name] = explainer.explain(rows).values.tolist()
    lines = [f"{json.dumps(name)}: {json.dumps(what)}" for name, what in written.items()]
    (folder / "values.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def keep_tables(folder):
    """Write the results that hold something of pandas once more."""
    folder.mkdir()
    for name, result in kept_results().items():
        if isinstance(result.data if hasattr(result, "data") else None, pd.DataFrame):
            result.save(folder / f"{name}.npz")


def main():
    """Write a folder named by the version."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--newest", action="store_true", help="only tables, to a folder inside")
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / "data")
    options = parser.parse_args()
    folder = options.data / skxai.__version__
    keep_tables(folder / "newest") if options.newest else keep_all(folder)


if __name__ == "__main__":
    main()
