"""Several counterfactuals for a row that differ from each other."""

import numpy as np

from skxai.counterfactual._space import differs

# None is taken that is this many times farther than the nearest, while nearer ones are left.
_FARTHEST = 3.0
# Between two that change the same columns the gap is at most this, less than between any others.
_SAME_COLUMNS = 1e-3


def gaps_between(codes, origin, distance):
    """How much counterfactuals of a row differ: by which columns they change, then by how much.

    Parameters
    ----------
    codes : ndarray of shape (n, n_columns)
    origin : ndarray of shape (n_columns,)
    distance : Distance

    Returns
    -------
    ndarray of shape (n, n)
        The share of columns that only one of both changes, of those that either changes; where it
        is 0, a small number that grows with the distance between them.
    """
    changed = differs(codes, origin).astype(float)
    both = changed @ changed.T
    either = changed.sum(axis=1)[:, None] + changed.sum(axis=1) - both
    shares = 1 - both / np.maximum(either, 1)
    costs = np.array([distance.costs(codes, one).sum(axis=1) for one in codes])
    small = _SAME_COLUMNS * costs / max(costs.max(), 1e-300) / max(len(origin), 1)
    return np.where(both < either, shares, small)


def choose_diverse(distances, pairwise, n_wanted):
    """The nearest, then one by one that which is farthest from all chosen before.

    Parameters
    ----------
    distances : ndarray of shape (n,)
        From the row.
    pairwise : ndarray of shape (n, n)
        Between the candidates; 0 between equal ones, of which only one is chosen. Of equally
        far ones the first is.
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
