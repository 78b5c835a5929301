"""Linear and additive forms reproduce the outputs of the models they are read from."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose
from sklearn import linear_model
from sklearn.cross_decomposition import PLSRegression
from sklearn.datasets import make_classification, make_regression
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.ensemble import RandomForestRegressor, VotingRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.kernel_ridge import KernelRidge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, NuSVC, NuSVR, OneClassSVM

from skxai.predictors import as_predictor
from skxai.predictors._additive import additive_form_of
from skxai.predictors._forms import is_overridden, output_weights
from skxai.predictors._linear import known_linear_form, linear_form_of

X, Y = make_regression(80, 4, n_targets=1, noise=5, random_state=0)
Y = Y / Y.std() + 3
Y2 = np.column_stack([Y, X[:, 0] - 2 * X[:, 3] + 1])
XC, LABELS = make_classification(
    90, 4, n_informative=3, n_redundant=0, n_classes=3, n_clusters_per_class=1, random_state=0
)
BINARY = LABELS > 0
NAMES = np.array(["ant", "bee", "cat"])[LABELS]


def as_columns(output):
    return np.reshape(output, (len(output), -1))


def assert_linear(model, method, rows):
    form = linear_form_of(model, method)
    expected = as_columns(getattr(model, method)(rows))
    assert form.coef.shape == (expected.shape[1], rows.shape[1])
    assert_allclose(rows @ form.coef.T + form.intercept, expected, rtol=1e-10, atol=1e-10)


SINGLE = [
    linear_model.LinearRegression(),
    linear_model.LinearRegression(fit_intercept=False),
    linear_model.Ridge(),
    linear_model.RidgeCV(),
    linear_model.Lasso(alpha=0.01),
    linear_model.LassoCV(cv=3),
    linear_model.ElasticNet(alpha=0.01),
    linear_model.ElasticNetCV(cv=3),
    linear_model.Lars(),
    linear_model.LarsCV(cv=3),
    linear_model.LassoLars(alpha=0.01),
    linear_model.LassoLarsCV(cv=3),
    linear_model.LassoLarsIC(),
    linear_model.OrthogonalMatchingPursuit(n_nonzero_coefs=2),
    linear_model.OrthogonalMatchingPursuitCV(cv=3),
    linear_model.BayesianRidge(),
    linear_model.ARDRegression(),
    linear_model.HuberRegressor(),
    linear_model.QuantileRegressor(alpha=0.01),
    linear_model.TheilSenRegressor(random_state=0),
    linear_model.RANSACRegressor(random_state=0),
    linear_model.SGDRegressor(random_state=0),
    linear_model.TweedieRegressor(power=0),
    linear_model.TweedieRegressor(power=1.5, link="identity", max_iter=1000),
    LinearSVR(random_state=0, max_iter=10_000),
    SVR(kernel="linear"),
    NuSVR(kernel="linear"),
    KernelRidge(alpha=0.1),
    PLSRegression(2),
    VotingRegressor([("a", linear_model.Ridge()), ("b", SVR(kernel="linear"))], weights=[1, 3]),
]
SEVERAL = [
    linear_model.LinearRegression(),
    linear_model.Ridge(),
    linear_model.MultiTaskLasso(alpha=0.01),
    linear_model.MultiTaskLassoCV(cv=3),
    linear_model.MultiTaskElasticNet(alpha=0.01),
    linear_model.MultiTaskElasticNetCV(cv=3),
    KernelRidge(),
    PLSRegression(2),
    MultiOutputRegressor(SVR(kernel="linear")),
    linear_model.RANSACRegressor(random_state=0),
]
CLASSIFIERS = [
    linear_model.LogisticRegression(),
    linear_model.LogisticRegression(fit_intercept=False),
    linear_model.RidgeClassifier(),
    linear_model.RidgeClassifierCV(),
    linear_model.SGDClassifier(random_state=0),
    linear_model.Perceptron(random_state=0),
    LinearSVC(random_state=0),
    LinearDiscriminantAnalysis(),
    LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto"),
    SVC(kernel="linear", decision_function_shape="ovo"),
    NuSVC(kernel="linear", decision_function_shape="ovo", nu=0.3),
    OneVsRestClassifier(linear_model.LogisticRegression()),
]


@pytest.mark.parametrize("model", SINGLE, ids=str)
def test_regressors(model):
    assert_linear(model.fit(X, Y), "predict", X)


@pytest.mark.parametrize("model", SEVERAL, ids=str)
def test_regressors_of_several_targets(model):
    assert_linear(model.fit(X, Y2), "predict", X)


@pytest.mark.parametrize("labels", [BINARY, NAMES], ids=["binary", "three classes"])
@pytest.mark.parametrize("model", CLASSIFIERS, ids=str)
def test_margins(model, labels):
    assert_linear(model.fit(XC, labels), "decision_function", XC)


def test_margins_of_several_labels():
    labels = np.column_stack([BINARY, LABELS == 2]).astype(int)
    assert_linear(linear_model.RidgeClassifier().fit(XC, labels), "decision_function", XC)


@pytest.mark.parametrize(
    "model", [linear_model.SGDOneClassSVM(random_state=0), OneClassSVM(kernel="linear")], ids=str
)
def test_outlier_detectors(model):
    assert_linear(model.fit(XC), "decision_function", XC)


@pytest.mark.parametrize(
    "model", [SVR(kernel="linear"), KernelRidge(), linear_model.Lasso(0.01)], ids=str
)
def test_models_fitted_on_sparse_rows(model):
    assert_linear(model.fit(sp.csr_matrix(X), Y), "predict", X)


def test_frozen_and_voting_without_a_dropped_part():
    voting = VotingRegressor(
        [("a", "drop"), ("b", linear_model.Ridge()), ("c", linear_model.Lasso(0.01))],
        weights=[5, 2, 1],
    ).fit(X, Y)
    assert_linear(FrozenEstimator(voting), "predict", X)


@pytest.mark.parametrize("labels", [BINARY, NAMES], ids=["binary", "three classes"])
def test_probabilities_and_labels_are_not_linear(labels):
    model = linear_model.LogisticRegression().fit(XC, labels)
    for method in ("predict_proba", "predict_log_proba", "predict"):
        assert linear_form_of(model, method) is None
        assert additive_form_of(model, method) is None


class Clipped(linear_model.LinearRegression):
    """A subclass that predicts in its own way."""

    def predict(self, X):
        return super().predict(X).clip(0)


class Renamed(linear_model.LinearRegression):
    """A subclass that predicts like its parent."""


@pytest.mark.parametrize(
    "model",
    [
        linear_model.PoissonRegressor(),
        linear_model.GammaRegressor(),
        linear_model.TweedieRegressor(power=1),
        linear_model.TweedieRegressor(power=0, link="log"),
        SVR(),
        KernelRidge(kernel="poly"),
        RandomForestRegressor(n_estimators=2),
        VotingRegressor([("a", linear_model.Ridge()), ("b", SVR())]),
        Clipped(),
    ],
    ids=str,
)
def test_what_is_not_linear(model):
    model.fit(X, np.exp(Y / 3))
    assert linear_form_of(model, "predict") is None
    assert additive_form_of(model, "predict") is None


def test_votes_of_several_classes_are_not_linear():
    model = SVC(kernel="linear").fit(XC, NAMES)
    assert linear_form_of(model, "decision_function") is None
    # Of two classes there is one margin, whatever the shape.
    assert_linear(SVC(kernel="linear").fit(XC, BINARY), "decision_function", XC)


def test_subclasses_count_unless_they_replace_the_method():
    assert_linear(Renamed().fit(X, Y), "predict", X)
    assert is_overridden(known_linear_form, Clipped(), "predict")
    assert not is_overridden(known_linear_form, Renamed(), "predict")


def counts(seed=0):
    return np.random.default_rng(seed).integers(0, 4, (90, 5))


@pytest.mark.parametrize(
    ("model", "rows"),
    [
        (GaussianNB(), XC),
        (GaussianNB(priors=[0.2, 0.3, 0.5]), XC),
        (MultinomialNB(), counts()),
        (MultinomialNB(), sp.csr_matrix(counts())),
        (ComplementNB(), counts()),
        (ComplementNB(norm=True), counts()),
        (BernoulliNB(), counts() - 1),
        (BernoulliNB(binarize=1.5), counts()),
        (BernoulliNB(binarize=None), counts() > 1),
        (CategoricalNB(), counts()),
    ],
    ids=lambda item: str(item)[:30],
)
def test_naive_bayes(model, rows):
    model.fit(rows, NAMES)
    form = additive_form_of(model, "predict_joint_log_proba")
    terms = form.terms(rows)
    assert terms.shape == (90, rows.shape[1], 3)
    assert_allclose(
        terms.sum(axis=1) + form.intercept, model.predict_joint_log_proba(rows), rtol=1e-10
    )
    again = pickle.loads(pickle.dumps(form))
    assert_allclose(again.terms(rows), terms, rtol=0)
    for method in ("predict_proba", "predict_log_proba", "predict"):
        assert additive_form_of(model, method) is None


def test_each_term_is_a_function_of_its_own_column():
    model = GaussianNB().fit(XC, NAMES)
    terms = additive_form_of(model, "predict_joint_log_proba").terms
    moved = XC.copy()
    moved[:, 2] += 1
    changed = (terms(moved) != terms(XC)).any(axis=(0, 2))
    assert changed.tolist() == [False, False, True, False]


def test_linear_models_are_additive():
    model = LinearDiscriminantAnalysis().fit(XC, NAMES)
    form = additive_form_of(model, "decision_function")
    sums = form.terms(XC).sum(axis=1) + form.intercept
    assert_allclose(sums, model.decision_function(XC), rtol=1e-10, atol=1e-10)


def test_quadratic_discriminants_are_not_additive():
    model = QuadraticDiscriminantAnalysis().fit(XC, BINARY)
    assert additive_form_of(model, "decision_function") is None


@pytest.mark.parametrize("target", [None, True, False, [False, True]])
def test_output_weights_of_a_margin(target):
    model = linear_model.LogisticRegression().fit(XC, BINARY)
    predictor = as_predictor(model, XC, response_method="decision_function", target=target)
    returned = model.decision_function(XC).reshape(-1, 1)
    assert_allclose(predictor(XC), returned @ output_weights(predictor, 1).T, rtol=1e-15)


def test_output_weights_of_several_classes():
    model = linear_model.LogisticRegression().fit(XC, NAMES)
    predictor = as_predictor(model, XC, response_method="decision_function", target=["cat", "ant"])
    weights = output_weights(predictor, 3)
    assert_allclose(predictor(XC), model.decision_function(XC) @ weights.T, rtol=1e-15)
    labels = as_predictor(model, XC, response_method="predict")
    assert output_weights(labels, 3) is None
    assert output_weights(predictor, 1) is None  # cat is the last of three
