"""Where the tokens of a text are: by a pattern, a function, or a vectorizer's analyzer."""

import re
import unicodedata
from functools import lru_cache
from itertools import accumulate, compress

import numpy as np

_ASCII_WORD = re.compile(r"\w+(?:'\w+)*")
_SENTENCE = r"\S.*?(?:[.!?…]+[\"'”’)\]]*(?=\s|\Z)|[。！？]+|(?=\n\s*\n)|(?=\s*\Z))"


def token_finder(tokenizer):
    """The function that finds the tokens of a text.

    Parameters
    ----------
    tokenizer : str, compiled pattern, callable or vectorizer
        As the parameter of `TextMasker`.

    Returns
    -------
    callable
        From a text to the names of its tokens and their (start, end) in it, two lists.
    """
    vectorizer = _vectorizer(tokenizer)
    if vectorizer is not None:
        return _by_analyzer(vectorizer)
    if callable(tokenizer):
        return lambda text: _located(tokenizer(text), text, "tokenizer")
    if isinstance(tokenizer, str) and tokenizer == "word":
        return _words
    return _by_pattern(_pattern(tokenizer))


def is_word(character):
    """Whether a character is part of a word: letters, digits, underscores, and their marks."""
    return (
        character.isalnum() or character == "_" or unicodedata.category(character).startswith("M")
    )


def _words(text):
    """Runs of letters, digits and underscores, with their marks; apostrophes inside belong."""
    spans = _matches(_ASCII_WORD if text.isascii() else _any_word(), text)
    return [text[start:end] for start, end in spans], spans


@lru_cache(maxsize=1)
def _any_word():
    # Marks, such as accents and vowel signs, are not \w, but stand inside of words.
    marks = (chr(code) for code in range(0x300, 0x1E900))
    marks = "".join(mark for mark in marks if unicodedata.category(mark).startswith("M"))
    run = rf"\w+(?:[{marks}]+\w*)*"
    return re.compile(rf"{run}(?:['’]{run})*")


def _pattern(tokenizer):
    if tokenizer == "char":
        return re.compile(r"\S")
    if tokenizer == "sentence":
        return re.compile(_SENTENCE, re.DOTALL)
    try:
        pattern = re.compile(tokenizer)
    except re.error as error:
        raise ValueError(
            f"tokenizer {tokenizer!r} is no regular expression: {error}; expected one, 'word', "
            "'char', 'sentence', a callable or a vectorizer"
        ) from error
    if isinstance(pattern.pattern, bytes):
        raise TypeError(f"tokenizer {pattern.pattern!r} is of bytes; expected a pattern of str")
    if pattern.groups > 1:
        raise ValueError(
            f"tokenizer {pattern.pattern!r} has {pattern.groups} capturing groups; expected one, "
            "which is the token, or none"
        )
    return pattern


def _by_pattern(pattern):
    def find(text):
        spans = _matches(pattern, text)
        return [text[start:end] for start, end in spans], spans

    return find


def _matches(pattern, text):
    """Where a pattern, or its only group, matches something."""
    spans = (match.span(pattern.groups) for match in pattern.finditer(text))
    return [(start, end) for start, end in spans if start < end]


# -- what a function returns ---------------------------------------------------------------------


def _located(tokens, text, source):
    """Names and spans of what a tokenizer returned: tokens, or their spans."""
    tokens = tokens.tolist() if isinstance(tokens, np.ndarray) else list(tokens)
    if all(isinstance(token, str) for token in tokens):
        tokens = [token for token in tokens if token]
        return _not_empty(tokens, _search(tokens, text, source))
    try:
        spans = [(int(start), int(end)) for start, end in tokens]
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{source} returned {tokens[:3]!r}; expected a list of str, or of (start, end)"
        ) from error
    last = 0
    for start, end in spans:
        if not last <= start < end <= len(text):
            raise ValueError(
                f"{source} returned the span {(start, end)} after position {last} of a text of "
                f"{len(text)} characters; expected increasing spans that don't overlap"
            )
        last = end
    return [text[start:end] for start, end in spans], spans


