"""Shapley interaction values of trees against their definition and other algorithms."""

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest
from by_definition import explain_by_definition
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import ensemble, tree
from test_shapley_trees import SETTINGS, failed, random_ensemble, random_rows, rounded

from skxai.predictors._trees import tree_ensemble_of
from skxai.shapley import _tree_blocks, _tree_paths, _tree_tables, _tree_units, _trees
from skxai.shapley._tree_interactions import leaf_interactions, pairs_of, pairwise_interactions
from skxai.shapley._trees import TreeShapley


def index_by_definition(worth, n_players):
    """The Shapley interaction index of all pairs, each coalition of the others by itself.

    ``worth`` has a first axis of 2 ** n_players: coalitions as bits.
    """
    index = np.zeros((n_players, n_players, *worth.shape[1:]))
    for i, j in combinations(range(n_players), 2):
        for coalition in range(2**n_players):
            if coalition >> i & 1 or coalition >> j & 1:
                continue
            size = coalition.bit_count()
            weight = factorial(size) * factorial(n_players - size - 2) / factorial(n_players - 1)
            one, other = coalition | 1 << i, coalition | 1 << j
            change = worth[one | other] - worth[one] - worth[other] + worth[coalition]
            index[i, j] += weight * change
            index[j, i] = index[i, j]
    return index


def interact_by_definition(predict, X, background, weights=None, groups=None):
    """Matrices of interaction values, shape (n_rows, n_players, n_players, n_outputs)."""
    groups = [[j] for j in range(X.shape[1])] if groups is None else groups
    frames = isinstance(X, pd.DataFrame)
    expected = []
    for row in range(len(X)):
        worth = []
        for coalition in range(2 ** len(groups)):
            blended = background.copy()
            for j in [j for p, group in enumerate(groups) if coalition >> p & 1 for j in group]:
                if frames:
                    value = X.iloc[[row] * len(background), j]
                    blended[X.columns[j]] = value.set_axis(background.index)
                else:
                    blended[:, j] = X[row, j]
            worth.append(np.average(predict(blended), axis=0, weights=weights))
        worth = np.array(worth).reshape(len(worth), -1)
        expected.append(index_by_definition(worth, len(groups)) / 2)
    expected = np.array(expected)
    values = explain_by_definition(predict, X, background, weights, groups)
    d = np.arange(len(groups))
    expected[:, d, d] = values.reshape(*values.shape[:2], -1) - expected.sum(axis=2)
    return expected


def game_of(model, method, background, weights=None, players=None):
    return TreeShapley(tree_ensemble_of(model, method), background, weights, players)


# -- the algebra of one leaf ---------------------------------------------------------------------


def test_pairs():
    i, j = pairs_of(4)
    assert list(zip(i, j)) == [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]


def test_worked_leaf_games():
    def interact(w, u, n_players):
        histogram = np.zeros((1, 2**n_players))
        histogram[0, w] = 1.0
        return leaf_interactions(histogram, n_players)[:, 0, u]

    # x fails nothing, z fails both: the product of the two players.
    assert_allclose(interact(0b11, 0, 2), [1])
    # x fails both, z nothing: the product of their absences.
    assert_allclose(interact(0, 0b11, 2), [1])
    # x fails the first, z the second: present, but not with the first.
    assert_allclose(interact(0b10, 0b01, 2), [-1])
    # The product of three: half of the coalitions of one other, by weight, hold it.
    assert_allclose(interact(0b111, 0, 3), [1 / 2, 1 / 2, 1 / 2])
    # A product of two, and a third player who does not matter.
    assert_allclose(interact(0b011, 0, 3), [1, 0, 0], atol=1e-15)
    # Both fail the first: never reached. Nobody fails anything: always reached.
    assert_allclose(interact(0b011, 0b001, 3), 0, atol=1e-15)
    assert_allclose(interact(0, 0, 3), 0, atol=1e-15)
    # One player alone has nobody to interact with.
    assert leaf_interactions(np.ones((3, 2)), 1).shape == (0, 3, 2)
    assert leaf_interactions(np.ones((3, 1)), 0).shape == (0, 3, 1)


