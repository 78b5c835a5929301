"""A lower bound on the cost of a counterfactual of trees: the linear program.

Each leaf has a share y in its tree, each option a share in its unit; for a unit whose options
are ordered, x_k is the share of its options from k on. A leaf's share is at most that of the
options that let a row in; together, the leaves of a tree that only options from k on let in have
a share of at most x_k, and those that only options before k let in, of at most 1 - x_k. Whole
shares are counterfactuals [1]_.

References
----------
.. [1] Parmentier, A. and Vidal, T. (2021). "Optimal counterfactual explanations in tree
       ensembles". ICML.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import linprog


@dataclass(frozen=True)
class Relaxation:
    """The solution of the linear program.

    Attributes
    ----------
    bound : float
        Infinite where the program has no solution.
    shares : ndarray of shape (n_options,)
    leaf_shares : ndarray of shape (n_leaves,)
    options, leaves : ndarray of bool
        Which of them a counterfactual below the limit may have.
    """

    bound: float
    shares: np.ndarray | None = None
    leaf_shares: np.ndarray | None = None
    options: np.ndarray | None = None
    leaves: np.ndarray | None = None


class _Rows:
    """Rows ``entries <= bound`` of a sparse matrix, block by block."""

    def __init__(self):
        self.parts, self.bounds, self.n_rows = [], [], 0

    def add(self, rows, columns, entries, bounds):
        entries = np.broadcast_to(entries, np.shape(rows)).astype(float)
        self.parts.append((np.asarray(rows) + self.n_rows, np.asarray(columns), entries))
        self.bounds.append(np.asarray(bounds, dtype=float))
        self.n_rows += len(self.bounds[-1])

    def matrix(self, n_columns):
        rows, columns, entries = (np.concatenate(part) for part in zip(*self.parts))
        shape = (self.n_rows, n_columns)
        return sparse.csr_matrix((entries, (rows, columns)), shape=shape)


def relax(boxes, limit, time_limit=None):
    """Solve the linear program and see what its prices rule out below a limit.

    Parameters
    ----------
    boxes : Boxes
        Every leaf lets in some option of each unit.
    limit : float
    time_limit : float, default=None
        In seconds.

    Returns
    -------
    Relaxation or None
        None where the program was not solved.
    """
    n_options = len(boxes.costs)
    # The worst leaf of a tree is the one that is left when no other has a share.
    least = np.minimum.reduceat(boxes.values, boxes.tree_starts, axis=0)
    gains = boxes.values - least[boxes.tree]
    better = np.flatnonzero((gains > 0).any(axis=1))
    rows = _Rows()
    costs, fixed_cost, upper = boxes.costs.copy(), 0.0, np.ones(n_options)
    for u, options in enumerate(boxes.options()):
        masks = boxes.masks[np.ix_(options, better)]
        if boxes.ordered[u]:
            fixed_cost += costs[options[0]]
            costs[options[1:]] = np.diff(boxes.costs[options])
            costs[options[0]], upper[options[0]] = 0.0, 0.0
            _add_ordered(rows, options, masks, boxes.tree[better], n_options)
        else:
            _add_unordered(rows, options, masks, boxes.tree[better], n_options)
    _add_scores(rows, boxes, gains, least, better, n_options)
    scale = max(np.abs(costs).max(), 1e-300)
    columns = n_options + len(better)
    settings = {} if time_limit is None else {"time_limit": max(time_limit, 0.01)}
    answer = linprog(
        np.concatenate([costs / scale, np.zeros(len(better))]),
        A_ub=rows.matrix(columns),
        b_ub=np.concatenate(rows.bounds),
        bounds=np.column_stack([np.zeros(columns), np.append(upper, np.ones(len(better)))]),
        method="highs-ds",
        options=settings,
    )
    if answer.status == 2:
        return Relaxation(np.inf)
    if answer.status != 0:
        return None
    bound = answer.fun * scale + fixed_cost
    prices = (answer.lower.marginals + answer.upper.marginals) * scale
    return _reading(boxes, better, answer.x, prices, bound, limit)


def _add_ordered(rows, options, masks, tree, n_options):
    """The rows of a unit with ordered options; option 0 has no variable of its own."""
    n = len(options)
    if n < 2:
        return
    chain = np.arange(n - 2)
    rows.add(
        np.tile(chain, 2),
        np.concatenate([options[2:], options[1:-1]]),
        np.repeat([1.0, -1.0], n - 2),
        np.zeros(n - 2),
    )
    first = masks.argmax(axis=0)
    last = n - 1 - masks[::-1].argmax(axis=0)
    leaves = np.flatnonzero(first > 0)
    keys = np.unique(tree[leaves] * n + first[leaves])  # a tree and an option
    at, leaf = np.nonzero(
        (keys[:, None] // n == tree[leaves]) & (first[leaves] >= keys[:, None] % n)
    )
    _add_leaf_rows(rows, at, leaves[leaf] + n_options, options[keys % n], -1.0, 0.0)
    leaves = np.flatnonzero(last < n - 1)
    keys = np.unique(tree[leaves] * n + last[leaves])
    at, leaf = np.nonzero(
        (keys[:, None] // n == tree[leaves]) & (last[leaves] <= keys[:, None] % n)
    )
    _add_leaf_rows(rows, at, leaves[leaf] + n_options, options[keys % n + 1], 1.0, 1.0)


def _add_leaf_rows(rows, at, leaves, options, sign, bound):
    """Shares of some leaves, plus or minus that of an option, up to a bound."""
    order = np.arange(len(options))
    rows.add(
        np.concatenate([at, order]),
        np.concatenate([leaves, options]),
        np.concatenate([np.ones(len(at)), np.full(len(order), sign)]),
        np.full(len(order), bound),
    )


def _add_unordered(rows, options, masks, tree, n_options):
    """The rows of a unit whose options stand side by side."""
    ones = np.zeros(len(options), dtype=int)
    rows.add(ones, options, 1.0, [1.0])
    rows.add(ones, options, -1.0, [-1.0])
    for leaves in np.split(np.arange(len(tree)), np.flatnonzero(np.diff(tree)) + 1):
        kinds = np.unique(masks[:, leaves], axis=1)
        for kind in kinds.T[~kinds.all(axis=0)]:
            inside = leaves[~(masks[:, leaves] & ~kind[:, None]).any(axis=0)]
            columns = np.concatenate([inside + n_options, options[kind]])
            entries = np.repeat([1.0, -1.0], [len(inside), kind.sum()])
            rows.add(np.zeros(len(columns), dtype=int), columns, entries, [0.0])


def _add_scores(rows, boxes, gains, least, better, n_options):
    """Shares of the leaves of a tree sum to at most 1; scores reach what is needed."""
    _, tree = np.unique(boxes.tree[better], return_inverse=True)
    rows.add(tree, better.searchsorted(better) + n_options, 1.0, np.ones(tree.max(initial=-1) + 1))
    for k, need in enumerate(boxes.need):
        values = gains[better, k]
        scale = values.max(initial=0.0) or 1.0
        columns = np.arange(len(better)) + n_options
        bound = (least[:, k].sum() - need) / scale
        rows.add(np.zeros_like(columns), columns, -values / scale, [bound])


def _reading(boxes, better, solution, prices, bound, limit):
    """Shares by option and leaf, and what would cost more than is left up to the limit."""
    n_options = len(boxes.costs)
    shares, kept = solution[:n_options].copy(), np.ones(n_options, dtype=bool)
    room = (limit - bound) + 1e-6 * abs(limit)  # prices are exact up to tolerances
    for options, ordered in zip(boxes.options(), boxes.ordered):
        price = prices[options]
        if not ordered:
            kept[options] = price <= room
            continue
        chain = np.append(solution[options[1:]], 0.0)
        shares[options] = np.append(1.0, chain[:-1]) - chain
        too_far, needed = np.flatnonzero(price[1:] > room), np.flatnonzero(-price[1:] > room)
        if len(too_far):
            kept[options[too_far[0] + 1 :]] = False
        if len(needed):
            kept[options[: needed[-1] + 1]] = False
    leaf_shares, leaves = np.zeros(len(boxes.tree)), np.ones(len(boxes.tree), dtype=bool)
    leaf_shares[better] = solution[n_options:]
    leaves[better] = prices[n_options:] <= room
    return Relaxation(bound, shares, leaf_shares, kept, leaves)
