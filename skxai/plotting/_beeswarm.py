"""A point for each row and feature: how the attributions are spread, and over which values."""

import numpy as np

from skxai.plotting._columns import UNKNOWN, value_ranks
from skxai.plotting._common import (
    LINE,
    ExplanationDisplay,
    check_attributions,
    check_max_features,
    draw_rings,
    finish_axes,
    leading,
    low_to_high,
    one_output,
    prepare_axes,
    same_features,
)
from skxai.plotting._swarm import swarm_offsets
from skxai.plotting._text import elide, quoted, units_label, value_word


class BeeswarmDisplay(ExplanationDisplay):
    """A point for each row and feature, at its attribution, coloured by the feature's value.

    Colours show where a value ranks among the distinct values of its feature, so that one
    outlier does not take all the colours. What is missing or has no order is a grey ring.

    It is recommended to use `from_explanation` or ``explanation.plot("beeswarm")``. All
    parameters are stored as attributes.

    Parameters
    ----------
    values : array-like of shape (n_rows, n_features)
        The attributions; columns are drawn from the top.
    labels : sequence of str
        The names beside the rows of points.
    ranks : array-like of shape (n_rows, n_features), default=None
        From 0 (the feature's lowest value) to 1 (its highest); NaN is a grey ring. None, or all
        NaN: grey points.
    xlabel : str, default=None
        The label of the horizontal axis; long lines are wrapped.
    title : str, default=None
        The title.

    Attributes
    ----------
    points_ : matplotlib PathCollection
        All points, row by row of the picture; grey rings have colour NaN.
    colorbar_ : matplotlib Colorbar or None
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> from skxai.plotting import BeeswarmDisplay
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> explanation = Explanation(
    ...     values=X * [2.0, -1.0], base_values=np.zeros(100), predictions=X @ [2.0, -1.0],
    ...     data=X, feature_names=["age", "dose"])
    >>> display = BeeswarmDisplay.from_explanation(explanation)
    >>> display.labels
    ['age', 'dose']
    """

    def __init__(self, values, labels, *, ranks=None, xlabel=None, title=None):
        self.values = values
        self.labels = labels
        self.ranks = ranks
        self.xlabel = xlabel
        self.title = title

    @classmethod
    def from_explanation(cls, explanation, *, ax=None, max_features=10, output=None, **kwargs):
        """Draw the attributions of all rows, the most important features first.

        Features with missing values, with more than two unordered categories, or of several
        columns are grey rings, wholly or in part; the label below the picture says why. Two
        unordered categories take the two end colours; the feature's label names them, the low
        end first.

        Parameters
        ----------
        explanation : Explanation
            What to draw.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        max_features : int or None, default=10
            How many features are shown; the label below says how many are not. None shows all.
        output : str or class label, default=None
            The output to show. Needed with several outputs, which would hide each other; draw
            each on axes of its own.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        BeeswarmDisplay

        Raises
        ------
        ValueError
            If there are several outputs and `output` names none of them.
        """
        check_attributions(explanation)
        check_max_features(max_features)
        n_outputs = explanation.n_outputs
        explanation = same_features(one_output(explanation, output))
        shown, rest = leading(np.abs(explanation.values).mean(axis=0), max_features)
        ranks, reasons, ends = zip(*(value_ranks(explanation, j) for j in shown))
        reasons = list(dict.fromkeys(reason for some in reasons for reason in some))
        has_colors = any(np.isfinite(own).any() for own in ranks)
        xlabel = [f"{value_word(explanation)} ({units_label(explanation)})"]
        if reasons and reasons != [UNKNOWN]:
            xlabel.append(f"{'rings' if has_colors else 'grey'}: " + ", ".join(reasons))
        if len(rest):
            xlabel.append(f"{len(rest)} features of smaller importance are not shown")
        display = cls(
            explanation.values[:, shown],
            [_label(explanation.feature_names[j], both) for j, both in zip(shown, ends)],
            ranks=np.stack(ranks, axis=1),
            xlabel="\n".join(xlabel),
            title=f"output {quoted(explanation.output_names[0])}" if n_outputs > 1 else None,
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, *, colorbar=True, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        colorbar : bool, default=True
            Whether to draw the colour bar, where any point has a colour.
        **kwargs : dict
            Passed to matplotlib's ``Axes.scatter``, for instance ``s`` or ``alpha``.

        Returns
        -------
        BeeswarmDisplay
            This display.
        """
        values = np.asarray(self.values, dtype=float)
        n_rows, n_features = values.shape
        ranks = np.full(values.shape, np.nan) if self.ranks is None else np.asarray(self.ranks)
        ax, _ = prepare_axes(ax, self.labels)
        ax.axvline(0, color=LINE, linewidth=0.8, zorder=1)
        low, high = values.min(), values.max()
        offsets = [swarm_offsets(column, low, high) for column in values.T]
        style = {
            "s": np.clip(1500 / n_rows, 4, 16),
            "cmap": low_to_high(),
            "vmin": 0,
            "vmax": 1,
            "linewidths": 0,
            "rasterized": True,  # a hundred thousand points choke vector files
            "zorder": 2,
        }
        self.points_ = ax.scatter(
            values.T.ravel(),
            (np.arange(n_features)[:, None] + offsets).ravel(),
            c=np.zeros(ranks.size),
            plotnonfinite=True,
            **{**style, **kwargs},
        )
        self.points_.set_array(ranks.T.ravel())  # NaN alone is too much for old `scatter`
        draw_rings(self.points_, ranks.T.ravel())
        has_colors = colorbar and np.isfinite(ranks).any()
        self.colorbar_ = self._draw_colorbar(ax) if has_colors else None
        finish_axes(ax, self.title, self.xlabel)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_colorbar(self, ax):
        inches = ax.get_window_extent().height / ax.figure.dpi
        colorbar = ax.figure.colorbar(
            self.points_, ax=ax, aspect=max(8, 8 * inches), pad=0.02, ticks=[0, 1]
        )
        colorbar.ax.set_yticklabels(["low", "high"])
        colorbar.ax.tick_params(length=0)
        colorbar.set_label("feature value\n(ranked)", labelpad=-8)
        colorbar.outline.set_visible(False)
        return colorbar


def _label(name, ends):
    """A feature's name, with the categories at the low and the high end where it has two."""
    if ends is None:
        return name
    low, high = (elide(category, 10) for category in ends)
    return f"{name}: {low} → {high}"
