"""What the displays share: which features are shown, colours, axes."""

import textwrap

import numpy as np

from skxai.plotting._text import fit, plain
from skxai.utils._optional import import_optional

# Okabe and Ito's palette, which the colour-blind can tell apart, with grey for its black;
# ordered so that neighbours differ in lightness too, for print without colours.
PALETTE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#666666",
)  # fmt: skip
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


def check_not_empty(explanation):
    """Refuse explanations that leave nothing to draw."""
    if 0 in explanation.shape:
        raise ValueError(
            f"explanation has {explanation.shape[0]} rows and {explanation.shape[1]} features; "
            "expected at least one of each"
        )


def check_max_features(max_features):
    """Refuse what is neither None nor a positive integer."""
    is_count = isinstance(max_features, int | np.integer) and not isinstance(max_features, bool)
    if max_features is not None and not (is_count and max_features >= 1):
        raise ValueError(f"max_features must be None or an integer >= 1, got {max_features!r}")


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
        raise ValueError(f"output must be one of {list(explanation.output_names)}, got {output!r}")
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


def prepare_axes(ax, labels, bars_per_row=1):
    """Axes with a labelled row for each label, downwards, in a quiet frame.

    Parameters
    ----------
    ax : matplotlib Axes or None
        None makes a figure that is high enough. Given axes keep their size: labels shrink, or
        stay on one line.
    labels : sequence of str
    bars_per_row : int, default=1

    Returns
    -------
    ax : matplotlib Axes
    size : float
        The size of the labels, in points.
    """
    matplotlib = import_optional("matplotlib", "plot")
    from matplotlib.font_manager import FontProperties

    size = FontProperties(size=matplotlib.rcParams["ytick.labelsize"]).get_size_in_points()
    texts = [fit(label) for label in labels]
    if ax is None:
        ax = _new_axes(texts, bars_per_row)
    else:
        points = ax.get_window_extent().height / ax.figure.dpi * 72 / len(labels)
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


def _new_axes(texts, bars_per_row):
    pyplot = import_optional("matplotlib.pyplot", "plot")
    lines = sum(max(text.count("\n") + 1, 0.5 * bars_per_row) for text in texts)
    height = _FRAME_INCHES + _ROW_INCHES * max(lines, 4)
    _, ax = pyplot.subplots(figsize=(_FIGURE_WIDTH, height), layout="constrained")
    return ax


def finish_axes(ax, title, xlabel):
    """Write the title and the label of the axis on lines that fit its width."""
    size = ax.xaxis.label.get_size()
    points = ax.get_window_extent().width / ax.figure.dpi * 72
    width = int(np.clip(points / (0.56 * size), 20, 64))  # a character is about half an em
    lines = (textwrap.fill(line, width) for line in (xlabel or "").split("\n"))
    ax.set_xlabel(plain("\n".join(lines)))
    if title:
        ax.set_title(plain(textwrap.fill(title, width)), loc="left", fontsize="medium")


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
