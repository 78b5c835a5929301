"""Interactions by circles: the algebra, the cost, the errors, and what a row depends on."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interactions_by_definition import interactions_over_orders
from numpy.testing import assert_allclose, assert_array_equal
from recording import Recording, tables

from skxai import TabularMasker
from skxai._coalitions import CoalitionGame
from skxai.predictors import as_predictor
from skxai.shapley._interactions import (
    arcs,
    circle_cost,
    interaction_cost,
    interaction_repeats,
    interactions_of_circles,
)
from skxai.shapley._sampling import enumerate_interactions, walk_interactions


def bumpy(X):
    """Interactions of two to five players; its arithmetic rounds alike in any batch."""
    a, b, c, d, e = X.T[:5]
    rest = X[:, 5:].max(axis=1) if X.shape[1] > 5 else 0
    return a * b + np.maximum(a * c, d) * e + np.abs(b + c + d) * np.maximum(a, rest)


def game_of(function, X, background, **masker):
    masker = TabularMasker(**masker).fit(background)
    model = Recording(function)
    predictor = as_predictor(model, background)
    ends = predictor(background), predictor(X)
    model.forget()
    return (CoalitionGame(predictor, masker.bind(X)), *ends, masker.weights_), model


def worth_of_arcs(worths, order):
    """Values of the arcs of one circle in a game given by the players' bits, in a plain loop."""
    n_players = len(order)
    table = np.empty((1, n_players, n_players + 1, worths.shape[1]))
    for head in range(n_players):
        for length in range(n_players + 1):
            members = [order[(head + step) % n_players] for step in range(length)]
            table[0, head, length] = worths[sum(2**j for j in members)]
    return table


def around(worths, order):
    """Interactions estimated from one circle, by player."""
    found = interactions_of_circles(worth_of_arcs(worths, order))[0]
    place = np.argsort(order)
    return found[place][:, place]


# -- algebra -------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_players", [2, 3, 5, 8])
def test_arcs_are_neighbours_and_come_with_their_complements(n_players):
    found = arcs(n_players, np.arange(n_players)).reshape(-1, n_players)
    assert len(found) == circle_cost(n_players)
    sets = {row.tobytes() for row in found}
    assert len(sets) == len(found)
    assert {(~row).tobytes() for row in found} == sets
    changes = (found != np.roll(found, 1, axis=1)).sum(axis=1)
    assert_array_equal(changes, 2)


@pytest.mark.parametrize("n_players", [1, 2, 3, 4, 5])
def test_all_circles_together_give_the_interactions(n_players):
    worths = np.random.default_rng(0).normal(size=(2**n_players, 2))
    found = [around(worths, order) for order in permutations(range(n_players))]
    expected = interactions_over_orders(
        lambda members: worths[sum(2**j for j in members)], n_players
    )
    assert_allclose(np.mean(found, axis=0), expected, rtol=1e-10, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n_players=st.integers(1, 7))
def test_one_circle_keeps_the_axioms(seed, n_players):
    rng = np.random.default_rng(seed)
    worths, order = rng.normal(size=(2**n_players, 2)), rng.permutation(n_players)
    found = around(worths, order)
    assert_array_equal(found, found.transpose(1, 0, 2))
    assert_allclose(found.sum(axis=(0, 1)), worths[-1] - worths[0], atol=1e-12)
    # What all others change for a player, as they sum in the index itself.
    everybody = 2**n_players - 1
    for player in range(n_players if n_players > 1 else 0):
        last = worths[everybody] - worths[everybody - 2**player]
        first = worths[2**player] - worths[0]
        off_diagonal = found[player].sum(axis=0) - found[player, player]
        assert_allclose(2 * off_diagonal, last - first, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), n_players=st.integers(2, 7))
def test_one_circle_is_exact_for_interactions_of_two_and_three(seed, n_players):
    # Terms of three cancel between the two sides of the circle, off the diagonal.
    rng = np.random.default_rng(seed)
    members = (np.arange(2**n_players)[:, None] >> np.arange(n_players)) & 1
    twos, threes = rng.normal(size=(n_players,) * 2), rng.normal(size=(n_players,) * 3)
    quadratic = np.einsum("si,sj,ij->s", members, members, twos)[:, None]
    # Half of what a pair earns is on either side of the diagonal.
    found = around(quadratic, rng.permutation(n_players))[:, :, 0]
    assert_allclose(found, (twos + twos.T) / 2, atol=1e-11)
    cubic = quadratic + np.einsum("si,sj,sk,ijk->s", members, members, members, threes)[:, None]
    first, second = (around(cubic, rng.permutation(n_players)) for _ in range(2))
    off_diagonal = ~np.eye(n_players, dtype=bool)
    assert_allclose(first[off_diagonal], second[off_diagonal], atol=1e-10)


