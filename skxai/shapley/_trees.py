"""Exact Shapley values of sums of decision trees over a whole background."""

from dataclasses import replace

import numpy as np

from skxai.predictors._trees._boxes import Bins, layers_of, leaf_order, reach_boxes
from skxai.shapley._tree_blocks import UnitBlock
from skxai.shapley._tree_paths import PathBlock
from skxai.shapley._tree_units import choose_units
from skxai.utils._owners import owners

# What is worked on at once, in entries; it bounds the memory.
_NODE_ENTRIES = 2**22
_BLOCK_LEAVES = 1024
_TABLE_ENTRIES = 2**22
_PATH_LEAVES = 256
_ROW_ENTRIES = 2**20
# Tables are kept between calls up to this size in bytes, else made again in each.
_KEPT_BYTES = 2**27


class TreeShapley:
    """Exact Shapley values of a tree ensemble, absent players being drawn from a background.

    All the background is used, once: it is counted into the cells of each tree, and its size
    hardly matters afterwards.

    Parameters
    ----------
    ensemble : TreeEnsemble
    background : table of shape (n_background, n_columns)
    weights : ndarray of shape (n_background,), default=None
        They sum to one. None: equal.
    players : list of ndarray of int, default=None
        The table's columns of each player. None: each column is a player.

    Notes
    -----
    Beside the result and four bytes for each row and column that is split on, it keeps up to
    128 MB of tables that serve later calls (more are made again in each call), eight bytes for
    each cell (at most 256 for a unit of up to eight leaves, at most 4096 for a single path) and
    some kilobytes for each leaf; the work space is below 200 MB. For one row at a time it costs
    as much as for many if the tables are not kept; so it does for interactions, whose tables are
    never kept.

    References
    ----------
    R. Nadel and R. Wettenstein, "From Decision Trees to Boolean Logic: A Fast and Unified SHAP
    Algorithm" (2025).

    S. M. Lundberg et al., "From local explanations to global understanding with explainable AI
    for trees", Nature Machine Intelligence 2 (2020).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from skxai.predictors._trees import tree_ensemble_of
    >>> X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> model = DecisionTreeRegressor(random_state=0).fit(X, X[:, 0] * X[:, 1])
    >>> game = TreeShapley(tree_ensemble_of(model, "predict"), X[:1])
    >>> game.values(X[3:])[:, :, 0]
    array([[0.5, 0.5]])
    """

    def __init__(self, ensemble, background, weights=None, players=None):
        inputs = ensemble.encode(background)
        if weights is None:
            weights = np.full(len(inputs), 1 / len(inputs))
        self._ensemble = ensemble
        self._weights = np.asarray(weights, dtype=float)
        self._bins = Bins(ensemble)
        self._background = self._bins.assign(inputs)
        n_columns = background.shape[1]
        players = [np.array([j]) for j in range(n_columns)] if players is None else players
        self.n_players = len(players)
        self._player_of = owners(players)[ensemble.sources[self._bins.columns]]
        self._prepare(self._with_missing(self._background))

    @property
    def n_entries(self):
        """Size of the tables that each call goes through, times the number of outputs."""
        return sum(block.n_cells for block, _ in self._units) * self._ensemble.n_outputs

    @property
    def n_deep(self):
        """Number of leaves at the end of so many conditions that each is worked on alone."""
        return sum(block.n_leaves for block in self._paths)

    def _with_missing(self, bins):
        """The columns with missing values."""
        return (bins == self._bins.n_bins[:, None]).any(axis=1)

    def _prepare(self, with_missing):
        self._missing = with_missing
        self._paths, self._units, kept = [], [], 0
        if len(self._bins.columns) == 0:  # all trees are single leaves
            return
        for trees in _batches(self._ensemble, len(self._bins.columns)):
            units, paths = self._blocks(trees)
            self._paths += paths
            for block in units:
                block.count(self._background, self._weights)
                kept += 8 * block.n_cells * len(block.players) * trees.n_outputs
                table = block.table() if kept <= _KEPT_BYTES else None
                self._units.append((block, table))

    def _blocks(self, trees):
        layers = layers_of(trees)
        order = leaf_order(trees, layers)
        boxes = reach_boxes(trees, self._bins, layers)
        units, cells, paths = choose_units(boxes, trees, layers, order, self._bins, self._missing)
        n_bins, common = self._bins.n_bins, (self._player_of, self._missing)
        width = len(np.unique(self._player_of)) * trees.n_outputs
        shared = [
            UnitBlock(boxes, trees.values, part, order, n_bins, *common)
            for part in _cut(units, order[2][units], cells * width)
        ]
        alone = [
            PathBlock(boxes, trees.values, paths[begin : begin + _PATH_LEAVES], n_bins, *common)
            for begin in range(0, len(paths), _PATH_LEAVES)
        ]
        return shared, alone

    def values(self, X):
        """Shapley values of the players for each row.

        Parameters
        ----------
        X : table of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of float64, shape (n_rows, n_players, n_outputs)
        """
        return self._by_missing(X, TreeShapley._values)

    def interactions(self, X):
        """Shapley interaction values of the pairs of players for each row.

        Half the Shapley interaction index stands on either side of the diagonal; the diagonal
        holds what is left of each player's Shapley value.

        Parameters
        ----------
        X : table of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of float64, shape (n_rows, n_players, n_players, n_outputs)
            Symmetric; the sums over one axis of players are the Shapley values.

        References
        ----------
        M. Grabisch and M. Roubens, "An axiomatic approach to the concept of interaction among
        players in cooperative games", International Journal of Game Theory 28 (1999).
        """
        return self._by_missing(X, TreeShapley._interactions)

    def _by_missing(self, X, effects):
        """Effects in rows; what is found for a row depends on that row alone, to the last bit.

        Rows that miss values where no background row does need cells of their own, and take
        those that are ready for missing values anywhere.
        """
        bins = self._bins.assign(self._ensemble.encode(X))
        missing = bins == self._bins.n_bins[:, None]
        late = (missing & ~self._missing[:, None]).any(axis=0)
        if not late.any():
            return effects(self, bins)
        found = effects(self._with(np.ones_like(self._missing)), bins[:, late])
        total = np.empty((len(late), *found.shape[1:]))
        total[late] = found
        total[~late] = effects(self, bins[:, ~late])
        return total

    def _interactions(self, bins):
        n_rows, n_players, n_outputs = bins.shape[1], self.n_players, self._ensemble.n_outputs
        total = np.zeros((n_rows, n_players**2, n_outputs))
        for block, _ in self._units:
            for tables in block.pair_tables(n_players):
                block.add(total, bins, tables)
        for block in self._paths:
            block.add_interactions(total, bins, self._background, self._weights)
        matrices = total.reshape(n_rows, n_players, n_players, n_outputs)
        _complete(matrices, self._values(bins))
        return matrices

    def _values(self, bins):
        total = np.zeros((bins.shape[1], self.n_players, self._ensemble.n_outputs))
        for block, table in self._units:
            block.add(total, bins, [block.table() if table is None else table])
        for block in self._paths:
            block.add_values(total, bins, self._background, self._weights)
        return total

    def _with(self, with_missing):
        """The same, prepared for missing values that the background does not have."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._prepare(with_missing)
        return other


def tree_shapley(ensemble, X, background, weights=None, players=None):
    """Exact Shapley values of a tree ensemble; see `TreeShapley`.

    Parameters
    ----------
    ensemble : TreeEnsemble
    X : table of shape (n_rows, n_columns)
    background : table of shape (n_background, n_columns)
    weights : ndarray of shape (n_background,), default=None
    players : list of ndarray of int, default=None

    Returns
    -------
    ndarray of float64, shape (n_rows, n_players, n_outputs)
    """
    return TreeShapley(ensemble, background, weights, players).values(X)


def _complete(matrices, values):
    """Fill matrices, in place, from the interactions of the pairs i < j and the Shapley values."""
    n_players = matrices.shape[1]
    diagonal = np.arange(n_players)
    size = max(1, _ROW_ENTRIES // max(1, matrices[:1].size))
    for begin in range(0, len(matrices), size):
        part = matrices[begin : begin + size]
        part *= 0.5
        part += part.transpose(0, 2, 1, 3)
        part[:, diagonal, diagonal] = values[begin : begin + size] - part.sum(axis=2)


def _batches(ensemble, n_columns):
    """Runs of trees small enough to hold a box for each node."""
    ends = np.append(ensemble.roots[1:], len(ensemble.feature))
    limit = max(1, _NODE_ENTRIES // max(1, n_columns))
    first = 0
    for tree, end in enumerate(ends):
        last = tree + 1 == len(ends)
        if last or ends[tree + 1] - ensemble.roots[first] > limit:
            yield _trees_between(ensemble, ensemble.roots[first : tree + 1], end)
            first = tree + 1


def _trees_between(ensemble, roots, end):
    begin = roots[0]
    nodes = slice(begin, end)

    def moved(children):
        return np.where(children < 0, -1, children - begin)

    return replace(
        ensemble,
        feature=ensemble.feature[nodes],
        threshold=ensemble.threshold[nodes],
        left=moved(ensemble.left[nodes]),
        right=moved(ensemble.right[nodes]),
        missing_left=ensemble.missing_left[nodes],
        category_set=ensemble.category_set[nodes],
        values=ensemble.values[nodes],
        roots=roots - begin,
    )


def _cut(units, sizes, entries):
    """Cut units into runs of bounded size, by their leaves and the entries of their tables."""
    fill = np.maximum(sizes / _BLOCK_LEAVES, entries / _TABLE_ENTRIES)
    run = np.floor(np.cumsum(fill)).astype(int)
    return np.split(units, np.flatnonzero(np.diff(run)) + 1) if len(units) else []
