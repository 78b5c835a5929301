"""Changes of a row as one option for each unit, and leaves of trees as sets of options."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Boxes:
    """What a row may become, and which leaves of the trees that reaches.

    Each unit, mostly one column, takes one of its options. Options stand unit by unit, leaves
    tree by tree.

    Attributes
    ----------
    unit : ndarray of int, shape (n_options,)
        The unit of each option, ascending from 0.
    costs : ndarray of shape (n_options,)
    masks : ndarray of bool, shape (n_options, n_leaves)
        Whether an option lets a row into a leaf.
    ordered : ndarray of bool, shape (n_units,)
        Whether every leaf lets in consecutive options only.
    tree : ndarray of int, shape (n_leaves,)
        Ascending from 0.
    values : ndarray of shape (n_leaves, n_goals)
        What a leaf adds to each score.
    need : ndarray of shape (n_goals,)
        What the sums over the trees have to reach, all of them.
    """

    unit: np.ndarray
    costs: np.ndarray
    masks: np.ndarray
    ordered: np.ndarray
    tree: np.ndarray
    values: np.ndarray
    need: np.ndarray

    @property
    def n_units(self):
        """Number of units."""
        return len(self.ordered)

    @property
    def starts(self):
        """Where the options of each unit begin."""
        return np.searchsorted(self.unit, np.arange(self.n_units))

    @property
    def tree_starts(self):
        """Where the leaves of each tree begin."""
        return np.searchsorted(self.tree, np.arange(self.tree[-1] + 1))

    def options(self):
        """The options of each unit, a list of arrays."""
        return np.split(np.arange(len(self.unit)), self.starts[1:])

    def margin(self, choice):
        """By how much the scores of a choice, an option for each unit, exceed what is needed."""
        scores = self.values[self.masks[choice].all(axis=0)].sum(axis=0)
        return float((scores - self.need).min())

    def cost(self, choice):
        """What a choice costs."""
        return float(self.costs[choice].sum())

    def subset(self, options, leaves):
        """Some of the options and leaves; every unit and every tree must keep one."""
        return replace(
            self,
            unit=self.unit[options],
            costs=self.costs[options],
            masks=self.masks[np.ix_(options, leaves)],
            tree=self.tree[leaves],
            values=self.values[leaves],
        )

    def is_complete(self, options, leaves):
        """Whether every unit keeps an option and every tree a leaf."""
        units = len(np.unique(self.unit[options])) == self.n_units
        return units and len(np.unique(self.tree[leaves])) == self.tree[-1] + 1


def on_lattice(boxes):
    """Raise what is needed to the next sum that leaves can have.

    Leaves of forests grown to the end are votes: their sums are multiples of one vote.
    """
    need = boxes.need.copy()
    for k, values in enumerate(boxes.values.T):
        least = np.minimum.reduceat(values, boxes.tree_starts)
        gains = values - least[boxes.tree]
        scale = gains.max()
        gains = gains[gains > 1e-9 * scale]
        if len(gains) == 0:
            continue
        unit = gains.min()
        counts = gains / unit
        if counts.max() < 1e5 and np.all(np.abs(counts - np.round(counts)) < 1e-9 * counts.max()):
            # A quarter of a vote less, so that rounding does not matter.
            steps = np.ceil((need[k] - least.sum()) / unit - 1e-9)
            need[k] = max(need[k], least.sum() + (steps - 0.25) * unit)
    return replace(boxes, need=need)


def prune(boxes, limit, rounds=20):
    """Leave out the options and leaves that no counterfactual below a limit has.

    A leaf goes if the nearest point of its box costs too much; an option if the best leaves that
    can be had with it, each tree by itself, do not reach what is needed.

    Parameters
    ----------
    boxes : Boxes
    limit : float
        The cost of a counterfactual that is known.
    rounds : int, default=20

    Returns
    -------
    boxes : Boxes or None
        None if nothing below the limit can reach what is needed.
    options, leaves : ndarray of int
        What is left.
    """
    options, leaves = np.arange(len(boxes.costs)), np.arange(len(boxes.tree))
    for _ in range(rounds):
        per_option = np.where(boxes.masks, boxes.costs[:, None], np.inf)
        least = np.minimum.reduceat(per_option, boxes.starts, axis=0)
        near = least.sum(axis=0) < limit
        useful = _useful_options(boxes, least, limit)
        if near.all() and useful.all():
            break
        if not boxes.is_complete(useful, near):
            return None, options[:0], leaves[:0]
        boxes, options, leaves = boxes.subset(useful, near), options[useful], leaves[near]
    return boxes, options, leaves


def _useful_options(boxes, least, limit):
    """Which options may belong to a counterfactual below a limit; `least` is by unit and leaf."""
    total = least.sum(axis=0)
    useful = np.zeros(len(boxes.costs), dtype=bool)
    starts = boxes.tree_starts
    for options, own in zip(boxes.options(), least):
        rest = np.full(len(own), np.inf)
        np.subtract(total, own, out=rest, where=np.isfinite(total))
        reach = boxes.masks[options] & (rest + boxes.costs[options, None] < limit)
        fits = np.ones(len(options), dtype=bool)
        for values, need in zip(boxes.values.T, boxes.need):
            best = np.maximum.reduceat(np.where(reach, values, -np.inf), starts, axis=1)
            fits &= best.sum(axis=1) >= need
        useful[options] = fits
    return useful
