"""Tables over cells, made of what there is to gain at each leaf.

Every leaf numbers the players that it asks, so that a set of them is an integer, one bit for each.
What a set gains comes from the algebra of one leaf. A cell of a unit fails one set at each of the
unit's leaves; its gains are their sum, times the values of the leaves, by a sparse product.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

# What is worked on at once, in entries, so that it stays in the processor's caches.
_GAIN_ENTRIES = 2**16


@dataclass
class CellTable:
    """What some cells of a block gain.

    Attributes
    ----------
    units : slice
        The units of the block that the cells belong to.
    cells : slice
        Their cells, in the numbers of the block.
    columns : ndarray of int, shape (n_columns,)
        Where the columns of the table belong in the result.
    entries : ndarray of shape (n_cells, n_columns, n_outputs)
    """

    units: slice
    cells: slice
    columns: np.ndarray
    entries: np.ndarray

    def sums(self, cells):
        """What rows gain in these units.

        Parameters
        ----------
        cells : ndarray of int32, shape (n_rows, n_block_units)

        Returns
        -------
        ndarray of shape (n_rows, n_columns, n_outputs)
        """
        own = cells[:, self.units] - np.int32(self.cells.start)
        ends = np.arange(len(own) + 1, dtype=np.int32) * own.shape[1]
        shape = len(own), len(self.entries)
        chosen = sp.csr_matrix((np.ones(own.size), own.ravel(), ends), shape=shape)
        gained = chosen @ self.entries.reshape(len(self.entries), -1)
        return gained.reshape(len(own), *self.entries.shape[1:])


class LeafSets:
    """The sets of players that the cells of units fail at their leaves.

    Parameters
    ----------
    fails : ndarray of bool, shape (n_leaves, n_slots, n_digits)
        Whether a digit of a unit's slot fails each leaf.
    radix : ndarray of int, shape (n_units, n_slots)
        Number of digits of each slot.
    sizes : ndarray of int, shape (n_units,)
        Number of leaves of each unit.
    place : ndarray of int, shape (n_units, n_slots)
        The player of each slot.
    n_players : int

    Attributes
    ----------
    asked : ndarray of bool, shape (n_leaves, n_players)
        The players that can fail each leaf.
    """

    def __init__(self, fails, radix, sizes, place, n_players):
        self._fails, self._radix, self._sizes = fails, radix, sizes
        self._starts = np.append(0, np.cumsum(sizes))
        unit_of = np.repeat(np.arange(len(sizes)), sizes)
        leaf, slot = np.nonzero(fails.any(axis=2))
        player = place[unit_of[leaf], slot]
        self.asked = np.zeros((len(fails), n_players), dtype=bool)
        self.asked[leaf, player] = True
        number = np.cumsum(self.asked, axis=1) - 1
        self._bits = np.zeros(fails.shape[:2], dtype=np.int32)
        self._bits[leaf, slot] = 1 << number[leaf, player]

    def leaves(self, units):
        """The leaves of consecutive units, a slice."""
        return slice(self._starts[units.start], self._starts[units.stop])

    def by_size(self, leaves):
        """Leaves that ask equally many players, and these players.

        Parameters
        ----------
        leaves : slice

        Yields
        ------
        some : ndarray of int, shape (n_some,)
            Counted from the first of `leaves`.
        players : ndarray of int, shape (n_some, k)
        """
        asked = self.asked[leaves]
        sizes = asked.sum(axis=1)
        for k in np.unique(sizes):
            some = np.flatnonzero(sizes == k)
            yield some, np.nonzero(asked[some])[1].reshape(len(some), k)

    def table(self, units, histogram, values, effects, find, n_columns):
        """What cells gain.

        Parameters
        ----------
        units : slice
        histogram : ndarray of shape (n_cells,)
            Weight of the background in each cell of these units.
        values : ndarray of shape (n_leaves, n_outputs)
            Values of all leaves.
        effects : callable
            `leaf_gains` or `leaf_interactions`.
        find : callable
            From players of leaves, shape (n_leaves, k), to the columns of their effects, shape
            (n_leaves, n_effects).
        n_columns : int

        Returns
        -------
        ndarray of shape (n_cells, n_columns, n_outputs)
        """
        leaves = self.leaves(units)
        first = np.append(0, np.cumsum(1 << self.asked[leaves].sum(axis=1)))
        sets, ends = self._failed_sets(units, first)
        weights = np.repeat(histogram, np.diff(ends))
        behind = np.bincount(sets, weights, minlength=first[-1])
        gains = np.zeros((first[-1], n_columns))
        for some, players in self.by_size(leaves):
            k = players.shape[1]
            size = max(1, _GAIN_ENTRIES >> k)
            for begin in range(0, len(some), size):
                part = slice(begin, begin + size)
                columns = find(players[part])
                rows = first[some[part], None] + np.arange(1 << k)
                found = effects(behind[rows], k).transpose(1, 2, 0)
                gains[rows[:, :, None], columns[:, None]] = found
        value_of = np.repeat(values[leaves], np.diff(first), axis=0)
        shape = len(histogram), len(gains)
        tables = [
            sp.csr_matrix((value[sets], sets, ends), shape=shape) @ gains for value in value_of.T
        ]
        return tables[0][:, :, None] if len(tables) == 1 else np.stack(tables, axis=-1)

    def _failed_sets(self, units, first):
        """The sets that each cell fails, one for each leaf of its unit.

        Sets are counted through the leaves; those of a leaf begin at `first`.

        Returns
        -------
        sets : ndarray of int32
            Those of a cell side by side.
        ends : ndarray of int32, shape (n_cells + 1,)
            Where the sets of each cell begin and end.
        """
        radix, sizes = self._radix[units], self._sizes[units]
        n_cells = radix.prod(axis=1)
        begin = np.cumsum(n_cells * sizes) - n_cells * sizes
        sets = np.empty((n_cells * sizes).sum(), dtype=np.int32)
        shapes = np.column_stack([sizes, radix])
        _, examples, group = np.unique(shapes, axis=0, return_index=True, return_inverse=True)
        for index, example in enumerate(examples):
            alike = np.flatnonzero(group.ravel() == index)
            size, shape = sizes[example], radix[example]
            leaves = (self._starts[units][alike, None] + np.arange(size)).ravel()
            found = np.zeros((len(leaves), 1), dtype=np.int32)
            for slot, n_digits in enumerate(shape[shape > 1]):
                failed = self._fails[leaves, slot, :n_digits] * self._bits[leaves, slot, None]
                found = (failed[:, :, None] | found[:, None, :]).reshape(len(leaves), -1)
            found += first[leaves - self._starts[units.start], None].astype(np.int32)
            found = found.reshape(len(alike), size, -1).transpose(0, 2, 1)
            sets[begin[alike, None] + np.arange(found[0].size)] = found.reshape(len(alike), -1)
        ends = np.append(0, np.cumsum(np.repeat(sizes, n_cells))).astype(np.int32)
        return sets, ends
