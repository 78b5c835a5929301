"""Shapley values of additive functions, in closed form.

Where a function is a sum over columns, a player's value is its own part of the sum, less the mean
of that part over the background. The number of players and the size of the background cost nothing.
"""

import numpy as np
import scipy.sparse as sp


def linear_values(X, coef, centre, owners, n_players):
    """Shapley values of ``X @ coef.T`` plus any constant.

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n_rows, n_columns)
    coef : ndarray of shape (n_outputs, n_columns)
    centre : ndarray of shape (n_columns,)
        Weighted mean of the background.
    owners : array-like of int, shape (n_columns,)
        The player that each column belongs to.
    n_players : int

    Returns
    -------
    ndarray of shape (n_rows, n_players, n_outputs)

    References
    ----------
    E. Štrumbelj and I. Kononenko, "Explaining prediction models and individual predictions with
    feature contributions", Knowledge and Information Systems 41 (2014).

    Examples
    --------
    2 · a + 3 · b - c at (1, 1, 1), when the background has a mean of zero but for c; a and b are
    one player.

    >>> import numpy as np
    >>> linear_values(np.ones((1, 3)), np.array([[2., 3., -1.]]), [0, 0, 5], [0, 0, 1], 2)[0, :, 0]
    array([5., 4.])
    """
    membership = _membership(owners, n_players)
    if not sp.issparse(X):
        shares = [((X - centre) * weights) @ membership for weights in coef]
    else:
        at_centre = np.asarray(centre) * coef @ membership
        shares = [
            (X.multiply(weights).tocsr() @ membership).toarray() - constant
            for weights, constant in zip(coef, at_centre)
        ]
    return np.stack(shares, axis=2)


def additive_values(terms, centre, owners, n_players):
    """Shapley values of a sum of functions of single columns.

    Parameters
    ----------
    terms : ndarray of shape (n_rows, n_columns, n_outputs)
        Value of each column's function.
    centre : ndarray of shape (n_columns, n_outputs)
        Its weighted mean over the background.
    owners, n_players
        As in `linear_values`.

    Returns
    -------
    ndarray of shape (n_rows, n_players, n_outputs)

    Examples
    --------
    a² + b³ at (3, 2), against zero.

    >>> import numpy as np
    >>> additive_values(np.array([[[9.0], [8.0]]]), np.zeros((2, 1)), [0, 1], 2)[0, :, 0]
    array([9., 8.])
    """
    membership = _membership(owners, n_players)
    deviations = np.moveaxis(terms - centre, 2, 0)
    return np.stack([part @ membership for part in deviations], axis=2)


def without_interactions(values):
    """The interaction matrices of games that have none: values on the diagonal.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_players, n_outputs)
        Shapley values.

    Returns
    -------
    ndarray of shape (n_rows, n_players, n_players, n_outputs)
    """
    n_rows, n_players, n_outputs = values.shape
    matrices = np.zeros((n_rows, n_players, n_players, n_outputs))
    np.einsum("njjo->njo", matrices)[:] = values  # a view of the diagonals
    return matrices


def _membership(owners, n_players):
    """Columns by players, 1 where the column is the player's.

    Sparse products add up each row by itself in the order of the columns, so that a row's values
    do not depend on the others.
    """
    n_columns = len(owners)
    ones = np.ones(n_columns)
    return sp.csr_matrix((ones, (np.arange(n_columns), owners)), shape=(n_columns, n_players))
