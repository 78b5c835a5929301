"""Model inputs that take some columns from the explained row and the others from a background row.

One class for each kind of table, all with the same two methods:

``differs(rows)``
    Boolean (len(rows), n_background, n_columns): where these rows and the background rows differ.
    Equal missing values are equal.
``compose(rows, background_rows, present)``
    Model inputs; input b has column j from ``X[rows[b]]`` where ``present[b, j]``, else from
    ``background[background_rows[b]]``.
"""

from functools import cached_property

import numpy as np
import pandas as pd
import scipy.sparse as sp

from skxai.utils._blocks import blocks

# So many columns of a frame are filled faster as one array.
_MANY_COLUMNS = 64


def blend(X, background):
    """The right class for this kind of table; both tables are of the same kind."""
    if isinstance(background, pd.DataFrame):
        if _is_homogeneous(X) and _is_homogeneous(background):
            return HomogeneousFrameBlend(X, background)
        return FrameBlend(X, background)
    return SparseBlend(X, background) if sp.issparse(background) else ArrayBlend(X, background)


def _is_homogeneous(frame):
    """Whether all columns share a plain numpy dtype, so that the frame is one array."""
    dtypes = set(frame.dtypes)
    dtype = next(iter(dtypes))
    return len(dtypes) == 1 and isinstance(dtype, np.dtype) and dtype.kind in "biuf"


class ArrayBlend:
    """Numpy arrays; the dtype is kept."""

    def __init__(self, X, background):
        self.X = X
        self.background = background
        self.dtype = np.result_type(X, background)

    @cached_property
    def _codes(self):
        """Integers instead of strings and objects."""
        return _codes_of(
            pd.Series(np.concatenate([self.background[:, j], self.X[:, j]]), dtype=object)
            for j in range(self.X.shape[1])
        )

    def differs(self, rows):
        if self.dtype.kind in "OUS":
            return _codes_differ(self._codes, len(self.background), rows)
        own, others = self.X[rows, None, :], self.background[None, :, :]
        different = own != others
        if self.dtype.kind in "fcmM":
            different &= (own == own) | (others == others)  # unless both are missing
        return different

    def compose(self, rows, background_rows, present):
        inputs = np.empty(present.shape, dtype=self.dtype)
        for part in blocks(len(inputs), present.shape[1]):
            own = self.X.take(rows[part], axis=0)
            others = self.background.take(background_rows[part], axis=0)
            inputs[part] = np.where(present[part], own, others)
        return inputs


class HomogeneousFrameBlend:
    """DataFrames whose columns all have the same numeric dtype."""

    def __init__(self, X, background):
        self.columns = background.columns
        self.arrays = ArrayBlend(X.to_numpy(), background.to_numpy())

    def differs(self, rows):
        return self.arrays.differs(rows)

    def compose(self, rows, background_rows, present):
        inputs = self.arrays.compose(rows, background_rows, present)
        return pd.DataFrame(inputs, columns=self.columns, copy=False)


class FrameBlend:
    """DataFrames of any dtypes, column by column; many columns of one numeric dtype together."""

    def __init__(self, X, background):
        self.columns = background.columns
        self.n_background = len(background)
        self.stacked = [
            stack_column(background.iloc[:, j], X.iloc[:, j]) for j in range(background.shape[1])
        ]
        self.alike = [
            (own, ArrayBlend(cells[self.n_background :], cells[: self.n_background]))
            for own, cells in _columns_alike(self.stacked)
        ]

    @cached_property
    def _codes(self):
        return _codes_of(self.stacked)

    def differs(self, rows):
        return _codes_differ(self._codes, self.n_background, rows)

    def compose(self, rows, background_rows, present):
        own_rows = self.n_background + rows
        parts = [
            pd.DataFrame(arrays.compose(rows, background_rows, present[:, own]), columns=own)
            for own, arrays in self.alike
        ]
        together = {j for own, _ in self.alike for j in own.tolist()}
        columns = {}
        for j, column in enumerate(self.stacked):
            if j in together:
                continue
            values = column.array.take(np.where(present[:, j], own_rows, background_rows))
            # With its dtype, or pandas would turn objects into strings.
            columns[j] = pd.Series(values, dtype=column.dtype, copy=False)
        if columns or not parts:
            parts.append(pd.DataFrame(columns, copy=False))
        inputs = parts[0]
        if self.alike:
            inputs = pd.concat(parts, axis=1)[list(range(len(self.stacked)))]
        inputs.columns = self.columns
        return inputs


def _columns_alike(columns):
    """Positions and cells of columns that share a numeric dtype, where they are many."""
    positions = {}
    for j, column in enumerate(columns):
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
            positions.setdefault(column.dtype, []).append(j)
    for own in positions.values():
        if len(own) >= _MANY_COLUMNS:
            yield np.array(own), np.column_stack([columns[j].to_numpy() for j in own])


class SparseBlend:
    """CSR matrices or arrays."""

    def __init__(self, X, background):
        self.X = X
        self.background = background

    def differs(self, rows):
        dense = ArrayBlend(self.X[rows].toarray(), self.background.toarray())
        return dense.differs(np.arange(len(rows)))

    def compose(self, rows, background_rows, present):
        own = _keep(self.X[rows], present)
        others = _keep(self.background[background_rows], ~present)
        return own + others  # no entry is in both


def _keep(matrix, mask):
    coo = matrix.tocoo()
    kept = mask[coo.row, coo.col]
    build = sp.csr_array if isinstance(matrix, sp.csr_array) else sp.csr_matrix
    return build((coo.data[kept], (coo.row[kept], coo.col[kept])), shape=matrix.shape)


def stack_column(background, column):
    """Background and row values in one column of the background's dtype where that holds both."""
    if isinstance(background.dtype, pd.CategoricalDtype) and isinstance(
        column.dtype, pd.CategoricalDtype
    ):
        known = background.cat.categories
        unseen = column.cat.categories.difference(known, sort=False)
        if len(unseen):  # the model decides what to make of them
            background = background.cat.add_categories(unseen)
        column = column.cat.set_categories(
            background.cat.categories, ordered=background.cat.ordered
        )
    return pd.concat([background, column], ignore_index=True)


def _codes_of(columns):
    """Integers that are equal where values are equal; None and NaN are different values."""
    return np.stack([_codes_of_column(column) for column in columns], axis=1)


def _codes_of_column(column):
    try:
        codes = pd.factorize(column)[0]
    except TypeError as error:
        raise TypeError(
            f"column {column.name!r} holds objects that can't be told apart, such as lists; "
            f"expected numbers, texts, dates or other hashable cells: {error}"
        ) from error
    if column.dtype != np.dtype(object):
        return codes
    # True, 1 and 1.0 are equal, None and NaN both missing, but a model may tell them apart.
    kinds, names = pd.factorize(np.array([type(value).__name__ for value in column], dtype=object))
    return (codes + 1) * len(names) + kinds


def _codes_differ(codes, n_background, rows):
    return codes[n_background + rows, None, :] != codes[None, :n_background, :]
