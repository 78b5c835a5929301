"""Enumeration, on games whose values are known."""

from fractions import Fraction

import numpy as np
import pytest
from by_definition import average_over_orders
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from numpy.testing import assert_allclose, assert_array_equal

from skxai import ShapleyExplainer
from skxai.shapley._exact import all_coalitions, shapley_of_table

amounts = st.floats(-100, 100, allow_nan=False, width=32)


def tables(n_players, n_outputs=1):
    """Random games on these players, the worth of every coalition."""
    return st_numpy.arrays(float, (1, 2**n_players, n_outputs), elements=amounts)


def table_of(worth, n_players):
    """The table of a game given as a function of a set of players."""
    coalitions = all_coalitions(n_players)
    worths = [float(worth(frozenset(np.flatnonzero(coalition)))) for coalition in coalitions]
    return np.array(worths).reshape(1, -1, 1)


def values_of(worth, n_players):
    return shapley_of_table(table_of(worth, n_players))[0, :, 0]


@pytest.mark.parametrize("n_players", [1, 2, 5])
def test_all_coalitions_lists_each_subset_once_in_binary_order(n_players):
    coalitions = all_coalitions(n_players)
    assert coalitions.shape == (2**n_players, n_players)
    assert_array_equal(coalitions @ 2 ** np.arange(n_players), np.arange(2**n_players))


@settings(max_examples=40, deadline=None)
@given(data=st.data(), n_players=st.integers(1, 5), n_outputs=st.integers(1, 3))
def test_random_games_equal_the_average_over_all_orders(data, n_players, n_outputs):
    table = data.draw(tables(n_players, n_outputs))

    def worth(coalition):
        return table[0, sum(2**player for player in coalition)]

    expected = average_over_orders(worth, n_players)
    assert_allclose(shapley_of_table(table)[0], expected, rtol=1e-9, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), n_players=st.integers(1, 7))
def test_efficiency(data, n_players):
    table = data.draw(tables(n_players))
    total = table[0, -1, 0] - table[0, 0, 0]
    assert_allclose(shapley_of_table(table).sum(), total, rtol=1e-9, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), n_players=st.integers(2, 6))
def test_players_that_can_be_exchanged_get_the_same(data, n_players):
    table = data.draw(tables(n_players))
    i, j = data.draw(st.permutations(range(n_players)))[:2]
    coalitions = all_coalitions(n_players)
    exchanged = coalitions.copy()
    exchanged[:, [i, j]] = coalitions[:, [j, i]]
    symmetric = table + table[:, exchanged @ 2 ** np.arange(n_players)]
    values = shapley_of_table(symmetric)[0, :, 0]
    assert_allclose(values[i], values[j], rtol=1e-9, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), n_players=st.integers(1, 6))
def test_a_player_that_never_adds_anything_gets_zero(data, n_players):
    table = data.draw(tables(n_players))
    idle = data.draw(st.integers(0, n_players - 1))
    without = np.arange(2**n_players) & ~(1 << idle)
    assert shapley_of_table(table[:, without])[0, idle, 0] == 0


@settings(max_examples=40, deadline=None)
@given(data=st.data(), n_players=st.integers(1, 6), a=amounts, b=amounts)
def test_linearity(data, n_players, a, b):
    first, second = data.draw(tables(n_players)), data.draw(tables(n_players))
    of_sum = shapley_of_table(a * first + b * second)
    sum_of = a * shapley_of_table(first) + b * shapley_of_table(second)
    assert_allclose(of_sum, sum_of, rtol=1e-9, atol=1e-6)


def test_each_game_of_a_stack_is_on_its_own():
    rng = np.random.default_rng(0)
    stack = rng.normal(size=(5, 16, 2))
    separately = [shapley_of_table(stack[[game]])[0] for game in range(5)]
    assert_array_equal(shapley_of_table(stack), separately)


