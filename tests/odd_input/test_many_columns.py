"""Thousands of columns: a result in bounded memory, or a word on what to do before long work."""

import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from odd_families import FAMILIES, fitted
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.svm import SVR

from skxai import (
    CounterfactualExplainer,
    InfluenceNetwork,
    LimeExplainer,
    LinearImportanceExplainer,
    ShapleyExplainer,
)
from skxai.counterfactual import _distances as distances
from skxai.counterfactual import _finder, _query, _space, _surrogate
from skxai.counterfactual._distances import DISTANCES, Distance
from skxai.counterfactual._exact_program import _Program, _ways_of
from skxai.counterfactual._exact_units import Number
from skxai.counterfactual._lockstep import Task, run_searches
from skxai.counterfactual._moves import MAX_SINGLES, Problem, shorten, sparsify
from skxai.counterfactual._space import Space
from skxai.counterfactual._substitutions import substitutions
from skxai.linear import _design as linear
from skxai.network import _network as network
from skxai.shapley import _closed_forms as closed_forms
from skxai.shapley import _interactions as interactions
from skxai.shapley import _kernel as kernel
from skxai.shapley import _sampling as sampling
from skxai.shapley._budget import pairs_within
from skxai.shapley._kernel import draw_pairs, regression
from skxai.shapley._permutation import draw_orders, plan_walks
from skxai.surrogate import _combination as lime

WIDE = 10_000


def product(X):
    X = np.asarray(X)
    return X[:, 0] * X[:, 1] + np.maximum(X[:, 2], 0)


def wide(n_columns=WIDE):
    return np.random.RandomState(0).randint(-4, 5, size=(8, n_columns)).astype(float)


def peak(function):
    """What a function returns, and the MiB that it holds at most."""
    tracemalloc.start()
    try:
        return function(), tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "name", ["Shapley, trees", "Shapley, linear", "Saliency", "IntegratedGradients", "LRP"]
)
def test_many_columns(name):
    X, family = wide(), FAMILIES[name]
    explanation = family(fitted(family.estimator, X, product(X)), X, product(X), X[:2])
    assert explanation.shape == (2, WIDE)
    assert np.isfinite(explanation.values).all()
    if name in ("Shapley, trees", "Shapley, linear", "IntegratedGradients"):
        assert np.abs(explanation.completeness_gap).max() < 1e-8


# -- Shapley values --------------------------------------------------------------------------------


def test_a_thousand_columns_of_any_model():
    X = wide(1000)
    with pytest.warns(UserWarning, match=r"takes .* model rows.*set max_evals") as caught:
        ShapleyExplainer(random_state=0).fit(product, np.repeat(X, 40, axis=0))
    assert caught[0].filename == __file__
    with pytest.raises(ValueError, match="max_evals is 999, but one walk"):
        ShapleyExplainer(max_evals=999, random_state=0).fit(product, X)
    with pytest.raises(ValueError, match="'exact', but 1000 players"):
        ShapleyExplainer(algorithm="exact").fit(product, X)
    explainer = ShapleyExplainer(groups={"rest": list(range(3, 1000))}).fit(product, X)
    explanation = explainer.explain(X[:1])
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-12)
    assert explanation[:, "rest"].values.item() == 0
    found = LimeExplainer(n_samples=64, random_state=0).fit(product, X).explain(X[:1])
    assert np.isfinite(found.values).all()


