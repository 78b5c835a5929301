"""What the displays share: which features are shown, colours, axes."""

import textwrap

import numpy as np

from skxai.explanation import InteractionExplanation
from skxai.plotting._text import elide, fit, plain
from skxai.utils._optional import import_optional

# Okabe and Ito's palette, which the colour-blind can tell apart, with grey for its black;
# ordered so that neighbours differ in lightness too, for print without colours.
PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#666666",
)  # fmt: skip
MARKERS = "osD^vPX*"  # as many, for print without colours
POSITIVE = "#E0701C"
NEGATIVE = "#005A9C"
NEUTRAL = "#0072B2"
GREY = "0.62"
LINE = "0.35"
LOW_TO_HIGH = ("#08407E", "#4A6FA5", "#948B9B", "#D0934F", "#F7A800")

WHISKER = 2  # standard errors to each side
_FIGURE_WIDTH = 7.0  # inches
_FRAME_INCHES = 0.9  # axis, its label
_ROW_INCHES = 0.32
_RING_POINTS = 0.8
_NAMES_IN_ERRORS = 5
_CHARACTER = 0.6  # about the mean width of a character, in sizes of the font


class ExplanationDisplay:
    """What the displays of an Explanation have in common."""

    @classmethod
    def from_explainer(cls, explainer, X, **kwargs):
        """Explain `X` and draw the explanation.

        Parameters
        ----------
        explainer : Explainer
            A fitted explainer.
        X : {DataFrame, array-like, sparse matrix} of shape (n_rows, n_features)
            The rows to explain.
        **kwargs : dict
            Passed to `from_explanation`.

        Returns
        -------
        Display
        """
        return cls.from_explanation(explainer.explain(X), **kwargs)


def check_attributions(explanation):
    """Refuse what holds no attributions, or leaves nothing to draw."""
    if isinstance(explanation, InteractionExplanation):
        raise TypeError(
            "explanation is an InteractionExplanation; expected an Explanation: take its "
            'attributions() or main_effects(), or plot("interactions")'
        )
    check_not_empty(explanation)


def same_features(explanation):
    """The explanation, with the same features in all rows: players are joined by name."""
    if explanation.layout is not None and len(explanation) != 1:
        return explanation.by_name()
    return explanation


def check_same_features(explanation):
    """Refuse players that each row has for itself."""
    if explanation.layout is not None:
        raise ValueError(
            "explanation has other players in each row; expected the same features in all of them"
        )


def check_not_empty(explanation):
    """Refuse explanations that leave nothing to draw."""
    if 0 in explanation.shape:
        raise ValueError(
            f"explanation has {explanation.shape[0]} rows and {explanation.shape[1]} features; "
            "expected at least one of each"
        )


def check_max_features(max_features, name="max_features"):
    """Refuse what is neither None nor a positive integer."""
    is_count = isinstance(max_features, int | np.integer) and not isinstance(max_features, bool)
    if max_features is not None and not (is_count and max_features >= 1):
        raise ValueError(f"{name} must be None or an integer >= 1, got {max_features!r}")


def one_row(explanation, row):
    """The explanation of one row, given by its position."""
    if not isinstance(row, int | np.integer) or isinstance(row, bool):
        raise ValueError(f"row must be an integer position, got {row!r}")
    if not -len(explanation) <= row < len(explanation):
        raise ValueError(f"row must be a position among {len(explanation)} rows, got {row}")
    return explanation[int(row)]


def one_output(explanation, output):
    """The explanation of one output, given by its name."""
    if output is None and explanation.n_outputs == 1:
        output = explanation.output_names[0]
    if output is None or str(output) not in explanation.output_names:
        few = [elide(name, 40) for name in explanation.output_names[:_NAMES_IN_ERRORS]]
        n_more = explanation.n_outputs - len(few)
        more = f" or {n_more} more" if n_more else ""
        hint = f"; pass for instance output={few[0]!r}" if output is None else ""
        raise ValueError(f"output must be one of {few}{more}, got {output!r}{hint}")
    return explanation.output(output)


def leading(sizes, max_shown):
    """Positions of the largest sizes, and of the rest.

    Parameters
    ----------
    sizes : ndarray of shape (n,)
    max_shown : int or None
        How many are shown by name; one that would be the only other is shown too.

    Returns
    -------
    shown, rest : ndarrays of int
        Both by falling size; equal sizes in their given order.
    """
    order = np.argsort(-np.asarray(sizes), kind="stable")
    if max_shown is None or len(order) <= max_shown + 1:
        return order, order[:0]
    return order[:max_shown], order[max_shown:]


def sum_rest(array, shown, rest):
    """The shown entries of an array's first axis, then the sum of the rest, if there is any."""
    if len(rest) == 0:
        return array[shown]
    return np.concatenate([array[shown], array[rest].sum(axis=0, keepdims=True)])


def others_labels(rest):
    """The label of what `sum_rest` adds, if anything."""
    return [f"sum of {len(rest)} others"] if len(rest) else []


def prepare_axes(ax, labels, bars_per_row=1, width=_FIGURE_WIDTH, frame=_FRAME_INCHES):
    """Axes with a labelled row for each label, downwards, in a quiet frame.

    Parameters
    ----------
    ax : matplotlib Axes or None
        None makes a figure that is high enough. Given axes keep their size: labels shrink, or
        stay on one line.
    labels : sequence of str
    bars_per_row : int, default=1
    width, frame : float
        Of a new figure, in inches: its width, and what its height has besides the rows. Given
        axes lose as much of their height to a frame that is higher than usual.

    Returns
    -------
    ax : matplotlib Axes
    size : float
        The size of the labels, in points.
    """
    size = label_size("y")
    texts = [fit(label) for label in labels]
    if ax is None:
        lines = sum(max(text.count("\n") + 1, 0.5 * bars_per_row) for text in texts)
        ax = new_axes(width, frame + _ROW_INCHES * max(lines, 4))
    else:
        height = max(0.5 * axes_points(ax)[1], axes_points(ax)[1] - 72 * (frame - _FRAME_INCHES))
        points = height / len(labels)
        if points < 2 * size:
            texts = [fit(label, n_lines=1) for label in labels]
        size = float(np.clip(0.8 * points, 5.0, size))
    ax.set_yticks(np.arange(len(labels)), texts, fontsize=size)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.grid(axis="x", color="0.9", linewidth=0.8)
    ax.set_axisbelow(True)
    return ax, size


