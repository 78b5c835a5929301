"""Walks: how they are drawn, planned, and turned into gains."""

from itertools import permutations

import numpy as np
from by_definition import average_over_orders
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import chisquare

from skxai.shapley._permutation import draw_orders, gains_of_walks, plan_walks


def random_worths(seed, n_players, n_outputs=2):
    """Random worth of every coalition, indexed by its players' bits."""
    return np.random.default_rng(seed).normal(size=(2**n_players, n_outputs))


def gains(worths, orders, differs):
    """Gains on walks in a game where players that do not differ add nothing."""
    n_players = orders.shape[1]
    bits = 2 ** np.arange(n_players)
    walks = plan_walks(orders, differs)
    inner = worths[(walks.present() & differs[walks.state_walk]) @ bits]
    starts = np.repeat(worths[[0]], len(orders), axis=0)
    ends = worths[differs @ bits]
    return gains_of_walks(walks, starts, inner, ends, n_players), starts, ends


def gains_one_by_one(worths, order, differs):
    """The same for one walk, in a plain loop."""
    result = np.zeros((len(order), worths.shape[1]))
    code = 0
    for player in order:
        joined = code | (int(differs[player]) << int(player))
        result[player] = worths[joined] - worths[code]
        code = joined
    return result


@st.composite
def walk_cases(draw):
    n_players = draw(st.integers(1, 6))
    n_walks = draw(st.integers(1, 6))
    orders = [draw(st.permutations(range(n_players))) for _ in range(n_walks)]
    flags = st.lists(st.booleans(), min_size=n_players, max_size=n_players)
    differs = [draw(flags) for _ in range(n_walks)]
    worths = random_worths(draw(st.integers(0, 1000)), n_players)
    return np.array(orders), np.array(differs), worths


@settings(max_examples=60, deadline=None)
@given(walk_cases())
def test_gains_equal_a_plain_walk_and_telescope(case):
    orders, differs, worths = case
    found, starts, ends = gains(worths, orders, differs)
    expected = [gains_one_by_one(worths, *walk) for walk in zip(orders, differs)]
    assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    assert_allclose(found.sum(axis=1), ends - starts, rtol=1e-12, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(walk_cases())
def test_only_states_between_the_ends_are_planned(case):
    orders, differs, _ = case
    walks = plan_walks(orders, differs)
    counts = np.bincount(walks.state_walk, minlength=len(orders))
    assert_array_equal(counts, np.maximum(differs.sum(axis=1) - 1, 0))
    together = walks.present() & differs[walks.state_walk]
    assert (together.sum(axis=1) > 0).all()
    assert (together.sum(axis=1) < differs[walks.state_walk].sum(axis=1)).all()


def test_all_orders_together_give_the_shapley_values():
    worths = random_worths(0, 4)
    orders = np.array(list(permutations(range(4))))
    found, _, _ = gains(worths, orders, np.ones(orders.shape, dtype=bool))
    expected = average_over_orders(lambda members: worths[sum(2**j for j in members)], 4)
    assert_allclose(found.mean(axis=0), expected, rtol=1e-12)


def test_orders_are_uniform_permutations():
    orders = draw_orders(0, 6000, 4)
    assert_array_equal(np.sort(orders, axis=1), np.tile(np.arange(4), (6000, 1)))
    _, counts = np.unique(orders, axis=0, return_counts=True)
    assert len(counts) == 24
    assert chisquare(counts).pvalue > 0.01


def test_orders_depend_on_the_seed_alone():
    assert_array_equal(draw_orders(3, 10, 8), draw_orders(3, 10, 8))
    assert (draw_orders(3, 10, 8) != draw_orders(4, 10, 8)).any()
