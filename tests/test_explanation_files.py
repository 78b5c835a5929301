"""Explanation.save and Explanation.load: what goes in comes out, and nothing is unpickled."""

import datetime
import decimal
import json
import pickle
import zipfile
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from skxai import Explanation

N_ROWS = 3


def explanation_of(data=None, **changes):
    parts = {
        "values": np.array([[1 / 3, -0.0], [np.pi, 5e-324], [1e308, np.nan]]),
        "base_values": np.full(N_ROWS, 0.1),
        "predictions": np.zeros(N_ROWS),
    }
    return Explanation(**{**parts, "data": data, **changes})


def round_trip(explanation, folder):
    path = folder / "why.npz"
    explanation.save(path)
    return Explanation.load(path)


def assert_same_cells(got, expected):
    """As pandas compares, and missing values of objects are of the same kind."""
    pd.testing.assert_series_equal(got, expected, check_freq=False, check_index_type="exact")
    if expected.dtype == np.dtype(object):
        assert [type(cell) for cell in got] == [type(cell) for cell in expected]
    if isinstance(expected.dtype, pd.CategoricalDtype):
        assert got.cat.ordered == expected.cat.ordered
        pd.testing.assert_index_equal(got.cat.categories, expected.cat.categories, exact=True)


def assert_same_frame(got, expected):
    pd.testing.assert_index_equal(got.columns, expected.columns, exact=True)
    pd.testing.assert_index_equal(got.index, expected.index, exact=True)
    assert list(got.dtypes) == list(expected.dtypes)
    for position in range(expected.shape[1]):
        assert_same_cells(got.iloc[:, position], expected.iloc[:, position])


# -- everything but the data -------------------------------------------------------------------


@pytest.mark.parametrize("n_outputs", [None, 1, 3])
def test_every_field_comes_back(tmp_path, n_outputs):
    rng = np.random.default_rng(0)
    outputs = () if n_outputs is None else (n_outputs,)
    explanation = Explanation(
        values=rng.normal(size=(N_ROWS, 2, *outputs)),
        base_values=rng.normal(size=(N_ROWS, *outputs)),
        predictions=rng.normal(size=(N_ROWS, *outputs)),
        std_errors=rng.normal(size=(N_ROWS, 2, *outputs)),
        data=rng.normal(size=(N_ROWS, 4)),
        feature_names=["größe", '"quoted"\n'],
        output_names=None if n_outputs is None else [f"class {k}" for k in range(n_outputs)],
        method="Oracle(parameter='ü')",
        index=pd.Index(["a", "b", "c"], name="patient"),
        groups=[[0, 3], [2]],
        n_evals=[1, 2, 3],
        targets=["yes", "no", ""],
    )
    loaded = round_trip(explanation, tmp_path)
    for field in fields(Explanation):
        got, expected = getattr(loaded, field.name), getattr(explanation, field.name)
        if isinstance(expected, np.ndarray):
            np.testing.assert_array_equal(got, expected, strict=True)
            assert not got.flags.writeable
        elif field.name == "index":
            pd.testing.assert_index_equal(got, expected, exact=True)
        else:
            assert got == expected, field.name


def test_absent_fields_stay_absent(tmp_path):
    loaded = round_trip(explanation_of(), tmp_path)
    for name in ("data", "index", "std_errors", "n_evals", "targets"):
        assert getattr(loaded, name) is None
    np.testing.assert_array_equal(loaded.values, explanation_of().values)
    assert np.signbit(loaded.values[0, 1])


def test_no_rows(tmp_path):
    frame = pd.DataFrame({"a": ["x"] * N_ROWS, "b": pd.Categorical(["u"] * N_ROWS)})
    explanation = explanation_of(frame)[:0]
    loaded = round_trip(explanation, tmp_path)
    assert loaded.shape == (0, 2)
    assert_same_frame(loaded.data, explanation.data)


def test_the_file_has_exactly_this_name(tmp_path):
    explanation_of().save(str(tmp_path / "why"))
    assert [path.name for path in tmp_path.iterdir()] == ["why"]
    assert len(Explanation.load(str(tmp_path / "why"))) == N_ROWS


# -- data --------------------------------------------------------------------------------------

