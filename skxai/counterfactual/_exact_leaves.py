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

    def admits(self, position, bins, leaves):
        """Whether bins of a column, by its position among those split on, lie in some leaves.

        Returns
        -------
        ndarray of bool, shape (len(bins), len(leaves))
        """
        nodes, bins = self.leaves[leaves], np.asarray(bins)[:, None]
        if position in self.boxes.categories:
            return self.boxes.categories[position][nodes][:, bins[:, 0]].T
        low, high = self.boxes.low[nodes, position], self.boxes.high[nodes, position]
        missing = bins == self.bins.n_bins[position]
        return np.where(missing, self.boxes.missing[nodes, position], (low <= bins) & (bins < high))


def _dtypes(part):
    """What the model sees each of some inputs in."""
    inner = part
    while hasattr(inner, "inputs"):
        inner = inner.inputs
    return np.full(len(part.sources), getattr(inner, "dtype", np.float64), dtype=object)


class Options:
    """The options of all units of a row up to a limit, and the leaves that they let it into.

    Parameters
    ----------
    leaf_boxes : LeafBoxes
    row : ndarray of shape (n_inputs,)
    units : list of Number or Choice
    limit : float, default=inf
        What costs more is left out.

    Attributes
    ----------
    is_small : bool
        Whether a search fits into some hundred megabytes; if not, nothing else is there.
    leaves : ndarray of int
        The leaves whose boxes are near enough.
    costs : ndarray of shape (n_options,)
    current : ndarray of int, shape (n_units,)
        The option of each unit that changes nothing.
    """

    def __init__(self, leaf_boxes, row, units, limit=np.inf):
        self.leaf_boxes, self.row = leaf_boxes, np.array(row, dtype=float)
        self.limit = limit * (1 + 1e-9)  # with the counterfactual that gives the limit
        self.units, self.values, costs, ordered = [], [], [], []
        taken = np.zeros(len(self.row), dtype=bool)
        for unit in units:
            taken[unit.columns] = True
            values, unit_costs, in_order, current = self._options_of(unit)
            if values is None:
                continue
            near = unit_costs <= self.limit
            self.units.append((unit, int(near[:current].sum())))
            self.values.append(values[near])
            costs.append(unit_costs[near])
            ordered.append(in_order)
        fixed = np.flatnonzero(~taken)  # one more unit, of a single option
        self.units.append((None, 0))
        self.values.append(self.row[None, fixed])
        costs.append(np.zeros(1))
        ordered.append(True)
        columns = [fixed if unit is None else unit.columns for unit, _ in self.units]
        masks = self._near_masks(columns, costs)
        self.is_small = masks is not None
        if not self.is_small:
            return
        sizes = [len(values) for values in self.values]
        self.starts = np.cumsum([0, *sizes[:-1]])
        self.unit = np.repeat(np.arange(len(sizes)), sizes)
        self.costs, self.masks = np.concatenate(costs), masks
        self.ordered = np.array(ordered)
        self.current = self.starts + np.array([current for _, current in self.units])

    def _near_masks(self, columns, costs):
        """Which options let the row into the near leaves; None if that is too large.

        Unit by unit, leaves are left out that cost too much to reach.
        """
        leaves = np.arange(len(self.leaf_boxes.leaves))
        sizes = [len(values) for values in self.values]
        total, parts = np.zeros(len(leaves)), [None] * len(sizes)
        for unit in np.argsort(sizes, kind="stable"):
            if sizes[unit] * len(leaves) > _MAX_CELLS:
                return None
            mask = self._masks(unit, columns[unit], self.values[unit], leaves)
            least = np.full(len(leaves), np.inf)
            for option in np.argsort(-costs[unit], kind="stable"):
                least[mask[option]] = costs[unit][option]
            total += least
            near = total <= self.limit
            parts[unit] = leaves, mask
            leaves, total = leaves[near], total[near]
        if sum(sizes) * len(leaves) > _MAX_CELLS:
            return None
        self.leaves = leaves
        return np.concatenate([mask[:, before.searchsorted(leaves)] for before, mask in parts])

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

    def _masks(self, unit, columns, values, leaves):
        """Which options of a unit let the row into some leaves: (n_options, len(leaves))."""
        leaf_boxes, known = self.leaf_boxes, self.leaf_boxes.bins.columns
        masks = np.ones((len(values), len(leaves)), dtype=bool)
        for column, of_column in zip(columns, values.T):
            position = np.searchsorted(known, column)
            if position < len(known) and known[position] == column:
                seen = self._seen(unit, column, of_column)
                masks &= leaf_boxes.admits(position, self._bins(column, position, seen), leaves)
        return masks

    def _seen(self, unit, column, values):
        """What the model has in place of missing values."""
        number = self.units[unit][0]
        missing = number.seen_missing if isinstance(number, Number) else np.nan
        return np.where(np.isnan(values), missing, values)

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
        tree = leaf_boxes.tree[self.leaves]
        values = ensemble.values[leaf_boxes.leaves[self.leaves]] @ weights.T
        offset = weights @ ensemble.offset
        size = np.maximum.reduceat(np.abs(values), _firsts(tree), axis=0).sum(axis=0)
        rounding = _ROUNDING * (size + np.abs(offset) + np.abs(goal.thresholds))
        need = np.atleast_1d(goal.thresholds) - offset
        need = need + np.where(goal.strict, rounding, -rounding)
        return on_lattice(
            Boxes(self.unit, self.costs, self.masks, self.ordered, tree, values, need)
        )

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
