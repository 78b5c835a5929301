"""Tables that are odd in one way each, with the same numbers in plain form."""

import numbers
import tempfile
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

NAMES = list("abcd")
N_BACKGROUND = 20
N_ROWS = 24


@dataclass(frozen=True)
class OddInput:
    """One odd kind of table.

    Parameters
    ----------
    group : str
        The class of inputs that it belongs to.
    name : str
    make : callable
        From an array of whole numbers, (n_rows, 4), to the odd table.
    plain : callable
        From the odd table to the same in plain form, which must give the same numbers.
    encoder : transformer, default=None
        What makes numbers of the last column, for models that take numbers alone.
    reading : bool, default=False
        Whether only a model that reads the plain numbers off the table can take it.
    own_way : dict of str to callable, default={}
        Families to which it is something else, and the plain form of that.
    same_model : bool, default=False
        Whether the model is fitted to the plain table: on this one it would be another.
    tol : float, default=1e-5
        Relative.
    prepare : callable, default=None
        From the array of whole numbers to the one that `make` gets.
    """

    group: str
    name: str
    make: object
    plain: object
    encoder: object = None
    reading: bool = False
    own_way: dict = field(default_factory=dict)
    same_model: bool = False
    tol: float = 1e-5
    prepare: object = None

    def plain_of(self, family):
        """What makes the plain form for a family."""
        return self.own_way.get(family, self.plain)

    def tables(self, family):
        """The odd background and rows, and the plain ones."""
        rng = np.random.RandomState(0)
        X = rng.randint(-4, 5, size=(N_ROWS, 4)).astype(float)
        X[:2, 3] = [-4, 4]  # both ends are in the background
        if self.prepare is not None:
            X = self.prepare(X)
        odd = [self.make(X[:N_BACKGROUND]), self.make(X[N_BACKGROUND:])]
        return (*odd, *map(self.plain_of(family), odd))

    def model(self, estimator):
        """Unfitted, with the encoder ahead."""
        if self.encoder is None:
            return estimator
        columns = [("numbers", "passthrough", [0, 1, 2]), ("odd", self.encoder, [3])]
        return make_pipeline(ColumnTransformer(columns, sparse_threshold=0), estimator)


def frame_of(X):
    return pd.DataFrame(np.array(X), columns=NAMES)


def as_numbers(table):
    """A table of numbers as a new array, or a frame, of doubles and long integers."""
    if isinstance(table, pd.DataFrame):
        columns = [as_numbers(list(column)) for _, column in table.items()]
        return pd.DataFrame(dict(zip(NAMES, columns)), index=table.index)
    table = np.array(table)
    if table.dtype == object:
        integers = all(isinstance(cell, numbers.Integral) for cell in table.ravel())
        return table.astype(np.int64 if integers else float)
    return table.astype(np.int64 if table.dtype.kind in "iu" else float)


# -- memory ----------------------------------------------------------------------------------------


def _read_only(X):
    X = np.array(X)
    X.flags.writeable = False
    return X


def _memory_map(X):
    folder = tempfile.mkdtemp()
    path = Path(folder) / "X.npy"
    np.save(path, X)
    mapped = np.load(path, mmap_mode="r")
    path.unlink()  # the map stays
    Path(folder).rmdir()
    return mapped


def _gaps(X):
    return np.repeat(np.repeat(X, 3, axis=0), 2, axis=1)[::3, ::2]


def _unaligned(X):
    buffer = np.zeros(X.nbytes + 1, dtype=np.uint8)
    view = np.frombuffer(buffer.data, np.float64, X.size, offset=1).reshape(X.shape)
    view[:] = X
    return view


def _broadcast(X):
    return np.broadcast_to(X[:, :1], X.shape)


def _matrix(X):
    return X.view(np.matrix)


MEMORY = {
    "Fortran order": np.asfortranarray,
    "gaps": _gaps,
    "reversed": lambda X: np.array(X[::-1, ::-1])[::-1, ::-1],
    "read-only": _read_only,
    "memory map": _memory_map,
    "unaligned": _unaligned,
    "big-endian": lambda X: X.astype(">f8"),
    "one column seen four times": _broadcast,
    "lists": lambda X: X.tolist(),
    "tuples": lambda X: tuple(map(tuple, X.tolist())),
    "a list of arrays": list,
    "matrix": _matrix,
    "masked array": lambda X: np.ma.masked_array(X, np.zeros(X.shape, bool)),
    "a frame over a read-only array": lambda X: pd.DataFrame(
        _read_only(X), columns=NAMES, copy=False
    ),
    "a frame in blocks": lambda X: pd.concat(
        [pd.DataFrame({name: X[:, j]}) for j, name in enumerate(NAMES)], axis=1
    ),
}


