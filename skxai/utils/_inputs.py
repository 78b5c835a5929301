"""What explainers take besides tables: texts, and arrays of more than two dimensions."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from skxai.utils._tables import TableSpec, check_table


def is_texts(X):
    """Whether this is a one-dimensional collection of texts, or one with some texts in it."""
    if not isinstance(X, list | tuple | pd.Series | np.ndarray):
        return False
    is_flat = not isinstance(X, np.ndarray) or X.ndim == 1
    return is_flat and any(isinstance(text, str) for text in X)


def check_texts(X, name):
    """Return texts as a list, a Series or an array, unchanged otherwise.

    Raises
    ------
    TypeError, ValueError
        With `name`, the argument, in the message.
    """
    if isinstance(X, str):
        raise TypeError(f"{name} is one text; expected a list, Series or array of texts: [text]")
    if isinstance(X, tuple):
        X = list(X)
    if not isinstance(X, list | pd.Series | np.ndarray):
        hint = ""
        if isinstance(X, pd.DataFrame) and X.shape[1] > 0:
            hint = f", such as its column {X.columns[0]!r}"
        raise TypeError(
            f"{name} is {type(X).__name__}; expected a list, Series or array of texts{hint}"
        )
    if isinstance(X, np.ndarray) and X.ndim != 1:
        raise ValueError(f"{name} has shape {X.shape}; expected one dimension, a text for each row")
    for row, text in enumerate(X):
        if not isinstance(text, str):
            raise TypeError(
                f"{name} holds {text!r} at row {row}, which is {type(text).__name__}; "
                "expected texts"
            )
    return X


def check_array(X, name):
    """Return an array of numbers with at least two dimensions; the first is that of the rows."""
    try:
        array = np.asarray(X)
    except ValueError as error:
        raise ValueError(f"{name} is no array: {error}") from error
    if array.ndim < 2:
        raise ValueError(f"{name} has shape {array.shape}; expected rows of at least one dimension")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} has dtype {array.dtype}; expected numbers")
    return array


def check_inputs(X, name):
    """Return a table, texts, or an array of more than two dimensions, unchanged otherwise."""
    if X is None:
        raise TypeError(f"{name} is NoneType; expected texts, an array or a table")
    if is_texts(X):
        return check_texts(X, name)
    return check_array(X, name) if _n_axes(X) > 2 else check_table(X, name)


def _n_axes(X):
    """The number of axes of an array, of nested lists, or of a list of arrays."""
    n_lists = 0
    while isinstance(X, list | tuple) and len(X) > 0:
        X, n_lists = X[0], n_lists + 1
    return n_lists + getattr(X, "ndim", 0)


@dataclass(frozen=True)
class TextSpec:
    """The kind of collection of texts that `fit` saw.

    Attributes
    ----------
    kind : {"list", "series", "array"}
        What the model is given.
    """

    kind: str

    n_columns = None
    feature_names_in = None

    @classmethod
    def of(cls, X):
        """Describe texts that `check_texts` returned."""
        if isinstance(X, pd.Series):
            return cls("series")
        return cls("list" if isinstance(X, list) else "array")

    def conform(self, X, name):
        """Check later texts and return them in the same kind."""
        X = check_texts(X, name)
        if self.of(X) == self:
            return X
        if self.kind == "series":
            return pd.Series(list(X), dtype=object)
        return list(X) if self.kind == "list" else as_object_array(X)


@dataclass(frozen=True)
class ArraySpec:
    """The shape of a row of the array that `fit` saw.

    Attributes
    ----------
    shape : tuple of int
    """

    shape: tuple

    n_columns = None
    feature_names_in = None

    @classmethod
    def of(cls, X):
        """Describe an array that `check_array` returned."""
        return cls(X.shape[1:])

    def conform(self, X, name):
        """Check a later array against this one."""
        X = check_array(X, name)
        if X.shape[1:] != self.shape:
            hint = f": for one row use {name}[None]" if X.shape == self.shape else ""
            raise ValueError(
                f"{name} has rows of shape {X.shape[1:]}; expected {self.shape}, as in fit{hint}"
            )
        return X


def as_object_array(X):
    """Texts as a one-dimensional array of objects."""
    array = np.empty(len(X), dtype=object)
    array[:] = list(X)
    return array


def spec_of(X, name):
    """The kind of these inputs: a `TextSpec`, `ArraySpec` or `TableSpec`."""
    X = check_inputs(X, name)
    if is_texts(X):
        return TextSpec.of(X)
    return ArraySpec.of(X) if X.ndim > 2 else TableSpec.of(X)
