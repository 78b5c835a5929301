"""Search along the derivative."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skxai import CounterfactualExplainer
from skxai.counterfactual._descent import Slopes, advance


def problem(kind="gower", low=(0.0, 0.0, 0.0), high=(10.0, 10.0, 10.0), frozen=()):
    """Three numbers, whose changes cost 1, 1/2 and 1/4 for a unit."""
    low, high = np.array(low), np.array(high)
    space = SimpleNamespace(
        limits=lambda origin: (low, high),
        frozen=np.isin(np.arange(3), frozen),
        is_category=np.zeros(3, dtype=bool),
    )
    distance = SimpleNamespace(kind=kind, scale=np.array([1.0, 2.0, 4.0]), unit=np.ones(3))
    return SimpleNamespace(space=space, distance=distance)


def test_the_cheapest_number_moves_first():
    """Gains for a cost are 1, 2 and -4: the third goes down, to its bound at 0, then the second."""
    center, slopes = np.array([5.0, 5.0, 2.0]), np.array([1.0, 1.0, -1.0])
    np.testing.assert_allclose(advance(problem(), center, slopes, 1.5), [5, 5, 0.5])
    np.testing.assert_allclose(advance(problem(), center, slopes, 3.0), [5, 6, 0])
    np.testing.assert_allclose(advance(problem(), center, slopes, 100.0), [10, 10, 0])
    np.testing.assert_allclose(advance(problem(frozen=[2]), center, slopes, 1.5), [5, 6.5, 2])


def test_a_missing_number_stays():
    center = np.array([5.0, 5.0, np.nan])
    np.testing.assert_allclose(advance(problem(), center, np.ones(3), 2.0), [5, 7, np.nan])


def test_in_l2_all_move_at_once():
    """Steps of λ (1, 4, 16) gain 21 λ; these minimise the squares over the scales."""
    found = advance(problem("l2"), np.array([5.0, 5.0, 5.0]), np.ones(3), 2.1)
    np.testing.assert_allclose(found, [5.1, 5.4, 6.6])


@pytest.fixture(scope="module")
def cancer():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    return X.iloc[::2, :12], y[::2]


@pytest.mark.parametrize("distance", ["gower", "l1-mad"])
def test_near_the_true_minimum_of_a_logistic_model(cancer, distance):
    X, y = cancer
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    rows = X[:12]
    exact, found = (
        CounterfactualExplainer(algorithm=algorithm, distance=distance, random_state=0)
        .fit(model, X)
        .explain(rows)
        for algorithm in ("exact", "gradient")
    )
    assert found.found.all()
    ratios = found.distances / exact.distances
    assert ratios.min() > 1 - 1e-6
    assert np.median(ratios) < 1.02


def test_nearer_than_without_a_derivative(cancer):
    X, y = cancer
    network = MLPClassifier(20, activation="tanh", solver="lbfgs", max_iter=1000, random_state=0)
    model = make_pipeline(StandardScaler(), network).fit(X, y)
    explainers = {
        name: CounterfactualExplainer(algorithm=name, max_evals=200, random_state=0).fit(model, X)
        for name in ("auto", "nearest")
    }
    assert explainers["auto"].algorithm_ == "gradient"
    found = {name: explainer.explain(X[:16]) for name, explainer in explainers.items()}
    assert found["auto"].found.all()
    assert (model.predict(found["auto"].counterfactuals) != model.predict(X[:16])).all()
    assert found["auto"].distances.mean() < found["nearest"].distances.mean()
    assert found["auto"].n_evals.max() <= 200


@pytest.fixture(scope="module")
def mixed():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"age": rng.normal(40, 10, 80), "dose": rng.normal(size=80)})
    X["town"] = rng.choice(["Ulm", "Bonn"], size=80)
    encode = make_column_transformer((OneHotEncoder(), ["town"]), remainder=StandardScaler())
    network = MLPRegressor(
        hidden_layer_sizes=5, activation="tanh", solver="lbfgs", max_iter=2000, random_state=0
    )
    y = np.tanh(X["age"] / 20 - 2) + X["dose"] * (X["town"] == "Ulm")
    return make_pipeline(encode, network).fit(X, y), X


def test_slopes_are_differences_of_the_height(mixed):
    model, X = mixed
    explainer = CounterfactualExplainer(target=0.5, algorithm="gradient").fit(model, X)
    query = explainer._finder().query(X[:3], model.predict(X[:3])[:, None])
    slopes = Slopes(explainer._smooth, explainer._goal, query, False)
    for row in range(3):
        codes = query.origin[row]
        height, found = slopes(row, codes)
        assert height < 0
        assert found[2] == 0
        for j in range(2):
            moved = codes.copy()
            moved[j] += 1e-5
            assert (slopes(row, moved)[0] - height) / 1e-5 == pytest.approx(found[j], rel=1e-3)


def test_words_and_frozen_columns_stay(mixed):
    model, X = mixed
    explainer = CounterfactualExplainer(
        target=0.5, algorithm="gradient", frozen=["age"], random_state=0
    ).fit(model, X)
    result = explainer.explain(X[:8])
    found = result.counterfactuals[result.found]
    assert (found["age"] == X["age"][:8][result.found]).all()
    assert (model.predict(found) >= model.predict(X[:8])[result.found] + 0.5 - 1e-9).all()


def test_models_without_a_derivative_are_refused(cancer):
    X, y = cancer
    forest = RandomForestClassifier(5, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="algorithm is 'gradient', but this model has no deriv"):
        CounterfactualExplainer(algorithm="gradient").fit(forest, X)
    with pytest.raises(ValueError, match="n_counterfactuals is 2"):
        CounterfactualExplainer(algorithm="gradient", n_counterfactuals=2).fit(forest, X)
