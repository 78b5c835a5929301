"""What trees see of a table: columns of float64, converted as the model does it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_array


@dataclass(frozen=True)
class NumberInputs:
    """The table as numbers of one type.

    Attributes
    ----------
    n_columns : int
    dtype : type, default=numpy.float32
        float32 is what scikit-learn's own trees see.
    """

    n_columns: int
    dtype: type = np.float32

    @property
    def sources(self):
        """The column of the table that each input is made of."""
        return np.arange(self.n_columns)

    def __call__(self, X):
        """Inputs of shape (n_rows, n_inputs); float64 holds every float32 exactly."""
        numbers = check_array(
            X, accept_sparse=True, dtype=self.dtype, ensure_all_finite=False, ensure_min_samples=0
        )
        numbers = numbers.toarray() if hasattr(numbers, "toarray") else numbers
        return numbers.astype(np.float64, copy=False)


@dataclass(frozen=True, eq=False)
class HistogramInputs:
    """The table as HistGradientBoosting sees it: categories as numbers, and first.

    Attributes
    ----------
    model : fitted HistGradientBoostingClassifier or HistGradientBoostingRegressor
    """

    model: Any

    @property
    def sources(self):
        """The column of the table that each input is made of."""
        categorical = self.model.is_categorical_
        if categorical is None:
            return np.arange(self.model.n_features_in_)
        return np.concatenate([np.flatnonzero(categorical), np.flatnonzero(~categorical)])

    def __call__(self, X):
        """Inputs of shape (n_rows, n_inputs)."""
        if X.shape[0] == 0:
            return np.empty((0, self.model.n_features_in_))
        # The model's own encoding; there is no public method for it.
        return np.asarray(self.model._preprocess_X(X, reset=False), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class InputsOfColumns:
    """Inputs made of some columns of the table, as a member of a Bagging ensemble gets them.

    Attributes
    ----------
    inputs : callable with `sources`
    columns : ndarray of int
    """

    inputs: Any
    columns: np.ndarray

    @property
    def sources(self):
        """The column of the table that each input is made of."""
        return self.columns[self.inputs.sources]

    def __call__(self, X):
        """Inputs of shape (n_rows, n_inputs)."""
        dense = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
        return self.inputs(dense[:, self.columns])
