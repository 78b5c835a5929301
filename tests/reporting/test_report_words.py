"""Sentences and verdicts of explanations whose numbers are known."""

import re

import numpy as np
import pandas as pd
import pytest
from pages import Parsed

from skxai import Explanation
from skxai.reporting import _trust as trust
from skxai.reporting._parts import Part
from skxai.reporting._sections import importance_of, overall_sentence, trust_summary
from skxai.reporting._selectivity import Selectivity
from skxai.reporting._subject import check_row, subject_of
from skxai.reporting._words import percent, plus_minus, told_row, with_error
from skxai.surrogate import LimeExplanation

SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def text_of(markup):
    return Parsed(markup).text.replace(SPACE, " ")


def loan(**changes):
    fields = {
        "values": [[0.5, -0.2, 0.004, 0.006], [0.1, 0.1, 0.1, 0.1]],
        "base_values": [0.25, 0.25],
        "predictions": [0.56, 0.65],
        "data": pd.DataFrame(
            {"debt": [0.4, 0.1], "town": ["Ulm", None], "a": [1, 2], "b": [3, 4]},
            index=["x", "y"],
        ),
        "feature_names": ["debt", "town", "a", "b"],
        "output_names": ["yes"],
    }
    return Explanation(**{**fields, **changes})


def told(explanation, row=0, **words):
    found = told_row(subject_of(explanation, row, None, **words))
    return [text_of(found.level), *map(text_of, found.reasons)]


def test_a_row_in_words():
    assert told(loan()) == [
        "The model's output 'yes' for row x is 0.560, against 0.250, where the method starts from.",
        "What raised it most: debt = 0.4 (+0.500).",
        f"What lowered it most: town = Ulm ({MINUS}0.200).",
        "The 2 other features together: +0.010.",
    ]


def test_missing_values_and_equal_shares_in_words():
    assert told(loan(), 1)[1:] == [
        "What raised it most: debt = 0.1 (+0.100), town = missing (+0.100) and a = 2 (+0.100).",
        "The other feature: +0.100.",
    ]


def test_standard_errors_in_words():
    errors = [[0.0123, 0.00004, 0.0, 0.0], [0.0] * 4]
    words = told(loan(std_errors=errors))
    assert words[1] == "What raised it most: debt = 0.4 (+0.500 ± 0.012)."
    assert words[2] == f"What lowered it most: town = Ulm ({MINUS}0.200 ± 4e-05)."


def test_a_base_value_that_is_the_average_is_called_so():
    same = told(loan(), average=lambda output: 0.25)[0]
    assert same.endswith("against 0.250, the model's average over the background.")
    other = told(loan(), average=lambda output: 0.26)[0]
    assert other.endswith("against 0.250, where the method starts from.")
    asked = []
    told(loan(), average=asked.append)
    assert asked == ["yes"]


def test_no_feature_moves_a_constant():
    flat = Explanation(np.zeros((1, 2)), [1.0], [1.0])
    assert told(flat)[1:] == ["No feature moved it."]
    subject = subject_of(flat, 0, None)
    assert "No feature moves" in text_of(overall_sentence(subject, importance_of(subject)))


def test_derivatives_are_not_added():
    words = told(loan(quantity="derivative"))
    assert words[0].endswith("is 0.560.")
    assert words[1].startswith("Largest by derivative: debt = 0.4 (+0.500), town = Ulm")
    assert "no parts of the prediction" in words[2]


def test_one_row_of_coefficients_that_adds_up_by_chance_is_still_one_of_coefficients():
    explanation = LimeExplanation(
        [[1.0, 1.0], [3.0, 3.0]], [0.0, 0.0], [2.0, 1.0], surrogate_predictions=[2.0, 1.0]
    )
    assert explanation[0].is_additive
    assert not explanation.is_additive
    assert told(explanation)[1].startswith("Largest by coefficient")


def test_overall_in_words():
    subject = subject_of(loan(), 0, None)
    importance = importance_of(subject)
    words = text_of(overall_sentence(subject, importance))
    means, errors = importance["importance"], importance["std_error"]
    parts = [f"{n} ({means[n]:.3f} ± {errors[n]:.3f})" for n in ["debt", "town", "b"]]
    assert words == (
        "What moves the output 'yes' most (mean size of the attribution over 2 rows): "
        f"{parts[0]}, {parts[1]} and {parts[2]}."
    )


