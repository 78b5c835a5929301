"""ShapleyExplainer: right values, for every kind of input."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from by_definition import explain_by_definition
from numpy.testing import assert_allclose, assert_array_equal
from recording import mixed_frame, tables, uneven
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from skxai import ShapleyExplainer, TabularMasker

BOTH = pytest.mark.parametrize("algorithm", ["exact", "permutation"])


def explain(model, background, X, **parameters):
    parameters = {"random_state": 0, **parameters}
    return ShapleyExplainer(**parameters).fit(model, background).explain(X)


def assert_within_errors(explanation, exact, n_errors=4.5):
    """The estimates are where their standard errors say; true for all with p > 0.99."""
    values, errors = explanation.values, explanation.std_errors
    assert (np.abs(values - exact) <= n_errors * errors + 1e-12).all()
    assert errors.max() < 0.25 * np.abs(exact).max()  # else the check above says nothing


# -- closed forms and hand-worked cases ----------------------------------------------------------


@BOTH
def test_worked_example_of_the_lecture(algorithm):
    def model(X):
        return X[:, 0] * (X[:, 1] + X[:, 2])

    explanation = explain(model, np.zeros((1, 3)), np.ones((1, 3)), algorithm=algorithm)
    # When only pairs interact, a walk and its reverse are as good as all of them.
    assert_allclose(explanation.values, [[1, 1 / 2, 1 / 2]], rtol=1e-12)
    assert_array_equal(explanation.base_values, [0])
    assert_array_equal(explanation.predictions, [2])


@BOTH
def test_linear_model_has_its_closed_form_and_no_error(algorithm):
    X, y = load_diabetes(return_X_y=True)
    model = LinearRegression().fit(X, y)
    explanation = explain(model, X[50:80], X[:6], algorithm=algorithm)
    expected = model.coef_ * (X[:6] - X[50:80].mean(axis=0))
    assert_allclose(explanation.values, expected, rtol=1e-9, atol=1e-9)
    assert_allclose(explanation.base_values, model.predict(X[50:80]).mean(), rtol=1e-12)
    if algorithm == "permutation":
        assert_allclose(explanation.std_errors, 0, atol=1e-10)


@BOTH
def test_additive_model_shares_nothing_between_features(algorithm):
    def model(X):
        return np.sin(X[:, 0]) + X[:, 1] ** 3 + np.abs(X[:, 2])

    X, background = tables(4, 30, 3)
    own = np.column_stack([np.sin(X[:, 0]), X[:, 1] ** 3, np.abs(X[:, 2])])
    others = np.column_stack(
        [np.sin(background[:, 0]), background[:, 1] ** 3, np.abs(background[:, 2])]
    )
    explanation = explain(model, background, X, algorithm=algorithm)
    assert_allclose(explanation.values, own - others.mean(axis=0), rtol=1e-9, atol=1e-12)


@BOTH
def test_product_of_all_is_not_the_coin_flip_value(algorithm):
    # Coin flips, an independent one for each player, would give 1/4 each.
    explanation = explain(
        lambda X: X.prod(axis=1), np.zeros((40, 3)), np.ones((1, 3)), algorithm=algorithm
    )
    if algorithm == "exact":
        assert_allclose(explanation.values, [[1 / 3, 1 / 3, 1 / 3]], rtol=1e-12)
    else:
        assert_within_errors(explanation, np.full((1, 3), 1 / 3))
        assert (explanation.values > 1 / 4 + 1 / 48).any()


# -- brute force ---------------------------------------------------------------------------------


def test_exact_equals_the_definition_for_a_forest():
    X, background = tables(3, 7)
    model = RandomForestRegressor(15, random_state=0).fit(*_noisy(uneven))
    expected = explain_by_definition(model.predict, X, background)
    explanation = explain(model, background, X, algorithm="exact")
    assert_allclose(explanation.values, expected, rtol=1e-10, atol=1e-12)
    assert explanation.std_errors is None
    assert_allclose(explanation.completeness_gap, 0, atol=1e-12)


def test_permutation_is_within_its_errors_for_a_forest():
    X, background = tables(6, 20)
    model = RandomForestRegressor(15, random_state=0).fit(*_noisy(uneven))
    exact = explain(model, background, X, algorithm="exact").values
    explanation = explain(model, background, X, algorithm="permutation", max_evals=8 * 8 * 20)
    assert_within_errors(explanation, exact)
    assert_allclose(explanation.completeness_gap, 0, atol=1e-12)


def test_permutation_is_unbiased():
    # The mean over many fits of few walks each comes to the exact values.
    X, background = tables(1, 4)
    exact = explain(uneven, background, X, algorithm="exact").values
    runs = [
        explain(
            uneven, background, X, algorithm="permutation", max_evals=2 * 4 * 4, random_state=seed
        ).values
        for seed in range(400)
    ]
    mean, error = np.mean(runs, axis=0), np.std(runs, axis=0, ddof=1) / np.sqrt(len(runs))
    assert (np.abs(mean - exact) < 3.5 * error).all()
    assert error.max() < 0.02 * np.abs(exact).max()


@BOTH
def test_every_output_of_a_classifier(algorithm):
    X, y = load_iris(return_X_y=True, as_frame=True)
    model = RandomForestClassifier(10, random_state=0).fit(X, y)
    background, rows = X[::15], X[3::50]
    expected = explain_by_definition(model.predict_proba, rows, background)
    explanation = explain(model, background, rows, algorithm=algorithm)
    assert explanation.values.shape == (3, 4, 3)
    assert explanation.output_names == ("0", "1", "2")
    assert_allclose(explanation.completeness_gap, 0, atol=1e-12)
    assert_allclose(explanation.values.sum(axis=2), 0, atol=1e-12)  # probabilities sum to one
    if algorithm == "exact":
        assert_allclose(explanation.values, expected, rtol=1e-10, atol=1e-12)
    else:
        assert_within_errors(explanation, expected)


@pytest.mark.parametrize("algorithm", ["exact", "permutation", "tree"])
def test_target_selects_outputs(algorithm):
    X, y = load_iris(return_X_y=True)
    y = np.array(["setosa", "versicolor", "virginica"])[y]
    model = RandomForestClassifier(10, random_state=0).fit(X, y)
    every = explain(model, X[::15], X[3::50], algorithm=algorithm)
    one = explain(model, X[::15], X[3::50], algorithm=algorithm, target="virginica")
    assert_allclose(one.values, every.output("virginica").values, atol=1e-14)
    two = explain(model, X[::15], X[3::50], algorithm=algorithm, target=["virginica", "setosa"])
    assert_allclose(two.values, every.values[:, :, [2, 0]], atol=1e-14)


@BOTH
def test_target_predicted_explains_each_rows_own_class(algorithm):
    X, y = load_iris(return_X_y=True)
    model = RandomForestClassifier(10, random_state=0).fit(X, y)
    every = explain(model, X[::15], X[::30], algorithm=algorithm)
    own = explain(model, X[::15], X[::30], algorithm=algorithm, target="predicted")
    best = model.predict(X[::30])
    assert len(set(best)) == 3
    rows = np.arange(len(best))
    assert_array_equal(own.values, every.values[rows, :, best])
    assert_array_equal(own.predictions, every.predictions[rows, best])
    assert_array_equal(own.base_values, every.base_values[rows, best])
    assert list(own.targets) == [str(label) for label in best]
    if algorithm == "permutation":
        assert_array_equal(own.std_errors, every.std_errors[rows, :, best])


# -- what absence means: groups, weights, baselines ----------------------------------------------


@BOTH
def test_groups_are_single_players(algorithm):
    X, background = tables(3, 6)
    groups = [[4, 0], [2]]  # and columns 1 and 3, after them
    expected = explain_by_definition(uneven, X, background, groups=[[4, 0], [2], [1], [3]])
    explanation = explain(uneven, background, X, algorithm=algorithm, groups=groups)
    assert explanation.feature_names == ("x4 + x0", "x2", "x1", "x3")
    if algorithm == "exact":
        assert_allclose(explanation.values, expected, rtol=1e-10, atol=1e-12)
    else:
        assert_within_errors(explanation, expected)


def test_groups_of_the_masker():
    X, background = tables(2, 6)
    masker = TabularMasker(groups={"all": [0, 1, 2, 3, 4]})
    assert explain(uneven, background, X, masker=masker).feature_names == ("all",)
    assert not hasattr(masker, "background_")


def test_groups_of_the_explainer_leave_the_masker_alone():
    X, background = tables(2, 6)
    masker = TabularMasker()
    explanation = explain(uneven, background, X, masker=masker, groups={"two": [0, 1]})
    assert explanation.feature_names == ("two", "x2", "x3", "x4")
    assert masker.groups is None


def test_weights_equal_repeated_rows():
    X, background = tables(3, 4)
    counts = [3, 1, 0, 2]
    weighted = explain(
        uneven, background, X, algorithm="exact", masker=TabularMasker(weights=counts)
    )
    repeated = explain(uneven, np.repeat(background, counts, axis=0), X, algorithm="exact")
    assert_allclose(weighted.values, repeated.values, rtol=1e-12, atol=1e-12)
    assert_allclose(weighted.base_values, repeated.base_values, rtol=1e-12)


def test_weighted_walks_are_within_their_errors():
    X, background = tables(4, 12)
    weights = np.random.default_rng(1).integers(0, 5, 12)
    expected = explain_by_definition(uneven, X, background, weights=weights)
    explanation = explain(
        uneven, background, X, algorithm="permutation", masker=TabularMasker(weights=weights)
    )
    assert_within_errors(explanation, expected)
    assert_allclose(explanation.completeness_gap, 0, atol=1e-12)


@BOTH
def test_fixed_baseline(algorithm):
    X, background = tables(2, 30)
    row = [0.5, -1.0, 0.0, 2.0, 1.0]
    masker = TabularMasker(baseline=row)
    explanation = explain(uneven, background, X, algorithm=algorithm, masker=masker)
    assert_allclose(explanation.base_values, uneven(np.array([row])).repeat(2))
    expected = explain_by_definition(uneven, X, np.array([row]))
    if algorithm == "exact":
        assert_allclose(explanation.values, expected, rtol=1e-10)
    else:
        assert_within_errors(explanation, expected)


# -- kinds of input ------------------------------------------------------------------------------


def scorer(frame):
    """A model of a mixed frame that insists on its dtypes."""
    assert frame["size"].dtype == "category"
    assert frame["since"].dtype.kind == "M"
    assert frame["member"].dtype == bool
    income = frame["income"].fillna(25.0)
    score = income * frame["member"] / 10 + frame["age"] * (frame["town"] == "Ulm") / 40
    late = (frame["since"] > pd.Timestamp("2021-06-01")).astype(float)
    return score + late * frame["size"].cat.codes


@BOTH
def test_mixed_frame_equals_the_definition(algorithm):
    background, X = mixed_frame(6, seed=1), mixed_frame(2, seed=2).set_axis(["p", "q"])
    expected = explain_by_definition(scorer, X, background)
    explanation = explain(scorer, background, X, algorithm=algorithm)
    assert explanation.feature_names == tuple(X.columns)
    assert_array_equal(explanation.index, ["p", "q"])
    if algorithm == "exact":
        assert_allclose(explanation.values, expected, rtol=1e-10, atol=1e-12)
    else:
        assert_within_errors(explanation, expected)


def test_pipeline_with_one_hot_columns_is_explained_by_source_column():
    frame = mixed_frame(60)
    target = scorer(frame) + np.random.default_rng(0).normal(size=60)
    columns = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["town", "size", "member"]),
        (FunctionTransformer(np.sqrt), ["age"]),
    )
    model = make_pipeline(columns, Ridge()).fit(frame, target)
    explanation = explain(model, frame[:30], frame[30:33], algorithm="exact")
    encoded = model[:-1].transform(frame)
    parts = model[-1].coef_ * (encoded[30:33] - encoded[:30].mean(axis=0))
    names = list(frame.columns)
    by_source = {"town": parts[:, :3], "size": parts[:, 3:6], "member": parts[:, 6:8]}
    by_source["age"] = parts[:, 8:]
    for name, part in by_source.items():
        values = explanation.values[:, names.index(name)]
        assert_allclose(values, part.sum(axis=1), rtol=1e-9, atol=1e-9)
    ignored = [names.index("income"), names.index("since")]
    assert_allclose(explanation.values[:, ignored], 0, atol=1e-12)


@BOTH
@pytest.mark.parametrize("build", [sp.csr_matrix, sp.csr_array, sp.coo_matrix])
def test_sparse_equals_dense(algorithm, build):
    X, background = tables(3, 8)
    X[np.abs(X) < 0.7] = 0
    background[np.abs(background) < 0.7] = 0

    def model(table):
        return uneven(table.toarray() if sp.issparse(table) else table)

    sparse = explain(model, build(background), build(X), algorithm=algorithm)
    dense = explain(model, background, X, algorithm=algorithm)
    assert_allclose(sparse.values, dense.values, rtol=1e-12, atol=1e-12)
    assert_array_equal(sparse.n_evals, dense.n_evals)


# -- edges ---------------------------------------------------------------------------------------


@BOTH
def test_a_row_of_the_background_against_itself_alone_is_all_zero(algorithm):
    X, _ = tables(1, 1)
    explanation = explain(uneven, X, X, algorithm=algorithm)
    assert_array_equal(explanation.values, np.zeros((1, 5)))
    assert_array_equal(explanation.n_evals, [1])


@BOTH
def test_a_single_player_gets_everything(algorithm):
    X, background = tables(3, 8, 1)
    explanation = explain(lambda X: X[:, 0] ** 2, background, X, algorithm=algorithm)
    gain = X**2 - (background**2).mean()
    assert_allclose(explanation.values, gain, rtol=1e-10, atol=1e-12)
    assert_array_equal(explanation.n_evals, [1, 1, 1])  # both ends are known


@BOTH
def test_a_single_background_row(algorithm):
    X, background = tables(3, 1)
    explanation = explain(uneven, background, X, algorithm=algorithm)
    expected = explain_by_definition(uneven, X, background)
    if algorithm == "exact":
        assert_allclose(explanation.values, expected, rtol=1e-10, atol=1e-12)
    else:
        assert_within_errors(explanation, expected)


@BOTH
def test_missing_values_pass_through_and_are_equal_to_each_other(algorithm):
    def model(X):
        return np.where(np.isnan(X[:, 0]), 5.0, X[:, 0]) * X[:, 1]

    background = np.array([[np.nan, 1.0], [np.nan, 2.0]])
    explanation = explain(model, background, [[np.nan, 3.0], [2.0, 3.0]], algorithm=algorithm)
    # Row 0: only x1 differs. Row 1, against (nan, z): 5z -> 2·3, in both orders.
    expected = [[0, 5 * (3 - 1.5)], [(2 - 5) * (3 + 1.5) / 2, (2 + 5) * (3 - 1.5) / 2]]
    assert_allclose(explanation.values, expected, rtol=1e-12, atol=1e-12)


def _noisy(function):
    X, _ = tables(200, 1, seed=5)
    return X, function(X) + np.random.default_rng(6).normal(scale=0.1, size=200)
