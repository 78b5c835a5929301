"""The leaves of an ensemble as boxes, and the options of a row that let it into them."""

import numpy as np

from skxai.counterfactual._exact_boxes import Boxes, on_lattice
from skxai.counterfactual._exact_units import Number, nearest_in_bins
from skxai.predictors._trees._boxes import Bins, layers_of, leaf_order, reach_boxes

# Scores that differ by less than this share of their size are equal.
_ROUNDING = 1e-10
# A search takes about ten bytes for each bin and leaf.
_MAX_CELLS = 30_000_000


class LeafBoxes:
    """Leaves of an ensemble as boxes; the same for all rows.

    Parameters
    ----------
    ensemble : TreeEnsemble
    """

    def __init__(self, ensemble):
        self.ensemble = ensemble
        self.bins = Bins(ensemble)
        layers = layers_of(ensemble)
        self.leaves, start, _ = leaf_order(ensemble, layers)
        self.boxes = reach_boxes(ensemble, self.bins, layers)
        self.tree = np.searchsorted(start[ensemble.roots], np.arange(len(self.leaves)), "right") - 1
        self.dtypes = np.concatenate([_dtypes(part) for part in ensemble.inputs])

    @property
    def is_small(self):
        """Whether a search fits into some hundred megabytes."""
        return int(self.bins.n_bins.sum()) * len(self.leaves) <= _MAX_CELLS

    def admits(self, position, bins):
        """Whether bins of a column, by its position among those split on, lie in each leaf.

        Returns
        -------
        ndarray of bool, shape (len(bins), n_leaves)
        """
        bins = np.asarray(bins)[:, None]
        if position in self.boxes.categories:
            return self.boxes.categories[position][self.leaves][:, bins[:, 0]].T
        low, high = self.boxes.low[self.leaves, position], self.boxes.high[self.leaves, position]
        missing = bins == self.bins.n_bins[position]
        return np.where(
            missing, self.boxes.missing[self.leaves, position], (low <= bins) & (bins < high)
        )


def _dtypes(part):
    """What the model sees each of some inputs in."""
    inner = part
    while hasattr(inner, "inputs"):
        inner = inner.inputs
    return np.full(len(part.sources), getattr(inner, "dtype", np.float64), dtype=object)


class Options:
    """The options of all units of a row, and the leaves that they let it into.

    Parameters
    ----------
    leaf_boxes : LeafBoxes
    row : ndarray of shape (n_inputs,)
    units : list of Number or Choice

    Attributes
    ----------
    costs : ndarray of shape (n_options,)
    current : ndarray of int, shape (n_units,)
        The option of each unit that changes nothing.
    """

    def __init__(self, leaf_boxes, row, units):
        self.leaf_boxes, self.row = leaf_boxes, np.array(row, dtype=float)
        self.units, self.values, masks, costs, ordered = [], [], [], [], []
        taken = np.zeros(len(self.row), dtype=bool)
        for unit in units:
            taken[unit.columns] = True
            values, unit_costs, in_order, current = self._options_of(unit)
            if values is None:
                continue
            self.units.append((unit, current))
            self.values.append(values)
            costs.append(unit_costs)
            masks.append(self._masks(unit.columns, values))
            ordered.append(in_order)
        fixed = np.flatnonzero(~taken)  # one more unit, of a single option
        self.units.append((None, 0))
        self.values.append(self.row[None, fixed])
        costs.append(np.zeros(1))
        masks.append(self._masks(fixed, self.row[None, fixed]))
        ordered.append(True)
        sizes = [len(values) for values in self.values]
        self.starts = np.cumsum([0, *sizes[:-1]])
        self.unit = np.repeat(np.arange(len(sizes)), sizes)
        self.costs, self.masks = np.concatenate(costs), np.concatenate(masks)
        self.ordered = np.array(ordered)
        self.current = self.starts + np.array([current for _, current in self.units])

    def _options_of(self, unit):
        """Values, costs, whether they are ordered, and the position of what the row has."""
        bins = self.leaf_boxes.bins
        if not isinstance(unit, Number):
            return np.asarray(unit.values, dtype=float), np.asarray(unit.costs), False, 0
        self.row[unit.column] = unit.value
        position = np.searchsorted(bins.columns, unit.column)
        if position == len(bins.columns) or bins.columns[position] != unit.column:
            return None, None, True, 0
        dtype = self.leaf_boxes.dtypes[unit.column]
        values = nearest_in_bins(unit, bins.cuts[position], dtype)
        values = values[~np.isnan(values)]
        missing = np.isnan(unit.value)
        if missing and unit.missing_cost is None:
            values = np.array([np.nan])
        elif missing or unit.missing_cost is not None:
            values = np.append(values, np.nan)
        current = np.flatnonzero(np.isnan(values) if missing else values == unit.value)[0]
        return values[:, None], unit.costs(values), not np.isnan(values[-1]), current

    def _masks(self, columns, values):
        leaf_boxes = self.leaf_boxes
        masks = np.ones((len(values), len(leaf_boxes.leaves)), dtype=bool)
        for column, of_column in zip(columns, values.T):
            position = np.searchsorted(leaf_boxes.bins.columns, column)
            if (
                position < len(leaf_boxes.bins.columns)
                and leaf_boxes.bins.columns[position] == column
            ):
                masks &= leaf_boxes.admits(position, self._bins(column, position, of_column))
        return masks

    def _bins(self, column, position, values):
        bins = self.leaf_boxes.bins
        cuts = bins.cuts[position]
        if cuts is None:
            return self.leaf_boxes.ensemble.category_codes(values)
        with np.errstate(over="ignore"):
            seen = values.astype(self.leaf_boxes.dtypes[column]).astype(float)
        return np.where(np.isnan(seen), bins.n_bins[position], np.searchsorted(cuts, seen))

    def boxes(self, goal):
        """What a goal asks of the leaves."""
        leaf_boxes, ensemble = self.leaf_boxes, self.leaf_boxes.ensemble
        weights = np.atleast_2d(np.asarray(goal.weights, dtype=float))
        values = ensemble.values[leaf_boxes.leaves] @ weights.T
        offset = weights @ ensemble.offset
        size = np.maximum.reduceat(np.abs(values), _firsts(leaf_boxes.tree), axis=0).sum(axis=0)
        rounding = _ROUNDING * (size + np.abs(offset) + np.abs(goal.thresholds))
        need = np.atleast_1d(goal.thresholds) - offset
        need = need + np.where(goal.strict, rounding, -rounding)
        boxes = Boxes(
            self.unit, self.costs, self.masks, self.ordered, leaf_boxes.tree, values, need
        )
        return on_lattice(boxes)

    def nearest(self, starts, boxes):
        """The choices closest to some rows that reach the goal, the cheapest first."""
        choices = []
        for start in [] if starts is None else starts:
            choice = self.current.copy()
            for u, ((unit, _), first) in enumerate(zip(self.units, self.starts)):
                if unit is not None:
                    gaps = np.abs(self.values[u] - start[unit.columns]).sum(axis=1)
                    if not np.isnan(gaps).all():
                        choice[u] = first + np.nanargmin(gaps)
            choices.append(choice)
        choices = [choice for choice in choices if boxes.margin(choice) >= 0]
        return sorted(choices, key=boxes.cost)

    def changed(self, choice):
        """The row with a choice."""
        row = self.row.copy()
        for u, (unit, _) in enumerate(self.units):
            if unit is not None and choice[u] != self.current[u]:
                row[unit.columns] = self.values[u][choice[u] - self.starts[u]]
        return row


def _firsts(tree):
    return np.flatnonzero(np.diff(tree, prepend=-1))
