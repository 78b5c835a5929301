"""What a model computes before its link turns it into a probability, a count or an amount.

On its raw score a model is often a sum, of columns or of trees, where its predictions are not.
"""

from collections.abc import Callable
from functools import singledispatch
from typing import NamedTuple

from sklearn.base import BaseEstimator, is_regressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import GammaRegressor, PoissonRegressor, TweedieRegressor
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neural_network import MLPClassifier, MLPRegressor

from skxai.predictors._forms import densify, register_library
from skxai.predictors._networks import network_of
from skxai.predictors._outputs import Log, LogOdds
from skxai.predictors._sources import real_steps, unfrozen


class RawScore(NamedTuple):
    """How to ask a model for its raw score.

    Attributes
    ----------
    method : str
        The method to call.
    options : dict
        Keyword arguments of the call.
    wrap : callable or None
        From an arrangement of the method's output to one of the raw score.
    form : str
        What the readers of closed forms know this response as.
    compute : callable or None
        ``compute(model, X)`` instead of a method of the model; picklable.
    """

    method: str
    options: dict = {}
    wrap: Callable | None = None
    form: str = "raw_score"
    compute: Callable | None = None


def raw_score_of(model):
    """How to ask a fitted model for its raw score.

    Parameters
    ----------
    model : fitted estimator
        Perhaps a Pipeline, a search object or frozen. Register a function for the last step's
        class: ``known_raw_score.register(MyEstimator, function)``.

    Returns
    -------
    RawScore or None
        None if the model is not known to have one.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression, PoissonRegressor
    >>> raw_score_of(LogisticRegression()).method
    'decision_function'
    >>> raw_score_of(PoissonRegressor()).method, raw_score_of(PoissonRegressor()).wrap.__name__
    ('predict', 'Log')
    """
    if hasattr(model, "decision_function"):
        return RawScore("decision_function", form="decision_function")
    last = unfrozen(model)
    while hasattr(last, "steps"):
        last = unfrozen(last.steps[-1][1])
    register_library(last)
    found = known_raw_score(last)
    if found is None and isinstance(last, BaseEstimator) and is_regressor(last):
        return RawScore("predict", form="predict")
    return found


@singledispatch
def known_raw_score(estimator):
    """The raw score as far as the class of the estimator tells it, else None."""
    return None


@known_raw_score.register(GaussianNB)
@known_raw_score.register(MultinomialNB)
@known_raw_score.register(ComplementNB)
@known_raw_score.register(BernoulliNB)
@known_raw_score.register(CategoricalNB)
def _(estimator):
    return RawScore("predict_log_proba", wrap=LogOdds, form="predict_joint_log_proba")


_LOG = RawScore("predict", wrap=Log)


@known_raw_score.register(PoissonRegressor)
@known_raw_score.register(GammaRegressor)
def _(estimator):
    return _LOG


@known_raw_score.register
def _(estimator: TweedieRegressor):
    return _LOG if has_log_link(estimator) else None


def has_log_link(estimator):
    """Whether a TweedieRegressor predicts through an exponential."""
    return estimator.link == "log" or (estimator.link == "auto" and estimator.power > 0)


@known_raw_score.register
def _(estimator: MLPClassifier):
    return RawScore("predict_proba", compute=network_scores)


@known_raw_score.register
def _(estimator: MLPRegressor):
    return _LOG if estimator.out_activation_ == "exp" else None


def network_scores(model, X):
    """The last sums of the multilayer perceptron at the end of a model, before its link."""
    estimator, X = last_step(model, X)
    return network_of(estimator).scores(densify(X))


def last_step(model, X):
    """The estimator at the end of a model, and the rows as it sees them."""
    model = unfrozen(model)
    while hasattr(model, "steps"):
        for step in real_steps(model.steps[:-1]):
            X = step.transform(X)
        model = unfrozen(model.steps[-1][1])
    return model, X


@known_raw_score.register
def _(estimator: HistGradientBoostingRegressor):
    return _LOG if estimator.loss in ("poisson", "gamma") else None
