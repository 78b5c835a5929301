"""The layout of texts: players, their places, files and selections."""

from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skxai import Explanation
from skxai.explanation import TextLayout
from skxai.explanation._layout import layout_of
from skxai.explanation._text_html import NEGATIVE, POSITIVE, coloured_text, number, token_colors

TEXTS = ["a rose is a rose", "", "<b>né</b>"]
LAYOUT = TextLayout(
    [["a", "rose", "is"], [], ["né"]],
    [[[0, 0, 1], [1, 2, 6], [2, 7, 9], [0, 10, 11], [1, 12, 16]], [], [[0, 3, 5]]],
)


def explanation(**fields):
    values = np.array([[1.0, -2.0, 0.5], [0.0, 0.0, 0.0], [0.25, 0.0, 0.0]])
    given = {"data": np.array(TEXTS, dtype=object), "layout": LAYOUT, **fields}
    return Explanation(values, np.zeros(3), values.sum(axis=1), **given)


def assert_same(layout, rows):
    assert layout.counts.tolist() == LAYOUT.counts[rows].tolist()
    for new, old in enumerate(rows):
        assert layout.names(new) == LAYOUT.names(old)
        np.testing.assert_array_equal(layout.spans(new), LAYOUT.spans(old))


def test_by_hand():
    assert LAYOUT.kind == "text"
    assert layout_of("text") is TextLayout
    assert len(LAYOUT) == 3
    assert LAYOUT.counts.tolist() == [3, 0, 1]
    assert LAYOUT.names(0) == ["a", "rose", "is"]
    assert LAYOUT.names(-1) == ["né"]
    assert LAYOUT.spans(1).shape == (0, 3)
    assert LAYOUT.spans(2).tolist() == [[0, 3, 5]]
    columns = {name: list(column) for name, column in LAYOUT.columns(0).items()}
    assert columns == {"start": [0, 2, 7], "end": [1, 6, 9], "count": [2, 2, 1]}
    with pytest.raises(IndexError):
        LAYOUT.names(3)


def test_nobody_writes_to_it():
    with pytest.raises(ValueError, match="read-only"):
        LAYOUT.spans(0)[0] = 1
    LAYOUT.names(0).append("more")
    assert LAYOUT.names(0) == ["a", "rose", "is"]


@pytest.mark.parametrize("rows", [[2, 0], [0], [], [1, 1, 2]])
def test_rows_are_taken(rows):
    assert_same(LAYOUT.take(np.array(rows, dtype=int)), rows)


def test_arrays_hold_everything():
    arrays = LAYOUT.to_arrays()
    assert all(array.dtype.kind in "iu" for array in arrays.values())
    assert_same(TextLayout.from_arrays(arrays), [0, 1, 2])
    assert_same(TextLayout.from_arrays(LAYOUT.take([]).to_arrays()), [])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.text(st.characters(), max_size=5), max_size=4), max_size=4))
def test_arrays_hold_names_of_any_characters(names):
    spans = [[[j, j, j + 1] for j in range(len(row))] for row in names]
    layout = TextLayout(names, spans)
    again = TextLayout.from_arrays(layout.to_arrays())
    assert [again.names(row) for row in range(len(again))] == names


def test_names_and_spans_belong_together():
    with pytest.raises(ValueError, match="spans has 1 rows; expected 2"):
        TextLayout([["a"], []], [[[0, 0, 1]]])
    for spans in ([], [[0, 0, 1]], [[0, 0, 1], [2, 1, 2]]):
        with pytest.raises(ValueError, match="spans of row 0"):
            TextLayout([["a", "b"]], [spans])


# -- in an explanation ---------------------------------------------------------------------------


def test_files(tmp_path):
    explanation().save(tmp_path / "texts.npz")
    loaded = Explanation.load(tmp_path / "texts.npz")
    assert_same(loaded.layout, [0, 1, 2])
    assert list(loaded.data) == TEXTS


