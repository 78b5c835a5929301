"""Whether a counterfactual looks like a row that could be there."""

import numpy as np
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors

from skxai.utils._threads import openmp_threads

_NEIGHBORS = 20


class Plausibility:
    """How far codes lie from the background, by the Gower distance.

    Parameters
    ----------
    space : Space
        Its codes are the background.
    ranges : ndarray of shape (n_columns,)
    """

    def __init__(self, space, ranges):
        self._is_category, self._ranges = space.is_category, ranges
        self._n_columns = len(ranges)
        self._codes = space.codes
        rows = self._embed(space.codes)
        n_neighbors = min(_NEIGHBORS, len(rows) - 1)
        self._factor = self._own = None
        if n_neighbors > 0:
            self._factor = LocalOutlierFactor(
                n_neighbors=n_neighbors, novelty=True, metric="manhattan"
            ).fit(rows)
            self._own = -self._factor.negative_outlier_factor_

    def _embed(self, codes):
        """Points whose Manhattan distance is the Gower distance."""
        categories, numbers = np.flatnonzero(self._is_category), np.flatnonzero(~self._is_category)
        seen = {j: np.unique(self._codes[~np.isnan(self._codes[:, j]), j]) for j in categories}
        widths = np.full(self._n_columns, 2)
        widths[categories] = [len(values) + 1 for values in seen.values()]
        ends = np.cumsum(widths)
        points = np.empty((len(codes), ends[-1]))
        absent = np.isnan(codes)
        own = np.where(absent[:, numbers], 0.5, codes[:, numbers] / self._ranges[numbers])
        points[:, ends[numbers] - 2], points[:, ends[numbers] - 1] = own, absent[:, numbers]
        for j, values in seen.items():
            column, end = codes[:, j], ends[j] - 1
            points[:, end - len(values) : end] = 0.5 * (column[:, None] == values)
            # Missing, or a value of its own: half a change from all others.
            points[:, end] = 0.5 * (absent[:, j] | ~np.isin(column, values))
        points /= self._n_columns
        return points

    def outlier_factors(self, codes):
        """Local outlier factors: about 1 for rows as dense as their neighbours; (n_rows,)."""
        if self._factor is None or len(codes) == 0:
            return np.full(len(codes), np.nan)
        with openmp_threads(1):  # those of GNU hang in a process that is forked after their use
            return -self._factor.score_samples(self._embed(codes))

    def threshold(self, share):
        """What the outlier factors of this share of the background do not exceed."""
        return np.inf if self._own is None or share == 1 else float(np.quantile(self._own, share))

    def is_plausible(self, codes, share=0.95):
        """Whether outlier factors are no larger than those of this share of the background."""
        if self._own is None or share == 1:
            return np.ones(len(codes), dtype=bool)
        return self.outlier_factors(codes) <= self.threshold(share)

    def distances_to(self, members, codes):
        """Gower distance to the nearest of these background rows; NaN if there are none."""
        if len(codes) == 0 or not members.any():
            return np.full(len(codes), np.nan)
        nearest = NearestNeighbors(n_neighbors=1, metric="manhattan")
        nearest.fit(self._embed(self._codes[members]))
        with openmp_threads(1):
            return nearest.kneighbors(self._embed(codes))[0][:, 0]
