"""Search along the derivative of the model, where it has one."""

import numpy as np

from skxai.counterfactual._moves import shorten, sparsify
from skxai.counterfactual._nearest import end, near_row, trade

_STEPS = 12
_ROUNDS = 8
_KEPT = 2 / 3  # of the evaluations, in case the goal is not reached
# Shares of the step that the derivative says is needed: curved models need more or less.
_OVERSHOOTS = (0.5, 0.8, 0.95, 1.0, 1.05, 1.15, 1.3, 1.6, 2.5, 4.0)
_LAST_PATIENCE = 10
_TINY = 1e-7


class Slopes:
    """How fast the goal comes nearer as numbers change; by the derivative of the outputs.

    Parameters
    ----------
    smooth : SmoothFunction
        Of all outputs.
    goal : goal
    query : Query
    of_probabilities : bool
        Margins of probabilities bend towards their ends; their log-odds do not.
    """

    def __init__(self, smooth, goal, query, of_probabilities):
        self.smooth, self.goal, self.query = smooth, goal, query
        self.of_probabilities = of_probabilities
        self._leaves = smooth.leaves.raw
        self._columns = np.asarray(smooth.sources, dtype=int)[self._leaves]

    def __call__(self, row, codes):
        """The height of a candidate and its derivatives.

        Parameters
        ----------
        row : int
        codes : ndarray of shape (n_columns,)

        Returns
        -------
        height : float
            Positive where the goal is reached.
        slopes : ndarray of shape (n_columns,)
            Zero for what is no number.
        """
        U = self.smooth.lift(self.query.table(codes[None], np.array([row])))
        outputs, jacobian = self.smooth.outputs(U), self.smooth.jacobian(U)[0]
        origin = self.query.origin_outputs[row]
        size = _TINY * max(1.0, np.abs(outputs).max())
        moved = np.vstack([outputs, outputs + size * np.eye(outputs.shape[1])])
        heights = self.goal.margin(moved, np.tile(origin, (len(moved), 1)))
        height, weights = heights[0], (heights[1:] - heights[0]) / size
        if self.of_probabilities:
            height = np.clip(height, -1 + 1e-12, 1 - 1e-12)
            weights = weights / (1 - height**2)
            height = np.arctanh(height)
        slopes = np.zeros(len(codes))
        slopes[self._columns] = (weights @ jacobian)[self._leaves]
        return height, slopes


def search_gradient(problem, task):
    """Steps along the derivative to the other side, then the cheapest way to where that is."""
    yield from _cross(problem, task)
    if task.best is None:
        return
    yield from _reduce(problem, task)
    for _ in range(_ROUNDS):  # the derivative there tells a cheaper way than the one gone
        before = task.distance
        _, slopes = problem.slopes(task.row, task.best)
        change = np.nan_to_num(task.best - task.origin)
        needed = float(slopes @ np.where(problem.space.is_category, 0.0, change))
        if needed <= 0:
            break
        ways = [advance(problem, task.origin, slopes, needed * f) for f in _OVERSHOOTS]
        yield _with_words(problem, task, np.array(ways))
        if task.distance >= before:
            break
        yield from _reduce(problem, task)
    yield from near_row(problem, task)
    yield from trade(problem, task, _LAST_PATIENCE)


def _cross(problem, task):
    """Steps from the row until the goal is reached, or none comes nearer."""
    center, reached_before = task.origin, -np.inf
    for _ in range(_STEPS):
        if task.left < _KEPT * task.max_evals:
            return
        height, slopes = problem.slopes(task.row, center)
        steps = [advance(problem, center, slopes, -height * f, task.origin) for f in _OVERSHOOTS]
        answer = yield np.array(steps)
        best = int(np.argmax(answer.margins))
        if task.best is not None or answer.margins[best] <= reached_before:
            return
        center, reached_before = answer.codes[best], answer.margins[best]


def _reduce(problem, task):
    """Take back and shorten changes of the best."""
    codes = yield from sparsify(problem, task, task.best)
    codes = yield from shorten(problem, task, codes)
    yield from end(task, codes)


def _with_words(problem, task, ways):
    """The ways with the categories of the best."""
    words = problem.space.is_category
    ways[:, words] = task.best[words]
    return ways


def advance(problem, center, slopes, needed, origin=None):
    """The cheapest step that gains what is needed, if the derivative stays as it is.

    Numbers change in the order of what they gain for their cost, each to its bound before the
    next; with the distance "l2" all at once, in proportion to that.

    Parameters
    ----------
    problem : Problem
    center : ndarray of shape (n_columns,)
    slopes : ndarray of shape (n_columns,)
    needed : float
        Of the height.
    origin : ndarray of shape (n_columns,), default=None
        The explained row, if it is another: it decides what may change.

    Returns
    -------
    ndarray of shape (n_columns,)
    """
    space, distance = problem.space, problem.distance
    low, high = space.limits(center if origin is None else origin)
    fixed = space.frozen | space.is_category | np.isnan(center) | (slopes == 0)
    room = np.where(slopes > 0, high - center, center - low)
    room = np.where(fixed, 0.0, np.maximum(np.nan_to_num(room), 0))
    gain = np.abs(slopes)
    if distance.kind == "l2":
        worth = gain * distance.scale**2 / distance.unit
        total = (gain * worth)[room > 0].sum()
        steps = np.minimum(worth * needed / total, room) if total > 0 else 0 * room
    else:
        rate = gain * (room if distance.kind == "n_changes" else distance.scale / distance.unit)
        order = np.argsort(-np.where(room > 0, rate, -np.inf), kind="stable")
        before = np.cumsum((gain * room)[order]) - (gain * room)[order]
        rest = np.maximum(needed - before, 0)
        steps = np.zeros(len(center))
        with np.errstate(divide="ignore", invalid="ignore"):
            steps[order] = np.where(room[order] > 0, np.minimum(rest / gain[order], room[order]), 0)
    return np.where(fixed, center, center + np.sign(slopes) * steps)
