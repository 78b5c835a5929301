"""Interactions by enumeration: games with known answers, axioms, and the definition."""

from itertools import combinations

import numpy as np
import pytest
from by_definition import average_over_orders
from hypothesis import given, settings
from hypothesis import strategies as st
from interactions_by_definition import explain_interactions, interactions_over_orders
from numpy.testing import assert_allclose, assert_array_equal
from recording import Recording, tables, uneven

from skxai import TabularMasker
from skxai._coalitions import CoalitionGame
from skxai.predictors import as_predictor
from skxai.shapley._exact import all_coalitions, interactions_of_table
from skxai.shapley._sampling import enumerate_interactions, enumerate_rows


def interactions_of(function, n_players):
    """Of a game given as a function of the boolean array of coalitions."""
    worth = function(all_coalitions(n_players).astype(float))
    return interactions_of_table(worth.reshape(1, -1, 1))[0, :, :, 0]


def game_of(function, X, background, **masker):
    masker = TabularMasker(**masker).fit(background)
    model = Recording(function)
    predictor = as_predictor(model, background)
    ends = predictor(background), predictor(X)
    model.forget()
    return (CoalitionGame(predictor, masker.bind(X)), *ends, masker.weights_), model


# -- games with known answers --------------------------------------------------------------------


def test_three_players_of_the_lecture():
    # x1 (x2 + x3): I is 1 for the first with each other, and no player earns anything alone.
    found = interactions_of(lambda x: x[:, 0] * (x[:, 1] + x[:, 2]), 3)
    assert_allclose(found, [[0, 0.5, 0.5], [0.5, 0, 0], [0.5, 0, 0]], atol=1e-15)


def test_product_of_three():
    # I is 1/2 for each pair; each value is 1/3, so the main effect is 1/3 - 1/4 - 1/4.
    found = interactions_of(lambda x: x.prod(axis=1), 3)
    assert_allclose(found, np.full((3, 3), 0.25) - np.eye(3) * (0.25 + 1 / 6), atol=1e-15)


@pytest.mark.parametrize("members", [(2,), (0, 4), (1, 2, 5), (0, 1, 3, 4), (0, 1, 2, 3, 4, 5)])
def test_unanimity_games(members):
    # 1 if all members are there: I is 1 / (|T| - 1) for pairs of members, 0 for all others.
    found = interactions_of(lambda x: x[:, list(members)].prod(axis=1), 6)
    expected = np.zeros((6, 6))
    for i, j in combinations(members, 2):
        expected[i, j] = expected[j, i] = 1 / (len(members) - 1) / 2
    for i in members:
        expected[i, i] = 1 / len(members) - expected[i].sum()
    assert_allclose(found, expected, atol=1e-14)


def test_one_player_has_only_a_main_effect():
    assert_allclose(interactions_of(lambda x: 3 + 2 * x[:, 0], 1), [[2]])


# -- axioms --------------------------------------------------------------------------------------

SEEDS = st.integers(0, 10**6)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, n_players=st.integers(1, 5), n_outputs=st.integers(1, 3))
def test_tables_by_definition(seed, n_players, n_outputs):
    worth = np.random.default_rng(seed).normal(size=(2, 2**n_players, n_outputs))
    found = interactions_of_table(worth)
    for game in range(2):
        expected = interactions_over_orders(
            lambda members, table=worth[game]: table[sum(2**j for j in members)], n_players
        )
        assert_allclose(found[game], expected, rtol=1e-10, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, n_players=st.integers(1, 7))
def test_axioms(seed, n_players):
    rng = np.random.default_rng(seed)
    worth, other = rng.normal(size=(2, 1, 2**n_players, 1))
    found = interactions_of_table(worth)
    assert_array_equal(found, found.transpose(0, 2, 1, 3))
    assert_allclose(found.sum(), worth[0, -1, 0] - worth[0, 0, 0], atol=1e-12)
    combined = interactions_of_table(2 * worth - 3 * other)
    assert_allclose(combined, 2 * found - 3 * interactions_of_table(other), atol=1e-11)
    # Renaming the players renames the interactions.
    order = rng.permutation(n_players)
    renamed = worth[:, (all_coalitions(n_players)[:, order] << np.arange(n_players)).sum(axis=1)]
    back = np.argsort(order)
    assert_allclose(interactions_of_table(renamed), found[:, back][:, :, back], atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, n_players=st.integers(2, 6), data=st.data())
