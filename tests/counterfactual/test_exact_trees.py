"""Nearest counterfactuals of trees, against enumeration of all boxes."""

import itertools
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.tree import DecisionTreeClassifier

from skxai.counterfactual import _exact_leaves, _exact_trees
from skxai.counterfactual._exact_boxes import Boxes, on_lattice, prune
from skxai.counterfactual._exact_leaves import LeafBoxes, Options
from skxai.counterfactual._exact_trees import nearest_in_trees
from skxai.counterfactual._exact_units import Choice, Goal, Number, nearest_in_bins
from skxai.predictors._trees import tree_ensemble_of


def small_data(seed, n_columns=3, n_values=6):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, n_values, size=(80, n_columns)).astype(float)
    y = (X[:, 0] * X[:, 1] + 3 * rng.random(80) > n_values).astype(int)
    return X, y


def numbers(row, X, **options):
    """A unit for each column, between the limits of the data."""
    low, high = X.min(axis=0), X.max(axis=0)
    return [
        Number(j, row[j], low[j], high[j], (1.0 + j) / (high[j] - low[j]), **options)
        for j in range(len(row))
    ]


def by_enumeration(predict, row, units, cuts, wanted):
    """The least cost over the ends of all boxes: each value and each side of each threshold."""
    values = []
    for unit, own in zip(units, cuts):
        own = own.astype(np.float32)
        found = np.concatenate([own, np.nextafter(own, np.float32(np.inf)), [unit.value]])
        found = found[(found >= unit.low) & (found <= unit.high) | (found == unit.value)]
        values.append(np.unique(found.astype(float)))
    table = np.array(list(itertools.product(*values)))
    costs = sum(unit.costs(table[:, j]) for j, unit in enumerate(units))
    reached = wanted(predict(table))
    return costs[reached].min(initial=np.inf)


def goal_of(label):
    """Another label than this one, by the probabilities of two classes."""
    sign = -1.0 if label == 0 else 1.0
    return Goal(np.array([[sign, -sign]]), np.zeros(1), strict=label == 0)


