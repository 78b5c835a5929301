"""Orthogonal decomposition of a design matrix: rank, collinearity, coordinates.

Everything here works on the weighted and centred columns through their singular values, so that
no cross-product matrix (whose condition number is squared) is ever formed.
"""

import warnings
from typing import NamedTuple

import numpy as np

# Rows of the null space smaller than this are rounding: the column is identified.
NULL_TOL = 1e-8
# Matrices of so many columns times columns take long to decompose, and much memory.
_MANY_COLUMNS = 2000


class Design(NamedTuple):
    """Singular value decomposition of the centred columns, each scaled to unit length.

    Attributes
    ----------
    mean : ndarray of shape (n_features,)
        Weighted means; zeros without an intercept.
    scale : ndarray of shape (n_features,)
        Lengths of the centred, weighted columns; 1 for a constant column.
    left : ndarray of shape (n_rows, rank)
        Orthonormal columns. With a penalty, the rows of the data only.
    singular_values : ndarray of shape (rank,)
        Singular values of the scaled columns, none of them zero to rounding.
    right : ndarray of shape (n_features, rank)
        Directions of the scaled columns that belong to the singular values.
    null_space : ndarray of shape (n_features, n_features - rank)
        Directions of the scaled columns along which nothing changes.
    root_weight : ndarray of shape (n_rows,)
        Square roots of the sample weights.
    fit_intercept : bool
        Whether the columns were centred.
    """

    mean: np.ndarray
    scale: np.ndarray
    left: np.ndarray
    singular_values: np.ndarray
    right: np.ndarray
    null_space: np.ndarray
    root_weight: np.ndarray
    fit_intercept: bool

    @property
    def rank(self):
        """Rank of the design, the intercept included."""
        return len(self.singular_values) + int(self.fit_intercept)

    @property
    def identified(self):
        """Mask of the columns whose coefficient the rows determine."""
        return identified_columns(self.null_space)

    def coordinates(self):
        """Linear map from coordinates on the orthonormal rows to (intercept, coefficients).

        Of all coefficients with the same fit, the map gives those of least length.

        Returns
        -------
        to_coef : ndarray of shape (1 + n_features, fit_intercept + rank)
            Its first row is the intercept (zeros without one).
        basis : ndarray of shape (n_rows, fit_intercept + rank)
            Orthonormal columns that span the weighted design.
        """
        to_coef = self.right / self.singular_values / self.scale[:, None]
        to_coef = shortest(to_coef, self.null_space, self.scale)
        to_coef = np.vstack([-self.mean @ to_coef, to_coef])
        if not self.fit_intercept:
            return to_coef, self.left
        total = np.linalg.norm(self.root_weight)
        first = np.zeros((len(to_coef), 1))
        first[0] = 1 / total
        basis = np.column_stack([self.root_weight / total, self.left])
        return np.hstack([first, to_coef]), basis


def warn_of_many_columns(n_columns):
    """Warn, before the work, of matrices of very many columns times as many."""
    if n_columns > _MANY_COLUMNS:
        warnings.warn(
            f"X_background has {n_columns:,} columns as the model sees them: errors of their "
            f"coefficients take several matrices of {8 * n_columns**2 / 2**30:.1f} GiB each, and "
            "minutes or hours; leave out columns before the model is fitted",
            stacklevel=4,
        )


def decompose(X, sample_weight=None, alpha=0.0, fit_intercept=True):
    """Decompose the weighted, centred design; ridge penalties enter as extra rows.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        The design without its intercept.
    sample_weight : ndarray of shape (n_rows,), default=None
        Positive weights; None means one each.
    alpha : float, default=0.0
        Weight of ``sum(coef ** 2)`` against ``sum(weight * residual ** 2)``.
    fit_intercept : bool, default=True
        Whether an unpenalised intercept belongs to the model.

    Returns
    -------
    Design
    """
    X = np.asarray(X, dtype=float)
    n_rows, n_features = X.shape
    weight = np.ones(n_rows) if sample_weight is None else np.asarray(sample_weight, dtype=float)
    root_weight = np.sqrt(weight)
    mean = np.average(X, axis=0, weights=weight) if fit_intercept else np.zeros(n_features)
    columns = (X - mean) * root_weight[:, None]
    rounding = np.finfo(float).eps * max(n_rows, n_features)
    noise = rounding * np.linalg.norm(X * root_weight[:, None], axis=0)
    # One zero or penalty row per feature: the decomposition then always has every direction.
    penalty = np.sqrt(alpha) * np.eye(n_features)
    columns = np.vstack([columns, penalty])
    scale = np.linalg.norm(columns, axis=0)
    constant = scale <= noise
    columns[:, constant] = 0.0
    scale[constant] = 1.0
    left, values, right = np.linalg.svd(columns / scale, full_matrices=False)
    # A direction is null if rounding in the columns it combines could have made it.
    tolerance = np.abs(right) @ np.maximum(noise / scale, rounding)
    kept = values > tolerance
    return Design(
        mean,
        scale,
        left[:n_rows, kept],
        values[kept],
        right[kept].T,
        right[~kept].T,
        root_weight,
        fit_intercept,
    )


def identified_columns(null_space):
    """Mask of the columns that no null direction touches."""
    return np.linalg.norm(null_space, axis=1) <= NULL_TOL


def shortest(coef, null_space, scale):
    """Remove from each column of ``coef`` its part along the null directions (unscaled)."""
    if null_space.shape[1] == 0:
        return coef
    null = np.linalg.qr(null_space / scale[:, None])[0]
    return coef - null @ (null.T @ coef)


def variance_inflation(design):
    """Variance inflation factor of each column: 1 / (1 - R²) on the other columns.

    Parameters
    ----------
    design : Design
        An unpenalised decomposition.

    Returns
    -------
    vif : ndarray of shape (n_features,)
        At least 1; infinite for a column that the others determine.
    """
    vif = ((design.right / design.singular_values) ** 2).sum(axis=1)
    return np.where(design.identified, vif, np.inf)


def condition_number(design):
    """Ratio of the largest to the least singular value of the standardised columns."""
    if design.null_space.shape[1]:
        return np.inf
    return float(design.singular_values.max() / design.singular_values.min())
