"""Small models and tables for the checks. All models have interactions between features."""

import pickle
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from skxai.utils._tags import ExplainerTags

NAMES = ["age", "dose", "height", "pulse"]


@dataclass
class Case:
    """A fitted model, background rows with their targets, and rows to explain."""

    model: object
    X_background: object
    y: np.ndarray
    X: object


def tags_of(explainer):
    """The explainer's tags, or the defaults."""
    return explainer.__skxai_tags__() if hasattr(explainer, "__skxai_tags__") else ExplainerTags()


def name_of(explainer):
    """The name of the explainer's class, for messages."""
    return type(explainer).__name__


def numbers(n_rows, seed=0):
    """Multiples of 1/8: the same numbers in single precision."""
    rng = np.random.RandomState(seed)
    return np.round(8 * rng.standard_normal((n_rows, len(NAMES)))) / 8


def interacting(X):
    """A product, a maximum and a condition: nothing additive about it."""
    X = np.asarray(X, dtype=float)
    return X[:, 0] * X[:, 1] + np.maximum(X[:, 2], X[:, 3]) * (X[:, 0] > 0)


def targets(X, kind):
    """Targets for "regression", "several" outputs, "binary" or "classes"."""
    score = interacting(X)
    if kind == "regression":
        return score
    if kind == "several":
        return np.column_stack([score, X[:, 3] * X[:, 2]])
    if kind == "binary":
        return np.where(score > np.median(score), "yes", "no")
    return np.array(["low", "mid", "top"])[np.digitize(score, np.quantile(score, [0.33, 0.67]))]


def model_for(kind, tags):
    """An unfitted model: a small forest, or what the explainer says it takes."""
    if kind in ("regression", "several"):
        if tags.regressor is not None:
            return clone(tags.regressor)
        return RandomForestRegressor(n_estimators=5, max_depth=4, random_state=0)
    if tags.classifier is not None:
        return clone(tags.classifier)
    return RandomForestClassifier(n_estimators=5, max_depth=4, random_state=0)


def case_of(explainer, kind="regression", *, frame=False, convert=None):
    """A model of plain numbers, fitted on the background.

    Parameters
    ----------
    explainer : explainer
        Whose tags say which model it takes.
    kind : {"regression", "several", "binary", "classes"}, default="regression"
    frame : bool, default=False
        DataFrames instead of arrays.
    convert : callable, default=None
        Applied to the background and to the rows to explain.
    """
    unfitted = pickle.dumps(model_for(kind, tags_of(explainer)))
    if convert is None:
        return pickle.loads(_pickled_case(_make_case, unfitted, kind, frame))
    return _make_case(unfitted, kind, frame, convert)


@lru_cache(maxsize=64)
def _pickled_case(make, *arguments):
    """Fitted once; who loads it has a copy that nobody else can change."""
    return pickle.dumps(make(*arguments))


def _make_case(unfitted, kind, frame, convert=None):
    X = numbers(21)
    y = targets(X, kind)[:16]
    if frame:
        X = pd.DataFrame(X, columns=NAMES, index=[f"row {i}" for i in range(len(X))])
    X_background, X = X[:16], X[16:]
    if convert is not None:
        X_background, X = convert(X_background), convert(X)
    return Case(pickle.loads(unfitted).fit(X_background, y), X_background, y, X)


def mixed_case(explainer):
    """A Pipeline and a frame with text, categories, booleans, dates and missing values."""
    unfitted = pickle.dumps(model_for("binary", tags_of(explainer)))
    return pickle.loads(_pickled_case(_make_mixed_case, unfitted))


def _make_mixed_case(unfitted):
    frame = mixed_frame(35)
    score = frame["age"] / 10 * (frame["town"] == "Ulm") + frame["income"].fillna(2) * frame["vip"]
    y = np.where(score > score.median(), "yes", "no")[:30]
    frame, X = frame[:30], frame[30:]
    encode = ColumnTransformer(
        [
            ("numbers", SimpleImputer(), ["age", "income", "visits"]),
            ("kinds", OneHotEncoder(handle_unknown="ignore"), ["town", "size", "vip"]),
            ("dates", FunctionTransformer(_days), ["since"]),
        ]
    )
    model = make_pipeline(encode, pickle.loads(unfitted)).fit(frame, y)
    return Case(model, frame, y, X)


def mixed_frame(n_rows):
    """Columns of seven dtypes, three of them with missing values."""
    rng = np.random.RandomState(0)
    visits = pd.array(rng.randint(1, 4, size=n_rows), dtype="Int64")
    visits[rng.rand(n_rows) < 0.2] = pd.NA
    towns = np.array(["Ulm", "Bonn", "Jena"], dtype=object)[rng.randint(3, size=n_rows)]
    towns[rng.rand(n_rows) < 0.1] = None
    return pd.DataFrame(
        {
            "age": rng.randint(18, 80, size=n_rows),
            "income": np.where(rng.rand(n_rows) < 0.2, np.nan, rng.randint(1, 9, n_rows) / 2),
            "town": towns,
            "size": pd.Categorical.from_codes(
                rng.randint(3, size=n_rows), ["small", "medium", "large"], ordered=True
            ),
            "vip": rng.rand(n_rows) < 0.5,
            "since": pd.Timestamp("2020-01-01")
            + pd.to_timedelta(100 * rng.randint(4, size=n_rows), unit="D"),
            "visits": visits,
        },
        index=[f"row {i}" for i in range(n_rows)],
    )


def _days(frame):
    return (frame - pd.Timestamp("2020-01-01")) / pd.Timedelta(1, unit="D")


class ScriptedModel(BaseEstimator):
    """A regressor that computes a function, and notes every table that it is given.

    It refuses to be fitted, cloned or changed.
    """

    def __init__(self, function=interacting):
        self.function = function
        self.tables = []

    def predict(self, X):
        self.tables.append(X)
        return self.function(X)

    def fit(self, X, y=None):
        raise AssertionError("the explainer fitted the model; it must use it as it is")

    def set_params(self, **params):
        raise AssertionError("the explainer changed the model's parameters")

    def __sklearn_clone__(self):
        raise AssertionError("the explainer cloned the model; it must use it as it is")

    def __sklearn_is_fitted__(self):
        return True


def seeded(explainer, **params):
    """A clone with ``random_state=0`` if it has one, and these parameters if it has them."""
    explainer = clone(explainer)
    there = explainer.get_params(deep=False)
    wanted = {"random_state": 0, **params}
    return explainer.set_params(**{name: wanted[name] for name in wanted if name in there})


def fitted(explainer, case, **params):
    """A seeded clone, fitted."""
    return seeded(explainer, **params).fit(case.model, case.X_background, case.y)


def take(X, rows):
    """Rows of a frame, an array or a sparse matrix."""
    return X.iloc[rows] if isinstance(X, pd.DataFrame) else X[rows]
