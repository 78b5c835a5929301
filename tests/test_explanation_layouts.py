"""Explanations whose rows have players of their own: a layout and a masker made here."""

import copy
import pickle
import re

import numpy as np
import pandas as pd
import pytest

from skxai import Explanation, LimeExplainer, ShapleyExplainer
from skxai.explanation import (
    ImageLayout,
    Layout,
    SequenceLayout,
    TextLayout,
    register_layout,
)
from skxai.explanation._layout import layout_of
from skxai.maskers import MaskedInputs, RowMasker
from skxai.surrogate import LimeExplanation, submodular_pick


@register_layout
class ItemLayout(Layout):
    """The items of a list in words, "milk, two eggs"."""

    kind = "items-of-a-test"

    def __init__(self, items):
        self.items = [tuple(row) for row in items]

    @property
    def counts(self):
        return np.array([len(row) for row in self.items], dtype=int)

    def names(self, row):
        return list(self.items[row])

    def columns(self, row):
        return {"place": list(range(1, len(self.items[row]) + 1))}

    def take(self, rows):
        return ItemLayout([self.items[row] for row in rows])

    def to_arrays(self):
        names = [name for row in self.items for name in row]
        return {"names": np.array(names, dtype=np.str_), "counts": self.counts}

    @classmethod
    def from_arrays(cls, arrays):
        assert set(arrays) == {"names", "counts"}
        ends = np.cumsum(arrays["counts"])
        names = [str(name) for name in arrays["names"]]
        return cls([names[end - n : end] for n, end in zip(arrays["counts"], ends, strict=True)])

    def to_html(self, explanation):
        return None if explanation.data is None else "<p>items</p>"


def items_of(text):
    return [item for item in text.split(", ") if item]


class ItemMasker(RowMasker):
    """An absent item is struck from the list."""

    def layout(self, X):
        return ItemLayout([items_of(text) for text in X])

    def bind(self, X):
        return MaskedItems([items_of(text) for text in X])


class MaskedItems(MaskedInputs):
    n_background = 1

    def __init__(self, rows):
        self.rows, self.n_rows, self.n_players = rows, len(rows), len(rows[0])

    def compose(self, rows, background_rows, present):
        return [
            ", ".join(item for item, kept in zip(self.rows[row], own, strict=True) if kept)
            for row, own in zip(rows, present, strict=True)
        ]


PRICES = {"milk": 1.0, "bread": 2.0, "wine": 8.0, "Käse": 4.0}


def price(texts):
    """Half of it off for wine with cheese."""
    lists = [items_of(text) for text in texts]
    totals = [sum(PRICES[item] for item in items) for items in lists]
    return np.array(
        [
            total - 6.0 * ("wine" in items and "Käse" in items)
            for total, items in zip(totals, lists, strict=True)
        ]
    )


LISTS = ["milk, Käse", "", "wine, milk, wine"]
NAMES = [["milk", "Käse"], [], ["wine", "milk", "wine"]]


def made(n_outputs=None, kind=Explanation, **changes):
    """By hand; with outputs, that number k is k + 1 times the first."""
    values = np.array([[1.0, -2.0, 0.0], [0.0, 0.0, 0.0], [3.0, -1.0, 0.5]])
    fields = {
        "values": values,
        "base_values": np.array([1.0, 2.0, 3.0]),
        "predictions": np.array([0.0, 2.0, 5.5]),
        "std_errors": np.abs(values) / 10,
    }
    if n_outputs is not None:
        fields = {name: a[..., None] * np.arange(1, n_outputs + 1) for name, a in fields.items()}
    fields.update(layout=ItemLayout(NAMES), data=np.array(LISTS, dtype=object), method="Hand()")
    return kind(**{**fields, **changes})


