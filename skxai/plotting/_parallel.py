"""Counterfactuals of one row as lines across parallel axes, one for each feature."""

import numpy as np
import pandas as pd

from skxai.plotting._changes import cell, change_sizes, number_of, one_with_changes, places_of
from skxai.plotting._columns import axis_values
from skxai.plotting._common import (
    LINE,
    MARKERS,
    PALETTE,
    ExplanationDisplay,
    axes_points,
    check_max_features,
    finish_axes,
    label_places,
    label_size,
    leading,
    new_axes,
)
from skxai.plotting._text import elide, plain, row_label, value_text

_MISSING = -0.2  # where missing values lie, below the axes
_TEXT_WIDTH = 10  # characters beside an axis
_FIGURE = (7.0, 1.1, 3.8)  # inches: least width, width of an axis, height
_LEGEND_INCHES = 0.24  # a line
_LEFT_BY_LABELS = 0.6  # of the height of axes, about


class ParallelDisplay(ExplanationDisplay):
    """A row and its counterfactuals, each a line across parallel axes, one for each feature.

    Each axis has a scale of its own, from the lowest to the highest of what is drawn; the grey line
    along it is where 98 % of the background lie, in bold its middle half. Categories are levels of
    their axis, and missing values have a place of their own below. The black line is the row
    as it is; where a counterfactual leaves it, its value is written, and the feature's name is
    black.

    It is recommended to use `from_explanation` or ``result.plot("parallel")``. All parameters are
    stored as attributes.

    Parameters
    ----------
    places : array-like of shape (n_lines, n_features)
        Where the values lie along their axes, from 0, below, to 1; NaN: missing. The first line is
        the row as it is.
    texts : array-like of str of shape (n_lines, n_features)
        The values.
    labels : sequence of str
        The names of the features.
    levels : sequence of dict of str to float, default=None
        For each feature, the names of its categories and their places; an empty one for numbers.
    ranges : array-like of shape (n_features, 4), default=None
        Places of the ends of the grey line and of its bold part: low, lower quartile, upper
        quartile, high. NaN: no line. None: nowhere.
    names : sequence of str of length n_lines, default=None
        For a legend.
    xlabel : str, default=None
        The label below; long lines are wrapped.
    title : str, default=None
        The title.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        The row as it is, then its counterfactuals.
    ranges_, middles_ : matplotlib LineCollection
        The grey lines, and their bold parts.
    texts_ : list of matplotlib Annotation
        The values and categories beside the axes.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from skxai import CounterfactualExplainer
    >>> from skxai.plotting import ParallelDisplay
    >>> explainer = CounterfactualExplainer(target=1.0).fit(lambda X: X[:, 0] + 2 * X[:, 1],
    ...                                                     [[0.0, 0.0], [1.0, 1.0]])
    >>> display = ParallelDisplay.from_explanation(explainer.explain([[0.0, 0.0]]))
    >>> display.labels
    ['x0', 'x1']
    >>> [line.get_ydata().tolist() for line in display.lines_]
    [[0.0, 0.0], [0.0, 1.0]]
    """

    def __init__(
        self,
        places,
        texts,
        labels,
        *,
        levels=None,
        ranges=None,
        names=None,
        xlabel=None,
        title=None,
    ):
        self.places = places
        self.texts = texts
        self.labels = labels
        self.levels = levels
        self.ranges = ranges
        self.names = names
        self.xlabel = xlabel
        self.title = title

    @classmethod
    def from_explanation(cls, explanation, *, ax=None, max_features=10, row=0, **kwargs):
        """Draw the counterfactuals of one row.

        Parameters
        ----------
        explanation : CounterfactualExplanation
            What to draw, of a table.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        max_features : int or None, default=10
            How many features are shown, in the order of the table: those of the largest changes,
            then the first that stay as they are; the label below says what is left out. None
            shows all.
        row : int, default=0
            Position of the row to show.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        ParallelDisplay

        Raises
        ------
        TypeError
            If `explanation` has no counterfactuals.
        ValueError
            If no counterfactual of the row changes anything: there is nothing to draw.
        """
        check_max_features(max_features)
        one = one_with_changes(explanation, row)
        found = np.flatnonzero(one.changed.any(axis=1))
        sizes = np.where(one.changed, change_sizes(places_of(one)), -np.inf).max(axis=0)
        shown, rest = leading(sizes, max_features)
        shown = np.sort(shown)
        axes = [_axis(one, column, found) for column in shown]
        words = one.predictions_in_words()
        names = [f"the row as it is: {elide(words[0][0], 40)}"]
        names += [f"{elide(words[k][1], 40)}, distance {one.distances[k]:.3g}" for k in found]
        places, texts, levels, ranges = zip(*axes)
        display = cls(
            np.stack(places, axis=1),
            np.array(texts).T,
            [one.feature_names[j] for j in shown],
            levels=list(levels),
            ranges=np.array(ranges),
            names=names,
            xlabel="\n".join(_notes(one, np.array(ranges), rest)),
            title=row_label(explanation, row) or None,
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        **kwargs : dict
            Passed to matplotlib's ``Axes.plot`` for the lines of the counterfactuals, for instance
            ``linewidth``.

        Returns
        -------
        ParallelDisplay
            This display.
        """
        places = np.asarray(self.places, dtype=float)
        is_missing = np.isnan(places)
        places = np.where(is_missing, _MISSING, places)
        n_features = places.shape[1]
        least, each, height = _FIGURE
        if ax is None:
            height += _LEGEND_INCHES * len(self.names or [])
            ax = new_axes(max(least, each * n_features), height)
        self._draw_axes(ax, n_features, is_missing.any())
        self.lines_ = self._draw_lines(ax, places, kwargs)
        self._draw_texts(ax, places, is_missing)
        label_places(ax, self.labels, axes_points(ax)[0] / n_features)
        for label, moved in zip(ax.get_xticklabels(), (places[1:] != places[0]).any(axis=0)):
            label.set_color("black" if moved else "0.5")
        self._draw_legend(ax)
        finish_axes(ax, None if self.names else self.title, self.xlabel)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_axes(self, ax, n_features, has_missing):
        """The axes, the background along them, and the place of missing values."""
        columns = np.arange(n_features)
        ranges = np.full((n_features, 4), np.nan)
        if self.ranges is not None:
            ranges = np.asarray(self.ranges, dtype=float)
        known = np.isfinite(ranges).all(axis=1)
        low, first, third, high = ranges[known].T
        ax.vlines(columns, 0, 1, color="0.88", linewidth=0.8, zorder=0)
        self.ranges_ = ax.vlines(columns[known], low, high, color="0.8", linewidth=2.0, zorder=1)
        self.middles_ = ax.vlines(
            columns[known], first, third, color="0.8", linewidth=6.0, zorder=1
        )
        ax.set(xlim=(-0.6, n_features - 0.4), ylim=(-0.32 if has_missing else -0.08, 1.08))
        if has_missing:
            ax.axhline(_MISSING / 2, color=LINE, linewidth=0.8, linestyle=":", zorder=0)
            ax.set_yticks([_MISSING], ["missing"])
        else:
            ax.set_yticks([])  # each axis has its own scale
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)

    def _draw_lines(self, ax, places, kwargs):
        columns = np.arange(places.shape[1])
        style = {"color": "black", "linewidth": 1.6, "marker": "o", "markersize": 4, "zorder": 4}
        lines = ax.plot(columns, places[0], **style)
        for k, line in enumerate(places[1:]):
            style = {
                "color": PALETTE[k % len(PALETTE)],
                "marker": MARKERS[k % len(MARKERS)],
                "markevery": np.flatnonzero(line != places[0]).tolist(),
                "markersize": 7,
                "linewidth": 1.6,
                "zorder": 3,
            }
            lines += ax.plot(columns, line, **{**style, **kwargs})
        return lines

    def _draw_texts(self, ax, places, is_missing):
        """Numbers of the row at the left of its axis, others at the right; names of levels."""
        size = 0.85 * label_size("x")
        room = 1.3 * size / (_LEFT_BY_LABELS * axes_points(ax)[1]) * np.ptp(ax.get_ylim())
        self.texts_ = []
        for j, label_of in enumerate(self.levels or [{}] * places.shape[1]):
            sides = [("right", label_of, "0.35")]
            if not label_of:
                own = places[:, j][~is_missing[:, j]], np.asarray(self.texts)[~is_missing[:, j], j]
                before = {} if is_missing[0, j] else {own[1][0]: own[0][0]}
                after = {text: place for place, text in zip(*own) if text not in before}
                sides = [("right", before, "black"), ("left", after, "black")]
            for side, texts, color in sides:
                shift = (-6 if side == "right" else 6, 0)
                heights = _apart(list(texts.values()), room)
                style = {"ha": side, "va": "center", "fontsize": size, "color": color}
                style["bbox"] = {"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none"}
                style["bbox"]["alpha"] = 0.8  # lines run below
                for text, height in zip(texts, heights):
                    at = {"xytext": shift, "textcoords": "offset points", "zorder": 5}
                    word = plain(elide(str(text), _TEXT_WIDTH))
                    self.texts_.append(ax.annotate(word, (j, height), **at, **style))

    def _draw_legend(self, ax):
        if not self.names:
            return
        legend = ax.legend(
            self.lines_,
            [plain(name) for name in self.names],
            title=plain(self.title) if self.title else None,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            frameon=False,
            fontsize="small",
        )
        legend.set_alignment("left")


def _axis(one, column, found):
    """One feature: places, texts and levels of the row and its counterfactuals, and its range."""
    values = [cell(one.data, 0, column)]
    values += [cell(one.counterfactuals, k, column) for k in found]
    series = pd.Series(values)
    if isinstance(one.data, pd.DataFrame):
        series = series.astype(one.data.dtypes.iloc[column])
    codes, categories = axis_values(series)
    texts = [value_text(value) for value in values]
    if categories is not None:
        heights = np.linspace(0, 1, len(categories) + 2)[1:-1]
        places = [np.nan if np.isnan(code) else heights[int(code)] for code in codes]
        return np.array(places), texts, dict(zip(categories, heights)), np.full(4, np.nan)
    numbers = np.array([number_of(value) for value in values])
    ranges = np.full(4, np.nan)
    if one.background_quantiles is not None:
        lowest, low, first, _, third, high, highest = one.background_quantiles[:, column]
        ranges = np.array(
            [lowest, first, third, highest] if low == high else [low, first, third, high]
        )
    known = np.r_[numbers, ranges]
    start, end = np.fmin.reduce(known), np.fmax.reduce(known)
    if not end > start:
        return np.where(np.isnan(numbers), np.nan, 0.5), texts, {}, np.full(4, np.nan)
    return (numbers - start) / (end - start), texts, {}, (ranges - start) / (end - start)


def _notes(one, ranges, rest):
    """What the label below says."""
    notes = []
    if np.isfinite(ranges).any():
        notes.append("grey lines: 98 % of the background, in bold its middle half")
    changes = int(one.changed.any(axis=0)[rest].sum())
    if changes:
        notes.append(f"{changes} features of smaller changes are not shown")
    if len(rest) > changes:
        notes.append(f"{len(rest) - changes} features that do not change are not shown")
    return notes


def _apart(heights, room):
    """Heights for texts, moved as little as needed to be so far apart."""
    order = np.argsort(heights, kind="stable")
    placed = np.array(heights, dtype=float)
    for k, j in enumerate(order[1:]):
        placed[j] = max(placed[j], placed[order[k]] + room)
    if len(placed):
        placed += np.mean(heights) - placed.mean()
    return placed
