"""InfluenceExplainer on least squares: refits, hat matrices and formulas from textbooks."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, Ridge, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skxai.influence import InfluenceExplainer

X, Y = load_diabetes(return_X_y=True)
X = X / X.std(axis=0)
TRAIN, TEST = slice(0, 60), slice(60, 90)


def by_refits(model, X_train, y_train, X_test, method="predict"):
    """With minus without each row, by hand."""
    full = getattr(model, method)(X_test)
    shifts = []
    for i in range(len(y_train)):
        others = np.arange(len(y_train)) != i
        without = clone(model).fit(X_train[others], y_train[others])
        shifts.append(full - getattr(without, method)(X_test))
    return np.stack(shifts, axis=1)


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression(),
        LinearRegression(fit_intercept=False),
        Ridge(alpha=3.0),
        Ridge(alpha=0.5, fit_intercept=False),
    ],
)
def test_least_squares_equal_refits(model):
    model = clone(model).fit(X[TRAIN], Y[TRAIN])
    explainer = InfluenceExplainer().fit(model, X[TRAIN], Y[TRAIN])
    assert explainer.algorithm_ == "closed-form"
    expected = by_refits(model, X[TRAIN], Y[TRAIN], X[TEST])
    np.testing.assert_allclose(explainer.explain(X[TEST]).values, expected, atol=1e-9)


def test_several_outputs_with_their_own_penalties():
    targets = np.column_stack([Y, X[:, 0] * Y])[TRAIN]
    model = Ridge(alpha=np.array([1.0, 20.0])).fit(X[TRAIN], targets)
    explanation = InfluenceExplainer().fit(model, X[TRAIN], targets).explain(X[TEST])
    assert explanation.values.shape == (30, 60, 2)
    expected = by_refits(model, X[TRAIN], targets, X[TEST])
    np.testing.assert_allclose(explanation.values, expected, atol=1e-9)
    np.testing.assert_array_equal(explanation.output("y1").values, explanation.values[..., 1])


def test_ridge_classifier_equals_refits():
    rows, labels = load_iris(return_X_y=True)
    rows, labels = rows[::4], labels[::4]
    model = RidgeClassifier().fit(rows, labels)
    explanation = InfluenceExplainer().fit(model, rows, labels).explain(rows[:9])
    expected = by_refits(model, rows, labels, rows[:9], "decision_function")
    np.testing.assert_allclose(explanation.values, expected, atol=1e-9)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_columns_of_any_units(fit_intercept):
    """Small units are no null directions."""
    rows = X * np.logspace(-6, 6, X.shape[1])
    model = Ridge(alpha=1e-3, solver="svd", fit_intercept=fit_intercept).fit(rows[TRAIN], Y[TRAIN])
    got = InfluenceExplainer().fit(model, rows[TRAIN], Y[TRAIN]).explain(rows[TEST]).values
    expected = by_refits(model, rows[TRAIN], Y[TRAIN], rows[TEST])
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_targets_in_a_column():
    model = Ridge().fit(X[TRAIN], Y[TRAIN])
    flat = InfluenceExplainer(quantity="loss").fit(model, X[TRAIN], Y[TRAIN])
    column = InfluenceExplainer(quantity="loss").fit(model, X[TRAIN], Y[TRAIN, None])
    np.testing.assert_array_equal(
        column.explain(X[TEST], Y[TEST, None]).values, flat.explain(X[TEST], Y[TEST]).values
    )
    fitted = Ridge().fit(X[TRAIN], Y[TRAIN, None])
    again = InfluenceExplainer().fit(fitted, X[TRAIN], Y[TRAIN, None]).explain(X[TEST])
    expected = by_refits(model, X[TRAIN], Y[TRAIN], X[TEST])
    np.testing.assert_allclose(again.values, expected, atol=1e-9)


@pytest.mark.parametrize("model", [LinearRegression(), Ridge()])
def test_constant_columns_and_equal_rows(model):
    rows = np.column_stack([X[TRAIN], np.full(60, 3.0)])
    rows, targets = np.vstack([rows, rows[:5]]), np.r_[Y[TRAIN], Y[:5]]
    model = clone(model).fit(rows, targets)
    got = InfluenceExplainer().fit(model, rows, targets).explain(rows).values
    np.testing.assert_allclose(got, by_refits(model, rows, targets, rows), atol=1e-8)
    np.testing.assert_allclose(got[:, :5], got[:, 60:], atol=1e-9)


def test_weights_of_rows_are_told():
    weights = np.where(np.arange(60) < 30, 10.0, 1.0)
    model = Ridge().fit(X[TRAIN], Y[TRAIN], sample_weight=weights)
    with pytest.warns(ConvergenceWarning, match="without weights for rows"):
        InfluenceExplainer().fit(model, X[TRAIN], Y[TRAIN])


def test_several_labels_of_a_row_are_fitted_again():
    labels = np.column_stack([Y[:20] > 150, X[:20, 0] > 0]).astype(int)
    model = RidgeClassifier().fit(X[:20], labels)
    explainer = InfluenceExplainer(response_method="decision_function")
    explainer.fit(model, X[:20], labels)
    assert explainer.algorithm_ == "refit"
    expected = by_refits(model, X[:20], labels, X[:5], "decision_function")
    np.testing.assert_array_equal(explainer.explain(X[:5]).values, expected)


def test_one_class_is_fitted_again():
    model = RidgeClassifier().fit(X[:20], np.zeros(20))
    explainer = InfluenceExplainer().fit(model, X[:20], np.zeros(20))
    assert explainer.algorithm_ == "refit"
    np.testing.assert_array_equal(explainer.explain(X[:5]).values, 0)


def test_parameter_shifts_are_those_of_refits():
    model = Ridge(alpha=2.0).fit(X[TRAIN], Y[TRAIN])
    explainer = InfluenceExplainer(convention="removal").fit(model, X[TRAIN], Y[TRAIN])
    without = Ridge(alpha=2.0).fit(X[1:60], Y[1:60])
    expected = np.r_[without.intercept_ - model.intercept_, without.coef_ - model.coef_]
    np.testing.assert_allclose(explainer.parameter_shifts_[0], expected, atol=1e-9)


def test_leverage_and_cooks_distance_by_textbook():
    model = LinearRegression().fit(X[TRAIN], Y[TRAIN])
    explainer = InfluenceExplainer().fit(model, X[TRAIN], Y[TRAIN])
    design = np.column_stack([np.ones(60), X[TRAIN]])
    leverage = np.diag(design @ np.linalg.pinv(design))
    left = Y[TRAIN] - model.predict(X[TRAIN])
    variance = (left**2).sum() / (60 - 11)
    cook = left**2 * leverage / (11 * variance * (1 - leverage) ** 2)
    np.testing.assert_allclose(explainer.leverage_, leverage, rtol=1e-9)
    np.testing.assert_allclose(explainer.cooks_distance_, cook, rtol=1e-8)


def test_against_statsmodels():
    api = pytest.importorskip("statsmodels.api")
    fitted = api.OLS(Y[TRAIN], api.add_constant(X[TRAIN])).fit().get_influence()
    model = LinearRegression().fit(X[TRAIN], Y[TRAIN])
    explainer = InfluenceExplainer().fit(model, X[TRAIN], Y[TRAIN])
    np.testing.assert_allclose(explainer.cooks_distance_, fitted.cooks_distance[0], rtol=1e-8)
    np.testing.assert_allclose(explainer.leverage_, fitted.hat_matrix_diag, rtol=1e-9)


@pytest.mark.parametrize("algorithm", ["closed-form", "newton"])
def test_a_row_that_is_alone_in_its_category(algorithm):
    towns = np.array([["Ulm"], ["Bonn"], ["Jena"]], dtype=object)[np.arange(40) % 2]
    towns[7] = "Jena"
    table = np.hstack([towns, X[:40, :2].astype(object)])
    encode = make_column_transformer(
        (OneHotEncoder(sparse_output=False), [0]), remainder="passthrough"
    )
    model = make_pipeline(encode, LinearRegression()).fit(table, Y[:40])
    explainer = InfluenceExplainer(algorithm=algorithm).fit(model, table, Y[:40])
    explanation = explainer.explain(table)
    without = LinearRegression().fit(
        np.delete(model[0].transform(table), 7, axis=0).astype(float), np.delete(Y[:40], 7)
    )
    expected = model.predict(table) - without.predict(model[0].transform(table).astype(float))
    np.testing.assert_allclose(explanation.values[:, 7], expected, atol=1e-9)


def test_more_columns_than_rows():
    rows, targets = X[:8], Y[:8]
    model = LinearRegression().fit(rows, targets)
    explanation = InfluenceExplainer().fit(model, rows, targets).explain(X[TEST])
    expected = by_refits(model, rows, targets, X[TEST])
    np.testing.assert_allclose(explanation.values, expected, atol=1e-6)


def test_pipelines_keep_their_preprocessing():
    model = make_pipeline(StandardScaler(), Ridge(alpha=5.0)).fit(X[TRAIN], Y[TRAIN])
    got = InfluenceExplainer().fit(model, X[TRAIN], Y[TRAIN]).explain(X[TEST]).values
    scaled = [model[0].transform(X[rows]) for rows in (TRAIN, TEST)]
    expected = by_refits(model[1], scaled[0], Y[TRAIN], scaled[1])
    np.testing.assert_allclose(got, expected, atol=1e-9)
    searched = GridSearchCV(model, {"ridge__alpha": [5.0]}, cv=2).fit(X[TRAIN], Y[TRAIN])
    again = InfluenceExplainer().fit(searched, X[TRAIN], Y[TRAIN]).explain(X[TEST]).values
    np.testing.assert_allclose(again, got, atol=1e-12)
