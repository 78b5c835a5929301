"""A surrogate tree: what a small tree says around one row."""

import numpy as np

from skxai.plotting._columns import row_values
from skxai.plotting._common import (
    GREY,
    LINE,
    POSITIVE,
    ExplanationDisplay,
    axes_points,
    finish_axes,
    label_size,
    low_to_high,
    new_axes,
    one_output,
    one_row,
)
from skxai.plotting._text import (
    fit,
    label_with_values,
    number_format,
    quoted,
    row_title,
    value_text,
)

_LEVEL_INCHES = 2.25
_LEAF_INCHES = 1.3
_ROW_INCHES = 0.5
_FRAME_INCHES = 0.9
_QUESTION_WIDTH = 22  # characters of a line
_ELBOW = 0.83  # where lines turn, as a share of a level


class TreeDisplay(ExplanationDisplay):
    """The surrogate tree of one row, from its first question at the left to what it says.

    The line of the row itself is orange. Beside each answer is the share of the neighbours that
    it is given to.

    It is recommended to use `from_explanation` or ``explanation.plot("tree")``. All parameters
    are stored as attributes.

    Parameters
    ----------
    tree : dict
        The root. A node has a ``"value"`` and a ``"share"``; one that is split has a
        ``"question"``, the nodes ``"yes"`` and ``"no"``, and the answer of the ``"row"``, one of
        these two words.
    xlabel : str, default=None
        What is written below; long lines are wrapped.
    title : str, default=None
        The title.

    Attributes
    ----------
    questions_ : list of matplotlib Text
        From the top.
    answers_ : list of matplotlib Text
        What the leaves say, from the top.
    leaves_ : matplotlib PathCollection
        Their points, from dark blue (the lowest value) to light orange (the highest).
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from skxai.plotting import TreeDisplay
    >>> display = TreeDisplay({
    ...     "value": 3.0, "share": 1.0, "question": "age ≤ 39.5", "row": "no",
    ...     "yes": {"value": 2.0, "share": 0.75}, "no": {"value": 6.0, "share": 0.25}}).plot()
    >>> [text.get_text() for text in display.answers_]
    ['2.00 (75 %)', '6.00 (25 %)']
    """

    def __init__(self, tree, *, xlabel=None, title=None):
        self.tree = tree
        self.xlabel = xlabel
        self.title = title

    @classmethod
    def from_explanation(cls, explanation, *, ax=None, output=None, row=0, **kwargs):
        """Draw the surrogate tree of one row.

        Parameters
        ----------
        explanation : LimeExplanation
            By ``LimeExplainer(surrogate="tree")``.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        output : str or class label, default=None
            The output to show. Default, with several outputs: the one with the largest
            prediction in this row, which for a classifier is the predicted class.
        row : int, default=0
            Position of the row.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        TreeDisplay
        """
        if getattr(explanation, "trees", None) is None:
            raise ValueError(
                f"explanation is a {type(explanation).__name__} without trees; expected one by "
                "LimeExplainer(surrogate='tree')"
            )
        n_outputs, largest = explanation.n_outputs, ""
        explanation, title = one_row(explanation, row), [row_title(explanation, row)]
        if output is None and n_outputs > 1:
            output = explanation.output_names[int(explanation.predictions[0].argmax())]
            largest = " (the largest)"
        explanation = one_output(explanation, output)
        if n_outputs > 1:
            title.append(f"output {quoted(explanation.output_names[0])}{largest}")
        tree = _in_words(explanation.surrogate_tree(), explanation)
        display = cls(tree, xlabel=_about(explanation), title=", ".join(filter(None, title)))
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        **kwargs : dict
            Passed to matplotlib's ``Axes.scatter`` for the points of the leaves, for instance
            ``s`` or ``cmap``.

        Returns
        -------
        TreeDisplay
            This display.
        """
        splits, leaves, depth = _places(self.tree)
        inches = depth * _LEVEL_INCHES + _LEAF_INCHES, max(3, len(leaves)) * _ROW_INCHES
        if ax is None:
            ax = new_axes(max(6.0, inches[0]), inches[1] + _FRAME_INCHES)
        room = axes_points(ax) / 72 / inches  # given axes may be smaller
        size = float(np.clip(label_size("y") * min(1.0, *room), 5.0, 9.0))
        ax.set_xlim(-0.05, depth + _LEAF_INCHES / _LEVEL_INCHES)
        ax.set_ylim(len(leaves) - 0.5, -0.5)
        ax.set_xticks([]), ax.set_yticks([])
        for side in ax.spines.values():
            side.set_visible(False)
        for x, y, node, _ in splits:
            self._draw_branches(ax, (x, y), node, size)
        box = {"boxstyle": "round,pad=0.35", "facecolor": "white"}
        self.questions_ = [
            ax.text(
                x,
                y,
                _on_lines(node["question"]),
                fontsize=size,
                va="center",
                bbox={**box, "edgecolor": POSITIVE if own else LINE},
                zorder=4,
            )
            for x, y, node, own in splits
        ]
        values = [node["value"] for _, _, node, _ in leaves]
        y = [place for _, place, _, _ in leaves]
        style = {"s": 60, "cmap": low_to_high(), "edgecolors": LINE, "linewidths": 0.5}
        self.leaves_ = ax.scatter(
            np.full(len(leaves), depth), y, c=values, zorder=4, **{**style, **kwargs}
        )
        write = number_format(values)
        self.answers_ = [
            ax.text(
                depth + 0.07,
                place,
                f"{write(node['value'])} ({100 * node['share']:.0f} %)",
                fontsize=size,
                va="center",
                weight="bold" if own else "normal",
            )
            for _, place, node, own in leaves
        ]
        finish_axes(ax, self.title, self.xlabel)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @staticmethod
    def _draw_branches(ax, start, node, size):
        """The lines from a question to what follows each answer."""
        x, y = start
        turn = x + _ELBOW
        for answer in ("no", "yes"):
            child = node[answer]
            own = node["own"] and node["row"] == answer
            style = {
                "color": POSITIVE if own else GREY,
                "linewidth": 2.2 if own else 1.2,
                "zorder": 3 if own else 2,
            }
            end_x, end_y = child["place"]
            ax.plot([x, turn, turn, end_x], [y, y, end_y, end_y], solid_joinstyle="round", **style)
            ax.annotate(
                answer,
                (turn, end_y),
                xytext=(2, 2),
                textcoords="offset points",
                fontsize=0.85 * size,
                color=LINE,
                zorder=5,
            )


def _places(tree):
    """Where nodes are drawn, leaves below each other at the right, and which are the row's.

    Returns
    -------
    splits, leaves : list of (x, y, node, own)
        From the top. Nodes are copies that know their ``"place"``, and whether they are the row's
        ``"own"``.
    depth : int
    """
    splits, leaves = [], []

    def height(node):
        return 1 + max(height(node["yes"]), height(node["no"])) if "question" in node else 0

    depth = height(tree)

    def put(node, level, own):
        placed = {**node, "own": own}
        if "question" not in node:
            placed["place"] = depth, float(len(leaves))
            leaves.append((*placed["place"], placed, own))
            return placed
        at = len(splits)
        for answer in ("yes", "no"):
            placed[answer] = put(node[answer], level + 1, own and node["row"] == answer)
        placed["place"] = level, (placed["yes"]["place"][1] + placed["no"]["place"][1]) / 2
        splits.insert(at, (*placed["place"], placed, own))
        return placed

    put(tree, 0, True)
    return splits, leaves, depth


def _in_words(node, explanation):
    """A node of `LimeExplanation.surrogate_tree` as `TreeDisplay` has it."""
    told = {"value": node["value"], "share": node["share"]}
    if "feature" not in node:
        return told
    yes, no = ("below", "above") if node["kind"] == "number" else ("above", "below")
    return {
        **told,
        "question": _question(node, explanation),
        "row": "yes" if node["row"] == yes else "no",
        "yes": _in_words(node[yes], explanation),
        "no": _in_words(node[no], explanation),
    }


def _question(node, explanation):
    name = node["feature"]
    if node["kind"] == "number":
        threshold = node["threshold"]
        whole = 1e4 <= abs(threshold) < 1e9  # rather 22204 than 2.22e+04
        return f"{name} ≤ {value_text(round(threshold) if whole else threshold)}"
    if node["kind"] == "presence":
        return f"with {name}"
    values = None
    if name in explanation.feature_names:  # not if other features were chosen since
        values = row_values(explanation, explanation.feature_names.index(name))
    if values is None or len(values) > 3:
        return f"{name} as in the row"
    if node["kind"] == "quartile":
        return f"{name} in the quartile of {value_text(values[0])}"
    return label_with_values(name, values)


def _on_lines(question):
    """A question on at most two lines, the second with the threshold."""
    name, sign, threshold = question.rpartition(" ≤ ")
    if not sign or len(question) <= _QUESTION_WIDTH:
        return fit(question, 2, _QUESTION_WIDTH)
    return f"{fit(name, 1, _QUESTION_WIDTH)}\n≤ {threshold}"


def _about(explanation):
    """What the picture needs to be read: units, shares, and how well the tree fits."""
    output = explanation.output_names if explanation.targets is None else explanation.targets
    write = number_format(explanation.predictions)
    lines = [
        f"at the right: output {quoted(output[0])} (share of the neighbours)",
        f"orange: the row; the model says {write(float(explanation.predictions[0]))}",
    ]
    if explanation.fresh_r2 is not None:
        lines.append(f"R² of the tree on fresh neighbours: {float(explanation.fresh_r2[0]):.2f}")
    return "\n".join(lines)
