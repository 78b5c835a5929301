"""Random designs, drawn once in `fit`: evenly spread points, also in pairs of opposites."""

import numpy as np
from scipy.stats import qmc

_MOST_DIMENSIONS = 21201  # for which Sobol points are tabulated
_TINY = 2.0**-34


def antithetic_uniforms(n_samples, n_dimensions, seed):
    """Scrambled Sobol points in the first half, each point's mirror image in the second.

    Parameters
    ----------
    n_samples : int
        Even.
    n_dimensions : int
    seed : int

    Returns
    -------
    ndarray of shape (n_samples, n_dimensions)
        Strictly between 0 and 1.

    References
    ----------
    A. B. Owen, "Scrambling Sobol' and Niederreiter-Xing points", Journal of Complexity 14 (1998).

    Examples
    --------
    >>> points = antithetic_uniforms(8, 2, seed=0)
    >>> (points[:4] + points[4:]).tolist()
    [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
    """
    half = uniforms(n_samples // 2, n_dimensions, seed)
    return np.concatenate([half, 1 - half])


def uniforms(n_samples, n_dimensions, seed):
    """Scrambled Sobol points.

    Returns
    -------
    ndarray of shape (n_samples, n_dimensions)
        Strictly between 0 and 1.
    """
    if n_dimensions > _MOST_DIMENSIONS:
        points = np.random.default_rng(seed).random((n_samples, n_dimensions))
    else:
        sobol = qmc.Sobol(n_dimensions, scramble=True, seed=np.random.default_rng(seed))
        points = sobol.random_base2(int(np.ceil(np.log2(max(n_samples, 1)))))[:n_samples]
    return np.clip(points, _TINY, 1 - _TINY)
