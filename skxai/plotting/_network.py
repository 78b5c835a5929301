"""A graph: features on a circle, and arrows between them."""

import numpy as np

from skxai.plotting._common import (
    LINE,
    ExplanationDisplay,
    check_max_features,
    label_size,
    new_axes,
)
from skxai.plotting._text import fit

_FIGURE_INCHES = (7.0, 6.0)
_NODE_POINTS = 16  # diameter
_WIDEST = 4.0  # points, of the heaviest arrow
_FAINTEST = 0.15
_BEND = 0.12  # so that the two arrows of a pair lie beside each other
_LABEL_POINTS = 12  # from the middle of the node


class NetworkDisplay(ExplanationDisplay):
    """Features on a circle; an arrow is as wide and dark as its weight is large.

    Features that share much stand near each other. A node is as dark as it is well predicted from
    the others (R²); white is 0.

    It is recommended to use `from_explanation` or ``graph.plot("network")``. All parameters are
    stored as attributes.

    Parameters
    ----------
    matrix : array-like of shape (n_features, n_features)
        Weights of the edges, from row to column.
    labels : sequence of str
        The names of the nodes.
    scores : array-like of shape (n_features,), default=None
        How well each is predicted.
    max_edges : int or None, default=None
        How many arrows are drawn, the heaviest; None draws all of a weight above zero.
    title : str, default=None
        The title.

    Attributes
    ----------
    places_ : ndarray of shape (n_features, 2)
        Where the nodes are.
    nodes_ : matplotlib PathCollection
    arrows_ : list of matplotlib FancyArrowPatch
        The heaviest last.
    edges_ : list of (int, int)
        Source and target of each arrow.
    texts_ : list of matplotlib Text
        The names.
    colorbar_ : matplotlib Colorbar or None
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.network import InfluenceGraph
    >>> graph = InfluenceGraph(
    ...     np.array([[0.0, 0.8], [0.5, 0.0]]), feature_names=["rain", "river"])
    >>> graph.plot("network").edges_
    [(1, 0), (0, 1)]
    """

    def __init__(self, matrix, labels, *, scores=None, max_edges=None, title=None):
        self.matrix = matrix
        self.labels = labels
        self.scores = scores
        self.max_edges = max_edges
        self.title = title

    @classmethod
    def from_explanation(cls, graph, *, ax=None, max_edges="auto", title=None, **kwargs):
        """Draw a graph.

        Parameters
        ----------
        graph : InfluenceGraph
            What to draw.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        max_edges : int, "auto" or None, default="auto"
            How many arrows, the heaviest; "auto" is twice the number of features, None all. The
            label below says what is left out.
        title : str, default=None
            The title.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        NetworkDisplay
        """
        if isinstance(max_edges, str):
            if max_edges != "auto":
                raise ValueError(f"max_edges must be 'auto', None or an integer, got {max_edges!r}")
            max_edges = 2 * len(graph.matrix)
        display = cls(
            graph.matrix,
            graph.feature_names,
            scores=graph.scores,
            max_edges=max_edges,
            title=title,
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, *, colorbar=True, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        colorbar : bool, default=True
            Whether to draw the colour bar of the nodes, where there are scores.
        **kwargs : dict
            Passed to matplotlib's ``FancyArrowPatch``, for instance ``color``.

        Returns
        -------
        NetworkDisplay
            This display.
        """
        check_max_features(self.max_edges, "max_edges")
        ax = new_axes(*_FIGURE_INCHES) if ax is None else ax
        matrix = np.asarray(self.matrix, dtype=float)
        self.places_ = _circle(matrix)
        ax.set(xlim=(-1.5, 1.5), ylim=(-1.3, 1.3), xticks=[], yticks=[], aspect="equal")
        ax.spines[:].set_visible(False)
        self._draw_arrows(ax, matrix, kwargs)
        self._draw_nodes(ax)
        self.colorbar_ = None
        if colorbar and self.scores is not None:
            self.colorbar_ = ax.figure.colorbar(self.nodes_, ax=ax, shrink=0.5, aspect=18)
            self.colorbar_.outline.set_visible(False)
            self.colorbar_.set_label("R² on rows held out")
        if self.title:
            ax.set_title(self.title, loc="left", fontsize="medium")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_arrows(self, ax, matrix, style):
        from matplotlib.patches import FancyArrowPatch

        weights = matrix * ~np.eye(len(matrix), dtype=bool)
        order = np.argsort(weights, axis=None, kind="stable")
        order = order[weights.ravel()[order] > 0]
        n_hidden = 0 if self.max_edges is None else max(0, len(order) - self.max_edges)
        hidden, order = order[:n_hidden], order[n_hidden:]
        largest = weights.max(initial=0.0) or 1.0
        self.edges_ = [divmod(int(edge), len(matrix)) for edge in order]
        self.arrows_ = []
        for source, target in self.edges_:
            share = weights[source, target] / largest
            arrow = {
                "arrowstyle": "-|>",
                "connectionstyle": f"arc3,rad={_BEND}",
                "mutation_scale": 6 + 2 * _WIDEST * share,
                "linewidth": _WIDEST * share,
                "alpha": _FAINTEST + (1 - _FAINTEST) * share,
                "color": LINE,
                "shrinkA": _NODE_POINTS / 2,
                "shrinkB": _NODE_POINTS / 2,
            }
            ends = self.places_[source], self.places_[target]
            self.arrows_.append(ax.add_patch(FancyArrowPatch(*ends, **arrow | style)))
        if n_hidden:
            below = weights.ravel()[hidden[-1]]
            ax.set_xlabel(
                f"widest arrow: {largest:.2g}; {n_hidden} edges, up to {below:.2g}, are not shown"
            )

    def _draw_nodes(self, ax):
        colours = {"color": "white"}
        if self.scores is not None:
            scores = np.clip(np.asarray(self.scores, dtype=float), 0.0, 1.0)
            colours = {"c": scores, "cmap": "Blues", "vmin": 0.0, "vmax": 1.0}
        style = {"s": _NODE_POINTS**2, "edgecolors": LINE, "zorder": 3}
        self.nodes_ = ax.scatter(*self.places_.T, **colours, **style)
        self.texts_ = []
        for place, label in zip(self.places_, self.labels):
            across = "center" if abs(place[0]) < 0.2 else "left" if place[0] > 0 else "right"
            upward = "center" if abs(place[1]) < 0.8 else "bottom" if place[1] > 0 else "top"
            self.texts_.append(
                ax.annotate(
                    fit(label, width=18),
                    place,
                    xytext=_LABEL_POINTS * place,
                    textcoords="offset points",
                    ha=across,
                    va=upward,
                    fontsize=label_size("x"),
                )
            )


def _circle(matrix):
    """Places on a circle, such that what is joined by heavy edges is near.

    The order is that of the angles in the plane of the two smoothest eigenvectors of the graph.
    """
    n = len(matrix)
    order = np.arange(n)
    weights = matrix + matrix.T
    np.fill_diagonal(weights, 0.0)
    if n > 3 and weights.any():
        degrees = np.where(weights.any(axis=0), weights.sum(axis=0), 1.0)
        root = 1 / np.sqrt(degrees)
        vectors = np.linalg.eigh(np.eye(n) - root[:, None] * weights * root)[1][:, 1:3]
        vectors = vectors * root[:, None]
        vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), [0, 1]])
        order = np.argsort(np.arctan2(vectors[:, 1], vectors[:, 0]), kind="stable")
    angles = np.empty(n)
    angles[order] = np.pi / 2 - 2 * np.pi * np.arange(n) / n
    return np.column_stack([np.cos(angles), np.sin(angles)])
