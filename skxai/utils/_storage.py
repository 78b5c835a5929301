"""Tables to plain numpy arrays and back, so that files need no pickle.

A table (DataFrame, array or sparse matrix) becomes a dictionary of arrays and a description that
JSON can hold. Every column keeps its dtype.
"""

import datetime
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
        return _pack_frame(table, prefix)
    if sp.issparse(table):
        csr = table.tocsr()
        arrays = {f"{prefix}/{part}": getattr(csr, part) for part in ("data", "indices", "indptr")}
        return arrays, {
            "kind": "sparse",
            "shape": list(csr.shape),
            "array": isinstance(table, sp.sparray),
        }
    table = np.asarray(table)
    if table.dtype != np.dtype(object):
        return {prefix: table}, {"kind": "array"}
    items, _ = _pack_items(table.ravel(), "data")
    return {prefix: items}, {"kind": "objects", "shape": list(table.shape)}


def unpack_table(arrays, prefix, description):
    """Invert `pack_table`."""
    kind = description["kind"]
    if kind == "none":
        return None
    if kind == "frame":
        return _unpack_frame(arrays, prefix, description)
    if kind == "sparse":
        parts = tuple(arrays[f"{prefix}/{part}"] for part in ("data", "indices", "indptr"))
        build = sp.csr_array if description["array"] else sp.csr_matrix
        return build(parts, shape=tuple(description["shape"]))
    if kind == "array":
        return arrays[prefix]
    table = np.empty(len(arrays[prefix]), dtype=object)
    table[:] = [_decode(item) for item in _load_items(arrays[prefix])]
    return table.reshape(description["shape"])


def pack_index(index, prefix):
    """As `pack_table`, of a pandas Index (or None)."""
    if index is None:
        return {}, {"kind": "none"}
    frame = index.to_frame(index=False)
    frame.columns = range(index.nlevels)
    arrays, description = _pack_frame(frame, prefix)
    description["names"] = [_encode(name) for name in index.names]
    return arrays, description


def unpack_index(arrays, prefix, description):
    """Invert `pack_index`."""
    if description["kind"] == "none":
        return None
    frame = _unpack_frame(arrays, prefix, description)
    names = [_decode(name) for name in description["names"]]
    if len(names) > 1:
        return pd.MultiIndex.from_frame(frame, names=names)
    return pd.Index(frame.iloc[:, 0]).rename(names[0])


def _pack_frame(frame, prefix):
    arrays, columns = {}, []
    for position, label in enumerate(frame.columns):
        column = frame.iloc[:, position]
        key = f"{prefix}/{position}"
        packed, column_description = _pack_column(column, key, label)
        arrays.update(packed)
        columns.append(column_description)
    return arrays, {
        "kind": "frame",
        "labels": [_encode(label) for label in frame.columns],
        "columns": columns,
        "n_rows": len(frame),
    }


def _unpack_frame(arrays, prefix, description):
    columns = [
        _unpack_column(arrays, f"{prefix}/{position}", column)
        for position, column in enumerate(description["columns"])
    ]
    if not columns:
        return pd.DataFrame(index=range(description["n_rows"]))
    # Not a dictionary: labels may repeat.
    frame = pd.concat(columns, axis=1)
    frame.columns = pd.Index([_decode(label) for label in description["labels"]])
    return frame


def _pack_column(column, key, label):
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        arrays, categories = _pack_column(pd.Series(dtype.categories), f"{key}/categories", label)
        arrays[key] = column.cat.codes.to_numpy()
        return arrays, {
            "kind": "category",
            "ordered": bool(dtype.ordered),
            "categories": categories,
        }
    if isinstance(dtype, pd.DatetimeTZDtype):
        instants = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
        return {key: instants}, {"kind": "zoned", "zone": str(dtype.tz), "unit": dtype.unit}
    if isinstance(dtype, np.dtype) and dtype != np.dtype(object):
        return {key: column.to_numpy()}, {"kind": "plain"}
    items, exact = _pack_items(column, label)
    return {key: items}, {"kind": "items", "dtype": str(dtype) if exact else "object"}


def _unpack_column(arrays, key, description):
    values, kind = arrays[key], description["kind"]
    if kind == "plain":
        return pd.Series(values)
    if kind == "zoned":
        dtype = pd.DatetimeTZDtype(description["unit"], description["zone"])
        return pd.Series(values).dt.tz_localize("UTC").astype(dtype)
    if kind == "category":
        categories = _unpack_column(arrays, f"{key}/categories", description["categories"])
        dtype = pd.CategoricalDtype(pd.Index(categories), ordered=description["ordered"])
        return pd.Series(pd.Categorical.from_codes(values, dtype=dtype))
    items = [_decode(item) for item in _load_items(values)]
    dtype = description["dtype"]
    if dtype == "str" and pd.api.types.pandas_dtype("str") == np.dtype(object):
        dtype = "object"  # written by pandas 3, read by pandas 2
    return pd.Series(items, dtype=dtype)


def _pack_items(items, label):
    """Each item as a JSON text; ``exact`` is False if some item had to become its string."""
    texts, exact = [], True
    for item in items:
        try:
            texts.append(json.dumps(_encode(item)))
        except TypeError:
            exact = False
            texts.append(json.dumps(str(item)))
    if not exact:
        warnings.warn(
            f"column {label!r} holds objects that only a pickle could keep; "
            "they are saved as their strings",
            stacklevel=4,
        )
    return np.array(texts, dtype=np.str_), exact


def _load_items(texts):
    return [json.loads(str(text)) for text in texts]


def _encode(item):
    """A JSON value for one cell or label; anything but text and numbers is tagged by a list."""
    if item is None or isinstance(item, str | bool):
        return item
    if item is pd.NA:
        return ["NA"]
    if item is pd.NaT:
        return ["NaT"]
    if isinstance(item, np.bool_):
        return bool(item)
    if isinstance(item, numbers.Integral):
        return int(item)
    if isinstance(item, numbers.Real) and isinstance(item, float | np.floating):
        return float(item)
    if isinstance(item, pd.Timestamp):
        return ["Timestamp", item.isoformat()]
    if isinstance(item, datetime.datetime | datetime.date):
        return [type(item).__name__, item.isoformat()]
    if isinstance(item, tuple):
        return ["tuple", *(_encode(part) for part in item)]
    raise TypeError(f"no plain form for {type(item).__name__}")


def _decode(item):
    if not isinstance(item, list):
        return item
    tag, *rest = item
    if tag == "tuple":
        return tuple(_decode(part) for part in rest)
    if tag == "NA":
        return pd.NA
    if tag == "NaT":
        return pd.NaT
    readers = {
        "Timestamp": pd.Timestamp,
        "datetime": datetime.datetime.fromisoformat,
        "date": datetime.date.fromisoformat,
    }
    return readers[tag](rest[0])
