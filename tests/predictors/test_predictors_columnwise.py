"""Which columns an encoded column is a function of: told by class, checked by perturbation."""

import re

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import RFE, SelectFromModel, SelectKBest, VarianceThreshold
from sklearn.frozen import FrozenEstimator
from sklearn.impute import IterativeImputer, KNNImputer, MissingIndicator, SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline, make_union
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)

from skxai.predictors._columnwise import owners_of, split_pipeline
from skxai.predictors._sources import column_sources, known_sources

N_ROWS = 80


def numbers():
    return np.random.default_rng(0).normal(size=(N_ROWS, 4)) * [1, 10, 0.1, 3] + [0, 5, 1, -2]


def with_gaps():
    X = numbers()
    X[::5, 0] = np.nan
    X[::7, 3] = np.nan
    return X


def with_an_empty_column():
    X = with_gaps()
    X[:, 1] = np.nan
    return X


def codes():
    rng = np.random.default_rng(1)
    return np.column_stack([rng.integers(0, size, N_ROWS) for size in (2, 3, 6, 4)])


def mixed():
    rng = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "age": rng.normal(40, 10, N_ROWS),
            "town": rng.choice(["Ulm", "Bonn", "Kiel"], N_ROWS),
            "pay": rng.normal(0, 1, N_ROWS),
            "member": rng.choice([True, False], N_ROWS),
            "note": rng.choice(["new roof", "old roof", "old"], N_ROWS),
        }
    )


def targets(n_classes=2):
    return np.random.default_rng(3).integers(0, n_classes, N_ROWS)


def dense(X):
    X = X.toarray() if sp.issparse(X) else X
    return np.asarray(X, dtype=float)


def sources_by_perturbation(transform, X):
    """Input columns that change an encoded column when they are shuffled, one at a time."""
    before = dense(transform(X))
    found = [set() for _ in range(before.shape[1])]
    rng = np.random.default_rng(4)
    for j in range(X.shape[1]):
        shuffled = X.copy()
        order = rng.permutation(len(X))
        if isinstance(X, pd.DataFrame):
            shuffled[X.columns[j]] = X.iloc[order, j].to_numpy()
        else:
            shuffled[:, j] = X[order, j]
        after = dense(transform(shuffled))
        changed = ~((before == after) | (np.isnan(before) & np.isnan(after))).all(axis=0)
        for k in np.flatnonzero(changed):
            found[k].add(j)
    return found


def sources_of(transformer, X):
    return column_sources(transformer, X[:2], transformer.transform(X[:2]).shape[1])


def name_of(item):
    """The same in every process: the text of a function holds its address."""
    return "X" if isinstance(item, np.ndarray) else re.sub(" at 0x.*?>", ">", str(item))[:60]


COLUMN_WISE = [
    (StandardScaler(), numbers()),
    (StandardScaler(), with_gaps()),
    (MinMaxScaler(), numbers()),
    (MaxAbsScaler(), numbers()),
    (RobustScaler(), numbers()),
    (QuantileTransformer(n_quantiles=20), numbers()),
    (PowerTransformer(), numbers()),
    (Binarizer(threshold=0.9), numbers()),
    (FunctionTransformer(), numbers()),
    (FunctionTransformer(np.arctan), numbers()),
    (SimpleImputer(), with_gaps()),
    (SimpleImputer(add_indicator=True), with_gaps()),
    (SimpleImputer(strategy="constant", fill_value=1.0), with_gaps()),
    (MissingIndicator(), with_gaps()),
    (MissingIndicator(features="all"), np.where(numbers() > 3, np.nan, numbers())[:, [1, 1, 1]]),
    (OrdinalEncoder(), codes()),
    (OneHotEncoder(), codes()),
    (OneHotEncoder(drop="first", sparse_output=False), codes()),
    (OneHotEncoder(drop="if_binary"), codes()),
    (OneHotEncoder(min_frequency=15, handle_unknown="infrequent_if_exist"), codes()),
    (OneHotEncoder(max_categories=3, drop="first"), codes()),
    (TargetEncoder(), codes()),
    (KBinsDiscretizer(4, strategy="kmeans", random_state=0), numbers()),
    (KBinsDiscretizer(3, encode="ordinal", strategy="uniform"), numbers()),
    (KBinsDiscretizer(3, encode="onehot-dense", strategy="uniform"), numbers()),
    (SplineTransformer(), numbers()),
    (SplineTransformer(include_bias=False, n_knots=3), numbers()),
    (SplineTransformer(extrapolation="linear", order="F"), numbers()),
    (VarianceThreshold(0.5), numbers()),
    (SelectKBest(k=2), numbers()),
    (RFE(LogisticRegression(), n_features_to_select=2), numbers()),
    (SelectFromModel(LogisticRegression()), numbers()),
    (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), with_gaps()),
    (make_pipeline("passthrough", VarianceThreshold(0.5), SplineTransformer()), numbers()),
    (make_union(StandardScaler(), "passthrough", SelectKBest(k=1), "drop"), numbers()),
    (FrozenEstimator(StandardScaler().fit(numbers())), numbers()),
]


