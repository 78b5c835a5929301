"""joblib's settings are for explainers: models use the threads that they use anywhere."""

import joblib
import numpy as np
import pytest
from joblib import parallel_config
from joblib.parallel import ThreadingBackend, register_parallel_backend
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import RandomForestRegressor

from skxai import DataShapleyExplainer, ShapleyExplainer
from skxai.predictors import as_predictor
from skxai.utils._threads import own_jobs

X = np.random.default_rng(0).standard_normal((60, 4))
Y = X[:, 0] * X[:, 1] + np.maximum(X[:, 2], X[:, 3])


class Stubborn(ThreadingBackend):
    """An engine that takes two workers, whatever it is asked for, as dask takes all that it has."""

    def effective_n_jobs(self, n_jobs):
        return 2


@pytest.fixture(scope="module", autouse=True)
def stubborn():
    register_parallel_backend("stubborn", Stubborn)
    yield
    joblib.parallel.BACKENDS.pop("stubborn")


ENGINES = ["threading", "loky", "stubborn"]


def jobs(X):
    """Of each row, how many jobs are those of None, and of two."""
    return np.tile([joblib.effective_n_jobs(None), joblib.effective_n_jobs(2)], (len(X), 1))


@pytest.mark.parametrize("engine", ENGINES)
def test_none_is_one(engine):
    predictor = as_predictor(jobs, X)
    assert_array_equal(predictor(X[:1]), [[1, 2]])
    with parallel_config(engine, n_jobs=2):
        assert joblib.effective_n_jobs(None) == 2
        assert_array_equal(predictor(X[:1]), [[1, 2]])
        assert joblib.effective_n_jobs(None) == 2


def test_the_limit_of_a_worker_stays():
    with parallel_config("sequential"), own_jobs():
        assert joblib.effective_n_jobs(4) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_explanations_of_forests_have_the_same_bits(engine):
    """Forests sum their trees in the order in which threads end: with None, there is one."""
    model = RandomForestRegressor(100, max_depth=6, random_state=0).fit(X, Y)
    explainer = ShapleyExplainer(algorithm="permutation", max_evals=300, random_state=0)
    expected = explainer.fit(model, X[:15]).explain(X)
    for _ in range(3):
        with parallel_config(engine, n_jobs=2):
            got = explainer.fit(model, X[:15]).explain(X)
        assert_array_equal(got.values, expected.values)
        assert_array_equal(got.base_values, expected.base_values)
        assert_array_equal(got.predictions, expected.predictions)


class Jobs(RegressorMixin, BaseEstimator):
    """It predicts how many jobs are those of None."""

    def fit(self, X, y):
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X):
        return np.full(len(X), float(joblib.effective_n_jobs(None)))


def test_the_score_of_all_rows_is_that_of_one_thread():
    def mean_prediction(model, X, y):
        return model.predict(X).mean()

    explainer = DataShapleyExplainer(scoring=mean_prediction, n_permutations=2, random_state=0)
    explainer.fit(Jobs(), X[:12], np.zeros(12))
    with parallel_config("threading", n_jobs=2):
        assert_allclose(explainer.explain(X, Y).values.sum(), 1)
