"""A matrix of edges: which feature matters for which."""

import numpy as np

from skxai.plotting._common import (
    ExplanationDisplay,
    axes_points,
    finish_axes,
    label_places,
    new_axes,
    prepare_axes,
    text_inches,
    upright,
)
from skxai.plotting._text import number_format

_CELL_INCHES = (0.5, 0.26)  # of few columns and of many
_FEW = 12  # columns with room for numbers
_FRAME_INCHES = 1.3
_COLORBAR_INCHES = 1.2
_LEFT_BY_LABELS = 0.6  # of the width of given axes, about
_SMALLEST = 5  # points, of a number that can be read


class AdjacencyDisplay(ExplanationDisplay):
    """The weights of a graph as a heat-map: from the row's feature to the column's.

    It is recommended to use `from_explanation` or ``graph.plot("adjacency")``. All parameters are
    stored as attributes.

    Parameters
    ----------
    matrix : array-like of shape (n_features, n_features)
        Weights, from row to column. What is on the diagonal is not drawn.
    labels : sequence of str
        The names of the features.
    scores : array-like of shape (n_features,), default=None
        How well each feature is predicted; written below the columns' names.
    title : str, default=None
        The title.

    Attributes
    ----------
    cells_ : matplotlib QuadMesh
        The weights, row by row.
    texts_ : list of matplotlib Text
        The numbers in the cells, row by row; empty where they do not fit.
    colorbar_ : matplotlib Colorbar or None
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.network import InfluenceGraph
    >>> graph = InfluenceGraph(
    ...     np.array([[0.0, 0.8], [0.5, 0.0]]), feature_names=["rain", "river"])
    >>> [text.get_text() for text in graph.plot("adjacency").texts_]
    ['0.800', '0.500']
    """

    def __init__(self, matrix, labels, *, scores=None, title=None):
        self.matrix = matrix
        self.labels = labels
        self.scores = scores
        self.title = title

    @classmethod
    def from_explanation(cls, graph, *, ax=None, title=None, **kwargs):
        """Draw the weights of a graph.

        Parameters
        ----------
        graph : InfluenceGraph
            What to draw.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        title : str, default=None
            The title.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        AdjacencyDisplay
        """
        display = cls(graph.matrix, graph.feature_names, scores=graph.scores, title=title)
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, *, colorbar=True, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        colorbar : bool, default=True
            Whether to draw the colour bar.
        **kwargs : dict
            Passed to matplotlib's ``pcolormesh``, for instance ``cmap``.

        Returns
        -------
        AdjacencyDisplay
            This display.
        """
        matrix = np.array(self.matrix, dtype=float)
        np.fill_diagonal(matrix, np.nan)
        n = len(matrix)
        cell = _CELL_INCHES[n > _FEW]
        given = ax is not None
        if not given:
            width = cell * max(n, 4) + text_inches(self.labels) + _COLORBAR_INCHES
            ax = new_axes(width, cell * max(n, 4) + _FRAME_INCHES)
        points = _LEFT_BY_LABELS * axes_points(ax)[0] / n if given else 72 * cell
        _, size = prepare_axes(ax, self.labels)
        ax.grid(False)
        ax.spines["bottom"].set_visible(False)
        ax.tick_params(axis="x", length=0)
        edges = np.arange(n + 1) - 0.5
        largest = np.nanmax(matrix, initial=0.0) or 1.0
        style = {"cmap": "Blues", "vmin": 0.0, "vmax": largest, "edgecolor": "white"}
        self.cells_ = ax.pcolormesh(edges, edges, np.ma.masked_invalid(matrix), **style | kwargs)
        ax.set_xlim(-0.5, n - 0.5)
        label_places(ax, self.labels, points)
        self.texts_ = self._write(ax, matrix, largest, points, size)
        self.colorbar_ = self._draw_colorbar(ax) if colorbar else None
        finish_axes(ax, self.title, "target")
        ax.set_ylabel("source")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _write(self, ax, matrix, largest, points, size):
        """The numbers, if they fit cells of this width in points."""
        write = number_format([largest])
        size = min(size, 0.92 * points / (0.64 * len(write(largest))))
        if size < _SMALLEST or len(matrix) > _FEW:
            return []
        style = {"ha": "center", "va": "center", "fontsize": size}
        return [
            ax.text(j, i, write(weight), color="black" if weight < 0.6 * largest else "w", **style)
            for (i, j), weight in np.ndenumerate(matrix)
            if i != j
        ]

    def _draw_colorbar(self, ax):
        colorbar = ax.figure.colorbar(self.cells_, ax=ax, pad=0.02, shrink=0.9, aspect=24)
        colorbar.outline.set_visible(False)
        colorbar.set_label(upright(ax, "mean |relevance| (sd of the target)"))
        return colorbar
