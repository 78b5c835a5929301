"""ImageDisplay: regions of images, coloured by their attributions."""

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgb

from skxai import Explanation
from skxai.explanation import ImageLayout
from skxai.plotting import ImageDisplay, display_of
from skxai.plotting._common import NEGATIVE, POSITIVE
from skxai.plotting._image import _columns
from skxai.plotting._image_pixels import borders_of, colours

QUARTERS = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]])


def explanation_of(n_rows=2, n_outputs=1, shape=(4, 4), segments=QUARTERS, **fields):
    """An explanation of random images, whose attributions count up from -3."""
    layout = ImageLayout(np.broadcast_to(segments, (n_rows, *segments.shape)), shape=shape)
    values = np.arange(n_rows * 4.0 * n_outputs).reshape(n_rows, 4, n_outputs) - 3
    if n_outputs == 1:
        values = values[:, :, 0]
    totals = np.zeros((n_rows,) if n_outputs == 1 else (n_rows, n_outputs))
    fields.setdefault("data", np.random.default_rng(0).random((n_rows, *shape)))
    names = None if n_outputs == 1 else [f"class {k}" for k in range(n_outputs)]
    return Explanation(values, totals, totals, layout=layout, output_names=names, **fields)


def colours_at(display, k, line, column):
    """What the colours of a picture are at a pixel, with their opacity."""
    image = display.images_[k]
    return image.to_rgba(image.get_array(), norm=True)[line, column]


def test_regions_have_their_attributions_and_one_scale():
    explanation = explanation_of(2, 3)
    display = explanation.plot()
    assert isinstance(display, display_of("image"))
    assert len(display.images_) == 6
    assert len(display.pictures_) == 2
    for k, image in enumerate(display.images_):
        expected = explanation.values[k // 3, :, k % 3][QUARTERS]
        np.testing.assert_array_equal(image.get_array(), expected)
        assert image.get_clim() == (-20.0, 20.0)
    assert display.colorbar_ is not None
    assert "attribution" in display.colorbar_.ax.get_ylabel()


def test_colours_are_signed_and_the_stronger_the_less_transparent():
    display = explanation_of(1).plot(limit=4)
    negative, weaker, _, zero = (
        colours_at(display, 0, *place) for place in ((0, 0), (0, 3), (3, 0), (3, 3))
    )
    assert negative[3] > weaker[3] > zero[3]
    assert zero[3] < 0.01
    np.testing.assert_allclose(negative[:3], to_rgb(NEGATIVE), atol=0.02)
    positive = colours_at(explanation_of(3).plot(row=2), 0, 3, 3)
    np.testing.assert_allclose(positive[:3], to_rgb(POSITIVE), atol=0.02)
    assert positive[3] == pytest.approx(0.85, abs=0.01)


def test_pixels_of_no_region_have_no_colour():
    segments = QUARTERS.copy()
    segments[0, 0] = -1
    display = explanation_of(1, segments=segments).plot()
    assert colours_at(display, 0, 0, 0)[3] < 0.01
    assert colours_at(display, 0, 0, 1)[3] > 0.5


def test_picture_is_beside_its_attributions_as_it_is():
    explanation = explanation_of(2, shape=(4, 4, 3))
    display = explanation.plot()
    assert len(display.axes_) == 4
    for i, image in enumerate(display.pictures_):
        np.testing.assert_allclose(image.get_array(), explanation.data[i])
        assert image.axes is display.axes_[2 * i]
    assert display.ax_ is display.axes_[1]
    assert explanation.plot(picture=False).pictures_ == []


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        (np.array([[[0, 51, 204]]], dtype=np.uint8), [0, 0.2, 0.8]),
        (np.array([[[0.0, 0.25, 0.5]]]), [0, 0.25, 0.5]),
        (np.array([[[0.0, 4.0, 16.0]]]), [0, 0.25, 1]),
        (np.array([[[-1.0, 0.0, 1.0]]]), [0, 0.5, 1]),
        (np.array([[[2, 2, 2]]]), [0, 0, 0]),
        (np.array([[[False, True, True]]]), [0, 1, 1]),
        (np.array([[[[0.0, 0.5], [0.25, 0.25], [1.0, 1.0]]]]), [0.25, 0.25, 1]),
    ],
)
def test_grey_images_on_a_scale_of_their_own(images, expected):
    np.testing.assert_allclose(
        colours(images), np.array(expected)[None, None, :, None] + [[0.0] * 3]
    )


def test_colours_are_red_green_blue_and_opacity_is_not_used():
    images = np.random.default_rng(0).random((2, 3, 4, 4))
    np.testing.assert_array_equal(colours(images), images[..., :3])


def test_flat_rows_and_channels_first_are_shown_as_images():
    explanation = explanation_of(1, data=np.arange(16.0).reshape(1, 16) / 15)
    shown = explanation.plot().pictures_[0].get_array()
    np.testing.assert_allclose(shown[:, :, 0], np.arange(16.0).reshape(4, 4) / 15)
    layout = ImageLayout(QUARTERS[None], shape=(3, 4, 4), channels="first")
    data = np.random.default_rng(0).random((1, 3, 4, 4))
    explanation = Explanation(np.ones((1, 4)), [0.0], [4.0], layout=layout, data=data)
    shown = explanation.plot().pictures_[0].get_array()
    np.testing.assert_array_equal(shown, data[0].transpose(1, 2, 0))