# -- models --------------------------------------------------------------------------------------


def test_circles_estimate_the_interactions():
    X, background = tables(2, 10, n_columns=8)
    game, _ = game_of(bumpy, X, background, weights=np.arange(1, 11))
    exact = enumerate_interactions(*game)
    values, errors = walk_interactions(*game, seeds=range(4))
    assert_array_equal(values, values.transpose(0, 2, 1, 3))
    assert_array_equal(errors, errors.transpose(0, 2, 1, 3))
    assert_allclose(values.sum(axis=(1, 2)), exact.sum(axis=(1, 2)), atol=1e-12)
    assert errors.max() > 1e-3
    assert (np.abs(values - exact) <= 5 * errors + 1e-12).all()
    assert np.abs(values - exact).max() > 1e-4


def test_products_of_many_players():
    # Twenty-four players against zero; in a product of k, pairs have the index 1 / (k - 1).
    parts = [[0, 1, 2, 3], [3, 4, 5, 6, 7], [8, 9], [2, 10, 11], [12]]

    def products(X):
        return sum(X[:, part].prod(axis=1) for part in parts)

    game, _ = game_of(products, np.ones((1, 24)), np.zeros((1, 24)))
    values, errors = walk_interactions(*game, seeds=range(40))
    pairs, shares = np.zeros((24, 24)), np.zeros(24)
    for part in parts:
        pairs[np.ix_(part, part)] += 1 / max(len(part) - 1, 1) / 2
        shares[part] += 1 / len(part)
    np.fill_diagonal(pairs, 0)
    expected = pairs + np.diag(shares - pairs.sum(axis=1))
    deviations = np.abs(values[0, :, :, 0] - expected)
    assert (deviations <= 4.5 * errors[0, :, :, 0] + 1e-12).all()
    assert_array_equal(values[0, 13:], np.zeros((11, 24, 1)))  # players of no product
    assert errors[0, 0, 1, 0] > 1e-3


def test_players_that_do_not_differ_cost_nothing():
    X, background = tables(2, 6, n_columns=9)
    background[:, [1, 4]] = X[0, [1, 4]]
    game, model = game_of(bumpy, X, background)
    values, errors = walk_interactions(*game, seeds=[0, 1])
    assert_array_equal(game[0].n_evals, [2 * 6 * 7 * 6, 2 * 6 * 9 * 8])
    assert model.n_rows == game[0].n_evals.sum()
    for array in (values, errors):
        assert_array_equal(array[0, [1, 4]], np.zeros((2, 9, 1)))
        assert_array_equal(array[0, :, [1, 4]], np.zeros((2, 9, 1)))
    assert (values[1, [1, 4], [1, 4]] != 0).all()


@pytest.mark.parametrize(("n_columns", "n_repeats"), [(5, 2), (6, 3), (8, 5)])
def test_all_coalitions_are_evaluated_where_that_costs_no_more(n_columns, n_repeats):
    X, background = tables(2, 3, n_columns=n_columns)
    background[0, :2] = X[0, :2]
    game, _ = game_of(bumpy, X, background)
    values, errors = walk_interactions(*game, seeds=range(n_repeats))
    assert (game[0].n_evals <= n_repeats * interaction_cost(n_columns, 3)).all()
    assert game[0].n_evals[1] == 3 * (2**n_columns - 2)
    assert_array_equal(errors, np.zeros_like(values))
    assert_allclose(values, enumerate_interactions(*game), rtol=1e-12)


def test_several_outputs_cost_no_more():
    X, background = tables(2, 4, n_columns=8)
    one, model = game_of(bumpy, X, background)
    many, model_of_many = game_of(
        lambda X: np.column_stack([X[:, 0], bumpy(X), -bumpy(X)]), X, background
    )
    values, errors = walk_interactions(*one, seeds=[3, 4])
    values_of_many, errors_of_many = walk_interactions(*many, seeds=[3, 4])
    assert model.n_rows == model_of_many.n_rows
    both = np.concatenate([values, -values], axis=3)
    assert_allclose(values_of_many[..., 1:], both, rtol=1e-11, atol=1e-14)
    assert_allclose(errors_of_many[..., 1], errors[..., 0], rtol=1e-11, atol=1e-14)


def test_rows_do_not_depend_on_each_other(monkeypatch):
    X, background = tables(6, 5, n_columns=9)
    background[0, :2] = X[3, :2]
    background[4, 1:8] = X[2, 1:8]

    def explain(rows):
        return walk_interactions(*game_of(bumpy, X[rows], background)[0], seeds=[0, 1, 2])

    together = explain(range(6))
    for row in range(6):
        for whole, alone in zip(together, explain([row])):
            assert_array_equal(alone[0], whole[row])
    monkeypatch.setattr("skxai.shapley._sampling.states_per_batch", lambda n_players: 30)
    monkeypatch.setattr("skxai.shapley._sampling._MAX_CELLS", 100)
    for whole, in_parts in zip(together, explain(range(6))):
        assert_array_equal(in_parts, whole)


