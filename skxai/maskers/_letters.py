"""Rows that are sequences of letters: as texts, as integer codes, or one-hot.

Each encoding reads rows as `codes`, of shape (n_rows, length): positions in the alphabet, and
PADDING after the end of a sequence; and writes rows of codes, in which PADDING may be anywhere.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from skxai.utils._inputs import ArraySpec, TextSpec, as_object_array, is_texts
from skxai.utils._tables import TableSpec

PADDING = -1


@dataclass(frozen=True)
class Texts:
    """A text for each row."""

    alphabet: tuple
    spec: TextSpec

    kind = "string"
    length = None
    cells_per_position = 1

    def read(self, X, name):
        """Rows as codes."""
        return codes_of(self.spec.conform(X, name), self.alphabet, name)

    def write(self, codes):
        """Codes as rows; nothing is written for padding."""
        texts = texts_of(codes, self.alphabet)
        if self.spec.kind == "series":
            return pd.Series(texts, dtype=object)
        return texts if self.spec.kind == "list" else as_object_array(texts)


@dataclass(frozen=True)
class IntegerCodes:
    """A table with an integer for each position."""

    alphabet: tuple
    spec: TableSpec
    dtype: np.dtype
    padding: int

    kind = "codes"
    cells_per_position = 1

    @property
    def length(self):
        """Number of positions of a row."""
        return self.spec.n_columns

    @property
    def integers(self):
        """The integers of the letters: 0, 1, 2, …, without that of padding."""
        candidates = np.arange(len(self.alphabet) + 1)
        return candidates[candidates != self.padding][: len(self.alphabet)]

    def read(self, X, name):
        """Rows as codes."""
        values = numbers_of(self.spec.conform(X, name), name)
        places = np.searchsorted(self.integers, values).clip(max=len(self.alphabet) - 1)
        known = self.integers[places] == values
        codes = np.where(known, places, PADDING)
        wrong = ~known & (values != self.padding)
        if wrong.any():
            row, place = np.argwhere(wrong)[0]
            raise ValueError(
                f"{name} has {values[row, place]:g} at row {row}, position {place}; expected an "
                f"integer from {self.integers[0]} to {self.integers[-1]}, one for each letter of "
                f"the alphabet, or {self.padding}, the padding"
            )
        return check_ends(codes, name)

    def write(self, codes):
        """Codes as rows."""
        return as_table(np.append(self.integers, self.padding)[codes], self.spec, self.dtype)


@dataclass(frozen=True)
class OneHot:
    """A one-hot vector for each position, zero in the padding: a table or an array."""

    alphabet: tuple
    spec: TableSpec | ArraySpec
    dtype: np.dtype
    letters_first: bool  # (n_rows, n_letters, length)

    kind = "one-hot"

    @property
    def cells_per_position(self):
        """How many numbers one position takes."""
        return len(self.alphabet)

    @property
    def length(self):
        """Number of positions of a row."""
        if isinstance(self.spec, TableSpec):
            return self.spec.n_columns // len(self.alphabet)
        return self.spec.shape[1 if self.letters_first else 0]

    def read(self, X, name):
        """Rows as codes."""
        values = numbers_of(self.spec.conform(X, name), name)
        if self.letters_first:
            values = values.swapaxes(1, 2)
        values = values.reshape(len(values), self.length, len(self.alphabet))
        wrong = (((values != 0) & (values != 1)).any(axis=2)) | (values.sum(axis=2) > 1)
        if wrong.any():
            row, place = np.argwhere(wrong)[0]
            raise ValueError(
                f"{name} is not one-hot at row {row}, position {place}: its {len(self.alphabet)} "
                f"numbers sum to {values[row, place].sum():g}; expected a single 1 for a letter, "
                "or zeros after the end of the sequence"
            )
        return check_ends(np.where(values.any(axis=2), values.argmax(axis=2), PADDING), name)

    def write(self, codes):
        """Codes as rows; padding is zero."""
        rows, places = np.nonzero(codes != PADDING)
        letters = codes[rows, places]
        if isinstance(self.spec, TableSpec) and self.spec.kind == "sparse":
            cells = rows, places * len(self.alphabet) + letters
            ones = np.ones(len(rows), dtype=self.dtype)
            return sp.csr_matrix((ones, cells), shape=(len(codes), self.spec.n_columns))
        values = np.zeros((*codes.shape, len(self.alphabet)), dtype=self.dtype)
        values[rows, places, letters] = 1
        if isinstance(self.spec, TableSpec):
            return as_table(values.reshape(len(codes), -1), self.spec, self.dtype)
        return np.ascontiguousarray(values.swapaxes(1, 2)) if self.letters_first else values


def encoding_of(X, encoding, alphabet, padding):
    """The encoding of rows that have been checked to be texts, a table or an array."""
    name = "X_background"
    kind = _kind_of(X, encoding, alphabet)
    if alphabet is None and kind != "string":
        raise ValueError(
            f"alphabet is None, but {name} is no collection of texts; expected the letters, in "
            "the order of their codes"
        )
    if kind == "string":
        if not is_texts(X):
            raise TypeError(f"{name} is {type(X).__name__}; expected texts for encoding 'string'")
        letters = sorted(set().union(*map(set, X))) if alphabet is None else alphabet
        if max(map(len, letters), default=1) > 1:
            raise ValueError("alphabet has letters of several characters; expected single ones")
        return Texts(tuple(letters), TextSpec.of(X))
    if is_texts(X):
        raise TypeError(f"{name} is a collection of texts; expected numbers for {kind!r}")
    if X.ndim == 2:
        spec, dtype = TableSpec.of(X), _dtype_of(X)
        if kind == "codes":
            return IntegerCodes(alphabet, spec, dtype, padding)
        if X.shape[1] % len(alphabet):
            raise ValueError(
                f"{name} has {X.shape[1]} columns; expected a multiple of {len(alphabet)}, the "
                "number of letters of the alphabet"
            )
        return OneHot(alphabet, spec, dtype, letters_first=False)
    if kind == "codes" or X.ndim != 3 or len(alphabet) not in X.shape[1:]:
        raise ValueError(
            f"{name} has shape {X.shape}; expected (n_rows, length) for codes, or (n_rows, length, "
            f"{len(alphabet)}) for one-hot vectors of {len(alphabet)} letters"
        )
    return OneHot(alphabet, ArraySpec.of(X), X.dtype, letters_first=X.shape[2] != len(alphabet))


def _kind_of(X, encoding, alphabet):
    if encoding != "auto":
        return encoding
    if is_texts(X):
        return "string"
    if X.ndim != 2 or alphabet is None:
        return "one-hot"
    if X.shape[1] % len(alphabet):
        return "codes"
    values = numbers_of(X, "X_background")
    sums = values.reshape(len(values), -1, len(alphabet)).sum(axis=2)
    is_binary = ((values == 0) | (values == 1)).all()
    return "one-hot" if is_binary and (sums <= 1).all() else "codes"


def numbers_of(X, name):
    """A table or an array as a dense array of numbers."""
    dense = X.toarray() if sp.issparse(X) else np.asarray(X)
    try:
        dense = dense if dense.dtype.kind in "biuf" else dense.astype(float)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} does not hold numbers alone: {error}") from error
    return dense.astype(np.int8) if dense.dtype.kind == "b" else dense


def codes_of(sequences, alphabet, name, length=None):
    """Sequences of letters as codes; padded to `length`, or else to the longest."""
    places = {letter: place for place, letter in enumerate(alphabet)}
    lengths = [len(sequence) for sequence in sequences]
    longest = max(lengths, default=0)
    if length is not None and longest > length:
        row = lengths.index(longest)
        raise ValueError(f"{name} has {longest} letters at row {row}; expected at most {length}")
    codes = np.full((len(lengths), longest if length is None else length), PADDING)
    for row, sequence in enumerate(sequences):
        try:
            codes[row, : lengths[row]] = [places[letter] for letter in sequence]
        except KeyError:
            place = next(k for k, letter in enumerate(sequence) if letter not in places)
            raise ValueError(
                f"{name} has {sequence[place]!r} at row {row}, position {place}; expected letters "
                f"of the alphabet, {alphabet_text(alphabet)}"
            ) from None
    return codes


def letters_of(codes, alphabet):
    """The letters of each row of codes: lists of str."""
    table = np.array([*alphabet, ""])[codes]
    return [row[used].tolist() for row, used in zip(table, codes != PADDING)]


def texts_of(codes, alphabet):
    """Rows of codes as a list of texts."""
    return ["".join(row) for row in np.array([*alphabet, ""])[codes].tolist()]


def lengths_of(codes):
    """How many letters each row has."""
    return (codes != PADDING).sum(axis=1)


def check_ends(codes, name):
    """Refuse padding before the end of a sequence."""
    lengths = lengths_of(codes)
    used = codes != PADDING
    gaps = ~used & (np.arange(codes.shape[1]) < lengths[:, None])
    if gaps.any():
        row, place = np.argwhere(gaps)[0]
        raise ValueError(
            f"{name} has no letter at row {row}, position {place}, but letters after it; expected "
            "padding at the end only"
        )
    return codes


def alphabet_text(alphabet):
    """An alphabet in a message."""
    return repr("".join(alphabet)) if max(map(len, alphabet), default=1) == 1 else str(alphabet)


def as_table(array, spec, dtype):
    """Numbers as a table of the kind and dtype that `fit` saw."""
    array = array.astype(dtype, copy=False)
    if spec.kind == "sparse":
        return sp.csr_matrix(array)
    if spec.kind == "array":
        return array
    if len(set(spec.dtypes)) == 1:  # at once: column by column takes long
        return pd.DataFrame(array.astype(spec.dtypes[0], copy=False), columns=spec.columns)
    return spec.conform(array, "codes")


def _dtype_of(X):
    """One dtype for all the numbers of a table."""
    dtype = numbers_of(X[:1], "X_background").dtype if isinstance(X, pd.DataFrame) else X.dtype
    return dtype if dtype.kind in "biuf" else np.dtype(float)