@pytest.mark.parametrize(("transformer", "X"), COLUMN_WISE, ids=name_of)
def test_told_sources_are_those_found_by_perturbation(transformer, X):
    transformer.fit(X, targets())
    told = sources_of(transformer, X)
    assert told == sources_by_perturbation(transformer.transform, X)
    assert {len(source) for source in told} == {1}


@pytest.mark.filterwarnings("ignore:Skipping features without any observed values")
@pytest.mark.filterwarnings("ignore:Currently, when `keep_empty_feature=False`:FutureWarning")
@pytest.mark.parametrize("strategy", ["mean", "constant"])
@pytest.mark.parametrize("add_indicator", [False, True])
@pytest.mark.parametrize("keep", [False, True])
def test_imputer_of_an_empty_column(keep, add_indicator, strategy):
    X = with_an_empty_column()
    imputer = SimpleImputer(
        strategy=strategy, keep_empty_features=keep, add_indicator=add_indicator
    ).fit(X)
    told = sources_of(imputer, X)
    n_columns = imputer.transform(X).shape[1] - (3 if add_indicator else 0)
    assert told[:n_columns] == ([{0}, {1}, {2}, {3}] if n_columns == 4 else [{0}, {2}, {3}])
    assert told[n_columns:] == ([{0}, {1}, {3}] if add_indicator else [])
    # With values in the empty column, each encoded column still changes with its own alone.
    filled = np.where(np.isnan(X) & (np.arange(4) == 1), numbers(), X)
    found = sources_by_perturbation(imputer.transform, filled)
    assert all(b <= a for a, b in zip(told, found))


def test_target_encoder_of_several_classes():
    X = codes()
    encoder = TargetEncoder().fit(X, targets(3))
    told = sources_of(encoder, X)
    assert told == [{j} for j in range(4) for _ in range(3)]
    assert told == sources_by_perturbation(encoder.transform, X)


def test_polynomials_tell_their_powers():
    X = numbers()
    polynomials = PolynomialFeatures(2).fit(X)
    told = sources_of(polynomials, X)
    assert told == sources_by_perturbation(polynomials.transform, X)
    assert set() in told
    assert {1, 3} in told


class Fudged(StandardScaler):
    """Says it is a StandardScaler, but looks at whole rows."""

    def transform(self, X):
        return super().transform(X) - X[:, [0]]


class Unknown(TransformerMixin, BaseEstimator):
    """A third party's transformer: one to one, but nobody says so."""

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return X * 2


@pytest.mark.parametrize(
    "transformer",
    [
        PCA(),
        Normalizer(),
        KNNImputer(),
        IterativeImputer(max_iter=2),
        FunctionTransformer(lambda X: X / X.sum(axis=1, keepdims=True)),
        FunctionTransformer(lambda X: X * 2, feature_names_out="one-to-one"),
        Fudged(),
        Unknown(),
        make_pipeline(StandardScaler(), PCA()),
    ],
    ids=lambda item: type(item).__name__,
)
def test_all_else_counts_as_a_function_of_every_column(transformer):
    X = numbers()
    transformer.fit(X)
    assert sources_of(transformer, X) == [{0, 1, 2, 3}] * 4


def test_a_third_party_registers_its_own_class():
    class Doubler(Unknown):
        pass

    X = numbers()
    doubler = Doubler().fit(X)
    assert sources_of(doubler, X) == [{0, 1, 2, 3}] * 4
    known_sources.register(
        Doubler, lambda _, X, by_name: [frozenset([j]) for j in range(X.shape[1])]
    )
    # The registered class inherits its transform, which is part of what was registered.
    assert sources_of(doubler, X) == [{0}, {1}, {2}, {3}]


@pytest.mark.parametrize("sparse_threshold", [0, 1])
@pytest.mark.parametrize("remainder", ["drop", "passthrough", StandardScaler()])
def test_column_transformer(remainder, sparse_threshold):
    X = mixed()
    numeric = Pipeline([("fill", SimpleImputer(add_indicator=True)), ("scale", StandardScaler())])
    X.loc[::6, "pay"] = np.nan
    transformer = ColumnTransformer(
        [
            ("words", CountVectorizer(), "note"),
            ("town", OneHotEncoder(), ["town"]),
            ("nothing", "drop", ["member"]),
            ("none", StandardScaler(), []),
            ("number", numeric, ["pay"]),
            ("both", OneHotEncoder(drop="if_binary"), ["member", "town"]),
        ],
        remainder=remainder,
        sparse_threshold=sparse_threshold,
    ).fit(X)
    told = sources_of(transformer, X)
    assert told == sources_by_perturbation(transformer.transform, X)
    expected = [{4}] * 3 + [{1}] * 3 + [{2}] * 2 + [{3}] + [{1}] * 3
    assert told == expected + ([] if remainder == "drop" else [{0}])


