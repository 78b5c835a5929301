from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from known import COEF, Known, model, table
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skxai import Explanation, LimeExplainer, SaliencyExplainer, ShapleyExplainer
from skxai.metrics import (
    cluster_explanations,
    compare_explainers,
    compare_models,
    continuity,
    faithfulness_correlation,
    sparsity,
)

BACKGROUND = table(30, seed=1)
X = table(6)


def test_table_holds_means_and_errors_of_the_measures():
    explainer = ShapleyExplainer().fit(model, BACKGROUND)
    found = compare_explainers(
        {"fitted": explainer, "not yet": ShapleyExplainer()},
        model,
        BACKGROUND,
        X,
        metrics=["sparsity", "faithfulness_correlation", "continuity"],
        random_state=0,
    )
    explanation = explainer.explain(X)
    expected = {
        "sparsity": sparsity(explanation),
        "faithfulness_correlation": faithfulness_correlation(
            model, explanation, BACKGROUND, random_state=0
        ),
        "continuity": continuity(explanation, BACKGROUND, normalize=True),
    }
    assert found.index.tolist() == [
        ("sparsity", "higher"),
        ("faithfulness_correlation", "higher"),
        ("continuity", "lower"),
    ]
    for name, numbers in expected.items():
        row = found.loc[name].iloc[0]
        assert row["fitted", "mean"] == pytest.approx(numbers.mean())
        assert row["fitted", "std_error"] == pytest.approx(numbers.std(ddof=1) / np.sqrt(6))
        assert row["fitted", "n_rows"] == 6
    np.testing.assert_allclose(found["fitted"], found["not yet"])


def test_what_is_not_defined_is_nan():
    network = MLPRegressor(hidden_layer_sizes=(5,), solver="lbfgs", max_iter=2000, random_state=0)
    network.fit(BACKGROUND, model(BACKGROUND) / 10)
    explainers = {
        "sensitivity": SaliencyExplainer(),
        "LIME": LimeExplainer(response_method="raw_score", random_state=0),
        "Shapley": ShapleyExplainer(response_method="raw_score"),
    }
    found = compare_explainers(explainers, network, BACKGROUND, X, random_state=0)
    means = found.xs("mean", axis=1, level=1).droplevel("better")
    assert means.loc["completeness_gap"].isna().tolist() == [True, True, False]
    assert means.loc["infidelity"].isna().tolist() == [True, False, False]
    assert means.drop(["completeness_gap", "infidelity"]).notna().all(axis=None)


def test_all_are_judged_on_the_rows_that_are_defined_for_all():
    # The first row of one explanation is zero, and the last of the other: no Gini index.
    values = {"one": np.eye(3)[:, ::-1] + 1, "two": np.arange(9.0).reshape(3, 3)}
    values["one"][0], values["two"][2], values["zeros"] = 0, 0, np.zeros((3, 3))

    class Fixed:
        def __init__(self, name):
            self.name = name

        def explain(self, X):
            return Explanation(values[self.name], np.zeros(3), np.zeros(3), data=X)

    explainers = {name: Fixed(name) for name in values}
    rows = np.zeros((3, 3))
    found = compare_explainers(explainers, model, rows, rows, metrics=["sparsity"]).iloc[0]
    for name in ("one", "two"):
        alone = sparsity(explainers[name].explain(rows))
        assert np.isnan(alone).sum() == 1
        assert found[name, "mean"] == alone[1]
        assert found[name, "n_rows"] == 1
    # What is defined nowhere costs the others no rows.
    assert np.isnan(found["zeros", "mean"])
    assert found["zeros", "n_rows"] == 0


