"""Shapley values of trees against their definition, other algorithms and the shap package."""

import numpy as np
import pandas as pd
import pytest
from by_definition import average_over_orders, explain_by_definition
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import ensemble, tree

from skxai import ShapleyExplainer
from skxai.predictors._trees import TreeEnsemble, tree_ensemble_of
from skxai.predictors._trees._inputs import NumberInputs
from skxai.shapley import _tree_blocks, _tree_paths, _tree_tables, _tree_units, _trees
from skxai.shapley._tree_games import leaf_gains, pairwise_gains, shapley_weight
from skxai.shapley._trees import TreeShapley, tree_shapley


def failed(code, n_players):
    return np.array([bool(code >> j & 1) for j in range(n_players)])


def test_worked_leaf_games():
    # x fails nothing, z fails all three: reached only when all three are present.
    histogram = np.zeros((1, 8))
    histogram[0, 7] = 1.0
    assert_allclose(leaf_gains(histogram, 3)[:, 0, 0], [1 / 3, 1 / 3, 1 / 3])
    # x fails all three, z nothing: left as soon as one of them is present.
    histogram = np.zeros((1, 8))
    histogram[0, 0] = 1.0
    assert_allclose(leaf_gains(histogram, 3)[:, 0, 7], [-1 / 3, -1 / 3, -1 / 3])
    # x fails the first, z the second: present without the first, in one of six orders of three.
    histogram = np.zeros((1, 8))
    histogram[0, 2] = 1.0
    assert_allclose(leaf_gains(histogram, 3)[:, 0, 1], [-1 / 2, 1 / 2, 0], atol=1e-15)
    # Both fail the first: never reached.
    assert_allclose(leaf_gains(histogram, 3)[:, 0, 2], 0)


def test_shapley_weight():
    assert_allclose(shapley_weight([0, 1, 2], [0, 1, 3]), [1, 1 / 6, 2 * 6 / 720])


@pytest.mark.parametrize("n_players", [1, 2, 4])
def test_leaf_gains_by_definition(n_players):
    rng = np.random.default_rng(n_players)
    histogram = rng.random((2, 2**n_players)) * (rng.random((2, 2**n_players)) < 0.6)
    gains = leaf_gains(histogram, n_players)
    for leaf in range(2):
        for u in range(2**n_players):

            def worth(coalition, u=u, leaf=leaf):
                inside = sum(1 << j for j in coalition)
                return sum(
                    weight
                    for w, weight in enumerate(histogram[leaf])
                    if u & inside == 0 and w & ~inside == 0
                )

            expected = average_over_orders(worth, n_players)
            assert_allclose(gains[:, leaf, u], expected, atol=1e-14)


@pytest.mark.parametrize("n_players", [3, 8, 9, 11])
def test_leaf_gains_by_table_and_by_pairs(n_players):
    rng = np.random.default_rng(n_players)
    sets, weights = rng.integers(0, 2**n_players, 30), rng.random(30)
    sets[:2] = 0, 2**n_players - 1
    histogram = np.bincount(sets, weights, minlength=2**n_players)[None]
    rows = np.append(rng.integers(0, 2**n_players, 20), [0, 2**n_players - 1])
    by_table = leaf_gains(histogram, n_players)[:, 0, rows].T
    by_pairs = pairwise_gains(
        np.array([failed(u, n_players) for u in rows]),
        np.array([failed(w, n_players) for w in sets]),
        weights,
    )
    assert_allclose(by_table, by_pairs, rtol=1e-11, atol=1e-13)


SETTINGS = {
    "as it is": {},
    "each leaf alone": {(_tree_units, "_MAX_LEAVES"): 1},
    "pair by pair": {(_tree_units, "_MAX_LEAVES"): 1, (_tree_units, "_MAX_PATH_CELLS"): 4},
    "large units": {(_tree_units, "_MAX_CELLS"): 10**6},
    "small blocks": {
        (_tree_units, "_MAX_CELLS"): 40,
        (_trees, "_NODE_ENTRIES"): 1,
        (_trees, "_BLOCK_LEAVES"): 9,
        (_trees, "_TABLE_ENTRIES"): 500,
        (_trees, "_PATH_LEAVES"): 2,
        (_trees, "_KEPT_BYTES"): 2000,
        (_tree_blocks, "_CODE_ENTRIES"): 7,
        (_tree_tables, "_GAIN_ENTRIES"): 50,
        (_tree_blocks, "_FEW"): 0.9,
        (_tree_paths, "_PAIR_ENTRIES"): 20,
    },
}


