"""DataShapleyExplainer against all orders, brute force and properties."""

import functools
import itertools

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from sklearn.datasets import load_diabetes, load_iris
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, r2_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from test_knn_values import shapley_values

from skxai.influence import DataShapleyExplainer
from skxai.influence._data_shapley_walks import walk


def test_walks_through_all_orders_give_shapley_values():
    earned = {
        frozenset(players): value
        for size in range(5)
        for players, value in zip(
            itertools.combinations(range(4), size),
            np.random.default_rng(size).normal(size=6),
        )
    }
    game = lambda players: earned[frozenset(np.asarray(list(players)).tolist())]  # noqa: E731
    orders = list(itertools.permutations(range(4)))
    gains = [walk(game, np.array(order), game([]), game(range(4)), 0) for order in orders]
    np.testing.assert_allclose(np.mean(gains, axis=0), shapley_values(game, 4), rtol=0, atol=1e-14)


def test_a_walk_ends_where_little_is_left():
    asked = []

    def game(players):
        asked.append(len(players))
        return min(len(players), 3) / 3

    gains = walk(game, np.arange(20), 0.0, 1.0, 0.01)
    assert asked == [1, 2, 3, 4, 5, 6, 7]  # five in a row
    np.testing.assert_allclose(gains, [1 / 3] * 3 + [0] * 17)
    del asked[:]
    walk(game, np.arange(20), 0.0, 1.0, 0)
    assert len(asked) == 19


def test_a_walk_goes_on_if_it_was_near_by_chance():
    earned = [1.0] * 4 + [0.5] + [1.0] * 4 + [0.5, 1.0, 0.5, 1.0]
    gains = walk(lambda players: earned[len(players) - 1], np.arange(13), 0.0, 1.0, 0.01)
    np.testing.assert_array_equal(gains, np.diff(earned, prepend=0.0))


def check_near_brute_force(got, game, n_players):
    game = functools.cache(game)
    expected = shapley_values(lambda players: game(frozenset(players)), n_players)
    assert (np.abs(got.values[0] - expected) < 4 * got.std_errors[0] + 1e-12).all()
    assert got.std_errors.max() < 0.5 * np.abs(expected).max()
    total = game(frozenset(range(n_players)))
    np.testing.assert_allclose(got.totals, total, rtol=0, atol=1e-12)


def test_regression_matches_brute_force():
    X, y = load_diabetes(return_X_y=True)
    X, y, new, goals = X[:5, 2:4], y[:5], X[7:60, 2:4], y[7:60]
    explainer = DataShapleyExplainer(n_permutations=150, truncation=0, random_state=1)
    got = explainer.fit(Ridge(0.1), X, y).explain(new, goals)

    def game(rows):
        if len(rows) == 0:
            return r2_score(goals, np.full(len(goals), y.mean()))
        rows = sorted(rows)
        return Ridge(0.1).fit(X[rows], y[rows]).score(new, goals)

    check_near_brute_force(got, game, 5)


def test_classification_matches_brute_force():
    X, y = load_iris(return_X_y=True)
    X, y, new, goals = X[42:57:3], y[42:57:3], X[1:100:5], y[1:100:5]
    assert y.tolist() == [0, 0, 0, 1, 1]
    explainer = DataShapleyExplainer(
        n_permutations=60, truncation=0, random_state=0, scoring="accuracy"
    )
    got = explainer.fit(LogisticRegression(), X, y).explain(new, goals)

    def game(rows):
        rows = sorted(rows)
        if len(set(y[rows])) < 2:  # refused by the model
            return accuracy_score(goals, np.full(len(goals), 0))
        return LogisticRegression().fit(X[rows], y[rows]).score(new, goals)

    check_near_brute_force(got, game, 5)


def test_rows_that_change_nothing_are_worth_nothing():
    model = DummyClassifier(strategy="constant", constant=0)
    explainer = DataShapleyExplainer(n_permutations=5, truncation=0, random_state=0)
    got = explainer.fit(model, np.zeros((4, 1)), [0, 0, 0, 1]).explain([[0.0], [0.0]], [0, 1])
    np.testing.assert_array_equal(got.values[0, :3], 0)
    assert got.totals == [0.5]


