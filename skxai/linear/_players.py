"""Players of an encoded design: which encoded columns belong to which column or group."""

from typing import NamedTuple

import numpy as np

from skxai.linear._inference import is_estimable
from skxai.maskers._groups import resolve_groups


class Players(NamedTuple):
    """Who shares a prediction.

    Attributes
    ----------
    names : list of str
        Columns or groups of columns, then encoded columns that mix several of them.
    columns : list of ndarray of int
        Columns of the table that each player stands for.
    encoded : list of ndarray of int
        Encoded columns of each player; every encoded column belongs to one player.
    """

    names: list
    columns: list
    encoded: list


def find_players(groups, spec, encoding):
    """Assign each encoded column to the player that owns all of its sources.

    Parameters
    ----------
    groups : as in `TabularMasker`
    spec : TableSpec
        The table.
    encoding : Encoding
        Its encoded columns.

    Returns
    -------
    Players
    """
    names, columns = resolve_groups(groups, spec)
    owners = [
        next((k for k, own in enumerate(columns) if source <= set(own.tolist())), None)
        if source
        else None
        for source in encoding.sources
    ]
    encoded = [np.flatnonzero([owner == k for owner in owners]) for k in range(len(names))]
    mixed = {j for j, owner in enumerate(owners) if owner is None}
    entangled = frozenset().union(*(encoding.sources[j] for j in mixed))
    # A column that only acts together with others has no contribution of its own to report.
    shown = [
        k for k in range(len(names)) if len(encoded[k]) or not entangled & set(columns[k].tolist())
    ]
    return Players(
        [names[k] for k in shown] + [encoding.names[j] for j in sorted(mixed)],
        [columns[k] for k in shown]
        + [np.array(sorted(encoding.sources[j]), dtype=int) for j in sorted(mixed)],
        [encoded[k] for k in shown] + [np.array([j]) for j in sorted(mixed)],
    )


def contributions(centred, players, coef, covariance, null_space, scale):
    """What each player adds to one output, with standard errors.

    Parameters
    ----------
    centred : ndarray of shape (n_rows, n_encoded)
        Encoded rows less the mean.
    players : Players
    coef : ndarray of shape (n_encoded,)
        Coefficients of one output.
    covariance : ndarray of shape (n_encoded, n_encoded)
        Of estimates of `coef`.
    null_space, scale : ndarray
        As in :func:`~skxai.linear._inference.is_estimable`.

    Returns
    -------
    values, std_errors : ndarray of shape (n_rows, n_players)
        A standard error is NaN where the data do not determine the contribution.
    """
    values = np.zeros((len(centred), len(players.names)))
    std_errors = np.zeros_like(values)
    for k, columns in enumerate(players.encoded):
        part = centred[:, columns]
        values[:, k] = _row_product(part, coef[columns, None])[:, 0]
        pulled = _row_product(part, covariance[np.ix_(columns, columns)])
        variance = np.zeros(len(centred))
        for j in range(len(columns)):
            variance += pulled[:, j] * part[:, j]
        estimable = is_estimable(part, null_space[columns], scale[columns])
        std_errors[:, k] = np.where(estimable, np.sqrt(np.maximum(variance, 0)), np.nan)
    return values, std_errors


def _row_product(rows, matrix):
    """``rows @ matrix``, summed in the same order for any number of rows (BLAS is not)."""
    product = np.zeros((len(rows), matrix.shape[1]))
    for j in range(rows.shape[1]):
        product += rows[:, j, None] * matrix[j]
    return product