def test_batches_stay_bounded(monkeypatch):
    X, background = tables(3, 4, n_columns=12)
    game, model = game_of(bumpy, X, background)
    monkeypatch.setattr("skxai.shapley._sampling.states_per_batch", lambda n_players: 100)
    walk_interactions(*game, seeds=[0])
    assert model.n_rows == 3 * 4 * 12 * 11
    assert max(len(part) for part in model.seen) <= 100


# -- errors --------------------------------------------------------------------------------------


def test_a_single_repetition_has_no_errors():
    game, _ = game_of(bumpy, *tables(1, 4, n_columns=8))
    values, errors = walk_interactions(*game, seeds=[0])
    assert errors is None
    assert_allclose(values.sum(), game[2].sum() - game[1].mean(), atol=1e-12)


def test_spread_between_background_rows_is_no_error():
    X, background = tables(2, 20, n_columns=9)
    game, _ = game_of(lambda X: (X[:, 0] + X[:, 5]) * X[:, 1] + X[:, 2] ** 2, X, background)
    _, errors = walk_interactions(*game, seeds=[0, 1])
    assert_allclose(errors, 0, atol=1e-14)


@pytest.mark.parametrize("weights", [None, [5, 1, 1, 0, 2, 1, 9, 1]])
def test_errors_are_those_of_repeated_fits(weights):
    # The mean of the squared standard errors is the variance of the estimates, and no bias is left.
    game, _ = game_of(bumpy, *tables(1, 8, n_columns=7), weights=weights)
    exact = enumerate_interactions(*game)
    runs = [walk_interactions(*game, seeds=[2 * run, 2 * run + 1]) for run in range(300)]
    variance = np.var([values for values, _ in runs], axis=0, ddof=1)
    claimed = np.mean([errors**2 for _, errors in runs], axis=0)
    varies = variance > 1e-20
    assert varies.sum() > 30
    assert_allclose(claimed[varies], variance[varies], rtol=0.35)
    deviations = np.mean([values for values, _ in runs], axis=0) - exact
    assert (np.abs(deviations) <= 4.5 * np.sqrt(variance / 300) + 1e-12).all()


@pytest.mark.parametrize("n_background", [5, 25, 60])
def test_nominal_95_percent_intervals_cover_by_default(n_background):
    game, _ = game_of(bumpy, *tables(2, n_background, n_columns=9))
    exact = enumerate_interactions(*game)
    n_repeats = interaction_repeats(None, 9, n_background)
    # With few background rows, circles would cost more than all coalitions.
    n_repeats = min(n_repeats, 7)
    inside = []
    for run in range(15):
        seeds = range(n_repeats * run, n_repeats * (run + 1))
        values, errors = walk_interactions(*game, seeds=seeds)
        assert errors.max() > 0
        inside.append(np.abs(values - exact) <= 1.96 * errors + 1e-12)
    diagonal = np.eye(9, dtype=bool)
    inside = np.mean(inside, axis=(0, 1, 4))
    assert 0.88 <= inside[diagonal].mean() <= 0.98
    assert 0.88 <= inside[~diagonal].mean() <= 0.98


# -- budgets -------------------------------------------------------------------------------------


def test_budgets_in_model_rows():
    assert interaction_cost(10, 100) == 9000
    assert interaction_repeats(9000, 10, 100) == 1
    assert interaction_repeats(26_999, 10, 100) == 2
    assert interaction_repeats(1, 1, 100) == 1  # nothing to evaluate
    game, _ = game_of(bumpy, *tables(1, 7, n_columns=9))
    walk_interactions(*game, seeds=[0, 1, 2])
    assert interaction_repeats(int(game[0].n_evals[0]), 9, 7) == 3


def test_default_budgets_leave_enough_degrees_of_freedom():
    assert interaction_repeats(None, 10, 1000) == 2
    for n_background in (1, 3, 20, 49, 50, 51, 100):
        repeats = interaction_repeats(None, 10, n_background)
        assert repeats >= 2
        assert 50 <= (repeats - 1) * n_background < 50 + n_background


def test_a_budget_that_is_too_small_is_named():
    with pytest.raises(ValueError, match=r"max_evals is 8999, but .* 10 players take 9000 model"):
        interaction_repeats(8999, 10, 100)


def test_a_large_default_warns():
    with pytest.warns(UserWarning, match="take 1,980,000 model rows"):
        assert interaction_repeats(None, 100, 100) == 2
