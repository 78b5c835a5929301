"""Positions of sequences as players."""

import re

import numpy as np
import pytest

from skxai import Explanation
from skxai.explanation import SequenceLayout
from skxai.explanation._layout import layout_of


def make():
    return SequenceLayout(["RAG", "", "QQWE"], [[0, 2], [], [1, 2, 3]])


def same(one, other):
    pairs = [*zip(one.letters, other.letters), *zip(one.positions, other.positions)]
    return len(one) == len(other) and all(a.tolist() == b.tolist() for a, b in pairs)


def test_players():
    layout = make()
    assert layout.counts.tolist() == [2, 0, 3]
    assert len(layout) == 3
    assert [layout.names(row) for row in range(3)] == [["R1", "G3"], [], ["Q2", "W3", "E4"]]
    assert layout.columns(2) == {"position": [2, 3, 4], "letter": ["Q", "W", "E"]}
    assert [layout.sequence(row) for row in range(3)] == ["RAG", "", "QQWE"]


def test_take():
    taken = make().take(np.array([2, 0, 2]))
    assert [taken.sequence(row) for row in range(3)] == ["QQWE", "RAG", "QQWE"]
    assert [taken.names(row) for row in range(2)] == [["Q2", "W3", "E4"], ["R1", "G3"]]
    assert len(make().take(np.array([], dtype=int))) == 0


def test_coloured_letters_for_notebooks():
    values = np.array([[2.0, -1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.5, -2.0]])
    data = np.zeros((3, 8))
    explanation = Explanation(values, np.zeros(3), values.sum(axis=1), data=data, layout=make())
    page = explanation._repr_html_()
    assert re.sub("<[^>]*>", "", page).count("RAG") == 1
    assert re.findall('title="([^:"]*): ([^"]*)" style="background:(.......)', page) == [
        ("R1", "+2", "#E0701C"),
        ("G3", "−1", "#80ACCE"),
        ("Q2", "+1", "#F0B88E"),
        ("W3", "+0.5", "#F7DBC6"),
        ("E4", "−2", "#005A9C"),
    ]


def test_spans_of_letters_of_several_characters():
    layout = SequenceLayout([["Ala", "G", "Pro"]], [[0, 2]])
    assert layout.spans(0).tolist() == [[0, 0, 3], [1, 4, 7]]


def test_letters_of_several_characters():
    layout = SequenceLayout([["Ala", "Gly"], ["C"]], [[0, 1], [0]])
    assert layout.names(0) == ["Ala1", "Gly2"]
    assert layout.sequence(0) == "AlaGly"


@pytest.mark.parametrize(
    "layout",
    [
        make(),
        SequenceLayout([], []),
        SequenceLayout([""], [[]]),
        SequenceLayout([["Ala", "G"], ["é"]], [[1], [0]]),
    ],
)
def test_arrays_and_back(layout, tmp_path):
    arrays = layout.to_arrays()
    assert all(array.dtype.kind in "iU" for array in arrays.values())
    np.savez(tmp_path / "layout.npz", **arrays)
    with np.load(tmp_path / "layout.npz", allow_pickle=False) as file:
        again = layout_of("sequence").from_arrays(dict(file))
    assert same(again, layout)


def test_nobody_can_write_to_it():
    letters = np.array(["R", "A"])
    layout = SequenceLayout([letters], [[0]])
    letters[0] = "X"
    assert layout.names(0) == ["R1"]
    for array in (layout.letters[0], layout.positions[0]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[0]


@pytest.mark.parametrize(
    ("positions", "message"),
    [
        ([[0], [0]], "positions has 2 rows; expected 1"),
        ([[3]], r"positions of row 0 are \[3\]; expected integers from 0 to 2"),
        ([[-1]], r"positions of row 0 are \[-1\]"),
        ([[[0]]], "positions of row 0"),
    ],
)
def test_positions_that_are_none(positions, message):
    with pytest.raises(ValueError, match=message):
        SequenceLayout(["RAG"], positions)
