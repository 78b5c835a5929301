"""ImageMasker: regions of images as players."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.ndimage import gaussian_filter
from sklearn.base import clone

from skxai import LimeExplainer, ShapleyExplainer
from skxai.maskers import ImageMasker
from skxai.maskers._regions import grid_segments, grid_shape, order_by_region

QUARTERS = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]])
LAYOUTS = {
    "grey": ((6, 5), "last"),
    "colours": ((6, 5, 3), "last"),
    "torch": ((3, 6, 5), "first"),
    "torch, grey": ((1, 6, 5), "first"),
}


def random_images(shape, n_images=4, seed=0, dtype=float):
    """Images with values from 0 to 255."""
    return np.random.default_rng(seed).integers(0, 256, (n_images, *shape)).astype(dtype)


def by_pixel(mask, shape, channels):
    """A mask of pixels for all channels."""
    if len(shape) == 2:
        return mask
    return np.broadcast_to(mask[None] if channels == "first" else mask[:, :, None], shape)


def composed_slowly(images, fillings, segments, rows, paintings, present, channels):
    """The definition, input by input and pixel by pixel."""
    inputs = []
    for row, painting, kept in zip(rows, paintings, present):
        mask = np.array([[n < 0 or kept[n] for n in line] for line in segments[row]])
        mask = by_pixel(mask, images.shape[1:], channels)
        inputs.append(np.where(mask, images[row], fillings[painting]))
    return np.array(inputs)


# -- regions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_regions", "height", "width", "expected"),
    [
        (4, 4, 4, (2, 2)),
        (64, 8, 8, (8, 8)),
        (1000, 8, 8, (8, 8)),
        (1, 100, 3, (1, 1)),  # as many as asked for, even if they are not square
        (8, 10, 20, (2, 4)),
        ((3, 2), 5, 7, (3, 2)),
    ],
)
def test_grid_shape(n_regions, height, width, expected):
    assert grid_shape(n_regions, height, width) == expected


@pytest.mark.parametrize(("height", "width"), [(64, 64), (1, 100), (100, 1), (30, 50), (3, 90)])
def test_grids_have_about_as_many_cells_as_are_asked_for(height, width):
    for n_regions in (1, 2, 3, 5, 7, 10, 50):
        n_cells = np.prod(grid_shape(n_regions, height, width))
        assert abs(n_cells - n_regions) <= max(1, 0.15 * n_regions), n_regions


def test_grid_is_numbered_line_by_line():
    np.testing.assert_array_equal(grid_segments((2, 2), 4, 4), QUARTERS)
    np.testing.assert_array_equal(grid_segments((1, 3), 1, 5), [[0, 0, 1, 1, 2]])
    np.testing.assert_array_equal(grid_segments((2, 3), 2, 3), [[0, 1, 2], [3, 4, 5]])


def test_order_by_region_leaves_out_what_is_in_none():
    pixels, starts = order_by_region(np.array([1, -1, 0, 1, 2]))
    assert [part.tolist() for part in np.split(pixels, starts[1:])] == [[2], [0, 3], [4]]


def test_own_segments_are_numbered_in_their_order():
    regions = np.array([[7, 7, -1], [3, 7, 9]])
    masker = ImageMasker(regions=regions).fit(np.zeros((1, 2, 3)))
    layout = masker.layout(np.ones((2, 2, 3)))
    np.testing.assert_array_equal(layout.segments, [[[1, 1, -1], [0, 1, 2]]] * 2)
    assert layout.names(1) == ["region 0", "region 1", "region 2"]


def test_function_finds_regions_of_each_image_with_channels_last():
    seen = []

    def halves(image):
        seen.append(image.shape)
        return (image[:, :, 0] > 0).astype(int)

    images = np.ones((2, 3, 4, 5))
    images[1, 0, :2] = 0
    masker = ImageMasker(channels="first", regions=halves).fit(images)
    layout = masker.layout(images)
    assert seen == [(4, 5, 3)] * 2
    assert layout.counts.tolist() == [1, 2]
    assert layout.names(0) == ["region 0"]
    with pytest.raises(ValueError, match="1 to 2 regions"):
        masker.bind(images)
    assert masker.bind(images[[1, 1]]).n_players == 2


def test_superpixels_follow_the_picture_and_do_not_change():
    pytest.importorskip("skimage")
    image = np.zeros((20, 30, 3), dtype=np.uint8)
    image[:, 14:] = [250, 60, 30]
    noise = np.random.default_rng(0).integers(0, 5, image.shape).astype(np.uint8)
    images = np.stack([image + noise, image[:, ::-1] + noise])
    masker = ImageMasker(regions="superpixels", n_regions=12).fit(images)
    layout = masker.layout(images)
    assert 6 <= layout.counts[0] <= 20
    for row, edge in enumerate((14, 16)):
        left, right = layout.segments[row][:, :edge], layout.segments[row][:, edge:]
        assert not set(left.ravel()) & set(right.ravel())
    for row in range(2):  # of a row by itself, and on other scales
        alone = masker.layout(images[[row]])
        np.testing.assert_array_equal(alone.segments[0], layout.segments[row])
        for rescaled in (images / 255, images / 50.0 - 3):
            masker = ImageMasker(regions="superpixels", n_regions=12).fit(rescaled)
            scaled = masker.layout(rescaled[[row]])
            np.testing.assert_array_equal(scaled.segments[0], layout.segments[row])


def test_superpixels_of_an_even_image():
    pytest.importorskip("skimage")
    image = np.full((1, 8, 8, 3), 7, dtype=np.uint8)
    layout = ImageMasker(regions="superpixels", n_regions=4).fit(image).layout(image)
    assert layout.counts.tolist() == [4]


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1), (8, 8, 2)])
def test_superpixels_of_any_number_of_channels(shape):
    pytest.importorskip("skimage")
    images = np.add.outer(np.arange(8.0), np.arange(8.0) ** 2)[(...,) + (None,) * (len(shape) - 2)]
    images = np.broadcast_to(images, (1, *shape))
    layout = ImageMasker(regions="superpixels", n_regions=4).fit(images).layout(images)
    assert 2 <= layout.counts[0] <= 8


def test_superpixels_without_scikit_image_say_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "skimage.segmentation", None)
    masker = ImageMasker(regions="superpixels").fit(np.zeros((1, 4, 4)))
    with pytest.raises(ImportError, match=r"skxai\[image\]"):
        masker.layout(np.zeros((1, 4, 4)))


# -- absence -----------------------------------------------------------------------------------


def painted(image, **parameters):
    """The image with all of its regions absent."""
    masked = ImageMasker(**parameters).fit(image[None]).bind(image[None])
    return masked.compose([0], [0], np.zeros((1, masked.n_players), dtype=bool))[0]


def test_paintings_by_hand():
    image = np.arange(16.0).reshape(4, 4)
    quarters = {"n_regions": (2, 2)}
    np.testing.assert_array_equal(painted(image, **quarters), np.full((4, 4), 7.5))
    np.testing.assert_array_equal(painted(image, absent="grey", **quarters), np.full((4, 4), 7.5))
    np.testing.assert_array_equal(painted(image, absent=-2, **quarters), np.full((4, 4), -2.0))
    means = np.array([2.5, 4.5, 10.5, 12.5])
    np.testing.assert_array_equal(painted(image, absent="region-mean", **quarters), means[QUARTERS])
    np.testing.assert_array_equal(painted(image, absent=image.T, **quarters), image.T)
    np.testing.assert_allclose(
        painted(image, absent="blur", **quarters), gaussian_filter(image, 0.4, mode="nearest")
    )


@pytest.mark.parametrize("channels", ["first", "last"])
def test_colours_are_painted_channel_by_channel(channels):
    image = random_images((6, 5, 3), 1)[0]
    moved = image.transpose(2, 0, 1) if channels == "first" else image
    regions = np.arange(30).reshape(6, 5) // 7
    for absent in ("mean", "region-mean", "blur"):
        parameters = {"absent": absent, "regions": regions}
        result = painted(moved, channels=channels, **parameters)
        result = result.transpose(1, 2, 0) if channels == "first" else result
        for k in range(3):
            np.testing.assert_allclose(result[:, :, k], painted(image[:, :, k], **parameters))


def test_grey_is_the_middle_of_the_background():
    background = np.array([[[10.0, 20.0]], [[12.0, 50.0]]])
    masked = ImageMasker(absent="grey", n_regions=2).fit(background).bind(np.zeros((1, 1, 2)))
    np.testing.assert_array_equal(masked.compose([0], [0], [[False, False]]), [[[30.0, 30.0]]])


@pytest.mark.parametrize("absent", ["mean", "region-mean", "blur", "grey", 7.6])
def test_integers_stay_integers(absent):
    image = np.array([[0, 255, 200], [1, 2, 4]], dtype=np.uint8)
    result = painted(image, absent=absent, n_regions=1)
    assert result.dtype == np.uint8
    exact = painted(image.astype(float), absent=absent, n_regions=1)
    np.testing.assert_array_equal(result, np.rint(exact))


def test_bits_stay_bits():
    image = np.array([[True, False], [True, True]])
    result = painted(image, n_regions=1)
    assert result.dtype == bool
    assert result.all()


def test_integers_explained_after_a_fit_on_floats_are_not_rounded():
    masker = ImageMasker(n_regions=1).fit(np.zeros((1, 1, 2)))
    masked = masker.bind(np.array([[[1, 2]]]))
    assert masked.compose([0], [0], [[False]]).tolist() == [[[1.5, 1.5]]]


# -- composing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_compose_and_differs_by_brute_force(case, dtype):
    shape, channels = LAYOUTS[case]
    images, background = random_images(shape, 4, 0, dtype), random_images(shape, 3, 1, dtype)
    regions = np.random.default_rng(2).integers(-1, 4, (6, 5))
    for k, mask in enumerate(regions == number for number in (-1, 0, 1, 2, 3)):
        background[k % 3][by_pixel(mask, shape, channels)] = 1
        images[k % 4][by_pixel(mask, shape, channels)] = 1
    masker = ImageMasker(absent="background", regions=regions, channels=channels)
    masked = masker.fit(background).bind(images)
    assert (masked.n_rows, masked.n_background, masked.n_players) == (4, 3, 4)
    assert masked.cells_per_input == np.prod(shape)
    rng = np.random.default_rng(3)
    rows, paintings = rng.integers(0, 4, 50), rng.integers(0, 3, 50)
    present = rng.random((50, 4)) < 0.5
    inputs = masked.compose(rows, paintings, present)
    assert inputs.dtype == dtype
    segments = np.broadcast_to(regions, (4, 6, 5))
    np.testing.assert_array_equal(
        inputs, composed_slowly(images, background, segments, rows, paintings, present, channels)
    )
    differs = masked.differs(np.array([2, 0]))
    assert 0 < differs.sum() < differs.size
    for place, row in enumerate((2, 0)):
        for painting in range(3):
            for player in range(4):
                mask = by_pixel(regions == player, shape, channels)
                unlike = (images[row] != background[painting])[mask].any()
                assert differs[place, painting, player] == unlike


def test_regions_of_each_image_by_brute_force():
    images = random_images((6, 5), 4)

    def by_brightness(image):
        return np.digitize(image, [80, 160]) - (image > 250)

    masker = ImageMasker(regions=by_brightness, absent=images[0]).fit(images)
    masked, segments = masker.bind(images), masker.layout(images).segments
    rng = np.random.default_rng(0)
    rows, present = rng.integers(0, 4, 30), rng.random((30, 3)) < 0.5
    np.testing.assert_array_equal(
        masked.compose(rows, np.zeros(30, int), present),
        composed_slowly(images, images[:1], segments, rows, np.zeros(30, int), present, "last"),
    )
    differs = masked.differs(np.arange(4))
    assert not differs[0].any()  # the first is painted with itself
    assert differs[1:].all()
    painting = np.where(segments[2] == 1, -1, images[2])
    masked = ImageMasker(regions=by_brightness, absent=painting).fit(images).bind(images)
    assert masked.differs(np.array([1, 2])).tolist() == [[[True] * 3], [[False, True, False]]]


def test_own_paintings_differ_where_they_do():
    image = np.array([[[3.0, 3.0, 1.0, 5.0]]])
    regions = [[0, 0, 1, 1]]
    masked = ImageMasker(regions=regions).fit(image).bind(image)
    assert masked.differs(np.array([0])).tolist() == [[[False, True]]]
    masked = ImageMasker(regions=[[0, 0, 0, 1]], absent="region-mean").fit(image).bind(image)
    assert masked.differs(np.array([0])).tolist() == [[[True, False]]]


@pytest.mark.parametrize("kind", ["array", "frame", "mixed frame", "sparse", "strings"])
def test_flat_rows_come_back_as_fit_saw_them(kind):
    images = random_images((2, 4), 3)
    flat = images.reshape(3, 8)
    frame = pd.DataFrame(flat, columns=[f"pixel {j}" for j in range(8)], index=list("abc"))
    if kind == "mixed frame":
        frame = frame.astype({f"pixel {j}": int for j in range(4)})
    kinds = {"array": flat, "sparse": sp.csr_matrix(flat)}
    table = kinds.get(kind, frame)
    masker = ImageMasker(shape=(2, 4), n_regions=(1, 2), absent=0)
    if kind == "strings":
        with pytest.raises(TypeError, match="dtype object"):
            masker.fit(flat.astype(str).astype(object))
        return
    masked = masker.fit(table).bind(table)
    result = masked.compose([2, 1], [0, 0], [[True, False], [False, False]])
    expected = np.zeros((2, 8))
    expected[0, [0, 1, 4, 5]] = flat[2, [0, 1, 4, 5]]
    if "frame" in kind:
        assert list(result.columns) == list(frame.columns)
        assert (result.dtypes == frame.dtypes).all()
    else:
        assert type(result) is type(table)
    dense = result.toarray() if kind == "sparse" else np.asarray(result)
    np.testing.assert_array_equal(dense, expected)


def test_background_images_can_be_drawn():
    background = random_images((2, 2), 20)
    parameters = {"absent": "background", "n_samples": 5, "n_regions": 1}
    masker = ImageMasker(random_state=0, **parameters).fit(background)
    assert masker.n_background_ == 5
    np.testing.assert_allclose(masker.weights_, 0.2)

    def drawn(masker):
        masked = masker.bind(background[:1])
        return masked.compose(np.zeros(5, int), np.arange(5), np.zeros((5, 1)))

    images = drawn(masker)
    places = [np.flatnonzero((background == image).all(axis=(1, 2)))[0] for image in images]
    assert len(set(places)) == 5
    np.testing.assert_array_equal(images, drawn(clone(masker).fit(background)))
    assert (images != drawn(clone(masker).set_params(random_state=1).fit(background))).any()
    masker = ImageMasker(absent="background", n_samples=30).fit(background)
    assert masker.n_background_ == 20


def test_regions_of_a_linear_model_get_what_they_hold():
    """v(S) is linear in the pixels, so that a region's Shapley value is w · (x − filling)."""
    shape = (4, 4, 2)
    images, background = random_images(shape, 2), random_images(shape, 3, 1)
    weights = np.random.default_rng(5).normal(size=shape)
    masker = ImageMasker(regions=QUARTERS, absent="background").fit(background)
    masked = masker.bind(images)
    worth = {}
    for code in range(16):
        present = np.tile([bool(code >> k & 1) for k in range(4)], (6, 1))
        inputs = masked.compose(np.repeat([0, 1], 3), np.tile([0, 1, 2], 2), present)
        worth[code] = (inputs * weights).sum(axis=(1, 2, 3)).reshape(2, 3).mean(axis=1)
    for player in range(4):
        inside = player == QUARTERS
        expected = ((images - background.mean(axis=0)) * weights)[:, inside].sum(axis=(1, 2))
        for code in range(16):
            if not code >> player & 1:
                np.testing.assert_allclose(worth[code | 1 << player] - worth[code], expected)


