"""Coefficients of sums of trees in closed form.

A leaf is a box: a product of conditions on single players. Under a product law its expectation is
a product of probabilities, and its coefficient for player j the same product with the j-th factor
replaced by that factor's own coefficient. Prefix and suffix products give all of them at once.
"""

import numpy as np

from skxai.predictors._trees._boxes import Bins, layers_of, leaf_order, reach_boxes
from skxai.surrogate._laws import normal_below
from skxai.surrogate._numbers import line_through
from skxai.surrogate._quartiles import QuartileNeighbourhood
from skxai.utils._blocks import blocks

# Larger forests are sampled: their boxes would take too much memory.
_MAX_CELLS = 2**24
_CELLS_AT_ONCE = 2**20
# Of numbers that trees may see in single precision: of each number, and of a line through them.
_SINGLE = 2.0**-23
_ROUNDING = 1e-6


class TreeTerms:
    """A sum of trees as products of conditions on players.

    Parameters
    ----------
    ensemble : TreeEnsemble
        Of the explained outputs.
    encoded : table of shape (n_background, n_encoded)
        The background, as the trees get it.
    owners : list of int
        The player of each encoded column.
    neighbourhood : GaussianNeighbourhood or QuartileNeighbourhood
    given : EncodedNumbers
    """

    def __init__(self, ensemble, encoded, owners, neighbourhood, given):
        self._ensemble = ensemble
        self._bins = Bins(ensemble)
        layers = layers_of(ensemble)
        leaves, _, _ = leaf_order(ensemble, layers)
        boxes = reach_boxes(ensemble, self._bins, layers)
        self._values = ensemble.values[leaves]
        column_owner = np.asarray(owners)[ensemble.sources[self._bins.columns]]
        self._conditions = []
        for player in np.unique(column_owner):
            columns = np.flatnonzero(column_owner == player)
            self._conditions.append(Condition(int(player), columns, boxes, leaves, self._bins))
        self._slots = _slots(self._conditions, len(leaves))
        self.is_exact = self._learn(ensemble.encode(encoded), neighbourhood, given)

    def _learn(self, inputs, neighbourhood, numbers):
        """Keep what the law asks of the background; False if it cannot be answered exactly."""
        background, players = self._bins.assign(inputs), neighbourhood.players
        between = self._ensemble.encode(numbers.encoded)
        for condition in self._conditions:
            player = condition.player
            condition.total = condition.counts(background)[0]
            is_line = True
            if players.is_number[player]:
                column = self._bins.columns[condition.columns[0]]
                is_line = condition.move_cuts(
                    *numbers.beside(player, inputs[:, column], between[:, column])
                )
            if isinstance(neighbourhood, QuartileNeighbourhood):
                own = neighbourhood.bins[player]
                is_line |= own.normals is None  # whole numbers are drawn from the background
                condition.tabulate(background, own)
            if not is_line:
                return False
        return True

    @classmethod
    def of(cls, form, mixture, encoded, owners, neighbourhood, given):
        """Terms of a TreeEnsemble; None if it is too large, or a number goes there by a curve."""
        ensemble = form.map_outputs(mixture)
        n_split = len(np.unique(ensemble.feature[ensemble.feature >= 0]))
        if len(ensemble.feature) * max(n_split, 1) > _MAX_CELLS:
            return None
        made = cls(ensemble, encoded, owners, neighbourhood, given)
        return made if made.is_exact else None

    @property
    def cells_per_row(self):
        """Size of the tables for one row: the conditions of all leaves, and one."""
        return sum(len(condition.leaves) for condition in self._conditions) + 1

    def effects_and_means(self, law, encoded):
        """Coefficients and mean outputs of some rows; see `LinearTerms`."""
        ensemble = self._ensemble
        bins = self._bins.assign(ensemble.encode(encoded))
        reached, effects = self._of_leaves(law, bins)
        coef = np.zeros((len(reached), law.means.shape[1], ensemble.n_outputs))
        for condition, part in self._parts():
            coef[:, condition.player] = effects[:, part] @ self._values[condition.leaves]
        return coef, reached @ self._values + ensemble.offset

    def _parts(self):
        """The conditions of each player, and their places among those of all."""
        ends = np.cumsum([0, *(len(condition.leaves) for condition in self._conditions)])
        return [(own, slice(*ends[k : k + 2])) for k, own in enumerate(self._conditions)]

    def _of_leaves(self, law, bins):
        """The probability of each leaf, and its coefficient for the player of each condition.

        Parameters
        ----------
        law : GaussianLaw or QuartileLaw
        bins : ndarray of int, shape (n_columns, n_rows)

        Returns
        -------
        reached : ndarray of shape (n_rows, n_leaves)
        effects : ndarray of shape (n_rows, n_conditions + 1)
        """
        shape = bins.shape[1], self.cells_per_row
        chances, effects = np.ones(shape), np.zeros(shape)
        for condition, part in self._parts():
            chances[:, part], effects[:, part] = condition.chances_and_effects(law, bins)
        others, reached = products_of_others(chances, self._slots)
        return reached, effects * others


