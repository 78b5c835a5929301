"""All leave-one-out solutions of a logistic regression at once, by Newton's method."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skxai.utils._blocks import blocks

_MAX_CELLS = 2**23
_TOL = 1e-10
_MAX_ITER = 50


def solve_without_each(problem, start):
    """Parameters that minimise the objective without each row.

    Parameters
    ----------
    problem : LinearProblem
    start : ndarray of shape (n_rows, n_parameters)
        Where to begin, such as after one step.

    Returns
    -------
    ndarray of shape (n_rows, n_parameters)
    """
    products = _products(problem.Z)
    cells = problem.n_rows * problem.n_scores**2 + problem.parameters.size**2
    solved = np.empty_like(start)
    for rows in blocks(problem.n_rows, cells, _MAX_CELLS):
        left_out = np.arange(problem.n_rows)[rows]
        solved[rows] = _solve(problem, start[rows], left_out, products)
    return solved


def solve(problem):
    """Parameters that minimise the whole objective, from the fitted ones."""
    return _solve(problem, problem.parameters[None], None, _products(problem.Z))[0]


def _products(Z):
    """Products of two columns, for each pair once."""
    first, second = np.triu_indices(Z.shape[1])
    return Z[:, first] * Z[:, second]


def _solve(problem, theta, left_out, products):
    theta = theta.reshape(len(theta), *problem.theta.shape).copy()
    penalty = problem.penalty()
    open_ = np.arange(len(theta))
    for _ in range(_MAX_ITER):
        out = None if left_out is None else left_out[open_]
        step = _newton_step(problem, theta[open_], out, products, penalty)
        theta[open_] -= step
        size = np.abs(theta[open_]).max(axis=(1, 2))
        open_ = open_[np.abs(step).max(axis=(1, 2)) > _TOL * (1 + size)]
        if len(open_) == 0:
            break
    else:
        warnings.warn(
            f"{len(open_)} leave-one-out solutions were not reached in {_MAX_ITER} Newton steps",
            ConvergenceWarning,
            stacklevel=2,
        )
    return theta.reshape(len(theta), -1)


def _newton_step(problem, theta, left_out, products, penalty):
    """One step for each of several vectors of parameters, of shape (n, n_scores, n_columns)."""
    Z, n_rows = problem.Z, problem.n_rows
    n, n_scores, n_columns = theta.shape
    scores = (theta.reshape(-1, n_columns) @ Z.T).reshape(n, n_scores, n_rows).swapaxes(1, 2)
    weights = np.tile(problem.weights, (n, 1))
    if left_out is not None:
        weights[np.arange(n), left_out] = 0
    residuals = problem.loss.residuals(scores, problem.targets) * weights[..., None]
    gradient = residuals.swapaxes(1, 2).reshape(-1, n_rows) @ Z
    gradient = gradient.reshape(theta.shape) + problem.ridge * theta
    curvatures = problem.loss.curvatures(scores) * weights[..., None, None]
    hessian = np.empty((n, n_scores, n_columns, n_scores, n_columns))
    first, second = np.triu_indices(n_columns)
    for k in range(n_scores):
        for other in range(k, n_scores):
            block = np.empty((n, n_columns, n_columns))
            block[:, first, second] = block[:, second, first] = (
                np.ascontiguousarray(curvatures[:, :, k, other]) @ products
            )
            hessian[:, k, :, other] = hessian[:, other, :, k] = block
    hessian = hessian.reshape(n, n_scores * n_columns, -1) + penalty
    try:
        step = np.linalg.solve(hessian, gradient.reshape(n, -1, 1))
    except np.linalg.LinAlgError as error:
        raise ValueError(
            "algorithm is 'newton', but without one of the rows the model's parameters are not "
            "determined; expected a model with a penalty, or 'closed-form'"
        ) from error
    return step.reshape(theta.shape)
