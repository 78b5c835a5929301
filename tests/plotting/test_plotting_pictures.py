"""The pictures themselves, compared with small references that are drawn without any text.

Fonts and versions of matplotlib differ in texts, so these are hidden, and axes have fixed places.
After a wanted change, look at the new references that this command draws::

    SKXAI_DRAW_REFERENCES=1 python -m pytest -n 0 tests/plotting/test_plotting_pictures.py
"""

import dataclasses
import inspect
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import image, style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from skxai import Explanation, InteractionExplanation, ShapleyExplainer, plotting
from skxai.maskers import ImageMasker, SequenceMasker
from skxai.network import InfluenceGraph
from skxai.plotting import (
    AdjacencyDisplay,
    BarDisplay,
    BeeswarmDisplay,
    ConceptDisplay,
    CurveDisplay,
    DependenceDisplay,
    ForestDisplay,
    HeatmapDisplay,
    ImageDisplay,
    InteractionDisplay,
    NetworkDisplay,
    ParallelDisplay,
    RowHeatmapDisplay,
    SequenceDisplay,
    StemDisplay,
    WaterfallDisplay,
)

REFERENCES = Path(__file__).with_name("references")
DPI = 40
BLOCK = 5  # pixels; edges may lie a pixel apart
MOST_ON_AVERAGE = 0.01  # of the range from black to white
MOST_IN_A_BLOCK = 0.3
DRAW = bool(os.environ.get("SKXAI_DRAW_REFERENCES"))