def test_same_bits_for_a_seed_whatever_runs():
    X, y = load_iris(return_X_y=True, as_frame=True)
    model = make_pipeline(StandardScaler(), DecisionTreeClassifier(max_features=1))
    settings = {"n_permutations": 3, "random_state": 3, "scoring": "neg_log_loss"}
    explainer = DataShapleyExplainer(**settings).fit(model, X[::15], y[::15])
    first = explainer.explain(X[1::9], y[1::9])
    again = explainer.explain(X[1::9], y[1::9])
    two = DataShapleyExplainer(**settings, n_jobs=2).fit(model, X[::15], y[::15])
    with parallel_config(backend="threading"):
        two = two.explain(X[1::9], y[1::9])
    assert first.to_frame().equals(again.to_frame())
    assert first.to_frame().equals(two.to_frame())
    assert first.train_index.equals(X[::15].index)
    assert not hasattr(model, "classes_")


def test_truncation_changes_little():
    X, y = load_iris(return_X_y=True)
    values = []
    for truncation in (0, 0.02):
        explainer = DataShapleyExplainer(n_permutations=12, truncation=truncation, random_state=0)
        got = explainer.fit(GaussianNB(), X[::8], y[::8]).explain(X[1::4], y[1::4])
        values.append(got.values[0])
    assert np.corrcoef(values)[0, 1] > 0.95
    assert values[0].sum() == pytest.approx(values[1].sum(), abs=0.02)


def test_flipped_labels_are_worth_least():
    X, y = load_iris(return_X_y=True)
    X, y = X[:100], y[:100]
    flipped = y[::4].copy()
    flipped[[3, 8, 20]] = 1 - flipped[[3, 8, 20]]
    explainer = DataShapleyExplainer(n_permutations=12, random_state=0)
    got = explainer.fit(LogisticRegression(), X[::4], flipped).explain(X[1::8], y[1::8])
    assert set(got.importance().nsmallest(3, "value").index) == {3, 8, 20}


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (GaussianNB, "model is the class GaussianNB"),
        (FrozenEstimator(GaussianNB()), "model is a FrozenEstimator"),
        (len, "model is builtin_function_or_method"),
        (StandardScaler(), "model is StandardScaler"),
    ],
)
def test_bad_models(model, message):
    with pytest.raises(TypeError, match=message):
        DataShapleyExplainer().fit(model, np.zeros((4, 2)), [0, 1, 0, 1])


def test_bad_arguments():
    X, y = load_iris(return_X_y=True)
    explainer = DataShapleyExplainer(n_permutations=2)
    with pytest.raises(NotFittedError):
        explainer.explain(X, y)
    with pytest.raises(ValueError, match=r"y has shape \(3,\); expected \(150,\)"):
        explainer.fit(GaussianNB(), X, y[:3])
    explainer.fit(GaussianNB(), X, y)
    with pytest.raises(ValueError, match="X has 3 columns; expected 4"):
        explainer.explain(X[:, :3], y)
    with pytest.raises(ValueError, match="X has no rows"):
        explainer.explain(X[:0], y[:0])
    with pytest.raises(TypeError, match="y is None"):
        explainer.explain(X, None)
    with pytest.raises(ValueError, match="scoring gives nan for a constant prediction"):
        explainer.set_params(scoring=lambda *_: np.nan).explain(X, y)
    with pytest.raises(ValueError, match="'scoring' parameter"):
        explainer.set_params(scoring="accurate").fit(GaussianNB(), X, y)
    with pytest.raises(ValueError, match="X_background has no rows"):
        DataShapleyExplainer().fit(GaussianNB(), X[:0], y[:0])
    # A model that fails on all rows says so, instead of scoring as nothing.
    with pytest.raises(ValueError, match="n_neighbors"):
        DataShapleyExplainer().fit(KNeighborsClassifier(999), X, y).explain(X, y)


def test_frames_keep_their_kind():
    X, y = load_iris(return_X_y=True, as_frame=True)
    seen = set()

    class Watching(GaussianNB):
        def fit(self, X, y):
            seen.add(type(X))
            return super().fit(X, y)

    explainer = DataShapleyExplainer(n_permutations=2, random_state=0)
    explainer.fit(Watching(), X[::15], y[::15]).explain(X, y)
    assert seen == {pd.DataFrame}
    assert explainer.feature_names_in_.tolist() == X.columns.tolist()