def test_more_coalitions_than_a_float_can_count():
    X = np.random.RandomState(0).randn(1, 1040)
    explainer = ShapleyExplainer(algorithm="kernel", max_evals=4200, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        values = explainer.fit(lambda X: X[:, 0] + X[:, 1], 0 * X).explain(X).values[0]
    expected = np.where(np.arange(1040) < 2, X[0], 0)
    np.testing.assert_allclose(values, expected, atol=1e-8)


@pytest.mark.parametrize("max_evals", [None, 10**6])
def test_a_regression_that_is_too_large_is_refused_in_fit(max_evals):
    explainer = ShapleyExplainer(algorithm="kernel", max_evals=max_evals)
    with pytest.raises(ValueError, match=r"'kernel', but a regression of .* on 3,000 players"):
        explainer.fit(product, wide(3000)[:1])


def test_the_budget_of_a_regression_fits_many_players():
    """Without max_evals it takes no more pairs than are allowed."""
    for n_players in (20, 450, 1000):
        n_pairs = pairs_within(None, n_players, n_background=1)
        assert pairs_within(2 * n_pairs, n_players, n_background=1) == n_pairs
    ShapleyExplainer(algorithm="kernel").fit(product, np.zeros((1, 450)))


def test_a_regression_holds_no_matrix_of_players_for_each_size():
    # 200 sizes times 400 times 400 players would be 250 MiB.
    design = draw_pairs(0, 400, 900)
    fit, n_mib = peak(lambda: regression(design))
    assert n_mib < 40
    gains = np.arange(400.0)
    values, _ = fit.solve((fit.centred @ gains)[None, :, None], np.zeros((1, 1)))
    np.testing.assert_allclose(values[0, :, 0], gains - gains.mean(), atol=1e-6)


@pytest.mark.parametrize("max_cells", [1, 10**9])
def test_corrections_by_definition(max_cells, monkeypatch):
    monkeypatch.setattr(kernel, "_MAX_CELLS", max_cells)
    design = draw_pairs(0, 9, 40)
    fit, sizes = regression(design), design.present.sum(axis=1)
    known = np.unique(sizes)
    parts = [(fit.to_values[:, sizes == size], fit.centred[sizes == size]) for size in known]
    traces = np.array([np.trace(to_values @ centred) for to_values, centred in parts])
    # Each size has the share of the trace that it has over all coalitions.
    np.testing.assert_allclose(traces, 8 * np.ones(4) / 4, atol=1e-9)


@pytest.mark.parametrize("max_cells", [1, 200, 10**9])
def test_traces_in_parts(max_cells, monkeypatch):
    monkeypatch.setattr(kernel, "_MAX_CELLS", max_cells)
    rng, sizes = np.random.default_rng(0), np.repeat([1, 2, 3], 4)
    slopes, centred = rng.normal(size=(7, 12)), rng.normal(size=(12, 7))
    of_size = [sizes == size for size in (1, 2, 3)]
    fits = [slopes[:, own] @ centred[own] for own in of_size]
    grams = [centred[own].T @ centred[own] for own in of_size]
    for traces in (kernel._traces_by_pairs, kernel._traces_by_players):
        of_fits, of_grams, explained = traces(slopes, centred, of_size)
        np.testing.assert_allclose(of_fits, [np.trace(fit) for fit in fits])
        np.testing.assert_allclose(of_grams, [np.trace(gram) for gram in grams])
        expected = [[np.trace(fit @ gram) for gram in grams] for fit in fits]
        np.testing.assert_allclose(explained, expected)


def test_large_designs_are_not_kept(monkeypatch):
    monkeypatch.setattr(sampling, "_CELLS_TO_KEEP", 50)
    for n_players in (6, 7, 8):
        sampling._designed(0, n_players, 20)
    assert sampling._large_design.cache_info().currsize == 1


def test_walks_hold_few_states_at_once():
    X, zero = np.ones((1, 4000)), np.zeros((1, 4000))
    explainer = ShapleyExplainer(algorithm="permutation", max_evals=8000, random_state=0)
    explainer.fit(product, zero)
    with sklearn.config_context(working_memory=16):
        explanation, n_mib = peak(lambda: explainer.explain(X))
    assert n_mib < 20  # all states together are 30
    np.testing.assert_allclose(explanation.values[0, :3], [0.5, 0.5, 1])


def test_states_of_walks_part_by_part():
    rng = np.random.default_rng(0)
    walks = plan_walks(draw_orders(0, 5, 6), rng.random((5, 6)) < 0.7)
    every = walks.present()
    parts = [walks.present(slice(first, first + 4)) for first in range(0, len(every), 4)]
    np.testing.assert_array_equal(np.concatenate(parts), every)


def test_large_matrices_of_interactions_are_announced(monkeypatch):
    monkeypatch.setattr(interactions, "_MANY_BYTES", 1000)
    X = wide(4)
    explainer = ShapleyExplainer().fit(Ridge().fit(X, product(X)), X)
    with pytest.warns(UserWarning, match="X has 8 rows of 4 players: their matrices") as caught:
        explainer.interactions(X)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        explainer.interactions(X[:7])


def test_many_steps_of_a_kernel_machine_are_announced(monkeypatch):
    X = np.random.default_rng(0).normal(size=(9, 30))
    model = SVR().fit(X, X[:, 0])
    n_steps = len(model.support_) * 9 * 30**2 // 2
    monkeypatch.setattr(closed_forms, "_MANY_STEPS", n_steps - 1)
    words = f"takes {n_steps:,} steps, 30² / 2 for each pair"
    with pytest.warns(UserWarning, match=words) as caught:
        ShapleyExplainer().fit(model, X)
    assert caught[0].filename == __file__
    monkeypatch.setattr(closed_forms, "_MANY_STEPS", n_steps)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ShapleyExplainer().fit(model, X).algorithm_ == "kernel-machine"


# -- counterfactuals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "algorithm", ["nearest", "spheres", "genetic", "random", "substitutions", "gradient"]
)
def test_counterfactuals_in_bounded_memory(algorithm):
    # A table of columns times columns is 70 MiB, and a search makes a dozen like it.
    X, max_evals = wide(3000), 400
    model = Ridge().fit(X, X[:, 0]) if algorithm == "gradient" else lambda X: np.asarray(X)[:, 0]
    explainer = CounterfactualExplainer(
        target=(1.0, None), algorithm=algorithm, max_evals=max_evals, random_state=0
    ).fit(model, X)
    rows = X[X[:, 0] < 0]
    result, n_mib = peak(lambda: explainer.explain(rows))
    assert n_mib < 160
    assert result.found.all()
    assert (result.n_evals <= max_evals).all()
    if algorithm != "gradient":
        assert (result.counterfactuals[:, 0] >= 1).all()
    if algorithm in ("nearest", "substitutions"):
        assert (result.n_changes == 1).all()


