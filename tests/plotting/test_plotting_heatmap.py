import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgba
from scipy import sparse

from skxai import Explanation
from skxai.plotting import HeatmapDisplay
from skxai.plotting._common import NEGATIVE, POSITIVE
from skxai.plotting._pictures import columns_for


def pixels(display, k=0):
    return np.asarray(display.images_[k].get_array())


def titles(display):
    return [ax.get_title(loc="left") for ax in display.axes_]


def test_one_row_is_one_picture(explain):
    explanation = explain(n_rows=3, n_features=6)
    display = explanation.plot("heatmap", shape=(2, 3), row=1)
    assert isinstance(display, HeatmapDisplay)
    assert len(display.images_) == 1
    # Written out: the second line of pixels are the features 3, 4, 5, and it is the lower one.
    np.testing.assert_array_equal(
        pixels(display), [explanation.values[1, :3], explanation.values[1, 3:]]
    )
    low, high = display.ax_.get_ylim()
    assert low > high
    assert titles(display) == ["row 1"]
    assert display.colorbar_label == "attribution\n(units of the output 'y')"


def test_colours_are_symmetric_about_zero():
    explanation = Explanation([[3.0, 0.0, -1.0, 1.5]], [0], [3.5])
    image = HeatmapDisplay.from_explanation(explanation, shape=(2, 2)).images_[0]
    colors = image.to_rgba(np.array([-3.0, 0.0, 3.0]))
    np.testing.assert_allclose(colors[0], to_rgba(NEGATIVE), atol=0.01)
    np.testing.assert_allclose(colors[1], [1, 1, 1, 1], atol=0.01)
    np.testing.assert_allclose(colors[2], to_rgba(POSITIVE), atol=0.01)


def test_limit_and_style():
    explanation = Explanation([[3.0, 0.0, -1.0, 1.5]], [0], [3.5])
    display = explanation.plot("heatmap", shape=(2, 2), limit=10, cmap="gray", colorbar=False)
    assert display.images_[0].get_clim() == (-10, 10)
    assert display.images_[0].get_cmap().name == "gray"
    assert display.colorbar_ is None


def test_zeros_and_missing_values_are_drawn():
    zeros = Explanation(np.zeros((1, 4)), [0], [0]).plot("heatmap", shape=(2, 2))
    assert zeros.images_[0].get_clim() == (-1, 1)
    holes = Explanation([[np.nan, 2.0, 1.0, 0.0]], [0], [0]).plot("heatmap", shape=(2, 2))
    assert holes.images_[0].get_clim() == (-2, 2)
    holes.figure_.canvas.draw()


def test_colour_bar_ends_at_zero_without_negative_values():
    display = Explanation([[1.0, 2.0]], [0], [3]).plot("heatmap", shape=(1, 2))
    assert display.colorbar_.ax.get_ylim() == (0, 2)
    assert display.images_[0].get_clim() == (-2, 2)
    display = Explanation([[1.0, -2.0]], [0], [3]).plot("heatmap", shape=(1, 2))
    assert display.colorbar_.ax.get_ylim() == (-2, 2)


def test_rows_and_outputs_are_a_grid_of_one_scale(explain):
    explanation = explain(n_rows=2, n_features=4, n_outputs=3, output_names=["a", "b", "c"])
    display = explanation.plot("heatmap", shape=(2, 2))
    assert len(display.images_) == 6
    for k in range(6):
        row, output = divmod(k, 3)
        np.testing.assert_array_equal(
            pixels(display, k), explanation.values[row, :, output].reshape(2, 2)
        )
        spec = display.axes_[k].get_subplotspec()
        assert (spec.rowspan.start, spec.colspan.start) == (row, output)
        assert display.images_[k].get_clim()[1] == np.abs(explanation.values).max()
    assert titles(display) == ["a", "b", "c"] * 2
    assert [ax.get_ylabel() for ax in display.axes_] == ["row 0", "", "", "row 1", "", ""]