def assert_same(got, expected):
    assert type(got) is type(expected)
    for name in ("values", "std_errors", "base_values", "predictions"):
        np.testing.assert_array_equal(getattr(got, name), getattr(expected, name))
    assert got.feature_names == expected.feature_names
    assert got.output_names == expected.output_names
    assert got.method == expected.method
    assert got.layout.items == expected.layout.items
    assert list(got.data) == list(expected.data)
    if expected.index is None:
        assert got.index is None
    else:
        pd.testing.assert_index_equal(got.index, expected.index)


# -- what explainers return ---------------------------------------------------------------------


def test_shapley_of_rows_of_different_lengths():
    explainer = ShapleyExplainer(masker=ItemMasker()).fit(price)
    rows = ["milk, Käse, wine", "", "wine, milk, wine", "bread"]
    explanation = explainer.explain(rows)
    # The discount is shared by the two that earn it; what a row lacks is zero.
    np.testing.assert_allclose(
        explanation.values, [[1, 1, 5], [0, 0, 0], [8, 1, 8], [2, 0, 0]], atol=1e-12
    )
    np.testing.assert_allclose(explanation.base_values, 0, atol=1e-12)
    np.testing.assert_array_equal(explanation.predictions, price(rows))
    assert explanation.layout.counts.tolist() == [3, 0, 3, 1]
    assert list(explanation.data) == rows
    # Each row by itself, and in another order, is explained alike.
    for row, text in enumerate(rows):
        own = explainer.explain([text])
        np.testing.assert_array_equal(own.values, explanation[row].values)
    assert explanation.n_evals[1] == 1  # nobody plays


def test_lime_of_rows_of_different_lengths():
    explainer = LimeExplainer(masker=ItemMasker(), random_state=0).fit(price)
    explanation = explainer.explain(["milk, bread", "", "wine"])
    assert isinstance(explanation, LimeExplanation)
    np.testing.assert_allclose(explanation.values, [[1, 2], [0, 0], [8, 0]], atol=1e-6)
    np.testing.assert_allclose(explanation.fresh_r2[[0, 2]], 1)
    assert np.isnan(explanation.fresh_r2[1])
    report = explanation.fit_report()
    np.testing.assert_allclose(report["prediction"], [3, 0, 8])
    assert explanation[2].feature_names == ("wine",)
    assert explanation[2].fresh_r2.shape == (1,)


def test_labels_of_a_series_are_kept():
    series = pd.Series(["milk, bread", "wine"], index=["Ann", "Bob"])
    explanation = ShapleyExplainer(masker=ItemMasker()).fit(price, series).explain(series)
    assert list(explanation.index) == ["Ann", "Bob"]
    assert explanation.to_frame().loc["Bob", "value"].tolist() == [8.0]


# -- names and shapes ---------------------------------------------------------------------------


def test_names_are_those_of_the_players_of_a_single_row():
    assert made().feature_names == ("0", "1", "2")
    assert made()[0].feature_names == ("milk", "Käse")
    assert made()[1].feature_names == ()
    assert made()[-1].feature_names == ("wine", "milk", "wine")


def test_one_row_is_trimmed():
    explanation = made()[0]
    assert explanation.values.tolist() == [[1.0, -2.0]]
    assert explanation.std_errors.shape == (1, 2)
    assert explanation.layout.items == [("milk", "Käse")]
    assert list(explanation.data) == ["milk, Käse"]
    assert explanation.completeness_gap.tolist() == [0.0]
    assert_same(explanation[0], explanation)


def test_some_rows_are_as_wide_as_their_longest():
    assert made()[[0, 2]].values.tolist() == [[1, -2, 0], [3, -1, 0.5]]
    assert made()[[0, 2]].layout.items == [("milk", "Käse"), ("wine", "milk", "wine")]
    assert made()[:2].values.tolist() == [[1, -2], [0, 0]]
    assert made()[[1, 1]].shape == (2, 0)
    assert made()[[False, False, True]].feature_names == ("wine", "milk", "wine")
    assert made(3)[:2].shape == (2, 2, 3)
    none = made()[[]]
    assert len(none) == 0
    assert none.to_frame().empty


