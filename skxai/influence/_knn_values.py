"""Shapley values of training rows for one prediction by nearest neighbours, in closed form.

Players are training rows, sorted by their distance from the row that is predicted. A coalition
predicts by its K nearest. Two games are solved for all players at once, in linear time:

- "single": each of the K nearest in the coalition brings its own amount;
- "pairs": each pair among the K nearest brings the product of two amounts.

Where distances are tied, a value is the mean over all orders of the tied rows.
"""

import numpy as np


class Ties:
    """Which positions are equally far away.

    Parameters
    ----------
    is_new : ndarray of bool, shape (n_rows, n_players)
        Whether a position is farther away than the one before; true for the first.

    Examples
    --------
    >>> ties = Ties(np.array([[True, True, False]]))
    >>> ties.mean(np.array([[1.0, 2.0, 4.0]]))
    array([[1., 3., 3.]])
    """

    def __init__(self, is_new):
        self._first = np.flatnonzero(is_new)
        self._group = (np.cumsum(is_new) - 1).reshape(is_new.shape)
        ends = np.append(self._first[1:], is_new.size)
        n_players = is_new.shape[1]
        self.size = (ends - self._first)[self._group]
        self.start = (self._first % n_players)[self._group]
        self.rank = np.arange(n_players) - self.start

    def total(self, array):
        """The sum over the tied, at each position."""
        array = np.broadcast_to(array, self.size.shape)
        if len(self._first) == array.size:  # no ties
            return array
        return np.add.reduceat(array.ravel(), self._first)[self._group]

    def mean(self, array):
        """The mean over the tied, at each position."""
        return self.total(array) / self.size

    def before(self, array):
        """The sum over all that are nearer."""
        sums = np.zeros((len(array), array.shape[1] + 1))
        np.cumsum(array, axis=1, out=sums[:, 1:])
        return np.take_along_axis(sums, self.start, axis=1)

    def after(self, array):
        """The sum over all that are farther away."""
        sums = np.zeros((len(array), array.shape[1] + 1))
        np.cumsum(array[:, ::-1], axis=1, out=sums[:, 1:])
        ends = self.start + self.size
        return np.take_along_axis(sums, array.shape[1] - ends, axis=1)


def single_values(amounts, n_neighbors, ties):
    """Values in the game where each of the K nearest brings its amount.

    In an order without ties, the player at position i gets ``min(K, i) / i`` of what it brings,
    and players farther away drive out the nearer ones' rivals: the one at j changes the value of
    all before it by its amount times ``min(K, j) / j - min(K, j - 1) / (j - 1)``.

    Parameters
    ----------
    amounts : ndarray of shape (n_rows, n_players)
        Sorted by distance.
    n_neighbors : int
    ties : Ties

    Returns
    -------
    ndarray of shape (n_rows, n_players)
    """
    position = np.arange(1, amounts.shape[1] + 1)
    own = np.minimum(n_neighbors, position) / position
    change = np.diff(own, prepend=own[0])
    total = ties.total(amounts)
    others = (total - amounts) / np.maximum(ties.size - 1, 1)
    return (
        amounts * ties.mean(own)
        + others * ties.mean(change * ties.rank)
        + ties.after(change * total / ties.size)
    )


def pair_values(amounts, n_neighbors, ties):
    """Values in the game where each pair among the K nearest brings the product of its amounts.

    Of the product with a nearer player, the one at position j gets the share
    ``k (k - 1) / (2 j (j - 1))`` for ``k = min(K, j)``, and so does the nearer one. Each of the
    others before j, who may keep it from being among the nearest, loses an equal part of what
    these two get too much.

    Parameters
    ----------
    amounts : ndarray of shape (n_rows, n_players)
        Sorted by distance.
    n_neighbors : int
    ties : Ties

    Returns
    -------
    ndarray of shape (n_rows, n_players)
    """
    j = np.arange(1.0, amounts.shape[1] + 1)
    k = np.minimum(n_neighbors, j)
    share = k * (k - 1) / (2 * j * np.maximum(j - 1, 1))
    lost = np.where(j > k, k * (k - 1) / (j * np.maximum((j - 1) * (j - 2), 1)), 0)

    size, rank, before = ties.size, ties.rank, ties.before(amounts)
    total, squares = ties.total(amounts), ties.total(amounts**2)
    # Expected amounts, and products of two, of who is tied; and of those tied with a player.
    mean = total / size
    product = (total**2 - squares) / np.maximum(size * (size - 1), 1)
    other = (total - amounts) / np.maximum(size - 1, 1)
    others = (total - amounts) ** 2 - (squares - amounts**2)
    others = others / np.maximum((size - 1) * (size - 2), 1)

    gained = ties.mean(share) * before + 2 * other * ties.mean(share * rank)
    gained += ties.after(share * mean) + ties.after(lost * mean)
    given = ties.after(lost * (mean * ties.before(amounts) + rank * product))
    given += ties.mean(lost * rank) * other * before
    given += ties.mean(lost * rank * (rank - 1)) * others
    return amounts * gained - given


def squared_error_values(amounts, goals, n_neighbors, ties):
    """Values in the game of the negative squared error of a sum over the K nearest.

    Parameters
    ----------
    amounts : ndarray of shape (n_rows, n_players)
        What each player adds to the prediction, sorted by distance.
    goals : ndarray of shape (n_rows,)
        What the sums should be.
    n_neighbors : int
    ties : Ties

    Returns
    -------
    ndarray of shape (n_rows, n_players)
    """
    alone = amounts * (2 * goals[:, None] - amounts)
    pairs = pair_values(amounts, n_neighbors, ties)
    return single_values(alone, n_neighbors, ties) - 2 * pairs
