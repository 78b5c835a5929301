"""Fingerprints: whether a model, an explainer or a table is the one of an earlier run."""

import dis
import hashlib
import pickle
import sys
import sysconfig
import threading
import types
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from joblib.hashing import NumpyHasher

# What pickling raises; RuntimeError is torch's.
_FAILURES = (pickle.PicklingError, AttributeError, TypeError, ValueError, RuntimeError)
_LOCKS = type(threading.Lock()), type(threading.RLock())
_MISSING = (None, pd.NA, pd.NaT)
_PLAIN_CELLS = {str, int, float, bool, np.str_, np.float64, np.int64, *map(type, _MISSING)}
_CONSTANTS = str | bytes | int | float | complex | tuple | list | dict | np.ndarray | None


def fingerprint(thing):
    """A short text that is the same for the same parameters, fitted state and data.

    Unlike a pickle it does not depend on the process. Of a function, its code counts, with its
    defaults, what it encloses and the globals it reads; of a class, its methods; but of what is
    installed as a package, the names. Of a table its cells, labels, columns and dtypes count.

    Parameters
    ----------
    thing : object

    Returns
    -------
    str

    Raises
    ------
    TypeError
        If it holds something that cannot be pickled, such as an open file.

    Examples
    --------
    >>> fingerprint({"a": 1}) == fingerprint({"a": 1})
    True
    >>> fingerprint(lambda x: x + 1) == fingerprint(lambda x: x + 2)
    False
    >>> table = pd.DataFrame({"town": ["Ulm", None]})
    >>> fingerprint(table) == fingerprint(table[::-1])
    False
    """
    try:
        return _Hasher("sha1").hash(thing)
    except RecursionError as error:
        raise TypeError(f"{type(thing).__name__} has no fingerprint: too deep") from error
    except _FAILURES as error:
        raise TypeError(f"{type(thing).__name__} has no fingerprint: {error}") from error


class _Hasher(NumpyHasher):
    """joblib's, which knows functions and classes by their names, if at all."""

    def __init__(self, hash_name):
        super().__init__(hash_name)
        self._seen = {}  # numbers of functions and classes, which may refer to themselves

    def save(self, thing):
        """Of arrays and tables what they hold, not how: a pickle does not keep their layout."""
        if type(thing) in _PLAIN_CELLS:  # to be quick
            pass
        elif isinstance(thing, pd.DataFrame):
            kinds = _joined(map(_kind, thing.dtypes))
            cells = _joined(_cells(column) for _, column in thing.items())
            thing = ("frame", thing.shape, thing.columns, thing.index, kinds, cells)
        elif isinstance(thing, pd.MultiIndex):
            thing = ("labels", [thing.get_level_values(k) for k in range(thing.nlevels)])
        elif isinstance(thing, pd.Series | pd.Index):
            labels = thing.index if isinstance(thing, pd.Series) else None
            thing = ("labels", labels, thing.name, _kind(thing.dtype), _cells(thing))
        elif isinstance(thing, np.ndarray):
            thing = ("array", str(thing.dtype), thing.shape, _content(thing))
        elif isinstance(thing, set | frozenset):
            thing = (type(thing).__name__, sorted(thing, key=_order))
        elif isinstance(thing, types.ModuleType):
            thing = ("module", thing.__name__)
        elif isinstance(thing, _LOCKS):
            thing = "lock"  # they hold nothing that a model answers by
        elif isinstance(thing, types.CodeType):
            counts = thing.co_argcount, thing.co_kwonlyargcount, thing.co_flags
            names = thing.co_names, thing.co_varnames
            thing = ("code", counts, thing.co_code, thing.co_consts, names)
        elif isinstance(thing, types.FunctionType):
            return self._save_once(thing, _parts_of_function)
        elif isinstance(thing, type) and not _is_installed(thing.__module__):
            return self._save_once(thing, _parts_of_class)
        elif isinstance(thing, getattr(sys.modules.get("torch"), "Tensor", ())):
            thing = _parts_of_tensor(thing)
        super().save(thing)

    def _save_once(self, thing, parts_of):
        known = id(thing) in self._seen
        number, _ = self._seen.setdefault(id(thing), (len(self._seen), thing))
        super().save((parts_of.__name__, number))
        for name, part in () if known else parts_of(thing):
            try:
                self.save((name, part))
            except RecursionError:
                raise
            except _FAILURES as error:
                raise TypeError(f"{name} of {thing.__qualname__}: {error}") from error

    def _batch_setitems(self, items, *args):
        """Items of a dict in the order of their keys; joblib's own hides errors of the values."""
        items = sorted(items, key=lambda item: _order(item[0]))
        pickle._Pickler._batch_setitems(self, iter(items), *args)


