"""Shapley values of one leaf, for every set of conditions that a row may fail.

The path to a leaf asks one condition of each of k players. A row x that fails the set u and a
background row z that fails the set w play this game: a coalition reaches the leaf if the players
in u are absent and those in w are present. It reaches it never if u and w overlap. Otherwise, with
a = |w|, b = |u|, each player in w gains W(a - 1, b) and each player in u loses W(a, b - 1), where
W(p, q) = p! q! / (p + q + 1)! is the integral of t^p (1 - t)^q. Sets are integers, one bit for each
player; over the background, the game is the sum over w of h[w], the weight of the rows failing w.
"""

from functools import lru_cache

import numpy as np
from scipy.special import beta

# Up to here one matrix product serves all sets; the matrix has 2 · 4^k entries.
_MAX_DENSE_PLAYERS = 8


def leaf_gains(histogram, n_players):
    """What each player gains at leaves of unit value.

    Parameters
    ----------
    histogram : ndarray of shape (n_leaves, 2 ** n_players)
        ``histogram[i, w]`` is the weight of the background rows that fail exactly the set w.
    n_players : int

    Returns
    -------
    ndarray of shape (n_players, n_leaves, 2 ** n_players)
        ``[j, i, u]`` is the value of player j for a row that fails exactly the set u.
    """
    n_leaves, n_sets = histogram.shape
    some = histogram.copy()
    some[:, 0] = 0.0  # rows that fail nothing help no player
    gain, loss = disjoint_sums(some, n_players, ((1, 0), (0, 1)))
    # gain[u]: over w, W(a - 1, b); loss[u]: W(a, b - 1). They add up to W(a - 1, b - 1).
    joint = gain + loss
    sizes = np.maximum(set_sizes(n_players), 1)
    loss = loss + histogram[:, :1] / sizes
    values = np.empty((n_players, n_leaves, n_sets))
    for player in range(n_players):
        split = (n_leaves, n_sets >> (player + 1), 2, 1 << player)
        out, gains = values[player].reshape(split), gain.reshape(split)
        # Of the sets w that are disjoint from u, those with this player: all less those without.
        out[:, :, 0] = gains[:, :, 0] - joint.reshape(split)[:, :, 1]
        np.negative(loss.reshape(split)[:, :, 1], out=out[:, :, 1])
    return values


def set_sizes(n_players):
    """Sizes of all sets of players, shape (2 ** n_players,)."""
    sizes = np.zeros(1, dtype=int)
    for _ in range(n_players):
        sizes = np.concatenate([sizes, sizes + 1])
    return sizes


def disjoint_sums(histogram, n_players, shifts):
    """Sums over all sets w that are disjoint from u, for every set u.

    Parameters
    ----------
    histogram : ndarray of shape (n_leaves, 2 ** n_players)
    n_players : int
    shifts : tuple of (p, q)

    Returns
    -------
    list of ndarray of shape (n_leaves, 2 ** n_players)
        For each shift, the sums of h[w] W(a - p, b - q); to be read where b is at least q. What
        the sets w of fewer than p members add has no meaning, but depends on nothing but w, a - p
        and b - q.
    """
    if n_players <= _MAX_DENSE_PLAYERS:
        return np.split(histogram @ _pair_weights(n_players, shifts), len(shifts), axis=1)
    return _integrated(histogram, n_players, shifts)


@lru_cache(maxsize=4 * _MAX_DENSE_PLAYERS)
def _pair_weights(n_players, shifts):
    """``[w, u]``: W(a - p, b - q), side by side for all shifts; 0 where the sets overlap."""
    sets, sizes = np.arange(2**n_players), set_sizes(n_players)
    disjoint = (sets[:, None] & sets) == 0
    a, b = np.broadcast_arrays(sizes[:, None], sizes)
    weights = np.zeros((len(sets), len(shifts), len(sets)))
    for place, (p, q) in enumerate(shifts):
        at = disjoint & (a >= p) & (b >= q)
        weights[:, place][at] = shapley_weight(a[at] - p, b[at] - q)
    return weights.reshape(len(sets), -1)


def shapley_weight(p, q):
    """W(p, q) = p! q! / (p + q + 1)!."""
    return beta(np.asarray(p) + 1.0, np.asarray(q) + 1.0)


def _integrated(histogram, n_players, shifts):
    """The sums over w by Gauss-Legendre nodes, where they are products over the players.

    At a node t, a player passed by x and z counts 1, failed by z alone t, by x alone 1 - t. With
    ⌈k / 2⌉ nodes the integrals are exact.
    """
    nodes, weights = np.polynomial.legendre.leggauss(-(-n_players // 2))
    n_leaves, n_sets = histogram.shape
    sums = [np.zeros(histogram.shape) for _ in shifts]
    for t, weight in zip((nodes + 1) / 2, weights / 2):
        product = histogram
        for player in range(n_players):
            split = (n_leaves, n_sets >> (player + 1), 2, 1 << player)
            old, new = product.reshape(split), np.empty(split)
            np.multiply(old[:, :, 1], t, out=new[:, :, 0])
            new[:, :, 0] += old[:, :, 0]
            np.multiply(old[:, :, 0], 1 - t, out=new[:, :, 1])
            product = new.reshape(histogram.shape)
        for total, (p, q) in zip(sums, shifts):
            total += weight / (t**p * (1 - t) ** q) * product
    return sums


def pairwise_gains(fails, background_fails, weights):
    """What each player gains at one leaf of unit value, pair by pair of failed sets.

    Parameters
    ----------
    fails : ndarray of bool, shape (n_rows, n_players)
        The conditions that each row fails.
    background_fails : ndarray of bool, shape (n_background, n_players)
    weights : ndarray of shape (n_background,)

    Returns
    -------
    ndarray of shape (n_rows, n_players)
    """
    n_players = fails.shape[1]
    u, w = fails.astype(float), background_fails.astype(float)
    a, b = background_fails.sum(axis=1), fails.sum(axis=1)
    disjoint = u @ w.T == 0
    sizes = np.arange(n_players + 1)
    table = shapley_weight(sizes[:, None], sizes)  # [q, p]
    gain = np.where(disjoint, table[b][:, np.maximum(a - 1, 0)], 0.0) * weights
    loss = np.where(disjoint, table[np.maximum(b - 1, 0)][:, a], 0.0) * weights
    # No "@": a row's bits would depend on how many rows there are.
    return np.einsum("ij,jk->ik", gain, w) - loss.sum(axis=1, keepdims=True) * u
