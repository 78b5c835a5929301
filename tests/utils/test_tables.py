"""Tables: what is taken for one, and what later tables are made to be."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from skxai.utils._tables import TableSpec, check_table, row_bytes, take_rows

FRAME = pd.DataFrame(
    {
        "age": [30, 40],
        "income": [1.5, np.nan],
        "vip": [True, False],
        "size": pd.Categorical(["s", "l"]),
        "town": pd.Series(["Ulm", None], dtype=object),
        "visits": pd.array([1, None], dtype="Int64"),
        "since": pd.date_range("2020-01-01", periods=2, tz="Asia/Tokyo"),
    }
)


@pytest.mark.parametrize(
    "table", [np.ones((2, 3)), np.ones((2, 3), dtype=np.float32), FRAME, sp.eye(3, format="csr")]
)
def test_tables_pass_as_they_are(table):
    assert check_table(table, "X") is table


def test_other_kinds_become_tables():
    np.testing.assert_array_equal(check_table([[1, 2], [3, 4]], "X"), [[1, 2], [3, 4]])
    csr = check_table(sp.eye(3, format="coo"), "X")
    assert csr.format == "csr"
    np.testing.assert_array_equal(csr.toarray(), np.eye(3))


class Foreign:
    """A frame of another library: a mixed one, which numpy would take for objects without names."""

    columns = ["town", "age"]

    def __init__(self, missing=None):
        self.missing = missing

    def to_pandas(self):
        if self.missing:
            raise ModuleNotFoundError(f"No module named {self.missing!r}")
        return pd.DataFrame({"town": ["Ulm", "Bonn"], "age": [30, 40]})

    def __array__(self, dtype=None, copy=None):
        return np.array([["Ulm", 30], ["Bonn", 40]], dtype=object)


def test_frames_of_other_libraries_keep_their_names():
    table = check_table(Foreign(), "X")
    pd.testing.assert_frame_equal(table, Foreign().to_pandas())
    with pytest.raises(ValueError, match="X has its columns in another order than in fit"):
        TableSpec.of(table[["age", "town"]]).conform(Foreign(), "X")
    with pytest.raises(ImportError, match=r"Z is a .*Foreign.*'arrow'.*skxai\[parquet\]"):
        check_table(Foreign(missing="arrow"), "Z")


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_frames_of_real_libraries(library):
    module = pytest.importorskip(library)
    pytest.importorskip("pyarrow")
    plain = FRAME[["age", "income", "vip", "town"]]
    make = module.Table.from_pandas if library == "pyarrow" else module.from_pandas
    table = check_table(make(plain), "X")
    assert list(table.columns) == list(plain.columns)
    np.testing.assert_array_equal(table["income"], plain["income"])
    assert table["town"].iloc[0] == "Ulm"
    assert pd.isna(table["town"].iloc[1])
    assert [str(dtype) for dtype in table.dtypes[:3]] == ["int64", "float64", "bool"]


@pytest.mark.parametrize(
    ("table", "kind", "message"),
    [
        (None, TypeError, "Z is NoneType; expected a DataFrame, an array or a sparse matrix"),
        ("text", TypeError, "Z is str"),
        ({"a": [1]}, TypeError, "Z is dict"),
        (pd.Series([1.0]), TypeError, "Z is a Series"),
        (np.ones(3), ValueError, r"Z has shape \(3,\)"),
        (np.ones((2, 2, 2)), ValueError, r"Z has shape \(2, 2, 2\)"),
        (1.0, ValueError, r"Z has shape \(\)"),
        (np.ones((2, 0)), ValueError, "Z has no columns"),
        ([[1, 2], [3]], ValueError, "Z is no table"),
    ],
)
def test_what_is_no_table(table, kind, message):
    with pytest.raises(kind, match=message):
        check_table(table, "Z")


def test_take_rows():
    pd.testing.assert_frame_equal(take_rows(FRAME, slice(1, 2)), FRAME.iloc[1:2])
    np.testing.assert_array_equal(take_rows(np.eye(3), np.array([2, 0])), np.eye(3)[[2, 0]])
    np.testing.assert_array_equal(take_rows(sp.eye(3, format="csr"), [1]).toarray(), np.eye(3)[[1]])


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (np.ones((2, 3)), 24),
        (np.ones((2, 3), dtype=np.float32), 12),
        (np.ones((2, 3), dtype=object), 192),
        (pd.DataFrame({"a": [1.0], "b": [True], "c": np.array(["x"], dtype=object)}), 8 + 1 + 64),
        (sp.eye(4, format="csr"), 16),
        (sp.csr_matrix((4, 4)), 16),
    ],
)
def test_row_bytes(table, expected):
    assert row_bytes(table) == expected


def test_names():
    assert TableSpec.of(np.ones((2, 3))).names == ["x0", "x1", "x2"]
    assert TableSpec.of(np.ones((2, 3))).feature_names_in is None
    numbered = TableSpec.of(pd.DataFrame(np.ones((2, 2))))
    assert numbered.names == ["0", "1"]
    assert numbered.feature_names_in is None
    assert list(TableSpec.of(FRAME).feature_names_in) == list(FRAME.columns)


@pytest.mark.parametrize("fitted_on", ["array", "frame", "sparse"])
@pytest.mark.parametrize("given", ["array", "frame", "sparse", "lists"])
def test_tables_of_numbers_take_the_kind_of_fit(fitted_on, given):
    X = np.array([[1.0, 0.0], [0.0, 2.0]])
    forms = {
        "array": X,
        "frame": pd.DataFrame(X, columns=["a", "b"]),
        "sparse": sp.csr_matrix(X),
        "lists": X.tolist(),
    }
    got = TableSpec.of(forms[fitted_on]).conform(forms[given], "X")
    assert type(got) is type(forms[fitted_on])
    assert got is forms[given] or fitted_on != given
    dense = got.toarray() if sp.issparse(got) else np.asarray(got)
    np.testing.assert_array_equal(dense, X)
    if fitted_on == "frame":
        assert list(got.columns) == ["a", "b"]


def test_arrays_take_the_dtypes_of_the_frame():
    array = FRAME.to_numpy(dtype=object)
    got = TableSpec.of(FRAME).conform(array, "X")
    pd.testing.assert_frame_equal(got, FRAME)


def test_whole_numbers_are_not_cut():
    got = TableSpec.of(FRAME[["age", "vip"]]).conform([[30.5, 1.0], [40.0, 0.0]], "X")
    assert got["age"].tolist() == [30.5, 40.0]
    assert got["age"].dtype == np.float64
    assert got["vip"].dtype == bool
    halves = TableSpec.of(FRAME[["vip"]]).conform([[0.5]], "X")
    assert halves["vip"].tolist() == [0.5]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("age", "old", "X: column 'age' can't become int64"),
        ("age", np.nan, "X: column 'age' can't become int64"),
        ("income", "rich", "X: column 'income' can't become float64"),
        ("size", "xl", r"X: column 'size' can't become category.*'xl' is none of \['l', 's'\]"),
        ("since", "soon", "X: column 'since' can't become datetime64"),
    ],
)
def test_values_that_no_dtype_of_fit_holds(column, value, message):
    array = np.array([[value]], dtype=object)
    with pytest.raises(ValueError, match=message):
        TableSpec.of(FRAME[[column]]).conform(array, "X")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda X: X.rename(columns={"age": "years"}),
            r"missing \['age'\], unexpected \['years'\]",
        ),
        (lambda X: X.drop(columns="vip"), r"missing \['vip'\], unexpected \[\]"),
        (lambda X: X.assign(more=1), r"missing \[\], unexpected \['more'\]"),
        (lambda X: X[X.columns[::-1]], "X has its columns in another order than in fit"),
        (lambda X: X[[*X.columns, "age"]], "X has columns"),
    ],
)
def test_frames_with_other_columns(change, message):
    with pytest.raises(ValueError, match=message):
        TableSpec.of(FRAME).conform(change(FRAME), "X")


def test_tables_of_another_width():
    for spec in (TableSpec.of(FRAME), TableSpec.of(np.ones((1, 7)))):
        with pytest.raises(ValueError, match="X has 6 columns; expected 7, as in fit"):
            spec.conform(np.ones((2, 6)), "X")
