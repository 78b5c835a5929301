"""Bars: which features matter, over all rows or in one."""

import numpy as np

from skxai.plotting._columns import row_values
from skxai.plotting._common import (
    GREY,
    LINE,
    NEGATIVE,
    NEUTRAL,
    PALETTE,
    POSITIVE,
    WHISKER,
    ExplanationDisplay,
    check_attributions,
    check_max_features,
    check_not_empty,
    finish_axes,
    leading,
    one_output,
    one_row,
    others_labels,
    prepare_axes,
    same_features,
    sum_rest,
    write_column,
)
from skxai.plotting._text import (
    elide,
    label_with_values,
    number_format,
    plain,
    row_title,
    units_label,
    value_word,
)


class BarDisplay(ExplanationDisplay):
    """Bars of attributions: a global importance for each feature, or one row's attributions.

    It is recommended to use `from_explanation` or ``explanation.plot("bar")``. All parameters
    are stored as attributes.

    Parameters
    ----------
    values : array-like of shape (n_bars,) or (n_bars, n_outputs)
        The lengths of the bars, from the top.
    labels : sequence of str
        The names beside the bars.
    errors : array-like shaped as `values`, default=None
        Standard errors; whiskers reach two of them to each side. NaN: no whisker.
    output_names : sequence of str, default=None
        Names for the legend; needed with several outputs.
    signed : bool, default=False
        Whether the bars may go to both sides (attributions) or not (importances).
    others : bool, default=False
        Whether the last bar stands for several features; it is grey.
    xlabel : str, default=None
        The label of the horizontal axis; long lines are wrapped.
    title : str, default=None
        The title.

    Attributes
    ----------
    bars_ : list of matplotlib BarContainer
        One for each output.
    whiskers_ : list of matplotlib ErrorbarContainer
        One for each output; empty without `errors`.
    texts_ : list of matplotlib Annotation
        The numbers at the right; empty with several outputs.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> from skxai.plotting import BarDisplay
    >>> explanation = Explanation(
    ...     values=np.array([[1.0, -0.5], [0.5, 0.5]]), base_values=np.array([2.0, 2.0]),
    ...     predictions=np.array([2.5, 3.0]), feature_names=["age", "dose"])
    >>> display = BarDisplay.from_explanation(explanation)
    >>> [float(bar.get_width()) for bar in display.bars_[0]]
    [0.75, 0.5]
    """

    def __init__(
        self,
        values,
        labels,
        *,
        errors=None,
        output_names=None,
        signed=False,
        others=False,
        xlabel=None,
        title=None,
    ):
        self.values = values
        self.labels = labels
        self.errors = errors
        self.output_names = output_names
        self.signed = signed
        self.others = others
        self.xlabel = xlabel
        self.title = title

    @classmethod
    def from_explanation(
        cls, explanation, *, ax=None, max_features=10, output=None, row=None, **kwargs
    ):
        """Draw the global importance of each feature, or the attributions of one row.

        With several rows, a bar is the mean absolute attribution, as in
        ``explanation.importance()``; with one row (or `row` given), it is the attribution
        itself, with its standard error where the method samples.

        Features beyond `max_features` share one last bar. Of importances, it shows the mean,
        so that its length compares with the others', and its label the sum. Of one row's
        attributions, it shows the sum, in which they may cancel (and an upper bound of its
        standard error).

        Parameters
        ----------
        explanation : Explanation
            What to draw.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        max_features : int or None, default=10
            How many features are shown by name; None shows all.
        output : str or class label, default=None
            The output to show; None shows all, side by side (the eight largest, if there are
            more).
        row : int, default=None
            Position of the row to show.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        BarDisplay
        """
        check_attributions(explanation)
        check_max_features(max_features)
        if output is not None:
            explanation = one_output(explanation, output)
        if row is None and len(explanation) == 1:
            row = 0
        if row is not None:
            one = one_row(explanation, row)
            check_not_empty(one)
            display = cls(**_one_row_bars(one, max_features), title=row_title(explanation, row))
        else:
            display = cls(**_global_bars(same_features(explanation), max_features))
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        **kwargs : dict
            Passed to matplotlib's ``Axes.barh``, for instance ``color``.

        Returns
        -------
        BarDisplay
            This display.
        """
        values = np.asarray(self.values, dtype=float)
        values = values.reshape(len(values), -1)
        n_outputs = values.shape[1]
        ax, size = prepare_axes(ax, self.labels, bars_per_row=n_outputs)
        if self.signed:
            ax.axvline(0, color=LINE, linewidth=0.8)
        self.bars_, self.whiskers_, self.texts_ = [], [], []
        thickness = 0.8 / n_outputs if n_outputs > 1 else 0.62
        for k in range(n_outputs):
            centers = np.arange(len(values)) + (k - (n_outputs - 1) / 2) * thickness
            style = {"height": thickness, "color": self._colors(values[:, k], k, n_outputs)}
            self.bars_.append(ax.barh(centers, values[:, k], **{**style, **kwargs}))
            if self.errors is not None:
                errors = np.asarray(self.errors, dtype=float).reshape(values.shape)[:, k]
                self.whiskers_.append(self._draw_whiskers(ax, values[:, k], errors, centers))
        if not self.signed:
            ax.set_xlim(left=0)
        if n_outputs == 1:
            write = number_format(values, sign=self.signed)
            self.texts_ = write_column(ax, [write(value) for value in values[:, 0]], size)
            finish_axes(ax, self.title, self.xlabel)
        else:
            self._draw_legend(ax)
            finish_axes(ax, None, self.xlabel)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_legend(self, ax):
        """Names of the outputs above the axes, where they hide no bar."""
        names = [plain(elide(str(name), 24)) for name in self.output_names]
        n_columns = int(np.clip(64 // (4 + max(map(len, names))), 1, len(names)))
        legend = ax.legend(
            self.bars_,
            names,
            title=plain(self.title) if self.title else None,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncol=n_columns,
            frameon=False,
            fontsize="small",
        )
        legend.set_alignment("left")

    def _colors(self, values, k, n_outputs):
        if n_outputs > 1:
            return PALETTE[k % len(PALETTE)]
        if self.signed:
            colors = [POSITIVE if value >= 0 else NEGATIVE for value in values]
        else:
            colors = [NEUTRAL] * len(values)
        if self.others:
            colors[-1] = GREY
        return colors

    def _draw_whiskers(self, ax, values, errors, centers):
        below = above = np.nan_to_num(WHISKER * errors)
        if not self.signed:
            below = np.minimum(below, values)  # an importance is never negative
        known = np.isfinite(errors)
        return ax.errorbar(
            values[known],
            centers[known],
            xerr=[below[known], above[known]],
            fmt="none",
            ecolor="black",
            elinewidth=0.9,
            capsize=2,
        )


def _global_bars(explanation, max_features):
    """Mean absolute attributions and their errors, as arguments of BarDisplay."""
    n_rows = len(explanation)
    magnitudes, output_names, notes = _largest_outputs(explanation, np.abs(explanation.values))
    shown, rest = leading(magnitudes.mean(axis=0).sum(axis=1), max_features)
    labels = [explanation.feature_names[j] for j in shown]
    bars = magnitudes[:, shown]
    if len(rest):
        mean = magnitudes[:, rest].mean(axis=1, keepdims=True)
        bars = np.concatenate([bars, mean], axis=1)
        labels.append(_mean_label(magnitudes[:, rest]))
    return {
        "values": bars.mean(axis=0),
        "errors": bars.std(axis=0, ddof=1) / np.sqrt(n_rows),
        "labels": labels,
        "output_names": output_names,
        "others": len(rest) > 0,
        "xlabel": "\n".join(
            [
                f"mean |{value_word(explanation)}| over {n_rows} rows ({units_label(explanation)})",
                f"whiskers: ± {WHISKER} standard errors of the mean",
                *notes,
            ]
        ),
    }


def _one_row_bars(explanation, max_features):
    """Attributions of a single row and their errors, as arguments of BarDisplay."""
    values, output_names, notes = _largest_outputs(explanation, explanation.values)
    shown, rest = leading(np.abs(values[0]).sum(axis=1), max_features)
    errors = None
    if explanation.std_errors is not None:
        errors = _largest_outputs(explanation, explanation.std_errors)[0]
        errors = sum_rest(errors[0], shown, rest)
        notes = [f"whiskers: ± {WHISKER} standard errors", *notes]
    labels = [
        label_with_values(explanation.feature_names[j], row_values(explanation, j)) for j in shown
    ]
    return {
        "values": sum_rest(values[0], shown, rest),
        "errors": errors,
        "labels": labels + others_labels(rest),
        "output_names": output_names,
        "signed": True,
        "others": len(rest) > 0,
        "xlabel": "\n".join([f"{value_word(explanation)} ({units_label(explanation)})", *notes]),
    }


def _mean_label(magnitudes):
    """The name of the bar of several features; with one output, it tells the sum too."""
    n_features, n_outputs = magnitudes.shape[1:]
    if n_outputs > 1:
        return f"mean of {n_features} others"
    total = magnitudes.mean(axis=0).sum()
    return f"mean of {n_features} others (Σ {number_format([total])(total)})"


def _largest_outputs(explanation, array):
    """An array shaped as `values`, cut to as many outputs as there are colours.

    Returns
    -------
    array : ndarray of shape (n_rows, n_players, n_shown)
    names : list of str
    notes : list of str
        What to say about outputs that are not shown.
    """
    names = explanation.output_names
    array = array.reshape(*array.shape[:2], -1)
    magnitudes = np.abs(explanation.values).reshape(array.shape).mean(axis=(0, 1))
    largest = np.sort(np.argsort(-magnitudes, kind="stable")[: len(PALETTE)])
    n_hidden = len(names) - len(largest)
    notes = [f"{n_hidden} more outputs, of smaller attributions, are not shown"]
    return array[:, :, largest], [names[k] for k in largest], notes if n_hidden else []
