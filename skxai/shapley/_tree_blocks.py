"""Blocks of units: from rows to cells, from the background to tables, from tables to values."""

import numpy as np
import scipy.sparse as sp

from skxai.shapley._tree_games import leaf_gains
from skxai.shapley._tree_units import column_digits, reachable_values

# What is worked on at once, in entries, so that it stays in the processor's caches.
_CODE_ENTRIES = 2**18
_GAIN_ENTRIES = 2**16
# A column that fewer of the units use is added to these alone.
_FEW = 1 / 8


class UnitBlock:
    """Some units, their cells, and how much background falls in each.

    Parameters
    ----------
    boxes : Boxes
    values : ndarray of shape (n_nodes, n_outputs)
        Leaf values.
    units : ndarray of int
        Root nodes of the units, from left to right.
    order : tuple of (leaves, start, count)
    n_bins : ndarray of int, shape (n_columns,)
    player_of : ndarray of int, shape (n_columns,)
        The player of each column that is split on.
    with_missing : ndarray of bool, shape (n_columns,)

    Attributes
    ----------
    n_cells : int
    histogram : ndarray of shape (n_cells,)
        Weight of the background rows in each cell; set by `count`.
    """

    def __init__(self, boxes, values, units, order, n_bins, player_of, with_missing):
        leaves, start, count = order
        self._sizes = count[units]
        self._starts = np.cumsum(self._sizes) - self._sizes
        place = np.arange(self._sizes.sum()) - np.repeat(self._starts, self._sizes)
        nodes = leaves[np.repeat(start[units], self._sizes) + place]
        digits = [
            column_digits(boxes, j, n_bins[j], nodes, self._starts, with_missing[j])
            for j in range(len(n_bins))
        ]
        self._values = reachable_values(values[nodes], digits)
        radix = np.column_stack([column.radix for column in digits])
        n_slots = max(1, (radix > 1).sum(axis=1).max())
        # Slots: a unit's own columns, those with the most digits first; so few shapes occur.
        self._columns = np.argsort(-radix, axis=1, kind="stable")[:, :n_slots]
        self._radix = np.take_along_axis(radix, self._columns, axis=1)
        ends = np.cumprod(self._radix, axis=1)
        cells = ends[:, -1]
        self._offsets = np.cumsum(cells) - cells
        self.n_cells = int(cells.sum())
        stride = np.zeros_like(radix)
        np.put_along_axis(stride, self._columns, ends // self._radix, axis=1)
        self._steps = [
            _steps(column, stride[:, j], np.flatnonzero(column.radix > 1), j)
            for j, column in enumerate(digits)
            if (column.radix > 1).any()
        ]
        self._fails = self._slot_fails(digits, radix)
        self._name_players(player_of)
        self.histogram = None

    def _slot_fails(self, digits, radix):
        """Whether a digit of a unit's slot fails each leaf, shape (n_leaves, n_slots, radix)."""
        fails = np.zeros((len(self._values), self._columns.shape[1], radix.max()), dtype=bool)
        unit_of = np.repeat(np.arange(len(self._sizes)), self._sizes)
        for j, column in enumerate(digits):
            units = np.flatnonzero(radix[:, j] > 1)
            if len(units) == 0:
                continue
            slot = (self._columns[units] == j).argmax(axis=1)
            example = np.zeros((len(units), fails.shape[2]), dtype=int)
            local = np.arange(column.digit.shape[1])
            example[np.arange(len(units))[:, None], column.digit[units]] = local
            position = np.full(len(self._sizes), -1)
            position[units] = np.arange(len(units))
            leaves = np.flatnonzero(position[unit_of] >= 0)
            at = position[unit_of[leaves]]
            fails[leaves, slot[at]] = column.fails[leaves[:, None], example[at]]
        return fails

    def _name_players(self, player_of):
        """Number the players of each unit; columns of one player share a number."""
        used = self._radix > 1
        owner = np.where(used, player_of[self._columns], -1)
        first = (owner[:, :, None] == owner[:, None, :]).argmax(axis=2)
        is_first = first == np.arange(owner.shape[1])
        number = np.cumsum(is_first, axis=1) - 1
        self._number = np.where(used, np.take_along_axis(number, first, axis=1), 0)
        self.players, place = np.unique(owner, return_inverse=True)
        place = place.reshape(owner.shape)
        if len(self.players) and self.players[0] < 0:
            self.players, place = self.players[1:], place - 1
        self._place = np.zeros_like(owner)  # [unit, number]: where its player is in `players`
        unit, slot = np.nonzero(is_first & used)
        self._place[unit, number[unit, slot]] = place[unit, slot]
        self._n_players = (is_first & used).sum(axis=1)

    def cells(self, bins):
        """The cell of each row in each unit.

        Parameters
        ----------
        bins : ndarray of int, shape (n_columns, n_rows)

        Returns
        -------
        ndarray of int32, shape (n_rows, n_units)
        """
        codes = np.zeros((bins.shape[1], len(self._sizes)), dtype=np.uint16)
        for j, units, steps, local in self._steps:
            found = steps[local[bins[j]]]
            if units is None:
                codes += found
            else:
                codes[:, units] += found
        return codes + self._offsets.astype(np.int32)

    def rows_at_once(self):
        """How many rows are worth one call of `cells`."""
        return max(1, _CODE_ENTRIES // len(self._sizes))

    def count(self, bins, weights):
        """Count the background into cells.

        Parameters
        ----------
        bins : ndarray of int, shape (n_columns, n_background)
        weights : ndarray of shape (n_background,)
        """
        equal = (weights == weights[0]).all()
        self.histogram = np.zeros(self.n_cells)
        size = self.rows_at_once()
        for begin in range(0, len(weights), size):
            part = slice(begin, begin + size)
            cells = self.cells(bins[:, part])
            if equal:
                counts = np.bincount(cells.ravel(), minlength=self.n_cells) * weights[0]
            else:
                repeated = np.repeat(weights[part], cells.shape[1])
                counts = np.bincount(cells.ravel(), repeated, minlength=self.n_cells)
            self.histogram += counts

    def table(self):
        """What each player of the block gains in each cell.

        Returns
        -------
        ndarray of shape (n_cells, n_block_players, n_outputs)
        """
        table = np.zeros((self.n_cells, len(self.players), self._values.shape[1]))
        shapes = np.column_stack([self._sizes, self._radix, self._number])
        _, first, group = np.unique(shapes, axis=0, return_index=True, return_inverse=True)
        for index, unit in enumerate(first):
            members = np.flatnonzero(group.ravel() == index)
            cells = int(np.prod(self._radix[unit]))
            each = self._sizes[unit] * max(cells, 1 << self._n_players[unit])
            size = max(1, _GAIN_ENTRIES // each)
            for begin in range(0, len(members), size):
                self._fill(table, members[begin : begin + size], cells)
        return table

    def _fill(self, table, units, n_cells):
        """Fill the table for units of the same shape."""
        size, n_players = self._sizes[units[0]], self._n_players[units[0]]
        leaves = (self._starts[units][:, None] + np.arange(size)).ravel()
        sets = self._failed_sets(leaves, units[0])
        sets += (np.arange(len(leaves)) << n_players)[:, None]
        rows = self._offsets[units][:, None] + np.arange(n_cells)
        weights = np.repeat(self.histogram[rows], size, axis=0)
        histogram = np.bincount(sets.ravel(), weights.ravel(), minlength=len(leaves) << n_players)
        gains = leaf_gains(histogram.reshape(len(leaves), -1), n_players)
        outputs = self._values[leaves].reshape(len(units), size, -1).transpose(0, 2, 1)
        for number in range(n_players):
            found = gains[number].ravel().take(sets).reshape(len(units), size, n_cells)
            place = self._place[units, number]
            table[rows, place[:, None]] = (outputs @ found).transpose(0, 2, 1)

    def _failed_sets(self, leaves, unit):
        """The set of players that a row fails at each leaf, by its cell."""
        sets = np.zeros((len(leaves), 1), dtype=np.int64)
        for slot, (radix, number) in enumerate(zip(self._radix[unit], self._number[unit])):
            digit_sets = self._fails[leaves, slot, :radix].astype(np.int64) << number
            sets = (digit_sets[:, :, None] | sets[:, None, :]).reshape(len(leaves), -1)
        return sets

    def add_values(self, total, bins, table):
        """Add what rows gain in these units.

        Parameters
        ----------
        total : ndarray of shape (n_rows, n_players, n_outputs)
            Changed in place.
        bins : ndarray of int, shape (n_columns, n_rows)
        table : ndarray
            From `table`.
        """
        flat = table.reshape(self.n_cells, -1)
        n_units, size = len(self._sizes), self.rows_at_once()
        ones = np.ones(min(size, len(total)) * n_units)
        for begin in range(0, len(total), size):
            part = slice(begin, begin + size)
            cells = self.cells(bins[:, part])
            ends = np.arange(len(cells) + 1, dtype=np.int32) * n_units
            chosen = sp.csr_matrix(
                (ones[: cells.size], cells.ravel(), ends), shape=(len(cells), self.n_cells)
            )
            gained = (chosen @ flat).reshape(len(cells), *table.shape[1:])
            total[part, self.players] += gained


def _steps(column, stride, units, j):
    """What each local bin of a column adds to the cells of the units."""
    steps = (column.digit * stride[:, None]).T
    if len(units) >= _FEW * len(stride):
        return j, None, np.ascontiguousarray(steps, dtype=np.uint16), column.local
    return j, units, np.ascontiguousarray(steps[:, units], dtype=np.uint16), column.local
