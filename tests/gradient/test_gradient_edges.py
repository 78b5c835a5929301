"""Constant columns, missing values, files and memory, by derivatives."""

import itertools
import pickle
import tracemalloc
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer, StandardScaler

from skxai import (
    IntegratedGradientsExplainer,
    LRPExplainer,
    SaliencyExplainer,
    SmoothGradExplainer,
    TaylorExplainer,
)
from skxai.gradient._paths import network_mean_jacobian
from skxai.predictors._networks import Network

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 3))
# The last column is always 5, and yet the model has a slope there.
CONSTANT = np.column_stack([X, np.full(50, 5.0)])


def with_a_constant(rows):
    return np.tanh(np.asarray(rows) @ [1.0, 0.5, -1.0, 2.0] - 10.0)


def of_missing(rows):
    return np.tanh(np.nan_to_num(np.asarray(rows, dtype=float)) @ [1.0, 0.5, -1.0] + 0.2)


@pytest.mark.parametrize("activation", ["relu", "identity", "tanh", "logistic"])
def test_a_fitted_lrp_explainer_of_any_network_can_be_pickled(activation):
    rows, y = load_iris(return_X_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = MLPClassifier((5, 4), activation=activation, max_iter=20, random_state=0)
        model.fit(rows, y)
    explainer = LRPExplainer().fit(model, rows)
    copied = pickle.loads(pickle.dumps(explainer))
    assert_array_equal(copied.explain(rows[:5]).values, explainer.explain(rows[:5]).values)


def test_a_constant_column_has_no_standardised_derivative_and_no_noise():
    explainer = SaliencyExplainer(kind="gradient", standardize=True).fit(with_a_constant, CONSTANT)
    assert_array_equal(explainer.explain(CONSTANT[:5]).values[:, 3], 0)
    explainer = SmoothGradExplainer(random_state=0).fit(with_a_constant, CONSTANT)
    assert_array_equal(explainer.noise_[:, 3], 0)
    assert (explainer.noise_[:, :3].std(axis=0) > 0).all()


def test_roots_do_not_leave_a_constant():
    explainer = TaylorExplainer(level=0.0).fit(with_a_constant, CONSTANT)
    assert_allclose(explainer.roots(CONSTANT[:5])[:, 0, 3], 5.0, atol=1e-4)
    assert_allclose(explainer.explain(CONSTANT[:5]).values[:, 3], 0.0, atol=1e-4)


def test_flags_and_bins_of_a_number_are_no_part_of_its_derivative():
    table = X.copy()
    table[4, 0] = np.nan
    numbers = make_pipeline(StandardScaler(), SimpleImputer(add_indicator=True))
    bins = KBinsDiscretizer(3, encode="ordinal", strategy="uniform")
    columns = make_column_transformer(
        (numbers, [0, 1, 2]), (make_pipeline(SimpleImputer(), bins), [0, 1, 2])
    )
    model = make_pipeline(columns, LinearRegression()).fit(table, (X @ [1.0, 2.0, 3.0]) ** 2)
    rows = table[6:12]
    explainer = SaliencyExplainer(kind="gradient").fit(model, table)
    for column in range(3):
        step = 1e-7 * (np.arange(3) == column)
        slopes = (model.predict(rows + step) - model.predict(rows - step)) / 2e-7
        assert_allclose(explainer.explain(rows).values[:, column], slopes, rtol=1e-5)


def test_the_mean_baseline_leaves_out_missing_values():
    table = X.copy()
    table[4, 0] = np.nan
    explanation = IntegratedGradientsExplainer().fit(of_missing, table).explain(table[5:9])
    base = of_missing(np.nanmean(table, axis=0)[None])
    assert_allclose(explanation.base_values, base.repeat(4))
    assert_allclose(explanation.completeness_gap, 0, atol=1e-6)


def test_a_column_that_goes_no_way_has_no_share_even_if_its_derivative_is_infinite():
    counts = np.array([[0.0, 4.0], [1.0, 0.0], [9.0, 1.0], [4.0, 0.0]])
    model = make_pipeline(FunctionTransformer(np.sqrt), LinearRegression())
    model.fit(counts, np.sqrt(counts) @ [1.0, 2.0])
    explanation = IntegratedGradientsExplainer(baseline=0.0, tol=1e-2).fit(model, counts)
    explanation = explanation.explain(counts)
    assert_allclose(explanation.values, np.sqrt(counts) * [1.0, 2.0], atol=2e-2)
    assert_array_equal(explanation.values[counts == 0], 0)


def test_a_baseline_without_an_output_is_refused():
    model = LinearRegression().fit(X, X[:, 0])
    with pytest.raises(ValueError, match=r"baseline is .* returns NaN"):
        IntegratedGradientsExplainer(baseline=[[0.0, np.nan, 0.0]]).fit(model, X)


def test_roots_of_rows_with_missing_values_keep_these():
    table = X.copy()
    table[4, 0] = np.nan
    explainer = TaylorExplainer(level=0.0).fit(of_missing, table)
    explanation = explainer.explain(table[3:6])
    assert np.isfinite(explanation.values).all()
    assert explanation.values[1, 0] == 0
    assert_allclose(explanation.base_values, 0, atol=1e-9)
    assert_array_equal(np.isnan(explainer.roots(table[3:6])[:, 0]), np.isnan(table[3:6]))


def test_roots_are_told_lost_by_the_size_of_the_output():
    """The roots of very large outputs are no less exact than those of small ones."""
    for size in (1e-12, 1.0, 1e12):
        model = LinearRegression().fit(X, size * (X @ [1.0, 2.0, 3.0]))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            TaylorExplainer().fit(model, X).explain(X)
    with pytest.warns(UserWarning, match="no root was found"):
        TaylorExplainer(level=0.0).fit(BoundedBelow(1e-12), X).explain(X[:3])


class BoundedBelow:
    """A function that is positive everywhere."""

    def __init__(self, size):
        self.size = size

    def __call__(self, rows):
        return self.size * (2 + np.tanh(np.asarray(rows)[:, 0]))


def test_exact_paths_through_deep_networks_need_little_memory():
    sizes = [6, 120, 120, 120, 8]
    weights = [RNG.normal(size=pair) / np.sqrt(pair[0]) for pair in itertools.pairwise(sizes)]
    deep = Network(weights, [RNG.normal(size=n) for n in sizes[1:]], "relu")
    starts, ends = RNG.normal(size=(2, 100, 6))
    tracemalloc.start()
    found = network_mean_jacobian(deep, starts, ends)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    gaps = np.matmul(found, (ends - starts)[:, :, None])[:, :, 0]
    assert_allclose(gaps, deep.scores(ends) - deep.scores(starts), atol=1e-10)
    assert peak < 2**28
