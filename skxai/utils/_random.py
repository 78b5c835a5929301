"""Seeds, drawn once in `fit`."""

import numpy as np
from sklearn.utils import check_random_state


def draw_seeds(random_state, size):
    """Draw `size` integer seeds as scikit-learn understands `random_state`.

    Unlike scikit-learn, None means fresh entropy, not numpy's global generator.
    """
    if random_state is None:
        random_state = np.random.RandomState(np.random.MT19937(np.random.SeedSequence()))
    return check_random_state(random_state).randint(np.iinfo(np.int32).max, size=size)
