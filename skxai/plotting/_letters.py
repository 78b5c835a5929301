"""Letters of sequences in cells of a picture, with the numbers of their positions."""

from dataclasses import dataclass

import numpy as np

from skxai.plotting._text import plain

_LONGEST_LINE = 40  # letters
_DARK = 0.45  # luminance below which letters are white


@dataclass(frozen=True)
class LetterGrid:
    """Where letters stand: sequences below each other, long ones in several blocks of lines."""

    lines: np.ndarray  # of each letter: its line,
    places: np.ndarray  # its position in the sequence,
    x: np.ndarray  # and where it stands
    y: np.ndarray
    starts: list  # where lines start: (y, line)
    numbers: list  # above which letters their number stands: (x, y, place)
    width: int
    height: int

    @classmethod
    def of(cls, lengths, width):
        """Place sequences of these lengths on lines of this many letters."""
        lines, places, x, y, starts, numbers, height = [], [], [], [], [], [], 0
        for first in range(0, max(lengths), width):
            last = min(first + width, max(lengths))
            numbers += [(place - first, height, place) for place in range(first, last)]
            height += 1
            for line, length in enumerate(lengths):
                if length > first:  # of those that have ended nothing is left
                    here = np.arange(first, min(last, length))
                    starts.append((height, line))
                    lines.append(np.full(len(here), line))
                    places.append(here)
                    x.append(here - first)
                    y.append(np.full(len(here), height))
                    height += 1
        arrays = map(np.concatenate, (lines, places, x, y))
        return cls(*arrays, starts, numbers, min(width, max(lengths)), height)


def line_width(longest):
    """How many letters on a line: about equally many on each, a multiple of ten if several."""
    n_blocks = -(-longest // _LONGEST_LINE)
    return longest if n_blocks <= 1 else -(-longest // (10 * n_blocks)) * 10


def write_letters(ax, grid, texts, cells, cell):
    """A letter in each cell: white where this is dark."""
    longest = max(map(len, texts))
    size = float(np.clip(min(0.66 * cell[1], 1.3 * cell[0] / longest), 2.0, 13.0))
    cells.update_scalarmappable()
    colors = np.atleast_2d(cells.get_facecolor())[:, :3]
    is_dark = colors @ [0.299, 0.587, 0.114] < _DARK
    style = {"ha": "center", "va": "center_baseline", "fontsize": size, "family": "monospace"}
    return [
        ax.text(x, y, plain(text), color="white" if dark else "black", **style)
        for x, y, text, dark in zip(grid.x, grid.y, texts, is_dark)
    ]


def number_positions(ax, grid, cell):
    """The numbers of positions, from 1, above each block of lines."""
    step = 5 if cell[0] >= 8 else 10
    size = float(np.clip(0.45 * cell[1], 4.0, 8.0))
    for x, y, place in grid.numbers:
        if place == 0 or (place + 1) % step == 0:
            number = str(place + 1)
            ax.text(x, y + 0.42, number, ha="center", va="bottom", fontsize=size, color="0.35")