@pytest.mark.parametrize(
    "columns",
    [[3, 1], [-1, 0], slice(1, 3), [False, True, True, False], lambda X: [2, 0]],
    ids=["list", "negative", "slice", "mask", "callable"],
)
def test_column_transformer_on_arrays(columns):
    X = numbers()
    transformer = make_column_transformer(
        (StandardScaler(), columns), (PCA(), [0, 2]), remainder="passthrough"
    ).fit(X)
    assert sources_of(transformer, X) == sources_by_perturbation(transformer.transform, X)


def test_column_transformer_finds_columns_by_label():
    X = mixed()[["age", "town", "pay"]]
    transformer = make_column_transformer(
        (OneHotEncoder(), ["town"]), (StandardScaler(), ["age", "pay"])
    ).fit(X)
    moved = mixed()[["note", "pay", "town", "age"]]
    told = sources_of(transformer, moved)
    assert told == [{2}, {2}, {2}, {3}, {1}]
    assert told == sources_by_perturbation(transformer.transform, moved)


def test_inner_frames_are_followed_by_label():
    X = mixed()[["age", "pay", "town"]]
    inner = make_column_transformer(
        (StandardScaler(), ["pay", "age"]),
        (OneHotEncoder(sparse_output=False), ["town"]),
        verbose_feature_names_out=False,
    )
    outer = make_column_transformer((MinMaxScaler(), ["age"]), ("passthrough", ["town_Ulm"]))
    model = make_pipeline(inner, outer).set_output(transform="pandas").fit(X)
    told = sources_of(model, X)
    assert told == [{0}, {2}]
    assert told == sources_by_perturbation(model.transform, X)


def test_split_of_a_nested_searched_and_frozen_pipeline():
    X, y = numbers(), targets()
    frozen = FrozenEstimator(StandardScaler().fit(X))
    inner = make_pipeline(SplineTransformer(n_knots=3), LogisticRegression())
    model = Pipeline([("scale", frozen), ("rest", inner)])
    search = GridSearchCV(model, {"rest__logisticregression__C": [0.1, 1.0]}, cv=2).fit(X, y)
    split = split_pipeline(FrozenEstimator(search), X)
    assert split.estimator is search.best_estimator_[-1][-1]
    assert split.sources == [{j} for j in range(4) for _ in range(5)]
    assert_allclose(
        split.estimator.decision_function(split.encode(X)), search.decision_function(X), rtol=1e-12
    )


def test_models_without_preprocessing_are_left_alone():
    X = numbers()
    forest = RandomForestClassifier(n_estimators=2).fit(X, targets())
    split = split_pipeline(forest, X)
    assert split.transformers == []
    assert split.estimator is forest
    assert split.sources == [{0}, {1}, {2}, {3}]
    assert split.encode(X) is X
    function = np.ones_like
    assert split_pipeline(function, X).estimator is function


def test_a_pipeline_that_predicts_in_its_own_way_is_not_split():
    class Clipped(Pipeline):
        def predict(self, X):
            return super().predict(X).clip(0)

    X = numbers()
    model = Clipped([("scale", StandardScaler()), ("model", Ridge())]).fit(X, X[:, 0])
    split = split_pipeline(model, X)
    assert split.transformers == []
    assert split.estimator is model


def test_a_feature_union_with_a_part_that_mixes():
    X = numbers()
    union = FeatureUnion([("scale", StandardScaler()), ("pca", PCA(2))]).fit(X)
    assert sources_of(union, X) == [{0}, {1}, {2}, {3}, {0, 1, 2, 3}, {0, 1, 2, 3}]


def test_owners():
    sources = [frozenset([2]), frozenset(), frozenset([0, 1]), frozenset([1])]
    assert owners_of(sources, [np.array([2]), np.array([0, 1])]) == [0, 0, 1, 1]
    assert owners_of(sources, [np.array([0]), np.array([1]), np.array([2])]) is None


def test_two_rows_tell_as_much_as_all():
    X = with_gaps()
    model = make_pipeline(SimpleImputer(add_indicator=True), LinearRegression()).fit(X, targets())
    assert split_pipeline(model, X).sources == split_pipeline(model, X[1:3]).sources