_TIMES = pd.to_datetime(["2020-03-29 01:30:00.500000", None, "1999-12-31 23:59:59.123456"])
_HOUR = datetime.timedelta(hours=1)
COLUMNS = {
    "float": pd.Series([0.1, np.nan, -np.inf]),
    "float32": pd.Series([0.1, np.nan, 3], dtype="float32"),
    "int8": pd.Series([-128, 0, 127], dtype="int8"),
    "uint64": pd.Series([2**64 - 1, 0, 1], dtype="uint64"),
    "complex": pd.Series([1 + 2j, 0, 1j]),
    "bool": pd.Series([True, False, True]),
    "nullable int": pd.Series([2**62 + 1, None, -1], dtype="Int64"),
    "nullable uint8": pd.Series([255, None, 0], dtype="UInt8"),
    "nullable float": pd.Series([0.1, None, 3], dtype="Float32"),
    "nullable bool": pd.Series([True, None, False], dtype="boolean"),
    "string": pd.Series(["ä\0b", None, ""], dtype="string"),
    "default strings": pd.Series(["a", None, "nul\0"]),
    "objects": pd.Series(["a", None, np.nan], dtype=object),
    "more objects": pd.Series([1, True, 2.5], dtype=object),
    "missing objects": pd.Series([pd.NA, pd.NaT, None], dtype=object),
    "tuples": pd.Series([(1, "a"), (2, (None, 3.5)), ()], dtype=object),
    "dates": pd.Series([datetime.date(2020, 2, 29), datetime.time(1, 2, 3, 4), None], dtype=object),
    "moments": pd.Series(
        [pd.Timestamp("2020-01-01"), datetime.datetime(2020, 1, 1, 5), pd.Timedelta("1.5s")],
        dtype=object,
    ),
    "decimals": pd.Series([decimal.Decimal("0.10"), decimal.Decimal("NaN"), None], dtype=object),
    "category": pd.Series(["b", None, "a"], dtype=pd.CategoricalDtype(["b", "a", "unused"])),
    "ordered": pd.Series(["lo", "hi", None], dtype=pd.CategoricalDtype(["lo", "hi"], ordered=True)),
    "number category": pd.Series([3, 1, 3], dtype="category"),
    "date category": pd.Series(
        _TIMES.tz_localize("UTC").tz_convert("Asia/Tokyo"), dtype="category"
    ),
    "object category": pd.Series(
        ["a", 1, None], dtype=pd.CategoricalDtype(pd.Index([1, "a"], dtype=object))
    ),
    "bins": pd.cut(pd.Series([1, 5, 9]), [0, 2, 7]),
    "datetime": pd.Series(_TIMES),
    "seconds": pd.Series(_TIMES).astype("datetime64[s]"),
    "zoned": pd.Series(_TIMES).dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin"),
    "zoned seconds": pd.Series(_TIMES).dt.tz_localize("UTC").astype("datetime64[s, America/Lima]"),
    "offset": pd.Series(_TIMES).dt.tz_localize(datetime.timezone(2 * _HOUR)),
    "timedelta": pd.Series(pd.to_timedelta(["1 days 00:00:00.5", None, "-3h"])),
    "period": pd.Series(pd.PeriodIndex(["2020-01", None, "1999-12"], freq="M")),
    "interval": pd.Series(pd.arrays.IntervalArray.from_tuples([(0, 1), (1, 2), (5, 9)], "left")),
    "sparse": pd.Series(pd.arrays.SparseArray([0.0, 1.5, 0.0], fill_value=0.0)),
    "sparse bool": pd.Series(pd.arrays.SparseArray([False, True, False])),
    "sparse nan": pd.Series(pd.arrays.SparseArray([np.nan, 1.5, 0.0])),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_of_each_dtype(tmp_path, name):
    loaded = round_trip(explanation_of(COLUMNS[name].to_frame("column")), tmp_path)
    assert_same_frame(loaded.data, COLUMNS[name].to_frame("column"))


def test_all_dtypes_in_one_frame(tmp_path):
    frame = pd.DataFrame(COLUMNS)
    assert_same_frame(round_trip(explanation_of(frame), tmp_path).data, frame)


LABELS = {
    "not strings": pd.Index([1, 2.5, None, ("a", 1), "a", True], dtype=object),
    "repeated": pd.Index(["a", "b", "a", "a", "b", "c"]),
    "integers": pd.Index([5, 3, 1, 0, 2, 4]),
    "a range": pd.RangeIndex(10, 4, -1, name="column"),
    "named": pd.Index(list("abcdef"), name="feature"),
    "dates": pd.DatetimeIndex([f"2020-0{month}-01" for month in range(1, 7)], tz="Europe/Berlin"),
    "categories": pd.CategoricalIndex(list("abcabc"), name=3),
    "two levels": pd.MultiIndex.from_product([["x", "y"], [1, 2, 3]], names=["letter", None]),
    "repeated level names": pd.MultiIndex.from_product([["x", "y"], [1, 2, 3]], names=["n", "n"]),
}


@pytest.mark.parametrize("name", LABELS)
def test_column_labels(tmp_path, name):
    frame = pd.DataFrame(np.arange(18.0).reshape(N_ROWS, 6), columns=LABELS[name])
    assert_same_frame(round_trip(explanation_of(frame), tmp_path).data, frame)


INDEXES = {
    **{name: labels[:N_ROWS] for name, labels in LABELS.items()},
    "strings": pd.Index(["a", "b", "c"]),
    "times as objects": pd.Index([pd.Timestamp(day) for day in range(3)], dtype=object),
    "zoned": pd.DatetimeIndex(["2020-01-01", "2020-07-01", None], tz="Europe/Berlin", name="when"),
    "nullable": pd.Index([1, None, 3], dtype="Int64"),
    "intervals": pd.IntervalIndex.from_breaks([0, 1, 2, 3]),
    "periods": pd.period_range("2020-01", periods=3, freq="M"),
    "mixed levels": pd.MultiIndex.from_arrays(
        [
            pd.CategoricalIndex(["u", "v", "u"], categories=["v", "u"], ordered=True),
            pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
            ["a", "b", "c"],
        ],
        names=["level", "when", ("a", 1)],
    ),
    "one level": pd.MultiIndex.from_arrays([[1, 2, 3]], names=["only"]),
}


@pytest.mark.parametrize("name", INDEXES)
@pytest.mark.parametrize("with_data", [True, False], ids=["of the data", "without data"])
def test_index(tmp_path, name, with_data):
    index = INDEXES[name]
    data = pd.DataFrame({"a": [1.0, 2.0, 3.0]}, index=index) if with_data else None
    loaded = round_trip(explanation_of(data, index=None if with_data else index), tmp_path)
    pd.testing.assert_index_equal(loaded.index, index, exact=True)
    assert isinstance(loaded.index, pd.MultiIndex) == isinstance(index, pd.MultiIndex)
    if with_data:
        assert_same_frame(loaded.data, data)


def test_index_of_its_own_beside_that_of_the_data(tmp_path):
    data = pd.DataFrame({"a": [1, 2, 3]}, index=list("abc"))
    loaded = round_trip(explanation_of(data, index=[7, 8, 9]), tmp_path)
    assert list(loaded.index) == [7, 8, 9]
    assert list(loaded.data.index) == list("abc")


_cells = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(),
        st.dates(),
        st.times().map(lambda time: time.replace(fold=0)),
        st.datetimes().map(lambda moment: moment.replace(fold=0)),
        st.decimals(),
        st.sampled_from([pd.NA, pd.NaT]),
    ),
    lambda cells: st.tuples(cells, cells),
    max_leaves=4,
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(cells=st.lists(_cells, min_size=N_ROWS, max_size=N_ROWS))
def test_any_plain_objects(tmp_path_factory, cells):
    column = pd.Series(cells, dtype=object)
    loaded = round_trip(explanation_of(column.to_frame("c")), tmp_path_factory.mktemp("files"))
    for got, expected in zip(loaded.data["c"], cells):
        assert type(got) is type(expected)
        assert repr(got) == repr(expected)  # NaN and NA are not equal to themselves


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype="float32").reshape(N_ROWS, 2),
        np.array([[1, 2], [3, 4], [5, 6]], dtype=">i4"),
        np.array([["a", "ü"], ["", "b"], ["c", "d"]]),
        np.array([[b"a"], [b"bc"], [b""]]),
        np.array(["2020-01-01", "NaT", "2021-01-01"], dtype="datetime64[D]"),
        np.asfortranarray(np.arange(6.0).reshape(N_ROWS, 2)),
        np.zeros((N_ROWS, 4, 4, 3), dtype="uint8"),
    ],
    ids=lambda array: str(array.dtype),
)
def test_arrays(tmp_path, array):
    loaded = round_trip(explanation_of(array), tmp_path)
    np.testing.assert_array_equal(loaded.data, array, strict=True)


