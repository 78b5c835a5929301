"""The masker for texts."""

import re
from collections.abc import Callable
from itertools import compress

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.validation import check_is_fitted

from skxai.explanation._text_layout import TextLayout
from skxai.maskers._by_row import MaskedInputs, RowMasker
from skxai.maskers._tokens import is_word, token_finder
from skxai.utils._inputs import TextSpec, as_object_array, check_texts


class TextMasker(RowMasker):
    """The players of a text are its words; an absent one is removed, or masked.

    A word is removed with the white space before it, so "is not good" without "not" is "is good";
    all else, such as punctuation, stays as it is. Neighbours stay apart: white space that keeps
    words apart is not removed, and a token that does so itself, as the slash of "and/or", leaves a
    space. White space that would be left at either end is removed.

    Parameters
    ----------
    tokenizer : str, pattern, callable, vectorizer or Pipeline, default="word"
        What the players are:

        - ``"word"``: runs of letters, digits and underscores, with apostrophes inside of them;
        - ``"char"``: characters, but for white space;
        - ``"sentence"``: up to a full stop, or the like, before white space, or an empty line;
        - another str, or a compiled pattern: a regular expression, whose matches, or the matches
          of its only group, are the tokens;
        - a callable, from a text to its tokens, or to their (start, end) in it, in order;
        - a scikit-learn vectorizer, such as TfidfVectorizer, or a Pipeline with one, fitted or
          not: the tokens that it counts. What it drops, such as stop words, stays in the text. If
          it counts runs of characters, tokens are characters, or words for ``"char_wb"``.
    absent : str, default="remove"
        ``"remove"``, or a mask token that an absent token is replaced by, such as ``"[MASK]"``.
    repeated : {"apart", "together"}, default="apart"
        Whether each occurrence of a word is a player, or all of them are one, whatever their case.

    Attributes
    ----------
    n_background_ : int
        1: absence is always the same.
    weights_ : ndarray of shape (1,)
        Its weight.
    spec_ : TextSpec
        The kind of collection that the model is given.

    See Also
    --------
    TabularMasker : For tables.

    Examples
    --------
    >>> from skxai.maskers import TextMasker
    >>> masker = TextMasker().fit()
    >>> texts = ["It is not good."]
    >>> masker.layout(texts).names(0)
    ['It', 'is', 'not', 'good']
    >>> masked = masker.bind(texts)
    >>> masked.compose([0, 0], [0, 0], [[True, True, False, True], [False, True, True, False]])
    ['It is good.', 'is not.']
    """

    _parameter_constraints = {
        "tokenizer": [str, re.Pattern, Callable, HasMethods("build_analyzer"), HasMethods("fit")],
        "absent": [str],
        "repeated": [StrOptions({"apart", "together"})],
    }

    def __init__(self, *, tokenizer="word", absent="remove", repeated="apart"):
        self.tokenizer = tokenizer
        self.absent = absent
        self.repeated = repeated

    def fit(self, X=None, y=None):
        """Check the parameters, and keep the kind of collection.

        Parameters
        ----------
        X : list, Series or array of str, default=None
            Texts, as the model takes them. None: the model takes lists.
        y : None
            Ignored.

        Returns
        -------
        self : TextMasker
            The fitted masker.
        """
        self._validate_params()
        if self.absent == "":
            raise ValueError("absent is ''; expected 'remove', or a mask token")
        token_finder(self.tokenizer)
        if X is not None and len(X) == 0:
            raise ValueError("X_background has no texts; expected at least one, or None")
        self.spec_ = TextSpec("list") if X is None else TextSpec.of(check_texts(X, "X_background"))
        return self

    def layout(self, X):
        """The tokens of each text, and where they are.

        Parameters
        ----------
        X : list, Series or array of str
            Texts.

        Returns
        -------
        TextLayout
            Where the players of these texts are.
        """
        found = self._find(X)
        return TextLayout([names for _, names, _ in found], [spans for _, _, spans in found])

    def bind(self, X):
        """Prepare texts for masking.

        Parameters
        ----------
        X : list, Series or array of str
            Texts with equally many players.

        Returns
        -------
        MaskedTexts
            What composes inputs of these texts.

        Raises
        ------
        ValueError
            If the texts have different numbers of players.
        """
        found = self._find(X)
        counts = sorted({len(names) for _, names, _ in found})
        if len(counts) > 1:
            raise ValueError(f"X has texts of {counts} players; expected equally many")
        absent = None if self.absent == "remove" else self.absent
        pieces = [_pieces(text, spans, len(names), absent) for text, names, spans in found]
        return MaskedTexts(pieces, counts[0] if counts else 0, self.spec_.kind)

    def _find(self, X):
        """Each text, the names of its players, and their spans."""
        check_is_fitted(self, "spec_")
        find, together = token_finder(self.tokenizer), self.repeated == "together"
        found = []
        for text in check_texts(X, "X"):
            names, spans = find(text)
            players = range(len(names))
            if together:
                names, players = _merged(names)
            spans = [(player, *span) for player, span in zip(players, spans, strict=True)]
            found.append((text, names, spans))
        return found