def table(n_rows=60):
    """Numbers, missing values and categories, without any generator of random numbers."""
    steps = np.arange(n_rows)
    gaps = np.where(steps % 7 == 3, np.nan, np.cos(1.7 * steps))
    words = np.array(["clerk", "nurse", "farmer"], dtype=object)[steps * 5 // 2 % 3]
    return pd.DataFrame({"age": np.sin(steps), "dose": gaps, "job": words, "mass": steps % 11.0})


def explanation(n_rows=60, std_errors=False):
    data = table(n_rows)
    dose = data["dose"].fillna(-2.0)
    job = np.where(data["job"] == "clerk", 0.5, -0.4)
    values = np.column_stack([3 * data["age"], dose * data["age"], job, 0.05 * (data["mass"] - 5)])
    errors = 0.2 * np.abs(values) if std_errors else None
    predictions = 1.0 + values.sum(axis=1)
    return Explanation(
        values, np.ones(n_rows), predictions, data=data, feature_names=list(data), std_errors=errors
    )


def interactions():
    values = np.array([[3.0, 0.5, -1.0], [0.5, -2.0, 0.2], [-1.0, 0.2, 1.0]])[None]
    return InteractionExplanation(values, [0.0], [values.sum()], feature_names=["a", "b", "c"])


def forest():
    coef = np.array([2.0, -1.0, 0.3, 0.0])
    return pd.DataFrame(
        {"feature": list("abcd"), "coef": coef, "coef_scaled": coef, "statistic": 4 * coef,
         "p_value": [0.001, 0.01, 0.2, 0.9], "ci_lower": coef - 0.5, "ci_upper": coef + 0.5,
         "identified": [True, True, True, False]}
    )  # fmt: skip


def graph():
    matrix = np.array(
        [[0, 0.9, 0.1, 0], [0.2, 0, 0.6, 0], [0, 0.3, 0, 0.5], [0.05, 0, 0, 0]], dtype=float
    )
    return InfluenceGraph(matrix, feature_names=list("abcd"), scores=np.array([0.9, 0.5, 0.1, 0]))


def parallel():
    places = [[0.2, 0.75, np.nan], [0.9, 0.75, 0.4], [0.2, 0.25, 0.1]]
    texts = [["1", "no", ""], ["9", "no", "4"], ["1", "yes", "0"]]
    levels = [{}, {"yes": 0.25, "no": 0.75}, {}]
    ranges = [[0, 0.3, 0.6, 1], [np.nan] * 4, [0, 0.2, 0.5, 0.9]]
    return ParallelDisplay(places, texts, list("abc"), levels=levels, ranges=ranges)


def of_images(ax):
    images = np.arange(64.0).reshape(1, 8, 8) % 9
    explainer = ShapleyExplainer(masker=ImageMasker(n_regions=(2, 2), absent=0))
    explainer.fit(
        lambda images: images[:, :4].mean(axis=(1, 2)) - images[:, 4:, 4:].mean(axis=(1, 2)), images
    )
    return ImageDisplay.from_explainer(explainer, images, ax=ax, picture=False)


def of_sequences(ax):
    sequences = ["ACDAFC", "CCDDAG"]
    explainer = ShapleyExplainer(masker=SequenceMasker())
    explainer.fit(
        lambda rows: np.array([row.count("C") - 0.5 * row.count("A") for row in rows]), sequences
    )
    return SequenceDisplay.from_explainer(explainer, sequences, ax=ax)


PICTURES = {
    "bar": lambda ax: BarDisplay.from_explanation(explanation(), ax=ax),
    "bar_of_a_row": lambda ax: BarDisplay.from_explanation(explanation(1, True), ax=ax),
    "beeswarm": lambda ax: BeeswarmDisplay.from_explanation(explanation(), ax=ax),
    "waterfall": lambda ax: WaterfallDisplay.from_explanation(explanation(4, True), row=2, ax=ax),
    "dependence": lambda ax: DependenceDisplay.from_explanation(
        explanation(), "dose", color_by="age", ax=ax
    ),
    "dependence_on_categories": lambda ax: DependenceDisplay.from_explanation(
        explanation(), "job", color_by="dose", ax=ax
    ),
    "dependence_by_category": lambda ax: DependenceDisplay.from_explanation(
        explanation(), "age", color_by="job", ax=ax, s=60
    ),
    "rows": lambda ax: RowHeatmapDisplay.from_explanation(explanation(), ax=ax),
    "heatmap": lambda ax: HeatmapDisplay.from_explanation(explanation(1), shape=(2, 2), ax=ax),
    "stem": lambda ax: StemDisplay.from_explanation(explanation(1), ax=ax),
    "interactions": lambda ax: InteractionDisplay.from_explanation(interactions(), row=0, ax=ax),
    "forest": lambda ax: ForestDisplay.from_table(forest(), ax=ax),
    "adjacency": lambda ax: AdjacencyDisplay.from_explanation(graph(), ax=ax),
    "network": lambda ax: NetworkDisplay.from_explanation(graph(), ax=ax),
    "parallel": lambda ax: parallel().plot(ax=ax),
    "curves": lambda ax: CurveDisplay(
        [np.arange(5) / 4] * 3,
        [np.array([5.0, 3, 2, 1, 0]) / (k + 1) for k in range(3)],
        [np.array([0.2, 0.4, 0.3, 0.1, 0]), *[np.full(5, np.nan)] * 2],
        [""] * 3,  # a legend lies where its words leave room
    ).plot(ax=ax),
    "image": of_images,
    "sequence": of_sequences,
    "concepts": lambda ax: ConceptDisplay(
        [0.9, 0.4, 0.6], [0.05, 0.2, 0.1], list("abc"), significant=[True, False, True]
    ).plot(ax=ax),
}


def pixels_of(draw):
    """What is drawn, without texts, as numbers from 0 (black) to 1, of three channels."""
    with style.context("default"):
        figure = Figure(figsize=(5, 3), dpi=DPI)
        draw(figure.add_axes([0.15, 0.2, 0.7, 0.55]))
        for text in figure.findobj(Text):
            text.set_visible(False)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3] / 255