def test_top_shows_the_image_where_the_largest_attributions_are():
    explanation = explanation_of(1, shape=(4, 4, 3))  # -3, -2, -1, 0
    display = explanation.plot(top=2)
    shown = display.images_[0].get_array()
    inside = np.isin(QUARTERS, [0, 1])
    np.testing.assert_array_equal(shown[inside], explanation.data[0][inside])
    assert len(np.unique(shown[~inside])) == 1
    assert display.colorbar_ is None
    # What counts for nothing is not shown, however many are asked for.
    shown = explanation.plot(top=9).images_[0].get_array()
    assert len(np.unique(shown[QUARTERS == 3])) == 1


def test_top_regions_have_borders_of_the_colour_of_their_sign():
    explanation = explanation_of(2)[1]  # 1, 2, 3, 4
    signs = Explanation(
        explanation.values * [[1, -1, 1, 1]], [0.0], [0.0],
        layout=explanation.layout, data=explanation.data,
    )  # fmt: skip
    display = signs.plot(top=3, borders=False)
    around = {
        tuple(np.round(lines.get_edgecolor()[0][:3], 3)): np.concatenate(lines.get_segments())
        for lines in display.ax_.collections
    }
    positive, negative = (around[tuple(np.round(to_rgb(c), 3))] for c in (POSITIVE, NEGATIVE))
    # Columns and lines: the two quarters below, and the one above at the right.
    np.testing.assert_array_equal(
        [positive.min(axis=0), positive.max(axis=0)], [[-0.5, 1.5], [3.5, 3.5]]
    )
    np.testing.assert_array_equal(
        [negative.min(axis=0), negative.max(axis=0)], [[1.5, -0.5], [3.5, 1.5]]
    )


def test_borders_by_hand():
    lines = borders_of(np.array([[0, 0, 1], [0, 2, 1]]))
    found = {tuple(map(tuple, line.tolist())) for line in lines}
    assert found == {
        ((0.5, 0.5), (1.5, 0.5)),  # below the middle pixel of the first line
        ((0.5, 0.5), (0.5, 1.5)),
        ((1.5, -0.5), (1.5, 1.5)),  # along both lines
    }
    assert borders_of(np.zeros((3, 3), int)) == []


def test_borders_between_regions_can_be_left_out():
    explanation = explanation_of(1)
    assert len(explanation.plot().borders_[0].get_segments()) == 2
    assert explanation.plot(borders=False).borders_ == []


@pytest.mark.parametrize(
    ("n_rows", "n_outputs", "picture", "ratio", "expected"),
    [(1, 1, True, 1, 2), (1, 1, False, 1, 1), (3, 1, True, 1, 6), (4, 1, True, 1, 4),
     (7, 1, True, 1, 6), (7, 1, True, 0.66, 4), (7, 1, True, 0.1, 2), (3, 1, True, 4, 6),
     (4, 3, True, 1, 4), (1, 10, True, 1, None), (5, 1, False, 1, None), (2, 10, True, 1, 11)],
)  # fmt: skip
def test_pairs_of_pictures_stay_on_one_line(n_rows, n_outputs, picture, ratio, expected):
    assert _columns(n_rows, n_outputs, picture, ratio) == expected


def test_titles_tell_rows_and_outputs():
    display = explanation_of(2, 2).plot()
    titles = [ax.get_title(loc="left") for ax in display.axes_]
    assert titles == ["row 0", "class 0", "class 1", "row 1", "class 0", "class 1"]
    display = explanation_of(2, 2).plot(picture=False)
    assert [ax.get_ylabel() for ax in display.axes_] == ["row 0", "", "row 1", ""]
    display = explanation_of(2).plot(picture=False)
    assert [ax.get_title(loc="left") for ax in display.axes_] == ["row 0", "row 1"]


def test_given_axes_are_for_attributions_alone():
    _, axes = pyplot.subplots(1, 2)
    display = explanation_of(2).plot(ax=axes)
    assert list(display.axes_) == list(axes)
    assert display.pictures_ == []
    _, axes = pyplot.subplots(2, 2)
    assert len(explanation_of(2).plot(ax=axes, picture=True).pictures_) == 2


def test_rows_and_outputs_can_be_chosen():
    explanation = explanation_of(3, 2)
    display = explanation.plot(row=1, output="class 1")
    np.testing.assert_array_equal(
        display.images_[0].get_array(), explanation.values[1, :, 1][QUARTERS]
    )
    assert display.axes_[0].get_title(loc="left") == "row 1"


def test_without_data_there_are_onlycolours():
    explanation = explanation_of(1, data=None)
    assert explanation.plot().pictures_ == []
    for parameters in ({"top": 1}, {"picture": True}):
        with pytest.raises(ValueError, match="no data"):
            explanation.plot(**parameters)


def test_display_can_be_made_without_an_explanation():
    display = ImageDisplay(np.ones((1, 1, 4, 4)), segments=QUARTERS[None]).plot()
    assert display.colorbar_.ax.get_ylim() == (0, 1)  # nothing is blue
    assert len(display.axes_) == 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"top": 0}, "top must be None or an integer"),
        ({"limit": 0}, "limit must be None or a positive number"),
        ({"output": "class 7"}, "output must be one of"),
        ({"row": 5}, "row must be a position"),
    ],
)
def test_errors(parameters, message):
    with pytest.raises(ValueError, match=message):
        explanation_of(2).plot(**parameters)


def test_other_players_and_too_many_pictures_are_refused():
    explanation = Explanation(np.ones((1, 4)), [0.0], [4.0])
    with pytest.raises(ValueError, match=r"players of explanation are features.*heatmap"):
        explanation.plot("image")
    with pytest.raises(ValueError, match="65 rows"):
        explanation_of(65).plot()
    with pytest.raises(ValueError, match="ax has 1 Axes; expected 2"):
        explanation_of(2).plot(ax=pyplot.subplots()[1])
