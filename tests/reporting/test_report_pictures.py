"""Pictures inside the page: real ones, of every kind, the same every time."""

import base64
import datetime
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from pages import DATE, NASTY, Parsed, by_itself, two_classes, well_made

from skxai import Explanation, ImageMasker, SequenceMasker, ShapleyExplainer, TextMasker
from skxai.reporting import _pictures, report


def pictures(page):
    """(kind, bytes, alternative text) of each picture."""
    found = []
    for image in Parsed(page).all("img"):
        kind, data = re.fullmatch(r"data:image/(.+);base64,(.+)", image["src"]).groups()
        found.append((kind, base64.b64decode(data), image["alt"]))
    return found


def some(n_rows=4, n_features=3, **fields):
    values = np.random.default_rng(0).normal(size=(n_rows, n_features))
    return Explanation(values, np.zeros(n_rows), values.sum(axis=1), **fields)


def test_the_same_input_gives_the_same_bytes(tmp_path):
    X, y, model = two_classes()
    explainer = ShapleyExplainer().fit(model, X)
    given = {"row": 3, "y_background": y}
    page = report(explainer, X[40:60], date=DATE, **given)
    assert len(page.encode()) < 500_000
    path = tmp_path / "why.html"
    path.write_text("what was there")
    assert report(explainer, X[40:60], path, date=DATE, **given) == path
    assert path.read_text(encoding="utf-8") == page
    given["row"] = 3 - 20
    other = report(explainer, X[40:60], date=datetime.date(2026, 2, 1), **given)
    assert other != page
    assert other.replace("2026-02-01", DATE) == page


def test_pictures_are_drawings_that_fetch_nothing():
    values = np.array([[NASTY, "v\x00\x08", "\u202e"]] * 4, dtype=object)
    page = some(feature_names=[NASTY, "a", "b\x00\x08"], data=values).report()
    assert len(pictures(page)) == 3
    for kind, data, _ in pictures(page):
        assert kind == "svg+xml"
        root = ElementTree.fromstring(data)  # as strict as a browser
        for node in root.iter():
            assert not node.tag.endswith("script")
            for name, value in node.attrib.items():
                if name.endswith(("href", "src")):
                    assert value.startswith(("#", "data:"))


def test_letters_stay_letters_of_any_script():
    page = some(feature_names=["日本", "שלום", "x"]).report()
    # Not in comments, which tell what paths show.
    roots = [ElementTree.fromstring(data) for _, data, _ in pictures(page)]
    drawn = " ".join(text for root in roots for text in root.itertext())
    assert "日本" in drawn
    assert "שלום" in drawn


def test_alternative_texts_say_what_is_seen():
    explanation = some()
    importance = explanation.importance()["importance"].sort_values(ascending=False)
    bars, swarm, steps = (alt for _, _, alt in pictures(explanation.report()))
    assert "the mean size of each feature's attribution over 4 rows." in bars
    assert re.findall(r"x\d", bars) == list(importance.index)
    assert f"the most important, {importance.index[0]}, lie between" in swarm
    order = np.argsort(-np.abs(explanation.values[0]))
    assert re.findall(r"x\d", steps) == [f"x{j}" for j in order]


def test_what_is_large_is_drawn_in_pixels(monkeypatch):
    drawn = {kind for kind, _, _ in pictures(some().report(row=None))}
    assert drawn == {"svg+xml"}
    monkeypatch.setattr(_pictures, "_LARGE_SVG", 10)
    first = pictures(some().report(row=None))
    assert {kind for kind, _, _ in first} == {"png"}
    assert first == pictures(some().report(row=None))


def test_many_rows_and_features_stay_small():
    assert len(some(3000, 200).report()) < 1_000_000


@pytest.mark.parametrize("kind", ["text", "image", "sequence"])
def test_players_of_each_row_in_their_own_way(kind):
    rows, masker, model = {
        "text": (
            ["a <b>good</b> film", "not good", ""],
            TextMasker(),
            lambda texts: [float("good" in text) for text in texts],
        ),
        "image": (
            np.random.default_rng(0).random((3, 6, 6)),
            ImageMasker(n_regions=4),
            lambda images: images[:, :3].sum(axis=(1, 2)),
        ),
        "sequence": (
            ["ACD", "KKR", "GGG"],
            SequenceMasker(),
            lambda texts: [float(text.count("K")) for text in texts],
        ),
    }[kind]
    explainer = ShapleyExplainer(masker=masker, random_state=0).fit(model, rows)
    page = report(explainer, rows, row=1, X_background=rows, date=DATE)
    parsed = Parsed(page)
    by_itself(parsed)
    well_made(parsed)
    assert page == report(explainer, rows, row=1, X_background=rows, date=DATE)
    alts = [alt for _, _, alt in pictures(page)]
    if kind == "image":
        assert [alt[:20] for alt in alts] == ["The image, coloured."]
        assert "nothing to average" in parsed.text
    else:
        assert len(alts) == 3
        assert 'style="background:#' in page  # coloured words, or letters
    assert "Rows most like it" not in parsed.text
    assert "each row has features of its own" in parsed.text


def test_the_users_style_is_followed_and_kept():
    import matplotlib

    with matplotlib.rc_context({"font.size": 14}):
        large = some().report(row=None, date=DATE)
        assert matplotlib.rcParams["svg.fonttype"] == "path"
    assert large != some().report(row=None, date=DATE)
