"""Removed columns, filled in by what the other columns of the row say of them, with noise."""

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.covariance import ledoit_wolf_shrinkage

from skxai.utils._blocks import blocks

# Correlations are drawn towards zero at least so much, so that collinear columns can be told apart.
_LEAST_SHRINKAGE = 0.01
_MAX_CELLS = 2**22


class LinearImputer:
    """The Gaussian law of a table's columns; categories count as columns of zeros and ones.

    Correlations are drawn towards zero by as much as Ledoit and Wolf's rule finds best. Otherwise
    those that a few rows have by chance would fill in a feature that the others tell nothing of.

    Parameters
    ----------
    table : DataFrame, ndarray or sparse matrix of shape (n_rows, n_columns)

    References
    ----------
    O. Ledoit and M. Wolf, "A well-conditioned estimator for large-dimensional covariance
    matrices", Journal of Multivariate Analysis 88 (2004).

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.metrics._imputation import LinearImputer
    >>> X = np.repeat(np.arange(5.0), 2)[:, None] * [1, 2]
    >>> present = np.array([[True, False]])
    >>> LinearImputer(X).impute(np.array([[3.0, 0.0]]), present, np.zeros((1, 2))).round(1)
    array([[3. , 5.7]])
    """

    def __init__(self, table):
        frame = _as_frame(table)
        self.columns = [_Column(frame.iloc[:, j]) for j in range(frame.shape[1])]
        self.owner = np.repeat(np.arange(len(self.columns)), [c.width for c in self.columns])
        leaves = self._leaves(frame)
        self.means = np.nan_to_num(np.nanmean(_with_a_row(leaves), axis=0))
        spread = np.nanstd(_with_a_row(leaves), axis=0)
        self.scales = np.where(spread > 1e-12 * np.abs(self.means), spread, 1.0)
        z = self._standardised(leaves)
        best = ledoit_wolf_shrinkage(z, assume_centered=True) if len(z) > 1 else 1.0
        shrinkage = max(_LEAST_SHRINKAGE, best)
        moment = (1 - shrinkage) * z.T @ z / len(z)
        self.precision = np.linalg.inv(moment + shrinkage * np.eye(len(moment)))

    @property
    def n_leaves(self):
        """How many random numbers one row takes."""
        return len(self.owner)

    def impute(self, table, present, noise):
        """Rows whose absent columns are filled in, each several times.

        Parameters
        ----------
        table : as the one learned from, of shape (n_rows, n_columns)
        present : ndarray of bool, shape (n_rows, n_columns)
        noise : ndarray of shape (n_draws, n_leaves)
            Standard normal; zero gives the conditional mean.

        Returns
        -------
        table of the same kind, of shape (n_rows * n_draws, n_columns)
            All draws of the first row first.
        """
        n_draws = len(noise)
        frame = _as_frame(table)
        z = self._standardised(self._leaves(frame))
        absent = ~present[:, self.owner]
        filled = np.empty((len(z), n_draws, self.n_leaves))
        for part in blocks(len(z), self.n_leaves * (self.n_leaves + n_draws), _MAX_CELLS):
            filled[part] = self._conditional(z[part], absent[part], noise)
        filled = filled.reshape(-1, self.n_leaves) * self.scales + self.means
        frame = frame.iloc[np.repeat(np.arange(len(z)), n_draws)]
        absent = np.repeat(~present, n_draws, axis=0)
        places = np.split(np.arange(self.n_leaves), np.flatnonzero(np.diff(self.owner)) + 1)
        columns = {
            j: column.filled(frame.iloc[:, j], filled[:, places[j]], absent[:, j])
            for j, column in enumerate(self.columns)
        }
        result = pd.DataFrame(columns, copy=False)
        result.columns = frame.columns
        if isinstance(table, pd.DataFrame):
            return result
        array = result.to_numpy(dtype=table.dtype)
        return type(table)(array) if sp.issparse(table) else array

    def _conditional(self, z, absent, noise):
        """Given the present leaves, the absent ones: their mean, and noise of their covariance.

        Returns
        -------
        ndarray of shape (n_rows, n_draws, n_leaves)
        """
        both = absent[:, :, None] & absent[:, None, :]
        block = np.where(both, self.precision, np.eye(z.shape[1]))
        pull = -np.where(absent, (z * ~absent) @ self.precision, 0.0)
        shift = np.linalg.solve(block, pull[:, :, None])[:, None, :, 0]
        root = np.linalg.cholesky(block)
        spread = np.linalg.solve(
            root.swapaxes(1, 2), np.broadcast_to(noise.T, (len(z), *noise.T.shape))
        )
        return np.where(absent[:, None], shift + spread.swapaxes(1, 2), z[:, None])

    def _leaves(self, frame):
        return np.column_stack([c.leaves(frame.iloc[:, j]) for j, c in enumerate(self.columns)])

    def _standardised(self, leaves):
        """What is missing says nothing."""
        return np.nan_to_num((leaves - self.means) / self.scales)


class _Column:
    """How one column becomes numbers, and numbers become its cells."""

    def __init__(self, column):
        kinds = pd.api.types
        self.dtype = column.dtype
        self.is_number = kinds.is_numeric_dtype(column) and not kinds.is_bool_dtype(column)
        if self.is_number:
            known = column.dropna().astype(float)
            self.is_whole = kinds.is_integer_dtype(column)
            self.lowest, self.highest = (known.min(), known.max()) if len(known) else (0.0, 0.0)
            self.width = 1
        else:
            # A missing value is a category of its own.
            self.cells = column.iloc[np.unique(_codes(column), return_index=True)[1]]
            self.cells = self.cells.reset_index(drop=True)
            self.width = len(self.cells)

    def leaves(self, column):
        if self.is_number:
            return pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)[:, None]
        both = pd.concat([self.cells.astype(object), column.astype(object)], ignore_index=True)
        codes = _codes(both)
        return (codes[self.width :, None] == codes[None, : self.width]).astype(float)

    def filled(self, column, leaves, absent):
        if not absent.any():
            return column.reset_index(drop=True)
        if not self.is_number:
            new = self.cells.iloc[leaves.argmax(axis=1)].to_numpy(dtype=object)
            cells = np.where(absent, new, column.to_numpy(dtype=object))
            return pd.Series(cells, dtype=object).astype(column.dtype)
        new = np.clip(leaves[:, 0], self.lowest, self.highest)
        if self.is_whole:
            new = np.round(new)
        known = column.to_numpy(dtype=float, na_value=np.nan)
        return pd.Series(np.where(absent, new, known)).astype(column.dtype)


def _codes(column):
    return pd.factorize(column.astype(object), use_na_sentinel=False)[0]


def _as_frame(table):
    if isinstance(table, pd.DataFrame):
        return table
    frame = pd.DataFrame(table.toarray() if sp.issparse(table) else table)
    return frame.infer_objects()


def _with_a_row(leaves):
    """Leaves with zeros where a column holds nothing at all."""
    return np.where(np.isnan(leaves).all(axis=0), 0.0, leaves)
