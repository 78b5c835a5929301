"""Tables in files that need no pickle.

A table (DataFrame, array or sparse matrix) becomes a dictionary of plain arrays and a description
that JSON can hold; every column keeps its dtype. `_archives` puts both in one ``.npz`` file.
"""

import datetime
import decimal
import json
import numbers
import warnings

import numpy as np
import pandas as pd
import scipy.sparse as sp


def pack_table(table, prefix):
    """Return ``(arrays, description)`` of a DataFrame, an array, a sparse matrix or None."""
    if table is None:
        return {}, {"kind": "none"}
    if isinstance(table, pd.DataFrame):
        series = [table.iloc[:, position] for position in range(table.shape[1])]
        arrays, columns = _pack_columns(series, prefix)
        label_arrays, labels = pack_index(table.columns, f"{prefix}/labels")
        index_arrays, index = pack_index(table.index, f"{prefix}/index")
        description = {"kind": "frame", "columns": columns, "labels": labels, "index": index}
        return {**arrays, **label_arrays, **index_arrays}, description
    if sp.issparse(table):
        csr = table.tocsr()
        arrays = {f"{prefix}/{part}": getattr(csr, part) for part in ("data", "indices", "indptr")}
        is_array = isinstance(csr, sp.csr_array)
        return arrays, {"kind": "sparse", "shape": list(csr.shape), "array": is_array}
    table = np.asarray(table)
    if _is_plain(table.dtype):
        return {prefix: table}, {"kind": "array"}
    items, _ = _pack_items(table.ravel(), prefix)
    return {prefix: items}, {"kind": "objects", "shape": list(table.shape)}


def unpack_table(arrays, prefix, description):
    """Invert `pack_table`."""
    kind = description["kind"]
    if kind == "none":
        return None
    if kind == "frame":
        columns = _unpack_columns(arrays, prefix, description["columns"])
        index = unpack_index(arrays, f"{prefix}/index", description["index"])
        if any(len(column) != len(index) for column in columns):  # pandas would fill them up
            raise ValueError(f"its columns are not as long as its index of {len(index)} labels")
        frame = pd.DataFrame(dict(enumerate(columns)), index=range(len(index)))
        frame.index = index
        frame.columns = unpack_index(arrays, f"{prefix}/labels", description["labels"])
        return frame
    if kind == "sparse":
        parts = tuple(arrays[f"{prefix}/{part}"] for part in ("data", "indices", "indptr"))
        build = sp.csr_array if description["array"] else sp.csr_matrix
        matrix = build(parts, shape=tuple(description["shape"]))
        # scipy follows indices wherever they lead; it checks none where there seem to be no values.
        matrix.check_format(full_check=True)
        if (np.diff(matrix.indptr) < 0).any():
            raise ValueError("index pointer values must not decrease")
        return matrix
    if kind == "array":
        return arrays[prefix]
    items = _unpack_items(arrays[prefix])
    table = np.empty(len(items), dtype=object)
    table[:] = items
    return table.reshape(description["shape"])


def pack_index(index, prefix):
    """As `pack_table`, of a pandas Index (or None)."""
    if index is None:
        return {}, {"kind": "none"}
    names, _ = _encode_all(index.names, "the names of an index")
    if isinstance(index, pd.RangeIndex):
        limits = [index.start, index.stop, index.step]
        return {}, {"kind": "range", "limits": limits, "names": names}
    levels = [_as_series(index.get_level_values(level)) for level in range(index.nlevels)]
    arrays, columns = _pack_columns(levels, prefix)
    kind = "multi" if isinstance(index, pd.MultiIndex) else "index"
    return arrays, {"kind": kind, "columns": columns, "names": names}


def unpack_index(arrays, prefix, description):
    """Invert `pack_index`."""
    kind = description["kind"]
    if kind == "none":
        return None
    names = [_decode(name) for name in description["names"]]
    if kind == "range":
        return pd.RangeIndex(*description["limits"], name=names[0])
    levels = _unpack_columns(arrays, prefix, description["columns"])
    if kind == "multi":
        return pd.MultiIndex.from_arrays(levels, names=names)
    return _as_index(levels[0]).rename(names[0])


def _pack_columns(columns, prefix):
    arrays, descriptions = {}, []
    for position, column in enumerate(columns):
        packed, description = _pack_column(column, f"{prefix}/{position}")
        arrays.update(packed)
        descriptions.append(description)
    return arrays, descriptions


def _unpack_columns(arrays, prefix, descriptions):
    return [
        _unpack_column(arrays, f"{prefix}/{position}", description)
        for position, description in enumerate(descriptions)
    ]


def _pack_column(column, key):
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        arrays, categories = _pack_column(_as_series(dtype.categories), f"{key}/categories")
        arrays[key] = column.cat.codes.to_numpy()
        ordered = bool(dtype.ordered)
        return arrays, {"kind": "category", "ordered": ordered, "categories": categories}
    if isinstance(dtype, pd.DatetimeTZDtype):
        instants = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
        return {key: instants}, {"kind": "zoned", "unit": dtype.unit, "zone": _zone_text(dtype)}
    if isinstance(dtype, pd.SparseDtype):
        arrays, dense = _pack_column(column.sparse.to_dense(), key)
        return arrays, {"kind": "sparse", "dense": dense, "fill": _encode(dtype.fill_value)}
    if isinstance(dtype, np.dtype) and _is_plain(dtype):
        return {key: column.to_numpy()}, {"kind": "plain"}
    items, exact = _pack_items(column, column.name)
    return {key: items}, {"kind": "items", "dtype": _dtype_text(dtype) if exact else "object"}


