"""Least squares, ridge, lasso at its solution, and their covariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes
from sklearn.linear_model import ElasticNet, LinearRegression, Ridge

from skxai.linear._design import decompose, variance_inflation
from skxai.linear._least_squares import COV_TYPES, fit_least_squares, smoother


def make_data(seed=0, n_rows=80):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 4)) @ rng.normal(size=(4, 4)) + [0, 5, -20, 300]
    y = X @ [1.0, -2.0, 0.5, 0.0] + rng.normal(size=n_rows) * (1 + np.abs(X[:, 0]))
    return X, y, rng.uniform(0.5, 2, size=n_rows)


def t_values(fit):
    error = np.sqrt(np.diag(fit.covariance)[1:])
    return fit.coef / np.where(error > 0, error, np.nan)


def test_a_line_through_four_points_by_hand():
    # y = 1, 2, 2, 4 at x = 0, 1, 2, 3: slope 0.9, intercept 0.9, residuals .1, .2, -.7, .4.
    fit = fit_least_squares([[0.0], [1.0], [2.0], [3.0]], [1.0, 2.0, 2.0, 4.0])
    np.testing.assert_allclose([fit.intercept, fit.coef[0]], [0.9, 0.9])
    np.testing.assert_allclose(fit.scale, 0.7 / 2)
    assert fit.dof == pytest.approx(2)
    # Var(slope) = σ²/5, Var(intercept) = σ²(1/4 + 1.5²/5), covariance = -σ²·1.5/5.
    expected = 0.35 * np.array([[0.25 + 0.45, -0.3], [-0.3, 0.2]])
    np.testing.assert_allclose(fit.covariance, expected)
    np.testing.assert_allclose(fit.r2, 1 - 0.7 / 4.75)


@pytest.mark.parametrize("cov_type", COV_TYPES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_against_statsmodels(cov_type, weighted, fit_intercept):
    sm = pytest.importorskip("statsmodels.api")
    X, y, weight = make_data()
    weight = weight if weighted else np.ones(len(y))
    A = sm.add_constant(X) if fit_intercept else X
    theirs = sm.WLS(y, A, weights=weight).fit(cov_type=cov_type, use_t=True)
    ours = fit_least_squares(X, y, weight, fit_intercept=fit_intercept, cov_type=cov_type)
    theta, error = np.append(ours.intercept, ours.coef), np.sqrt(np.diag(ours.covariance))
    if not fit_intercept:
        assert theta[0] == error[0] == 0
        theta, error = theta[1:], error[1:]
    np.testing.assert_allclose(theta, theirs.params, rtol=1e-9)
    np.testing.assert_allclose(error, theirs.bse, rtol=1e-9)
    np.testing.assert_allclose(theta / error, theirs.tvalues, rtol=1e-9)
    np.testing.assert_allclose(ours.scale, theirs.scale, rtol=1e-9)
    assert ours.dof == pytest.approx(theirs.df_resid, rel=1e-12)
    if fit_intercept:
        np.testing.assert_allclose(ours.r2, theirs.rsquared, rtol=1e-9)


@pytest.mark.parametrize("cov_type", COV_TYPES)
def test_ridge_against_the_definition_by_matrices(cov_type):
    X, y, weight = make_data()
    A = np.column_stack([np.ones(len(X)), X])
    W = np.diag(weight)
    penalty = 30.0 * np.diag([0.0, 1, 1, 1, 1])
    to_theta = np.linalg.inv(A.T @ W @ A + penalty) @ A.T @ W
    hat = A @ to_theta
    residual = y - hat @ y
    dof = len(y) - np.trace(2 * hat - hat @ hat)
    scale = residual @ W @ residual / dof
    squares = {
        "nonrobust": scale / weight,
        "HC0": residual**2,
        "HC1": residual**2 * len(y) / dof,
        "HC2": residual**2 / (1 - np.diag(hat)),
        "HC3": residual**2 / (1 - np.diag(hat)) ** 2,
    }[cov_type]
    fit = fit_least_squares(X, y, weight, alpha=30.0, cov_type=cov_type)
    np.testing.assert_allclose(np.append(fit.intercept, fit.coef), to_theta @ y, rtol=1e-8)
    np.testing.assert_allclose(
        fit.covariance, (to_theta * squares) @ to_theta.T, rtol=1e-7, atol=1e-10
    )
    assert fit.dof == pytest.approx(dof)
    assert smoother(X, weight, alpha=30.0).dof_model == pytest.approx(np.trace(hat))
    model = Ridge(alpha=30.0).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(fit.coef, model.coef_, rtol=1e-8)


def test_elastic_net_solution_is_linear_in_y_between_its_kinks():
    X, y = load_diabetes(return_X_y=True)
    options = {"alpha": 0.05, "l1_ratio": 0.9, "tol": 1e-12, "max_iter": 100_000}
    model = ElasticNet(**options).fit(X, y)
    kept = model.coef_ != 0
    assert 0 < kept.sum() < 10
    n_rows = len(y)
    signs = np.sign(model.coef_[kept])

    def fit(y):
        penalty = {"alpha": n_rows * 0.05 * 0.1, "gradient": n_rows * 0.05 * 0.9 * signs}
        return fit_least_squares(X[:, kept], y, **penalty)

    ours = fit(y)
    np.testing.assert_allclose(ours.coef, model.coef_[kept], rtol=1e-6)
    # The matrix behind the covariance is the derivative of the fit: here by a difference.
    direction = np.random.default_rng(0).normal(size=n_rows)
    moved = ElasticNet(**options).fit(X, y + 0.01 * direction).coef_
    assert ((moved != 0) == kept).all()
    smooth = smoother(X[:, kept], alpha=n_rows * 0.05 * 0.1)
    expected = 0.01 * smooth.matrix[1:] @ direction
    np.testing.assert_allclose(moved[kept] - model.coef_[kept], expected, rtol=1e-3)
    np.testing.assert_allclose(
        ours.covariance, ours.scale * smooth.matrix @ smooth.matrix.T, rtol=1e-9, atol=1e-12
    )


def test_redundant_columns_do_not_disturb_the_others():
    X, y, _ = make_data()
    full = fit_least_squares(X, y)
    doubled = fit_least_squares(np.column_stack([X, X[:, 0], np.full(len(X), 3.0)]), y)
    np.testing.assert_allclose(t_values(doubled)[1:4], t_values(full)[1:4], rtol=1e-9)
    assert doubled.dof == pytest.approx(full.dof)
    assert doubled.scale == pytest.approx(full.scale)
    # The sum of the two copies' coefficients is identified; scikit-learn shares alike.
    total = np.array([1.0, 0, 0, 0, 1, 0])
    assert total @ doubled.coef == pytest.approx(full.coef[0])
    assert total @ doubled.covariance[1:, 1:] @ total == pytest.approx(full.covariance[1, 1])
    reference = LinearRegression().fit(np.column_stack([X, X[:, 0], np.full(len(X), 3.0)]), y)
    np.testing.assert_allclose(doubled.coef, reference.coef_, rtol=1e-8, atol=1e-10)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 1000),
    st.lists(st.floats(1e-3, 1e3), min_size=4, max_size=4),
    st.permutations(range(4)),
    st.sampled_from(COV_TYPES),
)
def test_t_does_not_depend_on_units_origins_or_order(seed, units, order, cov_type):
    X, y, weight = make_data(seed)
    plain = fit_least_squares(X, y, weight, cov_type=cov_type)
    other = fit_least_squares(
        (X * units + 10 * np.array(units))[:, order], 7 * y - 40, weight / 3, cov_type=cov_type
    )
    np.testing.assert_allclose(t_values(other), t_values(plain)[list(order)], rtol=1e-6)


def test_robust_errors_need_more_than_one_row_for_each_coefficient():
    X, y, _ = make_data()
    alone = np.column_stack([X, np.arange(len(X)) == 5])
    with pytest.raises(ValueError, match=r"cov_type='HC3' is not defined: row 5 has leverage 1"):
        fit_least_squares(alone, y, cov_type="HC3")
    assert np.isfinite(fit_least_squares(alone, y, cov_type="HC1").covariance).all()


def test_the_sum_of_ratios_is_no_t_statistic():
    """A formula in circulation sums ratios of squares in place of their ratio.

    Its "error" explodes where a value is near its mean and ignores collinearity, so that its
    ranking of the diabetes columns has little to do with t's.
    """
    X, y = load_diabetes(return_X_y=True)
    fit = fit_least_squares(X, y)
    residual = y - fit.intercept - X @ fit.coef
    dof = len(y) - 11
    wrong = np.sqrt((residual[:, None] ** 2 / (X - X.mean(axis=0)) ** 2).sum(axis=0) / dof)
    ranks = np.argsort(np.argsort(np.abs([t_values(fit), fit.coef / wrong])))
    agreement = np.corrcoef(ranks)[0, 1]
    assert agreement == pytest.approx(0.442, abs=0.001)
    # The ratio of sums, with the inflation by the other columns, is right.
    right = fit.scale * variance_inflation(decompose(X)) / ((X - X.mean(axis=0)) ** 2).sum(axis=0)
    np.testing.assert_allclose(right, np.diag(fit.covariance)[1:], rtol=1e-10)
