"""InfluenceNetwork: closed forms, refits by hand, the same bits for any jobs, errors."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from sklearn.base import clone
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold, PredefinedSplit, ShuffleSplit, cross_val_predict
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from skxai.gradient import LRPExplainer
from skxai.network import InfluenceNetwork
from skxai.shapley import ShapleyExplainer

LINEAR = LinearRegression()


def chain(n_rows=200, seed=0):
    """a → b → c, and d apart."""
    noise = np.random.default_rng(seed).normal(size=(4, n_rows))
    a, d = noise[0], noise[3]
    b = np.sin(2 * a) + 0.3 * noise[1]
    c = b**2 + 0.3 * noise[2]
    return pd.DataFrame({"a": a, "b": b, "c": 100 * c, "d": d}, index=range(10, n_rows + 10))


def test_linear_weights_are_those_of_refits_by_hand():
    X = chain()
    cv = KFold(4)
    network = InfluenceNetwork(estimator=LINEAR, cv=cv).fit(X)
    Z = ((X - X.mean()) / X.std(ddof=0)).to_numpy()
    values = np.zeros((len(X), 4, 4))
    for j in range(4):
        others = [i for i in range(4) if i != j]
        for train, test in cv.split(Z):
            slopes = LinearRegression().fit(Z[train][:, others], Z[train, j]).coef_
            centred = Z[test][:, others] - Z[train][:, others].mean(axis=0)
            values[np.ix_(test, others, [j])] = (centred * slopes)[:, :, None]
        predicted = cross_val_predict(LINEAR, Z[:, others], Z[:, j], cv=cv)
        r2 = 1 - np.mean((Z[:, j] - predicted) ** 2)
        np.testing.assert_allclose(network.scores_[j], r2, atol=1e-12)
    np.testing.assert_allclose(network.graph_.values, values, atol=1e-12)
    np.testing.assert_allclose(network.adjacency_, abs(values).mean(axis=0), atol=1e-12)
    errors = abs(values).std(axis=0, ddof=1) / np.sqrt(len(X))
    np.testing.assert_allclose(network.graph_.std_errors, errors, atol=1e-12)


def test_rows_are_explained_by_the_mean_of_the_folds():
    X = chain()
    network = InfluenceNetwork(estimator=LINEAR, cv=2, random_state=0).fit(X)
    graph = network.explain(X[:5])
    Z = ((X - network.mean_) / network.scale_).to_numpy()
    for j in range(4):
        others = [i for i in range(4) if i != j]
        by_hand = [one.explain(Z[:5][:, others]).values for one in network.explainers_[j]]
        np.testing.assert_array_equal(graph.values[:, others, j], np.mean(by_hand, axis=0))
        assert (graph.values[:, j, j] == 0).all()
    assert list(graph.index) == [10, 11, 12, 13, 14]
    alone = network.explain(X[3:4])
    np.testing.assert_allclose(alone.values[0], graph.values[3], atol=1e-12)


def test_networks_find_a_chain_that_correlation_does_not_see():
    X = chain(600)
    network = InfluenceNetwork(random_state=0, cv=2).fit(X)
    weights = pd.DataFrame(network.adjacency_, X.columns, X.columns)
    joined = [weights.loc["a", "b"], weights.loc["b", "c"]]
    assert min(joined) > 2 * max(weights.loc["a", "c"], weights.loc["d"].max(), weights["d"].max())
    assert network.scores_[[1, 2]].min() > 0.5 > 0.1 > network.scores_[3]
    assert abs(X.corr().loc["b", "c"]) < 0.2


@pytest.mark.parametrize(
    "estimator",
    [None, RandomForestRegressor(5), make_pipeline(StandardScaler(), MLPRegressor(max_iter=5))],
    ids=["default", "forest", "pipeline"],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_same_bits_for_any_number_of_jobs(estimator):
    X = chain(60)
    network = InfluenceNetwork(estimator=estimator, cv=2, random_state=0)
    with parallel_config("threading"):
        one, two = clone(network).fit(X), clone(network).set_params(n_jobs=2).fit(X)
        np.testing.assert_array_equal(one.graph_.values, two.graph_.values)
        np.testing.assert_array_equal(one.explain(X[:3]).values, two.explain(X[:3]).values)
    other = clone(network).set_params(random_state=1).fit(X)
    assert not np.array_equal(one.adjacency_, other.adjacency_)
    is_tree = isinstance(estimator, RandomForestRegressor)
    assert type(one.explainers_[0][0]) is (ShapleyExplainer if is_tree else LRPExplainer)


def test_means_are_the_same_without_the_rows():
    X = chain()
    kept = InfluenceNetwork(estimator=LINEAR, random_state=0).fit(X)
    not_kept = InfluenceNetwork(estimator=LINEAR, random_state=0, keep_rows=False).fit(X)
    np.testing.assert_allclose(not_kept.adjacency_, kept.adjacency_, rtol=1e-14)
    np.testing.assert_allclose(not_kept.graph_.std_errors, kept.graph_.std_errors, rtol=1e-12)
    assert not_kept.graph_.values is None
    with pytest.raises(ValueError, match="keep_rows=True"):
        not_kept.graph_[0]


def test_units_of_columns_do_not_matter():
    X = chain()
    one = InfluenceNetwork(estimator=LINEAR, random_state=0).fit(X)
    two = InfluenceNetwork(estimator=LINEAR, random_state=0).fit(X * [1e-3, 5.0, -1.0, 1e4] + 7)
    np.testing.assert_allclose(one.adjacency_, two.adjacency_, atol=1e-10)


def test_an_explainer_of_ones_own():
    X = chain(80)
    explainer = LRPExplainer(rule="zero")
    network = InfluenceNetwork(
        estimator=MLPRegressor(hidden_layer_sizes=(5,), solver="lbfgs", max_iter=3000),
        explainer=explainer,
        cv=2,
        random_state=0,
    ).fit(X)
    assert network.explainers_[0][0].rule == "zero"
    assert not hasattr(explainer, "predictor_")


class TwoNumbers:
    """Explains three columns by two numbers."""

    def get_params(self, deep=True):
        return {}

    def set_params(self):
        return self

    def fit(self, model, X_background):
        return self

    def explain(self, X):
        return SimpleNamespace(values=np.zeros((len(X), 2)))


@pytest.mark.parametrize(
    ("parameters", "X", "message"),
    [
        ({"cv": 1}, chain(20), "'cv' parameter"),
        ({"cv": ShuffleSplit(2)}, chain(20), "holds out each row once"),
        ({"cv": PredefinedSplit([-1] * 10 + [0] * 10)}, chain(20), "holds out each row once"),
        ({"estimator": 3}, chain(20), "'estimator' parameter"),
        ({"explainer": TwoNumbers()}, chain(20), r"shape \(10, 2\) for 10 rows and 3 columns"),
        ({}, chain(20).assign(e=1.0), r"constant columns \['e'\]"),
        ({}, chain(20).assign(a=np.nan), "NaN"),
        ({}, chain(20)[["a"]], "minimum of 2"),
        ({}, chain(20).assign(a="u"), "could not convert"),
    ],
)
def test_errors_come_before_the_work_and_name_the_argument(parameters, X, message):
    parameters = {"estimator": LINEAR, "cv": 2, **parameters}
    with pytest.raises((TypeError, ValueError), match=message):
        InfluenceNetwork(**parameters).fit(X)


def test_a_failed_fit_leaves_nothing_to_explain_with():
    X = chain(20)
    network = InfluenceNetwork(estimator=LINEAR, cv=2).fit(X)
    with pytest.raises(ValueError, match="'cv' parameter"):
        network.set_params(cv=1).fit(X)
    assert network.explain(X).matrix.shape == (4, 4)  # nothing had begun
    for bad in (X.assign(a=0.0), X.to_numpy()[:, :1]):  # other columns, of which one is constant
        network.set_params(cv=2).fit(X)
        with pytest.raises(ValueError, match=r"constant columns|minimum of 2"):
            network.fit(bad)
        with pytest.raises(NotFittedError):
            network.explain(X)
        assert not hasattr(network, "graph_")
        assert not hasattr(network, "adjacency_")
        assert not hasattr(network, "scores_")


def test_explain_checks_its_columns():
    network = InfluenceNetwork(estimator=LINEAR, cv=2).fit(chain(20))
    with pytest.raises(ValueError, match="feature names"):
        network.explain(chain(20)[["b", "a", "c", "d"]])


def test_estimator_checks():
    network = InfluenceNetwork(estimator=LINEAR, cv=2)
    results = check_estimator(network, on_skip=None, on_fail="raise")
    passed = [result["check_name"] for result in results if result["status"] == "passed"]
    assert len(passed) >= 30
    assert "check_n_features_in_after_fitting" in passed
