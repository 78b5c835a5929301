"""Kernel machines: by hand, by definition, by enumeration; both methods; far-off rows."""

import tracemalloc

import numpy as np
import pytest
from by_definition import average_over_orders, explain_by_definition
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR

from skxai import ShapleyExplainer, TabularMasker
from skxai.predictors._kernels import KernelForm, kernel_form_of
from skxai.shapley._closed_forms import find_closed_form
from skxai.shapley._kernel_machines import KernelGame, product_gains

METHODS = ["coalitions", "quadrature"]


def random_form(rng, n_points, n_columns, n_outputs=1, power=2):
    return KernelForm(
        points=rng.normal(size=(n_points, n_columns)),
        coef=rng.normal(size=(n_outputs, n_points)),
        gammas=rng.uniform(0, 2, size=(n_points, n_columns)),
        intercept=rng.normal(size=n_outputs),
        power=power,
    )


def outputs(form, rows):
    distances = np.abs(rows[:, None, :] - form.points) ** form.power
    return np.exp(-(distances * form.gammas).sum(axis=2)) @ form.coef.T + form.intercept


def test_two_factors_by_hand():
    # From 1·2 to 5·3: ((5-1)·2 + (5-1)·3) / 2 = 10 and ((3-2)·1 + (3-2)·5) / 2 = 3.
    gains = product_gains(np.array([[5.0], [3.0]]), np.array([[1.0], [2.0]]))
    assert_allclose(gains.ravel(), [10, 3], rtol=1e-14)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n_players=st.integers(1, 6))
def test_products_by_definition(seed, n_players):
    rng = np.random.default_rng(seed)
    p, q = np.exp(-rng.exponential(3, size=(2, n_players)))

    def worth(coalition):
        present = np.isin(np.arange(n_players), list(coalition))
        return np.where(present, p, q).prod()

    expected = average_over_orders(worth, n_players)
    assert_allclose(product_gains(p[:, None], q[:, None])[:, 0], expected, rtol=1e-10, atol=1e-16)


def test_products_of_many_factors_sum_to_the_difference():
    rng = np.random.default_rng(0)
    p, q = rng.uniform(0.8, 1, size=(2, 200, 7))
    total = p.prod(axis=0) - q.prod(axis=0)
    assert_allclose(product_gains(p, q).sum(axis=0), total, rtol=1e-10)


