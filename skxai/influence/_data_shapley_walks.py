"""Walks through permutations of players, each adding one player after another."""

import warnings

import numpy as np
from sklearn.base import clone

from skxai.utils._tables import take_rows

# One score near the final one may be chance; so many in a row end a walk.
_STEADY = 5


def walk(game, order, base, full, truncation):
    """What each player adds when it comes, until the rest can hardly add anything.

    Parameters
    ----------
    game : callable
        From an integer array, the players of a coalition, to what it earns.
    order : ndarray of int, shape (n_players,)
    base, full : float
        What nobody and everybody earns.
    truncation : float
        The walk ends after five earnings in a row that are no farther from `full` than this part
        of ``full - base``; 0 goes on to the end.

    Returns
    -------
    gains : ndarray of shape (n_players,)
        Those who did not come have 0.

    Examples
    --------
    >>> walk(lambda players: 1.0 * (0 in players), np.array([1, 0, 2]), 0.0, 1.0, 0)
    array([1., 0., 0.])
    """
    gains = np.zeros(len(order))
    before, n_steady = base, 0
    for count in range(1, len(order) + 1):
        earned = full if count == len(order) else game(order[:count])
        gains[order[count - 1]] = earned - before
        before = earned
        is_near = abs(full - earned) <= truncation * abs(full - base)
        n_steady = n_steady + 1 if is_near else 0
        if truncation > 0 and n_steady == _STEADY:
            break
    return gains


class RefitGame:
    """The score of a model that is fitted to some of the training rows.

    Parameters
    ----------
    model : estimator
        Cloned for each coalition.
    scorer : callable
        Of a fitted estimator, rows and targets.
    train, validation : tuple of (table, ndarray)
        Rows and targets.
    base : float
        The score of a coalition that the model can't be fitted to or scored on, such as rows of
        one class.
    """

    def __init__(self, model, scorer, train, validation, base):
        self.model = model
        self.scorer = scorer
        self.train = train
        self.validation = validation
        self.base = base

    def __call__(self, players):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # few rows give cause to many
            try:
                score = self.score(players)
            except (ValueError, np.linalg.LinAlgError):
                return self.base
        return score if np.isfinite(score) else self.base

    def score(self, players):
        """As a call, but errors and NaN pass through."""
        return float(self.scorer(self.fitted(players), *self.validation))

    def fitted(self, players):
        """The model of a coalition."""
        X, y = self.train
        # In the order of the table: not all models are indifferent to it.
        players = np.sort(players)
        return clone(self.model).fit(take_rows(X, players), y[players])
