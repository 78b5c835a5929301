import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from skxai import Explanation
from skxai.plotting import RowHeatmapDisplay


def explanation_of(values, predictions=None, **fields):
    values = np.asarray(values, dtype=float)
    predictions = values.sum(axis=1) if predictions is None else predictions
    return Explanation(values, np.zeros(len(values)), predictions, **fields)


def two_kinds():
    """Rows of two kinds, alternating, that are not the same by their predictions."""
    rng = np.random.default_rng(0)
    values = 0.1 * rng.normal(size=(12, 4))
    values[::2, 1] += 5.0
    values[1::2, 3] += 5.0
    return explanation_of(values, feature_names=["a", "b", "c", "d"])


def rows_of(display):
    return [int(name) for name in display.row_names]


def test_similar_rows_stand_side_by_side():
    explanation = two_kinds()
    display = explanation.plot("rows")
    assert isinstance(display, RowHeatmapDisplay)
    kinds = [row % 2 for row in rows_of(display)]
    assert np.count_nonzero(np.diff(kinds)) == 1
    # What is drawn is what is there, in this order, the most important features first.
    assert display.labels == ["b", "d", "c", "a"] or display.labels[:2] in (["b", "d"], ["d", "b"])
    columns = [explanation.feature_names.index(name) for name in display.labels]
    expected = explanation.values[np.ix_(rows_of(display), columns)].T
    np.testing.assert_array_equal(display.image_.get_array(), expected)
    steps = display.predictions_.get_ydata()[:-1]
    np.testing.assert_array_equal(steps, explanation.predictions[rows_of(display)])


def test_neighbours_are_as_similar_as_can_be():
    # Points on a line: the best order of leaves is along it, which clustering alone misses.
    places = np.random.default_rng(1).permutation(9).astype(float)
    display = explanation_of(places[:, None]).plot("rows")
    assert places[rows_of(display)].tolist() == list(range(9))


def test_predictions_rise_rather_than_fall():
    places = np.arange(9.0)[:, None]
    assert rows_of(explanation_of(places, predictions=-places[:, 0]).plot("rows")) == [
        *range(8, -1, -1)
    ]


@pytest.mark.parametrize(("order", "expected"), [("given", [0, 1, 2]), ("prediction", [1, 2, 0])])
def test_other_orders(order, expected):
    display = explanation_of([[3.0], [1.0], [2.0]]).plot("rows", order=order)
    assert rows_of(display) == expected


def test_rest_is_summed(explain):
    explanation = explain(n_rows=10, n_features=8)
    display = explanation.plot("rows", max_features=3, order="given")
    assert display.labels[-1] == "sum of 5 others"
    np.testing.assert_allclose(
        np.asarray(display.values).sum(axis=0), explanation.values.sum(axis=1)
    )


def test_many_rows_are_chosen_evenly_by_their_predictions():
    values = np.random.default_rng(0).permutation(101).astype(float)[:, None]
    display = explanation_of(values).plot("rows", max_rows=11, order="prediction")
    assert display.image_.get_array().tolist() == [[10.0 * k for k in range(11)]]
    assert "11 of 101 rows, chosen evenly by their predictions" in display.xlabel
    everything = explanation_of(values).plot("rows", max_rows=None)
    assert everything.image_.get_array().shape == (1, 101)
    assert everything.row_names is None


def test_large_cells_do_not_leave_the_others_pale():
    values = np.ones((10, 10))
    values[0, 0] = -50.0
    display = explanation_of(values).plot("rows")
    assert display.image_.get_clim() == (-1.0, 1.0)
    assert display.colorbar_.extend == "min"
    display = explanation_of(values).plot("rows", limit=60, colorbar=False)
    assert display.image_.get_clim() == (-60, 60)
    assert display.colorbar_ is None
    assert explanation_of(np.zeros((3, 2))).plot("rows").image_.get_clim() == (-1, 1)


def test_labels_of_few_rows(explain):
    table = pd.DataFrame(np.zeros((3, 5)), index=["Ann", "Bob", "Eve"])
    display = explain(n_rows=3, data=table).plot("rows", order="given")
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == ["Ann", "Bob", "Eve"]


def test_one_output_of_several(explain):
    explanation = explain(n_rows=6, n_outputs=3, output_names=["a", "b", "c"])
    display = explanation.plot("rows", output="b", order="given", max_features=None)
    np.testing.assert_array_equal(display.predictions, explanation.predictions[:, 1])
    assert display.prediction_ax_.get_title(loc="left") == "output 'b'"
    with pytest.raises(ValueError, match="output must be one of"):
        explanation.plot("rows")


def test_one_row_and_missing_attributions(explain):
    assert rows_of(explain(n_rows=1).plot("rows")) == [0]
    holes = explanation_of([[np.nan, 1.0], [2.0, 1.0], [2.1, 1.0]], predictions=[1.0, 3.0, 3.1])
    holes.plot("rows").figure_.canvas.draw()


def test_own_axes_and_a_display_of_numbers(explain):
    figure, (left, right) = pyplot.subplots(1, 2, layout="constrained")
    display = RowHeatmapDisplay([[1.0, -1.0]], ["age"]).plot(ax=left)
    assert display.ax_ is left
    assert display.prediction_ax_ is None
    display = explain().plot("rows", ax=right)
    assert display.prediction_ax_.figure is figure
    figure.canvas.draw()
    band, cells = display.prediction_ax_.bbox, display.ax_.bbox
    assert band.y0 > cells.y1
    np.testing.assert_allclose([band.x0, band.x1], [cells.x0, cells.x1])
    assert pyplot.get_fignums() == [figure.number]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"order": "size"}, "order must be one of"),
        ({"max_rows": 0}, "max_rows must be None or an integer"),
        ({"max_features": 0}, "max_features must be None or an integer"),
        ({"limit": -1}, "limit must be None or a positive number"),
    ],
)
def test_bad_arguments(explain, arguments, message):
    with pytest.raises(ValueError, match=message):
        explain().plot("rows", **arguments)
    assert pyplot.get_fignums() == []
