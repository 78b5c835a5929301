"""The picture of what changes: places, texts, several counterfactuals, what it refuses."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from skxai.plotting import CounterfactualDisplay, display_of

LONG = "annual household income before taxes, after transfers"


def dots(collections):
    return np.concatenate([collection.get_offsets() for collection in collections])


def assert_nothing_overlaps(display):
    display.figure_.canvas.draw()
    labels = [text.get_window_extent() for text in display.ax_.get_yticklabels()]
    texts = [text.get_window_extent() for text in display.texts_]
    assert min(box.x0 for box in texts) > display.ax_.bbox.x1
    assert max(box.x1 for box in labels) <= display.ax_.bbox.x0
    for boxes in (labels, texts):
        boxes = sorted((box for box in boxes if box.height > 1), key=lambda box: -box.y0)
        assert all(upper.y0 > lower.y1 - 1 for upper, lower in itertools.pairwise(boxes))
    everything = [*labels, *texts, display.ax_.xaxis.label.get_window_extent()]
    legend = display.ax_.get_legend()
    if legend is not None:
        everything.append(legend.get_window_extent())
        assert everything[-1].y0 >= display.ax_.bbox.y1 - 1
    figure = display.figure_.bbox
    for box in everything:
        assert box.x0 >= figure.x0
        assert box.x1 <= figure.x1
        assert box.y0 >= figure.y0
        assert box.y1 <= figure.y1


def test_places_worked_by_hand(made):
    display = made([{LONG: 70.0, "job": "boss"}]).plot()
    assert display.labels == ["job", LONG]  # what has no scale counts as the whole of one
    assert display.texts == ["'clerk' → 'boss'", "20 → 70"]
    # 98 % of 0, 1, …, 100 lie between 1 and 99; quartiles are 25 and 75.
    np.testing.assert_allclose(display.ranges[1], [0, 24 / 98, 74 / 98, 1])
    assert np.isnan(display.ranges[0]).all()
    np.testing.assert_allclose(dots(display.before_)[1], [19 / 98, 1])
    np.testing.assert_allclose(dots(display.after_)[1], [69 / 98, 1])
    assert dots(display.before_)[0, 0] < dots(display.after_)[0, 0]
    segments = display.ranges_.get_segments()
    np.testing.assert_allclose(segments[-1], [[0, 1], [1, 1]])
    middles = display.middles_.get_segments()
    np.testing.assert_allclose(middles[-1][:, 0], [24 / 98, 74 / 98])
    assert_nothing_overlaps(display)


def test_values_beyond_the_background_make_the_scale_wider(made):
    display = made([{LONG: 197.0}]).plot()
    # From 1, below which hardly a row lies, to 197.
    np.testing.assert_allclose(display.after, [1])
    np.testing.assert_allclose(display.before, [19 / 196])
    np.testing.assert_allclose(display.ranges[0, 3], 98 / 196)


def test_missing_values_have_no_dot(made):
    display = made([{"cost_$": None, LONG: 30.0}]).plot()
    missing = display.labels.index("cost_$")
    assert display.texts[missing] == "19 → missing"
    assert np.isnan(display.after[missing])
    assert np.isfinite(display.before[missing])
    assert display.texts_[missing].get_text() == "19 → missing"
    assert r"cost_\$" in [label.get_text() for label in display.ax_.get_yticklabels()]


def test_dates_lie_on_a_scale(made):
    display = made([{"day": pd.Timestamp("2024-03-11")}]).plot()
    assert display.texts == ["2024-01-21 → 2024-03-11"]
    np.testing.assert_allclose([display.before[0], display.after[0]], [19 / 98, 69 / 98])


def test_rare_flags_and_constants(made):
    display = made([{"flag": 1, "same": 8.0}]).plot()
    places = dict(zip(display.labels, zip(display.before, display.after)))
    assert places["flag"] == (0, 1)
    assert places["same"] == (0, 1)  # 7 and 8 are all there is to draw


def test_without_quantiles_dots_only_show_the_way(made):
    display = made([{LONG: 30.0}], background_quantiles=None).plot()
    assert np.isnan(display.ranges).all()
    assert 0 < display.before[0] < display.after[0] < 1
    assert display.ax_.get_xlabel() == ""


def test_several_counterfactuals(made):
    result = made([{LONG: 70.0}, {LONG: 90.0, "job": "boss"}, {}])
    display = result.plot()
    assert display.labels == ["job", LONG, LONG]
    assert list(display.numbers) == [1, 0, 1]
    assert display.names == ["0, distance 1", "0, distance 2"]
    assert len(display.after_) == 2
    colors = {tuple(collection.get_facecolor()[0]) for collection in display.after_}
    shapes = {collection.get_paths()[0].vertices.tobytes() for collection in display.after_}
    assert len(colors) == len(shapes) == 2
    named = [label.get_text().replace("\n", " ") for label in display.ax_.get_yticklabels()]
    assert named[0] == "job"
    assert named[2] == ""  # a feature is named once
    assert_nothing_overlaps(display)


def test_only_counterfactuals_that_are_shown_are_in_the_legend(made):
    display = made([{LONG: 21.0}, {"job": "boss", "day": pd.Timestamp("2024-03-11")},
                    {"flag": 1, "cost_$": 99}]).plot(max_features=1)  # fmt: skip
    assert len(display.names) == len(display.after_) == 1
    assert "4 smaller changes are not shown" in display.ax_.get_xlabel().replace("\n", " ")


def test_few_features_are_shown(made):
    result = made([{LONG: 30.0, "cost_$": 99, "job": "boss", "day": pd.Timestamp("2024-02-01")}])
    display = result.plot(max_features=2)
    assert display.labels == ["job", "cost_$"]
    assert "2 smaller changes are not shown" in display.xlabel
    assert len(result.plot(max_features=None).labels) == 4


def test_given_axes(made):
    figure, axes = pyplot.subplots(2, 2, figsize=(13, 8), layout="constrained")
    result = made([{LONG: 70.0, "job": "boss"}, {LONG: 90.0, "cost_$": 3}])
    for ax in axes.flat:
        display = result.plot(ax=ax, s=50)
        assert display.ax_ is ax
        assert display.after_[0].get_sizes()[0] == 50
    assert pyplot.get_fignums() == [figure.number]
    assert_nothing_overlaps(display)


def test_title_says_which_row_and_what_the_model_says(made):
    assert made([{LONG: 30.0}]).plot().ax_.get_title(loc="left") == "row 20, prediction 0 → 0"


def test_nothing_to_draw(made):
    with pytest.raises(ValueError, match="row 0 has no changes to draw: its status is 'not_found'"):
        made([{}]).plot()


def test_what_it_refuses(made, explain):
    result = made([{LONG: 30.0}])
    with pytest.raises(ValueError, match="row must be a position among 1 rows, got 3"):
        result.plot(row=3)
    with pytest.raises(ValueError, match="max_features must be"):
        result.plot(max_features=0)
    with pytest.raises(TypeError, match="explanation is Explanation; expected a Counterfactual"):
        explain().plot("changes")
    assert display_of("changes") is CounterfactualDisplay


def test_from_explainer(made):
    result = made([{LONG: 30.0}])

    class Explainer:
        def explain(self, X):
            assert X == "the rows"
            return result

    assert CounterfactualDisplay.from_explainer(Explainer(), "the rows").labels == [LONG]
