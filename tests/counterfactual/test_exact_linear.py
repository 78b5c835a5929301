"""Nearest counterfactuals of linear scores, against enumeration and integer programs."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai.counterfactual._exact_linear import nearest_in_linear
from skxai.counterfactual._exact_units import Choice, Goal, Number


def solve(coef, row, units, threshold, **options):
    """The nearest row whose product with `coef` exceeds a threshold."""
    goal = Goal(np.eye(1), np.array([threshold]))
    return nearest_in_linear(np.atleast_2d(coef), np.zeros(1), row, units, [goal], **options)


def random_problem(seed):
    """Numbers, numbers in steps with fixed costs, and categories as indicators."""
    rng = np.random.default_rng(seed)
    row, units = [], []
    n_lines, n_steps, n_categories = rng.integers(0, 4), rng.integers(0, 3), rng.integers(1, 3)
    for _ in range(n_lines):
        value = rng.normal()
        low, high = value - rng.random(), value + rng.random()
        units.append(Number(len(row), value, low, high, rng.uniform(0.1, 1.0)))
        row.append(value)
    for _ in range(n_steps):
        value, fixed = float(rng.integers(-3, 4)), float(rng.integers(0, 2)) * rng.random()
        cost = rng.uniform(0.1, 1.0)
        units.append(Number(len(row), value, -3.0, 3.0, cost, fixed=fixed, step=1.0))
        row.append(value)
    for _ in range(n_categories):
        k = int(rng.integers(2, 5))
        columns, costs = np.arange(len(row), len(row) + k), rng.uniform(0.1, 1.0, k)
        units.append(Choice(columns, np.eye(k), np.append(0.0, costs[1:])))
        row += list(np.eye(k)[0])
    coef = rng.normal(size=len(row))
    row = np.array(row)
    return coef, row, units, coef @ row + 2 * abs(rng.normal())


def by_enumeration(coef, row, units, threshold):
    """The least cost: all combinations of steps and categories, the rest by a linear program."""
    lines = [unit for unit in units if isinstance(unit, Number) and unit.step == 0]
    options = []
    for unit in units:
        if isinstance(unit, Choice):
            options.append([(unit, value, cost) for value, cost in zip(unit.values, unit.costs)])
        elif unit.step > 0:
            values = np.arange(unit.low, unit.high + 1)
            moves = np.abs(values - unit.value)
            costs = unit.cost * moves + unit.fixed * (moves > 0)
            options.append([(unit, value, cost) for value, cost in zip(values, costs)])
    best = np.inf
    for combination in itertools.product(*options):
        changed, cost = row.copy(), 0.0
        for unit, value, extra in combination:
            changed[unit.columns] = value
            cost += extra
        if cost >= best:
            continue
        need = threshold - coef @ changed
        if lines:
            slopes = np.array([coef[unit.column] for unit in lines])
            room = [
                max(s * (u.high - u.value), s * (u.low - u.value)) for s, u in zip(slopes, lines)
            ]
            prices = [unit.cost / abs(slope) for unit, slope in zip(lines, slopes)]
            found = linprog(
                prices,
                A_ub=-np.ones((1, len(lines))),
                b_ub=[-need],
                bounds=[(0, limit) for limit in room],
            )
            cost += found.fun if found.status == 0 else np.inf
        elif need > 0:
            cost = np.inf
        best = min(best, cost)
    return best


def test_two_numbers_by_hand():
    # 3 a + b has to grow from 5 to 8: a gains 3 for 2, up to 3 / 2; the rest comes from b.
    units = [Number(0, 1.0, 0.0, 1.5, 2.0), Number(1, 2.0, 0.0, 9.0, 1.0)]
    result = solve([3.0, 1.0], np.array([1.0, 2.0]), units, 8.0)
    assert result.status == "optimal"
    np.testing.assert_allclose(result.values, [1.5, 3.5], rtol=1e-12)
    assert result.cost == pytest.approx(2.5, rel=1e-12)
    assert result.lower_bound == pytest.approx(2.5, rel=1e-8)
    assert [3.0, 1.0] @ result.values > 8.0


@pytest.mark.parametrize("seed", range(25))
def test_cost_is_that_of_enumeration(seed):
    coef, row, units, threshold = random_problem(seed)
    result = solve(coef, row, units, threshold)
    least = by_enumeration(coef, row, units, threshold)
    if np.isinf(least):
        assert result.status == "infeasible"
        assert result.values is None
        assert result.lower_bound == np.inf
        return
    assert result.status == "optimal"
    assert result.cost == pytest.approx(least, rel=1e-8)
    assert least * (1 - 1e-8) <= result.lower_bound <= result.cost
    assert coef @ result.values > threshold


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_answers_keep_to_the_units(seed):
    coef, row, units, threshold = random_problem(seed)
    result = solve(coef, row, units, threshold)
    if result.values is None:
        return
    cost = 0.0
    for unit in units:
        values = result.values[unit.columns]
        if isinstance(unit, Choice):
            (option,) = np.flatnonzero((unit.values == values).all(axis=1))
            cost += unit.costs[option]
            continue
        changed = values[0] != unit.value
        assert not changed or unit.low <= values[0] <= unit.high
        assert unit.step == 0 or values[0] % 1 == 0
        cost += unit.cost * abs(values[0] - unit.value) + unit.fixed * changed
    assert result.cost == pytest.approx(cost, rel=1e-12)
    assert coef @ result.values > threshold


@pytest.mark.parametrize("seed", range(5))
def test_many_categories_against_an_integer_program(seed):
    rng = np.random.default_rng(seed)
    gains, costs = rng.normal(size=(12, 4)), rng.uniform(0.5, 1.5, size=(12, 4))
    gains[:, 0] = costs[:, 0] = 0.0
    units = [Choice(np.array([j]), gains[j][:, None], costs[j]) for j in range(12)]
    result = solve(np.ones(12), np.zeros(12), units, 5.0)
    each = np.kron(np.eye(12), np.ones(4))
    program = milp(
        costs.ravel(),
        integrality=np.ones(48),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(each, 1, 1), LinearConstraint(gains.ravel(), 5.0, np.inf)],
    )
    assert result.cost == pytest.approx(program.fun, rel=1e-6)


def test_logistic_model_crosses_and_not_before():
    X, y = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    scaler, last = model[0], model[1]
    coef = last.coef_ / scaler.scale_
    intercept = last.intercept_ - coef @ scaler.mean_
    low, high = X.min(axis=0), X.max(axis=0)
    for row in X[:10]:
        sign = 1.0 if model.predict([row])[0] == 0 else -1.0
        units = [Number(j, row[j], low[j], high[j], 1 / (high[j] - low[j])) for j in range(30)]
        goal = Goal(np.array([[sign]]), np.zeros(1))
        result = nearest_in_linear(coef, intercept, row, units, [goal])
        assert result.status == "optimal"
        assert model.predict([result.values]) != model.predict([row])
        nearly = row + (1 - 1e-9) * (result.values - row)
        assert model.predict([nearly]) == model.predict([row])


def test_cheapest_of_several_goals():
    units = [Number(0, 0.0, -9.0, 9.0, 1.0)]
    goals = [Goal(np.array([[1.0]]), np.array([5.0])), Goal(np.array([[-1.0]]), np.array([2.0]))]
    result = nearest_in_linear(np.eye(1), np.zeros(1), np.zeros(1), units, goals)
    assert result.values[0] == pytest.approx(-2.0, rel=1e-12)
    assert result.lower_bound <= result.cost


def test_missing_and_frozen_values_stay():
    units = [
        Number(0, np.nan, 0.0, 1.0, 1.0),
        Number(1, 0.0, 1.0, 0.0, 1.0),
        Number(2, 0.0, 0.0, 4.0, 9.0),
    ]
    result = solve([0.0, 5.0, 1.0], np.zeros(3), units, 3.0)
    assert np.isnan(result.values[0])
    assert result.values[1] == 0.0
    assert result.cost == pytest.approx(27.0, rel=1e-9)


def test_a_row_that_reaches_the_goal_is_kept():
    result = solve([1.0], np.array([4.0]), [Number(0, 4.0, 0.0, 9.0, 1.0)], 3.0)
    assert (result.status, result.cost, list(result.values)) == ("optimal", 0.0, [4.0])


def test_a_value_beyond_its_cap_may_come_back():
    unit = Number(0, 10.0, 0.0, 8.0, 1.0)
    result = solve([-1.0], np.array([10.0]), [unit], -9.5)
    assert result.values[0] == 8.0
    assert solve([1.0], np.array([10.0]), [unit], 10.5).status == "infeasible"


def test_what_is_left_when_cut_short():
    coef, row, units, threshold = random_problem(4)
    whole = solve(coef, row, units, threshold)
    assert whole.status == "optimal"
    assert whole.cost > 0
    short = solve(coef, row, units, threshold, max_nodes=0)
    assert short.status in ("feasible", "not_found")
    assert short.lower_bound <= whole.cost * (1 + 1e-9)


def test_other_powers_are_refused():
    with pytest.raises(ValueError, match="power 2"):
        solve([1.0], np.zeros(1), [Number(0, 0.0, 0.0, 1.0, 1.0, power=2.0)], 0.5)
