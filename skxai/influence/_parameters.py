"""The parameters that a model would have without each row, and what they tell of the rows."""

import warnings
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skxai.influence._linear import LinearProblem
from skxai.influence._losses import SquaredLoss
from skxai.influence._newton import solve, solve_without_each
from skxai.influence._one_step import Inverse, cooks_distance, one_step

# Up to so many parameters, a network's Hessian is written down.
MAX_HESSIAN = 3000
# A fit is not finished if its next step is longer than that for leaving out a typical row.
_MAX_REMAINING = 1.0
# Nor if its gradient is longer than that, relative to that of a typical row: networks with ratios
# of 0.6 and more had such steps left, those with 0.4 and less had not.
_MAX_GRADIENT = 0.5
# In units of the uncertainty of the parameters: steps of a likelihood that are longer are not
# the whole way. Of at most so many rows, and in models of at most so many parameters.
_LONG_STEP = 0.25
_MAX_LONG = 100
_MAX_FURTHER = 1000


class Shifted(NamedTuple):
    """Parameters without each row.

    Attributes
    ----------
    problem : LinearProblem or NetworkProblem
        With the parameters that the shifts start from.
    shifts : ndarray of shape (n_rows, n_parameters)
        Parameters without the row less those with it.
    leverage, cooks_distance : ndarray of shape (n_rows,)
        As `InfluenceExplainer` describes them.
    remaining_step : float
        As `InfluenceExplainer` describes it.
    """

    problem: Any
    shifts: np.ndarray
    leverage: np.ndarray
    cooks_distance: np.ndarray
    remaining_step: float


def parameters_without_each(problem, refit, *, exact=False, damping=0.0):
    """Shifts of the parameters by leaving out each row.

    Parameters
    ----------
    problem : LinearProblem or NetworkProblem
    refit : callable
        ``refit(rows)``: estimators fitted without these rows, for those that alone decide about
        a parameter of a linear model.
    exact : bool, default=False
        Whether to go on with Newton's method after the first step; for linear models.
    damping : float, default=0.0
        For networks, added to the diagonal of the Hessian.

    Returns
    -------
    Shifted
    """
    linear = isinstance(problem, LinearProblem)
    hessian, penalty = problem.hessian(), problem.penalty()
    if not linear:
        penalty = penalty + damping * np.eye(len(hessian))
    inverse = Inverse(hessian + penalty)
    steps = one_step(problem, inverse)
    remaining = _check_minimum(problem, hessian, inverse, steps)
    shifts = steps.shifts
    likelihood = linear and not isinstance(problem.loss, SquaredLoss)
    if likelihood:
        problem, shifts = _further(problem, hessian, shifts, exact)
    if linear and len(steps.alone) and not (likelihood and exact):
        models = refit(steps.alone)
        others = [problem.in_centred_coordinates(m.coef_, m.intercept_) for m in models]
        shifts[steps.alone] = np.array(others) - problem.parameters
    n_effective = steps.leverage.sum()
    distance = cooks_distance(shifts, hessian, n_effective, _noise(problem, n_effective))
    return Shifted(problem, shifts, steps.leverage, distance, remaining)


def _further(problem, hessian, shifts, exact):
    """Go on with Newton's method, without each row or without those that move the model far.

    One step is good where it is short, and few can be long: the squares of their lengths add up
    to about the number of parameters.
    """
    rows = np.arange(problem.n_rows)
    if not exact:
        lengths = np.sqrt(((shifts @ hessian) * shifts).sum(axis=1))
        rows = np.argsort(-lengths, kind="stable")[:_MAX_LONG]
        rows = rows[lengths[rows] > _LONG_STEP]
        if len(rows) == 0 or problem.parameters.size > _MAX_FURTHER:
            return problem, shifts
    best = solve(problem)
    others = solve_without_each(problem, problem.parameters + shifts[rows], rows)
    found = others.reached & best.reached
    if not found.all():
        _warn_not_reached(problem, rows[~found], exact)
    if exact:
        return problem.with_parameters(best.parameters), others.parameters - best.parameters
    shifts[rows[found]] = (others.parameters - best.parameters)[found]
    return problem, shifts


def _warn_not_reached(problem, rows, exact):
    stands = "where they had come to" if exact else "one step"
    warnings.warn(
        f"the model's parameters without {len(rows)} of {problem.n_rows} rows (the first: number "
        f"{rows.min()}) were not found by Newton's method, and {stands} stands for them. Without "
        "a penalty there may be none: where a column tells classes apart, parameters grow without "
        "end. Expected a model with a penalty, or a stronger one",
        ConvergenceWarning,
        stacklevel=7,
    )


def _check_minimum(problem, hessian, inverse, steps):
    """Warn of a model that is not at the minimum of its loss; how far it is."""
    gradient, parameters = problem.gradient(), problem.parameters
    ahead = gradient @ inverse(gradient)
    rounding = 1e-16 * (parameters @ hessian @ parameters)
    scale = max(steps.decrements.mean(), rounding, np.finfo(float).tiny)
    remaining = float(np.sqrt(ahead / scale))
    if remaining > _MAX_REMAINING:
        _warn_unfinished(
            f"the next Newton step is {remaining:.2g} times as long as that for leaving out a "
            "typical row",
            stacklevel=7,
        )
    if inverse.n_negative:
        warnings.warn(
            f"the model's loss bends down along {inverse.n_negative} directions, so it is at no "
            "minimum; they count by the size of their curvature. Fit it longer, or pass a larger "
            "damping",
            UserWarning,
            stacklevel=6,
        )
    return remaining


def check_gradient(problem):
    """Warn of a network that is not at the minimum of its loss, without its Hessian.

    At a minimum the gradient is zero; without a row, minus that of the row. So a row's influence
    is lost in what is left if that is about as long.
    """
    residuals, _ = problem.derivatives()
    length = 0.0
    for rows in problem.row_blocks():
        each = residuals[rows, None, :] @ problem.tangents(problem.Z[rows])
        length += np.linalg.norm(each[:, 0], axis=1).sum() / problem.n_rows
    left = np.linalg.norm(problem.gradient())
    if left > _MAX_GRADIENT * length:
        _warn_unfinished(
            f"its gradient is {left / max(length, np.finfo(float).tiny):.2g} times as long as that "
            "of a typical row",
            stacklevel=6,
        )


def _warn_unfinished(how, stacklevel):
    warnings.warn(
        f"the model is not at the minimum of its loss over X_background and y: {how}. Fit it with "
        "a smaller tol and a larger max_iter, without weights for rows, and pass the data it was "
        "fitted to",
        ConvergenceWarning,
        stacklevel=stacklevel,
    )


def _noise(problem, n_effective):
    """Variance of the noise of least squares; 1 for likelihoods."""
    if not isinstance(problem.loss, SquaredLoss):
        return 1.0
    residuals, _ = problem.derivatives()
    left = residuals.size - n_effective
    return (residuals**2).sum() / left if left > 1e-9 else np.nan
