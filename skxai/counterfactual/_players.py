"""Rows whose players can be changed: removed, or, of a sequence, substituted.

A change of a row is a line of codes, one for each player: 0 leaves it as it is, 1, 2, … are the
changes there are. Rows with fewer players than others have zeros after the last.
"""

import numpy as np
import pandas as pd
import scipy.sparse as sp

from skxai.maskers import SequenceMasker
from skxai.utils._inputs import as_object_array
from skxai.utils._tables import take_rows


class Players:
    """The players of some rows.

    A subclass says what changes there are (`moves`), what they make of the rows (`_changed`), and
    in words (`replacements`).

    Parameters
    ----------
    masker : RowMasker
        Fitted.
    X : texts, table or array of n_rows inputs

    Attributes
    ----------
    layout : Layout
    counts : ndarray of int, shape (n_rows,)
        How many players each row has.
    """

    def __init__(self, masker, X):
        self.masker, self.X = masker, X
        self.layout = masker.layout(X)
        self.counts = self.layout.counts
        # Rows with equally many players are masked together.
        self._kinds, self._kind_of = np.unique(self.counts, return_inverse=True)
        self._place = np.zeros(len(self.counts), dtype=int)
        self._masked = []
        for kind in range(len(self._kinds)):
            rows = np.flatnonzero(self._kind_of == kind)
            self._place[rows] = np.arange(len(rows))
            self._masked.append(masker.bind(take_rows(X, rows)))

    @property
    def width(self):
        """The most players of a row."""
        return int(self.counts.max(initial=0))

    def inputs(self, codes, rows):
        """What the model sees of changed rows.

        Parameters
        ----------
        codes : ndarray of int, shape (n_inputs, width)
        rows : ndarray of int, shape (n_inputs,)

        Returns
        -------
        texts, table or array of n_inputs rows
        """
        if len(rows) == 0:
            return take_rows(self.X, slice(0, 0))
        parts, order = [], []
        kinds = self._kind_of[rows]
        for kind in np.unique(kinds):
            own = np.flatnonzero(kinds == kind)
            codes_of_own = codes[own, : self._kinds[kind]]
            parts.append(self._changed(self._masked[kind], self._place[rows[own]], codes_of_own))
            order.append(own)
        return take_rows(_stack(parts), np.argsort(np.concatenate(order)))


class Removals(Players):
    """Players that can be absent."""

    def moves(self, row):
        """The changes of a row: player and code of each."""
        players = np.arange(self.counts[row])
        return players, np.ones(len(players), dtype=int)

    def _changed(self, masked, places, codes):
        return masked.compose(places, np.zeros(len(places), dtype=int), codes == 0)

    def replacements(self, codes):
        """What stands where players were changed: nothing."""
        return np.full(codes.shape, "", dtype="<U1")


class Substitutions(Players):
    """Positions of sequences, each of which can have any letter: code 1 is the alphabet's first."""

    def __init__(self, masker, X):
        super().__init__(masker, X)
        self.letters = [masked.letters() for masked in self._masked]

    def moves(self, row):
        """The changes of a row: player and code of each; no letter is replaced by itself."""
        own = self.letters[self._kind_of[row]][self._place[row]]
        players, letters = np.nonzero(own[:, None] != np.arange(len(self.masker.alphabet_)))
        return players, letters + 1

    def _changed(self, masked, places, codes):
        letters = np.where(codes > 0, codes - 1, masked.letters()[places])
        return masked.substitute(places, letters)

    def replacements(self, codes):
        """The letters that stand where players were changed."""
        return np.array(["", *self.masker.alphabet_])[codes]


def players_of(masker, X):
    """The players of some rows, and how this masker changes them."""
    return (Substitutions if isinstance(masker, SequenceMasker) else Removals)(masker, X)


def labelled(inputs, index):
    """Inputs with these labels, if they are of a kind that has labels."""
    if index is not None and isinstance(inputs, pd.Series | pd.DataFrame):
        return inputs.set_axis(index, axis=0)
    return inputs


def held(inputs):
    """Inputs as a result keeps them: an array or a table; a list of texts becomes an array."""
    if isinstance(inputs, list | pd.Series):
        return as_object_array(inputs)
    return inputs.copy()


def names_of(layout):
    """Names of the players, if there is one row; else their numbers."""
    if len(layout) == 1:
        return layout.names(0)
    return [str(j) for j in range(layout.counts.max(initial=0))]


def _stack(parts):
    """Inputs of one kind, one below the other."""
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], list):
        return [text for part in parts for text in part]
    if isinstance(parts[0], pd.Series | pd.DataFrame):
        return pd.concat(parts, ignore_index=True)
    return sp.vstack(parts, format="csr") if sp.issparse(parts[0]) else np.concatenate(parts)
