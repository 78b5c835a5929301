"""Sequences with some positions present and the others replaced."""

import numpy as np

from skxai.maskers._by_row import MaskedInputs
from skxai.maskers._letters import lengths_of


class MaskedSequences(MaskedInputs):
    """Sequences with equally many players, bound to a background.

    Made by `SequenceMasker.bind`.

    Parameters
    ----------
    codes : ndarray of int of shape (n_rows, length)
        The rows, as positions in the alphabet; -1 after the end.
    positions : ndarray of int of shape (n_rows, n_players)
        Where the players of each row are.
    fillings : ndarray of int of shape (n_background, length)
        The sequences of the background, as `codes`.
    encoding : encoding
        Writes codes as the model's inputs.

    Examples
    --------
    >>> from skxai.maskers import SequenceMasker
    >>> masked = SequenceMasker().fit(["CAT", "TAG"]).bind(["TAT"])
    >>> masked.differs([0])
    array([[[ True, False, False],
            [False, False,  True]]])
    """

    def __init__(self, codes, positions, fillings, encoding):
        self.n_rows, self.n_players = positions.shape
        self.n_background = len(fillings)
        self._codes = codes
        self._positions = positions
        self._encoding = encoding
        # Fillings that are shorter than the rows are repeated.
        lengths = np.maximum(lengths_of(fillings), 1)[:, None]
        places = np.arange(codes.shape[1]) % lengths
        self._fillings = np.take_along_axis(fillings, places, axis=1)

    @property
    def cells_per_input(self):
        """About how much memory one input takes, in cells of a table; for batches."""
        return max(1, self._codes.shape[1] * self._encoding.cells_per_position)

    def differs(self, rows):
        """Where the letter of a player differs from what replaces it.

        Parameters
        ----------
        rows : ndarray of int
            Positions of rows.

        Returns
        -------
        ndarray of bool, shape (len(rows), n_background, n_players)
        """
        rows = np.asarray(rows)
        positions = self._positions[rows]
        own = np.take_along_axis(self._codes[rows], positions, axis=1)
        return own[:, None, :] != self._fillings[:, positions].swapaxes(0, 1)

    def compose(self, rows, background_rows, present):
        """Sequences whose present positions are those of the rows, all else from the background.

        Parameters
        ----------
        rows, background_rows : array-like of int, shape (n_inputs,)
            Positions of the row, and of the filling of what is absent.
        present : array-like of bool, shape (n_inputs, n_players)
            Which players are present.

        Returns
        -------
        texts, table or array of n_inputs rows
            Of the kind that `fit` saw.
        """
        rows = np.asarray(rows)
        codes = self._codes[rows]
        inputs, players = np.nonzero(~np.asarray(present, dtype=bool))
        places = self._positions[rows[inputs], players]
        codes[inputs, places] = self._fillings[np.asarray(background_rows)[inputs], places]
        return self._encoding.write(codes)

    def letters(self):
        """The letters of all players.

        Returns
        -------
        ndarray of int, shape (n_rows, n_players)
            Positions in the alphabet.
        """
        return np.take_along_axis(self._codes, self._positions, axis=1)

    def substitute(self, rows, letters):
        """Sequences whose players have these letters.

        Parameters
        ----------
        rows : array-like of int, shape (n_inputs,)
            Positions of the row.
        letters : array-like of int, shape (n_inputs, n_players)
            Positions in the alphabet.

        Returns
        -------
        texts, table or array of n_inputs rows
            Of the kind that `fit` saw.

        Examples
        --------
        >>> from skxai.maskers import SequenceMasker
        >>> masked = SequenceMasker(alphabet="ACGT").fit(["CAT"]).bind(["TAG"])
        >>> masked.letters()
        array([[3, 0, 2]])
        >>> masked.substitute([0], [[1, 0, 2]])
        ['CAG']
        """
        rows = np.asarray(rows)
        codes = self._codes[rows]
        np.put_along_axis(codes, self._positions[rows], np.asarray(letters), axis=1)
        return self._encoding.write(codes)
