"""ConceptExplanation and what it is made of: scores, tests, files, the picture."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from skxai.concept import ConceptExplanation
from skxai.concept._vectors import concept_vector, holm, outlier_p_values

RNG = np.random.default_rng(0)
VALUES = RNG.normal(size=(7, 2, 3, 5)) + np.array([0.5, -3.0])[:, None, None]
WHOLE = VALUES.mean(axis=-1)
RANDOM = RNG.normal(size=(7, 2, 3, 5))
EXPLANATION = ConceptExplanation(
    values=VALUES,
    whole_values=WHOLE,
    random_values=RANDOM,
    accuracies=RNG.uniform(size=(2, 5)),
    feature_names=["dots", "stripes"],
    output_names=["cat", "dog", "zebra"],
    method="by hand",
    index=pd.Index(list("abcdefg")),
)


def test_scores_are_shares_of_positive_rows():
    np.testing.assert_array_equal(EXPLANATION.scores, (VALUES > 0).sum(axis=0) / 7)
    np.testing.assert_array_equal(EXPLANATION.random_scores, (RANDOM > 0).sum(axis=0) / 7)


def one_against_many(value, others):
    """The t-test of two samples, as a regression on which of them it is."""
    return stats.linregress([1] + [0] * len(others), [value, *others]).pvalue


def test_table():
    table = EXPLANATION.to_frame()
    assert table["concept"].tolist() == ["dots"] * 3 + ["stripes"] * 3
    assert table["output"].tolist() == ["cat", "dog", "zebra"] * 2
    line = table.iloc[5]
    scores, others = EXPLANATION.scores[1, 2], EXPLANATION.random_scores[1, 2]
    assert line["score"] == pytest.approx(scores.mean())
    assert line["std"] == pytest.approx(scores.std(ddof=1))
    assert line["random"] == pytest.approx(others.mean())
    derivative, others = WHOLE[:, 0, 1].mean(), RANDOM[:, 0, 1].mean(axis=0)
    p = one_against_many(derivative, others)
    assert table["p_value"][1] == pytest.approx(p)
    assert table["derivative"][1] == pytest.approx(derivative)
    assert table["random_std"][1] == pytest.approx(others.std(ddof=1))
    assert table["p_corrected"].to_numpy() == pytest.approx(holm(table["p_value"]))
    assert line["accuracy"] == pytest.approx(EXPLANATION.accuracies[1].mean())


def test_one_more_draw_by_regression_and_without_spread():
    values, others = RNG.normal(size=4), RNG.normal(size=(4, 9)) + 0.5
    expected = [one_against_many(*pair) for pair in zip(values, others)]
    np.testing.assert_allclose(outlier_p_values(values, others), expected, rtol=1e-12)
    assert outlier_p_values(np.array(1.0), np.ones(3)) == 1
    assert outlier_p_values(np.array(0.0), np.ones(3)) == 0


def test_one_more_draw_is_called_an_outlier_as_often_as_it_says():
    draws = np.random.default_rng(0).normal(3.0, 2.0, size=(4000, 6))
    p_values = outlier_p_values(draws[:, 0], draws[:, 1:])
    assert np.mean(p_values < 0.05) == pytest.approx(0.05, abs=0.015)
    assert np.mean(p_values < 0.5) == pytest.approx(0.5, abs=0.03)


def test_holm_by_hand():
    np.testing.assert_allclose(holm([[0.01, 0.04], [0.03, 0.5]]), [[0.04, 0.09], [0.09, 0.5]])
    np.testing.assert_array_equal(holm([0.9, 0.8]), [1.0, 1.0])


def test_vector_points_to_the_concept_in_any_units():
    outside = RNG.normal(size=(300, 3)) * [1.0, 100.0, 0.0]
    inside = outside + np.array([1.0, 0.0, 0.0])
    vector, classify = concept_vector(inside, outside)
    np.testing.assert_allclose(vector, [1, 0, 0], atol=0.02)
    assert classify(np.array([[9.0, 0, 0], [-9.0, 0, 0]])).tolist() == [True, False]
    vector, _ = concept_vector(outside + np.array([1.0, 100.0, 0.0]), outside)
    assert vector[1] / vector[0] == pytest.approx(0.01, rel=0.3)  # equal in standard deviations
    vector, _ = concept_vector(np.ones((3, 2)), np.ones((3, 2)))
    np.testing.assert_array_equal(vector, [0, 0])


def test_rows_and_outputs():
    some = EXPLANATION[[1, 4]].output("dog")
    np.testing.assert_array_equal(some.values, VALUES[[1, 4]][:, :, [1]])
    np.testing.assert_array_equal(some.whole_values, WHOLE[[1, 4]][:, :, [1]])
    np.testing.assert_array_equal(some.random_values, RANDOM[[1, 4]][:, :, [1]])
    assert list(some.index) == ["b", "e"]
    assert repr(some) == "<ConceptExplanation: 2 rows, 2 concepts, 1 output, 5 repeats>"
    assert "2 rows" in some._repr_html_()
    with pytest.raises(ValueError, match="no output 'cow'"):
        EXPLANATION.output("cow")


@pytest.mark.filterwarnings("error")
def test_no_rows_have_no_scores(tmp_path):
    nothing = EXPLANATION[:0]
    table = nothing.to_frame()
    assert table.drop(columns=["concept", "output", "accuracy"]).isna().to_numpy().all()
    assert table["accuracy"].notna().all()
    assert repr(nothing).startswith("<ConceptExplanation: 0 rows")
    assert np.isnan(nothing.p_values).all()
    nothing.save(tmp_path / "nothing.npz")
    pd.testing.assert_frame_equal(
        ConceptExplanation.load(tmp_path / "nothing.npz").to_frame(), table
    )


def test_files(tmp_path):
    EXPLANATION.save(tmp_path / "concepts.npz")
    loaded = ConceptExplanation.load(tmp_path / "concepts.npz")
    pd.testing.assert_frame_equal(loaded.to_frame(), EXPLANATION.to_frame())
    assert loaded.index.equals(EXPLANATION.index)
    assert loaded.method == "by hand"
    with pytest.raises(ValueError, match="read-only"):
        loaded.values[0] = 0


def test_picture():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    display = EXPLANATION.plot(output="zebra")
    table = EXPLANATION.output("zebra").to_frame()
    assert [bar.get_width() for bar in display.bars_] == table["score"].tolist()
    colours = {bar.get_facecolor() for bar in display.bars_}
    assert len(colours) == len(set(table["p_corrected"] <= 0.05))
    assert display.line_.get_xdata()[0] == table["random"].mean()
    with pytest.raises(ValueError, match="output must be one of"):
        EXPLANATION.plot()
    pyplot.close("all")
