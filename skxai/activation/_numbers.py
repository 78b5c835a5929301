"""A background of which every cell is a number."""

import numpy as np
import pandas as pd
import scipy.sparse as sp

from skxai.utils._cells import as_floats, holds_flags, holds_numbers
from skxai.utils._tables import TableSpec, check_table

_HINT = "PrototypeExplainer takes any table"


def check_numbers(X_background):
    """The background as a table, and its numbers as an array.

    Truth values count, as 0 and 1; texts and categories do not, though they may look like numbers.

    Parameters
    ----------
    X_background : DataFrame or array-like of shape (n_rows, n_columns)

    Returns
    -------
    X : DataFrame or ndarray
    U : ndarray of float64, shape (n_rows, n_columns)

    Raises
    ------
    TypeError, ValueError
        If it has no rows, or cells that are no finite numbers; the message names the column.
    """
    X = check_table(X_background, "X_background")
    if sp.issparse(X):
        raise TypeError("X_background is sparse; expected a DataFrame or an array of numbers")
    if X.shape[0] == 0:
        raise ValueError("X_background has no rows; expected at least one")
    U = _as_array(X)
    unknown = ~np.isfinite(U)
    if unknown.any():
        column = int(np.flatnonzero(unknown.any(axis=0))[0])
        cell = U[int(np.flatnonzero(unknown[:, column])[0]), column]
        raise ValueError(
            f"X_background has missing or infinite values, first in column {_name(X, column)!r}: "
            f"{cell}; expected finite numbers; {_HINT}"
        )
    return X, U


def _as_array(X):
    if isinstance(X, np.ndarray) and X.dtype.kind in "biuf":
        return X.astype(float)
    frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X)
    columns = []
    for j in range(frame.shape[1]):
        column = frame.iloc[:, j]
        if not (holds_numbers(column) or holds_flags(column)):
            raise ValueError(
                f"X_background has cells that are no numbers in column {_name(X, j)!r}, of dtype "
                f"{column.dtype}, such as {_first_other(column)!r}; expected numbers, none of "
                f"them missing; {_HINT}"
            )
        columns.append(as_floats(column))
    return np.column_stack(columns)


def _first_other(column):
    """A cell that tells what is wrong: of objects, the first that is there and no number."""
    seen = column.dropna().astype(object)
    others = [cell for cell in seen if not holds_numbers(pd.Series([cell]))]
    cell = next(iter([*others, *seen]), column.iloc[0])
    return cell.item() if isinstance(cell, np.generic) else cell


def _name(X, column):
    return TableSpec.of(X).names[column]
