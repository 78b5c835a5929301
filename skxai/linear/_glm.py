"""Generalised linear models by maximum (penalised) likelihood: logistic, Poisson, Gamma."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit, xlogy

from skxai.linear._design import decompose
from skxai.linear._least_squares import LinearFit, coefficient_covariance, smoother
from skxai.linear._newton import newton
from skxai.linear._separation import separates_classes, separates_zeros


class Distribution(NamedTuple):
    """A distribution of the response with its link; eta is the linear score.

    Attributes
    ----------
    mean : callable
        ``mean(eta)``, the inverse link.
    loss : callable
        ``loss(y, eta)``, the negative log-likelihood per row without its constant terms.
    gradient : callable
        ``gradient(y, eta)``, the derivative of ``loss`` in eta.
    curvature : callable
        ``curvature(y, eta)``, the second derivative of ``loss`` in eta (observed information).
    information : callable
        ``information(eta)``, the expectation of ``curvature`` (Fisher information).
    saturated : callable
        ``saturated(y)``, the least value ``loss`` can take.
    start : callable
        ``start(mean_y)``, the linear score of a constant mean.
    has_dispersion : bool
        Whether the variance has a free factor, estimated from Pearson's chi-squared.
    separates : callable or None
        ``separates(basis, y, eta)``: True if the likelihood has no maximum.
    """

    mean: Callable
    loss: Callable
    gradient: Callable
    curvature: Callable
    information: Callable
    saturated: Callable
    start: Callable
    has_dispersion: bool
    separates: Callable | None


def _bernoulli_variance(eta):
    return expit(eta) * expit(-eta)


DISTRIBUTIONS = {
    "binomial": Distribution(
        mean=expit,
        loss=lambda y, eta: np.logaddexp(0, eta) - y * eta,
        gradient=lambda y, eta: expit(eta) - y,
        curvature=lambda y, eta: _bernoulli_variance(eta),
        information=_bernoulli_variance,
        saturated=lambda y: -xlogy(y, y) - xlogy(1 - y, 1 - y),
        start=lambda mean: np.log(mean / (1 - mean)),
        has_dispersion=False,
        separates=lambda basis, y, eta: separates_classes(
            basis, y.astype(int), np.column_stack([np.zeros_like(eta), eta])
        ),
    ),
    "poisson": Distribution(
        mean=np.exp,
        loss=lambda y, eta: np.exp(eta) - y * eta,
        gradient=lambda y, eta: np.exp(eta) - y,
        curvature=lambda y, eta: np.exp(eta),
        information=np.exp,
        saturated=lambda y: y - xlogy(y, y),
        start=np.log,
        has_dispersion=False,
        separates=lambda basis, y, eta: separates_zeros(basis, y),
    ),
    "gamma": Distribution(
        mean=np.exp,
        loss=lambda y, eta: eta + y * np.exp(-eta),
        gradient=lambda y, eta: 1 - y * np.exp(-eta),
        curvature=lambda y, eta: y * np.exp(-eta),
        information=np.ones_like,
        saturated=lambda y: np.log(y) + 1,
        start=np.log,
        has_dispersion=True,
        separates=None,
    ),
}


def fit_glm(
    X,
    y,
    family,
    sample_weight=None,
    alpha=0.0,
    gradient=None,
    fit_intercept=True,
    cov_type="nonrobust",
):
    """Fit a generalised linear model, with the covariance of its coefficients.

    Minimises ``Σ w loss(y, eta) + ½ alpha |coef|² + gradientᵀ coef``.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        The design without its intercept.
    y : ndarray of shape (n_rows,)
        The response: 0 or 1 (binomial), counts (poisson), positive numbers (gamma).
    family : {"binomial", "poisson", "gamma"}
        Distribution; the link is the logit for binomial and the log for the others.
    sample_weight : ndarray of shape (n_rows,), default=None
        Factors of each row's log-likelihood.
    alpha, gradient, fit_intercept
        As in :func:`~skxai.linear._least_squares.smoother`.
    cov_type : {"nonrobust", "HC0", "HC1", "HC2", "HC3"}, default="nonrobust"
        ``"nonrobust"`` inverts the Fisher information; HC0 is the sandwich of the observed
        information, HC1-HC3 correct it as in least squares.

    Returns
    -------
    LinearFit
        Its statistics follow the normal distribution. If the classes separate, the maximum does
        not exist: ``separated`` is True and the covariance is NaN.

    References
    ----------
    P. McCullagh, J. A. Nelder (1989). Generalized Linear Models.
    """
    y = np.asarray(y, dtype=float)
    weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
    penalty = (alpha, gradient)
    theta, separated = _maximise(X, y, DISTRIBUTIONS[family], weight, penalty, fit_intercept)
    family = DISTRIBUTIONS[family]
    eta = theta[0] + X @ theta[1:]
    fisher = smoother(X, weight * family.information(eta), alpha, gradient, fit_intercept)
    dof = fisher.dof_residual
    scale = 1.0
    if family.has_dispersion:
        pearson = (weight * (y / family.mean(eta) - 1) ** 2).sum()
        scale = pearson / dof if dof > 0 else np.nan
    if separated:
        covariance = np.full((len(theta), len(theta)), np.nan)
    elif cov_type == "nonrobust":
        covariance = coefficient_covariance(fisher, eta, scale)
    else:
        curvature = weight * family.curvature(y, eta)
        newton_fit = smoother(X, curvature, alpha, gradient, fit_intercept)
        residual = weight * family.gradient(y, eta) / np.sqrt(curvature)
        covariance = coefficient_covariance(newton_fit, residual, scale, cov_type)
    deviance = (weight * (family.loss(y, eta) - family.saturated(y))).sum()
    null_deviance = deviance_of_mean(y, family, weight, fit_intercept)
    return LinearFit(
        intercept=float(theta[0]),
        coef=theta[1:],
        covariance=covariance,
        dof=dof,
        scale=float(scale),
        r2=float(1 - deviance / null_deviance) if null_deviance > 0 else np.nan,
        uses_t=False,
        separated=separated,
    )


def log_likelihood(X, y, family, fit, sample_weight=None):
    """Log-likelihood of a fit, up to a constant that does not depend on it."""
    eta = fit.intercept + X @ fit.coef
    loss = DISTRIBUTIONS[family].loss(np.asarray(y, dtype=float), eta)
    return -float(np.sum(loss if sample_weight is None else sample_weight * loss))


def deviance_of_mean(y, family, weight, fit_intercept):
    """Half the deviance of the model without features."""
    if fit_intercept:
        eta = np.full(len(y), family.start(np.average(y, weights=weight)))
    else:
        eta = np.zeros(len(y))
    return float((weight * (family.loss(y, eta) - family.saturated(y))).sum())


def _maximise(X, y, family, weight, penalty, fit_intercept):
    """(intercept, coefficients) by Newton steps in orthonormal coordinates of the design."""
    alpha, linear = penalty
    design = decompose(X, weight, fit_intercept=fit_intercept)
    to_coef, basis = design.coordinates()
    basis = basis / design.root_weight[:, None]
    ridge = alpha * to_coef[1:].T @ to_coef[1:]
    linear = np.zeros(basis.shape[1]) if linear is None else to_coef[1:].T @ linear

    def value(gamma):
        with np.errstate(over="ignore"):
            loss = (weight * family.loss(y, basis @ gamma)).sum()
        return loss + gamma @ ridge @ gamma / 2 + linear @ gamma

    def derivatives(gamma):
        eta = basis @ gamma
        first = basis.T @ (weight * family.gradient(y, eta)) + ridge @ gamma + linear
        second = (basis.T * (weight * family.curvature(y, eta))) @ basis + ridge
        return first, second

    def diverges(gamma):
        eta = basis @ gamma
        return np.abs(eta).max() > 15 and bool(family.separates(basis, y, eta))

    start = np.zeros(basis.shape[1])
    if fit_intercept:
        start[0] = family.start(np.average(y, weights=weight)) * np.sqrt(weight.sum())
    penalised = alpha > 0 or linear.any()
    gamma, separated = newton(
        value, derivatives, start, None if penalised or family.separates is None else diverges
    )
    return to_coef @ gamma, separated