def leaf_worth(histogram, u, n_players):
    """What each coalition is worth: the weight of the w within it, if u is outside."""
    coalitions, sets = np.arange(2**n_players)[:, None], np.arange(2**n_players)
    reached = ((sets & ~coalitions) == 0) & ((u & coalitions) == 0)
    return (reached @ histogram)[:, None]


@given(n_players=st.integers(2, 10), seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_leaf_interactions_by_definition(n_players, seed):
    rng = np.random.default_rng(seed)
    n_sets = 2**n_players
    histogram = rng.random((2, n_sets)) * (rng.random((2, n_sets)) < rng.random())
    found = leaf_interactions(histogram, n_players)
    i, j = pairs_of(n_players)
    assert found.shape == (len(i), 2, n_sets)
    for leaf, u in [(0, 0), (1, rng.integers(n_sets)), (0, n_sets - 1)]:
        expected = index_by_definition(leaf_worth(histogram[leaf], u, n_players), n_players)
        assert_allclose(found[:, leaf, u], expected[i, j, 0], atol=1e-12 * max(1, n_sets / 16))


@pytest.mark.parametrize("n_players", [1, 2, 3, 8, 9, 12])
def test_leaf_interactions_by_table_and_by_pairs(n_players):
    rng = np.random.default_rng(n_players)
    sets, weights = rng.integers(0, 2**n_players, 30), rng.random(30)
    sets[:2] = 0, 2**n_players - 1
    histogram = np.bincount(sets, weights, minlength=2**n_players)[None]
    rows = np.append(rng.integers(0, 2**n_players, 20), [0, 2**n_players - 1])
    by_pairs = pairwise_interactions(
        np.array([failed(u, n_players) for u in rows]),
        np.array([failed(w, n_players) for w in sets]),
        weights,
    )
    by_table = leaf_interactions(histogram, n_players)[:, 0, rows].T
    assert_allclose(by_table, by_pairs, rtol=1e-11, atol=1e-12)


# -- ensembles -----------------------------------------------------------------------------------

PAIR_SETTINGS = {
    **SETTINGS,
    "small blocks": {
        **SETTINGS["small blocks"],
        (_tree_blocks, "_MAX_PAIRS"): 2,
        (_tree_blocks, "_PAIR_ENTRIES"): 300,
        (_tree_blocks, "_HELD_ENTRIES"): 700,
        (_tree_tables, "_GAIN_ENTRIES"): 1,
        (_tree_paths, "_ROW_ENTRIES"): 7,
        (_trees, "_ROW_ENTRIES"): 40,
    },
}


@pytest.fixture(params=list(PAIR_SETTINGS))
def setting(request, monkeypatch):
    """Every size at which the algorithm changes its way."""
    for (module, name), value in PAIR_SETTINGS[request.param].items():
        monkeypatch.setattr(module, name, value)
    return request.param


MODELS = [
    tree.DecisionTreeRegressor(max_depth=4, random_state=0),
    ensemble.RandomForestRegressor(3, random_state=0),
    ensemble.GradientBoostingRegressor(n_estimators=6, random_state=0),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model)[:30])
@pytest.mark.parametrize("players", [None, [[1, 3], [0], [2]], [[0, 1, 2, 3]]])
def test_by_definition(model, players, setting):
    X, y = rounded(60)
    model.fit(X, y)
    background, rows = X[:11], X[-4:] + 0.1
    weights = np.random.default_rng(0).dirichlet(np.ones(11))
    game = game_of(model, "predict", background, weights, players)
    found = game.interactions(rows)
    expected = interact_by_definition(model.predict, rows, background, weights, players)
    assert_allclose(found, expected, atol=1e-12)
    assert_array_equal(found, found.transpose(0, 2, 1, 3))
    assert_allclose(found.sum(axis=2), game.values(rows), atol=1e-12)


