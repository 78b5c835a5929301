"""What preprocessing makes of the numbers that a neighbourhood shifts."""

import numpy as np

from skxai.surrogate._players import numbers_of
from skxai.surrogate._tables import NeighbourTables
from skxai.utils._tables import take_rows

# Values between the smallest and the largest of the background.
_N_BETWEEN = 129
# Of an offset that is large because the numbers are far from zero, such as dates.
_ROUNDING = 1e-13


class EncodedNumbers:
    """The numbers of the background, and more between them, with what they become.

    A neighbour has numbers that no background row has: preprocessing that rounds or bins may
    leave those of the background alone, and not the ones between.

    Parameters
    ----------
    neighbourhood : GaussianNeighbourhood or QuartileNeighbourhood
    encode : callable
        From rows to what the estimator sees.

    Attributes
    ----------
    encoded : table of shape (n_between, n_encoded)
        Rows like the first of the background, with numbers between the extremes.
    """

    def __init__(self, neighbourhood, encode):
        players, background = neighbourhood.players, neighbourhood.background
        columns = players.number_columns
        low, high = players.low[players.numbers], players.high[players.numbers]
        between = np.linspace(low, high, _N_BETWEEN)
        first = NeighbourTables(take_rows(background, slice(0, 1)), background)
        rows = first.compose(np.zeros(_N_BETWEEN, dtype=int), None, columns, between)
        self.encoded = encode(rows)
        self._places = {int(player): place for place, player in enumerate(players.numbers)}
        self._numbers = numbers_of(background, columns), numbers_of(rows, columns)

    def beside(self, player, background, between):
        """A player's known numbers, and what is said of them, for both kinds of rows.

        Parameters
        ----------
        player : int
        background : ndarray of shape (n_background, ...)
        between : ndarray of shape (n_between, ...)

        Returns
        -------
        own : ndarray of shape (n_known,)
        said : ndarray of shape (n_known, ...)
        """
        own = np.concatenate([numbers[:, self._places[player]] for numbers in self._numbers])
        known = np.isfinite(own)
        return own[known], np.concatenate([background, between])[known]


def line_through(x, y, tolerance):
    """Slopes and offsets of straight lines through all points, if there are any.

    Parameters
    ----------
    x : ndarray of shape (n,)
        Not all the same.
    y : ndarray of shape (n,) or (n, n_lines)
    tolerance : float
        How far points may lie off the line, relative to the largest `y`.

    Returns
    -------
    slope, offset : float or ndarray of shape (n_lines,)
        None instead of both if some points do not lie on the line.

    Examples
    --------
    >>> slope, offset = line_through(np.array([0.0, 1.0, 4.0]), np.array([1.0, 3.0, 9.0]), 1e-9)
    >>> float(slope), float(offset)
    (2.0, 1.0)
    >>> line_through(np.array([0.0, 1.0, 4.0]), np.array([0.0, 1.0, 2.0]), 1e-9) is None
    True
    """
    low, high = x.argmin(), x.argmax()
    slope = (y[high] - y[low]) / (x[high] - x[low])
    offset = y[low] - slope * x[low]
    gaps = np.abs(y - offset - np.multiply.outer(x, slope))
    allowed = tolerance * np.abs(y).max() + _ROUNDING * np.abs(offset).max()
    return (slope, offset) if gaps.max() <= allowed else None
