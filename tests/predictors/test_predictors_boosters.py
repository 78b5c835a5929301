"""Models of xgboost and lightgbm, read as tree ensembles, predict as they do."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn import config_context
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai import ShapleyExplainer
from skxai.predictors import as_predictor
from skxai.predictors._trees import tree_ensemble_of
from skxai.shapley._trees import tree_shapley

# Some versions of lightgbm name columns that have no names.
pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names")


def data(missing=0.1):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 4)).round(1)
    X[rng.random(X.shape) < missing] = np.nan
    y = np.nan_to_num(X[:, 0], nan=2.0) * np.nan_to_num(X[:, 1]) + np.isnan(X[:, 2]) + 5
    return X, y


def assert_reproduces(model, X, rtol):
    found = tree_ensemble_of(model, "predict")
    expected = model.predict(X)
    assert_allclose(found.predict(X)[:, 0], expected, rtol=rtol, atol=rtol)
    values = tree_shapley(found, X[:20], X[50:90])[:, :, 0]
    assert_allclose(values.sum(axis=1), expected[:20] - expected[50:90].mean(), atol=20 * rtol)
    return found


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"objective": "reg:absoluteerror"},
        {"grow_policy": "lossguide", "max_leaves": 9},
        {"gamma": 1.0, "tree_method": "exact"},  # it prunes
        {"rate_drop": 0.5},
    ],
)
def test_xgboost(options):
    xgboost = pytest.importorskip("xgboost")
    X, y = data()
    model = xgboost.XGBRegressor(n_estimators=20, max_depth=4, **options).fit(X, y)
    found = assert_reproduces(model, X, 1e-5)  # xgboost adds up in float32
    split = found.feature >= 0
    exact = np.tile(found.threshold[split][:, None], (1, 4))
    assert_allclose(found.predict(exact)[:, 0], model.predict(exact), rtol=1e-5)
    beyond = np.nextafter(exact.astype(np.float32), np.float32(9)).astype(float)
    assert_allclose(found.predict(beyond)[:, 0], model.predict(beyond), rtol=1e-5)


def test_xgboost_stopped_early():
    xgboost = pytest.importorskip("xgboost")
    X, y = data()
    model = xgboost.XGBRegressor(n_estimators=200, early_stopping_rounds=2, learning_rate=0.9)
    model.fit(X[:200], y[:200], eval_set=[(X[200:], y[200:])], verbose=False)
    assert len(assert_reproduces(model, X, 1e-5).roots) == model.best_iteration + 1


def test_xgboost_that_is_no_sum_of_plain_trees():
    xgboost = pytest.importorskip("xgboost")
    X, y = data()
    frame = pd.DataFrame(X, columns=list("abcd"))
    frame["kind"] = pd.Categorical(np.where(y > 5, "x", "y"))
    categories = xgboost.XGBRegressor(n_estimators=2, enable_categorical=True).fit(frame, y)
    counts = xgboost.XGBRegressor(n_estimators=2, objective="count:poisson").fit(X, np.abs(y))
    labels = xgboost.XGBClassifier(n_estimators=2).fit(X, y > 5)
    for model, method in [
        (categories, "predict"),
        (counts, "predict"),
        (labels, "predict_proba"),
    ]:
        assert tree_ensemble_of(model, method) is None


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"objective": "quantile"},
        {"boosting_type": "rf", "subsample": 0.5, "subsample_freq": 1},
        {"boosting_type": "dart"},
    ],
)
def test_lightgbm(options, missing):
    lightgbm = pytest.importorskip("lightgbm")
    X, y = data(missing)
    model = lightgbm.LGBMRegressor(n_estimators=20, num_leaves=9, verbose=-1, **options)
    model.fit(X, y)
    X[:10, 1], X[5:15, 0] = np.nan, 0.0
    assert_reproduces(model, X, 1e-12)


def test_lightgbm_that_is_no_sum_of_plain_trees():
    lightgbm = pytest.importorskip("lightgbm")
    X, y = data()
    frame = pd.DataFrame(X, columns=list("abcd"))
    frame["kind"] = pd.Categorical(np.where(y > 5, "x", "y"))
    few = {"n_estimators": 2, "verbose": -1}
    for model, table in [
        (lightgbm.LGBMRegressor(**few), frame),
        (lightgbm.LGBMRegressor(objective="poisson", **few), X),
        (lightgbm.LGBMRegressor(reg_sqrt=True, **few), X),
        (lightgbm.LGBMRegressor(linear_tree=True, **few), X),
        (lightgbm.LGBMRegressor(zero_as_missing=True, **few), X),
    ]:
        assert tree_ensemble_of(model.fit(table, y), "predict") is None


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_margins_of_classifiers(library, n_classes):
    module = pytest.importorskip(library)
    X, y = data()
    labels = np.digitize(y, np.quantile(y, np.arange(1, n_classes) / n_classes))
    names = np.array(["low", "middle", "top"])[labels]
    if library == "xgboost":
        model, options = module.XGBClassifier(n_estimators=8, max_depth=3), {"output_margin": True}
        names = labels
    else:
        model, options = module.LGBMClassifier(n_estimators=8, verbose=-1), {"raw_score": True}
    model.fit(X, names)
    margins = model.predict(X, **options).reshape(len(X), -1)
    found = tree_ensemble_of(model, "raw_score")
    assert_allclose(found.predict(X), margins, rtol=1e-5, atol=1e-5)  # xgboost uses float32
    explainer = ShapleyExplainer(response_method="raw_score").fit(model, X[:50])
    assert (explainer.algorithm_, explainer.exact_) == ("tree", True)
    explanation = explainer.explain(X[50:70])
    assert_allclose(explanation.predictions.reshape(20, -1), margins[50:70], rtol=1e-6)
    assert_allclose(explanation.completeness_gap, 0, atol=1e-4)


@pytest.mark.parametrize(
    ("library", "name", "options"),
    [
        ("xgboost", "XGBRegressor", {"objective": "count:poisson"}),
        ("xgboost", "XGBRegressor", {"objective": "reg:gamma"}),
        ("lightgbm", "LGBMRegressor", {"objective": "poisson", "verbose": -1}),
        ("lightgbm", "LGBMRegressor", {"objective": "tweedie", "verbose": -1}),
    ],
)
def test_scores_before_a_log_link(library, name, options):
    module = pytest.importorskip(library)
    X, y = data()
    model = getattr(module, name)(n_estimators=8, **options).fit(X, np.abs(y) + 0.1)
    found = tree_ensemble_of(model, "raw_score")
    assert_allclose(found.predict(X)[:, 0], np.log(model.predict(X)), rtol=1e-5, atol=1e-5)
    assert tree_ensemble_of(model, "predict") is None


def test_raw_score_of_a_searched_pipeline():
    xgboost = pytest.importorskip("xgboost")
    X, y = data()
    steps = make_pipeline(StandardScaler(), xgboost.XGBClassifier(n_estimators=3))
    search = GridSearchCV(steps, {"xgbclassifier__max_depth": [2, 3]}, cv=2).fit(X, y > 5)
    explainer = ShapleyExplainer(response_method="raw_score").fit(search, X[:40])
    assert explainer.exact_
    margins = search.best_estimator_.predict(X[:9], output_margin=True)
    assert_allclose(explainer.explain(X[:9]).predictions, margins, rtol=1e-6)


def test_lightgbm_forests_average():
    lightgbm = pytest.importorskip("lightgbm")
    X, y = data()
    options = {"n_estimators": 5, "verbose": -1, "boosting_type": "rf", "bagging_freq": 1}
    options["subsample"] = 0.5
    model = lightgbm.LGBMRegressor(**options).fit(X, y)
    predictor = as_predictor(model, X, response_method="raw_score")
    assert_allclose(predictor(X)[:, 0], model.predict(X))
    assert ShapleyExplainer(response_method="raw_score").fit(model, X[:50]).algorithm_ == "tree"


def test_xgboost_with_several_outputs_and_metadata_routing():
    xgboost = pytest.importorskip("xgboost")
    X, y = data()
    model = xgboost.XGBRegressor(n_estimators=3).fit(X, np.column_stack([y, -y]))
    predictor = as_predictor(model, X, response_method="raw_score", target="y1")
    assert_allclose(predictor(X)[:, 0], model.predict(X)[:, 1], rtol=1e-5)
    pipeline = make_pipeline(StandardScaler(), xgboost.XGBClassifier(n_estimators=3)).fit(X, y > 5)
    expected = as_predictor(pipeline, X, response_method="raw_score")(X)
    with config_context(enable_metadata_routing=True):
        predictor = as_predictor(pipeline, X, response_method="raw_score")
        assert_allclose(predictor(X), expected)
