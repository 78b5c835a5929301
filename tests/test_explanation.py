"""Explanation in memory; its files are in test_explanation_files.py."""

import copy
import pickle
from dataclasses import FrozenInstanceError, fields

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import sem

from skxai import Explanation

N_ROWS, N_PLAYERS, N_OUTPUTS = 6, 4, 3
NAMES = ("age", "dose", "lat", "lon")
OUTPUTS = ("setosa", "versicolor", "virginica")


def explanation_of(n_outputs=None, *, n_rows=N_ROWS, **changes):
    """Random numbers in every field; predictions are what the values sum to."""
    rng = np.random.default_rng(0)
    outputs = () if n_outputs is None else (n_outputs,)
    values = rng.normal(size=(n_rows, N_PLAYERS, *outputs))
    base_values = rng.normal(size=(n_rows, *outputs))
    parts = {
        "values": values,
        "base_values": base_values,
        "predictions": base_values + values.sum(axis=1),
        "std_errors": rng.uniform(size=values.shape),
        "data": pd.DataFrame(
            rng.normal(size=(n_rows, N_PLAYERS)), columns=NAMES, index=list("abcdefgh"[:n_rows])
        ),
        "feature_names": NAMES,
        "output_names": None if n_outputs is None else OUTPUTS[:n_outputs],
        "method": "Oracle()",
        "n_evals": rng.integers(100, size=n_rows),
        "targets": [f"class {row}" for row in range(n_rows)],
    }
    return Explanation(**{**parts, **changes})


@pytest.fixture(params=[None, 1, N_OUTPUTS], ids=["flat", "one output", "three outputs"])
def explanation(request):
    return explanation_of(request.param)


# -- construction ------------------------------------------------------------------------------


def test_defaults():
    explanation = Explanation([[1, 2]], [0], [3])
    assert explanation.values.dtype == np.float64
    assert explanation.feature_names == ("x0", "x1")
    assert explanation.output_names == ("y",)
    assert explanation.groups == ((0,), (1,))
    assert explanation.n_outputs == 1
    assert explanation.shape == (1, 2)
    for name in ("std_errors", "data", "index", "n_evals", "targets"):
        assert getattr(explanation, name) is None
    assert Explanation(np.zeros((1, 2, 2)), [[0, 0]], [[0, 0]]).output_names == ("y0", "y1")


def test_names_become_strings():
    explanation = Explanation(
        [[1, 2]], [0], [3], feature_names=[7, None], output_names=[np.int64(1)]
    )
    assert explanation.feature_names == ("7", "None")
    assert explanation.output_names == ("1",)


def test_index_is_that_of_the_data_unless_given():
    assert list(explanation_of().index) == list("abcdef")
    assert list(explanation_of(index=range(10, 16)).index) == list(range(10, 16))
    assert isinstance(explanation_of(index=[1, 2, 3, 4, 5, 6]).index, pd.Index)
    assert explanation_of(data=np.zeros((N_ROWS, 2))).index is None


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"values": [1.0]}, ValueError, r"values has shape \(1,\)"),
        ({"values": np.zeros((6, 4, 3, 2))}, ValueError, "values has shape"),
        ({"base_values": 0.0}, ValueError, r"base_values has shape \(\); expected \(6,\)"),
        ({"base_values": np.zeros((6, 1))}, ValueError, "base_values has shape"),
        ({"predictions": np.zeros(5)}, ValueError, r"predictions has shape \(5,\)"),
        ({"std_errors": np.zeros((6, 3))}, ValueError, "std_errors has shape"),
        ({"n_evals": [1]}, ValueError, "n_evals has shape"),
        ({"targets": ["a"]}, ValueError, "targets has shape"),
        ({"feature_names": ["a"]}, ValueError, "feature_names has 1 names; expected 4"),
        ({"feature_names": "abcd"}, TypeError, "feature_names is the string 'abcd'"),
        ({"output_names": ["a", "b"]}, ValueError, "output_names has 2 names; expected 1"),
        ({"groups": [[0]]}, ValueError, "groups has 1 entries; expected 4"),
        ({"data": np.zeros((2, 4))}, ValueError, "data has 2 rows; expected 6"),
        ({"index": [1, 2]}, ValueError, "index has 2 labels; expected 6"),
    ],
)
def test_construction_refuses(change, error, message):
    with pytest.raises(error, match=message):
        explanation_of(**change)


