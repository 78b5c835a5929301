"""Texts and arrays: what is taken for one, and what later ones are made to be."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from skxai.utils._inputs import (
    ArraySpec,
    TextSpec,
    as_object_array,
    check_array,
    check_inputs,
    check_texts,
    is_texts,
    spec_of,
)
from skxai.utils._tables import TableSpec, count_rows, row_bytes, take_rows

WORDS = ["ein", "Käse", ""]
KINDS = {
    "list": WORDS,
    "series": pd.Series(WORDS, index=[2.5, 0.5, 1.5]),
    "array": np.array(WORDS),
    "objects": np.array(WORDS, dtype=object),
}
IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4, 1)


# -- what is a text -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_texts_pass_as_they_are(kind):
    texts = KINDS[kind]
    assert is_texts(texts)
    assert check_texts(texts, "X") is texts
    assert check_inputs(texts, "X") is texts


def test_a_tuple_of_texts_becomes_a_list():
    assert check_texts(("a", "b"), "X") == ["a", "b"]


@pytest.mark.parametrize(
    "other",
    ["a text", [["a"], ["b"]], [1.0], [], np.array([["a"]]), np.ones(3), pd.Series([1]), None],
    ids=repr,
)
def test_what_is_no_collection_of_texts(other):
    assert not is_texts(other)


@pytest.mark.parametrize(
    ("texts", "error", "message"),
    [
        (
            "a text",
            TypeError,
            r"Z is one text; expected a list, Series or array of texts: \[text\]",
        ),
        (pd.DataFrame({"t": ["a"]}), TypeError, "Z is DataFrame; .* such as its column 't'"),
        (pd.DataFrame(), TypeError, "array of texts$"),
        (7, TypeError, "Z is int; expected a list, Series or array of texts"),
        (np.array([["a"]]), ValueError, r"Z has shape \(1, 1\); expected one dimension"),
        (["a", None], TypeError, "Z holds None at row 1, which is NoneType; expected texts"),
        (["a", b"b"], TypeError, "Z holds b'b' at row 1, which is bytes"),
        (pd.Series(["a", np.nan]), TypeError, "Z holds nan at row 1, which is float"),
        ([["a"]], TypeError, r"Z holds \['a'\] at row 0, which is list"),
    ],
)
def test_what_is_wrong_with_texts(texts, error, message):
    with pytest.raises(error, match=message):
        check_texts(texts, "Z")


@pytest.mark.parametrize("missing", [None, np.nan, 3])
def test_a_gap_among_texts_is_named(missing):
    with pytest.raises(TypeError, match=r"Z holds .* at row 1, .*; expected texts"):
        check_inputs(["a", missing, "c"], "Z")


# -- arrays -------------------------------------------------------------------------------------


def test_arrays_pass_as_they_are():
    assert check_inputs(IMAGES, "X") is IMAGES
    assert check_array([[1, 2]], "X").tolist() == [[1, 2]]
    for nested in (IMAGES.tolist(), list(IMAGES), tuple(IMAGES[..., 0])):
        np.testing.assert_array_equal(check_inputs(nested, "X"), np.array(nested))
    assert check_inputs([[1, 2]], "X").shape == (1, 2)
    table = pd.DataFrame({"a": [1]})
    assert check_inputs(table, "X") is table


@pytest.mark.parametrize(
    ("array", "error", "message"),
    [
        ([1, 2], ValueError, r"Z has shape \(2,\); expected rows of at least one dimension"),
        ([["a"]], TypeError, "Z has dtype <U1; expected numbers"),
        (np.ones((2, 2, 2), dtype=complex), TypeError, "Z has dtype complex128"),
        ([[1, 2], [3]], ValueError, "Z is no array"),
    ],
)
def test_what_is_no_array(array, error, message):
    with pytest.raises(error, match=message):
        check_array(array, "Z")


# -- the kind that fit saw ----------------------------------------------------------------------


@pytest.mark.parametrize("fitted_on", KINDS)
@pytest.mark.parametrize("given", KINDS)
def test_texts_take_the_kind_of_fit(fitted_on, given):
    got = TextSpec.of(KINDS[fitted_on]).conform(KINDS[given], "X")
    expected = {"list": list, "series": pd.Series}.get(fitted_on, np.ndarray)
    assert isinstance(got, expected)
    assert list(got) == WORDS
    if TextSpec.of(KINDS[fitted_on]) == TextSpec.of(KINDS[given]):
        assert got is KINDS[given]  # with its index, if it has one


def test_later_texts_are_checked():
    with pytest.raises(TypeError, match="X holds 1 at row 0"):
        TextSpec("list").conform([1], "X")
    assert TextSpec("list").conform([], "X") == []


def test_objects_are_texts_of_any_length():
    array = as_object_array(("a", "long" * 9))
    assert array.dtype == object
    assert array.tolist() == ["a", "long" * 9]
    assert as_object_array([]).shape == (0,)


def test_later_arrays_have_the_shape_of_fit():
    spec = ArraySpec.of(IMAGES)
    assert spec.shape == (3, 4, 1)
    assert spec.conform(IMAGES[:1], "X") is not None
    np.testing.assert_array_equal(spec.conform(IMAGES.tolist(), "X"), IMAGES)
    with pytest.raises(ValueError, match=r"X has rows of shape \(3, 4\); expected \(3, 4, 1\)"):
        spec.conform(IMAGES[..., 0], "X")
    with pytest.raises(ValueError, match=r"as in fit: for one row use X\[None\]"):
        spec.conform(IMAGES[0], "X")


def test_kinds():
    assert spec_of(("a", "b"), "X") == TextSpec("list")
    assert spec_of(pd.Series(["a"]), "X") == TextSpec("series")
    assert spec_of(np.array(["a"]), "X") == TextSpec("array")
    assert spec_of(IMAGES, "X") == ArraySpec((3, 4, 1))
    assert spec_of([[1, 2]], "X") == TableSpec.of(np.ones((1, 2)))
    assert spec_of(pd.DataFrame({"a": ["b"]}), "X").kind == "frame"
    with pytest.raises(TypeError, match="Z is NoneType; expected texts, an array or a table"):
        spec_of(None, "Z")


# -- rows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [slice(1, 3), np.array([1, 2]), [1, 2]], ids=str)
def test_rows_of_texts(kind, rows):
    taken = take_rows(KINDS[kind], rows)
    assert type(taken) is type(KINDS[kind])
    assert list(taken) == ["Käse", ""]
    assert count_rows(taken) == 2
    assert len(take_rows(KINDS[kind], np.array([], dtype=int))) == 0


def test_rows_of_arrays():
    np.testing.assert_array_equal(take_rows(IMAGES, [1, 0]), IMAGES[::-1])
    assert count_rows(IMAGES) == 2
    assert count_rows(sp.eye(3, format="csr")) == 3
    assert count_rows(pd.DataFrame({"a": [1, 2]})) == 2


def test_memory_of_rows():
    assert row_bytes(IMAGES) == 12
    assert row_bytes(IMAGES.astype(float)) == 96
    for kind in (list, pd.Series, as_object_array, np.array):
        assert row_bytes(kind(["four", "sixsix"])) == 16 * 5
        assert row_bytes(kind(["a" * 1000] * 200)) == 16_000
    assert row_bytes([]) == row_bytes([""]) == 16
    # Labels are no positions.
    assert row_bytes(pd.Series(["ab", "ab"], index=[500.0, 200.0])) == 32
