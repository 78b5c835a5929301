"""AttributionTransformer: what it returns, and how it lives inside scikit-learn."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import (
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skxai import AttributionTransformer, ShapleyExplainer, TabularMasker
from skxai.base import Attributions, BaseExplainer

SMALL = ShapleyExplainer(masker=TabularMasker(n_samples=5, random_state=0), random_state=0)
IRIS = load_iris(as_frame=True)
IRIS_NAMES = IRIS.target_names[IRIS.target]
DIABETES = load_diabetes(as_frame=True)


def contributions(model, X, background):
    """The closed form for linear models: weight times distance from the mean."""
    return model.coef_ * (np.asarray(X) - np.asarray(background).mean(axis=0))


# -- the numbers -------------------------------------------------------------------------------


@pytest.mark.parametrize("as_frame", [True, False])
def test_a_linear_model_by_its_closed_form(as_frame):
    X = DIABETES.data.iloc[:40, :4]
    X = X if as_frame else X.to_numpy()
    y = DIABETES.target[:40]
    transformer = AttributionTransformer(ShapleyExplainer(), LinearRegression()).fit(X, y)
    expected = contributions(LinearRegression().fit(X, y), X, X)
    np.testing.assert_allclose(transformer.transform(X), expected, atol=1e-9)
    np.testing.assert_allclose(clone(transformer).fit_transform(X, y), expected, atol=1e-9)


def test_several_outputs_come_one_after_the_other():
    X = DIABETES.data.iloc[:40, :3]
    Y = np.column_stack([DIABETES.target[:40], X["bmi"] * X["age"]])
    transformer = AttributionTransformer(ShapleyExplainer(), LinearRegression()).fit(X, Y)
    model = LinearRegression().fit(X, Y)
    expected = np.hstack([w * (X - X.mean()).to_numpy() for w in model.coef_])
    np.testing.assert_allclose(transformer.transform(X), expected, atol=1e-9)
    assert list(transformer.get_feature_names_out()) == [
        f"{output}__{name}" for output in ("y0", "y1") for name in ("age", "sex", "bmi")
    ]


def test_a_forest_as_its_explainer_explains_it():
    model = RandomForestClassifier(n_estimators=5, max_depth=3, random_state=0)
    transformer = AttributionTransformer(SMALL, model).fit(IRIS.data, IRIS_NAMES)
    fitted = clone(model).fit(IRIS.data, IRIS_NAMES)
    explanation = clone(SMALL).fit(fitted, IRIS.data).explain(IRIS.data[::30])
    columns = transformer.set_output(transform="pandas").transform(IRIS.data[::30])
    assert columns.shape == (5, 3 * 4)
    for k, output in enumerate(explanation.output_names):
        for j, name in enumerate(explanation.feature_names):
            np.testing.assert_array_equal(columns[f"{output}__{name}"], explanation.values[:, j, k])
    again = transformer.explainer_.explain(IRIS.data[::30])
    np.testing.assert_array_equal(again.values, explanation.values)


def test_the_result_is_the_users_to_change():
    transformer = AttributionTransformer(ShapleyExplainer(), LinearRegression())
    transformer.fit(DIABETES.data.iloc[:20, :2], DIABETES.target[:20])
    first = transformer.transform(DIABETES.data.iloc[:20, :2])
    kept = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(transformer.transform(DIABETES.data.iloc[:20, :2]), kept)


@pytest.mark.parametrize("as_frame", [True, False])
def test_no_rows(as_frame):
    X = DIABETES.data if as_frame else DIABETES.data.to_numpy()
    transformer = AttributionTransformer(SMALL, LinearRegression()).fit(X, DIABETES.target)
    assert transformer.transform(X[:0]).shape == (0, 10)
    with pytest.raises(ValueError, match="0 sample"):
        transformer.fit(X[:0], DIABETES.target[:0])


# -- names -------------------------------------------------------------------------------------


def test_names_with_groups_and_one_class():
    explainer = clone(SMALL).set_params(
        groups={"sepal": list(IRIS.data.columns[:2])}, target="virginica"
    )
    transformer = AttributionTransformer(explainer, DecisionTreeClassifier(random_state=0))
    table = transformer.set_output(transform="pandas").fit_transform(IRIS.data, IRIS_NAMES)
    assert list(table.columns) == ["sepal", "petal length (cm)", "petal width (cm)"]


def test_names_of_a_binary_classifier_and_of_each_rows_largest_output():
    binary = AttributionTransformer(SMALL, DecisionTreeClassifier(random_state=0))
    names = list(binary.fit(IRIS.data, IRIS.target > 0).get_feature_names_out())
    assert names == list(IRIS.data.columns)
    largest = AttributionTransformer(clone(SMALL).set_params(target="predicted"), binary.estimator)
    names = list(largest.fit(IRIS.data, IRIS_NAMES).get_feature_names_out())
    assert names == list(IRIS.data.columns)


def test_names_of_columns_without_names():
    X = DIABETES.data.to_numpy()[:, :3]
    explainer = clone(SMALL).set_params(groups={"x0": [2], "pair": [0, 1]})
    transformer = AttributionTransformer(SMALL, LinearRegression()).fit(X, DIABETES.target)
    assert list(transformer.get_feature_names_out()) == ["x0", "x1", "x2"]
    assert list(transformer.get_feature_names_out(["a", "b", "c"])) == ["a", "b", "c"]
    grouped = AttributionTransformer(explainer, LinearRegression()).fit(X, DIABETES.target)
    # A player that the user named keeps its name, whatever it looks like.
    assert list(grouped.get_feature_names_out(["a", "b", "c"])) == ["x0", "pair"]
    with pytest.raises(ValueError, match="input_features should have length equal"):
        transformer.get_feature_names_out(["a", "b"])


def test_names_go_through_a_pipeline_of_arrays():
    pipeline = make_pipeline(StandardScaler(), AttributionTransformer(SMALL, LinearRegression()))
    pipeline.fit(DIABETES.data, DIABETES.target)
    assert list(pipeline.get_feature_names_out()) == list(DIABETES.data.columns)


def test_other_names_are_refused():
    transformer = AttributionTransformer(SMALL, LinearRegression())
    transformer.fit(DIABETES.data, DIABETES.target)
    with pytest.raises(ValueError, match="input_features is not equal to feature_names_in_"):
        transformer.get_feature_names_out(["a"] * 10)
    with pytest.raises(ValueError, match="feature names should match"):
        transformer.transform(DIABETES.data.iloc[:, ::-1])


def test_set_output_keeps_the_index():
    rows = DIABETES.data[3:6].set_axis(["a", "b", "c"])
    transformer = AttributionTransformer(SMALL, LinearRegression())
    transformer.fit(DIABETES.data, DIABETES.target)
    plain = transformer.transform(rows)
    assert type(plain) is np.ndarray
    table = transformer.set_output(transform="pandas").transform(rows)
    pd.testing.assert_frame_equal(
        table, pd.DataFrame(plain, index=["a", "b", "c"], columns=DIABETES.data.columns)
    )


# -- tables of every kind ----------------------------------------------------------------------


class Recorder(RegressorMixin, BaseEstimator):
    """Predicts how long each row's town is called, and notes what tables it sees."""

    def __init__(self, log=None):
        self.log = log

    def fit(self, X, y=None):
        self.fitted_ = True
        self.log.append(X)
        return self

    def predict(self, X):
        self.log.append(X)
        return X["town"].astype(object).fillna("").str.len().to_numpy(dtype=float)

    def __sklearn_clone__(self):
        return self  # the log must stay the test's own


