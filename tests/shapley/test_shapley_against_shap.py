"""Values of the shap package, where it is installed, as an oracle of other authors."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from recording import tables, uneven
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from skxai import ShapleyExplainer


@pytest.fixture(scope="module")
def shap():
    return pytest.importorskip("shap")


def test_exact_explainer(shap):
    X, background = tables(4, 20)
    masker = shap.maskers.Independent(background, max_samples=len(background))
    theirs = shap.explainers.ExactExplainer(uneven, masker)(X)
    ours = ShapleyExplainer(algorithm="exact").fit(uneven, background).explain(X)
    assert_allclose(ours.values, theirs.values, rtol=1e-9, atol=1e-12)
    assert_allclose(ours.base_values, theirs.base_values, rtol=1e-12)


def test_permutation_explainer_where_it_is_exact(shap):
    # Interactions of pairs only: one walk and its reverse are exact, ours as theirs.
    def model(X):
        return X[:, 0] * X[:, 1] - np.exp(X[:, 2]) * X[:, 3] + X[:, 4] * X[:, 5] + X[:, 0] ** 2

    X, background = tables(3, 20, 6)
    masker = shap.maskers.Independent(background, max_samples=len(background))
    theirs = shap.explainers.PermutationExplainer(model, masker, seed=0)(
        X, max_evals=26, silent=True
    )
    explainer = ShapleyExplainer(algorithm="permutation", random_state=0)
    ours = explainer.fit(model, background).explain(X)
    assert_allclose(ours.values, theirs.values, rtol=1e-9, atol=1e-12)


def grid(X):
    """Columns of small integers: shap's tree algorithm compares thresholds as float32."""
    return np.round(X / X.std(axis=0) * 1024)


def test_tree_explainer_on_a_forest_of_many_features(shap):
    # Thirty features are too many for enumeration; shap's tree algorithm needs none.
    X, y = load_breast_cancer(return_X_y=True)
    X = grid(X)
    model = RandomForestClassifier(20, max_depth=6, random_state=0).fit(X, y)
    background, rows = X[::12], X[1::100]
    trees = shap.TreeExplainer(model, background, feature_perturbation="interventional")
    theirs = trees.shap_values(rows, check_additivity=False)[:, :, 1]
    explainer = ShapleyExplainer(
        algorithm="permutation", random_state=0, max_evals=8 * 58 * len(background)
    )
    ours = explainer.fit(model, background).explain(rows)
    assert ours.std_errors.max() < 0.02 * np.abs(theirs).max()
    assert (np.abs(ours.values - theirs) <= 4.5 * ours.std_errors + 1e-6).all()


def test_tree_explainer_on_a_regression_forest(shap):
    X, y = load_diabetes(return_X_y=True)
    X = grid(X)
    model = RandomForestRegressor(10, max_depth=5, random_state=0).fit(X, y)
    background, rows = X[::100], X[1::100]
    trees = shap.TreeExplainer(model, background, feature_perturbation="interventional")
    theirs = trees.shap_values(rows, check_additivity=False)
    ours = ShapleyExplainer(algorithm="exact").fit(model, background).explain(rows)
    assert_allclose(ours.values, theirs, rtol=1e-5, atol=1e-5)