def test_outputs_that_are_not_defined_for_all_are_left_out_of_the_mean():
    values = {"one": np.ones((1, 2, 2)), "two": np.ones((1, 2, 2))}
    values["one"][0, :, 0], values["two"][0, :, 1] = [3, 0], [1, 0]
    values["two"][0, :, 0] = 0

    class Fixed:
        def __init__(self, name):
            self.name = name

        def explain(self, X):
            return Explanation(values[self.name], np.zeros((1, 2)), np.zeros((1, 2)), data=X)

    found = compare_explainers(
        {name: Fixed(name) for name in values},
        lambda X: np.zeros((len(X), 2)),
        np.zeros((1, 2)),
        np.zeros((1, 2)),
        metrics=["sparsity"],
    ).iloc[0]
    assert found.xs("mean", level=1).tolist() == [0.0, 0.5]
    assert found.xs("n_rows", level=1).tolist() == [1, 1]


def test_measures_of_ones_own():
    found = compare_explainers(
        {"true": Known("true", BACKGROUND)},
        model,
        BACKGROUND,
        X,
        metrics={"first": (lambda explainer, explanation, X: explanation.values[:, 0], "lower")},
    )
    assert found.index.tolist() == [("first", "lower")]
    expected = Known("true", BACKGROUND).explain(X).values[:, 0].mean()
    assert found.loc[("first", "lower"), ("true", "mean")] == pytest.approx(expected)
    with pytest.raises(ValueError, match=r"metrics\['first'\]"):
        compare_explainers({"a": ShapleyExplainer()}, model, X, X, metrics={"first": sparsity})


def test_wrong_comparisons():
    rows, y = load_iris(return_X_y=True)
    forest = LogisticRegression(max_iter=1000).fit(rows, y)
    different = {"a": ShapleyExplainer(), "b": ShapleyExplainer(response_method="raw_score")}
    with pytest.raises(ValueError, match="'a' and 'b' explain different outputs"):
        compare_explainers(different, forest, rows[::15], rows[:3])
    other = ShapleyExplainer().fit(LogisticRegression(C=0.01).fit(rows, y), rows[::15])
    with pytest.raises(ValueError, match=r"explainers\['a'\] was fitted on another model"):
        compare_explainers({"a": other}, forest, rows[::15], rows[:3])
    with pytest.raises(ValueError, match="metrics is"):
        compare_explainers({"a": ShapleyExplainer()}, model, X, X, metrics=["beauty"])
    with pytest.raises(TypeError, match=r"explainers\['a'\]"):
        compare_explainers({"a": sparsity}, model, X, X)
    with pytest.raises(TypeError, match="expected a dict"):
        compare_explainers([ShapleyExplainer()], model, X, X)
    with pytest.raises(ValueError, match="X has no rows"):
        compare_explainers({"a": ShapleyExplainer()}, model, X, X[:0])


def test_fitted_on_a_copy_of_the_model():
    rows, y = load_iris(return_X_y=True)
    search = GridSearchCV(LogisticRegression(max_iter=1000), {"C": [1.0]}, cv=2).fit(rows, y)
    settings = {"response_method": "raw_score", "target": "predicted"}
    explainer = ShapleyExplainer(**settings).fit(deepcopy(search), rows[::15])
    found = compare_explainers({"a": explainer}, search, rows[::15], rows[:3], random_state=0)
    assert found["a", "mean"].notna().all()


def test_two_linear_models():
    other = COEF.copy()
    other[[0, 7]] = 0.0, -5.0
    models = {"one": model, "two": lambda X: X @ (other * [1, -1, 1, 1, 1, 1, 1, 1])}
    compared = compare_models(ShapleyExplainer(), models, BACKGROUND, X)
    found = compared.features
    values = COEF * (X - BACKGROUND.mean(axis=0))
    sizes = np.abs(values).mean(axis=0)
    by_feature = found.loc[[f"x{j}" for j in range(8)]]
    np.testing.assert_allclose(by_feature["one"], sizes / sizes.sum(), atol=1e-12)
    np.testing.assert_allclose(
        by_feature["agreement"], [np.nan, -1, 1, 1, 1, 1, 1, np.nan], atol=1e-12
    )
    assert by_feature["difference"].iloc[1] == pytest.approx(2 * sizes[1])
    np.testing.assert_allclose(found[["one", "two"]].sum(), 1)
    assert found[["one", "two"]].max(axis=1).is_monotonic_decreasing


