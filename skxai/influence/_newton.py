"""All leave-one-out solutions of a logistic regression at once, by Newton's method.

A step is taken as it is if it changes no score much, or if it lowers the objective enough. Else
its length is multiplied by ``log(1 + r) / r``, where r is the largest change of a score: for
logistic losses that is short enough to lower the objective from anywhere.
"""

from typing import NamedTuple

import numpy as np

from skxai.utils._blocks import blocks

_MAX_CELLS = 2**23
# Products of columns are kept if they have at most so many cells.
_MAX_PRODUCTS = 2**25
# Largest change of a score in the last step, relative to the largest score.
_TOL = 1e-10
_MAX_ITER = 200
# Full steps that change scores by so little are safe.
_SAFE_RANGE = 0.5
# Below that, a step that is no shorter than the last is one of rounding errors.
_ROUNDING = 1e-6
# Steps that change scores by more lead to no minimum.
_ENDLESS = 1e12


class Solutions(NamedTuple):
    """Minima of several objectives.

    Attributes
    ----------
    parameters : ndarray of shape (n, n_parameters)
        Where it is not reached, as near as it came.
    reached : ndarray of bool of shape (n,)
        Whether the minimum is reached.
    """

    parameters: np.ndarray
    reached: np.ndarray


def solve_without_each(problem, start, left_out=None):
    """Parameters that minimise the objective without each row.

    Parameters
    ----------
    problem : LinearProblem
    start : ndarray of shape (n, n_parameters)
        Where to begin, such as after one step.
    left_out : ndarray of int of shape (n,), default=None
        The rows. Default: all.

    Returns
    -------
    Solutions
    """
    if left_out is None:
        left_out = np.arange(problem.n_rows)
    curvature = _Curvature(problem)
    cells = problem.n_rows * problem.n_scores**2 + problem.parameters.size**2
    parts = [
        _solve(problem, start[some], left_out[some], curvature)
        for some in blocks(len(left_out), cells, _MAX_CELLS)
    ]
    return Solutions(*(np.concatenate(each) for each in zip(*parts)))


def solve(problem):
    """Parameters that minimise the whole objective, from the fitted ones, as `Solutions`."""
    return _solve(problem, problem.parameters[None], None, _Curvature(problem))


def _solve(problem, start, left_out, curvature):
    theta = start.reshape(len(start), *problem.theta.shape).copy()
    penalty = problem.penalty()
    determined = (problem.ridge[:, problem.mean is not None :] > 0).all()
    scores = _scores(problem, theta)
    last, reached = np.full(len(theta), np.inf), np.zeros(len(theta), dtype=bool)
    open_ = np.arange(len(theta))
    for _ in range(_MAX_ITER):
        weights = np.tile(problem.weights, (len(open_), 1))
        if left_out is not None:
            weights[np.arange(len(open_)), left_out[open_]] = 0
        at = _Point(problem, theta[open_], scores[open_], weights)
        gradient = at.gradient()
        step = -_solved(curvature(at) + penalty, gradient, determined)
        moved = _scores(problem, step)
        change = _largest(moved) * (1 + (problem.n_scores > 1))  # at most: of a difference
        lost = ~(change < _ENDLESS)
        step[lost], moved[lost], change[lost] = 0, 0, 0
        length = _length(at, gradient, step, moved, change)
        theta[open_] += length[:, None, None] * step
        scores[open_] += length[:, None, None] * moved
        done = change <= _TOL * (1 + _largest(scores[open_]))
        done |= (change < _ROUNDING) & (change > last[open_] / 2)
        last[open_] = change
        reached[open_[done & ~lost]] = True
        open_ = open_[~done]
        if len(open_) == 0:
            break
    return Solutions(theta.reshape(len(theta), -1), reached)


