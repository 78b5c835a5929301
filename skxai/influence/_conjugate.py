"""Conjugate gradients for several right-hand sides at once."""

import warnings

import numpy as np


def conjugate_gradients(product, right, tol=1e-8, max_iter=None):
    """Solve ``A x = b`` for each row b of `right`, from products with A alone.

    Where A bends down along a search direction (a network that is no minimum), that row stops
    at what it has, with a warning.

    Parameters
    ----------
    product : callable
        ``product(vectors)``: A times each row of an array, for symmetric A.
    right : ndarray of shape (n, n_parameters)
    tol : float, default=1e-8
        Largest norm of what is left, relative to that of b.
    max_iter : int, default=None
        Largest number of steps; None: ten times the number of parameters, at most 2000.

    Returns
    -------
    ndarray of shape (n, n_parameters)
    """
    if max_iter is None:
        max_iter = min(10 * right.shape[1], 2000)
    solved, rest, direction = np.zeros_like(right), right.copy(), right.copy()
    square = (rest**2).sum(axis=1)
    goal, bent = tol**2 * square, 0
    open_ = np.flatnonzero(square > 0)
    for _ in range(max_iter):
        if len(open_) == 0:
            break
        moved = product(direction[open_])
        bend = (direction[open_] * moved).sum(axis=1)
        up = bend > 0
        bent += int((~up).sum())
        open_, moved, bend = open_[up], moved[up], bend[up]
        length = (square[open_] / bend)[:, None]
        solved[open_] += length * direction[open_]
        rest[open_] -= length * moved
        last = square[open_]
        square[open_] = (rest[open_] ** 2).sum(axis=1)
        direction[open_] = rest[open_] + (square[open_] / last)[:, None] * direction[open_]
        open_ = open_[square[open_] > goal[open_]]
    if bent:
        warnings.warn(
            f"the network's loss bends down along {bent} of {len(right)} search directions, so it "
            "is at no minimum: fit it longer, or pass a larger damping",
            UserWarning,
            stacklevel=2,
        )
    if len(open_):
        warnings.warn(
            f"{len(open_)} of {len(right)} systems were not solved in {max_iter} steps of "
            "conjugate gradients; a larger damping makes them easier",
            UserWarning,
            stacklevel=2,
        )
    return solved
