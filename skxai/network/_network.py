"""The estimator of influence networks."""

import numbers
import warnings

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.model_selection import KFold
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.validation import check_is_fitted, validate_data

from skxai.gradient import LRPExplainer
from skxai.network._graph import InfluenceGraph
from skxai.network._targets import attribute_target, fit_target
from skxai.shapley import ShapleyExplainer
from skxai.utils._cells import holds_numbers
from skxai.utils._parallel import map_chunks
from skxai.utils._random import draw_seeds

# Regressors are as many as columns times folds, and all are kept.
_MANY_COLUMNS = 1000


class InfluenceNetwork(BaseEstimator):
    """Predict every feature from all the others, and ask which of them each prediction used.

    There is no model to explain: the question is about the data. For each feature a regressor
    is trained to predict it from all others, and an explainer shares out its predictions for rows
    that were held out. The mean absolute relevance of i for j is the weight of the edge from i to
    j. Unlike correlation, an edge says what a feature adds to all others, and may be of any shape.

    Parameters
    ----------
    estimator : regressor, default=None
        What predicts; it is cloned, and sees standardised columns. None is an `MLPRegressor` of
        100 rectifiers with early stopping.
    explainer : explainer, default=None
        What explains, with the training rows as background; it is cloned. None is
        ``LRPExplainer(rule="epsilon")`` if `estimator` is an `MLPRegressor`, alone or last in a
        Pipeline, else `ShapleyExplainer`, which is exact and fast for trees and linear models,
        and slow for others.
    cv : int or splitter, default=5
        Number of folds, or how to split the rows into folds: each row must be held out once.
    keep_rows : bool, default=True
        Whether `graph_` keeps the relevances of each row: 8 · n_rows · n_features² bytes.
    random_state : int, RandomState or None, default=None
        Seeds the folds, the regressors and the explainers.
    n_jobs : int, default=None
        Number of jobs, over targets; the backend is chosen by ``joblib.parallel_config``.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    graph_ : InfluenceGraph
        The network, from rows that were held out.
    adjacency_ : ndarray of shape (n_features, n_features)
        Its weights: ``adjacency_[i, j]`` is that of the edge from i to j.
    scores_ : ndarray of shape (n_features,)
        R² of the prediction of each feature on rows that were held out. The edges to a feature
        that nothing predicts mean nothing.
    explainers_ : list of lists of explainers
        For each target, those of the folds; ``explainers_[j][k].predictor_`` is the regressor.
    mean_, scale_ : ndarrays of shape (n_features,)
        What columns are standardised by.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Their names, if `X` is a DataFrame whose labels are all strings.

    See Also
    --------
    InfluenceGraph : The result.

    Notes
    -----
    Influence is predictive, not causal: if a causes b, then b predicts a as well, and both edges
    are there. And two causes of a common effect predict each other once the effect is known.

    References
    ----------
    P. Keyl et al., "Patient-level proteomic network prediction by explainable artificial
    intelligence", npj Precision Oncology 6 (2022).

    Examples
    --------
    The middle one of a chain hides the ends from each other.

    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from skxai.network import InfluenceNetwork
    >>> noise = np.random.default_rng(0).normal(size=(3, 500))
    >>> first = noise[0]
    >>> middle = first + noise[1]
    >>> X = np.column_stack([first, middle, middle + noise[2]])
    >>> network = InfluenceNetwork(estimator=LinearRegression(), random_state=0).fit(X)
    >>> network.adjacency_.round(1)
    array([[0. , 0.3, 0. ],
           [0.6, 0. , 0.6],
           [0. , 0.5, 0. ]])
    >>> network.scores_.round(1)
    array([0.5, 0.7, 0.6])
    """

    _parameter_constraints = {
        "estimator": [HasMethods(["fit", "predict"]), None],
        "explainer": [HasMethods(["fit", "explain"]), None],
        "cv": [Interval(numbers.Integral, 2, None, closed="left"), HasMethods(["split"])],
        "keep_rows": ["boolean"],
        "random_state": ["random_state"],
        "n_jobs": [int, np.integer, None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        *,
        estimator=None,
        explainer=None,
        cv=5,
        keep_rows=True,
        random_state=None,
        n_jobs=None,
        verbose=0,
    ):
        self.estimator = estimator
        self.explainer = explainer
        self.cv = cv
        self.keep_rows = keep_rows
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(self, X, y=None):
        """Learn the network of the columns.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)
            Numbers, none missing.
        y : None
            Ignored.

        Returns
        -------
        self : InfluenceNetwork
            The fitted network.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described, a column is constant, `cv` does not hold out each
            row once, or the explainer returns other than a number for each row and column.
        """
        self._validate_params()
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)  # a fit that fails leaves nothing of an earlier one
        labels = X.index if isinstance(X, pd.DataFrame) else None
        X = self._check_numbers(X, ensure_min_features=2, ensure_min_samples=2)
        if len(set(self._names())) < X.shape[1]:
            raise ValueError(f"X has columns {self._names()}; expected different names")
        self._standardise(X)
        Z = (X - self.mean_) / self.scale_
        seeds = draw_seeds(self.random_state, 1 + X.shape[1])
        folds = self._folds(Z, seeds[0])
        if X.shape[1] > _MANY_COLUMNS:
            self._warn_of_size(*X.shape, len(folds))
        estimator, explainer = self._parts()
        tasks = (
            (Z, j, estimator, explainer, folds, seed, self.keep_rows)
            for j, seed in enumerate(seeds[1:])
        )
        found = self._map(fit_target, tasks)
        self.explainers_ = [target.explainers for target in found]
        self.scores_ = np.array([target.score for target in found])
        about = {"scores": self.scores_, "feature_names": self._names(), "method": self._describe()}
        if self.keep_rows:
            values = np.stack([target.values for target in found], axis=2)
            self.graph_ = InfluenceGraph.of_rows(values, index=labels, **about)
        else:
            weights = np.column_stack([target.means for target in found])
            errors = np.column_stack([target.errors for target in found])
            self.graph_ = InfluenceGraph(weights, errors, **about)
        return self

    def explain(self, X):
        """The network of each row.

        Relevances are the means over the regressors of all folds. For rows of the training data
        those of `graph_` are better: they come from the regressor that had not seen the row.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)
            The rows, with the columns of `fit`. They are left as they are.

        Returns
        -------
        InfluenceGraph
            With `values` of each row; ``graph[i]`` is the network of one.

        Raises
        ------
        NotFittedError
            If the network is not fitted.
        TypeError, ValueError
            If `X` is not as described.
        """
        check_is_fitted(self, "graph_")
        labels = X.index if isinstance(X, pd.DataFrame) else None
        Z = self._check_numbers(X, reset=False)
        Z = (Z - self.mean_) / self.scale_
        tasks = ((Z, j, explainers) for j, explainers in enumerate(self.explainers_))
        return InfluenceGraph.of_rows(
            np.stack(self._map(attribute_target, tasks), axis=2),
            scores=self.scores_,
            feature_names=self._names(),
            method=self._describe(),
            index=labels,
        )

    @property
    def adjacency_(self):
        """The weights of the edges, from row to column."""
        return self.graph_.matrix

    def _warn_of_size(self, n_rows, n_features, n_folds):
        n_bytes = 8 * n_features**2 * (n_folds + n_rows * self.keep_rows)
        hint = ", or set keep_rows=False" if self.keep_rows else ""
        warnings.warn(
            f"X has {n_features:,} columns: {n_features * n_folds:,} regressors, each of "
            f"{n_features - 1:,} columns, will be fitted and kept; with what else is kept that is "
            f"at least {n_bytes / 2**30:.1f} GiB. Choose some hundred columns{hint}",
            stacklevel=3,
        )

    def _standardise(self, X):
        constant = np.flatnonzero(np.ptp(X, axis=0) == 0)
        if len(constant):
            names = [self._names()[j] for j in constant]
            raise ValueError(f"X has constant columns {names}; expected columns that vary")
        self.mean_, self.scale_ = X.mean(axis=0), X.std(axis=0)

    def _folds(self, Z, seed):
        cv = self.cv
        if isinstance(cv, numbers.Integral):
            cv = KFold(cv, shuffle=True, random_state=seed)
        folds = list(cv.split(Z))
        held_out = np.concatenate([test for _, test in folds])
        if not np.array_equal(np.sort(held_out), np.arange(len(Z))):
            raise ValueError(f"cv is {self.cv!r}; expected one that holds out each row once")
        return folds

    def _parts(self):
        """The regressor and the explainer, before they are cloned."""
        estimator, explainer = self.estimator, self.explainer
        if estimator is None:
            estimator = MLPRegressor(
                alpha=0.01, learning_rate_init=0.003, early_stopping=True, max_iter=500
            )
        if explainer is None:
            last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
            # The box of the default rule gives all inputs something, and edges that are none.
            is_network = isinstance(last, MLPRegressor)
            explainer = LRPExplainer(rule="epsilon") if is_network else ShapleyExplainer()
        return estimator, explainer

    def _map(self, function, tasks):
        return map_chunks(
            function,
            tasks,
            n_chunks=self.n_features_in_,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
            name=type(self).__name__,
        )

    def _check_numbers(self, X, **options):
        """The table as floats; an error tells which columns are no numbers."""
        try:
            return validate_data(self, X, dtype=np.float64, **options)
        except (TypeError, ValueError) as error:
            others = _other_columns(X)
            if not others:
                raise
            kind = TypeError if isinstance(error, TypeError) else ValueError
            why = "" if "DType" in str(error) else f" ({error})"  # numpy's tells a user nothing
            raise kind(
                f"X has columns {others} that are no numbers{why}; expected numbers, none missing"
            ) from error

    def _names(self):
        names = getattr(self, "feature_names_in_", None)
        return [f"x{j}" for j in range(self.n_features_in_)] if names is None else list(names)

    def _describe(self):
        return " ".join(repr(self).split())


def _other_columns(X):
    """Labels of the columns that hold no numbers."""
    if not isinstance(X, pd.DataFrame):
        X = X if hasattr(X, "dtype") else np.asarray(X, dtype=object)
        if X.ndim != 2 or X.dtype.kind not in "OUSmM":
            return []
        X = pd.DataFrame(X)
    return [X.columns[j] for j in range(X.shape[1]) if not _is_numeric(X.iloc[:, j])]


def _is_numeric(column):
    return holds_numbers(column) or pd.api.types.is_bool_dtype(column.dtype)
