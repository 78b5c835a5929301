"""Every returned row is a counterfactual, by the model's own word, and keeps the user's rules."""

from unittest import SkipTest

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from skxai import CounterfactualExplainer
from skxai.utils._checks import _outputs
from skxai.utils._checks._cases import mixed_frame


@pytest.fixture(scope="module")
def cancer():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    model = RandomForestClassifier(30, random_state=0).fit(X[:400], y[:400])
    return model, X[:400], X[400:412]


@pytest.fixture(scope="module")
def mixed():
    """A Pipeline on text, categories, booleans, missing values and nullable integers."""
    frame = mixed_frame(150).drop(columns="since")
    score = frame["age"] / 20 + 2 * (frame["town"] == "Ulm") + frame["income"].fillna(1)
    y = np.where(score + 2 * frame["vip"] > 6, "grant", "deny")
    number = make_column_selector(dtype_include="number")
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["town", "size", "vip"]),
        (SimpleImputer(), number),
    )
    model = make_pipeline(encode, RandomForestClassifier(20, random_state=0)).fit(frame, y)
    return model, frame, frame[100:130].set_axis(pd.Index([f"case {i}" for i in range(30)]))


# -- every answer is right -------------------------------------------------------------------------


@pytest.mark.parametrize("distance", ["gower", "l1-mad", "l2", "n_changes"])
def test_breast_cancer(cancer, distance):
    model, background, X = cancer
    result = (
        CounterfactualExplainer(distance=distance, max_evals=200, random_state=0)
        .fit(model, background)
        .explain(X)
    )
    table = result.counterfactuals
    pd.testing.assert_index_equal(table.index, X.index)
    assert (table.dtypes == X.dtypes).all()
    assert set(result.status) <= {"feasible", "optimal"}
    assert (model.predict(table) != model.predict(X)).all()
    np.testing.assert_array_equal(result.predictions, model.predict_proba(table)[:, 1])
    np.testing.assert_array_equal(result.original_predictions, model.predict_proba(X)[:, 1])
    np.testing.assert_array_equal(result.changed, (table != X).to_numpy())
    np.testing.assert_array_equal(result.n_changes, (table != X).sum(axis=1))
    ranges = np.ptp(background.to_numpy(), axis=0)
    if distance == "gower":
        gower = ((table - X).abs() / ranges).mean(axis=1)
        np.testing.assert_allclose(result.distances, gower)
        assert gower.mean() < 0.035
    assert (table.to_numpy() >= np.minimum(X.to_numpy(), background.min().to_numpy())).all()
    assert (table.to_numpy() <= np.maximum(X.to_numpy(), background.max().to_numpy())).all()


def test_mixed_frame_keeps_what_it_is(mixed):
    model, background, X = mixed
    explainer = CounterfactualExplainer(max_evals=150, random_state=0)
    result = explainer.fit(model, background).explain(X)
    table = result.counterfactuals
    assert result.found.all()
    assert (model.predict(table) != model.predict(X)).all()
    assert table.index.equals(X.index)
    assert (table.dtypes == X.dtypes).all()
    assert table.columns.equals(X.columns)
    for j, column in enumerate(X):
        before, after = X[column], table[column]
        stays = ~result.changed[:, j]
        pd.testing.assert_series_equal(after[stays], before[stays])
        differs = ~((after == before).fillna(False) | (after.isna() & before.isna()))
        np.testing.assert_array_equal(differs.to_numpy(dtype=bool), result.changed[:, j])
        assert set(after.dropna()) <= set(background[column].dropna()) | set(
            range(18, 81) if column == "age" else after.dropna()
        )
    assert (table["age"] % 1 == 0).all()


