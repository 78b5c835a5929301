"""The neighbourhoods as product laws: expectations in closed form, player by player.

Under a law that draws players independently, the coefficient of player j is
``Cov(f, u_j) / Var(u_j)``. For a function that is a product (or a sum) of terms of single players
that takes two numbers for each term: its mean, and its own coefficient, called its effect.
"""

import numpy as np
from scipy.special import ndtr

from skxai.maskers import MaskedRows
from skxai.surrogate._gaussian import shift_sizes, switch_probability
from skxai.surrogate._players import numbers_of

# Standard deviations beyond which a normal law has no weight in double precision.
_TAIL = 9
_MOST_STEPS = 2**16


class GaussianLaw:
    """The law of the neighbours of some rows in the Gaussian neighbourhood.

    Parameters
    ----------
    neighbourhood : GaussianNeighbourhood
    X : table of shape (n_rows, n_columns)

    Attributes
    ----------
    shifted : ndarray of bool, shape (n_rows, n_players)
        Which players are shifted numbers; the others are switched.
    means : ndarray of shape (n_rows, n_players)
        Mean coordinates.
    """

    def __init__(self, neighbourhood, X):
        players = neighbourhood.players
        self._n_background = neighbourhood.background.shape[0]
        self._probability = switch_probability(neighbourhood.width)
        self.shifted = neighbourhood.shifted(X)
        masked = MaskedRows(X, neighbourhood.background, players.columns)
        self._n_differing = np.zeros(self.shifted.shape)
        if not self.shifted.all():
            for row in range(X.shape[0]):
                self._n_differing[row] = masked.differs(np.array([row]))[0].sum(axis=0)
        self.means = np.where(self._n_differing > 0, -self._probability, 0.0)
        self.shifts = {}
        sizes, own = shift_sizes(players, neighbourhood.width), players.number_columns
        for place, player in enumerate(players.numbers):
            values = numbers_of(X, own[place : place + 1])[:, 0]
            shift = ShiftedNumber(
                np.where(self.shifted[:, player], values, players.low[player]),
                sizes[player],
                players.low[player],
                players.high[player],
                players.scale[player],
                players.is_integer[player],
            )
            self.shifts[player] = shift
            self.means[:, player] = np.where(
                self.shifted[:, player], shift.mean, self.means[:, player]
            )

    def of_switched(self, player, own, total):
        """Mean and effect of a term of a player that is redrawn.

        Parameters
        ----------
        player : int
        own : ndarray of shape (n_rows, ...)
            The term for the rows as they are.
        total : ndarray of shape (...)
            Its sum over the background rows.

        Returns
        -------
        mean, effect : ndarray of shape (n_rows, ...)
        """
        differing = self._n_differing[:, player].reshape(-1, *[1] * (own.ndim - 1))
        # Background rows that do not differ have the same term as the row.
        redrawn = (total - (self._n_background - differing) * own) / np.maximum(differing, 1)
        effect = np.where(differing > 0, own - redrawn, 0.0)
        return own - self._probability * effect, effect


class ShiftedNumber:
    """The law of a number that is shifted and kept in its range, for some rows.

    Parameters
    ----------
    own : ndarray of shape (n_rows,)
        The number.
    size : float
        Standard deviation of the shift.
    low, high : float
        The range of the background.
    scale : float
        What is one unit of the coordinate.
    is_integer : bool
        Whether the shift is rounded.

    Attributes
    ----------
    mean : ndarray of shape (n_rows,)
        Mean coordinate.

    Examples
    --------
    >>> law = ShiftedNumber(np.zeros(1), 0.5, -9.0, 9.0, 1.0, False)
    >>> below, effect = law.below(np.array([0.0]))
    >>> below, effect.round(3)
    (array([[0.5]]), array([[-0.798]]))
    """

    def __init__(self, own, size, low, high, scale, is_integer):
        self._own = own[:, None]
        self._size = size
        self._unit = size / scale
        self._steps = _rounded_moments(size) if is_integer and size < _MOST_STEPS else None
        self._begin = (np.minimum(low, self._own) - self._own) / size
        self._end = (np.maximum(high, self._own) - self._own) / size
        begin, end = (self._moments(bound) for bound in (self._begin, self._end))
        # Mass outside the range lies on its ends.
        self._first = self._begin * begin[0] - begin[1]
        mean = self._first + end[1] + self._end * (1 - end[0])
        second = self._begin**2 * begin[0] + end[2] - begin[2] + self._end**2 * (1 - end[0])
        self._variance = second - mean**2
        self._mean = mean
        self.mean = mean[:, 0] * self._unit

    def _moments(self, points):
        """Of the shift in units of its size: P(t <= point), E[t; t <= point], E[t²; t <= point]."""
        if self._steps is not None:
            last = len(self._steps[0]) - 1
            steps = np.floor(points * self._size + 1e-9) + last // 2
            place = np.clip(steps, -1, last - 1).astype(int) + 1
            return [moment[place] for moment in self._steps]
        below = ndtr(points)
        density = np.exp(-(points**2) / 2) / np.sqrt(2 * np.pi)
        return [below, -density, below - points * density]

    def below(self, cuts):
        """Probability that the number is at most each cut, and the effect of that.

        Parameters
        ----------
        cuts : ndarray of shape (n_cuts,)

        Returns
        -------
        below, effect : ndarray of shape (n_rows, n_cuts)
        """
        points = (cuts - self._own) / self._size
        below, first, _ = self._moments(np.clip(points, self._begin, self._end))
        first = self._first + first
        under, over = points < self._begin, points >= self._end
        below = np.where(under, 0.0, np.where(over, 1.0, below))
        first = np.where(under, 0.0, np.where(over, self._mean, first))
        covariance = first - below * self._mean
        varies = self._variance > 0
        effect = np.divide(
            covariance, self._variance * self._unit, out=np.zeros(below.shape), where=varies
        )
        return below, effect