def test_one_output(explain):
    explanation = explain(n_rows=2, n_features=4, n_outputs=3, output_names=["a", "b", "c"])
    display = explanation.plot("heatmap", shape=(2, 2), output="b", row=-1)
    np.testing.assert_array_equal(pixels(display).ravel(), explanation.values[1, :, 1])
    assert display.colorbar_label.endswith("output 'b')")
    assert titles(display) == ["row 1"]


def test_predicted_classes_are_told(explain):
    explanation = explain(n_rows=2, n_features=4, targets=["cat", "dog"])
    found = titles(explanation.plot("heatmap", shape=(2, 2)))
    assert [title.replace("\n", " ") for title in found] == [
        "row 0, explained class 'cat'",
        "row 1, explained class 'dog'",
    ]


@pytest.mark.parametrize(
    ("n_pictures", "ratio", "expected"),
    [(1, 1, 1), (3, 1, 3), (6, 1, 3), (7, 1, 4), (10, 1, 5), (12, 1, 4), (4, 0.25, 2), (5, 4, 5)],
)
def test_lines_of_a_grid_are_even(n_pictures, ratio, expected):
    assert columns_for(n_pictures, ratio) == expected


def test_no_empty_axes_remain(explain):
    display = explain(n_rows=7, n_features=4).plot("heatmap", shape=(2, 2), colorbar=False)
    assert len(display.figure_.axes) == 7


def contour_of(display, k=0):
    drawn = display.overlays_[k]
    if not hasattr(drawn, "get_paths"):  # before matplotlib 3.8
        drawn = drawn.collections[0]
    return drawn.get_paths()[0].vertices


def test_contours_go_around_large_data():
    data = np.zeros((1, 9))
    data[0, 4] = 8.0  # the pixel in the middle
    display = Explanation(np.ones((1, 9)), [0], [9], data=data).plot(
        "heatmap", shape=(3, 3), overlay="contours"
    )
    corners = {tuple(corner) for corner in np.round(contour_of(display), 6)}
    assert corners == {(0.5, 1), (1, 0.5), (1.5, 1), (1, 1.5)}
    assert display.ax_.get_xlim() == (-0.5, 2.5)


def test_contours_close_at_the_border():
    data = np.array([[8.0, 0.0, 0.0, 0.0]])
    display = Explanation(np.ones((1, 4)), [0], [4], data=data).plot(
        "heatmap", shape=(2, 2), overlay="contours"
    )
    corners = {tuple(corner) for corner in np.round(contour_of(display), 6)}
    assert corners == {(-0.5, 0), (0, -0.5), (0.5, 0), (0, 0.5)}


def test_constant_data_have_no_contour():
    explanation = Explanation(np.ones((1, 4)), [0], [4], data=np.ones((1, 4)))
    display = explanation.plot("heatmap", shape=(2, 2), overlay="contours")
    assert display.overlays_ == [None]
    explanation.plot("heatmap", shape=(2, 2), overlay="lines").figure_.canvas.draw()


def test_signals_of_channels():
    data = np.array([[0.0, 1.0, 0.0, -1.0, 0.0, 1.0]])
    display = Explanation(np.ones((1, 6)), [0], [6], data=data).plot(
        "heatmap", shape=(2, 3), overlay="lines", row_names=["Cz", "Fz"]
    )
    upper, lower = display.overlays_[0].get_segments()
    # The data span 2, drawn 0.8 high; up is smaller, because lines of pixels go downwards.
    np.testing.assert_allclose(upper, [[0, 0], [1, -0.4], [2, 0]])
    np.testing.assert_allclose(lower, [[0, 1.4], [1, 1], [2, 0.6]])
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ["Cz", "Fz"]


