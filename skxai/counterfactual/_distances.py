"""How far a counterfactual lies from its row: sums of costs of single columns, or any function."""

from itertools import chain

import numpy as np

from skxai.counterfactual._space import MAX_CELLS, differs
from skxai.utils._blocks import blocks
from skxai.utils._cells import spread

DISTANCES = ("gower", "l1-mad", "l2", "n_changes")
# What a counted change costs more the farther it goes, so that a search also shortens changes.
_SHORTER = 1e-3


class Distance:
    """A distance between codes.

    Parameters
    ----------
    kind : {"gower", "l1-mad", "l2", "n_changes"} or callable
        "gower": the mean over all columns of |difference| / range for numbers, and 1 for other
        changes. "l1-mad": the sum of |difference| / median absolute deviation, and 1 for other
        changes. "l2": the root of the sum of squares of difference / standard deviation.
        "n_changes": how many columns change. A callable ``d(counterfactuals, rows)`` takes two
        tables like X and returns a number for each row.
    space : Space
        Its codes are the background that gives ranges and deviations.
    weights : ndarray of shape (n_columns,), default=None
        Factors of the columns' costs.

    Attributes
    ----------
    scale : ndarray of shape (n_columns,)
        What a change of a number is divided by.
    unit : ndarray of shape (n_columns,)
        What a change of a category costs, and a number for which one scale is changed.
    """

    def __init__(self, kind, space, weights=None):
        self.kind = kind
        n_columns = space.codes.shape[1]
        weights = np.ones(n_columns) if weights is None else np.asarray(weights, dtype=float)
        self.is_category = space.is_category
        self.ranges = _scales(space, _range)
        measure = {"l1-mad": _mad, "l2": spread}.get(kind, _range)
        self.scale = _scales(space, measure)
        mean = kind not in ("l1-mad", "l2", "n_changes")
        self.unit = weights / n_columns if mean else weights
        self.weights = weights

    def costs(self, codes, origin, columns=slice(None)):
        """What each column's change costs; sums of them order candidates as the distance does.

        Parameters
        ----------
        codes, origin : ndarray of shape (n_rows, n_columns)
        columns : index, default=slice(None)
            Which columns these are.

        Returns
        -------
        ndarray of shape (n_rows, n_columns)
        """
        changed, unit = differs(codes, origin), self.unit[columns]
        steps = self._steps(codes, origin, changed, self.scale, columns)
        if self.kind == "l2":
            return unit * steps**2
        if self.kind == "n_changes":
            short = self._steps(codes, origin, changed, self.ranges, columns)
            return unit * changed * (1 + _SHORTER * np.minimum(short, 1))
        return unit * steps

    def _steps(self, codes, origin, changed, scale, columns):
        """How many scales a number moves; 1 for a change of a category, or from or to missing."""
        with np.errstate(invalid="ignore"):
            steps = np.abs(codes - origin) / scale[columns]
        return np.where(self.is_category[columns] | np.isnan(steps), changed, steps)

    def totals(self, codes, origin):
        """The sums of the costs of many rows' changes from one row, of shape (n_rows,)."""
        sums = np.empty(len(codes))
        for part in blocks(len(codes), max(1, len(origin)), MAX_CELLS):
            sums[part] = self.costs(codes[part], origin).sum(axis=1)
        return sums

    def __call__(self, codes, origin, tables=None):
        """The distance of each row.

        Parameters
        ----------
        codes, origin : ndarray of shape (n_rows, n_columns)
        tables : callable, default=None
            Returns both as tables; called for distances that are functions of tables.
        """
        if callable(self.kind):
            if len(codes) == 0:
                return np.zeros(0)
            values = np.asarray(self.kind(*tables()), dtype=float)
            if values.shape != (len(codes),):
                raise ValueError(
                    f"distance returned shape {values.shape}; expected {(len(codes),)}, a number "
                    "for each row"
                )
            return values
        if self.kind == "n_changes":
            return (differs(codes, origin) * self.unit).sum(axis=1)
        total = self.costs(codes, origin).sum(axis=1)
        return np.sqrt(total) if self.kind == "l2" else total


def _scales(space, measure):
    """A positive scale for each column; where a measure is 0, the next coarser one."""
    scales = np.ones(space.codes.shape[1])
    for j in np.flatnonzero(~space.is_category):
        seen = space.codes[~np.isnan(space.codes[:, j]), j]
        if len(seen) == 0:
            continue
        # Limits given by the user may reach beyond the background.
        measured = (of(seen) for of in (measure, spread, _range))
        found = chain(measured, [space.high[j] - space.low[j]])
        scales[j] = next((scale for scale in found if scale > 0 and np.isfinite(scale)), 1.0)
    return scales


def _range(seen):
    return np.ptp(seen)


def _mad(seen):
    return np.median(np.abs(seen - np.median(seen)))
