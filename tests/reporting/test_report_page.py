"""The whole page: what it holds, where the numbers come from, how it is made."""

import datetime
import re

import numpy as np
import pytest
from pages import DATE, MINUS, SPACE, Parsed, by_itself, two_classes, well_made
from sklearn.ensemble import RandomForestClassifier

from skxai import (
    CounterfactualExplainer,
    Explanation,
    InfluenceExplainer,
    ShapleyExplainer,
    report,
)
from skxai.reporting._neighbours import gower_distances


@pytest.fixture(scope="module")
def known():
    """One report of everything, and what it is made of."""
    X, y, model = two_classes()
    explainer = ShapleyExplainer(algorithm="permutation", max_evals=2000, random_state=0).fit(
        model, X
    )
    some = X[40:60]
    page = report(explainer, some, row=3, y_background=y, date=DATE)
    return X, y, model, explainer, explainer.explain(some), page, Parsed(page)


def test_the_page_stands_by_itself(known):
    page, parsed = known[-2:]
    by_itself(parsed)
    well_made(parsed)
    assert page.startswith("<!DOCTYPE html>")
    assert len(page.encode()) < 1_000_000
    assert [text for tag, text in parsed.headings if tag == "h2"] == [
        "In short",
        "What the model relies on overall",
        "One row explained",
        "How far to trust it",
        "How it was made",
    ]
    assert len(parsed.all("img")) == 4


def test_the_numbers_are_those_of_the_explanation(known):
    *_, explanation, _, parsed = known
    one, importance = explanation[3], explanation.importance()
    assert (
        f"probability of 'yes' for row 43 is {one.predictions[0]:.3f}, against "
        f"{one.base_values[0]:.3f}, the model's average over the background." in parsed.text
    )
    rows = parsed.table("feature", "value")[1:]
    order = np.argsort(-np.abs(one.values[0]))
    assert [row[0] for row in rows] == [one.feature_names[j] for j in order]
    for row, j in zip(rows, order):
        value, error = re.split(f"{SPACE}±{SPACE}", row[2].replace(MINUS, "-"))
        assert abs(float(value) - one.values[0, j]) <= 6e-4
        assert float(error) == pytest.approx(one.std_errors[0, j], abs=6e-4)
        assert float(row[1]) == pytest.approx(one.data.iloc[0, j])
    for row in parsed.table("feature", "importance")[1:]:
        assert float(row[1]) == pytest.approx(importance.loc[row[0], "importance"], abs=6e-4)
        assert float(row[2]) == pytest.approx(importance.loc[row[0], "std_error"], abs=6e-4)


def test_the_counterfactual_is_the_nearest_one(known):
    X, _, model, _, explanation, _, parsed = known
    result = CounterfactualExplainer(random_state=0).fit(model, X).explain(explanation[3].data)
    assert result.sentences()[0] in parsed.text
    changes = result.changes()
    rows = parsed.table("feature", "as it is")[1:]
    assert [row[0] for row in rows] == changes["feature"].tolist()
    for row, before, after in zip(rows, changes["before"], changes["after"]):
        assert float(row[1]) == pytest.approx(before, rel=1e-3)
        assert float(row[2]) == pytest.approx(after, rel=1e-3)
    assert f"outlier factor is {result.outlier_factors[0]:.2f}" in parsed.text
    assert "No allowed change is smaller: this is proved." in parsed.text


def test_the_training_rows_are_the_most_influential(known):
    X, y, model, _, explanation, _, parsed = known
    influences = InfluenceExplainer().fit(model, X, y).explain(explanation[3].data).values[0]
    order = np.argsort(-influences)
    expected = [*order[:3], *order[-3:]]
    head, own, *rows = parsed.table("row", "influence")
    assert head[:4] == ["row", "influence", "known label", "probability of 'yes'"]
    assert own[0] == "row 43"
    assert [row[0] for row in rows] == [str(j) for j in expected]
    probabilities = model.predict_proba(X)[:, 1]
    for row, j in zip(rows, expected):
        assert float(row[1].replace(MINUS, "-")) == pytest.approx(influences[j], abs=6e-5)
        assert row[2] == y[j]
        assert float(row[3]) == pytest.approx(probabilities[j], abs=6e-4)
        assert float(row[4]) == pytest.approx(X.loc[j, head[4]])


