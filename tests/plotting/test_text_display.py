"""Coloured texts: every token in its colour, every letter inside the axes, once."""

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_hex, to_rgb
from matplotlib.font_manager import FontProperties
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skxai import Explanation, ShapleyExplainer
from skxai.explanation._text_html import NEGATIVE as HTML_NEGATIVE
from skxai.explanation._text_html import POSITIVE as HTML_POSITIVE
from skxai.maskers import TextMasker
from skxai.plotting import TextDisplay, display_of
from skxai.plotting._common import NEGATIVE, POSITIVE
from skxai.plotting._wrapped_text import line_runs, pieces, text_width, wrapped

FONT = FontProperties(size=11)
SENTENCE = "It is not good, and/or I don't like what costs $5 & $6 <b>here</b>. "


def explain(texts, n_outputs=None, seed=0, **parameters):
    """A made-up explanation of texts, with random attributions."""
    fields = {name: parameters.pop(name) for name in ("output_names",) if name in parameters}
    layout = TextMasker(**parameters).fit().layout(texts)
    shape = (len(texts), layout.counts.max()) + (() if n_outputs is None else (n_outputs,))
    values = np.random.default_rng(seed).normal(size=shape)
    values[np.arange(shape[1]) >= layout.counts[:, None]] = 0.0
    sums = values.sum(axis=1)
    return Explanation(values, np.zeros_like(sums), sums, data=texts, layout=layout, **fields)


def drawn_text(display):
    return "".join(text.get_text() for text in display.texts_).replace(r"\$", "$")


def boxes(display, artists):
    """Left, bottom, right and top of artists, in points right and up of the axes' corner."""
    display.figure_.canvas.draw()
    renderer = display.figure_.canvas.get_renderer()
    corner = display.ax_.get_window_extent().corners()[1]
    extents = [artist.get_window_extent(renderer) for artist in artists]
    sides = [np.r_[extent.min - corner, extent.max - corner] for extent in extents]
    return np.array(sides).reshape(-1, 4) * 72 / display.figure_.dpi


def test_colours_by_hand():
    display = TextDisplay(
        "not so bad, not", [[0, 0, 3], [1, 7, 10], [0, 12, 15]], [-0.5, 1.0]
    ).plot()
    assert [text.get_text() for text in display.texts_] == ["not", "so", "bad", ",", "not"]
    colors = [to_hex(patch.get_facecolor()).upper() for patch in display.patches_]
    assert colors == ["#80ACCE", "#E0701C", "#80ACCE"]  # half way to blue, orange
    assert all(to_hex(text.get_color()) == "#000000" for text in display.texts_)
    assert display.note_ is None
    assert display.colorbar_.ax.get_xlim() == (-1.0, 1.0)
    dark = TextDisplay("bad", [[0, 0, 3]], [-2.0]).plot(limit=2.0)
    assert to_hex(dark.texts_[0].get_color()) == "#ffffff"


def test_colours_are_those_of_other_pictures_and_of_html():
    for words, plotted in ((HTML_POSITIVE, POSITIVE), (HTML_NEGATIVE, NEGATIVE)):
        np.testing.assert_allclose(np.array(words) / 255, to_rgb(plotted))
    display = TextDisplay("a b", [[0, 0, 1], [1, 2, 3]], [-0.3, 0.7]).plot(limit=1.0)
    for patch, value in zip(display.patches_, display.values, strict=True):
        assert f"background:{to_hex(patch.get_facecolor()).upper()}" in display.to_html(limit=1.0)
        bar = display.colorbar_.mappable.to_rgba(value)
        np.testing.assert_allclose(patch.get_facecolor(), bar, atol=0.01)


def test_nothing_negative_no_blue_in_the_bar():
    display = TextDisplay("a", [[0, 0, 1]], [0.25]).plot()
    assert display.colorbar_.ax.get_xlim() == (0.0, 0.25)
    labels = [label.get_text() for label in display.colorbar_.ax.get_xticklabels()]
    assert labels == ["0.000", "+0.250"]
    assert TextDisplay("a", [[0, 0, 1]], [0.25]).plot(colorbar=False).colorbar_ is None


