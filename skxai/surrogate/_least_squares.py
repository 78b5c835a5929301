"""Weighted linear fits on one Gram matrix for all outputs, with standard errors."""

from dataclasses import dataclass

import numpy as np

# Relative to the variance of each coordinate: it hardly moves coefficients, and keeps those small
# that the samples do not determine.
PENALTY = 1e-8
_TINY = 1e-12


@dataclass(frozen=True)
class Moments:
    """Weighted second moments of standardised coordinates and outputs.

    Attributes
    ----------
    means : ndarray of shape (n_coordinates,)
    scales : ndarray of shape (n_coordinates,)
        Weighted standard deviations; zero for a coordinate that does not vary.
    output_means : ndarray of shape (n_outputs,)
    gram : ndarray of shape (n_coordinates, n_coordinates)
        Correlations; rows and columns of constant coordinates are zero.
    products : ndarray of shape (n_coordinates, n_outputs)
        Covariances of the standardised coordinates with the outputs.
    """

    means: np.ndarray
    scales: np.ndarray
    output_means: np.ndarray
    gram: np.ndarray
    products: np.ndarray

    @classmethod
    def of(cls, coordinates, outputs, weights):
        """Moments of samples.

        Parameters
        ----------
        coordinates : ndarray of shape (n_samples, n_coordinates)
        outputs : ndarray of shape (n_samples, n_outputs)
        weights : ndarray of shape (n_samples,)
            They sum to one.
        """
        means, output_means = weights @ coordinates, weights @ outputs
        centred = coordinates - means
        scales = np.sqrt(weights @ centred**2)
        scales[scales <= 1e-12 * np.abs(coordinates).max(axis=0, initial=0.0)] = 0.0
        standard = centred * _inverse(scales)
        weighted = standard * weights[:, None]
        return cls(
            means,
            scales,
            output_means,
            weighted.T @ standard,
            weighted.T @ (outputs - output_means),
        )


def ridge(moments, penalty=PENALTY, selected=None):
    """Coefficients of a weighted ridge regression.

    Minimises ``Σ w (f - g)² / Σ w + penalty · Σ_j (scale_j b_j)²``: the penalty knows neither the
    number of the samples, nor the sum of their weights, nor the units of a coordinate.

    Parameters
    ----------
    moments : Moments
    penalty : float, default=1e-8
    selected : ndarray of int, default=None
        The coordinates that are used; all others get zero. None: all.

    Returns
    -------
    ndarray of shape (n_coordinates, n_outputs)

    Examples
    --------
    >>> u = np.array([[0.0], [1.0], [2.0]])
    >>> moments = Moments.of(u, 3 * u + 1, np.full(3, 1 / 3))
    >>> ridge(moments, penalty=0.5).round(12)
    array([[2.]])
    """
    active = np.flatnonzero(moments.scales) if selected is None else np.asarray(selected, dtype=int)
    active = active[moments.scales[active] > 0]
    coef = np.zeros(moments.products.shape)
    if len(active):
        gram = moments.gram[np.ix_(active, active)]
        solved = np.linalg.solve(gram + penalty * np.eye(len(active)), moments.products[active])
        coef[active] = solved / moments.scales[active, None]
    return coef


def sandwich_errors(coordinates, outputs, weights, coef, intercept, moments, selected=None):
    """Standard errors of the coefficients of one output, whatever the errors of the fit.

    Parameters
    ----------
    coordinates : ndarray of shape (n_samples, n_coordinates)
        Sample i and sample i + n_samples / 2 are an antithetic pair, which is the unit here.
    outputs : ndarray of shape (n_samples,)
    weights : ndarray of shape (n_samples,)
        They sum to one.
    coef : ndarray of shape (n_coordinates,)
    intercept : float
    moments : Moments
    selected : ndarray of int, default=None
        The coordinates that are used. None: all.

    Returns
    -------
    ndarray of shape (n_coordinates,)
        Zero for coordinates that are not used.
    """
    active = np.flatnonzero(moments.scales) if selected is None else np.asarray(selected, dtype=int)
    active = active[moments.scales[active] > 0]
    errors = np.zeros(coordinates.shape[1])
    n_pairs = len(outputs) // 2
    if len(active) == 0:
        return errors
    standard = (coordinates[:, active] - moments.means[active]) / moments.scales[active]
    gram = moments.gram[np.ix_(active, active)] + PENALTY * np.eye(len(active))
    residuals = weights * (outputs - intercept - coordinates @ coef)
    influence = np.linalg.inv(gram) @ standard.T * residuals
    paired = influence[:, :n_pairs] + influence[:, n_pairs:]
    lost = n_pairs / max(n_pairs - len(active), 1)
    errors[active] = np.sqrt(lost * (paired**2).sum(axis=1)) / moments.scales[active]
    return errors


def constrained(present, outputs, weights, totals):
    """Least squares through the origin with coefficients that sum to given totals.

    Parameters
    ----------
    present : ndarray of shape (n_samples, n_players)
        0 or 1. Samples i and i + n_samples / 2 are a pair.
    outputs : ndarray of shape (n_samples, n_outputs)
        Worths less that of the empty coalition.
    weights : ndarray of shape (n_samples,)
    totals : ndarray of shape (n_outputs,)

    Returns
    -------
    coef, std_errors : ndarray of shape (n_players, n_outputs)

    Examples
    --------
    Two players that earn 1 each, and 4 together.

    >>> coef, errors = constrained(np.eye(2), np.ones((2, 1)), np.ones(2), np.array([4.0]))
    >>> coef.ravel().round(12)
    array([2., 2.])
    """
    n_players = present.shape[1]
    start = np.tile(totals / n_players, (n_players, 1))
    if n_players == 1:
        return start, np.zeros(start.shape)
    basis = _sum_zero_basis(n_players)
    free = present @ basis
    gram = (free * weights[:, None]).T @ free
    gram += _TINY * np.trace(gram) * np.eye(len(gram))
    solve = np.linalg.solve(gram, (free * weights[:, None]).T)
    remaining = outputs - present @ start
    chosen = solve @ remaining
    residuals = remaining - free @ chosen
    n_pairs = len(outputs) // 2
    along = basis @ solve
    errors = np.empty(start.shape)
    for k in range(outputs.shape[1]):
        influence = along * residuals[:, k]
        paired = influence[:, :n_pairs] + influence[:, n_pairs : 2 * n_pairs]
        lost = n_pairs / max(n_pairs - n_players + 1, 1)
        errors[:, k] = np.sqrt(lost * (paired**2).sum(axis=1))
    return start + basis @ chosen, errors


def _sum_zero_basis(n):
    """Orthonormal columns that span the vectors with sum zero (Helmert contrasts)."""
    basis = np.zeros((n, n - 1))
    for k in range(1, n):
        basis[:k, k - 1] = 1
        basis[k, k - 1] = -k
        basis[:, k - 1] /= np.sqrt(k * (k + 1))
    return basis


def _inverse(scales):
    return np.divide(1.0, scales, out=np.zeros(len(scales)), where=scales > 0)
