"""A model as column by column preprocessing and what comes after it.

Where each encoded column is a function of one player's columns, the Shapley values of the whole
model are those of its last step on the encoded rows and the encoded background, with the encoded
columns of a player as one player. No encoding has to be undone.
"""

from inspect import getattr_static
from typing import Any, NamedTuple

from sklearn.pipeline import Pipeline

from skxai.predictors._sources import real_steps, through, unfrozen
from skxai.utils._owners import owners
from skxai.utils._tables import take_rows

_METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function", "transform")


class SplitModel(NamedTuple):
    """A model in two parts.

    Attributes
    ----------
    transformers : list of fitted transformers
        What rows go through first, in order; perhaps empty.
    estimator : fitted estimator
        What comes after them, without the search object or FrozenEstimator around it.
    sources : list of frozenset of int
        The columns of the table that each encoded column is a function of.
    """

    transformers: list
    estimator: Any
    sources: list

    def encode(self, X):
        """The rows as the last step sees them.

        Parameters
        ----------
        X : table of shape (n_rows, n_columns)

        Returns
        -------
        table of shape (n_rows, n_encoded)
        """
        for step in self.transformers:
            X = step.transform(X)
        return X


def split_pipeline(model, X):
    """Separate a model from its preprocessing.

    Parameters
    ----------
    model : fitted estimator
        Perhaps a Pipeline, a search object or frozen, or one in the other.
    X : table of shape (n_rows, n_columns)
        Rows that the model takes; only two are looked at.

    Returns
    -------
    SplitModel
        With no transformers if the model has no preprocessing, or none that can be told apart.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import SplineTransformer
    >>> X = np.random.default_rng(0).uniform(size=(30, 2))
    >>> model = make_pipeline(SplineTransformer(n_knots=2, degree=2), Ridge()).fit(X, X[:, 0])
    >>> split = split_pipeline(model, X)
    >>> split.estimator
    Ridge()
    >>> [sorted(source) for source in split.sources]
    [[0], [0], [0], [1], [1], [1]]
    """
    transformers, estimator = [], unfrozen(model)
    while _is_plain_pipeline(estimator):
        transformers += real_steps(estimator.steps[:-1])
        estimator = unfrozen(estimator.steps[-1][1])
    sources, _ = through(transformers, take_rows(X, slice(0, 2)))
    return SplitModel(transformers, estimator, sources)


def _is_plain_pipeline(model):
    """Whether a model is a Pipeline that works like scikit-learn's own."""
    if not isinstance(model, Pipeline) or model.steps[-1][1] in (None, "passthrough"):
        return False
    own = type(model)
    return all(getattr_static(own, name) is getattr_static(Pipeline, name) for name in _METHODS)


def owners_of(sources, player_columns):
    """The player that owns each encoded column.

    Parameters
    ----------
    sources : list of frozenset of int
        As in `SplitModel`.
    player_columns : list of ndarray of int
        The columns of each player.

    Returns
    -------
    list of int, or None
        None if an encoded column mixes the columns of several players. A constant one makes no
        difference to anybody and is given to the first player.

    Examples
    --------
    >>> sources = [frozenset([0]), frozenset([2, 1]), frozenset()]
    >>> owners_of(sources, [[0], [1, 2]])
    [0, 1, 0]
    >>> owners_of(sources, [[0], [1], [2]]) is None
    True
    """
    player_of = owners(player_columns).tolist()
    found = []
    for source in sources:
        players = {player_of[j] for j in source}
        if len(players) > 1:
            return None
        found.append(players.pop() if players else 0)
    return found