def _search(tokens, text, source):
    """Where tokens are, one after the other: in the text, or else in the text in lower case."""
    spans, missing = _search_in(tokens, text)
    if missing is not None:
        lower = text.lower()
        spans, _ = _search_in(tokens, lower)
        spans = _traced(spans, text, lower, str.lower, {})
    if spans is None or len(spans) < len(tokens):
        spans, missing = _search_in(tokens, text)
        end = spans[-1][1] if spans else 0
        raise ValueError(
            f"{source} returned the token {missing!r}, which the text does not have after "
            f"{text[max(0, end - 20) : end]!r}; expected tokens as they stand in the text, or "
            "their (start, end)"
        )
    return spans


def _search_in(tokens, text):
    """Spans of the tokens up to the first that is missing, and this one, or None."""
    position, spans = 0, []
    for token in tokens:
        start = text.find(token, position)
        if start < 0:
            return spans, token
        position = start + len(token)
        spans.append((start, position))
    return spans, None


# -- vectorizers ---------------------------------------------------------------------------------


def _vectorizer(tokenizer):
    """The vectorizer, or that of a Pipeline; None if it is neither."""
    if hasattr(tokenizer, "build_analyzer"):
        return tokenizer
    if not hasattr(tokenizer, "steps"):
        return None
    for _, step in tokenizer.steps:
        if hasattr(step, "build_analyzer"):
            return step
    raise TypeError(
        "tokenizer is a Pipeline without a vectorizer among its steps; expected one such as "
        "TfidfVectorizer"
    )


def _by_analyzer(vectorizer):
    """The tokens that a vectorizer sees, less its stop words."""
    if callable(vectorizer.analyzer):
        analyzer = vectorizer.build_analyzer()
        return lambda text: _located(analyzer(text), text, "analyzer")
    preprocess = vectorizer.build_preprocessor()
    tokens_of = _analyzer_tokens(vectorizer)
    stop_words = vectorizer.get_stop_words() if vectorizer.analyzer == "word" else None
    stop_words = frozenset(stop_words or ())
    widths = {}

    def find(text):
        seen = preprocess(text)
        names, spans = tokens_of(seen)
        if stop_words:
            kept = [name not in stop_words for name in names]
            names, spans = list(compress(names, kept)), list(compress(spans, kept))
        if seen != text and not (text.isascii() and seen == text.lower()):
            spans = _traced(spans, text, seen, preprocess, widths)
            if spans is None:
                raise ValueError(
                    "the vectorizer's preprocessor changes texts in a way that can't be traced "
                    f"back to their words, such as {text[:40]!r} to {seen[:40]!r}; expected a "
                    "tokenizer that finds words in the text itself: a regular expression, or a "
                    "callable"
                )
        return _not_empty(names, spans)

    return find


def _analyzer_tokens(vectorizer):
    """From a text, as the preprocessor left it, to names and spans."""
    if vectorizer.analyzer == "char":
        return _by_pattern(_pattern("char"))
    if vectorizer.analyzer == "char_wb":
        return _by_pattern(_pattern(r"\S+"))
    if vectorizer.tokenizer is not None:
        return lambda text: _located(vectorizer.tokenizer(text), text, "the vectorizer's tokenizer")
    return _by_pattern(_pattern(vectorizer.token_pattern))


def _not_empty(names, spans):
    """Names and spans, without later tokens of what is one character of the text."""
    kept = [start < end for start, end in spans]
    return list(compress(names, kept)), list(compress(spans, kept))


def _traced(spans, text, seen, preprocess, widths):
    """Spans in a text, given those in what a preprocessor made of it; None if it can't be told.

    Lower case and the loss of accents change a text character by character, but not always one
    into one. Other preprocessors are traced only if they keep the length.
    """
    for character in set(text) - widths.keys():
        widths[character] = len(preprocess(character))
    ends = list(accumulate(map(widths.__getitem__, text)))
    if not ends or ends[-1] != len(seen):
        return spans if len(text) == len(seen) else None
    owner = np.repeat(np.arange(len(text)), np.diff(ends, prepend=0)).tolist()
    traced, last = [], 0
    for start, end in spans:
        # A character that became several belongs to the token that it begins.
        start, last = max(owner[start], last), max(owner[end - 1] + 1, last)
        while last < len(text) and widths[text[last]] == 0:
            last += 1  # accents that were dropped
        traced.append((start, last))
    return traced
