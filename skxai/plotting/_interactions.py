"""A matrix: how strongly each pair of features interacts."""

import numpy as np

from skxai.explanation import InteractionExplanation
from skxai.plotting._columns import row_values
from skxai.plotting._common import (
    LINE,
    ExplanationDisplay,
    axes_points,
    check_max_features,
    check_not_empty,
    diverging,
    finish_axes,
    label_places,
    leading,
    one_output,
    one_row,
    prepare_axes,
    text_inches,
    upright,
)
from skxai.plotting._text import (
    label_with_values,
    number_format,
    quoted,
    row_title,
    units_label,
)

_FEW = 12  # columns with room for numbers
_CELL_WIDTHS = (0.6, 0.26)  # inches, of few columns and of many
_COLORBAR_WIDTH = 1.3  # inches, with its label
_FRAME = 1.9  # inches: the names below the columns, and the caption
_LEFT_BY_LABELS = 0.6  # of the width of given axes, about
_SMALLEST = 5  # points, of a number that can be read


class InteractionDisplay(ExplanationDisplay):
    """A matrix of the interactions of pairs of features.

    A coloured cell is the interaction of the features of its row and its column, whole: both
    halves that an :class:`~skxai.InteractionExplanation` keeps, ``2 * values[:, i, j]``. The
    matrix is symmetric, so only its lower half is drawn. On the diagonal are main effects; they
    are another kind of thing and often much larger, so they are grey, framed, and have a scale of
    their own, whose end the label below the picture tells.

    It is recommended to use `from_explanation` or ``interactions.plot("interactions")``. All
    parameters are stored as attributes.

    Parameters
    ----------
    values : array-like of shape (n_features, n_features)
        Interactions, and main effects on the diagonal. What is above it is not looked at.
    labels : sequence of str
        The names beside the rows.
    column_labels : sequence of str, default=None
        The names below the columns; None: those of the rows.
    signed : bool, default=False
        Whether values may be negative (those of one row) or not (mean absolute values).
    colorbar_label : str, default=None
        The label of the colour bar.
    xlabel : str, default=None
        The label below the matrix; long lines are wrapped.
    title : str, default=None
        The title.

    Attributes
    ----------
    cells_ : matplotlib PatchCollection
        The interactions, row by row.
    diagonal_ : matplotlib PatchCollection
        The absolute main effects.
    texts_ : list of matplotlib Text
        The numbers in the cells, row by row, the diagonal included; empty where they do not fit.
    colorbar_ : matplotlib Colorbar or None
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import InteractionExplanation
    >>> from skxai.plotting import InteractionDisplay
    >>> interactions = InteractionExplanation(
    ...     values=np.array([[[2.0, 0.5], [0.5, 1.0]]]), base_values=[0.0], predictions=[4.0],
    ...     feature_names=["age", "dose"])
    >>> display = InteractionDisplay.from_explanation(interactions)
    >>> [text.get_text() for text in display.texts_]
    ['2.00', '1.00', '1.00']
    """

    def __init__(
        self,
        values,
        labels,
        *,
        column_labels=None,
        signed=False,
        colorbar_label=None,
        xlabel=None,
        title=None,
    ):
        self.values = values
        self.labels = labels
        self.column_labels = column_labels
        self.signed = signed
        self.colorbar_label = colorbar_label
        self.xlabel = xlabel
        self.title = title

    @classmethod
    def from_explainer(cls, explainer, X, **kwargs):
        """Compute the interactions in `X` and draw them.

        Parameters
        ----------
        explainer : ShapleyExplainer
            A fitted explainer with a method ``interactions``.
        X : {DataFrame, array-like, sparse matrix} of shape (n_rows, n_features)
            The rows to explain.
        **kwargs : dict
            Passed to `from_explanation`.

        Returns
        -------
        InteractionDisplay
        """
        return cls.from_explanation(explainer.interactions(X), **kwargs)

    @classmethod
    def from_explanation(
        cls, interactions, *, ax=None, max_features=10, output=None, row=None, **kwargs
    ):
        """Draw the mean absolute interactions over all rows, or the interactions of one row.

        Features come by falling importance (the mean absolute attribution, in one row its
        size). Means of absolute values that were sampled are too large where the noise is;
        the label below then says how large a value noise alone would make.

        Parameters
        ----------
        interactions : InteractionExplanation
            What to draw.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        max_features : int or None, default=10
            How many features are shown; the label below says how many are not, and the largest
            interaction that one of them takes part in. None shows all.
        output : str or class label, default=None
            The output to show. Needed with several outputs.
        row : int, default=None
            Position of the row to show, with signs; None shows the means over all rows.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        InteractionDisplay

        Raises
        ------
        TypeError
            If `interactions` is no InteractionExplanation.
        ValueError
            If there are several outputs and `output` names none of them, or there is no such row.
        """
        if not isinstance(interactions, InteractionExplanation):
            raise TypeError(
                f"interactions is {type(interactions).__name__}; expected an "
                "InteractionExplanation, as explainer.interactions(X) returns"
            )
        check_not_empty(interactions)
        check_max_features(max_features)
        signed, title = row is not None, []
        if signed:
            alone = one_row(interactions, row)
            interactions, title = alone, [row_title(interactions, row)]
        if interactions.n_outputs > 1:
            title.append(f"output {quoted(output)}")
        interactions = one_output(interactions, output)
        sizes = np.abs(interactions.values.sum(axis=2)).mean(axis=0)
        shown, rest = leading(sizes, max_features)
        whole = _whole(interactions.values)
        values = whole[0] if signed else np.abs(whole).mean(axis=0)
        names = labels = [interactions.feature_names[j] for j in shown]
        kind = f"mean |interaction| over {len(interactions)} rows"
        if signed:
            cells = [row_values(interactions, j) for j in shown]
            labels = [label_with_values(*both) for both in zip(names, cells)]
            kind = "interaction"
        display = cls(
            values[np.ix_(shown, shown)],
            labels,
            column_labels=names,
            signed=signed,
            colorbar_label=f"{kind}\n({units_label(interactions)})",
            xlabel="\n".join(_notes(interactions, values, shown, rest, signed)),
            title=", ".join(filter(None, title)),
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, *, colorbar=True, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        colorbar : bool, default=True
            Whether to draw the colour bar, where there is a pair of features.
        **kwargs : dict
            Passed to matplotlib's ``PatchCollection`` of the interactions, for instance
            ``cmap``.

        Returns
        -------
        InteractionDisplay
            This display.
        """
        values = np.asarray(self.values, dtype=float)
        n = len(values)
        matrix = _CELL_WIDTHS[n > _FEW] * max(n, 4)
        width = matrix + text_inches(self.labels) + _COLORBAR_WIDTH
        given = ax is not None
        ax, size = prepare_axes(ax, self.labels, width=width, frame=_FRAME)
        points = _LEFT_BY_LABELS * axes_points(ax)[0] if given else 72 * matrix
        ax.spines["bottom"].set_visible(False)
        ax.tick_params(axis="x", length=0)
        ax.grid(False)
        rows, columns = np.tril_indices(n, k=-1)
        largest = np.max(np.abs(values[rows, columns]), initial=0.0) or 1.0
        style = {
            "cmap": diverging() if self.signed else "Blues",
            "clim": (-largest if self.signed else 0.0, largest),
            "edgecolor": "white",
        }
        self.cells_ = _draw_cells(ax, rows, columns, values[rows, columns], **{**style, **kwargs})
        main = np.abs(np.diag(values))
        self.diagonal_ = _draw_cells(
            ax,
            np.arange(n),
            np.arange(n),
            main,
            cmap=_greys(),
            clim=(0.0, main.max() or 1.0),
            edgecolor=LINE,
            zorder=2,
        )
        ax.set_xlim(-0.5, n - 0.5)
        label_places(ax, self.column_labels or self.labels, points / n)
        self.texts_, note = self._write_values(ax, values, points / n, size)
        self.colorbar_ = (
            self._draw_colorbar(ax) if colorbar and values[rows, columns].any() else None
        )
        finish_axes(ax, self.title, "\n".join(filter(None, [self.xlabel, note])))
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _write_values(self, ax, values, width, size):
        """Numbers in the cells, if they fit a width in points, and what to say about them."""
        n = len(values)
        rows, columns = np.tril_indices(n)
        largest = np.abs(values[rows, columns]).max()
        exponent = int(np.floor(np.log10(largest))) if largest > 0 else 0
        exponent = 0 if -4 <= exponent < 6 else exponent  # a cell has no room for 1.23e-10
        values = values / 10.0**exponent
        # Digits that suit the interactions, and others that suit the main effects.
        write = number_format(values[np.tril_indices(n, k=-1)], sign=self.signed)
        write_main = number_format(np.diag(values), sign=self.signed)
        texts = [(write_main if i == j else write)(values[i, j]) for i, j in zip(rows, columns)]
        height = axes_points(ax)[1] / n
        size = min(size, 0.92 * width / (0.64 * max(map(len, texts))), 0.5 * height)
        if size < _SMALLEST or n > _FEW:
            return [], None
        faces = np.ones((n, n, 4))  # above the diagonal nothing is drawn
        faces[np.tril_indices(n, k=-1)] = self.cells_.to_rgba(self.cells_.get_array())
        faces[np.diag_indices(n)] = self.diagonal_.to_rgba(self.diagonal_.get_array())
        lightness = faces[..., :3] @ [0.2126, 0.7152, 0.0722]
        style = {"ha": "center", "va": "center", "fontsize": size}
        written = [
            ax.text(j, i, text, color="black" if lightness[i, j] > 0.5 else "white", **style)
            for i, j, text in zip(rows, columns, texts)
        ]
        factor = f"1e{exponent}".replace("-", "\N{MINUS SIGN}")
        return written, f"numbers in the cells: × {factor}" if exponent else None

    def _draw_colorbar(self, ax):
        colorbar = ax.figure.colorbar(self.cells_, ax=ax, pad=0.02, shrink=0.9, aspect=24)
        colorbar.outline.set_visible(False)
        if self.colorbar_label:
            colorbar.set_label(upright(ax, self.colorbar_label))
        return colorbar


def _whole(values):
    """Interactions with both their halves; main effects as they are."""
    return values * np.where(np.eye(values.shape[1], dtype=bool), 1.0, 2.0)


def _notes(interactions, values, shown, rest, signed):
    """What the label below the matrix says: of the diagonal, of the noise, of what is hidden."""
    main, pairs = np.abs(np.diag(values)), np.abs(values) * ~np.eye(len(values), dtype=bool)
    largest = main[shown].max()
    kind = "|main effect|" if signed else "mean |main effect|"
    notes = [f"diagonal, in grey: {kind}, from 0 to {number_format([largest])(largest)}"]
    if interactions.std_errors is not None and len(shown) > 1:
        errors = _whole(interactions.std_errors).mean(axis=0)
        noise = errors[np.ix_(shown, shown)][np.tril_indices(len(shown), k=-1)].max()
        if signed:
            notes.append(f"standard errors of interactions: up to {number_format([noise])(noise)}")
        else:
            noise *= np.sqrt(2 / np.pi)  # the mean absolute value of normal noise
            notes.append(f"sampling noise alone would show up to {number_format([noise])(noise)}")
    if len(rest):
        hidden = pairs[rest].max()
        notes.append(
            f"{len(rest)} features of smaller importance are not shown "
            f"(their largest interaction: {number_format([hidden])(hidden)})"
        )
    return notes


def _draw_cells(ax, rows, columns, values, **style):
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    cells = [Rectangle((j - 0.5, i - 0.5), 1, 1) for i, j in zip(rows, columns)]
    collection = PatchCollection(cells, clip_on=False, **style)
    collection.set_array(values)
    return ax.add_collection(collection)


def _greys():
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("greys", ["white", "0.5"])