def test_without_labels_the_nearest_rows_are_shown():
    X, _, model = two_classes()
    parsed = Parsed(
        report(ShapleyExplainer().fit(model, X), X[:3], row=1, date=DATE, counterfactuals=False)
    )
    distances = gower_distances(X, X.iloc[[1]])
    head, _, *rows = parsed.table("row", "distance")
    assert "known label" not in head
    assert [row[0] for row in rows] == [str(j) for j in np.argsort(distances, kind="stable")[:5]]
    assert [float(row[1]) for row in rows] == pytest.approx(np.sort(distances)[:5], abs=6e-4)
    assert "Not by influence: the targets of the background rows were not given" in parsed.text
    assert "What would have changed" not in parsed.text


def test_models_without_influences_have_nearest_rows_and_a_reason():
    X, y, _ = two_classes()
    forest = RandomForestClassifier(3, random_state=0).fit(X, y)
    parsed = Parsed(
        report(ShapleyExplainer().fit(forest, X), X[:3], y_background=y, selectivity=False)
    )
    assert parsed.table("row", "distance")[0][2] == "known label"
    assert "it is not known at once for this model (algorithm is" in parsed.text
    assert "Do the features that it names" not in parsed.text


def test_influences_of_large_data_are_not_computed_unasked(monkeypatch):
    X, y, model = two_classes()
    explainer = ShapleyExplainer().fit(model, X)
    monkeypatch.setattr("skxai.reporting._parts._MOST_CELLS", 399)
    given = {"y_background": y, "counterfactuals": False, "selectivity": False}
    assert "100 rows would take too long" in report(explainer, X[:2], **given)
    asked = InfluenceExplainer().fit(model, X, y)
    assert "Most influential rows" in report(explainer, X[:2], influences=asked, **given)


def test_labels_of_other_rows_are_noticed():
    X, y, model = two_classes()
    explainer = ShapleyExplainer().fit(model, X)
    with pytest.warns(match="not at the minimum"):
        page = report(explainer, X[:2], X_background=X[::3], y_background=y[::3])
    assert "does not look like the data that the model was fitted to" in page
    assert "X_background=X_background, y_background=y_background)" in page


def test_a_page_without_a_date_has_todays():
    days = {datetime.date.today().isoformat()}
    page = Explanation([[1.0]], [0.0], [1.0]).report()
    days.add(datetime.date.today().isoformat())
    assert any(f"Made by skxai, {day}." in page for day in days)


def test_how_it_was_made(known):
    parsed = known[-1]
    method = "ShapleyExplainer(algorithm='permutation', max_evals=2000, random_state=0)"
    assert f"Method {method}" in parsed.text
    assert "Model LogisticRegression(C=0.5, max_iter=1000, tol=1e-08)" in parsed.text
    assert "Background 100 rows" in parsed.text
    assert f"Date {DATE}" in parsed.text
    lines = [
        "from skxai import ShapleyExplainer, report",
        f"explainer = {method}.fit(model, background)",
        'report(explainer, X, "report.html", row=3, y_background=y_background)',
    ]
    assert " ".join(lines) in parsed.text


def test_addresses_differ_from_run_to_run_and_are_left_out():
    explainer = ShapleyExplainer().fit(lambda X: X[:, 0], np.eye(3))
    page = report(explainer, np.eye(3))
    parsed = Parsed(page)
    assert "0x" not in parsed.text
    assert "Model: function." in parsed.text
    explanation = Explanation([[1.0]], [0.0], [1.0], method="Mine(f=<function f at 0x7f01aB>)")
    assert "Mine(f=&lt;function f&gt;)" in explanation.report()