def test_a_player_that_only_adds_has_no_interactions(seed, n_players, data):
    player = data.draw(st.integers(0, n_players - 1))
    coalitions = all_coalitions(n_players)
    worth = np.random.default_rng(seed).normal(size=2**n_players)
    without = coalitions @ 2 ** np.arange(n_players) & ~(1 << player)
    found = interactions_of_table((worth[without] + 5 * coalitions[:, player]).reshape(1, -1, 1))
    assert_allclose(found[0, player, :, 0], 5 * (np.arange(n_players) == player), atol=1e-12)


# -- models --------------------------------------------------------------------------------------


@pytest.mark.parametrize("groups", [None, [[0, 3], [1], [2, 4]]])
def test_models_by_definition_with_weights_and_groups(groups):
    X, background = tables(3, 4)
    background[1, 2:] = X[0, 2:]  # fewer players in some pairs
    background[2, [0, 3]] = X[1, [0, 3]]

    def two(X):
        return np.column_stack([uneven(X), X[:, 0] * X[:, 1] * X[:, 2]])

    game, _ = game_of(two, X, background, groups=groups, weights=[1, 2, 3, 0.5])
    expected = explain_interactions(two, X, background, [1, 2, 3, 0.5], groups)
    assert_allclose(enumerate_interactions(*game), expected, rtol=1e-9, atol=1e-12)


def test_rows_of_the_matrix_sum_to_the_values():
    game, _ = game_of(uneven, *tables(3, 6))
    values = enumerate_rows(*game)
    assert_allclose(enumerate_interactions(*game).sum(axis=2), values, rtol=1e-10, atol=1e-13)


def test_only_players_that_differ_are_evaluated():
    X, background = tables(2, 6)
    background[:, [1, 4]] = X[0, [1, 4]]  # three of five players differ, for the first row
    game, model = game_of(uneven, X, background)
    found = enumerate_interactions(*game)
    assert_array_equal(game[0].n_evals, [6 * (2**3 - 2), 6 * (2**5 - 2)])
    assert model.n_rows == game[0].n_evals.sum()
    assert_array_equal(found[0, [1, 4]], np.zeros((2, 5, 1)))
    assert_array_equal(found[0, :, [1, 4]], np.zeros((2, 5, 1)))


def test_a_row_that_is_the_background_has_nothing_to_share():
    _, background = tables(1, 1)
    game, model = game_of(uneven, background.copy(), background)
    assert_array_equal(enumerate_interactions(*game), np.zeros((1, 5, 5, 1)))
    assert model.n_rows == 0


def test_rows_do_not_depend_on_each_other(monkeypatch):
    X, background = tables(7, 5)
    background[0, :2] = X[3, :2]

    def exact(X):  # products and maxima round alike in any batch
        return X[:, 0] * X[:, 1] * X[:, 4] + np.maximum(X[:, 2], X[:, 3]) * X[:, 0]

    together = enumerate_interactions(*game_of(exact, X, background)[0])
    for row in range(7):
        alone = enumerate_interactions(*game_of(exact, X[[row]], background)[0])
        assert_array_equal(alone[0], together[row])
    monkeypatch.setattr("skxai.shapley._sampling.states_per_batch", lambda n_players: 40)
    monkeypatch.setattr("skxai.shapley._sampling._MAX_CELLS", 50)
    in_parts = enumerate_interactions(*game_of(exact, X, background)[0])
    assert_array_equal(in_parts, together)


def test_the_oracle_knows_the_values_too():
    worths = np.random.default_rng(0).normal(size=16)

    def worth(members):
        return worths[sum(2**j for j in members)]

    matrix = interactions_over_orders(worth, 4)
    assert_allclose(matrix.sum(axis=1), average_over_orders(worth, 4), rtol=1e-12)
