"""Tables of rows: DataFrame, numpy array or scipy sparse matrix, and what `fit` saw of them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp


def check_table(X, name):
    """Return `X` as a DataFrame, a two-dimensional array or a CSR matrix, unchanged otherwise.

    Raises
    ------
    ImportError, TypeError, ValueError
        With `name`, the argument, in the message.
    """
    X = as_pandas(X, name)
    if isinstance(X, pd.Series):
        raise TypeError(
            f"{name} is a Series; expected a table: for one row of a DataFrame use X.loc[[label]]"
        )
    if isinstance(X, pd.DataFrame):
        table = X
    elif sp.issparse(X):
        table = X if X.format == "csr" else X.tocsr()
    elif X is None or isinstance(X, str | bytes | dict):
        raise TypeError(
            f"{name} is {type(X).__name__}; expected a DataFrame, an array or a sparse matrix"
        )
    else:
        try:
            table = np.asarray(X)
        except ValueError as error:
            raise ValueError(f"{name} is no table: {error}") from error
        if table.dtype.kind in "US" and not isinstance(X, np.ndarray):
            table = np.asarray(X, dtype=object)  # a list of mixed cells: no number becomes a text
    if table.ndim != 2:
        raise ValueError(
            f"{name} has shape {table.shape}; expected two dimensions, (n_rows, n_columns): "
            "reshape one row with X.reshape(1, -1)"
        )
    if table.shape[1] == 0:
        raise ValueError(f"{name} has no columns")
    return table


def is_frame_of_others(X):
    """Whether this is a frame of another library that pandas can take, such as polars, pyarrow."""
    return not isinstance(X, pd.DataFrame) and hasattr(X, "to_pandas") and hasattr(X, "columns")


def as_pandas(X, name):
    """A frame of another library as one of pandas; else what it is.

    Its names count as those of pandas do. It has no labels of rows.
    """
    if not is_frame_of_others(X):
        return X
    try:
        return X.to_pandas()
    except ImportError as error:
        kind = f"{type(X).__module__.split('.')[0]}.{type(X).__name__}"
        raise ImportError(
            f"{name} is a {kind}, which could not become a frame of pandas ({error}); what it "
            "needs comes with: pip install skxai[parquet]"
        ) from error


def take_rows(X, rows):
    """The rows at these positions (a slice or an integer array) of a table, texts or an array."""
    if isinstance(X, list):
        return X[rows] if isinstance(rows, slice) else [X[row] for row in rows]
    return X.iloc[rows] if isinstance(X, pd.DataFrame | pd.Series) else X[rows]


def count_rows(X):
    """The number of rows of a table, texts or an array."""
    return X.shape[0] if hasattr(X, "shape") else len(X)


def row_bytes(X):
    """About how many bytes one row takes; object cells count as 64, letters as 16."""
    if isinstance(X, list | pd.Series) or np.ndim(X) == 1:
        some = take_rows(X, slice(0, 100))
        return 16 * max(1, sum(map(len, some)) // max(1, len(some)))
    if isinstance(X, pd.DataFrame):
        return sum(_cell_bytes(dtype) for dtype in X.dtypes)
    if sp.issparse(X):
        return 16 * max(1, X.nnz // max(1, X.shape[0]))
    return int(np.prod(X.shape[1:])) * _cell_bytes(X.dtype)


def _cell_bytes(dtype):
    return dtype.itemsize if isinstance(dtype, np.dtype) and dtype != np.dtype(object) else 64


@dataclass(frozen=True)
class TableSpec:
    """The kind and the columns of the table that `fit` saw.

    Attributes
    ----------
    kind : {"frame", "array", "sparse"}
    columns : pandas.Index or None
        Column labels of a frame.
    dtypes : tuple or None
        Column dtypes of a frame.
    n_columns : int
    """

    kind: str
    columns: pd.Index | None
    dtypes: tuple | None
    n_columns: int

    @classmethod
    def of(cls, X):
        """Describe a table that `check_table` returned."""
        if isinstance(X, pd.DataFrame):
            return cls("frame", X.columns, tuple(X.dtypes), X.shape[1])
        return cls("sparse" if sp.issparse(X) else "array", None, None, X.shape[1])

    @property
    def names(self):
        """Column names as strings; x0, x1, … where there are none."""
        labels = [f"x{j}" for j in range(self.n_columns)] if self.columns is None else self.columns
        return [str(label) for label in labels]

    @property
    def feature_names_in(self):
        """scikit-learn's ``feature_names_in_``, or None unless all labels are strings."""
        if self.columns is None or not all(isinstance(label, str) for label in self.columns):
            return None
        return np.asarray(self.columns, dtype=object)

    def conform(self, X, name):
        """Check a later table against this one and return it in the same kind."""
        X = check_table(X, name)
        if isinstance(X, pd.DataFrame) and self.kind == "frame":
            self._check_columns(X, name)
            return X
        if X.shape[1] != self.n_columns:
            raise ValueError(
                f"{name} has {X.shape[1]} columns; expected {self.n_columns}, as in fit"
            )
        if self.kind == "sparse":
            return X if sp.issparse(X) else sp.csr_matrix(np.asarray(X))
        dense = X.toarray() if sp.issparse(X) else X
        if self.kind == "array":
            return dense.to_numpy() if isinstance(dense, pd.DataFrame) else dense
        return self._as_frame(dense, name)

    def _check_columns(self, X, name):
        if X.columns.equals(self.columns):
            return
        got, expected = list(X.columns), list(self.columns)
        missing = [label for label in expected if label not in got]
        unexpected = [label for label in got if label not in expected]
        if missing or unexpected:
            raise ValueError(
                f"{name} has other columns than in fit: missing {missing}, unexpected {unexpected}"
            )
        if sorted(map(str, got)) == sorted(map(str, expected)):
            raise ValueError(
                f"{name} has its columns in another order than in fit: got {got}, "
                f"expected {expected}"
            )
        raise ValueError(f"{name} has columns {got}; expected {expected}, as in fit")

    def _as_frame(self, array, name):
        """An array for an explainer that was fitted on a frame."""
        # With its dtype, or pandas would turn objects into strings.
        frame = pd.DataFrame(array, dtype=object if array.dtype == object else None)
        frame.columns = self.columns
        columns = []
        for position, dtype in enumerate(self.dtypes):
            column = frame.iloc[:, position]
            try:
                columns.append(_as_dtype(column, dtype))
            except (TypeError, ValueError) as error:
                raise ValueError(
                    f"{name}: column {self.columns[position]!r} can't become {dtype}, as in fit: "
                    f"{error}"
                ) from error
        frame = pd.concat(columns, axis=1)
        frame.columns = self.columns
        return frame


def _as_dtype(column, dtype):
    """The column with this dtype; unchanged if whole numbers would cut it."""
    if isinstance(dtype, pd.CategoricalDtype):
        unknown = column[column.notna() & ~column.isin(dtype.categories)]
        if len(unknown):
            raise ValueError(f"{unknown.iloc[0]!r} is none of {list(dtype.categories)}")
    converted = column.astype(dtype)
    if isinstance(dtype, np.dtype) and dtype.kind in "biu" and (converted != column).any():
        return pd.to_numeric(column)
    return converted
