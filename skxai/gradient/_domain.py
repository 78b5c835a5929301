"""The domain of a model's inputs, as far as the background tells it."""

import numpy as np


class Domain:
    """Ranges of numbers, and shares of categories.

    Parameters
    ----------
    background : ndarray of shape (n_background, n_leaves)
    leaves : Leaves
        What they are of.
    """

    def __init__(self, background, leaves):
        self.low = np.nanmin(background, axis=0)
        self.high = np.nanmax(background, axis=0)
        self._simplices = []
        sources, raw = np.asarray(leaves.sources), set(leaves.raw.tolist())
        for column in np.unique(sources):
            block = np.array([j for j in np.flatnonzero(sources == column) if j not in raw])
            if len(block) > 1 and _are_shares(background[:, block]):
                self._simplices.append(block)

    def project(self, U):
        """The nearest points of the domain, of the same shape."""
        U = np.clip(U, self.low, self.high)
        for block in self._simplices:
            U[:, block] = onto_simplex(U[:, block])
        return U


def _are_shares(block):
    return (block >= 0).all() and np.allclose(block.sum(axis=1), 1)


def onto_simplex(rows):
    """The nearest point, for each row, whose entries are not negative and sum to one.

    Examples
    --------
    >>> onto_simplex(np.array([[0.5, 0.7], [2.0, 0.0]]))
    array([[0.4, 0.6],
           [1. , 0. ]])
    """
    ordered = -np.sort(-rows, axis=1)
    excess = (np.cumsum(ordered, axis=1) - 1) / np.arange(1, rows.shape[1] + 1)
    n_positive = (ordered > excess).sum(axis=1)
    shift = np.take_along_axis(excess, n_positive[:, None] - 1, axis=1)
    return np.maximum(rows - shift, 0)