def differences(pixels, reference):
    """The mean difference, and the largest mean difference of a block of pixels."""
    apart = pixels - reference
    height, width = (size // BLOCK for size in apart.shape[:2])
    blocks = apart[: height * BLOCK, : width * BLOCK].reshape(height, BLOCK, width, BLOCK, 3)
    return np.abs(apart).mean(), np.abs(blocks.mean(axis=(1, 3))).max()


@pytest.mark.parametrize("name", list(PICTURES))
def test_picture(name):
    pixels = pixels_of(PICTURES[name])
    path = REFERENCES / f"{name}.png"
    if DRAW:
        REFERENCES.mkdir(exist_ok=True)
        image.imsave(path, pixels)
    reference = image.imread(path)[..., :3]
    mean, largest = differences(pixels, reference)
    assert mean < MOST_ON_AVERAGE, f"{name} differs from {path.name} by {mean:.4f} on average"
    assert largest < MOST_IN_A_BLOCK, f"{name} differs from {path.name} by {largest:.2f} somewhere"


def test_references_are_small():
    assert {path.stem for path in REFERENCES.glob("*")} == set(PICTURES)
    assert max(path.stat().st_size for path in REFERENCES.glob("*")) < 10_000


def swapped(ax):
    bars = BarDisplay.from_explanation(explanation(), ax=ax).bars_[0].patches
    places = [bar.get_y() for bar in bars]
    bars[0].set_y(places[1])
    bars[1].set_y(places[0])


def recoloured(ax):
    WaterfallDisplay.from_explanation(explanation(4, True), row=2, ax=ax, color="#0072B2")


def without_missing(ax):
    one = explanation()
    known = one.data.assign(dose=one.data["dose"].fillna(0.0))
    one = dataclasses.replace(one, data=known)
    DependenceDisplay.from_explanation(one, "dose", color_by="age", ax=ax)


def without_whiskers(ax):
    BarDisplay.from_explanation(explanation(1), ax=ax)


def other_order(ax):
    RowHeatmapDisplay.from_explanation(explanation(), ax=ax, order="given")


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("bar", swapped),
        ("waterfall", recoloured),
        ("bar_of_a_row", without_whiskers),
        ("dependence", without_missing),
        ("rows", other_order),
    ],
)
def test_another_picture_would_be_seen(name, draw):
    mean, largest = differences(pixels_of(draw), image.imread(REFERENCES / f"{name}.png")[..., :3])
    assert mean > MOST_ON_AVERAGE or largest > MOST_IN_A_BLOCK


def documented(display):
    """The attributes that the docstring promises."""
    section = type(display).__doc__.split("Attributes\n    ----------\n")[1].split("\n\n")[0]
    lines = re.findall(r"^    (\w[^:\n]*?)(?: :.*)?$", section, re.MULTILINE)
    return [name for line in lines for name in line.split(", ")]


@pytest.mark.parametrize("name", list(PICTURES))
def test_artists_and_axes_are_kept(name):
    figure = Figure(figsize=(5, 3))
    ax = figure.add_subplot()
    display = PICTURES[name](ax)
    promised = documented(display)
    assert {"ax_", "figure_"} <= set(promised)
    assert all(name.endswith("_") for name in promised)
    assert [name for name in promised if not hasattr(display, name)] == []
    assert display.ax_ is ax
    assert display.figure_ is figure


ALL = [getattr(plotting, name) for name in plotting.__all__ if name.endswith("Display")]


@pytest.mark.parametrize("display", ALL, ids=lambda display: display.__name__)
def test_every_display_takes_axes_and_an_explainer(display):
    assert "ax" in inspect.signature(display.plot).parameters
    if display is CurveDisplay:  # of what a metric returns
        assert "ax" in inspect.signature(display.from_curves).parameters
        return
    assert next(iter(inspect.signature(display.from_explainer).parameters)) == "explainer"
    make = display.from_table if display is ForestDisplay else display.from_explanation
    assert "ax" in inspect.signature(make).parameters


@pytest.mark.parametrize(
    ("display", "explained"),
    [
        (RowHeatmapDisplay, explanation),
        (StemDisplay, lambda: explanation(1)),
        (NetworkDisplay, graph),
        (AdjacencyDisplay, graph),
    ],
)
def test_from_explainer_explains_and_draws(display, explained):
    class Explainer:
        def explain(self, X):
            assert X == "the rows"
            return explained()

    ax = Figure().add_subplot()
    assert display.from_explainer(Explainer(), "the rows", ax=ax).ax_ is ax
