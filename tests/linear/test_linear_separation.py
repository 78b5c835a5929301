"""Likelihoods without a maximum, and the tests that remain."""

import numpy as np
import pytest
from scipy.special import expit

from skxai.linear._estimate import largest_log_likelihood
from skxai.linear._glm import fit_glm
from skxai.linear._likelihood_ratio import likelihood_ratio
from skxai.linear._models import LinearModel
from skxai.linear._multinomial import fit_multinomial
from skxai.linear._separation import separates_classes, separates_zeros


def with_constant(x):
    return np.column_stack([np.ones(len(x)), x])


@pytest.mark.parametrize(
    ("x", "codes", "expected"),
    [
        ([0, 1, 2, 3], [0, 0, 1, 1], True),  # complete
        ([0, 1, 1, 2], [0, 0, 1, 1], True),  # quasi-complete: a tie at 1
        ([0, 2, 1, 3], [0, 0, 1, 1], False),
        ([0, 1, 2, 3, 4, 5], [0, 0, 1, 1, 2, 2], True),
        ([0, 4, 2, 3, 1, 5], [0, 0, 1, 1, 2, 2], False),
        ([0, 1, 0, 1, 3, 4], [0, 0, 1, 1, 2, 2], True),  # the third class alone
    ],
)
def test_separation_of_points_on_a_line(x, codes, expected):
    codes = np.array(codes)
    scores = np.zeros((len(x), codes.max() + 1))
    assert separates_classes(with_constant(np.array(x, dtype=float)), codes, scores) is expected


def test_separation_by_a_plane_that_no_single_column_shows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    codes = (X[:, 0] + X[:, 1] > 0).astype(int)
    scores = np.zeros((60, 2))
    assert separates_classes(with_constant(X), codes, scores)
    codes[np.argmax(X[:, 0] + X[:, 1])] = 0
    assert not separates_classes(with_constant(X), codes, scores)
    # A candidate that separates is believed without a search.
    codes = (X[:, 0] + X[:, 1] > 0).astype(int)
    assert separates_classes(
        with_constant(X), codes, np.column_stack([np.zeros(60), X[:, 0] + X[:, 1]])
    )


def test_poisson_with_a_group_of_zeros():
    group = np.repeat([0.0, 1.0], 4)
    assert separates_zeros(with_constant(group), np.array([1, 2, 0, 3, 0, 0, 0, 0]))
    assert not separates_zeros(with_constant(group), np.array([1, 2, 0, 3, 0, 0, 0, 1]))
    assert not separates_zeros(with_constant(group), np.array([1, 2, 1, 3, 1, 1, 1, 1]))


@pytest.mark.parametrize(
    ("family", "y"),
    [("binomial", [0, 1, 0, 1, 1, 1, 1, 1]), ("poisson", [1, 2, 0, 3, 0, 0, 0, 0])],
)
def test_fits_say_that_there_is_no_maximum(family, y):
    group = np.repeat([0.0, 1.0], 4)[:, None]
    fit = fit_glm(group, y, family)
    assert fit.separated
    assert np.isnan(fit.covariance).all()
    assert abs(fit.coef[0]) > 10
    y = np.array(y)
    y[-1] = 1 - y[-1]  # one row of the other kind gives the group a finite estimate
    assert not fit_glm(group, y, family).separated
    # A penalty always has a minimum.
    assert not fit_glm(group, y, family, alpha=1e-3).separated


def test_extreme_but_finite_estimates_are_no_separation():
    # One row against the slope among thousands of rows far out: |scores| reach beyond 15.
    x = np.concatenate([np.linspace(-50, 50, 2000), [0.1, -0.1]])[:, None]
    y = np.append((x[:-2, 0] > 0).astype(float), [0.0, 1.0])
    fit = fit_glm(x, y, "binomial")
    assert not fit.separated
    score = fit.intercept + fit.coef[0] * x[:, 0]
    assert np.abs(score).max() > 15
    residual = y - expit(score)
    np.testing.assert_allclose([residual.sum(), residual @ x[:, 0]], 0, atol=1e-9)


def test_multinomial_says_so_too():
    codes = np.repeat([0, 1, 2], 10)
    x = np.arange(30.0)[:, None]
    assert fit_multinomial(x, codes, 3).separated
    codes[[5, 15, 25]] = [1, 2, 0]
    codes[[6, 16, 26]] = [2, 0, 1]
    assert not fit_multinomial(x, codes, 3).separated


def test_likelihood_ratio_of_separated_groups_by_hand():
    # All of group 1 are ones, 2 of 4 in group 0: the supremum is 4 log 1/2 (from group 0),
    # without the column 6 of 8 are ones.
    group = np.repeat([0.0, 1.0], 4)[:, None]
    y = np.array([0.0, 1, 0, 1, 1, 1, 1, 1])
    model = LinearModel("binomial", np.ones((1, 1)), [0.0], True)
    chi2, dof = likelihood_ratio(
        lambda X: largest_log_likelihood(model, X, y, np.ones(8)), group, [[0]]
    )
    full, null = 4 * np.log(0.5), 6 * np.log(0.75) + 2 * np.log(0.25)
    np.testing.assert_allclose(chi2, 2 * (full - null), rtol=1e-6)
    assert dof.tolist() == [1]


def test_likelihood_ratio_is_near_wald_squared_in_large_samples():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 3))
    y = (rng.random(20_000) < 1 / (1 + np.exp(-0.05 * X[:, 0]))).astype(float)
    model = LinearModel("binomial", np.ones((1, 3)), [0.0], True)
    chi2, dof = likelihood_ratio(
        lambda X: largest_log_likelihood(model, X, y, np.ones(len(y))), X, [[0], [1, 2], [0, 1, 2]]
    )
    fit = fit_glm(X, y, "binomial")
    wald = fit.coef @ np.linalg.solve(fit.covariance[1:, 1:], fit.coef)
    np.testing.assert_allclose(chi2[0], fit.coef[0] ** 2 / fit.covariance[1, 1], rtol=1e-2)
    np.testing.assert_allclose(chi2[2], wald, rtol=1e-2)
    assert dof.tolist() == [1, 2, 3]


def test_a_column_that_others_determine_has_no_test():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 2))
    y = (rng.random(50) < 0.5).astype(float)
    doubled = np.column_stack([X, X[:, 0]])
    model = LinearModel("binomial", np.ones((1, 3)), [0.0], True)
    chi2, dof = likelihood_ratio(
        lambda X: largest_log_likelihood(model, X, y, np.ones(50)), doubled, [[0], [1], [0, 2]]
    )
    assert dof.tolist() == [0, 1, 1]
    assert np.isnan(chi2).tolist() == [True, False, False]
