"""Bounds as a user writes them."""

import numpy as np
import pytest

from skxai.activation._bounds import bounds_of

U = np.array([[1.0, 5.0], [3.0, 4.0], [2.0, 6.0]])
NAMES = ["age", "dose"]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ("background", [[1, 3], [4, 6]]),
        (None, [[-np.inf, np.inf]] * 2),
        ((0, 10), [[0, 10], [0, 10]]),
        ((None, 10), [[-np.inf, 10]] * 2),
        (([0, 1], [2.0, 3.0]), [[0, 2], [1, 3]]),
        ({"dose": (0, 9)}, [[1, 3], [0, 9]]),
        ({1: (0, 9)}, [[1, 3], [0, 9]]),
        ({"age": (2, None), "dose": [5, 5]}, [[2, np.inf], [5, 5]]),
        ({}, [[1, 3], [4, 6]]),
    ],
)
def test_bounds(bounds, expected):
    assert bounds_of(bounds, U, NAMES, None).tolist() == expected


def test_labels_come_before_positions():
    assert bounds_of({1: (0, 9)}, U, ["1", "0"], [1, 0]).tolist() == [[0, 9], [4, 6]]


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ("data", "bounds is 'data'"),
        (3, "bounds is 3; expected"),
        ((1, 2, 3), "expected \\(low, high\\)"),
        ((2, 1), "expected low <= high"),
        ((np.nan, 1), "expected low <= high"),
        (([0, 1, 2], 5), "an end of shape"),
        ({"weight": (0, 1)}, "names the column 'weight'"),
        ({"dose": (3, 2)}, "bounds of 'dose'"),
        ({"dose": ([1, 2], 3)}, "an end of shape"),
    ],
)
def test_refused(bounds, message):
    with pytest.raises(ValueError, match=message):
        bounds_of(bounds, U, NAMES, None)
