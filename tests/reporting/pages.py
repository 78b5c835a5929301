"""A page as a reader meets it: texts, headings, pictures, tables."""

from html.parser import HTMLParser

import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

DATE = "2026-01-31"
SPACE, MINUS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"
NASTY = '<script>alert("1")</script>&\'$x_{$'
VOID = {"img", "meta", "link", "br", "col"}


class Parsed(HTMLParser):
    """What a page holds."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.open, self.wrong, self.tags, self.headings = [], [], [], []
        self.texts, self.tables, self.ids = [], [], []
        self.feed(page)
        self.close()
        self.text = " ".join("".join(self.texts).split())

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        self.ids += [attributes["id"]] if "id" in attributes else []
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("h1", "h2", "h3"):
            self.headings.append([tag, ""])
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")
        if tag in ("p", "li", "dd", "dt", "h1", "h2", "h3", "td", "th", "pre"):
            self.texts.append(" ")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.texts.append(data)
        if self.headings and self.headings[-1][0] in self.open:
            self.headings[-1][1] += data
        if self.tables and ("td" in self.open or "th" in self.open):
            self.tables[-1][-1][-1] += data

    def all(self, tag):
        """Attributes of all elements of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]

    def table(self, first, second):
        """The first table whose head begins so."""
        return next(rows for rows in self.tables if rows[0][:2] == [first, second])


def two_classes():
    """A logistic regression, with rows and labels that it was fitted to."""
    X, y = load_iris(return_X_y=True, as_frame=True)
    X, y = X[50:].reset_index(drop=True), y[50:].map({1: "no", 2: "yes"}).reset_index(drop=True)
    model = LogisticRegression(C=0.5, max_iter=1000, tol=1e-8).fit(X, y)
    return X, y, model


def by_itself(parsed):
    """Nothing is fetched, nothing runs."""
    assert not [tag for tag, _ in parsed.tags if tag in ("script", "iframe", "object", "form")]
    for _, attributes in parsed.tags:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "srcset", "action", "poster", "background"):
            assert attributes.get(name, "data:").startswith("data:")
    (policy,) = [m for m in parsed.all("meta") if m.get("http-equiv")]
    assert policy["content"].startswith("default-src 'none'; img-src data:")


def well_made(parsed):
    """What readers of screens need."""
    assert parsed.wrong == []
    assert parsed.open == []
    assert parsed.all("html") == [{"lang": "en"}]
    assert parsed.all("title") == [{}]
    levels = [int(tag[1]) for tag, _ in parsed.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(np.diff(levels)) <= 1
    assert all(text.strip() for _, text in parsed.headings)
    assert all(len(image["alt"]) > 20 for image in parsed.all("img"))
    assert all(cell["scope"] in ("row", "col") for cell in parsed.all("th"))
    assert len(set(parsed.ids)) == len(parsed.ids)
    assert all(s["aria-labelledby"] in parsed.ids for s in parsed.all("section"))
