"""Kernels: the weight of a neighbour by its distance from the explained row."""

from math import comb

import numpy as np

# Of the scaled distance, where 1 is the width of the kernel.
_PROFILES = {
    "gaussian": lambda t: np.exp(-(t**2) / 2),
    "exponential": lambda t: np.exp(-t),
    "cosine": lambda t: np.where(t < 1, np.cos(np.pi / 2 * np.minimum(t, 1)), 0.0),
    "epanechnikov": lambda t: np.maximum(1 - t**2, 0.0),
}
DISTANCE_KERNELS = tuple(_PROFILES)
KERNELS = (*DISTANCE_KERNELS, "hamming", "shapley")


def kernel_weights(kernel, distances, width):
    """Weights of neighbours that sum to one.

    Parameters
    ----------
    kernel : {"gaussian", "exponential", "cosine", "epanechnikov", "hamming"} or None
        With t = distance / width: exp(-t²/2), exp(-t), cos(πt/2) and 1 - t², the last two zero
        from t = 1 on. "hamming": `distances` are roots of shares of coordinates that differ,
        and the weight is the share of those that do not. None: all alike.
    distances : ndarray of shape (n_samples,)
    width : float

    Returns
    -------
    ndarray of shape (n_samples,)
        If all are out of reach, the nearest have all the weight.

    Examples
    --------
    >>> kernel_weights("epanechnikov", np.array([0.0, 0.5, 2.0]), 1.0).round(3)
    array([0.571, 0.429, 0.   ])
    """
    if kernel is None:
        weights = np.ones(len(distances))
    elif kernel == "hamming":
        weights = 1 - distances**2
    else:
        weights = _PROFILES[kernel](distances / width)
    total = weights.sum()
    if len(weights) and not total > 0:
        weights = (distances == distances.min()).astype(float)
        total = weights.sum()
    return weights / total


def shapley_kernel(n_players):
    """Weight of each coalition by its size, 1 to n_players - 1; the empty and full have no bound.

    Parameters
    ----------
    n_players : int

    Returns
    -------
    ndarray of shape (n_players + 1,)
        Zero for the sizes 0 and n_players, which are constraints.

    References
    ----------
    S. M. Lundberg and S.-I. Lee, "A unified approach to interpreting model predictions",
    NeurIPS (2017).

    Examples
    --------
    >>> shapley_kernel(4).round(3)
    array([0.   , 0.25 , 0.125, 0.25 , 0.   ])
    """
    weights = np.zeros(n_players + 1)
    for size in range(1, n_players):
        weights[size] = (n_players - 1) / (comb(n_players, size) * size * (n_players - size))
    return weights


def effective_size(weights):
    """How many equally weighted samples these are worth: (Σw)² / Σw².

    Examples
    --------
    >>> float(effective_size(np.array([0.5, 0.5, 0.0])))
    2.0
    """
    return weights.sum() ** 2 / (weights**2).sum()
