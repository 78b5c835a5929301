"""ConceptExplanation and what it is made of: scores, tests, files, the picture."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from skxai.concept import ConceptExplanation
from skxai.concept._vectors import concept_vector, holm, welch_p_values

RNG = np.random.default_rng(0)
VALUES = RNG.normal(size=(7, 2, 3, 5)) + np.array([0.5, -3.0])[:, None, None]
RANDOM = RNG.normal(size=(7, 3, 5))
EXPLANATION = ConceptExplanation(
    values=VALUES,
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


def test_table():
    table = EXPLANATION.to_frame()
    assert table["concept"].tolist() == ["dots"] * 3 + ["stripes"] * 3
    assert table["output"].tolist() == ["cat", "dog", "zebra"] * 2
    line = table.iloc[5]
    scores, others = EXPLANATION.scores[1, 2], EXPLANATION.random_scores[2]
    assert line["score"] == pytest.approx(scores.mean())
    assert line["std"] == pytest.approx(scores.std(ddof=1))
    assert line["random"] == pytest.approx(others.mean())
    p = stats.ttest_ind(EXPLANATION.scores[0, 1], EXPLANATION.random_scores[1], equal_var=False)
    assert table["p_value"][1] == pytest.approx(p.pvalue)
    assert line["derivative"] == pytest.approx(VALUES[:, 1, 2].mean())
    assert line["accuracy"] == pytest.approx(EXPLANATION.accuracies[1].mean())


def test_welch_by_scipy_and_without_spread():
    one, two = RNG.normal(size=(4, 9)), RNG.normal(size=(4, 9)) + 0.5
    expected = stats.ttest_ind(one, two, axis=-1, equal_var=False).pvalue
    np.testing.assert_allclose(welch_p_values(one, two), expected, rtol=1e-12)
    assert welch_p_values(np.ones(3), np.ones(3)) == 1
    assert welch_p_values(np.ones(3), np.zeros(3)) == 0


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
    np.testing.assert_array_equal(some.random_values, RANDOM[[1, 4]][:, [1]])
    assert list(some.index) == ["b", "e"]
    assert repr(some) == "<ConceptExplanation: 2 rows, 2 concepts, 1 output, 5 repeats>"
    assert "2 rows" in some._repr_html_()
    with pytest.raises(ValueError, match="no output 'cow'"):
        EXPLANATION.output("cow")


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
    assert display.line_.get_xdata()[0] == table["random"][0]
    with pytest.raises(ValueError, match="output must be one of"):
        EXPLANATION.plot()
    pyplot.close("all")
