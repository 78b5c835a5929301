"""A heat-map of many rows: a line for each feature, a column for each explained row."""

import numpy as np
from scipy.cluster import hierarchy
from scipy.spatial import distance

from skxai.plotting._common import (
    GREY,
    LINE,
    NEUTRAL,
    ExplanationDisplay,
    axes_points,
    check_attributions,
    check_max_features,
    diverging,
    finish_axes,
    label_places,
    leading,
    one_output,
    others_labels,
    prepare_axes,
    same_features,
    sum_rest,
    upright,
)
from skxai.plotting._pictures import colour_limit
from skxai.plotting._text import quoted, units_label, value_word

_ORDERS = ("cluster", "prediction", "given")
_WIDTH = 8.0  # inches, of a new figure
_FRAME_INCHES = 1.8  # the caption, and the predictions above
_BAND_INCHES = 0.75  # the height of the predictions above
_GAP = 0.03  # between them and the cells, of the height of the cells
_MOST_NAMED = 30  # rows whose labels are written
_MOST_TURNED = 1000  # rows; the time for the best order of leaves grows with their cube
_SHARE_OF_CELLS = 0.95  # that the colours distinguish


class RowHeatmapDisplay(ExplanationDisplay):
    """All rows at once: a line for each feature, a column for each row, predictions above.

    Rows with similar attributions stand side by side, so that groups of rows that have their
    predictions for the same reasons are blocks of colour. Orange is positive, blue negative, white
    zero. A few very large cells would leave the others pale: colours end where 95 % of the cells
    lie, and a pointed end of the colour bar says that there is more.

    It is recommended to use `from_explanation` or ``explanation.plot("rows")``. All parameters
    are stored as attributes.

    Parameters
    ----------
    values : array-like of shape (n_features, n_rows)
        The attributions, in the order in which they are drawn.
    labels : sequence of str
        The names of the features, from the top.
    predictions : array-like of shape (n_rows,), default=None
        The line above.
    base_value : float, default=None
        A dotted line among the predictions.
    row_names : sequence of str of length n_rows, default=None
        What is written below the columns.
    colorbar_label : str, default=None
        The label of the colour bar.
    prediction_label : str, default=None
        What the predictions are called.
    xlabel : str, default=None
        The label of the horizontal axis; long lines are wrapped.
    title : str, default=None
        The title.

    Attributes
    ----------
    image_ : matplotlib AxesImage
        The cells.
    predictions_ : matplotlib Line2D or None
        The predictions, as steps.
    prediction_ax_ : matplotlib Axes or None
        Where they are, an inset above `ax_`.
    colorbar_ : matplotlib Colorbar or None
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> from skxai.plotting import RowHeatmapDisplay
    >>> values = np.array([[3.0, 0.0], [0.0, 1.0], [2.5, 0.0], [0.0, 1.5]])
    >>> explanation = Explanation(values, np.zeros(4), values.sum(axis=1),
    ...                           feature_names=["age", "dose"])
    >>> display = RowHeatmapDisplay.from_explanation(explanation)
    >>> display.labels, display.row_names
    (['age', 'dose'], ['3', '1', '2', '0'])
    """

    def __init__(
        self,
        values,
        labels,
        *,
        predictions=None,
        base_value=None,
        row_names=None,
        colorbar_label=None,
        prediction_label=None,
        xlabel=None,
        title=None,
    ):
        self.values = values
        self.labels = labels
        self.predictions = predictions
        self.base_value = base_value
        self.row_names = row_names
        self.colorbar_label = colorbar_label
        self.prediction_label = prediction_label
        self.xlabel = xlabel
        self.title = title

    @classmethod
    def from_explanation(
        cls,
        explanation,
        *,
        ax=None,
        max_features=12,
        max_rows=500,
        order="cluster",
        output=None,
        **kwargs,
    ):
        """Draw the attributions of many rows.

        Parameters
        ----------
        explanation : Explanation
            What to draw.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None. The predictions take the room above it.
        max_features : int or None, default=12
            How many features have a line of their own, the most important first; the others are
            summed in one last line. None shows all.
        max_rows : int or None, default=500
            How many rows are drawn; of more, as many are chosen evenly along the order of their
            predictions, and the label below says so. None shows all: clustering takes memory and
            time that grow with the square of their number, and columns may be narrower than pixels.
        order : {"cluster", "prediction", "given"}, default="cluster"
            How rows are ordered. ``"cluster"``: by hierarchical clustering of all attributions
            (Ward's method), with the leaves of the tree turned so that neighbours are as similar
            as can be (of up to 1000 rows), and predictions rise from left to right rather than
            fall.
        output : str or class label, default=None
            The output to show. Needed with several outputs.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        RowHeatmapDisplay

        Raises
        ------
        ValueError
            If there are several outputs and `output` names none of them, there is no such order,
            or nothing to draw.

        References
        ----------
        Z. Bar-Joseph, D. K. Gifford and T. S. Jaakkola, "Fast optimal leaf ordering for
        hierarchical clustering", Bioinformatics 17 (2001).
        """
        check_attributions(explanation)
        check_max_features(max_features)
        check_max_features(max_rows, "max_rows")
        if order not in _ORDERS:
            raise ValueError(f"order must be one of {list(_ORDERS)}, got {order!r}")
        several = explanation.n_outputs > 1
        explanation = same_features(one_output(explanation, output))
        n_rows, words = len(explanation), f"{len(explanation)} rows"
        if max_rows is not None and n_rows > max_rows:
            explanation = explanation[_evenly(explanation.predictions.ravel(), max_rows)]
            words = f"{max_rows} of {n_rows} rows, chosen evenly by their predictions"
        values = explanation.values.reshape(explanation.shape[:2])
        predictions = explanation.predictions.ravel()
        placed = _order(values, predictions, order)
        shown, rest = leading(np.abs(values).mean(axis=0), max_features)
        name = quoted(explanation.output_names[0])
        display = cls(
            sum_rest(values.T, shown, rest)[:, placed],
            [explanation.feature_names[j] for j in shown] + others_labels(rest),
            predictions=predictions[placed],
            base_value=_single(explanation.base_values),
            row_names=_row_names(explanation, placed),
            colorbar_label=f"{value_word(explanation)}\n({units_label(explanation)})",
            prediction_label="prediction",
            xlabel=f"{words}{_ORDER_WORDS[order]}",
            title=f"output {name}" if several else None,
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, *, limit=None, colorbar=True, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        limit : float, default=None
            The attribution that has the strongest colour, to either side of zero; None for one
            that 95 % of the cells that are not zero do not exceed.
        colorbar : bool, default=True
            Whether to draw the colour bar.
        **kwargs : dict
            Passed to matplotlib's ``Axes.imshow``, for instance ``cmap``: one that runs from dark
            to light, such as ``"cividis"``, tells the signs apart in print without colours.

        Returns
        -------
        RowHeatmapDisplay
            This display.
        """
        values = np.asarray(self.values, dtype=float)
        limit = _limit(values) if limit is None else colour_limit(values, limit)
        ax, _ = prepare_axes(ax, self.labels, width=_WIDTH, frame=_FRAME_INCHES)
        ax.grid(False)
        ax.spines["bottom"].set_visible(False)
        style = {
            "cmap": diverging(),
            "vmin": -limit,
            "vmax": limit,
            "aspect": "auto",
            "interpolation": "nearest",
        }
        self.image_ = ax.imshow(values, **{**style, **kwargs})
        n_features, n_rows = values.shape
        ax.set(xlim=(-0.5, n_rows - 0.5), ylim=(n_features - 0.5, -0.5))
        ax.hlines(np.arange(1, n_features) - 0.5, -0.5, n_rows - 0.5, color="white", linewidth=1.5)
        ax.tick_params(axis="x", length=0)
        if self.row_names is not None:
            label_places(ax, self.row_names, axes_points(ax)[0] / n_rows)
        else:
            ax.set_xticks([])
        has_band = self.predictions is not None
        self.prediction_ax_, self.predictions_ = self._draw_band(ax) if has_band else (None, None)
        self.colorbar_ = self._draw_colorbar(ax, values, limit) if colorbar else None
        finish_axes(ax, None if has_band else self.title, self.xlabel)
        if has_band:
            finish_axes(self.prediction_ax_, self.title, None)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_band(self, ax):
        """The predictions in an inset above the cells."""
        predictions = np.asarray(self.predictions, dtype=float)
        height = min(72 * _BAND_INCHES / axes_points(ax)[1], 0.5)
        band = ax.inset_axes([0.0, 1 + _GAP, 1.0, height])
        edges = np.arange(len(predictions) + 1) - 0.5
        steps = np.r_[predictions, predictions[-1:]]
        (line,) = band.plot(edges, steps, drawstyle="steps-post", color=NEUTRAL, linewidth=1.2)
        if self.base_value is not None:
            band.axhline(self.base_value, color=LINE, linewidth=0.8, linestyle=":")
        band.set_xlim(-0.5, len(predictions) - 0.5)
        band.set_xticks([])
        band.locator_params(axis="y", nbins=3)
        band.tick_params(axis="y", labelsize="small", color=GREY)
        for side in ("top", "right", "bottom"):
            band.spines[side].set_visible(False)
        if self.prediction_label:
            band.set_ylabel(upright(band, self.prediction_label), fontsize="small")
        return band, line

    def _draw_colorbar(self, ax, values, limit):
        known = values[np.isfinite(values)]
        ends = {(False, False): "neither", (True, False): "min", (False, True): "max"}
        beyond = bool((known < -limit).any()), bool((known > limit).any())
        colorbar = ax.figure.colorbar(
            self.image_, ax=ax, pad=0.02, aspect=24, extend=ends.get(beyond, "both")
        )
        colorbar.outline.set_visible(False)
        if self.colorbar_label:
            colorbar.set_label(upright(colorbar.ax, self.colorbar_label))
        return colorbar


_ORDER_WORDS = {
    "cluster": ", those with similar attributions side by side",
    "prediction": ", by rising prediction",
    "given": "",
}


def _evenly(predictions, n_chosen):
    """Positions of rows that lie evenly along the order of the predictions, as they come."""
    order = np.argsort(predictions, kind="stable")
    return np.sort(order[np.linspace(0, len(order) - 1, n_chosen).round().astype(int)])


def _order(values, predictions, order):
    """The rows in the order in which they are drawn."""
    if order == "given" or len(values) < 2:
        return np.arange(len(values))
    if order == "prediction":
        return np.argsort(predictions, kind="stable")
    distances = distance.pdist(np.nan_to_num(values))
    tree = hierarchy.linkage(distances, method="ward")
    if len(values) <= _MOST_TURNED:
        tree = hierarchy.optimal_leaf_ordering(tree, distances)
    leaves = hierarchy.leaves_list(tree)
    places = np.arange(len(leaves)) - (len(leaves) - 1) / 2
    known = np.nan_to_num(predictions[leaves])
    return leaves if places @ known >= 0 else leaves[::-1]


def _limit(values):
    """The magnitude that colours end at."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    return float(np.quantile(sizes, _SHARE_OF_CELLS)) if len(sizes) else 1.0


def _single(base_values):
    """The base value, where all rows have the same."""
    base = np.asarray(base_values).ravel()
    return float(base[0]) if len(base) and np.ptp(base) <= 1e-9 * abs(base[0]) else None


def _row_names(explanation, placed):
    if len(placed) > _MOST_NAMED:
        return None
    labels = range(len(placed)) if explanation.index is None else explanation.index
    return [str(labels[row]) for row in placed]
