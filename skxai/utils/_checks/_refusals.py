"""Checks that bad arguments are refused by name, before any work starts."""

from unittest import SkipTest

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai.utils._checks._cases import (
    ScriptedModel,
    case_of,
    fitted,
    interacting,
    mixed_case,
    seeded,
    tags_of,
)
from skxai.utils._checks._errors import assert_raises
from skxai.utils._checks._skips import need_any_model, need_mixed, need_parameter

_BAD_KIND = (TypeError, ValueError)


def check_bad_X(explainer):
    """What is no table of the right width is refused, naming X, without a call of the model."""
    any_model = tags_of(explainer).any_model
    case = case_of(explainer)
    if any_model:
        case.model = ScriptedModel()
    explainer = fitted(explainer, case)
    if any_model:
        del case.model.tables[:]
    for bad, what in (
        (case.X[:, :3], "three columns instead of four"),
        (np.hstack([case.X, case.X]), "eight columns instead of four"),
        (case.X[0], "one dimension"),
        (case.X[None], "three dimensions"),
        (pd.Series(case.X[0]), "a Series"),
        (None, "None"),
        ("nonsense", "a string"),
        (1.0, "a number"),
        ([[1.0, 2.0, 3.0, 4.0], [1.0]], "lists of different lengths"),
    ):
        with assert_raises(explainer, f"explain X with {what}", _BAD_KIND, "X"):
            explainer.explain(bad)
    assert not any_model or not case.model.tables, "the model was called before X was checked"


def check_bad_columns(explainer):
    """A frame with other columns than in `fit` is refused; the message names X and the column."""
    case = case_of(explainer, frame=True)
    explainer = fitted(explainer, case)
    for bad, what, label in (
        (case.X.rename(columns={"dose": "amount"}), "a renamed column", "amount"),
        (case.X[["dose", "age", "height", "pulse"]], "columns in another order", "dose"),
        (case.X.drop(columns="pulse"), "a column missing", "pulse"),
        (case.X.assign(weight=1.0), "a column too many", "weight"),
    ):
        for word in ("X", label):
            with assert_raises(explainer, f"explain X with {what}", ValueError, word):
                explainer.explain(bad)


def check_bad_background(explainer):
    """A background that is no table, or empty, is refused; the message names X_background."""
    case = case_of(explainer)
    for bad, what in (
        (case.X_background[:0], "no rows"),
        (case.X_background[:, :0], "no columns"),
        (case.X_background[0], "one dimension"),
        (case.X_background[None], "three dimensions"),
        (pd.Series(case.X_background[0]), "a Series"),
        (None, "None"),
        ("nonsense", "a string"),
    ):
        with assert_raises(explainer, f"fit X_background with {what}", _BAD_KIND, "X_background"):
            seeded(explainer).fit(case.model, bad, case.y)


def check_bad_y(explainer):
    """Explainers that need `y` refuse one of another length, by name."""
    if not tags_of(explainer).requires_y:
        raise SkipTest("it does not need y")
    case = case_of(explainer)
    with assert_raises(explainer, "fit with a y that is too short", ValueError, "y"):
        seeded(explainer).fit(case.model, case.X_background, case.y[:-1])


def check_no_model(explainer):
    """What cannot predict is refused, naming `model`."""
    case = case_of(explainer)
    for bad, what in (
        (None, "None"),
        (3, "a number"),
        (StandardScaler().fit(case.X), "a transformer"),
        (RandomForestClassifier, "a class"),
    ):
        with assert_raises(explainer, f"fit with {what} as model", _BAD_KIND, "model"):
            seeded(explainer).fit(bad, case.X_background, case.y)


def check_unfitted_model(explainer):
    """A model that is not fitted raises NotFittedError, naming `model`."""
    case = case_of(explainer)
    for bad in (LinearRegression(), make_pipeline(StandardScaler(), LinearRegression())):
        with assert_raises(explainer, "fit with an unfitted model", NotFittedError, "model"):
            seeded(explainer).fit(bad, case.X_background, case.y)


def check_model_errors(explainer):
    """A model that fails, or returns NaN, text or too few numbers, is named in `fit`."""
    need_any_model(explainer)
    case = case_of(explainer)
    for function, what in (
        (_fail, "fails"),
        (lambda X: np.full(len(X), np.nan), "returns NaN"),
        (lambda X: np.full(len(X), np.inf), "returns infinity"),
        (lambda X: np.array(["text"] * len(X)), "returns text"),
        (lambda X: np.zeros(len(X) + 1), "returns a number too many"),
        (lambda X: 0.0, "returns one number"),
        (lambda X: None, "returns None"),
    ):
        with assert_raises(explainer, f"fit with a model that {what}", _BAD_KIND, "model"):
            seeded(explainer).fit(function, case.X_background, case.y)


def _fail(X):
    raise RuntimeError("out of order")


def check_model_errors_later(explainer):
    """A model that returns NaN, or another number of outputs, in `explain` is named."""
    need_any_model(explainer)
    case = case_of(explainer)
    explainer = fitted(explainer, case)
    for function, what in (
        (lambda X: np.where(X[:, 0] == 50, np.nan, interacting(X)), "returns NaN"),
        (_other_outputs_for_50, "returns more outputs"),
    ):
        case.model = ScriptedModel(function)
        explainer = fitted(explainer, case)
        X = case.X.copy()
        X[2, 0] = 50
        with assert_raises(explainer, f"explain with a model that {what}", ValueError, "model"):
            explainer.explain(X)


def _other_outputs_for_50(X):
    return np.zeros((len(X), 2 + bool(np.any(X[:, 0] == 50))))


def check_unknown_category(explainer):
    """A category that the model refuses is an error, and the model's own words come through."""
    need_mixed(explainer)
    case = mixed_case(explainer)
    case.model[0].named_transformers_["kinds"].handle_unknown = "error"
    explainer = fitted(explainer, case)
    X = case.X.copy()
    X.loc[X.index[0], "town"] = "Atlantis"
    with assert_raises(explainer, "explain an unknown category", ValueError, "Atlantis"):
        explainer.explain(X)


def check_bad_target(explainer):
    """A target that is no output of the model is refused, naming `target`."""
    need_parameter(explainer, "target")
    case = case_of(explainer, "classes")
    for bad in ("nonsense", ["low", "nonsense"], []):
        with assert_raises(explainer, f"fit with target={bad!r}", _BAD_KIND, "target"):
            fitted(explainer, case, target=bad)
    case = case_of(explainer)
    with assert_raises(explainer, "fit a regressor with target='predicted'", ValueError, "target"):
        fitted(explainer, case, target="predicted")


def check_bad_response_method(explainer):
    """A response that the model does not have is refused, naming `response_method`."""
    need_parameter(explainer, "response_method")
    case = case_of(explainer)
    with assert_raises(
        explainer,
        "fit with response_method='predict_proba' of a regressor",
        ValueError,
        "response_method",
    ):
        fitted(explainer, case, response_method="predict_proba")
