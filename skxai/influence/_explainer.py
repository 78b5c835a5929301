"""Which training rows made a prediction."""

import numbers

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, is_classifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skxai.base import BaseExplainer
from skxai.influence._checkpoints import checkpoint_of
from skxai.influence._linear import LinearProblem
from skxai.influence._methods import ByProducts, ByRefits, ByShifts, BySteps
from skxai.influence._network import NetworkProblem
from skxai.influence._parameters import (
    MAX_HESSIAN,
    check_gradient,
    parameters_without_each,
)
from skxai.influence._problems import problem_of
from skxai.influence._refits import refit_without_each
from skxai.influence._responses import Response, log_loss, squared_error
from skxai.influence._result import InfluenceExplanation
from skxai.influence._targets import check_can_be_left_out, check_targets, n_targets_of
from skxai.predictors import as_predictor
from skxai.predictors._columnwise import split_pipeline
from skxai.utils._messages import call_naming_row
from skxai.utils._tables import take_rows
from skxai.utils._tags import ExplainerTags

_MAX_CELLS = 2**20
# The closed form of a linear model takes the cube of its parameters in time.
_MAX_COLUMNS = 5000


class InfluenceExplainer(BaseExplainer):
    """Tell which training rows made a prediction, by what it would be without each of them.

    `fit` takes the data that the model was fitted to. For least squares the answer is exact; for
    logistic regression and neural networks it is read off the fitted model (or, for logistic
    regression, solved for exactly); any other estimator is fitted again without each row.

    Parameters
    ----------
    algorithm : {"auto", "closed-form", "newton", "tracin", "refit"}, default="auto"
        How leaving out a row is worked out.

        - "closed-form": one Newton step from the fitted parameters, with the leverage of the
          row. For LinearRegression, Ridge and RidgeClassifier it is exact; for
          LogisticRegression and multilayer perceptrons approximate. The few rows that move a
          LogisticRegression far go on as with "newton".
        - "newton": Newton's method until it converges, for all rows at once; the linear ones.
          Exact.
        - "tracin": what gradient steps on the row have done, summed over `checkpoints`; also
          SGDRegressor and SGDClassifier.
        - "refit": the estimator is cloned and fitted without each row. Exact for any estimator,
          but for its own randomness.
        - "auto": "tracin" if there are `checkpoints`, else "closed-form" if the model allows (and,
          being linear, has at most 5000 parameters), else "refit".
    quantity : {"prediction", "loss"}, default="prediction"
        What is compared with and without the row: the model's outputs, or its loss on the
        explained row (log-loss, or squared error), for which `explain` needs `y`.
    convention : {"presence", "removal"}, default="presence"
        The sign. "presence", the usual one: positive if the row's presence raises the quantity,
        so with - without. "removal": positive if its removal raises it, without - with.
    damping : float, default=0.0
        For multilayer perceptrons, added to the diagonal of the Hessian: shrinks the influence
        where the loss is flat. With more than 3000 parameters it is at least a tenth of the
        network's `alpha`.
    checkpoints : list of models or of pairs (model, learning_rate), default=None
        For "tracin": copies of the model at times of its training, such as between calls of
        `partial_fit`. Without rates all count the same.
    target : None, label, list of labels or "predicted", default=None
        Which outputs, as in `as_predictor`.
    response_method : {"auto", "predict_proba", "decision_function", "predict_log_proba", \
            "predict", "raw_score", "margin", "centred_logit"}, default="auto"
        Which outputs, as in `as_predictor`.
    n_jobs : int, default=None
        Number of jobs for refits and for `explain`.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    algorithm_ : str
        The algorithm that was used.
    parameter_shifts_ : ndarray of shape (n_train, n_parameters)
        How each row moves the parameters, with the sign of `convention`. Linear models: for each
        score the intercept, if there is one, and the coefficients; networks: for each layer the
        weights, row by row, and the biases. With "closed-form" and "newton", unless the model
        has more than 3000 parameters and is a network.
    leverage_ : ndarray of shape (n_train,)
        How much each row pulls its own fitted value towards its target (trace of its block of the
        hat matrix, at the fitted parameters). Where there are parameter shifts.
    cooks_distance_ : ndarray of shape (n_train,)
        How far leaving out the row moves all fitted values. Where there are parameter shifts.
    remaining_step_ : float
        Length of the next Newton step relative to that of a typical row's influence; 0 for a
        finished fit. Where there are parameter shifts.
    predictor_ : Predictor
        The wrapped model.
    output_names_ : list of str
        Names of the outputs.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Their names, if the background is a DataFrame whose labels are all strings.

    See Also
    --------
    InfluenceExplanation : The result of `explain`.

    Notes
    -----
    Of a Pipeline only the last step is thought to be fitted without the row: preprocessing stays
    as it is, so rows are compared as the last step sees them. The same holds for the parameters
    that a search has chosen. Weights of rows that the model was fitted with are not known here.

    A row that a network's loss curves more than all others together (a leverage of one or more)
    is left without the correction by its leverage. An MLPRegressor of several targets that
    "lbfgs" has fitted is seldom at a minimum (scikit-learn gives it the gradient of another loss,
    their sum, than the value): fit it by "adam".

    References
    ----------
    R. D. Cook, "Detection of influential observation in linear regression", Technometrics 19
    (1977). D. Pregibon, "Logistic regression diagnostics", Annals of Statistics 9 (1981).
    P. W. Koh and P. Liang, "Understanding black-box predictions via influence functions", ICML
    (2017). G. Pruthi, F. Liu, M. Sundararajan and S. Kale, "Estimating training data influence by
    tracing gradient descent", NeurIPS (2020). B. A. Pearlmutter, "Fast exact multiplication by the
    Hessian", Neural Computation 6 (1994).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from skxai import InfluenceExplainer
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = Ridge(alpha=0.1).fit(X[:400], y[:400])
    >>> explanation = InfluenceExplainer().fit(model, X[:400], y[:400]).explain(X[400:])
    >>> explanation.values.shape
    (42, 400)
    >>> without = Ridge(alpha=0.1).fit(X[1:400], y[1:400])
    >>> shift = model.predict(X[400:]) - without.predict(X[400:])
    >>> bool(abs(explanation.values[:, 0] - shift).max() < 1e-9)
    True
    """

    _parameter_constraints = {
        **BaseExplainer._parameter_constraints,
        "algorithm": [StrOptions({"auto", "closed-form", "newton", "tracin", "refit"})],
        "quantity": [StrOptions({"prediction", "loss"})],
        "convention": [StrOptions({"presence", "removal"})],
        "damping": [Interval(numbers.Real, 0, None, closed="left")],
        "checkpoints": [list, tuple, None],
    }

    def __init__(
        self,
        *,
        algorithm="auto",
        quantity="prediction",
        convention="presence",
        damping=0.0,
        checkpoints=None,
        target=None,
        response_method="auto",
        n_jobs=None,
        verbose=0,
    ):
        self.algorithm = algorithm
        self.quantity = quantity
        self.convention = convention
        self.damping = damping
        self.checkpoints = checkpoints
        self.target = target
        self.response_method = response_method
        self.n_jobs = n_jobs
        self.verbose = verbose

    # -- fit -----------------------------------------------------------------------------------

    def _wrap(self, model, X):
        if self.quantity == "prediction":
            return super()._wrap(model, X)
        if self.target is not None or self.response_method != "auto":
            raise ValueError(
                f"target is {self.target!r} and response_method {self.response_method!r}, but the "
                "loss is of all outputs: expected None and 'auto'"
            )
        classes = getattr(model, "classes_", None)
        if classes is None:
            return as_predictor(model, X)
        if np.ndim(classes[0]) > 0 or np.ndim(model.predict(take_rows(X, slice(0, 1)))) > 1:
            raise ValueError("quantity is 'loss', which is not known for several labels in a row")
        if hasattr(model, "predict_proba"):
            return as_predictor(model, X, response_method="predict_proba", target=list(classes))
        raise ValueError(
            f"quantity is 'loss', which needs probabilities; model is {type(model).__name__} "
            "without predict_proba"
        )

    @property
    def output_names_(self):
        """Names of the explained outputs."""
        return super().output_names_ if self.quantity == "prediction" else ["loss"]

    def _fit(self, X, y):
        self._n_targets = n_targets_of(self.predictor_.model, X)
        y = self._check_y(y, X.shape[0], "X_background")
        model = self.predictor_.model
        split = split_pipeline(model, X)
        if not (isinstance(model, BaseEstimator) or hasattr(split.estimator, "fit")):
            raise TypeError(
                f"model is {type(model).__name__}; expected an estimator that can be fitted again"
            )
        encoded = split.encode(X)
        self._train_labels = X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(len(y))
        self._n_train = len(y)
        self.algorithm_, problem = self._choose(split.estimator, encoded, y)
        if self.algorithm_ != "tracin":
            check_can_be_left_out(y, is_classifier(split.estimator))
        if self.algorithm_ == "tracin":
            self._method = BySteps(
                [checkpoint_of(c, self.predictor_, X, y) for c in self.checkpoints]
            )
        elif self.algorithm_ == "refit":
            models = self._refit(split.estimator, encoded, y, np.arange(len(y)))
            self._method = ByRefits(split, self.predictor_, models)
        else:
            self._method = self._by_parameters(split, problem, encoded, y)

    def _check_y(self, y, n_rows, rows):
        classes = getattr(self.predictor_.model, "classes_", None)
        return check_targets(y, n_rows, rows, classes, self._n_targets)

    def _choose(self, estimator, X, y):
        """The algorithm, and what the estimator minimises if that is needed."""
        algorithm = self.algorithm
        if algorithm == "auto" and self.checkpoints is not None:
            algorithm = "tracin"
        if algorithm == "tracin":
            if not self.checkpoints:
                raise ValueError("checkpoints is empty; algorithm='tracin' needs at least one")
            return algorithm, None
        if self.checkpoints is not None:
            raise ValueError(
                f"checkpoints are given, but algorithm is {algorithm!r}, which does not use them; "
                "expected 'tracin' or 'auto', or checkpoints=None"
            )
        if algorithm == "refit":
            return algorithm, None
        problem = problem_of(estimator, X, y)
        if algorithm == "newton" and not isinstance(problem, LinearProblem):
            problem = None
        if algorithm == "auto":
            large = isinstance(problem, LinearProblem) and problem.parameters.size > _MAX_COLUMNS
            return ("refit", None) if problem is None or large else ("closed-form", problem)
        if problem is not None:
            return algorithm, problem
        raise ValueError(
            f"algorithm is {algorithm!r}, which is not known for {estimator!r}; "
            "expected 'auto' or 'refit'"
        )

    def _refit(self, estimator, X, y, rows):
        return refit_without_each(
            estimator, X, y, rows, n_jobs=self.n_jobs, verbose=self.verbose, name="refits"
        )

    def _by_parameters(self, split, problem, X, y):
        respond = Response(self.predictor_, split.estimator, problem.loss)
        if isinstance(problem, NetworkProblem) and problem.parameters.size > MAX_HESSIAN:
            check_gradient(problem)
            return ByProducts(split, problem, respond, self.damping)
        exact = self.algorithm_ == "newton"

        def refit(rows):
            return self._refit(split.estimator, X, y, rows)

        found = parameters_without_each(problem, refit, exact=exact, damping=self.damping)
        sign = -1 if self.convention == "presence" else 1
        self.parameter_shifts_ = sign * problem.in_model_coordinates(found.shifts)
        self.leverage_ = found.leverage
        self.cooks_distance_ = found.cooks_distance
        self.remaining_step_ = found.remaining_step
        return ByShifts(split, found.problem, respond, found.shifts)

    # -- explain -------------------------------------------------------------------------------

    def explain(self, X, y=None):
        """Tell what each training row does to the predictions for some rows.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
            The rows, with the columns of the background. They are left as they are.
        y : array-like of shape (n_rows,), default=None
            Their targets; needed for ``quantity="loss"``, else not used.

        Returns
        -------
        InfluenceExplanation
            A value for each explained row and each training row.

        Raises
        ------
        NotFittedError
            If the explainer is not fitted.
        TypeError, ValueError
            If `X` differs in kind or columns from the background, or if the model returns NaN.
        """
        check_is_fitted(self, "predictor_")
        X, labels = self._conform(X)
        targets = self._targets(X, y)
        outputs = call_naming_row(self.predictor_, X)
        parts = self._map_rows(X, targets, self._effects, self._rows_per_chunk())
        values = np.concatenate(parts)
        predictions = self._measure(targets)(outputs[:, None])[:, 0]
        chosen = None
        if self.quantity == "prediction" and self.predictor_.by_row:
            best = outputs.argmax(axis=1)
            chosen = np.array(self.predictor_.output_names, dtype=np.str_)[best]
            rows = np.arange(len(best))
            values, predictions = values[rows, :, best], predictions[rows, best]
        elif values.shape[2] == 1:
            values, predictions = values[..., 0], predictions[..., 0]
        return InfluenceExplanation(
            values=values,
            predictions=predictions,
            data=X.copy(),
            feature_names=self._spec.names,
            output_names=self.output_names_,
            quantity=self.quantity,
            convention=self.convention,
            train_index=self._train_labels,
            method=self._describe(),
            index=labels,
            targets=chosen,
        )

    def _targets(self, X, y):
        """What the loss compares outputs with; nothing for predictions."""
        n_rows = X.shape[0]
        if self.quantity == "prediction":
            return np.empty((n_rows, 0))
        y = self._check_y(y, n_rows, "X")
        classes = getattr(self.predictor_.model, "classes_", None)
        if classes is None:
            return y.astype(float).reshape(n_rows, -1)
        return (y[:, None] == np.asarray(classes)).astype(float)

    def _measure(self, targets):
        """From outputs (n_rows, any, n_outputs) to what is explained."""
        if self.quantity == "prediction":
            return lambda outputs: outputs
        loss = log_loss if hasattr(self.predictor_.model, "classes_") else squared_error
        return lambda outputs: loss(outputs, targets[:, None])

    def _effects(self, X, targets):
        measure = self._measure(targets)
        if len(targets) == 0:  # which the steps of a Pipeline may refuse
            return measure(np.empty((0, self._n_train, self.predictor_.n_outputs)))
        effects = self._method.effects(X, measure)
        return effects if self.convention == "presence" else -effects

    def _rows_per_chunk(self):
        cells = self._n_train * self.predictor_.n_outputs
        return max(1, _MAX_CELLS // max(cells, self._method.cells_per_row))

    def __skxai_tags__(self):
        return ExplainerTags(
            attributions=False,
            requires_y=True,
            any_model=False,
            regressor=Ridge(),
            classifier=LogisticRegression(),
        )
