"""Derivatives in the units of the table, whatever these are and wherever the smooth part begins."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PowerTransformer, SplineTransformer, StandardScaler

from skxai.predictors import as_predictor
from skxai.predictors._smooth import smooth_function_of
from skxai.predictors._smooth._stages import difference

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 3)) * [1.0, 10.0, 1000.0] + [0.0, 5.0, -300.0]
Y = np.tanh(X[:, 0]) + X[:, 1] / 10 - X[:, 2] / 1000


def network():
    return MLPRegressor(
        hidden_layer_sizes=4, activation="tanh", solver="lbfgs", max_iter=500, random_state=0
    )


def jacobian(model, table):
    smooth = smooth_function_of(as_predictor(model, table), table)
    assert smooth.kind == "analytic"
    return smooth.jacobian(smooth.lift(table))


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler()])
def test_objects_that_are_numbers_keep_their_units_through_a_scaler(scaler):
    model = make_pipeline(scaler, network()).fit(X, Y)
    expected = jacobian(model, X)
    assert_allclose(jacobian(model, X.astype(object)), expected, rtol=1e-9)
    frame = pd.DataFrame(X, columns=list("abc"))
    model = make_pipeline(scaler, network()).fit(frame, Y)
    assert_allclose(jacobian(model, frame.astype(object)), jacobian(model, frame), rtol=1e-9)


# What scikit-learn says of the column without values.
@pytest.mark.filterwarnings("ignore:Skipping features without any observed values")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning:sklearn.utils.extmath")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("add_indicator", [False, True])
def test_a_column_keeps_its_units_through_a_scaler_before_an_imputer(add_indicator):
    table = X.copy()
    table[3, 0] = table[5, 2] = np.nan
    table = np.insert(table, 1, np.nan, axis=1)  # which the imputer drops
    imputer = SimpleImputer(add_indicator=add_indicator)
    model = make_pipeline(StandardScaler(), imputer, network()).fit(table, Y)
    predictor = as_predictor(model, table)
    smooth = smooth_function_of(predictor, table)
    rows = table[6:20]
    found = smooth.jacobian(smooth.lift(rows))
    for leaf, column in enumerate([0, 2, 3]):
        step = 1e-5 * np.nanstd(table[:, column]) * (np.arange(4) == column)
        slopes = (predictor(rows + step) - predictor(rows - step)) / (2 * step[column])
        assert smooth.sources[leaf] == column
        assert_allclose(found[:, :, leaf], slopes, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("unit", [1e-9, 1e-3, 1e6])
@pytest.mark.parametrize("transformer", [SplineTransformer(), PowerTransformer("box-cox")])
def test_numeric_derivatives_of_a_step_follow_the_unit_of_the_column(transformer, unit):
    table = (np.abs(X) + 1) * unit
    model = make_pipeline(transformer, LinearRegression()).fit(table, Y)
    predictor = as_predictor(model, table)
    smooth = smooth_function_of(predictor, table)
    assert smooth.kind == "numeric"
    rows = table[:20]
    found = smooth.jacobian(rows)
    for column in range(3):
        step = 1e-5 * table[:, column].std() * (np.arange(3) == column)
        slopes = (predictor(rows + step) - predictor(rows - step)) / (2 * step[column])
        assert_allclose(found[:, :, column], slopes, rtol=1e-4, atol=1e-6 * np.abs(slopes).max())


def test_differences_far_from_zero_take_steps_of_the_spread():
    """Seconds since 1970, over some hours."""
    seconds = 1.6e9 + 1e4 * RNG.normal(size=(20, 1))
    found = difference(lambda U: np.sin((U - 1.6e9) / 1e4), seconds, 0, scale=1e4)
    assert_allclose(found, np.cos((seconds - 1.6e9) / 1e4) / 1e4, rtol=1e-4, atol=1e-8)
