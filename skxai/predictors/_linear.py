"""Models whose response is an affine function of their columns, read off the fitted model."""

from functools import singledispatch
from typing import NamedTuple

import numpy as np
from sklearn import linear_model
from sklearn.cross_decomposition import PLSRegression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import VotingRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, NuSVC, NuSVR, OneClassSVM

from skxai.predictors._forms import densify, is_overridden
from skxai.predictors._raw_scores import has_log_link
from skxai.predictors._sources import unfrozen


class LinearForm(NamedTuple):
    """A response that is ``X @ coef.T + intercept``.

    Attributes
    ----------
    coef : ndarray of shape (n_outputs, n_columns)
    intercept : ndarray of shape (n_outputs,)
    """

    coef: np.ndarray
    intercept: np.ndarray

    def outputs(self, X):
        """The response for an array or sparse matrix of rows, of shape (n_rows, n_outputs)."""
        return X @ self.coef.T + self.intercept


def linear_form_of(estimator, response_method):
    """Read a fitted estimator's response as an affine function of its columns.

    Parameters
    ----------
    estimator : fitted estimator
        Not a Pipeline: see `split_pipeline`. Register a function for other classes:
        ``known_linear_form.register(MyEstimator, function)``.
    response_method : str
        The method whose output is read, such as "predict" or "decision_function".

    Returns
    -------
    LinearForm or None
        With an output for each column that the method returns. None if the response is not
        known to be affine: a probability is not, nor is a predicted class.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = LogisticRegression().fit([[0.0], [1.0], [2.0]], [0, 0, 1])
    >>> linear_form_of(model, "decision_function").coef.shape
    (1, 1)
    >>> linear_form_of(model, "predict_proba") is None
    True
    """
    estimator = unfrozen(estimator)
    if is_overridden(known_linear_form, estimator, response_method):
        return None
    return known_linear_form(estimator, response_method)


@singledispatch
def known_linear_form(estimator, response_method):
    """Affine form as far as the class of the estimator tells it, else None."""
    return None


def _form(coef, intercept):
    coef = np.atleast_2d(densify(coef))
    return LinearForm(coef, np.broadcast_to(np.ravel(intercept), len(coef)).astype(float))


def _regressor(estimator, response_method):
    if response_method != "predict":
        return None
    return _form(estimator.coef_, estimator.intercept_)


def _classifier(estimator, response_method):
    if response_method != "decision_function":
        return None
    return _form(estimator.coef_, estimator.intercept_)


for _cls in [
    linear_model.ARDRegression,
    linear_model.BayesianRidge,
    linear_model.ElasticNet,
    linear_model.ElasticNetCV,
    linear_model.HuberRegressor,
    linear_model.Lars,
    linear_model.LarsCV,
    linear_model.Lasso,
    linear_model.LassoCV,
    linear_model.LassoLars,
    linear_model.LassoLarsCV,
    linear_model.LassoLarsIC,
    linear_model.LinearRegression,
    linear_model.MultiTaskElasticNet,
    linear_model.MultiTaskElasticNetCV,
    linear_model.MultiTaskLasso,
    linear_model.MultiTaskLassoCV,
    linear_model.OrthogonalMatchingPursuit,
    linear_model.OrthogonalMatchingPursuitCV,
    linear_model.QuantileRegressor,
    linear_model.Ridge,
    linear_model.RidgeCV,
    linear_model.SGDRegressor,
    linear_model.TheilSenRegressor,
    LinearSVR,
]:
    known_linear_form.register(_cls, _regressor)

for _cls in [
    LinearDiscriminantAnalysis,
    LinearSVC,
    linear_model.LogisticRegression,
    linear_model.LogisticRegressionCV,
    linear_model.Perceptron,
    linear_model.RidgeClassifier,
    linear_model.RidgeClassifierCV,
    linear_model.SGDClassifier,
]:
    known_linear_form.register(_cls, _classifier)


@known_linear_form.register
def _(estimator: linear_model.TweedieRegressor, response_method):
    if has_log_link(estimator):
        return _log_linear(estimator, response_method)
    return _regressor(estimator, response_method)


@known_linear_form.register(linear_model.PoissonRegressor)
@known_linear_form.register(linear_model.GammaRegressor)
def _log_linear(estimator, response_method):
    if response_method != "raw_score":
        return None
    return _form(estimator.coef_, estimator.intercept_)


@known_linear_form.register
def _(estimator: linear_model.SGDOneClassSVM, response_method):
    if response_method != "decision_function":
        return None
    return _form(estimator.coef_, -estimator.offset_)


@known_linear_form.register
def _(estimator: PLSRegression, response_method):
    if response_method != "predict":
        return None
    # It predicts from centred columns; its value at zero is the intercept.
    return _form(estimator.coef_, estimator.predict(np.zeros((1, estimator.n_features_in_))))


@known_linear_form.register(SVR)
@known_linear_form.register(NuSVR)
def _(estimator, response_method):
    return _regressor(estimator, response_method) if estimator.kernel == "linear" else None


@known_linear_form.register(SVC)
@known_linear_form.register(NuSVC)
def _(estimator, response_method):
    # The one-versus-rest scores of several classes count votes.
    votes = len(estimator.classes_) > 2 and estimator.decision_function_shape == "ovr"
    if votes or estimator.kernel != "linear":
        return None
    return _classifier(estimator, response_method)


@known_linear_form.register
def _(estimator: OneClassSVM, response_method):
    return _classifier(estimator, response_method) if estimator.kernel == "linear" else None


@known_linear_form.register
def _(estimator: KernelRidge, response_method):
    if response_method != "predict" or estimator.kernel != "linear":
        return None
    return _form(np.atleast_2d(estimator.dual_coef_.T) @ densify(estimator.X_fit_), 0.0)


@known_linear_form.register
def _(estimator: linear_model.RANSACRegressor, response_method):
    return linear_form_of(estimator.estimator_, response_method)


@known_linear_form.register(MultiOutputRegressor)
@known_linear_form.register(OneVsRestClassifier)
def _(estimator, response_method):
    return _stack([linear_form_of(part, response_method) for part in estimator.estimators_])


@known_linear_form.register
def _(estimator: VotingRegressor, response_method):
    stacked = _stack([linear_form_of(part, response_method) for part in estimator.estimators_])
    if stacked is None:
        return None
    weights = estimator.weights
    if weights is not None:
        kept = [part != "drop" for _, part in estimator.estimators]
        weights = np.compress(kept, weights)
    return _form(
        np.average(stacked.coef, axis=0, weights=weights),
        np.average(stacked.intercept, weights=weights),
    )


def _stack(forms):
    """The outputs of several models side by side."""
    if any(form is None for form in forms):
        return None
    return LinearForm(
        np.concatenate([form.coef for form in forms]),
        np.concatenate([form.intercept for form in forms]),
    )