_DTYPES = "int8 int16 int32 int64 uint8 uint64 float16 float32 longdouble bool object"
NUMBERS = {f"{dtype} array": dtype for dtype in _DTYPES.split(" ")}
NUMBERS_OF = {"uint8": np.abs, "uint64": np.abs, "bool": lambda X: X > 0}


def _objects(X):
    return X.astype(object)


def _number_arrays():
    for name, dtype in NUMBERS.items():
        yield OddInput(
            "dtypes of arrays",
            name,
            lambda X, dtype=dtype: X.astype(dtype),
            as_numbers,
            prepare=NUMBERS_OF.get(dtype),
            same_model=dtype in ("float16", "float32"),
            own_way={"Prototypes": _objects} if dtype == "bool" else {},  # truth values are kinds
        )
    for name, cell in {
        "Decimal cells": Decimal,
        "Fraction cells": Fraction,
        "cells of int and float": lambda x: int(x) if x > 0 else x,
    }.items():
        yield OddInput(
            "dtypes of arrays",
            name,
            lambda X, cell=cell: np.array([[cell(x) for x in row] for row in X], dtype=object),
            as_numbers,
        )


# -- sparse ----------------------------------------------------------------------------------------


def _sparse():
    for form in ("csr", "csc", "coo", "lil", "dok", "dia", "bsr"):
        for kind in ("matrix", "array"):
            build = getattr(sp, f"{form}_{kind}")
            yield OddInput("sparse", f"{form}_{kind}", build, lambda X: sp.csr_matrix(X.toarray()))
    yield OddInput("sparse", "entries twice", _entries_twice, lambda X: sp.csr_matrix(X.toarray()))
    yield OddInput("sparse", "stored zeros", _stored_zeros, lambda X: sp.csr_matrix(X.toarray()))
    yield OddInput("sparse", "unsorted", _unsorted, lambda X: sp.csr_matrix(X.toarray()))
    yield OddInput("sparse", "int64 indices", _long_indices, lambda X: sp.csr_matrix(X.toarray()))
    yield OddInput("sparse", "read-only parts", _frozen_csr, lambda X: sp.csr_matrix(X.toarray()))


def _entries_twice(X):
    once = sp.coo_matrix(X)
    row, col = (np.concatenate([part, part]) for part in (once.row, once.col))
    return sp.coo_matrix((np.concatenate([once.data / 2] * 2), (row, col)), shape=X.shape)


def _stored_zeros(X):
    full = sp.csr_matrix(np.ones_like(X))
    full.data[:] = X.ravel()
    return full


def _unsorted(X):
    n_rows, n_columns = X.shape
    columns = np.tile(np.arange(n_columns)[::-1], n_rows)
    starts = np.arange(0, X.size + 1, n_columns)
    return sp.csr_matrix((X[:, ::-1].ravel().copy(), columns, starts), shape=X.shape)


def _long_indices(X):
    csr = sp.csr_matrix(X)
    csr.indices, csr.indptr = csr.indices.astype(np.int64), csr.indptr.astype(np.int64)
    return csr


def _frozen_csr(X):
    csr = sp.csr_matrix(X)
    for part in (csr.data, csr.indices, csr.indptr):
        part.flags.writeable = False
    return csr


# -- columns of pandas that hold numbers -----------------------------------------------------------


def _last(dtype):
    """A frame whose last column has another dtype."""

    def make(X):
        frame = frame_of(X)
        return frame.astype({"d": dtype})

    return make


def _pandas_numbers():
    dtypes = ["Int64", "Int8", "Float64", "Float32", "int32", "object"]
    dtypes += ["Sparse[float]", "Sparse[int]"]
    for dtype in dtypes:
        yield OddInput("numbers in pandas", f"{dtype} column", _last(dtype), as_numbers)
        yield OddInput(
            "numbers in pandas",
            f"all {dtype}",
            lambda X, dtype=dtype: frame_of(X).astype(dtype),
            as_numbers,
        )
    for dtype in ("boolean", "bool"):
        yield OddInput(
            "numbers in pandas",
            f"{dtype} column",
            lambda X, dtype=dtype: frame_of(X).assign(d=pd.array(X[:, 3] > 0, dtype=dtype)),
            lambda frame: frame.assign(d=frame["d"].astype(bool)),
        )
    if _has_arrow():
        for dtype in ("int64[pyarrow]", "double[pyarrow]", "float[pyarrow]"):
            yield OddInput("pyarrow", f"{dtype} column", _last(dtype), as_numbers)
            yield OddInput(
                "pyarrow",
                f"all {dtype}",
                lambda X, dtype=dtype: frame_of(X).astype(dtype),
                as_numbers,
            )
        yield OddInput(
            "pyarrow",
            "bool[pyarrow] column",
            lambda X: frame_of(X).assign(d=pd.Series(X[:, 3] > 0, dtype="bool[pyarrow]")),
            lambda frame: frame.assign(d=frame["d"].astype(bool)),
        )


