"""The masker for sequences."""

import numbers

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skxai.explanation import SequenceLayout
from skxai.maskers._by_row import RowMasker
from skxai.maskers._letters import (
    PADDING,
    alphabet_text,
    codes_of,
    encoding_of,
    lengths_of,
    letters_of,
    texts_of,
)
from skxai.maskers._masked_sequences import MaskedSequences
from skxai.utils._inputs import check_inputs
from skxai.utils._random import draw_seeds


class SequenceMasker(RowMasker):
    """Players are the positions of a sequence: of a peptide, of a stretch of DNA, of a word.

    Each row has as many players as it has letters, less those that are frozen. By default an
    absent position takes its letter from a sequence of the background. Where that sequence is
    shorter, it is repeated: a peptide with a gap would be none, and a sequence that could only
    be used for shorter rows would give each row another background.

    Rows are texts, integer codes or one-hot vectors, and the model is given the same.

    Parameters
    ----------
    alphabet : str or sequence of str, default=None
        The letters, in the order of their codes. None, for texts only: the letters of the
        background, sorted.
    encoding : {"auto", "string", "codes", "one-hot"}, default="auto"
        What rows are: ``"string"``, texts, as a list, Series or array; ``"codes"``, a table
        (n_rows, length) of integers, 0 for the first letter; ``"one-hot"``, a table
        (n_rows, length × n_letters), position by position, or an array (n_rows, length,
        n_letters) or (n_rows, n_letters, length). "auto": a table whose numbers are one-hot is
        taken as such.
    padding : int, default=-1
        The integer after the end of a sequence, in codes. If it is one of 0, 1, 2, …, the letters
        have the others: with 0, the first letter is 1.
    frozen : sequence of int, or of bool, default=()
        Positions that never change and are no players: from 0, or, if negative, counted from the
        end of each sequence; or a mask, True for such positions.
    absent : "background", "gap" or a letter, default="background"
        What is at an absent position: the letter of a sequence of the background; nothing, that
        is, a zero vector, the padding, or, in a text, a shorter text; or always this letter.
    n_samples : int, default=None
        Use this many sequences of the background, drawn at random. None: all of them.
    random_state : int, RandomState instance or None, default=None
        For `n_samples`.

    Attributes
    ----------
    alphabet_ : tuple of str
        The letters.
    encoding_ : {"string", "codes", "one-hot"}
        What rows are.
    length_ : int or None
        How many positions a row has room for; None for texts.
    background_ : list
        The sequences of the background that are used, as `decode` returns them; empty if absence
        needs none.
    n_background_ : int
        With how many different fillings an absent player is tried.
    weights_ : ndarray of shape (n_background,)
        Their weights: all are equal.

    Examples
    --------
    >>> from skxai.maskers import SequenceMasker
    >>> masker = SequenceMasker().fit(["GATTACA", "CAT"])
    >>> masker.layout(["TAG"]).names(0)
    ['T1', 'A2', 'G3']
    >>> masked = masker.bind(["TAGA"])
    >>> masked.compose([0, 0], [0, 1], [[True, False, False, False]] * 2)
    ['TATT', 'TATC']
    """

    _parameter_constraints = {
        "alphabet": [str, "array-like", None],
        "encoding": [StrOptions({"auto", "string", "codes", "one-hot"})],
        "padding": [numbers.Integral],
        "frozen": ["array-like"],
        "absent": [str],
        "n_samples": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        alphabet=None,
        encoding="auto",
        padding=-1,
        frozen=(),
        absent="background",
        n_samples=None,
        random_state=None,
    ):
        self.alphabet = alphabet
        self.encoding = encoding
        self.padding = padding
        self.frozen = frozen
        self.absent = absent
        self.n_samples = n_samples
        self.random_state = random_state

    def fit(self, X, y=None):
        """Learn the alphabet and what absence means.

        Parameters
        ----------
        X : texts, table or array of n_rows sequences
            The background.
        y : None
            Ignored.

        Returns
        -------
        self : SequenceMasker
            The fitted masker.

        Raises
        ------
        TypeError, ValueError
            If `X` does not fit the parameters; the message names the row and the position.
        """
        self._validate_params()
        X = check_inputs(X, "X_background")
        self._encoding = encoding_of(X, self.encoding, self._check_alphabet(), self.padding)
        codes = self._encoding.read(X, "X_background")
        if len(codes) == 0:
            raise ValueError("X_background has no rows; expected at least one")
        self._frozen = self._check_frozen()
        self._fillings = self._draw_fillings(codes)
        self.spec_ = self._encoding.spec
        self.alphabet_ = self._encoding.alphabet
        self.encoding_ = self._encoding.kind
        self.length_ = self._encoding.length
        self.n_background_ = len(self._fillings)
        self.background_ = self._decode(self._fillings) if self.absent == "background" else []
        return self

    def layout(self, X):
        """The players of each row: positions that are neither padding nor frozen.

        Parameters
        ----------
        X : texts, table or array of n_rows sequences
            The rows, of the kind that `fit` saw.

        Returns
        -------
        SequenceLayout
            Where the players of these sequences are.
        """
        codes = self._read(X)
        players = self._players(codes)
        return SequenceLayout(
            letters_of(codes, self.alphabet_), [np.flatnonzero(row) for row in players]
        )

    def bind(self, X):
        """Prepare rows for masking.

        Parameters
        ----------
        X : texts, table or array of n_rows sequences
            Rows with equally many players.

        Returns
        -------
        MaskedSequences
            What composes inputs of these sequences.
        """
        codes = self._read(X)
        players = self._players(codes)
        counts = np.unique(players.sum(axis=1))
        if len(counts) > 1:
            raise ValueError(f"X has rows with {counts.tolist()} players; expected equally many")
        positions = np.nonzero(players)[1].reshape(len(codes), counts[0] if len(counts) else 0)
        return MaskedSequences(codes, positions, self._fillings, self._encoding)

    def encode(self, sequences):
        """Rows, as the model takes them, of sequences of letters.

        Parameters
        ----------
        sequences : sequence of str, or of sequences of str
            Texts; or lists of letters, if letters have several characters.

        Returns
        -------
        texts, table or array
            Of the kind that `fit` saw.

        Raises
        ------
        TypeError, ValueError
            If a letter is not of the alphabet, or a sequence is too long.

        Examples
        --------
        >>> from skxai.maskers import SequenceMasker
        >>> masker = SequenceMasker(alphabet="ACGT").fit([[0, 1, 2], [3, -1, -1]])
        >>> masker.encode(["GA", "TAG"])
        array([[ 2,  0, -1],
               [ 3,  0,  2]])
        """
        check_is_fitted(self, "spec_")
        if isinstance(sequences, str):
            raise TypeError("sequences is one text; expected a list of texts: [text]")
        codes = codes_of(sequences, self.alphabet_, "sequences", self.length_)
        return self._encoding.write(codes)

    def decode(self, X):
        """The sequences of letters that rows stand for, as the model takes them.

        Parameters
        ----------
        X : texts, table or array of n_rows sequences
            The rows, of the kind that `fit` saw.

        Returns
        -------
        list of str, or of list of str
            Lists of letters, if letters have several characters.
        """
        return self._decode(self._read(X))

    def _decode(self, codes):
        if max(map(len, self._encoding.alphabet)) > 1:
            return letters_of(codes, self._encoding.alphabet)
        return texts_of(codes, self._encoding.alphabet)

    def _read(self, X):
        check_is_fitted(self, "spec_")
        return self._encoding.read(X, "X")

    def _players(self, codes):
        """Where players are, of the shape of `codes`."""
        lengths, places = lengths_of(codes)[:, None], np.arange(codes.shape[1])
        from_end = np.isin(places - lengths, self._frozen[self._frozen < 0])
        return (codes != PADDING) & ~np.isin(places, self._frozen) & ~from_end

    def _check_alphabet(self):
        if self.alphabet is None:
            return None
        letters = tuple(self.alphabet)
        if len(letters) == 0 or not all(isinstance(letter, str) and letter for letter in letters):
            raise ValueError(f"alphabet is {self.alphabet!r}; expected letters, at least one")
        if len(set(letters)) < len(letters):
            twice = sorted(letter for letter in set(letters) if letters.count(letter) > 1)
            raise ValueError(f"alphabet has {twice} more than once; expected each letter once")
        return letters

    def _check_frozen(self):
        """Frozen positions, as integers."""
        frozen, length = np.asarray(self.frozen), self._encoding.length
        if frozen.size == 0:
            return np.array([], dtype=int)
        if frozen.ndim != 1 or frozen.dtype.kind not in "biu":
            raise ValueError(f"frozen is {self.frozen!r}; expected positions, or a mask of them")
        if frozen.dtype.kind == "b":
            if length not in (None, len(frozen)):
                raise ValueError(f"frozen is a mask of {len(frozen)} positions; expected {length}")
            return np.flatnonzero(frozen)
        if length is not None and (abs(frozen + 0.5) > length).any():
            raise ValueError(f"frozen is {self.frozen!r}; expected positions below {length}")
        return frozen.astype(int)

    def _draw_fillings(self, codes):
        """Codes of what absent positions are filled with, a row for each filling."""
        alphabet = self._encoding.alphabet
        if self.absent == "gap":
            return np.full((1, 1), PADDING)
        if self.absent != "background":
            if self.absent not in alphabet:
                raise ValueError(
                    f"absent is {self.absent!r}; expected 'background', 'gap' or a letter of the "
                    f"alphabet, {alphabet_text(alphabet)}"
                )
            return np.full((1, 1), alphabet.index(self.absent))
        empty = np.flatnonzero(lengths_of(codes) == 0)
        if len(empty):
            raise ValueError(f"X_background has no letters at row {empty[0]}; expected some")
        if self.n_samples is None or self.n_samples >= len(codes):
            return codes
        rng = np.random.default_rng(draw_seeds(self.random_state, 1))
        return codes[np.sort(rng.choice(len(codes), size=self.n_samples, replace=False))]