def test_features_of_one_name_are_told_apart():
    twice = Explanation([[3.0, 1.0], [3.0, 2.0]], [0.0, 0.0], [4.0, 5.0], feature_names=["a", "a"])
    subject = subject_of(twice, 0, None)
    assert "a (3.00) and a (1.50 ± 0.50)" in text_of(
        overall_sentence(subject, importance_of(subject))
    )


def test_the_output_is_that_with_the_largest_prediction():
    values = np.arange(12.0).reshape(2, 2, 3)
    explanation = Explanation(
        values, np.zeros((2, 3)), [[0.1, 0.7, 0.2], [0.6, 0.1, 0.3]], output_names=["a", "b", "c"]
    )
    assert subject_of(explanation, 0, None).output_name == "b"
    assert subject_of(explanation, 1, None).output_name == "a"
    assert subject_of(explanation, None, None).output_name == "b"
    subject = subject_of(explanation, 0, "c")
    assert subject.output_name == "c"
    np.testing.assert_array_equal(subject.one.values, values[:1, :, 2])


def test_each_row_has_its_own_class():
    subject = subject_of(loan(targets=["no", "yes"], output_names=["predicted"]), 0, None)
    assert subject.output == "output 'no'"
    assert subject.overall == "output each row's own predicted class"


def test_rows_are_positions():
    assert check_row(-1, 3) == 2
    assert check_row(None, 3) is None
    with pytest.raises(IndexError, match="row is 3; expected a position among 3 rows"):
        check_row(3, 3)
    for wrong in ("a", 1.0, True):
        with pytest.raises(TypeError, match="expected the position of a row"):
            check_row(wrong, 3)


def test_numbers():
    assert percent(0.034) == "3.4 %"
    assert percent(0.537) == "54 %"
    assert with_error(1.0, None, [1.0]) == "+1.00"
    assert with_error(1.0, 1e-12, [1.0]) == "+1.00"
    assert with_error(1.0, np.nan, [1.0]) == "+1.00"
    assert plus_minus(2e-9, lambda number: f"{number:.2e}".replace("-", MINUS)) == (
        f"{SPACE}±{SPACE}2.00e{MINUS}09"
    )


# -- verdicts ----------------------------------------------------------------------------------


def gapped(gap):
    """Outputs one above their base values, of which a share is not attributed."""
    return subject_of(Explanation(np.full((3, 2), (1 - gap) / 2), [0.0] * 3, [1.0] * 3), 0, None)


@pytest.mark.parametrize(
    ("gap", "level"), [(0, "good"), (0.04, "good"), (0.1, "care"), (0.5, "poor")]
)
def test_completeness(gap, level):
    check = trust.check_completeness(gapped(gap))
    assert check.level == level
    if gap:
        assert check.verdict == f"{percent(gap)} of what moves the outputs is not explained."
        assert f"this row: {gap:.3g}" in check.figure


def test_completeness_of_outputs_that_do_not_move():
    flat = subject_of(Explanation([[1.0, 1.0]], [1.0], [1.0]), 0, None)
    assert trust.check_completeness(flat).level == "poor"


def test_completeness_is_no_question_of_derivatives():
    check = trust.check_completeness(subject_of(loan(quantity="derivative"), 0, None))
    assert check.level == "open"


@pytest.mark.parametrize(("error", "level"), [(0.02, "good"), (0.1, "care"), (0.4, "poor")])
def test_standard_errors(error, level):
    errors = [[error] * 4, [9.0] * 4]
    check = trust.check_errors(subject_of(loan(std_errors=errors), 0, None), False)
    assert check.level == level
    n_certain = sum(value > 2 * error for value in [0.5, 0.2, 0.004, 0.006])
    assert f"{n_certain} of 4 contributions" in check.figure
    assert f"Largest standard error in this row: {error:.3f}" in check.figure
    whole = trust.check_errors(subject_of(loan(std_errors=errors), None, None), False)
    assert whole.level == "poor"


