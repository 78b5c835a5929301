"""Errors keep their class and tell where they happened."""

import sys

import numpy as np
import pandas as pd
import pytest

from skxai.utils._messages import (
    add_to_message,
    call_naming_row,
    call_naming_rows,
    rows_in_words,
)


class Coded(Exception):
    """An error with more than a message."""

    def __init__(self, code, message):
        super().__init__(code, message)


def test_words_are_appended():
    error = ValueError("bad town")
    add_to_message(error, "at row 7")
    add_to_message(error, "in batch 2")
    assert str(error) == "bad town (at row 7) (in batch 2)"


@pytest.mark.parametrize("error", [Coded(3, "full"), KeyError(7), ValueError()])
def test_other_errors_are_left_as_they_are(error):
    before = error.args
    add_to_message(error, "at row 7")
    assert error.args == before
    if sys.version_info >= (3, 11):
        assert error.__notes__ == ["at row 7"]


@pytest.mark.parametrize(
    ("X", "start", "words"),
    [
        (np.zeros((1, 2)), 0, "row 0"),
        (np.zeros((3, 2)), 5, "rows 5 to 7"),
        (np.zeros((0, 2)), 5, "no rows"),
        (pd.DataFrame({"a": [1, 2]}), 0, "rows 0 to 1"),
        (pd.DataFrame({"a": [1, 2]}, index=[5, 6]), 5, "rows 5 to 6"),
        (pd.DataFrame({"a": [1, 2]}, index=[9, 6]), 5, "rows 5 to 6, labelled 9 to 6"),
        (pd.DataFrame({"a": [1]}, index=["x"]), 3, "row 3, labelled 'x'"),
        (pd.Series(["a text"], index=["x"]), 3, "row 3, labelled 'x'"),
        (["a text", "another"], 0, "rows 0 to 1"),
    ],
)
def test_rows_in_words(X, start, words):
    assert rows_in_words(X, start) == words


def test_labels_of_several_levels():
    index = pd.MultiIndex.from_tuples([("x", 1), ("y", 2)])
    words = rows_in_words(pd.DataFrame({"a": [1, 2]}, index=index))
    assert words == "rows 0 to 1, labelled ('x', 1) to ('y', 2)"


# -- calls -------------------------------------------------------------------------------------


def reciprocals(X):
    if 0 in np.ravel(X):
        raise ZeroDivisionError("of zero")
    return 1 / np.ravel(X)


@pytest.mark.parametrize("bad", [{0}, {6}, {3, 4}, {2, 5, 6}, set(range(7))])
@pytest.mark.parametrize("start", [0, 20])
def test_the_first_bad_row_is_named(bad, start):
    X = np.array([[0.0] if row in bad else [1.0] for row in range(7)])
    words = rf"^of zero \(first at row {start + min(bad)}, of X\)$"
    with pytest.raises(ZeroDivisionError, match=words):
        call_naming_row(reciprocals, X, start)


def test_a_call_that_succeeds_is_the_only_one():
    calls = []
    call_naming_row(lambda X: calls.append(len(X)), np.ones((7, 1)))
    assert calls == [7]


def test_few_rows_are_tried_to_find_the_bad_one():
    sizes = []

    def fail(X):
        sizes.append(len(X))
        return reciprocals(X)

    X = np.ones((1024, 1))
    X[777] = 0
    with pytest.raises(ZeroDivisionError, match="row 777"):
        call_naming_row(fail, X)
    assert sum(sizes) <= 2 * 1024 + 1


def test_no_row_is_named_where_only_all_together_fail():
    def too_many(X):
        if len(X) > 1:
            raise MemoryError("too many")

    with pytest.raises(MemoryError, match=r"^too many$"):
        call_naming_row(too_many, np.ones((4, 1)))
    with pytest.raises(MemoryError, match=r"^too many \(while explaining rows 9 to 12, of X\)$"):
        call_naming_rows(too_many, 9, np.ones((4, 1)))


def test_a_label_is_named_too():
    X = pd.DataFrame({"a": [1.0, 0.0]}, index=["x", "y"])
    with pytest.raises(ZeroDivisionError, match=r"\(first at row 1, labelled 'y', of X\)"):
        call_naming_row(reciprocals, X)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_who_interrupts_waits_for_no_search(error):
    calls = []

    def interrupted(X):
        calls.append(len(X))
        raise error

    with pytest.raises(error):
        call_naming_row(interrupted, np.ones((4, 1)))
    assert calls == [4]
