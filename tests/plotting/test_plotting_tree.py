"""TreeDisplay: what is drawn for trees of known questions."""

import json

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("matplotlib")

from matplotlib.colors import same_color

from skxai import Explanation, LimeExplainer, LimeExplanation
from skxai.plotting import TreeDisplay
from skxai.plotting._common import POSITIVE


def leaf(value, share):
    return {"value": value, "share": share}


# The row is 30 and a clerk: it goes to 7.
OLD = {**leaf(2.0, 0.4)}
YOUNG = {
    **leaf(6.0, 0.6),
    "feature": "a job with a name that is rather long",
    "kind": "value",
    "row": "above",
    "below": leaf(4.0, 0.1),
    "above": leaf(7.0, 0.5),
}
TREE = {
    **leaf(4.4, 1.0),
    "feature": "age",
    "kind": "number",
    "threshold": 38.5,
    "row": "below",
    "below": YOUNG,
    "above": OLD,
}


def explanation_of(*trees, **fields):
    n = len(trees)
    rows = pd.DataFrame({"age": [30] * n, YOUNG["feature"]: ["clerk"] * n}, index=range(5, 5 + n))
    texts = [json.dumps(tree) for tree in trees]
    given = {"data": rows, "feature_names": list(rows), "fresh_r2": np.full(n, 0.75), **fields}
    return LimeExplanation(np.ones((n, 2)), np.zeros(n), np.full(n, 6.9), trees=texts, **given)


def test_questions_and_answers_from_the_top():
    display = explanation_of(TREE).plot("tree")
    questions = [text.get_text() for text in display.questions_]
    assert questions[0] == "age ≤ 38.5"
    assert questions[1].startswith("a job")
    assert questions[1].endswith("\n= clerk")
    # "yes" is drawn above "no": young and a clerk first.
    answers = [text.get_text() for text in display.answers_]
    assert answers == ["7.00 (50 %)", "4.00 (10 %)", "2.00 (40 %)"]
    assert [text.get_weight() for text in display.answers_] == ["bold", "normal", "normal"]
    np.testing.assert_array_equal(display.leaves_.get_array(), [7, 4, 2])
    np.testing.assert_array_equal(display.leaves_.get_offsets(), [[2, 0], [2, 1], [2, 2]])
    assert "R² of the tree on fresh neighbours: 0.75" in display.xlabel
    assert "the model says 6.9" in display.xlabel
    assert display.ax_.get_title(loc="left") == "row 5"


def test_the_way_of_the_row_is_orange():
    display = explanation_of(TREE).plot("tree")
    orange = [line for line in display.ax_.lines if same_color(line.get_color(), POSITIVE)]
    ends = sorted(tuple(line.get_xydata()[-1]) for line in orange)
    assert ends == [(1, 0.5), (2, 0)]  # to the job, then to 7
    other = {**TREE, "row": "above"}
    display = explanation_of(other).plot("tree")
    orange = [line for line in display.ax_.lines if same_color(line.get_color(), POSITIVE)]
    assert [tuple(line.get_xydata()[-1]) for line in orange] == [(2, 2)]


def test_what_other_features_or_no_data_leave():
    for chosen in (explanation_of(TREE)[:, "age"], explanation_of(TREE, data=None)):
        texts = [text.get_text() for text in chosen.plot("tree").questions_]
        assert texts[0] == "age ≤ 38.5"
        assert "as in the row" in texts[1].replace("\n", " ")


def test_kinds_of_questions():
    quartile = {**TREE, "kind": "quartile", "row": "above"}
    display = explanation_of(quartile).plot("tree")
    assert display.tree["question"] == "age in the quartile of 30"
    assert display.tree["row"] == "yes"
    assert display.tree["yes"]["value"] == 2.0
    display = explanation_of({**TREE, "threshold": -22204.4}).plot("tree")
    assert display.tree["question"] == "age ≤ \N{MINUS SIGN}22204"
    pooled = explanation_of(
        {**TREE, "feature": "all", "kind": "value"},
        data=np.ones((1, 4)),
        feature_names=["all", "other"],
        groups=[[0, 1, 2], [3]],
    )
    assert pooled.plot("tree").tree["question"] == "all = 1, 1, 1"


def test_a_single_leaf():
    display = explanation_of(leaf(3.0, 1.0)).plot("tree")
    assert [text.get_text() for text in display.answers_] == ["3.00 (100 %)"]
    assert display.questions_ == []


def test_rows_and_outputs():
    display = explanation_of(TREE, leaf(1.0, 1.0)).plot("tree", row=-1)
    assert len(display.answers_) == 1
    X = np.random.RandomState(0).randn(60, 2)
    explainer = LimeExplainer(surrogate="tree", kernel_width=1.0, n_samples=64, random_state=0)

    def both(X):
        return np.column_stack([X[:, 0] > 0, 5 + X[:, 1]])

    explanation = explainer.fit(both, X).explain(X[:2])
    assert "'y1' (the largest)" in explanation.plot("tree").title
    assert explanation.plot("tree", output="y0").tree["question"].startswith("x0 ")
    with pytest.raises(ValueError, match="output must be one of"):
        explanation.plot("tree", output="y2")


def test_explanations_without_trees_are_refused():
    for explanation in (
        Explanation([[1.0]], [0.0], [1.0]),
        LimeExplanation([[1.0]], [0.0], [1.0]),
    ):
        with pytest.raises(ValueError, match="without trees"):
            TreeDisplay.from_explanation(explanation)


def test_small_axes_are_kept():
    from matplotlib import pyplot

    figure, ax = pyplot.subplots(figsize=(3, 2))
    display = explanation_of(TREE).plot("tree", ax=ax, s=7)
    assert display.figure_ is figure
    assert display.leaves_.get_sizes() == [7]
    assert display.questions_[0].get_fontsize() < 9
    pyplot.close(figure)
