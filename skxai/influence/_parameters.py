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
MAX_HESSIAN = 1500
# A fit is not finished if its next step is longer than that for leaving out a typical row.
_MAX_REMAINING = 1.0


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
    if exact and not isinstance(problem.loss, SquaredLoss):
        best = solve(problem)
        start = shifts + problem.parameters
        problem = problem.with_parameters(best)
        shifts = solve_without_each(problem, start) - best
    elif linear and len(steps.alone):
        models = refit(steps.alone)
        others = [problem.in_centred_coordinates(m.coef_, m.intercept_) for m in models]
        shifts[steps.alone] = np.array(others) - problem.parameters
    n_effective = steps.leverage.sum()
    distance = cooks_distance(shifts, hessian, n_effective, _noise(problem, n_effective))
    return Shifted(problem, shifts, steps.leverage, distance, remaining)


def _check_minimum(problem, hessian, inverse, steps):
    """Warn of a model that is not at the minimum of its loss; how far it is."""
    gradient, parameters = problem.gradient(), problem.parameters
    ahead = gradient @ inverse(gradient)
    rounding = 1e-16 * (parameters @ hessian @ parameters)
    scale = max(steps.decrements.mean(), rounding, np.finfo(float).tiny)
    remaining = float(np.sqrt(ahead / scale))
    if remaining > _MAX_REMAINING:
        warnings.warn(
            "the model is not at the minimum of its loss over X_background and y: the next Newton "
            f"step is {remaining:.2g} times as long as that for leaving out a typical row. Fit it "
            "with a smaller tol and a larger max_iter, and pass the data it was fitted to",
            ConvergenceWarning,
            stacklevel=6,
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


def _noise(problem, n_effective):
    """Variance of the noise of least squares; 1 for likelihoods."""
    if not isinstance(problem.loss, SquaredLoss):
        return 1.0
    residuals, _ = problem.derivatives()
    left = residuals.size - n_effective
    return (residuals**2).sum() / left if left > 1e-9 else np.nan
