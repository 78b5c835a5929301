"""What each training row is worth to a prediction by nearest neighbours."""

import numbers

import numpy as np
import pandas as pd
from sklearn.base import is_classifier, is_regressor
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skxai.base import BaseExplainer
from skxai.influence._data_shapley_result import DataValuation
from skxai.influence._knn_neighbours import Neighbourhood, is_farther
from skxai.influence._knn_targets import check_targets
from skxai.influence._knn_values import Ties, single_values, squared_error_values
from skxai.predictors import as_predictor
from skxai.utils._blocks import blocks
from skxai.utils._messages import call_naming_row
from skxai.utils._tables import count_rows, take_rows
from skxai.utils._tags import ExplainerTags


class KNNShapleyExplainer(BaseExplainer):
    """Tell what each training row is worth to predictions by its nearest neighbours.

    "Which of my training rows help, and which mislead?" The players are the training rows. A part
    of them predicts a row by its K nearest in this part, and is paid for a right prediction; the
    Shapley value of a training row is its share of what all earn together. It is exact, and takes
    no more than sorting the training rows by distance.

    Parameters
    ----------
    n_neighbors : int, default=None
        K. None: that of the model, if its last step is ``KNeighborsClassifier`` or
        ``KNeighborsRegressor``, else 5. It may exceed the number of training rows.
    weights : {"uniform", "distance"} or callable, default=None
        Weights of the neighbours, as in scikit-learn. A callable must weigh each distance by
        itself. None: those of the model, else "uniform".
    metric : str or callable, default=None
        The distance, any that ``sklearn.metrics.DistanceMetric`` or ``pairwise_distances`` has.
        None: that of the model with its parameters, else "euclidean".
    n_jobs : int, default=None
        Number of jobs; the backend is chosen by ``joblib.parallel_config``.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    n_neighbors_ : int
        K.
    classes_ : ndarray
        Labels of the training rows; for classifiers.
    baseline_ : float
        The mean target of the training rows; for regressors.
    predictor_ : Predictor
        The wrapped model.
    output_names_ : list of str
        Names of the outputs.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Their names, if the training rows are a DataFrame whose labels are all strings.

    See Also
    --------
    DataShapleyExplainer : The same for any model, by refitting it many times.
    DataValuation : The result.

    Notes
    -----
    A part S of the training rows earns, for a row with target :math:`y`, over its
    :math:`\\min(K, |S|)` nearest rows :math:`i` with weights :math:`w_i`,

    .. math::

        v(S) = \\frac1K \\sum_i w_i \\, [y_i = y], \\qquad
        v(S) = -\\Big(\\bar y + \\frac1K \\sum_i w_i \\, (y_i - \\bar y) - y\\Big)^2,

    in classification and in regression. The weights have the mean 1 over the K nearest of all
    rows, and do not change with S; so the values are exact for any weights, and their sum is what
    the model itself earns: the probability it gives to :math:`y`, or minus its squared error.
    (Weights that are scaled anew for each S have no such short solution.) Where fewer than K rows
    are left, the mean :math:`\\bar y` of all training targets stands for the others, in place of
    the 0 of the paper: adding a constant to all targets changes nothing.

    Rows at the same distance come in random order, and values are the means over all orders;
    scikit-learn, which takes those first that come first, may predict otherwise.

    `fit` takes the training rows and their targets. If the model is a Pipeline, distances are
    those between rows as they reach its last step, whatever this is; else those between
    the rows themselves, which should then be scaled. If the model's last step is not one of
    neighbours, the values are those for neighbours in its place.

    References
    ----------
    R. Jia et al., "Efficient task-specific data valuation for nearest neighbor algorithms",
    Proceedings of the VLDB Endowment 12 (2019).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skxai import KNNShapleyExplainer
    >>> X, y = np.array([[0.0], [1.0], [2.0]]), np.array(["a", "b", "a"])
    >>> model = KNeighborsClassifier(n_neighbors=1).fit(X, y)
    >>> valuation = KNNShapleyExplainer().fit(model, X, y).explain([[0.1]], ["a"])
    >>> valuation.importance().round(3)
      target  value  std_error
    0      a  0.833        NaN
    1      b -0.167        NaN
    2      a  0.333        NaN
    """

    _parameter_constraints = {
        **BaseExplainer._parameter_constraints,
        "n_neighbors": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "weights": [StrOptions({"uniform", "distance"}), callable, None],
        "metric": [str, callable, None],
    }

    def __init__(self, *, n_neighbors=None, weights=None, metric=None, n_jobs=None, verbose=0):
        self.n_neighbors = n_neighbors
        self.weights = weights
        self.metric = metric
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _wrap(self, model, X):
        if not hasattr(model, "predict"):
            raise TypeError(
                f"model is {type(model).__name__}; expected a fitted classifier or regressor"
            )
        predictor = as_predictor(model, X, response_method="predict")
        if is_classifier(model):  # of two classes also the other one
            return as_predictor(model, X, response_method="predict", target=list(model.classes_))
        if not is_regressor(model):
            raise TypeError(
                f"model is {type(model).__name__}; expected a classifier or a regressor"
            )
        if len(predictor.output_names) > 1:
            raise ValueError(
                f"model has {len(predictor.output_names)} outputs; expected a single one"
            )
        return predictor

    def _fit(self, X, y):
        model = self.predictor_.model
        y = check_targets(y, "y", X.shape[0], is_classifier(model))
        self._neighbourhood = Neighbourhood(model, self.n_neighbors, self.weights, self.metric)
        self.n_neighbors_ = self._neighbourhood.n_neighbors
        self._rows = self._neighbourhood.place(X, "X_background")
        self._train_targets = y
        self._train_index = X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(X.shape[0])
        self._codes = None
        if is_classifier(model):
            self.classes_, self._codes = np.unique(y, return_inverse=True)
        else:
            self.baseline_ = float(y.mean())

    def explain(self, X, y=None):
        """Value the training rows for each prediction by itself.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
            Rows to predict, such as those of a validation set, with the columns of the training
            rows. They are left as they are.
        y : array-like of shape (n_rows,), default=None
            Their true targets. None: what the model predicts; values then tell who supports it.

        Returns
        -------
        DataValuation
            With a line for each row and a column for each training row. Of many rows, only the
            mean may fit the memory: see `average`.

        Raises
        ------
        NotFittedError
            If the explainer is not fitted.
        TypeError, ValueError
            If `X` differs in kind or columns from the training rows, if `y` does not fit them, or
            if the model returns NaN.
        """
        check_is_fitted(self, "predictor_")
        X, labels = self._conform(X)
        predictions = call_naming_row(self.predictor_, X)
        targets = self._targets(y, predictions)
        parts = self._map_rows(X, targets, self._values, 256)
        return DataValuation(
            values=np.concatenate(parts),
            base_values=self._base_values(targets),
            targets=targets,
            data=X.copy(),
            predictions=predictions,
            index=labels,
            **self._training(),
        )

    def average(self, X, y=None):
        """Value the training rows for many predictions together: the mean over rows.

        The values of single rows are not kept.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
            At least one row to predict, with the columns of the training rows.
        y : array-like of shape (n_rows,), default=None
            Their true targets. None: what the model predicts.

        Returns
        -------
        DataValuation
            With a single line, and standard errors of the mean: how far it may be from that over
            all rows such as these.

        Raises
        ------
        NotFittedError
            If the explainer is not fitted.
        TypeError, ValueError
            As from `explain`, and if there are no rows.
        """
        check_is_fitted(self, "predictor_")
        X, _ = self._conform(X)
        n_rows = count_rows(X)
        if n_rows == 0:
            raise ValueError("X has no rows; expected at least one")
        targets = self._targets(y, call_naming_row(self.predictor_, X))
        parts = self._map_rows(X, targets, self._sums, 256)
        counts = np.array([part[0] for part in parts])
        means, squares = (np.array([part[k] for part in parts]) for k in (1, 2))
        mean = counts @ means / n_rows
        spread = squares.sum(axis=0) + counts @ (means - mean) ** 2
        error = (
            np.sqrt(spread / (n_rows - 1) / n_rows) if n_rows > 1 else np.full_like(mean, np.nan)
        )
        return DataValuation(
            values=mean[None],
            base_values=self._base_values(targets).mean(keepdims=True),
            std_errors=error[None],
            **self._training(),
        )

    def _training(self):
        """What a result tells of the training rows and of the explainer."""
        return {
            "train_targets": self._train_targets,
            "train_index": self._train_index,
            "feature_names": self._spec.names,
            "output_names": self.output_names_,
            "method": self._describe(),
        }

    def _targets(self, y, predictions):
        """The targets of rows to predict, checked; without any, the predictions."""
        if not hasattr(self, "classes_"):
            return predictions[:, 0] if y is None else check_targets(y, "y", len(predictions))
        classes = self.predictor_.model.classes_
        if y is None:
            return classes[predictions.argmax(axis=1)]
        y = check_targets(y, "y", len(predictions), labels=True)
        unknown = set(y.tolist()) - set(classes.tolist())
        if unknown:
            raise ValueError(
                f"y has labels {sorted(unknown, key=str)}; expected some of {classes.tolist()}"
            )
        return y

    def _base_values(self, targets):
        """What no training rows earn."""
        if hasattr(self, "classes_"):
            return np.zeros(len(targets))
        return -((targets - self.baseline_) ** 2)

    def _sums(self, X, targets):
        """Number of rows, mean and sum of squared deviations of their values."""
        n_train = len(self._train_targets)
        count, mean, spread = 0, np.zeros(n_train), np.zeros(n_train)
        for block in blocks(count_rows(X), n_train, least=16):
            values = self._values(take_rows(X, block), targets[block])
            own, new = values.mean(axis=0), count + len(values)
            spread += ((values - own) ** 2).sum(axis=0)
            spread += (own - mean) ** 2 * count * len(values) / new
            mean += (own - mean) * len(values) / new
            count = new
        return count, mean, spread

    def _values(self, X, targets):
        """Values of all training rows, for each row and its target."""
        values = np.empty((len(targets), len(self._train_targets)))
        if len(values) == 0:  # which the steps of a Pipeline may refuse
            return values
        rows = self._neighbourhood.place(X, "X")
        for block in blocks(*values.shape):
            distances = self._neighbourhood.distances(rows[block], self._rows)
            order = np.argsort(distances, axis=1)
            distances = np.take_along_axis(distances, order, axis=1)
            part = self._sorted_values(distances, order, targets[block])
            np.put_along_axis(values[block], order, part, axis=1)
        return values

    def _sorted_values(self, distances, order, targets):
        """Values of the training rows in the order of their distances."""
        ties = Ties(is_farther(distances))
        weights = self._neighbourhood.weigh(distances) / self.n_neighbors_
        if hasattr(self, "classes_"):
            is_right = self._codes[order] == self._codes_of(targets)[:, None]
            return single_values(weights * is_right, self.n_neighbors_, ties)
        amounts = weights * (self._train_targets[order] - self.baseline_)
        return squared_error_values(amounts, targets - self.baseline_, self.n_neighbors_, ties)

    def _codes_of(self, targets):
        """Positions of labels among those of the training rows; -1 for others."""
        codes = np.searchsorted(self.classes_, targets).clip(max=len(self.classes_) - 1)
        return np.where(self.classes_[codes] == targets, codes, -1)

    def __skxai_tags__(self):
        return ExplainerTags(
            attributions=False,
            requires_y=True,
            any_model=False,
            regressor=KNeighborsRegressor(algorithm="brute"),  # trees refuse sparse rows
            classifier=KNeighborsClassifier(algorithm="brute"),
        )
