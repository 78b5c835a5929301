"""A heat-map: features that are the pixels of a picture, or channels by times."""

import numpy as np
import pandas as pd
from scipy import sparse

from skxai.explanation._pooling import check_shape
from skxai.plotting._common import (
    LINE,
    ExplanationDisplay,
    axes_points,
    check_attributions,
    diverging,
    label_size,
    one_output,
    one_row,
    text_inches,
)
from skxai.plotting._pictures import (
    check_number,
    colour_limit,
    frame_picture,
    given_axes,
    new_pictures,
    picture_aspect,
    shared_colorbar,
)
from skxai.plotting._text import fit, plain, row_title, units_label, value_word

_OVERLAYS = (None, "contours", "lines")
_STROKES = 0.8  # of the height of a line of pixels, that a line of data takes


class HeatmapDisplay(ExplanationDisplay):
    """Attributions of features that are an array, as a picture: pixels, or channels by times.

    Orange is positive, blue negative, white zero. Several rows or outputs are a small grid of
    pictures that share one scale.

    It is recommended to use `from_explanation` or ``explanation.plot("heatmap", shape=(8, 8))``.
    All parameters are stored as attributes.

    Parameters
    ----------
    values : array-like of shape (n_pictures, height, width)
        The pictures.
    data : array-like shaped as `values`, default=None
        What is explained, to be drawn over it.
    titles : sequence of str of length n_pictures, default=None
        What is written above each.
    line_titles : sequence of str, default=None
        What is written beside the first of each line of pictures.
    n_columns : int, default=None
        How many pictures stand side by side; None for a choice by their number and shape.
    row_names : sequence of str of length height, default=None
        Names beside the lines of a picture.
    colorbar_label : str, default=None
        The label of the colour bar.

    Attributes
    ----------
    images_ : list of matplotlib AxesImage
        One for each picture.
    overlays_ : list
        A ContourSet, or a LineCollection, for each picture; empty without an overlay.
    colorbar_ : matplotlib Colorbar or None
    axes_ : ndarray of matplotlib Axes of shape (n_pictures,)
    ax_ : matplotlib Axes
        The first of them.
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> from skxai.plotting import HeatmapDisplay
    >>> explanation = Explanation(np.arange(-3.0, 3.0).reshape(1, 6), [0.0], [-3.0])
    >>> display = HeatmapDisplay.from_explanation(explanation, shape=(2, 3))
    >>> display.images_[0].get_array().shape
    (2, 3)
    >>> [float(limit) for limit in display.images_[0].get_clim()]
    [-3.0, 3.0]
    """

    def __init__(
        self,
        values,
        *,
        data=None,
        titles=None,
        line_titles=None,
        n_columns=None,
        row_names=None,
        colorbar_label=None,
    ):
        self.values = values
        self.data = data
        self.titles = titles
        self.line_titles = line_titles
        self.n_columns = n_columns
        self.row_names = row_names
        self.colorbar_label = colorbar_label

    @classmethod
    def from_explanation(
        cls, explanation, *, shape, ax=None, output=None, row=None, row_names=None, **kwargs
    ):
        """Draw each row and output as a picture.

        Parameters
        ----------
        explanation : Explanation
            What to draw; its features are the pixels, line by line. For pictures of more than one
            channel, sum over them first: ``explanation.pool(shape=(3, 32, 32), axis=0)``.
        shape : tuple of two int
            Height and width of a picture, in pixels; or numbers of channels and times.
        ax : matplotlib Axes, or array of them, default=None
            Where to draw, an Axes for each picture; a new figure if None.
        output : str or class label, default=None
            The output to show; None shows all.
        row : int, default=None
            Position of the row to show; None shows all.
        row_names : sequence of str, default=None
            Names beside the lines of a picture, such as those of channels.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        HeatmapDisplay

        Raises
        ------
        ValueError
            If `shape` does not fit the features, or there are more than 64 pictures.
        """
        check_attributions(explanation)
        shape = check_shape(shape, explanation.values.shape[1])
        if len(shape) != 2:
            raise ValueError(f"shape is {shape}; expected two integers, height and width")
        if row_names is not None and len(row_names) != shape[0]:
            raise ValueError(f"row_names has {len(row_names)} names; expected {shape[0]}")
        titles = None
        if row is not None:
            explanation, titles = one_row(explanation, row), [row_title(explanation, row)]
        if output is not None:
            explanation = one_output(explanation, output)
        n_rows, n_outputs = len(explanation), explanation.n_outputs
        check_number(n_rows, n_outputs)
        titles = titles or [row_title(explanation, i) for i in range(n_rows)]
        line_titles = None
        if n_outputs > 1:
            titles, line_titles = list(explanation.output_names) * n_rows, titles
        values = explanation.values.reshape(n_rows, -1, n_outputs).transpose(0, 2, 1)
        data = _pixels(explanation)
        display = cls(
            values.reshape(-1, *shape),
            data=None if data is None else np.repeat(data, n_outputs, axis=0).reshape(-1, *shape),
            titles=titles,
            line_titles=line_titles,
            n_columns=n_outputs if n_rows > 1 and n_outputs > 1 else None,
            row_names=row_names,
            colorbar_label=f"{value_word(explanation)}\n({units_label(explanation)})",
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, *, overlay=None, limit=None, colorbar=True, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, or array of them, default=None
            Where to draw, an Axes for each picture; a new figure if None.
        overlay : {"contours", "lines"}, default=None
            How the data are drawn over the picture: ``"contours"`` around what is above half of
            the data's range; ``"lines"``, one for each line of pixels: signals of channels.
        limit : float, default=None
            The attribution that has the strongest colour, to either side of zero; None for the
            largest of all pictures.
        colorbar : bool, default=True
            Whether to draw a colour bar.
        **kwargs : dict
            Passed to matplotlib's ``Axes.imshow``, for instance ``cmap``.

        Returns
        -------
        HeatmapDisplay
            This display.
        """
        values = np.asarray(self.values, dtype=float)
        if overlay not in _OVERLAYS:
            raise ValueError(f"overlay must be one of {list(_OVERLAYS)}, got {overlay!r}")
        if overlay is not None and self.data is None:
            raise ValueError(
                f"overlay is {overlay!r}, but there are no data of numbers, one for each pixel"
            )
        limit = colour_limit(values, limit)
        self.axes_ = self._new_axes() if ax is None else given_axes(ax, len(self.values))
        height, width = values.shape[1:]
        style = {
            "cmap": diverging(),
            "vmin": -limit,
            "vmax": limit,
            "interpolation": "nearest",
            "aspect": picture_aspect(height, width),
        }
        self.images_, self.overlays_ = [], []
        for k, axes in enumerate(self.axes_):
            self.images_.append(axes.imshow(values[k], **{**style, **kwargs}))
            if overlay is not None:
                pixels = np.asarray(self.data, dtype=float)[k]
                self.overlays_.append(_draw_overlay(axes, pixels, overlay))
            self._finish(axes, k)
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        self.colorbar_ = self._draw_colorbar() if colorbar else None
        return self

    def _new_axes(self):
        """Axes in a grid whose cells have about the shape of the pictures."""
        n_pictures, height, width = np.shape(self.values)
        beside = text_inches(self.row_names) if self.row_names is not None else 0.0
        return new_pictures(n_pictures, self.n_columns, height / width, beside=beside)

    def _finish(self, ax, k):
        """Title and ticks of a picture."""
        title = self.titles[k] if self.titles is not None else ""
        frame_picture(ax, title, is_alone=len(self.axes_) == 1)
        if self.row_names is not None and _is_leftmost(ax):
            names = [fit(str(name), 1) for name in self.row_names]
            size = min(label_size("y"), 0.8 * axes_points(ax)[1] / len(names))
            ax.set_yticks(range(len(names)), names, fontsize=max(size, 5.0))
            ax.tick_params(axis="y", length=0)
        n_columns = self.n_columns or len(self.axes_)
        if self.line_titles is not None and k % n_columns == 0 and self.line_titles[k // n_columns]:
            ax.set_ylabel(plain(self.line_titles[k // n_columns]), fontsize="small")

    def _draw_colorbar(self):
        """One colour bar for all pictures, which have one scale."""
        return shared_colorbar(self.images_[0], self.axes_, self.values, self.colorbar_label)


def _pixels(explanation):
    """The data of each row and player, or None where they are no numbers."""
    data, groups = explanation.data, explanation.groups
    columns = [group[0] for group in groups if len(group) == 1]
    if data is None or len(data.shape) != 2 or len(columns) < len(groups):
        return None
    if max(columns) >= data.shape[1]:
        return None
    if sparse.issparse(data):
        table = sparse.csc_matrix(data)[:, columns].toarray()
    else:
        table = data.iloc[:, columns] if isinstance(data, pd.DataFrame) else data[:, columns]
    try:
        return np.asarray(table, dtype=float)
    except (TypeError, ValueError):
        return None


def _is_leftmost(ax):
    spec = ax.get_subplotspec()
    return spec is None or spec.is_first_col()


def _draw_overlay(ax, pixels, overlay):
    from matplotlib.collections import LineCollection

    low, high = np.nanmin(pixels), np.nanmax(pixels)
    middle = (low + high) / 2
    if overlay == "contours":
        # The frame lets contours close around pixels at the border.
        framed = np.pad(pixels, 1, constant_values=low)
        at = [np.arange(-1, size + 1) for size in pixels.shape]
        style = {"colors": LINE, "linewidths": 1.0}
        limits = ax.get_xlim(), ax.get_ylim()
        drawn = ax.contour(at[1], at[0], framed, levels=[middle], **style) if high > low else None
        ax.set(xlim=limits[0], ylim=limits[1])
        return drawn
    x = np.arange(pixels.shape[1])
    heights = _STROKES * (pixels - middle) / ((high - low) or 1.0)
    lines = [np.column_stack([x, j - line]) for j, line in enumerate(heights)]
    return ax.add_collection(LineCollection(lines, colors=LINE, linewidths=0.8), autolim=False)
