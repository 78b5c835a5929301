"""A tree ensemble that is read off a model reproduces the model's own response."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn import ensemble, tree
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor

from skxai.predictors._trees import TreeEnsemble, known_tree_ensemble, tree_ensemble_of


def data(n_rows=160, n_columns=5, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_columns)).round(1)  # with ties
    score = X[:, 0] * X[:, 1] + np.sin(2 * X[:, 2]) + 0.3 * rng.normal(size=n_rows)
    cuts = np.quantile(score, np.linspace(0, 1, n_classes + 1)[1:-1])
    return X, score, np.searchsorted(cuts, score)


def assert_reproduces(model, response_method, X):
    found = tree_ensemble_of(model, response_method)
    assert isinstance(found, TreeEnsemble)
    expected = getattr(model, response_method)(X)
    if isinstance(expected, list):
        expected = np.hstack(expected)
    expected = np.asarray(expected).reshape(X.shape[0], -1)
    assert found.predict(X).shape == expected.shape
    scale = np.abs(expected).max()
    np.testing.assert_allclose(found.predict(X), expected, rtol=0, atol=1e-12 * max(1, scale))
    children = np.concatenate([found.left, found.right])
    assert (np.tile(np.arange(len(found.left)), 2) < children)[children >= 0].all()
    return found


REGRESSORS = [
    tree.DecisionTreeRegressor(random_state=0),
    tree.ExtraTreeRegressor(random_state=0),
    tree.DecisionTreeRegressor(max_leaf_nodes=1 + 8, random_state=0),
    ensemble.RandomForestRegressor(8, random_state=0),
    ensemble.ExtraTreesRegressor(8, random_state=0),
    ensemble.BaggingRegressor(n_estimators=6, max_features=0.6, random_state=0),
    ensemble.BaggingRegressor(
        ensemble.HistGradientBoostingRegressor(max_iter=4),
        n_estimators=3,
        max_features=3,
        random_state=0,
    ),
    ensemble.GradientBoostingRegressor(n_estimators=12, random_state=0),
    ensemble.GradientBoostingRegressor(n_estimators=12, loss="quantile", init="zero"),
    ensemble.HistGradientBoostingRegressor(max_iter=12, min_samples_leaf=3),
    ensemble.HistGradientBoostingRegressor(max_iter=12, monotonic_cst=[1, 0, -1, 0, 0]),
    ensemble.VotingRegressor(
        [
            ("forest", ensemble.RandomForestRegressor(3, random_state=0)),
            ("out", "drop"),
            ("boosting", ensemble.HistGradientBoostingRegressor(max_iter=3)),
        ],
        weights=[3, 7, 2],
    ),
    ensemble.StackingRegressor(
        [
            ("tree", tree.DecisionTreeRegressor(max_depth=3, random_state=0)),
            ("boosting", ensemble.GradientBoostingRegressor(n_estimators=4, random_state=0)),
        ],
        final_estimator=Ridge(),
        cv=2,
    ),
    GridSearchCV(tree.DecisionTreeRegressor(random_state=0), {"max_depth": [2, 3]}, cv=2),
]


@pytest.mark.parametrize("model", REGRESSORS, ids=lambda model: str(model)[:40])
def test_regressors(model):
    X, y, _ = data()
    model.fit(X, y)
    assert_reproduces(model, "predict", X)
    assert_reproduces(FrozenEstimator(model), "predict", X + 0.05)


CLASSIFIERS = [
    (tree.DecisionTreeClassifier(random_state=0, max_depth=4), "predict_proba"),
    (tree.ExtraTreeClassifier(random_state=0, max_depth=4), "predict_proba"),
    (ensemble.RandomForestClassifier(8, max_depth=5, random_state=0), "predict_proba"),
    (ensemble.ExtraTreesClassifier(8, max_depth=5, random_state=0), "predict_proba"),
    (
        ensemble.BaggingClassifier(
            tree.DecisionTreeClassifier(max_depth=3),
            n_estimators=6,
            max_features=0.6,
            random_state=0,
        ),
        "predict_proba",
    ),
    (
        ensemble.BaggingClassifier(
            ensemble.GradientBoostingClassifier(n_estimators=2), n_estimators=2, random_state=0
        ),
        "decision_function",
    ),
    (ensemble.GradientBoostingClassifier(n_estimators=5, random_state=0), "decision_function"),
    (ensemble.HistGradientBoostingClassifier(max_iter=5), "decision_function"),
    (
        ensemble.AdaBoostClassifier(tree.DecisionTreeClassifier(max_depth=2), n_estimators=6),
        "decision_function",
    ),
    (
        ensemble.VotingClassifier(
            [
                ("forest", ensemble.RandomForestClassifier(3, max_depth=3, random_state=0)),
                ("tree", tree.DecisionTreeClassifier(max_depth=3, random_state=0)),
            ],
            voting="soft",
            weights=[1, 3],
        ),
        "predict_proba",
    ),
    (
        ensemble.StackingClassifier(
            [
                ("forest", ensemble.RandomForestClassifier(3, max_depth=3, random_state=0)),
                ("tree", tree.DecisionTreeClassifier(max_depth=3, random_state=0)),
            ],
            final_estimator=LogisticRegression(),
            cv=2,
        ),
        "decision_function",
    ),
]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize(
    ("model", "response_method"), CLASSIFIERS, ids=[str(model)[:40] for model, _ in CLASSIFIERS]
)
def test_classifiers(model, response_method, n_classes):
    X, _, y = data(n_classes=n_classes)
    model.fit(X, np.array(["a", "c", "b"])[y])
    assert_reproduces(model, response_method, X)
    assert tree_ensemble_of(model, "predict") is None
    assert tree_ensemble_of(model, "predict_log_proba") is None


def test_several_outputs():
    X, y, labels = data()
    Y = np.column_stack([y, -2 * y, X[:, 3] * y])
    assert_reproduces(ensemble.RandomForestRegressor(5, random_state=0).fit(X, Y), "predict", X)
    boosting = ensemble.GradientBoostingRegressor(n_estimators=4, random_state=0)
    assert_reproduces(MultiOutputRegressor(boosting).fit(X, Y), "predict", X)
    two_labels = np.column_stack([labels, X[:, 1] > 0])
    for model in [
        tree.DecisionTreeClassifier(max_depth=3, random_state=0),
        ensemble.ExtraTreesClassifier(5, max_depth=3, random_state=0),
    ]:
        found = assert_reproduces(model.fit(X, two_labels), "predict_proba", X)
        assert found.n_outputs == 5


class Unweighted(tree.DecisionTreeClassifier):
    """Takes no weights, so that Bagging has to leave rows out."""

    def fit(self, X, y):
        return super().fit(X, y)


def test_bagging_with_classes_that_some_members_never_saw():
    X, _, y = data(n_rows=60)
    y[:1], y[1:] = 2, np.minimum(y[1:], 1)
    model = ensemble.BaggingClassifier(Unweighted(), max_samples=0.5, random_state=0).fit(X, y)
    assert any(len(member.classes_) < 3 for member in model.estimators_)
    assert_reproduces(model, "predict_proba", X)


def test_inputs_at_thresholds_are_compared_as_float32():
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(200, 2))
    y = X[:, 0] + X[:, 1]
    for model in [
        ensemble.RandomForestRegressor(4, random_state=0),
        ensemble.GradientBoostingRegressor(n_estimators=20, random_state=0),
    ]:
        found = tree_ensemble_of(model.fit(X, y), "predict")
        split = found.feature >= 0
        exact = found.threshold[split]
        # just above a threshold in float64, not in float32
        rows = np.column_stack([np.nextafter(exact, 9), exact])
        assert_reproduces(model, "predict", rows)
        as_float64 = found.goes_left(np.flatnonzero(split), np.nextafter(exact, 9))
        as_float32 = np.float32(np.nextafter(exact, 9)) <= exact
        assert (as_float64 != as_float32).any()  # so the cast matters here


def test_float64_thresholds_of_histogram_boosting():
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(300, 2))
    model = ensemble.HistGradientBoostingRegressor(max_iter=5).fit(X, X[:, 0] - X[:, 1])
    found = tree_ensemble_of(model, "predict")
    exact = found.threshold[found.feature >= 0]
    assert_reproduces(model, "predict", np.column_stack([exact, np.nextafter(exact, 9)]))


@pytest.mark.parametrize("forest", [True, False])
def test_missing_values(forest):
    X, y, _ = data()
    X[np.random.default_rng(1).random(X.shape) < 0.2] = np.nan
    model = (
        ensemble.RandomForestRegressor(6, random_state=0)
        if forest
        else ensemble.HistGradientBoostingRegressor(max_iter=10, min_samples_leaf=3)
    ).fit(X, y)
    found = assert_reproduces(model, "predict", X)
    assert found.missing_left[found.feature >= 0].any()
    assert not found.missing_left[found.feature >= 0].all()
    if not forest:
        X[:5, 0], X[5:10, 0] = np.inf, -np.inf
        assert_reproduces(model, "predict", X)


def mixed_frame(n_rows=300, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=n_rows),
            "town": pd.Categorical(rng.choice(["Ulm", "Bonn", "Köln", "Jena", "Kiel"], n_rows)),
            "age": rng.integers(18, 90, n_rows),
            "kind": pd.Categorical(rng.choice(["x", "y", "z"], n_rows)),
        }
    )
    frame.loc[rng.random(n_rows) < 0.15, "size"] = np.nan
    frame.loc[rng.random(n_rows) < 0.15, "town"] = np.nan
    y = (
        frame["size"].fillna(1.5)
        + frame["town"].isin(["Ulm", "Kiel"]) * (1 + (frame["kind"] == "y"))
        + frame["town"].isna() * 2
        + (frame["age"] > 50)
    )
    return frame, y.to_numpy()


def test_categories_of_frames():
    X, y = mixed_frame()
    model = ensemble.HistGradientBoostingRegressor(
        max_iter=20, categorical_features="from_dtype"
    ).fit(X, y)
    found = assert_reproduces(model, "predict", X)
    assert (found.category_set >= 0).any()
    assert found.sources.tolist() == [1, 3, 0, 2]
    unknown = X.assign(town=X["town"].cat.add_categories("Rom").fillna("Rom"))
    assert_reproduces(model, "predict", unknown)


def test_categories_of_arrays():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=300), rng.integers(0, 60, 300), rng.normal(size=300)])
    y = (X[:, 1] % 3 == 1) * X[:, 0]
    model = ensemble.HistGradientBoostingRegressor(max_iter=10, categorical_features=[1])
    model.fit(X[:280], y[:280])
    X[:3, 1], X[3:6, 1] = 99, np.nan
    assert_reproduces(model, "predict", X)


def test_frames_and_sparse_tables():
    X, y, _ = data()
    frame = pd.DataFrame(X, columns=list("abcde"))
    forest = ensemble.RandomForestRegressor(4, random_state=0)
    assert_reproduces(forest.fit(frame, y), "predict", frame)
    nullable = frame.astype({"a": "Float64"})
    assert_reproduces(forest.fit(nullable, y), "predict", nullable)
    bagging = ensemble.BaggingRegressor(n_estimators=3, max_features=2, random_state=0)
    assert_reproduces(bagging.fit(frame, y), "predict", frame)
    X[np.abs(X) < 0.5] = 0
    sparse = sp.csr_matrix(X)
    assert_reproduces(forest.fit(sparse, y), "predict", sparse)
    assert tree_ensemble_of(forest, "predict").predict(sparse[:0]).shape == (0, 1)


def test_a_tree_that_is_one_leaf():
    X, y, _ = data()
    assert_reproduces(tree.DecisionTreeRegressor().fit(X, np.ones(len(X))), "predict", X)
    boosting = ensemble.HistGradientBoostingRegressor(max_iter=2, min_samples_leaf=150)
    assert_reproduces(boosting.fit(X, y), "predict", X)


def test_equal_inputs_are_shared():
    X, y, _ = data()
    forest = ensemble.RandomForestRegressor(4, random_state=0).fit(X, y)
    assert len(tree_ensemble_of(forest, "predict").sources) == 5
    bagging = ensemble.BaggingRegressor(n_estimators=4, max_features=3, random_state=0).fit(X, y)
    assert len(tree_ensemble_of(bagging, "predict").sources) == 5


class Rounded(ensemble.RandomForestRegressor):
    """A forest with another `predict`."""

    def predict(self, X):
        return super().predict(X).round()


@pytest.mark.parametrize(
    ("model", "response_method"),
    [
        (ensemble.GradientBoostingClassifier(n_estimators=2), "predict_proba"),
        (ensemble.HistGradientBoostingClassifier(max_iter=2), "predict_proba"),
        (ensemble.HistGradientBoostingRegressor(max_iter=2, loss="poisson"), "predict"),
        (ensemble.GradientBoostingRegressor(n_estimators=2, init=Ridge()), "predict"),
        (ensemble.AdaBoostRegressor(n_estimators=2), "predict"),
        (ensemble.IsolationForest(n_estimators=2), "decision_function"),
        (ensemble.BaggingRegressor(Ridge(), n_estimators=2), "predict"),
        (ensemble.StackingRegressor([("t", tree.DecisionTreeRegressor())], cv=2), "transform"),
        (
            ensemble.StackingRegressor(
                [("t", tree.DecisionTreeRegressor())], cv=2, passthrough=True
            ),
            "predict",
        ),
        (  # the probabilities that it stacks are no sums of trees
            ensemble.StackingClassifier(
                [("b", ensemble.GradientBoostingClassifier(n_estimators=2))], cv=2
            ),
            "decision_function",
        ),
        (Rounded(n_estimators=2), "predict"),
        (Ridge(), "predict"),
    ],
    ids=lambda part: str(part)[:40],
)
def test_what_is_no_sum_of_trees(model, response_method):
    X, _, y = data()
    assert tree_ensemble_of(model.fit(X, y), response_method) is None


def test_other_estimators_can_be_registered():
    class Doubled(RegressorMixin, BaseEstimator):
        def fit(self, X, y):
            self.tree_ = tree.DecisionTreeRegressor(max_depth=2, random_state=0).fit(X, y)
            return self

        def predict(self, X):
            return 2 * self.tree_.predict(X) + 1

    @known_tree_ensemble.register(Doubled)
    def _(estimator, response_method):
        return tree_ensemble_of(estimator.tree_, response_method).map_outputs([[2.0]], 1.0)

    X, y, _ = data()
    assert_reproduces(Doubled().fit(X, y), "predict", X)
