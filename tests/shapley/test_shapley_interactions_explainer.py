"""`ShapleyExplainer.interactions`, whatever the algorithm."""

import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVR

from skxai import InteractionExplanation, ShapleyExplainer, TabularMasker

X, y = load_diabetes(return_X_y=True, as_frame=True)
X = X[["age", "bmi", "bp", "s1", "s5"]]
BACKGROUND, ROWS = X[:20], X[40:44]


def exact(model, **options):
    explainer = ShapleyExplainer(algorithm="exact", **options).fit(model, BACKGROUND)
    return explainer.interactions(ROWS)


@pytest.mark.parametrize(
    ("model", "algorithm"),
    [
        (LinearRegression(), "linear"),
        (RandomForestRegressor(10, max_depth=5, random_state=0), "tree"),
        (make_pipeline(StandardScaler(), SVR(C=100)), "kernel-machine"),
        (make_pipeline(PolynomialFeatures(2), LinearRegression()), "exact"),
    ],
    ids=lambda item: str(item)[:30],
)
def test_all_exact_algorithms_agree(model, algorithm):
    model.fit(X, y)
    explainer = ShapleyExplainer().fit(model, BACKGROUND)
    assert (explainer.algorithm_, explainer.exact_) == (algorithm, True)
    found = explainer.interactions(ROWS)
    assert isinstance(found, InteractionExplanation)
    assert found.std_errors is None
    assert_allclose(found.values, exact(model).values, rtol=1e-8, atol=1e-9)
    assert_allclose(found.attributions().values, explainer.explain(ROWS).values, atol=1e-9)
    assert found.feature_names == tuple(X.columns)
    pd.testing.assert_frame_equal(found.data, ROWS)


def test_additive_models_have_main_effects_only():
    model = GaussianNB().fit(X, y > 150)
    explainer = ShapleyExplainer(response_method="raw_score").fit(model, BACKGROUND)
    found = explainer.interactions(ROWS)
    assert explainer.algorithm_ == "linear"
    assert_array_equal(found.values[:, ~np.eye(5, dtype=bool)], 0)
    assert_allclose(found.main_effects().values, explainer.explain(ROWS).values)


def test_a_product_of_two_columns():
    explainer = ShapleyExplainer().fit(lambda X: X[:, 0] * X[:, 1] + X[:, 2], np.zeros((1, 3)))
    found = explainer.interactions([[2.0, 3.0, 5.0]]).values[0]
    assert_allclose(found, [[0, 3, 0], [3, 0, 0], [0, 0, 5]], atol=1e-14)


@pytest.mark.parametrize("algorithm", ["permutation", "kernel"])
def test_estimates_lie_within_their_errors(algorithm):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 9))
    model = MLPRegressor(hidden_layer_sizes=(20,), max_iter=50, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, X[:, 0] * X[:, 1] + X[:, 2])
    options = {"random_state": 0, "max_evals": 3 * 72 * 40}
    explainer = ShapleyExplainer(algorithm=algorithm, **options).fit(model, X[:40])
    found = explainer.interactions(X[50:53])
    right = ShapleyExplainer(algorithm="exact").fit(model, X[:40]).interactions(X[50:53])
    z = np.abs(found.values - right.values) / found.std_errors
    assert 0.75 < (z < 2).mean() < 1
    assert_allclose(found.completeness_gap, 0, atol=1e-12)
    assert_array_equal(found.n_evals, 3 * 72 * 40 + 1)


def test_groups_and_a_background_summary():
    model = RandomForestRegressor(10, random_state=0).fit(X, y)
    options = {
        "groups": {"blood": ["s1", "s5"]},
        "masker": TabularMasker(weights=np.arange(20)),
    }
    found = ShapleyExplainer(**options).fit(model, BACKGROUND).interactions(ROWS)
    assert found.feature_names[0] == "blood"
    assert_allclose(found.values, exact(model, **options).values, atol=1e-9)


def test_several_classes_and_the_predicted_one():
    X, y = load_iris(return_X_y=True)
    model = HistGradientBoostingClassifier(max_iter=5).fit(X, y)
    options = {"response_method": "decision_function"}
    found = ShapleyExplainer(**options).fit(model, X[::5]).interactions(X[48:52])
    assert found.values.shape == (4, 4, 4, 3)
    chosen = ShapleyExplainer(target="predicted", **options).fit(model, X[::5])
    chosen = chosen.interactions(X[48:52])
    assert chosen.targets.tolist() == ["0", "0", "1", "1"]
    assert_array_equal(chosen.values[1], found.values[1, ..., 0])
    assert_array_equal(chosen.values[2], found.values[2, ..., 1])


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_same_bits_on_any_backend(backend):
    X, y = load_diabetes(return_X_y=True)
    model = RandomForestRegressor(5, random_state=0).fit(X, y)
    explainer = ShapleyExplainer(algorithm="permutation", n_jobs=2, random_state=0)
    explainer.fit(model, X[:5])
    rows = X[:80]
    expected = explainer.set_params(n_jobs=1).interactions(rows)
    with parallel_config(backend):
        found = explainer.set_params(n_jobs=2).interactions(rows)
    assert_array_equal(found.values, expected.values)
    assert_array_equal(found.std_errors, expected.std_errors)


def test_seeds():
    def values(seed):
        explainer = ShapleyExplainer(algorithm="permutation", random_state=seed, max_evals=1500)
        rng = np.random.default_rng(0)
        X = rng.normal(size=(12, 8))
        return explainer.fit(lambda X: np.exp(X).prod(axis=1), X[:10]).interactions(X[10:]).values

    assert_array_equal(values(1), values(1))
    assert (values(1) != values(2)).any()


def test_a_budget_that_is_too_small():
    explainer = ShapleyExplainer(algorithm="permutation", max_evals=400)
    explainer.fit(lambda X: X.prod(axis=1), np.ones((20, 6)))
    with pytest.raises(ValueError, match="max_evals is 400, but the interactions of 6 players"):
        explainer.interactions(np.zeros((1, 6)))


def test_a_cost_that_was_not_asked_for():
    explainer = ShapleyExplainer(algorithm="permutation").fit(lambda X: X[:, 0], np.ones((200, 60)))
    with pytest.warns(UserWarning, match="the interactions of each explained row take") as caught:
        explainer.interactions(np.zeros((0, 60)) + 1)
    assert caught[0].filename == __file__


def test_no_rows():
    model = RandomForestRegressor(3, random_state=0).fit(X, y)
    for algorithm in ("tree", "exact", "permutation"):
        explainer = ShapleyExplainer(algorithm=algorithm).fit(model, BACKGROUND)
        assert explainer.interactions(X[:0]).values.shape == (0, 5, 5)


def test_large_results_are_not_held_three_times():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 60))
    model = LinearRegression().fit(X, X[:, 0])
    explainer = ShapleyExplainer().fit(model, X[:50])
    tracemalloc.start()
    found = explainer.interactions(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.5 * found.values.nbytes