def test_one_feature_many_times_on_a_path(setting):
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(60, 2))
    model = tree.DecisionTreeRegressor(random_state=0).fit(X, np.sin(20 * X[:, 0]) + X[:, 1])
    assert model.get_depth() > 6
    found = game_of(model, "predict", X[20:40]).interactions(X[:6])
    expected = interact_by_definition(model.predict, X[:6], X[20:40])
    assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("in_background", [True, False])
def test_missing_values(in_background, setting):
    X, y = rounded(80, missing=0.25)
    y[np.isnan(y)] = -1.0
    complete = ~np.isnan(X).any(axis=1)
    background = X[:12] if in_background else X[complete][:12]
    model = ensemble.HistGradientBoostingRegressor(max_iter=4, min_samples_leaf=2).fit(X, y)
    game = game_of(model, "predict", background)
    for rows in [X[-4:], X[complete][-2:]]:
        expected = interact_by_definition(model.predict, rows, background)
        assert_allclose(game.interactions(rows), expected, atol=1e-12)


def test_categories():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "size": rng.normal(size=200),
            "town": pd.Categorical(rng.choice(list("abcdefgh"), 200)),
            "kind": pd.Categorical(rng.choice(["x", "y", None], 200)),
        }
    )
    y = X["town"].isin(["a", "c", "h"]) * (2 + X["size"]) + X["kind"].isna() * X["size"]
    model = ensemble.HistGradientBoostingRegressor(
        max_iter=6, categorical_features="from_dtype", min_samples_leaf=5
    ).fit(X, y)
    background, rows = X[:9], X[-6:]
    for players in [None, [[0, 2], [1]]]:
        expected = interact_by_definition(model.predict, rows, background, groups=players)
        found = game_of(model, "predict", background, players=players).interactions(rows)
        assert_allclose(found, expected, atol=1e-12)
        assert np.abs(found[:, 0, 1]).max() > 0.1


def test_several_outputs(setting):
    X, y = rounded(60)
    labels = np.digitize(y, np.quantile(y, [0.3, 0.6]))
    forest = ensemble.RandomForestClassifier(3, random_state=0).fit(X, labels)
    boosting = ensemble.GradientBoostingClassifier(n_estimators=2, random_state=0).fit(X, labels)
    for model, method in [(forest, "predict_proba"), (boosting, "decision_function")]:
        found = game_of(model, method, X[30:42]).interactions(X[:4])
        expected = interact_by_definition(getattr(model, method), X[:4], X[30:42])
        assert found.shape == (4, 4, 4, 3)
        assert_allclose(found, expected, atol=1e-12)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_random_trees_by_definition(seed):
    found, rows = random_ensemble(seed), random_rows(seed, 3)
    background = random_rows(seed + 1, 5)
    players = [None, [[0, 2], [1], [3]], [[3, 0], [1, 2]]][seed % 3]
    expected = interact_by_definition(found.predict, rows, background, groups=players)
    values = TreeShapley(found, background, players=players).interactions(rows)
    assert_allclose(values, expected, atol=1e-12)


@pytest.mark.parametrize("n_rows", [0, 1, 25])
def test_deep_paths_by_pairs_and_by_table(n_rows, monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 14))
    model = tree.ExtraTreeRegressor(max_features=1, random_state=0).fit(X, X.sum(axis=1))
    rows, background = X[:n_rows] + 0.1, X[100:]
    monkeypatch.setattr(_tree_units, "_MAX_PATH_CELLS", 200)
    game = game_of(model, "predict", background)
    assert game.n_deep > 2
    monkeypatch.setattr(_tree_units, "_MAX_PATH_CELLS", 2**13)
    by_table = game_of(model, "predict", background)
    assert by_table.n_deep == 0
    found = game.interactions(rows)
    assert_allclose(found, by_table.interactions(rows), atol=1e-11)
    assert_allclose(found.sum(axis=1), game.values(rows), atol=1e-11)


