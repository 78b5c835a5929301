"""A heat-map: features that are the pixels of a picture, or channels by times."""

import textwrap

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
    upright,
)
from skxai.plotting._text import fit, plain, row_title, units_label, value_word
from skxai.utils._optional import import_optional

_OVERLAYS = (None, "contours", "lines")
_MOST_PICTURES = 64
_PICTURE_WIDTH = 4.0  # inches, of a single one
_GRID_WIDTH = 8.0  # inches, of several side by side
_LARGEST = 2.2  # inches, of each of several
_COLORBAR_WIDTH = 1.1  # inches, with its label
_FLATTEST = 4  # a picture that is wider than that many times its height is stretched
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
        if n_rows * n_outputs > _MOST_PICTURES:
            raise ValueError(
                f"explanation has {n_rows} rows and {n_outputs} outputs, a picture for each; "
                f"expected at most {_MOST_PICTURES}: choose rows, as explanation[:6], or an output"
            )
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
        if limit is not None and not limit > 0:
            raise ValueError(f"limit must be None or a positive number, got {limit!r}")
        self.axes_ = self._new_axes() if ax is None else self._given_axes(ax)
        if limit is None:
            limit = np.max(np.abs(values), initial=0.0, where=np.isfinite(values)) or 1.0
        height, width = values.shape[1:]
        style = {
            "cmap": diverging(),
            "vmin": -limit,
            "vmax": limit,
            "interpolation": "nearest",
            "aspect": "equal" if width <= _FLATTEST * height else "auto",
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

    def _given_axes(self, ax):
        axes, n_pictures = np.atleast_1d(np.asarray(ax, dtype=object)).ravel(), len(self.values)
        if len(axes) != n_pictures:
            raise ValueError(
                f"ax has {len(axes)} Axes; expected {n_pictures}, an Axes for each picture"
            )
        return axes

    def _new_axes(self):
        """Axes in a grid whose cells have about the shape of the pictures."""
        import_optional("matplotlib", "plot")
        from matplotlib import pyplot

        n_pictures, height, width = np.shape(self.values)
        ratio = min(max(height / width, 1 / _FLATTEST), _FLATTEST)
        n_columns = self.n_columns or _columns_for(n_pictures, ratio)
        n_rows = -(-n_pictures // n_columns)
        each = _PICTURE_WIDTH if n_pictures == 1 else min(_LARGEST, _GRID_WIDTH / n_columns)
        each *= min(1.0, 1.5 / ratio) if n_pictures == 1 else 1.0
        if width > _FLATTEST * height:  # stretched: all the width is used
            each = _GRID_WIDTH / n_columns
        size = [each * n_columns + _COLORBAR_WIDTH, (each * ratio + 0.3) * n_rows + 0.2]
        size[0] += text_inches(self.row_names) if self.row_names is not None else 0.0
        figure, axes = pyplot.subplots(
            n_rows, n_columns, figsize=size, layout="constrained", squeeze=False
        )
        for spare in axes.ravel()[n_pictures:]:
            figure.delaxes(spare)
        return axes.ravel()[:n_pictures]

    def _finish(self, ax, k):
        """Title and ticks of a picture."""
        for side in ax.spines.values():
            side.set_color("0.8")
        if len(self.axes_) > 1:
            ax.set_xticks([])
            ax.set_yticks([])
        else:
            ax.xaxis.get_major_locator().set_params(integer=True)
            ax.yaxis.get_major_locator().set_params(integer=True)
        if self.row_names is not None and _is_leftmost(ax):
            names = [fit(str(name), 1) for name in self.row_names]
            size = min(label_size("y"), 0.8 * axes_points(ax)[1] / len(names))
            ax.set_yticks(range(len(names)), names, fontsize=max(size, 5.0))
            ax.tick_params(axis="y", length=0)
        if self.titles is not None and self.titles[k]:
            size = "medium" if len(self.axes_) == 1 else "small"
            room = int(np.clip(axes_points(ax)[0] / 5.5, 12, 64))
            ax.set_title(plain(textwrap.fill(self.titles[k], room)), loc="left", fontsize=size)
        n_columns = self.n_columns or len(self.axes_)
        if self.line_titles is not None and k % n_columns == 0 and self.line_titles[k // n_columns]:
            ax.set_ylabel(plain(self.line_titles[k // n_columns]), fontsize="small")

    def _draw_colorbar(self):
        """One colour bar for all pictures, which have one scale."""
        colorbar = self.figure_.colorbar(
            self.images_[0], ax=list(self.axes_), pad=0.02, shrink=0.9, aspect=24
        )
        colorbar.outline.set_visible(False)
        values = np.asarray(self.values, dtype=float)
        if not (values < 0).any():
            colorbar.ax.set_ylim(0, self.images_[0].get_clim()[1])  # nothing is blue
        if self.colorbar_label:
            colorbar.set_label(upright(colorbar.ax, self.colorbar_label))
        return colorbar


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


def _columns_for(n_pictures, ratio):
    """How many pictures side by side: at most five, fewer if they are wide; lines are even."""
    most = max(1, int(5 * min(1.0, np.sqrt(ratio))))
    n_lines = -(-n_pictures // most)
    return -(-n_pictures // n_lines)


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
