"""What the displays of pairs promise: all labels are inside the figure, and none overlap."""

import itertools
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from skxai.plotting import DependenceDisplay, InteractionDisplay, display_of

LONG = [
    "mean_corpuscular_hemoglobin_concentration_of_the_patient_at_admission_to_hospital",
    "annual household income before taxes and after social transfers in 2021",
    "averyveryveryverylongnamewithoutanyseparatorsatallinsideofit",
    "cost_$_per_$_unit",
    "x",
]
OUTPUT = "an output with a rather long name, of people who earn > 50 K$ a year"
KINDS = ["interactions", "dependence"]


def draw(kind, interactions, **kwargs):
    if kind == "dependence":
        return DependenceDisplay.from_explanation(interactions, 0, **kwargs)
    return InteractionDisplay.from_explanation(interactions, **kwargs)


def visible(texts):
    return [text for text in texts if text.get_text() and text.get_visible()]


def ticks_in_view(axis):
    """The labels that are drawn: ticks beyond the limits keep theirs, unseen."""
    low, high = sorted(axis.get_view_interval())
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    ticks = [tick for tick in ticks if low <= tick.get_loc() <= high]
    sides = [(tick.label1, tick.label2) for tick in ticks]
    return visible(label for labels in sides for label in labels)


def assert_nothing_overlaps(display):
    display.figure_.canvas.draw()
    ax, figure = display.ax_, display.figure_.bbox
    words = ticks_in_view(ax.xaxis) + ticks_in_view(ax.yaxis)
    words += visible([ax.xaxis.label, ax.yaxis.label, ax.xaxis.get_offset_text()])
    if display.colorbar_ is not None:
        bar = display.colorbar_.ax.yaxis
        words += ticks_in_view(bar) + visible([bar.label])
    boxes = [text.get_window_extent() for text in words]
    for text, box in zip(words, boxes):
        assert box.x0 >= figure.x0 - 1, text
        assert box.x1 <= figure.x1 + 1, text
        assert box.y0 >= figure.y0 - 1, text
        assert box.y1 <= figure.y1 + 1, text
    for (one, a), (other, b) in itertools.combinations(zip(words, boxes), 2):
        apart = a.x1 <= b.x0 + 1 or b.x1 <= a.x0 + 1 or a.y1 <= b.y0 + 1 or b.y1 <= a.y0 + 1
        assert apart, (one, other)


def assert_numbers_fit_their_cells(display):
    width = np.diff(display.ax_.transData.transform([(0, 0), (1, 1)]), axis=0)[0]
    assert display.texts_
    for text in display.texts_:
        box = text.get_window_extent()
        assert box.width <= abs(width[0])
        assert box.height <= abs(width[1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_features", [1, 2, 20])
def test_short_names_in_a_new_figure(interact, kind, n_features):
    kwargs = {"max_features": None} if kind == "interactions" else {}
    assert_nothing_overlaps(draw(kind, interact(n_features=n_features), **kwargs))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e12])
def test_long_names_in_a_new_figure(interact, kind, scale):
    data = pd.DataFrame(scale * np.random.default_rng(0).normal(size=(20, 5)))
    interactions = interact(
        feature_names=LONG, scale=scale, std_errors=True, output_names=[OUTPUT], data=data
    )
    assert_nothing_overlaps(draw(kind, interactions))
    if kind == "interactions":
        display = draw(kind, interactions, row=3)
        assert_nothing_overlaps(display)
        assert_numbers_fit_their_cells(display)


@pytest.mark.parametrize("n_features", [2, 12])
def test_numbers_fit_their_cells(interact, n_features):
    interactions = interact(n_features=n_features)
    for row in (None, 0):
        display = draw("interactions", interactions, max_features=None, row=row)
        display.figure_.canvas.draw()
        assert_numbers_fit_their_cells(display)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("names", [None, LONG])
def test_a_grid_of_given_axes(interact, kind, names):
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4), layout="constrained")
    interactions = interact(feature_names=names, std_errors=True)
    for ax in axes.flat:
        display = draw(kind, interactions, ax=ax)
        assert display.ax_ is ax
        assert display.figure_ is figure
    assert pyplot.get_fignums() == [figure.number]
    assert figure.get_size_inches().tolist() == [11, 4]
    assert_nothing_overlaps(display)
    if kind == "interactions":
        assert_numbers_fit_their_cells(display)


@pytest.mark.parametrize("n_categories", [2, 5, 40])
@pytest.mark.parametrize("name", ["job {}", "a very long category with number {} and words"])
@pytest.mark.parametrize("given", [False, True])
def test_categories_have_labels_that_fit(interact, n_categories, name, given):
    jobs = [name.format(k % n_categories) if k % 11 else None for k in range(80)]
    data = pd.DataFrame({"job": jobs, "sex": ["f", "m"] * 40, "age": np.arange(80.0)})
    interactions = interact(n_rows=80, n_features=3, data=data)
    ax = pyplot.subplots(1, 2, figsize=(11, 5), layout="constrained")[1][0] if given else None
    assert_nothing_overlaps(draw("dependence", interactions, ax=ax, color_by="x0"))


@pytest.mark.parametrize("offset", [0.0, 1e12])
@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("dates", [False, True])
def test_numbers_and_dates_beside_missing_values(interact, offset, missing, dates):
    x = pd.Series(offset + np.arange(20.0))
    if dates:
        x = pd.Series(pd.date_range("2023-11-07", periods=20, freq="5h" if offset else "93D"))
    if missing:
        x[::5] = pd.NaT if dates else np.nan
    data = pd.DataFrame({"a": x, "b": 1.0})
    assert_nothing_overlaps(draw("dependence", interact(n_features=2, data=data)))


@pytest.mark.parametrize("kind", KINDS)
def test_axes_of_a_figure_unknown_to_pyplot(interact, kind):
    from matplotlib.figure import Figure

    ax = Figure(layout="constrained").subplots()
    assert draw(kind, interact(), ax=ax).ax_ is ax
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("kind", KINDS)
def test_without_matplotlib(interact, kind, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"matplotlib .* pip install skxai\[plot\]"):
        draw(kind, interact())


@pytest.mark.parametrize("kind", KINDS)
def test_all_zero_and_one_row(interact, kind):
    draw(kind, interact(scale=0.0)).figure_.canvas.draw()
    draw(kind, interact(n_rows=1)).figure_.canvas.draw()


def test_display_of():
    assert display_of("interactions") is InteractionDisplay
    assert display_of("dependence") is DependenceDisplay


def test_dependence_from_explainer(explain):
    explanation = explain()

    class Explainer:
        def explain(self, X):
            assert X == "the rows"
            return explanation

    display = DependenceDisplay.from_explainer(Explainer(), "the rows", feature="x2")
    np.testing.assert_array_equal(display.y, explanation.values[:, 2])
