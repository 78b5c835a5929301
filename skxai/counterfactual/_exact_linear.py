"""The nearest counterfactual of a linear score, with proof.

A score has to grow by some amount; each unit offers gains at costs. With costs linear in the
change, the cheapest way is to spend where a gain costs least, up to the caps: a sort. Categories,
steps and fixed costs take a branch and bound around that sort, which bounds each part by the
convex hull of what its units offer.
"""

import heapq
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from skxai.counterfactual._exact_units import Nearest, Number

# Counterfactuals that are nearer by less than this share are not looked for.
GAP = 1e-9
# Gains that differ by less than this share of all that can be had are equal; a score has to exceed
# its threshold by more than that.
_SNAP = 1e-14
_MARGIN = 4
# Parts of the problem times units that are looked at, for each goal; a part takes the longer the
# more units there are.
MAX_WORK = 2**21


@dataclass(frozen=True)
class _Line:
    """Gains from `first` to `last`, the first at `cost`, more at `rate` each.

    `quantum` is the gain of one step; 0 where all gains between can be had.
    """

    first: float
    last: float
    cost: float
    rate: float
    quantum: float = 0.0

    def at_least(self, gain):
        """The cheapest gain that is no less, or None."""
        if gain <= self.first:
            return self.first
        slack = _SNAP * max(abs(self.first), abs(self.last))
        if self.quantum > 0:
            steps = np.ceil((gain - slack - self.first) / self.quantum)
            most = np.round((self.last - self.first) / self.quantum)
            return self.first + steps * self.quantum if steps <= most else None
        return min(gain, self.last) if gain <= self.last + slack else None

    def cost_at(self, gain):
        return self.cost + self.rate * (gain - self.first)


@dataclass(frozen=True)
class _Offer:
    """What a unit offers: single points (gain, cost, option), and the points of a line."""

    points: tuple
    line: _Line | None = None

    def hull(self):
        """Corners (gain, cost) of the convex hull from below, from the cheapest gain on."""
        corners = [point[:2] for point in self.points]
        if self.line is not None:
            ends = (self.line.first, self.line.last)
            corners += [(gain, self.line.cost_at(gain)) for gain in ends]
        hull = []
        for gain, cost in sorted(corners, key=lambda corner: (corner[1], -corner[0])):
            if hull and gain <= hull[-1][0]:
                continue
            while len(hull) > 1 and _is_above(hull[-2], hull[-1], (gain, cost)):
                hull.pop()
            hull.append((gain, cost))
        return hull

    def at_least(self, gain):
        """The cheapest (gain, cost, option) that gains as much, or None; no option on a line."""
        found = [point for point in self.points if point[0] >= gain]
        on_line = None if self.line is None else self.line.at_least(gain)
        if on_line is not None:
            found.append((on_line, self.line.cost_at(on_line), None))
        return min(found, key=lambda point: point[1]) if found else None

    def split(self, gain):
        """The offers up to a gain and beyond it; None for an empty one."""
        line_below = line_above = line = self.line
        if line is not None:
            upper = line.at_least(gain)
            lower = (
                gain
                if line.quantum == 0
                else (line.last if upper is None else upper - line.quantum)
            )
            lower = min(lower, line.last)
            line_below = (
                replace(line, last=lower) if lower >= line.first - line.quantum / 2 else None
            )
            line_above = None
            if upper is not None:
                line_above = replace(line, first=upper, cost=line.cost_at(upper))
        below = _Offer(tuple(p for p in self.points if p[0] < gain), line_below)
        above = _Offer(tuple(p for p in self.points if p[0] >= gain), line_above)
        return [part for part in (below, above) if part.points or part.line is not None]


def _is_above(first, middle, last):
    """Whether the middle corner is on or above the line between the others."""
    rise = (middle[1] - first[1]) * (last[0] - first[0])
    return rise >= (last[1] - first[1]) * (middle[0] - first[0])