def test_where_two_models_agree():
    coefs = {"one": COEF, "two": COEF[::-1]}
    models = {name: (lambda X, coef=coef: X @ coef) for name, coef in coefs.items()}
    frame = pd.DataFrame(X, index=list("abcdef"))
    found = compare_models(ShapleyExplainer(), models, BACKGROUND, frame, inside=[0, 1, 2])
    one, two = (coef * (X - BACKGROUND.mean(axis=0)) for coef in coefs.values())
    predictions = np.column_stack([X @ coef for coef in coefs.values()])
    np.testing.assert_allclose(found.rows["prediction"], predictions)
    np.testing.assert_allclose(found.rows["difference"], abs(predictions @ [1, -1]))
    cosines = [a @ b / np.sqrt(a @ a * (b @ b)) for a, b in zip(one, two)]
    np.testing.assert_allclose(found.rows["agreement"], cosines)
    for name, values in {"one": one, "two": two}.items():
        inside, outside = abs(values)[:, :3].mean(axis=1), abs(values)[:, 3:].mean(axis=1)
        reliance = found.rows["context_reliance", name]
        np.testing.assert_allclose(reliance, outside / (inside + outside))
        np.testing.assert_allclose(found.explanations[name].values, values, atol=1e-12)
    assert found.rows.index.tolist() == list("abcdef")
    np.testing.assert_allclose(
        found.summary()[["prediction_correlation", "prediction_difference"]],
        [np.corrcoef(predictions.T)[0, 1], abs(predictions @ [1, -1]).mean()],
    )
    assert found.summary()["attribution_agreement"] == pytest.approx(np.mean(cosines))
    assert repr(found) == "<ModelComparison: 'one' and 'two', 6 rows, 8 features>"


def test_a_model_that_uses_nothing_agrees_with_none():
    models = {"one": model, "none": lambda X: np.zeros(len(X))}
    found = compare_models(ShapleyExplainer(), models, BACKGROUND, X)
    assert found.rows["agreement"].isna().all()
    assert found.features["none"].isna().all()
    assert found.summary().isna().tolist() == [True, False, True]
    assert not {"same_class", "context_reliance"} & set(found.rows.columns.levels[0])


def test_two_classifiers():
    rows, y = load_iris(return_X_y=True, as_frame=True)
    words = np.array(["setosa", "versicolor", "virginica"])[y]
    models = {
        "whole": LogisticRegression(max_iter=1000).fit(rows, words),
        "sepal": make_pipeline(
            make_column_transformer((StandardScaler(), [0, 1])), LogisticRegression(C=0.1)
        ).fit(rows, words),
    }
    explainer = ShapleyExplainer(target="virginica")
    found = compare_models(explainer, models, rows[::15], rows[::7], inside=list(rows)[:2])
    alike = models["whole"].predict(rows[::7]) == models["sepal"].predict(rows[::7])
    assert found.rows["same_class"].tolist() == alike.tolist()
    assert found.summary()["same_class"] == alike.mean()
    assert 0 < alike.mean() < 1
    np.testing.assert_allclose(found.rows["context_reliance", "sepal"], 0, atol=1e-12)
    assert found.rows["context_reliance", "whole"].mean() > 0.5
    chances = [one.predict_proba(rows[::7])[:, 2] for one in models.values()]
    np.testing.assert_allclose(found.rows["prediction"].T, chances)


