"""Regions of images, coloured by their attributions."""

import numpy as np

from skxai.plotting._common import (
    LINE,
    NEGATIVE,
    POSITIVE,
    ExplanationDisplay,
    check_attributions,
    check_max_features,
    one_output,
    one_row,
)
from skxai.plotting._image_pixels import borders_of, colours, faded, largest_regions
from skxai.plotting._pictures import (
    check_number,
    colour_limit,
    frame_picture,
    given_axes,
    new_pictures,
    picture_aspect,
    shared_colorbar,
)
from skxai.plotting._text import plain, row_title, units_label, value_word

_OPACITY = 0.85  # of the strongest colour
_HIDDEN = 0.82  # the grey of what is not shown
_MOST_COLUMNS = 6  # of pictures
_LARGEST = 3.0  # inches, of each of several pictures


class ImageDisplay(ExplanationDisplay):
    """Attributions of regions of images, as colours over the image.

    Orange is positive, blue negative; the weaker, the more transparent. Each line of pictures
    begins with the image itself, and all share one scale.

    It is recommended to use `from_explanation` or ``explanation.plot("image")``. All parameters
    are stored as attributes.

    Parameters
    ----------
    values : array-like of shape (n_rows, n_outputs, height, width)
        The attribution of each pixel's region.
    segments : array-like of int, shape (n_rows, height, width)
        The region of each pixel; -1: none.
    images : array-like of shape (n_rows, height, width) or (n_rows, height, width, channels), \
            default=None
        The images. Three or four channels are red, green, blue (and opacity, unused); of other
        numbers, the mean is drawn in grey.
    row_titles : sequence of str of length n_rows, default=None
        What is written above, or beside, the pictures of each row.
    output_titles : sequence of str of length n_outputs, default=None
        What is written above the picture of each output.
    colorbar_label : str, default=None
        The label of the colour bar.

    Attributes
    ----------
    images_ : list of matplotlib AxesImage
        The colours, of shape (height, width), for each row and output; with `top`, the shown
        pixels, of shape (height, width, 3).
    pictures_ : list of matplotlib AxesImage
        The images beside them, one for each row, if drawn.
    borders_ : list of matplotlib LineCollection
        Lines between the regions, for each row and output; empty if not drawn.
    colorbar_ : matplotlib Colorbar or None
    axes_ : ndarray of matplotlib Axes
    ax_ : matplotlib Axes
        The first that shows attributions.
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import ShapleyExplainer
    >>> from skxai.maskers import ImageMasker
    >>> images = np.array([[[9.0, 9.0, 0.0, 3.0]]])
    >>> masker = ImageMasker(n_regions=(1, 2), absent=0)
    >>> explainer = ShapleyExplainer(masker=masker)
    >>> explainer = explainer.fit(lambda images: images.sum(axis=(1, 2)), images)
    >>> display = explainer.explain(images).plot("image")
    >>> display.images_[0].get_array()
    masked_array(data=[[18., 18.,  3.,  3.]],
                 mask=False,
           fill_value=1e+20)
    """

    def __init__(
        self,
        values,
        *,
        segments,
        images=None,
        row_titles=None,
        output_titles=None,
        colorbar_label=None,
    ):
        self.values = values
        self.segments = segments
        self.images = images
        self.row_titles = row_titles
        self.output_titles = output_titles
        self.colorbar_label = colorbar_label

    @classmethod
    def from_explanation(cls, explanation, *, ax=None, output=None, row=None, **kwargs):
        """Draw each row and output as a picture.

        Parameters
        ----------
        explanation : Explanation
            What to draw; its players are regions of images, those of an `ImageMasker`.
        ax : matplotlib Axes, or array of them, default=None
            Where to draw, an Axes for each picture, row by row; a new figure if None.
        output : str or class label, default=None
            The output to show; None shows all.
        row : int, default=None
            Position of the row to show; None shows all.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        ImageDisplay

        Raises
        ------
        ValueError
            If the players are no regions of images, or there are more than 64 pictures.

        See Also
        --------
        HeatmapDisplay : For pixels that are features.
        """
        check_attributions(explanation)
        layout = explanation.layout
        if layout is None or layout.kind != "image":
            players = "features" if layout is None else f"those of {type(layout).__name__}"
            raise ValueError(
                f"the players of explanation are {players}; expected regions of images, as from "
                "an explainer with masker=ImageMasker(); for pixels that are features, use "
                'plot("heatmap", shape=(height, width))'
            )
        titles = None
        if row is not None:
            explanation, titles = one_row(explanation, row), [row_title(explanation, row)]
        if output is not None:
            explanation = one_output(explanation, output)
        n_rows, n_outputs, layout = len(explanation), explanation.n_outputs, explanation.layout
        check_number(n_rows, n_outputs)
        values = explanation.values.reshape(n_rows, -1, n_outputs)
        display = cls(
            np.array(
                [
                    [layout.to_pixels(values[i, :, k], i) for k in range(n_outputs)]
                    for i in range(n_rows)
                ]
            ),
            segments=layout.segments,
            images=None if explanation.data is None else layout.images(explanation.data),
            row_titles=titles or [row_title(explanation, i) for i in range(n_rows)],
            output_titles=list(explanation.output_names) if n_outputs > 1 else None,
            colorbar_label=f"{value_word(explanation)}\n({units_label(explanation)})",
        )
        return display.plot(ax=ax, **kwargs)

    def plot(
        self,
        ax=None,
        *,
        picture=None,
        top=None,
        borders=True,
        limit=None,
        colorbar=True,
        **kwargs,
    ):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, or array of them, default=None
            Where to draw, an Axes for each picture, row by row; a new figure if None.
        picture : bool, default=None
            Whether the image itself comes before the pictures of its row; None for yes in a new
            figure, if there are images.
        top : int, default=None
            Show the image where the largest attributions (either sign) are, in so many regions,
            within an orange or blue border, and nothing else.
        borders : bool, default=True
            Whether to draw lines between the regions.
        limit : float, default=None
            The attribution that has the strongest colour, to either side of zero; None for the
            largest of all pictures.
        colorbar : bool, default=True
            Whether to draw a colour bar.
        **kwargs : dict
            Passed to matplotlib's ``Axes.imshow`` for the colours, for instance ``cmap``.

        Returns
        -------
        ImageDisplay
            This display.
        """
        values = np.asarray(self.values, dtype=float)
        n_rows, n_outputs, height, width = values.shape
        check_max_features(top, "top")
        if self.images is None and (picture or top is not None):
            raise ValueError("explanation has no data, so that there are no images to show")
        picture = (ax is None and self.images is not None) if picture is None else bool(picture)
        limit = colour_limit(values, limit)
        n_pictures = n_rows * (n_outputs + picture)
        columns = _columns(n_rows, n_outputs, picture, height / width)
        colorbar = colorbar and top is None
        if ax is None:
            self.axes_ = new_pictures(
                n_pictures, columns, height / width, largest=_LARGEST, colorbar=colorbar
            )
        else:
            self.axes_ = given_axes(ax, n_pictures)
        if self.images is None:
            pictures = np.ones((n_rows, height, width, 3))
        else:
            pictures = colours(self.images)
        by_row = self.axes_.reshape(n_rows, -1)
        style = {"interpolation": "nearest", "aspect": picture_aspect(height, width)}
        self.pictures_ = [
            axes.imshow(image, **style) for axes, image in zip(by_row[:, 0], pictures) if picture
        ]
        self.images_, self.borders_ = [], []
        for (i, k), axes in np.ndenumerate(by_row[:, int(picture) :]):
            segments = np.asarray(self.segments[i])
            if top is None:
                axes.imshow(faded(pictures[i]), **style)
                scale = {"cmap": _transparent(), "vmin": -limit, "vmax": limit}
                drawn = axes.imshow(values[i, k], **{**style, **scale, **kwargs})
            else:
                drawn = _draw_largest(axes, pictures[i], values[i, k], segments, top, style)
            self.images_.append(drawn)
            if borders:
                self.borders_.append(_draw_borders(axes, segments))
        self._write_titles(by_row)
        shown_axes = by_row[:, int(picture) :].ravel()
        self.ax_, self.figure_ = shown_axes[0], shown_axes[0].figure
        self.colorbar_ = None
        if colorbar:
            label = self.colorbar_label
            self.colorbar_ = shared_colorbar(self.images_[0], self.axes_, values, label)
        return self

    def _write_titles(self, by_row):
        """Outputs above their pictures; rows above the first of theirs, or beside it."""
        outputs = list(self.output_titles or [""] * np.shape(self.values)[1])
        has_pictures = by_row.shape[1] > len(outputs)
        outputs = [""] * has_pictures + outputs
        for (i, k), axes in np.ndenumerate(by_row):
            row_title = self.row_titles[i] if self.row_titles is not None and k == 0 else ""
            is_above = outputs[k] == ""
            frame_picture(axes, row_title if is_above else outputs[k], by_row.size == 1)
            if row_title and not is_above:
                axes.set_ylabel(plain(row_title), fontsize="small")


def _columns(n_rows, n_outputs, picture, ratio):
    """How many pictures side by side, fewer if they are wide; None for a choice by number."""
    each = n_outputs + picture
    if n_rows == 1 and each > _MOST_COLUMNS:
        return None
    if n_outputs > 1 or n_rows == 1:
        return each
    if not picture:
        return None
    pairs = max(1, int(_MOST_COLUMNS * min(1.0, np.sqrt(ratio))) // each)
    n_lines = -(-n_rows // pairs)
    return each * -(-n_rows // n_lines)


def _transparent():
    """From blue by nothing to orange."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    ends = [to_rgba(colour, _OPACITY) for colour in (NEGATIVE, POSITIVE)]
    middle = [(*end[:3], 0.0) for end in ends]
    stops = [(0.0, ends[0]), (0.5, middle[0]), (0.5, middle[1]), (1.0, ends[1])]
    return LinearSegmentedColormap.from_list("transparent", stops)


def _draw_borders(ax, segments):
    from matplotlib.collections import LineCollection

    lines = LineCollection(borders_of(segments), colors=LINE, linewidths=0.4, alpha=0.5)
    return ax.add_collection(lines, autolim=False)


def _draw_largest(ax, image, values, segments, top, style):
    """The image where the largest values are, within borders that tell their signs."""
    shown = largest_regions(values, segments, top)
    drawn = ax.imshow(np.where(shown[:, :, None], image, _HIDDEN), **style)
    _draw_outlines(ax, segments, shown & (values > 0), POSITIVE)
    _draw_outlines(ax, segments, shown & (values < 0), NEGATIVE)
    return drawn


def _draw_outlines(ax, segments, shown, colour):
    """Lines around and between the regions that are shown."""
    from matplotlib.collections import LineCollection

    framed = np.pad(np.where(shown, segments, -2), 1, constant_values=-2)
    lines = [line - 1 for line in borders_of(framed)]
    style = {"colors": colour, "linewidths": 1.5, "clip_on": False, "capstyle": "round"}
    ax.add_collection(LineCollection(lines, **style), autolim=False)
