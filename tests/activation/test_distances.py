"""Distances of rows: by hand, and by definition."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.spatial.distance import cdist

from skxai.activation._distances import RowDistance

RNG = np.random.RandomState(0)
NUMBERS = RNG.standard_normal((12, 3)) * [1.0, 5.0, 0.1] + [0.0, 100.0, 3.0]
MIXED = pd.DataFrame(
    {
        "age": [20.0, 40.0, np.nan, 60.0, 30.0],
        "town": ["Ulm", None, "Bonn", "Ulm", "Jena"],
        "vip": [True, False, True, True, False],
        "size": pd.Categorical(["s", "m", "s", "l", "m"]),
        "since": pd.to_datetime(["2020-01-01", "2020-01-11", "2020-02-01", None, "2020-01-21"]),
        "visits": pd.array([1, None, 3, 2, 2], dtype="Int64"),
        "constant": 7,
    }
)


def between(X, rows=None):
    distance = RowDistance(X)
    return distance(distance.coordinates(X if rows is None else rows), distance.coordinates(X))


def by_definition(frame):
    """Squares of differences summed over columns, one pair and one column at a time."""
    n = len(frame)
    squares = np.zeros((n, n))
    for name in frame:
        column = frame[name]
        if name == "since":
            column = (column - pd.Timestamp("2020-01-01")).dt.total_seconds()
        numeric = name in ("age", "since", "visits", "constant")
        scale = np.nanstd(column.astype(float)) if numeric else 1.0
        for i in range(n):
            for j in range(n):
                a, b = column.iloc[i], column.iloc[j]
                if pd.isna(a) or pd.isna(b):
                    squares[i, j] += 2.0 * (pd.isna(a) != pd.isna(b))
                elif numeric:
                    squares[i, j] += ((float(a) - float(b)) / (scale or 1.0)) ** 2
                else:
                    squares[i, j] += 2.0 * (a != b)
    return squares


def test_numbers_are_standardised():
    got = between(NUMBERS)
    expected = cdist(NUMBERS, NUMBERS, "seuclidean", V=NUMBERS.var(axis=0))
    np.testing.assert_allclose(got, expected / np.sqrt(2 * 3), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose((got**2).mean(), 1.0)


def test_mixed_columns_by_definition():
    squares = by_definition(MIXED)
    got = between(MIXED) ** 2
    np.testing.assert_allclose(got / got[0, 1], squares / squares[0, 1], rtol=1e-10)


def test_unit_is_the_mean_over_all_pairs():
    complete = MIXED[["town", "vip", "size", "constant"]]
    np.testing.assert_allclose((between(complete) ** 2).mean(), 1.0)
    gaps = MIXED[["age"]]  # among the rows that have a number, the mean square is 2 again
    np.testing.assert_allclose((between(gaps) ** 2).mean(), 1.0)


@pytest.mark.parametrize("make", [sp.csr_matrix, getattr(sp, "csr_array", sp.csr_matrix)])
def test_sparse_as_dense(make):
    X = np.where(RNG.rand(12, 4) < 0.5, 0.0, RNG.standard_normal((12, 4)))
    X[:, 3] = 0.0
    np.testing.assert_allclose(between(make(X)), between(X), atol=1e-7)


def test_constant_table():
    assert between(np.full((3, 2), 0.1)).tolist() == np.zeros((3, 3)).tolist()
    assert between(sp.csr_matrix(np.ones((3, 2)))).tolist() == np.zeros((3, 3)).tolist()


def test_values_that_the_background_lacks():
    """An unseen value differs from all values, and from a missing one."""
    background = pd.DataFrame({"town": ["Ulm", "Bonn", None]})
    got = between(background, pd.DataFrame({"town": ["Jena", "Ulm", None]}))
    zero = got == 0
    assert zero.tolist() == [[False] * 3, [True, False, False], [False, False, True]]


def test_arrays_of_objects():
    X = np.array([["a", 1], ["b", 1], ["a", 2], ["b", 5]], dtype=object)
    frame = pd.DataFrame({"town": X[:, 0], "visits": X[:, 1].astype(float)})
    np.testing.assert_allclose(between(X), between(frame))  # numbers are numbers


def test_infinite_cells_are_equal_or_not():
    X = np.array([[np.inf], [np.inf], [-np.inf], [1.0], [3.0], [np.nan]])
    got = between(X)
    assert got[0, 1] == 0
    np.testing.assert_allclose(got[0, 2:], got[0, 2])
    assert np.isfinite(got).all()
    np.testing.assert_allclose((got**2).mean(), 1)