def test_standard_errors_that_are_not_there():
    subject = subject_of(loan(), 0, None)
    assert trust.check_errors(subject, True).level == "good"
    assert trust.check_errors(subject, None).level == "open"
    assert trust.check_errors(subject, False).level == "care"
    exact = subject_of(loan(std_errors=np.zeros((2, 4))), 0, None)
    assert trust.check_errors(exact, None).level == "good"


@pytest.mark.parametrize(
    ("score", "level"), [(0.95, "good"), (0.6, "care"), (0.2, "poor"), (-3.0, "poor")]
)
def test_surrogates(score, level):
    explanation = LimeExplanation([[1.0], [1.0]], [0.0] * 2, [1.0] * 2, fresh_r2=[score, 0.99])
    check = trust.check_surrogate(subject_of(explanation, 0, None))
    assert check.level == level
    assert f"Score in this row: {score:.2f}".replace("-", MINUS) in check.figure
    assert trust.check_surrogate(subject_of(loan(), 0, None)) is None
    exact = LimeExplanation([[1.0]], [0.0], [1.0], fresh_r2=[np.nan])
    assert trust.check_surrogate(subject_of(exact, 0, None)).level == "open"


@pytest.mark.parametrize(("share", "level"), [(1.0, "good"), (0.8, "care"), (0.5, "poor")])
def test_selectivity_verdicts(share, level):
    check = trust.check_selectivity(Part(Selectivity(None, None, 0.25, 0.125, share, 60, 1.0)))
    assert check.level == level
    assert "0.250; in random order: 0.125" in check.figure
    assert f"{percent(share)} of 60 random orders" in check.figure


def test_selectivity_of_an_output_that_does_not_move():
    check = trust.check_selectivity(Part(Selectivity(None, None, 1e-17, 0.0, 0.5, 60, 1.0)))
    assert (check.level, check.figure) == ("open", "Mean fall of the output: none.")


def test_selectivity_that_was_not_measured():
    assert trust.check_selectivity(Part()) is None
    check = trust.check_selectivity(Part(reason="no model"))
    assert (check.level, check.figure) == ("open", "Not measured: no model.")


def rows_check(values):
    values = np.asarray(values, dtype=float)
    explanation = Explanation(values, np.zeros(len(values)), values.sum(axis=1))
    subject = subject_of(explanation, 0, None)
    return trust.check_rows(subject, importance_of(subject))


def test_enough_rows():
    rng = np.random.default_rng(0)
    noise = rng.normal(scale=0.1, size=(40, 3))
    assert rows_check(noise + np.array([3, 2, 1])).verdict == "The order of the first 3 is certain."
    first = rows_check(noise + np.array([3, 1, 1]))
    assert (first.level, first.verdict[:27]) == ("good", "The first place is certain,")
    tie = rows_check(noise + np.array([1, 1, 1]))
    assert (tie.level, tie.verdict) == ("care", "Which feature comes first is not certain.")
    few = rows_check((noise + np.array([3, 2, 1]))[:5])
    assert few.level == "care"
    assert rows_check([[1.0, 2.0]]).level == "open"


def test_enough_rows_is_counted_in_standard_errors():
    values = np.array([[3.0, 1.0], [2.0, 1.0], [4.0, 2.0], [3.0, 2.0]] * 4)
    steps = values[:, 0] - values[:, 1]
    ahead = steps.mean() / (steps.std(ddof=1) / 4)
    assert f"x0 is ahead of x1 by {ahead:.2g} standard errors" in rows_check(values).figure
    assert "in every row alike" in rows_check([[2.0, 1.0]] * 12).figure


def test_the_summary_counts():
    checks = [
        trust.Check("", "", "", f"Verdict {level}.", level)
        for level in ["good", "poor", "open", "care"]
    ]
    assert text_of(trust_summary(checks)) == (
        "Of 4 questions about how far to trust this, 1 came out good, 1 can't be answered. "
        "Poor: Verdict poor. Take care: Verdict care."
    )
    assert re.search(r"came out good\.$", text_of(trust_summary(checks[:1])))
