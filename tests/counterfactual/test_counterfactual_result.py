"""What the result shows: tables of differences, sentences, parts."""

import numpy as np
import pandas as pd
import pytest

from skxai import CounterfactualExplainer
from skxai.counterfactual._diversity import choose_diverse
from skxai.counterfactual._sentences import sentence

FRAME = pd.DataFrame(
    {"income": [20, 40, 60, 80], "job": ["clerk", "clerk", "boss", "boss"]},
    index=["Ann", "Bob", "Cy", "Di"],
)


def grant(X):
    """1 from an income of 50 on; a boss gets it from 30 on."""
    return ((X["income"] >= 50) | ((X["income"] >= 30) & (X["job"] == "boss"))).to_numpy() * 1.0


@pytest.fixture(scope="module")
def result():
    explainer = CounterfactualExplainer(target=(1, None), random_state=0)
    return explainer.fit(grant, FRAME).explain(FRAME)


def test_worked_by_hand(result):
    # Ann: 30 more (half the range, over two columns); a job and 10 more would cost 1/2 + 1/12.
    assert result.status.tolist() == ["feasible", "feasible", "already_target", "already_target"]
    np.testing.assert_allclose(result.distances, [30 / 60 / 2, 10 / 60 / 2, 0, 0])
    assert result.counterfactuals["income"].tolist() == [50, 50, 60, 80]
    assert result.predictions.tolist() == [1, 1, 1, 1]
    assert result.original_predictions.tolist() == [0, 0, 1, 1]
    assert result.n_changes.tolist() == [1, 1, 0, 0]
    assert result.lower_bounds.tolist() == [0, 0, 0, 0]


def test_to_frame_shows_only_differences(result):
    frame = result.to_frame()
    assert list(frame) == ["status", "prediction", "distance", "n_changes", "income"]
    assert frame.index.tolist() == list(FRAME.index)
    assert frame["income"].tolist() == [50, 50, "", ""]


def test_changes_one_by_one(result):
    changes = result.changes()
    assert changes.index.tolist() == ["Ann", "Bob"]
    assert changes.to_numpy().tolist() == [[0, "income", 20, 50], [0, "income", 40, 50]]


def test_sentences(result):
    assert result.sentences()[1:3] == [
        "If income had been 50 instead of 40, the prediction would have been 1.",
        "The prediction is 1 as it is.",
    ]


def test_predictions_in_words(result):
    assert result.predictions_in_words()[:3] == [("0", "1"), ("0", "1"), ("1", "1")]


def test_quantiles_of_the_background(result):
    quantiles = np.quantile([20, 40, 60, 80], [0, 0.01, 0.25, 0.5, 0.75, 0.99, 1])
    np.testing.assert_allclose(result.background_quantiles[:, 0], quantiles)
    assert np.isnan(result.background_quantiles[:, 1]).all()
    assert result[:1].background_quantiles is not None


def test_parts(result):
    part = result[[1, 0]]
    assert part.counterfactuals.index.tolist() == ["Bob", "Ann"]
    assert part.sentences() == [result.sentences()[1], result.sentences()[0]]
    assert len(result[2:]) == 2
    assert len(result[0]) == 1


def test_repr(result):
    assert repr(result) == "<CounterfactualExplanation: 4 rows, 4 counterfactuals found>"
    assert "income" in result._repr_html_()


def test_it_cannot_be_written_to(result):
    with pytest.raises(ValueError, match="read-only"):
        result.distances[0] = 1
    with pytest.raises(AttributeError):
        result.status = None


@pytest.mark.parametrize(
    ("status", "changes", "expected"),
    [
        (
            "optimal",
            [("a", 1, 2), ("b", "x", "y"), ("c", True, False)],
            "If a had been 2 instead of 1, b had been 'y' instead of 'x' and c had been False "
            "instead of True, the prediction would have been NEW.",
        ),
        ("already_target", [], "The prediction is OLD as it is."),
        ("not_found", [], "The prediction is OLD; no counterfactual was found."),
        ("infeasible", [], "The prediction is OLD, and no allowed change leads to the target."),
    ],
)
def test_a_sentence_for_each_status(status, changes, expected):
    assert sentence(changes, status, "NEW", "OLD") == expected


def test_probabilities_are_told_for_the_predicted_class():
    explainer = CounterfactualExplainer(random_state=0)
    X = np.linspace(0, 1, 11)[:, None]
    explainer.fit(lambda X: np.c_[1 - X[:, 0], X[:, 0]], X)
    told = explainer.explain([[0.0]]).sentences()[0]
    assert told.startswith("If x0 had been 0.5")
    assert told.endswith("the prediction would have been 'y1' (0.50).")


def test_choose_diverse_takes_far_ones_but_not_too_far():
    points = np.array([1.0, 1.0, 2.9, 1.5, 50.0])
    pairwise = np.abs(points[:, None] - points)
    assert choose_diverse(points, pairwise, 3) == [0, 2, 3]
    assert choose_diverse(points, pairwise, 9) == [0, 2, 3, 4]
