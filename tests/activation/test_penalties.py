"""Penalties: values by scikit-learn, derivatives by differences."""

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

from skxai.activation._penalties import SquaredLength, fit_density, penalty_of

RNG = np.random.RandomState(0)
Z = np.vstack([RNG.standard_normal((30, 3)) - 2, 0.5 * RNG.standard_normal((20, 3)) + 1])
ROWS = np.array([[0.0, 0.0, 0.0], [1.2, 0.7, 1.1], [-2.0, -1.0, -3.0], [40.0, -30.0, 5.0]])
MIXTURES = [
    GaussianMixture(2, covariance_type=kind, random_state=0)
    for kind in ("full", "tied", "diag", "spherical")
]
DENSITIES = ["density", "mixture", KernelDensity(bandwidth=0.4), *MIXTURES]


@pytest.mark.parametrize("penalty", DENSITIES, ids=str)
def test_values_are_those_of_scikit_learn(penalty):
    density = fit_density(penalty, Z, 0)
    values, _ = penalty_of(density, Z)(ROWS)
    np.testing.assert_allclose(values, -density.score_samples(ROWS), rtol=1e-10)


@pytest.mark.parametrize("penalty", ["l2", *DENSITIES], ids=str)
def test_derivatives_are_those_of_the_values(penalty):
    function = penalty_of(fit_density(penalty, Z, 0), Z)
    for row in ROWS[:3]:
        error = check_grad(
            lambda z: function(z[None])[0][0], lambda z: function(z[None])[1][0], row
        )
        assert error < 1e-5


@pytest.mark.parametrize("penalty", ["l2", *DENSITIES], ids=str)
def test_rows_at_once_and_one_by_one(penalty):
    function = penalty_of(fit_density(penalty, Z, 0), Z)
    values, slopes = function(ROWS)
    for i, row in enumerate(ROWS):
        value, slope = function(row[None])
        np.testing.assert_allclose(values[i], value[0], rtol=1e-12)
        np.testing.assert_allclose(slopes[i], slope[0], rtol=1e-9, atol=1e-12)


def test_one_gaussian_is_the_normal_distribution():
    density = fit_density(GaussianMixture(1, reg_covar=0.0), Z, 0)
    values, _ = penalty_of(density, Z)(ROWS)
    normal = multivariate_normal(Z.mean(axis=0), np.cov(Z.T, bias=True))
    np.testing.assert_allclose(values, -normal.logpdf(ROWS), rtol=1e-10)


def test_length_by_hand():
    values, slopes = SquaredLength()(np.array([[3.0, -4.0]]))
    assert values.tolist() == [25.0]
    assert slopes.tolist() == [[6.0, -8.0]]


def test_density_is_a_clone():
    given = KernelDensity(bandwidth=0.4)
    assert fit_density(given, Z, 0) is not given
    assert not hasattr(given, "tree_")


def test_mixture_is_seeded_but_keeps_its_own_seed():
    assert fit_density("mixture", Z, 7).random_state == 7
    assert fit_density(GaussianMixture(2, random_state=3), Z, 7).random_state == 3


@pytest.mark.parametrize(
    "penalty", [KernelDensity(kernel="tophat"), KernelDensity(metric="manhattan")], ids=str
)
def test_other_kernels_are_refused(penalty):
    with pytest.raises(ValueError, match="penalty is a KernelDensity"):
        fit_density(penalty, Z, 0)


def test_mixture_of_one_row_is_refused():
    with pytest.raises(ValueError, match="X_background has one row"):
        fit_density("mixture", Z[:1], 0)
