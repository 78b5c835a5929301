"""Counterfactuals of one row: each changed feature, before and after."""

import itertools

import numpy as np

from skxai.plotting._changes import (
    change_sizes,
    change_text,
    names_of,
    one_with_changes,
    places_of,
    title_of,
)
from skxai.plotting._common import (
    MARKERS,
    PALETTE,
    ExplanationDisplay,
    check_max_features,
    finish_axes,
    leading,
    prepare_axes,
    write_column,
)
from skxai.plotting._text import plain

_ARROW = 0.06  # the shortest change that has room for an arrow
_FRAME_INCHES = 1.0
_LEGEND_INCHES = 0.24  # a line


class CounterfactualDisplay(ExplanationDisplay):
    """What would have to be different: a line for each change, from the hollow dot to the filled.

    Each line has its own scale and shows where the background lies: between its quantiles of 1 and
    99 %, the middle half in bold. Changes of what is no number have no such line; missing values
    have no dot. Several counterfactuals have colours and shapes of their own.

    It is recommended to use `from_explanation` or ``result.plot()``. All parameters are stored as
    attributes.

    Parameters
    ----------
    labels : sequence of str
        The feature of each change, from the top.
    before, after : array-like of shape (n_changes,)
        Places of the values, as shares of the width. NaN: none.
    texts : sequence of str
        What is written at the right of each change.
    ranges : array-like of shape (n_changes, 4), default=None
        Places of the ends of the line and of its bold part: low, lower quartile, upper quartile,
        high. NaN: no line. None: nowhere.
    numbers : sequence of int, default=None
        Which counterfactual each change belongs to; None for a single one.
    names : sequence of str, default=None
        Names of the counterfactuals, for a legend.
    xlabel : str, default=None
        The label of the horizontal axis; long lines are wrapped.
    title : str, default=None
        The title.

    Attributes
    ----------
    before_, after_ : list of matplotlib PathCollection
        The hollow and the filled dots, one collection for each counterfactual.
    ranges_, middles_ : matplotlib LineCollection
        The lines, and their bold parts.
    texts_ : list of matplotlib Annotation
        The values at the right.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from skxai import CounterfactualExplainer
    >>> from skxai.plotting import CounterfactualDisplay
    >>> explainer = CounterfactualExplainer(target=1.0).fit(lambda X: X[:, 0] + 2 * X[:, 1],
    ...                                                     [[0.0, 0.0], [1.0, 1.0]])
    >>> display = CounterfactualDisplay.from_explanation(explainer.explain([[0.0, 0.0]]))
    >>> display.labels, display.texts
    (['x1'], ['0 → 1'])
    """

    def __init__(
        self,
        labels,
        before,
        after,
        texts,
        *,
        ranges=None,
        numbers=None,
        names=None,
        xlabel=None,
        title=None,
    ):
        self.labels = labels
        self.before = before
        self.after = after
        self.texts = texts
        self.ranges = ranges
        self.numbers = numbers
        self.names = names
        self.xlabel = xlabel
        self.title = title

    @classmethod
    def from_explanation(cls, explanation, *, ax=None, max_features=12, row=0, **kwargs):
        """Draw the counterfactuals of one row.

        Parameters
        ----------
        explanation : CounterfactualExplanation
            What to draw.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        max_features : int or None, default=12
            How many features are shown, those of the largest changes first; the label below says
            how many are not. None shows all.
        row : int, default=0
            Position of the row to show.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        CounterfactualDisplay

        Raises
        ------
        TypeError
            If `explanation` has no counterfactuals.
        ValueError
            If no counterfactual of the row changes anything: there is nothing to draw.
        """
        check_max_features(max_features)
        one = one_with_changes(explanation, row)
        places = places_of(one)
        sizes = np.nanmax(np.where(one.changed, change_sizes(places), -np.inf), axis=0)
        shown, rest = leading(sizes, max_features)
        rest = rest[one.changed.any(axis=0)[rest]]
        pairs = [(j, k) for j in shown for k in np.flatnonzero(one.changed[:, j])]
        columns, numbers = np.array(pairs).T
        values = [change_text(one, j, k) for j, k in pairs]
        xlabel = []
        if np.isfinite(places.ranges[columns]).any():
            xlabel.append("lines: 98 % of the background, in bold its middle half")
        if len(rest):
            xlabel.append(f"{len(rest)} smaller changes are not shown")
        display = cls(
            [one.feature_names[j] for j in columns],
            places.before[columns],
            places.after[numbers, columns],
            values,
            ranges=places.ranges[columns],
            numbers=numbers,
            names=names_of(one, np.unique(numbers)),
            xlabel="\n".join(xlabel),
            title=title_of(explanation, row, one),
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        **kwargs : dict
            Passed to matplotlib's ``Axes.scatter`` for the filled dots, for instance ``s``.

        Returns
        -------
        CounterfactualDisplay
            This display.
        """
        n_changes = len(self.labels)
        rows = np.arange(n_changes)
        numbers = np.zeros(n_changes, dtype=int) if self.numbers is None else self.numbers
        numbers = np.asarray(numbers)
        before, after = np.array([self.before, self.after], dtype=float)
        ranges = np.full((n_changes, 4), np.nan)
        if self.ranges is not None:
            ranges = np.asarray(self.ranges, dtype=float)
        frame = _FRAME_INCHES + _LEGEND_INCHES * len(self.names or [])
        ax, size = prepare_axes(ax, self._labels(), frame=frame)
        ax.grid(False)
        known = np.isfinite(ranges).all(axis=1)
        low, first, third, high = ranges[known].T
        style = {"color": "0.8", "zorder": 1}
        self.ranges_ = ax.hlines(rows[known], low, high, linewidth=1.2, **style)
        self.middles_ = ax.hlines(rows[known], first, third, linewidth=5.5, **style)
        self.before_, self.after_ = [], []
        for k in np.unique(numbers):
            self._draw_changes(ax, k, rows, before, after, numbers == k, kwargs)
        self._draw_borders(ax)
        texts = [plain(text) for text in self.texts]
        self.texts_ = write_column(ax, texts, size)
        ax.set_xlim(-0.04, 1.04)
        ax.set_xticks([])  # each line has its own scale
        ax.spines["bottom"].set_visible(False)
        if self.names:
            self._draw_legend(ax)
        finish_axes(ax, None if self.names else self.title, self.xlabel)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _labels(self):
        """The features; one that has several changes in a row is named once."""
        labels = list(self.labels)
        repeated = [False, *(one == other for one, other in itertools.pairwise(labels))]
        return ["" if again else label for label, again in zip(labels, repeated)]

    def _draw_changes(self, ax, k, rows, before, after, own, kwargs):
        """The dots of one counterfactual, and the arrows between them."""
        color, marker = PALETTE[k % len(PALETTE)], MARKERS[k % len(MARKERS)]
        arrow = {"arrowstyle": "-|>", "color": color, "linewidth": 1.3, "shrinkA": 4, "shrinkB": 2}
        for row in rows[own & (np.abs(after - before) > _ARROW)]:
            ends = {"xy": (after[row], row), "xytext": (before[row], row)}
            ax.annotate("", **ends, arrowprops=arrow, zorder=2)
        style = {"s": 34, "marker": marker, "edgecolors": color, "linewidths": 1.4, "zorder": 3}
        self.before_.append(ax.scatter(before[own], rows[own], facecolors="white", **style))
        style["facecolors"] = color
        self.after_.append(ax.scatter(after[own], rows[own], **{**style, **kwargs}))

    def _draw_borders(self, ax):
        """Quiet lines between the features, where some have several changes."""
        names = self._labels()
        if "" in names:
            borders = [row - 0.5 for row, name in enumerate(names) if name and row]
            ax.hlines(borders, 0, 1, transform=ax.get_yaxis_transform(), color="0.9", lw=0.8)

    def _draw_legend(self, ax):
        legend = ax.legend(
            self.after_,
            [plain(name) for name in self.names],
            title=plain(self.title) if self.title else None,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            frameon=False,
            fontsize="small",
        )
        legend.set_alignment("left")