def _has_arrow():
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return False
    return True


# -- columns of pandas that hold kinds, dates and mixtures -----------------------------------------

_TEXTS = np.array(["low", "mid", "top"], dtype=object)
_ONE_HOT = OneHotEncoder(handle_unknown="ignore")


def _texts(X):
    return _TEXTS[np.digitize(X[:, 3], [-1, 2])]


def _kinds(make_column):
    def make(X):
        return frame_of(X).assign(d=make_column(_texts(X)))

    return make


def _plain_texts(frame):
    cells = [None if pd.isna(cell) else str(cell) for cell in frame["d"]]
    return frame.assign(d=pd.Series(cells, dtype=object, index=frame.index))


def _own_levels(texts):
    """Only the levels that are there, in the order they come."""
    return pd.Categorical(texts, categories=list(dict.fromkeys(texts)))


def _unseen(texts):
    """In the explained rows, a level that the background lacks."""
    if len(texts) < N_BACKGROUND:
        texts = np.where(texts == "low", "lowest", texts)
    return pd.Categorical(texts)


def _some_missing(value, dtype=object):
    def make(texts):
        texts = texts.copy()
        texts[::5] = value
        return pd.Series(texts, dtype=dtype)

    return make


def _pandas_kinds():
    columns = {
        "object": lambda texts: pd.Series(texts, dtype=object),
        "str": lambda texts: pd.Series(texts, dtype=str),
        "string": lambda texts: pd.array(texts, dtype="string"),
        "category": lambda texts: pd.Categorical(texts, categories=_TEXTS),
        "ordered category": lambda texts: pd.Categorical(texts, categories=_TEXTS, ordered=True),
        "category with its own levels": _own_levels,
        "category with unseen levels": _unseen,
        "category with unused levels": lambda texts: pd.Categorical(
            texts, categories=["never", *_TEXTS]
        ),
        "object with None": _some_missing(None),
        "object with NaN": _some_missing(np.nan),
        "object with NA": _some_missing(pd.NA),
        "string with NA": _some_missing(pd.NA, "string"),
        "category with NaN": lambda texts: pd.Categorical(_some_missing(None)(texts)),
        "bytes": lambda texts: pd.Series([text.encode() for text in texts], dtype=object),
        "tuples": lambda texts: pd.Series([(text, 1) for text in texts], dtype=object),
    }
    if _has_arrow():
        columns["string[pyarrow]"] = lambda texts: pd.array(texts, dtype="string[pyarrow]")
    for name, make_column in columns.items():
        yield OddInput("kinds in pandas", name, _kinds(make_column), _plain_texts, _ONE_HOT)
    yield OddInput(
        "kinds in pandas",
        "object of mixed things",
        _mixed,
        _mixed_plain,
        _Texts(),
        own_way={"Prototypes": _mixed_by_value},
    )
    yield OddInput(
        "kinds in pandas",
        "category of numbers",
        lambda X: frame_of(X).assign(d=pd.Categorical(X[:, 3] // 3 + 5)),
        _plain_texts,
        _ONE_HOT,
    )
    yield OddInput(
        "kinds in pandas",
        "intervals",
        lambda X: frame_of(X).assign(
            d=pd.arrays.IntervalArray.from_breaks([-5, -1, 2, 5])[np.digitize(X[:, 3], [-1, 2])]
        ),
        _plain_texts,
        _Texts(),
    )


def _Texts():
    return make_pipeline(FunctionTransformer(_as_texts), _ONE_HOT)


_ALIKE = {"nan": "None", "True": "1"}


def _as_texts(frame):
    """Cells as texts; equal ones alike, and missing ones."""
    cells = [[str(cell) for cell in row] for row in np.asarray(frame, dtype=object)]
    return np.array([[_ALIKE.get(cell, cell) for cell in row] for row in cells])


_MIXTURE = ["low", 1, 2.5, True, None, pd.Timestamp("2020-01-01"), ("a", 1), np.nan, b"x"]


def _mixed(X):
    cells = np.empty(len(X), dtype=object)
    for row, x in enumerate(X[:, 3]):
        cells[row] = _MIXTURE[int(x) % len(_MIXTURE)]
    return frame_of(X).assign(d=cells)


def _mixed_plain(frame):
    cells = list(map(str, frame["d"]))
    return frame.assign(d=pd.Series(cells, dtype=object, index=frame.index))


def _mixed_by_value(frame):
    """Equal values alike, and missing ones."""
    plain = _mixed_plain(frame)["d"].replace("True", "1")
    return frame.assign(d=plain.where(frame["d"].notna(), None))


# -- dates -----------------------------------------------------------------------------------------

_START = pd.Timestamp("2020-03-01")


def _days(frame):
    """Days since a date, of a column of dates, periods, durations or numbers."""
    column = frame.iloc[:, 0] if isinstance(frame, pd.DataFrame) else pd.Series(frame[:, 0])
    if column.dtype == object or pd.api.types.is_string_dtype(column.dtype):
        column = pd.to_datetime(column)
    if isinstance(column.dtype, pd.ArrowDtype):
        column = pd.to_datetime(column.astype(object))
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if pd.api.types.is_timedelta64_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return (column / (1 if column.dtype.kind == "f" else pd.Timedelta("1D"))).to_frame()
    if column.dt.tz is not None:
        column = column.dt.tz_localize(None)
    return ((column - _START) / pd.Timedelta("1D")).to_frame()


def _dates(convert):
    def make(X):
        days = pd.Series(_START + pd.to_timedelta(X[:, 3], unit="D"))
        return frame_of(X).assign(d=convert(days))

    return make


def _plain_dates(frame):
    if isinstance(frame["d"].dtype, pd.PeriodDtype) or frame["d"].dtype == object:
        return _plain_texts(frame)  # objects are kinds, whatever they are
    return frame.assign(d=_START + pd.to_timedelta(_days(frame[["d"]]).iloc[:, 0], unit="D"))


def _pandas_dates():
    columns = {
        "dates": lambda days: days,
        "dates in seconds": lambda days: days.astype("datetime64[s]"),
        "dates in UTC": lambda days: days.dt.tz_localize("UTC"),
        "dates of a zone": lambda days: days.dt.tz_localize("Asia/Tokyo"),
        "dates at an offset": lambda days: days.dt.tz_localize("+05:30"),
        "dates of a zone with summer time": lambda days: (
            days + pd.Timedelta("27D")
        ).dt.tz_localize("Europe/Berlin"),
        "durations": lambda days: days - _START,
        "periods": lambda days: days.dt.to_period("D"),
        "dates as objects": lambda days: days.astype(object),
        "dates, some missing": lambda days: days.mask(days.index % 5 == 1),
        "durations, some missing": lambda days: (days - _START).mask(days.index % 5 == 1),
    }
    if _has_arrow():
        columns["timestamp[ns][pyarrow]"] = lambda days: days.astype("timestamp[ns][pyarrow]")
    for name, convert in columns.items():
        yield OddInput(
            "dates in pandas", name, _dates(convert), _plain_dates, FunctionTransformer(_days)
        )


# -- labels ----------------------------------------------------------------------------------------


def _labelled(labels, index=None):
    def make(X):
        frame = pd.DataFrame(np.array(X))
        frame.columns = labels
        if index is not None:
            frame.index = index(len(X))
        return frame

    return make


def _labels():
    columns = {
        "numbers": [3, 1, 0, 2],
        "float labels": [0.5, 1.5, 2.5, np.nan],
        "repeated": ["a", "b", "a", "a"],
        "repeated numbers": [1, 1, 1, 1],
        "text and numbers": ["a", 1, "1", None],
        "tuples": pd.Index([("a", 1), ("b", 2), ("a",), ()], tupleize_cols=False),
        "two levels": pd.MultiIndex.from_product([["x", "y"], [1, 2]], names=["one", None]),
        "two levels of text": pd.MultiIndex.from_product([["x", "y"], ["u", "v"]]),
        "dates": pd.date_range("2020-01-01", periods=4, tz="Asia/Tokyo"),
        "categories": pd.CategoricalIndex(list("abca")),
        "intervals": pd.interval_range(0, 4),
        "True and False": [True, False, 0, 1],
        "empty and odd texts": ["", " ", "\n", "\0"],
        "marks of files and HTML": ["a/b", "<b>&amp;\"'", "../x", "$x^2$"],
        "long": ["x" * 10_000, "y" * 10_000, "ä" * 300, "日本語"],
        "a named index": pd.Index(NAMES, name="feature"),
    }
    for name, labels in columns.items():
        yield OddInput("labels of columns", name, _labelled(labels), np.asarray)
    indexes = {
        "repeated": lambda n: ["x"] * n,
        "two levels": lambda n: pd.MultiIndex.from_arrays([range(n), list("ab") * (n // 2)]),
        "dates of a zone": lambda n: pd.date_range("2020-01-01", periods=n, tz="Asia/Tokyo"),
        "mixed": lambda n: pd.Index([None, "a", 1, 2.5] * (n // 4), dtype=object),
        "falling": lambda n: range(n, 0, -1),
        "missing": lambda n: [np.nan] * n,
        "intervals": lambda n: pd.interval_range(0, n),
        "categories": lambda n: pd.CategoricalIndex(["a", "b"] * (n // 2)),
    }
    for name, index in indexes.items():
        yield OddInput("labels of rows", name, _labelled(NAMES, index), np.asarray)


# -- values ----------------------------------------------------------------------------------------


def _scaled(exponent):
    def make(X):
        return np.ldexp(X, exponent)

    def plain(X):
        return np.ldexp(X, -exponent)

    return make, plain


def _eighths(X):
    return X + 0.125  # no whole numbers, which some explainers keep whole


def _infinite(X):
    X = np.array(X)
    X[X[:, 0] > 1, 0] = np.inf
    X[X[:, 1] < -1, 1] = -np.inf
    return X


def _finite(X):
    return np.clip(X, -50, 50)


def _missing(X):
    return (
        X.where(np.isfinite(X)) if isinstance(X, pd.DataFrame) else np.where(np.isinf(X), np.nan, X)
    )


def _values():
    for name, exponent in {
        "about 1e300": 995,
        "about 1e-300": -995,
        "denormal": -1050,
        "denormal, of three digits": -1064,
        "a little larger": 2,
    }.items():
        make, plain = _scaled(exponent)
        # Denormals are multiples of 2**-1074. With 2**10 of these in a unit, the deviation and
        # the neighbours of a row have three digits; with less, they would be few other numbers,
        # whatever an explainer does: the model is given what a float can hold.
        tol = 1e-2 if exponent == -1064 else 1e-5
        yield OddInput("values", name, make, plain, reading=True, prepare=_eighths, tol=tol)
    for name, make in {
        "infinite cells": _infinite,
        "infinite cells in pandas": lambda X: frame_of(_infinite(X)),
    }.items():
        # To these no number either is what no number is.
        own_way = {"LIME": _missing, "Prototypes": _missing}
        yield OddInput("values", name, make, _finite, reading=True, own_way=own_way)
    plain = {
        "negative zeros": lambda X: X * np.where(X == 0, -1, 1),
        "a constant column": lambda X: X * [1, 1, 1, 0],
        "all rows the same": lambda X: 0 * X + [1, 2, 3, 4],
        "only one column varies": lambda X: X * [1, 0, 0, 0],
    }
    for name, make in plain.items():
        yield OddInput("values", name, make, as_numbers)
    yield OddInput(
        "values",
        "numbers in text",
        lambda X: X.astype(str),
        lambda X: _texts_of(X.astype(float)),
        reading=True,
    )
    yield OddInput(
        "values",
        "complex",
        lambda X: X + 0j,
        lambda X: _texts_of(X.real),  # kinds, to those who ask
        reading=True,
    )


def _texts_of(X):
    return np.array([[str(x) for x in row] for row in X], dtype=object)


def _others():
    """Tables of other libraries."""
    try:
        import polars
    except ImportError:
        return
    for name, kind in {"a frame": float, "a frame of integers": int}.items():
        yield OddInput(
            "polars",
            name,
            lambda X, kind=kind: polars.DataFrame(X.astype(kind), schema=NAMES),
            lambda table: frame_of(as_numbers(np.asarray(table))),
            same_model=True,  # old versions of scikit-learn do not see the names of new polars
        )


def _named(group, makers):
    return [OddInput(group, name, make, as_numbers) for name, make in makers.items()]


ALL = [
    *_named("memory", MEMORY),
    *_number_arrays(),
    *_sparse(),
    *_pandas_numbers(),
    *_pandas_kinds(),
    *_pandas_dates(),
    *_labels(),
    *_values(),
    *_others(),
]
