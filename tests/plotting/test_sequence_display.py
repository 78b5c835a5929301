"""Sequences, letter by letter."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgb

from skxai import Explanation
from skxai.explanation import SequenceLayout
from skxai.plotting import SequenceDisplay, display_of
from skxai.plotting._common import NEGATIVE, POSITIVE
from skxai.plotting._letters import LetterGrid, line_width


def explain(sequences, values=None, positions=None, **fields):
    """An Explanation of sequences; random values unless they are given, row by row."""
    positions = positions or [list(range(len(sequence))) for sequence in sequences]
    width = max(map(len, positions))
    rng = np.random.default_rng(0)
    table = np.zeros((len(sequences), width))
    for row, places in enumerate(positions):
        table[row, : len(places)] = rng.normal(size=len(places)) if values is None else values[row]
    fields.setdefault("output_names", ["hemolytic"])
    return Explanation(
        table,
        np.zeros(len(sequences)),
        table.sum(axis=1),
        layout=SequenceLayout(sequences, positions),
        **fields,
    )


def shown(display):
    """The letters, and where they are."""
    return [(letter.get_text(), *letter.get_position()) for letter in display.letters_]


def names(display):
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def test_letters_and_their_colours():
    display = explain(["CAT"], [[2.0, -1.0, 0.0]]).plot()
    assert isinstance(display, SequenceDisplay)
    assert display_of("sequence") is SequenceDisplay
    assert shown(display) == [("C", 0, 1), ("A", 1, 1), ("T", 2, 1)]
    assert display.cells_.get_array().tolist() == [2.0, -1.0, 0.0]
    assert display.cells_.get_clim() == (-2.0, 2.0)
    colors = display.cells_.get_facecolor()
    np.testing.assert_allclose(colors[0, :3], to_rgb(POSITIVE))
    np.testing.assert_allclose(colors[2, :3], 1, atol=0.01)
    assert colors[1, 2] > colors[1, 0]  # bluish
    centres = [path.vertices[:4].mean(axis=0) for path in display.cells_.get_paths()]
    np.testing.assert_allclose(centres, [(0, 1), (1, 1), (2, 1)])
    assert "units of the output 'hemolytic'" in display.colorbar_.ax.get_xlabel()
    assert display.figure_ is display.ax_.figure


def test_letters_can_be_read_on_every_colour():
    display = explain(["CAT"], [[-1.0, 1.0, 0.0]]).plot()
    assert [letter.get_color() for letter in display.letters_] == ["white", "black", "black"]
    np.testing.assert_allclose(display.cells_.get_facecolor()[0, :3], to_rgb(NEGATIVE))


def test_positions_that_are_no_players_are_grey():
    display = explain(["CATS"], [[1.0, -1.0]], [[0, 2]]).plot()
    values = display.cells_.get_array()
    assert values.mask.tolist() == [False, True, False, True]
    colors = display.cells_.get_facecolor()
    np.testing.assert_allclose(colors[1, :3], 0.93, atol=0.01)
    np.testing.assert_allclose(colors[0, :3], to_rgb(POSITIVE))


def test_a_line_for_each_row_on_one_scale():
    display = explain(
        ["CAT", "G"], [[2.0, -1.0, 0.0], [0.5]], index=pd.Index(["first", "second"])
    ).plot()
    assert shown(display)[3] == ("G", 0, 2)
    assert display.cells_.get_array().tolist() == [2.0, -1.0, 0.0, 0.5]
    assert names(display) == ["row first", "row second"]
    one = explain(["CAT", "G"], [[2.0, -1.0, 0.0], [0.5]]).plot(row=1)
    assert shown(one) == [("G", 0, 1)]
    assert one.cells_.get_array().tolist() == [0.5]
    assert one.ax_.get_title(loc="left") == "row 1"


def test_methods_are_lines_of_their_own_scale():
    methods = {
        "Shapley": explain(["CAT"], [[2.0, -1.0, 0.0]]),
        "LIME": explain(["CAT"], [[0.1, 0.2, -0.4]]),
        "nothing": explain(["CAT"], [[0.0, 0.0, 0.0]]),
    }
    display = SequenceDisplay.from_explanation(methods)
    assert names(display) == list(methods)
    expected = [1.0, -0.5, 0.0, 0.25, 0.5, -1.0, 0.0, 0.0, 0.0]
    np.testing.assert_allclose(display.cells_.get_array(), expected)
    assert "largest of its line" in display.colorbar_.ax.get_xlabel()
    together = SequenceDisplay.from_explanation(methods, scale="all")
    np.testing.assert_allclose(together.cells_.get_array()[:4], [2.0, -1.0, 0.0, 0.1])
    assert "units" in together.colorbar_.ax.get_xlabel()


def test_explanations_that_do_not_know_the_letters():
    padded = Explanation([[3.0, -1.5, 0.0, 9.0, 9.0]], [0.0], [0.0])
    display = SequenceDisplay.from_explanation(padded, sequence="CAT")
    assert display.cells_.get_array().tolist() == [3.0, -1.5, 0.0]
    both = {"LRP": padded, "Shapley": explain(["CAT"], [[1.0]], [[1]])}
    display = SequenceDisplay.from_explanation(both)
    assert display.cells_.get_array().tolist() == [1.0, -0.5, 0.0, None, 1.0, None]
    with pytest.raises(TypeError, match="pass them as sequence"):
        SequenceDisplay.from_explanation(padded)
    with pytest.raises(ValueError, match="sequence has 6 letters; expected at most 5"):
        SequenceDisplay.from_explanation(padded, sequence="GATTAC")


def test_one_of_several_outputs():
    values = np.array([[[1.0, 3.0], [2.0, -4.0]]])
    explanation = Explanation(
        values,
        np.zeros((1, 2)),
        values.sum(axis=1),
        layout=SequenceLayout(["CA"], [[0, 1]]),
        output_names=["no", "yes"],
    )
    display = explanation.plot(output="yes")
    assert display.cells_.get_array().tolist() == [3.0, -4.0]
    display = SequenceDisplay.from_explanation({"a": explanation}, output="no")
    np.testing.assert_allclose(display.cells_.get_array(), [0.5, 1.0])
    with pytest.raises(ValueError, match="output must be one of"):
        explanation.plot()


# -- long sequences --------------------------------------------------------------------------------


def test_the_grid_continues_long_sequences_below():
    grid = LetterGrid.of([5, 2], width=2)
    assert grid.lines.tolist() == [0, 0, 1, 1, 0, 0, 0]
    assert grid.places.tolist() == [0, 1, 0, 1, 2, 3, 4]
    assert grid.x.tolist() == [0, 1, 0, 1, 0, 1, 0]
    assert grid.y.tolist() == [1, 1, 2, 2, 4, 4, 6]
    assert grid.starts == [(1, 0), (2, 1), (4, 0), (6, 0)]
    assert grid.numbers == [(0, 0, 0), (1, 0, 1), (0, 3, 2), (1, 3, 3), (0, 5, 4)]
    assert (grid.width, grid.height) == (2, 7)


@pytest.mark.parametrize(
    ("longest", "expected"), [(1, 1), (21, 21), (40, 40), (41, 30), (80, 40), (81, 30), (133, 40)]
)
def test_lines_are_about_equally_long(longest, expected):
    assert line_width(longest) == expected


def test_a_long_and_a_short_sequence():
    display = explain(["ACGT" * 12, "CAT"]).plot()
    assert [(x, y) for letter, x, y in shown(display)][-1] == (17, 4)
    assert names(display) == ["row 0", "row 1", "row 0"]
    texts = {text.get_text(): text.get_position() for text in display.ax_.texts}
    numbers = {number: at for number, at in texts.items() if number.isdigit()}
    assert list(numbers) == ["1", *map(str, range(5, 50, 5))]
    assert numbers["1"][0] == 0
    assert numbers["35"][0] == 4
    assert numbers["30"][1] < 1 < 3 < numbers["35"][1] < 4
    narrow = explain(["ACGT" * 12]).plot(letters_per_line=7)
    assert max(x for _, x, _ in shown(narrow)) == 6
    assert shown(narrow)[7] == ("T", 0, 3)


# -- what may be given -----------------------------------------------------------------------------


def test_plain_values():
    frame = pd.DataFrame([[1.0, -2.0], [0.5, 0.25]], index=["a", "b"])
    display = SequenceDisplay(frame, "AC").plot()
    assert names(display) == ["a", "b"]
    np.testing.assert_allclose(display.cells_.get_array(), [0.5, -1.0, 1.0, 0.5])
    assert display.colorbar_.ax.get_xlabel() == "share of the largest of its line"
    display = SequenceDisplay(frame, "AC", scale="all", label="$x$").plot()
    np.testing.assert_allclose(display.cells_.get_array(), [1.0, -2.0, 0.5, 0.25])
    assert display.colorbar_.ax.get_xlabel() == r"\$x\$"
    display = SequenceDisplay([1.0, 2.0], [["Ala", "$x$"]], title="a peptide").plot(colorbar=False)
    assert [letter.get_text() for letter in display.letters_] == ["Ala", r"\$x\$"]
    assert display.colorbar_ is None
    assert display.ax_.get_title(loc="left") == "a peptide"
    display = SequenceDisplay([[1.0], [2.0]], ["A", "C"]).plot()
    assert shown(display) == [("A", 0, 1), ("C", 0, 2)]


def test_given_axes_and_styles():
    figure, ax = pyplot.subplots()
    display = explain(["CAT"]).plot(ax=ax, letters_per_line=2)
    assert display.ax_ is ax
    assert display.figure_ is figure
    other = SequenceDisplay([1.0], "A").plot(cmap="viridis")
    assert other.cells_.get_cmap().name == "viridis"


def test_letters_fit_their_cells():
    _, ax = pyplot.subplots(figsize=(3, 1))
    for target in (None, ax):
        display = explain(["W" * 40, "M" * 40]).plot(ax=target)
        display.figure_.canvas.draw()
        box = display.ax_.transData.transform([(0, 0), (1, 1)])
        width, height = np.abs(box[1] - box[0])
        extents = [letter.get_window_extent() for letter in display.letters_]
        assert max(extent.width for extent in extents) <= width
        assert max(extent.height for extent in extents) <= 1.1 * height


@pytest.mark.parametrize(
    ("display", "message"),
    [
        (SequenceDisplay([1.0, 2.0], "CAT"), r"values has shape \(1, 2\); expected \(1, 3\)"),
        (SequenceDisplay(np.zeros((3, 3)), ["CAT", "CAT"]), "letters has 2 sequences; expected 3"),
        (SequenceDisplay([1.0], "A", names=["a", "b"]), "names has 2 names; expected 1"),
        (SequenceDisplay(np.zeros((1, 0)), ""), "there are 0 letters"),
        (SequenceDisplay(np.zeros((6, 1000)), "A" * 1000), "there are 6000 letters in 6 lines"),
        (SequenceDisplay([1.0], "A", scale="own"), "scale must be one of"),
    ],
)
def test_what_cannot_be_drawn(display, message):
    with pytest.raises(ValueError, match=message):
        display.plot()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "empty dictionary"),
        ({"a": explain(["CAT", "G"])}, "the explanation 'a' has 2 rows; expected one: pass row"),
        (
            {"a": explain(["CAT"]), "b": explain(["CAR"])},
            "the explanation 'b' is of the sequence 'CAR'; expected 'CAT'",
        ),
    ],
)
def test_dictionaries_are_of_one_row(members, message):
    with pytest.raises(ValueError, match=message):
        SequenceDisplay.from_explanation(members)
    if "a" in members and len(members["a"]) == 2:
        assert SequenceDisplay.from_explanation(members, row=0).letters_[2].get_text() == "T"


def test_letters_per_line_is_positive():
    with pytest.raises(ValueError, match="letters_per_line is 0"):
        explain(["CAT"]).plot(letters_per_line=0)
