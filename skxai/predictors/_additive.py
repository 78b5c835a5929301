"""Models whose response is a sum of functions of single columns, read off the fitted model."""

from functools import partial, singledispatch
from typing import Any, NamedTuple

import numpy as np
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB

from skxai.predictors._forms import densify, is_overridden
from skxai.predictors._linear import linear_form_of
from skxai.predictors._sources import unfrozen


class AdditiveForm(NamedTuple):
    """A response that is a sum of functions of single columns, and a constant.

    Attributes
    ----------
    terms : callable
        ``terms(X)`` has shape (n_rows, n_columns, n_outputs). Picklable.
    intercept : ndarray of shape (n_outputs,)
    """

    terms: Any
    intercept: np.ndarray

    def outputs(self, X):
        """The response for an array or sparse matrix of rows, of shape (n_rows, n_outputs)."""
        return self.terms(X).sum(axis=1) + self.intercept


def additive_form_of(estimator, response_method):
    """Read a fitted estimator's response as a sum of functions of single columns.

    Parameters
    ----------
    estimator : fitted estimator
        A linear model, or naive Bayes with the response "predict_joint_log_proba": each class's
        log prior plus log likelihoods of the columns. The log-odds of two classes are the
        difference of two outputs. Register a function for other classes:
        ``known_additive_form.register(MyEstimator, function)``.
    response_method : str
        The method whose output is read.

    Returns
    -------
    AdditiveForm or None
        With an output for each column that the method returns; None if the response is not
        known to be additive.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X = np.array([[0.0, 1.0], [1.0, 3.0], [4.0, 0.0], [6.0, 1.0]])
    >>> model = GaussianNB().fit(X, [0, 0, 1, 1])
    >>> form = additive_form_of(model, "predict_joint_log_proba")
    >>> form.terms(X).shape
    (4, 2, 2)
    >>> np.allclose(form.outputs(X), model.predict_joint_log_proba(X))
    True
    """
    estimator = unfrozen(estimator)
    linear = linear_form_of(estimator, response_method)
    if linear is not None:
        return AdditiveForm(partial(_linear_terms, coef=linear.coef), linear.intercept)
    if is_overridden(known_additive_form, estimator, response_method):
        return None
    return known_additive_form(estimator, response_method)


@singledispatch
def known_additive_form(estimator, response_method):
    """Additive form as far as the class of the estimator tells it, else None."""
    return None


def _linear_terms(X, coef):
    return densify(X)[:, :, None] * coef.T


@known_additive_form.register
def _(estimator: GaussianNB, response_method):
    if response_method != "predict_joint_log_proba":
        return None
    terms = partial(_gaussian_terms, means=estimator.theta_.T, variances=estimator.var_.T)
    return AdditiveForm(terms, np.log(estimator.class_prior_))


def _gaussian_terms(X, means, variances):
    deviations = densify(X)[:, :, None] - means
    return -0.5 * (np.log(2 * np.pi * variances) + deviations**2 / variances)


@known_additive_form.register
def _(estimator: MultinomialNB, response_method):
    if response_method != "predict_joint_log_proba":
        return None
    terms = partial(_linear_terms, coef=estimator.feature_log_prob_)
    return AdditiveForm(terms, estimator.class_log_prior_)


@known_additive_form.register
def _(estimator: ComplementNB, response_method):
    if response_method != "predict_joint_log_proba" or len(estimator.classes_) == 1:
        return None
    terms = partial(_linear_terms, coef=estimator.feature_log_prob_)
    return AdditiveForm(terms, np.zeros(len(estimator.classes_)))


@known_additive_form.register
def _(estimator: BernoulliNB, response_method):
    if response_method != "predict_joint_log_proba":
        return None
    absent = np.log1p(-np.exp(estimator.feature_log_prob_))
    terms = partial(
        _binary_terms,
        threshold=estimator.binarize,
        coef=estimator.feature_log_prob_ - absent,
    )
    return AdditiveForm(terms, estimator.class_log_prior_ + absent.sum(axis=1))


def _binary_terms(X, threshold, coef):
    X = densify(X)
    return _linear_terms(X if threshold is None else threshold < X, coef)


@known_additive_form.register
def _(estimator: CategoricalNB, response_method):
    if response_method != "predict_joint_log_proba":
        return None
    terms = partial(_categorical_terms, tables=[t.T for t in estimator.feature_log_prob_])
    return AdditiveForm(terms, estimator.class_log_prior_)


def _categorical_terms(X, tables):
    codes = densify(X).astype(int)
    return np.stack([table[codes[:, j]] for j, table in enumerate(tables)], axis=1)