# -- immutability ------------------------------------------------------------------------------


def revived(explanation):
    return pickle.loads(pickle.dumps(explanation))


@pytest.mark.parametrize(
    "through", [lambda e: e, revived, copy.copy, copy.deepcopy, lambda e: e[:3]]
)
def test_nothing_can_be_written(through):
    explanation = through(explanation_of(N_OUTPUTS, data=np.zeros((N_ROWS, N_PLAYERS))))
    for field in fields(explanation):
        with pytest.raises(FrozenInstanceError):
            setattr(explanation, field.name, None)
    with pytest.raises(FrozenInstanceError):
        explanation.mine = 1
    with pytest.raises(FrozenInstanceError):
        del explanation.values
    for name in (
        "values",
        "base_values",
        "predictions",
        "std_errors",
        "n_evals",
        "targets",
        "data",
    ):
        array = getattr(explanation, name)
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True


def test_arrays_of_the_caller_stay_their_own():
    values, data = np.ones((2, 3)), np.ones((2, 3))
    explanation = Explanation(values, [0, 0], [3, 3], data=data)
    values[:] = data[:] = 7  # still writeable
    np.testing.assert_array_equal(explanation.values, np.ones((2, 3)))
    np.testing.assert_array_equal(explanation.data, np.ones((2, 3)))


def test_pickle_keeps_everything(explanation):
    assert_equal_explanations(revived(explanation), explanation)


def assert_equal_explanations(got, expected):
    for field in fields(Explanation):
        one, other = getattr(got, field.name), getattr(expected, field.name)
        if isinstance(other, pd.DataFrame):
            pd.testing.assert_frame_equal(one, other)
        elif isinstance(other, pd.Index):
            pd.testing.assert_index_equal(one, other)
        elif isinstance(other, np.ndarray):
            np.testing.assert_array_equal(one, other, strict=True)
        else:
            assert one == other, field.name


# -- parts -------------------------------------------------------------------------------------

_row_keys = st.one_of(
    st.integers(-N_ROWS, N_ROWS - 1),
    st.slices(N_ROWS),
    st.lists(st.integers(-N_ROWS, N_ROWS - 1), max_size=8),
    st.lists(st.booleans(), min_size=N_ROWS, max_size=N_ROWS).map(np.array),
)
_player_keys = st.one_of(
    st.integers(-N_PLAYERS, N_PLAYERS - 1),
    st.slices(N_PLAYERS),
    st.sampled_from(NAMES),
    st.lists(st.sampled_from([*NAMES, 0, -1]), max_size=5),
    st.lists(st.booleans(), min_size=N_PLAYERS, max_size=N_PLAYERS).map(np.array),
)


def positions_by_hand(key, names):
    """A plain loop: which positions a key means."""
    if isinstance(key, slice):
        return list(range(len(names)))[key]
    if isinstance(key, np.ndarray):
        return [position for position, chosen in enumerate(key) if chosen]
    positions = []
    for entry in key if isinstance(key, list) else [key]:
        position = names.index(entry) if isinstance(entry, str) else entry
        positions.append(position % len(names))
    return positions


