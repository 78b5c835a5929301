"""The regression on pairs of coalitions: which are drawn, and what comes of them."""

from collections import Counter
from itertools import combinations, permutations
from math import comb

import numpy as np
import pytest
from by_definition import average_over_orders
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from skxai.shapley._exact import all_coalitions, shapley_of_table
from skxai.shapley._kernel import PairedDesign, draw_pairs, regression


def codes(present):
    """Each coalition as the integer of its bits."""
    return [int("".join(str(int(bit)) for bit in row), 2) for row in present]


def random_game(seed, n_players, n_outputs=1):
    """Worth of every coalition, in the order of their codes read from the last player on."""
    return np.random.default_rng(seed).normal(size=(1, 2**n_players, n_outputs))


def differences_of(table, design):
    """worth(S) - worth(not S) of a table of all coalitions."""
    n_players = design.present.shape[1]
    position = {code: k for k, code in enumerate(codes(all_coalitions(n_players)))}
    present = [position[code] for code in codes(design.present)]
    absent = [position[code] for code in codes(~design.present)]
    return table[:, present] - table[:, absent]


def estimate(table, design):
    return regression(design).solve(differences_of(table, design), table[:, -1] - table[:, 0])


def by_size(n_players):
    """How many complementary pairs there are of each size of the smaller coalition."""
    return {
        size: comb(n_players, size) // (2 if 2 * size == n_players else 1)
        for size in range(1, n_players // 2 + 1)
    }


# -- drawing -------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n_players=st.integers(2, 9), n_pairs=st.integers(1, 300))
def test_pairs_are_different_and_balanced(seed, n_players, n_pairs):
    design = draw_pairs(seed, n_players, n_pairs)
    n_drawn = len(design.present)
    assert n_drawn == min(n_pairs, 2 ** (n_players - 1) - 1)
    assert design.present.shape == (n_drawn, n_players)
    both = set(codes(design.present)) | set(codes(~design.present))
    assert len(both) == 2 * n_drawn  # none twice, and none with its complement
    assert not both & {0, 2**n_players - 1}
    available = by_size(n_players)
    drawn = Counter(design.present.sum(axis=1).tolist())
    assert set(drawn) <= set(available)
    open_sizes = [size for size in available if drawn[size] < available[size]]
    for size in open_sizes:
        assert max(drawn.values()) - drawn[size] <= 1 or max(drawn.values()) == drawn[size]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 99), n_players=st.integers(2, 9), n_pairs=st.integers(1, 300))
def test_weights_are_those_of_the_shapley_kernel(seed, n_players, n_pairs):
    design = draw_pairs(seed, n_players, n_pairs)
    sizes = design.present.sum(axis=1)
    for size, n_available in by_size(n_players).items():
        own = sizes == size
        if own.any():
            kernel = (n_players - 1) / (comb(n_players, size) * size * (n_players - size))
            expected = n_available * kernel / (n_players - 1)  # any common factor will do
            assert_allclose(design.weights[own].sum(), expected, rtol=1e-12)
            assert_allclose(design.weights[own], design.weights[own][0], rtol=1e-12)
            assert_array_equal(design.available[own], n_available)


def test_sizes_of_many_players():
    design = draw_pairs(0, n_players=40, n_pairs=1000)
    drawn = Counter(design.present.sum(axis=1).tolist())
    assert drawn[1] == 40  # all there are
    rest = [drawn[size] for size in range(2, 21)]
    assert sum(rest) == 960
    assert max(rest) - min(rest) == 1
    assert len(set(codes(design.present))) == 1000


def test_the_remainder_goes_to_any_size():
    # A single pair of six players: of size 1, 2 or 3.
    sizes = [int(draw_pairs(seed, 6, 1).present.sum()) for seed in range(60)]
    assert min(Counter(sizes)[size] for size in (1, 2, 3)) >= 8


def test_players_are_drawn_alike():
    present = np.concatenate([draw_pairs(seed, 8, 20).present for seed in range(300)])
    for size in (2, 3, 4):
        own = present[present.sum(axis=1) == size]
        # Of the middle size, each pair is kept as the coalition that holds the first player.
        shares = own.mean(axis=0) if size < 4 else own[:, 1:].mean(axis=0)
        expected = size / 8 if size < 4 else 3 / 7
        assert np.abs(shares - expected).max() < 4 * np.sqrt(0.25 / len(own))


