"""Least squares with weights and a ridge penalty, and the covariance of its coefficients."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from skxai.linear._design import decompose, shortest

COV_TYPES = ("nonrobust", "HC0", "HC1", "HC2", "HC3")


@dataclass(frozen=True)
class LinearFit:
    """Coefficients of one output and what the data say about their error.

    Attributes
    ----------
    intercept : float
        Zero if the model has none.
    coef : ndarray of shape (n_features,)
        Of all coefficients that fit equally well, the shortest.
    covariance : ndarray of shape (1 + n_features, 1 + n_features)
        Of (intercept, coef).
    dof : float
        Residual degrees of freedom: rows less effective coefficients.
    scale : float
        Variance of the noise (least squares) or dispersion (GLM).
    r2 : float
        Share of the deviance (for least squares: of the sum of squares) that is explained.
    uses_t : bool
        True if statistics follow Student's t with ``dof``, False if the normal.
    separated : bool, default=False
        True if the likelihood has no maximum because the classes can be separated.
    """

    intercept: float
    coef: np.ndarray
    covariance: np.ndarray
    dof: float
    scale: float
    r2: float
    uses_t: bool
    separated: bool = False


class Smoother(NamedTuple):
    """A fit as a linear function of the response.

    Attributes
    ----------
    matrix : ndarray of shape (1 + n_features, n_rows)
        Maps ``root_weight * y`` to (intercept, coefficients).
    shift : ndarray of shape (1 + n_features,)
        What the linear part of the penalty adds to (intercept, coefficients).
    leverage : ndarray of shape (n_rows,)
        Diagonal of the hat matrix.
    dof_model : float
        Trace of the hat matrix H: the effective number of coefficients.
    dof_residual : float
        ``n_rows - trace(2 H - H Hᵀ)``; makes the noise variance unbiased up to the penalty's bias.
    """

    matrix: np.ndarray
    shift: np.ndarray
    leverage: np.ndarray
    dof_model: float
    dof_residual: float


def smoother(X, sample_weight=None, alpha=0.0, gradient=None, fit_intercept=True):
    """Minimise ``½ Σ w (y - Xβ)² + ½ alpha |β|² + gradientᵀβ`` for every y at once.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        The design without its intercept.
    sample_weight : ndarray of shape (n_rows,), default=None
        Positive weights.
    alpha : float, default=0.0
        Ridge penalty; the intercept is never penalised.
    gradient : ndarray of shape (n_features,), default=None
        Linear penalty. For a lasso at its solution: the penalty times the signs.
    fit_intercept : bool, default=True
        Whether the model has an intercept.

    Returns
    -------
    Smoother
    """
    design = decompose(X, sample_weight, alpha, fit_intercept)
    n_rows, n_features = np.shape(X)
    to_coef = design.right / design.singular_values / design.scale[:, None]
    to_coef = shortest(to_coef, design.null_space, design.scale)
    matrix = to_coef @ design.left.T
    shift = np.zeros(n_features) if gradient is None else -to_coef @ (to_coef.T @ gradient)
    leverage = (design.left**2).sum(axis=1)
    inner = design.left.T @ design.left
    dof_model, dof_squared = np.trace(inner), (inner**2).sum()
    intercept = -design.mean @ matrix
    if fit_intercept:
        first = design.root_weight / (design.root_weight**2).sum()
        intercept = first + intercept
        leverage = leverage + design.root_weight * first
        dof_model, dof_squared = dof_model + 1, dof_squared + 1
    return Smoother(
        np.vstack([intercept, matrix]),
        np.append(-design.mean @ shift, shift),
        leverage,
        float(dof_model),
        float(n_rows - 2 * dof_model + dof_squared),
    )


def coefficient_covariance(smooth, residual, scale, cov_type="nonrobust"):
    """Covariance of (intercept, coefficients), from the noise variance or robustly.

    Parameters
    ----------
    smooth : Smoother
        The fit.
    residual : ndarray of shape (n_rows,)
        Weighted residuals ``root_weight * (y - fitted)``.
    scale : float
        Variance of the weighted residuals; only ``"nonrobust"`` uses it.
    cov_type : {"nonrobust", "HC0", "HC1", "HC2", "HC3"}, default="nonrobust"
        HC0 is White's estimator; HC1 multiplies by ``n / dof``; HC2 and HC3 divide the squared
        residuals by ``1 - leverage`` and by its square.

    Returns
    -------
    covariance : ndarray of shape (1 + n_features, 1 + n_features)

    Raises
    ------
    ValueError
        If a row has leverage one, where HC2 and HC3 are not defined.

    References
    ----------
    J. G. MacKinnon, H. White (1985). Some heteroskedasticity-consistent covariance matrix
    estimators with improved finite sample properties. Journal of Econometrics 29.
    """
    if cov_type == "nonrobust":
        return scale * smooth.matrix @ smooth.matrix.T
    variance = residual**2
    if cov_type == "HC1":
        variance = variance * len(residual) / smooth.dof_residual
    elif cov_type in ("HC2", "HC3"):
        rest = 1 - smooth.leverage
        if rest.min() < 1e-10:
            raise ValueError(
                f"cov_type={cov_type!r} is not defined: row {rest.argmin()} has leverage 1 "
                "(a coefficient depends on it alone); use 'HC0', 'HC1' or 'nonrobust'"
            )
        variance = variance / rest ** (1 if cov_type == "HC2" else 2)
    return (smooth.matrix * variance) @ smooth.matrix.T


def fit_least_squares(
    X,
    y,
    sample_weight=None,
    alpha=0.0,
    gradient=None,
    fit_intercept=True,
    cov_type="nonrobust",
):
    """Fit by (weighted, ridge) least squares, with the covariance of the coefficients.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        The design without its intercept.
    y : ndarray of shape (n_rows,)
        The response.
    sample_weight : ndarray of shape (n_rows,), default=None
        Inverse noise variances, up to a factor.
    alpha, gradient, fit_intercept
        As in :func:`smoother`.
    cov_type : {"nonrobust", "HC0", "HC1", "HC2", "HC3"}, default="nonrobust"
        As in :func:`coefficient_covariance`.

    Returns
    -------
    LinearFit
        Its statistics follow t with ``dof`` degrees of freedom.

    References
    ----------
    T. Hastie, R. Tibshirani, J. Friedman (2009). The Elements of Statistical Learning, 3.2-3.4.
    """
    y = np.asarray(y, dtype=float)
    weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
    smooth = smoother(X, weight, alpha, gradient, fit_intercept)
    root_weight = np.sqrt(weight)
    # The mean goes first: a response far from zero would lose digits.
    offset = np.average(y, weights=weight) if fit_intercept else 0.0
    theta = smooth.matrix @ (root_weight * (y - offset)) + smooth.shift
    theta[0] += offset
    residual = root_weight * (y - theta[0] - X @ theta[1:])
    rss = residual @ residual
    tss = (weight * (y - offset) ** 2).sum()
    scale = rss / smooth.dof_residual if smooth.dof_residual > 0 else np.nan
    return LinearFit(
        intercept=float(theta[0]),
        coef=theta[1:],
        covariance=coefficient_covariance(smooth, residual, scale, cov_type),
        dof=smooth.dof_residual,
        scale=float(scale),
        r2=float(1 - rss / tss) if tss > 0 else np.nan,
        uses_t=True,
    )
