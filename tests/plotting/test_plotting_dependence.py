import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgba

from skxai import Explanation, InteractionExplanation
from skxai.plotting import DependenceDisplay
from skxai.plotting._common import NEUTRAL, PALETTE


def points(display):
    return np.ma.filled(display.points_.get_offsets(), np.nan)


def counts(display):
    heights = np.array([bar.get_height() for bar in display.histogram_])
    return heights / heights.max()


def tick_labels(display):
    display.figure_.canvas.draw()
    return [text.get_text() for text in display.ax_.get_xticklabels()]


def explanation_of(frame, values=None, **fields):
    frame = pd.DataFrame(frame)
    if values is None:
        values = np.random.default_rng(0).normal(size=frame.shape)
    fields.setdefault("feature_names", list(map(str, frame.columns)))
    return Explanation(values, np.zeros(len(values)), values.sum(axis=1), data=frame, **fields)


@pytest.fixture
def product():
    """Attributions of age * dose, with what they are made of; mass has no effect."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 3)), columns=["mass", "age", "dose"])
    whole = (frame["age"] * frame["dose"]).to_numpy()
    matrix = np.zeros((300, 3, 3))
    matrix[:, 1, 2] = matrix[:, 2, 1] = whole / 2
    matrix[:, 1, 1] = frame["age"]
    fields = {"data": frame, "feature_names": list(frame)}
    zeros = np.zeros(300)
    interactions = InteractionExplanation(matrix, zeros, matrix.sum(axis=(1, 2)), **fields)
    return interactions.attributions(), interactions


def test_points_are_values_and_attributions(product):
    explanation, _ = product
    display = DependenceDisplay.from_explanation(explanation, "age")
    np.testing.assert_allclose(points(display)[:, 0], explanation.data["age"])
    np.testing.assert_array_equal(points(display)[:, 1], explanation.values[:, 1])
    assert display.ylabel == "attribution of age\n(units of the output 'y')"
    assert display.ax_.get_xlabel().startswith("age\n")
    edges = np.histogram_bin_edges(explanation.data["age"], 30)
    expected = np.histogram(explanation.data["age"], edges)[0]
    np.testing.assert_allclose(counts(display), expected / expected.max())
    np.testing.assert_allclose([bar.get_x() for bar in display.histogram_], edges[:-1])
    low, high = display.ax_.get_ylim()
    bottom = display.histogram_[0].get_transform().transform((0, 0.1))[1]
    assert (display.ax_.transData.transform(points(display))[:, 1] > bottom).all()
    assert low < 0 < high


def test_auto_finds_the_partner_and_interactions_tell_it(product):
    explanation, interactions = product
    ranks = explanation.data["dose"].rank().to_numpy()
    for more in ({}, {"interactions": interactions}, {"color_by": "dose"}, {"color_by": 2}):
        display = DependenceDisplay.from_explanation(explanation, "age", **more)
        assert display.color_label == "dose (ranked)"
        np.testing.assert_allclose(display.points_.get_array(), (ranks - 1) / 299)
    display = DependenceDisplay.from_explanation(explanation, 1, color_by="mass")
    assert display.color_label == "mass (ranked)"
    display = DependenceDisplay.from_explanation(explanation, "mass")
    assert display.colorbar_ is None
    assert "no other feature explains the spread clearly" in display.xlabel
    display = DependenceDisplay.from_explanation(explanation, "mass", interactions=interactions)
    assert display.colorbar_ is None
    assert "no interactions" in display.xlabel
    few = DependenceDisplay.from_explanation(explanation[:20], "age")
    assert "too few rows" in few.xlabel


def test_strongest_interaction_is_that_of_strengths(interact):
    interactions = interact(n_features=6)
    table = interactions.strengths()
    for name in interactions.feature_names:
        pair = table[(table["feature"] == name) | (table["other"] == name)].iloc[0]
        partner = pair["other"] if pair["feature"] == name else pair["feature"]
        display = interactions.plot("dependence", feature=name)
        assert display.color_label == f"{partner} (ranked)"
        assert "colour: the strongest interaction" in display.xlabel


def test_interaction_with_another_feature(product):
    explanation, interactions = product
    display = DependenceDisplay.from_explanation(
        explanation, "age", interactions=interactions, other="dose"
    )
    frame = explanation.data
    np.testing.assert_allclose(points(display), np.c_[frame["age"], frame["age"] * frame["dose"]])
    assert display.color_label == "dose (ranked)"
    assert display.ylabel == "interaction of age and dose\n(units of the output 'y')"
    same = interactions.plot("dependence", feature="age", other="dose", color_by=None)
    np.testing.assert_array_equal(points(same), points(display))
    assert same.colorbar_ is None
    same.figure_.canvas.draw()
    np.testing.assert_allclose(same.points_.get_facecolors(), [to_rgba(NEUTRAL)] * 300)


@pytest.mark.parametrize("dtype", [object, "category", "string"])
def test_categories_have_places_and_missing_ones_the_last(dtype):
    jobs = pd.Series(["farmer", None, "clerk", "farmer", "farmer", None], dtype=dtype)
    explanation = explanation_of({"job": jobs})
    display = DependenceDisplay.from_explanation(explanation, "job")
    assert tick_labels(display) == ["clerk", "farmer", "missing"]
    np.testing.assert_array_equal(np.round(points(display)[:, 0]), [1, 2, 0, 1, 1, 2])
    np.testing.assert_allclose(counts(display), [1 / 3, 1, 2 / 3])
    again = DependenceDisplay.from_explanation(explanation, "job")
    np.testing.assert_array_equal(points(again), points(display))


def test_points_of_one_place_do_not_hide_each_other():
    explanation = explanation_of({"job": ["a", "b"] * 50}, np.ones((100, 1)))
    display = DependenceDisplay.from_explanation(explanation, "job")
    assert len(np.unique(points(display), axis=0)) == 100
    assert (np.abs(points(display)[:, 0] - np.tile([0, 1], 50)) <= 0.4).all()


def test_ordered_categories_and_booleans():
    sizes = pd.Categorical(["mid", "low", "high"], ["low", "mid", "high", "none"], ordered=True)
    display = DependenceDisplay.from_explanation(explanation_of({"a": sizes}), "a")
    assert tick_labels(display) == ["low", "mid", "high"]
    np.testing.assert_array_equal(np.round(points(display)[:, 0]), [1, 0, 2])
    for flags in ([True, False, True], pd.array([True, False, True], dtype="boolean")):
        display = DependenceDisplay.from_explanation(explanation_of({"a": flags}), "a")
        assert tick_labels(display) == ["False", "True"]
        np.testing.assert_array_equal(np.round(points(display)[:, 0]), [1, 0, 1])


def test_rare_categories_share_a_place():
    names = [f"town {k:02d}" for k in range(30) for _ in range(1 + (k % 10 == 3))]
    display = DependenceDisplay.from_explanation(explanation_of({"town": names}), "town")
    labels = tick_labels(display)
    assert len(labels) == 20
    assert labels[-1] == "11 others"
    assert {"town 03", "town 13", "town 23"} <= set(labels)
    assert np.sum(np.round(points(display)[:, 0]) == 19) == 11


def test_missing_numbers_are_at_the_right_edge():
    x = np.array([1.0, np.nan, 3.0, 2.0, np.nan])
    display = DependenceDisplay.from_explanation(explanation_of({"age": x}), "age")
    placed = points(display)[:, 0]
    np.testing.assert_array_equal(placed[[0, 2, 3]], [1, 3, 2])
    assert (placed[[1, 4]] > 3).all()
    assert (placed < display.ax_.get_xlim()[1]).all()
    minor = display.ax_.xaxis.get_minorticklabels()
    assert [text.get_text() for text in minor] == ["missing"]
    assert display.ax_.xaxis.get_minorticklocs()[0] == pytest.approx(placed[[1, 4]].mean(), abs=0.2)
    assert max(display.ax_.xaxis.get_majorticklocs()) <= 3
    assert counts(display)[-1] == 1.0
    assert len(points(display)) == 5


def test_dates():
    from matplotlib.dates import date2num

    days = pd.to_datetime(["2024-02-01", None, "2025-01-01"])
    for column in (days, days.tz_localize("UTC")):
        display = DependenceDisplay.from_explanation(explanation_of({"day": column}), "day")
        placed = points(display)[:, 0]
        np.testing.assert_allclose(placed[[0, 2]], date2num(days[[0, 2]].to_numpy()))
        assert placed[1] > placed[2]
        assert any("2024" in text or "2025" in text for text in tick_labels(display))


def test_durations_are_in_days():
    hours = pd.to_timedelta([12, 36, 0], unit="h")
    display = DependenceDisplay.from_explanation(explanation_of({"stay": hours}), "stay")
    np.testing.assert_allclose(points(display)[:, 0], [0.5, 1.5, 0.0])
    assert display.xlabel.startswith("stay (days)")


@pytest.mark.parametrize(
    "column",
    [
        [np.nan] * 4,
        pd.to_datetime([None] * 4),
        [None] * 4,
        [7.0] * 4,
        [0.0] * 4,
        pd.to_datetime(["2024-02-01"] * 4),
        ["a"] * 4,
        [1e15, 1e15 + 1, 1e15, 1e15],
        [1e-300, 3e-300, 2e-300, 0.0],
        [1.0, np.inf, -np.inf, 2.0],
        [1, "two", None, 3.5],
    ],
)
def test_odd_columns(column):
    frame = {"a": column, "b": [1.0, 2.0, 3.0, 4.0]}
    display = DependenceDisplay.from_explanation(explanation_of(frame), "a")
    display.figure_.canvas.draw()
    display = DependenceDisplay.from_explanation(explanation_of(frame), "b", color_by="a")
    display.figure_.canvas.draw()


def test_infinite_values_are_counted():
    explanation = explanation_of({"a": [1.0, np.inf, -np.inf, 2.0]})
    display = DependenceDisplay.from_explanation(explanation, "a")
    assert "2 infinite values are not drawn" in display.xlabel
    assert np.isfinite(points(display)).all(axis=1).tolist() == [True, False, False, True]


def test_colours_of_categories():
    frame = {"age": np.arange(6.0), "job": ["b", "a", None, "c", "a", "b"]}
    display = DependenceDisplay.from_explanation(explanation_of(frame), "age", color_by="job")
    assert display.color_categories == ["a", "b", "c"]
    display.figure_.canvas.draw()
    expected = [PALETTE[1], PALETTE[0], "white", PALETTE[2], PALETTE[0], PALETTE[1]]
    np.testing.assert_allclose(display.points_.get_facecolors(), list(map(to_rgba, expected)))
    labels = [text.get_text() for text in display.colorbar_.ax.get_yticklabels()]
    assert labels == ["a", "b", "c"]
    assert "rings: job is missing" in display.xlabel
    assert [width > 0 for width in display.points_.get_linewidths()] == [k == 2 for k in range(6)]


def test_categories_have_shapes_of_their_own():
    frame = {"age": np.arange(6.0), "job": ["b", "a", "b", "c", "a", "b"]}
    explanation = explanation_of(frame)
    display = DependenceDisplay.from_explanation(explanation, "age", color_by="job")
    shapes = [path.vertices.tobytes() for path in display.points_.get_paths()]
    assert [shapes.index(shape) for shape in shapes] == [0, 1, 0, 3, 1, 0]
    kept = DependenceDisplay.from_explanation(explanation, "age", color_by="job", marker="s")
    assert len(kept.points_.get_paths()) == 1


class WithInteractions:
    def __init__(self, interactions):
        self._interactions = interactions

    def explain(self, X):
        assert X == "the rows"
        return self._interactions.attributions()

    def interactions(self, X):
        assert X == "the rows"
        return self._interactions


def test_from_explainer_takes_the_strongest_interaction(interact):
    interactions = interact(n_rows=40, n_features=4)
    strongest = np.abs(interactions.values[:, 1]).mean(axis=0)
    strongest[1] = 0.0
    explainer = WithInteractions(interactions)
    display = DependenceDisplay.from_explainer(explainer, "the rows", 1, interactions=True)
    assert display.color_label == f"x{strongest.argmax()} (ranked)"
    assert "colour: the strongest interaction" in display.xlabel
    plain = DependenceDisplay.from_explainer(explainer, "the rows", 1, color_by=None)
    assert plain.colors is None


def test_from_explainer_without_interactions_says_so(explain):
    class Explainer:
        def explain(self, X):
            raise AssertionError("asked too early")

    with pytest.raises(TypeError, match="Explainer has no method interactions"):
        DependenceDisplay.from_explainer(Explainer(), [[1.0]], 0, interactions=True)


def test_no_more_categories_than_colours():
    frame = {"age": np.arange(40.0), "job": [f"job {k % 10}" for k in range(40)]}
    display = DependenceDisplay.from_explanation(explanation_of(frame), "age", color_by="job")
    assert display.color_categories == [*(f"job {k}" for k in range(7)), "3 others"]
    assert np.sum(display.points_.get_array() == 7) == 12


def test_ends_of_the_colour_bar_are_values():
    frame = {"age": np.arange(3.0), "dose": [0.25, 10.0, np.nan]}
    display = DependenceDisplay.from_explanation(explanation_of(frame), "age", color_by="dose")
    labels = [text.get_text() for text in display.colorbar_.ax.get_yticklabels()]
    assert labels == ["0.25", "10"]
    assert "rings: dose is missing" in display.xlabel


def test_whiskers_where_they_can_be_seen():
    def draw(n_rows, error):
        x = np.arange(float(n_rows))
        values = np.linspace(-1, 1, n_rows)[:, None]
        errors = np.full((n_rows, 1), error)
        return DependenceDisplay.from_explanation(
            explanation_of({"a": x}, values, std_errors=errors), "a"
        )

    display = draw(50, 0.1)
    (lines,) = display.whiskers_[2]
    ends = np.array([segment[:, 1] for segment in lines.get_segments()])
    y = np.linspace(-1, 1, 50)
    np.testing.assert_allclose(ends, np.c_[y - 0.2, y + 0.2])
    assert "whiskers: ± 2 standard errors" in display.xlabel
    assert display.ax_.get_ylim()[1] > 1.2
    display = draw(50, 1e-6)
    assert display.whiskers_ is None
    assert "standard errors" not in display.xlabel
    display = draw(500, 0.1)
    assert display.whiskers_ is None
    assert "standard errors: up to 0.100" in display.xlabel


def test_standard_errors_of_an_interaction_are_of_both_halves(interact):
    interactions = interact(std_errors=True)
    display = interactions.plot("dependence", feature="x1", other="x3")
    np.testing.assert_allclose(display.errors, 2 * interactions.std_errors[:, 1, 3])
    np.testing.assert_allclose(display.y, 2 * interactions.values[:, 1, 3])


def test_several_outputs_need_a_name(explain, interact):
    explanation = explain(n_outputs=30)
    with pytest.raises(ValueError, match=r"\['y0', 'y1', 'y2', 'y3', 'y4'\] or 25 more, got None"):
        DependenceDisplay.from_explanation(explanation, "x0")
    display = DependenceDisplay.from_explanation(explanation, "x0", output="y7")
    np.testing.assert_array_equal(points(display)[:, 1], explanation.values[:, 0, 7])
    assert display.title == "output 'y7'"
    interactions = interact(n_outputs=2)
    display = interactions.plot("dependence", feature="x0", output="y1", other="x1")
    np.testing.assert_array_equal(display.y, 2 * interactions.values[:, 0, 1, 1])


def test_groups_and_missing_data_are_refused(explain):
    explanation = explain(n_features=2, data=np.zeros((20, 3)), groups=[[0, 2], [1]])
    with pytest.raises(ValueError, match="feature must be a feature of one column, got 'x0': a gr"):
        DependenceDisplay.from_explanation(explanation, "x0")
    with pytest.raises(ValueError, match="color_by must be a feature of one column, got 'x0'"):
        DependenceDisplay.from_explanation(explanation, "x1", color_by="x0")
    DependenceDisplay.from_explanation(explanation, "x1")
    pyplot.close("all")
    with pytest.raises(ValueError, match="explanation keeps no values of 'x0'"):
        DependenceDisplay.from_explanation(explain(data=None), "x0")
    assert pyplot.get_fignums() == []


def test_bad_arguments(explain, interact):
    explanation, interactions = explain(), interact()
    draw = DependenceDisplay.from_explanation
    with pytest.raises(KeyError, match="no feature 'height'"):
        draw(explanation, "height")
    with pytest.raises(KeyError, match="no feature 'height'"):
        draw(explanation, "x0", color_by="height")
    with pytest.raises(IndexError, match="feature 5 is out of range"):
        draw(explanation, 5)
    with pytest.raises(ValueError, match="feature must be one feature, got slice"):
        draw(explanation, slice(None))
    with pytest.raises(ValueError, match="other='x1' needs interactions"):
        draw(explanation, "x0", other="x1")
    with pytest.raises(ValueError, match="other must be another feature"):
        interactions.plot("dependence", feature="x0", other=0)
    with pytest.raises(TypeError, match="interactions is Explanation; expected an Interaction"):
        draw(explanation, "x0", interactions=explanation)
    with pytest.raises(ValueError, match="interactions have other predictions"):
        draw(explanation, "x0", interactions=interactions)
    with pytest.raises(ValueError, match="interactions have 3 rows; expected 20"):
        draw(explanation, "x0", interactions=interactions[:3])
    with pytest.raises(ValueError, match="interactions are of features"):
        draw(explanation, "x0", interactions=interact(n_features=3))
    assert pyplot.get_fignums() == []


def test_plot_takes_style():
    _, ax = pyplot.subplots()
    display = DependenceDisplay([1.0, 2.0], [0.5, 1.0], colors=[0.0, 1.0])
    assert display.plot(ax, colorbar=False, s=99.0) is display
    assert display.colorbar_ is None
    assert display.points_.get_sizes() == [99.0]
    assert pyplot.gcf().axes == [ax]


def test_many_rows(explain):
    display = explain(n_rows=10_000).plot("dependence", feature="x0")
    assert display.points_.get_rasterized()
    assert len(points(display)) == 10_000


def test_displays_that_share_an_axis_do_not_cut_each_other():
    values = np.array([[5.0, 0.1], [-5.0, -0.2], [1.0, 0.0]])
    explanation = explanation_of({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 7.0]}, values)
    _, axes = pyplot.subplots(1, 2, sharey=True)
    for ax, feature in zip(axes, ["a", "b"]):
        DependenceDisplay.from_explanation(explanation, feature=feature, ax=ax, color_by=None)
    low, high = axes[0].get_ylim()
    assert low < -5
    assert high > 5
