"""What all displays promise: where they draw, that nothing overlaps, what they need."""

import itertools
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from skxai import Explanation
from skxai.plotting import (
    BarDisplay,
    BeeswarmDisplay,
    ForestDisplay,
    WaterfallDisplay,
    display_of,
)

KINDS = ["bar", "beeswarm", "waterfall"]
LONG = [
    "mean_corpuscular_hemoglobin_concentration_of_the_patient_at_admission_to_hospital",
    "annual household income before taxes and after social transfers in 2021",
    "averyveryveryverylongnamewithoutanyseparatorsatallinsideofit",
    "cost_$_per_$_unit",
    "x",
]


def forest_table(names):
    n = len(names)
    coef = np.linspace(-1, 1, n)
    return pd.DataFrame(
        {"feature": names, "coef": coef, "coef_scaled": coef, "statistic": coef, "p_value": 0.5,
         "ci_lower": coef - 1, "ci_upper": coef + 1, "identified": np.arange(n) > 0}
    )  # fmt: skip


def draw(kind, explanation, **kwargs):
    if kind == "forest":
        return ForestDisplay.from_table(forest_table(explanation.feature_names), **kwargs)
    return explanation.plot(kind, **kwargs)


def assert_nothing_overlaps(display):
    display.figure_.canvas.draw()
    figure = display.figure_.bbox
    labels = [text.get_window_extent() for text in display.ax_.get_yticklabels()]
    columns = [labels]
    if getattr(display, "texts_", None):
        columns.append([text.get_window_extent() for text in display.texts_])
        assert min(box.x0 for box in columns[1]) > display.ax_.bbox.x1
    for boxes in columns:
        boxes = sorted(boxes, key=lambda box: -box.y0)
        assert all(upper.y0 > lower.y1 - 1 for upper, lower in itertools.pairwise(boxes))
    assert max(box.x1 for box in labels) <= display.ax_.bbox.x0
    everything = [box for boxes in columns for box in boxes]
    everything += [display.ax_.xaxis.label.get_window_extent()]
    if display.ax_.get_legend() is not None:
        everything.append(display.ax_.get_legend().get_window_extent())
        assert everything[-1].y0 >= display.ax_.bbox.y1 - 1
    for box in everything:
        assert box.x0 >= figure.x0
        assert box.x1 <= figure.x1
        assert box.y0 >= figure.y0
        assert box.y1 <= figure.y1


@pytest.mark.parametrize("kind", [*KINDS, "forest"])
@pytest.mark.parametrize("n_features", [1, 2, 40])
def test_short_names_in_a_new_figure(explain, kind, n_features):
    explanation = explain(n_features=n_features, std_errors=True)
    assert_nothing_overlaps(draw(kind, explanation, max_features=None))


@pytest.mark.parametrize("kind", [*KINDS, "forest"])
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e12])
def test_long_names_in_a_new_figure(explain, kind, scale):
    explanation = explain(
        feature_names=LONG,
        scale=scale,
        std_errors=True,
        output_names=["an output with a rather long name, of people who earn > 50 K$ a year"],
        data=pd.DataFrame([["a very long value with many words"] * 5] * 20),
    )
    assert_nothing_overlaps(draw(kind, explanation))


@pytest.mark.parametrize("n_outputs", [2, 8])
def test_outputs_with_long_names(explain, n_outputs):
    names = [f"the class of all things that are number {k} or so" for k in range(n_outputs)]
    explanation = explain(feature_names=LONG, n_outputs=n_outputs, output_names=names)
    assert_nothing_overlaps(explanation.plot("bar"))
    assert_nothing_overlaps(explanation.plot("bar", row=0))
    assert_nothing_overlaps(explanation.plot("waterfall"))


@pytest.mark.parametrize("kind", [*KINDS, "forest"])
def test_a_grid_of_given_axes(explain, kind):
    figure, axes = pyplot.subplots(2, 2, figsize=(11, 7), layout="constrained")
    explanation = explain(feature_names=LONG, std_errors=True)
    for ax in axes.flat:
        display = draw(kind, explanation, ax=ax)
        assert display.ax_ is ax
        assert display.figure_ is figure
    assert pyplot.get_fignums() == [figure.number]
    assert figure.get_size_inches().tolist() == [11, 7]
    assert_nothing_overlaps(display)


@pytest.mark.parametrize("kind", [*KINDS, "forest"])
def test_low_axes_have_small_labels_on_one_line(explain, kind):
    _, axes = pyplot.subplots(2, figsize=(9, 5), layout="constrained")
    names = [f"{k} {name}" for k in range(3) for name in LONG]
    explanation = explain(n_features=15, feature_names=names, std_errors=True)
    for ax in axes:
        display = draw(kind, explanation, ax=ax, max_features=None)
    assert_nothing_overlaps(display)
    assert not any("\n" in label.get_text() for label in display.ax_.get_yticklabels())


@pytest.mark.parametrize("kind", [*KINDS, "forest"])
def test_axes_of_a_figure_unknown_to_pyplot(explain, kind):
    from matplotlib.figure import Figure

    ax = Figure(layout="constrained").subplots()
    display = draw(kind, explain(), ax=ax)
    assert display.ax_ is ax
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_figure_grows_with_the_features(explain, kind):
    few = draw(kind, explain(n_features=4), max_features=None).figure_.get_size_inches()
    many = draw(kind, explain(n_features=40), max_features=None).figure_.get_size_inches()
    assert few[0] == many[0]
    assert many[1] > 3 * few[1]


@pytest.mark.parametrize("kind", KINDS)
def test_from_explainer_explains_and_draws(explain, kind):
    explanation = explain(n_features=6)

    class Explainer:
        def explain(self, X):
            assert X == "the rows"
            return explanation

    _, ax = pyplot.subplots()
    display = display_of(kind).from_explainer(Explainer(), "the rows", ax=ax, max_features=3)
    assert display.ax_ is ax
    assert display.labels == draw(kind, explanation, max_features=3).labels


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_nothing_to_draw(kind, shape):
    empty = Explanation(np.zeros(shape), np.zeros(shape[0]), np.zeros(shape[0]))
    with pytest.raises(ValueError, match=f"explanation has {shape[0]} rows and {shape[1]} feat"):
        draw(kind, empty)


@pytest.mark.parametrize("kind", KINDS)
def test_one_output_along_a_third_axis(explain, kind):
    draw(kind, explain(n_outputs=1, std_errors=True)).figure_.canvas.draw()


@pytest.mark.parametrize("kind", KINDS)
def test_sparse_data(explain, kind):
    from scipy import sparse

    data = sparse.random(20, 5, density=0.4, format="csr", random_state=0)
    draw(kind, explain(data=data)).figure_.canvas.draw()


def test_display_of():
    assert display_of("bar") is BarDisplay
    assert display_of("beeswarm") is BeeswarmDisplay
    assert display_of("waterfall") is WaterfallDisplay
    with pytest.raises(
        ValueError, match=r"kind must be one of \['adjacency', 'bar', .*\], got 'pie'"
    ):
        display_of("pie")


def test_explanation_plot_draws_bars_by_default(explain):
    assert isinstance(explain().plot(), BarDisplay)


@pytest.mark.parametrize("kind", [*KINDS, "forest"])
def test_without_matplotlib(explain, kind, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"matplotlib .* pip install skxai\[plot\]"):
        draw(kind, explain())


def test_matplotlib_is_imported_only_to_draw():
    code = "import sys, skxai, skxai.plotting; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