@pytest.mark.parametrize("tokenizer", ["word", "sentence", "char"])
def test_every_letter_is_drawn_once_and_nothing_overlaps(tokenizer):
    text = SENTENCE * 4 + "\n\nÄpfel, " + "x" * 200
    display = explain([text], tokenizer=tokenizer).plot()
    assert drawn_text(display) == "".join(text.split())
    places = boxes(display, display.texts_)
    width = display.ax_.get_window_extent().width * 72 / display.figure_.dpi
    assert places[:, 2].max() <= width + 6  # letters are drawn a little wider than measured
    patches = boxes(display, display.patches_)
    lines = np.unique(patches[:, 1].round(2))
    assert (np.diff(lines) >= (patches[:, 3] - patches[:, 1]).max()).all()
    for line in lines:
        row = patches[patches[:, 1].round(2) == line]
        assert (row[1:, 0] >= row[:-1, 2] - 0.01).all()
    bar = boxes(display, [display.colorbar_.ax])[0]
    assert bar[3] < places[:, 1].min()


def test_letters_stand_on_their_backgrounds():
    display = explain(["Äpfel schmecken gut."]).plot()
    letters = boxes(display, display.texts_[:3])
    behind = boxes(display, display.patches_)
    assert (np.abs(letters[:, [0, 2]] - behind[:, [0, 2]]) < 3).all()
    assert (letters[:, 1] >= behind[:, 1]).all()
    assert (letters[:, 3] <= behind[:, 3]).all()


def test_long_texts_are_cut_with_a_note():
    explanation = explain([SENTENCE * 20])
    display = explanation.plot("text", max_lines=5)
    lines = np.unique(boxes(display, display.patches_)[:, 1].round(2))
    n_lines = len(wrapped(SENTENCE * 20, 72 * 7.0 - 20, FONT))
    assert len(lines) == 5
    assert display.note_.get_text() == f"… {n_lines - 5} more lines are not shown"
    assert explain(["a\n" * 80]).plot().note_.get_text() == "… 20 more lines are not shown"
    whole = explanation.plot("text", max_lines=None)
    assert whole.note_ is None
    assert drawn_text(whole) == "".join((SENTENCE * 20).split())


@pytest.mark.parametrize("layout", [None, "constrained"])
def test_given_axes_keep_the_text_inside(layout):
    figure, axes = pyplot.subplots(1, 2, figsize=(6, 2), layout=layout)
    axes[1].set_ylabel("beside\nit")
    short = explain([SENTENCE]).plot(ax=axes[0])
    long = explain([SENTENCE * 14]).plot(ax=axes[1])
    assert short.ax_ is axes[0]
    assert short.note_ is None
    assert "more lines" in long.note_.get_text()
    assert long.texts_[0].get_size() < short.texts_[0].get_size()
    for display in (short, long):
        places = boxes(display, [*display.texts_, *filter(None, [display.note_])])
        size = display.ax_.get_window_extent().size * 72 / figure.dpi
        assert places[:, 2].max() <= size[0] + 6
        assert places[:, 1].min() >= -size[1] + 10  # the bar is below


def test_texts_without_tokens():
    display = explain(["?!", "a b"]).plot(row=0)
    assert drawn_text(display) == "?!"
    assert display.patches_ == []
    assert display.colorbar_ is None
    assert explain(["", "a"]).plot(row=0).texts_ == []


def test_title_and_labels():
    explanation = explain(["a b", "c"], n_outputs=2, output_names=["no", "yes"])
    chosen = ["no", "yes"][int(explanation.predictions[1].argmax())]
    display = explanation.plot(row=1)
    assert display.title.startswith(f"row 1, output '{chosen}' (the largest), prediction ")
    assert ", base value 0" in display.title
    assert display.ax_.get_title("left") == display.title
    assert display.colorbar_label == f"attribution, units of the output '{chosen}'"
    other = explanation.plot(row=1, output="no")
    np.testing.assert_array_equal(other.values, explanation.values[1, :1, 0])
    assert other.title.startswith("row 1, output 'no', prediction ")


