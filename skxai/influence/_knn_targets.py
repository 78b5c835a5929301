"""Targets of rows: numbers, or labels of classes."""

import numpy as np
import pandas as pd


def check_targets(y, name, n_rows, labels=False):
    """The targets as an array: finite numbers, or labels.

    Raises
    ------
    TypeError, ValueError
        With `name`, the argument, in the message.
    """
    if y is None:
        raise TypeError(f"{name} is None; expected the target of each row")
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.shape != (n_rows,):
        raise ValueError(f"{name} has shape {y.shape}; expected ({n_rows},), a target for each row")
    if labels:
        if pd.isna(y).any():
            raise ValueError(f"{name} has missing values; expected a label for each row")
        return y
    try:
        y = y.astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} has targets that are no numbers: {error}") from error
    if not np.isfinite(y).all():
        raise ValueError(f"{name} has values that are missing or infinite; expected finite ones")
    return y
