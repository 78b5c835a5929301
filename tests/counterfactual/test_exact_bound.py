"""The linear program bounds all choices from below and rules out none that it must not."""

import itertools

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor

from skxai.counterfactual._exact_bound import relax
from skxai.counterfactual._exact_leaves import LeafBoxes, Options
from skxai.counterfactual._exact_units import Choice, Goal, Number
from skxai.predictors._trees import tree_ensemble_of


def some_boxes(seed):
    """Boxes of three columns, one of them as single values, and all choices that reach the goal."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 6, size=(60, 3)).astype(float)
    y = X[:, 0] * X[:, 1] - X[:, 2] + rng.normal(size=60)
    model = GradientBoostingRegressor(n_estimators=5, max_depth=3, random_state=seed).fit(X, y)
    row = np.array([2.0, 3.0, 2.0]) + rng.integers(-1, 2, size=3)
    values = np.append(row[2], np.setdiff1d(np.arange(6.0), row[2]))[:, None]
    units = [
        Number(0, row[0], 0.0, 5.0, rng.uniform(0.5, 1.5)),
        Number(1, row[1], 0.0, 5.0, rng.uniform(0.5, 1.5)),
        Choice(np.array([2]), values, np.append(0.0, rng.uniform(0.5, 2.0, 5))),
    ]
    sign = rng.choice([-1.0, 1.0])
    scores = sign * model.predict(X)
    goal = Goal(np.array([[sign]]), np.array([np.quantile(scores, 0.8)]))
    options = Options(LeafBoxes(tree_ensemble_of(model, "predict")), row, units)
    boxes = options.boxes(goal)
    choices = np.array(list(itertools.product(*boxes.options())))
    reached = np.array([boxes.margin(choice) >= 0 for choice in choices])
    return boxes, choices, reached, boxes.costs[choices].sum(axis=1)


@pytest.mark.parametrize("seed", range(12))
def test_bound_is_below_all_counterfactuals_and_not_trivial(seed):
    boxes, _, reached, costs = some_boxes(seed)
    least = costs[reached].min()
    bound = relax(boxes, np.inf).bound
    assert bound <= least * (1 + 1e-7)
    if least > 0:
        assert bound > 0.1 * least


@pytest.mark.parametrize("seed", range(12))
def test_prices_rule_out_only_what_costs_more(seed):
    boxes, choices, reached, costs = some_boxes(seed)
    least = costs[reached].min()
    n_out = 0
    for factor in (1.001, 1.2, 1.5):
        relaxation = relax(boxes, factor * least)
        for choice in choices[reached & (costs < factor * least)]:
            assert relaxation.options[choice].all()
            assert relaxation.leaves[boxes.masks[choice].all(axis=0)].all()
        n_out += (~relaxation.options).sum() + (~relaxation.leaves).sum()
    assert n_out > 0 or least == 0


@pytest.mark.parametrize("seed", range(6))
def test_shares_are_shares(seed):
    boxes, *_ = some_boxes(seed)
    relaxation = relax(boxes, np.inf)
    for options in boxes.options():
        assert relaxation.shares[options].sum() == pytest.approx(1.0, abs=1e-7)
    assert relaxation.shares.min() > -1e-7
    assert boxes.costs @ relaxation.shares == pytest.approx(relaxation.bound, rel=1e-6, abs=1e-9)
