"""Texts as players: where tokens are, and what is left without some of them."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skxai.maskers import TextMasker

LETTERS = "ab cß 'É\u0301İ中!-/\n\u0939\u093f_9’"


def tokens(text, **parameters):
    """The pieces of the text that are its players' spans, in order."""
    spans = TextMasker(**parameters).fit().layout([text]).spans(0)
    return [text[start:end] for _, start, end in spans]


def names(text, **parameters):
    return TextMasker(**parameters).fit().layout([text]).names(0)


def without(text, *absent, **parameters):
    """The text without the players of these names."""
    masker = TextMasker(**parameters).fit()
    present = [name not in absent for name in masker.layout([text]).names(0)]
    return masker.bind([text]).compose([0], [0], [present])[0]


# -- what the players are ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [
        ("word", ["Don't", "eat", "café", "9", "x_1", "किताब"]),
        (r"[a-z]+", ["on", "t", "eat", "caf", "x"]),
        (re.compile(r"\b(\w)\w+"), ["D", "e", "c", "x"]),
        (str.split, ["Don't", "eat:", "café,", "9", "x_1", "किताब"]),
        (lambda text: [(0, 5), (6, 9)], ["Don't", "eat"]),
        (lambda text: np.array([[0, 5], [6, 9]]), ["Don't", "eat"]),
        (lambda text: ["don't", "CAFÉ".lower()], ["Don't", "café"]),
        (TfidfVectorizer(), ["Don", "eat", "café", "x_1"]),
        (TfidfVectorizer(analyzer="char_wb"), ["Don't", "eat:", "café,", "9", "x_1", "किताब"]),
        (HashingVectorizer(stop_words=["don", "eat"]), ["café", "x_1"]),
        (CountVectorizer(tokenizer=str.split, token_pattern=None), None),
        (CountVectorizer(analyzer=lambda text: text.lower().split()), None),
    ],
)
def test_tokenizers(tokenizer, expected):
    text = "Don't eat: café, 9 x_1 किताब"
    expected = text.split() if expected is None else expected
    assert tokens(text, tokenizer=tokenizer) == expected


def test_characters_and_sentences():
    assert tokens("a b\u4e2d", tokenizer="char") == ["a", "b", "\u4e2d"]
    text = 'He left. "Why?" Pi is 3.14!\n\nA title\n\nThe end'
    assert tokens(text, tokenizer="sentence") == [
        "He left.", '"Why?"', "Pi is 3.14!", "A title", "The end",
    ]  # fmt: skip
    assert tokens("好。不好", tokenizer="sentence") == ["好。", "不好"]


def test_analyzer_tokens_are_those_the_vectorizer_counts():
    text = "The CAFÉ of İzmir: naïve Straße, e\u0301te\u0301 ﬁne the café"
    for vectorizer in (
        CountVectorizer(),
        CountVectorizer(lowercase=False),
        CountVectorizer(strip_accents="unicode"),
        CountVectorizer(strip_accents="ascii", stop_words="english"),
        CountVectorizer(token_pattern=r"(\w)\w*"),
        CountVectorizer(preprocessor=lambda text: text.replace("a", "o")),
    ):
        assert names(text, tokenizer=vectorizer) == vectorizer.build_analyzer()(text)


def test_places_are_right_where_lower_case_and_accents_change_lengths():
    text = "İİ ﬁne e\u0301te\u0301 x"
    kwargs = {"tokenizer": CountVectorizer(strip_accents="unicode")}
    assert names(text, **kwargs) == ["ii", "fine", "ete"]
    assert tokens(text, **kwargs) == ["İİ", "ﬁne", "e\u0301te\u0301"]
    assert tokens("İİ Ab", tokenizer=lambda text: text.lower().split()) == ["İİ", "Ab"]
    assert names("İa", tokenizer=CountVectorizer(analyzer="char")) == ["i", "a"]
    assert tokens("İa", tokenizer=lambda text: list(text.lower())) == ["İ", "a"]


def test_a_pipeline_names_its_vectorizer():
    pipeline = make_pipeline(TfidfVectorizer(stop_words=["is"]), LogisticRegression())
    assert names("It is good", tokenizer=pipeline) == ["it", "good"]
    pipeline.fit(["good film", "bad film"], [0, 1])
    assert names("It is good", tokenizer=pipeline) == ["it", "good"]