def test_style_is_passed_on():
    display = explain(["a b"]).plot(fontsize=20, family="monospace", fontweight="bold")
    assert {text.get_size() for text in display.texts_} == {20}
    assert {text.get_weight() for text in display.texts_} == {"bold"}
    assert {text.get_family()[0] for text in display.texts_} == {"monospace"}


def test_html():
    display = explain(["<script>alert('x')</script> & so"]).plot()
    assert display.html_ == display.to_html()
    assert "<script" not in display.html_
    assert "&lt;" in display.html_
    assert "prediction" in display.html_
    assert display.html_.count("<span title=") == 5
    assert ">+0.5</span>" in TextDisplay("a", [[0, 0, 1]], [0.1]).to_html(limit=0.5)  # the scale
    errors = TextDisplay("a", [[0, 0, 1]], [1.0], names=["A"], errors=[0.5])
    assert 'title="A: +1 ± 0.5"' in errors.html_


def test_errors():
    explanation = explain(["a b", "c"])
    assert display_of("text") is TextDisplay
    with pytest.raises(ValueError, match="limit must be"):
        explanation.plot(limit=0)
    with pytest.raises(ValueError, match="max_lines must be"):
        explanation.plot(max_lines=0)
    with pytest.raises(ValueError, match="row must be"):
        explanation.plot(row=2)
    with pytest.raises(ValueError, match="not of tokens"):
        Explanation([[1.0]], [0.0], [1.0]).plot("text")
    with pytest.raises(ValueError, match="at least one"):
        explanation[[]].plot("text")


def test_from_an_explainer():
    texts = ["a good film", "a bad film, bad", "good, good", "so bad"]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [1, 0, 1, 0])
    explainer = ShapleyExplainer(masker=TextMasker()).fit(model, texts)
    display = TextDisplay.from_explainer(explainer, texts, row=1)
    values = explainer.explain(texts).values[1]
    np.testing.assert_array_equal(display.values, values[:4])
    assert drawn_text(display) == "abadfilm,bad"


# -- lines ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [30.0, 90.0, 400.0])
def test_lines_are_as_wide_as_they_may_be(width):
    text = "  One two  three\n\n four five six, seven eight nine " + "y" * 40 + " ten\n"
    lines = wrapped(text, width, FONT)
    assert "".join("".join(text[start:end].split()) for start, end in lines) == "".join(
        text.split()
    )
    widths = [text_width(" ".join(text[start:end].split()), FONT) for start, end in lines]
    assert max(widths) <= width + 0.01
    for (_, end), (start, stop), used in zip(lines, lines[1:], widths):
        if "\n" not in text[end:start] and end < start < stop:  # the next word did not fit
            word = text[start:stop].split()[0]
            assert used + text_width(" " + word, FONT) > width - 0.01


def test_lines_by_hand():
    assert wrapped("", 100, FONT) == [(0, 0)]
    assert wrapped("a\nb", 100, FONT) == [(0, 1), (2, 3)]
    assert wrapped("a\n\nb", 100, FONT) == [(0, 1), (2, 2), (3, 4)]


def test_runs_by_hand():
    spans = np.array([[3, 0, 5], [1, 7, 12]])
    text = "ab  c, de\tfg!"
    assert list(line_runs(text, (0, 13), spans)) == [
        ("ab c", 3), (", ", None), ("de fg", 1), ("!", None),
    ]  # fmt: skip
    assert list(line_runs(text, (4, 9), spans)) == [("c", 3), (", ", None), ("de", 1)]


def test_pieces_are_words_and_parts_of_long_ones():
    found = list(pieces(" ab " + "c" * 20, FONT))
    assert [word for _, word in found] == ["ab", "c" * 16, "cccc"]
    assert found[0][0] == pytest.approx(text_width(" ", FONT))
    assert found[2][0] == pytest.approx(text_width(" ab " + "c" * 16, FONT), abs=1)
