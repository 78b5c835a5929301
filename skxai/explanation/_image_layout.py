"""Players that are regions of images."""

import numpy as np
import pandas as pd
import scipy.sparse as sp

from skxai.explanation._layout import Layout, frozen, register_layout


@register_layout
class ImageLayout(Layout):
    """Which region of its image each player is.

    Parameters
    ----------
    segments : array-like of int, shape (n_rows, height, width)
        The player of each pixel, counted from 0 in each image; -1: no player's.
    shape : tuple of int, default=None
        The shape of one image in the data, which may be flat: (height, width), (height, width,
        channels) or, with channels first, (channels, height, width). None: (height, width).
    channels : {"last", "first"}, default="last"
        Where the channels are in `shape`, if it has them.
    grid : tuple of two int, default=None
        Numbers of lines and columns, if the players are the cells of a grid, line by line.

    Examples
    --------
    >>> from skxai.explanation import ImageLayout
    >>> layout = ImageLayout([[[0, 0, 1], [0, 0, 1]]], grid=(1, 2))
    >>> layout.names(0)
    ['[0, 0]', '[0, 1]']
    >>> layout.columns(0)
    {'line': [0.5, 0.5], 'column': [0.5, 2.0], 'size': [4, 2]}
    >>> layout.to_pixels([0.25, -1.0], 0)
    array([[ 0.25,  0.25, -1.  ],
           [ 0.25,  0.25, -1.  ]])
    """

    kind = "image"

    def __init__(self, segments, *, shape=None, channels="last", grid=None):
        self.segments = _frozen_segments(segments)
        self.shape = self.segments.shape[1:] if shape is None else tuple(int(n) for n in shape)
        self.channels = channels
        self.grid = None if grid is None else tuple(int(n) for n in grid)
        if self.picture_shape[:2] != self.segments.shape[1:]:
            raise ValueError(
                f"shape is {self.shape} with channels {channels!r}, but segments has images of "
                f"shape {self.segments.shape[1:]}"
            )
        self._counts = frozen(self.segments.max(axis=(1, 2), initial=-1) + 1, dtype=np.int64)

    @property
    def counts(self):
        """Number of players of each row, an integer array of shape (n_rows,)."""
        return self._counts

    @property
    def picture_shape(self):
        """(height, width), or (height, width, channels)."""
        if len(self.shape) == 3 and self.channels == "first":
            return (*self.shape[1:], self.shape[0])
        return self.shape

    def names(self, row):
        """The names of the players of a row: cells of the grid, or numbered regions.

        Parameters
        ----------
        row : int
            Position of the row.

        Returns
        -------
        list of str
            ``"[line, column]"`` or ``"region number"``.
        """
        numbers = range(self._counts[row])
        if self.grid is not None:
            return ["[{}, {}]".format(*divmod(number, self.grid[1])) for number in numbers]
        return [f"region {number}" for number in numbers]

    def columns(self, row):
        """Centre (line and column) and size of the regions of a row, in pixels.

        Parameters
        ----------
        row : int
            Position of the row.

        Returns
        -------
        dict of str to list
            A list for each of the three, with an entry for each region.
        """
        segments = self.segments[row]
        inside = segments >= 0
        regions, n_regions = segments[inside], self._counts[row]
        sizes = np.bincount(regions, minlength=n_regions)
        centres = [
            np.bincount(regions, at, minlength=n_regions) / np.maximum(sizes, 1)
            for at in np.nonzero(inside)
        ]
        return {
            "line": centres[0].tolist(),
            "column": centres[1].tolist(),
            "size": sizes.tolist(),
        }

    def to_pixels(self, values, row):
        """Give each pixel the value of its player.

        Parameters
        ----------
        values : array-like of shape (n_players,)
            A value of each player of the row; more of them are ignored.
        row : int
            Position of the row.

        Returns
        -------
        ndarray of shape (height, width)
            Zero where no player is.
        """
        values = np.asarray(values)
        return np.append(values, np.zeros(1, values.dtype))[self.segments[row]]  # -1: the zero

    def images(self, data):
        """The images of a table or an array, with channels last.

        Parameters
        ----------
        data : table or ndarray of n_rows rows
            Flat rows, or images as in `shape`.

        Returns
        -------
        ndarray of shape (n_rows, height, width) or (n_rows, height, width, channels)
            The pixels; a single channel has no axis of its own.
        """
        return as_images(data, self.shape, self.channels)

    def take(self, rows):
        """The layout of these rows.

        Parameters
        ----------
        rows : array-like of int
            Their positions.

        Returns
        -------
        ImageLayout
            The same regions, for fewer rows.
        """
        rows = np.asarray(rows, dtype=np.intp)
        if self._is_shared and len(rows) > 0:
            segments = np.broadcast_to(self.segments[:1], (len(rows), *self.segments.shape[1:]))
        else:
            segments = self.segments[rows]
        return ImageLayout(segments, shape=self.shape, channels=self.channels, grid=self.grid)

    @property
    def _is_shared(self):
        """Whether all rows have the same segments, which are kept once."""
        return len(self.segments) > 0 and self.segments.strides[0] == 0

    def to_arrays(self):
        """Everything, as arrays; segments that all rows share are there once.

        Returns
        -------
        dict of str to ndarray
            What `from_arrays` takes.
        """
        return {
            "segments": np.array(self.segments[:1] if self._is_shared else self.segments),
            "n_rows": np.array(len(self.segments)),
            "shape": np.array(self.shape),
            "channels": np.array(self.channels),
            "grid": np.array(self.grid if self.grid is not None else (), dtype=np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays):
        """Invert `to_arrays`.

        Parameters
        ----------
        arrays : dict of str to ndarray
            What it returned.

        Returns
        -------
        ImageLayout
        """
        segments = np.asarray(arrays["segments"])
        n_rows = int(arrays["n_rows"])
        if len(segments) != n_rows:
            segments = np.broadcast_to(segments, (n_rows, *segments.shape[1:]))
        grid = tuple(arrays["grid"])
        return cls(
            segments,
            shape=tuple(arrays["shape"]),
            channels=str(arrays["channels"]),
            grid=grid or None,
        )


def as_images(data, shape, channels):
    """Images with channels last, of flat rows or of images of this shape."""
    if isinstance(data, pd.DataFrame):
        data = data.to_numpy()
    elif sp.issparse(data):
        data = data.toarray()
    images = np.asarray(data).reshape(-1, *shape)
    return np.moveaxis(images, 1, -1) if len(shape) == 3 and channels == "first" else images


def _frozen_segments(segments):
    """Segments that nobody can write to; a broadcast array stays one."""
    segments = np.asarray(segments)
    if segments.ndim != 3 or segments.dtype.kind not in "iu":
        raise ValueError(
            f"segments has shape {segments.shape} and dtype {segments.dtype}; expected integers "
            "of shape (n_rows, height, width)"
        )
    if segments.size and segments.min() < -1:
        raise ValueError(f"segments holds {segments.min()}; expected numbers of players, or -1")
    if len(segments) > 0 and segments.strides[0] == 0:
        return np.broadcast_to(frozen(segments[:1], dtype=np.int32), segments.shape)
    return frozen(segments, dtype=np.int32)
