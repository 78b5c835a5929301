"""What notebooks show of an explanation: numbers, small bars, nothing unescaped."""

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from skxai import Explanation, InteractionExplanation


class Page(HTMLParser):
    """The texts of the cells of each row, and the rectangles; tags must be closed in order."""

    def __init__(self, page):
        super().__init__()
        self.rows, self.bars, self.open = [], [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attrs):
        attrs = dict(attrs)
        self.bars.append((float(attrs["x"]), float(attrs["width"]), attrs["fill"]))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def test_several_rows_have_mean_magnitudes():
    explanation = Explanation(
        [[1.0, -4.0], [3.0, 4.0]], [0.0, 0.0], [-3.0, 7.0], feature_names=["age", "dose"]
    )
    page = Page(explanation._repr_html_())
    assert page.rows[:3] == [
        ["feature", "mean |attribution|"],
        ["dose", "4 ± 0", ""],
        ["age", "2 ± 1", ""],
    ]
    assert page.bars == [(0, 120, "#0072B2"), (0, 60, "#0072B2")]


def test_one_row_has_signed_values_beside_its_data():
    data = pd.DataFrame({"age": [39], "job": ["clerk"], "dose": [np.nan]})
    explanation = Explanation(
        [[1.0, -2.0, 0.0]], [5.0], [4.0], std_errors=[[0.1, 0.2, 0.0]], data=data,
        feature_names=list(data),
    )  # fmt: skip
    html = explanation._repr_html_()
    page = Page(html)
    assert page.rows[:4] == [
        ["feature", "value", "attribution"],
        ["job", "'clerk'", "−2 ± 0.2", ""],
        ["age", "39", "+1 ± 0.1", ""],
        ["dose", "missing", "0 ± 0", ""],
    ]
    own = page.bars[::2]  # each is followed by the line at zero
    assert own[:2] == [(0, 60, "#005A9C"), (60, 30, "#E0701C")]
    assert own[2][1] == 0
    assert "from 5 to the prediction 4; ± one standard error" in html


@pytest.mark.parametrize("kind", [np.array, sparse.csr_matrix, sparse.coo_matrix])
def test_values_of_other_tables(kind):
    explanation = Explanation([[1.0, 2.0]], [0.0], [3.0], data=kind([[7.5, 0.0, 1.0]]),
                              groups=[[0], [1, 2]])  # fmt: skip
    rows = Page(explanation._repr_html_()).rows
    assert [row[:2] for row in rows[1:3]] == [["x1", ""], ["x0", "7.5"]]


def test_many_features_and_outputs_are_counted():
    explanation = Explanation(np.ones((4, 30, 5)), np.zeros((4, 5)), np.zeros((4, 5)))
    html = explanation._repr_html_()
    page = Page(html)
    assert page.rows[0] == ["feature", *(f"mean |attribution|, y{k}" for k in range(3))]
    assert len(page.bars) == 30
    assert "20 smaller features are not shown; 2 more outputs are not shown" in html


def test_missing_attributions_have_no_bar():
    html = Explanation([[np.nan, 2.0]], [0.0], [0.0])._repr_html_()
    assert [bar[1] for bar in Page(html).bars[::2]] == [60, 0]


def test_interactions_have_their_strongest_pairs():
    values = np.zeros((1, 3, 3))
    values[0, 0, 2] = values[0, 2, 0] = 1.5
    values[0, 1, 2] = values[0, 2, 1] = -0.25
    interactions = InteractionExplanation(
        values, [0.0], [2.5], feature_names=["age", "dose", "<mass>"]
    )
    page = Page(interactions._repr_html_())
    assert page.rows[:3] == [
        ["feature", "other", "mean |interaction|"],
        ["age", "<mass>", "3", ""],
        ["dose", "<mass>", "0.5", ""],
    ]
    assert [bar[1] for bar in page.bars] == [120, 20, 0]


def test_everything_is_escaped():
    bad = "<img src=x onerror=alert(1)>"
    data = np.array([[bad, 1.0]], dtype=object)
    explanation = Explanation(
        np.ones((1, 2, 2)), [[0.0, 0.0]], [[2.0, 2.0]], data=data, method=bad,
        feature_names=[bad, "b"], output_names=[bad, "no"], quantity=bad, index=[bad],
    )  # fmt: skip
    html = explanation._repr_html_()
    assert "<img" not in html
    assert html.count("&lt;img") >= 5


def test_long_names_are_cut_in_the_middle():
    name = "a" * 100 + "z" * 100
    html = Explanation(np.ones((2, 1)), [0, 0], [1, 1], feature_names=[name])._repr_html_()
    (cell,) = re.findall(r"<td[^>]*>(a+…z+)</td>", html)
    assert len(cell) == 40
