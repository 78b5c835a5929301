import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skxai.plotting._swarm import swarm_offsets

_values = st.lists(st.integers(0, 40), min_size=1, max_size=300)


@settings(deadline=None, derandomize=True)
@given(_values)
def test_points_of_a_pile_do_not_coincide(values):
    values = np.array(values, dtype=float)
    offsets = swarm_offsets(values, 0.0, 1000.0)  # 10 positions to a bin
    assert len(set(zip(values // 10, offsets))) == len(values)
    assert np.abs(offsets).max() <= 0.4


@settings(deadline=None, derandomize=True)
@given(_values)
def test_piles_are_centred_and_evenly_spaced(values):
    values = np.array(values, dtype=float)
    offsets = swarm_offsets(values, 0.0, 1000.0, spacing=0.01)
    largest = max(np.bincount((values // 10).astype(int)))
    step = min(0.01, 0.4 / max(1, largest // 2))
    for bin_ in set(values // 10):
        pile = np.sort(offsets[values // 10 == bin_])
        np.testing.assert_allclose(np.diff(pile), step)
        assert abs(pile[0] + pile[-1]) < 1.001 * step


def test_order_within_a_pile_does_not_follow_the_rows():
    offsets = swarm_offsets(np.zeros(200), -1.0, 1.0)
    assert abs(np.corrcoef(np.arange(200), np.abs(offsets))[0, 1]) < 0.2
    np.testing.assert_array_equal(offsets, swarm_offsets(np.zeros(200), -1.0, 1.0))


def test_a_high_pile_fills_its_row():
    offsets = swarm_offsets(np.zeros(201), -1.0, 1.0)
    assert (offsets.min(), offsets.max()) == pytest.approx((-0.4, 0.4))


@pytest.mark.parametrize("n", [1, 2, 7])
def test_an_axis_without_length(n):
    offsets = swarm_offsets(np.zeros(n), 0.0, 0.0)
    assert len(set(offsets)) == n


def test_global_random_state_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    swarm_offsets(np.arange(5.0), 0.0, 4.0)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002