def new_axes(width, height):
    """The only axes of a new figure of this size, in inches."""
    import_optional("matplotlib", "plot")
    from matplotlib import pyplot

    _, ax = pyplot.subplots(figsize=(width, height), layout="constrained")
    return ax


def axes_points(ax):
    """Width and height of axes, in points, before their labels are laid out."""
    extent = ax.get_window_extent()
    return np.array([extent.width, extent.height]) / ax.figure.dpi * 72


def label_size(axis):
    """The usual size of the labels of an axis, "x" or "y", in points."""
    matplotlib = import_optional("matplotlib", "plot")
    from matplotlib.font_manager import FontProperties

    return FontProperties(size=matplotlib.rcParams[f"{axis}tick.labelsize"]).get_size_in_points()


def text_inches(labels):
    """About how wide the longest label beside a row is."""
    longest = max(len(line) for label in labels for line in fit(label).split("\n"))
    return _CHARACTER * label_size("y") * longest / 72


def label_places(ax, labels, points, places=None):
    """Write a label below each of the places 0, 1, 2, … of the horizontal axis.

    Upright if that leaves room for the words, else turned; single letters are always upright.

    Parameters
    ----------
    ax : matplotlib Axes
    labels : sequence of str
    points : float
        The width of one place, in points.
    places : array-like, default=None
        Other places.
    """
    size = label_size("x")
    height = axes_points(ax)[1]
    places = np.arange(len(labels)) if places is None else places
    room = int(points / (_CHARACTER * size)) - 1
    rotation = 0
    if max(map(len, labels)) == 1:
        size = float(np.clip(points, 5.0, size))
        texts = [plain(label) for label in labels]
    elif max(map(len, labels)) <= room or room >= 12:
        texts = [fit(label, 2, room) for label in labels]
    else:
        size = float(np.clip(0.8 * points, 5.0, size))
        room = int(np.clip(0.4 * height / (_CHARACTER * size), 12, 24))
        texts, rotation = [fit(label, 1, room) for label in labels], 90
    ax.set_xticks(places, texts, fontsize=size, rotation=rotation)


def upright(ax, text):
    """A text on lines that fit the height of axes, for a label of a vertical axis."""
    points = 0.8 * axes_points(ax)[1]  # labels below, laid out later, take some of it
    width = int(np.clip(points / (_CHARACTER * ax.yaxis.label.get_size()), 16, 64))
    return plain("\n".join(textwrap.fill(line, width) for line in text.split("\n")))


def finish_axes(ax, title, xlabel):
    """Write the title and the label of the axis on lines that fit its width."""
    width = letters_in(axes_points(ax)[0], ax.xaxis.label.get_size())
    lines = (textwrap.fill(line, width) for line in (xlabel or "").split("\n"))
    ax.set_xlabel(plain("\n".join(lines)))
    if title:
        ax.set_title(plain(textwrap.fill(title, width)), loc="left", fontsize="medium")


def letters_in(points, size):
    """How many letters of a size a line of some points takes, within reason."""
    return int(np.clip(points / (0.56 * size), 20, 64))  # a letter is about half an em


def low_to_high():
    """From dark blue to light orange: ordered also for the colour-blind and without colours."""
    from matplotlib.colors import LinearSegmentedColormap

    colormap = LinearSegmentedColormap.from_list("low_to_high", LOW_TO_HIGH)
    return colormap.with_extremes(bad=GREY)


def draw_rings(points, colors):
    """Make the points without a colour rings, if others have one: seen in print, too.

    Parameters
    ----------
    points : matplotlib PathCollection
    colors : ndarray of shape (n_points,)
        NaN: none.
    """
    is_ring = ~np.isfinite(colors)
    if is_ring.all() or not is_ring.any():
        return
    points.set_cmap(points.get_cmap().with_extremes(bad="white"))
    edges = np.zeros((len(colors), 4))
    edges[is_ring] = (*[float(LINE)] * 3, 1.0)
    points.set_edgecolors(edges)
    points.set_linewidths(np.where(is_ring, _RING_POINTS, 0.0))


def diverging():
    """From blue by white to orange, as the bars of one row."""
    from matplotlib.colors import LinearSegmentedColormap

    colormap = LinearSegmentedColormap.from_list("diverging", [NEGATIVE, "white", POSITIVE])
    return colormap.with_extremes(bad=GREY)


def write_column(ax, texts, size, header=None):
    """Write a text at the right of each row, right-aligned; return the matplotlib texts."""
    width = 0.64 * size * max(map(len, texts), default=0)  # about; digits are 0.636 em wide
    place = {
        "xycoords": ax.get_yaxis_transform(),
        "xytext": (width + 6, 0),
        "textcoords": "offset points",
        "ha": "right",
        "annotation_clip": False,
        "fontsize": size,
    }
    written = [ax.annotate(text, (1, j), va="center", **place) for j, text in enumerate(texts)]
    if header is not None:
        written.append(ax.annotate(header, (1, -0.6), va="bottom", color=LINE, **place))
    return written
