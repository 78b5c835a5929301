"""Multinomial logistic regression with one coefficient vector for each class."""

from typing import NamedTuple

import numpy as np
from scipy.special import log_softmax, softmax

from skxai.linear._design import decompose
from skxai.linear._newton import newton, pinv
from skxai.linear._separation import separates_classes


class MultinomialFit(NamedTuple):
    """Coefficients of all classes; over the classes they sum to zero.

    Attributes
    ----------
    intercept : ndarray of shape (n_classes,)
        Zeros if the model has none.
    coef : ndarray of shape (n_classes, n_features)
        Effects on a class's score relative to the average class.
    covariance : ndarray of shape (n_classes, 1 + n_features, n_classes, 1 + n_features)
        Of (intercept, coef) of every class.
    dof : float
        Rows less coefficients of one class.
    log_likelihood : float
        At the end of the search.
    r2 : float
        Share of the deviance that is explained.
    separated : bool
        True if the likelihood has no maximum; the covariance is NaN.
    """

    intercept: np.ndarray
    coef: np.ndarray
    covariance: np.ndarray
    dof: float
    log_likelihood: float
    r2: float
    separated: bool


def fit_multinomial(
    X,
    codes,
    n_classes,
    sample_weight=None,
    alpha=0.0,
    fit_intercept=True,
    cov_type="nonrobust",
):
    """Maximise the (penalised) multinomial likelihood, all classes treated alike.

    The likelihood does not change when the same vector is added to every class's coefficients;
    of all equivalent ones those that sum to zero over the classes are returned, with the
    covariance that belongs to them (the pseudo-inverse of the information).

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        The design without its intercept.
    codes : ndarray of int of shape (n_rows,)
        The classes, counted from zero.
    n_classes : int
        Number of classes.
    sample_weight : ndarray of shape (n_rows,), default=None
        Factors of each row's log-likelihood.
    alpha : float, default=0.0
        Penalty ``½ alpha Σ coef²``; intercepts are not penalised.
    fit_intercept : bool, default=True
        Whether each class has an intercept.
    cov_type : {"nonrobust", "HC0"}, default="nonrobust"
        The inverse information, or its sandwich.

    Returns
    -------
    MultinomialFit

    References
    ----------
    A. Agresti (2013). Categorical Data Analysis, chapter 8.
    """
    weight = np.ones(len(codes)) if sample_weight is None else sample_weight
    indicator = np.eye(n_classes)[codes]
    design = decompose(X, weight, fit_intercept=fit_intercept)
    to_coef, basis = design.coordinates()
    basis = basis / design.root_weight[:, None]
    ridge = alpha * to_coef[1:].T @ to_coef[1:]
    shape = (n_classes, basis.shape[1])

    def value(gamma):
        gamma = gamma.reshape(shape)
        loss = -(weight * log_softmax(basis @ gamma.T, axis=1)[np.arange(len(codes)), codes]).sum()
        return loss + np.einsum("ka,ab,kb", gamma, ridge, gamma) / 2

    def derivatives(gamma):
        gamma = gamma.reshape(shape)
        probability = softmax(basis @ gamma.T, axis=1)
        first = (weight[:, None] * (probability - indicator)).T @ basis + gamma @ ridge
        return first.ravel(), _information(basis, weight, probability) + np.kron(
            np.eye(n_classes), ridge
        )

    def diverges(gamma):
        scores = basis @ gamma.reshape(shape).T
        return (
            alpha == 0
            and np.ptp(scores, axis=1).max() > 15
            and separates_classes(basis, codes, scores)
        )

    gamma, separated = newton(value, derivatives, np.zeros(np.prod(shape)), diverges=diverges)
    gamma = gamma.reshape(shape)
    theta = gamma @ to_coef.T
    log_likelihood = -value(gamma) + alpha * (theta[:, 1:] ** 2).sum() / 2
    covariance = np.full((n_classes, len(to_coef), n_classes, len(to_coef)), np.nan)
    if not separated:
        inner = _covariance(basis, weight, gamma, indicator, ridge, cov_type)
        inner = inner.reshape(*shape, *shape)
        covariance = np.einsum("ia,kalb,jb->kilj", to_coef, inner, to_coef, optimize=True)
    null = _null_log_likelihood(indicator, weight, fit_intercept)
    return MultinomialFit(
        intercept=theta[:, 0],
        coef=theta[:, 1:],
        covariance=covariance,
        dof=float(len(codes) - basis.shape[1]),
        log_likelihood=float(log_likelihood),
        r2=float(1 - log_likelihood / null) if null < 0 else np.nan,
        separated=separated,
    )


def _information(basis, weight, probability):
    """Fisher information of the coordinates, classes first."""
    n_classes, size = probability.shape[1], basis.shape[1]
    information = np.empty((n_classes, size, n_classes, size))
    for k in range(n_classes):
        for other in range(k, n_classes):
            spread = probability[:, k] * ((k == other) - probability[:, other])
            block = (basis.T * (weight * spread)) @ basis
            information[k, :, other] = information[other, :, k] = block
    return information.reshape(n_classes * size, -1)


def _covariance(basis, weight, gamma, indicator, ridge, cov_type):
    probability = softmax(basis @ gamma.T, axis=1)
    information = _information(basis, weight, probability)
    inverse = pinv(information + np.kron(np.eye(len(gamma)), ridge))
    if cov_type == "nonrobust":
        return inverse @ information @ inverse
    scores = (weight[:, None] * (probability - indicator))[:, :, None] * basis[:, None, :]
    pulled = scores.reshape(len(basis), -1) @ inverse
    return pulled.T @ pulled


def _null_log_likelihood(indicator, weight, fit_intercept):
    if not fit_intercept:
        return -weight.sum() * np.log(indicator.shape[1])
    count = weight @ indicator
    count = count[count > 0]
    return float((count * np.log(count / weight.sum())).sum())