def test_three_of_a_thousand_changes_are_needed():
    # One by one there are not enough evaluations; in groups there are.
    needed = [3, 500, 998]
    origin, start = np.zeros(1000), np.ones(1000)
    space = Space(np.vstack([origin, start]))
    problem = Problem(space, Distance("gower", space))
    task, ends = Task(0, origin, start[None], 0, 500), []

    def search():
        codes = yield from sparsify(problem, task, start)
        ends.append((yield from shorten(problem, task, codes)))

    _run(problem, task, search(), lambda codes: codes[:, needed].min(axis=1) - 0.5)
    assert np.flatnonzero(ends[0]).tolist() == needed
    assert task.n_evals < 400


def test_all_of_a_thousand_changes_are_needed():
    origin, start = np.zeros(1000), np.ones(1000)
    space = Space(np.vstack([origin, start]))
    problem = Problem(space, Distance("gower", space))
    task, ends, asked = Task(0, origin, start[None], 0, 5000), [], []

    def search():
        ends.append((yield from sparsify(problem, task, start)))
        ends.append((yield from shorten(problem, task, start)))

    def margins(codes):
        asked.append(len(codes))
        return codes.min(axis=1) - 0.5

    _run(problem, task, search(), margins)
    assert (ends[0] == 1).all()
    assert (ends[1] == 1).all()
    assert max(asked) <= MAX_SINGLES


def _run(problem, task, search, margins):
    def prepare(codes, rows):
        return codes, np.ones(len(codes), dtype=bool), problem.distance(codes, task.origin[None])

    run_searches([task], [search], prepare, lambda codes, rows: margins(codes), 1e-13)