def _order(key):
    return (0, key) if isinstance(key, str) else (1, fingerprint(key))


# -- tables ------------------------------------------------------------------------------------


def _kind(dtype):
    """What a dtype of pandas is, with its categories."""
    if isinstance(dtype, pd.CategoricalDtype):
        return str(dtype), dtype.categories, dtype.ordered
    return str(dtype)


def _joined(parts):
    """One text for many, if they are texts."""
    parts = list(parts)
    return "\n".join(parts) if set(map(type, parts)) == {str} else parts


def _cells(column):
    """What stands for the cells of a column or of labels."""
    if isinstance(column.dtype, np.dtype):
        return _content(column.to_numpy())
    return _content(pd.util.hash_array(column.array))


def _content(array):
    """A hash of what an array holds; or a list of it, where only a pickle tells."""
    if not array.dtype.hasobject:
        return _hash(np.ascontiguousarray(array).ravel().view(np.uint8))
    items = array.ravel().tolist()
    if set(map(type, items)) <= _PLAIN_CELLS:
        return _hash(repr(items).encode("utf-8", "surrogatepass"))
    return items


def _hash(content):
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def _parts_of_tensor(tensor):
    """Of a tensor of torch, whose pickle holds addresses."""
    uint8 = sys.modules["torch"].uint8
    content = tensor.detach().cpu().contiguous().reshape(-1).view(uint8).numpy()
    return "tensor", str(tensor.dtype), tuple(tensor.shape), _hash(content)


# -- code --------------------------------------------------------------------------------------


@cache
def _is_installed(module):
    """Whether a module is of Python, of a package that is installed, or of skxai."""
    file = getattr(sys.modules.get(module), "__file__", None)
    if module == "__main__" or file is None:
        return module in sys.builtin_module_names
    folders = set(Path(file).parts)
    return (
        module.split(".")[0] == "skxai"
        or not folders.isdisjoint(["site-packages", "dist-packages"])
        or file.startswith(sysconfig.get_path("stdlib"))
    )


def _parts_of_function(function):
    """What its results depend on, by name."""
    yield "name", function.__qualname__
    yield "code", function.__code__
    yield "defaults", (function.__defaults__, function.__kwdefaults__)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        if cell != types.CellType():  # it may be empty
            yield name, cell.cell_contents
    if not _is_installed(function.__module__):
        for name in sorted(_names_of_globals(function.__code__)):
            if name in function.__globals__:
                yield name, function.__globals__[name]


def _names_of_globals(code):
    """Those that a function reads, or functions within it."""
    names = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    inner = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return names.union(*map(_names_of_globals, inner))


def _parts_of_class(kind):
    """Its bases, methods and constants, by name."""
    yield "name", kind.__qualname__
    yield "bases", kind.__bases__
    for name, member in sorted(vars(kind).items()):
        member = getattr(member, "fget", getattr(member, "__func__", member))
        if isinstance(member, types.FunctionType) or (
            isinstance(member, _CONSTANTS) and not name.startswith("__")
        ):
            yield name, member
