"""Bounds of a search, as a user writes them."""

from collections.abc import Mapping

import numpy as np

_EXPECTED = "expected 'background', None, a pair (low, high) or a dict of columns"


def bounds_of(bounds, U, names, labels):
    """Lower and upper ends for each column.

    Parameters
    ----------
    bounds : {"background"}, None, pair or dict
        See `ActivationMaximizer`.
    U : ndarray of shape (n_rows, n_columns)
        The background.
    names : list of str
    labels : sequence or None
        The labels of the columns.

    Returns
    -------
    ndarray of shape (n_columns, 2)

    Examples
    --------
    >>> import numpy as np
    >>> bounds_of({"dose": (0, None)}, np.array([[1.0, 2.0], [3.0, 2.5]]), ["age", "dose"], None)
    array([[ 1.,  3.],
           [ 0., inf]])
    """
    n_columns = U.shape[1]
    if bounds is None:
        return np.tile([-np.inf, np.inf], (n_columns, 1))
    if isinstance(bounds, str):
        if bounds != "background":
            raise ValueError(f"bounds is {bounds!r}; {_EXPECTED}")
        return np.column_stack([U.min(axis=0), U.max(axis=0)])
    if isinstance(bounds, Mapping):
        ends = np.column_stack([U.min(axis=0), U.max(axis=0)])
        for label, pair in bounds.items():
            j = _position(label, names, labels)
            ends[j] = _pair(pair, 1, f"bounds of {label!r}")[0]
        return ends
    return _pair(bounds, n_columns, "bounds")


def _position(label, names, labels):
    known = {j: j for j in range(len(names))}
    known |= {name: j for j, name in enumerate(names)}
    known |= {own: j for j, own in enumerate(names if labels is None else labels)}
    if label not in known:
        raise ValueError(f"bounds names the column {label!r}; X_background has {names}")
    return known[label]


def _pair(pair, n_columns, argument):
    """Ends of shape (n_columns, 2); None is an open end."""
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise ValueError(f"{argument} is {pair!r}; expected (low, high)")
    ends = np.empty((n_columns, 2))
    for k, open_end in enumerate((-np.inf, np.inf)):
        end = open_end if pair[k] is None else np.asarray(pair[k], dtype=float)
        if np.ndim(end) > 1 or (np.ndim(end) == 1 and len(end) != n_columns):
            raise ValueError(
                f"{argument} has an end of shape {np.shape(end)}; expected a number or "
                f"{n_columns} numbers"
            )
        ends[:, k] = end
    if not (ends[:, 0] <= ends[:, 1]).all():
        j = int(np.flatnonzero(~(ends[:, 0] <= ends[:, 1]))[0])
        raise ValueError(f"{argument} has {tuple(ends[j].tolist())}; expected low <= high")
    return ends