def mixed_frame():
    return pd.DataFrame(
        {
            "town": ["Ulm", "Bonn", None, "Ulm"],
            "grade": pd.Categorical(["lo", "hi", None, "lo"], ["lo", "hi"], ordered=True),
            "count": pd.array([1, None, 3, 4], dtype="Int64"),
            "when": pd.to_datetime(["2020-01-01", None, "2021-01-01", "2022-01-01"], utc=True),
            "paid": [True, False, True, True],
            "amount": [0.5, np.nan, 1.5, 2.5],
        },
        index=list("abcd"),
    )


def test_a_mixed_frame_reaches_the_model_as_it_is():
    X, log = mixed_frame(), []
    transformer = AttributionTransformer(ShapleyExplainer(algorithm="exact"), Recorder(log))
    values = transformer.fit(X).transform(X)
    pd.testing.assert_frame_equal(log[0], X)
    for seen in log:
        assert list(seen.dtypes) == list(X.dtypes)
    # Only the town matters, and its names are 2.5 letters long in the mean.
    np.testing.assert_allclose(values[:, 0], np.array([3, 4, 0, 3]) - 2.5)
    np.testing.assert_array_equal(values[:, 1:], 0)
    pd.testing.assert_frame_equal(X, mixed_frame())


def test_a_pipeline_on_strings_categories_and_missing_values():
    X, y = mixed_frame()[["town", "grade", "amount"]], [0.0, 1.0, 2.0, 3.0]
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["town", "grade"]), (SimpleImputer(), ["amount"])
    )
    model = make_pipeline(encode, Ridge())
    transformer = AttributionTransformer(ShapleyExplainer(), model).fit(X, y)
    total = transformer.transform(X).sum(axis=1)
    predicted = clone(model).fit(X, y).predict(X)
    np.testing.assert_allclose(total, predicted - predicted.mean(), atol=1e-12)
    assert list(transformer.get_feature_names_out()) == ["town", "grade", "amount"]


