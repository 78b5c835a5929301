import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from skxai import Explanation
from skxai.plotting import BarDisplay, InteractionDisplay
from skxai.plotting._common import NEGATIVE, POSITIVE


def cells(collection):
    """The value in each cell, by its row and its column."""
    centers = [path.get_extents() for path in collection.get_paths()]
    places = [(round(box.y0 + 0.5), round(box.x0 + 0.5)) for box in centers]
    return dict(zip(places, np.asarray(collection.get_array())))


def texts(display):
    return [text.get_text() for text in display.texts_]


def test_cells_are_the_strengths(interact):
    interactions = interact(n_features=4)
    display = InteractionDisplay.from_explanation(interactions)
    importance = interactions.attributions().importance()["importance"]
    order = list(importance.sort_values(ascending=False, kind="stable").index)
    assert display.labels == order
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == order
    assert [text.get_text() for text in display.ax_.get_xticklabels()] == order
    strengths = interactions.strengths().set_index(["feature", "other"])["strength"]
    drawn = cells(display.cells_)
    assert sorted(drawn) == [(i, j) for i in range(4) for j in range(i)]
    for (i, j), value in drawn.items():
        pair = tuple(sorted((order[i], order[j])))
        assert value == pytest.approx(strengths[pair])
    main = interactions.main_effects().importance()["importance"]
    assert cells(display.diagonal_) == pytest.approx(
        {(i, i): main[name] for i, name in enumerate(order)}
    )
    assert display.cells_.get_clim() == (0.0, pytest.approx(strengths.max()))
    assert display.diagonal_.get_clim() == (0.0, pytest.approx(main.max()))
    assert display.ax_.get_ylim() == (3.5, -0.5)  # the first feature is the upper one


def test_numbers_of_one_row():
    matrix = np.array([[3.0, -0.25, 0.5], [-0.25, -1.0, 0.0], [0.5, 0.0, 0.125]])
    display = InteractionDisplay.from_explanation(
        interactions_of(np.stack([np.zeros((3, 3)), matrix]), data=[[1, 2, 3], [4, 5, 6]]), row=1
    )
    assert display.labels == ["x0 = 4", "x1 = 5", "x2 = 6"]
    assert display.column_labels == ["x0", "x1", "x2"]
    assert texts(display) == ["+3.00", "−0.50", "−1.00", "+1.00", "0.00", "+0.12"]
    assert cells(display.cells_) == {(1, 0): -0.5, (2, 0): 1.0, (2, 1): 0.0}
    assert cells(display.diagonal_) == {(0, 0): 3.0, (1, 1): 1.0, (2, 2): 0.125}
    assert display.cells_.get_clim() == (-1.0, 1.0)
    from matplotlib.colors import to_rgba

    ends = display.cells_.cmap([0.0, 0.5, 1.0])
    np.testing.assert_allclose(ends[[0, 2]], [to_rgba(NEGATIVE), to_rgba(POSITIVE)], atol=0.01)
    np.testing.assert_allclose(ends[1], 1.0, atol=0.01)
    assert display.title == "row 1"
    assert display.colorbar_label == "interaction\n(units of the output 'y')"


def interactions_of(values, **fields):
    from skxai import InteractionExplanation

    zeros = np.zeros((len(values), *values.shape[3:]))
    return InteractionExplanation(values, zeros, values.sum(axis=(1, 2)), **fields)


def test_interactions_may_cancel_within_a_row_but_not_over_rows():
    values = np.zeros((2, 2, 2))
    values[:, 0, 1] = values[:, 1, 0] = [0.5, -0.5]
    display = InteractionDisplay.from_explanation(interactions_of(values))
    assert cells(display.cells_) == {(1, 0): 1.0}


def test_hidden_features_are_counted_with_their_largest_interaction():
    values = np.zeros((1, 6, 6))
    values[0, range(6), range(6)] = [9, 8, 7, 1, 1, 1]
    values[0, 0, 5] = values[0, 5, 0] = 0.4
    values[0, 4, 5] = values[0, 5, 4] = -0.3
    values[0, 1, 2] = values[0, 2, 1] = 3.0  # among those that are shown
    display = InteractionDisplay.from_explanation(interactions_of(values), max_features=3)
    assert display.labels == ["x1", "x2", "x0"]
    assert "3 features of smaller importance are not shown (their largest" in display.xlabel
    assert "interaction: 0.800)" in display.xlabel
    assert "mean |main effect|, from 0 to 9.00" in display.xlabel


def test_noise_is_told():
    values, errors = np.zeros((4, 2, 2)), np.full((4, 2, 2), 0.5)
    display = InteractionDisplay.from_explanation(interactions_of(values, std_errors=errors))
    # The mean absolute value of a normal variable of standard deviation 2 * 0.5.
    assert "sampling noise alone would show up to 0.798" in display.xlabel
    display = InteractionDisplay.from_explanation(interactions_of(values, std_errors=errors), row=0)
    assert "standard errors of interactions: up to 1.00" in display.xlabel
    noise = np.random.default_rng(0).normal(scale=1.0, size=100_000)
    assert np.abs(noise).mean() == pytest.approx(0.798, abs=0.005)


