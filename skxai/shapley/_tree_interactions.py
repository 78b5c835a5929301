"""Shapley interactions of one leaf, for every set of conditions that a row may fail.

In the game of `_tree_games`, a pair of players has the interaction ∫ ∂²v / ∂i ∂j, v being made
multilinear: the product of t over w and of 1 - t over u. So a pair in w has W(a - 2, b), a pair in
u has W(a, b - 2), and a pair with one in each has -W(a - 1, b - 1). All other pairs have 0.
"""

from functools import lru_cache

import numpy as np
import scipy.sparse as sp

from skxai.shapley._tree_games import disjoint_sums, shapley_weight

# The shifts (p, q) of the sums that interactions are made of.
_SHIFTS = (2, 0), (2, 1), (2, 2), (1, 1), (1, 2), (0, 2)


def pairs_of(n_players):
    """The pairs i < j of players, ordered by j and then by i.

    Returns
    -------
    i, j : ndarray of int
    """
    j, i = np.tril_indices(n_players, -1)
    return i, j


def leaf_interactions(histogram, n_players):
    """How each pair of players interacts at leaves of unit value.

    Parameters
    ----------
    histogram : ndarray of shape (n_leaves, 2 ** n_players)
        ``histogram[i, w]`` is the weight of the background rows that fail exactly the set w.
    n_players : int

    Returns
    -------
    ndarray of shape (n_pairs, n_leaves, 2 ** n_players)
        ``[p, i, u]`` is the interaction of pair p of `pairs_of` for a row that fails exactly the
        set u.
    """
    n_leaves, n_sets = histogram.shape
    sums = disjoint_sums(histogram, n_players, _SHIFTS)
    found = _combination(n_players) @ np.hstack(sums).T
    return found.reshape(-1, n_sets, n_leaves).transpose(0, 2, 1)


@lru_cache(maxsize=16)
def _combination(n_players):
    """Interactions as sums and differences of the sums in `_SHIFTS`.

    Of the sets w that are disjoint from u, those with player i: all less those without, that is
    less those that are disjoint from u and i. Sets w too small to have the pair cancel out.

    Returns
    -------
    csr_matrix of shape (n_pairs * n_sets, n_sums * n_sets)
    """
    n_sets = 1 << n_players
    u = np.arange(n_sets)
    i, j = pairs_of(n_players)
    rows, columns, signs = [], [], []
    for pair, (one, other) in enumerate(zip(1 << i, 1 << j)):
        both = one | other
        failed = ((u & one) > 0).astype(int) + ((u & other) > 0)
        for n_failed, shift, added, sign in (
            (0, (2, 0), 0, 1),
            (0, (2, 1), one, -1),
            (0, (2, 1), other, -1),
            (0, (2, 2), both, 1),
            (1, (1, 1), 0, -1),
            (1, (1, 2), both, 1),
            (2, (0, 2), 0, 1),
        ):
            at = u[failed == n_failed]
            rows.append(pair * n_sets + at)
            columns.append(_SHIFTS.index(shift) * n_sets + (at | added))
            signs.append(np.full(len(at), float(sign)))
    if not rows:
        return sp.csr_matrix((0, len(_SHIFTS) * n_sets))
    entries = np.concatenate(signs), (np.concatenate(rows), np.concatenate(columns))
    return sp.csr_matrix(entries, shape=(len(i) * n_sets, len(_SHIFTS) * n_sets))


def pairwise_interactions(fails, background_fails, weights):
    """How each pair of players interacts at one leaf of unit value, by pairs of failed sets.

    Parameters
    ----------
    fails : ndarray of bool, shape (n_rows, n_players)
        The conditions that each row fails.
    background_fails : ndarray of bool, shape (n_background, n_players)
    weights : ndarray of shape (n_background,)

    Returns
    -------
    ndarray of shape (n_rows, n_pairs)
        The pairs as in `pairs_of`.
    """
    n_players = fails.shape[1]
    u, w = fails.astype(float), background_fails.astype(float)
    a, b = background_fails.sum(axis=1), fails.sum(axis=1)
    shares = np.where(u @ w.T == 0, weights, 0.0)
    sizes = np.arange(n_players + 1)
    table = shapley_weight(sizes[:, None], sizes)  # [q, p]

    def weighted(p, q):
        return table[np.maximum(b - q, 0)][:, np.maximum(a - p, 0)] * shares

    i, j = pairs_of(n_players)
    # No "@": a row's bits would depend on how many rows there are.
    apart = np.einsum("ij,jk->ik", weighted(1, 1), w)
    found = u[:, i] * u[:, j] * weighted(0, 2).sum(axis=1, keepdims=True)
    found -= u[:, i] * apart[:, j] + u[:, j] * apart[:, i]
    together = weighted(2, 0)
    for player in range(n_players):
        behind = background_fails[:, player]
        both = np.einsum("ij,jk->ik", together[:, behind], w[behind, :player])
        found[:, j == player] += both
    return found