def test_repeated_words_are_one_player_whatever_their_case():
    text = "A rose is a Rose, STRASSE straße"
    layout = TextMasker(repeated="together").fit().layout([text])
    assert layout.names(0) == ["A", "rose", "is", "STRASSE"]
    assert layout.spans(0)[:, 0].tolist() == [0, 1, 2, 0, 1, 3, 3]
    assert without(text, "rose", repeated="together") == "A is a, STRASSE straße"
    assert without(text, "A", repeated="together", absent="UNK") == (
        "UNK rose is UNK Rose, STRASSE straße"
    )


# -- what is left --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "absent", "left"),
    [
        ("It is not good.", ["not"], "It is good."),
        ("It is not good.", ["It"], "is not good."),
        ("It is not good.", ["good"], "It is not."),
        ("It is not good.", ["It", "is", "not", "good"], "."),
        ("  It is", ["It"], " is"),
        ("well, (not) bad", ["not"], "well, () bad"),
        ("a\n\nb  c", ["b"], "a  c"),
        ("a-b c", ["a"], "-b c"),
    ],
)
def test_removal_by_hand(text, absent, left):
    assert without(text, *absent) == left


def test_tokens_that_keep_words_apart_leave_a_space():
    pattern = r"\w+|[^\w\s]"
    assert without("and/or, e.g.", "/", tokenizer=pattern) == "and or, e.g."
    assert without("and//or", "/", tokenizer=pattern) == "and or"
    assert without("good, bad.", ",", ".", tokenizer=pattern) == "good bad"
    assert without("x don't", "do", tokenizer=r"do|n't|\w+") == "x n't"
    assert without("x cafe\u0301", "cafe", tokenizer=r"[a-z]+") == "x \u0301"


def test_what_an_analyzer_drops_stays():
    assert without("Not the best", "best", tokenizer=CountVectorizer(stop_words=["the"])) == (
        "Not the"
    )


def test_mask_tokens_stand_where_words_stood():
    masked = TextMasker(absent="[MASK]").fit().bind([" So, not  bad "])
    present = [[False, True, False], [True, True, True]]
    assert masked.compose([0, 0], [0, 0], present) == [" [MASK], not  [MASK] ", " So, not  bad "]


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet=LETTERS, max_size=25) | st.text(max_size=15),
    st.sampled_from(["word", "char", "sentence", r"[a-z]+", r"\w+|[^\w\s]"]),
    st.sampled_from(["remove", "[MASK]"]),
    st.sampled_from(["apart", "together"]),
)
def test_with_all_present_the_text_is_as_it_was(text, tokenizer, absent, repeated):
    masker = TextMasker(tokenizer=tokenizer, absent=absent, repeated=repeated).fit()
    masked = masker.bind([text])
    present = np.ones((1, masked.n_players), dtype=bool)
    assert masked.compose([0], [0], present) == [text]
    assert masker.layout([text]).counts.tolist() == [masked.n_players]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=LETTERS, max_size=25) | st.text(max_size=15), st.integers(0, 2**25))
@example("x' y 'z", 0b101)
@example("a 'b", 0b10)
def test_without_some_words_the_others_are_the_words(text, seed):
    before = tokens(text)
    present = np.array([seed >> j & 1 for j in range(len(before))], dtype=bool)
    left = TextMasker().fit().bind([text]).compose([0], [0], present[None])[0]
    assert tokens(left) == [token for token, here in zip(before, present) if here]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=LETTERS, max_size=25), st.integers(0, 2**25))
def test_without_some_tokens_a_vectorizer_sees_the_others(text, seed):
    vectorizer = CountVectorizer(lowercase=False)
    before = vectorizer.build_analyzer()(text)
    present = np.array([seed >> j & 1 for j in range(len(before))], dtype=bool)
    masked = TextMasker(tokenizer=vectorizer).fit().bind([text])
    left = masked.compose([0], [0], present[None])[0]
    assert vectorizer.build_analyzer()(left) == [
        token for token, here in zip(before, present) if here
    ]


# -- several rows --------------------------------------------------------------------------------


