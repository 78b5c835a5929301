"""What leaving out each row does to the parameters, by one Newton step from the fitted ones.

Row i adds ``J.T @ r`` to the gradient and about ``J.T @ W @ J`` to the Hessian H, where J are the
derivatives of its scores by the parameters, and r and W those of its loss by the scores. Without
it, one Newton step moves the parameters by ``H⁻¹ J.T (I - W J H⁻¹ J.T)⁻¹ r``. For least squares
that is all; for one score it is the gradient over one minus the leverage.
"""

from typing import NamedTuple

import numpy as np

# So near to one, a leverage says that the row alone decides something.
_LEAST_SLACK = 1e-9


class Steps(NamedTuple):
    """Newton steps of all rows.

    Attributes
    ----------
    shifts : ndarray of shape (n_rows, n_parameters)
        Parameters without the row less those with it.
    leverage : ndarray of shape (n_rows,)
        Trace of the row's block of the hat matrix.
    alone : ndarray of int
        Rows whose leverage is one; their shift is of no use.
    decrements : ndarray of shape (n_rows,)
        ``g.T H⁻¹ g`` of each row's gradient.
    """

    shifts: np.ndarray
    leverage: np.ndarray
    alone: np.ndarray
    decrements: np.ndarray


class Inverse:
    """The inverse of a symmetric matrix by its eigenvalues.

    Null directions are left alone; negative eigenvalues (of a network that is no minimum) count
    by their size.

    Parameters
    ----------
    matrix : ndarray of shape (n, n)
    """

    def __init__(self, matrix):
        values, vectors = np.linalg.eigh(matrix)
        least = len(matrix) * np.finfo(float).eps * np.abs(values).max(initial=0)
        self.n_negative = int((values < -least).sum())
        kept = np.abs(values) > least
        # Symmetric square root: one product on each side instead of a division in between.
        self.root = vectors[:, kept] / np.sqrt(np.abs(values[kept]))
        diagonal = np.diag(matrix)
        if self.n_negative == 0 and not kept.all() and (diagonal > 0).all():
            self._despite_units(matrix, 1 / np.sqrt(diagonal))

    def _despite_units(self, matrix, units):
        """Columns of very different units are no null directions: try again without units."""
        values, vectors = np.linalg.eigh(matrix * units * units[:, None])
        if values[0] > len(values) * np.finfo(float).eps * values[-1]:
            self.root = units[:, None] * (vectors / np.sqrt(values))

    def __call__(self, vectors):
        """Times vectors in the rows of an array."""
        return (vectors @ self.root) @ self.root.T


def one_step(problem, inverse):
    """Newton steps for all rows of a problem, from the inverse of its Hessian."""
    n_parameters = problem.parameters.size
    shifts, leverage = np.empty((problem.n_rows, n_parameters)), np.empty(problem.n_rows)
    decrements, slack = np.empty(problem.n_rows), np.empty(problem.n_rows)
    for rows in problem.row_blocks():
        residuals, curvatures = problem.derivatives(rows)
        tangents = problem.tangents(problem.Z[rows])
        pulled = inverse(tangents)
        inner = pulled @ tangents.swapaxes(1, 2)
        hat = curvatures @ inner
        room = np.eye(hat.shape[1]) - hat
        slack[rows] = np.linalg.eigvals(room).real.min(axis=1)
        room[slack[rows] < _LEAST_SLACK] = np.eye(hat.shape[1])
        push = np.linalg.solve(room, residuals[:, :, None])
        shifts[rows] = (pulled.swapaxes(1, 2) @ push)[:, :, 0]
        leverage[rows] = np.trace(hat, axis1=1, axis2=2)
        decrements[rows] = np.einsum("nk,nkl,nl->n", residuals, inner, residuals)
    return Steps(shifts, leverage, np.flatnonzero(slack < _LEAST_SLACK), decrements)


def cooks_distance(shifts, hessian, n_effective, scale):
    """How far each row's absence moves all fitted values, in units of their uncertainty.

    Parameters
    ----------
    shifts : ndarray of shape (n_rows, n_parameters)
    hessian : ndarray of shape (n_parameters, n_parameters)
        Of the losses without penalty.
    n_effective : float
        Number of parameters, as the sum of all leverages.
    scale : float
        Variance of the noise; 1 for likelihoods.
    """
    moved = ((shifts @ hessian) * shifts).sum(axis=1)
    unit = n_effective * scale  # zero for a model that fits all rows: none moves it
    return np.divide(moved, unit, out=np.zeros_like(moved), where=unit > 0)
