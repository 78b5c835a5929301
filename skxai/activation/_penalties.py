"""What keeps an input that activates a model most from being anything at all.

A penalty is a function of standardised rows: ``penalty(Z)`` returns the values, of shape
(n_rows,), and the derivatives, of shape (n_rows, n_columns).
"""

from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp
from sklearn.base import clone
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

_MAX_COMPONENTS = 5
_ROWS_PER_COMPONENT = 10
# A variance that every component has in each column, where 1 is that of the background.
_LEAST_VARIANCE = 0.1


class SquaredLength(NamedTuple):
    """The squared distance from the mean of the background, the origin."""

    def __call__(self, Z):
        return (Z**2).sum(axis=1), 2 * Z


class SmoothedRows(NamedTuple):
    """The negative logarithm of a density by Gaussian kernels.

    Attributes
    ----------
    points : ndarray of shape (n_points, n_columns)
    log_weights : ndarray of shape (n_points,)
        Logarithms of the shares of the points.
    bandwidth : float

    Examples
    --------
    >>> import numpy as np
    >>> penalty = SmoothedRows(np.array([[0.0]]), np.zeros(1), 1.0)
    >>> values, slopes = penalty(np.array([[2.0]]))
    >>> values.round(4), slopes
    (array([2.9189]), array([[2.]]))
    """

    points: np.ndarray
    log_weights: np.ndarray
    bandwidth: float

    def __call__(self, Z):
        n_columns = self.points.shape[1]
        values, slopes = np.empty(len(Z)), np.empty_like(Z)
        constant = 0.5 * n_columns * np.log(2 * np.pi * self.bandwidth**2)
        for i, z in enumerate(Z):
            steps = z - self.points
            logs = self.log_weights - 0.5 * (steps**2).sum(axis=1) / self.bandwidth**2
            total = logsumexp(logs)
            values[i] = constant - total
            slopes[i] = np.exp(logs - total) @ steps / self.bandwidth**2
        return values, slopes


class Mixture(NamedTuple):
    """The negative logarithm of the density of a mixture of Gaussians.

    Attributes
    ----------
    log_weights : ndarray of shape (n_components,)
        Of the components, with the constants of their densities.
    means : ndarray of shape (n_components, n_columns)
    factors : ndarray of shape (n_components, n_columns, n_columns) or (n_components, n_columns)
        Cholesky factors of the inverse covariances, or their diagonals.
    """

    log_weights: np.ndarray
    means: np.ndarray
    factors: np.ndarray

    @classmethod
    def of(cls, density):
        """The penalty that a fitted GaussianMixture makes."""
        means, factors = density.means_, density.precisions_cholesky_
        if density.covariance_type == "spherical":
            factors = np.repeat(factors[:, None], means.shape[1], axis=1)
        elif density.covariance_type == "tied":
            factors = np.repeat(factors[None], len(means), axis=0)
        diagonals = factors if factors.ndim == 2 else np.diagonal(factors, axis1=1, axis2=2)
        constants = np.log(diagonals).sum(axis=1) - 0.5 * means.shape[1] * np.log(2 * np.pi)
        return cls(np.log(density.weights_) + constants, means, factors)

    def __call__(self, Z):
        logs, slopes = [], []
        for log_weight, mean, factor in zip(*self):
            steps = Z - mean
            whitened = steps @ factor if factor.ndim == 2 else steps * factor
            slopes.append(whitened @ factor.T if factor.ndim == 2 else whitened * factor)
            logs.append(log_weight - 0.5 * (whitened**2).sum(axis=1))
        total = logsumexp(logs, axis=0)
        shares = np.exp(np.array(logs) - total)
        return -total, (shares[:, :, None] * np.array(slopes)).sum(axis=0)


def fit_density(penalty, Z, random_state):
    """The density that a penalty is made of, fitted to standardised rows; None without one.

    Parameters
    ----------
    penalty : {"l2", "density", "mixture"}, KernelDensity or GaussianMixture
        An estimator is cloned.
    Z : ndarray of shape (n_rows, n_columns)
    random_state : int

    Returns
    -------
    KernelDensity, GaussianMixture or None
    """
    if isinstance(penalty, KernelDensity):
        if penalty.kernel != "gaussian" or penalty.metric not in ("euclidean", "l2"):
            raise ValueError(
                f"penalty is a KernelDensity with kernel {penalty.kernel!r} and metric "
                f"{penalty.metric!r}; expected 'gaussian' and 'euclidean'"
            )
        return clone(penalty).fit(Z)
    if isinstance(penalty, GaussianMixture):
        density = clone(penalty)
    elif penalty == "l2":
        return None
    elif penalty == "density":
        return KernelDensity(bandwidth="scott").fit(Z)
    else:
        n_components = min(_MAX_COMPONENTS, max(1, len(Z) // _ROWS_PER_COMPONENT))
        density = GaussianMixture(n_components, reg_covar=_LEAST_VARIANCE)
    if len(Z) < 2:
        raise ValueError("X_background has one row; a mixture of Gaussians needs two at least")
    if density.random_state is None:
        density.set_params(random_state=random_state)
    return density.fit(Z)


def penalty_of(density, Z):
    """The penalty that a fitted density, or None, makes.

    Parameters
    ----------
    density : KernelDensity, GaussianMixture or None
    Z : ndarray of shape (n_rows, n_columns)
        What it is fitted to.
    """
    if density is None:
        return SquaredLength()
    if isinstance(density, GaussianMixture):
        return Mixture.of(density)
    return SmoothedRows(Z, np.full(len(Z), -np.log(len(Z))), density.bandwidth_)
