"""Seeds are drawn as scikit-learn understands `random_state`, away from the global generator."""

import numpy as np
import pytest

from skxai.utils._random import draw_seeds


def test_integers_and_generators():
    np.testing.assert_array_equal(draw_seeds(3, 5), draw_seeds(3, 5))
    assert len(set(draw_seeds(3, 5)) | set(draw_seeds(4, 5))) == 10
    generator = np.random.RandomState(3)
    np.testing.assert_array_equal(draw_seeds(generator, 5), draw_seeds(3, 5))
    assert set(draw_seeds(generator, 5)).isdisjoint(draw_seeds(3, 5))  # it goes on


@pytest.mark.parametrize("random_state", [None, 0])
def test_the_global_generator_is_left_alone(random_state):
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first = draw_seeds(random_state, 4)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    again = draw_seeds(random_state, 4)
    assert np.array_equal(first, again) == (random_state == 0)


def test_bad_states_are_refused():
    with pytest.raises(ValueError, match="cannot be used to seed"):
        draw_seeds("seed", 1)
