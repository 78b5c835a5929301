"""A model as a function of the columns of a table of numbers."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from skxai.predictors import as_predictor
from skxai.predictors._smooth import smooth_function_of
from skxai.utils._tables import take_rows

_GOLDEN = (5**0.5 - 1) / 2  # its multiples are spread evenly


class NumberTable(NamedTuple):
    """How numbers become a table like the background.

    Attributes
    ----------
    columns : Index or None
        Labels, if the background is a DataFrame.
    dtypes : list of dtype
        For each column; whole numbers become floats.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> table = NumberTable.like(pd.DataFrame({"age": [40, 50], "dose": [0.5, 1.5]}))
    >>> table(np.array([[41.5, 2.0]]))
        age  dose
    0  41.5   2.0
    """

    columns: Any
    dtypes: list

    @classmethod
    def like(cls, X):
        """Tables of the kind of this one."""
        framed = isinstance(X, pd.DataFrame)
        dtypes = list(X.dtypes) if framed else [X.dtype] * X.shape[1]
        plain = [isinstance(dtype, np.dtype) and dtype.kind == "f" for dtype in dtypes]
        dtypes = [dtype if keep else np.dtype(float) for dtype, keep in zip(dtypes, plain)]
        return cls(X.columns if framed else None, dtypes)

    def __call__(self, U, index=None):
        if self.columns is None:
            return U.astype(self.dtypes[0])
        table = pd.DataFrame(
            {j: U[:, j].astype(dtype) for j, dtype in enumerate(self.dtypes)}, index=index
        )
        table.columns = self.columns
        return table


class OfNumbers(NamedTuple):
    """A predictor as a function of arrays of numbers."""

    predictor: Any
    table: NumberTable

    def __call__(self, U):
        return self.predictor(self.table(U))


class ByColumns(NamedTuple):
    """A smooth function, and the column of the table that each of its leaves is.

    Attributes
    ----------
    function : SmoothFunction
    columns : ndarray of int
    n_columns : int
    """

    function: Any
    columns: np.ndarray
    n_columns: int

    def outputs(self, U):
        return self.function.outputs(U[:, self.columns])

    def slopes(self, U, output):
        """Derivatives of one output, of shape (n_rows, n_columns)."""
        back = np.zeros((len(U), self.n_columns))
        back[:, self.columns] = self.function.jacobian(U[:, self.columns])[:, output]
        return back


def smooth_columns_of(predictor, X, table):
    """A predictor as a smooth function of its columns; None if it has no derivative.

    Parameters
    ----------
    predictor : Predictor
    X : DataFrame or ndarray of shape (n_rows, n_columns)
        Numbers.
    table : NumberTable

    Returns
    -------
    ByColumns or None
    """
    # The first rows tell whether it is a function of steps; the table may be sorted by class.
    spread = np.argsort(np.arange(len(X)) * _GOLDEN % 1, kind="stable")
    X = take_rows(X, spread)
    try:
        function = smooth_function_of(predictor, X)
        if len(function.leaves.raw) < len(function.leaves):
            # Behind an imputer, say: by differences of the model as a whole.
            U = np.asarray(X, dtype=float)
            function = smooth_function_of(as_predictor(OfNumbers(predictor, table), U), U)
    except ValueError:  # it is constant nearly everywhere, or needs other cells than numbers
        return None
    return ByColumns(function, np.asarray(function.sources, dtype=int), X.shape[1])
