"""Multinomial logistic regression, all classes treated alike."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from skxai.linear._glm import fit_glm
from skxai.linear._multinomial import fit_multinomial


def make_data(seed=0, n_rows=300):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 3)) @ rng.normal(size=(3, 3)) + [0, 5, -20]
    scores = (X - X.mean(axis=0)) @ rng.normal(size=(3, 3)) * 0.4
    codes = np.array([rng.choice(3, p=row) for row in softmax(scores, axis=1)])
    return X, codes, rng.uniform(0.5, 2, size=n_rows)


def differences(fit):
    """Coefficients less those of class 0, and their covariance, ordered class by class."""
    theta = np.column_stack([fit.intercept, fit.coef])
    size = theta.shape[1]
    contrast = np.hstack([-np.ones((2, 1)), np.eye(2)])
    full = fit.covariance.reshape(3 * size, 3 * size)
    mapping = np.kron(contrast, np.eye(size))
    return contrast @ theta, mapping @ full @ mapping.T


@pytest.mark.parametrize("cov_type", ["nonrobust", "HC0"])
def test_differences_between_classes_against_statsmodels(cov_type):
    sm = pytest.importorskip("statsmodels.api")
    X, codes, _ = make_data()
    model = sm.MNLogit(codes, sm.add_constant(X))
    theirs = model.fit(method="newton", disp=0, cov_type=cov_type)
    ours = fit_multinomial(X, codes, 3, cov_type=cov_type)
    theta, covariance = differences(ours)
    np.testing.assert_allclose(theta.T, theirs.params, rtol=1e-9)
    error = np.sqrt(np.diag(covariance)).reshape(2, 4).T
    np.testing.assert_allclose(error, theirs.bse, rtol=1e-9)
    np.testing.assert_allclose(ours.log_likelihood, theirs.llf, rtol=1e-12)
    np.testing.assert_allclose(ours.r2, theirs.prsquared, rtol=1e-6)


def test_sum_to_zero_and_pseudo_inverse():
    X, codes, weight = make_data()
    fit = fit_multinomial(X, codes, 3, weight)
    theta = np.column_stack([fit.intercept, fit.coef])
    np.testing.assert_allclose(theta.sum(axis=0), 0, atol=1e-9)
    A = np.column_stack([np.ones(len(X)), X])
    P = softmax(A @ theta.T, axis=1)
    information = np.zeros((12, 12))
    for row, p, w in zip(A, P, weight):
        information += w * np.kron(np.diag(p) - np.outer(p, p), np.outer(row, row))
    expected = np.linalg.pinv(information, rcond=1e-12, hermitian=True)
    np.testing.assert_allclose(fit.covariance.reshape(12, 12), expected, rtol=1e-6, atol=1e-9)


def test_two_classes_are_the_binomial_halved():
    X, codes, weight = make_data()
    y = (codes == 1).astype(int)
    both, one = fit_multinomial(X, y, 2, weight), fit_glm(X, y, "binomial", weight)
    np.testing.assert_allclose(both.coef, [-one.coef / 2, one.coef / 2], rtol=1e-9)
    np.testing.assert_allclose(both.covariance[1, :, 1], one.covariance / 4, rtol=1e-8)
    np.testing.assert_allclose(both.r2, one.r2, rtol=1e-9)


def test_penalised_fit_is_scikit_learns():
    X, codes, weight = make_data()
    model = LogisticRegression(C=0.1, tol=1e-10, max_iter=10_000, solver="newton-cg")
    model.fit(X, codes, sample_weight=weight)
    fit = fit_multinomial(X, codes, 3, weight, alpha=10.0)
    np.testing.assert_allclose(fit.coef, model.coef_, rtol=1e-5, atol=1e-7)
    # Sandwich by its definition, in coordinates of coefficients rather than of the basis.
    A = np.column_stack([np.ones(len(X)), X])
    P = softmax(A @ np.column_stack([fit.intercept, fit.coef]).T, axis=1)
    information = np.zeros((12, 12))
    for row, p, w in zip(A, P, weight):
        information += w * np.kron(np.diag(p) - np.outer(p, p), np.outer(row, row))
    penalty = 10.0 * np.diag(np.tile([0.0, 1, 1, 1], 3))
    bread = np.linalg.pinv(information + penalty, rcond=1e-12, hermitian=True)
    covariance = (bread @ information @ bread).reshape(3, 4, 3, 4)
    # A shift common to all intercepts has no meaning, so only the rest is compared.
    np.testing.assert_allclose(
        fit.covariance[:, 1:, :, 1:], covariance[:, 1:, :, 1:], rtol=1e-6, atol=1e-10
    )


def test_without_intercept_against_reference_coding():
    X, codes, _ = make_data()
    X = X - X.mean(axis=0)
    fit = fit_multinomial(X, codes, 3, fit_intercept=False)
    assert not fit.intercept.any()
    P = softmax(X @ fit.coef.T, axis=1)
    np.testing.assert_allclose((P - np.eye(3)[codes]).T @ X, 0, atol=1e-8)