def _unpack_column(arrays, key, description):
    values, kind = arrays[key], description["kind"]
    if kind == "plain":
        return pd.Series(values)
    if kind == "zoned":
        dtype = pd.DatetimeTZDtype(description["unit"], _no_path(description["zone"]))
        return pd.Series(values).dt.tz_localize("UTC").astype(dtype)
    if kind == "category":
        categories = _unpack_column(arrays, f"{key}/categories", description["categories"])
        dtype = pd.CategoricalDtype(_as_index(categories), ordered=description["ordered"])
        return pd.Series(pd.Categorical.from_codes(values, dtype=dtype))
    if kind == "sparse":
        dense = _unpack_column(arrays, key, description["dense"])
        return dense.astype(pd.SparseDtype(dense.dtype, _decode(description["fill"])))
    dtype = _no_path(description["dtype"])
    if dtype == "str" and pd.api.types.pandas_dtype("str") == np.dtype(object):
        dtype = "object"  # written by pandas 3, read by pandas 2
    return pd.Series(_unpack_items(values), dtype=dtype)


# Without a dtype, pandas may guess another one.
def _as_index(series):
    return pd.Index(series, dtype=series.dtype)


def _as_series(index):
    return pd.Series(index, dtype=index.dtype)


def _is_plain(dtype):
    """Whether numpy writes an array of this dtype without pickle."""
    return not dtype.hasobject


def _zone_text(dtype):
    """The name of a time zone that pandas reads back, else UTC: the instants stay the same."""
    zone = str(dtype.tz)
    try:
        if pd.DatetimeTZDtype(dtype.unit, zone) == dtype:
            return zone
    except (TypeError, KeyError, ValueError):
        pass
    warnings.warn(f"the time zone {zone} has no name; its times are saved as UTC", stacklevel=2)
    return "UTC"


def _no_path(name):
    """The name of a time zone or dtype; "dateutil/…" would have pandas open any file."""
    if "dateutil" in name:
        raise ValueError(f"{name!r} is no time zone that is read from files")
    return name


def _dtype_text(dtype):
    """The name of a pandas dtype that pandas reads back, else of the dtype of any object."""
    try:
        pd.Series([], dtype=str(dtype))
    except (TypeError, ValueError):  # which of them depends on the version of pandas
        warnings.warn(f"the dtype {dtype} has no name; it is saved as object", stacklevel=2)
        return "object"
    return str(dtype)


def _pack_items(items, label):
    """All items as the bytes of one JSON text, and whether they come back as they were."""
    encoded, exact = _encode_all(items, f"column {label!r}")
    return np.frombuffer(json.dumps(encoded).encode(), dtype=np.uint8), exact


def _unpack_items(array):
    return [_decode(item) for item in json.loads(array.tobytes())]


def _encode_all(items, what):
    encoded, exact = [], True
    for item in items:
        try:
            encoded.append(_encode(item))
        except TypeError:
            exact = False
            encoded.append(str(item))
    if not exact:
        warnings.warn(
            f"{what} has objects that only a pickle could keep; they are saved as their strings",
            stacklevel=2,
        )
    return encoded, exact


def _encode(item):
    """A JSON value for one cell or label; anything but text and numbers is tagged by a list."""
    if item is None or isinstance(item, str | bool):
        return item
    if isinstance(item, np.bool_):
        return bool(item)
    if isinstance(item, numbers.Integral):
        return int(item)
    if isinstance(item, float | np.floating):
        return float(item)
    if item is pd.NA:
        return ["NA"]
    if item is pd.NaT:
        return ["NaT"]
    if isinstance(item, tuple):
        return ["tuple", *(_encode(part) for part in item)]
    if isinstance(item, pd.Interval):
        return ["Interval", _encode(item.left), _encode(item.right), item.closed]
    if isinstance(item, pd.Period):
        return ["Period", str(item), item.freqstr]
    if isinstance(item, decimal.Decimal):
        return ["Decimal", str(item)]
    if type(item) in _ISO_TYPES:
        return [type(item).__name__, item.isoformat()]
    raise TypeError(f"no plain form for {type(item).__name__}")


def _decode(item):
    if not isinstance(item, list):
        return item
    tag, *parts = item
    return _DECODERS[tag](*parts)


_ISO_TYPES = (pd.Timestamp, pd.Timedelta, datetime.datetime, datetime.date, datetime.time)
_DECODERS = {
    "NA": lambda: pd.NA,
    "NaT": lambda: pd.NaT,
    "tuple": lambda *parts: tuple(_decode(part) for part in parts),
    "Interval": lambda left, right, closed: pd.Interval(_decode(left), _decode(right), closed),
    "Period": pd.Period,
    "Decimal": decimal.Decimal,
    "Timestamp": pd.Timestamp,
    "Timedelta": pd.Timedelta,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
}
