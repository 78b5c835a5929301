"""Shapley values by enumeration of all coalitions."""

from functools import lru_cache
from math import comb

import numpy as np


@lru_cache(maxsize=32)
def all_coalitions(n_players):
    """All coalitions as rows of a boolean array; player j is in row c if bit j of c is set.

    Examples
    --------
    >>> all_coalitions(2).astype(int)
    array([[0, 0],
           [1, 0],
           [0, 1],
           [1, 1]])
    """
    codes = np.arange(2**n_players)[:, None]
    coalitions = (codes >> np.arange(n_players) & 1).astype(bool)
    coalitions.flags.writeable = False
    return coalitions


def shapley_of_table(worth):
    """Shapley values of games given by the worth of every coalition.

    Parameters
    ----------
    worth : ndarray of shape (n_games, 2**n_players, n_outputs)
        In the order of `all_coalitions`.

    Returns
    -------
    ndarray of shape (n_games, n_players, n_outputs)

    References
    ----------
    Shapley, L. S., "A value for n-person games", Contributions to the Theory of Games 2 (1953).

    Examples
    --------
    The product of three players, 1 only if all are there, is shared equally.

    >>> worth = all_coalitions(3).all(axis=1).astype(float)
    >>> shapley_of_table(worth.reshape(1, 8, 1)).ravel()
    array([0.33333333, 0.33333333, 0.33333333])
    """
    n_games, n_coalitions, n_outputs = worth.shape
    n_players = n_coalitions.bit_length() - 1
    weights = _coalition_weights(n_players)
    values = np.empty((n_games, n_players, n_outputs))
    for player in range(n_players):
        # Axes: coalitions of later players, this player, coalitions of earlier players.
        split = worth.reshape(n_games, -1, 2, 2**player, n_outputs)
        gains = split[:, :, 1] - split[:, :, 0]
        values[:, player] = np.einsum("c,gco->go", weights, gains.reshape(n_games, -1, n_outputs))
    return values


@lru_cache(maxsize=32)
def _coalition_weights(n_players):
    """Weight |S|!(d-|S|-1)!/d! of each coalition S of the other d-1 players."""
    sizes = all_coalitions(n_players - 1).sum(axis=1)
    by_size = [1 / (n_players * comb(n_players - 1, size)) for size in range(n_players)]
    return np.array(by_size)[sizes]
