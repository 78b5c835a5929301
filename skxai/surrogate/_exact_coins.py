"""Coefficients of sums of trees where a coin decides for each player what is kept of the row.

Given the background row that fills up the rest, the coins are independent: a leaf is reached if
each of its conditions is fulfilled by whichever row the coin picks, the explained one or the
other. So what a leaf adds depends on the set of its conditions that the explained row fulfils. A
table has an entry for each such set, made once from how many background rows fulfil which set.
"""

import numpy as np

from skxai.surrogate._exact_trees import TreeTerms
from skxai.utils._blocks import blocks

# Larger tables are not made; such forests are sampled.
_MAX_CELLS = 2**23
_CELLS_AT_ONCE = 2**20


class CoinTreeTerms(TreeTerms):
    """A sum of trees, for neighbours that keep each player by a coin; see `TreeTerms`.

    Instead of `EncodedNumbers` it takes the probability that a player is kept.
    """

    def _learn(self, inputs, neighbourhood, kept):
        """Make the tables of all leaves; False if they are too large."""
        sizes = (self._slots < self.cells_per_row - 1).sum(axis=1)
        alike = [np.flatnonzero(sizes == k) for k in np.unique(sizes)]
        if sum(len(some) * (sizes[some[0]] + 1) << sizes[some[0]] for some in alike) > _MAX_CELLS:
            return False
        background = self._bins.assign(inputs)
        self._tables = []
        for leaves in alike:
            slots = self._slots[leaves, : sizes[leaves[0]]]
            shares = np.zeros((len(leaves), 1 << slots.shape[1]))
            for part in blocks(background.shape[1], self.cells_per_row, _CELLS_AT_ONCE):
                sets = fulfilled(self._inside(background[:, part]), slots)
                places = sets + (np.arange(len(leaves)) << slots.shape[1])[:, None]
                shares += np.bincount(places.ravel(), minlength=shares.size).reshape(shares.shape)
            table = coin_table(shares / background.shape[1], kept)
            self._tables.append((leaves, slots, table))
        return True

    def _inside(self, bins):
        none = np.ones((0, bins.shape[1]), dtype=bool)
        return np.concatenate([none, *(condition.inside(bins) for condition in self._conditions)])

    def _of_leaves(self, law, bins):
        reached = np.empty((bins.shape[1], len(self._slots)))
        effects = np.zeros((bins.shape[1], self.cells_per_row))
        inside = self._inside(bins)
        for leaves, slots, table in self._tables:
            found = table[np.arange(len(leaves)), fulfilled(inside, slots).T]
            reached[:, leaves] = found[:, :, 0]
            effects[:, slots] = found[:, :, 1:]
        return reached, effects


def fulfilled(inside, slots):
    """The sets of conditions that rows fulfil, as integers with a bit for each slot.

    Parameters
    ----------
    inside : ndarray of bool, shape (n_conditions, n_rows)
    slots : ndarray of int, shape (n_leaves, k)
        The conditions of each leaf.

    Returns
    -------
    ndarray of int, shape (n_leaves, n_rows)
    """
    sets = np.zeros((len(slots), inside.shape[1]), dtype=np.int64)
    for k, conditions in enumerate(slots.T):
        sets |= inside[conditions].astype(np.int64) << k
    return sets


def coin_table(shares, kept):
    """Probability that leaves are reached, and the effect of each of their conditions.

    Parameters
    ----------
    shares : ndarray of shape (n_leaves, 2**k)
        Share of the background that fulfils each set of the k conditions, and no others.
    kept : float
        The probability that a condition is decided by the explained row.

    Returns
    -------
    ndarray of shape (n_leaves, 2**k, k + 1)
        For each set that the explained row may fulfil: the probability; then, for each
        condition, by how much it differs between the row's value and the background's.

    Examples
    --------
    One condition, which a quarter of the background fulfils; a row that fails it, and one that
    does not:

    >>> coin_table(np.array([[0.75, 0.25]]), kept=0.5)
    array([[[ 0.125, -0.25 ],
            [ 0.625,  0.75 ]]])
    """
    k = shares.shape[1].bit_length() - 1
    # Rows: whether the explained row fulfils a condition; columns: whether the other does.
    chance = np.array([[0.0, 1 - kept], [kept, 1.0]])
    effect = np.array([[0.0, -1.0], [1.0, 0.0]])
    table = np.empty((*shares.shape, k + 1))
    for place in range(k + 1):
        part = shares
        for slot in range(k):
            split = part.reshape(len(shares), -1, 2, 1 << slot)
            matrix = effect if slot == place - 1 else chance
            part = np.einsum("rp,lhpb->lhrb", matrix, split)
        table[:, :, place] = part.reshape(shares.shape)
    return table