def test_data_of_each_row_and_output(explain):
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(size=(2, 4)))
    display = explain(n_rows=2, n_features=4, n_outputs=3, data=table).plot(
        "heatmap", shape=(2, 2), overlay="contours"
    )
    for k in range(6):
        np.testing.assert_array_equal(display.data[k].ravel(), table.iloc[k // 3])


def test_wide_pictures_are_stretched():
    wide = Explanation(np.ones((1, 200)), [0], [200])
    assert wide.plot("heatmap", shape=(4, 50)).ax_.get_aspect() == "auto"
    assert wide.plot("heatmap", shape=(10, 20)).ax_.get_aspect() == 1


def test_given_axes(explain):
    figure, axes = pyplot.subplots(1, 3, layout="constrained")
    explanation = explain(n_rows=3, n_features=4)
    display = explanation[0].plot("heatmap", shape=(2, 2), ax=axes[1])
    assert display.ax_ is axes[1]
    assert display.figure_ is figure
    display = explanation.plot("heatmap", shape=(2, 2), ax=axes)
    assert list(display.axes_) == list(axes)
    assert pyplot.get_fignums() == [figure.number]


def test_titles_do_not_overlap_in_a_grid(explain):
    names = [f"the class of all things that are number {k}" for k in range(8)]
    display = explain(n_rows=1, n_features=4, n_outputs=8, output_names=names).plot(
        "heatmap", shape=(2, 2)
    )
    display.figure_.canvas.draw()
    boxes = [ax._left_title.get_window_extent() for ax in display.axes_]
    for left, right in itertools.pairwise(boxes[:4]):
        assert left.x1 < right.x0
    for title, picture in zip(boxes[4:], display.axes_[:4]):
        assert title.y1 <= picture.bbox.y0 + 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shape": (2, 2)}, r"shape is \(2, 2\); .* number of features, 6"),
        ({"shape": 6}, "shape is 6; expected a tuple"),
        ({"shape": (1, 2, 3)}, "expected two integers, height and width"),
        ({"shape": (2.0, 3.5)}, "expected a tuple of positive integers"),
        ({"shape": (2, 3), "row": 20}, "row must be a position among 20 rows, got 20"),
        ({"shape": (2, 3), "output": "d"}, "output must be one of"),
        ({"shape": (2, 3), "row_names": ["a"]}, "row_names has 1 names; expected 2"),
        ({"shape": (2, 3)}, "20 rows and 5 outputs, a picture for each; expected at most 64"),
        ({"shape": (2, 3), "row": 0, "overlay": "grey"}, "overlay must be one of"),
        ({"shape": (2, 3), "row": 0, "limit": 0}, "limit must be None or a positive number"),
        ({"shape": (2, 3), "row": 0, "ax": []}, "ax has 0 Axes; expected 5"),
    ],
)
def test_bad_arguments(explain, arguments, message):
    with pytest.raises(ValueError, match=message):
        HeatmapDisplay.from_explanation(explain(n_features=6, n_outputs=5), **arguments)
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize(
    "data", [None, [["a", "b", "c", "d"]], np.ones((1, 3))], ids=["none", "words", "too few"]
)
def test_overlay_without_numbers(data):
    explanation = Explanation(np.ones((1, 4)), [0], [4], data=data)
    with pytest.raises(ValueError, match="there are no data of numbers"):
        explanation.plot("heatmap", shape=(2, 2), overlay="contours")


@pytest.mark.parametrize("kind", [np.array, pd.DataFrame, sparse.csr_matrix])
def test_data_of_each_pixel_are_those_of_its_column(kind):
    data = np.array([[5.0, 0.0, 7.0, 8.0, 9.0]])
    explanation = Explanation(
        np.ones((1, 4)), [0], [4], data=kind(data), groups=[[4], [0], [1], [2]]
    )
    display = explanation.plot("heatmap", shape=(2, 2), overlay="contours")
    np.testing.assert_array_equal(display.data, [[[9, 5], [0, 7]]])


def test_pooled_features_have_no_single_value():
    explanation = Explanation(np.ones((1, 8)), [0], [8], data=np.ones((1, 8)))
    pooled = explanation.pool(shape=(2, 2, 2), axis=0)
    np.testing.assert_array_equal(pixels(pooled.plot("heatmap", shape=(2, 2))), [[2, 2], [2, 2]])
    with pytest.raises(ValueError, match="there are no data of numbers"):
        pooled.plot("heatmap", shape=(2, 2), overlay="contours")


def test_interactions_are_refused(interact):
    with pytest.raises(TypeError, match="InteractionExplanation"):
        HeatmapDisplay.from_explanation(interact(), shape=(1, 5))
