"""Leaves of trees as boxes: for each input column, the bins of values that lead there."""

from dataclasses import dataclass

import numpy as np


class Bins:
    """Input columns cut into bins at all thresholds of an ensemble.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Attributes
    ----------
    columns : ndarray of int
        The input columns that are split on; positions below refer to these.
    cuts : list of ndarray of float64, or None for a categorical column
        Sorted thresholds. Bin b holds the values above ``cuts[b - 1]`` up to ``cuts[b]``; of a
        categorical column, bin b is category b.
    n_bins : ndarray of int
        Their number, without the last bin, ``n_bins[j]``, which holds missing values.
    """

    def __init__(self, ensemble):
        split = ensemble.feature >= 0
        self._ensemble = ensemble
        self.columns = np.unique(ensemble.feature[split])
        self.cuts = []
        for column in self.columns:
            at = ensemble.feature == column
            categorical = (ensemble.category_set[at] >= 0).any()
            self.cuts.append(None if categorical else np.unique(ensemble.threshold[at]))
        n_categories = ensemble.categories_left.shape[1]
        self.n_bins = np.array(
            [n_categories if cuts is None else len(cuts) + 1 for cuts in self.cuts], dtype=int
        )

    def assign(self, inputs):
        """The bin of each input.

        Parameters
        ----------
        inputs : ndarray of float64, shape (n_rows, n_inputs)

        Returns
        -------
        ndarray of int, shape (n_columns, n_rows)
        """
        bins = np.empty((len(self.columns), len(inputs)), dtype=np.int32)
        for j, (column, cuts) in enumerate(zip(self.columns, self.cuts)):
            values = inputs[:, column]
            if cuts is None:
                bins[j] = self._ensemble.category_codes(values)
            else:
                bins[j] = np.searchsorted(cuts, values)
                bins[j][np.isnan(values)] = self.n_bins[j]
        return bins


@dataclass
class Boxes:
    """What it takes to reach each node of some trees.

    Attributes
    ----------
    low, high : ndarray of int, shape (n_nodes, n_columns)
        Values in bins low to high - 1 reach the node.
    missing : ndarray of bool, shape (n_nodes, n_columns)
        Whether missing values do.
    categories : dict of int to ndarray of bool, shape (n_nodes, n_bins + 1)
        For categorical columns, the bins that do, the bin of missing values last.
    """

    low: np.ndarray
    high: np.ndarray
    missing: np.ndarray
    categories: dict


def reach_boxes(ensemble, bins, layers):
    """The box of every node, from the roots down.

    Parameters
    ----------
    ensemble : TreeEnsemble
    bins : Bins
    layers : list of ndarray of int
        Nodes by depth, as from `layers_of`.

    Returns
    -------
    Boxes
        Of all nodes of the ensemble.
    """
    shape = (len(ensemble.feature), len(bins.columns))
    boxes = Boxes(
        low=np.zeros(shape, dtype=np.int32),
        high=np.tile(bins.n_bins.astype(np.int32), (shape[0], 1)),
        missing=np.ones(shape, dtype=bool),
        categories={
            j: np.ones((shape[0], bins.n_bins[j] + 1), dtype=bool)
            for j, cuts in enumerate(bins.cuts)
            if cuts is None
        },
    )
    position, rank = _split_places(ensemble, bins)
    for layer in layers:
        nodes = layer[ensemble.feature[layer] >= 0]
        for children, is_left in ((ensemble.left[nodes], True), (ensemble.right[nodes], False)):
            boxes.low[children] = boxes.low[nodes]
            boxes.high[children] = boxes.high[nodes]
            boxes.missing[children] = boxes.missing[nodes]
            for allowed in boxes.categories.values():
                allowed[children] = allowed[nodes]
            _narrow(boxes, ensemble, nodes, children, position[nodes], rank[nodes], is_left)
    return boxes


def _split_places(ensemble, bins):
    """Of each split node, the position of its column and the last bin that goes left."""
    position = np.searchsorted(bins.columns, ensemble.feature)
    rank = np.zeros(len(position), dtype=np.int32)
    numerical = (ensemble.feature >= 0) & (ensemble.category_set < 0)
    for j, cuts in enumerate(bins.cuts):
        if cuts is not None:
            nodes = np.flatnonzero(numerical & (position == j))
            rank[nodes] = np.searchsorted(cuts, ensemble.threshold[nodes])
    return position, rank


def _narrow(boxes, ensemble, nodes, children, position, rank, is_left):
    """Apply the splits of nodes to their children's boxes, in place."""
    boxes.missing[children, position] &= ensemble.missing_left[nodes] == is_left
    numerical = ensemble.category_set[nodes] < 0
    at = children[numerical], position[numerical]
    if is_left:
        boxes.high[at] = np.minimum(boxes.high[at], rank[numerical] + 1)
    else:
        boxes.low[at] = np.maximum(boxes.low[at], rank[numerical] + 1)
    for j, allowed in boxes.categories.items():
        of_column = ~numerical & (position == j)
        goes_left = np.column_stack(
            [
                ensemble.categories_left[ensemble.category_set[nodes[of_column]]],
                ensemble.missing_left[nodes[of_column]],
            ]
        )
        allowed[children[of_column]] &= goes_left == is_left


def layers_of(ensemble):
    """Nodes by depth, the roots first.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    list of ndarray of int
    """
    layers, nodes = [], ensemble.roots
    while len(nodes):
        layers.append(nodes)
        nodes = nodes[ensemble.feature[nodes] >= 0]
        nodes = np.concatenate([ensemble.left[nodes], ensemble.right[nodes]])
    return layers


def leaf_order(ensemble, layers):
    """Leaves from left to right, so that those below a node are consecutive.

    Parameters
    ----------
    ensemble : TreeEnsemble
    layers : list of ndarray of int

    Returns
    -------
    leaves : ndarray of int, shape (n_leaves,)
        Leaf nodes in that order.
    start, count : ndarray of int, shape (n_nodes,)
        The leaves below node i are ``leaves[start[i] : start[i] + count[i]]``.
    """
    count = (ensemble.feature < 0).astype(int)
    for layer in reversed(layers):
        nodes = layer[ensemble.feature[layer] >= 0]
        count[nodes] = count[ensemble.left[nodes]] + count[ensemble.right[nodes]]
    start = np.zeros(len(count), dtype=int)
    start[ensemble.roots] = np.cumsum(count[ensemble.roots]) - count[ensemble.roots]
    for layer in layers:
        nodes = layer[ensemble.feature[layer] >= 0]
        start[ensemble.left[nodes]] = start[nodes]
        start[ensemble.right[nodes]] = start[nodes] + count[ensemble.left[nodes]]
    reached = np.concatenate(layers)  # xgboost leaves pruned nodes behind
    is_leaf = reached[ensemble.feature[reached] < 0]
    leaves = np.empty(len(is_leaf), dtype=int)
    leaves[start[is_leaf]] = is_leaf
    return leaves, start, count
