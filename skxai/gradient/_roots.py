"""The nearest points where a function of a row has a given value.

Points are found for pairs of a row and an output. Distances are Euclidean in units of a scale for
each coordinate.
"""

from typing import NamedTuple

import numpy as np

_N_UNLIKE = 5  # background rows on the other side that are tried
_MOST_TURNS = 80
_MOST_FALSI = 20  # then plain halving, whatever the shape
_MOST_POLISHES = 30
_STRETCHES = (1.0, 1.5, 2.5, 5.0, 10.0, 25.0)
_LEAST_GAIN = 1e-6


class Roots(NamedTuple):
    """Where a function meets a level.

    Attributes
    ----------
    points : ndarray of shape (n_pairs, n_coordinates)
    found : ndarray of bool of shape (n_pairs,)
        Whether the level is met there; otherwise a point is the row itself.
    """

    points: np.ndarray
    found: np.ndarray


class Surface:
    """Outputs of a smooth function minus their levels, for pairs of a row and an output.

    Parameters
    ----------
    smooth : SmoothFunction
    outputs : ndarray of int of shape (n_pairs,)
        Which output each pair is about.
    levels : ndarray of shape (n_pairs,)
    scales : ndarray of shape (n_leaves,)
    """

    def __init__(self, smooth, outputs, levels, scales):
        self.smooth = smooth
        self.outputs = outputs
        self.levels = levels
        self.scales = scales

    def values(self, points, pairs):
        """The height above the level at a point for each of some pairs."""
        found = self.smooth.outputs(points * self.scales)
        return found[np.arange(len(pairs)), self.outputs[pairs]] - self.levels[pairs]

    def slopes(self, points, pairs):
        """Its derivatives, of shape (n_pairs, n_coordinates)."""
        found = self.smooth.jacobian(points * self.scales)
        return found[np.arange(len(pairs)), self.outputs[pairs]] * self.scales


def nearest_roots(surface, rows, starts, start_heights):
    """The nearest root for each pair, as far as it can be found.

    A segment to a row on the other side always holds one. So does, mostly, the line along the
    derivative. The nearer of the two is then moved along the surface, towards the foot of the
    row on the tangent plane, as long as that brings it nearer.

    Parameters
    ----------
    surface : Surface
    rows : ndarray of shape (n_pairs, n_coordinates)
        In units of the scales.
    starts : ndarray of shape (n_background, n_coordinates)
        Background rows, in units of the scales.
    start_heights : callable
        ``start_heights(pairs) -> (n_pairs, n_background)``: heights of the background.

    Returns
    -------
    Roots
    """
    everyone = np.arange(len(rows))
    heights = surface.values(rows, everyone)
    best = Roots(rows.copy(), heights == 0)
    best = _nearer(rows, best, _towards_unlike(surface, rows, heights, starts, start_heights))
    best = _nearer(rows, best, _along_slope(surface, rows, heights))
    return _polished(surface, rows, heights, best)


def bisected(surface, inner, outer, pairs, heights):
    """Roots on segments whose ends are on different sides.

    Regula falsi with Illinois' correction; the bracket shrinks to rounding.

    Parameters
    ----------
    surface : Surface
    inner, outer : ndarray of shape (n_pairs, n_coordinates)
    pairs : ndarray of int
    heights : (ndarray, ndarray)
        At both ends, of different signs.

    Returns
    -------
    ndarray of shape (n_pairs, n_coordinates)
    """
    low, high = np.zeros(len(pairs)), np.ones(len(pairs))
    below, above = (np.array(height, dtype=float) for height in heights)
    size = np.maximum(np.abs(below), np.abs(above))
    left = np.arange(len(pairs))
    share = np.where(above == 0, 1.0, 0.0)
    last = np.zeros(len(pairs))
    for turn in range(_MOST_TURNS):
        left = left[(high[left] - low[left] > 1e-16) & (below[left] != 0) & (above[left] != 0)]
        if len(left) == 0:
            break
        a, b = low[left], high[left]
        guess = (a * above[left] - b * below[left]) / (above[left] - below[left])
        falsi = (guess > a) & (guess < b) & (turn < _MOST_FALSI) & (turn % 4 != 3)
        guess = np.where(falsi, guess, (a + b) / 2)
        share[left] = guess
        points = inner[left] + guess[:, None] * (outer[left] - inner[left])
        found = surface.values(points, pairs[left])
        same = np.sign(found) == np.sign(below[left])
        # The end that stays twice running counts half, so that it will move.
        above[left] = np.where(same, np.where(last[left] > 0, above[left] / 2, above[left]), found)
        below[left] = np.where(same, found, np.where(last[left] < 0, below[left] / 2, below[left]))
        last[left] = np.where(same, 1, -1)
        low[left], high[left] = np.where(same, guess, a), np.where(same, b, guess)
        left = left[np.abs(found) > 1e-15 * size[left]]
    return inner + share[:, None] * (outer - inner)


def _distances(rows, points):
    return np.linalg.norm(_ways(rows, points), axis=1)


