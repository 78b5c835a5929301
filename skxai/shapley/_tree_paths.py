"""Leaves whose path asks too many players for a table: sets that occur, pair by pair."""

import numpy as np

from skxai.shapley._tree_games import pairwise_gains
from skxai.shapley._tree_interactions import pairs_of, pairwise_interactions
from skxai.shapley._tree_units import column_digits, reachable_values

# What is worked on at once, in entries; it bounds the memory.
_PAIR_ENTRIES = 2**19
_ROW_ENTRIES = 2**21


class PathBlock:
    """Some leaves, each handled on its own.

    Parameters
    ----------
    boxes : Boxes
    values : ndarray of shape (n_nodes, n_outputs)
        Leaf values.
    leaves : ndarray of int
        Leaf nodes.
    n_bins : ndarray of int, shape (n_columns,)
    player_of : ndarray of int, shape (n_columns,)
        The player of each column that is split on.
    with_missing : ndarray of bool, shape (n_columns,)
    """

    def __init__(self, boxes, values, leaves, n_bins, player_of, with_missing):
        self._digits = [
            column_digits(boxes, j, n_bins[j], leaves, np.arange(len(leaves)), with_missing[j])
            for j in range(len(n_bins))
        ]
        self._values = reachable_values(values[leaves], self._digits)
        radix = np.column_stack([column.radix for column in self._digits])
        self._columns = [np.flatnonzero(row > 1) for row in radix]
        self._player_of = player_of

    @property
    def n_leaves(self):
        """Number of leaves."""
        return len(self._values)

    def add_values(self, total, bins, background_bins, weights):
        """Add what rows gain at these leaves.

        Parameters
        ----------
        total : ndarray of shape (n_rows, n_players, n_outputs)
            Changed in place.
        bins : ndarray of int, shape (n_columns, n_rows)
        background_bins : ndarray of int, shape (n_columns, n_background)
        weights : ndarray of shape (n_background,)
        """
        for leaf, players, *game in self._games(bins, background_bins, weights):
            self._add(total, leaf, players, pairwise_gains, *game)

    def add_interactions(self, total, bins, background_bins, weights):
        """Add how pairs of players interact at these leaves.

        Parameters
        ----------
        total : ndarray of shape (n_rows, n_players ** 2, n_outputs)
            Changed in place; the pair i < j belongs in column ``i * n_players + j``.
        bins, background_bins, weights
            As in `add_values`.
        """
        n_players = int(np.sqrt(total.shape[1]))
        for leaf, players, *game in self._games(bins, background_bins, weights):
            i, j = pairs_of(len(players))
            columns = players[i] * n_players + players[j]
            self._add(total, leaf, columns, pairwise_interactions, *game)

    def _games(self, bins, background_bins, weights):
        """Of each leaf, its number, its players, what rows fail, what the background fails."""
        local = [column.local[bins[j]] for j, column in enumerate(self._digits)]
        behind = [column.local[background_bins[j]] for j, column in enumerate(self._digits)]
        for leaf in range(self.n_leaves):
            players, fails = self._failures(leaf, local)
            _, background_fails = self._failures(leaf, behind)
            absent, of_background = _distinct(background_fails)
            yield leaf, players, fails, absent, np.bincount(of_background, weights)

    def _add(self, total, leaf, columns, effects, fails, absent, shares):
        """Add the effects of one leaf."""
        value = self._values[leaf]
        size = max(1, _ROW_ENTRIES // (max(1, len(columns)) * len(value)))
        for begin in range(0, len(total), size):
            part = slice(begin, begin + size)
            failed, of_row = _distinct(fails[part])
            at_once = max(1, _PAIR_ENTRIES // len(absent))
            found = [
                effects(failed[first : first + at_once], absent, shares)
                for first in range(0, len(failed), at_once)
            ]
            total[part, columns] += np.vstack(found)[of_row][:, :, None] * value

    def _failures(self, leaf, local):
        """The players on the path to a leaf, and which of them each row fails."""
        columns = self._columns[leaf]
        players, number = np.unique(self._player_of[columns], return_inverse=True)
        fails = np.zeros((len(players), len(local[0])), dtype=bool)
        for j, player in zip(columns, number):
            fails[player] |= self._digits[j].fails[leaf][local[j]]
        return players, fails.T


def _distinct(fails):
    """The distinct rows, and which of them each row is."""
    packed = np.packbits(fails, axis=1)
    whole = np.zeros((len(packed), -(-packed.shape[1] // 8) * 8), dtype=np.uint8)
    whole[:, : packed.shape[1]] = packed
    words = whole.view(np.uint64)
    if words.shape[1] == 1:
        _, first, place = np.unique(words[:, 0], return_index=True, return_inverse=True)
    else:
        _, first, place = np.unique(words, axis=0, return_index=True, return_inverse=True)
    return fails[first], np.ravel(place)
