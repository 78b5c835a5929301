"""What each training row is worth to any model, by refitting it."""

import numbers
from functools import partial

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import check_scoring, get_scorer_names
from sklearn.utils import metadata_routing
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skxai.influence._data_shapley_result import DataValuation
from skxai.influence._data_shapley_walks import RefitGame, walk
from skxai.influence._knn_targets import check_targets
from skxai.predictors._predictor import check_finite
from skxai.utils._messages import call_naming_row
from skxai.utils._parallel import map_chunks
from skxai.utils._random import draw_seeds
from skxai.utils._tables import TableSpec, check_table, count_rows
from skxai.utils._threads import own_jobs


class DataShapleyExplainer(BaseEstimator):
    """Tell what each training row is worth to the score of a model, by refitting it many times.

    The players are the training rows. A part of them earns the score, on a validation set, of a
    clone of the model that is fitted to them. The Shapley value of a row is what it adds to the
    score on average over all orders in which the rows may come; random orders estimate it.

    Parameters
    ----------
    scoring : str or callable, default=None
        A scorer, as in scikit-learn's ``cross_val_score``; higher is better. None: the model's
        ``score``.
    n_permutations : int, default=100
        Number of random orders. Standard errors fall with its square root.
    truncation : float, default=0.01
        An order is left once five scores in a row are no farther from that of all rows than this
        part of the way there from the score of no rows; those that were yet to come add 0. It saves
        most of the refits, for a small bias. 0: never.
    n_jobs : int, default=None
        Number of jobs; the backend is chosen by ``joblib.parallel_config``.
    random_state : int, RandomState instance or None, default=None
        Seed of the orders, and of the model where it has none.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    model_ : estimator
        What is cloned: an unfitted clone of the model, with seeds.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Their names, if the training rows are a DataFrame whose labels are all strings.

    See Also
    --------
    KNNShapleyExplainer : Exact and fast, for nearest neighbours.
    DataValuation : The result.

    Notes
    -----
    `explain` fits the model up to ``n_permutations * (n_train - 1)`` times, so it is for small
    training sets or fast models. No rows, and rows that the model refuses (those of a single class,
    or fewer than it has neighbours), score as a constant prediction does: that of
    ``DummyClassifier(strategy="prior")`` or ``DummyRegressor`` fitted to all training rows.

    The values add up to the score of all rows minus that of no rows; with `truncation`, up to
    about this part of it. Where a row makes much of a difference only when it is among the first,
    standard errors from few orders are uncertain themselves.

    References
    ----------
    A. Ghorbani and J. Zou, "Data Shapley: equitable valuation of data for machine learning", ICML
    (2019).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skxai import DataShapleyExplainer
    >>> X, y = load_iris(return_X_y=True)
    >>> explainer = DataShapleyExplainer(n_permutations=20, random_state=0)
    >>> valuation = explainer.fit(GaussianNB(), X[::5], y[::5]).explain(X[1::5], y[1::5])
    >>> valuation
    <DataValuation: 30 training rows, 1 line>
    >>> valuation.importance().columns.tolist()
    ['target', 'value', 'std_error']
    """

    _parameter_constraints = {
        "scoring": [StrOptions(set(get_scorer_names())), callable, None],
        "n_permutations": [Interval(numbers.Integral, 2, None, closed="left")],
        "truncation": [Interval(numbers.Real, 0, 1, closed="left")],
        "n_jobs": [numbers.Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    # The arguments of `fit` are no metadata that scikit-learn could route.
    __metadata_request__fit = {
        "model": metadata_routing.UNUSED,
        "X_background": metadata_routing.UNUSED,
    }

    def __init__(
        self,
        *,
        scoring=None,
        n_permutations=100,
        truncation=0.01,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.scoring = scoring
        self.n_permutations = n_permutations
        self.truncation = truncation
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, model, X_background, y):
        """Take the model and the training rows, and draw the seeds of the orders.

        Parameters
        ----------
        model : estimator or Pipeline
            Fitted or not; it stays as it is. Steps of a Pipeline are refitted too.
        X_background : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
            The training rows.
        y : array-like of shape (n_rows,)
            Their targets.

        Returns
        -------
        self : object
            The fitted explainer.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described; the message names it.
        """
        self._validate_params()
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)
        _check_model(model)
        X = check_table(X_background, "X_background")
        if X.shape[0] == 0:
            raise ValueError("X_background has no rows; expected at least one")
        y = check_targets(y, "y", X.shape[0], is_classifier(model))
        self._spec, self._train = TableSpec.of(X), (X, y)
        self.n_features_in_ = self._spec.n_columns
        if self._spec.feature_names_in is not None:
            self.feature_names_in_ = self._spec.feature_names_in
        seeds = draw_seeds(self.random_state, self.n_permutations + 1)
        self._seeds, self.model_ = seeds[:-1], _seeded(model, int(seeds[-1]))
        return self

    def explain(self, X, y):
        """Value the training rows by the score on a validation set.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
            The rows of the validation set, with the columns of the training rows.
        y : array-like of shape (n_rows,)
            Their targets.

        Returns
        -------
        DataValuation
            With a single line.

        Raises
        ------
        NotFittedError
            If the explainer is not fitted.
        TypeError, ValueError
            If `X` differs in kind or columns from the training rows, if `y` does not fit them, or
            if the model can't be fitted to all training rows or has no such score.
        """
        check_is_fitted(self, "model_")
        X = self._spec.conform(X, "X")
        if count_rows(X) == 0:
            raise ValueError("X has no rows; expected at least one")
        y = check_targets(y, "y", count_rows(X), is_classifier(self.model_))
        scorer = check_scoring(self.model_, self.scoring)
        base = float(scorer(_constant(self.model_).fit(*self._train), X, y))
        game = RefitGame(self.model_, scorer, self._train, (X, y), base)
        n_train = len(self._train[1])
        with own_jobs():
            whole = game.fitted(np.arange(n_train))
            call_naming_row(partial(_check_predictions, whole), X)  # a score would not tell the row
            full = float(scorer(whole, X, y))
        for score, which in ((base, "a constant prediction"), (full, "all training rows")):
            if not np.isfinite(score):
                raise ValueError(f"scoring gives {score} for {which}; expected a finite number")
        walks = map_chunks(
            _random_walk,
            ((game, int(seed), n_train, full, self.truncation) for seed in self._seeds),
            n_chunks=len(self._seeds),
            n_jobs=self.n_jobs,
            verbose=self.verbose,
            name=type(self).__name__,
        )
        gains = np.array(walks)
        train_rows = self._train[0]
        return DataValuation(
            values=gains.mean(axis=0, keepdims=True),
            base_values=np.array([base]),
            std_errors=gains.std(axis=0, ddof=1, keepdims=True) / np.sqrt(len(gains)),
            train_targets=self._train[1],
            train_index=train_rows.index if isinstance(train_rows, pd.DataFrame) else None,
            feature_names=self._spec.names,
            method=" ".join(repr(self).split()),
        )

    def __sklearn_is_fitted__(self):
        return hasattr(self, "model_")


def _check_model(model):
    if isinstance(model, type):
        raise TypeError(f"model is the class {model.__name__}; expected an instance of it")
    if isinstance(model, FrozenEstimator):
        raise TypeError("model is a FrozenEstimator; expected one that can be refitted")
    if not (hasattr(model, "fit") and hasattr(model, "get_params") and hasattr(model, "predict")):
        raise TypeError(
            f"model is {type(model).__name__}; expected an estimator that can be cloned, fitted "
            "and predict"
        )


def _seeded(model, seed):
    """An unfitted clone whose own random numbers are the same each time."""
    model = clone(model)
    unset = {
        name: seed
        for name, value in model.get_params().items()
        if name.split("__")[-1] == "random_state" and value is None
    }
    return model.set_params(**unset)


def _constant(model):
    """What predicts the same for all rows, and can do so without rows of its own."""
    return DummyClassifier(strategy="prior") if is_classifier(model) else DummyRegressor()


def _check_predictions(model, X):
    """Refuse rows for which the model raises, or returns NaN."""
    predictions = np.asarray(model.predict(X))
    if predictions.dtype.kind == "f":
        check_finite(predictions.reshape(len(predictions), -1))


def _random_walk(game, seed, n_train, full, truncation):
    order = np.random.RandomState(seed).permutation(n_train)
    return walk(game, order, game.base, full, truncation)
