"""Rows that activate an output most, and differ from each other."""

import numpy as np


def choose_prototypes(activations, distances_to, n_prototypes, diversity):
    """Rows by maximal marginal relevance.

    The first is the row with the largest activation. Then, one by one, the row with the largest
    ``(1 - diversity) * a - diversity * s``. Here ``a`` is its activation, brought to 0 at the
    smallest and 1 at the largest; and ``s``, the largest similarity ``exp(-d**2)`` to a row that
    is chosen already, at distance d. Of equal rows the first is taken.

    Parameters
    ----------
    activations : ndarray of shape (n_rows,)
    distances_to : callable
        ``distances_to(i)``: the distance of each row from row i, of shape (n_rows,).
    n_prototypes : int
        At most `n_rows`.
    diversity : float
        Between 0 and 1.

    Returns
    -------
    ndarray of int, shape (n_prototypes,)
        Positions, in the order they are chosen.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.array([3.0, 2.9, 0.0, 1.5])
    >>> activations = np.array([1.0, 0.9, 0.0, 0.8])
    >>> choose_prototypes(activations, lambda i: abs(points - points[i]), 3, 0.0)
    array([0, 1, 3])
    >>> choose_prototypes(activations, lambda i: abs(points - points[i]), 3, 0.5)
    array([0, 3, 1])
    """
    span = np.ptp(activations)
    worth = (activations - activations.min()) / (span if span > 0 else 1.0)
    chosen = [int(np.argmax(worth))]
    similarity = np.zeros(len(worth))
    while len(chosen) < n_prototypes:
        similarity = np.maximum(similarity, np.exp(-(distances_to(chosen[-1]) ** 2)))
        gain = (1 - diversity) * worth - diversity * similarity
        gain[chosen] = -np.inf
        chosen.append(int(np.argmax(gain)))
    return np.array(chosen)