def test_stumps_do_not_interact():
    X, y = rounded(60)
    model = ensemble.GradientBoostingRegressor(n_estimators=20, max_depth=1, random_state=0)
    game = game_of(model.fit(X, y), "predict", X[:20])
    found = game.interactions(X)
    d = np.arange(4)
    assert_array_equal(found[:, d, d], game.values(X))
    assert_array_equal(found[:, ~np.eye(4, dtype=bool)], 0)


def test_a_tree_that_is_one_leaf():
    X, _ = rounded(20)
    model = tree.DecisionTreeRegressor().fit(X, np.ones(20))
    found = game_of(model, "predict", X).interactions(X)
    assert_array_equal(found, np.zeros((20, 4, 4, 1)))


def test_players_on_no_common_path_do_not_interact():
    # The first column chooses whether the second or the third matters.
    X = np.array([[a, b, c] for a in (0.0, 1.0) for b in (0.0, 1.0) for c in (0.0, 1.0)])
    model = tree.DecisionTreeRegressor(random_state=0)
    model.fit(X, np.where(X[:, 0] == 1, 8 + X[:, 1], X[:, 2]))
    found = game_of(model, "predict", X).interactions(X)[..., 0]
    assert_array_equal(found[:, 1, 2], 0)
    assert np.abs(found[:, 0, 1:]).min() > 0.1


def test_tables_hold_few_pairs():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 25))
    model = ensemble.ExtraTreesRegressor(4, max_depth=6, max_features=1, random_state=0)
    game = game_of(model.fit(X, X.sum(axis=1)), "predict", X)
    n_tables = 0
    for block, _ in game._units:
        tables = [table for held in block.pair_tables(25) for table in held]
        n_tables += len(tables)
        assert [table.units.stop for table in tables[:-1]] == [t.units.start for t in tables[1:]]
        for table in tables:
            assert len(table.columns) <= 128
            assert np.abs(table.entries).max(axis=(0, 2)).min() > 0  # each pair is on some path
    assert n_tables > 1
    found = game.interactions(X[:5])
    assert_allclose(found.sum(axis=2), game.values(X[:5]), atol=1e-12)


@pytest.mark.parametrize("small", [False, True])
def test_a_row_depends_on_itself_alone(small, monkeypatch):
    if small:
        monkeypatch.setattr(_tree_blocks, "_CODE_ENTRIES", 500)
        monkeypatch.setattr(_trees, "_ROW_ENTRIES", 100)
    X, y = rounded(300)
    X = X + np.random.default_rng(0).normal(size=X.shape)
    model = ensemble.HistGradientBoostingRegressor(max_iter=10).fit(X, y)
    game = game_of(model, "predict", X[:50])
    found = game.interactions(X)
    assert_array_equal(game.interactions(X[::-1])[::-1], found)
    assert_array_equal(game.interactions(X[17:18]), found[17:18])
    monkeypatch.undo()
    assert_array_equal(game.interactions(X), found)
    assert game.interactions(X[:0]).shape == (0, 4, 4, 1)


def test_as_woodelf():
    woodelf = pytest.importorskip("woodelf")
    X, y = rounded(80, n_columns=6)
    X = X.astype(np.float32).astype(float)  # woodelf compares in float64
    model = ensemble.RandomForestRegressor(5, max_depth=6, random_state=0).fit(X, y)
    columns = [f"x{j}" for j in range(6)]
    explainer = woodelf.WoodelfExplainer(model, pd.DataFrame(X[:30], columns=columns))
    rows = pd.DataFrame(X[-10:], columns=columns)
    theirs = explainer.shap_interaction_values(rows, as_df=False, verbose=False)
    found = game_of(model, "predict", X[:30]).interactions(X[-10:])[..., 0]
    assert_allclose(found, theirs, atol=1e-5)
