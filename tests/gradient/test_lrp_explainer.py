"""LRPExplainer on scikit-learn's networks and linear models, alone and in Pipelines."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    Normalizer,
    OneHotEncoder,
    PolynomialFeatures,
    PowerTransformer,
    StandardScaler,
)
from sklearn.svm import SVC

from skxai.gradient import LRPExplainer, LRPExplanation
from skxai.gradient._lrp_preprocessing import way_back
from skxai.predictors._smooth._stages import Affine, Monomials

# What is tested needs weights, not good ones.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

FAST = {"solver": "lbfgs", "max_iter": 100, "tol": 1e-3, "random_state": 0}
EXACT = {"rtol": 1e-10, "atol": 1e-10}


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return X, y / 100


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True, as_frame=True)


def bias_free(activation="relu", sizes=(4, 6, 5, 3), seed=0):
    """An MLPRegressor without biases."""
    numbers = np.random.default_rng(seed)
    X = numbers.normal(size=(30, sizes[0]))
    model = MLPRegressor(hidden_layer_sizes=sizes[1:-1], activation=activation, **FAST)
    model.fit(X, numbers.normal(size=(30, sizes[-1])))
    model.intercepts_ = [np.zeros_like(bias) for bias in model.intercepts_]
    return model, X


@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_without_epsilon_and_biases_it_is_gradient_times_input(activation):
    model, X = bias_free(activation)
    explainer = LRPExplainer(rule="zero").fit(model, X)
    slopes = explainer._smooth.jacobian(X).transpose(0, 2, 1)
    explanation = explainer.explain(X)
    assert_allclose(explanation.values, slopes * X[:, :, None], **EXACT)
    assert_allclose(explanation.base_values, 0, atol=1e-10)
    nearly = LRPExplainer(rule="epsilon", epsilon=1e-13).fit(model, X).explain(X)
    assert_allclose(nearly.values, explanation.values, rtol=1e-8, atol=1e-8)


def test_the_account_holds_what_no_feature_has(iris):
    X, y = iris
    model = MLPClassifier(hidden_layer_sizes=(8, 6), activation="tanh", **FAST).fit(X, y)
    explanation = LRPExplainer(rule="alpha-beta").fit(model, X).explain(X)
    assert isinstance(explanation, LRPExplanation)
    assert explanation.ledgers.shape == (150, 3, 5, 3)
    books = explanation.ledgers
    assert_allclose(books[:, :, 0], books[:, :, 1:].sum(axis=2), rtol=1e-12, atol=1e-12)
    assert_allclose(books[:, -1, 0], explanation.predictions, rtol=1e-12)
    assert_allclose(books[:, 1:, 1], books[:, :-1, 0], rtol=1e-12, atol=1e-12)
    assert_allclose(books[:, 0, 1], explanation.values.sum(axis=1), rtol=1e-12, atol=1e-12)
    assert_allclose(books[:, :, 2:].sum(axis=(1, 2)), explanation.base_values, atol=1e-12)
    assert np.abs(explanation.completeness_gap).max() < 1e-10
    assert np.abs(books[:, :, 2]).max() > 0.1  # biases do take relevance


def test_audit_as_a_table(iris, tmp_path):
    X, y = iris
    model = MLPClassifier(hidden_layer_sizes=5, **FAST).fit(X, y)
    explanation = LRPExplainer().fit(model, X).explain(X[:7])
    table = explanation.audit()
    assert list(table.index) == ["layer 2, epsilon", "layer 1, zbox"]
    assert list(table["1"]) == ["relevance", "inputs", "bias", "epsilon", "dropped", "gap"]
    assert_allclose(table["1"]["relevance"].iloc[0], explanation.predictions[:, 1].mean())
    one = explanation.output("2").audit(row=3)
    assert_allclose(one["relevance"].iloc[0], explanation.predictions[3, 2])
    assert_allclose(one.drop(columns="gap"), explanation.ledgers[3, ::-1, :, 2])
    explanation.save(tmp_path / "why.npz")
    again = LRPExplanation.load(tmp_path / "why.npz")
    pd.testing.assert_frame_equal(again.audit(), table)
    assert again.layers == explanation.layers
    pd.testing.assert_frame_equal(explanation[3].audit()["2"], one)
    pooled = explanation.pool({"petal": ["petal length (cm)", "petal width (cm)"]})
    pd.testing.assert_frame_equal(pooled.audit(), table)


def test_audit_of_an_explanation_made_by_hand():
    with pytest.raises(ValueError, match="has no ledgers"):
        LRPExplanation([[1.0]], [0.0], [1.0]).audit()
    with pytest.raises(ValueError, match=r"ledgers has shape \(1, 1, 5\); expected \(2, 5\)"):
        LRPExplanation([[1.0]], [0.0], [1.0], ledgers=np.zeros((1, 1, 5)), layers=["a", "b"])
    with pytest.raises(ValueError, match=r"ledgers has shape \(2, 1, 5\); expected \(1,\)"):
        LRPExplanation([[1.0]], [0.0], [1.0], ledgers=np.zeros((2, 1, 5)), layers=["a"])


def test_relevance_of_hidden_layers(iris):
    X, y = iris
    model = MLPClassifier(hidden_layer_sizes=(8, 6), **FAST).fit(X, y)
    explainer = LRPExplainer(rule="gamma").fit(model, X)
    layers = explainer.layer_relevances(X[:9])
    assert [layer.shape for layer in layers] == [(9, 4, 3), (9, 8, 3), (9, 6, 3), (9, 3, 3)]
    explanation = explainer.explain(X[:9])
    assert_allclose(layers[0], explanation.values, **EXACT)
    books = explanation.ledgers
    for k in range(3):
        assert_allclose(layers[k + 1].sum(axis=1), books[:, k, 0], **EXACT)
    assert_allclose(layers[3], explanation.predictions[:, None] * np.eye(3), **EXACT)
    predicted = LRPExplainer(rule="gamma", target="predicted").fit(model, X)
    best = explanation.predictions.argmax(axis=1)
    for one, layer in zip(predicted.layer_relevances(X[:9]), layers):
        assert_allclose(one, layer[np.arange(9), :, best], **EXACT)
    assert_allclose(predicted.explain(X[:9]).ledgers, books[np.arange(9), ..., best], **EXACT)


def test_the_first_class_of_two_is_explained_by_minus_the_score():
    X, y = load_iris(return_X_y=True)
    X, y = X[50:], y[50:]
    model = MLPClassifier(hidden_layer_sizes=6, **FAST).fit(X, y)
    twin = MLPClassifier(hidden_layer_sizes=6, **FAST).fit(X, y)
    twin.coefs_ = [twin.coefs_[0], -twin.coefs_[1]]
    twin.intercepts_ = [twin.intercepts_[0], -twin.intercepts_[1]]
    rule = {"hidden": "zplus"}
    first = LRPExplainer(rule=rule, target=1).fit(model, X).explain(X)
    second = LRPExplainer(rule=rule, target=2).fit(model, X).explain(X)
    negated = LRPExplainer(rule=rule, target=2).fit(twin, X).explain(X)
    assert_allclose(first.values, negated.values, **EXACT)
    assert_allclose(first.predictions, -second.predictions, **EXACT)
    assert not np.allclose(first.values, -second.values, rtol=0.1)


def test_centred_logits_are_networks_of_their_own(iris):
    X, y = iris
    model = MLPClassifier(hidden_layer_sizes=6, **FAST).fit(X, y)
    centred = MLPClassifier(hidden_layer_sizes=6, **FAST).fit(X, y)
    last, bias = centred.coefs_[1], centred.intercepts_[1]
    centred.coefs_ = [centred.coefs_[0], last - last.mean(axis=1, keepdims=True)]
    centred.intercepts_ = [centred.intercepts_[0], bias - bias.mean()]
    by_response = LRPExplainer(response_method="centred_logit").fit(model, X).explain(X)
    by_hand = LRPExplainer().fit(centred, X).explain(X)
    assert_allclose(by_response.values, by_hand.values, **EXACT)


def test_linear_models_are_networks_of_one_layer(diabetes):
    X, y = diabetes
    model = LinearRegression().fit(X, y)
    explanation = LRPExplainer(rule="zero").fit(model, X).explain(X)
    assert_allclose(explanation.values, X * model.coef_, **EXACT)
    assert_allclose(explanation.base_values, model.intercept_, **EXACT)
    counts = PoissonRegressor().fit(X, y)
    logs = LRPExplainer(rule="zero").fit(counts, X).explain(X)
    assert_allclose(logs.predictions, np.log(counts.predict(X)), **EXACT)
    assert_allclose(logs.values, X * counts.coef_, **EXACT)


def test_the_box_is_unchanged_by_the_scale_of_features(iris):
    X, y = iris
    model = MLPClassifier(hidden_layer_sizes=(6, 5), activation="tanh", **FAST).fit(X, y)
    factors, shifts = np.array([10.0, 0.1, 3.0, 700.0]), np.array([1.0, -2.0, 0.0, 50.0])
    scaled = MLPClassifier(hidden_layer_sizes=(6, 5), activation="tanh", **FAST).fit(X, y)
    scaled.coefs_ = [model.coefs_[0] / factors[:, None], *model.coefs_[1:]]
    offset = model.intercepts_[0] - shifts @ scaled.coefs_[0]
    scaled.intercepts_ = [offset, *model.intercepts_[1:]]
    here = LRPExplainer().fit(model, X).explain(X)
    there = LRPExplainer().fit(scaled, X * factors + shifts).explain(X * factors + shifts)
    assert_allclose(there.predictions, here.predictions, rtol=1e-9)
    assert_allclose(there.values, here.values, rtol=1e-7, atol=1e-9)
    no_box = {"rule": "gamma"}
    here = LRPExplainer(**no_box).fit(model, X).explain(X)
    there = LRPExplainer(**no_box).fit(scaled, X * factors + shifts).explain(X * factors + shifts)
    assert not np.allclose(there.values, here.values, rtol=1e-2)  # others do depend on it


def test_bounds_and_epsilon_come_from_the_background(iris):
    X, y = iris
    model = MLPClassifier(hidden_layer_sizes=6, **FAST).fit(X, y)
    implied = LRPExplainer(rule={"first": "zbox"}, epsilon=0.1).fit(model, X).explain(X)
    box = ("zbox", {"low": X.min().to_numpy(), "high": X.max().to_numpy()})
    given = LRPExplainer(rule={"first": box}, epsilon=0.1).fit(model, X).explain(X)
    assert_allclose(implied.values, given.values, rtol=0)
    hidden = np.maximum(X.to_numpy() @ model.coefs_[0] + model.intercepts_[0], 0)
    z = hidden @ model.coefs_[1] + model.intercepts_[1]
    size = 0.1 * np.sqrt((z**2).mean(axis=0))
    share = size * np.sign(z) / (z + size * np.sign(z))
    assert_allclose(implied.ledgers[:, 1, 3], share * z, **EXACT)


def test_scalers_pass_relevance_and_selections_give_it_back(diabetes):
    X, y = diabetes
    scaler, best = StandardScaler(), SelectKBest(f_regression, k=4)
    network = MLPRegressor(hidden_layer_sizes=6, **FAST)
    model = make_pipeline(scaler, best, PowerTransformer(), network).fit(X, y)
    encoded = model[:-1].transform(X)
    inner = LRPExplainer().fit(network, encoded).explain(encoded)
    outer = LRPExplainer().fit(model, X).explain(X)
    chosen = best.get_support()
    assert_allclose(outer.values[:, chosen], inner.values, **EXACT)
    assert_allclose(outer.values[:, ~chosen], 0, rtol=0)


def test_encoded_columns_and_groups_are_summed():
    numbers = np.random.default_rng(0)
    X = pd.DataFrame({"town": numbers.choice(["Ulm", "Bonn", "Kiel"], 80)})
    X["age"], X["dose"] = numbers.normal(size=80), numbers.normal(size=80)
    y = X["age"] * (X["town"] == "Ulm") + X["dose"]
    encode = make_column_transformer(
        (StandardScaler(), ["dose", "age"]), (OneHotEncoder(), ["town"])
    )
    network = MLPRegressor(hidden_layer_sizes=6, **FAST)
    model = make_pipeline(encode, network).fit(X, y)
    encoded = encode.transform(X)
    inner = LRPExplainer().fit(network, encoded).explain(encoded).values
    outer = LRPExplainer().fit(model, X).explain(X)
    assert_allclose(outer[:, "town"].values[:, 0], inner[:, 2:].sum(axis=1), **EXACT)
    assert_allclose(outer[:, "dose"].values[:, 0], inner[:, 0], **EXACT)
    grouped = LRPExplainer(groups={"body": ["age", "dose"]}).fit(model, X).explain(X)
    assert_allclose(grouped[:, "body"].values[:, 0], inner[:, :2].sum(axis=1), **EXACT)


def test_principal_components_share_out_what_moves_them(diabetes):
    X, y = diabetes
    X, pca = X * 20 + np.arange(10), PCA(3)
    model = make_pipeline(pca, LinearRegression()).fit(X, y)
    explainer = LRPExplainer(rule="zero", epsilon=0.0).fit(model, X)
    explanation = explainer.explain(X)
    coef = pca.components_.T @ model[-1].coef_
    expected = (X - X.mean()) * coef  # of a linear model, in the centred columns
    assert_allclose(explanation.values, expected, rtol=1e-7, atol=1e-7)
    assert explanation.layers == ("preprocessing", "layer 1, zero")
    stable = LRPExplainer(rule="zero", epsilon=0.1).fit(model, X).explain(X)
    assert np.abs(stable.audit()["epsilon"]["preprocessing"]) > 1e-6
    assert np.abs(stable.completeness_gap).max() < 1e-10


def test_products_are_shared_out_by_their_exponents(diabetes):
    X, y = diabetes
    model = make_pipeline(PolynomialFeatures(3), MLPRegressor(hidden_layer_sizes=4, **FAST)).fit(
        X.iloc[:, :2], y
    )
    X = X.iloc[:, :2]
    explainer = LRPExplainer(rule="zero").fit(model, X)
    explanation = explainer.explain(X)
    inner = explainer.layer_relevances(X)[0]
    powers = model[0].powers_
    shares = powers / np.maximum(powers.sum(axis=1), 1)[:, None]
    assert_allclose(explanation.values, inner @ shares, **EXACT)
    assert_allclose(explanation.ledgers[:, 0, 2], inner[:, 0], **EXACT)  # the constant's
    # which is gradient × input of the monomials
    U = np.array([[2.0, -3.0]])
    stage = Monomials(np.array([[2, 1], [0, 3]]))
    relevance, _ = way_back(stage, U, 0.0)(U, stage(U)[:, None])
    slopes = (
        stage.pull(U, np.array([[[2 / 2 / 3, 0.0]]])),
        stage.pull(U, np.array([[[0.0, 1 / 3]]])),
    )
    assert_allclose(relevance[0, 0], (slopes[0] * 1 + slopes[1])[0, 0] * U[0])


def test_ways_back_lose_nothing_unnoticed():
    numbers = np.random.default_rng(0)
    U = numbers.normal(size=(20, 3))
    stage = Affine(numbers.normal(size=(3, 2)), numbers.normal(size=2))
    relevance = numbers.normal(size=(20, 4, 2))
    back, lost = way_back(stage, U, 0.05)(U, relevance)
    assert_allclose(back.sum(axis=2) + lost.sum(axis=0), relevance.sum(axis=2), **EXACT)
    assert np.abs(lost[:2]).min(axis=(1, 2)).max() > 0


@pytest.mark.parametrize(
    ("step", "name"),
    [(Normalizer(), "Normalise"), (FunctionTransformer(np.flip), "FunctionTransformer")],
)
def test_preprocessing_without_a_way_back_is_named(diabetes, step, name):
    X, y = diabetes
    X = X.to_numpy()
    model = make_pipeline(step, MLPRegressor(hidden_layer_sizes=4, **FAST)).fit(X, y)
    with pytest.raises(ValueError, match=f"model: relevance has no way back through {name}"):
        LRPExplainer().fit(model, X)


@pytest.mark.parametrize(
    ("model", "parameters", "message"),
    [
        (SVC(), {}, "model, SVC, is no network of layers"),
        (LogisticRegression(), {"response_method": "predict_proba"}, "not its raw score for Log"),
        (LogisticRegression(), {"response_method": "margin"}, "is no sum of the last layer"),
        (LogisticRegression(), {"rule": "gama"}, "rule is 'gama'; expected one of"),
        (LogisticRegression(), {"rule": "alpha-beta", "alpha": 3.0}, "expected alpha - beta = 1"),
        (
            LogisticRegression(),
            {"rule": np.linalg.norm},
            r"returned shape \(\) for weights of shape",
        ),
        (LogisticRegression(), {"epsilon": -1.0}, "'epsilon' parameter of LRPExplainer"),
        (LogisticRegression(), {"rule": ("zbox", {"low": [1, 2]})}, "have 2 numbers; expected one"),
    ],
)
def test_refusals(iris, model, parameters, message):
    X, y = iris
    with pytest.raises(ValueError, match=message):
        LRPExplainer(**parameters).fit(model.fit(X, y), X)


def test_the_model_is_left_as_it_was(iris):
    X, y = iris
    model = MLPClassifier(hidden_layer_sizes=5, **FAST).fit(X, y)
    before = [array.copy() for array in (*model.coefs_, *model.intercepts_)]
    LRPExplainer(rule="gamma", target=0).fit(model, X).explain(X)
    for array, old in zip((*model.coefs_, *model.intercepts_), before):
        assert_allclose(array, old, rtol=0)