def products_of_others(factors, slots):
    """Of each factor of each product, the product of the others; and the products.

    Parameters
    ----------
    factors : ndarray of shape (n_rows, n_factors)
        The last one is 1, and fills up products of few factors.
    slots : ndarray of int, shape (n_products, n_slots)
        The factors of each product.

    Returns
    -------
    others : ndarray of shape (n_rows, n_factors)
    products : ndarray of shape (n_rows, n_products)

    Examples
    --------
    >>> factors = np.array([[2.0, 0.0, 5.0, 1.0]])
    >>> others, product = products_of_others(factors, np.array([[0, 1, 2]]))
    >>> others[0, :3], product
    (array([ 0., 10.,  0.]), array([[0.]]))
    """
    n_slots = slots.shape[1]
    taken = [factors[:, slots[:, k]] for k in range(n_slots)]
    running = np.ones((len(factors), len(slots)))
    before = []
    for k in range(n_slots):
        before.append(running)
        running = running * taken[k]
    others = np.ones(factors.shape)
    after = np.ones(running.shape)
    for k in reversed(range(n_slots)):
        others[:, slots[:, k]] = before[k] * after
        after = after * taken[k]
    return others, running


def _slots(conditions, n_leaves):
    """Positions of the conditions of each leaf, filled up with the position after the last."""
    leaves = np.concatenate([c.leaves for c in conditions] or [np.zeros(0, dtype=int)])
    n_conditions = len(leaves)
    counts = np.bincount(leaves, minlength=n_leaves)
    slots = np.full((n_leaves, counts.max(initial=0)), n_conditions)
    order = np.argsort(leaves, kind="stable")
    place = np.arange(n_conditions) - np.repeat(np.cumsum(counts) - counts, counts)
    slots[leaves[order], place] = order
    return slots


