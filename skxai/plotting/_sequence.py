"""Sequences, letter by letter, coloured by attribution."""

import textwrap

import numpy as np
import pandas as pd

from skxai.explanation import SequenceLayout
from skxai.plotting._common import (
    ExplanationDisplay,
    axes_points,
    check_attributions,
    diverging,
    finish_axes,
    letters_in,
    new_axes,
    one_output,
    one_row,
    text_inches,
)
from skxai.plotting._letters import LetterGrid, line_width, number_positions, write_letters
from skxai.plotting._text import fit, plain, quoted, row_label, row_title, units_label, value_word

_MOST_LETTERS = 5000
_CELL = np.array([15.0, 18.0])  # points, of a letter in a new figure
_COLORBAR_INCHES = 0.65  # below, with its label
_TITLE_INCHES, _LINE_INCHES = 0.35, 0.17  # a title of one line, and each more
_TITLE_POINTS = 10
_LEAST_WIDTH = 3.0  # inches
_LONGEST_BAR, _BAR_INCHES = 3.0, 0.09
_NO_PLAYER = "0.93"
_SCALES = (None, "line", "all")


class SequenceDisplay(ExplanationDisplay):
    """Sequences, letter by letter: orange where attributions are positive, blue if negative.

    One line for each row, or for each of several methods that explain the same row. Positions
    are numbered from 1 above the lines. Letters that are no players are grey. Long sequences
    are continued below.

    It is recommended to use `from_explanation` or ``explanation.plot("sequence")``. All
    parameters are stored as attributes.

    Parameters
    ----------
    values : array-like of shape (n_positions,) or (n_lines, n_positions), or DataFrame
        The attributions; NaN where a position is no player, or a shorter sequence has ended. The
        index of a DataFrame names the lines.
    letters : str, or sequence of str or of sequences of str
        The letters of all lines; or, in a list, those of each, as a text or letter by letter. A
        list of one is for all lines.
    names : sequence of str of length n_lines, default=None
        What is written beside the lines.
    scale : {"line", "all"}, default=None
        What has the strongest colour: in each line its own largest magnitude, to compare methods
        with different units; or the largest of all lines. None: "line" if `values` has two
        dimensions.
    label : str, default=None
        The label of the colour bar. None: where each line has its own scale, it says so.
    title : str, default=None
        The title.

    Attributes
    ----------
    cells_ : matplotlib PolyCollection
        The coloured cells, line by line.
    letters_ : list of matplotlib Text
        The letters in them.
    colorbar_ : matplotlib Colorbar or None
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.plotting import SequenceDisplay
    >>> display = SequenceDisplay(np.array([1.0, -0.5, 0.0]), "CAT").plot()
    >>> [letter.get_text() for letter in display.letters_]
    ['C', 'A', 'T']
    >>> display.cells_.get_array().tolist()
    [1.0, -0.5, 0.0]
    """

    def __init__(self, values, letters, *, names=None, scale=None, label=None, title=None):
        self.values = values
        self.letters = letters
        self.names = names
        self.scale = scale
        self.label = label
        self.title = title

    @classmethod
    def from_explanation(
        cls,
        explanation,
        *,
        ax=None,
        output=None,
        row=None,
        sequence=None,
        scale=None,
        **kwargs,
    ):
        """Draw a line for each row, or for each of several explanations.

        Parameters
        ----------
        explanation : Explanation, or dict of str to Explanation
            What to draw. In a dictionary, explanations of the same row by their names, such as
            methods: a line for each.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        output : str or class label, default=None
            The output to show, where there are several.
        row : int, default=None
            Position of the row to show; None shows all. In a dictionary, of each explanation
            that has more than one.
        sequence : str, or sequence of str, default=None
            The letters, for explanations that do not know them: their features are then the
            positions of this sequence, and, after its end, of padding, which is not shown.
        scale : {"line", "all"}, default=None
            What has the strongest colour: in each line its own largest magnitude, or the largest
            of all lines. None: "line" for a dictionary, whose methods may differ in units,
            else "all".
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        SequenceDisplay

        Raises
        ------
        TypeError, ValueError
            If `sequence` is needed and is not given, or explanations of several rows or sequences
            are in a dictionary.
        """
        if isinstance(explanation, dict):
            lines = {
                name: _single(member, name, row, output) for name, member in explanation.items()
            }
            letters, values = _same_row(lines, sequence)
            words = {value_word(member) for member in lines.values()}
            units = {units_label(member) for member in lines.values()}
            names, title, scale = list(lines), None, scale or "line"
        else:
            check_attributions(explanation)
            title = None if row is None else row_title(explanation, row)
            explanation = explanation if row is None else one_row(explanation, row)
            explanation = one_output(explanation, output)
            lines = [_line(explanation, i, sequence) for i in range(len(explanation))]
            letters, values = zip(*lines)
            words, units = {value_word(explanation)}, {units_label(explanation)}
            names = [row_label(explanation, i) for i in range(len(explanation))]
            names, scale = names if any(names) and row is None else None, scale or "all"
        label = words.pop() if len(words) == 1 else "value"
        if scale == "line":
            label += " / largest of its line"
        else:
            label += f" ({units.pop() if len(units) == 1 else 'each line in its own units'})"
        display = cls(
            _padded(values), list(letters), names=names, scale=scale, label=label, title=title
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, *, letters_per_line=None, colorbar=True, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        letters_per_line : int, default=None
            After how many positions the sequences are continued below; None for at most 40.
        colorbar : bool, default=True
            Whether to draw a colour bar.
        **kwargs : dict
            Passed to matplotlib's ``PolyCollection``, for instance ``cmap``.

        Returns
        -------
        SequenceDisplay
            This display.
        """
        values, letters, names = self._checked()
        longest = max(map(len, letters))
        width = line_width(longest) if letters_per_line is None else int(letters_per_line)
        if width < 1:
            raise ValueError(f"letters_per_line is {letters_per_line!r}; expected at least 1")
        grid = LetterGrid.of(list(map(len, letters)), width)
        if ax is None:
            ax = new_axes(*self._inches(grid, names, colorbar))
            cell = _CELL
        else:
            cell = axes_points(ax) / (grid.width, grid.height)
            cell = np.minimum(cell, cell[::-1] * _CELL / _CELL[::-1])  # cells keep their shape
        texts = [letters[line][place] for line, place in zip(grid.lines, grid.places)]
        self.cells_ = self._draw_cells(ax, grid, values[grid.lines, grid.places], kwargs)
        self.letters_ = write_letters(ax, grid, texts, self.cells_, cell)
        number_positions(ax, grid, cell)
        if names is not None:
            size = float(np.clip(0.7 * cell[1], 5.0, 10.0))
            labels = [fit(names[line], 1) for _, line in grid.starts]
            ax.set_yticks([y for y, _ in grid.starts], labels, fontsize=size)
        else:
            ax.set_yticks([])
        ax.set_xticks([])
        ax.tick_params(axis="y", length=0)
        ax.set(xlim=(-0.5, grid.width - 0.5), ylim=(grid.height - 0.4, -0.1))
        ax.set_aspect(_CELL[1] / _CELL[0], anchor="SW")
        for side in ax.spines.values():
            side.set_visible(False)
        finish_axes(ax, self.title, None)
        self.ax_, self.figure_ = ax, ax.figure
        self.colorbar_ = self._draw_colorbar() if colorbar else None
        return self

    def _checked(self):
        """Values, scaled, of shape (n_lines, n_positions); letters and names of the lines."""
        values, names = self.values, self.names
        if isinstance(values, pd.DataFrame) and names is None:
            names = [str(label) for label in values.index]
        values = np.atleast_2d(np.array(values, dtype=float))
        letters = [self.letters] if isinstance(self.letters, str) else list(self.letters)
        letters = letters * len(values) if len(letters) == 1 else letters
        if len(letters) != len(values):
            raise ValueError(f"letters has {len(letters)} sequences; expected {len(values)}")
        if names is not None and len(names) != len(values):
            raise ValueError(f"names has {len(names)} names; expected {len(values)}")
        longest = max(map(len, letters), default=0)
        if values.ndim != 2 or values.shape[1] != longest:
            raise ValueError(
                f"values has shape {values.shape}; expected ({len(letters)}, {longest}), a number "
                "for each letter of the longest sequence"
            )
        n_letters = sum(map(len, letters))
        if not 0 < n_letters <= _MOST_LETTERS:
            raise ValueError(
                f"there are {n_letters} letters in {len(letters)} lines; expected 1 to "
                f"{_MOST_LETTERS}: choose rows, as explanation[:6]"
            )
        if self.scale not in _SCALES:
            raise ValueError(f"scale must be one of {list(_SCALES)}, got {self.scale!r}")
        if self._by_line:
            values = values / np.array([[_largest(line)] for line in values])
        return values, letters, names

    @property
    def _by_line(self):
        """Whether each line has its own scale."""
        return self.scale == "line" or (self.scale is None and np.ndim(self.values) > 1)

    def _inches(self, grid, names, colorbar):
        """The size of a new figure."""
        beside = 0.2 if names is None else text_inches(names) + 0.2
        wide, high = _CELL * (grid.width, grid.height) / 72
        wide = max(wide, _LEAST_WIDTH - beside)
        above = 0.1
        if self.title:
            n_lines = len(textwrap.wrap(self.title, letters_in(72 * wide, _TITLE_POINTS)))
            above = _TITLE_INCHES + (n_lines - 1) * _LINE_INCHES
        return wide + beside, high + above + _COLORBAR_INCHES * colorbar

    def _draw_cells(self, ax, grid, values, kwargs):
        from matplotlib.collections import PolyCollection

        limit = _largest(values)
        corners = np.array([[-0.5, -0.46], [0.5, -0.46], [0.5, 0.46], [-0.5, 0.46]])
        cells = PolyCollection(
            np.stack([grid.x, grid.y], axis=1)[:, None] + corners,
            **{
                "array": np.ma.masked_invalid(values),
                "cmap": diverging().with_extremes(bad=_NO_PLAYER),
                "edgecolor": "0.85",
                "linewidth": 0.4,
                **kwargs,
            },
        )
        cells.set_clim(-limit, limit)
        return ax.add_collection(cells, autolim=False)

    def _draw_colorbar(self):
        wide, high = axes_points(self.ax_) / 72
        length = min(wide, _LONGEST_BAR)
        colorbar = self.figure_.colorbar(
            self.cells_,
            ax=self.ax_,
            location="bottom",
            shrink=length / wide,
            aspect=length / _BAR_INCHES,
            fraction=min(0.5, _BAR_INCHES / high),
            pad=min(0.1, 0.1 / high),
            anchor=(0.0, 1.0),
            panchor=False,
        )
        colorbar.outline.set_visible(False)
        colorbar.ax.locator_params(nbins=5)
        colorbar.ax.tick_params(labelsize="small")
        label = self.label or ("share of the largest of its line" if self._by_line else "")
        colorbar.set_label(plain(label), fontsize="small", loc="left")
        return colorbar


def _single(explanation, name, row, output):
    """The one row of a member of a dictionary, and its one output."""
    check_attributions(explanation)
    if len(explanation) > 1 and row is not None:
        explanation = one_row(explanation, row)
    if len(explanation) > 1:
        raise ValueError(
            f"the explanation {quoted(name)} has {len(explanation)} rows; expected one: pass row"
        )
    return one_output(explanation, output)


def _same_row(lines, sequence):
    """The letters and values of explanations of one sequence."""
    if not lines:
        raise ValueError("explanation is an empty dictionary; expected explanations by name")
    if sequence is None:
        known = [line.layout for line in lines.values() if isinstance(line.layout, SequenceLayout)]
        sequence = list(known[0].letters[0]) if known else None
    letters, values = zip(*[_line(line, 0, sequence) for line in lines.values()])
    for name, found in zip(lines, letters):
        if list(found) != list(letters[0]):
            raise ValueError(
                f"the explanation {quoted(name)} is of the sequence {''.join(found)!r}; expected "
                f"{''.join(letters[0])!r}, as the first: draw different rows by themselves"
            )
    return letters, values


def _line(explanation, row, sequence):
    """The letters of a row, and the values at their positions; NaN if they are no players."""
    values = explanation.values[row].ravel()
    if isinstance(explanation.layout, SequenceLayout):
        letters = explanation.layout.letters[row].tolist()
        positions = explanation.layout.positions[row]
    elif sequence is None:
        raise TypeError(
            "explanation does not know the letters of a sequence; pass them as sequence"
        )
    else:
        letters, positions = list(sequence), np.arange(len(sequence))
    if len(positions) > len(values):
        raise ValueError(
            f"sequence has {len(letters)} letters; expected at most {len(values)}, as the "
            "explanation has features"
        )
    line = np.full(len(letters), np.nan)
    line[positions] = values[: len(positions)]
    return letters, line


def _padded(lines):
    """Lines of different lengths as a table, with NaN after their ends."""
    table = np.full((len(lines), max(map(len, lines))), np.nan)
    for k, line in enumerate(lines):
        table[k, : len(line)] = line
    return table


def _largest(values):
    """The largest magnitude; 1 if there is none but zero."""
    return np.max(np.abs(values), initial=0.0, where=np.isfinite(values)) or 1.0
