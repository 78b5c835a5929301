"""A text whose tokens are coloured by their attributions."""

import textwrap

import numpy as np

from skxai.explanation import InteractionExplanation
from skxai.explanation._text_html import (
    coloured_text,
    largest,
    scale_html,
    token_colors,
    told_prediction,
)
from skxai.plotting._common import (
    LINE,
    ExplanationDisplay,
    axes_points,
    check_attributions,
    diverging,
    one_output,
    one_row,
)
from skxai.plotting._text import number_format, plain, quoted, row_title, units_label, value_word
from skxai.plotting._wrapped_text import FONT_STYLE, font_of, line_runs, pieces, text_width, wrapped
from skxai.utils._optional import import_optional

_WIDTH = 7.0  # inches, of a new figure
_MARGIN = 10.0  # points, around it
_SIZE = 11.0  # points, of the letters
_SMALLEST = 5.0
_LEADING = 1.6  # from line to line, in sizes of the letters
_MOST_LINES = 60
_SCALE_WIDTH, _SCALE_HEIGHT = 130.0, 7.0  # points, of the colour bar
_SCALE_MARGIN = 16.0  # points, for numbers that are centred at its ends
_SCALE_ROOM = 34.0  # points, with its numbers and the space above


class TextDisplay(ExplanationDisplay):
    """A text whose tokens are coloured: orange for positive attributions, blue for negative.

    Lines are as wide as the axes. White space other than line breaks is drawn as one space.

    It is recommended to use `from_explanation` or ``explanation.plot("text")``. All parameters
    are stored as attributes.

    Parameters
    ----------
    text : str
        The text.
    spans : array-like of int, shape (n_spans, 3)
        The tokens, in the order of the text: player, start and end. A player may have several.
    values : array-like of shape (n_players,)
        The attributions.
    names : sequence of str of length n_players, default=None
        Names of the players; None for the tokens.
    errors : array-like of shape (n_players,), default=None
        Standard errors of the values, for tooltips.
    title : str, default=None
        The title.
    colorbar_label : str, default=None
        The label of the colour bar.

    Attributes
    ----------
    patches_ : list of matplotlib Rectangle
        The coloured backgrounds, in the order of the text.
    texts_ : list of matplotlib Text
        The pieces of the text, in its order.
    note_ : matplotlib Text or None
        How much of the text is not shown, if anything.
    colorbar_ : matplotlib Colorbar or None
    html_ : str
        The text as HTML.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from skxai.plotting import TextDisplay
    >>> display = TextDisplay("not bad", [[0, 0, 3], [1, 4, 7]], [-0.5, 1.0]).plot()
    >>> [piece.get_text() for piece in display.texts_]
    ['not', 'bad']
    """

    def __init__(
        self,
        text,
        spans,
        values,
        *,
        names=None,
        errors=None,
        title=None,
        colorbar_label=None,
    ):
        self.text = text
        self.spans = spans
        self.values = values
        self.names = names
        self.errors = errors
        self.title = title
        self.colorbar_label = colorbar_label

    @classmethod
    def from_explanation(cls, explanation, *, ax=None, output=None, row=0, **kwargs):
        """Draw the text of one row.

        Parameters
        ----------
        explanation : Explanation
            Of texts.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        output : str or class label, default=None
            The output to show. Default, with several outputs: the one with the largest
            prediction in this row, which for a classifier is the predicted class.
        row : int, default=0
            Position of the row to show.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        TextDisplay
        """
        if isinstance(explanation, InteractionExplanation) or len(explanation) == 0:
            check_attributions(explanation)
        kind = getattr(explanation.layout, "kind", None)
        if kind != "text" or explanation.data is None:
            came = "without its texts" if kind == "text" else "not of tokens of texts"
            raise ValueError(
                f"explanation is {came}; expected one by an explainer with a TextMasker; "
                'plot("bar") shows others'
            )
        n_outputs, chosen = explanation.n_outputs, ""
        explanation, title = one_row(explanation, row), row_title(explanation, row)
        if output is None and n_outputs > 1:
            output = explanation.output_names[int(explanation.predictions[0].argmax())]
            chosen = " (the largest)"
        explanation = one_output(explanation, output)
        if n_outputs > 1:
            name = quoted(explanation.output_names[0])
            title = ", ".join(filter(None, [title, f"output {name}{chosen}"]))
        title = ", ".join(filter(None, [title, told_prediction(explanation, 0)]))
        errors = explanation.std_errors
        display = cls(
            str(np.asarray(explanation.data, dtype=object)[0]),
            explanation.layout.spans(0),
            explanation.values[0],
            names=explanation.layout.names(0),
            errors=None if errors is None else errors[0],
            title=title,
            colorbar_label=f"{value_word(explanation)}, {units_label(explanation)}",
        )
        return display.plot(ax=ax, **kwargs)

    @property
    def html_(self):
        """The text as HTML."""
        return self.to_html()

    def to_html(self, limit=None):
        """The text as HTML, its own tags escaped, below a scale; tooltips tell the attributions.

        Parameters
        ----------
        limit : float, default=None
            The attribution that has the strongest colour; None for the largest.

        Returns
        -------
        str
            A fragment of HTML.
        """
        values = np.asarray(self.values, dtype=float)
        limit = largest(values) if limit is None else limit
        text = coloured_text(
            self.text,
            self.spans,
            values,
            self.names,
            errors=self.errors,
            limit=limit,
            about=self.title or "",
        )
        return scale_html(limit) + text

    def plot(self, ax=None, *, limit=None, colorbar=True, max_lines=_MOST_LINES, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure, as high as the text needs, if None. In given axes letters
            shrink, and the text is cut where it does not fit.
        limit : float, default=None
            The attribution that has the strongest colour, to either side of zero; None for the
            largest.
        colorbar : bool, default=True
            Whether to draw a colour bar.
        max_lines : int or None, default=60
            How many lines are drawn; a note tells what is cut. None draws all.
        **kwargs : dict
            Passed to matplotlib's ``Axes.text``, for instance ``fontsize`` or ``family``.

        Returns
        -------
        TextDisplay
            This display.
        """
        if limit is not None and not limit > 0:
            raise ValueError(f"limit must be None or a positive number, got {limit!r}")
        if max_lines is not None and not max_lines >= 1:
            raise ValueError(f"max_lines must be None or an integer >= 1, got {max_lines!r}")
        values = np.asarray(self.values, dtype=float)
        self._limit = largest(values) if limit is None else limit
        colorbar = colorbar and len(values) > 0
        room = _SCALE_ROOM if colorbar else 0.0
        if ax is None:
            ax, lines, cut, font = self._in_new_figure(room, max_lines, kwargs)
        else:
            ax, lines, cut, font = self._in_given_axes(ax, room, max_lines, kwargs)
        self.ax_, self.figure_ = ax, ax.figure
        self._points = _points(ax)
        leading = _LEADING * font.get_size_in_points()
        self._draw_lines(lines, font, leading, kwargs)
        self.note_ = None
        if cut:
            words = f"… {len(cut)} more " + ("lines are" if len(cut) > 1 else "line is")
            words += " not shown"
            self.note_ = self._write(words, 0.0, -(len(lines) + 0.5) * leading, font, color=LINE)
        bottom = -(len(lines) + bool(cut)) * leading
        self.colorbar_ = self._draw_colorbar(values, bottom) if colorbar else None
        return self

    def _in_new_figure(self, room, max_lines, style):
        """Axes as high as the text needs, its lines, those that are cut, and the letters."""
        font = font_of(_size(style) or _SIZE, style)
        lines = wrapped(self.text, 72 * _WIDTH - 2 * _MARGIN, font)
        n_shown = len(lines) if max_lines is None else min(max_lines, len(lines))
        n_drawn = n_shown + (n_shown < len(lines))
        ax = self._new_axes(n_drawn * _LEADING * font.get_size_in_points() + room)
        return ax, lines[:n_shown], lines[n_shown:], font

    def _in_given_axes(self, ax, room, max_lines, style):
        """The same in given axes: letters shrink until all fits, or what does not is cut."""
        if self.title:
            ax.set_title(self._title(axes_points(ax)[0]), loc="left", fontsize="medium")
        ax.set_axis_off()
        if ax.figure.get_layout_engine() is not None:
            ax.figure.draw_without_rendering()  # the axes take their size
        width, height = axes_points(ax)
        sizes = [_size(style)] if _size(style) else np.arange(_SIZE, _SMALLEST - 0.1, -0.5)
        for size in sizes:
            font = font_of(size, style)
            lines = wrapped(self.text, width, font)
            n_fit = int((height - room) / (_LEADING * font.get_size_in_points()))
            if len(lines) <= n_fit:
                break
        n_shown = len(lines) if max_lines is None else min(max_lines, len(lines))
        if n_shown < len(lines) or n_shown > n_fit:
            n_shown = min(n_shown, max(1, n_fit - 1))  # the note takes a line
        return ax, lines[:n_shown], lines[n_shown:], font

    def _title(self, points):
        width = int(np.clip(points / 6.0, 20, 90))
        return plain(textwrap.fill(self.title or "", width))

    def _new_axes(self, height):
        """Axes of this height, in points, in a new figure with room for the title."""
        import_optional("matplotlib", "plot")
        from matplotlib import pyplot

        inner, width = 72 * _WIDTH - 2 * _MARGIN, 72 * _WIDTH
        title = self._title(inner)
        total = height + (16.0 * (title.count("\n") + 1) if title else 0.0) + 2 * _MARGIN
        figure = pyplot.figure(figsize=(_WIDTH, total / 72))
        corner = (_MARGIN / width, _MARGIN / total)
        ax = figure.add_axes([*corner, inner / width, height / total])
        ax.set_title(title, loc="left", fontsize="medium")
        ax.set_axis_off()
        return ax

    def _write(self, words, x, y, font, **style):
        """Write words whose letters stand around the height `y`."""
        baseline = y - 0.35 * font.get_size_in_points()
        place = {"transform": self._points, "va": "baseline", "fontproperties": font}
        return self.ax_.text(x, baseline, plain(words), **{**place, **style})

    def _draw_lines(self, lines, font, leading, kwargs):
        from matplotlib.patches import Rectangle

        spans = np.asarray(self.spans, dtype=int).reshape(-1, 3)
        given = {name: value for name, value in kwargs.items() if name not in FONT_STYLE}
        self.patches_, self.texts_ = [], []
        for j, line in enumerate(lines):
            x, y = 0.0, -(j + 0.5) * leading
            for words, player in line_runs(self.text, line, spans):
                width, color = text_width(words, font), "black"
                if player is not None:
                    share = float(self.values[player]) / self._limit
                    background, color = token_colors(share)
                    self.patches_.append(
                        Rectangle(
                            (x, y - 0.42 * leading), width, 0.84 * leading,
                            transform=self._points, facecolor=background, linewidth=0,
                            clip_on=False,
                        )
                    )  # fmt: skip
                    self.ax_.add_artist(self.patches_[-1])
                style = {"color": color, **given}
                self.texts_ += [
                    self._write(piece, x + offset, y, font, **style)
                    for offset, piece in pieces(words, font)
                ]
                x += width
        for artist in (*self.patches_, *self.texts_):
            artist.set_in_layout(False)  # they are inside the axes: layouts need not measure them

    def _draw_colorbar(self, values, bottom):
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import Normalize

        limit = self._limit
        low = -limit if not (values >= 0).all() else 0.0
        space = axes_points(self.ax_)[0]
        width = min(_SCALE_WIDTH, 0.4 * space)
        corner = (_SCALE_MARGIN, bottom - 10 - _SCALE_HEIGHT)
        ends = [*corner, width, _SCALE_HEIGHT]
        inset = self.ax_.inset_axes(ends, transform=self._points)
        colors = ScalarMappable(Normalize(-limit, limit), diverging())
        colorbar = self.figure_.colorbar(colors, cax=inset, orientation="horizontal")
        colorbar.outline.set_color("0.8")
        inset.set_xlim(low, limit)
        ticks = [low, 0.0, limit] if low < 0 else [0.0, limit]
        write = number_format([limit], sign=True)
        colorbar.set_ticks(ticks, labels=[write(tick) for tick in ticks], fontsize=8)
        inset.tick_params(length=2, color="0.5")
        if self.colorbar_label:
            x = width + 2.5 * _SCALE_MARGIN
            room = int(max((space - x) / 4.4, 12))
            self.ax_.text(
                x,
                corner[1] + _SCALE_HEIGHT / 2,
                plain(textwrap.fill(self.colorbar_label, room)),
                transform=self._points,
                va="center",
                fontsize=8,
                color=LINE,
            )
        return colorbar


def _points(ax):
    """From points, right and up of the upper left corner of axes, to the screen."""
    from matplotlib.transforms import Affine2D, ScaledTranslation

    scale = Affine2D().scale(1 / 72) + ax.figure.dpi_scale_trans
    return scale + ScaledTranslation(0, 1, ax.transAxes)


def _size(style):
    """The size of the letters that a style asks for, or None."""
    return style.get("fontsize", style.get("size"))