@settings(deadline=None, derandomize=True)
@given(rows=_row_keys, players=_player_keys, n_outputs=st.sampled_from([None, N_OUTPUTS]))
def test_slicing_against_a_loop(rows, players, n_outputs):
    explanation = explanation_of(n_outputs)
    part = explanation[rows, players]
    row_positions = positions_by_hand(rows, range(N_ROWS))
    player_positions = positions_by_hand(players, NAMES)
    assert part.shape[:2] == (len(row_positions), len(player_positions))
    for i, row in enumerate(row_positions):
        for j, player in enumerate(player_positions):
            np.testing.assert_array_equal(part.values[i, j], explanation.values[row, player])
            np.testing.assert_array_equal(
                part.std_errors[i, j], explanation.std_errors[row, player]
            )
        for name in ("base_values", "predictions", "n_evals", "targets"):
            np.testing.assert_array_equal(getattr(part, name)[i], getattr(explanation, name)[row])
        pd.testing.assert_series_equal(part.data.iloc[i], explanation.data.iloc[row])
    assert part.feature_names == tuple(NAMES[player] for player in player_positions)
    assert part.groups == tuple((player,) for player in player_positions)
    assert list(part.index) == ["abcdef"[row] for row in row_positions]
    assert (part.output_names, part.method) == (explanation.output_names, "Oracle()")


@pytest.mark.parametrize("build", [np.asarray, sp.csr_matrix, sp.csr_array, list])
def test_slicing_takes_the_rows_of_any_table(build):
    table = np.arange(N_ROWS * N_PLAYERS).reshape(N_ROWS, N_PLAYERS)
    part = explanation_of(data=build(table), index=list("uvwxyz"))[[4, 1]]
    rows = part.data.toarray() if sp.issparse(part.data) else part.data
    np.testing.assert_array_equal(rows, table[[4, 1]])
    assert list(part.index) == ["y", "v"]
    assert explanation_of(data=build(table))[[4, 1]].index is None


def test_slicing_by_arrays_and_by_labels_of_pandas():
    explanation = explanation_of()
    few = explanation[pd.Series([True, False] * 3), pd.Index(["lon", "age"])]
    np.testing.assert_array_equal(few.values, explanation.values[::2][:, [3, 0]])
    np.testing.assert_array_equal(explanation[()].values, explanation.values)
    np.testing.assert_array_equal(explanation[(0, 2), :].values, explanation.values[[0, 2]])


def test_iteration_gives_the_rows():
    rows = list(explanation_of())
    assert [row.shape for row in rows] == [(1, N_PLAYERS)] * N_ROWS
    assert [row.index[0] for row in rows] == list("abcdef")


def test_a_shared_name_chooses_all_who_have_it():
    explanation = Explanation([[1.0, 2.0, 4.0]], [0], [7], feature_names=["a", "b", "a"])
    np.testing.assert_array_equal(explanation[:, "a"].values, [[1, 4]])


@pytest.mark.parametrize(
    ("key", "error", "message"),
    [
        (6, IndexError, "row 6 is out of range: there are 6"),
        (-7, IndexError, "row -7 is out of range"),
        ([0, 6], IndexError, "rows can't be chosen by"),
        (0.5, IndexError, "rows can't be chosen by 0.5"),
        ("a", IndexError, "rows can't be chosen by 'a'"),
        (None, IndexError, "rows can't be chosen by None"),
        (True, IndexError, "rows can't be chosen by True"),
        (np.array([True]), IndexError, "rows can't be chosen by"),
        (np.zeros((2, 2), dtype=int), IndexError, "rows can't be chosen by"),
        ((0, 4), IndexError, "feature 4 is out of range: there are 4"),
        ((0, "weight"), KeyError, "no feature 'weight'; there are .*'age', 'dose'"),
        ((0, ["age", "weight"]), KeyError, "no feature 'weight'"),
        ((0, [True]), IndexError, "features can't be chosen by"),
        ((0, 0, 0), IndexError, r"got 3 indices.*use .output\(name\)"),
    ],
)
def test_slicing_refuses(key, error, message):
    with pytest.raises(error, match=message):
        explanation_of(N_OUTPUTS)[key]


def test_output():
    explanation = explanation_of(N_OUTPUTS)
    part = explanation.output("virginica")
    np.testing.assert_array_equal(part.values, explanation.values[:, :, 2])
    np.testing.assert_array_equal(part.std_errors, explanation.std_errors[:, :, 2])
    np.testing.assert_array_equal(part.base_values, explanation.base_values[:, 2])
    np.testing.assert_array_equal(part.predictions, explanation.predictions[:, 2])
    assert part.output_names == ("virginica",)
    assert part.feature_names == NAMES
    pd.testing.assert_frame_equal(part.data, explanation.data)
    assert part.output("virginica") is part
    assert explanation_of(N_OUTPUTS, std_errors=None).output("setosa").std_errors is None


