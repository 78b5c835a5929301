import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib import pyplot
from matplotlib.colors import to_rgba

from skxai import Explanation
from skxai.plotting import WaterfallDisplay
from skxai.plotting._common import GREY, NEGATIVE, POSITIVE


def tick_labels(display):
    return [text.get_text() for text in display.ax_.get_yticklabels()]


def assert_chain(display):
    """Each bar begins where the one above ends; the first at the base, the last ends it."""
    level = display.base_value
    scale = max([abs(level), *(abs(bar.get_width()) for bar in display.bars_)])
    for bar in display.bars_:
        assert bar.get_x() == pytest.approx(level, abs=1e-9 * scale)
        level = bar.get_x() + bar.get_width()
    assert level == pytest.approx(display.prediction, abs=2e-6 * scale)


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8),
    st.floats(-1e3, 1e3),
    st.sampled_from([0.0, 0.5]),
    st.sampled_from([1, 3, None]),
)
def test_the_chain_ends_at_the_prediction(steps, base, gap, max_features):
    explanation = Explanation([steps], [base], [base + sum(steps) + gap])
    display = WaterfallDisplay.from_explanation(explanation, max_features=max_features)
    assert_chain(display)
    pyplot.close(display.figure_)


def test_steps_names_and_numbers():
    explanation = Explanation(
        [[0.5, -2.0, 1.0, 0.1, -0.2]],
        [3.0],
        [2.4],
        std_errors=[[0.1, 0.2, 0.3, 0.04, 0.05]],
        data=pd.DataFrame([[39, "clerk", np.nan, 1, 2]]),
        feature_names=["age", "job", "rate", "u", "v"],
        targets=["cat"],
    )
    display = WaterfallDisplay.from_explanation(explanation, max_features=3)
    assert tick_labels(display) == [
        "base value", "job = clerk", "rate = missing", "age = 39", "sum of 2 others", "prediction",
    ]  # fmt: skip
    bars = [(bar.get_x(), bar.get_width()) for bar in display.bars_]
    np.testing.assert_allclose(bars, [(3.0, -2.0), (1.0, 1.0), (2.0, 0.5), (2.5, -0.1)])
    np.testing.assert_allclose(display.ends_.get_offsets(), [(3.0, 0), (2.4, 5)])
    (lines,) = display.whiskers_[2]
    ends = [[segment[0, 0], segment[1, 0]] for segment in lines.get_segments()]
    np.testing.assert_allclose(ends, [(0.6, 1.4), (1.4, 2.6), (2.3, 2.7), (2.22, 2.58)])
    colors = [bar.get_facecolor() for bar in display.bars_]
    assert colors == [to_rgba(color) for color in (NEGATIVE, POSITIVE, POSITIVE, GREY)]
    assert [text.get_text() for text in display.texts_] == [
        "3.00", "−2.00", "+1.00", "+0.50", "−0.10", "2.40",
    ]  # fmt: skip
    assert display.ax_.get_title(loc="left") == "row 0, explained class 'cat'"
    assert "whiskers: ± 2 standard errors of each step" in display.ax_.get_xlabel()


def test_what_is_not_explained_is_a_step_of_its_own():
    explanation = Explanation([[1.0, -0.5]], [2.0], [3.25], std_errors=[[0.1, 0.1]])
    display = WaterfallDisplay.from_explanation(explanation)
    assert tick_labels(display)[-2:] == ["not explained", "prediction"]
    assert (display.bars_[2].get_x(), display.bars_[2].get_width()) == (2.5, 0.75)
    assert display.bars_[2].get_facecolor() == to_rgba(GREY)
    (lines,) = display.whiskers_[2]
    assert len(lines.get_segments()) == 2
    assert_chain(display)


@pytest.mark.parametrize("base", [0.0, 1e6])
def test_rounding_is_not_called_unexplained(base):
    steps = np.full(30, 0.1)
    explanation = Explanation([steps], [base], [base + 3.0])
    display = WaterfallDisplay.from_explanation(explanation, max_features=None)
    assert len(display.bars_) == 30


def test_all_zero(explain):
    display = WaterfallDisplay.from_explanation(explain(scale=0.0))
    assert [text.get_text() for text in display.texts_] == ["10.0", *["0.00"] * 5, "10.0"]
    display.figure_.canvas.draw()


def test_bars_keep_off_the_ends_of_the_axis():
    display = WaterfallDisplay.from_explanation(Explanation([[1.0, 2.0]], [10.0], [13.0]))
    left, right = display.ax_.get_xlim()
    assert left < 10.0
    assert right > 13.0


def test_the_row_is_chosen_by_position(explain):
    explanation = explain(index=pd.Index([f"r{i}" for i in range(20)]))
    for row in (4, np.int64(4), -16):
        display = WaterfallDisplay.from_explanation(explanation, row=row)
        assert display.prediction == explanation.predictions[4]
        assert display.title == "row r4"
    assert WaterfallDisplay.from_explanation(explanation).prediction == explanation.predictions[0]


def test_several_outputs_show_the_largest_prediction(explain):
    explanation = explain(n_outputs=3, output_names=["a", "b", "c"])
    row = int(np.flatnonzero(explanation.predictions.argmax(axis=1) == 2)[0])
    display = WaterfallDisplay.from_explanation(explanation, row=row)
    assert display.prediction == explanation.predictions[row, 2]
    assert display.title == f"row {row}, output 'c' (the largest)"
    display = WaterfallDisplay.from_explanation(explanation, row=row, output="a")
    assert display.prediction == explanation.predictions[row, 0]
    assert display.title == f"row {row}, output 'a'"
    np.testing.assert_allclose(sorted(display.values), sorted(explanation.values[row, :, 0]))


@pytest.mark.parametrize(
    ("base", "steps", "expected"),
    [
        (1000.0, [1.89, -0.3], ["1000.00", "+1.89", "−0.30", "1001.59"]),
        (1.0, [2e-9], ["1.00", "+2.00e−09", "1.00"]),
        (1e9, [1e-3], ["1.00e+09", "+0.00100", "1.00e+09"]),
    ],
)
def test_numbers_add_up_by_hand(base, steps, expected):
    display = WaterfallDisplay(base, steps, base + sum(steps), list("abc")[: len(steps)]).plot()
    assert [text.get_text() for text in display.texts_] == expected


def test_bad_arguments(explain):
    explanation = explain(n_outputs=2)
    with pytest.raises(ValueError, match="row must be a position among 20 rows, got -21"):
        WaterfallDisplay.from_explanation(explanation, row=-21)
    with pytest.raises(ValueError, match=r"row must be an integer position, got \[1\]"):
        WaterfallDisplay.from_explanation(explanation, row=[1])
    with pytest.raises(ValueError, match="output must be one of"):
        WaterfallDisplay.from_explanation(explanation, output="c")
    with pytest.raises(ValueError, match="max_features"):
        WaterfallDisplay.from_explanation(explanation, max_features=-1)
    assert pyplot.get_fignums() == []
