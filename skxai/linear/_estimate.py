"""Inference for the likelihood of a fitted linear model, on the data it was fitted on."""

from dataclasses import replace

import numpy as np

from skxai.linear._design import decompose
from skxai.linear._glm import fit_glm, log_likelihood
from skxai.linear._least_squares import LinearFit, fit_least_squares
from skxai.linear._multinomial import fit_multinomial


def estimate(linear, X, y, sample_weight, cov_type):
    """Fit the model's own loss and penalty to the end; one fit for each output.

    Parameters
    ----------
    linear : LinearModel
        The fitted model; only which coefficients are zero and their signs are taken from it.
    X : ndarray of shape (n_rows, n_features)
        Its design.
    y : ndarray of shape (n_rows, n_outputs) of float, or codes of classes of shape (n_rows,)
        Its response.
    sample_weight : ndarray of shape (n_rows,)
        Weights.
    cov_type : str
        As in :func:`~skxai.linear._least_squares.coefficient_covariance`.

    Returns
    -------
    fits : list of LinearFit
    joint_covariance : ndarray of shape (n_outputs, 1 + n_features, n_outputs, 1 + n_features) \
            or None
        Of all outputs, where they were fitted together (multinomial).
    """
    total = sample_weight.sum() if linear.per_weight else 1.0
    if linear.family == "multinomial":
        fit = fit_multinomial(
            X,
            y,
            len(linear.coef),
            sample_weight,
            linear.alpha[0] * total,
            linear.fit_intercept,
            cov_type,
        )
        return _by_class(fit), fit.covariance
    fits = []
    for k, coef in enumerate(linear.coef):
        kept = coef != 0 if linear.selects else np.full(len(coef), True)
        options = {
            "sample_weight": sample_weight,
            "alpha": linear.alpha[k] * total,
            # Near the solution the lasso penalty is linear: its signs do not change.
            "gradient": linear.l1 * total * np.sign(coef[kept]),
            "fit_intercept": linear.fit_intercept,
            "cov_type": cov_type,
        }
        response = y if y.ndim == 1 else y[:, k]
        if linear.family == "gaussian":
            fit = fit_least_squares(X[:, kept], response, **options)
        else:
            fit = fit_glm(X[:, kept], response, linear.family, **options)
        fits.append(_with_zeros(fit, kept))
    return fits, None


def largest_log_likelihood(linear, X, y, sample_weight):
    """The log-likelihood's maximum (or supremum) on a design, and its number of coefficients."""
    options = {"sample_weight": sample_weight, "fit_intercept": linear.fit_intercept}
    rank = decompose(X, **options).rank
    if linear.family == "multinomial":
        n_classes = len(linear.coef)
        return fit_multinomial(X, y, n_classes, **options).log_likelihood, rank * (n_classes - 1)
    fit = fit_glm(X, y, linear.family, **options)
    return log_likelihood(X, y, linear.family, fit, sample_weight), rank


def _with_zeros(fit, kept):
    """The fit with the columns that the penalty left out: coefficient and variance zero."""
    if kept.all():
        return fit
    coef = np.zeros(len(kept))
    coef[kept] = fit.coef
    covariance = np.zeros((len(kept) + 1, len(kept) + 1))
    positions = np.append(0, 1 + np.flatnonzero(kept))
    covariance[np.ix_(positions, positions)] = fit.covariance
    return replace(fit, coef=coef, covariance=covariance)


def _by_class(fit):
    return [
        LinearFit(
            intercept=float(fit.intercept[k]),
            coef=fit.coef[k],
            covariance=fit.covariance[k, :, k],
            dof=fit.dof,
            scale=1.0,
            r2=fit.r2,
            uses_t=False,
            separated=fit.separated,
        )
        for k in range(len(fit.coef))
    ]
