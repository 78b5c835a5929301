"""What the explained rows hold for each player: values to write and ranks to colour by."""

import numpy as np
import pandas as pd
from scipy import sparse

ONE_VALUE = "features with a single value"
CATEGORIES = "categories without order"
MISSING = "missing values"
GROUPS = "groups of columns"
UNKNOWN = "values not kept"


def player_table(explanation, player):
    """The columns of one player in the explained rows.

    Parameters
    ----------
    explanation : Explanation
    player : int

    Returns
    -------
    list of Series or None
        None if the explanation keeps no data, or its data are no table.
    """
    data, columns = explanation.data, list(explanation.groups[player])
    if data is None or explanation.layout is not None or len(data.shape) != 2:
        return None
    if max(columns, default=0) >= data.shape[1]:
        return None
    if isinstance(data, pd.DataFrame):
        return [data.iloc[:, column].reset_index(drop=True) for column in columns]
    if sparse.issparse(data):
        data = sparse.csc_matrix(data)[:, columns].toarray()
    else:
        data = np.asarray(data)[:, columns]
    return [pd.Series(data[:, j]).infer_objects() for j in range(len(columns))]


def row_values(explanation, player):
    """The values of one player in the first row, or None where they are not known."""
    columns = player_table(explanation, player)
    return None if columns is None else [column.iloc[0] for column in columns]


def value_ranks(explanation, player):
    """Where each row's value lies among the player's distinct values.

    Parameters
    ----------
    explanation : Explanation
    player : int

    Returns
    -------
    ranks : ndarray of shape (n_rows,)
        From 0, the lowest value, to 1, the highest; equal values have equal ranks. NaN where
        there is no order to show.
    reasons : list of str
        Why some ranks are NaN.
    ends : tuple of str or None
        For a feature with two unordered categories, their names: which is 0, which is 1.
    """
    nothing = np.full(len(explanation), np.nan)
    columns = player_table(explanation, player)
    if columns is None:
        return nothing, [UNKNOWN], None
    if len(columns) != 1:
        return nothing, [GROUPS], None
    column, ends = columns[0], None
    distinct = column.dropna().unique()
    if len(distinct) < 2:
        return nothing, [ONE_VALUE], None
    if not _is_ordered(column):
        if len(distinct) > 2:
            return nothing, [CATEGORIES], None
        ends = tuple(sorted(map(str, distinct)))
        codes = [np.nan if pd.isna(value) else ends.index(str(value)) for value in column]
        column = pd.Series(codes, dtype=float)
    ranks = column.rank(method="dense").to_numpy(dtype=float, na_value=np.nan)
    missing = [MISSING] if np.isnan(ranks).any() else []
    return (ranks - 1) / (len(distinct) - 1), missing, ends


def _is_ordered(column):
    """Whether "low" and "high" mean something."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.ordered
    return (
        pd.api.types.is_numeric_dtype(column)  # includes booleans
        or pd.api.types.is_datetime64_any_dtype(column)
        or pd.api.types.is_timedelta64_dtype(column)
    )


def axis_values(column):
    """A column's values as positions on an axis.

    Parameters
    ----------
    column : Series

    Returns
    -------
    values : ndarray of shape (n_rows,)
        Numbers (of durations: days) or datetime64; of categories and booleans, the positions in
        `categories`. Missing values are NaN or NaT.
    categories : list of str or None
        Ordered categories in their order, others sorted by name, only those that occur.
    """
    column = column.infer_objects()
    is_bool = pd.api.types.is_bool_dtype(column) and not isinstance(
        column.dtype, pd.CategoricalDtype
    )
    if _is_ordered(column) and not is_bool:
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = column.cat.remove_unused_categories()
            codes = column.cat.codes.to_numpy(dtype=float)
            return np.where(codes < 0, np.nan, codes), [*map(_word, column.cat.categories)]
        if pd.api.types.is_datetime64_any_dtype(column):
            if getattr(column.dt, "tz", None) is not None:
                column = column.dt.tz_localize(None)
            return column.to_numpy(dtype="datetime64[ns]"), None
        if pd.api.types.is_timedelta64_dtype(column):
            return (column / pd.Timedelta(days=1)).to_numpy(dtype=float), None
        return column.to_numpy(dtype=float, na_value=np.nan), None
    words = [np.nan if pd.isna(value) else _word(value) for value in column.astype(object)]
    codes, categories = pd.factorize(np.array(words, dtype=object), sort=True)
    return np.where(codes < 0, np.nan, codes), list(categories)


def _word(value):
    """A category's name on one line."""
    return " ".join(str(value).split())
