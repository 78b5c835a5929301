"""Which player each column belongs to."""

import numpy as np


def owners(player_columns):
    """The player of each column.

    Parameters
    ----------
    player_columns : list of array-like of int
        The columns of each player; together, all columns once.

    Returns
    -------
    ndarray of int, shape (n_columns,)

    Examples
    --------
    >>> owners([[1, 2], [0]])
    array([1, 0, 0])
    """
    found = np.empty(sum(len(columns) for columns in player_columns), dtype=int)
    for player, columns in enumerate(player_columns):
        found[columns] = player
    return found
