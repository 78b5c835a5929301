"""Whether two objects are the same, down to their last array, and if not, where they differ."""

import dataclasses
import types

import numpy as np
import pandas as pd
import scipy.sparse as sp

_PLAIN = (bool, int, float, str, type(None))
_BY_IDENTITY = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)


def difference(a, b):
    """Where two objects differ, as a path such as ``.masker_.weights_``; None if nowhere.

    Types, dtypes, shapes and values must be the same; missing values equal one another.

    Examples
    --------
    >>> difference({"a": [1, 2]}, {"a": [1, 3]})
    "['a'][1]: 2 became 3"
    """
    found = _differ(a, b, {})
    return None if found is None else f"{found[0]}: {found[1]}".lstrip(": ")


def _differ(a, b, seen):
    """None, or (path, what) of the first difference."""
    if a is b or (id(a), id(b)) in seen:
        return None
    seen[id(a), id(b)] = (a, b)  # kept alive, so that their ids stay theirs
    if type(a) is not type(b):
        plain = isinstance(a, _PLAIN) and isinstance(b, _PLAIN)
        return "", "{!r} became {!r}".format(*((a, b) if plain else (type(a), type(b))))
    if isinstance(a, _BY_IDENTITY):
        return "", f"{a!r} became {b!r}"
    if isinstance(a, np.ndarray):
        return _differ_arrays(a, b, seen)
    if isinstance(a, pd.DataFrame | pd.Series | pd.Index):
        return _differ_pandas(a, b, seen)
    if sp.issparse(a):
        if a.shape != b.shape or a.format != b.format:
            return "", f"{a.format} {a.shape} became {b.format} {b.shape}"
        return _differ_arrays(a.toarray(), b.toarray(), seen)
    if isinstance(a, dict):
        return _differ_dicts(a, b, seen, "[{!r}]".format)
    if isinstance(a, list | tuple):
        return _differ_sequences(a, b, seen)
    return _differ_objects(a, b, seen)


def _differ_arrays(a, b, seen):
    if a.dtype != b.dtype or a.shape != b.shape:
        return "", f"{a.dtype} {a.shape} became {b.dtype} {b.shape}"
    if a.dtype == object:
        return _differ_sequences(a.ravel().tolist(), b.ravel().tolist(), seen)
    same = a == b
    if a.dtype.kind in "fcmM":
        same |= (a != a) & (b != b)  # NaN, NaT
    if not np.all(same):
        where = tuple(int(k) for k in np.argwhere(~same)[0])
        return "", f"an array of shape {a.shape}, first at {where}: {a[where]} became {b[where]}"
    return None


def _differ_pandas(a, b, seen):
    if isinstance(a, pd.DataFrame):
        labels = _differ_pandas(a.columns, b.columns, seen)
        if labels is not None:
            return ".columns", labels[1]
        changed = [str(label) for label, x, y in zip(a.columns, a.dtypes, b.dtypes) if x != y]
        if changed:
            return "", f"dtypes of {changed} changed"
    elif a.dtype != b.dtype:
        return "", f"dtype {a.dtype} became {b.dtype}"
    if not isinstance(a, pd.Index):
        labels = _differ_pandas(a.index, b.index, seen)
        if labels is not None:
            return ".index", labels[1]
    elif list(a.names) != list(b.names):
        return ".names", f"{list(a.names)} became {list(b.names)}"
    return None if a.equals(b) else ("", f"the values of a {type(a).__name__} changed")


def _differ_dicts(a, b, seen, format_key):
    for key in a:
        if key not in b:
            return format_key(key), "was removed"
    for key in b:
        if key not in a:
            return format_key(key), "is new"
    for key in a:
        found = _differ(a[key], b[key], seen)
        if found is not None:
            return format_key(key) + found[0], found[1]
    return None


def _differ_sequences(a, b, seen):
    if len(a) != len(b):
        return "", f"{len(a)} items became {len(b)}"
    for position, (x, y) in enumerate(zip(a, b)):
        found = _differ(x, y, seen)
        if found is not None:
            return f"[{position}]{found[0]}", found[1]
    return None


def _differ_objects(a, b, seen):
    """Attributes where there are any; else ``==``; else what a pickle would keep."""
    if hasattr(a, "__dict__"):
        return _differ_dicts(vars(a), vars(b), seen, ".{}".format)
    try:
        if bool(a == b) or bool((a != a) and (b != b)):
            return None
    except (TypeError, ValueError):
        pass
    if type(a).__eq__ is not object.__eq__:
        return "", f"{a!r} became {b!r}"
    return _differ_sequences(a.__reduce_ex__(2), b.__reduce_ex__(2), seen)


def assert_same(a, b, what):
    """Raise AssertionError saying `what` happened, and where, if two objects differ."""
    found = difference(a, b)
    if found is not None:
        raise AssertionError(f"{what}: {found}")


def assert_same_result(got, expected, what, *, tol=0.0, ignore=()):
    """Raise AssertionError unless two results of `explain` hold the same.

    Parameters
    ----------
    got, expected : Explanation, or another dataclass
    what : str
        What is wrong if they differ, for the message.
    tol : float, default=0.0
        Allowed difference of floats, relative to the largest number of the field (at least 1).
        0: the same bits.
    ignore : sequence of str, default=()
        Fields not to compare.
    """
    for field in dataclasses.fields(expected):
        if field.name in ignore:
            continue
        a, b = getattr(expected, field.name), getattr(got, field.name)
        if tol > 0 and _are_floats(a) and _are_floats(b) and a.shape == b.shape:
            found = _farther_than(a, b, tol)
        else:
            found = difference(a, b)
        if found is not None:
            raise AssertionError(f"{what}; explanation.{field.name}: {found}")


def _are_floats(array):
    return isinstance(array, np.ndarray) and array.dtype.kind == "f"


def _farther_than(a, b, tol):
    if a.size == 0:
        return None
    gap = np.abs(a - b)
    gap[np.isnan(a) & np.isnan(b)] = 0
    allowed = tol * max(1.0, np.abs(a[np.isfinite(a)]).max(initial=0.0))
    if np.all(gap <= allowed):
        return None
    where = tuple(int(k) for k in np.argwhere(~(gap <= allowed))[0])
    return f"first at {where}: {a[where]!r} became {b[where]!r}, more than {allowed:.0e} apart"