@pytest.mark.parametrize("target", [1, "other", [0, 2], {2: 0.7}, {0: (0.4, 0.6)}])
def test_three_classes(target):
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    rows = X[::10]
    result = CounterfactualExplainer(target=target, max_evals=150, random_state=0)
    result = result.fit(model, X).explain(rows)
    found = np.isin(result.status, ["feasible", "optimal"])
    predicted, before = model.predict(result.counterfactuals), model.predict(rows)
    probabilities = model.predict_proba(result.counterfactuals)
    if target == "other":
        right, already = predicted != before, np.zeros(len(rows), dtype=bool)
    elif isinstance(target, dict):
        ((label, limits),) = target.items()
        low, high = limits if isinstance(limits, tuple) else (limits, 1)
        right = (probabilities[:, label] >= low) & (probabilities[:, label] <= high)
        own = model.predict_proba(rows)[:, label]
        already = (own >= low) & (own <= high)
    else:
        right, already = np.isin(predicted, target), np.isin(before, target)
    assert right.all()
    np.testing.assert_array_equal(result.status == "already_target", already)
    np.testing.assert_array_equal(found, ~already)
    assert (result.distances[already] == 0).all()
    np.testing.assert_array_equal(result.predictions, probabilities)


@pytest.mark.parametrize("target", [50.0, -30, (150, 160), (None, 80), "other"])
def test_regression(target):
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = RandomForestRegressor(10, max_depth=5, random_state=0).fit(X, y)
    rows = X[:12]
    result = CounterfactualExplainer(target=target, max_evals=150, random_state=0)
    result = result.fit(model, X).explain(rows)
    before, after = model.predict(rows), model.predict(result.counterfactuals)
    found = np.isin(result.status, ["feasible", "optimal"])
    assert found.mean() > 0.6
    if target == "other":
        right = np.abs(after - before) >= model.predict(X).std()
    elif isinstance(target, tuple):
        low, high = target
        right = (after >= (low or -np.inf)) & (after <= (high or np.inf))
    else:
        right = (after - before) * np.sign(target) >= abs(target)
    assert right[result.found].all()
    np.testing.assert_array_equal(result.predictions, after)
    assert result.labels is None


class Odd(ClassifierMixin, BaseEstimator):
    """Says something else than its probabilities in some batches."""

    def fit(self, X, y):
        self.classes_, self.n_rows_ = np.array([0, 1]), len(X)
        return self

    def predict_proba(self, X):
        p = 1 / (1 + np.exp(-np.asarray(X)[:, 0]))
        return np.c_[1 - p, p]

    def predict(self, X):
        # It agrees on the background, but changes its mind for other rows near the border.
        threshold = 0 if len(X) == self.n_rows_ else 1.5
        return (np.asarray(X)[:, 0] > threshold).astype(int)


def test_predict_has_the_last_word():
    X = np.linspace(-3, 3, 31)[:, None]
    model = Odd().fit(X, X[:, 0] > 0)
    result = CounterfactualExplainer(target=1, random_state=0).fit(model, X).explain(X[:5])
    assert set(result.status) == {"not_found"}
    np.testing.assert_array_equal(result.counterfactuals, X[:5])


@pytest.mark.parametrize("model", [SVC(), SVC(kernel="linear", decision_function_shape="ovo")])
def test_scores_instead_of_probabilities(model):
    X, y = load_iris(return_X_y=True)
    model = model.fit(X, y)
    result = CounterfactualExplainer(max_evals=150, random_state=0)
    result = result.fit(model, X).explain(X[::15])
    assert result.found.all()
    assert (model.predict(result.counterfactuals) != model.predict(X[::15])).all()


def test_a_threshold_of_its_own_counts(cancer):
    _, background, X = cancer
    y = load_breast_cancer().target[:400]
    model = FixedThresholdClassifier(
        make_pipeline(StandardScaler(), LogisticRegression()), threshold=0.9
    ).fit(background, y)
    explainer = CounterfactualExplainer(max_evals=150, random_state=0)
    result = explainer.fit(model, background).explain(X)
    assert result.found.all()
    assert (model.predict(result.counterfactuals) != model.predict(X)).all()


# -- rules -----------------------------------------------------------------------------------------


