"""KNNShapleyExplainer against refits, brute force and hand-worked cases."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from joblib import parallel_config
from sklearn.datasets import load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from test_knn_values import shapley_values

from skxai.influence import KNNShapleyExplainer


def earnings(distances, y, goal, n_neighbors, weights, classify):
    """The game of the class's notes, for a row, by its definition and without ties."""
    nearest = np.argsort(distances)
    w = {"uniform": np.ones_like, "distance": lambda d: 1 / d}[weights](distances)
    w = w / w[nearest[:n_neighbors]].mean()

    def game(coalition):
        chosen = [i for i in nearest if i in coalition][:n_neighbors]
        if classify:
            return (w[chosen] * (y[chosen] == goal)).sum() / n_neighbors
        predicted = y.mean() + (w[chosen] * (y[chosen] - y.mean())).sum() / n_neighbors
        return -((predicted - goal) ** 2)

    return game


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("n_neighbors", [1, 3, 20])
@pytest.mark.parametrize("classify", [True, False])
def test_values_are_shapley_values(classify, n_neighbors, weights):
    rng = np.random.default_rng(0)
    X, y, new = rng.normal(size=(8, 2)), rng.normal(10, size=8), rng.normal(size=(3, 2))
    goals = rng.normal(10, size=3)
    if classify:
        y, goals = np.where(y > 10, "b", "a"), np.where(goals > 10, "b", "a")
    model = (KNeighborsClassifier if classify else KNeighborsRegressor)(3).fit(X, y)
    explainer = KNNShapleyExplainer(n_neighbors=n_neighbors, weights=weights)
    got = explainer.fit(model, X, y).explain(new, goals)
    for row, goal, values, base in zip(new, goals, got.values, got.base_values):
        distances = np.linalg.norm(X - row, axis=1)
        game = earnings(distances, y, goal, n_neighbors, weights, classify)
        np.testing.assert_allclose(values, shapley_values(game, 8), rtol=0, atol=1e-12)
        assert base == pytest.approx(game(set()), abs=1e-12)


@pytest.mark.parametrize("weights", ["uniform", "distance", lambda d: np.exp(-d)])
def test_values_add_up_to_what_the_model_earns(weights):
    X, y = load_diabetes(return_X_y=True)
    model = make_pipeline(PCA(5), StandardScaler(), KNeighborsRegressor(7, weights=weights))
    model.fit(X[:300], y[:300])
    got = KNNShapleyExplainer().fit(model, X[:300], y[:300]).explain(X[290:], y[290:])
    earned = -((model.predict(X[290:]) - y[290:]) ** 2)  # of ten rows, one neighbour is the row
    np.testing.assert_allclose(got.totals, earned, rtol=1e-9, atol=1e-8)

    labels = np.digitize(y, [100, 200])
    model = KNeighborsClassifier(7, weights=weights, metric="minkowski", p=3)
    model.fit(X[:300], labels[:300])
    got = KNNShapleyExplainer().fit(model, X[:300], labels[:300]).explain(X[290:], labels[290:])
    right = model.predict_proba(X[290:])[np.arange(len(got)), labels[290:]]
    np.testing.assert_allclose(got.totals, right, rtol=0, atol=1e-12)


def test_without_targets_the_prediction_is_valued():
    X, y = load_iris(return_X_y=True, as_frame=True)
    y = load_iris().target_names[y]
    model = KNeighborsClassifier().fit(X[::2], y[::2])
    explainer = KNNShapleyExplainer().fit(model, X[::2], y[::2])
    got = explainer.explain(X[1::2])
    assert got.targets.tolist() == model.predict(X[1::2]).tolist()
    assert got.index.equals(X[1::2].index)
    assert got.train_index.equals(X[::2].index)
    pd.testing.assert_frame_equal(
        got.to_frame(), explainer.explain(X[1::2], model.predict(X[1::2])).to_frame()
    )


def test_duplicates_share_alike_wherever_they_are():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 30))[rng.integers(0, 40, size=200)]
    y = rng.normal(size=200)
    model = make_pipeline(PCA(20), KNeighborsRegressor()).fit(X, y)
    X, y = np.vstack([X, X[:1]]), np.append(y, y[0])
    got = KNNShapleyExplainer().fit(model, X, y).explain(rng.normal(size=(20, 30)), np.zeros(20))
    np.testing.assert_allclose(got.values[:, 0], got.values[:, -1], rtol=0, atol=1e-14)


def test_order_of_training_rows_makes_no_difference():
    X, y = np.arange(12.0).reshape(-1, 1) // 4, np.arange(12) % 2
    model = KNeighborsClassifier(3).fit(X, y)
    order = np.random.default_rng(0).permutation(12)
    first = KNNShapleyExplainer().fit(model, X, y).explain([[0.2], [1.0]], [0, 1])
    second = KNNShapleyExplainer().fit(model, X[order], y[order]).explain([[0.2], [1.0]], [0, 1])
    np.testing.assert_allclose(first.values[:, order], second.values, rtol=0, atol=1e-15)