class _Point:
    """Some parameters with the scores (n, n_rows, n_scores) that they give."""

    def __init__(self, problem, theta, scores, weights):
        self.problem = problem
        self.theta = theta
        self.scores = scores
        self.weights = weights

    def objective(self, rows=slice(None)):
        losses = self.problem.loss.values(self.scores[rows], self.problem.targets)
        penalty = (self.problem.ridge * self.theta[rows] ** 2).sum(axis=(1, 2)) / 2
        return (losses * self.weights[rows]).sum(axis=1) + penalty

    def gradient(self):
        """Of shape (n, n_scores, n_columns)."""
        residuals = self.problem.loss.residuals(self.scores, self.problem.targets)
        residuals = (residuals * self.weights[..., None]).swapaxes(1, 2)
        gradient = residuals.reshape(-1, self.problem.n_rows) @ self.problem.Z
        return gradient.reshape(self.theta.shape) + self.problem.ridge * self.theta

    def beyond(self, rows, step, moved):
        """Where steps from some of them lead."""
        theta, scores = self.theta[rows] + step[rows], self.scores[rows] + moved[rows]
        return _Point(self.problem, theta, scores, self.weights[rows])


class _Curvature:
    """Hessians of the losses at several points, (n, n_parameters, n_parameters)."""

    def __init__(self, problem):
        self.Z = problem.Z
        n_columns = self.Z.shape[1]
        self.first, self.second = np.triu_indices(n_columns)
        self.products = None
        if len(self.Z) * len(self.first) <= _MAX_PRODUCTS:
            # Products of two columns, for each pair once.
            self.products = self.Z[:, self.first] * self.Z[:, self.second]

    def __call__(self, at):
        n, n_scores, n_columns = at.theta.shape
        curvatures = at.problem.loss.curvatures(at.scores) * at.weights[..., None, None]
        hessian = np.empty((n, n_scores, n_columns, n_scores, n_columns))
        for k in range(n_scores):
            for other in range(k, n_scores):
                block = self._block(np.ascontiguousarray(curvatures[:, :, k, other]))
                hessian[:, k, :, other] = hessian[:, other, :, k] = block
        return hessian.reshape(n, n_scores * n_columns, -1)

    def _block(self, weights):
        if self.products is None:
            return np.stack([(self.Z.T * each) @ self.Z for each in weights])
        n_columns = self.Z.shape[1]
        block = np.empty((len(weights), n_columns, n_columns))
        block[:, self.first, self.second] = block[:, self.second, self.first] = (
            weights @ self.products
        )
        return block


def _scores(problem, theta):
    """Of shape (n, n_rows, n_scores)."""
    n, n_scores, n_columns = theta.shape
    scores = theta.reshape(-1, n_columns) @ problem.Z.T
    return scores.reshape(n, n_scores, -1).swapaxes(1, 2)


def _largest(scores):
    return np.abs(scores).max(axis=(1, 2), initial=0)


def _solved(hessian, gradient, determined):
    """Newton steps; without a penalty, null directions are left alone."""
    right = gradient.reshape(len(gradient), -1, 1)
    if determined:
        try:
            return np.linalg.solve(hessian, right).reshape(gradient.shape)
        except np.linalg.LinAlgError:  # even so, where all probabilities are 0 or 1
            pass
    diagonal = np.diagonal(hessian, axis1=1, axis2=2)
    units = np.where(diagonal > 0, 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1)), 0)[..., None]
    inverse = np.linalg.pinv(hessian * units * units.swapaxes(1, 2), hermitian=True)
    return (units * (inverse @ (units * right))).reshape(gradient.shape)


def _length(at, gradient, step, moved, change):
    """By what to multiply each step, so that it lowers the objective."""
    length = np.ones(len(step))
    far = np.flatnonzero(change > _SAFE_RANGE)
    if len(far):
        slope = (gradient * step).sum(axis=(1, 2))[far]
        lower = at.beyond(far, step, moved).objective() - at.objective(far)
        bad = far[~(lower <= slope / 4)]
        length[bad] = np.log1p(change[bad]) / change[bad]
    return length
