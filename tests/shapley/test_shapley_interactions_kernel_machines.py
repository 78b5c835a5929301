"""Interactions of kernel machines: by hand, by definition, by enumeration; both methods."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interactions_by_definition import explain_interactions, interactions_over_orders
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from test_shapley_kernel_machines import METHODS, outputs, random_form

from skxai import TabularMasker
from skxai._coalitions import CoalitionGame
from skxai.predictors import as_predictor
from skxai.predictors._kernels import KernelForm
from skxai.shapley._closed_forms import find_closed_form
from skxai.shapley._kernel_machines import KernelGame, product_interactions
from skxai.shapley._sampling import enumerate_interactions


def test_three_factors_by_hand():
    # From 1 to 2 each: the difference of differences is 1 with the third absent and 2 with it
    # present, so I = 3/2. Each value is 7/3.
    found = product_interactions(np.full((3, 1), 2.0), np.ones((3, 1)), np.ones((1, 1)))
    expected = np.full((3, 3), 0.75)
    np.fill_diagonal(expected, 7 / 3 - 1.5)
    assert_allclose(found[:, :, 0], expected, rtol=1e-13)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), n_players=st.integers(1, 5))
def test_products_by_definition(seed, n_players):
    rng = np.random.default_rng(seed)
    p, q = np.exp(-rng.exponential(3, size=(2, n_players, 2)))
    amounts = rng.normal(size=(1, 2))

    def worth(coalition):
        present = np.isin(np.arange(n_players), list(coalition))
        return np.where(present[:, None], p, q).prod(axis=0) @ amounts[0]

    expected = interactions_over_orders(worth, n_players)
    found = product_interactions(p, q, amounts)[:, :, 0]
    assert_allclose(found, expected, rtol=1e-9, atol=1e-14)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    owners=st.permutations([0, 0, 1, 2, 3]),
    n_outputs=st.integers(1, 2),
    power=st.sampled_from([1, 2]),
)
@pytest.mark.parametrize("method", METHODS)
def test_by_definition_with_groups_and_weights(method, seed, owners, n_outputs, power):
    rng = np.random.default_rng(seed)
    form = random_form(rng, 4, 5, n_outputs, power)
    X, background = rng.normal(size=(2, 5)), rng.normal(size=(3, 5))
    weights = rng.dirichlet(np.ones(3))
    groups = [[j for j, owner in enumerate(owners) if owner == player] for player in range(4)]
    expected = explain_interactions(
        lambda rows: outputs(form, rows), X, background, weights, groups
    )
    game = KernelGame(form, background, weights, owners, 4, method)
    assert_allclose(game.interactions(X), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n_players", [1, 2, 7, 11])
def test_both_methods_agree_and_rows_sum_to_the_values(n_players, monkeypatch):
    # Small blocks, so that several are put together.
    monkeypatch.setattr("skxai.shapley._kernel_machines._BLOCK_CELLS", 256)
    monkeypatch.setattr("skxai.shapley._kernel_machines._ALIVE_CELLS", 2048)
    monkeypatch.setattr("skxai.shapley._kernel_machines._LEAST_POINTS", 3)
    rng = np.random.default_rng(0)
    form = random_form(rng, 23, n_players, n_outputs=3)
    form = form._replace(gammas=form.gammas / n_players)
    background, X = rng.normal(size=(17, n_players)), rng.normal(size=(12, n_players))
    weights = rng.dirichlet(np.ones(17))
    games = [
        KernelGame(form, background, weights, range(n_players), n_players, method)
        for method in METHODS
    ]
    first, second = (game.interactions(X) for game in games)
    assert first.shape == (12, n_players, n_players, 3)
    assert_allclose(first, second, rtol=1e-8, atol=1e-12)
    for game, found in zip(games, (first, second)):
        assert_array_equal(found, found.transpose(0, 2, 1, 3))
        assert_allclose(found.sum(axis=2), game.values(X), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("method", METHODS)
def test_rows_far_from_all_points(method):
    rng = np.random.default_rng(0)
    form = random_form(rng, 6, 4)
    background = np.vstack([rng.normal(size=(3, 4)), np.full((1, 4), 1e3)])
    X = np.vstack([np.full((1, 4), -1e3), rng.normal(size=(1, 4)), np.full((1, 4), 1e3)])
    X[1, 3] = 1e4
    weights = np.full(4, 0.25)
    found = KernelGame(form, background, weights, range(4), 4, method).interactions(X)
    expected = explain_interactions(lambda rows: outputs(form, rows), X, background, weights)
    assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_a_row_does_not_depend_on_the_others(method):
    rng = np.random.default_rng(0)
    form = random_form(rng, 30, 8, n_outputs=2)
    background, X = rng.normal(size=(20, 8)), rng.normal(size=(150, 8))
    game = KernelGame(form, background, np.full(20, 0.05), range(8), 8, method)
    together = game.interactions(X)
    for row in (0, 77, 149):
        assert_array_equal(game.interactions(X[[row]])[0], together[row])


@pytest.mark.parametrize("method", METHODS)
def test_a_machine_without_points_is_constant(method):
    form = KernelForm(np.zeros((0, 2)), np.zeros((1, 0)), np.zeros((0, 2)), np.ones(1), power=2)
    game = KernelGame(form, np.zeros((1, 2)), np.ones(1), [0, 1], 2, method)
    assert_array_equal(game.interactions(np.ones((3, 2))), np.zeros((3, 2, 2, 1)))


@pytest.mark.parametrize("method", METHODS)
def test_a_classifier_against_enumeration(method):
    X, labels = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), SVC()).fit(X, labels == 1)
    masker = TabularMasker(weights=np.arange(1, 16)).fit(X[::10])
    predictor = as_predictor(model, X[::10], response_method="decision_function")
    ends = predictor(X[::10]), predictor(X[5::30])
    game = CoalitionGame(predictor, masker.bind(X[5::30]))
    expected = enumerate_interactions(game, *ends, masker.weights_)
    known = find_closed_form(predictor, X[::10], ends[0], masker.weights_, masker.columns_).game
    machine = KernelGame(known.form, known.background, masker.weights_, range(4), 4, method)
    scaled = model[0].transform(X[5::30])
    assert_allclose(machine.interactions(scaled), expected, rtol=1e-8, atol=1e-10)
