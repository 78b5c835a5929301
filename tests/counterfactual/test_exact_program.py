"""Nearest counterfactuals of several linear scores at once, against enumeration."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris, load_wine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from skxai import CounterfactualExplainer
from skxai.counterfactual._exact_linear import nearest_in_linear
from skxai.counterfactual._exact_program import nearest_by_program
from skxai.counterfactual._exact_units import Choice, Goal, Number


def random_problem(seed):
    """Numbers, numbers in steps with fixed costs or beyond their limits, and categories."""
    rng = np.random.default_rng(seed)
    row, units = [], []
    for _ in range(rng.integers(1, 3)):
        value = rng.normal()
        low, high = value + rng.uniform(-2, 0.2), value + rng.uniform(0.3, 2)
        fixed = float(rng.integers(0, 2)) * rng.random()
        units.append(Number(len(row), value, low, high, rng.uniform(0.1, 1.0), fixed=fixed))
        row.append(value)
    for _ in range(rng.integers(0, 2)):
        value, fixed = (
            float(rng.integers(-2, 5)) + 0.25 * float(rng.integers(2)),
            float(rng.integers(0, 2)) * rng.random(),
        )
        cost = rng.uniform(0.1, 1.0)
        missing = {"missing_cost": 0.2, "seen_missing": rng.normal()} if rng.random() < 0.5 else {}
        value = np.nan if missing and rng.random() < 0.5 else value
        units.append(Number(len(row), value, -2.0, 3.0, cost, fixed=fixed, step=1.0, **missing))
        row.append(units[-1].seen)
    for _ in range(rng.integers(1, 3)):
        k = int(rng.integers(2, 4))
        columns, costs = np.arange(len(row), len(row) + k), rng.uniform(0.1, 1.0, k)
        units.append(Choice(columns, np.eye(k), np.append(0.0, costs[1:])))
        row += list(np.eye(k)[0])
    n_scores = int(rng.integers(2, 4))
    coef, row = rng.normal(size=(n_scores, len(row))), np.array(row)
    intercept = rng.normal(size=n_scores)
    weights, k = np.eye(n_scores), int(rng.integers(n_scores))
    weights = weights[k] - np.delete(weights, k, axis=0)
    return coef, intercept, row, units, Goal(weights, np.zeros(n_scores - 1))


def pieces_of(unit):
    """Intervals of what the model sees, with the cost at the start and per unit from there."""
    if isinstance(unit, Choice):
        return [(value, value, cost, 0.0) for value, cost in zip(unit.values, unit.costs)]
    pieces = [(unit.seen, unit.seen, 0.0, 0.0)]
    if unit.missing_cost is not None and not np.isnan(unit.value):
        pieces.append((unit.seen_missing, unit.seen_missing, unit.missing_cost, 0.0))
    if unit.step > 0:
        for value in np.arange(unit.low, unit.high + unit.step, unit.step):
            pieces.append((value, value, float(unit.costs(value)), 0.0))
        return pieces
    for end in (unit.low, unit.high):
        near = np.clip(unit.value, unit.low, unit.high)
        start_cost = unit.fixed + unit.cost * abs(near - unit.value)
        pieces.append((near, end, start_cost, unit.cost))
    return pieces


def by_enumeration(coef, intercept, units, goal):
    """The least cost: all combinations of pieces, each a linear program."""
    slopes, starts = goal.weights @ coef, goal.weights @ intercept - goal.thresholds
    best = np.inf
    for combination in itertools.product(*map(pieces_of, units)):
        cost = sum(piece[2] for piece in combination)
        if cost >= best:
            continue
        now, gains, prices = starts.copy(), [], []
        for unit, (near, end, _, rate) in zip(units, combination):
            now = now + slopes[:, unit.columns] @ np.atleast_1d(near)
            gains.append(slopes[:, unit.columns] @ np.atleast_1d(end - near))
            prices.append(rate * float(np.abs(end - near).sum()))
        found = linprog(prices, A_ub=-np.array(gains).T, b_ub=now, bounds=(0, 1))
        if found.status == 0:
            best = min(best, cost + found.fun)
    return best


def test_two_scores_by_hand():
    # a + b > 3 and a - b > 1: a takes 2 of it, and b the 1 that is left.
    units = [Number(0, 0.0, 0.0, 9.0, 2.0), Number(1, 0.0, 0.0, 9.0, 1.0)]
    goal = Goal(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([3.0, 1.0]))
    coef = np.array([[1.0, 1.0], [1.0, -1.0]])
    result = nearest_by_program(coef, np.zeros(2), np.zeros(2), units, [goal])
    assert result.status == "optimal"
    np.testing.assert_allclose(result.values, [2.0, 1.0], rtol=1e-5)
    assert result.cost == pytest.approx(5.0, rel=1e-5)
    assert (coef @ result.values > [3.0, 1.0]).all()


@pytest.mark.parametrize("seed", range(16))
def test_cost_is_that_of_enumeration(seed):
    coef, intercept, row, units, goal = random_problem(seed)
    result = nearest_by_program(coef, intercept, row, units, [goal])
    least = by_enumeration(coef, intercept, units, goal)
    if np.isinf(least):
        assert (result.status, result.values, result.lower_bound) == ("infeasible", None, np.inf)
        return
    assert result.status == "optimal"
    assert result.cost == pytest.approx(least, rel=1e-5, abs=1e-12)
    assert result.lower_bound <= least * (1 + 1e-7)
    seen, cost = result.values.copy(), 0.0
    for unit in units:
        values = result.values[unit.columns]
        if isinstance(unit, Choice):
            cost += unit.costs[np.flatnonzero((unit.values == values).all(axis=1))[0]]
            continue
        cost += float(unit.costs(values[0]))
        if np.isnan(values[0]):
            seen[unit.column] = unit.seen_missing
        elif values[0] != unit.value:
            assert unit.low <= values[0] <= unit.high
            assert unit.step == 0 or values[0] % unit.step == 0
    assert result.cost == pytest.approx(cost, rel=1e-12, abs=1e-15)
    assert (goal.weights @ (coef @ seen + intercept) > 0).all()


def test_one_score_is_that_of_the_sort():
    for seed in range(8):
        coef, intercept, row, units, goal = random_problem(seed)
        single = [Goal(goal.weights[:1], np.array([1.0]))]
        sort = nearest_in_linear(coef, intercept, row, units, single)
        program = nearest_by_program(coef, intercept, row, units, single)
        assert program.status == sort.status
        assert program.cost == pytest.approx(sort.cost, rel=1e-5)


def test_other_powers_are_refused():
    units = [Number(0, 0.0, 0.0, 1.0, 1.0, power=2.0)]
    with pytest.raises(ValueError, match="power 2"):
        nearest_by_program(np.eye(1), np.zeros(1), np.zeros(1), units, [Goal(np.eye(1), [0.5])])


# -- behind the explainer --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model",
    [LogisticRegression(), LinearSVC(), RidgeClassifier(), LinearDiscriminantAnalysis()],
    ids=lambda model: type(model).__name__,
)
def test_a_given_class_of_three(model):
    X, y = load_wine(return_X_y=True)
    model = make_pipeline(StandardScaler(), model).fit(X, y)
    rows = X[::12]
    explainer = CounterfactualExplainer(target=1, constraints=[("step", 12, 0)]).fit(model, X)
    result = explainer.explain(rows)
    assert explainer.algorithm_ == "exact"
    asked = model.predict(rows) != 1
    assert (result.status[asked] == "optimal").all()
    assert (model.predict(result.counterfactuals) == 1).all()
    # The same program in the units of the table, by another solver's interface.
    coef = model[1].coef_ / model[0].scale_
    start = model.decision_function(rows)
    low, high, costs = X.min(axis=0), X.max(axis=0), 1 / np.ptp(X, axis=0) / X.shape[1]
    for row, scores, distance in zip(rows[asked], start[asked], result.distances[asked]):
        gains = np.array([coef[1] - coef[k] for k in (0, 2)])
        needs = np.array([scores[k] - scores[1] for k in (0, 2)])
        least = linprog(
            np.tile(costs, 2),
            A_ub=-np.hstack([gains, -gains]),
            b_ub=-needs,
            bounds=[*((0, most) for most in high - row), *((0, most) for most in row - low)],
        )
        assert distance == pytest.approx(least.fun, rel=1e-5)


@pytest.mark.parametrize("target", ["b", ["a", "c"], "other"])
@pytest.mark.parametrize("distance", ["gower", "n_changes"])
def test_several_classes_of_a_mixed_table(target, distance):
    rng = np.random.default_rng(1)
    X = pd.DataFrame(
        {
            "rooms": rng.integers(1, 6, 300),
            "years": rng.integers(0, 7, 300),
            "town": rng.choice(["Ulm", "Bonn", "Jena"], 300),
            "heat": rng.choice(["gas", "wood"], 300),
        }
    )
    score = X["rooms"] - X["years"] + 2 * (X["town"] == "Ulm") + rng.normal(size=300)
    y = np.array(list("abcd"))[np.digitize(score, [-2, 0, 2])]
    encode = make_column_transformer(
        (OneHotEncoder(), ["town", "heat"]), remainder=StandardScaler()
    )
    model = make_pipeline(encode, LogisticRegression()).fit(X, y)
    rows = X[::25]
    explainer = CounterfactualExplainer(target=target, distance=distance, random_state=0)
    result = explainer.fit(model, X).explain(rows)
    assert explainer.algorithm_ == "exact"
    assert set(result.status) <= {"optimal", "already_target"}
    # Among all rows that there can be.
    cells = pd.DataFrame(itertools.product(*(np.unique(X[c]) for c in X)), columns=X.columns)
    codes, predicted = explainer._space.encode(cells), model.predict(cells)
    for one, own, found in zip(
        explainer._space.encode(rows), model.predict(rows), result.distances
    ):
        wanted = predicted != own if target == "other" else np.isin(predicted, list(target))
        every = explainer._distance(codes, np.repeat(one[None], len(codes), axis=0))
        assert found == pytest.approx(every[wanted].min(), rel=1e-5)


def test_a_class_that_cannot_be_reached():
    X, y = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=1000).fit(X, y)
    bounds = {2: (1.0, 1.5), 3: (0.1, 0.2)}
    explainer = CounterfactualExplainer(target=2, bounds=bounds, random_state=0).fit(model, X)
    result = explainer.explain(X[:3])
    assert set(result.status) == {"infeasible"}
    assert (result.lower_bounds == np.inf).all()
