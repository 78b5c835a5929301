"""Which coordinates a sparse linear surrogate uses, chosen on the Gram matrix."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import lars_path_gram

from skxai.surrogate._least_squares import PENALTY, ridge


def forward(moments, output, n_features):
    """Take the coordinate that explains most of what is left, again and again.

    Each step maximises the explained variance ``b_Sᵀ G_S⁻¹ b_S``.

    Parameters
    ----------
    moments : Moments
    output : int
    n_features : int

    Returns
    -------
    ndarray of int
        Sorted; fewer if the others explain nothing.
    """
    gram, product = moments.gram.copy(), moments.products[:, output].copy()
    enough = np.diag(gram) * 1e-10
    chosen = []
    for _ in range(min(n_features, len(product))):
        left = np.diag(gram).copy()
        left[(left <= enough) | (moments.scales == 0)] = np.inf
        left[chosen] = np.inf
        gains = product**2 / left
        best = int(np.argmax(gains))
        if not gains[best] > 0:
            break
        chosen.append(best)
        column = gram[:, best] / np.sqrt(gram[best, best])
        product = product - column * (product[best] / np.sqrt(gram[best, best]))
        gram = gram - np.outer(column, column)
    return np.sort(np.array(chosen, dtype=int))


def lars(moments, output, n_features):
    """The first `n_features` of the lasso path.

    Parameters
    ----------
    moments, output, n_features
        As in `forward`.

    Returns
    -------
    ndarray of int

    References
    ----------
    B. Efron et al., "Least angle regression", Annals of Statistics 32 (2004).
    """
    active = np.flatnonzero(moments.scales)
    product = moments.products[active, output]
    if not np.any(product):
        return active[:0]
    gram = moments.gram[np.ix_(active, active)] + PENALTY * np.eye(len(active))
    with warnings.catch_warnings():
        # The path ends early where rounding is all that is left to explain.
        warnings.simplefilter("ignore", ConvergenceWarning)
        _, _, coefs = lars_path_gram(product.copy(), gram, n_samples=1, method="lasso")
    sizes = np.count_nonzero(coefs, axis=0)
    step = np.flatnonzero(sizes <= n_features)[-1]
    return active[np.flatnonzero(coefs[:, step])]


def highest(moments, output, n_features):
    """The largest coefficients, per standard deviation, of the fit with all.

    Parameters
    ----------
    moments, output, n_features
        As in `forward`.

    Returns
    -------
    ndarray of int
    """
    sizes = np.abs(ridge(moments)[:, output]) * moments.scales
    order = np.argsort(-sizes, kind="stable")[:n_features]
    return np.sort(order[sizes[order] > 0])


SELECTIONS = {"forward": forward, "lars": lars, "highest": highest}
