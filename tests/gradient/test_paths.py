"""Integrals of derivatives along segments, without any model of scikit-learn."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skxai.gradient._paths import mean_jacobian, network_mean_jacobian
from skxai.predictors._networks import Network


def network(sizes, seed=0, activation="relu"):
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=pair) / np.sqrt(pair[0]) for pair in pairwise(sizes)]
    biases = [rng.normal(size=b) / 3 for b in sizes[1:]]
    return Network(weights, biases, activation)


class Smooth:
    """A network as a smooth function of its inputs."""

    def __init__(self, net):
        self.outputs, self.jacobian = net.scores, net.jacobian


def gaps(net, mean, starts, ends):
    reached = np.matmul(mean, (ends - starts)[:, :, None])[:, :, 0]
    return np.abs(reached - (net.scores(ends) - net.scores(starts))).max()


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 7), min_size=2, max_size=6),
    n_paths=st.integers(1, 140),
    seed=st.integers(0, 1000),
)
def test_rectifier_paths_are_complete(sizes, n_paths, seed):
    net, rng = network(sizes, seed), np.random.default_rng(seed)
    starts, ends = rng.normal(size=(2, n_paths, sizes[0])) * 2
    assert gaps(net, network_mean_jacobian(net, starts, ends), starts, ends) < 1e-12


@pytest.mark.parametrize("sizes", [[4, 2], [4, 6, 2], [4, 6, 5, 2], [4, 6, 5, 3, 2]])
def test_rectifier_paths_against_many_midpoints(sizes):
    net, rng = network(sizes), np.random.default_rng(1)
    starts, ends = rng.normal(size=(2, 5, 4))
    times = (np.arange(20_000) + 0.5) / 20_000
    points = starts[:, None] + times[:, None] * (ends - starts)[:, None]
    slopes = net.jacobian(points.reshape(-1, 4)).reshape(5, len(times), 2, 4)
    mean = network_mean_jacobian(net, starts, ends)
    np.testing.assert_allclose(mean, slopes.mean(axis=1), atol=2e-3)


def test_a_segment_that_goes_nowhere_has_the_slope_there():
    net, rng = network([3, 5, 2]), np.random.default_rng(2)
    points = rng.normal(size=(4, 3))
    mean = network_mean_jacobian(net, points, points)
    np.testing.assert_allclose(mean, net.jacobian(points), atol=1e-12)


def test_paths_in_blocks_are_those_one_by_one():
    net, rng = network([3, 6, 4, 2]), np.random.default_rng(3)
    starts, ends = rng.normal(size=(2, 300, 3))
    together = network_mean_jacobian(net, starts, ends)
    for k in (0, 127, 128, 299):
        alone = network_mean_jacobian(net, starts[[k]], ends[[k]])[0]
        np.testing.assert_allclose(together[k], alone, atol=1e-13)


@pytest.mark.parametrize("activation", ["tanh", "logistic"])
def test_quadrature_is_complete(activation):
    net, rng = network([4, 8, 5, 3], activation=activation), np.random.default_rng(4)
    starts, ends = rng.normal(size=(2, 20, 4)) * 2
    mean, n_nodes = mean_jacobian(Smooth(net), starts, ends, np.full(3, 1e-10))
    assert gaps(net, mean, starts, ends) < 1e-10
    assert n_nodes.min() >= 10
    assert n_nodes.max() < 200


def test_quadrature_of_a_cubic_is_exact():
    class Cubic:
        def outputs(self, U):
            return (U**3).sum(axis=1, keepdims=True)

        def jacobian(self, U):
            return 3 * U[:, None, :] ** 2

    mean, n_nodes = mean_jacobian(Cubic(), np.array([[0.0, 1.0]]), np.array([[2.0, -1.0]]), [1e-12])
    np.testing.assert_allclose(mean, [[[4.0, 1.0]]], atol=1e-14)  # ∫ 3 (2t)² dt, ∫ 3 (1-2t)² dt
    assert n_nodes.tolist() == [10]


def test_each_output_stops_by_itself():
    """The values of an output do not depend on which others are looked at."""
    net, rng = network([4, 8, 3], activation="tanh"), np.random.default_rng(5)
    starts, ends = rng.normal(size=(2, 20, 4)) * 3
    every, _ = mean_jacobian(Smooth(net), starts, ends, np.full(3, 1e-9))
    one = net._replace(
        weights=[net.weights[0], net.weights[1][:, :1]], biases=[net.biases[0], net.biases[1][:1]]
    )
    alone, _ = mean_jacobian(Smooth(one), starts, ends, np.full(1, 1e-9))
    np.testing.assert_allclose(every[:, :1], alone, atol=1e-14)
