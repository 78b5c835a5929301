"""Searches by name: each a generator of one row's candidates."""

import numpy as np

from skxai.counterfactual._descent import search_gradient
from skxai.counterfactual._moves import shorten, sparsify
from skxai.counterfactual._nearest import end, reached_starts, search_nearest, trade
from skxai.counterfactual._substitutions import search_substitutions

_BATCH = 40
_TRADES = 10
_SHELLS = 12
_MUTATED = 0.1
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
    while (task.best is None or n_changed <= n_units) and task.left > _reserve(task):
        codes = _random_rows(problem, task, _BATCH)
        chances = min(1.0, n_changed / max(n_units, 1))
        for unit in space.units:
            same = task.rng.random(_BATCH) >= chances
            codes[np.ix_(same, unit)] = task.origin[unit]
        yield codes[: task.left - _reserve(task)]
        n_changed = min(1.3 * n_changed, 1.3 * n_units)
    yield from _finish(problem, task)


def search_spheres(problem, task):
    """Random points in shells around the row that grow until one reaches the goal, then shrink."""
    inner, width = 0.0, 1.0 / _SHELLS
    while task.left > _reserve(task):
        yield _shell(problem, task, inner, inner + width)[: task.left - _reserve(task)]
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
        for unit in space.units:
            crossed = rng.random(_BATCH) < 0.4
            children[np.ix_(crossed, unit)] = others[np.ix_(crossed, unit)]
            changed = rng.random(_BATCH) < _MUTATED
            children[np.ix_(changed, unit)] = random[np.ix_(changed, unit)]
        left = task.left
        answer = yield np.vstack([parents, children])
        if task.left == left:  # nothing new is left to try
            break
    yield from _finish(problem, task)


def search_substitutions_or_any(problem, task):
    """Substitutions of one and two columns; where none will do, from rows on the other side."""
    yield from search_substitutions(problem, task, _reserve(task))
    yield from _finish(problem, task)


def _reserve(task):
    """Evaluations kept for background rows on the other side, if nothing else is found."""
    return min(_STARTS, task.max_evals // 3 + 1)


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
    for unit in space.units:
        codes[:, unit] = space.codes[np.ix_(rng.integers(len(space.codes), size=n_rows), unit)]
        j = unit[0]
        if len(unit) == 1 and not space.is_category[j]:
            anywhere = rng.random(n_rows) < 0.5
            codes[anywhere, j] = rng.uniform(space.low[j], space.high[j], size=anywhere.sum())
    return codes


def _shell(problem, task, inner, outer):
    """Points whose numbers lie in a shell, as shares of ranges; others change with the radius."""
    space, rng = problem.space, task.rng
    codes = _random_rows(problem, task, _BATCH)
    free = ~space.is_category & ~np.isnan(task.origin) & ~space.frozen
    for link, _ in space.links:
        free[link] = False
    radii = rng.uniform(inner, outer, size=_BATCH)
    for unit in space.units:
        if not free[unit[0]]:
            same = rng.random(_BATCH) >= radii
            codes[np.ix_(same, unit)] = task.origin[unit]
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
