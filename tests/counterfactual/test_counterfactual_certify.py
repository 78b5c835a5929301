"""Exact searches behind the explainer: proofs hold against brute force and the other searches."""

import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skxai import CounterfactualExplainer
from skxai.counterfactual import _finder

TREES = [
    RandomForestClassifier(8, max_depth=5, random_state=0),
    GradientBoostingClassifier(n_estimators=15, random_state=0),
    HistGradientBoostingClassifier(max_iter=10, min_samples_leaf=5, random_state=0),
]


@pytest.fixture(scope="module")
def people():
    """Whole numbers and categories, few enough to try them all."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "rooms": rng.integers(1, 7, 300),
            "years": rng.integers(0, 9, 300),
            "town": rng.choice(["Ulm", "Bonn", "Jena"], 300),
            "size": rng.integers(0, 5, 300) / 2,
        }
    )
    score = X["rooms"] * (X["town"] == "Ulm") + X["years"] - 2 * X["size"] * (X["rooms"] > 3)
    return X, np.where(score + rng.normal(size=300) > 4, "yes", "no")


def encoder():
    return make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["town"]), remainder="passthrough"
    )


def true_minima(model, X, rows):
    """Gower distances of the nearest rows of another class, among all rows there can be."""
    cells = pd.DataFrame(
        itertools.product(*(np.unique(X[column]) for column in X)), columns=X.columns
    )
    predicted = model.predict(cells)
    numbers = ["rooms", "years", "size"]
    ranges = np.ptp(X[numbers].to_numpy(), axis=0)
    minima = []
    for (_, row), own in zip(rows.iterrows(), model.predict(rows)):
        other = cells[predicted != own]
        steps = np.abs(other[numbers].to_numpy() - row[numbers].to_numpy(dtype=float)) / ranges
        minima.append((steps.sum(axis=1) + (other["town"] != row["town"])).min() / 4)
    return np.array(minima)


@pytest.mark.parametrize("model", [LogisticRegression(), *TREES], ids=lambda m: type(m).__name__)
def test_optimal_is_the_true_minimum(model, people):
    X, y = people
    model = make_pipeline(encoder(), model).fit(X, y)
    rows = X[::30]
    explainer = CounterfactualExplainer(
        algorithm="exact", constraints=[("step", "size", 0.5)], random_state=0
    ).fit(model, X)
    result = explainer.explain(rows)
    assert explainer.algorithm_ == "exact"
    assert (result.status == "optimal").all()
    assert (model.predict(result.counterfactuals) != model.predict(rows)).all()
    assert (result.counterfactuals.dtypes == X.dtypes).all()
    np.testing.assert_allclose(result.distances, true_minima(model, X, rows), rtol=1e-6)
    np.testing.assert_allclose(result.lower_bounds, result.distances, rtol=1e-4)


@pytest.mark.parametrize("distance", ["gower", "l1-mad"])
@pytest.mark.parametrize("model", [LogisticRegression(), *TREES], ids=lambda m: type(m).__name__)
def test_no_search_is_nearer_than_the_proof(model, distance):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4))
    y = (X[:, 0] * 2 + X[:, 1] ** 2 - X[:, 2] > 0.5).astype(int)
    model = make_pipeline(StandardScaler(), model).fit(X, y)
    results = {}
    for algorithm in ("exact", "nearest"):
        explainer = CounterfactualExplainer(
            algorithm=algorithm, distance=distance, frozen=[3], max_evals=300, random_state=0
        )
        results[algorithm] = explainer.fit(model, X).explain(X[:6])
    exact, search = results["exact"], results["nearest"]
    assert set(exact.status) <= {"optimal", "infeasible"}
    optimal = exact.status == "optimal"
    assert optimal.mean() > 0.5
    assert (model.predict(exact.counterfactuals) != model.predict(X[:6]))[optimal].all()
    assert (exact.lower_bounds <= np.where(search.found, search.distances, np.inf) + 1e-12).all()
    assert not exact.changed[:, 3].any()


def test_a_linear_regressor_by_hand():
    X = np.array([[0.5, 0.5], [4.5, 10.5], [1.0, 1.0]])
    model = LinearRegression().fit(X, 3 * X[:, 0] + X[:, 1])
    explainer = CounterfactualExplainer(target=6.0).fit(model, X)
    result = explainer.explain([[1.0, 1.0]])
    assert explainer.algorithm_ == "exact"
    assert result.status.tolist() == ["optimal"]
    np.testing.assert_allclose(result.counterfactuals, [[3.0, 1.0]])
    np.testing.assert_allclose(result.distances, [0.25])
    # Far away, nothing within the bounds is enough.
    result = CounterfactualExplainer(target=1000.0).fit(model, X).explain([[1.0, 1.0]])
    assert result.status.tolist() == ["infeasible"]
    assert result.lower_bounds.tolist() == [np.inf]
    assert "no allowed change" in result.sentences()[0]


@pytest.mark.parametrize(
    ("model", "target"),
    [(Ridge(), 40.0), (Ridge(), (None, 120)), (RandomForestRegressor(4, max_depth=4), -50)],
)
def test_regression(model, target):
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = model.set_params(random_state=0).fit(X, y)
    result = CounterfactualExplainer(algorithm="exact", target=target, random_state=0)
    result = result.fit(model, X).explain(X[:5])
    assert set(result.status) <= {"optimal", "infeasible", "already_target"}
    after, before = model.predict(result.counterfactuals), model.predict(X[:5])
    found = result.found
    if isinstance(target, tuple):
        assert (after <= 120)[found].all()
    else:
        assert ((after - before) * np.sign(target) >= abs(target))[found].all()


@pytest.mark.parametrize(
    "parameters",
    [
        {"distance": "l2"},
        {"distance": lambda X, rows: np.abs(X - rows).sum(axis=1)},
        {"constraints": ["plausible"]},
        {"constraints": [("order", 0, 1)]},
        {"n_counterfactuals": 2},
    ],
)
def test_what_has_no_exact_search_is_searched_or_refused(parameters):
    X = np.random.default_rng(0).normal(size=(50, 2))
    model = LogisticRegression().fit(X, X[:, 0] > 0)
    explainer = CounterfactualExplainer(max_evals=60, random_state=0, **parameters)
    expected = "nearest" if "n_counterfactuals" in parameters else "gradient"
    assert explainer.fit(model, X).algorithm_ == expected
    with pytest.raises(ValueError, match="algorithm is 'exact'"):
        explainer.set_params(algorithm="exact").fit(model, X)
    with pytest.raises(ValueError, match="algorithm is 'exact'"):
        CounterfactualExplainer(algorithm="exact").fit(lambda X: X[:, 0], X)


def test_a_forest_in_no_time_is_only_searched():
    X = np.random.default_rng(0).normal(size=(300, 6))
    model = RandomForestClassifier(60, random_state=0).fit(X, X[:, 0] * X[:, 1] + X[:, 2] > 0)
    explainer = CounterfactualExplainer(algorithm="exact", time_limit=0.05, random_state=0)
    result = explainer.fit(model, X).explain(X[:3])
    found = result.found
    assert (model.predict(result.counterfactuals) != model.predict(X[:3]))[found].all()
    assert (result.lower_bounds[found] <= result.distances[found]).all()


@pytest.mark.parametrize("distance", ["l2", "n_changes", "l1-mad"])
@pytest.mark.parametrize("model", TREES, ids=lambda m: type(m).__name__)
def test_every_distance_has_a_proof_for_trees(model, distance, people):
    X, y = people
    model = make_pipeline(encoder(), model).fit(X, y)
    rows = X[::75]
    explainer = CounterfactualExplainer(
        algorithm="exact", distance=distance, constraints=[("step", "size", 0.5)], random_state=0
    ).fit(model, X)
    result = explainer.explain(rows)
    assert (result.status == "optimal").all()
    # The same distance of all rows that there can be.
    cells = pd.DataFrame(itertools.product(*(np.unique(X[c]) for c in X)), columns=X.columns)
    cells = cells.astype(dict(X.dtypes))
    space, predicted = explainer._space, model.predict(cells)
    codes = space.encode(cells)
    for one, own, distance_ in zip(space.encode(rows), model.predict(rows), result.distances):
        every = explainer._distance(codes, np.repeat(one[None], len(codes), axis=0))
        assert distance_ == pytest.approx(every[predicted != own].min(), rel=1e-5)


@pytest.mark.parametrize("distance", ["gower", "n_changes"])
def test_a_scaled_mixed_table_with_missing_values(people, distance):
    X, y = people
    X = X.assign(years=X["years"].astype(float))
    X.loc[::9, "years"] = np.nan
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    encode = make_column_transformer((OneHotEncoder(), ["town"]), remainder=numbers)
    model = make_pipeline(encode, LogisticRegression(C=0.1)).fit(X, y)
    rows = X[::45]
    explainer = CounterfactualExplainer(
        distance=distance, constraints=[("step", "size", 0.5)], random_state=0
    ).fit(model, X)
    result = explainer.explain(rows)
    assert explainer.algorithm_ == "exact"
    assert (result.status == "optimal").all()
    values = [X["rooms"].unique(), X["years"].unique(), X["town"].unique(), np.arange(0, 2.5, 0.5)]
    cells = pd.DataFrame(itertools.product(*values), columns=X.columns).astype(dict(X.dtypes))
    codes, predicted = explainer._space.encode(cells), model.predict(cells)
    for one, own, found in zip(
        explainer._space.encode(rows), model.predict(rows), result.distances
    ):
        every = explainer._distance(codes, np.repeat(one[None], len(codes), axis=0))
        assert found == pytest.approx(every[predicted != own].min(), rel=1e-6)


def test_trees_behind_an_imputer_and_a_scaler(people):
    X, y = people
    X = X.assign(years=X["years"].astype(float))
    X.loc[::9, "years"] = np.nan
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    encode = make_column_transformer((OneHotEncoder(), ["town"]), remainder=numbers)
    model = make_pipeline(encode, RandomForestClassifier(10, max_depth=5, random_state=0))
    model.fit(X, y)
    rows = X[::45]
    explainer = CounterfactualExplainer(
        algorithm="exact", constraints=[("step", "size", 0.5)], random_state=0
    ).fit(model, X)
    result = explainer.explain(rows)
    assert (result.status == "optimal").all()
    values = [X["rooms"].unique(), X["years"].unique(), X["town"].unique(), np.arange(0, 2.5, 0.5)]
    cells = pd.DataFrame(itertools.product(*values), columns=X.columns).astype(dict(X.dtypes))
    codes, predicted = explainer._space.encode(cells), model.predict(cells)
    for one, own, found in zip(
        explainer._space.encode(rows), model.predict(rows), result.distances
    ):
        every = explainer._distance(codes, np.repeat(one[None], len(codes), axis=0))
        assert found == pytest.approx(every[predicted != own].min(), rel=1e-5)


def test_auto_proves_trees_as_far_as_its_limit_goes(monkeypatch):
    monkeypatch.setattr(_finder, "_MAX_NODES", 1)
    X = np.random.default_rng(0).normal(size=(200, 6))
    model = RandomForestClassifier(30, random_state=0).fit(X, X[:, 0] * X[:, 1] + X[:, 2] > 0)
    results = {}
    for algorithm in ("nearest", "exact", "auto"):
        explainer = CounterfactualExplainer(algorithm=algorithm, max_evals=100, random_state=0)
        results[algorithm] = explainer.fit(model, X).explain(X[:6])
    auto, exact = results["auto"], results["exact"]
    assert (exact.status == "optimal").all()
    assert (auto.distances <= results["nearest"].distances).all()
    assert np.median(auto.distances / exact.distances) < 1.1
    assert (auto.lower_bounds <= exact.distances * (1 + 1e-9)).all()
    assert set(auto.status) == {"optimal", "feasible"}
    proved = auto.status == "optimal"
    np.testing.assert_allclose(auto.distances[proved], exact.distances[proved], rtol=1e-5)
    # A row's answer is its own, whatever rows are beside it.
    alone = explainer.explain(X[4:5])
    np.testing.assert_array_equal(alone.counterfactuals, auto.counterfactuals[4:5])
    assert alone.status[0] == auto.status[4]
    assert alone.lower_bounds[0] == auto.lower_bounds[4]