def test_arrays_of_objects(tmp_path):
    array = np.array([["a", 1], [None, 2.5], [(1, 2), True]], dtype=object)
    loaded = round_trip(explanation_of(array), tmp_path)
    assert loaded.data.dtype == np.dtype(object)
    assert loaded.data.tolist() == array.tolist()


@pytest.mark.skipif(
    not hasattr(np, "dtypes") or not hasattr(np.dtypes, "StringDType"), reason="numpy < 2"
)
def test_strings_that_numpy_would_pickle(tmp_path):
    array = np.array([["a"], ["longer"], [""]], dtype=np.dtypes.StringDType())
    loaded = round_trip(explanation_of(array), tmp_path)
    assert loaded.data.tolist() == array.tolist()


@pytest.mark.parametrize("build", [sp.csr_matrix, sp.csr_array, sp.csc_matrix, sp.coo_array])
def test_sparse(tmp_path, build):
    dense = np.array([[0, 2.5, 0], [0, 0, 0], [1, 0, 3]], dtype="float32")
    loaded = round_trip(explanation_of(build(dense)), tmp_path)
    assert sp.issparse(loaded.data)
    assert loaded.data.format == "csr"
    assert loaded.data.dtype == np.float32
    assert type(loaded.data) is (sp.csr_array if "array" in build.__name__ else sp.csr_matrix)
    np.testing.assert_array_equal(loaded.data.toarray(), dense)


