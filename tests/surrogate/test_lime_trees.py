"""Surrogate trees as data and as rules; which values add up."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeRegressor

from skxai import LimeExplainer, LimeExplanation


def steps(X):
    return np.where(X[:, 0] > 0.5, 10.0, 0.0) + np.where(X[:, 0] > 0.8, 2.0, 0.0)


def test_tree_in_units_of_the_feature():
    X = np.random.RandomState(0).randn(80, 2) * [0.5, 9] + [0, 50]
    row = np.array([[0.6, 50.0]])
    explainer = LimeExplainer(surrogate="tree", kernel_width=1.0, random_state=0).fit(steps, X)
    explanation = explainer.explain(row)
    root = explanation.surrogate_tree()
    assert (root["feature"], root["kind"], root["row"]) == ("x0", "number", "above")
    assert (root["share"], root["below"]["value"]) == (1, 0)
    np.testing.assert_allclose(root["threshold"], 0.5, atol=0.01)
    after = root["above"]
    np.testing.assert_allclose(after["threshold"], 0.8, atol=0.01)
    assert (after["row"], after["below"]["value"], after["above"]["value"]) == ("below", 10, 12)
    # A normal shift of a standard deviation.
    moved = 0.6 + X[:, 0].std() * np.random.default_rng(0).normal(size=100_000)
    np.testing.assert_allclose(root["below"]["share"], np.mean(moved <= 0.5), atol=0.01)
    np.testing.assert_allclose(after["above"]["share"], np.mean(moved > 0.8), atol=0.01)
    numbers = [float(word) for word in explanation.rules().splitlines()[1].split(" < x0 <= ")[:1]]
    np.testing.assert_allclose(numbers, 0.5, atol=0.01)


def walk(node):
    yield node
    for side in ("below", "above"):
        if side in node:
            yield from walk(node[side])


@pytest.mark.parametrize("neighbourhood", ["gaussian", "background", "quartiles"])
def test_the_row_goes_where_the_surrogate_sends_it(neighbourhood, tmp_path):
    rng = np.random.RandomState(0)
    X = pd.DataFrame({"a": rng.randn(90), "b": rng.randint(0, 9, 90), "c": rng.choice([*"xy"], 90)})
    X.loc[::7, "a"] = np.nan

    def model(frame):
        return frame["a"].fillna(2) * (frame["c"] == "x") + frame["b"].to_numpy() ** 2 / 9

    explainer = LimeExplainer(surrogate="tree", neighbourhood=neighbourhood, random_state=0)
    explanation = explainer.fit(model, X).explain(X[:8])
    explanation.save(tmp_path / "trees.npz")
    explanation = LimeExplanation.load(tmp_path / "trees.npz")
    kinds = set()
    for row in range(8):
        node = explanation.surrogate_tree(row)
        kinds |= {each["kind"] for each in walk(node) if "kind" in each}
        split = [each for each in walk(node) if "row" in each]
        for each in split:
            shares = each["below"]["share"] + each["above"]["share"]
            np.testing.assert_allclose(shares, each["share"])
        while "row" in node:
            node = node[node["row"]]
        np.testing.assert_allclose(node["value"], explanation.surrogate_predictions[row])
        assert f"{node['value']:.4g}" in explanation.rules(row)
    expected = {"gaussian": {"number", "value"}, "background": {"value"}}
    assert kinds == expected.get(neighbourhood, {"quartile", "value"})
    if neighbourhood == "quartiles":
        assert "b in the row's quartile" in "".join(map(explanation.rules, range(8)))


def test_which_values_add_up():
    X = np.random.RandomState(0).randn(60, 3) + 1
    y = X @ [1.0, 2, 3]
    linear, tree = LinearRegression().fit(X, y), DecisionTreeRegressor(max_depth=4).fit(X, y)
    for model in (linear, tree, tree.predict):
        for neighbourhood, adds_up in [
            ("gaussian", False),
            ("background", True),
            ("quartiles", True),
        ]:
            explainer = LimeExplainer(neighbourhood=neighbourhood, random_state=0).fit(model, X)
            assert explainer.explain(X[:3]).is_additive is adds_up
        by_tree = LimeExplainer(surrogate="tree", neighbourhood="background", random_state=0)
        assert not by_tree.fit(model, X).explain(X[:3]).is_additive
    game = LimeExplainer(neighbourhood="background", kernel="shapley", random_state=0)
    assert game.fit(tree, X).explain(X[:3]).is_additive


def test_slopes_have_no_waterfall():
    pytest.importorskip("matplotlib")
    X = np.random.RandomState(0).randn(60, 3)
    model = LogisticRegression().fit(X, X[:, 0] > X[:, 1])
    slopes = LimeExplainer(random_state=0).fit(model, X).explain(X[:1])
    with pytest.raises(ValueError, match=r"do not add up.*plot\("):
        slopes.plot("waterfall")
    assert slopes.plot("bar").xlabel.startswith("coefficient (units of the output")
    parts = LimeExplainer(neighbourhood="background", random_state=0).fit(model, X).explain(X[:1])
    assert parts.plot("bar").xlabel.startswith("attribution")
    trees = LimeExplainer(surrogate="tree", random_state=0).fit(model, X).explain(X[:4])
    assert trees.plot("bar").xlabel.startswith("mean |importance| over 4 rows (share of what the")
    assert trees.plot("beeswarm").xlabel.startswith("importance (share")
    assert trees.plot("dependence", feature="x0").ylabel.startswith("importance of x0")
    display = parts.plot("waterfall")
    np.testing.assert_allclose(display.base_value, parts.base_values[0])


def test_tol_is_of_each_output_alone():
    X = np.random.RandomState(0).randn(150, 3)

    def both(X):
        return np.column_stack([X[:, 0] / 10, np.sin(3 * X[:, 0]) * X[:, 1] + X[:, 2] ** 3])

    settings = {"n_samples": 64, "tol": 0.05, "kernel_width": 0.8, "random_state": 0}
    every = LimeExplainer(**settings).fit(both, X).explain(X[:6])
    for k in range(2):
        own = LimeExplainer(**settings).fit(lambda X, k=k: both(X)[:, k], X).explain(X[:6])
        for name in ("values", "std_errors", "base_values", "r2", "fresh_r2"):
            got = getattr(every, name)[..., k]
            np.testing.assert_allclose(got, getattr(own, name), rtol=1e-7, atol=1e-10)
        assert (own.n_evals <= every.n_evals).all()
    assert (own.n_evals > 64 + 17).all()  # the second output needs more neighbours