def test_an_array_of_strings():
    X = np.array([["a", "u"], ["b", "u"], ["b", "v"], ["a", "v"]], dtype=object)
    model = make_pipeline(OneHotEncoder(drop="first"), LinearRegression())
    transformer = AttributionTransformer(ShapleyExplainer(), model)
    values = transformer.fit_transform(X, [0.0, 2.0, 3.0, 1.0])
    # b adds 2 to a's prediction, v adds 1 to u's; both are there half of the time.
    np.testing.assert_allclose(values, [[-1, -0.5], [1, -0.5], [1, 0.5], [-1, 0.5]], atol=1e-9)


def with_a_hole(X):
    X = np.array(X)
    X[0, 0] = np.nan
    return X


@pytest.mark.parametrize(
    "model", [HistGradientBoostingRegressor(max_iter=3), make_pipeline(SimpleImputer(), Ridge())]
)
def test_missing_values_pass_if_the_model_takes_them(model):
    # scikit-learn's tags of the Pipeline deny it.
    X = with_a_hole(DIABETES.data.iloc[:60, :3])
    values = AttributionTransformer(SMALL, model).fit(X, DIABETES.target[:60]).transform(X)
    assert np.isfinite(values).all()


@pytest.mark.parametrize("as_frame", [True, False])
def test_missing_values_are_refused_if_the_model_does(as_frame):
    X, y = DIABETES.data, DIABETES.target
    bad = pd.DataFrame(with_a_hole(X), columns=X.columns)
    bad, X = (bad, X) if as_frame else (bad.to_numpy(), X.to_numpy())
    transformer = AttributionTransformer(SMALL, LinearRegression())
    with pytest.raises(ValueError, match="Input X contains NaN"):
        transformer.fit(bad, y)
    transformer.fit(X, y)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        transformer.transform(bad)


@pytest.mark.parametrize("build", [sp.csr_matrix, sp.csc_array])
def test_sparse_rows(build):
    X = np.round(np.random.default_rng(0).normal(size=(30, 4)) * 0.7)
    y = X @ [1.0, 2.0, 0.0, -1.0]
    transformer = AttributionTransformer(ShapleyExplainer(), Ridge(alpha=1.0, solver="lsqr"))
    values = transformer.fit(build(X), y).transform(build(X))
    expected = contributions(transformer.estimator_, X, X)
    np.testing.assert_allclose(values, expected, atol=1e-9)


def test_sparse_rows_are_refused_if_the_model_does():
    transformer = AttributionTransformer(SMALL, HistGradientBoostingRegressor())
    with pytest.raises(TypeError, match=r"[Ss]parse"):
        transformer.fit(sp.csr_matrix(np.eye(30)), np.arange(30))


