"""Models whose scores are linear in their parameters, with the data they were fitted to."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skxai.utils._blocks import blocks

_MAX_CELLS = 2**22


@dataclass(frozen=True)
class LinearProblem:
    """A sum of losses of ``Z @ theta.T`` and half a ridge: what a linear model minimises.

    The design `Z` has, with an intercept, a first column of ones; its other columns are centred,
    so that the intercept is the score at the mean row.

    Parameters
    ----------
    Z : ndarray of shape (n_rows, n_columns)
        The design.
    targets : ndarray of shape (n_rows, n_scores)
        What the loss compares scores with.
    theta : ndarray of shape (n_scores, n_columns)
        The fitted parameters.
    ridge : ndarray of shape (n_scores, n_columns)
        Factors of half the squared parameters.
    loss : object
        As in `skxai.influence._losses`.
    weights : ndarray of shape (n_rows,)
        Of the rows' losses.
    mean : ndarray or None
        Column means; None without an intercept.
    gauge : bool, default=False
        Whether the loss ignores a vector added to the parameters of all scores.
    """

    Z: np.ndarray
    targets: np.ndarray
    theta: np.ndarray
    ridge: np.ndarray
    loss: Any
    weights: np.ndarray
    mean: np.ndarray | None
    gauge: bool = False

    @classmethod
    def of(cls, X, targets, coef, intercept, alpha, loss, *, fit_intercept, weights=None, **more):
        """From a table and fitted coefficients; `alpha` is a number or one for each score."""
        targets = np.asarray(targets, dtype=float).reshape(len(X), -1)
        n_scores = targets.shape[1]
        coef = np.asarray(coef, dtype=float).reshape(n_scores, X.shape[1])
        ridge = np.broadcast_to(np.reshape(alpha, (-1, 1)), coef.shape).astype(float)
        mean = None
        if fit_intercept:
            mean = X.mean(axis=0)
            height = np.broadcast_to(np.ravel(intercept), n_scores) + coef @ mean
            coef = np.column_stack([height, coef])
            ridge = np.column_stack([np.zeros(n_scores), ridge])
        weights = np.ones(len(X)) if weights is None else np.asarray(weights, dtype=float)
        return cls(_design(X, mean), targets, coef, ridge, loss, weights, mean, **more)

    def uncentred(self):
        """The same with the model's own intercept: steps, unlike minima, depend on coordinates."""
        if self.mean is None:
            return self
        Z = self.Z.copy()
        Z[:, 1:] += self.mean
        theta = self.in_model_coordinates(self.theta)
        return replace(self, Z=Z, theta=theta, mean=np.zeros_like(self.mean))

    @property
    def n_rows(self):
        """Number of training rows."""
        return len(self.Z)

    @property
    def n_scores(self):
        """Number of scores."""
        return len(self.theta)

    @property
    def parameters(self):
        """All parameters as one vector, score by score."""
        return self.theta.ravel()

    def with_parameters(self, theta):
        """The same data with other parameters."""
        return replace(self, theta=np.reshape(theta, self.theta.shape))

    def design(self, X):
        """Other rows as `Z`."""
        return _design(X, self.mean)

    def scores(self, Z):
        """Of shape (n_rows, n_scores)."""
        return Z @ self.theta.T

    def tangents(self, Z):
        """Derivatives of the scores by all parameters: (n_rows, n_scores, n_parameters)."""
        n_scores = self.n_scores
        spread = np.eye(n_scores)[None, :, :, None] * Z[:, None, None, :]
        return spread.reshape(len(Z), n_scores, -1)

    def moved_scores(self, Z, shifts):
        """What shifts (n_shifts, n_parameters) add to scores: (n_rows, n_shifts, n_scores)."""
        each = shifts.reshape(-1, Z.shape[1])
        return (Z @ each.T).reshape(len(Z), len(shifts), self.n_scores)

    def derivatives(self, rows=slice(None)):
        """Residuals and curvatures of training rows, with their weights."""
        scores, weights = self.scores(self.Z[rows]), self.weights[rows]
        residuals = self.loss.residuals(scores, self.targets[rows]) * weights[:, None]
        return residuals, self.loss.curvatures(scores) * weights[:, None, None]

    def gradient(self):
        """Of the whole objective."""
        residuals, _ = self.derivatives()
        return (residuals.T @ self.Z + self.ridge * self.theta).ravel()

    def hessian(self):
        """Of the losses alone, without the penalty."""
        _, curvatures = self.derivatives()
        n_scores, n_columns = self.theta.shape
        hessian = np.empty((n_scores, n_columns, n_scores, n_columns))
        for k in range(n_scores):
            for other in range(k, n_scores):
                block = (self.Z.T * curvatures[:, k, other]) @ self.Z
                hessian[k, :, other] = hessian[other, :, k] = block
        return hessian.reshape(n_scores * n_columns, -1)

    def penalty(self):
        """The Hessian of the penalty; it also holds what the loss ignores where it is."""
        penalty = np.diag(self.ridge.ravel())
        if self.gauge:
            n_scores, n_columns = self.theta.shape
            penalty += np.kron(np.ones((n_scores, n_scores)), np.eye(n_columns))
        return penalty

    def row_blocks(self):
        """Training rows in blocks whose tangents are not too large."""
        return blocks(self.n_rows, self.n_scores * self.theta.size, _MAX_CELLS)

    def in_centred_coordinates(self, coef, intercept):
        """Coefficients of another fit as a vector of parameters."""
        coef = np.reshape(coef, (self.n_scores, -1))
        if self.mean is None:
            return coef.ravel()
        return np.column_stack([np.ravel(intercept) + coef @ self.mean, coef]).ravel()

    def in_model_coordinates(self, shifts):
        """Shifts of intercept and coefficients as the model has them, score by score."""
        if self.mean is None:
            return shifts
        each = shifts.reshape(-1, len(self.mean) + 1).copy()
        each[:, 0] -= each[:, 1:] @ self.mean
        return each.reshape(shifts.shape)


def _design(X, mean):
    return X if mean is None else np.column_stack([np.ones(len(X)), X - mean])
