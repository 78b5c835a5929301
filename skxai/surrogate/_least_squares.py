"""Weighted linear fits on one Gram matrix for all outputs, with standard errors."""

from dataclasses import dataclass

import numpy as np

# Relative to the variance of each coordinate: it hardly moves coefficients, and keeps those small
# that the samples do not determine.
PENALTY = 1e-8
_TINY = 1e-12
# Of what the other pairs determine, if a pair is left out: at least this is taken for granted.
_LEAST_REST = 1e-3


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
        weighted = centred * weights[:, None]
        covariances = weighted.T @ centred
        scales = np.sqrt(np.diag(covariances))
        scales[scales <= 1e-12 * np.abs(coordinates).max(axis=0, initial=0.0)] = 0.0
        inverse = _inverse(scales)
        return cls(
            means,
            scales,
            output_means,
            covariances * inverse * inverse[:, None],
            weighted.T @ (outputs - output_means) * inverse[:, None],
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


def jackknife_errors(coordinates, residuals, weights, moments, selected=None):
    """Standard errors of coefficients: how much they change when one pair is left out.

    Parameters
    ----------
    coordinates : ndarray of shape (n_samples, n_coordinates)
        Sample i and sample i + n_samples / 2 are a pair, and left out together.
    residuals : ndarray of shape (n_samples, n_outputs)
        Outputs less the fit.
    weights : ndarray of shape (n_samples,)
        They sum to one.
    moments : Moments
    selected : ndarray of int, default=None
        The coordinates that are used. None: all.

    Returns
    -------
    ndarray of shape (n_coordinates, n_outputs)
        Zero for coordinates that are not used.

    References
    ----------
    R. M. Bell and D. F. McCaffrey, "Bias reduction in standard errors for linear regression with
    multi-stage samples", Survey Methodology 28 (2002).
    """
    active = np.flatnonzero(moments.scales) if selected is None else np.asarray(selected, dtype=int)
    active = active[moments.scales[active] > 0]
    errors = np.zeros((coordinates.shape[1], residuals.shape[1]))
    if len(active) == 0 or len(coordinates) < 2:
        return errors
    if len(active) < coordinates.shape[1]:
        coordinates = coordinates[:, active]
    gram = moments.gram[np.ix_(active, active)] + PENALTY * np.eye(len(active))
    inverse = np.linalg.inv(gram) / moments.scales[active] / moments.scales[active][:, None]
    centred = coordinates - moments.means[active]
    along = centred @ inverse  # how a sample's residual moves the coefficients
    scores = _left_out(centred, along, residuals, weights)
    n_pairs = len(coordinates) // 2
    errors[active] = np.sqrt((n_pairs - 1) / n_pairs) * _root_over_pairs(along, scores)
    return errors


def _left_out(centred, along, residuals, weights):
    """Weighted residuals of each pair from the fit without it.

    With H the part of the hat matrix that belongs to a pair, they are (I - H)^-1 times those from
    the fit with it.
    """
    (c1, c2), (a1, a2), (w1, w2) = _halves(centred), _halves(along), _halves(weights)
    h11 = w1 * (1 + np.einsum("ij,ij->i", c1, a1))
    h22 = w2 * (1 + np.einsum("ij,ij->i", c2, a2))
    h12 = np.sqrt(w1 * w2) * (1 + np.einsum("ij,ij->i", c1, a2))
    # A pair that alone determines a coefficient cannot be left out.
    determinant = np.maximum((1 - h11) * (1 - h22) - h12**2, _LEAST_REST)
    roots = np.sqrt(weights)[:, None]
    r1, r2 = _halves(roots * residuals)
    one = ((1 - h22)[:, None] * r1 + h12[:, None] * r2) / determinant[:, None]
    other = (h12[:, None] * r1 + (1 - h11)[:, None] * r2) / determinant[:, None]
    return roots * np.concatenate([one, other])


def _halves(array):
    """The first samples of all pairs, and the second ones."""
    n_pairs = len(array) // 2
    return array[:n_pairs], array[n_pairs:]


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
    lost = n_pairs / max(n_pairs - n_players + 1, 1)
    errors = np.sqrt(lost) * _root_over_pairs((basis @ solve).T, residuals)
    return start + basis @ chosen, errors


def _root_over_pairs(along, scores):
    """Root of the sum, over pairs, of the square of how much the pair moves each coefficient.

    Sample i moves coefficient j of output k by ``along[i, j] * scores[i, k]``.
    """
    (first, second), (one, other) = _halves(along), _halves(scores)
    # By sums and differences, which do not cancel where pairs are opposites.
    both, apart, sums, gaps = first + second, first - second, one + other, one - other
    squares = (both**2).T @ sums**2 + (apart**2).T @ gaps**2 + 2 * (both * apart).T @ (sums * gaps)
    return np.sqrt(np.maximum(squares, 0.0)) / 2


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
