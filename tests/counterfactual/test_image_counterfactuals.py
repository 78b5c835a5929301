"""Counterfactuals of images: the fewest regions that have to be painted over."""

import itertools

import numpy as np
import pandas as pd
import pytest

from skxai import CounterfactualExplainer, CounterfactualExplanation
from skxai.maskers import ImageMasker

IMAGES = np.random.default_rng(0).integers(1, 9, size=(6, 4, 6)).astype(np.int16)
WEIGHTS = np.random.default_rng(1).normal(size=(4, 6))


def score(images):
    images = np.asarray(images, dtype=float).reshape(-1, 4, 6)
    return (images * WEIGHTS).sum(axis=(1, 2)) + images[:, 0, 0] * images[:, 3, 5] / 4


def masker(**parameters):
    return ImageMasker(n_regions=(2, 3), absent=0, **parameters)


def fewest(image, low):
    """By painting over every set of cells of the grid."""
    for size in range(7):
        for cells in itertools.combinations(itertools.product(range(2), range(3)), size):
            painted = image.copy()
            for line, column in cells:
                painted[2 * line : 2 * line + 2, 2 * column : 2 * column + 2] = 0
            if score(painted[None])[0] >= low:
                return size
    return None


@pytest.mark.parametrize("low", [-5.0, 5.0, 15.0, 40.0])
def test_nothing_smaller_exists(low):
    explainer = CounterfactualExplainer(masker=masker(), target=(low, None)).fit(score, IMAGES)
    result = explainer.explain(IMAGES)
    for row, image in enumerate(IMAGES):
        size = fewest(image, low)
        expected = {None: "infeasible", 0: "already_target"}.get(size, "optimal")
        assert result.status[row] == expected
        if size is not None:
            assert result.distances[row] == size
            changed = image != result.counterfactuals[row]
            assert score(result.counterfactuals[[row]])[0] >= low
            assert changed.sum() == 4 * size
            assert (result.counterfactuals[row][changed] == 0).all()
    assert result.counterfactuals.dtype == np.int16
    assert result.counterfactuals.shape == IMAGES.shape


def test_the_cases_are_not_trivial():
    sizes = {fewest(image, low) for image in IMAGES for low in (-5.0, 5.0, 15.0, 40.0)}
    assert {None, 0, 1, 2} <= sizes


def test_flat_tables_give_the_same_and_come_back_from_a_file(tmp_path):
    expected = CounterfactualExplainer(masker=masker(), target=(15, None), n_counterfactuals=2)
    expected = expected.fit(score, IMAGES).explain(IMAGES)
    X = pd.DataFrame(IMAGES.reshape(6, -1), index=list("abcdef"))
    explainer = CounterfactualExplainer(
        masker=masker(shape=(4, 6)), target=(15, None), n_counterfactuals=2
    )
    result = explainer.fit(score, X).explain(X)
    frame = result.counterfactuals
    assert frame.index.tolist() == list("aabbccddeeff")
    assert (frame.dtypes == np.int16).all()
    np.testing.assert_array_equal(frame.to_numpy().reshape(-1, 4, 6), expected.counterfactuals)
    assert result.sentences() == expected.sentences()
    for one in (expected, result):
        one.save(tmp_path / "a.npz")
        again = CounterfactualExplanation.load(tmp_path / "a.npz")
        np.testing.assert_array_equal(again.counterfactuals, one.counterfactuals)
        pd.testing.assert_frame_equal(again.to_frame(), one.to_frame())
        pd.testing.assert_frame_equal(again[2:].changes(), one[2:].changes())


def test_it_is_told_in_words():
    explainer = CounterfactualExplainer(masker=masker(), target=(0, None))
    image = np.ones((1, 4, 6))
    result = explainer.fit(lambda images: -images[:, 0, 0] - images[:, 3, 5], image).explain(image)
    assert result.sentences() == [
        "Without cell [0, 0] and cell [1, 2], the prediction would have been 0 instead of -2."
    ]
    assert result.changes()["name"].tolist() == ["[0, 0]", "[1, 2]"]
    assert result.to_frame()["changes"].tolist() == ["[0, 0], [1, 2]"]


def test_several_fillings_are_refused():
    several = ImageMasker(absent="background")
    with pytest.raises(ValueError, match="with 6 fillings of what is absent; expected one"):
        CounterfactualExplainer(masker=several, target=(0, None)).fit(score, IMAGES)