def test_features_of_a_single_row():
    explanation = made()[2, "wine"]  # both of them
    assert explanation.values.tolist() == [[3.0, 0.5]]
    assert explanation.feature_names == ("wine", "wine")
    assert explanation.layout is None
    assert explanation.data is None
    assert made()[2, ["milk", 0]].values.tolist() == [[-1.0, 3.0]]
    assert made(2)[0, "milk"].values.tolist() == [[[1.0, 2.0]]]
    with pytest.raises(KeyError, match="no feature 'wine'"):
        made()[0, "wine"]


@pytest.mark.parametrize("rows", [slice(None), [0, 2], [], [True, True, False]])
@pytest.mark.parametrize("features", ["milk", 0, [0, 1]])
def test_features_of_several_rows_are_refused(rows, features):
    with pytest.raises(IndexError, match=r"choose those of a single row.*by_name\(\)"):
        made()[rows, features]


def test_one_output():
    explanation = made(3, output_names=["a", "b", "c"])
    chosen = explanation.output("c")
    np.testing.assert_array_equal(chosen.values, 3 * made().values)
    assert chosen.layout is explanation.layout
    assert chosen[0].feature_names == ("milk", "Käse")


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([["a", "b", "c"]], "layout has 1 rows; expected 3"),
        ([["a"], [], []], r"layout has up to 1 players in a row, but values has shape \(3, 3\)"),
        ([["a"] * 4, [], []], "layout has up to 4 players"),
    ],
)
def test_layouts_of_other_rows_are_refused(items, message):
    with pytest.raises(ValueError, match=message):
        made(layout=ItemLayout(items))


def test_what_is_no_layout_is_refused():
    with pytest.raises(TypeError, match="layout is list; expected a Layout"):
        made(layout=NAMES)


# -- tables -------------------------------------------------------------------------------------


def test_frame_of_players():
    frame = made().to_frame()
    assert list(frame.columns) == ["name", "place", "value"]
    assert frame.index.names == ["row", "player"]
    assert list(frame.index) == [(0, 0), (0, 1), (2, 0), (2, 1), (2, 2)]
    assert frame["name"].tolist() == ["milk", "Käse", "wine", "milk", "wine"]
    assert frame["place"].tolist() == [1, 2, 1, 2, 3]
    assert frame["value"].tolist() == [1, -2, 3, -1, 0.5]
    errors = made(index=["x", "y", "z"]).to_frame("std_errors")
    assert errors.loc["z", "std_error"].tolist() == [0.3, 0.1, 0.05]


def test_frame_of_players_with_several_outputs():
    frame = made(2, output_names=["low", "high"]).to_frame()
    assert list(frame.columns) == ["name", "place", "low", "high"]
    assert frame["low"].tolist() == [1, -2, 3, -1, 0.5]
    assert frame["high"].tolist() == [2, -4, 6, -2, 1]
    single = made(1).to_frame()
    assert list(single.columns) == ["name", "place", "y"]


def test_outputs_named_as_other_columns():
    frame = made(3, output_names=["place", "name", "y"]).to_frame()
    assert list(frame.columns) == ["name", "place", "output place", "output name", "y"]
    assert frame["output name"].tolist() == [2, -4, 6, -2, 1]


def test_frame_of_rows_without_players():
    frame = made()[1].to_frame()
    assert list(frame.columns) == ["name", "value"]
    assert frame.index.names == ["row", "player"]
    assert frame.empty