def _ways(rows, points):
    """From rows to points; a missing value stays where it is."""
    return np.nan_to_num(points - rows)


def _nearer(rows, best, other):
    """Of two roots of each pair the nearer."""
    take = other.found & (
        ~best.found | (_distances(rows, other.points) < _distances(rows, best.points))
    )
    return Roots(np.where(take[:, None], other.points, best.points), best.found | other.found)


def _towards_unlike(surface, rows, heights, starts, start_heights, n_tried=_N_UNLIKE):
    """Roots on the way to the nearest background rows on the other side."""
    best = Roots(rows.copy(), np.zeros(len(rows), dtype=bool))
    everyone = np.arange(len(rows))
    others = start_heights(everyone)
    unlike = np.sign(others) == -np.sign(heights)[:, None]
    known = np.nan_to_num(rows)
    squares = (known**2).sum(1)[:, None] + (starts**2).sum(1) - 2 * known @ starts.T
    squares[~unlike] = np.inf
    nearest = np.argsort(squares, axis=1, kind="stable")[:, :n_tried]
    for choice in nearest.T:
        pairs = everyone[unlike[everyone, choice]]
        if len(pairs) == 0:
            continue
        points, outer, beyond = rows.copy(), starts[choice[pairs]], others[pairs, choice[pairs]]
        missing = np.isnan(rows[pairs])
        if missing.any():  # it stays missing all the way, which may end on this side
            outer = np.where(missing, np.nan, outer)
            beyond = surface.values(outer, pairs)
            crossed = np.sign(beyond) == -np.sign(heights[pairs])
            pairs, outer, beyond = pairs[crossed], outer[crossed], beyond[crossed]
        points[pairs] = bisected(surface, rows[pairs], outer, pairs, (heights[pairs], beyond))
        found = np.zeros(len(rows), dtype=bool)
        found[pairs] = True
        best = _nearer(rows, best, Roots(points, found))
    return best


def _along_slope(surface, rows, heights):
    """Roots on the line along the derivative, looked for farther and farther."""
    pairs = np.flatnonzero(heights != 0)
    best = Roots(rows.copy(), np.zeros(len(rows), dtype=bool))
    if len(pairs) == 0:
        return best
    slopes = surface.slopes(rows[pairs], pairs)
    squares = (slopes**2).sum(axis=1)
    pairs, slopes, squares = (array[squares > 0] for array in (pairs, slopes, squares))
    step = -(heights[pairs] / squares)[:, None] * slopes
    for stretch in _STRETCHES:
        if len(pairs) == 0:
            break
        outer = rows[pairs] + stretch * step
        beyond = surface.values(outer, pairs)
        crossed = np.isfinite(beyond) & (np.sign(beyond) != np.sign(heights[pairs]))
        done = pairs[crossed]
        ends = heights[done], beyond[crossed]
        best.points[done] = bisected(surface, rows[done], outer[crossed], done, ends)
        best.found[done] = True
        pairs, step = pairs[~crossed], step[~crossed]
    return best


def _polished(surface, rows, heights, best):
    """Roots moved along the surface towards the row."""
    points = best.points.copy()
    pairs = np.flatnonzero(best.found & (heights != 0))
    shares = np.ones(len(rows))
    for _ in range(_MOST_POLISHES):
        if len(pairs) == 0:
            break
        here = points[pairs]
        slopes = surface.slopes(here, pairs)
        squares = np.maximum((slopes**2).sum(axis=1), np.finfo(float).tiny)
        climb = (slopes * _ways(rows[pairs], here)).sum(axis=1) / squares
        foot = rows[pairs] + climb[:, None] * slopes
        target = here + shares[pairs, None] * (foot - here)
        # From the row through the target, until the surface is met.
        crossed, outer, beyond = _beyond(surface, rows, heights, target, pairs)
        done = pairs[crossed]
        new = bisected(surface, rows[done], outer[crossed], done, (heights[done], beyond[crossed]))
        old_distance = _distances(rows[done], points[done])
        gained = _distances(rows[done], new) < old_distance * (1 - _LEAST_GAIN)
        points[done[gained]] = new[gained]
        better = np.zeros(len(rows), dtype=bool)
        better[done[gained]] = True
        shares[pairs] = np.where(better[pairs], np.minimum(1, 2 * shares[pairs]), shares[pairs] / 4)
        pairs = pairs[shares[pairs] > 1e-3]
    return Roots(points, best.found)


def _beyond(surface, rows, heights, targets, pairs):
    """Points at or behind the targets on the other side, where there are some near."""
    outer, beyond = targets.copy(), np.zeros(len(pairs))
    crossed = np.zeros(len(pairs), dtype=bool)
    for stretch in (1.0, 1.02, 1.2):
        left = np.flatnonzero(~crossed)
        if len(left) == 0:
            break
        outer[left] = rows[pairs[left]] + stretch * (targets[left] - rows[pairs[left]])
        beyond[left] = surface.values(outer[left], pairs[left])
        crossed[left] = np.sign(beyond[left]) != np.sign(heights[pairs[left]])
    return crossed, outer, beyond
