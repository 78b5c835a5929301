"""What earlier releases wrote is read, and says the same: files, pickles of results, of explainers.

``data/<version>`` was written by ``keep_release.py`` with that version, together with
``values.json``. Warnings are errors here as everywhere in the tests.
"""

import dataclasses
import json
import pickle
import pickletools
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import sklearn
from kept_explainers import ROWS, kept_explainers
from kept_results import describe, kept_results
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.linear_model import LinearRegression

import skxai
from skxai import ShapleyExplainer

DATA = Path(__file__).parent / "data"
PUBLIC = {name: getattr(skxai, name) for name in skxai.__all__}
KINDS = {name: kind for name, kind in PUBLIC.items() if hasattr(kind, "save")}


def kept(pattern):
    """Parameters: the files of all releases."""
    return [
        pytest.param(path, id=path.relative_to(DATA).as_posix())
        for path in sorted(DATA.glob(f"*/{pattern}"))
    ]


def written(path):
    """What the release wrote down of this file."""
    release = DATA / path.relative_to(DATA).parts[0]
    return json.loads((release / "values.json").read_text())[path.stem]


def assert_as_written(result, path):
    """Fields that came with a later release are not in what was written."""
    expected, found = written(path), describe(result)
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize("path", kept("**/*.npz"))
def test_files_of_results(path):
    kind = KINDS[written(path)["kind"]]
    assert_as_written(kind.load(path), path)


@pytest.mark.parametrize("path", kept("*.pickle"))
def test_pickles_of_results(path):
    assert_as_written(pickle.loads(path.read_bytes()), path)


@pytest.mark.parametrize("path", kept("*.explainer"))
def test_pickles_of_explainers(path):
    rows = kept_explainers()[path.stem][1]
    explained = pickle.loads(path.read_bytes()).explain(rows)
    np.testing.assert_allclose(explained.values, written(path), rtol=1e-10, atol=1e-12)


# -- what is kept ------------------------------------------------------------------------------


@pytest.mark.parametrize("release", sorted(DATA.iterdir()), ids=lambda folder: folder.name)
def test_everything_is_there_and_small(release):
    names = {path.stem for path in release.glob("*.*")} - {"values"}
    assert names == set(json.loads((release / "values.json").read_text()))
    assert len(names) >= 27
    sizes = [path.stat().st_size for path in release.rglob("*") if path.is_file()]
    assert sum(sizes) < 150_000


@pytest.mark.parametrize(
    "path", sorted(DATA.glob("*/values.json")), ids=lambda path: path.parent.name
)
def test_numbers_by_hand(path):
    """What is written down of the explainers is right, and not only what once came out."""
    values = json.loads(path.read_text())
    # x2 stands alone in both outputs: 3 - 1 and its negative; the mean of the background is 1.
    np.testing.assert_allclose(np.array(values["shapley_exact"])[0, 2], [2.0, -2.0], rtol=1e-12)
    # Wages are 30, 80 and 100; their mean is 70.
    np.testing.assert_allclose(np.sum(values["shapley_frame"], axis=1), [-40.0, 10.0, 30.0])
    # A rose counts once, and with a thorn twice: half of that is the thorn's.
    expected = [[0.0, 1.0, 0.0, 0.0, 1.0], [0.0, 1.5, 0.0, 0.0, 0.5]]
    np.testing.assert_allclose(values["shapley_text"], expected, atol=1e-12)


def test_every_kind_and_every_field_is_kept():
    """A new kind, field or layout belongs into `kept_results`, so that its release keeps it."""
    results = kept_results().values()
    assert {type(result).__name__ for result in results} == set(KINDS)
    for name, kind in KINDS.items():
        fields = {field.name for field in dataclasses.fields(kind)}
        own = [result for result in results if type(result) is kind]
        filled = {field for field in fields for one in own if getattr(one, field) is not None}
        assert filled >= fields - {"layout", "data"}, name
    layouts = {result.layout.kind for result in results if getattr(result, "layout", None)}
    assert layouts >= {"text", "image", "sequence"}


@pytest.mark.parametrize("path", kept("*.explainer"))
def test_explainers_hold_no_estimator_of_scikit_learn(path):
    """It would warn, rightly, where another version reads it."""
    texts = [text for _, text, _ in pickletools.genops(path.read_bytes()) if isinstance(text, str)]
    assert not [text for text in texts if text.split(".")[0] == "sklearn"]


def test_scikit_learn_warns_of_a_model_of_another_version():
    """It is theirs to say whether that model still works; we do not hide it."""
    model = LinearRegression().fit(ROWS, [1.0, 2.0])
    explainer = ShapleyExplainer().fit(model, ROWS)
    now = sklearn.__version__
    then = re.sub(r"\d", "0", now)  # as long, since a pickle tells lengths
    text = pickle.dumps(explainer, protocol=4).replace(now.encode(), then.encode())
    with pytest.warns(InconsistentVersionWarning, match=re.escape(then)):
        again = pickle.loads(text)
    np.testing.assert_array_equal(again.explain(ROWS).values, explainer.explain(ROWS).values)


def test_warnings_are_errors():
    with pytest.raises(FutureWarning, match="soon"):
        warnings.warn("soon", FutureWarning, stacklevel=1)
