"""Which rows of the background are like a row: Gower's distance."""

import numpy as np
import pandas as pd
import scipy.sparse as sp


def gower_distances(rows, row):
    """The mean over all columns of how far a row is from others.

    Parameters
    ----------
    rows : DataFrame, ndarray or sparse matrix of shape (n_rows, n_columns)
    row : table of one row of the same kind

    Returns
    -------
    ndarray of shape (n_rows,)
        Numbers, dates and durations count with their difference over the range of the column,
        both in `rows` and `row`, all else by 0 if equal and 1 if not. Missing values equal each
        other and differ from all else.

    References
    ----------
    J. C. Gower, "A general coefficient of similarity and some of its properties", Biometrics 27
    (1971).

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"age": [20.0, 30.0, 40.0], "town": ["Ulm", "Ulm", "Bonn"]})
    >>> gower_distances(rows, rows.iloc[[0]])
    array([0.  , 0.25, 1.  ])
    """
    if sp.issparse(rows):
        return _of_sparse(sp.csr_matrix(rows), sp.csr_matrix(row))
    total = np.zeros(rows.shape[0])
    for j in range(rows.shape[1]):
        if isinstance(rows, pd.DataFrame):
            total += _column_distances(rows.iloc[:, j], row.iloc[0, j])
        else:
            total += _column_distances(pd.Series(rows[:, j]).infer_objects(), row[0, j])
    return total / rows.shape[1]


def _column_distances(column, value):
    missing = column.isna().to_numpy()
    if pd.isna(value):
        return (~missing).astype(float)
    different = np.ones(len(column))
    seen = column[~missing]
    numbers = _as_numbers(seen)
    if numbers is None:
        different[~missing] = [other != value for other in seen.astype(object)]
        return different
    own = _as_numbers(pd.Series([value], dtype=column.dtype if _is_time(column) else float))
    spread = np.ptp(np.append(numbers, own))
    different[~missing] = np.abs(numbers - own) / spread if spread > 0 else 0.0
    return different


def _is_time(column):
    kinds = pd.api.types
    return kinds.is_datetime64_any_dtype(column) or kinds.is_timedelta64_dtype(column)


def _as_numbers(column):
    """Numbers, dates or durations as floats, else None."""
    if _is_time(column):
        return column.astype("int64").to_numpy(dtype=float)
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return None
    return column.to_numpy(dtype=float)


def _of_sparse(rows, row):
    stacked = sp.vstack([rows, row]).tocsc()
    highest = np.asarray(stacked.max(axis=0).todense()).ravel().astype(float)
    lowest = np.asarray(stacked.min(axis=0).todense()).ravel().astype(float)
    spread = highest - lowest
    weights = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    # Row by row against the one: sparse as they are.
    same = sp.vstack([row] * rows.shape[0]).tocsr()
    return np.asarray(abs(rows - same) @ weights).ravel() / rows.shape[1]
