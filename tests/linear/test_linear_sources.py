"""Encoded columns: their names, where they come from, and whose players they are."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    Normalizer,
    OneHotEncoder,
    PolynomialFeatures,
    SplineTransformer,
    StandardScaler,
)

from skxai.linear._encoding import Encoding, surrogate_encoding, unwrap
from skxai.linear._players import find_players
from skxai.predictors._sources import column_sources as any_sources
from skxai.utils._tables import TableSpec

FRAME = pd.DataFrame(
    {
        "age": [20.0, 35, 50, 65, 41, 33],
        "town": ["Ulm", "Bonn", "Ulm", "Jena", "Bonn", "Ulm"],
        "pay": [1.0, 5, 2, 8, 3, 4],
        "kind": ["a", "b", "a", "a", "b", "c"],
    }
)
NUMBERS = FRAME[["age", "pay"]].to_numpy()

column_sources = partial(any_sources, by_name=True)


def columns_that_react(transformer, X):
    """Brute force: change one input column at a time, and see which output columns move."""

    def dense(table):
        out = transformer.transform(table)
        return np.asarray(out.toarray() if sp.issparse(out) else out, dtype=float)

    base, sources = dense(X), [set() for _ in range(dense(X).shape[1])]
    for j in range(X.shape[1]):
        for shift in range(1, len(X)):
            moved = X.copy()
            if isinstance(X, pd.DataFrame):
                moved[X.columns[j]] = np.roll(X.iloc[:, j].to_numpy(), shift)
            else:
                moved[:, j] = np.roll(X[:, j], shift)
            for k in np.flatnonzero((dense(moved) != base).any(axis=0)):
                sources[k].add(j)
    return [frozenset(source) for source in sources]


def log_columns(X):
    return np.log(X)


@pytest.mark.parametrize(
    ("transformer", "X"),
    [
        (StandardScaler(), NUMBERS),
        (SimpleImputer(), NUMBERS),
        (SelectKBest(k=1), NUMBERS),
        (FunctionTransformer(np.log1p), NUMBERS),
        (FunctionTransformer(log_columns, feature_names_out="one-to-one"), NUMBERS),
        (KBinsDiscretizer(n_bins=2, quantile_method="averaged_inverted_cdf"), NUMBERS)
        if "quantile_method" in KBinsDiscretizer().get_params()
        else (KBinsDiscretizer(n_bins=2), NUMBERS),
        (KBinsDiscretizer(n_bins=2, encode="ordinal", strategy="uniform"), NUMBERS),
        (PolynomialFeatures(degree=2, include_bias=False), NUMBERS),
        (OneHotEncoder(), FRAME[["town", "kind"]]),
        (OneHotEncoder(drop="first"), FRAME[["town", "kind"]]),
        (OneHotEncoder(drop=["Ulm", "c"]), FRAME[["town", "kind"]]),
        (OneHotEncoder(min_frequency=2), FRAME[["town", "kind"]]),
        (make_pipeline(StandardScaler(), PolynomialFeatures(2, include_bias=False)), NUMBERS),
        (make_pipeline(StandardScaler(), "passthrough", PCA(2)), NUMBERS),
        (make_union(StandardScaler(), PCA(1)), NUMBERS),
        (FeatureUnion([("keep", "passthrough"), ("no", "drop"), ("pca", PCA(1))]), NUMBERS),
        (Normalizer(), NUMBERS),
        (
            make_column_transformer(
                (OneHotEncoder(), ["kind", "town"]),
                ("drop", ["pay"]),
                remainder="passthrough",
            ),
            FRAME,
        ),
        (
            make_column_transformer(
                (make_pipeline(SimpleImputer(), PCA(2)), ["pay", "age"]),
                (OneHotEncoder(drop="if_binary"), make_column_selector(dtype_exclude="number")),
                sparse_threshold=0,
            ),
            FRAME,
        ),
        (make_column_transformer((StandardScaler(), slice(0, 1)), (PCA(1), [0, 1])), NUMBERS),
        (make_column_transformer((StandardScaler(), [False, True])), NUMBERS),
        (make_column_transformer((StandardScaler(), [-1]), (PCA(1), [-1, 0])), NUMBERS),
        (make_column_transformer((OneHotEncoder(), slice("pay", "kind"))), FRAME),
        (make_column_transformer((CountVectorizer(), "town"), ("passthrough", ["pay"])), FRAME),
    ],
    ids=lambda value: " ".join(repr(value).split())[:60],
)
def test_sources_against_brute_force(transformer, X):
    transformer.fit(X, np.arange(len(X)) % 2)
    expected = columns_that_react(transformer, X)
    assert column_sources(transformer, X[:2], len(expected)) == expected


def test_spline_and_interactions():
    spline = SplineTransformer(n_knots=3, degree=2).fit(NUMBERS)
    assert column_sources(spline, NUMBERS, 8) == [frozenset([0])] * 4 + [frozenset([1])] * 4
    both = PolynomialFeatures(2).fit(NUMBERS)  # 1, a, b, a², ab, b²
    assert list(map(sorted, column_sources(both, NUMBERS, 6))) == [[], [0], [1], [0], [0, 1], [1]]


@pytest.mark.parametrize("imputer", [SimpleImputer(add_indicator=True), KNNImputer()], ids=repr)
def test_imputers_with_missing_values(imputer):
    holes = NUMBERS.copy()
    holes[1, 1] = np.nan
    n_outputs = imputer.fit(holes).transform(holes).shape[1]
    expected = [frozenset([0]), frozenset([1]), frozenset([1])][:n_outputs]
    assert column_sources(imputer, holes, n_outputs) == expected


@pytest.mark.filterwarnings("ignore:Skipping features")
def test_an_imputer_that_drops_columns_keeps_the_others_apart():
    empty = np.column_stack([np.full(6, np.nan), NUMBERS])
    imputer = SimpleImputer().fit(empty)
    assert column_sources(imputer, empty, 2) == [frozenset([1]), frozenset([2])]


def test_unwrap_goes_through_pipelines_searches_and_frozen_models():
    X, y = load_diabetes(return_X_y=True)
    inner = make_pipeline(PCA(3), "passthrough", LinearRegression())
    search = GridSearchCV(inner, {"pca__n_components": [2, 4]}, cv=2)
    model = make_pipeline(StandardScaler(), FrozenEstimator(search.fit(X, y)))
    model.fit(X, y)
    transformers, last = unwrap(model)
    assert [type(step) for step in transformers] == [StandardScaler, PCA]
    assert last is search.best_estimator_.steps[-1][1]
    assert unwrap(log_columns) == ([], log_columns)


def test_encoding_is_what_the_last_step_sees():
    model = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(drop="first"), ["town"]), (StandardScaler(), ["age", "pay"])
        ),
        SelectKBest(k=3),
        LinearRegression(),
    ).fit(FRAME, np.arange(6) % 2)
    encoding = Encoding(unwrap(model)[0], FRAME)
    np.testing.assert_array_equal(encoding(FRAME, "X"), model[:-1].transform(FRAME))
    assert encoding.names == list(model[:-1].get_feature_names_out())
    owners = [FRAME.columns[next(iter(source))] for source in encoding.sources]
    assert all(owner in name for owner, name in zip(owners, encoding.names))
    bare = Encoding([FunctionTransformer(log_columns).fit(NUMBERS)], NUMBERS)
    assert bare.names == ["x0", "x1"]


def test_encoding_names_the_hole():
    encoding = Encoding([], FRAME[["age", "pay"]])
    holes = FRAME[["age", "pay"]].copy()
    holes.loc[3, "pay"] = np.nan
    with pytest.raises(ValueError, match="X has a missing or infinite value in 'pay', row 3"):
        encoding(holes, "X")


def test_numbers_are_not_encoded_for_a_surrogate():
    for X in (NUMBERS, sp.csr_matrix(NUMBERS), FRAME[["age", "pay"]], FRAME[["age"]] > 30):
        encoding = surrogate_encoding(X)
        assert encoding.transformers == []
        expected = X.toarray() if sp.issparse(X) else np.asarray(X, dtype=float)
        np.testing.assert_array_equal(encoding(X, "X"), expected)


def test_surrogate_encoding_of_a_mixed_frame_by_hand():
    frame = pd.DataFrame(
        {
            "kind": pd.Categorical(["b", "a", None, "b"]),
            "age": pd.array([20, None, 40, 60], dtype="Int64"),
            "since": pd.to_datetime(["1970-01-02", "1970-01-01", "1970-01-03", "1970-01-11"]),
            "wait": pd.to_timedelta(["1h", "2h", "3h", "12h"]),
            "vip": [True, False, False, True],
        }
    )
    encoding = surrogate_encoding(frame)
    assert encoding.names == [
        *("age", "since", "wait", "vip", "missingindicator_age"),
        *("kind_b", "kind_nan"),
    ]
    assert [min(source) for source in encoding.sources] == [1, 2, 3, 4, 1, 0, 0]
    np.testing.assert_allclose(
        encoding(frame, "X"),
        [
            [20, 1, 1 / 24, 1, 0, 1, 0],
            [40, 0, 2 / 24, 0, 1, 0, 0],
            [40, 2, 3 / 24, 0, 0, 0, 1],
            [60, 10, 12 / 24, 1, 0, 1, 0],
        ],
    )
    unknown = frame.assign(kind=["b", "a", "c", "b"])
    with pytest.raises(ValueError, match=r"X can't be encoded: Found unknown categories \['c'\]"):
        encoding(unknown, "X")


def test_surrogate_encoding_of_an_object_array_and_of_holes():
    mixed = np.array([[1, "a"], [2, "b"], [4, "b"]], dtype=object)
    encoding = surrogate_encoding(mixed)
    assert encoding.names == ["x0", "x1_b"]
    np.testing.assert_array_equal(encoding(mixed, "X"), [[1, 0], [2, 1], [4, 1]])
    holes = np.array([[1.0, 2], [np.nan, 3], [5, 4]])
    np.testing.assert_array_equal(
        surrogate_encoding(holes)(holes, "X"), [[1, 2, 0], [3, 3, 1], [5, 4, 0]]
    )


def players_of(transformer, X, groups=None):
    encoding = Encoding([transformer.fit(X)], X)
    players = find_players(groups, TableSpec.of(X), encoding)
    assert sorted(np.concatenate(players.encoded)) == list(range(len(encoding.names)))
    return {
        name: [encoding.names[j] for j in encoded]
        for name, encoded in zip(players.names, players.encoded)
    }


def test_players_own_what_is_made_of_them():
    encoder = make_column_transformer(
        (OneHotEncoder(), ["town"]), ("passthrough", ["age"]), verbose_feature_names_out=False
    )
    towns = ["town_Bonn", "town_Jena", "town_Ulm"]
    # A column that the model drops is a player without effect.
    assert players_of(encoder, FRAME) == {"age": ["age"], "town": towns, "pay": [], "kind": []}
    assert players_of(encoder, FRAME, {"who": ["age", "town"]}) == {
        "who": [*towns, "age"],
        "pay": [],
        "kind": [],
    }


def test_mixtures_are_players_unless_a_group_holds_them():
    numbers = FRAME[["age", "pay"]].assign(size=[1.0, 2, 4, 3, 2, 5])
    crossed = PolynomialFeatures(2, interaction_only=True, include_bias=False)
    assert players_of(crossed, numbers) == {
        **{name: [name] for name in numbers},
        **{name: [name] for name in ("age pay", "age size", "pay size")},
    }
    assert players_of(crossed, numbers, {"both": ["age", "pay"]}) == {
        "both": ["age", "pay", "age pay"],
        **{name: [name] for name in ("size", "age size", "pay size")},
    }
    blocks = ColumnTransformer([("body", PCA(2), ["age", "pay"]), ("rest", "drop", ["size"])])
    assert players_of(blocks, numbers) == {
        "size": [],
        "body__pca0": ["body__pca0"],
        "body__pca1": ["body__pca1"],
    }
    assert players_of(blocks, numbers, blocks) == {
        "body": ["body__pca0", "body__pca1"],
        "rest": [],
    }
