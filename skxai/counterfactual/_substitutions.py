"""Enumeration of substitutions: every column alone, then two columns at a time."""

import numpy as np

from skxai.counterfactual._moves import MAX_SINGLES
from skxai.counterfactual._space import differs

_BATCH = 60
# The share of the evaluations that single substitutions of numbers may take.
_SHARE = 0.5
# Of more single substitutions only the best are paired.
_MAX_PAIRED = 2000


def search_substitutions(problem, task, reserve):
    """All single substitutions; then pairs that are cheaper than the best, likely ones first.

    `reserve` evaluations are left for what follows.

    Categories take every value they may reach. Numbers take values of the background, evenly by
    rank, as many as half of the evaluations allow.
    """
    singles, units = substitutions(problem.space, task.origin, int(_SHARE * task.max_evals))
    if len(singles) == 0:
        return
    answer = yield singles[: max(task.left - reserve, 0)]
    margins, units = answer.margins, units[: len(answer.margins)]
    costs = problem.distance.totals(answer.codes, task.origin)
    useful = np.flatnonzero(np.isfinite(margins) & (margins <= 0) & (costs > 0))
    if len(useful) > _MAX_PAIRED:
        useful = np.sort(useful[np.argsort(-margins[useful], kind="stable")[:_MAX_PAIRED]])
    first, second = (useful[part] for part in np.triu_indices(len(useful), k=1))
    apart = units[first] != units[second]
    first, second = first[apart], second[apart]
    # Where gains add up, the first of these reach the goal; of two alike the cheaper comes first.
    order = np.lexsort((costs[first] + costs[second], -(margins[first] + margins[second])))
    first, second = first[order], second[order]
    position = 0
    while position < len(first) and task.left > reserve:
        part = slice(position, position + _BATCH)
        position += _BATCH
        best = np.inf
        if task.best is not None:
            best = problem.distance.costs(task.best[None], task.origin[None]).sum()
        near = costs[first[part]] + costs[second[part]] < best
        one, other = answer.codes[first[part][near]], answer.codes[second[part][near]]
        if len(one):
            yield np.where(differs(other, task.origin), other, one)[: task.left - reserve]


def substitutions(space, origin, n_values):
    """Copies of a row in which one unit is substituted.

    Parameters
    ----------
    space : Space
    origin : ndarray of shape (n_columns,)
    n_values : int
        About how many values all numbers together may take.

    Returns
    -------
    codes : ndarray of shape (n, n_columns)
    units : ndarray of int of shape (n,)
        Which unit is substituted. Of many more units than values, some are left out, evenly.
    """
    n_numbers = sum(len(unit) == 1 and not space.is_category[unit[0]] for unit in space.units)
    each = max(2, n_values // max(n_numbers, 1))
    parts, units = [np.zeros((0, len(origin)))], []
    step = -(-len(space.units) // max(n_values, MAX_SINGLES))
    for k, unit in list(enumerate(space.units))[:: max(step, 1)]:
        values = _values(space, unit, each)
        values = values[differs(values, origin[unit]).any(axis=1)]
        codes = np.repeat(origin[None], len(values), axis=0)
        codes[:, unit] = values
        parts.append(codes)
        units += [k] * len(values)
    return np.vstack(parts), np.array(units, dtype=int)


def _values(space, unit, each):
    """What a unit may be substituted by: (n_values, len(unit))."""
    j = unit[0]
    if len(unit) > 1:
        return next(seen for link, seen in space.links if link[0] == j)
    if space.is_category[j]:
        values = space.reachable[j].astype(float)
    else:
        seen = space.codes[:, j]
        seen = seen[(seen >= space.low[j]) & (seen <= space.high[j])]
        seen = np.unique([*seen, *([space.low[j], space.high[j]] if len(seen) else [])])
        ranks = np.linspace(0, len(seen) - 1, min(each, len(seen))).round().astype(int)
        values = seen[ranks]
    return np.append(values, [np.nan] * bool(space.may_be_missing[j]))[:, None]