def test_the_surrogate_is_the_same_by_rows(monkeypatch):
    rng = np.random.default_rng(0)
    space = Space(rng.normal(size=(50, 6)))
    problem = Problem(space, Distance("gower", space))
    task = Task(0, space.codes[0], space.codes[1:], 0, 100)
    task.learn(space.codes[1:20], rng.uniform(-1, 1, 19))
    task.learn(space.codes[20:], rng.uniform(-1, 1, 30))
    expected = _surrogate.fit_gains(problem, task, 0.5)
    monkeypatch.setattr(_surrogate, "_MANY_COLUMNS", 5)
    gains, base = _surrogate.fit_gains(problem, task, 0.5)
    np.testing.assert_allclose(gains, expected[0], atol=1e-6)
    np.testing.assert_allclose(base, expected[1], atol=1e-6)


@pytest.mark.parametrize("many", [1, 100])
def test_the_surrogate_of_costs_that_overflow(many, monkeypatch):
    monkeypatch.setattr(_surrogate, "_MANY_COLUMNS", many)
    space = Space(np.random.default_rng(0).normal(size=(9, 3)))
    problem = Problem(space, Distance("gower", space))
    task = Task(0, space.codes[0], space.codes[1:], 0, 100)
    task.learn(space.codes[1:], np.linspace(-1, 1, 8))
    task.learn(np.full((1, 3), 1e150), np.ones(1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gains, _ = _surrogate.fit_gains(problem, task, 1e-5)
    assert np.isfinite(gains).all()


@pytest.mark.parametrize("max_evals", [50, 2000, 5000])
def test_more_evaluations_than_columns(max_evals):
    X = np.random.default_rng(0).normal(size=(40, MAX_SINGLES + 2))
    explainer = CounterfactualExplainer(target=(1.0, None), max_evals=max_evals, random_state=0)
    result = explainer.fit(product, X).explain(X[:2])
    assert result.found.all()
    assert (result.n_evals <= max_evals).all()


@pytest.mark.parametrize("kind", DISTANCES)
def test_totals_are_sums_of_costs(kind, monkeypatch):
    monkeypatch.setattr(distances, "MAX_CELLS", 7)
    space = Space(wide(3))
    distance = Distance(kind, space, [1, 2, 3])
    expected = distance.costs(space.codes, space.codes[:1]).sum(axis=1)
    np.testing.assert_array_equal(distance.totals(space.codes, space.codes[0]), expected)
    costs = distance.costs(space.codes[:, [2]], space.codes[:1, [2]], [2])
    np.testing.assert_array_equal(costs, distance.costs(space.codes, space.codes[:1])[:, [2]])


def test_blocks_change_nothing(monkeypatch):
    X = wide(5)
    explainer = CounterfactualExplainer(max_evals=100, random_state=0).fit(product, X)
    expected = explainer.explain(X)
    for module in (_query, _finder, distances):
        monkeypatch.setattr(module, "MAX_CELLS", 13)
    monkeypatch.setattr(_finder, "_CELLS_PER_CHUNK", 1000)
    got = explainer.explain(X)
    np.testing.assert_array_equal(got.counterfactuals, expected.counterfactuals)
    np.testing.assert_array_equal(got.n_evals, expected.n_evals)


def test_of_wide_tables_fewer_background_rows_are_compared(monkeypatch):
    monkeypatch.setattr(_finder, "_MAX_WORK", 800)
    explainer = CounterfactualExplainer(random_state=0).fit(product, wide(50))
    assert len(explainer._space.codes) == 4
    assert np.isin(explainer._space.codes[:, 0], wide(50)[:, 0]).all()


@pytest.mark.parametrize("few", [0, 10**9])
def test_changed_cells_alone_or_all_columns(few, monkeypatch):
    monkeypatch.setattr(_space, "_FEW", few)
    frame = pd.DataFrame(
        {
            "whole": [1, 2, 3],
            "single": np.array([0.5, 1.5, 2.5], dtype=np.float32),
            "word": ["a", "b", None],
            "kind": pd.Categorical(["x", "y", "x"]),
            "day": pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03"]),
            "truth": [True, False, True],
        },
        index=["p", "q", "r"],
    )
    space, rows = Space(frame), np.array([2, 0])
    origin = space.codes[rows]
    for j in range(6):
        codes = origin.copy()
        codes[:, j] = space.codes[1, j]
        expected = frame.iloc[rows].copy()
        expected.isetitem(j, frame.iloc[[1, 1], j].set_axis(expected.index))
        pd.testing.assert_frame_equal(space.decode(codes, frame, rows, origin), expected)


def test_substitutions_of_many_columns_are_few():
    space = Space(wide(4000))
    codes, units = substitutions(space, space.codes[0], 300)
    assert 100 < len(codes) < 1000
    assert len(np.unique(units)) > 100
    assert (np.count_nonzero(codes != space.codes[0], axis=1) == 1).all()


def test_a_linear_model_is_looked_at_once_for_all_columns(monkeypatch):
    X, n_tables = np.random.default_rng(0).normal(size=(20, 2000)), []
    decode = Space.decode

    def counting(*args):
        n_tables.append(1)
        return decode(*args)

    monkeypatch.setattr(Space, "decode", counting)
    explainer = CounterfactualExplainer().fit(LogisticRegression().fit(X, X[:, 0] > 0), X)
    assert explainer.algorithm_ == "exact"
    assert len(n_tables) < 10
    result = explainer.explain(X[:2])
    assert result.status.tolist() == ["optimal"] * 2


def test_a_program_of_many_whole_numbers_is_sparse():
    units = [Number(j, 0.0, -4.0, 4.0, cost=1.0, step=1.0) for j in range(1000)]
    ways = [way for u, unit in enumerate(units) for way in _ways_of(u, unit)]
    program, n_mib = peak(lambda: _Program(np.ones((2, 1000)), ways))
    assert len(ways) == 2000
    assert n_mib < 20  # a dense matrix of rules would be 90
    assert program.rules.shape[1] == len(program.costs)


def test_hundreds_of_changes_in_a_table():
    X = np.random.default_rng(0).normal(size=(200, 150))
    highest = X.max(axis=0)
    model = LinearRegression().fit(X, X.sum(axis=1))
    target = (float(highest.sum()) - 1e-3, None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # pandas warns of tables that grow by columns
        result = CounterfactualExplainer(target=target).fit(model, X).explain(X[:1])
        frame = result.to_frame()
    assert frame.shape == (1, 4 + 150)
    np.testing.assert_allclose(frame.iloc[0, 4:].astype(float), highest, atol=0.01)


# -- networks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("keep_rows", [True, False])
def test_a_network_of_many_columns_is_announced(keep_rows, monkeypatch):
    monkeypatch.setattr(network, "_MANY_COLUMNS", 2)
    explainer = InfluenceNetwork(estimator=LinearRegression(), cv=2, keep_rows=keep_rows)
    with pytest.warns(UserWarning, match="X has 3 columns: 6 regressors") as caught:
        explainer.fit(wide(3))
    assert ("keep_rows=False" in str(caught[0].message)) == keep_rows
    assert caught[0].filename == __file__


# -- least squares ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("explainer", "module", "name", "words"),
    [
        (LimeExplainer(n_samples=64, random_state=0), lime, "_MANY_PLAYERS", "has 3 players"),
        (LinearImportanceExplainer(), linear, "_MANY_COLUMNS", "has 3 columns as the model sees"),
    ],
)
def test_large_least_squares_are_announced(explainer, module, name, words, monkeypatch):
    monkeypatch.setattr(module, name, 2)
    X = wide(3)
    with pytest.warns(UserWarning, match=words) as caught:
        explainer.fit(product, X)
    assert caught[0].filename == __file__
    monkeypatch.setattr(module, name, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        explainer.fit(product, X)