def test_output_by_the_class_label_itself():
    values = np.arange(6.0).reshape(1, 2, 3)
    explanation = Explanation(
        values, np.zeros((1, 3)), np.zeros((1, 3)), output_names=np.array([10, 20, 30])
    )
    np.testing.assert_array_equal(explanation.output(20).values, values[:, :, 1])


@pytest.mark.parametrize("n_outputs", [None, N_OUTPUTS])
def test_output_refuses(n_outputs):
    with pytest.raises(KeyError, match="no output 'rose'; outputs are"):
        explanation_of(n_outputs).output("rose")


# -- pool --------------------------------------------------------------------------------------


def test_pool_by_hand():
    explanation = Explanation(
        values=[[1.0, 2.0, 4.0, 8.0], [-1.0, 1.0, 0.5, 0.0]],
        base_values=[10.0, 10.0],
        predictions=[25.0, 10.5],
        std_errors=[[0.1, 0.2, 0.3, 0.4], [0.0, 0.0, 0.5, 0.0]],
        feature_names=NAMES,
        groups=[[5], [0, 3], [2], [1]],
    )
    pooled = explanation.pool({"place": ["lon", "lat"], "body": "age"})
    assert pooled.feature_names == ("place", "body", "dose")
    np.testing.assert_allclose(pooled.values, [[12.0, 1.0, 2.0], [0.5, -1.0, 1.0]])
    np.testing.assert_allclose(pooled.std_errors, [[0.7, 0.1, 0.2], [0.5, 0.0, 0.0]])
    assert pooled.groups == ((1, 2), (5,), (0, 3))
    np.testing.assert_allclose(pooled.completeness_gap, 0, atol=1e-12)


@settings(deadline=None, derandomize=True)
@given(
    labels=st.lists(st.sampled_from(["A", "B", None]), min_size=N_PLAYERS, max_size=N_PLAYERS),
    n_outputs=st.sampled_from([None, N_OUTPUTS]),
)
def test_pool_against_a_loop(labels, n_outputs):
    explanation = explanation_of(n_outputs)
    groups = {
        group: [NAMES[j] for j, label in enumerate(labels) if label == group]
        for group in ("A", "B")
        if group in labels
    }
    pooled = explanation.pool(groups)
    rest = [name for name, label in zip(NAMES, labels) if label is None]
    assert pooled.feature_names == (*groups, *rest)
    for j, name in enumerate(pooled.feature_names):
        members = groups.get(name, [name])
        total = sum(explanation.values[:, NAMES.index(member)] for member in members)
        np.testing.assert_allclose(pooled.values[:, j], total, atol=1e-12)
    np.testing.assert_allclose(pooled.completeness_gap, 0, atol=1e-12)


def test_pool_keeps_features_that_share_a_name():
    explanation = Explanation([[1.0, 2.0, 4.0]], [0], [7], feature_names=["a", "a", "b"])
    assert explanation.pool({"c": ["b"]}).feature_names == ("c", "a", "a")
    np.testing.assert_array_equal(explanation.pool({"c": ["b"]}).values, [[4, 1, 2]])
    np.testing.assert_array_equal(explanation.pool({"c": ["a"]}).values, [[3, 4]])


def test_a_group_may_have_the_name_of_one_of_its_members():
    pooled = explanation_of().pool({"lat": ["lat", "lon"]})
    assert pooled.feature_names == ("lat", "age", "dose")


