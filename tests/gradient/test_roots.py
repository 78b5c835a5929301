"""Nearest roots, on functions whose roots are known."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai.gradient import _roots
from skxai.gradient._roots import Surface, bisected, nearest_roots
from skxai.predictors import as_predictor
from skxai.predictors._smooth import smooth_function_of


class Function:
    """Outputs and derivatives, given as functions."""

    def __init__(self, outputs, jacobian):
        self.outputs, self.jacobian = outputs, jacobian


def surface_of(function, n_pairs, levels=0.0, scales=None, d=2):
    scales = np.ones(d) if scales is None else scales
    return Surface(function, np.zeros(n_pairs, dtype=int), np.full(n_pairs, levels), scales)


CIRCLE = Function(lambda U: (U**2).sum(axis=1, keepdims=True), lambda U: 2 * U[:, None, :])
PLANE = Function(
    lambda U: U @ np.array([[3.0], [-4.0]]) + 1, lambda U: np.tile([[[3.0, -4.0]]], (len(U), 1, 1))
)


def test_the_foot_on_a_plane():
    rows = np.array([[2.0, 1.0], [-5.0, 0.5]])
    starts = np.array([[-3.0, 3.0], [4.0, -4.0]])
    heights = PLANE.outputs(starts)[:, 0]
    found = nearest_roots(
        surface_of(PLANE, 2), rows, starts, lambda pairs: heights[None].repeat(len(pairs), 0)
    )
    foot = rows - PLANE.outputs(rows) / 25 * np.array([3.0, -4.0])
    np.testing.assert_allclose(found.points, foot, atol=1e-7)
    assert found.found.all()


def test_the_nearest_point_of_a_circle_from_inside_and_outside():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 2)) * 2
    starts = np.array([[0.1, 0.0], [5.0, 5.0], [-5.0, 4.0]])
    heights = (starts**2).sum(axis=1) - 4
    found = nearest_roots(
        surface_of(CIRCLE, 40, levels=4.0),
        rows,
        starts,
        lambda pairs: heights[None].repeat(len(pairs), 0),
    )
    radius = np.linalg.norm(rows, axis=1, keepdims=True)
    np.testing.assert_allclose(found.points, 2 * rows / radius, atol=1e-4)
    np.testing.assert_allclose((found.points**2).sum(axis=1), 4, atol=1e-12)


def test_distances_are_in_units_of_the_scales():
    """In units of (1, 100) the nearest root of x + y changes only the second column much."""
    line = Function(lambda U: U.sum(axis=1, keepdims=True), lambda U: np.ones((len(U), 1, 2)))
    scales = np.array([1.0, 100.0])
    rows, starts = np.array([[5.0, 0.0]]), np.array([[-10.0, 0.0]])
    found = nearest_roots(
        surface_of(line, 1, scales=scales), rows, starts, lambda pairs: np.array([[-10.0]])
    )
    x, y = (found.points * scales)[0]
    assert abs(x + y) < 1e-10
    assert abs(x - 5) < 1e-3


def test_a_row_on_the_level_is_its_own_root():
    rows = np.array([[0.0, 2.0]])
    found = nearest_roots(
        surface_of(CIRCLE, 1, levels=4.0), rows, rows, lambda pairs: np.zeros((1, 1))
    )
    assert found.found.all()
    np.testing.assert_array_equal(found.points, rows)


def test_no_root():
    """x² + y² is nowhere -1."""
    rows = np.array([[1.0, 1.0]])
    found = nearest_roots(
        surface_of(CIRCLE, 1, levels=-1.0), rows, rows, lambda pairs: np.array([[3.0]])
    )
    assert not found.found.any()
    np.testing.assert_array_equal(found.points, rows)


@pytest.mark.parametrize("power", [1, 3, 9])
def test_bisection_meets_the_root(power):
    """Flat or steep, the root of (x - 0.3)^power is found."""
    function = Function(lambda U: (U[:, :1] - 0.3) ** power, None)
    surface = surface_of(function, 1, d=1)
    ends = np.zeros((1, 1)), np.ones((1, 1))
    heights = [function.outputs(end)[:, 0] for end in ends]
    root = bisected(surface, *ends, np.array([0]), heights)
    assert abs(function.outputs(root)[0, 0]) < 1e-14


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_nearer_than_bisection_to_the_nearest_unlike_row(load, activation):
    X, y = load(return_X_y=True)
    network = MLPClassifier(20, activation=activation, solver="lbfgs", max_iter=500, random_state=0)
    model = make_pipeline(StandardScaler(), network).fit(X, y)
    predictor = as_predictor(model, X, response_method="margin")
    smooth = smooth_function_of(predictor, X)
    outputs, n_outputs = predictor(X), predictor.n_outputs
    U = X / smooth.scales
    some = np.arange(0, len(X), 3)
    rows, which = np.repeat(U[some], n_outputs, axis=0), np.tile(np.arange(n_outputs), len(some))
    surface = Surface(smooth, which, np.zeros(len(which)), smooth.scales)
    everyone = np.arange(len(rows))
    heights = surface.values(rows, everyone)
    found = nearest_roots(surface, rows, U, lambda pairs: outputs[:, which[pairs]].T)
    assert found.found.all()
    assert np.abs(surface.values(found.points, everyone)).max() < 1e-9 * np.abs(outputs).max()
    plain = _roots._towards_unlike(surface, rows, heights, U, lambda p: outputs[:, which[p]].T, 1)
    ours = np.linalg.norm(found.points - rows, axis=1)
    theirs = np.linalg.norm(plain.points - rows, axis=1)
    assert (ours <= theirs * (1 + 1e-9)).all()
    assert ours.mean() < 0.8 * theirs.mean()