def test_product_of_three_is_shared_equally_unlike_by_coin_flips():
    # A coin for each player (the lecture's code) estimates the Banzhaf value: 1/4 each.
    table = table_of(lambda coalition: len(coalition) == 3, 3)
    others_in = all_coalitions(2).all(axis=1)
    assert others_in.mean() == 1 / 4
    assert_allclose(shapley_of_table(table).ravel(), [1 / 3, 1 / 3, 1 / 3], rtol=1e-15)


@pytest.mark.parametrize("members", [{0}, {1, 3}, {0, 2, 4}, {0, 1, 2, 3, 4}])
def test_unanimity_games(members):
    values = values_of(lambda coalition: members <= coalition, 5)
    expected = [1 / len(members) if player in members else 0 for player in range(5)]
    assert_allclose(values, expected, rtol=1e-14)


def test_glove_game():
    # One left glove, two right ones; a pair is worth 1 (Shapley 1953's market example).
    values = values_of(lambda coalition: 0 in coalition and len(coalition) > 1, 3)
    assert_allclose(values, [2 / 3, 1 / 6, 1 / 6], rtol=1e-14)


def test_airport_game():
    # Littlechild and Owen (1973): each stretch of the runway is shared by those who need it.
    costs = np.array([1.0, 3.0, 3.5, 10.0])
    values = values_of(lambda coalition: max((costs[j] for j in coalition), default=0), 4)
    stretches = np.diff(costs, prepend=0) / [4, 3, 2, 1]
    assert_allclose(values, np.cumsum(stretches), rtol=1e-14)


def test_security_council():
    # Five permanent members with a veto, ten others, nine votes needed: 421/2145 and 4/2145.
    values = values_of(lambda coalition: len(coalition) >= 9 and set(range(5)) <= coalition, 15)
    expected = [float(Fraction(421, 2145))] * 5 + [float(Fraction(4, 2145))] * 10
    assert_allclose(values, expected, rtol=1e-12)


def voting_power(votes, quota):
    """The share of the orders in which each voter's votes make the majority."""

    def passes(coalition):
        return sum(votes[voter] for voter in coalition) >= quota

    return values_of(passes, len(votes))


@pytest.mark.parametrize(
    ("votes", "quota", "power"),
    [
        ([50, 49, 1], 51, [2 / 3, 1 / 6, 1 / 6]),  # one vote is worth as much as 49
        ([4, 3, 2, 1], 6, [5 / 12, 1 / 4, 1 / 4, 1 / 12]),
        ([1, 1, 1, 1, 1], 3, [1 / 5] * 5),
        ([4, 4, 4, 2, 2, 1], 12, [14 / 60, 14 / 60, 14 / 60, 9 / 60, 9 / 60, 0]),  # Europe, 1958
    ],
)
def test_voting_games(votes, quota, power):
    assert_allclose(voting_power(votes, quota), power, atol=1e-14)


def test_voting_by_walks():
    votes = np.array([4, 4, 4, 2, 2, 1])
    explainer = ShapleyExplainer(algorithm="permutation", max_evals=40_000, random_state=0)
    explainer.fit(lambda X: (X @ votes >= 12).astype(float), np.zeros((1, 6)))
    found = explainer.explain(np.ones((1, 6)))
    expected = voting_power(votes, 12)
    assert found.values[0, 5] == 0
    assert np.all(np.abs(found.values[0] - expected) <= 4 * found.std_errors[0])


def test_a_thousand_additive_players_by_walks():
    rng = np.random.default_rng(0)
    scale, X = rng.normal(size=1000), rng.normal(size=(3, 1000))
    explainer = ShapleyExplainer(algorithm="permutation", max_evals=4000, random_state=0)
    explainer.fit(lambda X: np.tanh(X) @ scale, X[:1])
    found = explainer.explain(X[1:])
    expected = (np.tanh(X[1:]) - np.tanh(X[0])) * scale
    assert_allclose(found.values, expected, atol=1e-12)
    assert_allclose(found.std_errors, 0, atol=1e-12)
