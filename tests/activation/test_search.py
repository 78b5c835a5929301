"""Searches: closed forms, bounds, seeds."""

import numpy as np
import pytest

from skxai.activation._penalties import SquaredLength
from skxai.activation._search import Objective, climb, evolve

LOW, HIGH = np.full(3, -5.0), np.full(3, 5.0)
PEAK = np.array([1.0, -2.0, 0.5])
CURVATURE = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.2], [0.0, 0.2, 3.0]])


def quadratic(Z):
    steps = Z - PEAK
    return 7.0 - 0.5 * ((steps @ CURVATURE) * steps).sum(axis=1)


def quadratic_slopes(Z):
    return -(Z - PEAK) @ CURVATURE


BOWL = Objective(quadratic, quadratic_slopes, SquaredLength(), 0.0)
PENALISED = BOWL._replace(strength=0.75)
# 0 = -C (z - p) - 2 s z
RIDGE_PEAK = np.linalg.solve(CURVATURE + 1.5 * np.eye(3), CURVATURE @ PEAK)


def steps(Z):
    """Two plateaus, and a higher one in a corner."""
    return np.where((Z > 2).all(axis=1), 3.0, np.where(Z[:, 0] > 0, 1.0, 0.0))


def search(objective, low=LOW, high=HIGH, starts=None, by="climb"):
    starts = np.zeros((1, 3)) if starts is None else starts
    if by == "climb":
        return climb(objective, starts, low, high)
    return evolve(objective, starts, low, high, 6000, 0)


@pytest.mark.parametrize(("by", "tol"), [("climb", 1e-5), ("evolve", 1e-2)])
@pytest.mark.parametrize(("objective", "peak"), [(BOWL, PEAK), (PENALISED, RIDGE_PEAK)])
def test_quadratic(objective, peak, by, tol):
    found = search(objective, by=by)
    np.testing.assert_allclose(found.z, peak, atol=tol)
    np.testing.assert_allclose(found.objective, objective(peak[None])[0], atol=tol)
    assert found.converged or by == "evolve"


@pytest.mark.parametrize(("by", "tol"), [("climb", 1e-5), ("evolve", 1e-2)])
def test_quadratic_in_a_box(by, tol):
    """With one end reached, the others solve what is left of the quadratic."""
    high = np.array([0.25, 5.0, 5.0])
    found = search(BOWL, high=high, by=by)
    rest = PEAK[1:] - np.linalg.solve(CURVATURE[1:, 1:], CURVATURE[1:, 0] * (0.25 - PEAK[0]))
    np.testing.assert_allclose(found.z, [0.25, *rest], atol=tol)
    assert found.z[0] <= 0.25


def test_open_bounds():
    found = search(BOWL, low=np.full(3, -np.inf), high=np.full(3, np.inf))
    np.testing.assert_allclose(found.z, PEAK, atol=1e-5)


def test_highest_of_several_starts():
    """A double well: the start decides which peak is found."""

    def well(Z):
        return (-((Z**2 - 1) ** 2) + 0.3 * Z)[:, 0]

    def slopes(Z):
        return -4 * Z * (Z**2 - 1) + 0.3

    objective = Objective(well, slopes, SquaredLength(), 0.0)
    ends = np.array([-3.0]), np.array([3.0])
    left, right = climb(objective, [[-1.05]], *ends), climb(objective, [[1.05]], *ends)
    assert left.z[0] < 0 < right.z[0]
    assert left.objective < right.objective
    best = climb(objective, [[-1.05], [1.05]], *ends)
    assert best.objective == right.objective
    roots = np.roots([-4.0, 0.0, 4.0, 0.3]).real
    np.testing.assert_allclose(right.z[0], roots.max(), atol=1e-6)


def test_plateaus_are_climbed_without_a_derivative():
    """The penalty then finds the point of the plateau nearest to the centre."""
    found = search(Objective(steps, None, SquaredLength(), 0.05), by="evolve")
    assert steps(found.z[None])[0] == 3.0
    np.testing.assert_allclose(found.z, 2.0, atol=0.1)


def test_columns_without_room_stay():
    low, high = np.array([-5.0, 0.5, -5.0]), np.array([5.0, 0.5, 5.0])
    assert search(BOWL, low, high, by="evolve").z[1] == 0.5
    assert search(BOWL, low, low, by="evolve").z.tolist() == low.tolist()


def test_budget_and_seed():
    rows = []

    def counted(Z):
        rows.append(len(Z))
        return quadratic(Z)

    objective = Objective(counted, None, SquaredLength(), 0.0)
    first = evolve(objective, np.zeros((1, 3)), LOW, HIGH, 500, 3)
    assert sum(rows) <= 500
    assert max(rows) > 1, "the model is called on batches"
    again = evolve(objective, np.zeros((1, 3)), LOW, HIGH, 500, 3)
    other = evolve(objective, np.zeros((1, 3)), LOW, HIGH, 500, 4)
    assert np.array_equal(first.z, again.z)
    assert not np.array_equal(first.z, other.z)


def test_a_start_is_never_lost():
    """However little may be evaluated, the best start is a lower limit."""
    found = evolve(BOWL, PEAK[None], LOW, HIGH, 50, 0)
    assert found.objective >= BOWL(PEAK[None])[0]