def test_the_seed_tells_the_draw():
    one, same, other = draw_pairs(3, 12, 50), draw_pairs(3, 12, 50), draw_pairs(4, 12, 50)
    assert_array_equal(one.present, same.present)
    assert (one.present != other.present).any()


# -- solving -------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n_players=st.integers(2, 8), n_outputs=st.integers(1, 3))
def test_all_pairs_are_exact(seed, n_players, n_outputs):
    table = random_game(seed, n_players, n_outputs)
    values, errors = estimate(table, draw_pairs(seed, n_players, 2**n_players))
    assert_allclose(values, shapley_of_table(table), atol=1e-11)
    assert_array_equal(errors, np.zeros(values.shape))
    assert_allclose(values.sum(axis=1), table[:, -1] - table[:, 0], atol=1e-11)


@pytest.mark.parametrize("n_players", [2, 3, 4, 5])
def test_all_pairs_by_definition(n_players):
    table = random_game(n_players, n_players)
    position = {code: k for k, code in enumerate(codes(all_coalitions(n_players)))}

    def worth(coalition):
        present = np.isin(np.arange(n_players), list(coalition))
        return table[0, position[codes([present])[0]], 0]

    values, _ = estimate(table, draw_pairs(0, n_players, 2**n_players))
    assert_allclose(values[0, :, 0], average_over_orders(worth, n_players), atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n_players=st.integers(2, 9), n_pairs=st.integers(1, 60))
def test_the_sum_is_kept_even_with_few_pairs(seed, n_players, n_pairs):
    table = random_game(seed, n_players, 2)
    values, errors = estimate(table, draw_pairs(seed, n_players, n_pairs))
    assert_allclose(values.sum(axis=1), table[:, -1] - table[:, 0], atol=1e-10)
    assert np.isfinite(errors).all()


@pytest.mark.parametrize("n_pairs", [12, 20, 60, 100])
def test_the_slopes_are_those_of_constrained_least_squares(n_pairs):
    # By Lagrange's multiplier, on 0/1 indicators and both coalitions of each pair.
    design, table = draw_pairs(1, 8, n_pairs), random_game(5, 8)
    rows = np.concatenate([design.present, ~design.present]).astype(float)
    weights = np.tile(design.weights, 2)
    position = {code: k for k, code in enumerate(codes(all_coalitions(8)))}
    worth = table[0, [position[code] for code in codes(rows.astype(bool))], 0] - table[0, 0, 0]
    system = np.ones((9, 9))
    system[8, 8] = 0
    system[:8, :8] = rows.T @ (weights[:, None] * rows)
    total = table[0, -1, 0] - table[0, 0, 0]
    right = np.append(rows.T @ (weights * worth), total)
    expected = np.linalg.solve(system, right)[:8]
    fit = regression(design)
    remaining = differences_of(table, design)[0, :, 0] - fit.along * total / 8
    assert_allclose(fit.slopes @ remaining + total / 8, expected, atol=1e-9)


@pytest.mark.parametrize(("n_single", "n_double"), [(5, 4), (5, 9), (4, 6), (3, 8)])
def test_errors_are_honest_over_all_designs(n_single, n_double):
    # All ways to draw so many coalitions of one player and of two, out of five.
    table = random_game(3, 5)
    of_size = {
        size: [np.isin(np.arange(5), members) for members in combinations(range(5), size)]
        for size in (1, 2)
    }
    drawn = [(1, n_single, 5, 4), (2, n_double, 10, 6)]  # size, number, available, s · (n - s)
    weights = np.concatenate([np.full(n, 1 / (kernel * n)) for _, n, _, kernel in drawn])
    available = np.concatenate([np.full(n, float(there)) for _, n, there, _ in drawn])
    found = [
        estimate(table, PairedDesign(np.array(singles + doubles), weights, available))
        for singles in combinations(of_size[1], n_single)
        for doubles in combinations(of_size[2], n_double)
    ]
    values, errors = np.array(found)[:, :, 0, :, 0].swapaxes(0, 1)
    claimed = (errors**2).mean(axis=0)
    made = ((values - shapley_of_table(table)[0, :, 0]) ** 2).mean(axis=0)
    assert ((claimed > 0.8 * made) & (claimed < 1.3 * made)).all()


