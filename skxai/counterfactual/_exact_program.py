"""The nearest counterfactual of several linear scores at once: a mixed-integer program.

Each way a unit may change is a variable, how far along it goes: for a number up or down; a missing
value and each option of a category are ways of no length. Where a way begins with a jump or a
cost, a second variable says whether it is taken, and a unit takes one way at most.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from skxai.counterfactual._exact_units import Nearest, Number

# The solver keeps to constraints up to a tolerance; so much is asked for on top, in shares of what
# is needed, until the scores themselves are above their thresholds.
_MARGINS = (0.0, 1e-6, 1e-5, 1e-4)
# Costs up to this share above a lower bound are the least.
_GAP = 1e-5
# Scores have to exceed their thresholds by more than this share of the sums they are made of.
_ROUNDING = 1e-13


class _Way(NamedTuple):
    """One way a unit may change: `jump`, then up to `most` times `step`."""

    unit: int
    columns: np.ndarray
    jump: np.ndarray
    jump_cost: float
    step: np.ndarray
    step_cost: float = 0.0
    most: float = 0.0
    is_whole: bool = False
    option: int = 0


def nearest_by_program(coef, intercept, row, units, goals, time_limit=None, max_nodes=20_000):
    """The cheapest change of a row with which linear scores reach a goal of several scores.

    Parameters
    ----------
    coef, intercept, row, units : see `nearest_in_linear`
    goals : list of Goal
        One of them has to be reached: all its scores exceed their thresholds.
    time_limit : float, default=None
        In seconds.
    max_nodes : int, default=20000
        How many parts the solver may look at, for each goal.

    Returns
    -------
    Nearest
        "optimal" is up to a share of 1e-5 of the cost.
    """
    start = np.array(row, dtype=float)
    for unit in units:
        if isinstance(unit, Number):
            start[unit.column] = unit.seen
    ways = [way for u, unit in enumerate(units) for way in _ways_of(u, unit)]
    options = {"mip_rel_gap": 1e-7, "node_limit": max_nodes}
    if time_limit is not None:
        options["time_limit"] = time_limit / len(goals)
    best, best_cost, bounds = None, np.inf, []
    for goal in goals:
        weights = np.atleast_2d(goal.weights)
        scores = weights @ coef, weights @ intercept - goal.thresholds
        found, cost, bound = _nearest_for_scores(*scores, start, units, ways, best_cost, options)
        bounds.append(bound)
        if cost < best_cost:
            best, best_cost = found, cost
    lower = min(*bounds, best_cost)
    if best is None:
        return Nearest("infeasible" if np.isinf(lower) else "not_found", None, np.inf, lower)
    proven = best_cost <= lower * (1 + _GAP)
    return Nearest("optimal" if proven else "feasible", best, best_cost, lower)


def _ways_of(u, unit):
    """The ways a unit may change."""
    if not isinstance(unit, Number):
        changes, nothing = unit.values - unit.values[0], np.zeros(len(unit.columns))
        for option in range(1, len(changes)):
            cost = float(unit.costs[option])
            yield _Way(u, unit.columns, changes[option], cost, nothing, option=option)
        return
    if unit.power != 1:
        raise ValueError(f"units has a cost of power {unit.power}; expected 1")
    gone, may_go = np.isnan(unit.value), unit.missing_cost is not None
    one = np.ones(1)
    if may_go and not gone and not np.isnan(unit.seen_missing):
        change = (unit.seen_missing - unit.value) * one
        yield _Way(u, unit.columns, change, unit.missing_cost, 0 * one, option=1)
    low, high = unit.low, unit.high
    if unit.step > 0:
        low, high = np.ceil(low / unit.step) * unit.step, np.floor(high / unit.step) * unit.step
    if low > high or (gone and not may_go):
        return
    if gone:
        yield _along(u, unit, low, high, unit.missing_cost, 0.0)
        return
    up = down = unit.value
    if unit.step > 0:
        up, down = np.ceil(up / unit.step) * unit.step, np.floor(down / unit.step) * unit.step
    for begin, last, sign in ((max(up, low), high, 1), (min(down, high), low, -1)):
        if sign * (last - begin) >= 0 and last != unit.value:
            jump_cost = unit.fixed + unit.cost * abs(begin - unit.value)
            yield _along(u, unit, begin, last, jump_cost, unit.cost)


def _along(u, unit, begin, last, jump_cost, rate):
    """A way of a number from a value to another one."""
    length = last - begin
    step, most = (length, 1.0) if length != 0 else (0.0, 0.0)
    if unit.step > 0:
        most = float(np.round(abs(length) / unit.step))
        step = np.sign(length) * unit.step
    jump = np.array([begin - unit.seen])
    cost = rate * abs(step)
    return _Way(u, unit.columns, jump, jump_cost, np.array([step]), cost, most, unit.step > 0)


def _nearest_for_scores(slopes, starts, row, units, ways, limit, options):
    """Values, their cost and a lower bound for ``slopes @ x + starts > 0``."""
    used = np.any(slopes != 0, axis=0)
    now = slopes[:, used] @ row[used] + starts
    size = np.abs(slopes[:, used]) @ np.abs(row[used]) + np.abs(starts)
    rounding = _ROUNDING * size
    if (now > rounding).all():
        return _changed(units, row, [])[0], 0.0, 0.0
    program = _Program(slopes, ways)
    need = rounding - now
    # In shares of what is needed; of a score that is ahead, of how far.
    unit_of = np.maximum(np.abs(need), 1e-9 * size)
    bound, relaxed = 0.0, 1.0
    if program.integrality.any():
        relaxed = program.solve(need, unit_of, options, relax=True)
        if relaxed is None or relaxed.fun >= limit:
            return None, np.inf, np.inf if relaxed is None else relaxed.fun
        bound, relaxed = relaxed.fun, max(relaxed.fun, 1e-12)
    for margin in _MARGINS:
        solution = program.solve(need + margin * unit_of, unit_of, options, scale=100 / relaxed)
        if solution is None:
            return None, np.inf, bound if margin else np.inf
        if margin == 0:
            bound = max(bound, solution.bound)
        if solution.x is None:
            return None, np.inf, bound
        values, seen, cost = _changed(units, row, program.taken(solution.x))
        if (slopes[:, used] @ seen[used] + starts > rounding).all():
            return values, cost, min(bound, cost)
    return None, np.inf, bound


class _Solution(NamedTuple):
    x: np.ndarray | None
    fun: float
    bound: float


class _Program:
    """The program of some scores; its variables are extents of ways, then whether they are taken.

    Parameters
    ----------
    slopes : ndarray of shape (n_scores, n_columns)
    ways : list of _Way
    """

    def __init__(self, slopes, ways):
        self.ways = ways
        jumps = {way.unit for way in ways if way.jump_cost > 0 or way.jump.any()}
        self.switched = np.array([w for w, way in enumerate(ways) if way.unit in jumps], dtype=int)
        n, m = len(ways), len(self.switched)
        taken = [ways[w] for w in self.switched]
        most = np.array([way.most for way in ways])
        gains = [slopes[:, way.columns] @ way.step for way in ways]
        gains += [slopes[:, way.columns] @ way.jump for way in taken]
        self.gains = np.array(gains).reshape(n + m, len(slopes)).T
        self.costs = np.array([way.step_cost for way in ways] + [way.jump_cost for way in taken])
        self.upper = np.append(most, np.ones(m))
        self.integrality = np.array([way.is_whole for way in ways] + [True] * m, dtype=int)
        # No extent of a way that is not taken, and one way of a unit.
        owners, unit_of = np.unique([way.unit for way in taken], return_inverse=True)
        switches, entries = np.arange(m), np.append(np.ones(m), -most[self.switched])
        places = [(switches, self.switched), (switches, n + switches)]
        places.append((m + unit_of.ravel(), n + switches))
        rows, columns = np.concatenate(places, axis=1).astype(int)
        shape = (m + len(owners), n + m)
        self.rules = csr_array((np.append(entries, np.ones(m)), (rows, columns)), shape=shape)
        self.rules.eliminate_zeros()
        self.most_of_rules = np.append(np.zeros(m), np.ones(len(owners)))

    def solve(self, need, unit_of, options, relax=False, scale=1.0):
        """The cheapest variables that gain what is needed; None if there are none."""
        if len(self.costs) == 0:
            return None if (need > 0).any() else _Solution(np.zeros(0), 0.0, 0.0)
        whole = self.integrality * (not relax)
        result = milp(
            scale * self.costs,
            integrality=whole,
            bounds=Bounds(0, self.upper),
            constraints=[
                LinearConstraint(self.gains / unit_of[:, None], need / unit_of, np.inf),
                LinearConstraint(self.rules, -np.inf, self.most_of_rules),
            ][: 2 if self.rules.shape[0] else 1],
            options=options,
        )
        if result.status == 2:
            return None
        if result.x is None:
            return _Solution(None, 0.0, 0.0)
        bound = result.mip_dual_bound if whole.any() else result.fun
        return _Solution(result.x, result.fun / scale, (bound or 0.0) / scale)

    def taken(self, x):
        """The ways that are taken, each with its extent."""
        n = len(self.ways)
        extents, switches = x[:n], np.ones(n)
        switches[self.switched] = np.round(x[n:])
        for way, extent, switch in zip(self.ways, extents, switches):
            if switch and (extent > 0 or way.option or way.jump.any()):
                yield way, np.round(extent) if way.is_whole else extent


def _changed(units, row, taken):
    """The row with some ways taken, as it is and as the model sees it, and what that costs."""
    values, seen, cost = row.copy(), row.copy(), 0.0
    for unit in units:
        if isinstance(unit, Number):
            values[unit.column] = unit.value
    for way, extent in taken:
        unit, columns = units[way.unit], way.columns
        seen[columns] += way.jump + extent * way.step
        if not isinstance(unit, Number):
            values[columns] = seen[columns] = unit.values[way.option]
            cost += float(unit.costs[way.option])
        elif way.option:
            values[columns] = np.nan
        else:
            if unit.step > 0:
                seen[columns] = np.round(seen[columns] / unit.step) * unit.step
            values[columns] = seen[columns] = np.clip(seen[columns], unit.low, unit.high)
    numbers = [unit for unit in units if isinstance(unit, Number)]
    return values, seen, cost + sum(float(unit.costs(values[unit.column])) for unit in numbers)
