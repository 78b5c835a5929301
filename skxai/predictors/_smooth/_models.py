"""Models with a derivative: their raw scores as smooth functions of their columns."""

from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import is_regressor
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, SGDClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skxai.predictors._forms import register_library
from skxai.predictors._kernels import KernelForm, kernel_form_of
from skxai.predictors._linear import LinearForm, linear_form_of
from skxai.predictors._networks import network_of
from skxai.predictors._smooth._kernels import kernel_sum_of
from skxai.predictors._sources import unfrozen


class SmoothForm(NamedTuple):
    """A model's raw scores, and how its methods follow from them.

    Parameters
    ----------
    function : object
        With methods ``scores(X) -> (n_rows, n_scores)`` and
        ``jacobian(X) -> (n_rows, n_scores, n_columns)`` for arrays of floats; picklable.
    kind : {"regression", "log", "scores", "binary", "multiclass", "multilabel", \
            "one-versus-rest"}
        How `predict_proba` and the other methods follow from the scores: they are the predictions;
        their logarithms; the decision function; one score of which the logistic function is a
        probability; scores for a softmax; log-odds of each label; log-odds of each class, scaled
        to a sum of one.

    Examples
    --------
    >>> from skxai.predictors import SmoothForm, known_smooth_form
    >>> class Sine:
    ...     def scores(self, X):
    ...         return np.sin(X)
    ...
    ...     def jacobian(self, X):
    ...         return np.cos(X)[:, None, :]
    >>> SmoothForm(Sine(), "regression").kind
    'regression'
    """

    function: Any
    kind: str


def smooth_form_of(estimator):
    """A fitted estimator's raw scores as a function with a derivative.

    Parameters
    ----------
    estimator : fitted estimator
        Not a Pipeline. Register a function for other classes:
        ``known_smooth_form.register(MyEstimator, function)``.

    Returns
    -------
    SmoothForm or None
        None if no derivative is known.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> form = smooth_form_of(LogisticRegression().fit([[0.0], [1.0], [2.0]], [0, 0, 1]))
    >>> form.kind, form.function.jacobian([[0.0], [5.0]]).shape
    ('binary', (2, 1, 1))
    """
    estimator = unfrozen(estimator)
    register_library(estimator)
    return known_smooth_form(estimator)


@singledispatch
def known_smooth_form(estimator):
    """A fitted estimator's `SmoothForm`, as far as its class tells it.

    Register a function for other classes: ``known_smooth_form.register(MyEstimator, function)``.

    Parameters
    ----------
    estimator : fitted estimator
        Not a Pipeline.

    Returns
    -------
    SmoothForm or None
        The form; None if the class does not tell.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from skxai.predictors import known_smooth_form
    >>> known_smooth_form(LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0])).kind
    'regression'
    """
    for method, kind in (("predict", "regression"), ("decision_function", "scores")):
        for known in (linear_form_of, kernel_form_of, kernel_sum_of):
            form = known(estimator, method)
            if form is not None and (method != "predict" or is_regressor(estimator)):
                return SmoothForm(_with_jacobian(form), kind)
    form = linear_form_of(estimator, "raw_score")
    return None if form is None else SmoothForm(_with_jacobian(form), "log")


@known_smooth_form.register(LogisticRegression)
@known_smooth_form.register(LogisticRegressionCV)
@known_smooth_form.register(LinearDiscriminantAnalysis)
@known_smooth_form.register(SGDClassifier)
def _(estimator):
    form = linear_form_of(estimator, "decision_function")
    if form is None:
        return None
    if isinstance(estimator, SGDClassifier) and estimator.loss != "log_loss":
        kind = "scores"
    elif len(form.coef) == 1:
        kind = "binary"
    elif _is_one_versus_rest(estimator):
        kind = "one-versus-rest"
    else:
        kind = "multiclass"
    return SmoothForm(LinearScores(*form), kind)


def _is_one_versus_rest(estimator):
    """Whether the model of several classes was fitted for each class by itself."""
    return (
        isinstance(estimator, SGDClassifier)
        or getattr(estimator, "multi_class", "") == "ovr"
        or getattr(estimator, "solver", "") == "liblinear"
    )


@known_smooth_form.register
def _(estimator: MLPRegressor):
    return SmoothForm(network_of(estimator), "log" if _is_exponential(estimator) else "regression")


@known_smooth_form.register
def _(estimator: MLPClassifier):
    kind = "multiclass"
    if estimator.out_activation_ == "logistic":
        kind = "multilabel" if estimator._label_binarizer.y_type_.startswith("multi") else "binary"
    return SmoothForm(network_of(estimator), kind)


def _is_exponential(estimator):
    return estimator.out_activation_ == "exp"


def _with_jacobian(form):
    if hasattr(form, "jacobian"):
        return form
    return LinearScores(*form) if isinstance(form, LinearForm) else KernelScores(*form)


class LinearScores(LinearForm):
    """Affine scores."""

    scores = LinearForm.outputs

    def jacobian(self, X):
        return np.broadcast_to(self.coef, (len(X), *self.coef.shape))


class KernelScores(KernelForm):
    """Scores of a machine with a Gaussian or Laplacian kernel."""

    scores = KernelForm.outputs

    def jacobian(self, X):
        kernel = self.kernel(X)
        slopes = np.empty((len(X), len(self.coef), X.shape[1]))
        for j, (column, points, gammas) in enumerate(zip(X.T, self.points.T, self.gammas.T)):
            steps = column[:, None] - points
            inner = 2 * steps if self.power == 2 else np.sign(steps)
            slopes[:, :, j] = -(kernel * inner * gammas) @ self.coef.T
        return slopes
