"""How far rows of any table are apart, in units of what two rows of the background differ by."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.utils.sparsefuncs import mean_variance_axis

from skxai.utils._cells import as_floats, as_seconds, holds_numbers, is_date, is_duration, spread

# Two random rows differ by 2 in the square of a standardised number; so do other unequal values.
_UNEQUAL = 2.0
_MISSING, _UNSEEN = -1, -2


class Coordinates(NamedTuple):
    """Rows for which distances can be computed.

    Attributes
    ----------
    numbers : ndarray or CSR matrix of shape (n_rows, n_numbers)
        Divided by standard deviations; NaN where missing.
    codes : ndarray of int, shape (n_rows, n_others)
        What the other columns hold, numbered.
    """

    numbers: Any
    codes: np.ndarray

    def take(self, rows):
        """The coordinates of some rows."""
        return Coordinates(self.numbers[rows], self.codes[rows])


class RowDistance:
    """The distance of rows of a table.

    Its square is the sum over columns of the squared difference in standard deviations; of 2 where
    other values than numbers differ, or one of two is missing or infinite; divided by the mean of
    that over all pairs of background rows.

    Parameters
    ----------
    X : DataFrame, ndarray or CSR matrix of shape (n_rows, n_columns)
        The background.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [20.0, 40.0], "town": ["Ulm", "Bonn"]})
    >>> distance = RowDistance(X)
    >>> rows = distance.coordinates(X)
    >>> distance(rows, rows).round(3)
    array([[0.   , 1.414],
           [1.414, 0.   ]])
    """

    def __init__(self, X):
        self._is_sparse = sp.issparse(X)
        if self._is_sparse:
            self._learn_sparse(X)
        else:
            self._learn_table(_as_frame(X))

    def _learn_sparse(self, X):
        variances = mean_variance_axis(X.astype(float), axis=0)[1]
        self._scales = np.where(variances > 0, np.sqrt(variances), 1.0)
        self._unit = _or_one(_UNEQUAL * np.count_nonzero(variances > 0))

    def _learn_table(self, frame):
        amounts = [_as_amounts(frame.iloc[:, j]) for j in range(frame.shape[1])]
        self._numeric = [amount is not None for amount in amounts]
        self._scales, self._values, unit = [], [], 0.0
        for j, amount in enumerate(amounts):
            if amount is None:
                values = _as_objects(frame.iloc[:, j])
                self._values.append(pd.Index(pd.unique(values[pd.notna(values)]), dtype=object))
                shares = np.unique(_codes(values, self._values[-1]), return_counts=True)[1]
                unit += _UNEQUAL * (1 - ((shares / len(frame)) ** 2).sum())
                continue
            there = amount[np.isfinite(amount)]
            varies = len(there) > 0 and there.min() < there.max()
            self._scales.append(spread(there) if varies else 1.0)
            share = len(there) / len(frame)
            others = np.unique(amount[~np.isfinite(amount)], return_counts=True)[1] / len(frame)
            unit += _UNEQUAL * (share**2 * varies + 1 - share**2 - (others**2).sum())
        self._scales = np.array(self._scales)
        self._unit = _or_one(unit)

    def coordinates(self, X):
        """The coordinates of rows of a table like the background."""
        if self._is_sparse:
            scaled = sp.csr_matrix(X, dtype=float) @ sp.diags(1 / self._scales)
            return Coordinates(scaled.tocsr(), np.empty((X.shape[0], 0), dtype=int))
        frame = _as_frame(X)
        numbers, codes = [], []
        for j, numeric in enumerate(self._numeric):
            if numeric:
                numbers.append(_as_amounts(frame.iloc[:, j], known=True))
            else:
                codes.append(_codes(_as_objects(frame.iloc[:, j]), self._values[len(codes)]))
        shape = (len(frame), -1)
        numbers = np.column_stack(numbers) if numbers else np.empty((len(frame), 0))
        codes = np.column_stack(codes) if codes else np.empty((len(frame), 0), dtype=int)
        return Coordinates(
            numbers.reshape(shape) / self._scales if numbers.size else numbers, codes
        )

    def __call__(self, a, b):
        """Distances of each of some rows from each of others, of shape (n_a, n_b)."""
        squares = _sparse_squares(a, b) if self._is_sparse else _squares(a, b)
        return np.sqrt(np.maximum(squares, 0.0) / self._unit)


def _squares(a, b):
    squares = np.empty((len(a.codes), len(b.codes)))
    for k in range(len(b.codes)):  # one at a time: memory
        own, other = a.numbers, b.numbers[k]
        finite = np.isfinite(own) & np.isfinite(other)
        gaps = np.where(finite, own, 0.0) - np.where(finite, other, 0.0)
        unequal = ~finite & (own != other) & ~(np.isnan(own) & np.isnan(other))
        gaps = np.where(unequal, _UNEQUAL, gaps**2)
        squares[:, k] = gaps.sum(axis=1) + _UNEQUAL * (a.codes != b.codes[k]).sum(axis=1)
    return squares


def _sparse_squares(a, b):
    lengths_a, lengths_b = (
        np.asarray(part.numbers.multiply(part.numbers).sum(axis=1)).ravel() for part in (a, b)
    )
    return lengths_a[:, None] + lengths_b - 2 * (a.numbers @ b.numbers.T).toarray()


def _or_one(unit):
    return unit if unit > 0 else 1.0


def _as_frame(X):
    return X if isinstance(X, pd.DataFrame) else pd.DataFrame(X)


def _as_amounts(column, known=False):
    """A column of numbers or dates as floats, missing as NaN; None for others."""
    if is_date(column.dtype) or is_duration(column.dtype):
        return as_seconds(column)
    return as_floats(column) if known or holds_numbers(column) else None


def _as_objects(column):
    return column.astype(object).to_numpy()


def _codes(values, known):
    codes = known.get_indexer(pd.Index(values, dtype=object))
    return np.where(pd.isna(values), _MISSING, np.where(codes < 0, _UNSEEN, codes))
