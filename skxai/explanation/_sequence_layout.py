"""Players that are positions of sequences."""

import dataclasses

import numpy as np

from skxai.explanation._layout import Layout, frozen, register_layout
from skxai.explanation._text_html import text_html


@register_layout
class SequenceLayout(Layout):
    """Positions of sequences as players.

    Parameters
    ----------
    letters : sequence of str, or of sequences of str
        The letters of each row, those of positions that are no players included.
    positions : sequence of sequences of int
        For each row, its players: positions from 0, rising.

    Attributes
    ----------
    letters : list of ndarray of str
    positions : list of ndarray of int

    Examples
    --------
    >>> from skxai.explanation import SequenceLayout
    >>> layout = SequenceLayout(["RAG", "QQ"], [[0, 2], [0, 1]])
    >>> layout.names(0)
    ['R1', 'G3']
    >>> layout.columns(0)
    {'position': [1, 3], 'letter': ['R', 'G']}
    """

    kind = "sequence"

    def __init__(self, letters, positions):
        if len(letters) != len(positions):
            raise ValueError(
                f"positions has {len(positions)} rows; expected {len(letters)}, as many as letters"
            )
        self.letters = [frozen(list(row), dtype=str) for row in letters]
        self.positions = [frozen(row, dtype=int) for row in positions]
        for row, (known, players) in enumerate(zip(self.letters, self.positions)):
            if players.ndim != 1 or not np.isin(players, np.arange(len(known))).all():
                raise ValueError(
                    f"positions of row {row} are {players.tolist()}; expected integers from 0 to "
                    f"{len(known) - 1}, as it has {len(known)} letters"
                )

    @property
    def counts(self):
        """Number of players of each row."""
        return np.array([len(players) for players in self.positions], dtype=int)

    def sequence(self, row):
        """The whole sequence of a row, as a text.

        Parameters
        ----------
        row : int
            Position of the row.

        Returns
        -------
        str
            Its letters, those that are no players among them.
        """
        return "".join(self.letters[row])

    def names(self, row):
        """The letters with their positions, which count from 1: R1, A2, and so on.

        Parameters
        ----------
        row : int
            Position of the row.

        Returns
        -------
        list of str
            One name for each player, in their order.
        """
        return [f"{self.letters[row][place]}{place + 1}" for place in self.positions[row]]

    def columns(self, row):
        """The positions of the players, which count from 1, and their letters.

        Parameters
        ----------
        row : int
            Position of the row.

        Returns
        -------
        dict of str to list
            With the keys ``"position"`` and ``"letter"``.
        """
        places = self.positions[row]
        return {"position": (places + 1).tolist(), "letter": self.letters[row][places].tolist()}

    def spans(self, row):
        """Where the players of a row stand in its text: player, start and end.

        Parameters
        ----------
        row : int
            Position of the row.

        Returns
        -------
        ndarray of int, shape (n_players, 3)
            One line for each player.
        """
        ends = np.cumsum([0, *map(len, self.letters[row])])
        places = self.positions[row]
        return np.column_stack([np.arange(len(places)), ends[places], ends[places + 1]])

    def to_html(self, explanation):
        """The sequences, with coloured letters.

        Parameters
        ----------
        explanation : Explanation
            With this layout.

        Returns
        -------
        str
            A fragment of HTML.
        """
        texts = np.array([self.sequence(row) for row in range(len(self))], dtype=object)
        return text_html(dataclasses.replace(explanation, data=texts))

    def take(self, rows):
        """The layout of some rows.

        Parameters
        ----------
        rows : array-like of int
            Their positions.

        Returns
        -------
        SequenceLayout
            The same, for these rows.
        """
        return type(self)([self.letters[i] for i in rows], [self.positions[i] for i in rows])

    def to_arrays(self):
        """The letters and positions of all rows one after another, and how many each has.

        Returns
        -------
        dict of str to ndarray
            What `from_arrays` takes.
        """
        return {
            "letters": np.concatenate([np.array([], dtype="<U1"), *self.letters]),
            "lengths": np.array([len(row) for row in self.letters], dtype=int),
            "positions": np.concatenate([np.array([], dtype=int), *self.positions]),
            "counts": self.counts,
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
        SequenceLayout
        """
        letters = np.split(arrays["letters"], np.cumsum(arrays["lengths"])[:-1])
        positions = np.split(arrays["positions"], np.cumsum(arrays["counts"])[:-1])
        n_rows = len(arrays["lengths"])
        return cls(letters[:n_rows], positions[:n_rows])