@pytest.mark.parametrize("channels", ["first", "last"])
def test_explainers_find_what_regions_of_a_linear_model_hold(channels):
    shape = (2, 4, 4) if channels == "first" else (4, 4, 2)
    images = random_images(shape, 3)
    weights = np.random.default_rng(5).normal(size=shape)
    parts = ((images - 100) * weights).sum(axis=1 if channels == "first" else 3)
    expected = np.stack([parts[:, player == QUARTERS].sum(axis=1) for player in range(4)], axis=1)

    def model(X):
        assert X.shape[1:] == shape
        return (X * weights).sum(axis=(1, 2, 3))

    masker = ImageMasker(n_regions=4, absent=100, channels=channels)
    explanation = ShapleyExplainer(masker=masker).fit(model, images).explain(images)
    np.testing.assert_allclose(explanation.values, expected)
    np.testing.assert_allclose(explanation.base_values, 100 * weights.sum())
    assert explanation[1].feature_names == ("[0, 0]", "[0, 1]", "[1, 0]", "[1, 1]")
    explanation = LimeExplainer(masker=masker).fit(model, images).explain(images)
    np.testing.assert_allclose(explanation.values, expected, rtol=1e-6, atol=1e-2)


def test_regions_that_are_painted_as_they_are_cost_nothing():
    image = np.full((1, 8, 8), 5.0)
    image[0, :2, :4] = 9
    masker = ImageMasker(n_regions=(4, 4), absent=5)
    explanation = ShapleyExplainer(masker=masker).fit(lambda X: X.max(axis=(1, 2)), image)
    explanation = explanation.explain(image)
    np.testing.assert_allclose(explanation.values[0], [2, 2] + [0] * 14)
    assert explanation.n_evals[0] <= 2**2 + 2


