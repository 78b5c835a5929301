import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgba
from matplotlib.dates import date2num

from skxai import Explanation
from skxai.plotting import StemDisplay
from skxai.plotting._common import NEGATIVE, POSITIVE


def tick_texts(display):
    return [label.get_text() for label in display.ax_.get_xticklabels()]


def letters(word, values=None, **fields):
    values = np.arange(1.0, len(word) + 1) if values is None else np.asarray(values)
    return Explanation(values[None], [0], [values.sum()], data=np.array([list(word)]), **fields)


def test_stems_by_hand():
    display = letters("CAT", [0.5, -0.5, 2.0]).plot("stem")
    assert isinstance(display, StemDisplay)
    np.testing.assert_array_equal(
        display.stems_.get_segments(),
        [[[0, 0], [0, 0.5]], [[1, 0], [1, -0.5]], [[2, 0], [2, 2]]],
    )
    np.testing.assert_array_equal(display.heads_.get_offsets(), [[0, 0.5], [1, -0.5], [2, 2]])
    colors = [to_rgba(POSITIVE), to_rgba(NEGATIVE), to_rgba(POSITIVE)]
    np.testing.assert_allclose(display.stems_.get_colors(), colors)
    np.testing.assert_allclose(display.heads_.get_facecolors(), colors)
    assert tick_texts(display) == ["C", "A", "T"]
    assert display.whiskers_ is None
    assert display.ax_.get_xlabel() == "position"
    assert display.ylabel == "attribution\n(units of the output 'y')"


def test_positions_are_times():
    times = np.array([0.0, 2.5, 10.0])
    explanation = letters("CAT")
    display = explanation.plot("stem", positions=times, xlabel="seconds")
    np.testing.assert_array_equal(display.heads_.get_offsets()[:, 0], times)
    assert display.labels is None
    assert display.ax_.get_xlabel() == "seconds"
    display = explanation.plot("stem", positions=times, labels="values")
    np.testing.assert_array_equal(display.ax_.get_xticks(), times)
    assert tick_texts(display) == ["C", "A", "T"]


def test_dates_can_be_positions():
    days = pd.date_range("2024-05-01", periods=3)
    display = letters("CAT").plot("stem", positions=days)
    display.figure_.canvas.draw()
    np.testing.assert_array_equal(display.heads_.get_offsets()[:, 0], date2num(days))
    assert any(text.startswith("05-0") for text in tick_texts(display))


def test_labels(explain):
    numbers = explain(n_rows=1, n_features=3, data=np.array([[1.0, 2.5, -3.0]]))
    assert numbers.plot("stem").labels is None
    assert numbers.plot("stem", labels="values").labels == ["1", "2.5", "−3"]
    assert numbers.plot("stem", labels="names").labels == ["x0", "x1", "x2"]
    assert numbers.plot("stem", labels=["a", "b", 3]).labels == ["a", "b", "3"]
    assert letters("CAT").plot("stem", labels=None).labels is None
    assert letters("C" * 61).plot("stem").labels is None
    assert letters("C" * 60).plot("stem").labels == ["C"] * 60


@pytest.mark.parametrize(("n_letters", "width"), [(60, None), (40, 4)])
def test_many_letters_stay_upright_and_apart(n_letters, width):
    ax = None if width is None else pyplot.figure(figsize=(width, 3)).add_subplot()
    display = letters("ACGT" * (n_letters // 4)).plot("stem", ax=ax)
    display.figure_.canvas.draw()
    labels = display.ax_.get_xticklabels()
    assert {label.get_rotation() for label in labels} == {0.0}
    boxes = [label.get_window_extent() for label in labels]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_long_words_are_turned():
    words = np.array([["understandable"] * 20])
    explanation = Explanation(np.ones((1, 20)), [0], [20], data=words)
    display = explanation.plot("stem")
    assert {label.get_rotation() for label in display.ax_.get_xticklabels()} == {90.0}


def test_whiskers_are_two_errors():
    explanation = letters("CAT", [1.0, -0.5, 2.0], std_errors=[[0.1, 0.2, 0.0]])
    display = explanation.plot("stem")
    segments = display.whiskers_.lines[2][0].get_segments()
    ends = [segment[:, 1] for segment in segments]
    np.testing.assert_allclose(ends, [[0.8, 1.2], [-0.9, -0.1], [2, 2]])
    assert "± 2 standard errors" in display.ylabel


def test_the_largest_output_unless_named(explain):
    explanation = explain(n_rows=4, n_features=3, n_outputs=3, output_names=["a", "b", "c"])
    best = int(explanation.predictions[2].argmax())
    display = explanation.plot("stem", row=2)
    np.testing.assert_array_equal(display.values, explanation.values[2, :, best])
    assert display.title == f"row 2, output '{'abc'[best]}' (the largest)"
    other = "abc"[(best + 1) % 3]
    display = explanation.plot("stem", row=2, output=other)
    np.testing.assert_array_equal(display.values, explanation.values[2, :, (best + 1) % 3])
    assert display.title == f"row 2, output '{other}'"


def test_one_output_along_a_third_axis(explain):
    explanation = explain(n_outputs=1, std_errors=True)
    display = explanation.plot("stem")
    np.testing.assert_array_equal(display.values, explanation.values[0, :, 0])


def test_given_axes_and_style(explain):
    figure, axes = pyplot.subplots(2)
    display = explain().plot("stem", ax=axes[1], colors="red", linewidths=4)
    assert display.ax_ is axes[1]
    assert display.figure_ is figure
    np.testing.assert_array_equal(display.stems_.get_colors(), [[1, 0, 0, 1]])
    assert display.stems_.get_linewidths() == [4]
    assert pyplot.get_fignums() == [figure.number]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"row": 20}, "row must be a position among 20 rows, got 20"),
        ({"output": "d"}, r"output must be one of \['y'\], got 'd'"),
        ({"positions": [1, 2]}, r"positions has shape \(2,\); expected \(5,\)"),
        ({"labels": ["a"]}, "labels has 1 texts; expected 5"),
        ({"labels": "letters"}, "labels must be 'auto', 'values', 'names'.* got 'letters'"),
    ],
)
def test_bad_arguments(explain, arguments, message):
    with pytest.raises(ValueError, match=message):
        StemDisplay.from_explanation(explain(), **arguments)
    assert pyplot.get_fignums() == []


def test_values_that_are_not_known():
    with pytest.raises(ValueError, match="labels is 'values', but the explanation has no data"):
        Explanation([[1.0]], [0], [1]).plot("stem", labels="values")