def test_wrong_models():
    rows, y = load_iris(return_X_y=True)
    forest = LogisticRegression(max_iter=1000).fit(rows, y)
    other = LogisticRegression(max_iter=1000).fit(rows, (y + 1) % 3)
    with pytest.raises(ValueError, match="another class of the two models for 3 of 3 rows"):
        compare_models(
            ShapleyExplainer(target="predicted"), {"a": forest, "b": other}, rows[::15], rows[::60]
        )
    two = LogisticRegression().fit(rows[50:], y[50:])
    names = LogisticRegression().fit(rows[50:], y[50:] == 2)
    with pytest.raises(ValueError, match="'2' of one model and 'True' of the other"):
        compare_models(ShapleyExplainer(), {"a": two, "b": names}, rows[::15], rows[::60])
    margin = LinearSVC().fit(rows[50:], y[50:])
    with pytest.raises(ValueError, match="predict_proba of one model and decision_function of the"):
        compare_models(ShapleyExplainer(), {"a": two, "b": margin}, rows[::15], rows[::60])
    explainer = ShapleyExplainer(response_method="raw_score")
    network = MLPClassifier((3,), solver="lbfgs").fit(rows[50:], y[50:])
    for other in (margin, network):
        compare_models(explainer, {"a": two, "b": other}, rows[::15], rows[::60])
    with pytest.raises(TypeError, match="two names"):
        compare_models(ShapleyExplainer(), {"one": model}, X, X)
    with pytest.raises(ValueError, match="explains 3 outputs"):
        compare_models(ShapleyExplainer(), {"a": forest, "b": forest}, rows[::15], rows[:2])
    with pytest.raises(ValueError, match="expected others"):
        compare_models(ShapleyExplainer(), {"agreement": model, "b": model}, X, X)


# -- clusters ------------------------------------------------------------------------------------


def of_kinds(sizes, seed=0):
    rng = np.random.default_rng(seed)
    kinds = np.repeat(np.arange(len(sizes)), sizes)
    lengths = rng.uniform(0.5, 3, (len(kinds), 1))  # how much is no kind
    values = lengths * (np.eye(5)[kinds] + 0.1 * rng.normal(size=(len(kinds), 5)))
    order = rng.permutation(len(kinds))
    return Explanation(values[order], np.zeros(len(kinds)), np.zeros(len(kinds))), kinds[order]


@pytest.mark.parametrize("sizes", [(40, 25), (15, 50, 30), (60, 20, 30, 12)])
def test_kinds_are_found_and_counted(sizes):
    explanation, kinds = of_kinds(sizes)
    clusters = cluster_explanations(explanation, random_state=0)
    assert clusters.n_clusters == len(sizes)
    assert clusters.to_frame()["n_rows"].tolist() == sorted(sizes, reverse=True)
    for kind in range(len(sizes)):
        assert len(np.unique(clusters.labels[kinds == kind])) == 1
    for k in range(len(sizes)):
        mean = explanation.values[clusters.labels == k].mean(axis=0)
        np.testing.assert_allclose(clusters.means[k], mean)


def test_as_many_clusters_as_asked():
    explanation, _ = of_kinds((40, 25))
    assert cluster_explanations(explanation, n_clusters=3, random_state=0).n_clusters == 3
    one = cluster_explanations(explanation, n_clusters=1)
    assert (one.labels == 0).all()
    np.testing.assert_allclose(one.eigenvalues[:2], 0, atol=1e-10)
    with pytest.raises(ValueError, match="n_clusters is 99"):
        cluster_explanations(explanation, n_clusters=99)
    with pytest.raises(ValueError, match="at least three"):
        cluster_explanations(explanation[:2])


def test_an_output_is_chosen():
    values = np.random.default_rng(0).normal(size=(20, 3, 2))
    outputs = np.zeros((20, 2))
    explanation = Explanation(values, outputs, outputs, output_names=["a", "b"])
    with pytest.raises(ValueError, match="set output"):
        cluster_explanations(explanation)
    found = cluster_explanations(explanation, output="b", n_clusters=2, random_state=0)
    same = cluster_explanations(explanation.output("b"), n_clusters=2, random_state=0)
    np.testing.assert_array_equal(found.labels, same.labels)
