import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from skxai import Explanation
from skxai.plotting import BarDisplay
from skxai.plotting._common import GREY, NEGATIVE, PALETTE, POSITIVE


def widths(container):
    return np.array([bar.get_width() for bar in container])


def whisker_ends(container):
    """From an ErrorbarContainer: array of (left, right), a row for each whisker."""
    (lines,) = container[2]
    return np.array([[segment[0, 0], segment[1, 0]] for segment in lines.get_segments()])


def tick_labels(display):
    return [text.get_text() for text in display.ax_.get_yticklabels()]


def test_bars_are_the_importance(explain):
    explanation = explain()
    display = BarDisplay.from_explanation(explanation)
    table = explanation.importance().sort_values("importance", ascending=False, kind="stable")
    assert tick_labels(display) == list(table.index)
    np.testing.assert_allclose(widths(display.bars_[0]), table["importance"])
    ends = whisker_ends(display.whiskers_[0])
    np.testing.assert_allclose(ends[:, 1], table["importance"] + 2 * table["std_error"])
    np.testing.assert_allclose(ends[:, 0], table["importance"] - 2 * table["std_error"])
    assert [text.get_text() for text in display.texts_] == [f"{x:.2f}" for x in table["importance"]]
    assert display.ax_.get_ylim() == (4.5, -0.5)  # the first bar is the upper one


def test_ties_keep_the_given_order():
    explanation = Explanation(np.tile([1.0, 2.0], (2, 30)), np.zeros(2), np.zeros(2))
    display = BarDisplay.from_explanation(explanation, max_features=None)
    assert display.labels == [f"x{j}" for j in [*range(1, 60, 2), *range(0, 60, 2)]]


def test_whiskers_of_importances_end_at_zero():
    values = np.array([[0.0], [0.0], [0.0], [10.0]])
    display = BarDisplay.from_explanation(Explanation(values, np.zeros(4), values[:, 0]))
    np.testing.assert_allclose(whisker_ends(display.whiskers_[0]), [[0.0, 7.5]])


def test_others_are_averaged(explain):
    explanation = explain(n_features=7)
    display = BarDisplay.from_explanation(explanation, max_features=3)
    importance = np.sort(explanation.importance()["importance"])[::-1]
    np.testing.assert_allclose(widths(display.bars_[0])[:3], importance[:3])
    np.testing.assert_allclose(widths(display.bars_[0])[3], importance[3:].mean())
    assert display.labels[3] == f"mean of 4 others (Σ {importance[3:].sum():.2f})"
    assert display.bars_[0][3].get_facecolor() == pytest.approx((0.62, 0.62, 0.62, 1))
    # Its error is that of the rows' means, which know how the features go together.
    smallest = np.argsort(explanation.importance()["importance"].to_numpy())[:4]
    per_row = np.abs(explanation.values[:, smallest]).mean(axis=1)
    error = per_row.std(ddof=1) / np.sqrt(len(per_row))
    assert whisker_ends(display.whiskers_[0])[3, 1] == pytest.approx(per_row.mean() + 2 * error)


@pytest.mark.parametrize(("max_features", "n_bars"), [(1, 2), (3, 4), (4, 5), (5, 5), (None, 5)])
def test_max_features(explain, max_features, n_bars):
    display = BarDisplay.from_explanation(explain(), max_features=max_features)
    assert len(display.bars_[0]) == n_bars
    assert "mean of 1 " not in display.labels[-1]


def test_outputs_side_by_side(explain):
    explanation = explain(n_outputs=3, output_names=["a", "b", "c"])
    display = BarDisplay.from_explanation(explanation)
    table = explanation.importance()
    total = table.xs("importance", axis=1, level=1).sum(axis=1).sort_values(ascending=False)
    assert tick_labels(display) == list(total.index)
    for k, name in enumerate("abc"):
        expected = table[name].loc[total.index]
        np.testing.assert_allclose(widths(display.bars_[k]), expected["importance"])
        np.testing.assert_allclose(
            whisker_ends(display.whiskers_[k])[:, 1],
            expected["importance"] + 2 * expected["std_error"],
        )
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == ["a", "b", "c"]
    spans = sorted(
        (bar.get_y(), bar.get_y() + bar.get_height()) for bars in display.bars_ for bar in bars
    )
    assert all(below[1] <= above[0] + 1e-9 for below, above in itertools.pairwise(spans))


def test_one_output_of_several(explain):
    explanation = explain(n_outputs=3, output_names=[0, 1, 2])
    display = BarDisplay.from_explanation(explanation, output=1)
    expected = explanation.output(1).importance()["importance"].sort_values(ascending=False)
    np.testing.assert_allclose(widths(display.bars_[0]), expected)
    assert "units of the output '1'" in display.ax_.get_xlabel()


