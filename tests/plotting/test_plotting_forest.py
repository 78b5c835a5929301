import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgba
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from skxai.plotting import ForestDisplay
from skxai.plotting._common import NEUTRAL


@pytest.fixture
def table():
    """Three identified coefficients, of standard deviations 10, 0.1 and 1, and one not."""
    coef = np.array([0.2, -30.0, np.nan, 1.0])
    deviation = np.array([10.0, 0.1, 5.0, 1.0])
    error = np.array([0.01, 20.0, np.nan, 0.4])
    return pd.DataFrame(
        {
            "feature": ["age", "rate", "copy", "dose"],
            "coef": coef,
            "coef_scaled": coef * deviation,
            "std_error": error,
            "statistic": coef / error,
            "p_value": [1e-9, 0.13, np.nan, 0.012],
            "p_adjusted": [3e-9, 0.13, np.nan, 0.06],
            "ci_lower": coef - 2 * error,
            "ci_upper": coef + 2 * error,
            "identified": [True, True, False, True],
        }
    )


def points(display):
    return np.asarray(display.points_.get_offsets())


def intervals(display):
    return np.array([segment[:, 0] for segment in display.intervals_.get_segments()])


def test_points_intervals_and_names(table):
    display = ForestDisplay.from_table(table)
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == [
        "age", "dose", "rate", "copy",
    ]  # fmt: skip
    np.testing.assert_allclose(points(display), [(2.0, 0), (1.0, 1), (-3.0, 2)])
    np.testing.assert_allclose(intervals(display), [(1.8, 2.2), (0.2, 1.8), (-7.0, 1.0)])
    texts = [text.get_text() for text in display.texts_]
    assert texts == ["< 0.001", "0.060", "0.130", "not identified", "adjusted p"]


def test_filled_is_significant(table):
    blue, white = to_rgba(NEUTRAL), to_rgba("white")
    by_adjusted = ForestDisplay.from_table(table)
    assert [tuple(c) for c in by_adjusted.points_.get_facecolors()] == [blue, white, white]
    by_p = ForestDisplay.from_table(table.drop(columns="p_adjusted"))
    assert [tuple(c) for c in by_p.points_.get_facecolors()] == [blue, blue, white]
    assert by_p.texts_[-1].get_text() == "p"
    loose = ForestDisplay.from_table(table, confidence_level=0.9)
    assert [tuple(c) for c in loose.points_.get_facecolors()] == [blue, blue, white]
    assert "filled: adjusted p < 0.1" in loose.ax_.get_xlabel()
    assert "with 90 % intervals" in loose.ax_.get_xlabel()


def test_units_of_the_table(table):
    display = ForestDisplay.from_table(table, scaled=False, sort=False)
    np.testing.assert_allclose(points(display), [(0.2, 0), (-30.0, 1), (1.0, 2)])
    np.testing.assert_allclose(intervals(display), [(0.18, 0.22), (-70.0, 10.0), (0.2, 1.8)])
    assert list(display.labels) == ["age", "rate", "dose", "copy"]
    assert "coefficient per unit" in display.ax_.get_xlabel()


def test_a_coefficient_of_zero_has_a_point_but_no_scaled_interval(table):
    table.loc[3, ["coef", "coef_scaled", "statistic"]] = 0.0
    display = ForestDisplay.from_table(table)
    np.testing.assert_allclose(points(display)[-1], (0.0, 2))
    assert len(intervals(display)) == 2


def test_endless_intervals_are_left_out(table):
    table.loc[1, ["ci_lower", "ci_upper"]] = [-np.inf, np.inf]
    display = ForestDisplay.from_table(table)
    assert len(points(display)) == 3
    assert len(intervals(display)) == 2
    assert np.isfinite(display.ax_.get_xlim()).all()


def test_hidden_coefficients_are_counted(table):
    display = ForestDisplay.from_table(table, max_features=2)
    assert list(display.labels) == ["age", "dose"]
    assert "2 more, of smaller statistics, are not shown" in display.ax_.get_xlabel()


def test_many_unidentified_coefficients_share_a_row(table):
    lost = table.iloc[[2] * 4].assign(feature=["job_a", "job_b", "job_c", "job_d"])
    display = ForestDisplay.from_table(pd.concat([lost, table.drop(index=2)]), max_features=2)
    assert list(display.labels) == ["age", "dose", "4 coefficients"]
    np.testing.assert_allclose(points(display), [(2.0, 0), (1.0, 1)])
    assert [text.get_text() for text in display.texts_][2] == "not identified"
    assert "not identified: job_a, job_b, job_c, …" in display.ax_.get_xlabel()
    assert "1 more, of smaller statistics, are not shown" in display.ax_.get_xlabel()
    alone = ForestDisplay.from_table(lost)
    assert list(alone.labels) == ["4 coefficients"]
    two = ForestDisplay.from_table(pd.concat([lost[:2], table.drop(index=2)]))
    assert list(two.labels) == ["age", "dose", "rate", "job_a", "job_b"]


def test_penalised_fits_are_marked(table):
    assert "penalised" not in ForestDisplay.from_table(table).ax_.get_xlabel()
    display = ForestDisplay.from_table(table.assign(p_valid=False))
    assert "p-values and intervals are not valid" in display.ax_.get_xlabel()


def test_one_output_at_a_time(table):
    both = pd.concat([table.assign(output=0), table.assign(output=1, coef_scaled=0.5)])
    with pytest.raises(ValueError, match=r"output must be one of \['0', '1'\], got None"):
        ForestDisplay.from_table(both)
    display = ForestDisplay.from_table(both, output=1)
    np.testing.assert_array_equal(points(display)[:, 0], 0.5)
    assert display.ax_.get_title(loc="left") == "output '1'"
    alone = ForestDisplay.from_table(table.assign(output="yes"))
    assert alone.title == "output 'yes'"


def test_from_explainer(table):
    class Explainer(BaseEstimator):
        confidence_level = 0.9

        def fit(self):
            self.table_ = table
            return self

    with pytest.raises(NotFittedError):
        ForestDisplay.from_explainer(Explainer())
    _, ax = pyplot.subplots()
    display = ForestDisplay.from_explainer(Explainer().fit(), ax=ax, max_features=1)
    assert display.ax_ is ax
    assert display.alpha == 0.1
    assert list(display.labels) == ["age"]


def test_table_is_left_as_it_was(table):
    before = table.copy(deep=True)
    ForestDisplay.from_table(table)
    pd.testing.assert_frame_equal(table, before)


def test_bad_arguments(table):
    with pytest.raises(ValueError, match="table must be a DataFrame, got dict"):
        ForestDisplay.from_table({})
    with pytest.raises(ValueError, match=r"table has no columns \['coef', 'p_value'\]"):
        ForestDisplay.from_table(table.drop(columns=["coef", "p_value"]))
    with pytest.raises(ValueError, match="table has no rows"):
        ForestDisplay.from_table(table[:0])
    with pytest.raises(ValueError, match=r"output must be None .* got 'a'"):
        ForestDisplay.from_table(table, output="a")
    with pytest.raises(ValueError, match="max_features"):
        ForestDisplay.from_table(table, max_features=0)
    assert pyplot.get_fignums() == []
