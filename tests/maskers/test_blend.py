"""Blended model inputs and comparisons, against plain Python loops over single cells."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from skxai.maskers import MaskedRows, _blend
from skxai.maskers._blend import ArrayBlend, FrameBlend, HomogeneousFrameBlend, SparseBlend, blend

DATES = pd.to_datetime(["2020-01-01", "2021-05-05", None])

# Columns of four values; the last one is missing where the dtype knows missing values.
COLUMNS = {
    "float": pd.Series([0.0, 1.5, -2.0, np.nan]),
    "float32": pd.Series([0.0, 1.5, -2.0, np.nan], dtype=np.float32),
    "int": pd.Series([0, 1, 2, 3]),
    "uint8": pd.Series([0, 1, 2, 255], dtype=np.uint8),
    "bool": pd.Series([True, False, True, False]),
    "Int64": pd.Series([0, 1, 2, None], dtype="Int64"),
    "Float64": pd.Series([0.5, 1, 2, None], dtype="Float64"),
    "boolean": pd.Series([True, False, True, None], dtype="boolean"),
    "string": pd.Series(["a", "b", "", None], dtype="string"),
    "object": pd.Series(["a", 1.5, None, float("nan")], dtype=object),
    "category": pd.Series(pd.Categorical(["u", "v", "u", None], categories=["u", "v", "w"])),
    "ordered": pd.Series(pd.Categorical([3, 1, 2, None], categories=[3, 2, 1], ordered=True)),
    "date": pd.Series([*DATES[:2], DATES[0], pd.NaT]),
    "zoned": pd.Series([*DATES[:2], DATES[0], pd.NaT]).dt.tz_localize("Europe/Berlin"),
    "span": pd.Series(pd.to_timedelta([1, 2, 1, None], unit="D")),
}


def same(a, b):
    """Whether two cells hold the same; missing values of one kind are the same."""
    if pd.isna(a) or pd.isna(b):
        return bool(pd.isna(a) and pd.isna(b)) and type(a) is type(b)
    return bool(a == b)


def cell(table, row, column):
    return table.iloc[row, column] if isinstance(table, pd.DataFrame) else table[row, column]


def differs_by_loops(X, background):
    return np.array(
        [
            [
                [not same(cell(X, i, j), cell(background, k, j)) for j in range(X.shape[1])]
                for k in range(len(background))
            ]
            for i in range(len(X))
        ]
    )


@st.composite
def frames(draw):
    """X and background with the same columns, of any dtypes."""
    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=5))
    shapes = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    tables = []
    for n_rows in shapes:
        columns = [
            COLUMNS[name].iloc[draw(st.lists(st.integers(0, 3), min_size=n_rows, max_size=n_rows))]
            for name in names
        ]
        table = pd.concat([column.reset_index(drop=True) for column in columns], axis=1)
        table.columns = names  # labels may come twice
        table.index = [f"row {i}" for i in range(n_rows)]
        tables.append(table)
    return tables


def coalitions_for(draw_seed, n_inputs, X, background, n_players):
    rng = np.random.default_rng(draw_seed)
    rows = rng.integers(len(X), size=n_inputs)
    others = rng.integers(len(background), size=n_inputs)
    return rows, others, rng.random((n_inputs, n_players)) < 0.5


@settings(max_examples=60, deadline=None)
@given(frames())
def test_frames_differ_where_cells_differ(tables):
    X, background = tables
    got = blend(X, background).differs(np.arange(len(X)))
    np.testing.assert_array_equal(got, differs_by_loops(X, background))


@settings(max_examples=60, deadline=None)
@given(frames(), st.integers(0, 2**31))
def test_frames_are_composed_cell_by_cell(tables, seed):
    X, background = tables
    rows, others, present = coalitions_for(seed, 7, X, background, X.shape[1])
    got = blend(X, background).compose(rows, others, present)
    pd.testing.assert_index_equal(got.columns, X.columns)
    assert list(got.dtypes) == list(background.dtypes)
    for b in range(7):
        for j in range(X.shape[1]):
            expected = cell(X, rows[b], j) if present[b, j] else cell(background, others[b], j)
            assert same(cell(got, b, j), expected)


ARRAYS = {
    "float64": np.array([0.0, 1.5, -2.0, np.nan]),
    "float32": np.array([0.0, 1.5, -2.0, np.nan], dtype=np.float32),
    "int": np.array([0, 1, 2, 3]),
    "bool": np.array([True, False, True, False]),
    "text": np.array(["a", "bb", "", "ccc"]),
    "object": np.array(["a", 1.5, None, float("nan")], dtype=object),
    "date": np.array(["2020-01-01", "2021-05-05", "2020-01-01", "NaT"], dtype="datetime64[s]"),
    "complex": np.array([0j, 1j, 2, np.nan]),
}


def array_pair(kind, seed):
    rng = np.random.default_rng(seed)
    return ARRAYS[kind][rng.integers(4, size=(5, 3))], ARRAYS[kind][rng.integers(4, size=(4, 3))]


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays(kind):
    for seed in range(5):
        X, background = array_pair(kind, seed)
        blended = blend(X, background)
        assert isinstance(blended, ArrayBlend)
        picked = np.array([3, 0])
        np.testing.assert_array_equal(
            blended.differs(picked), differs_by_loops(X[picked], background)
        )
        rows, others, present = coalitions_for(seed, 11, X, background, 3)
        got = blended.compose(rows, others, present)
        assert got.dtype == X.dtype
        for b in range(11):
            for j in range(3):
                assert same(got[b, j], (X[rows[b]] if present[b, j] else background[others[b]])[j])


def test_many_inputs_are_composed_in_blocks():
    rng = np.random.default_rng(0)
    X, background = rng.random((3, 5)), rng.random((4, 5))
    rows, others, present = coalitions_for(0, 30_000, X, background, 5)
    got = blend(X, background).compose(rows, others, present)
    np.testing.assert_array_equal(got, np.where(present, X[rows], background[others]))


@pytest.mark.parametrize("kind", [sp.csr_matrix, sp.csr_array])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, bool])
def test_sparse_is_dense(kind, dtype):
    rng = np.random.default_rng(0)
    X, background = (
        (rng.integers(-1, 2, size=(n, 6)) * (rng.random((n, 6)) < 0.5)).astype(dtype)
        for n in (4, 3)
    )
    blended = blend(kind(X), kind(background))
    assert isinstance(blended, SparseBlend)
    rows, others, present = coalitions_for(1, 20, X, background, 6)
    got = blended.compose(rows, others, present)
    assert isinstance(got, kind)
    assert got.dtype == dtype
    dense = ArrayBlend(X, background)
    np.testing.assert_array_equal(got.toarray(), dense.compose(rows, others, present))
    picked = np.array([2, 1, 2])
    np.testing.assert_array_equal(blended.differs(picked), dense.differs(picked))


def test_sparse_entries_may_be_missing_or_zero():
    X = sp.csr_matrix(([0.0, np.nan], ([0, 0], [0, 1])), shape=(1, 3))  # a stored zero
    background = sp.csr_matrix(([np.nan, 5.0], ([0, 0], [1, 2])), shape=(1, 3))
    np.testing.assert_array_equal(
        blend(X, background).differs(np.array([0])), [[[False, False, True]]]
    )


def test_frames_of_one_numeric_dtype_are_arrays_inside():
    frame = pd.DataFrame({"a": [1.0, np.nan], "b": [3.0, 4.0]}, dtype=np.float32)
    blended = blend(frame, frame)
    assert isinstance(blended, HomogeneousFrameBlend)
    got = blended.compose(np.array([0]), np.array([1]), np.array([[False, True]]))
    pd.testing.assert_frame_equal(
        got, pd.DataFrame({"a": [np.nan], "b": [3.0]}, dtype=np.float32), check_index_type=False
    )
    mixed = frame.assign(b=[1, 2])
    assert isinstance(blend(mixed, mixed), FrameBlend)


def test_unseen_categories_reach_the_model():
    background = pd.DataFrame({"town": pd.Categorical(["Ulm", "Bonn"])})
    X = pd.DataFrame({"town": pd.Categorical(["Jena", "Bonn"])})
    blended = blend(X, background)
    got = blended.compose(np.array([0, 1]), np.array([0, 0]), np.array([[True], [False]]))
    assert list(got["town"]) == ["Jena", "Ulm"]
    assert set(got["town"].cat.categories) == {"Ulm", "Bonn", "Jena"}
    np.testing.assert_array_equal(
        blended.differs(np.arange(2)), [[[True], [True]], [[True], [False]]]
    )


def test_same_categories_in_another_order_keep_the_backgrounds():
    background = pd.DataFrame({"size": pd.Categorical(["s", "l"], ["s", "m", "l"], ordered=True)})
    X = pd.DataFrame({"size": pd.Categorical(["l", "m"], ["l", "m"])})
    got = blend(X, background).compose(
        np.array([0, 1]), np.array([0, 0]), np.array([[True], [True]])
    )
    assert got["size"].dtype == background["size"].dtype
    assert list(got["size"]) == ["l", "m"]


def test_tables_are_left_as_they_are():
    X, background = array_pair("float64", 0)
    before = X.copy(), background.copy()
    got = blend(X, background).compose(np.arange(4), np.arange(4), np.zeros((4, 3), dtype=bool))
    got[:] = 99.0
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(background, before[1])


# -- players of several columns --------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(frames(), st.integers(0, 2**31))
def test_groups_come_and_go_together(tables, seed):
    X, background = tables
    n_columns = X.shape[1]
    rng = np.random.default_rng(seed)
    order = rng.permutation(n_columns)
    cut = int(rng.integers(1, n_columns + 1))
    columns = [part for part in (order[:cut], order[cut:]) if len(part)]
    masked = MaskedRows(X, background, columns)
    assert (masked.n_rows, masked.n_background) == (len(X), len(background))
    assert masked.n_players == len(columns)
    cells = differs_by_loops(X, background)
    expected = np.stack([cells[:, :, part].any(axis=2) for part in columns], axis=2)
    np.testing.assert_array_equal(masked.differs(np.arange(len(X))), expected)
    rows, others, present = coalitions_for(seed, 5, X, background, len(columns))
    got = masked.compose(rows, others, present)
    for b in range(5):
        for player, part in enumerate(columns):
            source = (X, rows[b]) if present[b, player] else (background, others[b])
            for j in part:
                assert same(cell(got, b, j), cell(*source, j))


def test_players_in_another_order_than_columns():
    masked = MaskedRows(np.array([[1.0, 2.0]]), np.array([[5.0, 6.0]]), [[1], [0]])
    got = masked.compose([0, 0], [0, 0], [[True, False], [False, True]])
    np.testing.assert_array_equal(got, [[5.0, 2.0], [1.0, 6.0]])


def test_many_columns_of_one_dtype_are_filled_like_others(monkeypatch):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(0, 9, size=(6, 7)), columns=list("abcdefg"))
    frame = frame.astype({"b": float, "c": "float32", "d": float, "e": float})
    frame["h"], frame["f"] = ["x", "y", "z"] * 2, rng.random(6) < 0.5
    frame = frame[list("hgabcdef")]
    rows, others = rng.integers(2, size=20), rng.integers(4, size=20)
    present = rng.random((20, 8)) < 0.5
    expected = _blend.FrameBlend(frame[:2], frame[2:]).compose(rows, others, present)
    monkeypatch.setattr(_blend, "_MANY_COLUMNS", 2)
    together = _blend.FrameBlend(frame[:2], frame[2:])
    assert [own.tolist() for own, _ in together.alike] == [[1, 2], [3, 5, 6]]
    pd.testing.assert_frame_equal(together.compose(rows, others, present), expected)