def thresholds_of(leaf_boxes, n_columns):
    found = dict(zip(leaf_boxes.bins.columns.tolist(), leaf_boxes.bins.cuts))
    return [found.get(j, np.zeros(0)) for j in range(n_columns)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("power", [1.0, 2.0])
def test_forest_cost_is_that_of_enumeration(seed, power):
    X, y = small_data(seed)
    model = RandomForestClassifier(9 + seed % 2, max_depth=4, random_state=seed).fit(X, y)
    leaf_boxes = LeafBoxes(tree_ensemble_of(model, "predict_proba"))
    for row in X[:4] + 0.3:
        label = model.predict([row])[0]
        units = numbers(row, X, power=power, fixed=0.1)
        result = nearest_in_trees(leaf_boxes, row, units, [goal_of(label)], starts=X)
        least = by_enumeration(
            model.predict, row, units, thresholds_of(leaf_boxes, 3), partial(np.not_equal, label)
        )
        assert result.status == "optimal"
        assert result.cost == pytest.approx(least, rel=1e-5)
        assert least * (1 - 1e-5) <= result.lower_bound <= result.cost
        assert model.predict([result.values])[0] != label
        cost = sum(unit.costs(value) for unit, value in zip(units, result.values))
        assert result.cost == pytest.approx(cost, rel=1e-12)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_ties_of_votes_follow_predict(seed):
    # Trees grown to the end and an even number of them: many boxes have a tie, which is class 0.
    rng = np.random.default_rng(seed)
    X, y = small_data(seed, n_columns=2)
    model = RandomForestClassifier(4, random_state=seed).fit(X, y)
    leaf_boxes = LeafBoxes(tree_ensemble_of(model, "predict_proba"))
    row = rng.uniform(0, 5, 2)
    label = model.predict([row])[0]
    units = numbers(row, X)
    result = nearest_in_trees(leaf_boxes, row, units, [goal_of(label)])
    cuts = thresholds_of(leaf_boxes, 2)
    least = by_enumeration(model.predict, row, units, cuts, partial(np.not_equal, label))
    assert result.cost == pytest.approx(least, rel=1e-5)
    if np.isfinite(least):
        assert model.predict([result.values])[0] != label
    else:
        assert result.status == "infeasible"


@pytest.mark.parametrize("seed", range(3))
def test_boosting_reaches_any_threshold(seed):
    X, y = small_data(seed)
    model = GradientBoostingRegressor(n_estimators=8, random_state=seed).fit(X, X[:, 0] * y)
    leaf_boxes = LeafBoxes(tree_ensemble_of(model, "predict"))
    row = X[seed] + 0.2
    units = numbers(row, X)
    for threshold in np.quantile(model.predict(X), [0.3, 0.7, 1.0]):
        goal = Goal(np.ones((1, 1)), np.array([threshold]))
        result = nearest_in_trees(leaf_boxes, row, units, [goal])
        cuts = thresholds_of(leaf_boxes, 3)
        wanted = threshold + 1e-9
        least = by_enumeration(model.predict, row, units, cuts, partial(np.less, wanted))
        assert result.cost == pytest.approx(least, rel=1e-5, abs=1e-12)
        assert (result.status == "infeasible") == np.isinf(least)
        assert result.values is None or model.predict([result.values])[0] > threshold


def test_several_classes_need_several_scores():
    X, y = small_data(0)
    y = y + (X[:, 2] > 3)
    model = RandomForestClassifier(6, random_state=0).fit(X, y)  # many ties
    leaf_boxes = LeafBoxes(tree_ensemble_of(model, "predict_proba"))
    cuts = thresholds_of(leaf_boxes, 3)
    for row in X[:3] + 0.1:
        label = model.predict([row])[0]
        units = numbers(row, X)
        goals = [
            Goal(np.array([np.eye(3)[other] - np.eye(3)[label]]), np.zeros(1), label < other)
            for other in range(3)
            if other != label
        ]
        any_other = nearest_in_trees(leaf_boxes, row, units, goals)
        least = by_enumeration(model.predict, row, units, cuts, partial(np.not_equal, label))
        assert any_other.cost == pytest.approx(least, rel=1e-5)
        other = (label + 1) % 3
        beaten = [k for k in range(3) if k != other]
        # Ties are of the first class.
        earlier = np.array(beaten) < other
        wanted = Goal(np.eye(3)[other] - np.eye(3)[beaten], np.zeros(2), strict=earlier)
        result = nearest_in_trees(leaf_boxes, row, units, [wanted])
        least = by_enumeration(model.predict, row, units, cuts, partial(np.equal, other))
        assert result.cost == pytest.approx(least, rel=1e-5)
        assert model.predict([result.values])[0] == other


def test_categories_and_missing_values():
    X, y = small_data(1)
    X[::7, 2] = np.nan
    model = HistGradientBoostingClassifier(
        max_iter=5, min_samples_leaf=3, categorical_features=[0], random_state=0
    ).fit(X, y)
    leaf_boxes = LeafBoxes(tree_ensemble_of(model, "decision_function"))
    for row in X[[0, 1, 2, 7]]:
        label = model.predict([row])[0]
        sign = 1.0 if label == 0 else -1.0
        others = np.setdiff1d(np.arange(6.0), row[:1])
        category = Choice(
            np.array([0]), np.append(row[:1], others)[:, None], 0.3 + 0.1 * np.arange(6)
        )
        category.costs[0] = 0.0
        units = [
            category,
            Number(1, row[1], 0.0, 5.0, 0.2),
            Number(2, row[2], 0.0, 5.0, 0.2, missing_cost=0.25),
        ]
        goal = Goal(np.array([[sign]]), np.zeros(1))
        result = nearest_in_trees(leaf_boxes, row, units, [goal])
        cuts = thresholds_of(leaf_boxes, 3)
        values = [category.values[:, 0]]
        for unit, own in zip(units[1:], cuts[1:]):
            sides = np.concatenate([own, np.nextafter(own, np.inf), [unit.value, np.nan]])
            values.append(sides[np.isnan(sides) | (sides >= 0) & (sides <= 5)])
        table = np.array(list(itertools.product(*values)))
        costs = category.costs[(table[:, :1] == category.values.T).argmax(axis=1)]
        costs = costs + units[1].costs(np.nan_to_num(table[:, 1])) + units[2].costs(table[:, 2])
        reached = (model.predict(table) != label) & ~np.isnan(table[:, 1])
        assert result.cost == pytest.approx(costs[reached].min(), rel=1e-5)
        assert result.status == "optimal"
        assert model.predict([result.values])[0] != label


def test_whole_numbers_and_limits():
    X, y = small_data(2)
    model = GradientBoostingClassifier(n_estimators=10, random_state=0).fit(X, y)
    leaf_boxes = LeafBoxes(tree_ensemble_of(model, "decision_function"))
    row = X[0]
    sign = 1.0 if model.predict([row])[0] == 0 else -1.0
    goal = Goal(np.array([[sign]]), np.zeros(1))
    units = numbers(row, X, step=1.0)
    result = nearest_in_trees(leaf_boxes, row, units, [goal])
    table = np.array(list(itertools.product(np.arange(6.0), repeat=3)))
    costs = sum(unit.costs(table[:, j]) for j, unit in enumerate(units))
    reached = model.predict(table) != model.predict([row])
    assert result.cost == pytest.approx(costs[reached].min(), rel=1e-5)
    assert np.all(result.values % 1 == 0)
    # Only the last column may change: there is no counterfactual, or one that costs more.
    alone = nearest_in_trees(leaf_boxes, row, units[2:], [goal])
    assert np.all(alone.values is None or alone.values[:2] == row[:2])
    reached &= (table[:, :2] == row[:2]).all(axis=1)
    assert alone.cost == pytest.approx(costs[reached].min(initial=np.inf), rel=1e-5)


def test_search_is_right_where_programs_are_not_solved(monkeypatch):
    X, y = small_data(0)
    model = RandomForestClassifier(6, max_depth=3, random_state=1).fit(X, y)
    leaf_boxes = LeafBoxes(tree_ensemble_of(model, "predict_proba"))
    row = X[1] + 0.3
    label = model.predict([row])[0]
    usual = nearest_in_trees(leaf_boxes, row, numbers(row, X), [goal_of(label)])
    monkeypatch.setattr(_exact_trees, "relax", lambda *arguments: None)
    other = nearest_in_trees(leaf_boxes, row, numbers(row, X), [goal_of(label)])
    assert other.status == "optimal"
    assert other.cost == pytest.approx(usual.cost, rel=1e-6)
    assert other.n_nodes >= usual.n_nodes


def test_large_ensembles_are_told(monkeypatch):
    X, y = small_data(0)
    model = DecisionTreeClassifier(random_state=0).fit(X, y)
    leaf_boxes = LeafBoxes(tree_ensemble_of(model, "predict_proba"))
    monkeypatch.setattr(_exact_leaves, "_MAX_CELLS", 10)
    result = nearest_in_trees(leaf_boxes, X[0], numbers(X[0], X), [goal_of(0)])
    assert (result.status, result.values, result.lower_bound) == ("not_found", None, 0.0)
    result = nearest_in_trees(leaf_boxes, X[0], numbers(X[0], X), [goal_of(0)], limit=9.0)
    assert (result.status, result.values, result.cost) == ("feasible", None, 9.0)


def forest_case(n_trees=12):
    """A forest, a row, and the nearest counterfactual."""
    X, y = small_data(1)
    model = RandomForestClassifier(n_trees, random_state=1).fit(X, y)
    leaf_boxes = LeafBoxes(tree_ensemble_of(model, "predict_proba"))
    row = X[1] + 0.3
    question = leaf_boxes, row, numbers(row, X), [goal_of(model.predict([row])[0])]
    return question, nearest_in_trees(*question)


def test_only_what_is_below_a_limit_is_looked_for():
    question, nearest = forest_case()
    assert nearest.status == "optimal"
    above = nearest_in_trees(*question, limit=nearest.cost * 1.01)
    assert above.status == "optimal"
    assert above.cost == pytest.approx(nearest.cost, rel=1e-5)
    # There is nothing nearer than the nearest, and that is a proof too.
    for limit in (nearest.cost, 0.7 * nearest.cost):
        below = nearest_in_trees(*question, limit=limit)
        assert (below.status, below.values, below.cost) == ("optimal", None, limit)
        assert below.lower_bound == pytest.approx(limit, rel=1e-5)
    few = Options(*question[:3], limit=0.5 * nearest.cost)
    every = Options(*question[:3])
    assert len(few.leaves) < len(every.leaves)
    assert len(few.costs) < len(every.costs)


def test_a_limit_on_parts_does_not_depend_on_the_clock():
    question, nearest = forest_case(n_trees=40)
    results = [nearest_in_trees(*question, max_nodes=n) for n in (0, 1, 10**6)]
    assert [result.n_nodes for result in results[:2]] == [0, 1]
    assert results[0].status == "feasible"
    assert results[2].cost == nearest.cost
    bounds = [result.lower_bound for result in results]
    assert bounds == sorted(bounds)
    assert bounds[0] < bounds[2]
    assert all(result.lower_bound <= nearest.cost <= result.cost for result in results)
    again = nearest_in_trees(*question, max_nodes=1)
    assert (again.cost, again.lower_bound) == (results[1].cost, results[1].lower_bound)


def test_a_tree_without_splits():
    X, _ = small_data(0)
    model = DecisionTreeClassifier().fit(X, np.arange(80) % 2 * 0)
    leaf_boxes = LeafBoxes(tree_ensemble_of(model, "predict_proba"))
    goals = [Goal(np.ones((1, 1)), np.array([threshold])) for threshold in (0.5, 1.5)]
    assert nearest_in_trees(leaf_boxes, X[0], numbers(X[0], X), goals[:1]).cost == 0.0
    assert nearest_in_trees(leaf_boxes, X[0], numbers(X[0], X), goals[1:]).status == "infeasible"


def test_what_cannot_be_reached_is_proven():
    X, y = small_data(3)
    model = RandomForestClassifier(5, random_state=0).fit(X, y)
    leaf_boxes = LeafBoxes(tree_ensemble_of(model, "predict_proba"))
    goal = Goal(np.array([[0.0, 1.0]]), np.array([1.5]))
    result = nearest_in_trees(leaf_boxes, X[0], numbers(X[0], X), [goal], starts=X)
    assert result.status == "infeasible"
    assert result.values is None
    assert result.cost == result.lower_bound == np.inf


def test_without_time_there_is_still_a_bound():
    X, y = load_breast_cancer(return_X_y=True)
    model = RandomForestClassifier(20, random_state=0).fit(X, y)
    leaf_boxes = LeafBoxes(tree_ensemble_of(model, "predict_proba"))
    row, label = X[0], model.predict(X[:1])[0]
    starts = X[model.predict(X) != label][:2]
    units = numbers(row, X)
    short = nearest_in_trees(leaf_boxes, row, units, [goal_of(label)], starts, time_limit=0.0)
    whole = nearest_in_trees(leaf_boxes, row, units, [goal_of(label)], starts)
    assert short.status == "feasible"
    assert model.predict([short.values])[0] != label
    assert whole.status == "optimal"
    assert short.lower_bound <= whole.lower_bound <= whole.cost <= short.cost
    assert model.predict([whole.values])[0] != label


def test_values_are_one_float32_beyond_a_threshold():
    cuts = np.array([0.1, 0.7])
    number = Number(0, 0.5, 0.0, 0.9, 1.0)
    values = nearest_in_bins(number, cuts, np.float32)
    assert values[1] == 0.5
    single = values.astype(np.float32)
    np.testing.assert_array_equal(single.astype(float), values)
    assert values[0] <= 0.1 < float(np.nextafter(single[0], np.float32(1)))
    assert float(np.nextafter(single[2], np.float32(0))) <= 0.7 < values[2]
    assert np.isnan(nearest_in_bins(Number(0, 0.5, 0.4, 0.6, 1.0), cuts, np.float32)[[0, 2]]).all()
    steps = nearest_in_bins(Number(0, 0.5, 0.0, 3.0, 1.0, step=1.0), cuts, np.float32)
    np.testing.assert_array_equal(steps, [0.0, 0.5, 1.0])


def test_pruning_keeps_what_is_below_the_limit():
    # One tree: x <= 0 is worth 0, x > 0 is worth 1; the far option costs more than the limit.
    boxes = Boxes(
        unit=np.zeros(3, dtype=int),
        costs=np.array([0.0, 1.0, 5.0]),
        masks=np.array([[True, False], [False, True], [False, True]]),
        ordered=np.array([True]),
        tree=np.zeros(2, dtype=int),
        values=np.array([[0.0], [1.0]]),
        need=np.array([1.0]),
    )
    _, options, leaves = prune(boxes, 2.0)
    assert (list(options), list(leaves)) == ([1], [1])
    assert prune(boxes, 1.0)[0] is None


def test_votes_raise_what_is_needed_to_the_next_vote():
    boxes = Boxes(
        unit=np.zeros(1, dtype=int),
        costs=np.zeros(1),
        masks=np.ones((1, 4), dtype=bool),
        ordered=np.array([True]),
        tree=np.array([0, 0, 1, 1]),
        values=np.array([[0.0], [0.5], [0.0], [0.5]]),
        need=np.array([0.1]),
    )
    assert 0.1 < on_lattice(boxes).need[0] < 0.5
    exactly = Boxes(**{**vars(boxes), "need": np.array([0.5])})
    assert exactly.need[0] == pytest.approx(on_lattice(exactly).need[0], abs=0.01)


def test_single_tree_by_hand():
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    model = DecisionTreeClassifier().fit(X, [0, 0, 1, 1])
    leaf_boxes = LeafBoxes(tree_ensemble_of(model, "predict_proba"))
    unit = Number(0, 0.5, 0.0, 3.0, 2.0)
    result = nearest_in_trees(leaf_boxes, np.array([0.5]), [unit], [goal_of(0)])
    assert result.values[0] == float(np.nextafter(np.float32(1.5), np.float32(2)))
    assert result.cost == pytest.approx(2.0, rel=1e-6)
