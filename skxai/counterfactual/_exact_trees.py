"""The nearest counterfactual of a sum of trees, with proof: branch and bound over boxes."""

import heapq
import time

import numpy as np

from skxai.counterfactual._exact_bound import relax
from skxai.counterfactual._exact_boxes import prune
from skxai.counterfactual._exact_descent import Descent
from skxai.counterfactual._exact_leaves import LeafBoxes, Options
from skxai.counterfactual._exact_units import Nearest

__all__ = ["LeafBoxes", "nearest_in_trees"]

# Counterfactuals that are nearer by less than this share are not looked for.
GAP = 1e-6
_N_STARTS = 2


def nearest_in_trees(
    leaf_boxes,
    row,
    units,
    goals,
    starts=None,
    limit=np.inf,
    time_limit=None,
    max_nodes=None,
):
    """The cheapest change of a row with which the scores of trees reach a goal.

    Parameters
    ----------
    leaf_boxes : LeafBoxes
    row : ndarray of shape (n_inputs,)
        In the columns of the ensemble's inputs.
    units : list of Number or Choice
        Columns that none of them names do not change; no column may be in two of them.
    goals : list of Goal
        One of them has to be reached.
    starts : ndarray of shape (n_starts, n_inputs), default=None
        Rows near which to begin, such as the nearest ones of another class.
    limit : float, default=inf
        The cost of a counterfactual that is known; only cheaper ones are looked for.
    time_limit : float, default=None
        In seconds.
    max_nodes : int, default=None
        How many parts of the problem to look at, over all goals.

    Returns
    -------
    Nearest
        Numbers are changed to the value of a bin that costs least. "optimal" and `lower_bound` are
        up to a share of 1e-6 of the cost. Nothing is looked for where that would be too large.
    """
    started = time.perf_counter()

    def left():
        return np.inf if time_limit is None else started + time_limit - time.perf_counter()

    options = Options(leaf_boxes, row, units, limit)
    if not options.is_small:
        return Nearest("feasible" if np.isfinite(limit) else "not_found", None, limit, 0.0)
    best, cost, bounds, n_nodes, proven = None, limit, [], 0, True
    for goal in goals:
        boxes = options.boxes(goal)
        search = _Search(boxes, options.current, cost, left)
        for start in options.nearest(starts, boxes):
            search.improve(start)
        bounds.append(search.run(None if max_nodes is None else max_nodes - n_nodes))
        n_nodes += search.n_nodes
        proven &= search.is_over
        if search.best is not None:
            best, cost = search.best, search.limit
    lower = min(*bounds, cost)
    if best is None and np.isinf(limit):
        return Nearest("infeasible" if proven else "not_found", None, limit, lower, n_nodes)
    status = "optimal" if proven else "feasible"
    values = None if best is None else options.changed(best)
    return Nearest(status, values, cost, lower, n_nodes)


