"""Search from the nearest rows on the other side: take back, shorten, then trade changes."""

import numpy as np

from skxai.counterfactual._combinations import combine
from skxai.counterfactual._moves import MAX_SINGLES, shorten, sparsify
from skxai.counterfactual._surrogate import fit_gains, moves_of
from skxai.counterfactual._sweep import sweep

# Starting rows that are tried at once; candidates of a round of trades, and the pool they are from.
_STARTS = 12
# Rounds of trades without success before the next start.
_PATIENCE, _LAST_PATIENCE = 2, 10
# Starts in a row that lead nowhere new.
_MAX_FRUITLESS = 6
_ROUND = 16
_POOL = 192
_NEW_CHANGES = 3
# Moves that are drawn from: of more, half of them the likeliest, half any others.
_MAX_MOVES = 1024
# The share of the evaluations for a sweep; sweeps; rounds of combinations after each.
_SWEEP = 0.3
_SWEEPS = 2
_COMBINATIONS = 8


def search_nearest(problem, task):
    """From one of the nearest unlike rows after the other, with trades from the best between."""
    starts = yield from reached_starts(task)
    patience = 0 if problem.several else _PATIENCE
    fruitless = 0
    for number, start in enumerate(starts):
        before = len(task.ends)
        if problem.several:
            start = yield from avoid(problem, task, start)
        codes = yield from sparsify(problem, task, start)
        codes = yield from shorten(problem, task, codes)
        yield from end(task, codes)
        if number == 0 and task.best is not None and not problem.several:
            yield from near_row(problem, task)
        yield from trade(problem, task, patience)
        fruitless = 0 if len(task.ends) > before else fruitless + 1
        if fruitless == _MAX_FRUITLESS:
            break
    if len(starts):
        if problem.several and task.best is not None:
            yield from near_row(problem, task)
        yield from trade(problem, task, _LAST_PATIENCE)


def near_row(problem, task):
    """Combine what single columns gain: close to the row, then close to the best."""
    for number in range(1 if problem.several else _SWEEPS):
        center = task.best if number else task.origin
        reach = problem.distance.costs(task.best[None], task.origin[None]).sum()
        n_evals = int(_SWEEP * task.max_evals)
        units = _units_to_sweep(problem, task, center, reach, n_evals)
        options, base = yield from sweep(problem, task, center, units, reach, n_evals)
        before = task.distance
        yield from combine(problem, task, center, units, options, base, _COMBINATIONS)
        if task.distance < before:
            codes = yield from shorten(problem, task, task.best)
            yield from end(task, codes)


