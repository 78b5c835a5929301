"""Shapley values and interactions by enumeration of all coalitions."""

from functools import lru_cache
from math import comb

import numpy as np

from skxai.shapley._interactions import with_main_effects


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
        values[:, player] = np.einsum("c,gco->go", weights, _gains(worth, player))
    return values


def interactions_of_table(worth):
    """Shapley interaction values of games given by the worth of every coalition.

    Half of the Shapley interaction index for each pair; on the diagonal what is left of each
    player's Shapley value, its main effect. So rows sum to the Shapley values.

    Parameters
    ----------
    worth : ndarray of shape (n_games, 2**n_players, n_outputs)
        In the order of `all_coalitions`.

    Returns
    -------
    ndarray of shape (n_games, n_players, n_players, n_outputs)
        Symmetric in the players.

    References
    ----------
    M. Grabisch and M. Roubens, "An axiomatic approach to the concept of interaction among
    players in cooperative games", International Journal of Game Theory 28 (1999).

    S. M. Lundberg et al., "From local explanations to global understanding with explainable AI
    for trees", Nature Machine Intelligence 2 (2020).

    Examples
    --------
    Two players that earn 1 only together: their whole value is interaction.

    >>> worth = all_coalitions(2).all(axis=1).astype(float)
    >>> interactions_of_table(worth.reshape(1, 4, 1))[0, :, :, 0]
    array([[0. , 0.5],
           [0.5, 0. ]])
    """
    n_games, n_coalitions, n_outputs = worth.shape
    n_players = n_coalitions.bit_length() - 1
    values = np.zeros((n_games, n_players, n_players, n_outputs))
    if n_players > 1:
        # A pair counts as one of n_players - 1.
        weights = _coalition_weights(n_players - 1) / 2
        for player in range(n_players):
            gains = _gains(worth, player)
            for other in range(player):
                shares = np.einsum("c,gco->go", weights, _gains(gains, other))
                values[:, player, other] = values[:, other, player] = shares
    return with_main_effects(values, shapley_of_table(worth))


def _gains(worth, player):
    """What a player adds to each coalition of the others, in the order of `all_coalitions`."""
    n_games, _, n_outputs = worth.shape
    # Axes: coalitions of later players, this player, coalitions of earlier players.
    split = worth.reshape(n_games, -1, 2, 2**player, n_outputs)
    return (split[:, :, 1] - split[:, :, 0]).reshape(n_games, -1, n_outputs)


@lru_cache(maxsize=32)
def _coalition_weights(n_players):
    """Weight |S|!(d-|S|-1)!/d! of each coalition S of the other d-1 players."""
    sizes = all_coalitions(n_players - 1).sum(axis=1)
    by_size = [1 / (n_players * comb(n_players - 1, size)) for size in range(n_players)]
    return np.array(by_size)[sizes]
