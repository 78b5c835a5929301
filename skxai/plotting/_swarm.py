"""Where the points of a beeswarm lie within their row."""

import numpy as np

_N_BINS = 100
_HALF_HEIGHT = 0.4


def swarm_offsets(values, low, high, spacing=0.08):
    """Spread points with near values to both sides of the middle of their row.

    Parameters
    ----------
    values : ndarray of shape (n_points,)
        Positions along the row.
    low, high : float
        Ends of the axis; one hundredth of it counts as near.
    spacing : float, default=0.08
        Distance of neighbours, where there is room.

    Returns
    -------
    ndarray of shape (n_points,)
        Between -0.4 and 0.4. Which point of a pile lies where is random, the same each time.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.plotting._swarm import swarm_offsets
    >>> [abs(float(offset)) for offset in swarm_offsets(np.array([1.0, 5.0]), 0.0, 10.0)]
    [0.0, 0.0]
    """
    width = (high - low) / _N_BINS
    bins = np.floor((values - low) / width).astype(int) if width > 0 else np.zeros(len(values), int)
    shuffled = np.random.default_rng(0).permutation(len(values))
    order = shuffled[np.argsort(bins[shuffled], kind="stable")]  # bin by bin
    first = np.r_[True, np.diff(bins[order]) != 0]
    starts = np.flatnonzero(first)
    position = np.arange(len(values)) - starts[np.cumsum(first) - 1]  # 0, 1, 2, … in each bin
    steps = np.where(position % 2, position + 1, -position) / 2  # 0, 1, -1, 2, -2, …
    farthest = np.abs(steps).max(initial=1.0)
    offsets = np.empty(len(values))
    offsets[order] = steps * min(spacing, _HALF_HEIGHT / farthest)
    return offsets
