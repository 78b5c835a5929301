"""Units: subtrees whose leaves are looked up together.

What a row gains at the leaves of a unit depends only on which of the unit's boxes its values are
in, column by column. So each column gets a digit, equal for values that all leaves of the unit
treat alike, and the digits make one number, the cell. Tables over cells then answer everything.
"""

from dataclasses import dataclass

import numpy as np

# Larger units need fewer look-ups and larger tables; these served best where it was measured.
# A byte has a bit for each leaf of a unit.
_MAX_LEAVES = 8
_MAX_CELLS = 256
# A path on its own may have more cells; beyond this it is handled pair by pair.
_MAX_PATH_CELLS = 4096


@dataclass
class Digits:
    """How leaves and units of one block see one input column.

    Attributes
    ----------
    local : ndarray of int, shape (n_bins + 1,)
        The local bin of each bin; bins that no leaf of the block tells apart are one.
    fails : ndarray of bool, shape (n_leaves, n_local)
        Where values of a local bin cannot reach a leaf.
    digit : ndarray of int, shape (n_units, n_local)
        Local bins that no leaf of a unit tells apart have the same digit.
    """

    local: np.ndarray
    fails: np.ndarray
    digit: np.ndarray

    @property
    def radix(self):
        """Number of digits of each unit."""
        return self.digit.max(axis=1) + 1


def column_digits(boxes, position, n_bins, leaves, starts, with_missing):
    """Digits of one column for units of leaves.

    Parameters
    ----------
    boxes : Boxes
    position : int
        The column.
    n_bins : int
    leaves : ndarray of int, shape (n_leaves,)
        Leaf nodes, those of a unit side by side.
    starts : ndarray of int, shape (n_units,)
        Where in `leaves` each unit begins.
    with_missing : bool
        Whether values may be missing in this column.

    Returns
    -------
    Digits
    """
    if position in boxes.categories:
        local, fails = _categorical_bins(boxes.categories[position][leaves])
    else:
        local, fails = _numerical_bins(boxes, position, n_bins, leaves, with_missing)
    sizes = np.diff(np.append(starts, len(leaves)))
    keys = _keys(fails, starts, sizes)
    if position in boxes.categories:
        digit = np.array([np.unique(key, return_inverse=True)[1] for key in keys])
        digit = digit.reshape(keys.shape)
    else:
        digit = _runs(keys, ((1 << sizes) - 1).astype(np.uint8))
    return Digits(local, fails, digit)


def reachable_values(values, digits):
    """The values of leaves; 0 where no value of some column reaches the leaf.

    A column without missing values, say, never reaches a leaf for these alone. It then has a
    single digit, which tells of no condition.
    """
    never = np.any([column.fails.all(axis=1) for column in digits], axis=0)
    return np.where(never[..., None], 0.0, values) if digits else values


def _numerical_bins(boxes, position, n_bins, leaves, with_missing):
    low, high = boxes.low[leaves, position], boxes.high[leaves, position]
    first = np.union1d(np.append(low, 0), high)
    first = first[first < n_bins]  # of each local bin, its first bin
    local = np.searchsorted(first, np.arange(n_bins + 1), side="right") - 1
    fails = (first < low[:, None]) | (first >= high[:, None])
    if with_missing:
        local[n_bins] = len(first)
        fails = np.column_stack([fails, ~boxes.missing[leaves, position]])
    return local, fails


def _categorical_bins(allowed):
    kinds, local = np.unique(allowed, axis=1, return_inverse=True)
    return np.ravel(local), ~kinds


def _keys(fails, starts, sizes):
    """Of each unit and local bin, which of the unit's leaves it fails: a bit for each."""
    keys = np.zeros((len(starts), fails.shape[1]), dtype=np.uint8)
    bits = fails.view(np.uint8)
    for place in range(sizes.max(initial=0)):
        units = sizes > place
        keys[units] |= bits[starts[units] + place] << place
    return keys


def _runs(keys, nobody):
    """Number the runs of equal keys in each row; bins that fail all leaves share digit 0."""
    alive = keys != nobody[:, None]
    begins = alive.copy()
    begins[:, 1:] &= keys[:, 1:] != keys[:, :-1]
    digit = np.cumsum(begins, axis=1, dtype=np.int16)
    digit *= alive
    digit -= alive.all(axis=1)[:, None]  # without such bins, begin at 0
    return digit


def choose_units(boxes, ensemble, layers, order, bins, with_missing):
    """Cut trees into units: subtrees of few leaves and few cells.

    Parameters
    ----------
    boxes : Boxes
    ensemble : TreeEnsemble
    layers : list of ndarray of int
    order : tuple of (leaves, start, count)
        As from `leaf_order`.
    bins : Bins
    with_missing : ndarray of bool, shape (n_columns,)
        Whether values may be missing in a column.

    Returns
    -------
    units : ndarray of int
        Root nodes of units with a table, from left to right.
    cells : ndarray of float
        At most how many cells each has.
    paths : ndarray of int
        Leaf nodes with too many cells for a table.
    """
    _, start, count = order
    cells = _most_cells(boxes, ensemble, layers, bins, with_missing)
    is_leaf = count == 1
    fits = (count <= _MAX_LEAVES) & (cells <= np.where(is_leaf, _MAX_PATH_CELLS, _MAX_CELLS))
    units, waiting = [], ensemble.roots
    while len(waiting):
        done = fits[waiting] | is_leaf[waiting]
        units.append(waiting[done])
        waiting = np.concatenate([side[waiting[~done]] for side in (ensemble.left, ensemble.right)])
    units = np.concatenate(units)
    units = units[np.argsort(start[units])]
    paths = units[~fits[units]]
    units = units[fits[units]]
    return units, cells[units], paths


def _most_cells(boxes, ensemble, layers, bins, with_missing):
    """At most how many cells the subtree below each node has as a unit."""
    n_nodes, n_columns = boxes.low.shape
    splits = np.zeros((n_nodes, n_columns), dtype=np.int32)
    position = np.searchsorted(bins.columns, ensemble.feature)
    for layer in reversed(layers):
        nodes = layer[ensemble.feature[layer] >= 0]
        splits[nodes] = splits[ensemble.left[nodes]] + splits[ensemble.right[nodes]]
        splits[nodes, position[nodes]] += 1
    cells = np.ones(n_nodes)
    for j in range(n_columns):
        if j in boxes.categories:
            bounded = ~boxes.categories[j].all(axis=1)
            inside = 2.0 ** np.minimum(splits[:, j], 50)
        else:
            bounded = (boxes.low[:, j] > 0) | (boxes.high[:, j] < bins.n_bins[j])
            inside = splits[:, j] + 1.0
            inside += with_missing[j] & (bounded | (splits[:, j] > 0))
        cells *= inside + bounded
    return cells