def test_inputs_of_several_texts_keep_their_order():
    masked = TextMasker().fit().bind(["a b", "c d"])
    assert (masked.n_rows, masked.n_background, masked.n_players) == (2, 1, 2)
    rows, present = [1, 0, 1, 0], [[1, 0], [0, 1], [1, 1], [0, 0]]
    assert masked.compose(rows, [0] * 4, present) == ["c", "b", "c d", ""]
    assert masked.compose([], [], np.empty((0, 2))) == []
    assert masked.differs(np.array([0])).shape == (1, 1, 2)


@pytest.mark.parametrize("text", ["", "  ", "?! …"])
def test_texts_without_tokens(text):
    masker = TextMasker().fit()
    assert masker.layout([text]).counts.tolist() == [0]
    masked = masker.bind([text, text])
    assert masked.n_players == 0
    assert masked.compose([1, 0], [0, 0], np.empty((2, 0))) == [text, text]


def test_the_model_is_given_what_fit_saw():
    present = [[True, False]]
    made = TextMasker().fit(["x"]).bind(pd.Series(["a b"])).compose([0], [0], present)
    assert made == ["a"]
    made = TextMasker().fit(pd.Series(["x"])).bind(["a b"]).compose([0], [0], present)
    pd.testing.assert_series_equal(made, pd.Series(["a"], dtype=object))
    made = TextMasker().fit(np.array(["x"])).bind(["a b"]).compose([0], [0], present)
    assert made.dtype == object
    assert made.tolist() == ["a"]


def test_no_rows():
    masker = TextMasker().fit()
    assert len(masker.layout([])) == 0
    assert masker.bind([]).n_rows == 0


def test_it_is_an_estimator():
    masker = TextMasker(tokenizer=CountVectorizer(), absent="UNK").fit(["a"])
    np.testing.assert_array_equal(masker.weights_, [1.0])
    assert clone(masker).absent == "UNK"
    again = pickle.loads(pickle.dumps(masker))
    assert again.layout(["some words"]).names(0) == ["some", "words"]
    with pytest.raises(ValueError, match="not fitted"):
        TextMasker().layout(["a"])


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "text", "error", "message"),
    [
        ({"tokenizer": "("}, "a", ValueError, "no regular expression"),
        ({"tokenizer": "(a)(b)"}, "a", ValueError, "2 capturing groups"),
        ({"tokenizer": re.compile(b"a")}, "a", TypeError, "of bytes"),
        ({"tokenizer": 3}, "a", ValueError, "'tokenizer' parameter"),
        (
            {"tokenizer": make_pipeline(LogisticRegression())},
            "a",
            TypeError,
            "without a vectorizer",
        ),
        ({"absent": ""}, "a", ValueError, "absent is ''"),
        ({"repeated": "once"}, "a", ValueError, "'repeated' parameter"),
        ({"tokenizer": lambda text: ["b"]}, "abab", None, None),
        ({"tokenizer": lambda text: ["b", "x"]}, "abab", ValueError, "token 'x', .* after 'ab'"),
        ({"tokenizer": lambda text: [(0, 2), (1, 3)]}, "abab", ValueError, r"span \(1, 3\)"),
        ({"tokenizer": lambda text: [(0, 9)]}, "abab", ValueError, r"span \(0, 9\)"),
        ({"tokenizer": lambda text: [3]}, "abab", TypeError, r"returned \[3\]"),
        (
            {"tokenizer": CountVectorizer(preprocessor=lambda text: text.replace("<b>", ""))},
            "<b>bold",
            ValueError,
            "traced back",
        ),
    ],
)
def test_errors(parameters, text, error, message):
    if error is None:
        assert tokens(text, **parameters) == ["b"]
        return
    with pytest.raises(error, match=message):
        TextMasker(**parameters).fit().layout([text])


def test_rows_of_different_lengths_are_not_bound_together():
    with pytest.raises(ValueError, match=r"\[1, 2\] players"):
        TextMasker().fit().bind(["a", "a b"])


def test_a_background_of_no_texts():
    with pytest.raises(ValueError, match="X_background has no texts; expected at least one, or"):
        TextMasker().fit([])


def test_a_background_that_is_no_texts():
    with pytest.raises(TypeError, match="X_background"):
        TextMasker().fit([1])


@pytest.mark.parametrize("X", ["one text", [1], np.array([["a"]])])
def test_what_is_no_texts(X):
    with pytest.raises((TypeError, ValueError), match="X"):
        TextMasker().fit().layout(X)
