"""Gower's distance against the sum written out."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from skxai.reporting._neighbours import gower_distances


def test_by_hand_with_every_kind_of_column():
    rows = pd.DataFrame(
        {
            "number": [0.0, 5.0, np.nan],
            "town": ["Ulm", "Bonn", None],
            "kind": pd.Categorical([1, 2, 1]),
            "is": [True, False, True],
            "day": pd.to_datetime(["2020-01-01", "2020-01-11", None]),
            "same": [7, 7, 7],
        }
    )
    row = pd.DataFrame(
        {
            "number": [10.0],
            "town": ["Ulm"],
            "kind": pd.Categorical([2], categories=[1, 2]),
            "is": [True],
            "day": pd.to_datetime(["2020-01-05"]),
            "same": [7],
        }
    )
    # The range of numbers is that of the rows and the row: 0 to 10.
    first = 1.0 + 0 + 1 + 0 + 0.4 + 0
    second = 0.5 + 1 + 0 + 1 + 0.6 + 0
    third = 1.0 + 1 + 1 + 0 + 1 + 0
    np.testing.assert_allclose(gower_distances(rows, row), np.array([first, second, third]) / 6)


def test_missing_values_equal_each_other():
    rows = pd.DataFrame({"a": [np.nan, 1.0], "b": [None, "x"]})
    np.testing.assert_allclose(gower_distances(rows, rows.iloc[[0]]), [0, 1])


@pytest.mark.parametrize("seed", range(3))
def test_arrays_frames_and_sparse_matrices_agree_with_the_sum(seed):
    rng = np.random.default_rng(seed)
    X = np.round(rng.normal(size=(12, 5)) * (rng.random((12, 5)) < 0.5), 2)
    X[:, 3] = 1.0  # no range
    row = X[[4]] + rng.normal(size=(1, 5))
    row[0, 3] = 1.0
    both = np.vstack([X, row])
    spread = np.ptp(both, axis=0)
    expected = [
        np.mean([abs(x[j] - row[0, j]) / spread[j] if spread[j] else 0 for j in range(5)])
        for x in X
    ]
    np.testing.assert_allclose(gower_distances(X, row), expected)
    np.testing.assert_allclose(gower_distances(pd.DataFrame(X), pd.DataFrame(row)), expected)
    np.testing.assert_allclose(gower_distances(sp.csr_matrix(X), sp.csr_matrix(row)), expected)


def test_an_array_of_words():
    rows = np.array([["a", 1], ["b", 3]], dtype=object)
    np.testing.assert_allclose(
        gower_distances(rows, np.array([["a", 3]], dtype=object)), [0.5, 0.5]
    )