def test_no_more_outputs_than_colours():
    values = np.zeros((4, 2, 10))
    values[:] = [5, 1, 7, 8, 9, 2, 3, 4, 6, 10]
    zeros = np.zeros((4, 10))
    display = BarDisplay.from_explanation(Explanation(values, zeros, zeros))
    names = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert names == ["y0", "y2", "y3", "y4", "y6", "y7", "y8", "y9"]
    assert len(display.bars_) == len(PALETTE) == 8
    assert "2 more outputs, of smaller attributions, are not shown" in display.ax_.get_xlabel()


def test_bars_of_one_row():
    explanation = Explanation(
        [[0.5, -2.0, 1.0, 0.1, -0.2]],
        [3.0],
        [2.4],
        std_errors=[[0.1, 0.2, 0.3, 0.04, 0.05]],
        data=pd.DataFrame([[39, "clerk", 0.25, 1, 2]]),
        feature_names=["age", "job", "rate", "u", "v"],
        index=pd.Index(["ann"]),
    )
    display = BarDisplay.from_explanation(explanation, max_features=3)
    assert display.labels == ["job = clerk", "rate = 0.25", "age = 39", "sum of 2 others"]
    np.testing.assert_allclose(widths(display.bars_[0]), [-2.0, 1.0, 0.5, -0.1])
    centers = [-2.0, 1.0, 0.5, -0.1]
    errors = np.array([0.2, 0.3, 0.1, 0.09])  # the last an upper bound
    np.testing.assert_allclose(
        whisker_ends(display.whiskers_[0]), np.c_[centers - 2 * errors, centers + 2 * errors]
    )
    from matplotlib.colors import to_rgba

    colors = [bar.get_facecolor() for bar in display.bars_[0]]
    assert colors == [to_rgba(color) for color in (NEGATIVE, POSITIVE, POSITIVE, GREY)]
    assert [text.get_text() for text in display.texts_] == ["−2.00", "+1.00", "+0.50", "−0.10"]
    assert display.ax_.get_title(loc="left") == "row ann"


def test_row_of_many(explain):
    explanation = explain()
    by_position = BarDisplay.from_explanation(explanation, row=7)
    alone = BarDisplay.from_explanation(explanation[7])
    np.testing.assert_array_equal(widths(by_position.bars_[0]), widths(alone.bars_[0]))
    assert sorted(widths(alone.bars_[0])) == sorted(explanation.values[7])
    assert by_position.title == "row 7"
    assert alone.whiskers_ == []


def test_one_row_of_several_outputs(explain):
    explanation = explain(n_outputs=2, std_errors=True, targets=["a"] * 20)
    display = BarDisplay.from_explanation(explanation, row=3)
    order = np.argsort(-np.abs(explanation.values[3]).sum(axis=1))
    for k in range(2):
        np.testing.assert_allclose(widths(display.bars_[k]), explanation.values[3, order, k])
        half = np.diff(whisker_ends(display.whiskers_[k]))[:, 0] / 2
        np.testing.assert_allclose(half, 2 * explanation.std_errors[3, order, k])
    assert display.ax_.get_legend().get_title().get_text() == "row 3, explained class 'a'"


def test_constructor_takes_numbers_and_plot_takes_style():
    _, ax = pyplot.subplots()
    display = BarDisplay([2.0, 1.0], ["a", "b"], errors=[np.nan, 0.25], xlabel="x", title="t")
    assert display.plot(ax, color="red", height=0.1) is display
    assert display.ax_ is ax
    assert {bar.get_facecolor() for bar in display.bars_[0]} == {(1, 0, 0, 1)}
    np.testing.assert_allclose(whisker_ends(display.whiskers_[0]), [[0.5, 1.5]])
    assert (ax.get_xlabel(), ax.get_title(loc="left")) == ("x", "t")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_features": 0}, "max_features must be None or an integer >= 1, got 0"),
        ({"max_features": 2.5}, "max_features .* got 2.5"),
        ({"max_features": True}, "max_features .* got True"),
        ({"output": "d"}, r"output must be one of \['y0', 'y1'\], got 'd'"),
        ({"row": 20}, "row must be a position among 20 rows, got 20"),
        ({"row": "a"}, "row must be an integer position, got 'a'"),
    ],
)
def test_bad_arguments(explain, arguments, message):
    with pytest.raises(ValueError, match=message):
        BarDisplay.from_explanation(explain(n_outputs=2), **arguments)
    assert pyplot.get_fignums() == []