# -- errors and the scikit-learn contract --------------------------------------------------------


def test_parameters_can_be_cloned_and_nothing_is_written_to():
    background = random_images((4, 4))
    before = background.copy()
    masker = ImageMasker(regions=QUARTERS, absent="background", n_samples=2, random_state=0)
    copy = clone(masker)
    np.testing.assert_array_equal(copy.regions, QUARTERS)
    masked = copy.fit(background).bind(background)
    masked.compose([0], [0], [[False] * 4])
    np.testing.assert_array_equal(background, before)


def test_shape_is_enough_where_no_background_is_needed():
    masker = ImageMasker(shape=(2, 2), n_regions=4).fit()
    masked = masker.bind(np.array([[1.0, 2, 3, 6]]))
    assert masked.compose([0], [0], [[True, True, False, True]]).tolist() == [[1, 2, 3, 6]]
    assert masked.compose([0], [0], [[False, True, True, True]]).tolist() == [[3, 2, 3, 6]]


@pytest.mark.parametrize(
    ("parameters", "background", "message"),
    [
        ({}, None, "X_background is None"),
        ({"shape": (2, 2), "absent": "grey"}, None, "'grey', which needs X_background"),
        ({}, np.zeros((3, 64)), "shape is None, but X_background has rows of 64 columns"),
        ({"shape": (8, 9)}, np.zeros((3, 64)), r"shape is \(8, 9\)"),
        ({"shape": (8,)}, np.zeros((3, 8)), "shape is .*expected 2 or 3 positive integers"),
        ({"shape": (4, 5)}, np.zeros((3, 4, 4)), r"expected shape \(4, 5\)"),
        ({}, np.zeros((3, 4, 4, 4, 4)), "expected two or three dimensions"),
        ({}, np.zeros((0, 4, 4)), "no rows"),
        ({}, np.full((1, 2, 2), np.nan), "NaN or infinite"),
        ({"regions": [[0, 1]]}, np.zeros((1, 2, 2)), r"regions has shape \(1, 2\)"),
        ({"regions": [[0.5, 1], [0, 0]]}, np.zeros((1, 2, 2)), "regions has .*float64"),
        ({"regions": [[-2, 1], [0, 0]]}, np.zeros((1, 2, 2)), "regions holds -2"),
        ({"regions": [[-1, -1]]}, np.zeros((1, 1, 2)), "-1 everywhere"),
        ({"regions": "superpixels", "n_regions": (2, 2)}, np.zeros((1, 4, 4)), "superpixels"),
        ({"n_regions": (9, 2)}, np.zeros((1, 4, 4)), "n_regions is"),
        ({"n_regions": (2, 0)}, np.zeros((1, 4, 4)), "n_regions is"),
        ({"n_regions": 0}, np.zeros((1, 4, 4)), "n_regions"),
        ({"absent": "black"}, np.zeros((1, 4, 4)), "absent"),
        ({"absent": np.zeros((2, 2))}, np.zeros((1, 4, 4)), r"absent has shape \(2, 2\)"),
        ({"absent": 300}, np.zeros((1, 4, 4), np.uint8), "absent goes from 300 to 300"),
        ({"absent": [[np.inf]]}, np.zeros((1, 1, 1)), "absent has pixels"),
    ],
)
def test_errors_of_fit(parameters, background, message):
    with pytest.raises((ValueError, TypeError), match=message):
        ImageMasker(**parameters).fit(background)


def test_errors_of_later_images():
    masker = ImageMasker().fit(np.zeros((1, 4, 4)))
    with pytest.raises(ValueError, match=r"rows of shape \(4, 5\)"):
        masker.bind(np.zeros((1, 4, 5)))
    with pytest.raises(ValueError, match="NaN"):
        masker.layout(np.full((1, 4, 4), np.inf))
    masker = ImageMasker(regions=lambda image: image[0] > 0).fit(np.zeros((1, 4, 4)))
    with pytest.raises(ValueError, match="regions of image 0 has shape"):
        masker.layout(np.zeros((1, 4, 4)))


def test_model_can_be_called_before_any_image_is_explained():
    assert ImageMasker(shape=(2, 3)).fit().examples(None).shape == (1, 6)
    images = random_images((4, 4))
    np.testing.assert_array_equal(ImageMasker().fit(images).examples(images), images)
