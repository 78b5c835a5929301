"""Searches find what brute force finds, on small grids; limits hold."""

import numpy as np
import pytest

from skxai import CounterfactualExplainer
from skxai.counterfactual._combinations import cheapest_sums
from skxai.counterfactual._distances import Distance
from skxai.counterfactual._diversity import gaps_between
from skxai.counterfactual._lockstep import Task, run_searches
from skxai.counterfactual._moves import Problem, bisect_each
from skxai.counterfactual._space import Rules, Space
from skxai.counterfactual._substitutions import substitutions

ALGORITHMS = ["nearest", "spheres", "genetic", "random", "substitutions"]
GRID = np.arange(13.0)


def two_steps(X):
    """Steps, products and a corner: nothing that a straight line follows."""
    X = np.asarray(X)
    first = (X[:, 0] > 7) & (X[:, 1] + X[:, 2] > 9)
    second = (X[:, 1] * X[:, 2] > 60) | (X[:, 0] < 2)
    return (first | (second & (X[:, 3] > 4))).astype(float)


def smooth(X):
    X = np.asarray(X)
    return np.tanh((X[:, 0] * X[:, 1] - 3 * X[:, 2] + X[:, 3] ** 2 - 40) / 50)


def cells():
    return np.stack(np.meshgrid(*[GRID] * 4, indexing="ij"), axis=-1).reshape(-1, 4)


def true_minima(function, X, reached):
    """The Gower distance of the nearest cell for which `reached(outputs, own)`."""
    grid, outputs = cells(), function(cells())
    minima = []
    for row, own in zip(X, function(X)):
        good = grid[reached(outputs, own)]
        minima.append((np.abs(good - row) / 12).mean(axis=1).min())
    return np.array(minima)


@pytest.fixture(scope="module")
def grid_rows():
    rng = np.random.default_rng(0)
    background = rng.choice(GRID, size=(150, 4))
    background[0], background[1] = 0, 12  # so that the ranges are those of the grid
    return background, rng.choice(GRID, size=(25, 4))


@pytest.mark.parametrize("function", [two_steps, smooth])
def test_nearest_is_close_to_the_true_minimum(function, grid_rows):
    background, X = grid_rows
    middle = np.median(function(background))
    low = function(X) <= middle
    X = X[low]
    target = (float(middle) + 0.01, None)
    minima = true_minima(function, X, lambda outputs, own: outputs >= middle + 0.01)
    explainer = CounterfactualExplainer(target=target, random_state=0).fit(function, background)
    result = explainer.explain(X)
    assert (result.status == "feasible").all()
    assert (function(result.counterfactuals) >= middle + 0.01).all()
    assert (result.n_evals <= 600).all()
    ratios = result.distances / minima
    assert ratios.min() >= 1 - 1e-12
    assert np.median(ratios) <= 1.0001
    assert ratios.mean() <= 1.1


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_returns_counterfactuals_only(algorithm, grid_rows):
    background, X = grid_rows
    explainer = CounterfactualExplainer(algorithm=algorithm, random_state=0)
    result = explainer.fit(lambda X: np.c_[two_steps(X), 1 - two_steps(X)], background).explain(X)
    before, after = two_steps(X), two_steps(result.counterfactuals)
    assert explainer.algorithm_ == algorithm
    assert result.found.all()
    assert (before != after).all()
    minima = true_minima(two_steps, X, lambda outputs, own: outputs != own)
    ratios = result.distances / minima
    assert ratios.min() >= 1 - 1e-12
    assert np.median(ratios) <= {"spheres": 1.6}.get(algorithm, 1.35)


def test_a_linear_model_worked_by_hand():
    # 3 a + b must rise from 4 to 10. Ranges are 4 and 10: a gains 12 for a range, b 10. So a moves
    # by 2, half of its range; a mean over two columns: 0.25.
    background = np.array([[0.5, 0.5], [4.5, 10.5]])
    explainer = CounterfactualExplainer(target=(10.0, None), random_state=0)
    result = explainer.fit(lambda X: 3 * X[:, 0] + X[:, 1], background).explain([[1.0, 1.0]])
    assert result.distances == pytest.approx([0.25], rel=0.01)
    assert result.counterfactuals[0] == pytest.approx([3.0, 1.0], rel=0.01)
    assert result.predictions[0] >= 10


