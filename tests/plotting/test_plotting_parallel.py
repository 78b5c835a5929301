import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from skxai.plotting import ParallelDisplay

INCOME = "annual household income before taxes, after transfers"


def test_places_are_shares_of_each_axis(made):
    # Of the background 0, …, 100, the 1 % and 99 % quantiles are 1 and 99; the row has 20.
    result = made([{INCOME: 60.0}])
    display = result.plot("parallel")
    assert isinstance(display, ParallelDisplay)
    assert display.labels == [INCOME, "cost_$", "job", "day", "flag", "same"]
    before, after = (line.get_ydata() for line in display.lines_)
    np.testing.assert_allclose([before[0], after[0]], [(20 - 1) / 98, (60 - 1) / 98])
    np.testing.assert_allclose(display.ranges[0], [0, 0.25, 0.75, 1], atol=0.01)
    np.testing.assert_array_equal(before[1:], after[1:])
    # Only where it leaves the row it has a marker, and the name is black.
    assert display.lines_[1].get_markevery() == [0]
    colors = [label.get_color() for label in display.ax_.get_xticklabels()]
    assert colors == ["black"] + ["0.5"] * 5
    assert {"20", "60"} <= {text.get_text() for text in display.texts_}


def test_categories_are_levels(made):
    display = made([{"job": "nurse"}, {"job": "boss"}]).plot("parallel")
    job = display.labels.index("job")
    assert list(display.levels[job]) == ["boss", "clerk", "nurse"]
    heights = [line.get_ydata()[job] for line in display.lines_]
    assert heights == [display.levels[job][name] for name in ("clerk", "nurse", "boss")]
    places = {text.get_text(): text.xy for text in display.texts_}
    assert places["boss"] == (job, pytest.approx(display.levels[job]["boss"]))


def test_missing_values_have_a_place_of_their_own(made):
    display = made([{"cost_$": np.nan, "job": None}]).plot("parallel")
    cost, job = (display.labels.index(name) for name in ("cost_$", "job"))
    after = display.lines_[1].get_ydata()
    assert after[cost] == after[job] < 0
    assert display.lines_[0].get_ydata().min() >= 0
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ["missing"]
    assert display.ax_.get_ylim()[0] < after[cost]
    known = made([{INCOME: 60.0}]).plot("parallel")
    assert known.ax_.get_yticklabels() == []


def test_the_largest_changes_are_kept(made):
    result = made([{INCOME: 21.0, "cost_$": 90.0}, {"cost_$": 80.0, "flag": 1}])
    display = result.plot("parallel", max_features=2)
    assert display.labels == ["cost_$", "flag"]
    assert "1 features of smaller changes are not shown" in display.xlabel
    assert "3 features that do not change are not shown" in display.xlabel


def test_what_was_not_found_has_no_line(made):
    display = made([{}, {INCOME: 60.0}, {}, {INCOME: 70.0}]).plot("parallel")
    assert len(display.lines_) == 3
    assert display.names == [
        "the row as it is: 0", "0, distance 2", "0, distance 4"
    ]  # fmt: skip
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend == display.names
    assert len({line.get_marker() for line in display.lines_[1:]}) == 2


def test_dates_and_axes_without_a_scale(made):
    display = made([{"day": pd.Timestamp("2024-03-01"), "same": 7.0}]).plot("parallel")
    day, same = (display.labels.index(name) for name in ("day", "same"))
    before, after = (line.get_ydata() for line in display.lines_)
    # Days 1 to 99 of the background from the first of January; the row has day 20.
    np.testing.assert_allclose([before[day], after[day]], [(20 - 1) / 98, (60 - 1) / 98])
    assert before[same] == 0.5


def test_texts_do_not_overlap(made):
    changes = [{INCOME: 60.0 + k / 4, "cost_$": 50.0} for k in range(3)]
    display = made(changes).plot("parallel")
    display.figure_.canvas.draw()
    boxes = [
        text.get_window_extent()
        for text in display.texts_
        if text.xy[0] == 0 and text.get_text().startswith("60")
    ]
    assert len(boxes) == 3
    boxes = sorted(boxes, key=lambda box: box.y0)
    assert all(low.y1 < high.y0 + 1 for low, high in itertools.pairwise(boxes))


def test_own_axes(made):
    figure, axes = pyplot.subplots(1, 2, layout="constrained", figsize=(16, 5))
    display = made([{INCOME: 60.0}]).plot("parallel", ax=axes[1], linewidth=5)
    assert display.ax_ is axes[1]
    assert display.figure_ is figure
    assert display.lines_[1].get_linewidth() == 5
    figure.canvas.draw()


def test_numbers_alone():
    display = ParallelDisplay([[0.0, np.nan], [1.0, 0.5]], [["1", ""], ["2", "3"]], ["a", "$b$"])
    display.plot()
    display.figure_.canvas.draw()
    assert [text.get_text() for text in display.texts_] == ["1", "2", "3"]


def test_nothing_to_draw(made, explain):
    with pytest.raises(ValueError, match="row 0 has no changes to draw"):
        made([{}]).plot("parallel")
    with pytest.raises(TypeError, match="expected a CounterfactualExplanation"):
        explain().plot("parallel")
    assert pyplot.get_fignums() == []
