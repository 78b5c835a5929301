"""ImageLayout: regions of images, and pixels of flat rows."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from skxai.explanation import ImageLayout
from skxai.explanation._layout import layout_of

SEGMENTS = np.array([[[0, 0, 1], [-1, 2, 1]], [[0, 0, 0], [1, -1, 1]]])


def test_counts_names_and_places_by_hand():
    layout = ImageLayout(SEGMENTS)
    assert len(layout) == 2
    assert layout.counts.tolist() == [3, 2]
    assert layout.names(0) == ["region 0", "region 1", "region 2"]
    assert layout.columns(0) == {
        "line": [0.0, 0.5, 1.0],
        "column": [0.5, 2.0, 1.0],
        "size": [2, 2, 1],
    }
    assert layout.columns(1) == {"line": [0.0, 1.0], "column": [1.0, 1.0], "size": [3, 2]}


def test_cells_of_a_grid_are_named_by_line_and_column():
    layout = ImageLayout(np.arange(6).reshape(1, 2, 3), grid=(2, 3))
    assert layout.names(0) == ["[0, 0]", "[0, 1]", "[0, 2]", "[1, 0]", "[1, 1]", "[1, 2]"]


def test_pixels_have_the_values_of_their_players():
    layout = ImageLayout(SEGMENTS)
    np.testing.assert_array_equal(
        layout.to_pixels([1.5, -2.0, 4.0], 0), [[1.5, 1.5, -2.0], [0.0, 4.0, -2.0]]
    )
    # What pads a row to the longest is ignored, where no player is too.
    np.testing.assert_array_equal(
        layout.to_pixels([1.0, 2.0, 9.0], 1), [[1.0, 1.0, 1.0], [2.0, 0.0, 2.0]]
    )
    shown = layout.to_pixels(np.array([True, False, False]), 0)
    assert shown.dtype == bool
    assert shown.sum() == 2


@pytest.mark.parametrize("shared", [False, True])
def test_rows_are_taken_and_come_back_from_arrays(shared):
    segments = np.broadcast_to(SEGMENTS[1], (3, 2, 3)) if shared else SEGMENTS
    layout = ImageLayout(segments, shape=(3, 2, 3), channels="first", grid=(1, 2))
    arrays = layout.to_arrays()
    assert len(arrays["segments"]) == (1 if shared else 2)  # kept once
    assert all(array.dtype.kind in "iuU" for array in arrays.values())
    back = layout_of("image").from_arrays(arrays)
    for other in (back, layout.take([1]), layout.take(np.array([1, 0, 1])), layout.take([])):
        assert (other.shape, other.channels, other.grid) == ((3, 2, 3), "first", (1, 2))
    np.testing.assert_array_equal(back.segments, segments)
    np.testing.assert_array_equal(back.counts, layout.counts)
    np.testing.assert_array_equal(layout.take([1, 0, 1]).segments, segments[[1, 0, 1]])
    assert len(layout.take([])) == 0
    assert len(back.take([]).take([])) == 0
    plain = ImageLayout.from_arrays(ImageLayout(segments).to_arrays())
    assert (plain.shape, plain.channels, plain.grid) == ((2, 3), "last", None)


def test_layouts_are_copies_that_nobody_writes_to():
    segments = SEGMENTS.copy()
    layout = ImageLayout(segments)
    segments[:] = 0
    np.testing.assert_array_equal(layout.segments, SEGMENTS)
    for array in (layout.segments, layout.counts, layout.take([0]).segments):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize("kind", ["images", "flat", "frame", "sparse"])
@pytest.mark.parametrize("channels", ["first", "last", None])
def test_images_of_any_kind_of_rows(kind, channels):
    colours = np.arange(2 * 2 * 3 * 4.0).reshape(2, 2, 3, 4)
    expected = colours if channels else colours[..., 0]
    stored = colours.transpose(0, 3, 1, 2) if channels == "first" else expected
    flat = stored.reshape(2, -1)
    data = {"images": stored, "flat": flat, "frame": pd.DataFrame(flat)}
    data = data.get(kind, sp.csr_matrix(flat))
    layout = ImageLayout(SEGMENTS, shape=stored.shape[1:], channels=channels or "last")
    np.testing.assert_array_equal(layout.images(data), expected)
    assert layout.picture_shape == expected.shape[1:]


@pytest.mark.parametrize(
    ("segments", "parameters", "message"),
    [
        (SEGMENTS[0], {}, r"segments has shape \(2, 3\)"),
        (SEGMENTS + 0.5, {}, "dtype float64"),
        (SEGMENTS - 1, {}, "segments holds -2"),
        (SEGMENTS, {"shape": (3, 2)}, r"shape is \(3, 2\)"),
        (SEGMENTS, {"shape": (2, 3, 4), "channels": "first"}, "shape is .* channels 'first'"),
    ],
)
def test_errors(segments, parameters, message):
    with pytest.raises(ValueError, match=message):
        ImageLayout(segments, **parameters)
