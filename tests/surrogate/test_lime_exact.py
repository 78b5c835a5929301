"""Coefficients in closed form, against integrals and against very many samples."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import trapezoid
from scipy.stats import norm
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from skxai.surrogate import LimeExplainer
from skxai.surrogate._laws import ShiftedNumber, normal_below, normal_means


def mixed(n_rows=150, seed=0):
    rng = np.random.RandomState(seed)
    missing = rng.rand(n_rows) < 0.2
    frame = pd.DataFrame(
        {
            "real": rng.randn(n_rows),
            "whole": rng.randint(0, 6, n_rows),
            "kind": pd.Series(rng.choice(["x", "y", "z"], n_rows), dtype=object),
            "gaps": np.where(missing, np.nan, rng.randn(n_rows)),
            "flag": rng.rand(n_rows) < 0.4,
        }
    )
    y = frame["real"] * (frame["kind"] == "x") + frame["whole"] * frame["flag"]
    return frame, y + np.where(missing, 1, frame["gaps"] > 0) * frame["whole"]


def by_integration(function, own, sizes, low, high, scales):
    """Cov(f, u_j) / Var(u_j) over a grid of normal quantiles for two numbers."""
    points = norm.ppf((np.arange(600) + 0.5) / 600)
    moved = [np.clip(own[j] + sizes[j] * points, low[j], high[j]) for j in range(2)]
    first, second = np.meshgrid(*moved, indexing="ij")
    f = function(np.column_stack([first.ravel(), second.ravel()])).reshape(first.shape)
    coef = []
    for j, mean in enumerate([f.mean(axis=1), f.mean(axis=0)]):
        u = (moved[j] - own[j]) / scales[j]
        coef.append(np.cov(mean, u, bias=True)[0, 1] / u.var())
    return coef


def test_tree_against_integration():
    rng = np.random.RandomState(0)
    X = rng.randn(60, 2)
    tree = DecisionTreeRegressor(max_depth=4, random_state=0).fit(X, X[:, 0] * X[:, 1])
    explainer = LimeExplainer(kernel_width=0.5, random_state=0).fit(tree, X)
    assert explainer.algorithm_ == "tree"
    for row in (0, X[:, 0].argmax()):  # the second can only move to one side
        got = explainer.explain(X[[row]]).values[0]
        expected = by_integration(
            tree.predict, X[row], 0.5 * X.std(axis=0), X.min(axis=0), X.max(axis=0), X.std(axis=0)
        )
        np.testing.assert_allclose(got, expected, atol=0.02)


MODELS = {
    "boosting": lambda: HistGradientBoostingRegressor(max_iter=15, random_state=0),
    "forest": lambda: RandomForestClassifier(8, max_depth=6, random_state=0),
}
SETTINGS = [
    {"kernel_width": 0.4},
    {"kernel_width": 0.4, "groups": {"both": ["real", "kind"]}},
    {"neighbourhood": "quartiles", "kernel": None},
    {"neighbourhood": "quartiles", "kernel_width": 0.4},
]


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_trees_against_many_samples(kind, setting):
    frame, y = mixed()
    encode = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["kind"]), remainder="passthrough"
    )
    y = y if kind == "boosting" else np.digitize(y, np.quantile(y, [0.3, 0.6]))
    model = make_pipeline(encode, MODELS[kind]()).fit(frame, y)
    function = model.predict if kind == "boosting" else model.predict_proba
    check_against_samples(model, function, frame, setting, "tree")


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_linear_against_many_samples(setting):
    frame, y = mixed()
    encode = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["kind"]), (StandardScaler(), ["real", "whole"])
    )
    model = make_pipeline(encode, Ridge()).fit(frame, y)
    check_against_samples(model, model.predict, frame, setting, "linear")


def check_against_samples(model, function, frame, setting, algorithm):
    rows = frame[:4]
    explainer = LimeExplainer(random_state=0, **setting).fit(model, frame)
    assert (explainer.algorithm_, explainer.exact_) == (algorithm, True)
    exact = explainer.explain(rows)
    assert exact.std_errors is None
    sampler = LimeExplainer(n_samples=2**14, random_state=1, **setting).fit(function, frame)
    assert (sampler.algorithm_, sampler.exact_) == ("sampled", False)
    sampled = sampler.explain(rows)
    gaps = np.abs(exact.values - sampled.values)
    # A fifth of a hundredth besides: where the errors themselves vanish.
    assert np.all(gaps <= 3 * sampled.std_errors + 0.002 * np.abs(exact.values).max())
    scale = np.abs(exact.predictions).max()
    np.testing.assert_allclose(exact.intercepts, sampled.intercepts, atol=0.03 * scale)


def test_linear_coefficients_are_those_of_the_model():
    rng = np.random.RandomState(0)
    X = rng.randn(50, 3) * [1, 10, 100]
    model = LinearRegression().fit(X, X @ [3.0, 0.2, -0.01])
    explanation = LimeExplainer(random_state=0).fit(model, X).explain(X[:5])
    np.testing.assert_allclose(
        explanation.values, np.tile(model.coef_ * X.std(axis=0), (5, 1)), rtol=1e-9
    )
    np.testing.assert_allclose(explanation.intercepts, model.predict(X[:5]), rtol=1e-9)
    np.testing.assert_allclose(explanation.fresh_r2, 1.0)
    assert explanation.completeness_gap.shape == (5,)


def test_log_odds_of_a_logistic_model():
    rng = np.random.RandomState(0)
    X = rng.randn(80, 2)
    model = LogisticRegression().fit(X, X[:, 0] > X[:, 1])
    fitted = LimeExplainer(response_method="decision_function").fit(model, X)
    assert fitted.algorithm_ == "linear"
    np.testing.assert_allclose(fitted.explain(X[:1]).values, model.coef_ * X.std(axis=0), rtol=1e-9)
    assert not LimeExplainer().fit(model, X).exact_  # a probability is no line


def test_what_has_no_closed_form_is_sampled():
    rng = np.random.RandomState(0)
    X = rng.randn(40, 2)
    y = X[:, 0] > X[:, 1]
    tree = DecisionTreeRegressor(random_state=0).fit(X, y)
    assert not LimeExplainer(kernel="exponential").fit(tree, X).exact_
    assert not LimeExplainer(neighbourhood="background").fit(tree, X).exact_
    assert not LimeExplainer(surrogate="tree").fit(tree, X).exact_
    assert not LimeExplainer(n_features=1).fit(tree, X).exact_
    scaled = make_pipeline(StandardScaler(), DecisionTreeRegressor(random_state=0)).fit(X, y)
    assert not LimeExplainer().fit(scaled, X).exact_
    curved = LimeExplainer(response_method="raw_score").fit(GaussianNB().fit(X, y), X)
    assert not curved.exact_


@pytest.mark.parametrize("is_integer", [False, True])
def test_law_of_a_shifted_number(is_integer):
    own, size, low, high = np.array([1.0, -2.0, 5.0]), 0.9, -2.0, 4.0
    law = ShiftedNumber(own, size, low, high, 2.0, is_integer)
    rng = np.random.default_rng(0)
    shift = size * rng.normal(size=400_000)
    shift = np.rint(shift) if is_integer else shift
    cuts = np.array([-2.5, -2.0, 0.5, 1.0, 3.9, 4.0, 5.0, 6.0])
    below, effect = law.below(cuts)
    for i, number in enumerate(own):
        moved = np.clip(number + shift, min(low, number), max(high, number))
        u = (moved - number) / 2.0
        np.testing.assert_allclose(law.mean[i], u.mean(), atol=4e-3)
        for k, cut in enumerate(cuts):
            inside = moved <= cut
            np.testing.assert_allclose(below[i, k], inside.mean(), atol=4e-3)
            expected = np.cov(inside, u, bias=True)[0, 1] / u.var()
            np.testing.assert_allclose(effect[i, k], expected, atol=8e-3)


def test_cut_normals():
    normals = np.array([[1.0, 2.0, 0.0, 3.0], [4.0, 0.0, 4.0, 4.0], [np.nan] * 4])
    law = norm(1, 2)
    expected = (law.cdf(2.5) - law.cdf(0)) / (law.cdf(3) - law.cdf(0))
    below = normal_below(normals, np.array([-1.0, 2.5, 4.0]))
    np.testing.assert_allclose(below, [[0, expected, 1], [0, 0, 1], [0, 0, 0]])
    grid = np.linspace(0, 3, 20_001)
    expected = trapezoid(grid * law.pdf(grid), grid) / (law.cdf(3) - law.cdf(0))
    np.testing.assert_allclose(normal_means(normals), [expected, 4, 0], rtol=1e-6)