def test_by_name():
    explanation = made().by_name()
    assert explanation.feature_names == ("milk", "Käse", "wine")
    assert explanation.values.tolist() == [[1, -2, 0], [0, 0, 0], [-1, 0, 3.5]]
    np.testing.assert_allclose(explanation.completeness_gap, made().completeness_gap)
    assert explanation.layout is None
    assert explanation.std_errors is None
    assert list(explanation.to_frame().columns) == ["milk", "Käse", "wine"]
    assert explanation[:, "wine"].values[:, 0].tolist() == [0, 0, 3.5]
    np.testing.assert_array_equal(made(2).by_name().output("y1").values, 2 * explanation.values)
    with pytest.raises(ValueError, match="there is no layout"):
        explanation.by_name()


def test_importance_of_names():
    table = made().importance()
    assert list(table.index) == ["milk", "Käse", "wine"]
    # Wine: 0, 0 and |3 + 1/2|; its mean is 7/6 and the standard error of that 7/6 too.
    np.testing.assert_allclose(table["importance"], [2 / 3, 2 / 3, 7 / 6])
    np.testing.assert_allclose(table["std_error"], [1 / 3, 2 / 3, 7 / 6])
    both = made(2).importance()
    np.testing.assert_allclose(both["y1"], 2 * both["y0"])


def test_importance_of_a_single_row_is_that_of_its_players():
    table = made()[2].importance()
    assert list(table.index) == ["wine", "milk", "wine"]
    assert table["importance"].tolist() == [3, 1, 0.5]


def test_pool_of_one_row():
    pooled = made()[2].pool({"drinks": ["milk", "wine"]})
    assert pooled.values.tolist() == [[2.5]]
    assert pooled.layout is None
    assert pooled.data is None  # groups of items are no columns of it
    pooled = made()[2].pool({"first two": [0, 1]})
    assert pooled.feature_names == ("first two", "wine")
    assert pooled.values.tolist() == [[2.0, 0.5]]
    with pytest.raises(ValueError, match=r"there are 3 rows with players of their own"):
        made().pool({"drinks": ["milk", "wine"]})
    assert made().by_name().pool({"drinks": ["milk", "wine"]}).values[:, 0].tolist() == [1, 0, 2.5]


def test_inside_and_outside():
    assert made()[2].inside_outside_ratio(["milk"]).tolist() == [1 / 1.75]
    # The padding of the first row is neither inside nor outside.
    rows = made()[[0, 2]]
    inside = np.array([[True, False, False], [True, False, False]])
    np.testing.assert_allclose(rows.inside_outside_ratio(inside), [1 / 2, 3 / 0.75])
    with pytest.raises(ValueError, match="some of them inside, some outside"):
        rows.inside_outside_ratio(np.array([[True, True, False], [True, False, False]]))


def test_telling_rows_are_picked_by_names():
    explanation = Explanation(
        [[4.0, 0.0], [0.1, 4.0], [2.0, 0.0]],
        np.zeros(3),
        np.zeros(3),
        layout=ItemLayout([["milk"], ["wine", "milk"], ["wine"]]),
    )
    assert submodular_pick(explanation, n_rows=2).tolist() == [1, 2]


# -- files and copies ---------------------------------------------------------------------------


@pytest.mark.parametrize("n_outputs", [None, 2])
@pytest.mark.parametrize("index", [None, ["ä", "ß", "日本"]])
def test_files(tmp_path, n_outputs, index):
    explanation = made(n_outputs, index=index)
    explanation.save(tmp_path / "why.npz")
    again = Explanation.load(tmp_path / "why.npz")
    assert_same(again, explanation)
    pd.testing.assert_frame_equal(again.to_frame(), explanation.to_frame())
    with np.load(tmp_path / "why.npz", allow_pickle=False) as archive:
        assert {"layout/names", "layout/counts"} <= {*archive.files}


def test_files_of_parts(tmp_path):
    for name, part in {"row": made()[0], "empty": made()[1], "none": made()[[]]}.items():
        part.save(tmp_path / name)
        assert_same(Explanation.load(tmp_path / name), part)


def test_files_of_unknown_layouts():
    with pytest.raises(ValueError, match=r"no layout 'shapes'; there are \[.*'items-of-a-test'"):
        layout_of("shapes")