def test_float32_stays(monkeypatch):
    seen = []
    predict = LinearRegression.predict
    monkeypatch.setattr(
        LinearRegression, "predict", lambda self, X: seen.append(X.dtype) or predict(self, X)
    )
    X = DIABETES.data.to_numpy(dtype=np.float32)[:20, :3]
    AttributionTransformer(SMALL, LinearRegression()).fit(X, DIABETES.target[:20]).transform(X)
    assert set(seen) == {np.dtype("float32")}


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([1.0, 2.0], ValueError, "Expected 2D array, got 1D array"),
        (np.ones((2, 2)) * 1j, ValueError, "Complex data not supported"),
        (pd.Series([1.0, 2.0]), ValueError, "Expected a 2-dimensional container"),
    ],
)
def test_no_table(X, error, message):
    with pytest.raises(error, match=message):
        AttributionTransformer(SMALL, LinearRegression()).fit(X, [1, 2])


# -- parameters --------------------------------------------------------------------------------


def test_nothing_of_the_users_is_changed():
    model, explainer = LinearRegression(), clone(SMALL)
    X, y = DIABETES.data.copy(), DIABETES.target.copy()
    transformer = AttributionTransformer(explainer, model).fit(X, y)
    transformer.transform(X[:2])
    assert transformer.explainer is explainer
    assert transformer.estimator is model
    assert not hasattr(model, "coef_")
    assert not hasattr(explainer, "predictor_")
    assert transformer.explainer_.predictor_.model is transformer.estimator_
    pd.testing.assert_frame_equal(X, DIABETES.data)
    pd.testing.assert_series_equal(y, DIABETES.target)


class MeanTarget(BaseExplainer):
    """Gives each player the mean of the background's y."""

    def _fit(self, X, y):
        self.mean_ = np.mean(y)
        self._player_names, self._player_columns = ["all"], [np.arange(X.shape[1])]

    def _explain_rows(self, X, predictions):
        return Attributions(np.full((len(X), 1, predictions.shape[1]), self.mean_), np.zeros(1))


def test_the_explainer_gets_y_too():
    transformer = AttributionTransformer(MeanTarget(), LinearRegression())
    values = transformer.fit(DIABETES.data, DIABETES.target).transform(DIABETES.data[:2])
    np.testing.assert_allclose(values, DIABETES.target.mean())


def test_no_y_for_a_model_that_needs_none():
    transformer = AttributionTransformer(SMALL, IsolationForest(n_estimators=3, random_state=0))
    X = DIABETES.data.iloc[:30, :3]
    values = transformer.fit(X).transform(X)
    scores = transformer.estimator_.decision_function(X)
    base = transformer.explainer_.base_values_
    np.testing.assert_allclose(values.sum(axis=1), scores - base, atol=1e-12)


def test_a_model_that_needs_y_says_so():
    with pytest.raises(ValueError, match="requires y to be passed"):
        AttributionTransformer(SMALL, LinearRegression()).fit(DIABETES.data)


def test_a_frozen_model_is_kept():
    model = LinearRegression().fit(DIABETES.data, DIABETES.target)
    transformer = AttributionTransformer(ShapleyExplainer(), FrozenEstimator(model))
    background = DIABETES.data[:20]
    transformer.fit(background, -DIABETES.target[:20])
    assert transformer.estimator_.estimator is model
    rows = DIABETES.data[100:105]
    np.testing.assert_allclose(
        transformer.transform(rows), contributions(model, rows, background), atol=1e-9
    )


def test_a_frozen_model_that_is_not_fitted():
    transformer = AttributionTransformer(SMALL, FrozenEstimator(LinearRegression()))
    with pytest.raises(NotFittedError, match="LinearRegression"):
        transformer.fit(DIABETES.data, DIABETES.target)


def never_fitted():
    return Recorder(log=None)  # its fit would fail on the log


