"""Pictures in a grid that share one scale of colours."""

import textwrap

import numpy as np

from skxai.plotting._common import axes_points, upright
from skxai.plotting._text import plain
from skxai.utils._optional import import_optional

_MOST_PICTURES = 64
_PICTURE_WIDTH = 4.0  # inches, of a single one
_GRID_WIDTH = 8.0  # inches, of several side by side
_LARGEST = 2.2  # inches, of each of several
_COLORBAR_WIDTH = 1.1  # inches, with its label
_FLATTEST = 4  # a picture that is wider than that many times its height is stretched


def check_number(n_rows, n_outputs):
    """Refuse more pictures than anybody can look at."""
    if n_rows * n_outputs > _MOST_PICTURES:
        raise ValueError(
            f"explanation has {n_rows} rows and {n_outputs} outputs, a picture for each; "
            f"expected at most {_MOST_PICTURES}: choose rows, as explanation[:6], or an output"
        )


def colour_limit(values, limit):
    """The value that has the strongest colour: `limit`, or the largest there is."""
    if limit is not None and not limit > 0:
        raise ValueError(f"limit must be None or a positive number, got {limit!r}")
    if limit is not None:
        return limit
    return np.max(np.abs(values), initial=0.0, where=np.isfinite(values)) or 1.0


def picture_aspect(height, width):
    """Pixels are squares, unless that makes a picture too flat."""
    return "equal" if width <= _FLATTEST * height else "auto"


def given_axes(ax, n_pictures):
    """The axes that were given, as a flat array of so many."""
    axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
    if len(axes) != n_pictures:
        raise ValueError(
            f"ax has {len(axes)} Axes; expected {n_pictures}, an Axes for each picture"
        )
    return axes


def new_pictures(n_pictures, n_columns, ratio, *, beside=0.0, largest=_LARGEST, colorbar=True):
    """Axes of a new figure, in a grid whose cells have about the shape of the pictures.

    Parameters
    ----------
    n_pictures : int
    n_columns : int or None
        How many side by side; None for a choice by their number and shape.
    ratio : float
        Height over width of a picture.
    beside : float, default=0.0
        Width of what is written beside the pictures, in inches.
    largest : float
        Width of each of several at most, in inches.
    colorbar : bool, default=True
        Whether there will be one.

    Returns
    -------
    ndarray of matplotlib Axes of shape (n_pictures,)
    """
    import_optional("matplotlib", "plot")
    from matplotlib import pyplot

    bounded = min(max(ratio, 1 / _FLATTEST), _FLATTEST)
    n_columns = n_columns or columns_for(n_pictures, bounded)
    n_rows = -(-n_pictures // n_columns)
    each = _PICTURE_WIDTH if n_pictures == 1 else min(largest, _GRID_WIDTH / n_columns)
    each *= min(1.0, 1.5 / bounded) if n_pictures == 1 else 1.0
    if ratio < 1 / _FLATTEST:  # stretched: all the width is used
        each = _GRID_WIDTH / n_columns
    beside += _COLORBAR_WIDTH if colorbar else 0.0
    size = each * n_columns + beside, (each * bounded + 0.3) * n_rows + 0.2
    figure, axes = pyplot.subplots(
        n_rows, n_columns, figsize=size, layout="constrained", squeeze=False
    )
    for spare in axes.ravel()[n_pictures:]:
        figure.delaxes(spare)
    return axes.ravel()[:n_pictures]


def columns_for(n_pictures, ratio):
    """How many pictures side by side: at most five, fewer if they are wide; lines are even."""
    most = max(1, int(5 * min(1.0, np.sqrt(ratio))))
    n_lines = -(-n_pictures // most)
    return -(-n_pictures // n_lines)


def frame_picture(ax, title, is_alone):
    """A quiet frame, ticks at whole pixels if the picture is alone, and a title."""
    for side in ax.spines.values():
        side.set_color("0.8")
    if is_alone:
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.yaxis.get_major_locator().set_params(integer=True)
    else:
        ax.set_xticks([])
        ax.set_yticks([])
    if title:
        room = int(np.clip(axes_points(ax)[0] / 5.5, 12, 64))
        size = "medium" if is_alone else "small"
        ax.set_title(plain(textwrap.fill(title, room)), loc="left", fontsize=size)


def shared_colorbar(image, axes, values, label):
    """One colour bar for all pictures, which have one scale.

    Parameters
    ----------
    image : matplotlib AxesImage
        One of them.
    axes : ndarray of matplotlib Axes
    values : array-like
        All that is drawn; where nothing is negative, the bar starts at zero.
    label : str or None
    """
    colorbar = axes[0].figure.colorbar(image, ax=list(axes), pad=0.02, shrink=0.9, aspect=24)
    colorbar.outline.set_visible(False)
    if not (np.asarray(values, dtype=float) < 0).any():
        colorbar.ax.set_ylim(0, image.get_clim()[1])  # nothing is blue
    if label:
        colorbar.set_label(upright(colorbar.ax, label))
    return colorbar
