"""Errors that tell where they happened."""

import pandas as pd

from skxai.utils._tables import count_rows, take_rows


def add_to_message(error, words):
    """Append words to an error's message; its class, which callers may wait for, stays.

    Examples
    --------
    >>> error = ValueError("bad town")
    >>> add_to_message(error, "at row 7 of X")
    >>> print(error)
    bad town (at row 7 of X)
    """
    if len(error.args) == 1 and isinstance(error.args[0], str):
        error.args = (f"{error.args[0]} ({words})",)
    elif hasattr(error, "add_note"):  # Python 3.11
        error.add_note(words)


def rows_in_words(X, start=0):
    """Which rows these are: their positions, and their labels where these are others.

    Examples
    --------
    >>> rows_in_words([[1], [2], [3]], start=10)
    'rows 10 to 12'
    >>> rows_in_words(pd.DataFrame([1, 2], index=["a", "b"]))
    "rows 0 to 1, labelled 'a' to 'b'"
    """
    n_rows = count_rows(X)
    if n_rows == 0:
        return "no rows"
    positions = [start, start + n_rows - 1]
    words = _span(positions)
    index = X.index if isinstance(X, pd.DataFrame | pd.Series) else None
    if index is not None and not (index[0] == start and index[-1] == positions[1]):
        words += f", labelled {_span([_plain(index[0]), _plain(index[-1])])}"
    return f"row{'s' * (n_rows > 1)} {words}"


def _span(ends):
    first, last = map(repr, ends)
    return first if first == last else f"{first} to {last}"


def _plain(label):
    if isinstance(label, tuple):
        return tuple(map(_plain, label))
    return label.item() if hasattr(label, "item") else label


def call_naming_rows(function, start, X, *others):
    """``function(X, *others)``; an error tells which rows these are, from `start` on.

    Examples
    --------
    >>> def fail(X):
    ...     raise ValueError("bad town")
    >>> call_naming_rows(fail, 10, [["Rome"], ["Ulm"]])
    Traceback (most recent call last):
        ...
    ValueError: bad town (while explaining rows 10 to 11, of X)
    """
    try:
        return function(X, *others)
    except Exception as error:
        add_to_message(error, f"while explaining {rows_in_words(X, start)}, of X")
        raise


def call_naming_row(function, X, start=0):
    """``function(X)``; an error tells the first row that it fails on by itself, from `start` on.

    Examples
    --------
    >>> call_naming_row(lambda X: [1 / x for x in X], [2, 1, 0, 3])
    Traceback (most recent call last):
        ...
    ZeroDivisionError: division by zero (first at row 2, of X)
    """
    try:
        return function(X)
    except Exception as error:
        row = _first_failure(function, X)
        if row is not None:
            words = rows_in_words(take_rows(X, slice(row, row + 1)), start + row)
            add_to_message(error, f"first at {words}, of X")
        raise


def _first_failure(function, X):
    """By bisection; None if the function fails on no row by itself."""

    def fails(first, end):
        try:
            function(take_rows(X, slice(first, end)))
        except Exception:
            return True
        return False

    first, end = 0, count_rows(X)
    while end - first > 1:
        middle = (first + end) // 2
        first, end = (first, middle) if fails(first, middle) else (middle, end)
    return first if fails(first, end) else None
