"""What notebooks show: whatever names and cells hold, it is text and no HTML."""

from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier

from skxai import (
    CounterfactualExplainer,
    Explanation,
    InfluenceNetwork,
    KNNShapleyExplainer,
    LimeExplainer,
    PrototypeExplainer,
    ShapleyExplainer,
    TextMasker,
)

TAGS = {"div", "p", "span", "table", "thead", "tbody", "tr", "th", "td"}
TAGS |= {"details", "summary", "svg", "rect"}
ATTRIBUTES = {"style", "title", "class", "border", "halign", "valign", "colspan", "rowspan"}
ATTRIBUTES |= {"aria-hidden", "x", "y", "width", "height", "fill", "viewbox"}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</td></table><iframe>",
    "&lt;b&gt;",
]
_texts = st.one_of(st.sampled_from(HOSTILE), st.text("<>&\"'/= abonscript", max_size=12))


class Reader(HTMLParser):
    """Notes all tags and attributes."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.styles, self.texts = set(), set(), set(), []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self.styles |= {value for name, value in attributes if name == "style"}

    def handle_data(self, text):
        self.texts.append(text)

    def handle_comment(self, text):
        raise AssertionError(f"a comment: {text}")

    handle_decl = handle_pi = unknown_decl = handle_comment


def assert_plain(page):
    reader = Reader(page)
    assert reader.tags <= TAGS
    assert reader.attributes <= ATTRIBUTES
    assert not any("alert" in style for style in reader.styles)
    return reader


def test_what_is_hostile_is_seen():
    for bad in HOSTILE[:4]:
        with pytest.raises(AssertionError):
            assert_plain(f"<div><span title=\"\">{bad}</span><p title='{bad}'></p></div>")


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(_texts, min_size=8, max_size=8))
def test_tables_of_explanations(texts):
    a, b, c, d, e, f, g, h = texts
    explanation = Explanation(
        np.ones((2, 2, 2)),
        np.zeros((2, 2)),
        np.full((2, 2), 2.0),
        data=pd.DataFrame({"x": [a, b], "y": [c, d]}),
        feature_names=[a, b],
        output_names=[c, d],
        method=e,
        index=pd.MultiIndex.from_arrays([[f, g], [a, h]], names=[h, None]),
    )
    page = explanation._repr_html_()
    assert_plain(page)
    assert e == "" or e in "".join(Reader(page).texts)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(_texts, min_size=2, max_size=2), _texts)
def test_texts(texts, label):
    def has_alerts(texts):
        return np.array([[text.count("alert"), text.count("b")] for text in texts], dtype=float)

    explainer = ShapleyExplainer(masker=TextMasker(), max_evals=300, random_state=0)
    explanation = explainer.fit(has_alerts).explain(pd.Series(texts, index=[label, "other"]))
    reader = assert_plain(explanation._repr_html_())
    seen = "".join(reader.texts)
    assert all(text in seen for text in texts)


@pytest.fixture(scope="module")
def hostile():
    """A frame all of whose labels and texts are hostile, and targets that are."""
    rng = np.random.RandomState(0)
    frame = pd.DataFrame(rng.randint(0, 5, size=(20, 3)).astype(float), columns=HOSTILE[:3])
    frame.index = [HOSTILE[i % 5] + str(i) for i in range(20)]
    frame.index.name = HOSTILE[3]
    score = frame.iloc[:, 0] * frame.iloc[:, 1]
    return frame, np.where(score > score.median(), HOSTILE[0], HOSTILE[1])


@pytest.mark.parametrize(
    "explainer",
    [
        ShapleyExplainer(),
        LimeExplainer(n_samples=64, random_state=0),
        CounterfactualExplainer(max_evals=40, random_state=0, frozen=HOSTILE[2:3]),
        KNNShapleyExplainer(n_neighbors=3),
        PrototypeExplainer(n_prototypes=2),
    ],
    ids=lambda explainer: type(explainer).__name__,
)
def test_results(explainer, hostile):
    frame, y = hostile
    model = DecisionTreeClassifier(max_depth=3, random_state=0).fit(frame, y)
    explainer.fit(model, frame, y)
    for result in (explainer.explain(frame[:6]), explainer.explain(frame[:1])):
        assert_plain(result._repr_html_())
    assert "<script>alert" not in explainer._repr_html_()
    assert "<img src=x" not in explainer._repr_html_()


def test_graphs(hostile):
    frame, _ = hostile
    network = InfluenceNetwork(estimator=LinearRegression(), cv=2, random_state=0).fit(frame)
    assert_plain(network.graph_._repr_html_())
