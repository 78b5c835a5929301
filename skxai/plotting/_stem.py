"""Stems: the attributions of features that follow one another."""

import numpy as np

from skxai.plotting._columns import row_values
from skxai.plotting._common import (
    LINE,
    NEGATIVE,
    POSITIVE,
    WHISKER,
    ExplanationDisplay,
    axes_points,
    check_attributions,
    check_not_empty,
    finish_axes,
    label_places,
    new_axes,
    one_output,
    one_row,
    upright,
)
from skxai.plotting._text import quoted, row_title, units_label, value_text, value_word

_SIZE = (8.0, 3.7)  # inches
_MOST_LABELS = 60


class StemDisplay(ExplanationDisplay):
    """One row's attributions along a sequence: the letters of a word, the times of a signal.

    It is recommended to use `from_explanation` or ``explanation.plot("stem")``. All parameters
    are stored as attributes.

    Parameters
    ----------
    values : array-like of shape (n_positions,)
        The attributions, in the order of the sequence.
    positions : array-like of shape (n_positions,), default=None
        Where they are on the horizontal axis, such as times; None: 0, 1, 2 and so on.
    labels : sequence of str, default=None
        What is written below the positions; None for the numbers of the axis.
    errors : array-like of shape (n_positions,), default=None
        Standard errors; whiskers reach two of them to each side.
    xlabel, ylabel : str, default=None
        The labels of the axes; long lines are wrapped.
    title : str, default=None
        The title.

    Attributes
    ----------
    stems_ : matplotlib LineCollection
    heads_ : matplotlib PathCollection
    whiskers_ : matplotlib ErrorbarContainer or None
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> from skxai.plotting import StemDisplay
    >>> explanation = Explanation(
    ...     values=np.array([[1.0, -0.5, 0.0]]), base_values=np.array([2.0]),
    ...     predictions=np.array([2.5]), data=np.array([["C", "A", "T"]]))
    >>> display = StemDisplay.from_explanation(explanation)
    >>> [label.get_text() for label in display.ax_.get_xticklabels()]
    ['C', 'A', 'T']
    """

    def __init__(
        self,
        values,
        *,
        positions=None,
        labels=None,
        errors=None,
        xlabel=None,
        ylabel=None,
        title=None,
    ):
        self.values = values
        self.positions = positions
        self.labels = labels
        self.errors = errors
        self.xlabel = xlabel
        self.ylabel = ylabel
        self.title = title

    @classmethod
    def from_explanation(
        cls,
        explanation,
        *,
        ax=None,
        output=None,
        row=0,
        positions=None,
        labels="auto",
        xlabel="position",
        **kwargs,
    ):
        """Draw the attributions of one row along its features.

        Parameters
        ----------
        explanation : Explanation
            What to draw; its features are in the order of the sequence.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        output : str or class label, default=None
            The output to show. Default, with several outputs: the one with the largest
            prediction in this row, which for a classifier is the predicted class.
        row : int, default=0
            Position of the row to show.
        positions : array-like of shape (n_features,), default=None
            Where the features are on the horizontal axis, such as times; None: 0, 1, 2 and so on.
        labels : {"auto", "values", "names"}, sequence of str or None, default="auto"
            What is written below: the row's values, the names of the features, or other texts;
            None for the numbers of the axis. "auto" is the values if they are words or letters,
            or the names of players that the row has for itself, and at most 60 of either.
        xlabel : str, default="position"
            The label of the horizontal axis.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        StemDisplay
        """
        check_attributions(explanation)
        n_outputs, largest = explanation.n_outputs, ""
        explanation, title = one_row(explanation, row), [row_title(explanation, row)]
        check_not_empty(explanation)
        if output is None and n_outputs > 1:
            output = explanation.output_names[int(explanation.predictions[0].argmax())]
            largest = " (the largest)"
        explanation = one_output(explanation, output)
        if n_outputs > 1:
            title.append(f"output {quoted(explanation.output_names[0])}{largest}")
        errors, ylabel = None, [value_word(explanation), f"({units_label(explanation)})"]
        if explanation.std_errors is not None:
            errors = explanation.std_errors[0]
            ylabel.append(f"whiskers: ± {WHISKER} standard errors")
        if positions is not None and np.shape(positions) != explanation.values.shape[1:2]:
            raise ValueError(
                f"positions has shape {np.shape(positions)}; expected "
                f"({explanation.values.shape[1]},), a position for each feature"
            )
        display = cls(
            explanation.values[0].ravel(),
            positions=positions,
            labels=_labels(explanation, labels, positions),
            errors=None if errors is None else errors.ravel(),
            xlabel=xlabel,
            ylabel="\n".join(ylabel),
            title=", ".join(filter(None, title)),
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        **kwargs : dict
            Passed to matplotlib's ``Axes.vlines``, for instance ``linewidths``.

        Returns
        -------
        StemDisplay
            This display.
        """
        ax = new_axes(*_SIZE) if ax is None else ax
        values = np.asarray(self.values, dtype=float)
        x = np.arange(len(values)) if self.positions is None else np.asarray(self.positions)
        colors = [NEGATIVE if value < 0 else POSITIVE for value in values]
        points = axes_points(ax)[0] / len(values)
        ax.axhline(0, color=LINE, linewidth=0.8, zorder=1)
        style = {"colors": colors, "linewidths": float(np.clip(0.3 * points, 0.8, 2.0))}
        self.stems_ = ax.vlines(x, 0, values, **{**style, "zorder": 2, **kwargs})
        size = float(np.clip(0.5 * points, 2.0, 5.0)) ** 2
        self.heads_ = ax.scatter(x, values, color=colors, s=size, zorder=3)
        self.whiskers_ = None
        if self.errors is not None:
            self.whiskers_ = ax.errorbar(
                x,
                values,
                yerr=WHISKER * np.asarray(self.errors, dtype=float),
                fmt="none",
                ecolor="black",
                elinewidth=0.9,
                capsize=2,
                zorder=4,
            )
        if self.labels is not None:
            label_places(ax, self.labels, points, x)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
        ax.grid(axis="y", color="0.9", linewidth=0.8)
        ax.set_axisbelow(True)
        finish_axes(ax, self.title, self.xlabel)
        if self.ylabel:
            ax.set_ylabel(upright(ax, self.ylabel))
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _labels(explanation, labels, positions):
    """The texts below the positions, or None for numbers."""
    n = explanation.values.shape[1]
    if labels is None:
        return None
    if not isinstance(labels, str):
        if len(labels) != n:
            raise ValueError(f"labels has {len(labels)} texts; expected {n}")
        return [str(label) for label in labels]
    own = explanation.layout is not None and positions is None and n <= _MOST_LABELS
    if labels == "names" or (labels == "auto" and own):
        return list(explanation.feature_names)
    if labels not in ("auto", "values"):
        raise ValueError(
            f"labels must be 'auto', 'values', 'names', a sequence of texts or None, got {labels!r}"
        )
    if labels == "auto" and (positions is not None or n > _MOST_LABELS):
        return None
    cells = [row_values(explanation, j) for j in range(n)]
    if labels == "auto":
        is_words = all(cell is not None and all(isinstance(v, str) for v in cell) for cell in cells)
        return [" ".join(cell) for cell in cells] if is_words else None
    if any(cell is None for cell in cells):
        raise ValueError("labels is 'values', but the explanation has no data")
    return [", ".join(map(value_text, cell)) for cell in cells]