@pytest.mark.parametrize("max_evals", [1, 7, 30])
def test_evaluations_are_limited(max_evals, grid_rows):
    background, X = grid_rows
    seen = []

    def counting(X):
        seen.append(len(X))
        return smooth(X)

    explainer = CounterfactualExplainer(max_evals=max_evals, random_state=0)
    explainer.fit(counting, background)
    seen.clear()
    result = explainer.explain(X)
    # The rows themselves, the searches, and a last look at what is returned.
    assert sum(seen) <= len(X) * max(3, max_evals)
    assert (result.n_evals <= max(3, max_evals)).all()
    feasible = result.status == "feasible"
    gaps = np.abs(smooth(result.counterfactuals) - smooth(X))
    assert (gaps[feasible] >= smooth(background).std() - 1e-12).all()


def test_more_evaluations_are_no_worse(grid_rows):
    background, X = grid_rows
    distances = [
        CounterfactualExplainer(max_evals=max_evals, random_state=0)
        .fit(smooth, background)
        .explain(X[:8])
        .distances
        for max_evals in (60, 200, 600)
    ]
    assert (distances[1] <= distances[0] + 1e-12).all()
    assert (distances[2] <= distances[1] + 1e-12).all()


def test_no_time_is_no_search(grid_rows):
    background, X = grid_rows
    explainer = CounterfactualExplainer(time_limit=1e-9, random_state=0).fit(smooth, background)
    assert set(explainer.explain(X).status) == {"not_found"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_cannot_be_reached_is_not_found(algorithm, grid_rows):
    background, X = grid_rows
    explainer = CounterfactualExplainer(
        target=(1000.0, None), algorithm=algorithm, max_evals=100, random_state=0
    ).fit(smooth, background)
    result = explainer.explain(X[:3])
    assert result.status.tolist() == ["not_found"] * 3
    assert np.isnan(result.distances).all()
    np.testing.assert_array_equal(result.counterfactuals, X[:3])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_all_frozen_is_no_error(algorithm, grid_rows):
    background, X = grid_rows
    explainer = CounterfactualExplainer(
        frozen=[0, 1, 2, 3], algorithm=algorithm, max_evals=50, random_state=0
    ).fit(smooth, background)
    assert set(explainer.explain(X[:3]).status) == {"not_found"}


def test_found_although_no_background_row_is_on_the_other_side(grid_rows):
    _, X = grid_rows
    background = np.random.default_rng(1).uniform(0, 12, size=(50, 4)).round()
    background = background[background[:, 0] < 9]
    explainer = CounterfactualExplainer(
        target=(1.0, None), bounds={0: (0, 12)}, random_state=0
    ).fit(lambda X: (X[:, 0] >= 11) * 1.0, background)
    result = explainer.explain(X[X[:, 0] < 9][:10])
    assert result.found.all()
    assert (result.counterfactuals[:, 0] == 11).all()
    assert (result.n_changes == 1).all()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("max_evals", [1, 20, 200])
def test_a_background_row_that_may_be_reached_is_never_missed(algorithm, max_evals):
    # 200 rows on the other side, all but the farthest with another value of a frozen column; what
    # is reached with it is reached by nothing else.
    rng = np.random.default_rng(0)
    background = rng.uniform(0, 1, size=(401, 4))
    background[:200, 3] = 1
    background[200:, 3] = 0
    background[400, :3] = [0.999, 0.998, 0.997]

    def model(X):
        needle = (X[:, :3] == [0.999, 0.998, 0.997]).all(axis=1)
        return ((X[:, 3] == 1) | needle).astype(float)

    explainer = CounterfactualExplainer(
        target=(1.0, None), frozen=[3], algorithm=algorithm, max_evals=max_evals, random_state=0
    ).fit(model, background)
    result = explainer.explain(np.zeros((2, 4)))
    assert result.found.all()
    assert (result.n_evals <= max(3, max_evals)).all()


def test_substitutions_are_all_of_one_column():
    background = np.array([[0.0, 5.0], [1.0, 6.0], [2.0, 7.0], [3.5, 7.0]])
    space = Space(background, Rules(bounds={0: (0.5, None)}))
    codes, units = substitutions(space, np.array([1.0, 6.0]), 100)
    assert codes.tolist() == [[0.5, 6], [2, 6], [3.5, 6], [1, 5], [1, 7]]
    assert units.tolist() == [0, 0, 0, 1, 1]


def test_substitutions_find_the_only_pair():
    # Reached at two columns' values only, and by no single substitution: brute force over pairs.
    rng = np.random.default_rng(0)
    background = rng.choice(GRID, size=(60, 4))
    background[:, 0], background[:, 2] = np.arange(60) % 13, (np.arange(60) // 13) * 2.0
    origin = np.array([[1.0, 3.0, 0.0, 5.0]])

    def model(X):
        return ((X[:, 0] >= 9) & (X[:, 2] >= 6)).astype(float)

    no_start = background[model(background) == 0]
    explainer = CounterfactualExplainer(
        target=(1.0, None), algorithm="substitutions", max_evals=1000, random_state=0
    ).fit(model, no_start)
    result = explainer.explain(origin)
    assert result.counterfactuals.tolist() == [[9, 3, 6, 5]]


def test_bisection_of_each_number_by_hand():
    # Reached while x >= 0.25, y >= 0.5 and x + y + z >= 1.3, from (1, 1, 1): x and y can end at
    # their own limits, and the sum costs z the rest.
    space = Space(np.array([[0.0] * 3, [1.0] * 3]), Rules(steps={0: 0, 1: 0, 2: 0}))
    problem = Problem(space, Distance("gower", space))
    task = Task(0, np.zeros(3), np.ones((1, 3)), 0, 1000)
    ends = []

    def search():
        ends.append((yield from bisect_each(problem, task, np.ones(3), np.arange(3), 12)))

    def evaluate(codes, rows):
        x, y, z = codes.T
        inside = (x >= 0.25) & (y >= 0.5) & (x + y + z >= 1.3)
        return np.where(inside, 1.0, -1.0)

    def prepare(codes, rows):
        return codes, np.ones(len(codes), dtype=bool), problem.distance(codes, np.zeros((1, 3)))

    run_searches([task], [search()], prepare, evaluate, 1e-13)
    assert ends[0].sum() == pytest.approx(1.3, abs=0.01)
    assert ends[0][0] >= 0.25
    assert ends[0][1] >= 0.5


def test_cheapest_sums_are_those_of_brute_force():
    rng = np.random.default_rng(0)
    costs = [np.append(0, rng.uniform(0, 1, 3)) for _ in range(3)]
    gains = [np.append(0, rng.normal(0.5, 1, 3)) for _ in range(3)]
    options = [(None, cost, gain) for cost, gain in zip(costs, gains)]
    choices, found = cheapest_sums(options, np.ones(3), 1.2)
    every = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    spent = sum(costs[k][every[:, k]] for k in range(3))
    gained = sum(gains[k][every[:, k]] for k in range(3))
    best = [
        one
        for one, s, g in zip(every.tolist(), spent, gained)
        if s < 1.2 and not ((spent <= s) & (gained >= g) & ((spent < s) | (gained > g))).any()
    ]
    assert sorted(choices.tolist()) == sorted(best)
    assert (np.diff(found) > 0).all()


def test_gaps_count_columns_that_only_one_changes():
    space = Space(np.array([[0.0] * 3, [10.0] * 3]))
    codes = np.array([[1.0, 0, 0], [9.0, 0, 0], [1.0, 2, 0], [0.0, 0, 4]])
    gaps = gaps_between(codes, np.zeros(3), Distance("gower", space))
    assert gaps[0, 2:].tolist() == [0.5, 1]
    assert 0 < gaps[0, 1] < 0.001
    assert (np.diag(gaps) == 0).all()