@pytest.mark.parametrize(
    ("explainer", "estimator", "error", "message"),
    [
        (None, Ridge(), ValueError, "'explainer' parameter of AttributionTransformer must be"),
        (ShapleyExplainer, Ridge(), ValueError, "'explainer' parameter"),
        (SMALL, None, ValueError, "'estimator' parameter of AttributionTransformer must be"),
        (SMALL, Ridge, TypeError, "instead of a class"),
        (ShapleyExplainer(algorithm="magic"), never_fitted(), ValueError, "'algorithm' parameter"),
    ],
)
def test_parameters_are_refused_before_the_model_is_fitted(explainer, estimator, error, message):
    with pytest.raises(error, match=message):
        AttributionTransformer(explainer, estimator).fit(DIABETES.data, DIABETES.target)


def test_not_fitted():
    transformer = AttributionTransformer(SMALL, LinearRegression())
    for call in (lambda: transformer.transform(DIABETES.data), transformer.get_feature_names_out):
        with pytest.raises(NotFittedError):
            call()


# -- inside scikit-learn -----------------------------------------------------------------------


def test_nested_parameters_and_clone():
    transformer = AttributionTransformer(SMALL, LogisticRegression(max_iter=1000))
    copied = clone(transformer).set_params(
        estimator__C=7.0, explainer__max_evals=123, explainer__masker__n_samples=9
    )
    assert copied.estimator.C == 7.0
    assert copied.explainer.max_evals == 123
    assert copied.explainer.masker.n_samples == 9
    assert (transformer.estimator.C, SMALL.max_evals, SMALL.masker.n_samples) == (1.0, None, 5)
    copied.fit(IRIS.data, IRIS.target)
    assert copied.estimator_.C == 7.0
    assert len(copied.explainer_.masker_.weights_) == 9


def test_search_over_the_model_and_the_explainer():
    pipeline = Pipeline(
        [
            ("scale", StandardScaler()),
            ("why", AttributionTransformer(SMALL, DecisionTreeClassifier(random_state=0))),
            ("classify", LogisticRegression()),
        ]
    )
    grid = {"why__estimator__max_depth": [1, 3], "why__explainer__masker__n_samples": [1, 4]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(IRIS.data, IRIS.target)
    results = pd.DataFrame(search.cv_results_)
    # A stump can tell one class from the two others only: the search must have changed depths.
    by_depth = results.groupby("param_why__estimator__max_depth")["mean_test_score"].max()
    assert by_depth[1] < 0.8 < by_depth[3]
    best = search.best_estimator_["why"]
    assert best.estimator_.get_depth() == search.best_params_["why__estimator__max_depth"]
    rows = best.explainer_.masker_.background_
    assert len(rows) == search.best_params_["why__explainer__masker__n_samples"]


def test_beside_the_features_themselves():
    union = FeatureUnion(
        [
            ("as they are", "passthrough"),
            ("why", AttributionTransformer(ShapleyExplainer(), LinearRegression())),
        ]
    )
    X, y = DIABETES.data.iloc[:30, :2], DIABETES.target[:30]
    table = union.set_output(transform="pandas").fit_transform(X, y)
    assert list(table.columns) == ["as they are__age", "as they are__sex", "why__age", "why__sex"]
    np.testing.assert_array_equal(table.iloc[:, :2], X)
    expected = contributions(LinearRegression().fit(X, y), X, X)
    np.testing.assert_allclose(table.iloc[:, 2:], expected, atol=1e-9)


def test_pickle():
    model = RandomForestRegressor(n_estimators=3, max_depth=3, random_state=0)
    transformer = AttributionTransformer(SMALL, model).set_output(transform="pandas")
    transformer.fit(DIABETES.data, DIABETES.target)
    revived = pickle.loads(pickle.dumps(transformer))
    pd.testing.assert_frame_equal(
        revived.transform(DIABETES.data[:5]), transformer.transform(DIABETES.data[:5])
    )


def test_with_metadata_routing_switched_on():
    pipeline = make_pipeline(
        AttributionTransformer(SMALL, DecisionTreeRegressor(max_depth=2)), Ridge()
    )
    with config_context(enable_metadata_routing=True):
        pipeline.fit(DIABETES.data, DIABETES.target)
        assert pipeline.predict(DIABETES.data[:3]).shape == (3,)


def test_the_diagram_shows_both_parts():
    page = AttributionTransformer(SMALL, LogisticRegression())._repr_html_()
    assert "ShapleyExplainer" in page
    assert "LogisticRegression" in page
