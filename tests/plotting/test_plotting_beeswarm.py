import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgba

from skxai import Explanation
from skxai.plotting import BeeswarmDisplay
from skxai.plotting._common import GREY, low_to_high


def test_points_are_the_attributions(explain):
    explanation = explain(n_features=6)
    display = BeeswarmDisplay.from_explanation(explanation)
    table = explanation.importance()["importance"].sort_values(ascending=False)
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == list(table.index)
    offsets = np.asarray(display.points_.get_offsets()).reshape(6, 20, 2)
    colors = np.ma.filled(display.points_.get_array(), np.nan).reshape(6, 20)
    for position, name in enumerate(table.index):
        j = explanation.feature_names.index(name)
        np.testing.assert_array_equal(offsets[position, :, 0], explanation.values[:, j])
        assert np.abs(offsets[position, :, 1] - position).max() <= 0.4
        ranks = np.argsort(np.argsort(explanation.data.iloc[:, j].to_numpy())) / 19
        np.testing.assert_allclose(colors[position], ranks)
    assert display.colorbar_ is not None
    assert "grey" not in display.ax_.get_xlabel()


def test_what_has_no_order_is_a_ring():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "number": rng.normal(size=30),
            "with_gaps": np.where(np.arange(30) % 3 == 0, np.nan, rng.normal(size=30)),
            "job": rng.choice(["a", "b", "c"], 30),
            "denied": rng.choice(["no", "yes"], 30),
            "lat": 1.0,
            "lon": 2.0,
        }
    )
    values = np.tile([5.0, 4.0, 3.0, 2.0, 1.0], (30, 1))
    explanation = Explanation(
        values,
        np.zeros(30),
        values.sum(axis=1),
        data=frame,
        feature_names=["number", "with_gaps", "job", "denied", "place"],
        groups=[[0], [1], [2], [3], [4, 5]],
    )
    display = BeeswarmDisplay.from_explanation(explanation)
    assert display.labels == ["number", "with_gaps", "job", "denied: no → yes", "place"]
    display.figure_.canvas.draw()
    colors = display.points_.get_facecolors().reshape(5, 30, 4)
    is_ring = (colors == 1.0).all(axis=2)
    assert not is_ring[0].any()
    np.testing.assert_array_equal(is_ring[1], frame["with_gaps"].isna())
    assert is_ring[2].all()
    assert is_ring[4].all()
    # Print without colours tells them apart: only rings have an edge.
    widths = np.reshape(display.points_.get_linewidths(), (5, 30))
    np.testing.assert_array_equal(widths > 0, is_ring)
    low, high = low_to_high()([0.0, 1.0])
    expected = np.where((frame["denied"] == "no").to_numpy()[:, None], low, high)
    np.testing.assert_allclose(colors[3], expected)
    assert "rings: missing values, categories without order, groups of columns" in (
        display.ax_.get_xlabel().replace("\n", " ")
    )


def test_without_data_all_is_grey_and_there_is_no_colour_bar(explain):
    display = BeeswarmDisplay.from_explanation(explain(data=None))
    assert display.colorbar_ is None
    assert "grey" not in display.ax_.get_xlabel()
    display.figure_.canvas.draw()
    assert (display.points_.get_facecolors() == to_rgba(GREY)).all()


def test_hidden_features_are_counted(explain):
    display = BeeswarmDisplay.from_explanation(explain(n_features=7), max_features=3)
    assert len(display.labels) == 3
    assert "4 features of smaller importance are not shown" in display.ax_.get_xlabel()


def test_several_outputs_need_a_name(explain):
    explanation = explain(n_outputs=3, output_names=["a", "b", "c"])
    with pytest.raises(ValueError, match=r"output must be one of \['a', 'b', 'c'\], got None"):
        BeeswarmDisplay.from_explanation(explanation)
    assert pyplot.get_fignums() == []
    many = explain(n_outputs=30)
    with pytest.raises(ValueError, match=r"'y4'\] or 25 more, got None; pass .* output='y0'"):
        BeeswarmDisplay.from_explanation(many)
    assert pyplot.get_fignums() == []
    display = BeeswarmDisplay.from_explanation(explanation, output="b")
    x = np.asarray(display.points_.get_offsets())[:, 0]
    np.testing.assert_array_equal(np.sort(x), np.sort(explanation.values[:, :, 1].ravel()))
    assert display.ax_.get_title(loc="left") == "output 'b'"


@pytest.mark.parametrize("n_rows", [1, 2, 10_000])
def test_few_and_many_rows(explain, n_rows):
    display = BeeswarmDisplay.from_explanation(explain(n_rows=n_rows, n_features=3))
    assert len(display.points_.get_offsets()) == 3 * n_rows
    assert display.points_.get_rasterized()
    display.figure_.canvas.draw()


def test_all_zero(explain):
    display = BeeswarmDisplay.from_explanation(explain(scale=0.0))
    display.figure_.canvas.draw()
    assert (np.asarray(display.points_.get_offsets())[:, 0] == 0).all()


def test_plot_takes_style():
    _, ax = pyplot.subplots()
    display = BeeswarmDisplay([[1.0], [2.0]], ["a"], ranks=[[0.0], [1.0]])
    assert display.plot(ax, colorbar=False, s=99.0) is display
    assert display.colorbar_ is None
    assert display.points_.get_sizes() == [99.0]
    assert pyplot.gcf().axes == [ax]


def test_colours_differ_in_lightness():
    rgb = low_to_high()(np.linspace(0, 1, 50))[:, :3]
    lightness = rgb @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > 0).all()
    assert lightness[-1] - lightness[0] > 0.4
