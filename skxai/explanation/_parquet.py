"""Explanations as Parquet files: a column for each number of a row."""

import dataclasses
import itertools
import json
import pathlib

import numpy as np
import pandas as pd

from skxai.explanation._base import BaseExplanation
from skxai.utils._files import whole_file
from skxai.utils._optional import import_optional

_FORMAT = 1
_KEY = b"skxai"
_OF_ROWS = {"data", "index", "layout"}


def write_parquet(explanation, path, first_row=None, about=None, like=None):
    """Write one explanation, without its `data`.

    Columns are named after fields, features and outputs: ``values/age``, or ``values/age/yes``
    where there are several outputs, and ``base_values``, ``predictions``, …

    Parameters
    ----------
    explanation : BaseExplanation
        Of the same players in all rows.
    path : str or path-like
        It appears once it is complete.
    first_row : int, default=None
        Number rows from here on, instead of their labels. None: by their labels, or from zero.
    about : dict of str, default=None
        More to keep in the file, which `about_parquet` reads.
    like : path-like, default=None
        Another such file, with which it is to make one table.

    Raises
    ------
    TypeError
        If Parquet has no type for the labels of the rows.
    ValueError
        If columns differ from those of `like`.
    """
    _, parquet = _pyarrow()
    columns, shapes, fields = {}, {}, {}
    for field in dataclasses.fields(explanation):
        value = getattr(explanation, field.name)
        if field.name in _OF_ROWS:
            continue
        if isinstance(value, np.ndarray):
            shapes[field.name] = value.shape[1:]
            columns |= _columns_of(explanation, field.name, value)
        else:
            fields[field.name] = value
    index = explanation.index if first_row is None else None
    has_labels = index is not None
    if not has_labels:
        first_row = first_row or 0
        index = pd.RangeIndex(first_row, first_row + len(explanation))
    table = _table(pd.DataFrame(columns, index=index))
    if like is not None:
        _check_columns(table.schema, parquet.read_schema(like), pathlib.Path(like).name)
    described = {
        "format": _FORMAT,
        "kind": type(explanation).__name__,
        "shapes": shapes,
        "has_labels": has_labels,
        "fields": fields,
        **(about or {}),
    }
    metadata = {**table.schema.metadata, _KEY: json.dumps(described).encode()}
    with whole_file(path) as file:
        parquet.write_table(table.replace_schema_metadata(metadata), file)


def _table(frame):
    """As pyarrow has it, in types that do not depend on which labels are there."""
    arrow, _ = _pyarrow()
    try:
        table = arrow.Table.from_pandas(frame, preserve_index=True)
    except arrow.ArrowException as error:  # all else are numbers
        raise TypeError(
            f"Parquet has no type for the labels of the rows: {error}; expected labels of one "
            "kind, such as texts or whole numbers"
        ) from error
    for k, field in enumerate(table.schema):
        kind = field.type
        if arrow.types.is_dictionary(kind):
            kind = kind.value_type
        elif arrow.types.is_null(kind):
            kind = arrow.string()
        elif arrow.types.is_timestamp(kind) and kind.unit == "s":  # which files have not
            kind = arrow.timestamp("ms", kind.tz)
        if kind != field.type:
            table = table.set_column(k, field.name, table.column(k).cast(kind))
    return table


def _check_columns(schema, expected, name):
    """Refuse what readers could not put below the rows of another file."""
    pairs = itertools.zip_longest(map(_in_words, schema), map(_in_words, expected))
    for ours, theirs in pairs:
        if ours != theirs:
            raise ValueError(
                f"all batches become one table, but here {ours or 'a column is missing'}, and in "
                f"{name} {theirs or 'there are fewer columns'}"
            )


def _in_words(field):
    own = not field.name.startswith("__index_level_")
    what = f"column {field.name!r} is" if own else "the labels are"
    return f"{what} {str(field.type).removeprefix('large_')}"


def _columns_of(explanation, field, array):
    """The columns of one field by their names."""
    axes = []
    if field in ("values", "std_errors"):
        axes = [explanation.feature_names] * explanation._n_player_axes
    axes += [map(str, range(n)) for n in array.shape[1 : 1 + explanation._inner_axes.get(field, 0)]]
    if array.ndim > 1 + len(axes):
        axes.append(explanation.output_names)
    names = ["/".join([field, *labels]) for labels in itertools.product(*axes)]
    if len(set(names)) < len(names):  # columns need names of their own
        names = [f"{name}#{k}" for k, name in enumerate(names)]
    return dict(zip(names, array.reshape(len(array), len(names)).T))


def about_parquet(path):
    """What a file says of itself, and how many rows it has; None if it is not one of ours.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    dict or None
        With ``"n_rows"``.
    """
    arrow, parquet = _pyarrow()
    try:
        found = parquet.read_metadata(path)
        text = (found.metadata or {}).get(_KEY)
        return None if text is None else {**json.loads(text), "n_rows": found.num_rows}
    except (arrow.ArrowException, ValueError):  # no Parquet, or not all of it
        return None
    except OSError as error:
        if error.errno is not None:
            raise
        return None  # pyarrow's own, of damaged files


def read_parquet(path):
    """Invert `write_parquet`.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    BaseExplanation
        Of the class that was written.
    """
    arrow, parquet = _pyarrow()
    about = about_parquet(path)
    if about is None:
        raise ValueError(f"path: {path} is no explanation that skxai wrote")
    if about["format"] > _FORMAT:
        raise ValueError(
            f"path: {path} has format {about['format']}; this version of skxai reads up to "
            f"{_FORMAT}"
        )
    kind = _class_named(about["kind"], path)
    try:
        return _explanation(kind, about, parquet.ParquetFile(path).read().to_pandas())
    except (arrow.ArrowException, ValueError, LookupError, TypeError, OSError) as error:
        if getattr(error, "errno", None) is not None:
            raise
        raise ValueError(f"path: {path} is damaged: {error}") from error


def _explanation(kind, about, frame):
    arrays, start = {}, 0
    for name, shape in about["shapes"].items():
        stop = start + int(np.prod(shape))
        arrays[name] = frame.iloc[:, start:stop].to_numpy().reshape(len(frame), *shape)
        start = stop
    index = frame.index if about["has_labels"] else None
    return kind(**arrays, **about["fields"], index=index)


def _class_named(name, path):
    """The class of results of this name."""
    waiting = [BaseExplanation]
    for kind in waiting:
        if kind.__name__ == name:
            return kind
        waiting += kind.__subclasses__()
    raise ValueError(f"path: {path} holds {name}, which is not known; import its module first")


def _pyarrow():
    return import_optional("pyarrow", "parquet"), import_optional("pyarrow.parquet", "parquet")
