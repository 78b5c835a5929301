"""Other kinds of models and data, hostile data among them."""

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pages import DATE, MINUS, NASTY, Parsed, by_itself, well_made
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai import (
    Explanation,
    ShapleyExplainer,
    report,
)


def test_regression_of_one_row_of_an_array():
    X = np.random.default_rng(0).normal(size=(30, 3))
    y = X @ [1.0, 2.0, 0.0]
    model = make_pipeline(StandardScaler(), LinearRegression()).fit(X, y)
    parsed = Parsed(report(ShapleyExplainer().fit(model, X), X[:1], y_background=y, date=DATE))
    well_made(parsed)
    assert f"The model's prediction for this row is {y[0]:.3f}" in parsed.text.replace(MINUS, "-")
    assert "Model: LinearRegression at the end of a Pipeline." in parsed.text
    assert "1 row with 3 features" in parsed.text
    assert parsed.table("feature", "importance")[1][2] == "not known"


def test_several_classes_and_several_numbers():
    X, y = load_iris(return_X_y=True, as_frame=True)
    model = LogisticRegression(max_iter=1000).fit(X, y)
    explainer = ShapleyExplainer().fit(model, X)
    own = model.predict_proba(X[60:61])[0]
    page = Parsed(report(explainer, X[60:61], y_background=y, counterfactuals=False)).text
    assert f"probability of '1' for row 60 is {own[1]:.3f}" in page
    page = Parsed(report(explainer, X[60:61], output=2, counterfactuals=False)).text
    assert f"probability of '2' for row 60 is {own[2]:.3f}" in page
    predicted = ShapleyExplainer(target="predicted").fit(model, X)
    page = Parsed(report(predicted, X[::50], row=1, y_background=y, counterfactuals=False)).text
    assert "probability of each row's own predicted class" in page
    assert "probability of '0' for row 50" in page or "probability of '1' for row 50" in page
    numbers = LinearRegression().fit(X, X.iloc[:, :2])
    page = report(ShapleyExplainer().fit(numbers, X), X[:2], y_background=X.iloc[:, :2])
    assert "prediction of" in page


def test_mixed_columns_with_missing_values():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "age": rng.normal(size=30),
            "town": pd.Categorical(rng.choice(["Ulm", "Bonn", None], 30)),
            "day": pd.date_range("2020", periods=30),
        }
    )
    X.loc[::3, "age"] = np.nan

    def model(X):
        return X["age"].fillna(3).to_numpy() + (X["town"] == "Ulm").to_numpy()

    parsed = Parsed(report(ShapleyExplainer().fit(model, X), X[:4], y_background=model(X)))
    well_made(parsed)
    assert "age = missing" in parsed.text
    head, own, first = parsed.table("row", "distance")[:3]
    cells = {"town": str(X.loc[0, "town"]).replace("nan", "missing"), "day": "2020-01-01"}
    assert {name: own[head.index(name)] for name in cells} == cells
    assert own[head.index("age")] == "missing"
    assert first[:2] == ["0", "0.000"]


def test_a_sparse_matrix():
    from scipy.sparse import csr_matrix

    X = csr_matrix(np.random.default_rng(0).integers(0, 2, (20, 4)).astype(float))
    y = np.arange(20) % 2
    model = LogisticRegression().fit(X, y)
    parsed = Parsed(report(ShapleyExplainer().fit(model, X), X[:4], y_background=y))
    well_made(parsed)
    assert "Not computed: X_background is sparse" in parsed.text


def test_hostile_names_values_labels_and_titles():
    X = pd.DataFrame(
        {NASTY: np.arange(10.0), "שלום": np.arange(10)[::-1] % 4, "x" * 300: [1, 2] * 5},
        index=[NASTY] * 10,
    )
    y = np.array([NASTY, "ok"] * 5)
    model = LogisticRegression().fit(X, y)
    page = report(ShapleyExplainer().fit(model, X), X, y_background=y, row=2, title=NASTY)
    parsed = Parsed(page)
    by_itself(parsed)
    well_made(parsed)
    assert parsed.headings[0][1] == NASTY
    assert "<script" not in page
    assert [row[0] for row in parsed.table("feature", "value")][1:].count(NASTY) == 1


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.text(st.characters(), max_size=12), min_size=2, max_size=2),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
def test_any_names_make_a_page(names, value):
    explanation = Explanation(
        [[1.0, -0.5], [0.5, 0.5]],
        [0.0, 0.0],
        [0.5, 1.0],
        feature_names=names,
        output_names=names[:1],
        data=np.array([[value, "b"], ["c", "d"]], dtype=object),
        method=value,
    )
    page = explanation.report(title=names[0] or None)
    page.encode("utf-8")
    parsed = Parsed(page)
    by_itself(parsed)
    well_made(parsed)