def test_several_outputs_need_a_name(interact):
    interactions = interact(n_outputs=3, output_names=["a", "b", "c"])
    with pytest.raises(ValueError, match=r"output must be one of \['a', 'b', 'c'\], got None"):
        InteractionDisplay.from_explanation(interactions)
    assert pyplot.get_fignums() == []
    display = InteractionDisplay.from_explanation(interactions, output="b")
    alone = InteractionDisplay.from_explanation(interactions.output("b"))
    assert cells(display.cells_) == cells(alone.cells_)
    assert display.title == "output 'b'"
    row = InteractionDisplay.from_explanation(interactions, output="b", row=-1)
    assert row.title == "row 19, output 'b'"


@pytest.mark.parametrize("scale", [1e-9, 1e12])
def test_tiny_and_huge_numbers_share_a_factor(scale):
    values = np.array([[[20.0, 1.5], [1.5, 5.0]]]) * scale
    display = InteractionDisplay.from_explanation(interactions_of(values))
    assert texts(display) == ["2.00", "0.300", "0.50"]
    exponent = "1e−08" if scale < 1 else "1e13"
    assert f"numbers in the cells: × {exponent.replace('−0', '−')}" in display.ax_.get_xlabel()


def test_numbers_that_do_not_fit_are_left_out(interact):
    assert InteractionDisplay.from_explanation(interact(n_features=30), max_features=12).texts_
    many = InteractionDisplay.from_explanation(interact(n_features=30), max_features=None)
    assert many.texts_ == []
    assert len(many.cells_.get_paths()) == 30 * 29 / 2


def test_numbers_can_be_read_on_their_cells(interact):
    display = InteractionDisplay.from_explanation(interact(n_features=6))
    faces = {}
    for collection in (display.cells_, display.diagonal_):
        faces.update(dict(zip(cells(collection), collection.to_rgba(collection.get_array()))))
    for text in display.texts_:
        j, i = text.get_position()
        lightness = faces[i, j][:3] @ [0.2126, 0.7152, 0.0722]
        assert abs(lightness - (text.get_color() == "white")) > 0.35


@pytest.mark.parametrize("row", [None, 0])
def test_without_interactions_there_is_no_colour_bar(row):
    values = np.stack([np.diag([1.0, 2.0])])
    assert InteractionDisplay.from_explanation(interactions_of(values), row=row).colorbar_ is None
    alone = InteractionDisplay.from_explanation(interactions_of(values[:, :1, :1]), row=row)
    alone.figure_.canvas.draw()
    assert len(alone.cells_.get_paths()) == 0


def test_plot_takes_style(interact):
    _, ax = pyplot.subplots()
    display = InteractionDisplay([[1.0, 0.0], [2.0, 3.0]], ["a", "b"])
    assert display.plot(ax, colorbar=False, cmap="Reds") is display
    assert display.cells_.cmap.name == "Reds"
    assert display.colorbar_ is None
    assert pyplot.gcf().axes == [ax]


def test_from_explainer_asks_for_interactions(interact):
    interactions = interact()

    class Explainer:
        def interactions(self, X):
            assert X == "the rows"
            return interactions

    display = InteractionDisplay.from_explainer(Explainer(), "the rows", max_features=3)
    assert len(display.labels) == 3


def test_groups_and_names_with_dollars(interact):
    data = pd.DataFrame(np.arange(8.0).reshape(2, 4))
    interactions = interactions_of(
        np.ones((2, 2, 2)), data=data, groups=[[0, 1], [3]], feature_names=["$a$", "b"]
    )
    display = InteractionDisplay.from_explanation(interactions, row=1)
    assert display.labels == ["$a$ = 4, 5", "b = 7"]
    assert display.ax_.get_yticklabels()[0].get_text() == r"\$a\$ = 4, 5"
    assert display.ax_.get_xticklabels()[0].get_text() == r"\$a\$"


def test_bad_arguments(interact):
    explanation = Explanation(np.zeros((2, 3)), np.zeros(2), np.zeros(2))
    with pytest.raises(TypeError, match="interactions is Explanation; expected an Interaction"):
        explanation.plot("interactions")
    for kind in ("bar", "beeswarm", "waterfall"):
        with pytest.raises(TypeError, match="explanation is an InteractionExplanation; expected"):
            interact().plot(kind)
    with pytest.raises(TypeError, match="attributions"):
        BarDisplay.from_explanation(interact())
    with pytest.raises(ValueError, match="row must be a position among 20 rows, got 20"):
        interact().plot("interactions", row=20)
    with pytest.raises(ValueError, match="max_features"):
        interact().plot("interactions", max_features=0)
    with pytest.raises(ValueError, match="explanation has 0 rows"):
        interactions_of(np.zeros((0, 2, 2))).plot("interactions")
    assert pyplot.get_fignums() == []
