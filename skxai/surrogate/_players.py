"""What the neighbourhoods know of each player: whether it is a number, and its spread."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from skxai.utils._cells import as_floats, holds_integers, holds_numbers, spread
from skxai.utils._owners import owners

# Numbers that take no more values than this are switched, not shifted: 0.13 is no answer to a
# question of yes and no.
_MOST_SWITCHED = 2


@dataclass(frozen=True)
class Players:
    """The players, as a background shows them.

    Attributes
    ----------
    columns : list of ndarray of int
        The columns of each player.
    is_number : ndarray of bool, shape (n_players,)
        Whether it is a single column of numbers with more than two values.
    is_integer : ndarray of bool, shape (n_players,)
        Whether, of these, it can hold whole numbers only.
    scale : ndarray of float, shape (n_players,)
        Standard deviation of a number over the background; 1 for other players.
    low, high : ndarray of float, shape (n_players,)
        The range of a number over the background.
    """

    columns: list
    is_number: np.ndarray
    is_integer: np.ndarray
    scale: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, background, columns):
        """Learn them.

        Parameters
        ----------
        background : table of shape (n_background, n_columns)
        columns : list of ndarray of int
        """
        n_players = len(columns)
        is_number, is_integer = np.zeros((2, n_players), dtype=bool)
        scale, low, high = np.ones(n_players), np.zeros(n_players), np.zeros(n_players)
        for player, own in enumerate(columns):
            if len(own) > 1 or not _is_numeric(background, own[0]):
                continue
            values = numbers_of(background, own)[:, 0]
            values = values[np.isfinite(values)]
            if len(np.unique(values)) > _MOST_SWITCHED:
                is_number[player] = True
                is_integer[player] = _is_integral(background, own[0])
                scale[player] = spread(values)
                low[player], high[player] = values.min(), values.max()
        return cls(list(columns), is_number, is_integer, scale, low, high)

    @classmethod
    def switched(cls, n_players):
        """Players that are as in the row, or not: words, regions, positions."""
        nothing = np.zeros(n_players)
        no_number = np.zeros(n_players, dtype=bool)
        columns = [np.array([player]) for player in range(n_players)]
        return cls(columns, no_number, no_number, np.ones(n_players), nothing, nothing)

    @property
    def numbers(self):
        """Positions of the players that are numbers."""
        return np.flatnonzero(self.is_number)

    @property
    def number_columns(self):
        """Their columns."""
        return np.array([self.columns[player][0] for player in self.numbers], dtype=int)

    @property
    def player_of(self):
        """The player of each column."""
        return owners(self.columns)

    def __len__(self):
        return len(self.columns)


def numbers_of(X, columns):
    """Columns of numbers as an array; missing values become NaN.

    Parameters
    ----------
    X : table of shape (n_rows, n_columns)
    columns : array-like of int

    Returns
    -------
    ndarray of float64, shape (n_rows, len(columns))
    """
    if isinstance(X, pd.DataFrame):
        numbers = np.empty((len(X), len(columns)))
        for place, column in enumerate(columns):
            numbers[:, place] = as_floats(X.iloc[:, column])
        return numbers
    chosen = X[:, columns]
    if len(columns) == 0:
        return np.empty(chosen.shape)
    if chosen.dtype == object:
        return numbers_of(pd.DataFrame(chosen), np.arange(len(columns)))
    return np.asarray(chosen.toarray() if sp.issparse(chosen) else chosen, dtype=float)


def _is_numeric(X, column):
    return holds_numbers(_column(X, column))


def _is_integral(X, column):
    return holds_integers(_column(X, column))


def _column(X, column):
    """One column; of arrays of plain dtypes, no more than this dtype."""
    if isinstance(X, pd.DataFrame):
        return X.iloc[:, column]
    return pd.Series(X[:, column] if X.dtype == object else [], dtype=X.dtype)