@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        ([["lat", "lon"]], TypeError, "groups is list; expected a dict"),
        ({"place": ["lat", "height"]}, KeyError, "no feature 'height'"),
        ({"a": ["lat", "lon"], "b": ["lon"]}, ValueError, r"groups names \['lon'\] more than once"),
        ({"a": ["lat", "lat"]}, ValueError, r"groups names \['lat'\] more than once"),
        ({"a": []}, ValueError, "groups: 'a' has no features"),
        ({"age": ["lat", "lon"]}, ValueError, r"\['age'\] are names of features outside"),
    ],
)
def test_pool_refuses(groups, error, message):
    with pytest.raises(error, match=message):
        explanation_of().pool(groups)


@settings(deadline=None, derandomize=True)
@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    n_outputs=st.sampled_from([None, 2]),
    data=st.data(),
)
def test_pool_along_axes_is_numpy_sum(shape, n_outputs, data):
    axes = data.draw(
        st.lists(st.integers(0, len(shape) - 1), min_size=1, unique=True).map(tuple)
        | st.integers(-len(shape), len(shape) - 1)
    )
    n_players, outputs = int(np.prod(shape)), () if n_outputs is None else (n_outputs,)
    values = np.random.default_rng(0).normal(size=(3, n_players, *outputs))
    zeros = np.zeros((3, *outputs))
    explanation = Explanation(values, zeros, values.sum(axis=1), std_errors=np.abs(values))
    pooled = explanation.pool(shape=shape, axis=axes)
    for array, found in [(values, pooled.values), (np.abs(values), pooled.std_errors)]:
        by_row = [
            [np.sum(row[..., k].reshape(shape), axis=axes).ravel() for k in range(row.shape[-1])]
            for row in array.reshape(3, n_players, -1)
        ]
        expected = np.array(by_row).transpose(0, 2, 1).reshape(found.shape)
        np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(pooled.completeness_gap, 0, atol=1e-12)


def test_names_and_columns_of_pooled_axes():
    columns = [[10 + j] for j in range(6)]
    explanation = Explanation(
        [[1.0, 2.0, 4.0, 8.0, 16.0, 32.0]], [0], [63], data=np.zeros((1, 16)), groups=columns
    )
    times = explanation.pool(shape=(2, 3), axis=0)
    assert times.feature_names == ("[:, 0]", "[:, 1]", "[:, 2]")
    np.testing.assert_array_equal(times.values, [[9, 18, 36]])
    assert times.groups == ((10, 13), (11, 14), (12, 15))
    channels = explanation.pool(shape=(2, 3), axis=-1)
    assert channels.feature_names == ("[0, :]", "[1, :]")
    np.testing.assert_array_equal(channels[:, "[1, :]"].values, [[56]])
    assert explanation.pool(shape=(2, 3), axis=(0, 1)).feature_names == ("[:, :]",)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "expected either groups, or shape and axis"),
        ({"groups": {"a": ["age"]}, "shape": (2, 2), "axis": 0}, "expected either groups"),
        ({"shape": (2, 3), "axis": 0}, r"shape is \(2, 3\); .* number of features, 4"),
        ({"shape": (-2, -2), "axis": 0}, "expected a tuple of positive integers"),
        ({"shape": (1.6, 2.5), "axis": 0}, "expected a tuple of positive integers"),
        ({"shape": 4, "axis": 0}, "shape is 4"),
        ({"axis": 0}, "shape is None"),
        ({"shape": (2, 2)}, r"axis is None; expected an axis of shape \(2, 2\)"),
        ({"shape": (2, 2), "axis": 2}, "axis is 2"),
        ({"shape": (2, 2), "axis": True}, "axis is True"),
        ({"shape": (2, 2), "axis": (0, -2)}, r"axis is \(0, -2\); .* each once"),
        ({"shape": (2, 2), "axis": ()}, r"axis is \(\); expected one axis or more"),
    ],
)
def test_pool_refuses_shapes(arguments, message):
    with pytest.raises(ValueError, match=message):
        explanation_of().pool(**arguments)


# -- inside and outside ------------------------------------------------------------------------


