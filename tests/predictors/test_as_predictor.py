"""Every kind of model, wrapped: the oracle is the model itself, called directly."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import TransformedTargetRegressor
from sklearn.cross_decomposition import PLSRegression
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skxai.predictors import as_predictor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
SCORE = X[:, 0] * X[:, 1] + X[:, 2]
BINARY = np.where(SCORE > 0, "yes", "no")
CLASSES = np.array(["low", "mid", "top"])[np.digitize(SCORE, [-0.7, 0.7])]
FOUR = np.digitize(SCORE, [-1.0, 0.0, 1.0]) * 10
LABELS = np.column_stack([SCORE > 0, X[:, 3] > 0, X[:, 0] > 0.5]).astype(int)
SEVERAL = np.column_stack([SCORE, X[:, 3] ** 2])


def positive(X, model):
    return model.predict_proba(X)[:, [1]]


def forest(**params):
    return RandomForestClassifier(n_estimators=5, max_depth=3, random_state=0, **params)


# model, targets, names of the outputs, and what they must be
ORDINARY = {
    "binary forest": (forest(), BINARY, ["yes"], positive),
    "boolean classes": (forest(), SCORE > 0, ["True"], positive),
    "boosting": (HistGradientBoostingClassifier(max_iter=3), BINARY, ["yes"], positive),
    "forest of three classes": (
        forest(),
        CLASSES,
        ["low", "mid", "top"],
        lambda X, model: model.predict_proba(X),
    ),
    "numbers as classes": (
        GaussianNB(),
        FOUR,
        ["0", "10", "20", "30"],
        lambda X, model: model.predict_proba(X),
    ),
    "one class only": (
        DummyClassifier(),
        np.full(60, "all"),
        ["y"],
        lambda X, model: np.ones((len(X), 1)),
    ),
    "margin of two classes": (
        LinearSVC(),
        BINARY,
        ["yes"],
        lambda X, model: model.decision_function(X)[:, None],
    ),
    "margins of three classes": (
        LinearSVC(),
        CLASSES,
        ["low", "mid", "top"],
        lambda X, model: model.decision_function(X),
    ),
    "one-versus-rest scores": (
        SVC(decision_function_shape="ovr"),
        FOUR,
        ["0", "10", "20", "30"],
        lambda X, model: model.decision_function(X),
    ),
    "one-versus-one scores": (
        SVC(decision_function_shape="ovo"),
        FOUR,
        ["0 vs 10", "0 vs 20", "0 vs 30", "10 vs 20", "10 vs 30", "20 vs 30"],
        lambda X, model: model.decision_function(X),
    ),
    "as many pairs as classes": (
        make_pipeline(StandardScaler(), SVC(decision_function_shape="ovo")),
        CLASSES,
        ["low vs mid", "low vs top", "mid vs top"],
        lambda X, model: model.decision_function(X),
    ),
    "votes without probabilities": (
        VotingClassifier([("nb", GaussianNB()), ("tree", DecisionTreeClassifier(max_depth=2))]),
        CLASSES,
        ["low", "mid", "top"],
        lambda X, model: (model.predict(X)[:, None] == np.array(["low", "mid", "top"])).astype(
            float
        ),
    ),
    "soft votes": (
        VotingClassifier([("nb", GaussianNB()), ("forest", forest())], voting="soft"),
        BINARY,
        ["yes"],
        positive,
    ),
    "calibrated": (CalibratedClassifierCV(LinearSVC(), cv=2), BINARY, ["yes"], positive),
    "pipeline": (make_pipeline(StandardScaler(), forest()), BINARY, ["yes"], positive),
    "search": (
        GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2]}, cv=2),
        BINARY,
        ["yes"],
        positive,
    ),
    "nested": (
        GridSearchCV(
            make_pipeline(StandardScaler(), LogisticRegression()),
            {"logisticregression__C": [0.1, 1]},
            cv=2,
        ),
        CLASSES,
        ["low", "mid", "top"],
        lambda X, model: model.predict_proba(X),
    ),
    "one versus rest": (
        OneVsRestClassifier(LogisticRegression()),
        CLASSES,
        ["low", "mid", "top"],
        lambda X, model: model.predict_proba(X),
    ),
    "regressor": (Ridge(), SCORE, ["y"], lambda X, model: model.predict(X)[:, None]),
    "regressor with one column": (
        PLSRegression(n_components=2),
        SCORE,
        ["y"],
        lambda X, model: np.reshape(model.predict(X), (-1, 1)),
    ),
    "transformed target": (
        TransformedTargetRegressor(Ridge(), func=np.sinh, inverse_func=np.arcsinh),
        SCORE,
        ["y"],
        lambda X, model: model.predict(X)[:, None],
    ),
    "several targets": (
        RandomForestRegressor(n_estimators=3, random_state=0),
        SEVERAL,
        ["y0", "y1"],
        lambda X, model: model.predict(X),
    ),
    "a regressor for each target": (
        MultiOutputRegressor(Ridge()),
        SEVERAL,
        ["y0", "y1"],
        lambda X, model: model.predict(X),
    ),
    "outliers": (
        IsolationForest(n_estimators=5, random_state=0),
        None,
        ["y"],
        lambda X, model: model.decision_function(X)[:, None],
    ),
    "mixture": (
        GaussianMixture(3, random_state=0),
        None,
        ["0", "1", "2"],
        lambda X, model: model.predict_proba(X),
    ),
    "multi-label forest": (
        forest(),
        LABELS,
        ["y0=1", "y1=1", "y2=1"],
        lambda X, model: np.column_stack([part[:, 1] for part in model.predict_proba(X)]),
    ),
    "multi-label neighbours": (
        KNeighborsClassifier(),
        LABELS,
        ["y0=1", "y1=1", "y2=1"],
        lambda X, model: np.column_stack([part[:, 1] for part in model.predict_proba(X)]),
    ),
    "multi-label network": (
        MLPClassifier(5, max_iter=5, random_state=0),
        LABELS,
        ["0", "1", "2"],
        lambda X, model: model.predict_proba(X),
    ),
    "two labels, not two classes": (
        MLPClassifier(5, max_iter=5, random_state=0),
        LABELS[:, :2],
        ["0", "1"],
        lambda X, model: model.predict_proba(X),
    ),
    "multi-label, one versus rest": (
        OneVsRestClassifier(LogisticRegression()),
        LABELS,
        ["0", "1", "2"],
        lambda X, model: model.predict_proba(X),
    ),
    "chain": (
        ClassifierChain(LogisticRegression()),
        LABELS,
        ["0", "1", "2"],
        lambda X, model: model.predict_proba(X),
    ),
    "multi-output classes": (
        MultiOutputClassifier(GaussianNB()),
        np.column_stack([BINARY, CLASSES]),
        ["y0=yes", "y1=low", "y1=mid", "y1=top"],
        lambda X, model: np.column_stack(
            [model.predict_proba(X)[0][:, 1], model.predict_proba(X)[1]]
        ),
    ),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("case", ORDINARY)
def test_outputs_are_the_models(case):
    model, y, names, expected = ORDINARY[case]
    model.fit(X, y)
    predictor = as_predictor(model, X)
    assert predictor.output_names == names
    assert predictor.n_outputs == len(names)
    got = predictor(X)
    assert got.dtype == np.float64
    np.testing.assert_array_equal(got, expected(X, model))
    np.testing.assert_array_equal(as_predictor(FrozenEstimator(model), X)(X), got)
    np.testing.assert_allclose(predictor(X[:1]), got[:1], rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(predictor))(X), got)
    assert predictor(X[:0]).shape == (0, len(names))


@pytest.mark.parametrize(
    ("y", "response_method", "names"),
    [
        (BINARY, "predict_proba", ["yes"]),
        (BINARY, "predict_log_proba", ["yes"]),
        (BINARY, "decision_function", ["yes"]),
        (BINARY, "predict", ["yes"]),
        (CLASSES, "predict_log_proba", ["low", "mid", "top"]),
        (CLASSES, "decision_function", ["low", "mid", "top"]),
        (CLASSES, "predict", ["low", "mid", "top"]),
    ],
)
def test_response_methods(y, response_method, names):
    model = LogisticRegression().fit(X, y)
    predictor = as_predictor(model, X, response_method=response_method)
    assert predictor.output_names == names
    assert predictor.response_method == response_method
    output = getattr(model, response_method)(X)
    if response_method == "predict":
        expected = (output[:, None] == np.array(names)).astype(float)
    else:
        expected = output.reshape(60, -1)[:, -len(names) :]
    np.testing.assert_array_equal(predictor(X), expected)


@pytest.mark.parametrize("response_method", ["predict_proba", "decision_function", "predict"])
def test_both_classes_of_a_binary_classifier(response_method):
    model = LogisticRegression().fit(X, BINARY)
    both = as_predictor(model, X, response_method=response_method, target=["no", "yes"])(X)
    no = as_predictor(model, X, response_method=response_method, target="no")(X)
    yes = as_predictor(model, X, response_method=response_method)(X)
    np.testing.assert_array_equal(both, np.hstack([no, yes]))
    whole = 0 if response_method == "decision_function" else 1
    np.testing.assert_allclose(both.sum(axis=1), whole, atol=1e-12)


@pytest.mark.parametrize(
    ("y", "target", "names"),
    [
        (CLASSES, "top", ["top"]),
        (CLASSES, np.str_("mid"), ["mid"]),
        (CLASSES, ["top", "low"], ["top", "low"]),
        (CLASSES, ("mid",), ["mid"]),
        (CLASSES, np.array(["low", "mid"]), ["low", "mid"]),
        (FOUR, 20, ["20"]),
        (FOUR, np.int64(20), ["20"]),
        (FOUR, [30, 0], ["30", "0"]),
        (SCORE > 0, False, ["False"]),
    ],
)
def test_targets_of_classifiers(y, target, names):
    model = GaussianNB().fit(X, y)
    predictor = as_predictor(model, X, target=target)
    assert predictor.output_names == names
    columns = [[str(label) for label in model.classes_].index(name) for name in names]
    np.testing.assert_array_equal(predictor(X), model.predict_proba(X)[:, columns])


@pytest.mark.parametrize(
    ("target", "columns"), [("y1", [1]), (1, [1]), (["y1", 0], [1, 0]), (np.int64(0), [0])]
)
def test_targets_of_regressors_and_functions(target, columns):
    model = LinearRegression().fit(X, SEVERAL)
    for used in (model, model.predict):
        predictor = as_predictor(used, X, target=target)
        assert predictor.output_names == [f"y{k}" for k in columns]
        np.testing.assert_array_equal(predictor(X), model.predict(X)[:, columns])
    np.testing.assert_array_equal(
        as_predictor(Ridge().fit(X, SCORE), X, target="y")(X)[:, 0],
        Ridge().fit(X, SCORE).predict(X),
    )


def test_target_of_multi_output_classifiers():
    model = KNeighborsClassifier().fit(X, LABELS)
    predictor = as_predictor(model, X, target=["y2=0", "y0=1"])
    first, _, third = model.predict_proba(X)
    np.testing.assert_array_equal(predictor(X), np.column_stack([third[:, 0], first[:, 1]]))


def test_target_predicted_keeps_every_class():
    model = GaussianNB().fit(X, CLASSES)
    predictor = as_predictor(model, X, target="predicted")
    assert predictor.by_row
    assert predictor.output_names == ["low", "mid", "top"]
    best = predictor(X).argmax(axis=1)
    assert list(np.array(predictor.output_names)[best]) == list(model.predict(X))
    binary = as_predictor(LinearSVC().fit(X, BINARY), X, target="predicted")
    np.testing.assert_array_equal(binary(X)[:, 0], -binary(X)[:, 1])
    assert as_predictor(lambda X: X[:, :2], X, target="predicted").output_names == ["y0", "y1"]


def test_a_class_may_be_called_predicted():
    model = GaussianNB().fit(X, np.where(SCORE > 0, "predicted", "other"))
    predictor = as_predictor(model, X, target="predicted")
    assert not predictor.by_row
    assert predictor.output_names == ["predicted"]


class OnlyPredict:
    """Has `predict` and nothing else."""

    def __init__(self, function):
        self.predict = function


FUNCTIONS = {
    "one number": (lambda X: X[:, 0] * X[:, 1], ["y"]),
    "a column": (lambda X: X[:, [0]], ["y"]),
    "a list": (lambda X: X[:, 0].tolist(), ["y"]),
    "a Series": (lambda X: pd.Series(X[:, 0]), ["y"]),
    "booleans": (lambda X: X[:, 0] > 0, ["y"]),
    "single precision": (lambda X: X[:, 0].astype(np.float32), ["y"]),
    "sparse": (lambda X: sp.csr_matrix(X[:, :3]), ["y0", "y1", "y2"]),
    "two numbers": (lambda X: X[:, :2], ["y0", "y1"]),
    "a scalar for one row": (lambda X: np.squeeze(X[:, 0]), ["y"]),
}


@pytest.mark.parametrize("case", FUNCTIONS)
def test_functions_and_objects_with_predict(case):
    function, names = FUNCTIONS[case]
    output = function(X)
    expected = np.asarray(output.toarray() if sp.issparse(output) else output, dtype=float)
    for model in (function, OnlyPredict(function)):
        predictor = as_predictor(model, X)
        assert predictor.output_names == names
        np.testing.assert_array_equal(predictor(X), expected.reshape(60, -1))
        np.testing.assert_array_equal(predictor(X[:1]), expected.reshape(60, -1)[:1])


def test_probabilities_without_predict():
    class OnlyProba:
        def predict_proba(self, X):
            return np.column_stack([1 - np.tanh(X[:, 0]) ** 2, np.tanh(X[:, 0]) ** 2])

    predictor = as_predictor(OnlyProba(), X)
    assert predictor.output_names == ["1"]
    np.testing.assert_array_equal(predictor(X)[:, 0], np.tanh(X[:, 0]) ** 2)


def test_the_model_is_used_as_it_is():
    model = forest().fit(X, BINARY)
    assert as_predictor(model, X).model is model


def test_repr():
    model = forest().fit(X, CLASSES)
    text = repr(as_predictor(model, X, target=["mid", "top"]))
    assert text == "<Predictor: RandomForestClassifier.predict_proba, outputs ['mid', 'top']>"


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "kind", "message"),
    [
        (RandomForestClassifier, TypeError, "model is the class RandomForestClassifier"),
        (None, TypeError, "model is NoneType, which has none of"),
        (StandardScaler().fit(X), TypeError, "model is StandardScaler, which has none of"),
        (Ridge(), NotFittedError, "model is not fitted"),
        (make_pipeline(StandardScaler(), Ridge()), NotFittedError, "model is not fitted"),
        (GridSearchCV(Ridge(), {"alpha": [1]}), NotFittedError, "model is not fitted"),
        (OnlyPredict(Ridge().predict), NotFittedError, "model is not fitted"),
        (KMeans(2, n_init=1).fit(X), ValueError, "model is a clusterer, KMeans"),
        (
            make_pipeline(StandardScaler(), KMeans(2, n_init=1)).fit(X),
            ValueError,
            "model is a clusterer, Pipeline",
        ),
        (Ridge().fit(X[:, :3], SCORE), ValueError, "model fails on the rows .* 3 features"),
        (lambda X: np.full(len(X), np.nan), ValueError, "model returned NaN or infinity for 2 of"),
        (lambda X: np.full(len(X), -np.inf), ValueError, "model returned NaN or infinity"),
        (lambda X: ["text"] * len(X), TypeError, "model returned list that holds no numbers"),
        (lambda X: None, ValueError, "model returned NaN|shape"),
        (lambda X: 1.0, ValueError, r"model returned shape \(\) for 2 rows"),
        (lambda X: np.zeros(3), ValueError, r"model returned shape \(3,\) for 2 rows"),
        (lambda X: np.zeros((len(X), 0)), ValueError, r"model returned shape \(2, 0\)"),
        (lambda X: np.zeros((len(X), 2, 2)), ValueError, r"model returned shape \(2, 2, 2\)"),
        (lambda X: np.zeros((len(X), len(X))), ValueError, "model returned 1 outputs for 1 rows"),
        (lambda X: np.zeros((2, 1)), ValueError, r"model returned shape \(2, 1\) for 1 rows"),
    ],
)
def test_models_that_will_not_do(model, kind, message):
    with pytest.raises(kind, match=message):
        as_predictor(model, X)


@pytest.mark.parametrize(
    ("model", "response_method", "message"),
    [
        (
            Ridge().fit(X, SCORE),
            "predict_proba",
            r"which Ridge does not have; it has \['predict'\]",
        ),
        (LinearSVC().fit(X, BINARY), "predict_proba", "which LinearSVC does not have"),
        (GaussianNB().fit(X, BINARY), "probability", "response_method is 'probability'; expected"),
    ],
)
def test_responses_that_are_not_there(model, response_method, message):
    with pytest.raises(ValueError, match=message):
        as_predictor(model, X, response_method=response_method)


@pytest.mark.parametrize(
    ("model", "target", "message"),
    [
        (GaussianNB().fit(X, CLASSES), "best", r"target is 'best'; expected one of \['low', 'mid'"),
        (GaussianNB().fit(X, CLASSES), 0, "target is 0; expected one of"),
        (GaussianNB().fit(X, CLASSES), ["low", "best"], "target is 'best'"),
        (GaussianNB().fit(X, CLASSES), [], "target is empty"),
        (GaussianNB().fit(X, CLASSES), ["low", "mid", "low"], r"\['low'\] more than once"),
        (GaussianNB().fit(X, FOUR), 5, r"target is 5; expected one of \[0, 10, 20, 30\]"),
        (LinearRegression().fit(X, SEVERAL), 2, r"target is 2; expected one of \['y0', 'y1'\]"),
        (LinearRegression().fit(X, SEVERAL), -1, "target is -1"),
        (Ridge().fit(X, SCORE), "predicted", "needs a classifier"),
        (LinearRegression().fit(X, SEVERAL), "predicted", "needs a classifier"),
        (KNeighborsClassifier().fit(X, LABELS), "predicted", "chooses one class for each row"),
        (OneVsRestClassifier(GaussianNB()).fit(X, LABELS), "predicted", "chooses one class"),
        (SVC(decision_function_shape="ovo").fit(X, CLASSES), "predicted", "'low vs mid'"),
        (lambda X: X[:, 0], "predicted", "needs a classifier"),
    ],
)
def test_targets_that_are_not_there(model, target, message):
    with pytest.raises(ValueError, match=message):
        as_predictor(model, X, target=target)


@pytest.mark.parametrize(
    ("rows", "kind", "message"),
    [
        (None, TypeError, "X_background is NoneType"),
        (X[0], ValueError, r"X_background has shape \(4,\)"),
        (X[:0], ValueError, "X_background has no rows"),
        (pd.Series(X[0]), TypeError, "X_background is a Series"),
    ],
)
def test_rows_that_will_not_do(rows, kind, message):
    with pytest.raises(kind, match=message):
        as_predictor(Ridge().fit(X, SCORE), rows)


def test_log_of_zero_is_named():
    model = DecisionTreeClassifier(random_state=0).fit(X, BINARY)
    with (
        np.errstate(divide="ignore"),
        pytest.raises(ValueError, match="model returned NaN or infinity"),
    ):
        as_predictor(model, X, response_method="predict_log_proba")(X)
