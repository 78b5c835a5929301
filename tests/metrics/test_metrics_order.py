"""Each measure tells true effects from noisy, random and reversed ones."""

import numpy as np
import pytest
from known import COEF, ORDER, Known, four, model, table

from skxai import Explanation
from skxai.metrics import (
    compare_explainers,
    completeness_gap,
    context_reliance,
    continuity,
    faithfulness_correlation,
    infidelity,
    max_sensitivity,
    rank_agreement,
    road,
    selectivity,
    sparsity,
)

BACKGROUND = table(120, seed=1)
X = table(40)
EXPLAINERS = four(BACKGROUND)
EXPLANATIONS = {name: explainer.explain(X) for name, explainer in EXPLAINERS.items()}

# 1: higher is better.
ORDERING = {
    "completeness_gap": (lambda e, o: completeness_gap(o), -1),
    "selectivity": (lambda e, o: selectivity(model, o, BACKGROUND, random_state=0), 1),
    "road": (lambda e, o: road(model, o, BACKGROUND, random_state=0), 1),
    "faithfulness_correlation": (
        lambda e, o: faithfulness_correlation(model, o, BACKGROUND, random_state=0),
        1,
    ),
    "infidelity": (lambda e, o: infidelity(model, o, BACKGROUND, random_state=0), -1),
    "rank_agreement": (lambda e, o: rank_agreement(o, EXPLANATIONS["true"]), 1),
}
# What asks only how values change or spread can't see a sign.
BLIND_TO_SIGN = {
    "max_sensitivity": (lambda e, o: max_sensitivity(e, o, BACKGROUND, random_state=0), -1),
    "continuity": (lambda e, o: continuity(o, BACKGROUND, normalize=True), -1),
    "sparsity": (lambda e, o: sparsity(o), 1),
    "context_reliance": (lambda e, o: context_reliance(o, np.abs(COEF) >= 1), -1),
}


def means(measure):
    function, sign = {**ORDERING, **BLIND_TO_SIGN}[measure]
    found = {name: function(EXPLAINERS[name], EXPLANATIONS[name]) for name in ORDER}
    assert {array.shape for array in found.values()} == {(len(X),)}
    return [sign * array.mean() for array in found.values()]


@pytest.mark.parametrize("measure", ORDERING)
def test_true_noisy_random_reversed(measure):
    true, noisy, random, reverse = means(measure)
    assert true > noisy > random > reverse


@pytest.mark.parametrize("measure", BLIND_TO_SIGN)
def test_true_noisy_random_and_reversed_as_true(measure):
    true, noisy, random, reverse = means(measure)
    assert true > noisy > random
    assert reverse == pytest.approx(true)


def test_in_one_table():
    found = compare_explainers(EXPLAINERS, model, BACKGROUND, X, random_state=0)
    values = found.xs("mean", axis=1, level=1)
    assert values.columns.tolist() == list(ORDER)
    for (measure, better), row in values.iterrows():
        signed = row if better == "higher" else -row
        assert signed["true"] > signed["noisy"] > signed["random"], measure
        if measure != "max_sensitivity":
            assert signed["random"] > signed["reversed"], measure


def test_the_true_effects_are_judged_perfect():
    explanation = Explanation(
        COEF * (X - BACKGROUND.mean(axis=0)),
        np.full(len(X), model(BACKGROUND.mean(axis=0))),
        model(X),
        data=X,
    )
    everything = {"n_background": len(BACKGROUND), "random_state": 0}
    np.testing.assert_allclose(completeness_gap(explanation), 0, atol=1e-12)
    np.testing.assert_allclose(
        faithfulness_correlation(model, explanation, BACKGROUND, **everything), 1
    )
    np.testing.assert_allclose(
        infidelity(model, explanation, BACKGROUND, **everything), 0, atol=1e-18
    )


@pytest.mark.parametrize("measure", [selectivity, road, faithfulness_correlation, infidelity])
def test_the_same_for_a_seed_and_for_each_row_alone(measure):
    explainer = Known("noisy", BACKGROUND)
    whole = measure(explainer, explainer.explain(X[:6]), BACKGROUND, random_state=3)
    again = measure(explainer, explainer.explain(X[:6]), BACKGROUND, random_state=3)
    np.testing.assert_array_equal(whole, again)
    alone = measure(explainer, explainer.explain(X[4:5]), BACKGROUND, random_state=3)
    np.testing.assert_allclose(alone, whole[4:5], rtol=1e-10)
    other = measure(explainer, explainer.explain(X[:6]), BACKGROUND, random_state=4)
    assert not np.allclose(whole, other)