def test_rules_hold(mixed):
    model, background, X = mixed
    explainer = CounterfactualExplainer(
        frozen=["vip"],
        bounds={"income": (1, 4), "town": ["Ulm", "Bonn"]},
        constraints=[("increase", "age"), ("step", "income", 0.25)],
        max_evals=200,
        random_state=0,
    ).fit(model, background)
    result = explainer.explain(X)
    table, changed = result.counterfactuals, pd.DataFrame(result.changed, X.index, X.columns)
    assert result.found.mean() > 0.5
    assert not changed["vip"].any()
    assert (table["age"] >= X["age"]).all()
    assert set(table.loc[changed["town"], "town"].dropna()) <= {"Ulm", "Bonn"}
    income = table.loc[changed["income"], "income"].dropna()
    assert income.between(1, 4).all()
    assert (income % 0.25 == 0).all()


def test_orders_and_links():
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 5, 200)
    X = pd.DataFrame({"low": low, "high": low + rng.uniform(0, 5, 200)})
    X["city"] = rng.choice(["Ulm", "Bonn"], 200)
    X["zip"] = np.where(X["city"] == "Ulm", 89000, 53000) + rng.integers(3, size=200)

    def model(X):
        return (X["low"] + (X["city"] == "Ulm") + (X["zip"] % 10 == 2)).to_numpy(dtype=float)

    explainer = CounterfactualExplainer(
        target=1.0, constraints=[("order", "low", "high"), ("linked", "city", "zip")]
    )
    result = explainer.set_params(random_state=0, max_evals=200).fit(model, X).explain(X[:40])
    table = result.counterfactuals
    assert result.found.mean() > 0.9  # some are at the top of everything already
    assert (table["low"] <= table["high"]).all()
    assert ((table["city"] == "Ulm") == (table["zip"] > 60000)).all()
    assert (model(table) >= model(X[:40]) + 1)[result.found].all()


def test_functions_repair_or_reject(cancer):
    model, background, X = cancer
    seen = []

    def same_radius(candidates, rows):
        assert candidates.shape == rows.shape
        return candidates.assign(**{"mean radius": rows["mean radius"]})

    def few_changes(candidates, rows):
        seen.append(len(candidates))
        return ((candidates != rows).sum(axis=1) <= 12).to_numpy()

    explainer = CounterfactualExplainer(
        constraints=[same_radius, few_changes], max_evals=300, random_state=0
    )
    result = explainer.fit(model, background).explain(X[:6])
    assert seen
    found = result.found
    assert (result.n_changes <= 12).all()
    assert (result.counterfactuals["mean radius"] == X[:6]["mean radius"]).all()
    assert (model.predict(result.counterfactuals) != model.predict(X[:6]))[found].all()


def test_plausible_counterfactuals_are_no_outliers():
    # Rows lie along the diagonal. To raise the first number alone leads away from them.
    along = np.linspace(0, 10, 200)
    X = np.c_[along, along + np.random.default_rng(0).normal(scale=0.2, size=200)]
    results = []
    for constraints in ([], ["plausible"]):
        explainer = CounterfactualExplainer(
            target=(8.0, None), constraints=constraints, max_evals=300, random_state=0
        )
        results.append(explainer.fit(lambda X: X[:, 0], X).explain(X[20:100:20]))
    free, bound = results
    limit = explainer._plausibility.threshold(0.95)
    assert free.found.all()
    assert bound.found.all()
    assert (free.outlier_factors > limit).all()
    assert (free.n_changes == 1).all()
    assert (bound.outlier_factors <= limit).all()
    assert (np.abs(bound.counterfactuals @ [1, -1]) < 1.5).all()
    assert (bound.distances > free.distances).all()
    assert (bound.background_distances < free.background_distances).all()


def test_costs_move_the_choice():
    background = np.random.default_rng(0).uniform(size=(50, 2))
    result = {}
    for costs in (None, {0: 5.0}):
        explainer = CounterfactualExplainer(target=0.5, costs=costs, random_state=0)
        explainer.fit(lambda X: 2 * X[:, 0] + X[:, 1], background)
        result[costs is None] = explainer.explain([[0.2, 0.2]])
    assert result[True].changed.tolist() == [[True, False]]
    assert result[False].changed.tolist() == [[False, True]]


