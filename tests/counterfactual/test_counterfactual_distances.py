"""Distances worked by hand, and by sklearn."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import pairwise_distances

from skxai.counterfactual._distances import Distance
from skxai.counterfactual._space import Space

FRAME = pd.DataFrame(
    {
        "age": [20.0, 30.0, 40.0, 60.0],
        "flat": [0.0, 0.0, 0.0, 5.0],
        "town": ["Ulm", "Bonn", "Ulm", "Jena"],
        "score": [1.0, np.nan, 2.0, 3.0],
    }
)


def between(kind, a, b, weights=None):
    space = Space(FRAME)
    return Distance(kind, space, weights)(space.codes[[a]], space.codes[[b]])[0]


def test_gower_by_hand():
    # Ranges: 40, 5, 2. A change to or from missing counts like one of a category.
    assert between("gower", 0, 1) == pytest.approx((10 / 40 + 0 + 1 + 1) / 4)
    assert between("gower", 2, 3) == pytest.approx((20 / 40 + 1 + 1 + 1 / 2) / 4)
    assert between("gower", 1, 1) == 0


def test_l1_mad_by_hand():
    # Median age 35, deviations 15, 5, 5, 25: MAD 10. "flat" has MAD 0: its deviation instead.
    space = Space(FRAME)
    deviation = np.std([0, 0, 0, 5])
    assert Distance("l1-mad", space).scale[:2] == pytest.approx([10, deviation])
    assert between("l1-mad", 2, 3) == pytest.approx(20 / 10 + 5 / deviation + 1 + 1 / 1)


def test_l2_is_the_standardized_euclidean_distance():
    X = np.random.default_rng(0).normal(size=(20, 3))
    space = Space(X)
    expected = pairwise_distances(X[:5], X[5:10], metric="seuclidean", V=X.var(axis=0))
    for a in range(5):
        got = Distance("l2", space)(X[[a] * 5], X[5:10])
        np.testing.assert_allclose(got, expected[a])


def test_changes_are_counted():
    assert between("n_changes", 0, 1) == 3
    assert between("n_changes", 2, 3) == 4


def test_costs_weigh_columns():
    weights = np.array([1, 1, 3, 1])
    assert between("gower", 0, 1, weights) == pytest.approx((10 / 40 + 3 + 1) / 4)
    assert between("n_changes", 0, 1, weights) == 5


@pytest.mark.parametrize("kind", ["gower", "l1-mad", "l2", "n_changes"])
def test_sums_of_costs_sort_as_the_distance_does(kind):
    space = Space(FRAME)
    distance = Distance(kind, space)
    pairs = [(a, b) for a in range(4) for b in range(4)]
    first, second = (space.codes[[pair[k] for pair in pairs]] for k in (0, 1))
    costs = distance.costs(first, second).sum(axis=1)
    totals = distance(first, second)
    for i in range(len(pairs)):
        assert (totals[costs < costs[i] - 1e-9] <= totals[i] + 1e-9).all()


def test_a_function_of_tables():
    space = Space(FRAME)
    distance = Distance(lambda a, b: (a["age"] - b["age"]).abs().to_numpy(), space)
    tables = FRAME.iloc[[0]], FRAME.iloc[[3]].set_axis([0])
    assert distance(space.codes[[0]], space.codes[[3]], lambda: tables) == [40]
    wrong = Distance(lambda a, b: 1.0, space)
    with pytest.raises(ValueError, match="distance returned shape"):
        wrong(space.codes[[0]], space.codes[[3]], lambda: tables)


def test_a_column_of_one_value_has_a_scale():
    X = np.ones((3, 1))
    for kind in ("gower", "l1-mad", "l2"):
        assert Distance(kind, Space(X))(np.array([[3.0]]), np.array([[1.0]])) == [2.0]