def test_inside_outside_ratio_by_hand():
    explanation = Explanation(
        [[3.0, -1.0, 2.0, 2.0], [0.0, 0.0, 1.0, -3.0]], [0, 0], [6, -2], feature_names=NAMES
    )
    # Inside: (3 + 1) / 2 and 0; outside: (2 + 2) / 2 and (1 + 3) / 2.
    for inside in (["age", "dose"], [0, 1], [True, True, False, False], slice(2)):
        np.testing.assert_array_equal(explanation.inside_outside_ratio(inside), [1.0, 0.0])
    np.testing.assert_allclose(explanation.inside_outside_ratio("age"), [3 / (5 / 3), 0.0])
    np.testing.assert_array_equal(explanation.inside_outside_ratio(["lat", "lon"]), [1.0, np.inf])


def test_inside_outside_ratio_by_a_loop(explanation):
    regions = np.random.default_rng(1).random((N_ROWS, N_PLAYERS)) < 0.5
    regions[:, 0], regions[:, 1] = True, False
    ratios = explanation.inside_outside_ratio(regions)
    assert ratios.shape == explanation.predictions.shape
    for row in range(N_ROWS):
        sizes = np.abs(explanation.values[row])
        expected = sizes[regions[row]].mean(axis=0) / sizes[~regions[row]].mean(axis=0)
        np.testing.assert_allclose(ratios[row], expected)


def test_inside_outside_ratio_of_nothing_is_unknown():
    ratios = Explanation([[0.0, 0.0]], [0], [0]).inside_outside_ratio([0])
    assert np.isnan(ratios).all()


@pytest.mark.parametrize(
    ("inside", "error", "message"),
    [
        (["weight"], KeyError, "no feature 'weight'"),
        ([7], IndexError, "features can't be chosen by"),
        ([], ValueError, "inside has no features, or all"),
        (list(NAMES), ValueError, "inside has no features, or all"),
        (np.ones((N_ROWS, N_PLAYERS)), ValueError, "inside is an array of float64"),
        (np.ones((2, N_PLAYERS), dtype=bool), ValueError, r"or \(6, 4\)"),
    ],
)
def test_inside_outside_ratio_refuses(inside, error, message):
    with pytest.raises(error, match=message):
        explanation_of().inside_outside_ratio(inside)


# -- numbers and tables ------------------------------------------------------------------------


def test_completeness_gap_by_hand():
    explanation = Explanation([[1.0, 2.0], [0.5, 0.0]], [10.0, 20.0], [13.0, 21.0])
    np.testing.assert_array_equal(explanation.completeness_gap, [0.0, -0.5])


def test_completeness_gap_has_the_shape_of_predictions(explanation):
    assert explanation.completeness_gap.shape == explanation.predictions.shape
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-12)


def test_importance_by_scipy(explanation):
    table = explanation.importance()
    assert list(table.index) == list(NAMES)
    for k in range(explanation.n_outputs):
        flat = explanation.values.ndim == 2
        part = table if flat else table[explanation.output_names[k]]
        magnitudes = np.abs(explanation.values if flat else explanation.values[:, :, k])
        np.testing.assert_allclose(part["importance"], magnitudes.mean(axis=0))
        np.testing.assert_allclose(part["std_error"], sem(magnitudes, axis=0))


@pytest.mark.parametrize("n_outputs", [None, N_OUTPUTS])
def test_importance_of_a_single_row_has_no_error(n_outputs):
    explanation = explanation_of(n_outputs, n_rows=1)
    table = explanation.importance().to_numpy().reshape(N_PLAYERS, -1, 2)
    expected = np.abs(explanation.values).reshape(N_PLAYERS, -1)
    np.testing.assert_array_equal(table[:, :, 0], expected)
    assert np.isnan(table[:, :, 1]).all()


@pytest.mark.parametrize("n_outputs", [None, N_OUTPUTS])
def test_an_explanation_of_no_rows(n_outputs):
    explanation = explanation_of(n_outputs)[:0]
    assert len(explanation) == 0
    assert explanation.to_frame().shape == (0, N_PLAYERS * (n_outputs or 1))
    assert explanation.importance().isna().to_numpy().all()
    assert explanation.pool({"place": ["lat", "lon"]}).shape[:2] == (0, 3)
    assert repr(explanation).startswith("<Explanation: 0 rows, 4 features")
    assert "<table" in explanation._repr_html_()


