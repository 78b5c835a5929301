"""Several counterfactuals for a row that differ from each other."""

import numpy as np

# None is taken that is this many times farther than the nearest, while nearer ones are left.
_FARTHEST = 3.0


def choose_diverse(distances, pairwise, n_wanted):
    """The nearest, then one by one that which is farthest from all chosen before.

    Parameters
    ----------
    distances : ndarray of shape (n,)
        From the row.
    pairwise : ndarray of shape (n, n)
        Between the candidates; 0 between equal ones, of which only one is chosen.
    n_wanted : int

    Returns
    -------
    list of int
        Positions, the nearest first; fewer than `n_wanted` if there are fewer different ones.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.array([1.0, 1.1, 2.0, 9.0])
    >>> choose_diverse(points, abs(points[:, None] - points), 3)
    [0, 2, 1]
    """
    chosen = [int(np.argmin(distances))]
    near = distances <= _FARTHEST * distances[chosen[0]]
    while len(chosen) < n_wanted:
        gaps = pairwise[:, chosen].min(axis=1)
        if not (gaps > 0).any():
            break
        fitting = (gaps > 0) & near
        if fitting.any():
            chosen.append(int(np.argmax(np.where(fitting, gaps, -1.0))))
        else:
            chosen.append(int(np.argmin(np.where(gaps > 0, distances, np.inf))))
    return chosen