class Thing:
    def __repr__(self):
        return "a thing"


def test_objects_without_a_plain_form_become_strings_and_say_so(tmp_path):
    frame = pd.DataFrame({"part": pd.Series([Thing(), 1, None], dtype=object)})
    explanation = explanation_of(frame)
    with pytest.warns(UserWarning, match="column 'part' has objects .* saved as their strings"):
        explanation.save(tmp_path / "why.npz")
    assert Explanation.load(tmp_path / "why.npz").data["part"].tolist() == ["a thing", 1, None]


def test_a_time_zone_without_a_name_becomes_utc_and_says_so(tmp_path):
    zone = datetime.timezone(2 * _HOUR, "nobody's")
    column = pd.Series(_TIMES).dt.tz_localize(zone)
    explanation = explanation_of(column.to_frame("when"))
    with pytest.warns(UserWarning, match="time zone nobody's has no name"):
        explanation.save(tmp_path / "why.npz")
    loaded = Explanation.load(tmp_path / "why.npz").data["when"]
    assert_same_cells(loaded, column.dt.tz_convert("UTC").rename("when"))


def test_a_dtype_without_a_name_becomes_object_and_says_so(tmp_path):
    pa = pytest.importorskip("pyarrow")
    dtype = pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))
    explanation = explanation_of(pd.DataFrame({"a": pd.Series(["x", "y", "x"], dtype=dtype)}))
    with pytest.warns(UserWarning, match="dtype dictionary.* has no name; it is saved as object"):
        explanation.save(tmp_path / "why.npz")
    loaded = Explanation.load(tmp_path / "why.npz").data["a"]
    assert loaded.dtype == np.dtype(object)
    assert loaded.tolist() == ["x", "y", "x"]


def test_arrow_numbers(tmp_path):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"a": pd.Series([1, None, 3], dtype="int64[pyarrow]")})
    assert_same_frame(round_trip(explanation_of(frame), tmp_path).data, frame)


# -- what is refused ---------------------------------------------------------------------------


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("it was unpickled",)


def about_of(path):
    with np.load(path) as arrays:
        return str(arrays["about"])


def test_nothing_in_a_file_is_pickled(tmp_path):
    explanation_of(pd.DataFrame(COLUMNS), index=INDEXES["mixed levels"]).save(tmp_path / "why.npz")
    with zipfile.ZipFile(tmp_path / "why.npz") as archive:
        for name in archive.namelist():
            with archive.open(name) as file:
                np.lib.format.read_array(file, allow_pickle=False)


@pytest.mark.parametrize("where", ["about", "values", "data/0"])
def test_a_pickle_inside_is_refused(tmp_path, where):
    path = tmp_path / "why.npz"
    explanation_of(pd.DataFrame({"a": ["x", "y", "z"]})).save(path)
    with np.load(path) as archive:
        arrays = dict(archive)
    bomb = np.empty(1, dtype=object)
    bomb[0] = Bomb()
    np.savez(path, **{**arrays, where: bomb})
    with pytest.raises(ValueError, match=r"is no saved Explanation.*allow_pickle=False"):
        Explanation.load(path)


def write_pickle(path):
    path.write_bytes(pickle.dumps(Bomb()))


def write_npy(path):
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def write_other_npz(path):
    with path.open("wb") as file:
        np.savez(file, values=np.zeros(3))


def write_no_json(path):
    with path.open("wb") as file:
        np.savez(file, about=np.array("no json"))


@pytest.mark.parametrize(
    "write",
    [write_pickle, write_npy, write_other_npz, write_no_json, lambda path: path.write_bytes(b"")],
    ids=["pickle", "npy", "other npz", "no JSON", "empty"],
)
def test_other_files_are_refused(tmp_path, write):
    write(tmp_path / "other")
    with pytest.raises(ValueError, match=r"path: .*other is no saved Explanation"):
        Explanation.load(tmp_path / "other")


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        Explanation.load(tmp_path / "nothing.npz")


def test_a_format_of_the_future_is_refused(tmp_path):
    path = tmp_path / "why.npz"
    explanation_of().save(path)
    about = {**json.loads(about_of(path)), "format": 99}
    np.savez(path, about=np.array(json.dumps(about)))
    with pytest.raises(ValueError, match="has format 99; this version of skxai reads up to 1"):
        Explanation.load(path)


def test_a_file_that_fails_to_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "why.npz"
    explanation_of().save(path)
    before = path.read_bytes()
    monkeypatch.setattr(json, "dumps", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        explanation_of().save(path)
    assert path.read_bytes() == before