@settings(max_examples=25, deadline=None)
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
    expected = explain_by_definition(
        lambda rows: outputs(form, rows), X, background, weights, groups
    )
    values = KernelGame(form, background, weights, owners, 4, method).values(X)
    assert_allclose(values, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n_players", [1, 2, 7, 11])
def test_both_methods_agree_and_are_efficient(n_players, monkeypatch):
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
    first, second = (game.values(X) for game in games)
    assert_allclose(first, second, rtol=1e-9, atol=1e-12)
    total = outputs(form, X) - weights @ outputs(form, background)
    assert_allclose(second.sum(axis=1), total, rtol=0, atol=1e-10)


def test_the_cheaper_method_is_chosen():
    rng = np.random.default_rng(0)

    def chosen(n_players, n_background):
        form = random_form(rng, 5, n_players)
        background = rng.normal(size=(n_background, n_players))
        weights = np.full(n_background, 1 / n_background)
        return KernelGame(form, background, weights, range(n_players), n_players).method

    assert chosen(6, 50) == "coalitions"
    assert chosen(10, 1) == "quadrature"
    assert chosen(40, 50) == "quadrature"


@pytest.mark.parametrize("method", METHODS)
def test_rows_far_from_all_points(method):
    # Kernels of 1e-304 and less against kernels near 1: no NaN, and the sum still holds.
    rng = np.random.default_rng(0)
    form = random_form(rng, 6, 4)
    background = np.vstack([rng.normal(size=(3, 4)), np.full((1, 4), 1e3)])
    X = np.vstack([np.full((1, 4), -1e3), rng.normal(size=(1, 4)), np.full((1, 4), 1e3)])
    X[1, 3] = 1e4
    weights = np.full(4, 0.25)
    values = KernelGame(form, background, weights, range(4), 4, method).values(X)
    assert np.isfinite(values).all()
    total = outputs(form, X) - weights @ outputs(form, background)
    assert_allclose(values.sum(axis=1), total, rtol=0, atol=1e-12)
    expected = explain_by_definition(lambda rows: outputs(form, rows), X, background)
    assert_allclose(values, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_a_row_does_not_depend_on_the_others(method):
    rng = np.random.default_rng(0)
    form = random_form(rng, 30, 8, n_outputs=2)
    background, X = rng.normal(size=(20, 8)), rng.normal(size=(150, 8))
    game = KernelGame(form, background, np.full(20, 0.05), range(8), 8, method)
    together = game.values(X)
    for row in (0, 77, 149):
        assert_array_equal(game.values(X[[row]])[0], together[row])


@pytest.mark.parametrize(("n_players", "method"), [(3, "coalitions"), (40, "quadrature")])
def test_memory_does_not_grow_with_the_background(n_players, method):
    rng = np.random.default_rng(0)
    form = random_form(rng, 2000, n_players)
    n_background = 6000 if method == "coalitions" else 50
    background = rng.normal(size=(n_background, n_players))
    # Kernels of all pairs of points and background rows at once.
    everything = 8 * n_players * 2000 * n_background
    tracemalloc.start()
    game = KernelGame(
        form, background, np.full(n_background, 1 / n_background), range(n_players), n_players
    )
    game.values(background[:1])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert game.method == method
    assert peak < everything / 4


@pytest.mark.parametrize("method", METHODS)
def test_a_machine_without_points_is_constant(method):
    model = SVR(epsilon=10).fit([[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0])
    form = kernel_form_of(model, "predict")
    assert len(form.points) == 0
    game = KernelGame(form, np.zeros((1, 2)), np.ones(1), [0, 1], 2, method)
    assert_array_equal(game.values(np.ones((3, 2))), np.zeros((3, 2, 1)))


X, LABELS = load_iris(return_X_y=True)
AMOUNT = X[:, 3] + 0.1 * X[:, 0]
SEVERAL = np.column_stack([AMOUNT, X[:, 1] - AMOUNT])
PROCESS = GaussianProcessRegressor(
    ConstantKernel(2.0) * RBF([1.0, 2.0, 0.5, 1.0]) + RBF(3.0) + WhiteKernel(0.1),
    optimizer=None,
    normalize_y=True,
)
MACHINES = {
    "SVR": (make_pipeline(StandardScaler(), SVR()), AMOUNT, "predict"),
    "SVC": (make_pipeline(StandardScaler(), SVC()), LABELS == 1, "decision_function"),
    "one versus one": (SVC(decision_function_shape="ovo"), LABELS, "decision_function"),
    "process": (PROCESS, SEVERAL, "predict"),
    "Laplacian": (KernelRidge(kernel="laplacian"), AMOUNT, "predict"),
    "bins": (
        make_pipeline(KBinsDiscretizer(3, strategy="uniform"), KernelRidge(kernel="rbf")),
        AMOUNT,
        "predict",
    ),
    "squares": (make_pipeline(PolynomialFeatures(2), SVR(gamma=0.01)), AMOUNT, "predict"),
}


def closed_form(explainer):
    masker, predictor = explainer.masker_, explainer.predictor_
    rows = masker.background_
    return find_closed_form(predictor, rows, predictor(rows), masker.weights_, masker.columns_)


@pytest.mark.parametrize("name", list(MACHINES))
def test_machines_against_enumeration(name):
    model, y, response = MACHINES[name]
    # Products of columns belong to one player only if the columns do.
    groups = [[0, 1, 2, 3]] if name == "squares" else None
    weights = np.random.default_rng(0).uniform(size=15)
    explainer = ShapleyExplainer(
        algorithm="exact",
        response_method=response,
        masker=TabularMasker(groups=groups, weights=weights),
    ).fit(clone(model).fit(X, y), X[::10])
    explanation = explainer.explain(X[5::30])
    form = closed_form(explainer)
    assert form.algorithm == "kernel-machine"
    values = form.values(X[5::30])
    expected = explanation.values.reshape(values.shape)
    assert_allclose(values, expected, rtol=1e-8, atol=1e-10)
    gap = explanation.predictions - explanation.base_values
    assert_allclose(values.sum(axis=1), gap.reshape(5, -1), rtol=0, atol=1e-10)


def test_thirty_players_against_walks():
    X, y = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), SVC()).fit(X, y)
    explainer = ShapleyExplainer(
        algorithm="permutation", response_method="decision_function", random_state=0
    ).fit(model, X[::30])
    explanation = explainer.explain(X[:2])
    values = closed_form(explainer).values(X[:2])[:, :, 0]
    deviations = (explanation.values - values) / explanation.std_errors
    assert np.abs(deviations).max() < 5
    assert 0.5 < np.sqrt((deviations**2).mean()) < 1.5
    gap = explanation.predictions - explanation.base_values - values.sum(axis=1)
    assert_allclose(gap, 0, atol=1e-10)
