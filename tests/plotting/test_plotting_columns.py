import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from skxai import Explanation
from skxai.plotting import _columns
from skxai.plotting._columns import player_table, row_values, value_ranks


def explanation_of(data, groups=None):
    n_rows, n_columns = data.shape[0], data.shape[1] if len(data.shape) > 1 else 1
    values = np.zeros((n_rows, n_columns if groups is None else len(groups)))
    return Explanation(values, values[:, 0], values[:, 0], data=data, groups=groups)


def ranks_of(column):
    return value_ranks(explanation_of(pd.DataFrame({"a": column})), 0)


NUMBERS = np.array([3.0, 1.0, 100.0, 1.0, 7.0])


@pytest.mark.parametrize(
    "container",
    [
        pd.DataFrame,
        np.asarray,
        sparse.csr_matrix,
        sparse.csc_matrix,
        sparse.csr_array,
        lambda table: table.astype(object),
        lambda table: pd.DataFrame(table).astype("Float64"),
        lambda table: pd.DataFrame(table.astype("datetime64[D]")),
    ],
)
def test_ranks_of_numbers(container):
    table = np.column_stack([np.zeros(5), NUMBERS])
    ranks, reasons, ends = value_ranks(explanation_of(container(table)), 1)
    distinct = sorted(set(NUMBERS))
    np.testing.assert_allclose(ranks, [distinct.index(x) / 3 for x in NUMBERS])
    assert reasons == []
    assert ends is None


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ([2.0, np.nan, 5.0], [0, np.nan, 1]),
        (pd.array([2, None, 5], dtype="Int64"), [0, np.nan, 1]),
        (pd.to_datetime(["2024-02-01", None, "2025-01-01"]), [0, np.nan, 1]),
        (
            pd.Categorical(["low", None, "high"], ["low", "mid", "high"], ordered=True),
            [0, np.nan, 1],
        ),
    ],
)
def test_missing_values_have_no_rank(column, expected):
    ranks, reasons, ends = ranks_of(column)
    np.testing.assert_array_equal(ranks, expected)
    assert reasons == [_columns.MISSING]
    assert ends is None


def test_booleans_are_ordered():
    ranks, reasons, ends = ranks_of([True, False, True])
    np.testing.assert_array_equal(ranks, [1, 0, 1])
    assert (reasons, ends) == ([], None)


@pytest.mark.parametrize("dtype", [object, "category", "string"])
def test_two_categories_are_the_two_ends(dtype):
    ranks, reasons, ends = ranks_of(pd.Series(["yes", "no", None, "yes"], dtype=dtype))
    np.testing.assert_array_equal(ranks, [1, 0, np.nan, 1])
    assert reasons == [_columns.MISSING]
    assert ends == ("no", "yes")


@pytest.mark.parametrize("dtype", [object, "category", "string"])
def test_more_categories_have_no_rank(dtype):
    ranks, reasons, ends = ranks_of(pd.Series(["a", "b", "c"], dtype=dtype))
    assert np.isnan(ranks).all()
    assert reasons == [_columns.CATEGORIES]
    assert ends is None


@pytest.mark.parametrize("column", [[4.0, 4.0], ["a", "a"], [np.nan, np.nan], [None, None]])
def test_a_single_value_has_no_rank(column):
    ranks, reasons, _ = ranks_of(column)
    assert np.isnan(ranks).all()
    assert reasons == [_columns.ONE_VALUE]


def test_a_group_has_no_rank():
    explanation = explanation_of(np.arange(6.0).reshape(2, 3), groups=[[0, 2], [1]])
    assert value_ranks(explanation, 0)[1] == [_columns.GROUPS]
    np.testing.assert_array_equal(value_ranks(explanation, 1)[0], [0, 1])


@pytest.mark.parametrize("data", [None, np.array(["a text", "another"]), np.zeros((2, 3, 4))])
def test_what_is_no_table_has_no_values(data):
    values = np.zeros((2, 3))
    explanation = Explanation(values, values[:, 0], values[:, 0], data=data)
    assert player_table(explanation, 0) is None
    assert row_values(explanation, 0) is None
    assert value_ranks(explanation, 0)[1] == [_columns.UNKNOWN]


def test_players_beyond_the_columns_have_no_values():
    values = np.zeros((2, 3))
    explanation = Explanation(values, values[:, 0], values[:, 0], data=np.zeros((2, 1)))
    assert row_values(explanation, 0) == [0.0]
    assert row_values(explanation, 1) is None


def test_row_values_are_those_of_the_group_columns():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [0.5, 1.5]}, index=[7, 8])
    explanation = explanation_of(frame, groups=[[2, 1], [0]])
    assert row_values(explanation, 0) == [0.5, "x"]
    assert row_values(explanation[1], 0) == [1.5, "y"]
    assert row_values(explanation[1], 1) == [2]


def test_row_values_of_sparse_data():
    explanation = explanation_of(sparse.csr_matrix([[0.0, 2.0], [1.0, 0.0]]))
    assert row_values(explanation[1], 0) == [1.0]
    assert row_values(explanation[1], 1) == [0.0]
