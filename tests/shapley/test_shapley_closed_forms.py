"""Which models are found to have a closed form, and which must not be."""

import pickle
import re

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, Normalizer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from skxai.predictors import Predictor, as_predictor
from skxai.predictors._linear import LinearForm, known_linear_form
from skxai.predictors._outputs import Columns
from skxai.shapley._closed_forms import find_closed_form

X, Y = load_iris(return_X_y=True)
COLUMNS = [[0], [1], [2], [3]]


def find(model, X=X, columns=COLUMNS, **options):
    predictor = as_predictor(model, X, **options)
    weights = np.full(X.shape[0], 1 / X.shape[0])
    return find_closed_form(predictor, X, predictor(X), weights, columns)


def less_the_first(rows):
    return rows - rows[:, [0]]


def logistic():
    return LogisticRegression(max_iter=1000)


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (logistic(), {}),
        (logistic(), {"response_method": "predict"}),
        (logistic(), {"response_method": "predict_log_proba"}),
        (PoissonRegressor(), {}),
        (GaussianNB(), {}),
        (SVC(), {}),
        (HistGradientBoostingClassifier(max_iter=2), {}),
        (make_pipeline(PCA(2), LinearRegression()), {}),
        (make_pipeline(Normalizer(), LinearRegression()), {}),
        (make_pipeline(KNNImputer(), LinearRegression()), {}),
        (make_pipeline(FunctionTransformer(less_the_first), LinearRegression()), {}),
    ],
    ids=lambda item: re.sub(" at 0x.*?>", ">", str(item)),  # the same in every process
)
def test_no_closed_form(model, options):
    assert find(model.fit(X, Y), **options) is None


def test_a_function_has_none():
    assert find(lambda rows: rows @ np.ones(4)) is None


def test_a_mixing_step_within_one_player():
    model = make_pipeline(StandardScaler(), PCA(2), LinearRegression()).fit(X, Y)
    form = find(model, columns=[[2, 0, 1, 3]])
    assert form.algorithm == "linear"
    expected = model.predict(X) - model.predict(X).mean()
    assert_allclose(form.values(X)[:, 0, 0], expected, atol=1e-12)


def test_found_within_searches_and_freezers():
    pipeline = make_pipeline(FrozenEstimator(SimpleImputer().fit(X)), logistic())
    search = GridSearchCV(pipeline, {"logisticregression__C": [0.1, 1]}, cv=2).fit(X, Y)
    form = find(FrozenEstimator(search), response_method="decision_function")
    expected = search.decision_function(X) - search.decision_function(X).mean(axis=0)
    assert_allclose(form.values(X).sum(axis=1), expected, atol=1e-10)


def test_naive_bayes_through_its_joint_log_likelihood():
    model = make_pipeline(StandardScaler(), GaussianNB()).fit(X, Y)
    final = model[-1]
    # A user's function may not be looked into, but the estimator's own method may.
    predictor = Predictor(
        final, "predict_joint_log_proba", Columns(3), np.array([2, 0]), ["virginica", "setosa"]
    )
    rows, weights = model[:-1].transform(X), np.random.default_rng(0).dirichlet(np.ones(150))
    form = find_closed_form(predictor, rows, predictor(rows), weights, COLUMNS)
    assert form.algorithm == "linear"
    outputs = final.predict_joint_log_proba(rows)[:, [2, 0]]
    assert_allclose(form.values(rows).sum(axis=1), outputs - weights @ outputs, atol=1e-10)


def test_a_form_that_does_not_reproduce_the_model_is_not_used():
    class Shifted(LinearRegression):
        def predict(self, X):
            return super().predict(X) + np.abs(X[:, 0])

    known_linear_form.register(Shifted, lambda model, _: LinearForm(model.coef_[None], np.zeros(1)))
    assert find(Shifted().fit(X, Y)) is None


@pytest.mark.parametrize("target", [None, False, [False, True]])
def test_margins_of_either_class(target):
    model = SVC().fit(X, Y == 1)
    form = find(model, response_method="decision_function", target=target)
    predictor = as_predictor(model, X, response_method="decision_function", target=target)
    expected = predictor(X) - predictor(X).mean(axis=0)
    assert_allclose(form.values(X[:5]).sum(axis=1), expected[:5], atol=1e-10)


@pytest.mark.parametrize("model", [LinearRegression(), SVC()], ids=str)
def test_sparse_rows(model):
    response = "predict" if isinstance(model, LinearRegression) else "decision_function"
    rows = sp.csr_matrix(X)
    model.fit(rows, Y > 1)
    of_sparse = find(model, X=rows, response_method=response)
    of_dense = find(model.fit(X, Y > 1), response_method=response)
    assert_allclose(of_sparse.values(rows[:4]), of_dense.values(X[:4]), rtol=1e-9, atol=1e-10)


def test_sparse_encoding_stays_exact():
    codes = X.round().astype(int)
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LinearRegression()).fit(codes, Y)
    values = find(model, X=codes).values(codes)
    assert values.shape == (150, 4, 1)
    expected = model.predict(codes) - model.predict(codes).mean()
    assert_allclose(values.sum(axis=(1, 2)), expected, atol=1e-10)


@pytest.mark.parametrize("model", [LinearRegression(), SVC()], ids=str)
def test_a_closed_form_pickles(model):
    response = "predict" if isinstance(model, LinearRegression) else "decision_function"
    form = find(make_pipeline(StandardScaler(), model).fit(X, Y > 1), response_method=response)
    again = pickle.loads(pickle.dumps(form))
    assert_array_equal(again.values(X[:3]), form.values(X[:3]))


def test_a_row_does_not_depend_on_the_others():
    model = make_pipeline(StandardScaler(), SVC()).fit(X, Y > 1)
    form = find(model, response_method="decision_function")
    together = form.values(X)
    for row in (0, 70, 149):
        assert_array_equal(form.values(X[[row]])[0], together[row])
