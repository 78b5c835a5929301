"""A waterfall: how one prediction is reached from the base value."""

import numpy as np

from skxai.plotting._columns import row_values
from skxai.plotting._common import (
    GREY,
    LINE,
    NEGATIVE,
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
    sum_rest,
    write_column,
)
from skxai.plotting._text import (
    label_with_values,
    number_format,
    quoted,
    row_title,
    units_label,
    value_word,
)

_UNEXPLAINED = "not explained"


class WaterfallDisplay(ExplanationDisplay):
    """From the base value to one row's prediction, a step for each feature.

    Read it from the top: each bar begins where the one above ends. If the steps do not reach
    the prediction (some methods do not promise it), a last grey step says so.

    It is recommended to use `from_explanation` or ``explanation.plot("waterfall")``. All
    parameters are stored as attributes.

    Parameters
    ----------
    base_value : float
        Where the steps begin.
    values : array-like of shape (n_steps,)
        The steps, from the top.
    prediction : float
        Where they should end.
    labels : sequence of str
        The names beside the steps.
    errors : array-like of shape (n_steps,), default=None
        Standard errors of the steps; whiskers reach two of them to each side of a step's end.
    others : bool, default=False
        Whether the last step is the sum of several features; it is grey.
    xlabel : str, default=None
        The label of the horizontal axis; long lines are wrapped.
    title : str, default=None
        The title.

    Attributes
    ----------
    bars_ : matplotlib BarContainer
        The steps, with a last one for what they leave unexplained, if anything.
    ends_ : matplotlib PathCollection
        The points of the base value and the prediction.
    whiskers_ : matplotlib ErrorbarContainer or None
    texts_ : list of matplotlib Annotation
        The numbers at the right: base value, steps, prediction.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> from skxai.plotting import WaterfallDisplay
    >>> explanation = Explanation(
    ...     values=np.array([[1.0, -0.5]]), base_values=np.array([2.0]),
    ...     predictions=np.array([2.5]), data=np.array([[39, 0.2]]),
    ...     feature_names=["age", "dose"])
    >>> display = WaterfallDisplay.from_explanation(explanation)
    >>> display.labels
    ['age = 39', 'dose = 0.2']
    >>> [(float(bar.get_x()), float(bar.get_width())) for bar in display.bars_]
    [(2.0, 1.0), (3.0, -0.5)]
    """

    def __init__(
        self,
        base_value,
        values,
        prediction,
        labels,
        *,
        errors=None,
        others=False,
        xlabel=None,
        title=None,
    ):
        self.base_value = base_value
        self.values = values
        self.prediction = prediction
        self.labels = labels
        self.errors = errors
        self.others = others
        self.xlabel = xlabel
        self.title = title

    @classmethod
    def from_explanation(
        cls, explanation, *, ax=None, max_features=10, output=None, row=0, **kwargs
    ):
        """Draw how the prediction of one row is reached.

        Parameters
        ----------
        explanation : Explanation
            What to draw.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        max_features : int or None, default=10
            How many features are shown by name, the largest first; the others are summed in
            one last step (its standard error is an upper bound). None shows all.
        output : str or class label, default=None
            The output to show. Default, with several outputs: the one with the largest
            prediction in this row, which for a classifier is the predicted class.
        row : int, default=0
            Position of the row to show.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        WaterfallDisplay
        """
        check_attributions(explanation)
        check_max_features(max_features)
        n_outputs, largest = explanation.n_outputs, ""
        explanation, title = one_row(explanation, row), [row_title(explanation, row)]
        check_not_empty(explanation)
        if output is None and n_outputs > 1:
            output = explanation.output_names[int(explanation.predictions[0].argmax())]
            largest = " (the largest)"
        explanation = one_output(explanation, output)
        if not explanation.is_additive:
            raise ValueError(
                f"the values of this {type(explanation).__name__} ({value_word(explanation)}) are "
                "no parts of the prediction: they do not add up, so there are no steps to draw; "
                'plot("bar") shows them'
            )
        if n_outputs > 1:
            title.append(f"output {quoted(explanation.output_names[0])}{largest}")
        shown, rest = leading(np.abs(explanation.values[0]), max_features)
        labels = [
            label_with_values(explanation.feature_names[j], row_values(explanation, j))
            for j in shown
        ]
        xlabel, errors = [units_label(explanation)], None
        if explanation.std_errors is not None:
            errors = sum_rest(explanation.std_errors[0], shown, rest)
            xlabel.append(f"whiskers: ± {WHISKER} standard errors of each step")
        display = cls(
            float(explanation.base_values[0]),
            sum_rest(explanation.values[0], shown, rest),
            float(explanation.predictions[0]),
            labels + others_labels(rest),
            errors=errors,
            others=len(rest) > 0,
            xlabel="\n".join(xlabel),
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
            Passed to matplotlib's ``Axes.barh``, for instance ``color``.

        Returns
        -------
        WaterfallDisplay
            This display.
        """
        steps, labels, colors = self._steps()
        levels = self.base_value + np.r_[0.0, np.cumsum(steps)]  # before and after each step
        rows = np.arange(1, len(steps) + 1)
        ax, size = prepare_axes(ax, ["base value", *labels, "prediction"])
        style = {"height": 0.62, "color": colors, "zorder": 2}
        self.bars_ = ax.barh(rows, steps, left=levels[:-1], **{**style, **kwargs})
        for bar in self.bars_:
            bar.sticky_edges.x.clear()  # or the axis would end where a bar begins
        ax.vlines(levels, np.r_[0, rows], np.r_[rows, len(rows) + 1], color=LINE, lw=0.8, zorder=1)
        ax.axvline(self.base_value, color=LINE, lw=0.8, linestyle=":", zorder=1)
        ends = [self.base_value, self.prediction]
        self.ends_ = ax.scatter(ends, [0, len(rows) + 1], color="black", s=22, zorder=3)
        self.whiskers_ = None
        if self.errors is not None:
            self.whiskers_ = ax.errorbar(
                levels[1 : len(self.errors) + 1],
                rows[: len(self.errors)],
                xerr=WHISKER * np.asarray(self.errors, dtype=float),
                fmt="none",
                ecolor="black",
                elinewidth=0.9,
                capsize=2,
                zorder=3,
            )
        self.texts_ = write_column(ax, self._numbers(steps), size)
        finish_axes(ax, self.title, self.xlabel)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _steps(self):
        """The steps, their labels and colours, with what they leave unexplained."""
        steps, labels = np.asarray(self.values, dtype=float), list(self.labels)
        colors = [POSITIVE if step >= 0 else NEGATIVE for step in steps]
        if self.others:
            colors[-1] = GREY
        gap = self.prediction - self.base_value - steps.sum()
        rounding = 1e-6 * np.abs(steps).max(initial=0.0) + 1e-9 * abs(self.base_value)
        if abs(gap) > rounding:
            return np.r_[steps, gap], [*labels, _UNEXPLAINED], [*colors, GREY]
        return steps, labels, colors

    def _numbers(self, steps):
        """What is written at the right; with equal decimals, so that it adds up by hand."""
        ends = [self.base_value, self.prediction]
        write = number_format(steps, sign=True)
        first, last = map(number_format(steps), ends)
        if max(len(first), len(last)) > 12 or not 1e-4 <= np.abs(steps).max(initial=0.0) < 1e6:
            first, last = map(number_format(ends), ends)
        return [first, *(write(step) for step in steps), last]
