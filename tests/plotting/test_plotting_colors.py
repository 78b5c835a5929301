"""Colours that the colour-blind can tell apart, and that print in grey."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from skxai.plotting._common import (
    GREY,
    LINE,
    MARKERS,
    NEGATIVE,
    NEUTRAL,
    PALETTE,
    POSITIVE,
    diverging,
    low_to_high,
)

# What linear RGB becomes for those who lack a kind of cone: G. M. Machado, M. M. Oliveira and
# L. A. F. Fernandes, "A physiologically-based model for simulation of color vision deficiency",
# IEEE Transactions on Visualization and Computer Graphics 15 (2009), for severity 1.
SEEN = {
    "all": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def linear(color):
    channels = np.array(to_rgb(color))
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(color, vision="all"):
    """CIE L*a*b* (D65) of a colour as it is seen; distances of 2.3 can just be told apart."""
    rgb = np.clip(SEEN[vision] @ linear(color), 0, 1)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ rgb / (to_xyz @ np.ones(3))
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one, other, vision="all"):
    return np.linalg.norm(lab(one, vision) - lab(other, vision))


def test_the_distance_is_right():
    # Known: white and black are 100 apart; pure red has L* 53.2, a* 80.1, b* 67.2.
    np.testing.assert_allclose(lab("white"), [100, 0, 0], atol=0.1)
    np.testing.assert_allclose(lab("#FF0000"), [53.2, 80.1, 67.2], atol=0.1)
    # Those without green cones take this red and this green for much the same.
    assert distance("#A05000", "#5F6E00", "deuteranopia") < 12
    assert distance("#A05000", "#5F6E00") > 35


@pytest.mark.parametrize("vision", list(SEEN))
def test_categories_can_be_told_apart(vision):
    pairs = itertools.combinations(PALETTE, 2)
    nearest = min(distance(one, other, vision) for one, other in pairs)
    assert nearest > 14
    # Neighbours, which a picture of few has, more easily.
    first = [distance(*pair, vision) for pair in itertools.pairwise(PALETTE[:6])]
    assert min(first) > 16


@pytest.mark.parametrize("vision", list(SEEN))
def test_signs_can_be_told_apart(vision):
    assert distance(POSITIVE, NEGATIVE, vision) > 40
    for color in (POSITIVE, NEGATIVE, NEUTRAL, GREY):
        assert distance(color, "white", vision) > 30
    for color in (POSITIVE, NEGATIVE, NEUTRAL):
        assert distance(color, GREY, vision) > 20
    ends = diverging()([0.0, 0.5, 1.0])
    assert distance(ends[0], ends[1], vision) > 40
    assert distance(ends[2], ends[1], vision) > 40


@pytest.mark.parametrize("vision", list(SEEN))
def test_low_to_high_becomes_lighter(vision):
    lightness = [lab(color, vision)[0] for color in low_to_high()(np.linspace(0, 1, 21))]
    assert (np.diff(lightness) > 0).all()
    assert lightness[-1] - lightness[0] > 40


def test_print_without_colours():
    # Signs differ in lightness, and what has no colour is a ring with a dark edge.
    assert lab(POSITIVE)[0] - lab(NEGATIVE)[0] > 20
    assert lab(LINE)[0] < 45
    # Neighbours of the palette differ; all have shapes of their own.
    lightness = [lab(color)[0] for color in PALETTE[:3]]
    assert np.abs(np.diff(lightness)).min() > 12
    assert len(set(MARKERS)) == len(MARKERS) == len(PALETTE)
