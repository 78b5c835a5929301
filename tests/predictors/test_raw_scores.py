"""Raw scores: what models compute before their link."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import (
    GammaRegressor,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    TweedieRegressor,
)
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skxai import LinearImportanceExplainer, ShapleyExplainer
from skxai.predictors import as_predictor

X, y = load_iris(return_X_y=True)
TWO = y > 1
AMOUNT = X[:, 2] * X[:, 3] + 0.5
COUNT = np.round(AMOUNT)

LOG_ODDS = [
    GaussianNB(),
    MultinomialNB(),
    ComplementNB(),
    BernoulliNB(binarize=3.0),
    make_pipeline(MinMaxScaler(), MultinomialNB()),
    GridSearchCV(make_pipeline(StandardScaler(), GaussianNB()), {"gaussiannb__var_smoothing": [1]}),
]
LOG_MEANS = [
    (PoissonRegressor(alpha=0.1), COUNT, "linear"),
    (GammaRegressor(), AMOUNT, "linear"),
    (TweedieRegressor(power=1.5), COUNT, "linear"),
    (TweedieRegressor(power=0, link="log"), AMOUNT, "linear"),
    (make_pipeline(StandardScaler(), PoissonRegressor()), COUNT, "linear"),
    (HistGradientBoostingRegressor(loss="poisson", max_iter=9), COUNT, "tree"),
    (HistGradientBoostingRegressor(loss="gamma", max_iter=9), AMOUNT, "tree"),
]


def name(item):
    return str(item)[:40]


def assert_closed_form(model, algorithm):
    """Its values are those of an enumeration."""
    options = {"response_method": "raw_score"}
    explainer = ShapleyExplainer(**options).fit(model, X[::7])
    assert (explainer.algorithm_, explainer.exact_) == (algorithm, True)
    found = explainer.explain(X[60:70])
    by_hand = ShapleyExplainer(algorithm="exact", **options).fit(model, X[::7]).explain(X[60:70])
    assert_allclose(found.values, by_hand.values, rtol=1e-8, atol=1e-10)
    assert_allclose(found.completeness_gap, 0, atol=1e-10)
    return found


@pytest.mark.parametrize("model", LOG_ODDS, ids=name)
def test_log_odds_of_two_classes(model):
    model.fit(X, TWO)
    found = assert_closed_form(model, "linear")
    p = model.predict_proba(X[60:70])
    assert_allclose(found.predictions, np.log(p[:, 1] / p[:, 0]), rtol=1e-8)
    assert found.output_names == ("True",)
    other = as_predictor(model, X, response_method="raw_score", target=False)
    assert_allclose(other(X[60:70])[:, 0], -found.predictions)


@pytest.mark.parametrize("model", LOG_ODDS, ids=name)
def test_log_odds_of_several_classes_are_against_their_mean(model):
    model.fit(X, y)
    found = assert_closed_form(model, "linear")
    assert_allclose(found.predictions.sum(axis=1), 0, atol=1e-10)
    p = np.log(model.predict_proba(X[60:70]))
    assert_allclose(np.diff(found.predictions), np.diff(p), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("model", "target", "algorithm"), LOG_MEANS, ids=name)
def test_logarithm_where_the_link_is_one(model, target, algorithm):
    model.fit(X, target)
    found = assert_closed_form(model, algorithm)
    assert_allclose(found.predictions, np.log(model.predict(X[60:70])), rtol=1e-10)


@pytest.mark.parametrize(
    ("model", "target", "method"),
    [
        (LogisticRegression(), TWO, "decision_function"),
        (Ridge(), AMOUNT, "predict"),
        (TweedieRegressor(power=0), AMOUNT, "predict"),
        (HistGradientBoostingRegressor(max_iter=3), AMOUNT, "predict"),
    ],
    ids=name,
)
def test_others_have_a_method_for_it(model, target, method):
    model.fit(X, target)
    predictor = as_predictor(model, X, response_method="raw_score")
    assert predictor.response_method == method
    assert_allclose(predictor(X)[:, 0], getattr(model, method)(X))


@pytest.mark.parametrize(
    "model",
    [RandomForestClassifier(2), CalibratedClassifierCV(GaussianNB(), cv=2)],
    ids=name,
)
def test_unknown_raw_scores(model):
    model.fit(X, TWO)
    with pytest.raises(ValueError, match=r"'raw_score', which is not known for .*predict_proba"):
        as_predictor(model, X, response_method="raw_score")


def test_functions_have_none():
    with pytest.raises(ValueError, match=r"raw_score.* not known for function"):
        as_predictor(lambda X: X[:, 0], X, response_method="raw_score")


def test_subclasses_that_predict_otherwise():
    class Capped(PoissonRegressor):
        def predict(self, X):
            return super().predict(X).clip(max=2)

    model = Capped().fit(X, COUNT)
    explainer = ShapleyExplainer(response_method="raw_score").fit(model, X[::7])
    assert explainer.algorithm_ == "exact"
    assert_allclose(explainer.explain(X).predictions, np.log(model.predict(X)))


def test_linear_importance_is_on_the_raw_score_anyway():
    model = PoissonRegressor(alpha=0).fit(X, COUNT)
    explanation = LinearImportanceExplainer().fit(model, X, COUNT).explain(X[:3])
    assert_allclose(explanation.predictions, np.log(model.predict(X[:3])), rtol=1e-6)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_networks_with_an_exponential():
    parameters = {"max_iter": 20, "random_state": 0}
    if "loss" not in MLPRegressor().get_params():
        pytest.skip("these networks have the identity only")
    model = MLPRegressor(loss="poisson", **parameters).fit(X, COUNT)
    predictor = as_predictor(model, X, response_method="raw_score")
    assert_allclose(predictor(X)[:, 0], np.log(model.predict(X)))
    model = MLPRegressor(**parameters).fit(X, COUNT)
    assert as_predictor(model, X, response_method="raw_score").response_method == "predict"
