"""Leaving out each row by fitting the model again."""

import warnings

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import gen_even_slices

from skxai.utils._parallel import map_chunks
from skxai.utils._tables import take_rows

_MAX_TASKS = 64


def refit_without_each(estimator, X, y, rows, **options):
    """Clones of an estimator, fitted without one row each.

    Parameters
    ----------
    estimator : estimator
    X : table of shape (n_rows, n_columns)
    y : ndarray
    rows : ndarray of int
        Which rows are left out, one for each clone.
    **options : dict
        `n_jobs`, `verbose` and `name` of `map_chunks`.

    Returns
    -------
    list of fitted estimators
    """
    chunks = [(rows[some],) for some in gen_even_slices(len(rows), min(_MAX_TASKS, len(rows)))]
    worker = _Refits(estimator, X, y)
    parts = map_chunks(worker, chunks, n_chunks=len(chunks), **options)
    return [model for part in parts for model in part]


class _Refits:
    """The work on some rows; a class, so that it is pickled with its data."""

    def __init__(self, estimator, X, y):
        self.estimator = estimator
        self.X = X
        self.y = y

    def __call__(self, rows):
        with warnings.catch_warnings():  # one for each row; the model has given its own
            warnings.simplefilter("ignore", ConvergenceWarning)
            return [self._without(row) for row in rows]

    def _without(self, row):
        others = np.delete(np.arange(len(self.y)), row)
        return clone(self.estimator).fit(take_rows(self.X, others), self.y[others])
