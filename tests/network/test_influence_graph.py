"""InfluenceGraph: a hand-made graph through every verb."""

import pickle

import numpy as np
import pandas as pd
import pytest

from skxai.network import InfluenceGraph

VALUES = np.array(
    [
        [[0.0, 1.0, 0.0], [0.0, 0.0, -2.0], [0.5, 0.0, 0.0]],
        [[0.0, -3.0, 0.0], [0.0, 0.0, 2.0], [0.5, 0.0, 0.0]],
    ]
)
GRAPH = InfluenceGraph.of_rows(
    VALUES,
    scores=np.array([0.1, 0.9, 0.5]),
    feature_names=["a", "b", "c"],
    method="by hand",
    index=pd.Index(["u", "v"]),
)


def same(one, two):
    for name in ("matrix", "std_errors", "scores", "values"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    assert one.feature_names == two.feature_names
    assert one.method == two.method
    assert (one.index is None) == (two.index is None)
    assert one.index is None or one.index.equals(two.index)


def test_weights_are_mean_absolute_relevances():
    np.testing.assert_array_equal(GRAPH.matrix, [[0, 2, 0], [0, 0, 2], [0.5, 0, 0]])
    np.testing.assert_allclose(GRAPH.std_errors, [[0, 1, 0], [0, 0, 0], [0, 0, 0]])


def test_edges_come_heaviest_first():
    expected = pd.DataFrame(
        {
            "source": ["a", "b", "c"],
            "target": ["b", "c", "a"],
            "weight": [2.0, 2.0, 0.5],
            "std_error": [1.0, 0.0, 0.0],
        }
    )
    pd.testing.assert_frame_equal(GRAPH.to_frame(), expected, check_dtype=False)


def test_pairs_add_up_both_ways():
    graph = InfluenceGraph(np.array([[0, 1.0, 0], [0.25, 0, 0], [4.0, 0, 0]]))
    pairs = graph.to_frame(directed=False)
    assert pairs.to_numpy().tolist() == [["x0", "x2", 4.0], ["x0", "x1", 1.25]]


def test_rows_are_graphs():
    one = GRAPH[1]
    np.testing.assert_array_equal(one.matrix, abs(VALUES[1]))
    assert one.std_errors is None
    assert len(one) == 1
    assert list(one.index) == ["v"]
    same(GRAPH[[True, True]], GRAPH)
    nothing = GRAPH[:0]
    assert np.isnan(nothing.matrix).all()
    assert len(nothing.to_frame()) == len(nothing.to_frame(directed=False)) == 0
    assert repr(nothing) == "<InfluenceGraph: 3 features, 0 edges>"
    with pytest.raises(IndexError, match="row 2"):
        GRAPH[2]


def test_networkx_has_the_same_edges():
    pytest.importorskip("networkx")
    graph = GRAPH.to_networkx()
    assert list(graph.nodes) == ["a", "b", "c"]
    assert graph.nodes["b"]["score"] == 0.9
    edges = {(u, v): data for u, v, data in graph.edges(data=True)}
    assert edges == {
        ("a", "b"): {"weight": 2.0, "std_error": 1.0},
        ("b", "c"): {"weight": 2.0, "std_error": 0.0},
        ("c", "a"): {"weight": 0.5, "std_error": 0.0},
    }


def test_files_and_pickles(tmp_path):
    for graph in (GRAPH, GRAPH[0], InfluenceGraph(np.zeros((2, 2)))):
        graph.save(tmp_path / "graph.npz")
        same(InfluenceGraph.load(tmp_path / "graph.npz"), graph)
        same(pickle.loads(pickle.dumps(graph)), graph)


def test_it_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        GRAPH.matrix[0, 1] = 0
    with pytest.raises(AttributeError):
        GRAPH.matrix = None


def test_texts():
    assert repr(GRAPH) == "<InfluenceGraph: 2 rows, 3 features, 3 edges>"
    assert "2 rows" in GRAPH._repr_html_()


@pytest.mark.parametrize(
    ("matrix", "names", "message"),
    [
        (np.zeros((2, 3)), (), r"shape \(2, 3\)"),
        (np.zeros(2), (), r"shape \(2,\)"),
        (np.zeros((2, 2)), ["a"], "1 names; expected 2"),
        (np.zeros((2, 2)), ["a", "a"], "expected different names"),
        (-np.eye(2), (), "weights below zero"),
    ],
)
def test_errors(matrix, names, message):
    with pytest.raises(ValueError, match=message):
        InfluenceGraph(matrix, feature_names=names)


@pytest.mark.parametrize(
    ("field", "shape"), [("std_errors", (3, 3)), ("scores", (3,)), ("values", (5, 3, 3))]
)
def test_fields_fit_the_matrix(field, shape):
    with pytest.raises(ValueError, match=f"{field} has shape"):
        InfluenceGraph(np.zeros((2, 2)), **{field: np.zeros(shape)})
    with pytest.raises(ValueError, match="expected three dimensions"):
        InfluenceGraph.of_rows(np.zeros((2, 2)))
