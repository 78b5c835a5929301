"""Markup is escaped where it is made."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import Parsed

from skxai.reporting._html import Markup, clean, element, first_of, listed, markup, table
from skxai.reporting._style import STYLE

ANY_TEXT = st.text(st.characters(), max_size=30)
HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=y>",
    "</style>&amp;",
    "\u202eabc",
    "שלום",
]


@settings(max_examples=200, deadline=None)
@given(ANY_TEXT, ANY_TEXT)
def test_any_text_comes_back_and_adds_no_element(text, title):
    made = element("p", text, title=title)
    parsed = Parsed(made)
    # A parser joins carriage returns with line feeds; nothing else changes.
    expected = re.sub("\r\n?", "\n", clean(text))
    assert re.sub("\r\n?", "\n", "".join(parsed.texts[1:])) == expected
    assert parsed.tags == [("p", {"title": clean(title)})]
    assert parsed.wrong == []
    made.encode("utf-8")  # what a file takes


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(text):
    parsed = Parsed(table(text, [text, "b"], [[text, text]]))
    assert {tag for tag, _ in parsed.tags} <= {
        "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "bdi",
    }  # fmt: skip
    assert parsed.tables[0][1] == [text, text]
    assert parsed.all("div")[0]["aria-label"] == text


def test_markup_is_not_escaped_twice():
    inner = element("b", "a & b")
    assert isinstance(inner, Markup)
    assert element("p", inner, " < ", None) == "<p><b>a &amp; b</b> &lt; </p>"
    assert markup("&", inner) == "&amp;<b>a &amp; b</b>"


def test_attributes():
    assert element("img", alt="a", src=None) == '<img alt="a">'
    assert element("th", "x", class_="n", aria_label="y") == '<th class="n" aria-label="y">x</th>'


def test_a_list_in_words():
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "<", "c"]) == "a, &lt; and c"
    assert first_of(3, 3) == ""
    assert first_of(20, 30) == ", the first 20 of 30"


def test_clean_leaves_what_a_document_can_hold():
    assert clean("a\x00b\ud800c\ufffe") == "a\ufffdb\ufffdc\ufffd"
    assert clean("tab\tline\nשלום 日本 🙂") == "tab\tline\nשלום 日本 🙂"


def luminance(color):
    color = color if len(color) == 7 else "#" + "".join(2 * c for c in color[1:])
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_enough_to_read():
    """WCAG asks 4.5 of small letters."""
    for rule in re.findall(r"\{([^{}]*)\}", STYLE):
        color = re.search(r"(?<![-\w])color: (#\w+)", rule)
        background = re.search(r"background: (#\w+)", rule)
        if color:
            assert contrast(color[1], background[1] if background else "#ffffff") >= 4.5, rule
        if background:
            assert contrast("#1c1c1c", background[1]) >= 4.5 or color, rule
    assert contrast("#4a4a4a", "#f3f6f9") >= 4.5  # notes, wherever they stand


def test_the_style_fetches_nothing():
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    assert "http" not in STYLE
