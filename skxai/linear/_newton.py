"""Newton's method with step halving for smooth convex functions."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning


def pinv(matrix):
    """Moore-Penrose inverse of a symmetric matrix."""
    return np.linalg.pinv(matrix, rcond=len(matrix) * np.finfo(float).eps, hermitian=True)


def newton(value, derivatives, start, diverges=None, tol=1e-9, max_iter=100):
    """Minimise a convex function.

    Parameters
    ----------
    value : callable
        ``value(theta)`` is the function; may return inf.
    derivatives : callable
        ``derivatives(theta)`` returns its gradient and a positive semi-definite Hessian.
        Null directions of the Hessian are left alone.
    start : ndarray of shape (n_parameters,)
        Where to begin.
    diverges : callable, default=None
        ``diverges(theta)`` is asked once, when the function is flat although the steps are not
        short: True ends the search (the minimum lies at infinity).
    tol : float, default=1e-9
        The search ends after a step shorter than ``tol`` relative to theta. The error left is of
        the order of its square.
    max_iter : int, default=100
        Largest number of steps.

    Returns
    -------
    theta : ndarray of shape (n_parameters,)
        The minimiser, or the last point of a diverging search.
    diverged : bool
        True if ``diverges`` ended the search.
    """
    theta = np.array(start, dtype=float)
    current = value(theta)
    for _ in range(max_iter):
        gradient, hessian = derivatives(theta)
        step = -pinv(hessian) @ gradient
        # Once the expected gain is of rounding's size, halving could only be fooled by it.
        flat = -gradient @ step <= 1e-9 * (1 + abs(current))
        if not flat:
            step = _halve(value, theta, step, current)
        theta = theta + step
        current = value(theta)
        if np.abs(step).max() <= tol * (1 + np.abs(theta).max()):
            return theta, False
        if flat and diverges is not None:
            if diverges(theta):
                return theta, True
            diverges = None
    warnings.warn(
        f"the likelihood's maximum was not reached in {max_iter} Newton steps",
        ConvergenceWarning,
        stacklevel=2,
    )
    return theta, False


def _halve(value, theta, step, current, max_halvings=50):
    """Shorten the step until the function falls."""
    for _ in range(max_halvings):
        if value(theta + step) < current:
            break
        step = step / 2
    return step
