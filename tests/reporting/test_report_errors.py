"""What is refused, and when."""

import os

import numpy as np
import pandas as pd
import pytest
from pages import DATE, Parsed, two_classes

from skxai import (
    CounterfactualExplainer,
    Explanation,
    LimeExplainer,
    ShapleyExplainer,
    report,
)


class Slow(ShapleyExplainer):
    """Explains nothing: what is refused is refused before."""

    def explain(self, X):
        raise AssertionError("explained before the arguments were checked")


@pytest.fixture(scope="module")
def slow():
    X, y, model = two_classes()
    return Slow().fit(model, X), X, y


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({"row": 100}, IndexError, "row is 100; expected a position among 100 rows"),
        ({"row": "a"}, TypeError, "row is 'a'; expected the position"),
        ({"output": "maybe"}, ValueError, "output is 'maybe'; expected one of"),
        ({"path": 3}, TypeError, "path is 3; expected the name of a file"),
        ({"title": 3}, TypeError, "title is 3; expected a text"),
        ({"date": 3}, TypeError, "date is 3; expected a text, a datetime.date"),
        ({"y_background": [1, 2]}, ValueError, "y_background has shape .2,.; expected an entry"),
        ({"X_background": np.eye(3)}, ValueError, "X_background has 3 columns; expected 4"),
        ({"counterfactuals": 3}, TypeError, "counterfactuals is int; expected True, False, a"),
        ({"influences": "yes"}, TypeError, "influences is str; expected True, False, a"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_errors_come_before_long_work(slow, given, error, match):
    explainer, X, _ = slow
    with pytest.raises(error, match=match):
        report(explainer, X, **given)


def test_errors_of_rows_and_results(slow):
    explainer, X, _ = slow
    with pytest.raises(ValueError, match="X has no rows"):
        report(explainer, X[:0])
    with pytest.raises(TypeError, match="X is int; expected rows to explain"):
        report(explainer, 3)
    model = explainer.predictor_.model
    three = CounterfactualExplainer(random_state=0).fit(model, X).explain(X[:3])
    with pytest.raises(ValueError, match="counterfactuals has 3 rows; expected one, or all 5"):
        report(explainer, X[:5], counterfactuals=three)


def test_errors_of_files(slow, tmp_path):
    explainer, X, _ = slow
    with pytest.raises(IsADirectoryError, match="a folder; expected a file"):
        report(explainer, X, tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        report(explainer, X, tmp_path / "no" / "why.html")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        Explanation([[1.0]], [0.0], [1.0]).report(tmp_path / "no" / "why.html")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_file_that_may_not_be_written(slow, tmp_path):
    path = tmp_path / "why.html"
    path.write_text("")
    path.chmod(0o400)
    with pytest.raises(PermissionError, match="can't be written"):
        report(slow[0], slow[1], path)


def test_errors_of_explainers():
    X, y, model = two_classes()
    with pytest.raises(TypeError, match=r"explainer is Explanation; .* has a method report"):
        report(ShapleyExplainer().fit(model, X).explain(X[:2]), X)
    with pytest.raises(TypeError, match="explainer is CounterfactualExplainer, which returns no"):
        report(CounterfactualExplainer().fit(model, X), X)
    with pytest.raises(ValueError, match="not fitted"):
        report(ShapleyExplainer(), X)
    lime = LimeExplainer(random_state=0).fit(model, X)
    with pytest.raises(ValueError, match="y_background is given without X_background"):
        report(lime, X, y_background=y)


def test_errors_of_explanations():
    with pytest.raises(ValueError, match="0 rows and 2 features"):
        Explanation(np.zeros((0, 2)), [], []).report()
    with pytest.raises(IndexError, match="row is 1; expected a position among 1 rows"):
        Explanation([[1.0]], [0.0], [1.0]).report(row=1)
    with pytest.raises(ValueError, match="output must be one of"):
        Explanation([[1.0]], [0.0], [1.0]).report(output="b")


def test_nothing_of_the_users_is_changed():
    X, y, model = two_classes()
    explainer = ShapleyExplainer().fit(model, X)
    before, state = X.copy(), np.random.get_state()[1].copy()  # noqa: NPY002
    report(explainer, X[:3], y_background=y)
    pd.testing.assert_frame_equal(X, before)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_notebooks_show_the_page_in_a_frame():
    page = Explanation([[1.0]], [0.0], [1.0], feature_names=['"<b>']).report(date=DATE)
    (frame,) = Parsed(page._repr_html_()).all("iframe")
    assert frame["srcdoc"] == page
    assert frame["sandbox"] == ""
    assert frame["title"]
