"""From coefficients and their covariance to p-values, intervals and joint tests."""

import numpy as np
from scipy import stats

from skxai.linear._design import NULL_TOL
from skxai.linear._newton import pinv

CORRECTIONS = ("bonferroni", "holm", "fdr_bh")


def two_sided_p(statistic, dof=np.inf):
    """Probability of a statistic at least as far from zero.

    Parameters
    ----------
    statistic : ndarray
        t or z values; NaN gives NaN.
    dof : float, default=inf
        Degrees of freedom of Student's t; inf is the normal distribution.

    Returns
    -------
    p_value : ndarray
    """
    size = np.abs(statistic)
    return 2 * (stats.norm.sf(size) if np.isinf(dof) else stats.t.sf(size, dof))


def half_width(std_error, confidence_level, dof=np.inf):
    """Half the width of the two-sided confidence interval."""
    upper = (1 + confidence_level) / 2
    return std_error * (stats.norm.ppf(upper) if np.isinf(dof) else stats.t.ppf(upper, dof))


def adjust_p(p_value, correction):
    """Adjust p-values for the number of tests; NaN entries are no tests.

    Parameters
    ----------
    p_value : ndarray of shape (n_tests,)
        Unadjusted p-values.
    correction : {"bonferroni", "holm", "fdr_bh"} or None
        Bonferroni and Holm bound the probability of any false rejection, Benjamini-Hochberg the
        expected share of false rejections. None returns the p-values as they are.

    Returns
    -------
    adjusted : ndarray of shape (n_tests,)

    References
    ----------
    S. Holm (1979). A simple sequentially rejective multiple test procedure. Scand. J. Stat. 6.
    Y. Benjamini, Y. Hochberg (1995). Controlling the false discovery rate. JRSS B 57.
    """
    adjusted = np.array(p_value, dtype=float)
    tested = np.flatnonzero(~np.isnan(adjusted))
    order = tested[np.argsort(adjusted[tested])]
    p, n = adjusted[order], len(order)
    rank = np.arange(1, n + 1)
    if correction == "bonferroni":
        p = p * n
    elif correction == "holm":
        p = np.maximum.accumulate(p * (n + 1 - rank))
    elif correction == "fdr_bh":
        p = np.minimum.accumulate((p * n / rank)[::-1])[::-1]
    adjusted[order] = np.minimum(p, 1)
    return adjusted


def is_estimable(contrasts, null_space, scale):
    """Which linear combinations of the coefficients the data determine.

    Parameters
    ----------
    contrasts : ndarray of shape (n_contrasts, n_features)
        Weights of the coefficients.
    null_space : ndarray of shape (n_features, n_null)
        Null directions of the scaled columns, as in :class:`~skxai.linear._design.Design`.
    scale : ndarray of shape (n_features,)
        Lengths of the columns.

    Returns
    -------
    estimable : ndarray of bool of shape (n_contrasts,)
    """
    scaled = contrasts / scale
    size = np.linalg.norm(scaled, axis=1, keepdims=True)
    return (np.abs(scaled @ null_space) <= NULL_TOL * size).all(axis=1)


def wald_test(coef, covariance, null_space):
    """Test that all estimable combinations of some coefficients are zero.

    Parameters
    ----------
    coef : ndarray of shape (n_coefs,)
        The coefficients in question.
    covariance : ndarray of shape (n_coefs, n_coefs)
        Their covariance.
    null_space : ndarray of shape (n_coefs, n_null)
        Their rows of the design's null directions.

    Returns
    -------
    chi2 : float
        ``θᵀ V⁻¹ θ`` over the estimable combinations; NaN if there are none. Divided by ``dof`` it
        is the F statistic.
    dof : int
        Number of independent estimable combinations.
    """
    if null_space.shape[1]:
        left, values, _ = np.linalg.svd(null_space)
        n_null = (values > NULL_TOL).sum()
        coef, covariance = (
            left[:, n_null:].T @ coef,
            left[:, n_null:].T @ covariance @ left[:, n_null:],
        )
    size = np.sqrt(np.diag(covariance))
    used = size > 0
    dof = int(used.sum())
    if dof == 0 or np.isnan(size).any():
        return np.nan, dof
    scaled = coef[used] / size[used]
    correlation = covariance[np.ix_(used, used)] / np.outer(size[used], size[used])
    return float(scaled @ pinv(correlation) @ scaled), dof


def joint_p(chi2, dof, dof_residual=np.inf):
    """p-value of a Wald test: chi-squared, or F with ``dof_residual`` in the denominator."""
    if dof == 0:
        return np.nan
    if np.isinf(dof_residual):
        return float(stats.chi2.sf(chi2, dof))
    return float(stats.f.sf(chi2 / dof, dof, dof_residual))
