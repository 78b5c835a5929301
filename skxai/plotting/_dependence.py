"""A feature's values against its attributions."""

import numpy as np

from skxai.explanation import InteractionExplanation
from skxai.plotting._coloring import coloring, few_categories
from skxai.plotting._columns import axis_values
from skxai.plotting._common import (
    GREY,
    LINE,
    MARKERS,
    NEUTRAL,
    PALETTE,
    WHISKER,
    ExplanationDisplay,
    check_attributions,
    check_same_features,
    draw_rings,
    finish_axes,
    low_to_high,
    new_axes,
    one_output,
    upright,
)
from skxai.plotting._dependence_values import (
    best_color,
    heights_of,
    horizontal_label,
    one_column,
    one_player,
    partner_of,
    same_rows,
    visible_errors,
)
from skxai.plotting._horizontal import lay_out
from skxai.plotting._text import elide, plain, quoted, units_label

_SIZE = (7.0, 4.4)  # inches, of a new figure
_HISTOGRAM_HEIGHT = 0.1  # of the axes
_MOST_PLACES = 20


class DependenceDisplay(ExplanationDisplay):
    """A point for each row: the feature's value, and its attribution.

    Numbers and dates lie where they are, each category has a place of its own, and rows without
    a value are at the right edge. Categories that colour the points have shapes of their own, too.
    Points of one place are spread sideways so that all are seen.
    Grey bars at the bottom show how many rows have such values: where there are few, the picture
    says little.

    It is recommended to use `from_explanation` or ``explanation.plot("dependence", feature=…)``.
    All parameters are stored as attributes.

    Parameters
    ----------
    x : array-like of shape (n_rows,)
        Numbers or datetime64; with `categories`, positions among them. NaN: missing.
    y : array-like of shape (n_rows,)
        The attributions.
    errors : array-like of shape (n_rows,), default=None
        Standard errors of `y`; whiskers reach two of them to each side.
    categories : sequence of str, default=None
        The names of the places.
    colors : array-like of shape (n_rows,), default=None
        Ranks from 0 to 1; with `color_categories`, positions among them. NaN is a grey ring.
        None: all points have one colour.
    color_categories : sequence of str, default=None
        The names of the colours; at most eight.
    color_ends : tuple of str, default=("low", "high")
        What is written at the ends of the colour bar, without `color_categories`.
    color_label : str, default=None
        The label of the colour bar.
    xlabel : str, default=None
        The label of the horizontal axis; long lines are wrapped.
    ylabel : str, default=None
        The label of the vertical axis; it is wrapped, too.
    title : str, default=None
        The title.

    Attributes
    ----------
    points_ : matplotlib PathCollection
        The points, in the order of the rows.
    whiskers_ : matplotlib ErrorbarContainer or None
    histogram_ : matplotlib BarContainer
        The grey bars; a last one for missing values, where there are any.
    colorbar_ : matplotlib Colorbar or None
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> from skxai.plotting import DependenceDisplay
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> values = np.column_stack([X[:, 0] * X[:, 1], X[:, 1], X[:, 2]])
    >>> explanation = Explanation(
    ...     values=values, base_values=np.zeros(200), predictions=values.sum(axis=1), data=X,
    ...     feature_names=["age", "dose", "mass"])
    >>> display = DependenceDisplay.from_explanation(explanation, "age")
    >>> display.color_label
    'dose (ranked)'
    """

    def __init__(
        self,
        x,
        y,
        *,
        errors=None,
        categories=None,
        colors=None,
        color_categories=None,
        color_ends=("low", "high"),
        color_label=None,
        xlabel=None,
        ylabel=None,
        title=None,
    ):
        self.x = x
        self.y = y
        self.errors = errors
        self.categories = categories
        self.colors = colors
        self.color_categories = color_categories
        self.color_ends = color_ends
        self.color_label = color_label
        self.xlabel = xlabel
        self.ylabel = ylabel
        self.title = title

    @classmethod
    def from_explainer(cls, explainer, X, feature, *, interactions=False, **kwargs):
        """Explain `X` and draw how the attribution of a feature depends on its value.

        Parameters
        ----------
        explainer : Explainer
            A fitted explainer.
        X : {DataFrame, array-like, sparse matrix} of shape (n_rows, n_features)
            The rows to explain.
        feature : str or int
            The feature, by name or position; of one column.
        interactions : bool, default=False
            Whether the explainer computes interactions, too (as `ShapleyExplainer` can), so that
            the points are coloured by the feature that interacts most strongly. Else, the spread
            of the attributions tells which feature it may be.
        **kwargs : dict
            Passed to `from_explanation`.

        Returns
        -------
        DependenceDisplay

        Raises
        ------
        TypeError
            If there are to be interactions, and the explainer has none.
        """
        if interactions and not hasattr(explainer, "interactions"):
            raise TypeError(
                f"interactions=True, but {type(explainer).__name__} has no method interactions; "
                "expected a ShapleyExplainer"
            )
        if interactions:
            kwargs["interactions"] = explainer.interactions(X)
        return cls.from_explanation(explainer.explain(X), feature, **kwargs)

    @classmethod
    def from_explanation(
        cls,
        explanation,
        feature,
        *,
        color_by="auto",
        interactions=None,
        other=None,
        ax=None,
        output=None,
        **kwargs,
    ):
        """Draw how the attribution of a feature depends on its value.

        Parameters
        ----------
        explanation : Explanation or InteractionExplanation
            What to draw; it must hold its data. Of interactions, the attributions are drawn, and
            they serve as `interactions`.
        feature : str or int
            The feature, by name or position; of one column.
        color_by : str, int or None, default="auto"
            The feature that colours the points, by name or position; None: none. "auto" takes
            `other`, if it is given; else the feature that interacts most strongly with `feature`
            (by mean absolute value), if `interactions` are given; else the one whose values
            best explain the spread of the attributions at similar values of `feature`, if any
            does so significantly. For this estimate, the rows are put into up to ten bins of
            `feature`, and the residuals of a straight line in each bin are compared between the
            thirds (or categories) of the other feature: adjusted R², F test at 1 % corrected for
            the number of features, at least 5 % explained, at least 30 rows. A feature that is
            merely correlated with a cause of the spread may be chosen: `interactions` tell.
        interactions : InteractionExplanation, default=None
            Interactions in the same rows.
        other : str or int, default=None
            Draw the interaction of `feature` with this feature (both halves) instead of the
            attribution; needs `interactions`.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        output : str or class label, default=None
            The output to show. Needed with several outputs.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        DependenceDisplay

        Raises
        ------
        ValueError
            If the explanation keeps no data, `feature` or `color_by` is a group of columns, there
            are several outputs and `output` names none of them, `interactions` are of other rows
            or features, or `other` comes without them.
        KeyError, IndexError
            If there is no such feature.
        """
        if isinstance(explanation, InteractionExplanation):
            interactions = explanation if interactions is None else interactions
            explanation = explanation.attributions()
        check_attributions(explanation)
        check_same_features(explanation)
        several = explanation.n_outputs > 1
        explanation = one_output(explanation, output)
        player = one_player(explanation, feature, "feature")
        column = one_column(explanation, player, "feature")
        if interactions is not None:
            interactions = same_rows(explanation, interactions, output)
        if other is not None:
            other = partner_of(explanation, interactions, player, other)
        y, errors, what = heights_of(explanation, interactions, player, other)
        x, categories = axis_values(column)
        if isinstance(color_by, str) and color_by == "auto":
            color, note = best_color(explanation, interactions, player, other, y)
        else:
            color, note = color_by, None
        if color is not None:
            color = one_player(explanation, color, "color_by")
            one_column(explanation, color, "color_by")
        colors, notes = coloring(explanation, color)
        if categories is not None:
            x, categories = few_categories(x, categories, _MOST_PLACES)
        errors, error_note = visible_errors(errors, y)
        notes = [horizontal_label(explanation, player, column), note, *notes, error_note]
        display = cls(
            x,
            y,
            errors=errors,
            categories=categories,
            **colors,
            xlabel="\n".join(filter(None, notes)),
            ylabel=f"{what}\n({units_label(explanation)})",
            title=f"output {quoted(explanation.output_names[0])}" if several else None,
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
        DependenceDisplay
            This display.
        """
        y = np.asarray(self.y, dtype=float)
        ax = new_axes(*_SIZE) if ax is None else ax
        x, *bars = lay_out(ax, np.asarray(self.x), y, self.categories)
        ax.axhline(0, color=LINE, linewidth=0.8, zorder=1)
        colors = np.full(len(y), np.nan) if self.colors is None else np.asarray(self.colors, float)
        style = {
            "s": np.clip(3000 / len(y), 6, 24),
            "linewidths": 0,
            "plotnonfinite": True,
            "rasterized": True,  # a hundred thousand points choke vector files
            "zorder": 3,
            **self._color_scale(),
        }
        self.points_ = ax.scatter(x, y, c=np.zeros(len(y)), **{**style, **kwargs})
        self.points_.set_array(colors)  # NaN alone is too much for old `scatter`
        if self.colors is not None:
            draw_rings(self.points_, colors)
        if self.color_categories is not None and "marker" not in kwargs:
            _set_markers(self.points_, colors)
        self.whiskers_ = None
        if self.errors is not None:
            self.whiskers_ = ax.errorbar(
                x,
                y,
                yerr=WHISKER * np.asarray(self.errors, dtype=float),
                fmt="none",
                ecolor="0.5",
                elinewidth=0.7,
                zorder=2,
            )
        self.histogram_ = _draw_histogram(ax, *bars)
        _set_heights(ax, y, self.errors)
        has_colors = colorbar and np.isfinite(colors).any()
        self.colorbar_ = self._draw_colorbar(ax) if has_colors else None
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
        ax.set_ylabel(upright(ax, self.ylabel or ""))
        finish_axes(ax, self.title, self.xlabel)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _color_scale(self):
        """Colours for ranks or for categories, as arguments of ``Axes.scatter``."""
        from matplotlib.colors import ListedColormap

        if self.colors is None:
            return {"cmap": ListedColormap([NEUTRAL]).with_extremes(bad=NEUTRAL)}
        if self.color_categories is None:
            return {"cmap": low_to_high(), "vmin": 0, "vmax": 1}
        n = len(self.color_categories)
        colormap = ListedColormap(PALETTE[:n]).with_extremes(bad=GREY)
        return {"cmap": colormap, "vmin": -0.5, "vmax": n - 0.5}

    def _draw_colorbar(self, ax):
        colorbar = ax.figure.colorbar(self.points_, ax=ax, pad=0.02, aspect=24)
        if self.color_categories is None:
            ticks, names = [0, 1], self.color_ends
        else:
            ticks, names = range(len(self.color_categories)), self.color_categories
        colorbar.set_ticks(ticks, labels=[plain(elide(str(name), 16)) for name in names])
        for k in range(len(self.color_categories or [])):
            style = {"color": "white", "edgecolors": "black", "linewidths": 0.8, "s": 28}
            colorbar.ax.scatter(0.5, k, marker=MARKERS[k], **style)
        colorbar.ax.tick_params(length=0)
        colorbar.outline.set_visible(False)
        if self.color_label:
            colorbar.set_label(upright(ax, self.color_label))
        return colorbar


def _set_markers(points, codes):
    """A shape for each category, for print without colours."""
    from matplotlib.markers import MarkerStyle

    styles = [MarkerStyle(marker) for marker in MARKERS]
    shapes = [style.get_path().transformed(style.get_transform()) for style in styles]
    points.set_paths([shapes[int(code)] for code in np.nan_to_num(codes)])


def _draw_histogram(ax, centers, widths, counts):
    """Grey bars at the bottom of the axes, whatever their heights are."""
    bars = ax.bar(
        centers,
        _HISTOGRAM_HEIGHT * counts / counts.max(),
        widths,
        color="0.87",
        zorder=0,
        transform=ax.get_xaxis_transform(),
    )
    for bar in bars:
        bar.sticky_edges.y.clear()
    return bars


def _set_heights(ax, y, errors):
    """Limits that hold zero, the points and their whiskers, above the histogram."""
    reach = 0.0 if errors is None else WHISKER * np.asarray(errors, dtype=float)
    low, high = min(0.0, np.min(y - reach)), max(0.0, np.max(y + reach))
    margin = 0.05 * ((high - low) or 1.0)
    bottom = (high - low + 2 * margin) * _HISTOGRAM_HEIGHT / (1 - _HISTOGRAM_HEIGHT)
    low, high = low - margin - bottom, high + margin
    sharing = ax.get_shared_y_axes().get_siblings(ax)
    if any(other is not ax and other.has_data() for other in sharing):
        limits = ax.get_ylim()  # of a display that must not be cut
        low, high = min(low, *limits), max(high, *limits)
    ax.set_ylim(low, high)