def test_hand_worked():
    """One neighbour, three rows: v is 1 if the nearest of the coalition is of the class."""
    X, y = np.array([[0.0], [1.0], [2.0]]), np.array([1, 0, 1])
    model = KNeighborsClassifier(1).fit(X, y)
    got = KNNShapleyExplainer().fit(model, X, y).explain([[0.0]], [1])
    np.testing.assert_allclose(got.values, [[5 / 6, -1 / 6, 1 / 3]], rtol=0, atol=1e-15)


def test_a_zero_distance_takes_all_weight():
    X, y = np.array([[0.0], [1.0], [2.0]]), np.array(["a", "b", "b"])
    model = KNeighborsClassifier(2, weights="distance").fit(X, y)
    got = KNNShapleyExplainer().fit(model, X, y).explain([[0.0]], ["a"])
    np.testing.assert_allclose(got.values, [[1, 0, 0]], rtol=0, atol=1e-15)


@pytest.mark.parametrize("n_rows", [1, 150])
def test_average_is_the_mean(n_rows):
    X, y = load_iris(return_X_y=True)
    X, y = np.tile(X, (5, 1)), np.tile(y, 5)  # several chunks, of several blocks
    model = KNeighborsClassifier().fit(X, y)
    explainer = KNNShapleyExplainer().fit(model, X[:649], y[:649])
    rows = slice(0, n_rows * 4 if n_rows > 1 else 1)
    got = explainer.average(X[rows], y[rows]).importance()
    pd.testing.assert_frame_equal(
        got, explainer.explain(X[rows], y[rows]).importance(), check_exact=False, atol=1e-14
    )
    with parallel_config(backend="threading", n_jobs=2):
        assert explainer.average(X[rows], y[rows]).importance().equals(got)


def test_distances_are_those_of_the_last_step():
    X, y = load_iris(return_X_y=True)
    pipe = make_pipeline(StandardScaler(), PCA(2), LogisticRegression())
    search = GridSearchCV(pipe, {"logisticregression__C": [1.0]}, cv=2).fit(X, y)
    got = KNNShapleyExplainer(n_neighbors=4).fit(search, X, y).explain(X[:9], y[:9])
    Z = search.best_estimator_[:-1].transform(X)
    model = KNeighborsClassifier(4).fit(Z, y)
    expected = KNNShapleyExplainer().fit(model, Z, y).explain(Z[:9], y[:9])
    np.testing.assert_allclose(got.values, expected.values, rtol=0, atol=1e-12)


def test_no_rows_after_steps_that_refuse_them():
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), KNeighborsClassifier(3)).fit(X, y)
    assert KNNShapleyExplainer().fit(model, X, y).explain(X[:0], y[:0]).values.shape == (0, 150)


@pytest.mark.parametrize("metric", ["cosine", "manhattan", "euclidean"])
def test_sparse_rows_are_as_far_as_dense_ones(metric):
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 4, size=(40, 6)) + 0.5 * np.eye(40, 6), rng.integers(0, 2, size=40)
    model = KNeighborsClassifier(3, algorithm="brute").fit(X, y)
    explainer = KNNShapleyExplainer(metric=metric)
    dense = explainer.fit(model, X, y).explain(X[:5], y[:5]).values
    model.fit(sp.csr_matrix(X), y)
    sparse = explainer.fit(model, sp.csr_matrix(X), y).explain(sp.csr_matrix(X[:5]), y[:5]).values
    np.testing.assert_allclose(sparse, dense, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("settings", "y", "message"),
    [
        ({}, [0, 9], r"y has labels \[9\]; expected some of \[0, 1, 2\]"),
        ({}, ["a", "b"], "y has labels"),
        ({}, [0], r"y has shape \(1,\); expected \(2,\)"),
        ({}, [0, None], "y has missing values"),
        ({"metric": "precomputed"}, [0, 1], "metric is 'precomputed'"),
        ({"weights": lambda d: -d}, [0, 1], "weights gives some rows negative weights"),
        ({"weights": lambda d: d[:, :1]}, [0, 1], "weights returned shape"),
    ],
)
def test_bad_arguments(settings, y, message):
    X, target = load_iris(return_X_y=True)
    model = KNeighborsClassifier().fit(X, target)
    with pytest.raises(ValueError, match=message):
        KNNShapleyExplainer(**settings).fit(model, X, target).explain(X[:2], y)


def test_models_without_one_target_are_refused():
    X, y = load_diabetes(return_X_y=True)
    model = KNeighborsRegressor().fit(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match="model has 2 outputs"):
        KNNShapleyExplainer().fit(model, X, y)
    with pytest.raises(TypeError, match="y is None"):
        KNNShapleyExplainer().fit(model.fit(X, y), X)
    with pytest.raises(ValueError, match="X has no rows"):
        KNNShapleyExplainer().fit(model, X, y).average(X[:0], y[:0])


def test_labels_may_be_objects_and_unknown_to_the_training_rows():
    X, y = load_iris(return_X_y=True)
    names = load_iris().target_names[y]
    model = KNeighborsClassifier(3).fit(X, names)
    explainer = KNNShapleyExplainer().fit(model, X[:100:3], names[:100:3].astype(object))
    got = explainer.explain(X[98:102], names[98:102])
    assert got.values[:2].any(axis=1).all()
    assert not got.values[2:].any()  # no training row is a virginica
    objects = explainer.explain(X[98:102], names[98:102].astype(object))
    np.testing.assert_array_equal(objects.values, got.values)
