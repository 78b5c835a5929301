"""Images as an array of cells, and back to what the model takes."""

import numpy as np
import pandas as pd
import scipy.sparse as sp

from skxai.utils._inputs import ArraySpec, check_array
from skxai.utils._tables import TableSpec, check_table


class ImageFormat:
    """How inputs hold images.

    Parameters
    ----------
    X : images, table of flat images, or None
        The background; None for flat rows of arrays.
    shape : tuple of int or None
        The shape of one image; None for that of the arrays.
    channels : {"last", "first"}

    Attributes
    ----------
    spec : TableSpec or ArraySpec
        The kind of inputs.
    shape : tuple of int
        The shape of one image: (height, width), with channels last or first.
    size : tuple of int
        Height and width.
    dtype : dtype or None
        Of the background.
    """

    def __init__(self, X, shape, channels):
        self.dtype = None
        if X is None:
            if shape is None:
                raise ValueError("X_background is None; expected images, of which one is enough")
            self.spec = TableSpec("array", None, None, int(np.prod(shape)))
        elif isinstance(X, pd.DataFrame) or sp.issparse(X) or np.ndim(X) < 3:
            X = check_table(X, "X_background")
            self.spec = TableSpec.of(X)
            if shape is None or np.prod(shape) != X.shape[1]:
                raise ValueError(
                    f"shape is {shape}, but X_background has rows of {X.shape[1]} columns; "
                    "expected the shape of one image, such as (8, 8) for 64 columns"
                )
        else:
            X = check_array(X, "X_background")
            self.spec = ArraySpec.of(X)
            if X.ndim > 4 or (shape is not None and tuple(shape) != X.shape[1:]):
                expected = "two or three dimensions" if shape is None else f"shape {tuple(shape)}"
                raise ValueError(
                    f"X_background has images of shape {X.shape[1:]}; expected {expected}"
                )
            shape = X.shape[1:]
        self.shape = tuple(int(n) for n in shape)
        self._channel_axis = None if len(shape) == 2 else (1 if channels == "first" else 3)
        self.size = tuple(n for axis, n in enumerate(self.shape, 1) if axis != self._channel_axis)
        if X is not None:
            if X.shape[0] == 0:
                raise ValueError("X_background has no rows; expected at least one")
            self.dtype = self.read(X, "X_background").dtype

    @property
    def pixel_axes(self):
        """Axes of lines and columns in arrays of shape (n_rows, ...)."""
        return tuple(axis for axis in range(1, len(self.shape) + 1) if axis != self._channel_axis)

    def read(self, X, name):
        """Check inputs and return an array of shape (n_rows, ...), the shape of one image."""
        X = self.spec.conform(X, name)
        if sp.issparse(X):
            X = X.toarray()
        elif isinstance(X, pd.DataFrame):
            plain = all(isinstance(dtype, np.dtype) for dtype in X.dtypes)
            X = X.to_numpy() if plain else X.to_numpy(dtype=float)
        if X.dtype.kind not in "biuf":
            raise TypeError(f"{name} has pixels of dtype {X.dtype}; expected numbers")
        if not np.isfinite(X).all():
            raise ValueError(f"{name} has pixels that are NaN or infinite; expected finite numbers")
        dtype = X.dtype if self.dtype is None else np.result_type(X.dtype, self.dtype)
        return X.reshape(-1, *self.shape).astype(dtype, copy=False)

    def write(self, cells):
        """Invert `read`: inputs of the kind that `fit` saw."""
        if isinstance(self.spec, ArraySpec):
            return cells
        flat = cells.reshape(len(cells), -1)
        if self.spec.kind == "frame" and set(self.spec.dtypes) == {flat.dtype}:
            return pd.DataFrame(flat, columns=self.spec.columns)
        return self.spec.conform(flat, "X")

    def by_pixel(self, array):
        """Give an array of shape (n_rows, height, width) an axis for channels, if there is one."""
        return array if self._channel_axis is None else np.expand_dims(array, self._channel_axis)

    def channels_last(self, cells):
        """The cells with their channels last, if there are any."""
        return np.moveaxis(cells, self._channel_axis, -1) if self._channel_axis else cells


def as_dtype(filling, dtype):
    """A filling in the dtype of the images: rounded if they are integers.

    Raises
    ------
    ValueError
        If the dtype does not go so far.
    """
    filling = np.asarray(filling)
    if dtype.kind == "b":
        return filling >= 0.5
    if dtype.kind in "iu":
        filling = np.rint(filling)
        limits = np.iinfo(dtype)
        if filling.min(initial=0) < limits.min or filling.max(initial=0) > limits.max:
            raise ValueError(
                f"absent goes from {filling.min():g} to {filling.max():g}, but images have dtype "
                f"{dtype}: expected values from {limits.min} to {limits.max}"
            )
    return filling.astype(dtype)
