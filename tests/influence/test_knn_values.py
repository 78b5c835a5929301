"""Closed forms of nearest-neighbour games against sums over all coalitions."""

import itertools
import math

import numpy as np
import pytest

from skxai.influence._knn_values import Ties, single_values, squared_error_values


def shapley_values(game, n_players):
    """By definition, over all coalitions."""
    values = np.zeros(n_players)
    for player in range(n_players):
        others = [other for other in range(n_players) if other != player]
        for size in range(n_players):
            weight = 1 / (n_players * math.comb(n_players - 1, size))
            for coalition in itertools.combinations(others, size):
                gain = game({*coalition, player}) - game(set(coalition))
                values[player] += weight * gain
    return values


def orders_of(groups):
    """All orders of players that keep to the order of their groups."""
    blocks = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    for permuted in itertools.product(*map(itertools.permutations, blocks)):
        yield [player for block in permuted for player in block]


def game_of(earn, amounts, groups, n_neighbors):
    """What a coalition's nearest earn by their amounts, on average over the orders of the tied."""
    orders = list(orders_of(groups))

    def game(coalition):
        return np.mean(
            [
                earn(amounts[[i for i in order if i in coalition][:n_neighbors]].sum())
                for order in orders
            ]
        )

    return game


CASES = {
    "no ties": [0, 1, 2, 3, 4, 5],
    "a tie at the front": [0, 0, 0, 1, 2, 3],
    "a tie at the end": [0, 1, 2, 3, 3, 3],
    "two ties": [0, 0, 1, 2, 2, 2],
    "all tied": [0, 0, 0, 0, 0],
    "one row": [0],
}


@pytest.mark.parametrize("n_neighbors", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("groups", CASES.values(), ids=CASES)
def test_closed_forms_are_shapley_values(groups, n_neighbors):
    rng = np.random.default_rng(len(groups) + n_neighbors)
    groups, amounts, goal = np.array(groups), rng.normal(size=len(groups)), rng.normal()
    ties = Ties(np.diff(groups, prepend=-1)[None] > 0)

    game = game_of(lambda total: total, amounts, groups, n_neighbors)
    got = single_values(amounts[None], n_neighbors, ties)[0]
    np.testing.assert_allclose(got, shapley_values(game, len(groups)), rtol=0, atol=1e-12)

    game = game_of(lambda total: -((total - goal) ** 2), amounts, groups, n_neighbors)
    got = squared_error_values(amounts[None], np.array([goal]), n_neighbors, ties)[0]
    np.testing.assert_allclose(got, shapley_values(game, len(groups)), rtol=0, atol=1e-12)


def test_lines_do_not_mix():
    rng = np.random.default_rng(0)
    amounts, goals = rng.normal(size=(3, 7)), rng.normal(size=3)
    is_new = np.array([[1, 0, 0, 1, 1, 1, 0], [1] * 7, [1] + [0] * 6], dtype=bool)
    together = squared_error_values(amounts, goals, 3, Ties(is_new))
    for i in range(3):
        alone = squared_error_values(amounts[[i]], goals[[i]], 3, Ties(is_new[[i]]))
        np.testing.assert_allclose(together[[i]], alone, rtol=0, atol=1e-15)


def test_recursion_of_jia_et_al():
    """Theorem 1: from the farthest to the nearest."""
    right = np.array([[1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0]])
    n, k = right.size, 3
    expected = np.zeros(n)
    expected[-1] = right[0, -1] * min(k, n) / (n * k)
    for i in range(n - 1, 0, -1):
        step = (right[0, i - 1] - right[0, i]) / k * min(k, i) / i
        expected[i - 1] = expected[i] + step
    got = single_values(right / k, k, Ties(np.ones_like(right, dtype=bool)))
    np.testing.assert_allclose(got[0], expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("tied", [False, True])
def test_many_rows_add_up(tied):
    """Efficiency, where there are too many rows for brute force."""
    rng = np.random.default_rng(1)
    amounts, goals = rng.normal(size=(2, 2000)), np.array([0.3, -2.0])
    is_new = rng.random((2, 2000)) < (0.3 if tied else 1.1)
    is_new[:, :30] = True
    got = squared_error_values(amounts / 20, goals, 20, Ties(is_new)).sum(axis=1)
    earned = -((amounts[:, :20].mean(axis=1) - goals) ** 2) + goals**2
    np.testing.assert_allclose(got, earned, rtol=0, atol=1e-12)