def test_a_distance_of_ones_own(cancer):
    model, background, X = cancer
    count = lambda a, b: (a != b).sum(axis=1).to_numpy(dtype=float)  # noqa: E731
    explainer = CounterfactualExplainer(distance=count, max_evals=200, random_state=0)
    result = explainer.fit(model, background).explain(X[:8])
    np.testing.assert_array_equal(result.distances, result.n_changes)
    assert result.n_changes.mean() < 10


def test_several_counterfactuals_differ(cancer):
    model, background, X = cancer
    explainer = CounterfactualExplainer(n_counterfactuals=3, max_evals=400, random_state=0)
    result = explainer.fit(model, background).explain(X[:8])
    assert len(result) == 8
    assert result.counterfactuals.index.tolist() == np.repeat(X.index[:8], 3).tolist()
    assert result.found.mean() > 0.75
    predicted = model.predict(result.counterfactuals) != np.repeat(model.predict(X[:8]), 3)
    assert predicted[result.found].all()
    distances = result.distances.reshape(8, 3)
    assert (distances[:, 0] <= np.nanmin(distances, axis=1) + 1e-12).all()
    for row in range(8):
        three = result[row].counterfactuals[result[row].found]
        assert len(three.drop_duplicates()) == len(three)


# -- errors, and the contract --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"frozen": ["nonsense"]}, "frozen names the column 'nonsense'"),
        ({"frozen": "age"}, "frozen"),
        ({"bounds": {"nonsense": (0, 1)}}, "bounds names the column"),
        ({"bounds": {"age": (5, 1)}}, "low <= high"),
        ({"bounds": {"age": "old"}}, r"expected \(low, high\)"),
        ({"bounds": {"town": ["Atlantis"]}}, "Atlantis"),
        ({"bounds": {"town": "Ulm"}}, "list of its values"),
        ({"constraints": [("sideways", "age")]}, "constraints has"),
        ({"constraints": [("order", "age")]}, "constraints has"),
        ({"constraints": [("increase", "nonsense")]}, "constraints names the column"),
        ({"constraints": [("step", "age", -1)]}, "step"),
        ({"constraints": [("linked", "age", "town"), ("linked", "age", "vip")]}, "more than once"),
        ({"costs": {"age": 0}}, "costs of 'age'"),
        ({"costs": {"nonsense": 1}}, "costs names"),
        ({"target": "maybe"}, "target is 'maybe'"),
    ],
)
def test_what_makes_no_sense_is_refused(mixed, parameters, message):
    model, background, _ = mixed
    with pytest.raises((TypeError, ValueError), match=message):
        CounterfactualExplainer(**parameters).fit(model, background)


def test_functions_that_return_nonsense_are_named():
    X = np.arange(8.0).reshape(4, 2)
    for wrong in (lambda a, b: np.ones(3), lambda a, b: a[:, :1] * np.ones((len(a), 3))):
        explainer = CounterfactualExplainer(constraints=[wrong]).fit(
            LinearRegression().fit(X, X[:, 0]), X
        )
        with pytest.raises((ValueError, IndexError), match="constraints"):
            explainer.explain(X)


def test_a_large_background_is_sampled_from():
    X = np.random.default_rng(0).normal(size=(6000, 3))
    explainer = CounterfactualExplainer(random_state=0, max_evals=60)
    result = explainer.fit(lambda X: np.c_[X[:, 0], -X[:, 0]], X).explain(X[:4])
    assert result.found.all()
    assert len(explainer._space.codes) == 5000


@pytest.mark.parametrize(
    "check",
    [_outputs.check_shapes_and_names, _outputs.check_predictions, _outputs.check_target_label],
)
def test_checks_of_attributions_are_skipped(check):
    with pytest.raises(SkipTest, match="it returns no attributions"):
        check(CounterfactualExplainer())