class _Search:
    """Branch and bound: parts of the problem, the most promising first.

    Attributes
    ----------
    best : ndarray of int or None
        The cheapest choice below the limit.
    limit : float
        Its cost, or what was known before.
    is_over : bool
        Whether nothing is left to look at.
    """

    def __init__(self, boxes, current, limit, left):
        self.boxes, self.limit, self.left = boxes, limit, left
        self.best, self.n_nodes, self.is_over = None, 0, False
        self.descent = Descent(boxes, current)
        self.note(self.descent.mend(current, limit))
        self.n_improved = 0

    @property
    def below(self):
        """What a counterfactual has to cost at most to be looked for."""
        return self.limit * (1 - GAP) if np.isfinite(self.limit) else np.inf

    def note(self, choice):
        """Keep a choice if it is the best."""
        if choice is not None and self.boxes.margin(choice) >= 0:
            cost = self.boxes.cost(choice)
            if cost < self.limit:
                self.best, self.limit = choice, cost

    def improve(self, choice):
        """Make a choice cheaper by moves of single units; the first few with care."""
        self.n_improved += 1
        if self.n_improved > _N_STARTS:
            choice = self.descent.shorten(choice)
        else:
            choice = self.descent.improve(choice, lambda: self.left() < 0)
        self.note(choice)

    def run(self, max_nodes=None):
        """Search until all is proven, or to a limit; returns a lower bound on the cost."""
        if self.best is not None:
            self.improve(self.best)
        options, leaves = np.arange(len(self.boxes.costs)), np.arange(len(self.boxes.tree))
        heap = [(0.0, 0, options, leaves)]
        n_parts = 0
        while heap and heap[0][0] < self.below:
            if self.left() < 0 or self.n_nodes == max_nodes:
                return heap[0][0]
            bound, _, options, leaves = heapq.heappop(heap)
            self.n_nodes += 1
            solved = self.reduce(options, leaves)
            if solved is None:
                continue
            options, leaves, relaxation = solved
            bound = bound if relaxation is None else max(bound, relaxation.bound)
            for part in self.halves(options, leaves, relaxation):
                n_parts += 1
                heapq.heappush(heap, (bound, n_parts, *part))
        self.is_over = True
        return self.below

    def reduce(self, options, leaves):
        """Bound a part and leave out of it what cannot be below the limit.

        Returns None if that is all of it, else what is left and the solution of its relaxation,
        which is None where that was not solved.
        """
        boxes = self.boxes.subset(options, leaves)
        while True:
            boxes, kept, inside = prune(boxes, self.below)
            options, leaves = options[kept], leaves[inside]
            if boxes is None:
                return None
            if len(options) == boxes.n_units:
                self.note(options)
                return None
            relaxation = relax(boxes, self.below, self.left() if np.isfinite(self.left()) else None)
            if relaxation is None:
                return options, leaves, None
            if relaxation.bound >= self.below:
                return None
            self.round(boxes, options, relaxation.shares)
            kept, inside = relaxation.options, relaxation.leaves
            if not boxes.is_complete(kept, inside):
                return None
            size = boxes.masks.size
            if kept.sum() * inside.sum() > 0.6 * size:
                return options, leaves, relaxation
            options, leaves, boxes = options[kept], leaves[inside], boxes.subset(kept, inside)

    def round(self, boxes, options, shares):
        """A choice near the shares, mended and made cheaper."""
        choice = np.empty(boxes.n_units, dtype=int)
        for u, own in enumerate(boxes.options()):
            if boxes.ordered[u]:
                choice[u] = options[own[np.searchsorted(np.cumsum(shares[own]), 0.5)]]
            else:
                choice[u] = options[own[np.argmax(shares[own])]]
        choice = self.descent.mend(choice, self.limit)
        if choice is not None:
            choice = self.descent.shorten(choice)
            if self.boxes.cost(choice) < self.below:
                self.note(self.descent.improve(choice, lambda: self.left() < 0))

    def halves(self, options, leaves, relaxation):
        """Two parts by the options of a unit, such that the shares are ruled out in both."""
        boxes = self.boxes.subset(options, leaves)
        shares = np.full(len(leaves), 1.0) if relaxation is None else relaxation.leaf_shares
        span = np.ptp(boxes.values, axis=0)
        weight = shares * (np.abs(boxes.values) / np.where(span > 0, span, 1.0)).sum(axis=1)
        weight = weight + 1e-6
        best, parts = -1.0, None
        for u, own in enumerate(boxes.options()):
            if len(own) < 2:
                continue
            if not boxes.ordered[u] and relaxation is not None:
                own = own[np.argsort(-relaxation.shares[own], kind="stable")]
            admitted = boxes.masks[own].astype(float)
            lost_by_first = weight @ (1 - np.maximum.accumulate(admitted))[:-1].T
            lost_by_last = weight @ (1 - np.maximum.accumulate(admitted[::-1])[::-1])[1:].T
            scores = np.maximum(lost_by_first, 1e-9) * np.maximum(lost_by_last, 1e-9)
            k = int(np.argmax(scores))
            if scores[k] > best:
                best, parts = scores[k], (own[: k + 1], own[k + 1 :], u)
        first, last, u = parts
        for part in (first, last):
            kept = boxes.unit != u
            kept[part] = True
            inside = boxes.masks[part].any(axis=0)
            if boxes.is_complete(kept, inside):
                yield options[kept], leaves[inside]