def test_files_of_lime(tmp_path):
    explanation = made(kind=LimeExplanation, fresh_r2=[0.5, np.nan, 0.75])
    explanation.save(tmp_path / "why.npz")
    again = LimeExplanation.load(tmp_path / "why.npz")
    assert_same(again, explanation)
    np.testing.assert_array_equal(again.fresh_r2, [0.5, np.nan, 0.75])
    assert again[2].fresh_r2.tolist() == [0.75]


def test_pickles():
    again = pickle.loads(pickle.dumps(made(2)))
    assert_same(again, made(2))
    assert not again.values.flags.writeable


def test_pickled_layouts_cannot_be_written_either():
    layouts = [
        TextLayout([["a"]], [[[0, 0, 1]]]),
        ImageLayout(np.broadcast_to(np.zeros((2, 2), dtype=int), (5, 2, 2))),
        SequenceLayout(["RAG"], [[0, 2]]),
    ]
    for layout in layouts:
        for again in (pickle.loads(pickle.dumps(layout)), copy.deepcopy(layout)):
            arrays = [value for value in vars(again).values() if isinstance(value, np.ndarray)]
            assert not any(array.flags.writeable for array in arrays)
            assert again.names(0) == layout.names(0)
    assert pickle.loads(pickle.dumps(layouts[1])).segments.strides[0] == 0  # shared


# -- what people look at ------------------------------------------------------------------------


def test_repr():
    assert repr(made()) == "<Explanation: 3 rows, 0 to 3 features each, output 'y', by Hand()>"
    assert repr(made()[0]) == "<Explanation: 1 row, 2 features, output 'y', by Hand()>"
    assert repr(made()[[0, 0]]).startswith("<Explanation: 2 rows, 2 features each,")
    assert repr(made()[[]]).startswith("<Explanation: 0 rows, ")


def test_html_is_the_picture_of_the_layout_or_the_table():
    assert "<p>items</p>" in made()._repr_html_()
    table = made(data=None)._repr_html_()
    assert "<table" in table
    assert "Käse" in table


def labels_of(axis):
    return [re.sub(r"\s+", " ", text.get_text()) for text in axis.get_ticklabels()]


def test_pictures_of_one_row_name_its_players():
    pytest.importorskip("matplotlib").use("Agg")
    from matplotlib import pyplot

    assert labels_of(made()[2].plot("bar").ax_.yaxis) == ["wine", "milk", "wine"]
    assert labels_of(made().plot("bar", row=0).ax_.yaxis) == ["Käse", "milk"]
    steps = labels_of(made().plot("waterfall", row=2).ax_.yaxis)
    assert steps[1:-1] == ["wine", "milk", "wine"]
    assert labels_of(made()[2].plot("stem").ax_.xaxis) == ["wine", "milk", "wine"]
    pyplot.close("all")


def test_pictures_of_all_rows_name_the_names():
    pytest.importorskip("matplotlib").use("Agg")
    from matplotlib import pyplot

    assert labels_of(made().plot("bar").ax_.yaxis) == ["wine", "milk", "Käse"]
    assert labels_of(made().plot().ax_.yaxis) == ["wine", "milk", "Käse"]  # no picture of lists
    assert labels_of(made().plot("beeswarm").ax_.yaxis) == ["wine", "milk", "Käse"]
    pyplot.close("all")


def test_no_dependence_on_values_that_players_have_not():
    pytest.importorskip("matplotlib").use("Agg")
    with pytest.raises(ValueError, match="other players in each row; expected the same features"):
        made().plot("dependence", feature="milk")


@pytest.mark.parametrize("kind", ["bar", "waterfall", "stem"])
def test_pictures_of_a_row_without_players(kind):
    pytest.importorskip("matplotlib").use("Agg")
    with pytest.raises(ValueError, match="1 rows and 0 features"):
        made().plot(kind, row=1)
