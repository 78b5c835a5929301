"""The masker for images."""

import numbers

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skxai.explanation._image_layout import ImageLayout
from skxai.maskers._by_row import MaskedInputs, RowMasker
from skxai.maskers._fillings import LEARNT, OWN, fixed_filling, own_filling
from skxai.maskers._image_format import ImageFormat, as_dtype
from skxai.maskers._regions import (
    grid_segments,
    grid_shape,
    numbered,
    order_by_region,
    superpixels,
)
from skxai.utils._random import draw_seeds


class ImageMasker(RowMasker):
    """Regions of an image are the players; an absent one is painted over.

    Images are arrays of shape (n_rows, height, width), with a fourth axis for channels if they
    have colours, or rows of a table whose cells are pixels. The model is given what `fit` saw:
    arrays of the same shape and dtype, or DataFrames with the same columns.

    Parameters
    ----------
    shape : tuple of int, default=None
        The shape of one image, where rows are flat: (height, width), (height, width, channels),
        or (channels, height, width) with ``channels="first"``. None: that of the arrays.
    channels : {"last", "first"}, default="last"
        Where the channels are, if there are any; first for torch.
    regions : {"grid", "superpixels"}, array of int, or callable, default="grid"
        ``"grid"``: rectangles; ``"superpixels"``: regions of similar colour, found in each image
        by SLIC, which needs scikit-image; an array of shape (height, width) with the number of
        the region of each pixel, -1 for pixels that are never absent; or a function that returns
        such an array for an image (channels last). Numbers of regions need not be consecutive;
        the players are counted from 0 in their order.
    n_regions : int or tuple of two int, default=64
        About how many regions; for a grid also its numbers of lines and columns. Unused where
        the regions are given.
    absent : {"mean", "region-mean", "blur", "grey", "background"}, number, or array, \
            default="mean"
        What an absent region is painted with. ``"mean"``: the mean colour of the image;
        ``"region-mean"``: that of the region (which hides texture, but not a colour);
        ``"blur"``: the blurred image (by a tenth of its smaller side); ``"grey"``: the middle of
        the range of the background; ``"background"``: the same region of the background images,
        one after the other; a number: everywhere the same; an array: an image.
    n_samples : int, default=None
        With ``absent="background"``, use so many images of it, drawn at random; None: all.
    random_state : int, RandomState instance or None, default=None
        For `n_samples`.

    Attributes
    ----------
    shape_ : tuple of int
        The shape of one image, as in `shape`.
    spec_ : TableSpec or ArraySpec
        The kind of inputs.
    n_background_ : int
        With how many paintings an absent region is tried.
    weights_ : ndarray of shape (n_background,)
        Their weights, all equal; they sum to one.

    References
    ----------
    M. T. Ribeiro, S. Singh, C. Guestrin, "Why should I trust you?", KDD (2016).

    R. Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", IEEE
    Transactions on Pattern Analysis and Machine Intelligence 34 (2012).

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.maskers import ImageMasker
    >>> image = np.array([[9, 9, 1, 1], [9, 9, 1, 1]], dtype=np.uint8)
    >>> masker = ImageMasker(n_regions=2, absent=0).fit(image[None])
    >>> masker.layout(image[None]).names(0)
    ['[0, 0]', '[0, 1]']
    >>> masker.bind(image[None]).compose([0], [0], [[False, True]])
    array([[[0, 0, 1, 1],
            [0, 0, 1, 1]]], dtype=uint8)
    """

    _parameter_constraints = {
        "shape": [tuple, list, None],
        "channels": [StrOptions({"last", "first"})],
        "regions": [StrOptions({"grid", "superpixels"}), "array-like", callable],
        "n_regions": [Interval(numbers.Integral, 1, None, closed="left"), tuple, list],
        "absent": [
            StrOptions({"mean", "region-mean", "blur", "grey", "background"}),
            numbers.Real,
            "array-like",
        ],
        "n_samples": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        shape=None,
        channels="last",
        regions="grid",
        n_regions=64,
        absent="mean",
        n_samples=None,
        random_state=None,
    ):
        self.shape = shape
        self.channels = channels
        self.regions = regions
        self.n_regions = n_regions
        self.absent = absent
        self.n_samples = n_samples
        self.random_state = random_state

    def fit(self, X=None, y=None):
        """Learn the shape of images and what absence means.

        Parameters
        ----------
        X : ndarray of images, or table of flat ones, default=None
            The background; None is enough if `shape` is given, rows are arrays, and `absent`
            needs no background.
        y : None
            Ignored.

        Returns
        -------
        self : ImageMasker
            The fitted masker.
        """
        self._validate_params()
        _check_sizes(self.shape, "shape", (2, 3))
        _check_sizes(self.n_regions, "n_regions", (2,))
        self._format = ImageFormat(X, self.shape, self.channels)
        self.spec_, self.shape_ = self._format.spec, self._format.shape
        self._filling = self._fixed_filling(X)
        self.n_background_ = 1 if self._filling is None else len(self._filling)
        self._grid = self._segments = None  # None: segments are found in each image
        if isinstance(self.regions, str) and self.regions == "grid":
            self._grid = grid_shape(self.n_regions, *self._format.size)
            self._segments = grid_segments(self._grid, *self._format.size)
        elif isinstance(self.regions, str):
            if not isinstance(self.n_regions, numbers.Integral):
                raise ValueError(
                    f"n_regions is {self.n_regions}, which suits a grid; expected a number of "
                    "superpixels"
                )
        elif not callable(self.regions):
            self._segments = numbered(self.regions, self._format.size, "regions")
        return self

    def examples(self, X):
        """Some images for which the model can be called before any are explained.

        Parameters
        ----------
        X : ndarray of images, table of flat ones, or None
            As in `fit`.

        Returns
        -------
        ndarray or table
            The background, or an empty image.
        """
        if X is None:
            return np.zeros((1, self.spec_.n_columns))
        return self.spec_.conform(X, "X_background")

    def layout(self, X):
        """The regions of each image.

        Parameters
        ----------
        X : ndarray of images, or table of flat ones
            Like the background.

        Returns
        -------
        ImageLayout
            Where the regions of these images are.
        """
        check_is_fitted(self, "spec_")
        segments = self._segments_of(self._format.read(X, "X"))
        return ImageLayout(segments, shape=self.shape_, channels=self.channels, grid=self._grid)

    def bind(self, X):
        """Prepare images for masking.

        Parameters
        ----------
        X : ndarray of images, or table of flat ones
            Like the background; with equally many regions each.

        Returns
        -------
        MaskedImages
            What composes inputs of these images.
        """
        check_is_fitted(self, "spec_")
        cells = self._format.read(X, "X")
        segments = self._segments_of(cells)
        own = self._filling is None
        filling = own_filling(self.absent, cells, segments, self._format) if own else self._filling
        filling = as_dtype(filling, cells.dtype)
        return MaskedImages(cells, filling, segments, self._format, own=own)

    def _fixed_filling(self, X):
        """Paintings that all images share, or None where each has its own."""
        by_name = self.absent if isinstance(self.absent, str) else None
        if by_name in OWN:
            return None
        if by_name in LEARNT and X is None:
            raise ValueError(f"absent is {by_name!r}, which needs X_background; it is None")
        background = self._format.read(X, "X_background") if by_name in LEARNT else None
        n_samples = self.n_samples
        if by_name == "background" and n_samples is not None and n_samples < len(background):
            rng = np.random.default_rng(draw_seeds(self.random_state, 1))
            background = background[np.sort(rng.permutation(len(background))[:n_samples])]
        filling = fixed_filling(self.absent, background, self._format)
        if self._format.dtype is not None:
            as_dtype(filling, self._format.dtype)  # it can be painted
        return filling

    def _segments_of(self, cells):
        """The region of each pixel of each image, of shape (n_rows, height, width)."""
        size = self._format.size
        if self._segments is not None:
            return np.broadcast_to(self._segments, (len(cells), *size))
        find = self.regions
        if isinstance(find, str):
            found = (superpixels(i, self.n_regions) for i in self._format.channels_last(cells))
        else:
            found = map(find, self._format.channels_last(cells))
        segments = [
            numbered(image, size, f"regions of image {row}") for row, image in enumerate(found)
        ]
        return np.array(segments, dtype=np.int64).reshape(len(cells), *size)