def _rounded_moments(size):
    """Cumulative moments of a rounded normal shift, in units of its size, before the first step."""
    most = int(np.ceil(_TAIL * size)) + 1
    steps = np.arange(-most, most + 1)
    mass = ndtr((steps + 0.5) / size) - ndtr((steps - 0.5) / size)
    return [
        np.concatenate([[0.0], np.cumsum(mass * (steps / size) ** power)]) for power in range(3)
    ]


class CoinLaw:
    """The law of neighbours that keep each player by a coin, and have the rest from one other row.

    Given that background row, players are independent. A kernel that is a product over players
    only loads the coin.

    Parameters
    ----------
    neighbourhood : BackgroundNeighbourhood
    X : table of shape (n_rows, n_columns)
    factor : float
        What the weight is multiplied by for each player that is not kept.

    Attributes
    ----------
    kept : float
        The probability that a player is kept.
    means : ndarray of shape (n_rows, n_players)
        Mean coordinates.
    """

    shifts = {}  # no number is shifted

    def __init__(self, neighbourhood, X, factor):
        self._n_background = neighbourhood.background.shape[0]
        self.kept = 1 / (1 + factor)
        self.means = np.full((X.shape[0], len(neighbourhood.players)), self.kept)

    def of_switched(self, player, own, total):
        """Mean and effect of a term of a player; see `GaussianLaw.of_switched`."""
        effect = own - total / self._n_background
        return own - (1 - self.kept) * effect, effect


class QuartileLaw:
    """The law of lime's neighbours, tilted by a kernel that is a product over players.

    Parameters
    ----------
    neighbourhood : QuartileNeighbourhood
    X : table of shape (n_rows, n_columns)
    factor : float
        What the weight is multiplied by for each player that differs.

    Attributes
    ----------
    means : ndarray of shape (n_rows, n_players)
        Mean coordinates.
    """

    def __init__(self, neighbourhood, X, factor):
        self._neighbourhood = neighbourhood
        self._factor = factor
        self._bins = neighbourhood.bins_of_rows(X)
        self.means = np.empty(self._bins.shape)
        for player in range(self._bins.shape[1]):
            kept = self._kept(player)
            weight = np.maximum(kept + factor * (1 - kept), 1e-300)
            self.means[:, player] = kept / weight

    def _kept(self, player):
        """Share of the background in the bin of each row; 0 where it is unseen."""
        bins = self._bins[:, player]
        return np.where(bins < 0, 0.0, self._neighbourhood.bins[player].shares[bins])

    def of_binned(self, player, table):
        """Mean and effect of a term of a player.

        Parameters
        ----------
        player : int
        table : ndarray of shape (n_bins, ...)
            Expectation of the term in each bin.

        Returns
        -------
        mean, effect : ndarray of shape (n_rows, ...)
        """
        shares = self._neighbourhood.bins[player].shares
        shape = (-1, *[1] * (table.ndim - 1))
        kept = self._kept(player).reshape(shape)
        total = np.tensordot(shares, table, axes=1)
        own = table[self._bins[:, player]]
        rest = (total - kept * own) / np.maximum(1 - kept, 1e-300)
        varies = (kept > 0) & (kept < 1 - 1e-12)
        effect = np.where(varies, own - rest, 0.0)
        inside = self.means[:, player].reshape(shape)
        mean = np.where(varies, inside * own + (1 - inside) * rest, total)
        return mean, effect


def normal_below(normals, cuts):
    """Probability of values up to each cut, in each bin of a number; zero in an empty bin.

    Parameters
    ----------
    normals : ndarray of shape (n_bins, 4)
        As in `PlayerBins`.
    cuts : ndarray of shape (n_cuts,)

    Returns
    -------
    ndarray of shape (n_bins, n_cuts)
    """
    below = np.zeros((len(normals), len(cuts)))
    for b, (mean, deviation, low, high) in enumerate(normals):
        if deviation > 0:
            begin, end = ndtr((np.array([low, high]) - mean) / deviation)
            at = ndtr((np.clip(cuts, low, high) - mean) / deviation)
            below[b] = (at - begin) / (end - begin)
        elif deviation == 0:
            below[b] = cuts >= mean
    return below


def normal_means(normals):
    """Mean of the values in each bin of a number; zero in an empty bin.

    Parameters
    ----------
    normals : ndarray of shape (n_bins, 4)

    Returns
    -------
    ndarray of shape (n_bins,)
    """
    means = np.zeros(len(normals))
    for b, (mean, deviation, low, high) in enumerate(normals):
        if deviation > 0:
            bounds = (np.array([low, high]) - mean) / deviation
            begin, end = ndtr(bounds)
            density = np.exp(-(bounds**2) / 2) / np.sqrt(2 * np.pi)
            means[b] = mean + deviation * (density[0] - density[1]) / (end - begin)
        elif deviation == 0:
            means[b] = mean
    return means