def _units_to_sweep(problem, task, center, reach, n_evals):
    """All units; of more than can be tried, changed ones, likely ones, and any others."""
    units = problem.space.units
    n = max(4, n_evals // 4)  # two values on each side of a number
    if len(units) <= max(n, MAX_SINGLES):
        return units
    gains, _ = fit_gains(problem, task, reach)
    gains = gains.reshape(2, -1).max(axis=0)
    gains = np.array([gains[unit].max() for unit in units])
    gains[problem.changed_units(center, task.origin)] = np.inf
    return [units[k] for k in np.sort(_likely(gains, n, task.rng))]


def _likely(gains, n, rng):
    """Positions of the largest of many, half of n, and as many others at random."""
    order = np.argsort(-gains, kind="stable")
    return np.append(order[: n // 2], rng.choice(order[n // 2 :], n - n // 2, replace=False))


def reached_starts(task):
    """Background rows that reach the goal once frozen columns are the row's own; nearest first."""
    for first in range(0, len(task.starts), _STARTS):
        answer = yield task.starts[first : first + _STARTS]
        reached = np.flatnonzero(answer.margins > 0)
        if len(reached):
            order = reached[np.argsort(answer.distances[reached], kind="stable")]
            return answer.codes[order]
    return task.starts[:0]


def end(task, codes):
    """Note where a search has ended, if none has ended there before."""
    answer = yield codes[None]
    known = any(np.array_equal(answer.codes[0], other, equal_nan=True) for other, _ in task.ends)
    if answer.margins[0] > 0 and not known:
        task.ends.append((answer.codes[0], float(answer.distances[0])))


def avoid(problem, task, start):
    """The start without changes that earlier counterfactuals have, as far as it still is one."""
    used = [set(problem.changed_units(codes, task.origin)) for codes, _ in task.ends]
    if not used:
        return start
    every = set.union(*used)
    without = {
        frozenset(every),
        *map(frozenset, used),
        *(frozenset([k]) for k in sorted(every)[:MAX_SINGLES]),
    }
    without = sorted(without, key=sorted)
    candidates = np.repeat(start[None], len(without), axis=0)
    for candidate, units in zip(candidates, without):
        for k in units:
            candidate[problem.space.units[k]] = task.origin[problem.space.units[k]]
    answer = yield candidates
    reached = [len(units) if margin > 0 else 0 for units, margin in zip(without, answer.margins)]
    best = int(np.argmax(reached))
    return answer.codes[best] if reached[best] else start


def trade(problem, task, patience):
    """Try changes that would be cheaper than the best ones so far, guided by a surrogate.

    Each candidate costs less than the best counterfactual by construction: only whether it
    reaches the goal has to be tried.
    """
    idle = 0
    while task.left > 0 and idle < patience:
        before = task.distance
        budget = problem.distance.costs(task.best[None], task.origin[None]).sum()
        if budget <= 0:
            return
        gains, base = fit_gains(problem, task, budget)
        pool = propose(problem, task, gains, budget)
        pool = problem.space.clip(pool, np.repeat(task.origin[None], len(pool), axis=0))
        costs = problem.distance.totals(pool, task.origin)
        keep = (costs < budget) & (costs > 0)
        pool, costs = pool[keep], costs[keep]
        fresh = task.new(pool)
        pool, costs = pool[fresh], costs[fresh]
        if len(pool) == 0:
            idle += 1
            continue
        score = moves_of(problem, pool, task.origin) @ gains + base
        # Likely to reach the goal; of those, as cheap as can be.
        noise = task.rng.gumbel(size=len(pool))
        order = np.argsort(-(score / (np.abs(score).std() + 1e-12) + 0.5 * noise))
        yield pool[order[:_ROUND]]
        if task.distance < before:
            yield from shorten(problem, task, task.best)
            idle = 0
        else:
            idle += 1
    yield from end(task, task.best)


def propose(problem, task, gains, budget):
    """Random candidates: the best one with some changes taken back, and others in their place.

    New changes go where the surrogate sees most gain for the cost, with noise.

    Returns
    -------
    ndarray of shape (_POOL, n_columns)
    """
    space, rng, origin = problem.space, task.rng, task.origin
    pool = _loosen(problem, task)
    costs = problem.distance.costs(pool, origin)
    rest = budget * rng.uniform(0.5, 1.0, len(pool)) - costs.sum(axis=1)
    fixed = space.frozen.copy()
    for link, _ in space.links:
        fixed[link] = True
    fixed, known = np.tile(fixed, 2), np.arange(len(gains))
    if len(gains) > _MAX_MOVES:
        known = _likely(np.where(fixed, -np.inf, gains), _MAX_MOVES, rng)
    widths = rng.choice([0.1, 0.5, 1.5], size=(len(pool), 1))
    noise = np.exp(widths * rng.standard_normal((len(pool), len(known))))
    score = np.maximum(gains[known], 1e-3 * np.abs(gains).max()) * noise
    score[:, fixed[known]] = -np.inf
    for link, seen in space.links:
        moved = np.flatnonzero(rng.random(len(pool)) < 0.3)
        pool[np.ix_(moved, link)] = seen[rng.integers(len(seen), size=len(moved))]
    for _ in range(_NEW_CHANGES):
        moves = score.argmax(axis=1)
        rest -= _spend(problem, task, pool, known[moves], rest)
        score[np.arange(len(pool)), moves] = -np.inf
    return pool


def _loosen(problem, task):
    """Copies of the best counterfactual; of each change all, a part or nothing is kept."""
    space, rng, origin = problem.space, task.rng, task.origin
    kept = rng.choice([0.0, 0.5, 1.0], size=(_POOL, len(space.units)))
    kept[kept == 0.5] = rng.random((kept == 0.5).sum())
    kept[rng.random(_POOL) < 0.3] = 0.0  # start again from the row itself
    pool = np.repeat(task.best[None], _POOL, axis=0)
    for k in problem.changed_units(task.best, origin):
        unit = space.units[k]
        j, share = unit[0], kept[:, k]
        whole = len(unit) > 1 or space.is_category[j] or np.isnan(task.best[j] - origin[j])
        if whole:
            pool[np.ix_(share < 0.5, unit)] = origin[unit]
        else:
            pool[:, j] = origin[j] + share * (task.best[j] - origin[j])
    return pool


def _spend(problem, task, pool, moves, rest):
    """Change one column of each candidate, for at most what is left; returns what it costs."""
    space, distance, rng, origin = (
        problem.space,
        problem.distance,
        task.rng,
        task.origin,
    )
    columns, up = moves % len(origin), moves < len(origin)
    share = np.where(rng.random(len(pool)) < 0.5, 1.0, rng.uniform(0.2, 1.0, len(pool)))
    with np.errstate(invalid="ignore"):
        steps = np.maximum(rest, 0) * share / distance.unit[columns]
        if distance.kind == "l2":
            steps = np.sqrt(steps)
        if distance.kind == "n_changes":
            room = np.maximum(space.high - origin, origin - space.low)[columns]
            steps = rng.random(len(pool)) * room / distance.scale[columns]
    category, absent = space.is_category[columns], np.isnan(origin[columns])
    limits = np.where(up, space.high[columns], space.low[columns])
    with np.errstate(invalid="ignore"):
        room = np.abs(limits - origin[columns]) / distance.scale[columns] * distance.unit[columns]
    spent = np.minimum(np.maximum(rest, 0) * share, np.where(np.isnan(room), np.inf, room))
    spent[category] = distance.unit[columns[category]]
    values = origin[columns] + np.where(up, steps, -steps) * distance.scale[columns]
    within = space.low + rng.random((len(pool), len(origin))) * (space.high - space.low)
    values[absent] = within[np.arange(len(pool)), columns][absent]
    values[category] = space.draw_category(columns[category], rng)
    changed = np.flatnonzero((rest > 0) & (~category | (spent < rest)))
    pool[changed, columns[changed]] = values[changed]
    return spent