class MaskedImages(MaskedInputs):
    """Images with equally many regions, and what absent ones are painted with.

    Parameters
    ----------
    cells : ndarray of shape (n_rows, ...)
        The images.
    filling : ndarray of shape (n_fillings, ...)
        Paintings, of the same dtype.
    segments : ndarray of int, shape (n_rows, height, width)
        The region of each pixel; -1: none.
    image_format : ImageFormat
    own : bool
        Whether each image has a painting of its own, or all share them.
    """

    def __init__(self, cells, filling, segments, image_format, *, own):
        counts = segments.max(axis=(1, 2), initial=-1) + 1
        if len(set(counts.tolist())) > 1:
            raise ValueError(
                f"X has images of {counts.min()} to {counts.max()} regions; expected equally many"
            )
        self.n_rows = len(cells)
        self.n_background = 1 if own else len(filling)
        self.n_players = int(counts[0]) if len(counts) else 0
        self._cells = cells
        self._filling = filling
        self._own = own
        self._format = image_format
        # The region of each cell of an image, that is, of each pixel and channel; regions that all
        # images share are kept once.
        if len(segments) > 0 and segments.strides[0] == 0:
            segments = segments[:1]
        by_cell = np.broadcast_to(
            image_format.by_pixel(segments), (len(segments), *image_format.shape)
        )
        self._segments = by_cell.reshape(len(segments), self.cells_per_input)

    @property
    def cells_per_input(self):
        """Pixels, times channels."""
        return int(np.prod(self._format.shape))

    def differs(self, rows):
        """Where the painting of a region changes the image.

        Parameters
        ----------
        rows : ndarray of int
            Positions of rows.

        Returns
        -------
        ndarray of bool, shape (len(rows), n_background, n_players)
        """
        changed = np.empty((len(rows), self.n_background, self.n_players), dtype=bool)
        for place, row in enumerate(rows):
            filling = self._filling[[row]] if self._own else self._filling
            cells, starts = order_by_region(self._segments[row % len(self._segments)])
            other = (filling != self._cells[row]).reshape(len(filling), -1)
            changed[place] = np.logical_or.reduceat(other[:, cells], starts, axis=1)
        return changed

    def compose(self, rows, background_rows, present):
        """Images with present regions as they are, absent ones painted over.

        Parameters
        ----------
        rows, background_rows : array-like of int, shape (n_inputs,)
            Positions of the image, and of the painting.
        present : array-like of bool, shape (n_inputs, n_players)
            Which regions are kept.

        Returns
        -------
        ndarray, or table, of n_inputs rows
            Of the kind that `fit` saw.
        """
        rows, present = np.asarray(rows), np.asarray(present, dtype=bool)
        # A last column, which the segment -1 takes: pixels of no region are always kept.
        kept = np.column_stack([present, np.ones(len(present), dtype=bool)])
        if len(self._segments) == 1:
            kept = np.take(kept, self._segments[0], axis=1)
        else:
            kept = np.take_along_axis(kept, self._segments[rows], axis=1)
        filling = self._filling[rows if self._own else np.asarray(background_rows)]
        np.copyto(filling, self._cells[rows], where=kept.reshape(filling.shape))
        return self._format.write(filling)


def _check_sizes(sizes, name, lengths):
    """Refuse sequences that are not so many positive integers."""
    if sizes is None or isinstance(sizes, numbers.Integral):
        return
    if len(sizes) not in lengths or not all(
        isinstance(n, numbers.Integral) and n >= 1 for n in sizes
    ):
        expected = " or ".join(map(str, lengths))
        raise ValueError(f"{name} is {sizes!r}; expected {expected} positive integers")