def nearest_in_linear(coef, intercept, row, units, goals, max_nodes=20_000, max_work=MAX_WORK):
    """The cheapest change of a row with which linear scores reach a goal.

    Parameters
    ----------
    coef : ndarray of shape (n_outputs, n_columns)
    intercept : ndarray of shape (n_outputs,)
    row : ndarray of shape (n_columns,)
    units : list of Number or Choice
        Columns that none of them names do not change. Powers of costs have to be 1, steps begin
        at 0.
    goals : list of Goal
        One of them has to be reached, each a single score. The score is to exceed its threshold
        by more than its rounding errors, whether the goal is strict or not.
    max_nodes : int, default=20000
        How many parts of the problem to look at, for each goal.
    max_work : int, default=2 ** 21
        How many parts times units.

    Returns
    -------
    Nearest
        "optimal" and `lower_bound` are up to a share of 1e-9 of the cost.
    """
    row = np.array(row, dtype=float)
    for unit in units:
        if isinstance(unit, Number):
            row[unit.column] = unit.seen
    max_nodes = min(max_nodes, 1 + max_work // max(1, len(units)))
    best, best_cost, bounds, n_nodes, proven = None, np.inf, [], 0, True
    for goal in goals:
        weights = np.atleast_2d(goal.weights)
        if len(weights) != 1:
            raise ValueError(f"goals has one of {len(weights)} scores; expected one score each")
        score = (weights @ coef)[0], float((weights @ intercept)[0] - goal.thresholds[0])
        values, cost, bound, nodes = _nearest_for_score(*score, row, units, best_cost, max_nodes)
        n_nodes, proven = n_nodes + nodes, proven and nodes <= max_nodes
        bounds.append(bound)
        if cost < best_cost:
            best, best_cost = values, cost
    lower = min(min(bounds), best_cost)
    if best is None:
        return Nearest("infeasible" if proven else "not_found", None, np.inf, lower, n_nodes)
    return Nearest("optimal" if proven else "feasible", best, best_cost, lower, n_nodes)


def _nearest_for_score(slope, start, row, units, limit, max_nodes):
    """Values, their cost, a lower bound and the number of parts for ``slope @ x + start > 0``."""
    offers = [_offer(unit, slope, row) for unit in units]
    used = slope != 0
    start += slope[used] @ row[used]
    reach = np.abs(slope[used]) @ np.abs(row[used]) + abs(start)
    reach += sum(abs(corner[0]) for offer in offers for corner in offer.hull())
    rounding = float(_MARGIN * max(_SNAP, (len(row) + 2) * np.finfo(float).eps) * reach)
    need = float(rounding - start)
    values = row.copy()
    for unit in units:
        if isinstance(unit, Number):
            values[unit.column] = unit.value
    if need <= 0:
        return values, 0.0, 0.0, 0
    chosen, bound, n_nodes = _cheapest(offers, need, rounding / 4, limit, max_nodes)
    if chosen is None:
        return None, np.inf, bound, n_nodes
    cost = 0.0
    for unit, (gain, _, option) in zip(units, chosen):
        if option is None:
            value = _moved(unit, gain / slope[unit.column])
            values[unit.column] = value
            cost += float(unit.costs(value))
        elif option > 0 and isinstance(unit, Number):
            values[unit.column] = np.nan
            cost += unit.missing_cost
        elif option > 0:
            values[unit.columns] = unit.values[option]
            cost += float(unit.costs[option])
    return values, cost, min(bound, cost), n_nodes


def _offer(unit, slope, row):
    """What a unit offers a score."""
    stay = (0.0, 0.0, 0)
    if not isinstance(unit, Number):
        gains = (np.asarray(unit.values) - np.asarray(unit.values)[0]) @ slope[unit.columns]
        points = zip(
            gains.tolist(), np.asarray(unit.costs, dtype=float).tolist(), range(len(gains))
        )
        return _Offer(tuple(points))
    if unit.power != 1:
        raise ValueError(f"units has a cost of power {unit.power}; expected 1")
    weight, value = float(slope[unit.column]), unit.seen
    gone = np.isnan(unit.value)
    points = (stay,)
    if weight == 0:
        return _Offer(points)
    if not gone and unit.missing_cost is not None and not np.isnan(unit.seen_missing):
        points += ((weight * (unit.seen_missing - value), unit.missing_cost, 1),)
    if unit.low > unit.high or (gone and unit.missing_cost is None):
        return _Offer(points)
    up = weight > 0
    first = max(value, unit.low) if up else min(value, unit.high)
    last = unit.high if up else unit.low
    quantum = abs(weight) * unit.step
    if unit.step > 0:
        near, far = (np.floor, np.ceil) if up else (np.ceil, np.floor)
        last = near(last / unit.step) * unit.step
        first = far(first / unit.step) * unit.step
        if first == value:
            first += unit.step if up else -unit.step
    gains = weight * (first - value), weight * (last - value)
    if gains[1] < gains[0] or gains[1] <= 0:
        return _Offer(points)
    rate = 0.0 if gone else unit.cost / abs(weight)
    cost = unit.missing_cost if gone else unit.fixed + unit.cost * abs(first - value)
    line = _Line(float(gains[0]), float(gains[1]), float(cost), rate, quantum)
    if cost == 0:
        points = points[1:]  # a part of the line
    return _Offer(points, line)


def _moved(unit, change):
    """The value of a number after a change, on its grid and between its limits."""
    value = unit.seen + change
    if unit.step > 0:
        value = np.round(value / unit.step) * unit.step
    if change == 0:
        return unit.value
    return float(np.clip(value, unit.low, unit.high))


def _cheapest(offers, need, slack, limit, max_nodes):
    """One (gain, cost, option) of each offer, together gaining what is needed at least cost.

    Returns
    -------
    chosen : list or None
    bound : float
        No choice costs less.
    n_nodes : int
        More than `max_nodes` if it was cut short.
    """
    best, n_nodes, n_parts = None, 0, 0
    hulls = [offer.hull() for offer in offers]
    bound, partial = _relax(hulls, need, slack)
    heap = [(bound, 0, offers, hulls, partial)]
    while heap and heap[0][0] < limit * (1 - GAP):
        bound, _, offers, hulls, partial = heapq.heappop(heap)
        n_nodes += 1
        if n_nodes > max_nodes:
            return best, bound, n_nodes
        chosen, where = _rounded(offers, hulls, partial, slack)
        if chosen is not None:
            cost = sum(point[1] for point in chosen)
            if cost < limit:
                best, limit = chosen, cost
            if cost <= bound * (1 + GAP):
                continue
        for part in offers[where].split(partial[where]):
            smaller = [*offers[:where], part, *offers[where + 1 :]]
            corners = [*hulls[:where], part.hull(), *hulls[where + 1 :]]
            bound_of_part, gains = _relax(corners, need, slack)
            n_parts += 1
            if bound_of_part < limit:
                heapq.heappush(heap, (max(bound, bound_of_part), n_parts, smaller, corners, gains))
    return best, limit * (1 - GAP) if np.isfinite(limit) else np.inf, n_nodes


def _relax(hulls, need, slack):
    """The least cost of the needed gain along the hulls, and the gain of each unit."""
    gains = [hull[0][0] for hull in hulls]
    cost = sum(hull[0][1] for hull in hulls)
    missing = need - sum(gains)
    segments = []
    for u, hull in enumerate(hulls):
        for left, right in pairwise(hull):
            size = right[0] - left[0]
            segments.append(((right[1] - left[1]) / size, u, size))
    segments.sort()
    for rate, u, size in segments:
        if missing <= slack:
            break
        taken = min(size, missing)
        gains[u] += taken
        cost += rate * taken
        missing -= taken
    return (cost, gains) if missing <= slack else (np.inf, gains)


def _rounded(offers, hulls, gains, slack):
    """What the offers really have for these gains, and the unit where that costs most extra."""
    chosen, where, most = [], 0, -1.0
    for u, (offer, hull, gain) in enumerate(zip(offers, hulls, gains)):
        # Sums of corners may miss a corner by rounding.
        corner = next((g for g, _ in hull if abs(g - gain) <= slack), gain)
        point = offer.at_least(corner)
        if point is None:
            return None, u
        chosen.append(point)
        extra = point[1] - float(np.interp(gain, [c[0] for c in hull], [c[1] for c in hull]))
        if extra > most:
            where, most = u, extra
    return chosen, where
