"""The background: all of it, a summary, weights, or a fixed baseline."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skxai.maskers import TabularMasker
from skxai.maskers._summary import kmeans_rows

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))

MIXED = pd.DataFrame(
    {
        "age": [30, 40, 50, 60, 70],
        "income": [1.5, np.nan, 3.5, 2.5, np.nan],
        "visits": pd.array([1, None, 3, 3, 2], dtype="Int64"),
        "town": ["Ulm", "Bonn", None, "Bonn", "Jena"],
        "size": pd.Categorical(["s", "l", "l", None, "m"], ["s", "m", "l"], ordered=True),
        "vip": [True, False, True, True, False],
        "since": pd.to_datetime(["2020-01-05", None, "2020-01-01", "2020-01-03", "2020-01-02"]),
        "zoned": pd.date_range("2020-01-01", periods=5, tz="Asia/Tokyo"),
        "unknown": [None] * 5,
    }
)


def rows_of(background, X):
    """Positions in X of the rows of a background of numbers."""
    return [int(np.flatnonzero((row == X).all(axis=1))[0]) for row in np.asarray(background)]


@pytest.mark.parametrize("convert", [np.asarray, pd.DataFrame, sp.csr_matrix])
def test_all_rows_are_the_background(convert):
    table = convert(X)
    masker = TabularMasker().fit(table)
    assert masker.background_ is table
    np.testing.assert_array_equal(masker.weights_, np.full(40, 1 / 40))
    assert masker.n_features_in_ == 3


def test_weights_are_normalised():
    masker = TabularMasker(weights=[1, 0, 3]).fit(X[:3])
    np.testing.assert_array_equal(masker.weights_, [0.25, 0, 0.75])


# -- summaries -------------------------------------------------------------------------------------


@pytest.mark.parametrize("summary", ["sample", "kmeans"])
def test_a_summary_has_rows_of_the_background(summary):
    masker = TabularMasker(n_samples=7, summary=summary, random_state=0).fit(X)
    assert len(set(rows_of(masker.background_, X))) == 7
    assert masker.weights_.shape == (7,)
    np.testing.assert_allclose(masker.weights_.sum(), 1)
    again = TabularMasker(n_samples=7, summary=summary, random_state=0).fit(X)
    np.testing.assert_array_equal(masker.background_, again.background_)
    other = TabularMasker(n_samples=7, summary=summary, random_state=1).fit(X)
    assert rows_of(masker.background_, X) != rows_of(other.background_, X)


@pytest.mark.parametrize("summary", ["sample", "kmeans"])
def test_a_background_that_is_small_enough_is_not_summarised(summary):
    masker = TabularMasker(n_samples=40, summary=summary, weights=np.arange(1, 41)).fit(X)
    assert masker.background_ is X
    np.testing.assert_allclose(masker.weights_, np.arange(1, 41) / 820)


def test_a_sample_draws_rows_as_often_as_their_weights_say():
    weights = np.array([4.0, 3.0, 2.0, 1.0])
    drawn = [
        rows_of(
            TabularMasker(n_samples=1, weights=weights, random_state=k).fit(X[:4]).background_, X
        )
        for k in range(400)
    ]
    shares = np.bincount(np.ravel(drawn), minlength=4) / 400
    np.testing.assert_allclose(shares, weights / 10, atol=4 * np.sqrt(0.25 / 400))


def test_kmeans_keeps_a_row_for_each_cluster_weighted_by_its_size():
    centres = np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 5.0]])
    offsets = np.array([[0.1, -0.1], [-0.1, 0.1], [0.1, 0.1], [-0.1, -0.1], [0.0, 0.0]])
    rows = np.vstack([centres[0] + offsets, centres[1] + offsets[2:], centres[2] + offsets[4:]])
    masker = TabularMasker(n_samples=3, summary="kmeans", random_state=0).fit(rows)
    order = np.lexsort(masker.background_.T)
    np.testing.assert_array_equal(masker.background_[order], centres)
    np.testing.assert_allclose(masker.weights_[order], np.array([5, 3, 1]) / 9)
    weighted = TabularMasker(
        n_samples=3, summary="kmeans", random_state=0, weights=[1] * 5 + [2] * 3 + [9]
    ).fit(rows)
    order = np.lexsort(weighted.background_.T)
    np.testing.assert_allclose(weighted.weights_[order], np.array([5, 6, 9]) / 20)


def test_kmeans_centres_follow_the_weights():
    rows = np.array([[0.0], [1.0], [10.0]])
    for weights, nearest in (([1, 1, 1], 1.0), ([0, 1, 9], 10.0)):
        masker = TabularMasker(n_samples=1, summary="kmeans", weights=weights, random_state=0)
        assert masker.fit(rows).background_ == nearest


def test_kmeans_of_sparse_rows_is_that_of_dense_rows():
    dense = X * (np.abs(X) > 0.8)
    for seed in range(5):
        rng = np.random.default_rng
        weights = np.full(40, 1 / 40)
        a, weights_a = kmeans_rows(dense, weights, 6, rng(seed))
        b, weights_b = kmeans_rows(sp.csr_matrix(dense), weights, 6, rng(seed))
        np.testing.assert_array_equal(a, b.toarray())
        np.testing.assert_allclose(weights_a, weights_b)


def test_kmeans_takes_columns_of_every_dtype():
    frame = pd.concat([MIXED] * 4, ignore_index=True)
    frame["age"] += np.arange(20)
    masker = TabularMasker(n_samples=4, summary="kmeans", random_state=0).fit(frame)
    assert len(masker.background_) == 4
    pd.testing.assert_series_equal(masker.background_.dtypes, frame.dtypes)
    pd.testing.assert_frame_equal(masker.background_, frame.loc[masker.background_.index])


def test_kmeans_keeps_categories_apart():
    frame = pd.DataFrame({"town": ["Ulm", "Bonn"] * 10, "noise": np.tile([0.0, 0.001], 10)})
    masker = TabularMasker(n_samples=2, summary="kmeans", random_state=0).fit(frame)
    assert sorted(masker.background_["town"]) == ["Bonn", "Ulm"]
    np.testing.assert_allclose(masker.weights_, 0.5)


def test_kmeans_of_many_rows():
    many = np.repeat(np.array([[0.0, 0.0], [1.0, 1.0]]), [9000, 3000], axis=0)
    masker = TabularMasker(n_samples=2, summary="kmeans", random_state=0).fit(many)
    order = np.argsort(masker.background_[:, 0])
    np.testing.assert_allclose(masker.weights_[order], [0.75, 0.25])


def test_kmeans_takes_rows_without_a_name_for_missing():
    rows = np.array([["a", 1.0], ["b", 2.0], ["a", None], ["c", 1.0]], dtype=object)
    masker = TabularMasker(n_samples=2, summary="kmeans", random_state=0).fit(rows)
    assert masker.background_.dtype == object
    assert masker.background_.shape == (2, 2)


# -- fixed baselines -------------------------------------------------------------------------------


def test_median_is_an_observed_row_value_in_each_column():
    masker = TabularMasker(baseline="median").fit(MIXED)
    row = masker.background_
    assert masker.weights_ == [1.0]
    pd.testing.assert_series_equal(row.dtypes, MIXED.dtypes)
    expected = {
        "age": 50,
        "income": 2.5,
        "visits": 2,
        "town": "Bonn",
        "size": "l",
        "vip": True,
        "since": pd.Timestamp("2020-01-02"),
        "zoned": pd.Timestamp("2020-01-03", tz="Asia/Tokyo"),
    }
    assert row.iloc[0, :-1].to_dict() == expected
    assert pd.isna(row["unknown"].iloc[0])


@pytest.mark.parametrize("n_rows", [1, 2, 5, 6, 40])
@pytest.mark.parametrize("convert", [np.asarray, sp.csr_matrix])
def test_median_of_numbers(convert, n_rows):
    row = TabularMasker(baseline="median").fit(convert(X[:n_rows])).background_
    row = row.toarray() if sp.issparse(row) else row
    lower = np.sort(X[:n_rows], axis=0)[(n_rows - 1) // 2]
    np.testing.assert_array_equal(row, lower[None])


def test_median_follows_the_weights():
    weights = [1, 1, 0, 1, 7]
    row = TabularMasker(baseline="median", weights=weights).fit(MIXED).background_
    repeated = MIXED.loc[np.repeat(np.arange(5), weights)]
    expected = TabularMasker(baseline="median").fit(repeated).background_
    pd.testing.assert_frame_equal(row, expected)
    assert row[["age", "town", "size", "vip"]].iloc[0].tolist() == [70, "Jena", "m", False]


@pytest.mark.parametrize(
    "baseline",
    [
        [1.0, 2.0, 3.0],
        np.array([[1.0, 2.0, 3.0]]),
        (1, 2, 3),
        pd.Series([3.0, 1.0, 2.0], index=["c", "a", "b"]),
        {"b": 2.0, "a": 1.0, "c": 3.0},
        pd.DataFrame({"a": [1.0], "b": [2.0], "c": [3.0]}),
    ],
)
def test_a_row_as_baseline(baseline):
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    masker = TabularMasker(baseline=baseline).fit(frame)
    pd.testing.assert_frame_equal(
        masker.background_, pd.DataFrame({"a": [1.0], "b": [2.0], "c": [3.0]})
    )


@pytest.mark.parametrize("convert", [np.asarray, pd.DataFrame, sp.csr_matrix])
def test_a_number_as_baseline(convert):
    masker = TabularMasker(baseline=0).fit(convert(X))
    background = masker.background_
    assert type(background) is type(convert(X))
    dense = background.toarray() if sp.issparse(background) else np.asarray(background)
    np.testing.assert_array_equal(dense, np.zeros((1, 3)))


def test_a_mixed_row_as_baseline_takes_the_dtypes():
    row = MIXED.iloc[0].to_dict()
    masker = TabularMasker(baseline={**row, "town": "Jena", "size": "l"}).fit(MIXED)
    pd.testing.assert_series_equal(
        masker.background_.drop(columns="unknown").dtypes, MIXED.drop(columns="unknown").dtypes
    )
    assert masker.background_["town"].iloc[0] == "Jena"


# -- binding, refitting, errors --------------------------------------------------------------------


def test_bound_rows_take_the_players():
    masker = TabularMasker(groups={"place": [0, 1]}).fit(X[:2])
    masked = masker.bind(X[5:8])
    got = masked.compose([2], [1], [[True, False]])
    np.testing.assert_array_equal(got, [[X[7, 0], X[7, 1], X[1, 2]]])
    assert masked.differs(np.arange(3)).shape == (3, 2, 2)


def test_a_second_fit_forgets_the_first():
    masker = TabularMasker().fit(MIXED)
    assert list(masker.feature_names_in_) == list(MIXED.columns)
    masker.fit(X)
    assert not hasattr(masker, "feature_names_in_")
    assert masker.player_names_ == ["x0", "x1", "x2"]


def test_clone_and_pickle():
    masker = TabularMasker(groups=[[0, 1]], n_samples=3, random_state=0)
    assert clone(masker).get_params() == masker.get_params()
    fitted = masker.fit(X)
    restored = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(restored.background_, fitted.background_)
    assert restored.player_names_ == fitted.player_names_


def test_fit_changes_nothing():
    before = MIXED.copy(deep=True)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    for params in ({"baseline": "median"}, {"n_samples": 2}, {"n_samples": 2, "summary": "kmeans"}):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            TabularMasker(**params).fit(MIXED)
    pd.testing.assert_frame_equal(MIXED, before)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_bind_before_fit():
    with pytest.raises(NotFittedError):
        TabularMasker().bind(X)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"weights": [1.0, 2.0]}, r"weights has shape \(2,\); expected \(40,\)"),
        ({"weights": np.zeros(40)}, "weights must be finite, not negative, and not all zero"),
        ({"weights": np.full(40, -1.0)}, "weights must be finite"),
        ({"weights": np.full(40, np.nan)}, "weights must be finite"),
        ({"n_samples": 0}, "'n_samples' parameter"),
        ({"n_samples": 2.5}, "'n_samples' parameter"),
        ({"summary": "medoids"}, "'summary' parameter"),
        ({"baseline": "mean"}, "'baseline' parameter"),
        ({"baseline": [1.0, 2.0]}, r"baseline has shape \(1, 2\); expected \(1, 3\)"),
        ({"baseline": np.ones((2, 3))}, r"baseline has shape \(2, 3\)"),
        ({"baseline": {"x0": 1.0}}, r"baseline has entries \['x0'\]"),
        ({"n_samples": 5, "weights": [1.0] * 3 + [0.0] * 37}, "n_samples is 5, but only 3 rows"),
    ],
)
def test_bad_parameters(params, message):
    with pytest.raises(ValueError, match=message):
        TabularMasker(**params).fit(X)


@pytest.mark.parametrize(
    ("baseline", "message"),
    [
        ({"age": 1}, r"baseline has entries \['age'\]"),
        (0, r"baseline is 0, but the columns \['town', 'size', .*\] hold no numbers"),
        (MIXED.iloc[:2], r"baseline has shape \(2, 9\)"),
        (MIXED.iloc[:1, ::-1], "baseline has its columns in another order"),
        (["text"] * 9, "baseline: column 'age' can't become int64"),
    ],
)
def test_bad_baselines_of_mixed_frames(baseline, message):
    with pytest.raises(ValueError, match=message):
        TabularMasker(baseline=baseline).fit(MIXED)


@pytest.mark.parametrize(
    ("table", "kind"),
    [(X[:0], ValueError), (X[0], ValueError), (None, TypeError), (pd.Series([1.0]), TypeError)],
)
def test_bad_backgrounds(table, kind):
    with pytest.raises(kind, match="X_background"):
        TabularMasker().fit(table)
