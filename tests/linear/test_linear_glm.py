"""Generalised linear models by maximum likelihood."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import GammaRegressor, LogisticRegression, PoissonRegressor

from skxai.linear._glm import DISTRIBUTIONS, fit_glm, log_likelihood
from skxai.linear._least_squares import COV_TYPES


def make_data(family, seed=0, n_rows=250):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 3)) @ rng.normal(size=(3, 3)) + [0, 5, -20]
    eta = (X - X.mean(axis=0)) @ [0.4, -0.3, 0.2]
    y = {
        "binomial": lambda: (rng.random(n_rows) < expit(eta)).astype(float),
        "poisson": lambda: rng.poisson(np.exp(eta)).astype(float),
        "gamma": lambda: rng.gamma(2, np.exp(eta) / 2),
    }[family]()
    return X, y, rng.uniform(0.5, 2, size=n_rows)


def statsmodels_family(sm, family):
    log = sm.families.links.Log()
    return {
        "binomial": sm.families.Binomial(),
        "poisson": sm.families.Poisson(),
        "gamma": sm.families.Gamma(log),
    }[family]


def test_two_by_two_table_by_hand():
    # 30 of 40 against 20 of 60: log odds ratio log(3 · 2) = log 6, variance 1/30+1/10+1/20+1/40.
    X = np.repeat([1.0, 1.0, 0.0, 0.0], [30, 10, 20, 40])[:, None]
    y = np.repeat([1.0, 0.0, 1.0, 0.0], [30, 10, 20, 40])
    fit = fit_glm(X, y, "binomial")
    assert fit.coef[0] == pytest.approx(np.log(6), rel=1e-12)
    assert fit.intercept == pytest.approx(np.log(0.5), rel=1e-12)
    assert fit.covariance[1, 1] == pytest.approx(1 / 30 + 1 / 10 + 1 / 20 + 1 / 40, rel=1e-12)


@pytest.mark.parametrize(("family", "variance"), [("poisson", 1 / 12 + 1 / 3), ("gamma", None)])
def test_two_means_by_hand(family, variance):
    X = np.array([[0.0], [0.0], [1.0], [1.0]])
    y = np.array([1.0, 2.0, 4.0, 8.0])
    fit = fit_glm(X, y, family)
    assert np.exp(fit.intercept) == pytest.approx(1.5)
    assert np.exp(fit.coef[0]) == pytest.approx(4)
    if family == "gamma":  # Pearson's chi-squared is 4/9 with 2 degrees of freedom
        assert fit.scale == pytest.approx(2 / 9)
        variance = 2 / 9 * (1 / 2 + 1 / 2)
    assert fit.covariance[1, 1] == pytest.approx(variance)


@pytest.mark.parametrize("family", DISTRIBUTIONS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("cov_type", ["nonrobust", "HC0"])
def test_against_statsmodels(family, weighted, fit_intercept, cov_type):
    sm = pytest.importorskip("statsmodels.api")
    X, y, weight = make_data(family)
    X = X if fit_intercept else X - X.mean(axis=0)
    weight = weight if weighted else np.ones(len(y))
    A = sm.add_constant(X) if fit_intercept else X
    model = sm.GLM(y, A, family=statsmodels_family(sm, family), var_weights=weight)
    theirs = model.fit(tol=1e-12, tol_criterion="params", maxiter=300, cov_type=cov_type)
    ours = fit_glm(X, y, family, weight, fit_intercept=fit_intercept, cov_type=cov_type)
    theta, error = np.append(ours.intercept, ours.coef), np.sqrt(np.diag(ours.covariance))
    if not fit_intercept:
        assert theta[0] == error[0] == 0
        theta, error = theta[1:], error[1:]
    np.testing.assert_allclose(theta, theirs.params, rtol=1e-9)
    np.testing.assert_allclose(error, theirs.bse, rtol=1e-9)
    np.testing.assert_allclose(theta / error, theirs.tvalues, rtol=1e-9)
    np.testing.assert_allclose(ours.scale, theirs.scale, rtol=1e-9)
    if fit_intercept:
        np.testing.assert_allclose(ours.r2, 1 - theirs.deviance / theirs.null_deviance, rtol=1e-9)


@pytest.mark.parametrize("family", DISTRIBUTIONS)
@pytest.mark.parametrize("cov_type", COV_TYPES)
def test_covariance_by_its_definition(family, cov_type):
    """Bread and meat by explicit inverses; leverages of the last Newton step."""
    X, y, weight = make_data(family)
    fit = fit_glm(X, y, family, weight, cov_type=cov_type)
    distribution = DISTRIBUTIONS[family]
    A = np.column_stack([np.ones(len(X)), X])
    eta = A @ np.append(fit.intercept, fit.coef)
    if cov_type == "nonrobust":
        bread = np.linalg.inv((A.T * (weight * distribution.information(eta))) @ A)
        expected = fit.scale * bread
    else:
        curvature = weight * distribution.curvature(y, eta)
        bread = np.linalg.inv((A.T * curvature) @ A)
        leverage = curvature * np.einsum("ij,jk,ik->i", A, bread, A)
        factor = {
            "HC0": 1,
            "HC1": len(y) / (len(y) - 4),
            "HC2": 1 / (1 - leverage),
            "HC3": 1 / (1 - leverage) ** 2,
        }[cov_type]
        score = A * (weight * distribution.gradient(y, eta))[:, None]
        expected = bread @ (score.T * factor) @ score @ bread
    np.testing.assert_allclose(fit.covariance, expected, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("family", DISTRIBUTIONS)
def test_derivatives_of_the_losses(family):
    _, y, _ = make_data(family, n_rows=20)
    distribution = DISTRIBUTIONS[family]
    eta = np.linspace(-2, 2, 20)
    step = 1e-5

    def slope(function):
        return (function(y, eta + step) - function(y, eta - step)) / (2 * step)

    np.testing.assert_allclose(distribution.gradient(y, eta), slope(distribution.loss), atol=1e-8)
    np.testing.assert_allclose(
        distribution.curvature(y, eta), slope(distribution.gradient), atol=1e-8
    )
    mean = distribution.mean(eta)
    np.testing.assert_allclose(distribution.gradient(mean, eta), 0, atol=1e-12)
    np.testing.assert_allclose(distribution.start(mean), eta, atol=1e-12)
    np.testing.assert_allclose(distribution.loss(mean, eta), distribution.saturated(mean))
    # The loss is linear in y, so that the mean of the curvature is its value at the mean.
    np.testing.assert_allclose(
        distribution.curvature(mean, eta), distribution.information(eta), rtol=1e-12
    )


def test_penalised_fits_are_scikit_learns():
    options = {"tol": 1e-10, "max_iter": 10_000}
    for family, model in [
        ("binomial", LogisticRegression(C=0.05, solver="newton-cholesky", **options)),
        ("poisson", PoissonRegressor(alpha=0.1, **options)),
        ("gamma", GammaRegressor(alpha=0.1, **options)),
    ]:
        X, y, weight = make_data(family)
        model.fit(X, y, sample_weight=weight)
        alpha = 20.0 if family == "binomial" else 0.1 * weight.sum()
        fit = fit_glm(X, y, family, weight, alpha=alpha)
        np.testing.assert_allclose(fit.coef, np.ravel(model.coef_), rtol=1e-6, err_msg=family)
        np.testing.assert_allclose(fit.intercept, model.intercept_, rtol=1e-6, err_msg=family)
        # The sandwich of a penalised fit, by explicit inverses.
        A = np.column_stack([np.ones(len(X)), X])
        eta = A @ np.append(fit.intercept, fit.coef)
        information = (A.T * (weight * DISTRIBUTIONS[family].information(eta))) @ A
        bread = np.linalg.inv(information + alpha * np.diag([0, 1, 1, 1]))
        np.testing.assert_allclose(
            fit.covariance, fit.scale * bread @ information @ bread, rtol=1e-7, atol=1e-12
        )


def test_lasso_penalty_is_linear_at_the_solution():
    X, y, _ = make_data("binomial")
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    penalty = {"penalty": "l1"} if "l1_ratio=None" in _signature() else {"l1_ratio": 1.0}
    model = LogisticRegression(C=0.1, solver="saga", tol=1e-10, max_iter=10_000, **penalty)
    coef = model.fit(X, y).coef_[0]
    kept = coef != 0
    assert 0 < kept.sum() < 3
    fit = fit_glm(X[:, kept], y, "binomial", gradient=10 * np.sign(coef[kept]))
    np.testing.assert_allclose(fit.coef, coef[kept], rtol=1e-5)


def _signature():
    import inspect

    return str(inspect.signature(LogisticRegression))


def test_far_origins_and_scales_do_not_matter():
    X, y, _ = make_data("poisson")
    plain = fit_glm(X, y, "poisson")
    moved = fit_glm(X * [1e-6, 1, 1e6] + [0, 1e4, 1e6], y, "poisson")
    np.testing.assert_allclose(moved.coef * [1e-6, 1, 1e6], plain.coef, rtol=1e-7)
    np.testing.assert_allclose(
        np.diag(moved.covariance)[1:] * [1e-12, 1, 1e12], np.diag(plain.covariance)[1:], rtol=1e-7
    )


def test_large_means_need_step_halving():
    # From the constant model, the first full Newton step overshoots exp() beyond all bounds.
    x = np.linspace(0, 1, 50)[:, None]
    y = np.floor(np.exp(-5 + 25 * x[:, 0] ** 8))
    fit = fit_glm(x, y, "poisson")
    mean = np.exp(fit.intercept + fit.coef[0] * x[:, 0])
    np.testing.assert_allclose([(y - mean).sum(), x[:, 0] @ (y - mean)], 0, atol=1e-3 * y.max())


def test_redundant_columns_do_not_disturb_the_others():
    X, y, _ = make_data("binomial")
    full = fit_glm(X, y, "binomial")
    doubled = fit_glm(np.column_stack([X, X[:, 0]]), y, "binomial")
    np.testing.assert_allclose(doubled.coef[1:3], full.coef[1:], rtol=1e-9)
    np.testing.assert_allclose(doubled.covariance[2:4, 2:4], full.covariance[2:, 2:], rtol=1e-9)
    assert doubled.coef[0] + doubled.coef[3] == pytest.approx(full.coef[0])
    # Of all equal fits the shortest: a copy in other units gets its share by length.
    tripled = fit_glm(np.column_stack([X, 3 * X[:, 0]]), y, "binomial")
    np.testing.assert_allclose(tripled.coef[[0, 3]], full.coef[0] * np.array([0.1, 0.3]))


def test_log_likelihood_falls_away_from_the_fit():
    from dataclasses import replace

    X, y, weight = make_data("poisson")
    fit = fit_glm(X, y, "poisson", weight)
    best = log_likelihood(X, y, "poisson", fit, weight)
    for step in np.vstack([np.eye(3), -np.eye(3)]) * 1e-3:
        assert log_likelihood(X, y, "poisson", replace(fit, coef=fit.coef + step), weight) < best