class Condition:
    """What the leaves ask of one player.

    Parameters
    ----------
    player : int
    columns : ndarray of int
        The player's, as positions in `bins`.
    boxes : Boxes
    nodes : ndarray of int
        The leaves as nodes.
    bins : Bins

    Attributes
    ----------
    columns : ndarray of int
    leaves : ndarray of int, shape (n_conditions,)
        The leaves that ask anything.
    total : ndarray of shape (n_conditions,)
        How many background rows fulfil each.
    table : ndarray of shape (n_bins, n_conditions) or None
        For lime's quartiles: the probability of each in each bin.
    """

    def __init__(self, player, columns, boxes, nodes, bins):
        self.player = player
        self.columns = columns
        self._cuts = bins.cuts[columns[0]]
        asks = np.zeros(len(nodes), dtype=bool)
        for j in columns:
            if j in boxes.categories:
                asks |= ~boxes.categories[j][nodes].all(axis=1)
            else:
                asks |= (boxes.low[nodes, j] > 0) | (boxes.high[nodes, j] < bins.n_bins[j])
        self.leaves = np.flatnonzero(asks)
        nodes = nodes[self.leaves]
        self._low = boxes.low[np.ix_(nodes, columns)]
        # Only missing values get past two splits that exclude each other.
        self._high = np.maximum(boxes.high[np.ix_(nodes, columns)], self._low)
        self._missing = boxes.missing[np.ix_(nodes, columns)]
        self._categories = {j: boxes.categories[j][nodes] for j in columns if j in boxes.categories}
        self._n_bins = bins.n_bins
        self.total = self.table = None

    def move_cuts(self, own, seen):
        """Put the cuts into the player's own numbers.

        Parameters
        ----------
        own : ndarray of shape (n,)
            Some of these numbers.
        seen : ndarray of shape (n,)
            What trees see of them.

        Returns
        -------
        bool
            False if `seen` is no rising line of `own`, so that the cuts cannot be moved.
        """
        if len(self.columns) > 1 or self._cuts is None:
            return False
        if np.allclose(seen, own, rtol=_SINGLE, atol=0):
            return True
        line = line_through(own, seen, _ROUNDING)
        if line is None or line[0] <= 0:
            return False
        moved = (self._cuts - line[1]) / line[0]
        # By rounding alone a cut must not come to the other side of a known number.
        order = np.argsort(seen, kind="stable")
        place = np.searchsorted(seen[order], self._cuts, side="right")
        ends = np.concatenate([[-np.inf], own[order], [np.inf]])
        low, high = ends[place], ends[place + 1]
        gap = np.where(np.isfinite(high - low), _ROUNDING * (high - low), 0.0)
        self._cuts = np.clip(moved, low + gap, high - gap)
        return True

    def inside(self, bins):
        """Which rows fulfil which conditions.

        Parameters
        ----------
        bins : ndarray of int, shape (n_columns, n_rows)

        Returns
        -------
        ndarray of bool, shape (n_conditions, n_rows)
        """
        inside = np.ones((len(self.leaves), bins.shape[1]), dtype=bool)
        for place, j in enumerate(self.columns):
            if j in self._categories:
                inside &= self._categories[j][:, bins[j]]
                continue
            within = (bins[j] >= self._low[:, place, None]) & (bins[j] < self._high[:, place, None])
            missing = bins[j] == self._n_bins[j]
            inside &= np.where(missing, self._missing[:, place, None], within)
        return inside

    def counts(self, bins, labels=None, n_labels=1):
        """How many rows of each label fulfil each condition.

        Parameters
        ----------
        bins : ndarray of int, shape (n_columns, n_rows)
        labels : ndarray of int, shape (n_rows,), default=None
            None: all the same.
        n_labels : int, default=1

        Returns
        -------
        ndarray of float, shape (n_labels, n_conditions)
        """
        labels = np.zeros(bins.shape[1], dtype=int) if labels is None else labels
        if len(self.columns) == 1 and self._cuts is not None:
            column = self.columns[0]
            histogram = np.zeros((n_labels, self._n_bins[column] + 1))
            np.add.at(histogram, (labels, bins[column]), 1)
            below = np.cumsum(np.pad(histogram[:, :-1], [(0, 0), (1, 0)]), axis=1)
            within = below[:, self._high[:, 0]] - below[:, self._low[:, 0]]
            return within + histogram[:, -1:] * self._missing[:, 0]
        distinct, place = np.unique(bins[self.columns], axis=1, return_inverse=True)
        states = np.zeros((len(bins), distinct.shape[1]), dtype=int)
        states[self.columns] = distinct
        histogram = np.zeros((n_labels, distinct.shape[1]))
        np.add.at(histogram, (labels, place.ravel()), 1)
        inside = self.inside(states)
        parts = blocks(max(len(inside), 1), max(inside.shape[1], 1), _CELLS_AT_ONCE)
        return np.hstack([histogram @ inside[part].T for part in parts])

    def tabulate(self, background, own):
        """Fill `table` for the bins of this player, a `PlayerBins`."""
        counts = self.counts(background, own.of_background, len(own.shares))
        sizes = np.bincount(own.of_background, minlength=len(own.shares))
        self.table = counts / np.maximum(sizes, 1)[:, None]
        if own.normals is not None and self._cuts is not None:
            known = ~np.isnan(own.normals[:, 0])
            at_most = _between(normal_below(own.normals, self._cuts))
            shares = at_most[:, self._high[:, 0]] - at_most[:, self._low[:, 0]]
            self.table[known] = shares[known]

    def chances_and_effects(self, law, bins):
        """Probability and coefficient of each condition for some rows.

        Parameters
        ----------
        law : GaussianLaw or QuartileLaw
        bins : ndarray of int, shape (n_columns, n_rows)

        Returns
        -------
        chances, effects : ndarray of shape (n_rows, n_conditions)
        """
        if self.table is not None:
            return law.of_binned(self.player, self.table)
        shift = law.shifts.get(self.player)
        shifted = law.shifted[:, self.player]
        if shift is not None:
            below, effect = (
                _between(part, last) for part, last in zip(shift.below(self._cuts), (1.0, 0.0))
            )
            low, high = self._low[:, 0], self._high[:, 0]
            moved = below[:, high] - below[:, low], effect[:, high] - effect[:, low]
            if shifted.all():
                return moved
        own = self.inside(bins).T.astype(float)
        switched = law.of_switched(self.player, own, self.total)
        if shift is None:
            return switched
        return tuple(np.where(shifted[:, None], a, b) for a, b in zip(moved, switched))


def _between(at_cuts, last=1.0):
    """With what holds below the first and above the last bin."""
    n = len(at_cuts)
    return np.hstack([np.zeros((n, 1)), at_cuts, np.full((n, 1), last)])
