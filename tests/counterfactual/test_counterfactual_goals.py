"""Margins are positive exactly where the goal is reached."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skxai.counterfactual._goals import IntervalGoal, LabelGoal, MoveGoal, goal_of

TENTHS = st.lists(st.integers(0, 3), min_size=3, max_size=3)


@given(outputs=TENTHS, origin=TENTHS)
def test_another_label_is_another_argmax(outputs, origin):
    outputs, origin = np.array([outputs]) / 10, np.array(origin) / 10
    reached = outputs.argmax() != origin.argmax()
    assert (LabelGoal().margin(outputs, origin) > 0)[0] == reached
    assert LabelGoal().refuses(outputs.argmax(axis=1), origin)[0] != reached


@given(outputs=TENTHS, wanted=st.sets(st.integers(0, 2), min_size=1, max_size=2))
def test_a_label_is_the_argmax(outputs, wanted):
    outputs = np.array([outputs]) / 10
    goal = LabelGoal(np.isin(range(3), list(wanted)))
    assert (goal.margin(outputs, outputs[0]) > 0)[0] == (outputs.argmax() in wanted)
    assert goal.refuses(outputs.argmax(axis=1), None)[0] != (outputs.argmax() in wanted)


def test_margins_by_hand():
    outputs = np.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3], [0.5, 0.5, 0.0]])
    np.testing.assert_allclose(LabelGoal().margin(outputs, outputs[1]), [0.3, -0.3, 0], atol=1e-9)
    assert LabelGoal().margin(outputs, outputs[1])[2] < 0  # of equal ones the first counts
    inside = IntervalGoal(0, 0.2, 0.55).margin(outputs, None)
    np.testing.assert_allclose(inside, [0, -0.05, 0.05], atol=1e-9)
    assert inside[0] > 0  # its ends belong to an interval
    values = np.array([[4.0], [7.0], [1.0]])
    np.testing.assert_allclose(
        MoveGoal([3]).margin(values, np.array([4.0])), [-3, 0, -6], atol=1e-9
    )
    np.testing.assert_allclose(MoveGoal([-2]).margin(values, np.array([4.0])), [-2, -5, 1])
    np.testing.assert_allclose(MoveGoal([2], either=True).margin(values, [4.0]), [-2, 1, 1])


def test_targets_of_classifiers():
    labels, outputs = ["no", "yes"], np.zeros((3, 2))
    assert goal_of("other", labels, True, outputs).wanted is None
    assert goal_of("yes", labels, True, outputs).wanted.tolist() == [False, True]
    assert goal_of(["no"], labels, True, outputs).wanted.tolist() == [True, False]
    goal = goal_of({"yes": 0.8}, labels, True, outputs)
    assert (goal.output, goal.low, goal.high) == (1, 0.8, np.inf)
    goal = goal_of({"no": (None, 0.3)}, labels, True, outputs)
    assert (goal.output, goal.low, goal.high) == (0, -np.inf, 0.3)
    assert goal_of(1, [0, 1], True, outputs).wanted.tolist() == [False, True]


def test_targets_of_regressors():
    outputs = np.array([[0.0], [2.0]])
    assert goal_of(-3.5, ["y"], False, outputs).deltas.tolist() == [-3.5]
    goal = goal_of((10, None), ["y"], False, outputs)
    assert (goal.low, goal.high) == (10, np.inf)
    goal = goal_of("other", ["y"], False, outputs)
    assert goal.either
    assert goal.deltas.tolist() == [1.0]
    assert goal_of({"b": (1, 2)}, ["a", "b"], False, np.zeros((2, 2))).output == 1


@pytest.mark.parametrize(
    ("target", "labels", "classes"),
    [
        ("maybe", ["no", "yes"], True),
        ([], ["no", "yes"], True),
        (["no", "yes"], ["no", "yes"], True),
        ({"maybe": 0.5}, ["no", "yes"], True),
        ({"yes": "much"}, ["no", "yes"], True),
        ({"yes": (0.9, 0.1)}, ["no", "yes"], True),
        ({"yes": (None, None)}, ["no", "yes"], True),
        ({}, ["no", "yes"], True),
        ("more", ["y"], False),
        (0, ["y"], False),
        (None, ["y"], False),
        ((1, 2, 3), ["y"], False),
        (1.0, ["a", "b"], False),
    ],
)
def test_other_targets_are_refused(target, labels, classes):
    with pytest.raises(ValueError, match="target"):
        goal_of(target, labels, classes, np.zeros((2, len(labels))))
