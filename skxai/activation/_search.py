"""The search for the largest value of an output minus its penalty."""

from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import Bounds, differential_evolution, minimize

_MAX_ITER = 1000
_MAX_POPULATION = 100
_LEAST_GENERATIONS = 10


class Found(NamedTuple):
    """Where a search ended.

    Attributes
    ----------
    z : ndarray of shape (n_columns,)
    objective : float
        Output minus penalty there.
    converged : bool
    """

    z: np.ndarray
    objective: float
    converged: bool


class Objective(NamedTuple):
    """An output minus ``strength`` times a penalty, of standardised rows.

    Attributes
    ----------
    outputs : callable
        From rows Z to values, of shape (n_rows,).
    slopes : callable or None
        From rows Z to derivatives of that, of shape (n_rows, n_columns).
    penalty : callable
        From rows Z to values and derivatives.
    strength : float
    """

    outputs: Any
    slopes: Any
    penalty: Any
    strength: float

    def __call__(self, Z):
        return self.outputs(Z) - self.strength * self.penalty(Z)[0]

    def with_slope(self, z):
        """Value and derivative at one row."""
        Z = z[None]
        penalty, slope = self.penalty(Z)
        value = self.outputs(Z)[0] - self.strength * penalty[0]
        return value, self.slopes(Z)[0] - self.strength * slope[0]


def climb(objective, starts, low, high):
    """Ascend from several starts along the derivative; the highest end.

    Parameters
    ----------
    objective : Objective
        With slopes.
    starts : ndarray of shape (n_starts, n_columns)
    low, high : ndarray of shape (n_columns,)
        Bounds; infinite ones are none.

    Returns
    -------
    Found

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.activation._penalties import SquaredLength
    >>> slopes = np.array([[2.0, -6.0]])
    >>> linear = Objective(lambda Z: Z @ slopes[0], lambda Z: slopes, SquaredLength(), 1.0)
    >>> climb(linear, np.zeros((1, 2)), np.full(2, -2.0), np.full(2, 2.0)).z.round(6)
    array([ 1., -2.])
    """

    def downhill(z):
        value, slope = objective.with_slope(z)
        return -value, -slope

    if not (high > low).any():
        return Found(low, float(objective(low[None])[0]), True)
    best = None
    for start in starts:
        end = minimize(
            downhill,
            np.clip(start, low, high),
            jac=True,
            method="L-BFGS-B",
            bounds=Bounds(low, high),
            options={"maxiter": _MAX_ITER, "maxfun": 4 * _MAX_ITER, "ftol": 1e-13, "gtol": 1e-8},
        )
        # Status 2 is a line search that finds nothing higher, as at a kink of the model.
        found = Found(np.clip(end.x, low, high), -float(end.fun), end.status != 1)
        if best is None or found.objective > best.objective:
            best = found
    return best


def evolve(objective, starts, low, high, max_evals, seed):
    """Differential evolution of a population: for models without a derivative.

    Parameters
    ----------
    objective : Objective
    starts : ndarray of shape (n_starts, n_columns)
        Best first; they are at most half of the population, the rest is drawn within the bounds.
    low, high : ndarray of shape (n_columns,)
        Finite bounds.
    max_evals : int
        Rows of the model, at least ten.
    seed : int

    Returns
    -------
    Found
    """
    if not (high > low).any():
        return Found(low, float(objective(low[None])[0]), True)
    rng = np.random.default_rng(seed)
    size = max(5, min(_MAX_POPULATION, max_evals // _LEAST_GENERATIONS))  # scipy wants five
    starts = np.clip(starts[: size // 2], low, high)
    drawn = rng.uniform(low, high, size=(size - len(starts), len(low)))
    free = high > low  # scipy scales by the width
    first = np.vstack([starts, drawn])

    def downhill(Z):
        full = np.repeat(low[None], Z.shape[1], axis=0)
        full[:, free] = Z.T
        return -objective(full)

    end = differential_evolution(
        downhill,
        Bounds(low[free], high[free]),
        init=first[:, free],
        maxiter=max(1, max_evals // size - 1),
        tol=1e-9,
        polish=False,
        vectorized=True,
        updating="deferred",
        seed=int(rng.integers(2**31)),
    )
    z = low.copy()
    z[free] = np.clip(end.x, low[free], high[free])
    return Found(z, -float(end.fun), bool(end.success))
