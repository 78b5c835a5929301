"""LinearImportanceExplainer as a surrogate of any model."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skxai.linear import LinearImportanceExplainer


@pytest.fixture(scope="module")
def forest():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return RandomForestRegressor(20, max_depth=4, random_state=0).fit(X, y), X, y


@pytest.mark.parametrize("cov_type", ["nonrobust", "HC3"])
def test_least_squares_of_the_predictions(forest, cov_type):
    sm = pytest.importorskip("statsmodels.api")
    model, X, _ = forest
    explainer = LinearImportanceExplainer(cov_type=cov_type).fit(model, X)
    theirs = sm.OLS(model.predict(X), sm.add_constant(X)).fit(cov_type=cov_type, use_t=True)
    assert explainer.surrogate_
    np.testing.assert_allclose(explainer.table_["statistic"], theirs.tvalues[1:], rtol=1e-9)
    np.testing.assert_allclose(explainer.r2_, theirs.rsquared)
    # What a line misses of a function is no noise of equal variance.
    assert explainer.table_["p_valid"].all() == (cov_type == "HC3")


def test_the_gap_is_what_the_surrogate_misses(forest):
    model, X, y = forest
    explainer = LinearImportanceExplainer().fit(model, X, y)  # y is of no use to a forest
    assert explainer.surrogate_
    explanation = explainer.explain(X)
    line = LinearRegression().fit(X, model.predict(X))
    np.testing.assert_allclose(explanation.predictions, model.predict(X))
    np.testing.assert_allclose(
        explanation.completeness_gap, line.predict(X) - model.predict(X), atol=1e-9
    )
    np.testing.assert_allclose(explanation.base_values, model.predict(X).mean())
    r2 = 1 - explanation.completeness_gap.var() / model.predict(X).var()
    assert explainer.r2_ == pytest.approx([r2])
    assert f"by a linear surrogate with R² {r2:.3g}" in explanation.method


def test_weights_count_rows_of_the_background(forest):
    model, X, _ = forest
    weight = np.arange(len(X)) % 3
    explainer = LinearImportanceExplainer(sample_weight=weight).fit(model, X)
    line = LinearRegression().fit(X, model.predict(X), sample_weight=weight)
    np.testing.assert_allclose(explainer.coef_, [line.coef_])
    base = np.average(model.predict(X), weights=weight)
    np.testing.assert_allclose(explainer.explain(X[:2]).base_values, base)


def test_a_linear_model_without_y_is_recovered(forest):
    _, X, y = forest
    model = LinearRegression().fit(X, y)
    explainer = LinearImportanceExplainer().fit(model, X)
    assert explainer.surrogate_
    np.testing.assert_allclose(explainer.coef_, [model.coef_])
    np.testing.assert_allclose(explainer.r2_, 1)
    function = LinearImportanceExplainer().fit(model.predict, X)
    np.testing.assert_allclose(function.coef_, explainer.coef_)


def test_classes_and_targets():
    X, y = load_iris(return_X_y=True, as_frame=True)
    model = RandomForestClassifier(10, max_depth=3, random_state=0).fit(X, y)
    explainer = LinearImportanceExplainer().fit(model, X)
    assert explainer.r2_.shape == (3,)
    line = LinearRegression().fit(X, model.predict_proba(X))
    np.testing.assert_allclose(explainer.coef_, line.coef_, atol=1e-12)
    one = LinearImportanceExplainer(target=2).fit(model, X)
    np.testing.assert_allclose(one.coef_, line.coef_[[2]], atol=1e-12)
    predicted = LinearImportanceExplainer(target="predicted").fit(model, X).explain(X)
    best = model.predict_proba(X).argmax(axis=1)
    expected = explainer.explain(X).values[np.arange(150), :, best]
    np.testing.assert_allclose(predicted.values, expected)


def test_mixed_frame_one_hot_by_hand():
    rng = np.random.default_rng(0)
    n_rows = 90
    frame = pd.DataFrame(
        {
            "town": rng.choice(["Ulm", "Bonn", "Jena"], n_rows),
            "age": np.where(rng.random(n_rows) < 0.2, np.nan, rng.integers(20, 60, n_rows)),
            "vip": rng.random(n_rows) < 0.5,
        }
    )

    def price(X):
        town = X["town"].map({"Ulm": 3.0, "Bonn": 1.0, "Jena": 0.0}).to_numpy(float)
        age = X["age"].fillna(100).to_numpy(float)
        return town + age / 10 + 2 * X["vip"].to_numpy(float)

    explainer = LinearImportanceExplainer().fit(price, frame)
    table = explainer.table_.set_index("feature")
    mean = frame["age"].mean()
    expected = {
        "age": 0.1,
        "vip": 2.0,
        "missingindicator_age": (100 - mean) / 10,
        "town_Jena": -1.0,  # against Bonn
        "town_Ulm": 2.0,
    }
    np.testing.assert_allclose(table["coef"], pd.Series(expected)[table.index], atol=1e-9)
    assert list(table["source"]) == ["age", "vip", "age", "town", "town"]
    explanation = explainer.explain(frame[:20])
    assert explanation.feature_names == ("town", "age", "vip")
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-9)
    town = frame["town"].map({"Ulm": 3.0, "Bonn": 1.0, "Jena": 0.0})
    np.testing.assert_allclose(
        explanation[:, "town"].values[:, 0], (town - town.mean())[:20], atol=1e-9
    )
    assert dict(zip(explainer.group_table_["feature"], explainer.group_table_["dof"])) == {
        "town": 2,
        "age": 2,
        "vip": 1,
    }


def test_columns_of_the_table_are_players_even_behind_a_pipeline():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"town": rng.choice(["Ulm", "Bonn"], 80), "age": rng.normal(40, 9, 80)})
    y = np.where((frame["town"] == "Ulm") ^ (frame["age"] > 40), "yes", "no")
    encoder = make_column_transformer(
        (OneHotEncoder(), make_column_selector(dtype_exclude="number")), remainder="passthrough"
    )
    model = make_pipeline(encoder, RandomForestClassifier(10, random_state=0)).fit(frame, y)
    explainer = LinearImportanceExplainer().fit(model, frame)
    assert list(explainer.table_["feature"]) == ["age", "town_Ulm"]
    assert explainer.explain(frame[:3]).feature_names == ("town", "age")


def test_constant_columns_of_the_background_explain_nothing():
    X = np.column_stack([np.arange(10.0), np.full(10, 0.1)])
    explainer = LinearImportanceExplainer().fit(lambda X: X[:, 0] + 5 * X[:, 1], X)
    assert explainer.unidentified_ == ["x1"]
    np.testing.assert_allclose(explainer.explain(X[:2]).values, [[-4.5, 0], [-3.5, 0]])
    np.testing.assert_allclose(explainer.explain(X[:2]).std_errors, 0, atol=1e-12)
    # Nothing is known of other values than the one that was seen.
    elsewhere = explainer.explain([[0.0, 0.2]])
    assert np.isnan(elsewhere.std_errors).tolist() == [[False, True]]


def test_too_small_a_background():
    X, y = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=1000).fit(X, y)
    with pytest.raises(ValueError, match=r"X_background has 5 samples .* for 5 coefficients"):
        LinearImportanceExplainer().fit(model, X[::30])