@pytest.fixture(params=list(SETTINGS))
def setting(request, monkeypatch):
    """Every size at which the algorithm changes its way."""
    for (module, name), value in SETTINGS[request.param].items():
        monkeypatch.setattr(module, name, value)
    return request.param


def rounded(n_rows, n_columns=4, missing=0.0, seed=0):
    """A table with many ties, perhaps with missing values."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_columns)).round(0)
    X[rng.random(X.shape) < missing] = np.nan
    filled = np.nan_to_num(X, nan=2.5)
    return X, filled[:, 0] * filled[:, 1] + np.sin(filled[:, 2]) + filled[:, 3] + X[:, 1] ** 0


MODELS = [
    tree.DecisionTreeRegressor(max_depth=4, random_state=0),
    tree.DecisionTreeRegressor(max_leaf_nodes=9, random_state=0),
    ensemble.RandomForestRegressor(4, random_state=0),
    ensemble.GradientBoostingRegressor(n_estimators=8, random_state=0),
    ensemble.HistGradientBoostingRegressor(max_iter=5, min_samples_leaf=2),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model)[:30])
@pytest.mark.parametrize("players", [None, [[1, 3], [0], [2]], [[0, 1, 2, 3]]])
def test_by_definition(model, players, setting):
    X, y = rounded(60)
    model.fit(X, y)
    background, rows = X[:11], X[-5:] + 0.1
    weights = np.random.default_rng(0).dirichlet(np.ones(11))
    found = tree_shapley(tree_ensemble_of(model, "predict"), rows, background, weights, players)
    expected = explain_by_definition(model.predict, rows, background, weights, players)
    assert_allclose(found[:, :, 0], expected, atol=1e-12)
    gap = model.predict(rows) - weights @ model.predict(background)
    assert_allclose(found.sum(axis=1)[:, 0], gap, atol=1e-12)


def test_one_feature_many_times_on_a_path(setting):
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(60, 2))
    model = tree.DecisionTreeRegressor(random_state=0).fit(X, np.sin(20 * X[:, 0]) + X[:, 1])
    assert model.get_depth() > 6
    found = tree_shapley(tree_ensemble_of(model, "predict"), X[:6], X[20:40])
    expected = explain_by_definition(model.predict, X[:6], X[20:40])
    assert_allclose(found[:, :, 0], expected, atol=1e-12)


@pytest.mark.parametrize("in_background", [True, False])
def test_missing_values(in_background, setting):
    X, y = rounded(80, missing=0.25)
    y[np.isnan(y)] = -1.0
    complete = ~np.isnan(X).any(axis=1)
    background = X[:12] if in_background else X[complete][:12]
    for model in [
        ensemble.RandomForestRegressor(4, random_state=0),
        ensemble.HistGradientBoostingRegressor(max_iter=4, min_samples_leaf=2),
    ]:
        model.fit(X, y)
        game = TreeShapley(tree_ensemble_of(model, "predict"), background)
        for rows in [X[-6:], X[complete][-3:]]:
            expected = explain_by_definition(model.predict, rows, background)
            assert_allclose(game.values(rows)[:, :, 0], expected, atol=1e-12)


def test_categories(setting):
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
    found = tree_ensemble_of(model, "predict")
    assert (found.category_set >= 0).any()
    background, rows = X[:9], X[-6:]
    for players in [None, [[0, 2], [1]]]:
        expected = explain_by_definition(model.predict, rows, background, groups=players)
        values = tree_shapley(found, rows, background, players=players)
        assert_allclose(values[:, :, 0], expected, atol=1e-12)


def test_several_outputs(setting):
    X, y = rounded(60)
    labels = np.digitize(y, np.quantile(y, [0.3, 0.6]))
    forest = ensemble.RandomForestClassifier(4, random_state=0).fit(X, labels)
    boosting = ensemble.GradientBoostingClassifier(n_estimators=3, random_state=0).fit(X, labels)
    for model, method in [(forest, "predict_proba"), (boosting, "decision_function")]:
        found = tree_shapley(tree_ensemble_of(model, method), X[:5], X[30:42])
        expected = explain_by_definition(getattr(model, method), X[:5], X[30:42])
        assert found.shape == (5, 4, 3)
        assert_allclose(found, expected, atol=1e-12)


def random_ensemble(seed):
    """Trees of any shape over two numbers, with NaN, and two categorical columns."""
    rng = np.random.default_rng(seed)
    feature, left, right, roots = [], [], [], []
    for _ in range(rng.integers(1, 4)):
        roots.append(len(feature))
        waiting = [roots[-1]]
        feature.append(-1), left.append(-1), right.append(-1)
        for _ in range(rng.integers(0, 12)):
            node = waiting.pop(rng.integers(len(waiting)))
            feature[node] = rng.integers(0, 4)
            left[node], right[node] = len(feature), len(feature) + 1
            waiting += [left[node], right[node]]
            feature += [-1, -1]
            left += [-1, -1]
            right += [-1, -1]
    feature = np.array(feature)
    categorical = feature >= 2
    sets = np.full(len(feature), -1)
    sets[categorical] = np.arange(categorical.sum())
    return TreeEnsemble(
        inputs=(NumberInputs(4, np.float64),),
        feature=feature,
        threshold=rng.integers(-2, 3, len(feature)) / 2,
        left=np.array(left),
        right=np.array(right),
        missing_left=rng.random(len(feature)) < 0.5,
        category_set=sets,
        categories_left=rng.random((categorical.sum(), 5)) < 0.5,
        values=rng.normal(size=(len(feature), 2)),
        roots=np.array(roots),
        offset=rng.normal(size=2),
    )


def random_rows(seed, n_rows):
    rng = np.random.default_rng(seed)
    X = np.column_stack(
        [rng.integers(-3, 4, (n_rows, 2)) / 2, rng.integers(-1, 6, (n_rows, 2))]
    ).astype(float)
    X[rng.random(X.shape) < 0.1] = np.nan
    return X


@given(seed=st.integers(0, 10**6))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_random_trees_by_definition(seed):
    found, rows = random_ensemble(seed), random_rows(seed, 4)
    background = random_rows(seed + 1, 5)
    players = [None, [[0, 2], [1], [3]], [[3, 0], [1, 2]]][seed % 3]
    expected = explain_by_definition(found.predict, rows, background, groups=players)
    values = tree_shapley(found, rows, background, players=players)
    assert_allclose(values, expected, atol=1e-12)


def test_as_the_exact_explainer():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 8))
    y = X[:, 0] * X[:, 1] + np.abs(X[:, 2]) + X[:, 3:].sum(axis=1)
    model = ensemble.RandomForestRegressor(10, max_depth=7, random_state=0).fit(X, y)
    exact = ShapleyExplainer(algorithm="exact").fit(model, X[:20]).explain(X[-10:])
    found = tree_shapley(tree_ensemble_of(model, "predict"), X[-10:], X[:20])
    assert_allclose(found[:, :, 0], exact.values, atol=1e-12)


def test_deep_forest_of_many_columns(monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 20))
    y = X.sum(axis=1) + X[:, 0] * X[:, 1]
    model = tree.ExtraTreeRegressor(max_features=1, random_state=0).fit(X, y)
    found = tree_ensemble_of(model, "predict")
    rows, background = X[:15] + 0.1, X[100:]
    game = TreeShapley(found, background)
    n_paths = sum(len(block._values) for block in game._paths)
    assert n_paths > 2
    values = game.values(rows)[:, :, 0]
    gap = model.predict(rows) - model.predict(background).mean()
    assert_allclose(values.sum(axis=1), gap, atol=1e-10)
    monkeypatch.setattr(_tree_units, "_MAX_PATH_CELLS", 2**16)
    by_table = TreeShapley(found, background)
    assert by_table._paths == []
    assert_allclose(by_table.values(rows)[:, :, 0], values, atol=1e-10)


def test_many_columns_in_one_player():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 30))
    model = tree.ExtraTreeRegressor(max_features=1, random_state=0)
    model.fit(X, X.sum(axis=1))
    players = [list(range(28)), [28], [29]]
    found = tree_shapley(tree_ensemble_of(model, "predict"), X[:4], X[50:70], players=players)
    expected = explain_by_definition(model.predict, X[:4], X[50:70], groups=players)
    assert_allclose(found[:, :, 0], expected, atol=1e-11)


def test_more_conditions_than_bits_of_a_word():
    # A chain of 80 splits on 80 columns: too many sets for an integer.
    n = 80
    feature = np.full(2 * n + 1, -1)
    feature[0 : 2 * n : 2] = np.arange(n)
    left, right = np.full(2 * n + 1, -1), np.full(2 * n + 1, -1)
    left[0 : 2 * n : 2], right[0 : 2 * n : 2] = np.arange(1, 2 * n, 2), np.arange(2, 2 * n + 1, 2)
    values = np.zeros((2 * n + 1, 1))
    values[-1] = 1.0  # 1 where all columns are above 0.5
    chain = TreeEnsemble(
        inputs=(NumberInputs(n),),
        feature=feature,
        threshold=np.full(2 * n + 1, 0.5),
        left=left,
        right=right,
        missing_left=np.zeros(2 * n + 1, dtype=bool),
        category_set=np.full(2 * n + 1, -1),
        categories_left=np.zeros((0, 0), dtype=bool),
        values=values,
        roots=np.zeros(1, dtype=int),
        offset=np.zeros(1),
    )
    X = np.ones((3, n))
    X[1, 7] = 0.0
    found = tree_shapley(chain, X, np.zeros((1, n)))[:, :, 0]
    assert_allclose(found[0], 1 / n)
    assert_allclose(found[1], 0, atol=1e-15)
    half = np.zeros((1, n))
    half[0, 40:] = 1.0
    found = tree_shapley(chain, X, half)[:, :, 0]
    assert_allclose(found[0], np.where(np.arange(n) < 40, 1 / 40, 0), atol=1e-15)


def test_a_row_depends_on_itself_alone():
    X, y = rounded(300)
    X = X + np.random.default_rng(0).normal(size=X.shape)
    model = ensemble.HistGradientBoostingRegressor(max_iter=10).fit(X, y)
    game = TreeShapley(tree_ensemble_of(model, "predict"), X[:50])
    values = game.values(X)
    assert_array_equal(game.values(X[::-1])[::-1], values)
    assert_array_equal(game.values(X[17:18]), values[17:18])
    assert game.values(X[:0]).shape == (0, 4, 1)


def test_nothing_of_the_users_is_changed():
    X, y = rounded(60)
    model = ensemble.RandomForestRegressor(3, random_state=0).fit(X, y)
    found = tree_ensemble_of(model, "predict")
    weights = np.full(20, 1 / 20)
    for array in (X, weights, found.values, found.threshold, found.feature):
        array.flags.writeable = False
    before = model.predict(X)
    tree_shapley(found, X, X[:20], weights)
    assert_array_equal(model.predict(X), before)


def test_equal_weights_are_no_weights_and_rows_of_no_weight_do_not_matter():
    X, y = rounded(60)
    model = ensemble.RandomForestRegressor(3, random_state=0).fit(X, y)
    found = tree_ensemble_of(model, "predict")
    weights = np.append(np.full(10, 0.1), np.zeros(5))
    assert_allclose(
        tree_shapley(found, X, X[:15], weights), tree_shapley(found, X, X[:10]), atol=1e-13
    )


def test_a_tree_that_is_one_leaf():
    X, _ = rounded(20)
    model = tree.DecisionTreeRegressor().fit(X, np.ones(20))
    assert_array_equal(tree_shapley(tree_ensemble_of(model, "predict"), X, X), 0)


def test_a_column_that_no_tree_uses_gains_nothing():
    X, y = rounded(60)
    X = np.column_stack([X, np.zeros(60)])
    model = ensemble.RandomForestRegressor(3, random_state=0).fit(X, y)
    values = tree_shapley(tree_ensemble_of(model, "predict"), X + np.eye(5)[4], X[:9])
    assert_array_equal(values[:, 4], 0)


def test_as_shap():
    shap = pytest.importorskip("shap")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 9)).astype(np.float32).astype(float)  # shap compares in float64
    y = X[:, 0] * X[:, 1] + np.abs(X[:, 2]) + X[:, 3:].sum(axis=1)
    for model in [
        ensemble.GradientBoostingRegressor(random_state=0),
        ensemble.RandomForestRegressor(20, max_depth=8, random_state=0),
    ]:
        model.fit(X, y)
        masker = shap.maskers.Independent(X[:150], max_samples=150)
        theirs = shap.TreeExplainer(model, masker).shap_values(X[-20:], check_additivity=False)
        found = tree_shapley(tree_ensemble_of(model, "predict"), X[-20:], X[:150])
        assert_allclose(found[:, :, 0], theirs, atol=1e-5)


@pytest.mark.parametrize("verb", ["explain", "interactions"])
def test_bits_of_a_row_do_not_depend_on_rows_that_miss_more_than_the_background(verb):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 6))
    y = X[:, 0] * X[:, 1] + np.maximum(X[:, 2], X[:, 3]) + X[:, 4]
    X[rng.random(X.shape) < 0.03] = np.nan
    model = ensemble.HistGradientBoostingRegressor(max_iter=40, random_state=0).fit(X, y)
    complete = X[~np.isnan(X).any(axis=1)][:25]
    explain = getattr(ShapleyExplainer(algorithm="tree").fit(model, complete), verb)
    rows = X[:40]
    assert np.isnan(rows).any()
    together = explain(rows).values
    for part in (slice(0, 1), slice(1, 2), slice(3, 10), slice(10, 40)):
        assert_array_equal(explain(rows[part]).values, together[part])
