"""A sum of decision trees as plain arrays."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class TreeEnsemble:
    """Trees whose leaf values add up to a response of the model; made by `tree_ensemble_of`.

    A row of inputs x goes from node i to its left child where

    - ``missing_left[i]``, if x[feature[i]] is NaN, or no known category at a categorical split;
    - ``x[feature[i]] <= threshold[i]``, at a numerical split (``category_set[i] == -1``);
    - ``categories_left[category_set[i], x[feature[i]]]``, at a categorical split.

    Attributes
    ----------
    inputs : tuple of callables
        Each makes some columns of float64 from a table, as the model converts it.
    feature : ndarray of int, shape (n_nodes,)
        The input column a node splits on; -1 at leaves.
    threshold : ndarray of float64, shape (n_nodes,)
    left, right : ndarray of int, shape (n_nodes,)
        Children; -1 at leaves. A child comes after its parent.
    missing_left : ndarray of bool, shape (n_nodes,)
    category_set : ndarray of int, shape (n_nodes,)
        Row of `categories_left`; -1 at numerical splits and leaves.
    categories_left : ndarray of bool, shape (n_category_sets, n_categories)
    values : ndarray of float64, shape (n_nodes, n_outputs)
        What a leaf adds to the response, the weight of its tree included.
    roots : ndarray of int, shape (n_trees,)
    offset : ndarray of float64, shape (n_outputs,)
        What is added to the sum over trees.
    """

    inputs: tuple
    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing_left: np.ndarray
    category_set: np.ndarray
    categories_left: np.ndarray
    values: np.ndarray
    roots: np.ndarray
    offset: np.ndarray

    @property
    def n_outputs(self):
        """Number of outputs."""
        return len(self.offset)

    @property
    def n_leaves(self):
        """Number of leaves of all trees."""
        return int((self.feature < 0).sum())

    @property
    def sources(self):
        """The column of the table that each input is made of, shape (n_inputs,)."""
        return np.concatenate([part.sources for part in self.inputs])

    def encode(self, X):
        """What the trees see of a table.

        Parameters
        ----------
        X : table of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of float64, shape (n_rows, n_inputs)
        """
        parts = [part(X) for part in self.inputs]
        return parts[0] if len(parts) == 1 else np.hstack(parts)

    def predict(self, X):
        """The response, summed over the leaves that rows fall in.

        Parameters
        ----------
        X : table of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_outputs)
        """
        inputs = self.encode(X)
        rows = np.arange(len(inputs))
        total = np.tile(self.offset, (len(inputs), 1))
        for root in self.roots:
            node = np.full(len(inputs), root)
            going = rows[self.feature[node] >= 0]
            while len(going):
                at = node[going]
                goes_left = self.goes_left(at, inputs[going, self.feature[at]])
                node[going] = np.where(goes_left, self.left[at], self.right[at])
                going = going[self.feature[node[going]] >= 0]
            total += self.values[node]
        return total

    outputs = predict  # what all forms call their response

    def goes_left(self, nodes, inputs):
        """Whether the input of each node's feature sends a row left.

        Parameters
        ----------
        nodes : ndarray of int, shape (n,)
        inputs : ndarray of float64, shape (n,)

        Returns
        -------
        ndarray of bool, shape (n,)
        """
        goes = inputs <= self.threshold[nodes]
        sets = self.category_set[nodes]
        categorical = sets >= 0
        if categorical.any():
            codes = self.category_codes(inputs[categorical])
            known = codes < self.categories_left.shape[1]
            codes = np.where(known, codes, 0)
            member = self.categories_left[sets[categorical], codes]
            goes[categorical] = np.where(known, member, self.missing_left[nodes[categorical]])
        missing = np.isnan(inputs)
        goes[missing] = self.missing_left[nodes[missing]]
        return goes

    def category_codes(self, inputs):
        """Categories as integers; what is missing or unknown becomes n_categories.

        Parameters
        ----------
        inputs : ndarray of float64

        Returns
        -------
        ndarray of int
        """
        n_categories = self.categories_left.shape[1]
        known = (inputs >= 0) & (inputs < n_categories)
        return np.where(known, inputs, n_categories).astype(int)

    def map_outputs(self, weights, offset=0.0):
        """The ensemble of linear combinations of the outputs.

        Parameters
        ----------
        weights : array-like of shape (n_new_outputs, n_outputs)
        offset : float or array-like of shape (n_new_outputs,), default=0.0

        Returns
        -------
        TreeEnsemble
        """
        weights = np.asarray(weights, dtype=float)
        return replace(
            self, values=self.values @ weights.T, offset=self.offset @ weights.T + offset
        )


def one_tree(inputs, feature, threshold, left, right, missing_left, values, offset=None):
    """An ensemble of one tree with numerical splits only.

    Parameters
    ----------
    inputs, feature, threshold, left, right, missing_left, values
        As the attributes of `TreeEnsemble`; the root is node 0.
    offset : array-like of shape (n_outputs,), default=None
        None: zero.

    Returns
    -------
    TreeEnsemble
    """
    values = np.asarray(values, dtype=float)
    return TreeEnsemble(
        inputs=inputs,
        feature=np.asarray(feature),
        threshold=np.asarray(threshold, dtype=float),
        left=np.asarray(left),
        right=np.asarray(right),
        missing_left=np.asarray(missing_left, dtype=bool),
        category_set=np.full(len(values), -1),
        categories_left=np.zeros((0, 0), dtype=bool),
        values=values,
        roots=np.zeros(1, dtype=int),
        offset=np.zeros(values.shape[1]) if offset is None else np.asarray(offset, dtype=float),
    )


def add_ensembles(ensembles):
    """The sum of several ensembles of the same outputs, over the same table.

    Parameters
    ----------
    ensembles : list of TreeEnsemble

    Returns
    -------
    TreeEnsemble
        Inputs that are equal are shared.
    """
    inputs, starts = [], {}
    for part in (part for ensemble in ensembles for part in ensemble.inputs):
        if part not in starts:
            starts[part] = sum(len(known.sources) for known in inputs)
            inputs.append(part)
    nodes = np.cumsum([0] + [len(ensemble.feature) for ensemble in ensembles])
    sets = np.cumsum([0] + [len(ensemble.categories_left) for ensemble in ensembles])
    n_categories = max(ensemble.categories_left.shape[1] for ensemble in ensembles)
    columns = [_columns_in(ensemble, starts) for ensemble in ensembles]

    def joined(name, shifts=None):
        arrays = [getattr(ensemble, name) for ensemble in ensembles]
        if shifts is not None:
            arrays = [np.where(a < 0, -1, a + shift) for a, shift in zip(arrays, shifts)]
        return np.concatenate(arrays)

    return TreeEnsemble(
        inputs=tuple(inputs),
        feature=np.concatenate(
            [
                np.where(ensemble.feature < 0, -1, place[ensemble.feature])
                for ensemble, place in zip(ensembles, columns)
            ]
        ),
        threshold=joined("threshold"),
        left=joined("left", nodes),
        right=joined("right", nodes),
        missing_left=joined("missing_left"),
        category_set=joined("category_set", sets),
        categories_left=np.concatenate(
            [_widened(ensemble.categories_left, n_categories) for ensemble in ensembles]
        ),
        values=joined("values"),
        roots=joined("roots", nodes),
        offset=sum(ensemble.offset for ensemble in ensembles),
    )


def _columns_in(ensemble, starts):
    """Where each input of an ensemble is among the joined inputs."""
    return np.concatenate([starts[part] + np.arange(len(part.sources)) for part in ensemble.inputs])


def _widened(categories_left, n_categories):
    more = n_categories - categories_left.shape[1]
    return np.pad(categories_left, [(0, 0), (0, more)])
