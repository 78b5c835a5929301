"""Blocks of units: from rows to cells, from the background to tables, from tables to values."""

import numpy as np

from skxai.shapley._tree_games import leaf_gains
from skxai.shapley._tree_interactions import leaf_interactions, pairs_of
from skxai.shapley._tree_tables import CellTable, LeafSets
from skxai.shapley._tree_units import column_digits, reachable_values

# What is worked on at once, in entries, so that it stays in the processor's caches.
_CODE_ENTRIES = 2**18
# A table holds at most so many pairs and so many entries, unless it is that of a single unit.
_MAX_PAIRS = 128
_PAIR_ENTRIES = 2**20
# Tables of pairs are held until they have so many entries together.
_HELD_ENTRIES = 2**22
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
    players : ndarray of int
        The players that these units ask, in increasing order.
    histogram : ndarray of shape (n_cells,)
        Weight of the background rows in each cell; set by `count`.
    """

    def __init__(self, boxes, values, units, order, n_bins, player_of, with_missing):
        leaves, start, count = order
        self._sizes = count[units]
        starts = np.cumsum(self._sizes) - self._sizes
        place = np.arange(self._sizes.sum()) - np.repeat(starts, self._sizes)
        nodes = leaves[np.repeat(start[units], self._sizes) + place]
        digits = [
            column_digits(boxes, j, n_bins[j], nodes, starts, with_missing[j])
            for j in range(len(n_bins))
        ]
        self._values = reachable_values(values[nodes], digits)
        radix = np.column_stack([column.radix for column in digits])
        n_slots = max(1, (radix > 1).sum(axis=1).max())
        # Slots: a unit's own columns, those with the most digits first; so few shapes occur.
        self._columns = np.argsort(-radix, axis=1, kind="stable")[:, :n_slots]
        slot_radix = np.take_along_axis(radix, self._columns, axis=1)
        ends = np.cumprod(slot_radix, axis=1)
        self._offsets = np.append(0, np.cumsum(ends[:, -1]))
        self.n_cells = int(self._offsets[-1])
        stride = np.zeros_like(radix)
        np.put_along_axis(stride, self._columns, ends // slot_radix, axis=1)
        self._steps = [
            _steps(column, stride[:, j], np.flatnonzero(column.radix > 1), j)
            for j, column in enumerate(digits)
            if (column.radix > 1).any()
        ]
        self.players = np.unique(player_of[(radix > 1).any(axis=0)])
        place = np.searchsorted(self.players, player_of[self._columns])
        fails = self._slot_fails(digits, radix)
        self._sets = LeafSets(fails, slot_radix, self._sizes, place, len(self.players))
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
        return codes + self._offsets[:-1].astype(np.int32)

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
        """What each player gains in each cell.

        Returns
        -------
        CellTable
            Its columns are the players of the block.
        """
        return self._table(
            slice(0, len(self._sizes)), self.players, leaf_gains, lambda found: found
        )

    def pair_tables(self, n_players):
        """How the pairs of players interact in each cell.

        Parameters
        ----------
        n_players : int
            Number of all players; the pair i < j belongs in column ``i * n_players + j``.

        Yields
        ------
        list of CellTable
            Each table is that of a run of units. Pairs that no path asks together are left out.
        """
        tables, held = [], 0
        for units, codes in self._runs():
            first, second = np.divmod(codes, len(self.players))
            columns = self.players[first] * n_players + self.players[second]

            def find(players, codes=codes):
                return np.searchsorted(codes, self._pair_codes(players))

            tables.append(self._table(units, columns, leaf_interactions, find))
            held += tables[-1].entries.size
            if held > _HELD_ENTRIES:
                yield tables
                tables, held = [], 0
        yield tables

    def _table(self, units, columns, effects, find):
        cells = slice(self._offsets[units.start], self._offsets[units.stop])
        histogram = self.histogram[cells]
        return CellTable(
            units=units,
            cells=cells,
            columns=columns,
            entries=self._sets.table(units, histogram, self._values, effects, find, len(columns)),
        )

    def _pair_codes(self, players):
        """A number for each pair of players of some leaves."""
        i, j = pairs_of(players.shape[1])
        return players[:, i] * len(self.players) + players[:, j]

    def _runs(self):
        """Cut the units into runs.

        Yields
        ------
        units : slice
        codes : ndarray of int
            Of the pairs that occur in these units, sorted.
        """
        n_outputs = self._values.shape[1]
        begin, seen = 0, set()
        for unit, found in enumerate(self._pairs_of_units()):
            both = seen | found
            n_entries = len(both) * (self._offsets[unit + 1] - self._offsets[begin]) * n_outputs
            if unit > begin and (len(both) > _MAX_PAIRS or n_entries > _PAIR_ENTRIES):
                yield slice(begin, unit), np.array(sorted(seen), dtype=int)
                begin, both = unit, found
            seen = both
        yield slice(begin, len(self._sizes)), np.array(sorted(seen), dtype=int)

    def _pairs_of_units(self):
        """The codes of the pairs that the paths of each unit ask together, as sets."""
        unit_of = np.repeat(np.arange(len(self._sizes)), self._sizes)
        found = [set() for _ in self._sizes]
        for some, players in self._sets.by_size(slice(0, len(unit_of))):
            for unit, codes in zip(unit_of[some], self._pair_codes(players).tolist()):
                found[unit].update(codes)
        return found

    def add(self, total, bins, tables):
        """Add what rows gain in these units.

        Parameters
        ----------
        total : ndarray of shape (n_rows, n_columns, n_outputs)
            Changed in place.
        bins : ndarray of int, shape (n_columns, n_rows)
        tables : list of CellTable
            From `table` or `pair_tables`.
        """
        widest = max((table.entries[0].size for table in tables), default=0)
        size = max(1, _CODE_ENTRIES // max(len(self._sizes), widest))
        for begin in range(0, len(total) if tables else 0, size):
            part = slice(begin, begin + size)
            cells = self.cells(bins[:, part])
            for table in tables:
                total[part, table.columns] += table.sums(cells)


def _steps(column, stride, units, j):
    """What each local bin of a column adds to the cells of the units."""
    steps = (column.digit * stride[:, None]).T
    if len(units) >= _FEW * len(stride):
        return j, None, np.ascontiguousarray(steps, dtype=np.uint16), column.local
    return j, units, np.ascontiguousarray(steps[:, units], dtype=np.uint16), column.local
