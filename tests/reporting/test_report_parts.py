"""Parts that are ready-made, left out, or measured."""

import numpy as np
import pytest
from pages import DATE, Parsed, by_itself, two_classes, well_made
from sklearn.linear_model import LinearRegression

from skxai import (
    CounterfactualExplainer,
    Explanation,
    InfluenceExplainer,
    LimeExplainer,
    SaliencyExplainer,
    ShapleyExplainer,
    report,
)
from skxai.metrics import selectivity
from skxai.reporting._parts import Source
from skxai.reporting._selectivity import find_selectivity
from skxai.reporting._subject import subject_of


def measured(sign):
    X = np.random.default_rng(0).normal(size=(12, 6))
    model = LinearRegression().fit(X, X @ np.arange(1.0, 7.0))
    explainer = ShapleyExplainer().fit(model, X)
    explanation = explainer.explain(X)
    explanation = Explanation(
        sign * explanation.values, explanation.base_values, explanation.predictions, data=X
    )
    subject = subject_of(explanation, 0, None)
    found = find_selectivity(True, subject, Source(explainer, X[:1], X, None, 0)).found
    return found, explainer, explanation, X


def test_selectivity_is_that_of_the_metrics():
    found, explainer, explanation, X = measured(1.0)
    # Twelve rows are fewer than the background rows that are drawn: all are used.
    drops = selectivity(explainer, explanation, X)
    assert found.drop == pytest.approx(drops.mean())
    assert found.share > 0.95
    assert found.n_orders == 60
    assert found.random_drop < found.drop
    np.testing.assert_allclose(found.curve.drop, drops)


def test_a_wrong_explanation_is_found_out():
    assert measured(-1.0)[0].share < 0.05


def test_the_row_is_among_those_that_are_measured():
    X = np.random.default_rng(0).normal(size=(40, 2))
    explainer = ShapleyExplainer().fit(lambda X: X[:, 0], X)
    subject = subject_of(explainer.explain(X), 37, None)
    found = find_selectivity(True, subject, Source(explainer, X[37:38], X, None, 0)).found
    assert len(found.curve.outputs) == 30
    assert found.curve.outputs[-1, 0] == X[37, 0]


def test_what_an_explanation_knows_by_itself(tmp_path):
    X, y, model = two_classes()
    explanation = ShapleyExplainer().fit(model, X).explain(X[:10])
    parsed = Parsed(explanation.report(row=2, date=DATE))
    by_itself(parsed)
    well_made(parsed)
    assert "against 0.5" in parsed.text
    assert "What would have changed" not in parsed.text
    assert "Training rows" not in parsed.text
    assert 'explanation.report("report.html", row=2)' in parsed.text
    ways = CounterfactualExplainer(n_counterfactuals=2, random_state=0).fit(model, X)
    influences = InfluenceExplainer().fit(model, X, y)
    ready = {"counterfactuals": ways.explain(X[:10]), "influences": influences.explain(X[:10])}
    alone = {"counterfactuals": ways.explain(X[2:3]), "influences": influences.explain(X[2:3])}
    asked = {"counterfactuals": ways, "influences": influences}
    pages = [explanation.report(row=2, date=DATE, **given) for given in (ready, alone, asked)]
    assert pages[0] == pages[1] == pages[2]
    parsed = Parsed(pages[0])
    assert parsed.table("feature", "way")[1][1] == "1"
    top = ready["influences"][2].top(3)
    rows = parsed.table("training row", "influence")[1:]
    assert [row[0] for row in rows][:3] == top["row"].astype(str).tolist()[:3]
    path = explanation.report(tmp_path / "e.html", row=None, date=DATE)
    assert "One row explained" not in path.read_text(encoding="utf-8")


def test_a_ready_made_counterfactual_that_was_not_found():
    X, _, model = two_classes()
    frozen = CounterfactualExplainer(frozen=list(X.columns), random_state=0).fit(model, X)
    page = ShapleyExplainer().fit(model, X).explain(X[:2]).report(counterfactuals=frozen)
    parsed = Parsed(page)
    assert frozen.explain(X[:1]).sentences()[0] in parsed.text
    assert not [rows for rows in parsed.tables if rows[0][:2] == ["feature", "as it is"]]


def test_parts_that_fail_are_told_not_raised():
    X, y, model = two_classes()
    explainer = ShapleyExplainer().fit(model, X)
    other = InfluenceExplainer(response_method="decision_function").fit(model, X, y)
    page = Parsed(report(explainer, X[:2], influences=other, counterfactuals=False)).text
    assert "Not by influence: the influences are on" in page


def test_explanations_that_are_no_attributions():
    X, y, model = two_classes()
    explainer = SaliencyExplainer().fit(model, X)
    parsed = Parsed(report(explainer, X[:5], X_background=X, y_background=y, date=DATE))
    well_made(parsed)
    assert "no parts of the prediction: they do not add up" in parsed.text
    assert "the feature raised the output" not in parsed.text
    assert "Bars, one for each feature of the row." in parsed.all("img")[2]["alt"]


def test_surrogates_tell_their_score():
    X, _, model = two_classes()
    explainer = LimeExplainer(random_state=0).fit(model, X)
    explanation = explainer.explain(X[:3])
    parsed = Parsed(report(explainer, X[:3], row=1, X_background=X, influences=False))
    assert "Does the surrogate follow the model?" in parsed.text
    if np.isfinite(explanation.fresh_r2[1]):
        assert f"Score in this row: {explanation.fresh_r2[1]:.2f}" in parsed.text