@pytest.mark.parametrize(
    ("n_players", "n_pairs"), [(2, 1), (3, 3), (4, 5), (4, 7), (5, 6), (5, 10), (5, 14), (6, 13)]
)
def test_the_mean_over_all_relabellings_of_a_design_is_exact(n_players, n_pairs):
    table, design = random_game(3, n_players), draw_pairs(7, n_players, n_pairs)
    coalitions = all_coalitions(n_players)
    found = []
    for order in permutations(range(n_players)):
        # In the game of these labels, player k is player order[k] of the game.
        original = np.zeros_like(coalitions)
        original[:, list(order)] = coalitions
        relabelled = table[:, original @ 2 ** np.arange(n_players)]
        values = np.empty(n_players)
        values[list(order)] = estimate(relabelled, design)[0][0, :, 0]
        found.append(values)
    assert_allclose(np.mean(found, axis=0), shapley_of_table(table)[0, :, 0], atol=1e-11)


def test_an_additive_game_is_found_from_a_pair_for_each_player():
    gains = np.array([3.0, -1.0, 0.5, 2.0, 0.0, 7.0, -4.0, 1.0, 0.0, 2.5])
    table = (all_coalitions(10) @ gains).reshape(1, -1, 1)
    design = draw_pairs(2, 10, 30)
    values, errors = estimate(table, design)
    assert_allclose(values[0, :, 0], gains, atol=1e-12)
    assert_allclose(errors, 0, atol=1e-12)


@pytest.mark.parametrize(("n_players", "n_pairs"), [(45, 225), (60, 600), (77, 770), (100, 2000)])
def test_many_players_do_not_blow_up(n_players, n_pairs):
    # The regressors are of lower rank than they are wide, but for rounding.
    gains = np.linspace(-1, 2, n_players)
    noise = np.random.default_rng(0).normal(scale=0.01, size=n_pairs)
    for seed in range(3):
        design = draw_pairs(seed, n_players, n_pairs)
        differences = np.where(design.present, 1, -1) @ gains + noise
        values, errors = regression(design).solve(
            differences.reshape(1, -1, 1), gains.sum().reshape(1, 1)
        )
        assert_allclose(values[0, :, 0], gains, atol=0.02)
        assert errors.max() < 0.01


def test_games_do_not_touch_each_other():
    tables = np.concatenate([random_game(seed, 6, 2) for seed in range(3)])
    design = draw_pairs(0, 6, 15)
    values, errors = estimate(tables, design)
    for k in range(3):
        alone = estimate(tables[k : k + 1], design)
        assert_allclose(values[k], alone[0][0], atol=1e-13)
        assert_allclose(errors[k], alone[1][0], atol=1e-13)


@pytest.mark.parametrize("n_pairs", [20, 40, 100, 300])
def test_nominal_95_percent_intervals_cover(n_pairs):
    present = all_coalitions(10).astype(float)
    game = np.tanh(present @ np.linspace(-1, 1.5, 10)) + present[:, 0] * present[:, 4:7].prod(
        axis=1
    )
    table = game.reshape(1, -1, 1)
    exact = shapley_of_table(table)
    runs = [estimate(table, draw_pairs(seed, 10, n_pairs)) for seed in range(150)]
    inside = [np.abs(values - exact) <= 1.96 * errors for values, errors in runs]
    assert 0.92 <= np.mean(inside) <= 0.99
    variance = np.var([values for values, _ in runs], axis=0, ddof=1)
    assert variance.min() > 0
    claimed = np.mean([errors**2 for _, errors in runs], axis=0)
    # With two pairs for each player they are too large.
    assert 0.8 < np.mean(claimed / variance) < (2.5 if n_pairs == 20 else 1.5)
