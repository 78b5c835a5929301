"""Pictures inside the page, each with a text that says what is seen."""

import base64
import io
import warnings

import numpy as np

from skxai.plotting import (
    BarDisplay,
    BeeswarmDisplay,
    CurveDisplay,
    WaterfallDisplay,
    display_of,
)
from skxai.plotting._columns import player_table
from skxai.plotting._text import number_format
from skxai.reporting._html import clean, element
from skxai.utils._optional import import_optional

_WIDTH = 4.6  # inches: letters can still be read on a phone
_ROW = 0.37
_FRAME = 1.1
_MAX_SHOWN = 10
_MOST_IN_ALT = 5
_LARGE_SVG = 300_000  # characters, from which on pixels are smaller
_DOTS_PER_INCH = 150
# Letters stay letters, so that the browser writes every script; the same ids every time.
_SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "skxai"}


def picture(draw, height, alt, caption=None, width=_WIDTH):
    """A figure element.

    Parameters
    ----------
    draw : callable
        ``draw(ax)``.
    height, width : float
        In inches.
    alt : str
        What is seen.
    caption : str, default=None
    """
    matplotlib = import_optional("matplotlib", "plot")
    from matplotlib.figure import Figure  # not pyplot: nothing is shown, no figure stays open

    with matplotlib.rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"(Glyph|.*missing from)")  # the browser's has it
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.add_subplot())
        source = _source(figure)
    image = element("img", src=source, alt=alt)
    return element("figure", image, caption and element("figcaption", caption))


def _source(figure):
    """The picture as a data address: lines where they are small, else pixels."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = clean(text.getvalue())
    if len(svg) <= _LARGE_SVG:
        return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")
    pixels = io.BytesIO()
    figure.savefig(pixels, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(pixels.getvalue()).decode("ascii")


def _height(n_rows):
    return _FRAME + _ROW * max(min(n_rows, _MAX_SHOWN + 1), 3)


def importance_bars(explanation, importance, word):
    """How much each feature matters overall, with whiskers; `word` is what the values are."""
    first = importance.sort_values("importance", ascending=False, kind="stable")
    write = number_format(first["importance"])
    told = ", ".join(f"{n} {write(v)}" for n, v in first["importance"][:_MOST_IN_ALT].items())
    return picture(
        lambda ax: BarDisplay.from_explanation(explanation, ax=ax, max_features=_MAX_SHOWN),
        _height(len(first)),
        f"Bars: the mean size of each feature's {word} over {len(explanation)} rows. "
        f"The longest: {told}.",
        f"The size of each feature's {word}, whichever its sign, on average over the rows. "
        "Whiskers: two standard errors of this average over the rows.",
    )


def swarm(explanation, importance):
    """Every row's contributions."""
    place = int(np.argmax(importance["importance"]))
    first, values = importance.index[place], explanation.values[:, place]
    write = number_format(values, sign=True)
    known = player_table(explanation, 0) is not None
    raised = ": to the right, the feature raised the output" if explanation.is_additive else ""
    colours = " The colour is the feature's value, from low to high." if known else ""
    return picture(
        lambda ax: BeeswarmDisplay.from_explanation(explanation, ax=ax, max_features=_MAX_SHOWN),
        _height(explanation.values.shape[1]) + 0.4,
        f"Swarms of points, one for each of {len(explanation)} rows, for each feature. Those of "
        f"the most important, {first}, lie between {write(values.min())} and "
        f"{write(values.max())}.",
        f"Each point is a row{raised}." + colours,
    )


def row_bars(explanation, row, told):
    """The values of one row, where they add up to nothing."""
    return picture(
        lambda ax: BarDisplay.from_explanation(
            explanation, row=row, ax=ax, max_features=_MAX_SHOWN
        ),
        _height(explanation.values.shape[1]),
        f"Bars, one for each feature of the row. {told}",
    )


def waterfall(explanation, row, told):
    """From the base value to the prediction of one row."""
    return picture(
        lambda ax: WaterfallDisplay.from_explanation(
            explanation, row=row, ax=ax, max_features=_MAX_SHOWN
        ),
        _height(explanation.values.shape[1]) + 2 * _ROW,
        f"A waterfall: steps from the base value to the prediction, the largest first. {told}",
        "Read it from the top: each bar begins where the one above ends.",
    )


def own_picture(explanation, told):
    """An image or a sequence, in its own way; the explanation is of one row."""
    kind = explanation.layout.kind
    matplotlib = import_optional("matplotlib", "plot")
    from matplotlib import pyplot

    # These lay out several axes, so they make their figures themselves.
    with matplotlib.rc_context(_SETTINGS), pyplot.ioff():
        figure = display_of(kind).from_explanation(explanation).figure_
        source = _source(figure)
        pyplot.close(figure)
    return element("figure", element("img", src=source, alt=f"The {kind}, coloured. {told}"))


def curves(named, told):
    """What the model says as features are removed."""
    return picture(
        lambda ax: CurveDisplay.from_curves(named, ax=ax),
        3.4,
        f"Curves of the mean output as more and more features are removed. {told}",
        "What the model says, on average over the rows, as features are removed. Bands: two "
        "standard errors of this average over the rows.",
    )
