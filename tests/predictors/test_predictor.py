"""Calls of a predictor: what the model is given, batch by batch."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn import config_context
from sklearn.ensemble import RandomForestRegressor

from skxai.predictors import Predictor, as_predictor
from skxai.predictors._outputs import Columns, Indicators, Margin, Stacked, as_numbers

X = np.random.default_rng(0).normal(size=(300, 5))


class Recorder:
    """x0 · x1, noting the tables it is given."""

    def __init__(self):
        self.tables = []

    def predict(self, X):
        self.tables.append(X)
        if isinstance(X, pd.DataFrame):
            return X.iloc[:, 0].to_numpy(float) * X.iloc[:, 1].to_numpy(float)
        dense = X.toarray() if sp.issparse(X) else X
        return dense[:, 0] * dense[:, 1]


@pytest.mark.parametrize("memory_in_mib", [0.0001, 0.01, 0.05, 1024])
@pytest.mark.parametrize(
    "convert", [np.asarray, pd.DataFrame, sp.csr_matrix], ids=["array", "frame", "sparse"]
)
def test_batches_fit_the_working_memory(convert, memory_in_mib):
    model = Recorder()
    predictor = as_predictor(model, convert(X))
    model.tables.clear()
    with config_context(working_memory=memory_in_mib):
        got = predictor(convert(X))
    np.testing.assert_array_equal(got[:, 0], X[:, 0] * X[:, 1])
    sizes = [table.shape[0] for table in model.tables]
    assert sum(sizes) == 300
    bytes_per_row = X.shape[1] * 8
    assert max(sizes) == 1 or max(sizes) * bytes_per_row <= memory_in_mib * 2**20
    assert (len(sizes) == 1) == (memory_in_mib == 1024)


def test_batches_give_the_same_bits_with_a_forest():
    model = RandomForestRegressor(n_estimators=5, random_state=0).fit(X, X[:, 0] * X[:, 1])
    predictor = as_predictor(model, X)
    with config_context(working_memory=0.005):
        batched = predictor(X)
    np.testing.assert_array_equal(batched[:, 0], model.predict(X))


def test_batches_are_bounded_even_with_plenty_of_memory():
    model = Recorder()
    wide = np.ones((2**16 + 1, 2), dtype=np.float32)
    predictor = as_predictor(model, wide)
    model.tables.clear()
    with config_context(working_memory=10_000):
        predictor(wide)
    assert [len(table) for table in model.tables] == [2**16, 1]


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.uint8, bool, object])
def test_arrays_keep_their_dtype(dtype):
    model = Recorder()
    rows = np.abs(np.round(X)).astype(dtype)
    as_predictor(model, rows)(rows)
    assert {table.dtype for table in model.tables} == {np.dtype(dtype)}


@pytest.mark.parametrize("kind", [sp.csr_matrix, sp.csr_array])
def test_sparse_stays_sparse(kind):
    model = Recorder()
    rows = kind(X)
    as_predictor(model, rows)(rows)
    assert all(isinstance(table, kind) for table in model.tables)


def test_frames_keep_their_columns_and_dtypes():
    model = Recorder()
    frame = pd.DataFrame(
        {
            "a": pd.array([1, 2, 3], dtype="Int64"),
            "b": np.float32([1, 2, 3]),
            "c": pd.Categorical(["u", "v", "u"]),
            "d": pd.date_range("2020-01-01", periods=3, tz="Europe/Berlin"),
        }
    )
    predictor = as_predictor(model, frame)
    with config_context(working_memory=0.0001):
        predictor(frame)
    for table in model.tables:
        pd.testing.assert_series_equal(table.dtypes, frame.dtypes)


def test_a_model_whose_outputs_change_in_number_is_named():
    predictor = as_predictor(lambda X: np.zeros((len(X), 2 + (len(X) > 10))), X)
    assert predictor(X[:10]).shape == (10, 2)
    with pytest.raises(ValueError, match="model returned 3 outputs for 11 rows; expected 2"):
        predictor(X[:11])


def test_a_later_nan_is_named_with_its_row():
    predictor = as_predictor(lambda X: np.where(X[:, 0] > 9, np.nan, X[:, 1]), X)
    rows = X[:5].copy()
    rows[3, 0] = 10
    with pytest.raises(ValueError, match="NaN or infinity for 1 of 5 rows, first at row 3 of the"):
        predictor(rows)


def test_only_explained_outputs_must_be_finite():
    predictor = as_predictor(lambda X: np.column_stack([X[:, 0], X[:, 1]]), X, target="y0")
    rows = X[:5].copy()
    rows[3, 1] = np.nan
    np.testing.assert_array_equal(predictor(rows)[:, 0], rows[:, 0])


def test_more_columns_than_arranged_are_refused():
    predictor = Predictor(Recorder(), "predict", Columns(), np.array([0, 1]), ["a", "b"])
    with pytest.raises(ValueError, match="model returned 1 outputs for 300 rows, but another"):
        predictor(X)


# -- arrangements, by hand -------------------------------------------------------------------------


def test_columns():
    np.testing.assert_array_equal(Columns()([1, 2, 3], 3), [[1.0], [2.0], [3.0]])
    np.testing.assert_array_equal(Columns()(4, 1), [[4.0]])
    np.testing.assert_array_equal(Columns(2)([[1, 2]], 1), [[1.0, 2.0]])
    with pytest.raises(ValueError, match=r"shape \(3,\) for 2 rows; expected \(2, 4\)"):
        Columns(4)([1, 2, 3], 2)


def test_margin():
    np.testing.assert_array_equal(Margin()([0.5, -2.0], 2), [[-0.5, 0.5], [2.0, -2.0]])


def test_stacked():
    parts = [np.array([[0.25, 0.75]]), np.array([[0.5, 0.25, 0.25]])]
    np.testing.assert_array_equal(Stacked()(parts, 1), [[0.25, 0.75, 0.5, 0.25, 0.25]])


def test_indicators():
    arrange = Indicators(np.array(["a", "b"]))
    np.testing.assert_array_equal(arrange(["b", "a"], 2), [[0.0, 1.0], [1.0, 0.0]])
    np.testing.assert_array_equal(arrange([["b"], ["a"]], 2), [[0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(ValueError, match=r"model returned shape \(3,\) for 2 rows"):
        arrange(["a", "b", "a"], 2)


def test_as_numbers():
    np.testing.assert_array_equal(as_numbers(sp.eye(2)), np.eye(2))
    assert as_numbers([True, False]).dtype == np.float64
    with pytest.raises(TypeError, match="model returned ndarray that holds no numbers"):
        as_numbers(np.array(["a"]))