def test_frame_has_places_as_integers():
    frame = explanation().to_frame()
    assert frame["name"].tolist() == ["a", "rose", "is", "né"]
    assert frame["start"].tolist() == [0, 2, 7, 3]
    assert frame["count"].dtype.kind == "i"
    assert frame["value"].tolist() == [1.0, -2.0, 0.5, 0.25]


# -- as HTML -------------------------------------------------------------------------------------


def test_html_by_hand():
    html = explanation(index=["x", "<y>", "z"])._repr_html_()
    assert html.count('title="rose: −2"') == 2
    strongest = '<span title="rose: −2" style="background:#005A9C;color:#FFFFFF;border-radius:0.2em'
    assert strongest in html
    assert "row &lt;y&gt;, output &#x27;y&#x27;, prediction 0, base value 0" in html
    assert "&lt;b&gt;<span" in html
    assert "<b>" not in html
    assert "<y>" not in html


def test_html_escapes_scripts():
    text = "<script>alert('x')</script> \" onload=\"f"
    layout = TextLayout([[text[:8], text[8:]]], [[[0, 0, 8], [1, 8, len(text)]]])
    made = Explanation([[1.0, -1.0]], [0.0], [0.0], data=np.array([text]), layout=layout)
    html = made._repr_html_()
    assert "<script" not in html
    assert 'title="&lt;script&gt;: +1"' in html
    assert "onload=&quot;f" in html


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="ab<>&\"'/=é\n ", max_size=20), st.lists(st.integers(0, 20), max_size=6))
def test_html_shows_the_text_itself(text, ends):
    ends = sorted({min(end, len(text)) for end in ends})
    spans = [(j, start, end) for j, (start, end) in enumerate(pairwise(ends))]
    html = coloured_text(text, spans, np.ones(len(spans)))
    shown = []
    parser = HTMLParser()
    parser.handle_data = shown.append
    parser.feed(html)
    parser.close()
    assert "".join(shown) == text
    assert html.count("<") == 2 * (2 + len(spans))  # no tags but ours


def test_html_of_several_outputs_shows_the_largest():
    values = np.array([[[1.0, -0.5]]])
    made = Explanation(
        values, [[0.0, 0.75]], [[1.0, 0.25]], std_errors=np.abs(values) / 4,
        output_names=["u", "v"], data=np.array(["w"]), layout=TextLayout([["w"]], [[[0, 0, 1]]]),
    )  # fmt: skip
    html = made._repr_html_()
    assert "output &#x27;u&#x27;, prediction 1, base value 0" in html
    assert "w: +1 ± 0.25" in html


def test_html_tells_of_rows_that_are_left_out():
    rows = np.zeros(12, dtype=int)
    assert "2 more rows" in explanation()[rows]._repr_html_()
    assert explanation(data=None).layout.to_html(explanation(data=None)) is None


def test_colours():
    assert token_colors(0.0) == ("#FFFFFF", "#000000")
    assert token_colors(1.0) == ("#E0701C", "#000000")
    assert token_colors(-1.0) == ("#005A9C", "#FFFFFF")
    assert token_colors(-7.0) == token_colors(-1.0)
    assert token_colors(np.nan) == ("#9E9E9E", "#000000")
    assert token_colors(0.5)[0] == "#F0B88E"  # half way to white
    assert (POSITIVE, NEGATIVE) == ((224, 112, 28), (0, 90, 156))
    for share in np.linspace(-1, 1, 41):
        assert contrast(*token_colors(share)) > 4.5  # as WCAG wants of text


def contrast(first, second):
    """The ratio of WCAG 2."""

    def luminance(color):
        rgb = np.array([int(color[j : j + 2], 16) for j in (1, 3, 5)]) / 255
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    low, high = sorted([luminance(first), luminance(second)])
    return (high + 0.05) / (low + 0.05)


def test_numbers():
    assert [number(value) for value in (0.0, -0.0, 1.5, -0.12345)] == ["0", "0", "+1.5", "−0.123"]
