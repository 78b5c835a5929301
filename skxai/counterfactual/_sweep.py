"""Sweeps: every column alone is given other values, close to the row first.

Models of steps are not monotone: close to the row there may be a narrow band in which the goal is
reached, and a walk from far away steps over it.
"""

import numpy as np

from skxai.counterfactual._space import differs
from skxai.counterfactual._surrogate import log_odds

# The share of a sweep that is spent before it is known where outputs rise, the rounds after that,
# and the least number of values on each side of a number.
_COARSE = 0.4
_REFINEMENTS = 4
_MIN_VALUES = 2
# Where more than this share of the outputs differ, the model has no steps worth looking for.
_SMOOTH = 0.8


def sweep(problem, task, center, units, reach, n_evals):
    """Give each of some units of `center`, alone, other values that cost less than `reach`.

    Parameters
    ----------
    problem : Problem
    task : Task
    center : ndarray of shape (n_columns,)
    units : list of ndarray of int
    reach : float
    n_evals : int
        About how many values to try.

    Returns
    -------
    options : list of (ndarray, ndarray, ndarray)
        For each unit its values (n, n_columns of the unit), what they cost and what they gain; the
        first is the one it has.
    base : float
        The log-odds of the center.
    """
    origin = task.origin
    others, sides = near_values(problem, units, origin, center, reach)
    each = max(_MIN_VALUES, int(_COARSE * n_evals) // max(1, len(sides)))
    ranks = [_outwards(len(values), each) for _, values in sides]
    side = np.repeat(np.arange(len(sides)), [len(own) for own in ranks])
    rank = np.concatenate([np.zeros(0, dtype=int), *ranks])
    fixed = _with_others(units, center, others)
    coarse = yield np.vstack([fixed, _substituted(units, center, sides, side, rank)])
    codes, margins, first = coarse.codes, coarse.margins, len(fixed)
    few = max(0, n_evals - len(codes)) // _REFINEMENTS
    for _ in range(_REFINEMENTS if few else 0):
        scores = log_odds(margins)
        if len(np.unique(scores)) > _SMOOTH * len(scores):
            break
        costs = problem.distance.totals(codes[first:], origin)
        new = _rises(side, rank, scores[first:] - scores[0], costs, len(sides))[:few]
        if len(new) == 0:
            break
        answer = yield _substituted(units, center, sides, *new.T)
        codes, margins = (
            np.vstack([codes, answer.codes]),
            np.append(margins, answer.margins),
        )
        side, rank = np.append(side, new[:, 0]), np.append(rank, new[:, 1])
    owners = [[-1], *([k] * len(values) for k, values in others)]
    owner = np.append(np.concatenate(owners), np.array([k for k, _ in sides], dtype=int)[side])
    return _options(problem, units, origin, codes, margins, owner), log_odds(margins)[0]


def _options(problem, units, origin, codes, margins, owner):
    """Values, costs and gains of each unit; `owner` tells which unit a candidate gives another."""
    scores, costs = log_odds(margins), problem.distance.costs(codes, origin[None])
    options = []
    for k, unit in enumerate(units):
        own = np.append(0, np.flatnonzero(np.isfinite(margins) & (owner == k)))
        values, spent = codes[np.ix_(own, unit)], costs[np.ix_(own, unit)].sum(axis=1)
        options.append((values, spent, scores[own] - scores[0]))
    return options


def near_values(problem, units, origin, center, reach):
    """Values of the units that cost less than `reach`: of categories and links; and of numbers.

    Returns
    -------
    others : list of (int, ndarray of shape (n, n_columns of the unit))
        A unit and values to try.
    sides : list of (int, ndarray of shape (n,))
        A unit that is a number, and values of the background on one side of the row, nearest
        first.
    """
    space = problem.space
    others, sides = [], []
    for k, unit in enumerate(units):
        values = _all_values(problem, unit, origin, reach)
        if differs(center[unit], origin[unit]).any():
            others.append((k, origin[unit][None]))
        if len(unit) > 1 or space.is_category[unit[0]] or np.isnan(origin[unit[0]]):
            others.append((k, values))
            continue
        above = values[:, 0] > origin[unit[0]]
        for ordered in (values[above, 0], values[~above, 0][::-1]):
            if len(ordered):
                sides.append((k, ordered))
    return others, sides


def _with_others(units, center, others):
    """The center, then copies of it with each of these values."""
    codes = [center[None]]
    for k, values in others:
        copies = np.repeat(center[None], len(values), axis=0)
        copies[:, units[k]] = values
        codes.append(copies)
    return np.vstack(codes)


def _substituted(units, center, sides, side, rank):
    """Copies of the center with the values of these ranks on these sides."""
    copies = np.repeat(center[None], len(side), axis=0)
    for copy, number, position in zip(copies, side, rank):
        k, values = sides[number]
        copy[units[k]] = values[position]
    return copies


def _rises(side, rank, gains, costs, n_sides):
    """Sides and ranks in the middle of rises of the gain, those first that may save most.

    Returns
    -------
    ndarray of int of shape (n, 2)
    """
    found = []
    for number in range(n_sides):
        own = np.flatnonzero((side == number) & np.isfinite(gains))
        highest, last_rank, last_cost = 0.0, -1, 0.0
        for i in own[np.argsort(rank[own])]:
            rise = gains[i] - highest
            if rise > 1e-9 and rank[i] - last_rank > 1:
                found.append((-rise * (costs[i] - last_cost), number, (rank[i] + last_rank) // 2))
            highest, last_rank, last_cost = max(highest, gains[i]), rank[i], costs[i]
    return np.array([place for _, *place in sorted(found)], dtype=int).reshape(-1, 2)


def _outwards(n_values, n):
    """The first ranks, then ever fewer: evenly by their logarithm."""
    if n_values <= n:
        return np.arange(n_values)
    return np.unique(np.geomspace(1, n_values, n).round().astype(int)) - 1


def _all_values(problem, unit, origin, reach):
    """What a unit may be given that costs less than `reach`: (n, n_columns of the unit)."""
    space, j = problem.space, unit[0]
    if len(unit) > 1:
        values = next(seen for link, seen in space.links if link[0] == j)
    elif space.is_category[j]:
        values = space.reachable[j].astype(float)[:, None]
    else:
        values = np.unique(space.codes[:, j])[:, None]
        values = values[~np.isnan(values[:, 0])]
        low, high = space.limits(origin[None])
        values = values[(values[:, 0] >= low[0, j]) & (values[:, 0] <= high[0, j])]
    costs = problem.distance.costs(values, origin[None, unit], unit).sum(axis=1)
    return values[(costs > 0) & (costs < reach)]
