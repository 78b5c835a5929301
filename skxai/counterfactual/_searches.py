"""Searches by name: each a generator of one row's candidates."""

import numpy as np

from skxai.counterfactual._descent import search_gradient
from skxai.counterfactual._moves import MAX_SINGLES, shorten, sparsify
from skxai.counterfactual._nearest import end, reached_starts, search_nearest, trade
from skxai.counterfactual._substitutions import search_substitutions

_BATCH = 40
_TRADES = 10
_SHELLS = 12
_CROSSED, _MUTATED = 0.4, 0.1
_STARTS = 12


def search_nearest_or_any(problem, task):
    """From the nearest unlike rows; where none is allowed, by crossing and changing rows."""
    yield from search_nearest(problem, task)
    if task.best is None:
        yield from search_genetic(problem, task)
        if task.best is not None:
            yield from trade(problem, task, _TRADES)


def search_gradient_or_any(problem, task):
    """Along the derivative; where that does not reach the goal, from the nearest unlike rows."""
    yield from search_gradient(problem, task)
    if task.best is None:
        yield from search_nearest_or_any(problem, task)


def search_random(problem, task):
    """Change a few columns to random values, more of them with time."""
    space, n_units = problem.space, len(problem.space.units)
    n_changed = 1.0
    while (task.best is None or n_changed <= n_units) and task.left > _reserve(problem, task):
        codes = _random_rows(problem, task, _BATCH)
        chances = min(1.0, n_changed / max(n_units, 1))
        changed = _by_column(space, task.rng.random((_BATCH, n_units)) < chances)
        codes = np.where(changed, codes, task.origin)
        yield codes[: task.left - _reserve(problem, task)]
        n_changed = min(1.3 * n_changed, 1.3 * n_units)
    yield from _finish(problem, task)


def search_spheres(problem, task):
    """Random points in shells around the row that grow until one reaches the goal, then shrink."""
    inner, width = 0.0, 1.0 / _SHELLS
    while task.left > _reserve(problem, task):
        yield _shell(problem, task, inner, inner + width)[: task.left - _reserve(problem, task)]
        if task.best is not None:
            break
        inner = (inner + width) % 1.0
    outer = inner + width
    for _ in range(_SHELLS if task.best is not None else 0):
        before = task.distance
        outer /= 2
        yield _shell(problem, task, outer / 2, outer)
        if task.distance >= before:
            break
    yield from _finish(problem, task)


def search_genetic(problem, task):
    """Cross and change the best rows of a population that starts on the other side."""
    space, rng, origin = problem.space, task.rng, task.origin
    starts = yield from reached_starts(task)
    population = np.vstack([starts, _random_rows(problem, task, _BATCH)])[:_BATCH]
    answer = yield population
    reserve = min(task.max_evals // 3, 200)  # for taking back and shortening at the end
    while task.left > reserve:
        # First those that reach the goal, near ones first; then by how little they miss it.
        missed = np.where(answer.margins > 0, 0.0, -answer.margins)
        order = np.lexsort((answer.distances, missed))
        parents = answer.codes[order[: _BATCH // 2]]
        children = parents[rng.integers(len(parents), size=_BATCH)]
        others = np.vstack([parents, origin])[rng.integers(len(parents) + 1, size=_BATCH)]
        random = _random_rows(problem, task, _BATCH)
        crossed, changed = rng.random((2, _BATCH, len(space.units)))
        children = np.where(_by_column(space, crossed < _CROSSED), others, children)
        children = np.where(_by_column(space, changed < _MUTATED), random, children)
        left = task.left
        answer = yield np.vstack([parents, children])
        if task.left == left:  # nothing new is left to try
            break
    yield from _finish(problem, task)


def search_substitutions_or_any(problem, task):
    """Substitutions of one and two columns; where none will do, from rows on the other side."""
    yield from search_substitutions(problem, task, _reserve(problem, task))
    yield from _finish(problem, task)


def _reserve(problem, task):
    """Evaluations kept for background rows on the other side, if nothing else is found.

    Of very many columns, of which most differ there, those changes have to be taken back too.
    """
    is_wide = len(problem.space.units) > MAX_SINGLES
    return min(task.max_evals if is_wide else _STARTS, task.max_evals // 3 + 1)


def _finish(problem, task):
    """Take back and shorten changes of the best; if there is none, of a background row."""
    if task.best is None:
        yield from reached_starts(task)
    if task.best is None:
        return
    codes = yield from sparsify(problem, task, task.best)
    codes = yield from shorten(problem, task, codes)
    yield from end(task, codes)


def _random_rows(problem, task, n_rows):
    """Each unit as in some background row, or, a number, anywhere within its bounds."""
    space, rng = problem.space, task.rng
    codes = np.repeat(task.origin[None], n_rows, axis=0)
    if not space.units:
        return codes
    columns, owners = _columns_of_units(space)
    picks = rng.integers(len(space.codes), size=(n_rows, len(space.units)))
    codes[:, columns] = space.codes[picks[:, owners], columns]
    numbers = np.array([len(unit) == 1 and not space.is_category[unit[0]] for unit in space.units])
    columns = columns[numbers[owners]]
    share = rng.random((n_rows, len(columns)))
    within = space.low[columns] + share * (space.high - space.low)[columns]
    anywhere = rng.random(within.shape) < 0.5
    codes[:, columns] = np.where(anywhere, within, codes[:, columns])
    return codes


def _columns_of_units(space):
    """The columns that may change, and the unit of each."""
    owners = np.repeat(np.arange(len(space.units)), [len(unit) for unit in space.units])
    return np.concatenate(space.units), owners


def _by_column(space, chosen):
    """Which columns are of chosen units, (n_rows, n_columns), from (n_rows, n_units)."""
    found = np.zeros((len(chosen), len(space.names)), dtype=bool)
    if space.units:
        columns, owners = _columns_of_units(space)
        found[:, columns] = chosen[:, owners]
    return found


def _shell(problem, task, inner, outer):
    """Points whose numbers lie in a shell, as shares of ranges; others change with the radius."""
    space, rng = problem.space, task.rng
    codes = _random_rows(problem, task, _BATCH)
    free = ~space.is_category & ~np.isnan(task.origin) & ~space.frozen
    for link, _ in space.links:
        free[link] = False
    radii = rng.uniform(inner, outer, size=_BATCH)
    changed = _by_column(space, rng.random((_BATCH, len(space.units))) < radii[:, None])
    codes = np.where(changed | free, codes, task.origin)
    directions = rng.standard_normal((_BATCH, int(free.sum())))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True) + 1e-300
    spread = radii[:, None] * np.sqrt(directions.shape[1]) * directions
    codes[:, free] = task.origin[free] + spread * problem.distance.ranges[free]
    return codes


SEARCHES = {
    "nearest": search_nearest_or_any,
    "spheres": search_spheres,
    "genetic": search_genetic,
    "gradient": search_gradient_or_any,
    "random": search_random,
    "substitutions": search_substitutions_or_any,
}
