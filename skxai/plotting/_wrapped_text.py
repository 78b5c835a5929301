"""Texts broken into lines of a width, and lines into runs of one colour."""

import re
from functools import lru_cache

import numpy as np

FONT_STYLE = ("fontsize", "size", "family", "fontfamily", "weight", "fontweight")
_LONGEST = 16  # characters that are drawn at once
_PIECES = re.compile(r"\n|[^\S\n]+|\S+")


def font_of(size, style):
    """The font of this size, of the family and the weight that the style names, if any."""
    from matplotlib.font_manager import FontProperties

    return FontProperties(
        family=style.get("family", style.get("fontfamily")),
        weight=style.get("weight", style.get("fontweight")),
        size=size,
    )


def text_width(words, font):
    """The width of a text on one line, in points, with the spaces at its ends."""
    return font.get_size_in_points() * _width(words, tuple(font.get_family()), font.get_weight())


@lru_cache(maxsize=4096)
def _width(words, family, weight):
    """In sizes of the font."""
    if words == "":
        return 0.0
    # A space at an end has no ink; between two bars it counts.
    framed, bar = (_inked_width(text, family, weight) for text in (f"|{words}|", "||"))
    return framed - bar


@lru_cache(maxsize=4096)
def _inked_width(words, family, weight):
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=list(family), weight=weight, size=1)
    return text_to_path.get_text_width_height_descent(words, font, ismath=False)[0]


def wrapped(text, width, font):
    """Break a text into lines, at white space where there is any, and at line breaks.

    Parameters
    ----------
    text : str
    width : float
        In points.
    font : matplotlib FontProperties

    Returns
    -------
    list of (int, int)
        Start and end of each line in the text.
    """
    space = text_width(" ", font)
    lines, start, used = [], None, 0.0
    last = 0  # where the last word of the line ends
    for piece in _PIECES.finditer(text):
        if piece[0] == "\n":
            lines.append((last if start is None else start, last))
            start, used, last = None, 0.0, piece.end()
        elif not piece[0].isspace():
            begin, size = piece.start(), text_width(piece[0], font)
            if start is not None and used + space + size > width:
                lines.append((start, last))
                start = None
            while start is None and size > width:  # a word wider than a line
                n_fit = _fitting(text[begin : piece.end()], width, font)
                lines.append((begin, begin + n_fit))
                begin += n_fit
                size = text_width(text[begin : piece.end()], font)
            used = size if start is None else used + space + size
            start, last = begin if start is None else start, piece.end()
    if start is not None or not lines:
        lines.append((last if start is None else start, last))
    return lines


def _fitting(word, width, font):
    """How many of a word's characters fit, at least one."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (
            (middle, high) if text_width(word[:middle], font) <= width else (low, middle - 1)
        )
    return low


def line_runs(text, line, spans):
    """The runs of a line, each of one token or of none.

    Parameters
    ----------
    text : str
    line : (int, int)
    spans : ndarray of int, shape (n_spans, 3)
        Player, start and end, in the order of the text.

    Yields
    ------
    words : str
        White space is one space.
    player : int or None
    """
    done, stop = line
    first, last = np.searchsorted(spans[:, 2], done, "right"), np.searchsorted(spans[:, 1], stop)
    for player, start, end in spans[first:last].tolist():
        start, end = max(start, done), min(end, stop)
        if start > done:
            yield _one_space(text[done:start]), None
        yield _one_space(text[start:end]), player
        done = end
    if done < stop:
        yield _one_space(text[done:stop]), None


def pieces(words, font):
    """Words and parts of long words, each with its offset in points.

    Drawn letters are a little wider or narrower than measured, by the resolution: placed by
    themselves, words stay where they belong.
    """
    offset = 0.0
    for piece in re.findall(rf"\S{{1,{_LONGEST}}}|\s+", words):
        if not piece.isspace():
            yield offset, piece
        offset += text_width(piece, font)


def _one_space(words):
    return re.sub(r"\s+", " ", words)