@pytest.mark.parametrize("field", ["values", "std_errors"])
def test_to_frame_of_one_output(field):
    explanation = explanation_of()
    frame = explanation.to_frame(field)
    np.testing.assert_array_equal(frame.to_numpy(), getattr(explanation, field))
    assert list(frame.columns) == list(NAMES)
    assert list(frame.index) == list("abcdef")


@pytest.mark.parametrize("field", ["values", "std_errors"])
def test_to_frame_of_several_outputs(field):
    explanation = explanation_of(N_OUTPUTS)
    frame = explanation.to_frame(field)
    assert frame.columns.names == ["output", "feature"]
    assert frame.shape == (N_ROWS, N_OUTPUTS * N_PLAYERS)
    for k, output in enumerate(OUTPUTS):
        for j, name in enumerate(NAMES):
            expected = getattr(explanation, field)[:, j, k]
            np.testing.assert_array_equal(frame[output, name], expected)


@pytest.mark.parametrize("n_outputs", [None, N_OUTPUTS])
def test_the_frame_is_the_users_to_change(n_outputs):
    explanation = explanation_of(n_outputs)
    before = explanation.values.copy()
    frame = explanation.to_frame()
    frame.iloc[0, 0] = 7.0
    assert frame.iloc[0, 0] == 7.0
    np.testing.assert_array_equal(explanation.values, before)


def test_to_frame_refuses():
    with pytest.raises(ValueError, match="field must be 'values' or 'std_errors', got 'data'"):
        explanation_of().to_frame("data")
    with pytest.raises(ValueError, match="has no std_errors"):
        explanation_of(std_errors=None).to_frame("std_errors")


# -- what people look at -----------------------------------------------------------------------


def test_repr():
    assert repr(explanation_of()) == "<Explanation: 6 rows, 4 features, output 'y', by Oracle()>"
    assert (
        repr(explanation_of(N_OUTPUTS, method="")[0, "age"])
        == "<Explanation: 1 row, 1 feature, 3 outputs>"
    )


@pytest.mark.parametrize("n_outputs", [None, N_OUTPUTS])
def test_html_shows_the_values(n_outputs):
    explanation = explanation_of(n_outputs)
    page = explanation._repr_html_()
    assert "&lt;Explanation: 6 rows" in page
    shown = f"{explanation.values.flat[0]:.4g}"
    assert f"<td>{shown}</td>" in page
    assert "<th>dose</th>" in page


@pytest.mark.parametrize("n_outputs", [None, N_OUTPUTS])
def test_html_escapes_hostile_names(n_outputs):
    bad = "<script>alert('{}')</script>&"
    outputs = None if n_outputs is None else [bad.format(f"output {k}") for k in range(n_outputs)]
    explanation = explanation_of(
        n_outputs,
        feature_names=[bad.format(f"feature {j}") for j in range(N_PLAYERS)],
        output_names=outputs,
        method=bad.format("method"),
        index=pd.Index([bad.format(f"row {i}") for i in range(N_ROWS)], name=bad.format("index")),
    )
    page = explanation._repr_html_()
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert") >= N_PLAYERS + N_ROWS + 1


def test_html_of_many_rows_and_features_stays_short():
    explanation = Explanation(np.zeros((500, 300)), np.zeros(500), np.zeros(500))
    assert len(explanation._repr_html_()) < 20_000


@pytest.mark.parametrize("kind", ["bar", "beeswarm", "waterfall"])
def test_plot(kind):
    pytest.importorskip("matplotlib").use("agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    figure, ax = pyplot.subplots()
    display = explanation_of()[:1].plot(kind, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    pyplot.close(figure)


def test_plot_refuses():
    pytest.importorskip("matplotlib")
    with pytest.raises(ValueError, match="'pie'"):
        explanation_of().plot("pie")