class MaskedTexts(MaskedInputs):
    """Texts with equally many players, in pieces; made by `TextMasker.bind`.

    Parameters
    ----------
    pieces : list of (list of str, ndarray of int, bool)
        For each text, its pieces in order; when each is used: with the player of this number, or,
        from `n_players` on, without the player of this number less `n_players`, or, from
        ``2 * n_players`` on, always; and whether white space at the ends is dropped.
    n_players : int
    kind : {"list", "series", "array"}
        Of the collection that is composed.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.maskers._text import MaskedTexts
    >>> masked = MaskedTexts([(["good", "UNK", "!"], np.array([0, 1, 2]), False)], 1, "list")
    >>> masked.compose([0, 0], [0, 0], [[True], [False]])
    ['good!', 'UNK!']
    """

    n_background = 1

    def __init__(self, pieces, n_players, kind):
        self.n_rows = len(pieces)
        self.n_players = n_players
        self._pieces = pieces
        self._kind = kind

    def compose(self, rows, background_rows, present):
        """Texts in which the present players are as they were, and absent ones are not.

        Parameters
        ----------
        rows, background_rows : array-like of int, shape (n_inputs,)
            Positions of the texts; the background is not used.
        present : array-like of bool, shape (n_inputs, n_players)
            Who is present.

        Returns
        -------
        list, Series or ndarray of n_inputs str
        """
        rows = np.asarray(rows, dtype=np.intp)
        present = np.asarray(present, dtype=bool).reshape(len(rows), self.n_players)
        order = np.argsort(rows, kind="stable")
        starts = np.flatnonzero(np.diff(rows[order], prepend=-1))
        composed = [""] * len(rows)
        for positions in np.split(order, starts[1:]):
            if len(positions):
                texts = self._compose_row(rows[positions[0]], present[positions])
                for position, text in zip(positions.tolist(), texts, strict=True):
                    composed[position] = text
        if self._kind == "list":
            return composed
        return (
            pd.Series(composed, dtype=object)
            if self._kind == "series"
            else as_object_array(composed)
        )

    def _compose_row(self, row, present):
        """All the inputs that come from one text."""
        pieces, conditions, strip = self._pieces[row]
        always = np.ones((len(present), 1), dtype=bool)
        used = np.concatenate([present, ~present, always], axis=1).take(conditions, axis=1)
        # Iterating bytes and joining what they select is faster than any array of objects.
        used, width = used.tobytes(), len(pieces)
        texts = [
            "".join(compress(pieces, used[start : start + width]))
            for start in range(0, width * len(present), width)
        ]
        return [text.strip() for text in texts] if strip else texts


def _merged(names):
    """One name for each different word, and the number of each token's word."""
    numbers, merged, players = {}, [], []
    for name in names:
        number = numbers.setdefault(name.casefold(), len(numbers))
        if number == len(merged):
            merged.append(name)
        players.append(number)
    return merged, players


def _pieces(text, spans, n_players, absent):
    """A text in pieces, and when each is used, as `MaskedTexts` takes them."""
    pieces, conditions, done = [], [], 0

    def add(piece, condition):
        if piece:
            pieces.append(piece)
            conditions.append(condition)

    for player, start, end in spans:
        gap, token = text[done:start], text[start:end]
        if absent is None:
            before, after = text[start - 1 : start], text[end : end + 1]
            inside = after != "" and not after.isspace()  # something follows at once
            kept = len(gap) if inside and is_word(after) else len(gap.rstrip())
            apart = inside and before and is_word(before) and not any(map(is_word, token))
            replacement = " " if apart else ""
        else:
            kept, replacement = len(gap), absent
        add(gap[:kept], 2 * n_players)
        add(gap[kept:] + token, player)
        add(replacement, n_players + player)
        done = end
    add(text[done:], 2 * n_players)
    if not pieces:
        return [""], np.array([2 * n_players]), False
    strip = absent is None and text == text.strip()
    return pieces, np.array(conditions), strip
