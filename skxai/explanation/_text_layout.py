"""The layout of texts: which tokens are the players of each, and where they stand."""

import numpy as np

from skxai.explanation._layout import Layout, frozen, register_layout
from skxai.explanation._text_html import text_html


@register_layout
class TextLayout(Layout):
    """The players of each text, and their places in it.

    Parameters
    ----------
    names : sequence of sequences of str
        For each row, the names of its players.
    spans : sequence of array-like of int, shape (n_spans, 3)
        For each row, in the order of its text: the player, and the positions of its first
        character and of the one behind its last. Each player has one span or more.

    Examples
    --------
    >>> from skxai.explanation._text_layout import TextLayout
    >>> layout = TextLayout([["a", "rose", "is"]],
    ...                     [[[0, 0, 1], [1, 2, 6], [2, 7, 9], [0, 10, 11], [1, 12, 16]]])
    >>> layout.names(0)
    ['a', 'rose', 'is']
    >>> layout.columns(0)
    {'start': array([0, 2, 7]), 'end': array([1, 6, 9]), 'count': array([2, 2, 1])}
    """

    kind = "text"

    def __init__(self, names, spans):
        tables = [np.asarray(table, dtype=np.int64).reshape(-1, 3) for table in spans]
        if len(tables) != len(names):
            raise ValueError(f"spans has {len(tables)} rows; expected {len(names)}, as names")
        for row, (table, players) in enumerate(zip(tables, names, strict=True)):
            if not np.array_equal(np.unique(table[:, 0]), np.arange(len(players))):
                raise ValueError(
                    f"spans of row {row} are not of all of its {len(players)} players, or of others"
                )
        self._names = [name for players in names for name in players]
        self._name_ends = _ends(names)
        self._spans = frozen(np.concatenate([np.empty((0, 3), np.int64), *tables]))
        self._span_ends = _ends(tables)

    @property
    def counts(self):
        """Number of players of each text."""
        return np.diff(self._name_ends)

    def names(self, row):
        """The tokens as they stand in the text, or as its analyzer names them.

        Parameters
        ----------
        row : int
            Position of the row.

        Returns
        -------
        list of str
            One name for each player, in their order.
        """
        return self._names[_part(self._name_ends, row)]

    def spans(self, row):
        """Where the players of a text stand: player, start and end, in the order of the text.

        Parameters
        ----------
        row : int
            Position of the row.

        Returns
        -------
        ndarray of int, shape (n_spans, 3)
            One line for each occurrence.
        """
        return self._spans[_part(self._span_ends, row)]

    def columns(self, row):
        """Start and end of the first place of each player, and how many places it has.

        Parameters
        ----------
        row : int
            Position of the row.

        Returns
        -------
        dict of str to ndarray of int
            With the keys ``"start"``, ``"end"`` and ``"count"``.
        """
        spans = self.spans(row)
        _, first, count = np.unique(spans[:, 0], return_index=True, return_counts=True)
        return {
            "start": spans[first, 1],
            "end": spans[first, 2],
            "count": count,
        }

    def to_html(self, explanation):
        """The texts, with coloured tokens.

        Parameters
        ----------
        explanation : Explanation
            With this layout.

        Returns
        -------
        str or None
            None if the explanation keeps no texts.
        """
        return text_html(explanation)

    def take(self, rows):
        """The layout of some rows.

        Parameters
        ----------
        rows : array-like of int
            Their positions.

        Returns
        -------
        TextLayout
            The same, for these rows.
        """
        return TextLayout([self.names(row) for row in rows], [self.spans(row) for row in rows])

    def to_arrays(self):
        """Everything, as arrays; names are UTF-8 bytes, one after the other.

        Returns
        -------
        dict of str to ndarray
            What `from_arrays` takes.
        """
        encoded = [name.encode("utf-8", "surrogatepass") for name in self._names]
        return {
            "name_bytes": np.frombuffer(b"".join(encoded), dtype=np.uint8),
            "byte_ends": _ends(encoded),
            "name_ends": self._name_ends,
            "spans": self._spans,
            "span_ends": self._span_ends,
        }

    @classmethod
    def from_arrays(cls, arrays):
        """Invert `to_arrays`.

        Parameters
        ----------
        arrays : dict of str to ndarray
            What it returned.

        Returns
        -------
        TextLayout
        """
        text, ends = np.asarray(arrays["name_bytes"], dtype=np.uint8), arrays["byte_ends"]
        names = [
            text[_part(ends, j)].tobytes().decode("utf-8", "surrogatepass")
            for j in range(len(ends) - 1)
        ]
        name_ends, span_ends = arrays["name_ends"], arrays["span_ends"]
        rows = range(len(name_ends) - 1)
        return cls(
            [names[_part(name_ends, row)] for row in rows],
            [arrays["spans"][_part(span_ends, row)] for row in rows],
        )


def _ends(parts):
    """Where each part of a flat array ends, after a zero."""
    return frozen(np.concatenate([[0], np.cumsum([len(part) for part in parts])]), np.int64)


def _part(ends, row):
    """The slice of a row; rows count from the end too."""
    row = range(len(ends) - 1)[row]
    return slice(int(ends[row]), int(ends[row + 1]))
