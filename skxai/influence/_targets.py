"""Checks of the targets that training rows and explained rows come with."""

import numpy as np
import pandas as pd

from skxai.utils._tables import take_rows


def n_targets_of(model, X):
    """How many targets a model predicts for a row."""
    if not hasattr(model, "predict"):
        return 1
    predicted = np.asarray(model.predict(take_rows(X, slice(0, 1))))
    return 1 if predicted.ndim < 2 else predicted.shape[1]


def check_targets(y, n_rows, rows, classes, n_targets):
    """Targets as an array of shape (n_rows,) or, if there are several, (n_rows, n_targets).

    Parameters
    ----------
    y : array-like
    n_rows : int
    rows : str
        Name of the argument that holds the rows.
    classes : ndarray, list of ndarray or None
        Those of a classifier.
    n_targets : int
        Number of targets of a row.

    Returns
    -------
    ndarray
    """
    if y is None:
        raise ValueError("y is None; expected the targets of the rows")
    y = np.asarray(y)
    if y.ndim not in (1, 2) or len(y) != n_rows:
        raise ValueError(f"y has shape {y.shape}; expected one entry for each row of {rows}")
    if pd.isna(y).any():
        raise ValueError(f"y has missing values; expected the target of each row of {rows}")
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if (1 if y.ndim == 1 else y.shape[1]) != n_targets:
        raise ValueError(
            f"y has shape {y.shape}; expected {n_targets} target{'s' * (n_targets > 1)} for each "
            "row, as the model predicts"
        )
    if classes is None:
        return _as_numbers(y)
    if y.ndim == 1 and np.ndim(classes[0]) == 0:
        unknown = sorted(set(y.tolist()) - set(np.asarray(classes).tolist()), key=str)
        if unknown:
            raise ValueError(f"y holds {unknown[0]!r}, which is none of the model's classes")
    return y


def _as_numbers(y):
    if y.dtype.kind not in "biuf":
        try:
            y = y.astype(float)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"y has dtype {y.dtype}; expected numbers, as the model is no classifier"
            ) from error
    if not np.isfinite(y).all():
        raise ValueError("y has infinite values; expected finite ones")
    return y


def check_can_be_left_out(y, classifier):
    """Raise if without one of the rows there is no such model."""
    if len(y) == 1:
        raise ValueError(
            "X_background has a single row, without which there is nothing to fit a model to; "
            "expected at least two"
        )
    if classifier and y.ndim == 1:
        labels, counts = np.unique(y, return_counts=True)
        if counts.min() == 1:
            alone = labels.tolist()[counts.argmin()]
            raise ValueError(
                f"y has a single row of class {alone!r}, without which the model has other "
                "outputs; expected at least two rows of each class"
            )
