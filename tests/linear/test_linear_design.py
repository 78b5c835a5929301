"""The decomposition of a design: rank, collinearity, coordinates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skxai.linear._design import condition_number, decompose, variance_inflation


@pytest.fixture
def X():
    rng = np.random.default_rng(0)
    return rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4)) + [0, 5, -20, 2000]


def test_coordinates_rebuild_the_weighted_design(X):
    weight = np.random.default_rng(1).uniform(0.5, 2, size=len(X))
    to_coef, basis = decompose(X, weight).coordinates()
    np.testing.assert_allclose(basis.T @ basis, np.eye(5), atol=1e-10)
    A = np.column_stack([np.ones(len(X)), X]) * np.sqrt(weight)[:, None]
    np.testing.assert_allclose(A @ to_coef, basis, atol=1e-9)


def test_vif_of_two_columns_is_a_function_of_their_correlation():
    # Correlation 0.6 by construction: VIF = 1 / (1 - 0.36).
    a = np.array([1.0, 1.0, -1.0, -1.0])
    b = np.array([1.0, -1.0, 1.0, -1.0])
    X = np.column_stack([a, 0.6 * a + 0.8 * b + 7])
    np.testing.assert_allclose(variance_inflation(decompose(X)), [1 / 0.64, 1 / 0.64])


def test_vif_and_condition_number_against_statsmodels_and_numpy(X):
    outliers = pytest.importorskip("statsmodels.stats.outliers_influence")
    A = np.column_stack([np.ones(len(X)), X])
    expected = [outliers.variance_inflation_factor(A, j) for j in range(1, 5)]
    np.testing.assert_allclose(variance_inflation(decompose(X)), expected, rtol=1e-9)
    standardised = (X - X.mean(axis=0)) / X.std(axis=0)
    np.testing.assert_allclose(
        condition_number(decompose(X)), np.linalg.cond(standardised), rtol=1e-10
    )


@pytest.mark.parametrize("n_rows", [60, 5])
def test_redundant_columns_and_only_these_are_unidentified(X, n_rows):
    x0, x1, x2, _ = X[:n_rows].T
    redundant = np.column_stack([x0, x1, x2, x0 - 3 * x1 + 2, np.full(n_rows, 0.1)])
    design = decompose(redundant)
    assert design.identified.tolist() == [False, False, True, False, False]
    assert design.rank == 4
    assert condition_number(design) == np.inf
    assert np.isinf(variance_inflation(design)).tolist() == [True, True, False, True, True]


def test_without_an_intercept_a_constant_column_is_identified(X):
    constant = np.column_stack([X[:, 0], np.full(len(X), 0.1)])
    assert decompose(constant, fit_intercept=False).identified.all()
    assert not decompose(constant).identified[1]


def test_more_columns_than_rows():
    X = np.random.default_rng(0).normal(size=(4, 6))
    design = decompose(X)
    assert design.rank == 4
    assert design.null_space.shape == (6, 3)
    assert not design.identified.any()


def test_a_unit_of_measurement_in_other_words_is_the_same_column(X):
    celsius = np.random.default_rng(0).normal(15, 8, size=len(X))
    both = np.column_stack([celsius, X[:, 0], celsius * 1.8 + 32, (celsius + 273.15) * 1e-9])
    assert decompose(both).identified.tolist() == [False, True, False, False]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 4))
def test_rank_of_a_product_of_thin_matrices(seed, rank, extra):
    rng = np.random.default_rng(seed)
    thin = rng.normal(size=(30, rank))
    mixed = thin @ rng.normal(size=(rank, rank + extra)) * 10.0 ** rng.integers(-6, 6, rank + extra)
    assert decompose(mixed).rank == rank + 1
