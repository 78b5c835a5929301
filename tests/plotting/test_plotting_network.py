"""Pictures of graphs: what is drawn is what the matrix says."""

import numpy as np
import pytest

from skxai.network import InfluenceGraph
from skxai.plotting import AdjacencyDisplay, NetworkDisplay
from skxai.plotting._network import _circle

MATRIX = np.array(
    [[0.0, 0.9, 0.0, 0.1], [0.5, 0.0, 0.2, 0.0], [0.0, 0.3, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
)
GRAPH = InfluenceGraph(MATRIX, scores=[0.2, 0.8, 0.4, -1.0], feature_names=["a", "b", "c$", "d"])


def test_an_arrow_for_each_edge_the_heaviest_on_top():
    display = GRAPH.plot("network", title="T")
    assert isinstance(display, NetworkDisplay)
    assert display.edges_ == [(0, 3), (1, 2), (2, 1), (1, 0), (0, 1)]
    widths = [arrow.get_linewidth() for arrow in display.arrows_]
    np.testing.assert_allclose(np.array(widths) / widths[-1], np.array([1, 2, 3, 5, 9]) / 9)
    assert [text.get_text() for text in display.texts_] == ["a", "b", r"c\$", "d"]
    np.testing.assert_allclose(display.nodes_.get_array(), [0.2, 0.8, 0.4, 0.0])
    assert display.ax_.get_xlabel() == ""


def test_what_is_left_out_is_said():
    display = GRAPH.plot(max_edges=2)
    assert display.edges_ == [(1, 0), (0, 1)]
    assert display.ax_.get_xlabel() == "widest arrow: 0.9; 3 edges, up to 0.3, are not shown"
    assert len(GRAPH.plot(max_edges=None).edges_) == 5
    with pytest.raises(ValueError, match="max_edges must be 'auto'"):
        GRAPH.plot(max_edges="all")
    with pytest.raises(ValueError, match="max_edges must be"):
        GRAPH.plot(max_edges=0)


def test_arrows_point_from_source_to_target():
    display = NetworkDisplay(MATRIX, "abcd").plot()
    for arrow, (source, target) in zip(display.arrows_, display.edges_):
        ends = np.array(arrow._posA_posB)
        np.testing.assert_array_equal(ends, display.places_[[source, target]])
    assert display.colorbar_ is None


def test_joined_nodes_stand_beside_each_other():
    ring = np.zeros((8, 8))
    names = np.array([3, 0, 7, 5, 1, 6, 2, 4])
    ring[names, np.roll(names, 1)] = 1.0
    places = _circle(ring)
    gaps = np.linalg.norm(places[names] - places[np.roll(names, 1)], axis=1)
    np.testing.assert_allclose(gaps, 2 * np.sin(np.pi / 8))


def test_matrix_has_its_weights_in_cells():
    display = GRAPH.plot("adjacency")
    assert isinstance(display, AdjacencyDisplay)
    cells = display.cells_.get_array().reshape(4, 4)
    assert cells.mask.tolist() == np.eye(4, dtype=bool).tolist()
    np.testing.assert_array_equal(cells.filled(0.0), MATRIX)
    texts = {tuple(map(int, text.get_position())): text.get_text() for text in display.texts_}
    assert texts[1, 0] == "0.900"  # column b, row a
    assert texts[0, 1] == "0.500"
    assert len(texts) == 12


def test_axes_of_ones_own():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    _, axes = pyplot.subplots(1, 2, figsize=(8, 4))
    for kind, ax in zip(("network", "adjacency"), axes):
        display = GRAPH.plot(kind, ax=ax, colorbar=False)
        assert display.ax_ is ax
        assert display.colorbar_ is None


def test_empty_graphs_are_drawn():
    empty = InfluenceGraph(np.zeros((3, 3)))
    assert empty.plot().arrows_ == []
    assert len(empty.plot("adjacency").texts_) == 6
