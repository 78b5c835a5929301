"""Tables of neighbours: rows of which some cells come from the background or are other numbers."""

import numpy as np
import pandas as pd
import scipy.sparse as sp

from skxai.maskers._blend import stack_column

FROM_ROW = -1


class NeighbourTables:
    """Makes neighbours of some rows; every column keeps its dtype.

    Parameters
    ----------
    X : table of shape (n_rows, n_columns)
        The rows: a DataFrame, an array or a CSR matrix.
    background : table of shape (n_background, n_columns)
        Of the same kind.

    Examples
    --------
    >>> import numpy as np
    >>> X, background = np.array([[1.0, 2.0]]), np.array([[7.0, 8.0], [9.0, 0.0]])
    >>> tables = NeighbourTables(X, background)
    >>> origins, numbers = np.array([[-1, 1], [0, -1]]), np.array([[3.0], [4.0]])
    >>> tables.compose(np.array([0, 0]), origins, [1], numbers)
    array([[1., 3.],
           [7., 4.]])
    """

    def __init__(self, X, background):
        self._background = background
        self._n_background = background.shape[0]
        if isinstance(background, pd.DataFrame):
            self._columns = [
                stack_column(background.iloc[:, j], X.iloc[:, j])
                for j in range(background.shape[1])
            ]
        else:
            parts = [part.toarray() if sp.issparse(part) else part for part in (background, X)]
            self._array = np.concatenate(parts)

    def compose(self, rows, origins, columns, numbers):
        """Neighbours.

        Parameters
        ----------
        rows : ndarray of int, shape (n,)
            The row that each is a neighbour of.
        origins : ndarray of int, shape (n, n_columns), or None
            The background row that each cell comes from; -1: from the explained row, as all do
            if it is None.
        columns : array-like of int
            Columns of numbers that are replaced.
        numbers : ndarray of float, shape (n, len(columns))
            By what; NaN leaves the cell as it is.

        Returns
        -------
        table of shape (n, n_columns)
        """
        if isinstance(self._background, pd.DataFrame):
            return self._frame(rows, origins, list(columns), numbers)
        given = ~np.isnan(numbers)
        every = np.array_equal(columns, np.arange(self._array.shape[1]))
        if origins is None and every and given.all():
            table = numbers.astype(self._array.dtype)
        else:
            own = self._n_background + rows
            table = self._array.take(own, axis=0)
            if origins is not None:
                for j in np.flatnonzero((origins != FROM_ROW).any(axis=0)):
                    table[:, j] = self._array[_places(own, origins, j), j]
            for place, column in enumerate(columns):
                np.copyto(
                    table[:, column], numbers[:, place], where=given[:, place], casting="unsafe"
                )
        if not sp.issparse(self._background):
            return table
        build = sp.csr_array if isinstance(self._background, sp.csr_array) else sp.csr_matrix
        return build(table)

    def _frame(self, rows, origins, columns, numbers):
        own, made = self._n_background + rows, {}
        for j, column in enumerate(self._columns):
            values = column.array.take(_places(own, origins, j))
            if j in columns:
                values = _replaced(values, numbers[:, columns.index(j)])
            # With its dtype, or pandas would turn objects into strings.
            made[j] = pd.Series(values, dtype=column.dtype, copy=False)
        table = pd.DataFrame(made, copy=False)
        table.columns = self._background.columns
        return table


def _places(own, origins, column):
    """Where the cells of a column come from, among the background rows and then the rows."""
    if origins is None:
        return own
    return np.where(origins[:, column] == FROM_ROW, own, origins[:, column])


def _replaced(values, numbers):
    """Cells of one column, those with a number replaced by it."""
    given = ~np.isnan(numbers)
    if isinstance(values.dtype, pd.SparseDtype):
        dense = np.array(values)
        dense[given] = numbers[given]
        return pd.arrays.SparseArray(dense, dtype=values.dtype)
    chosen = numbers[given]
    if pd.api.types.is_integer_dtype(values.dtype):
        chosen = np.rint(chosen)
    # pandas refuses numbers that its dtype would round.
    values[given] = chosen.astype(getattr(values.dtype, "numpy_dtype", values.dtype))
    return values
