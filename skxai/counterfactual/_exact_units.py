"""What the exact searches are asked and what they answer: units, goals, results."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Number:
    """A column that may move along the number line.

    Attributes
    ----------
    column : int
        Which of the model's columns.
    value : float
        What the row has; NaN where it is missing.
    low, high : float
        What a changed value lies between; ``low > high`` where it cannot change.
    cost : float
        Of a change by one unit; positive.
    fixed : float, default=0.0
        What any change costs on top.
    power : float, default=1.0
        A change by t costs ``fixed + cost * |t| ** power``.
    step : float, default=0.0
        Changed values are `anchor` plus multiples of it; 0 for any.
    anchor : float, default=0.0
    missing_cost : float, default=None
        What a change from or to a missing value costs; None: it is not allowed.
    seen_missing : float, default=nan
        What the model has in place of a missing value; NaN if it takes it as it is.
    dtype : type, default=numpy.float64
        What the table holds the column in.
    """

    column: int
    value: float
    low: float
    high: float
    cost: float
    fixed: float = 0.0
    power: float = 1.0
    step: float = 0.0
    anchor: float = 0.0
    missing_cost: float | None = None
    seen_missing: float = np.nan
    dtype: type = np.float64

    @property
    def columns(self):
        """The columns that change together: the one."""
        return np.array([self.column])

    @property
    def seen(self):
        """The value, or what the model has in its place."""
        return self.seen_missing if np.isnan(self.value) else self.value

    def costs(self, values):
        """What changes to these values cost, of shape (n,)."""
        values = np.asarray(values, dtype=float)
        if np.isnan(self.value):
            return np.where(np.isnan(values), 0.0, self.missing_cost or 0.0)
        moves = np.abs(values - self.value)
        costs = np.where(moves > 0, self.fixed + self.cost * moves**self.power, 0.0)
        return np.where(np.isnan(values), self.missing_cost or 0.0, costs)


@dataclass(frozen=True)
class Choice:
    """Columns that take one of some values together, such as the indicators of a category.

    Attributes
    ----------
    columns : ndarray of int, shape (n_columns,)
    values : ndarray of shape (n_options, n_columns)
        What the row has comes first.
    costs : ndarray of shape (n_options,)
        0 for the first.
    """

    columns: np.ndarray
    values: np.ndarray
    costs: np.ndarray


@dataclass(frozen=True)
class Goal:
    """Scores that have to reach their thresholds, all of them.

    Attributes
    ----------
    weights : ndarray of shape (n_goals, n_outputs)
        Score k is ``weights[k] @ output``.
    thresholds : ndarray of shape (n_goals,)
    strict : bool or ndarray of bool, shape (n_goals,), default=True
        Whether a score equal to its threshold does not count; scores that differ from it by
        rounding errors only count as equal.
    """

    weights: np.ndarray
    thresholds: np.ndarray
    strict: bool | np.ndarray = True


@dataclass(frozen=True)
class Nearest:
    """The answer of an exact search below a limit.

    Attributes
    ----------
    status : {"optimal", "feasible", "infeasible", "not_found"}
        "optimal" and "infeasible" are proven; "feasible" and "not_found" are what there is when
        the search is cut short.
    values : ndarray of shape (n_columns,) or None
        The row as changed; None where nothing was found below the limit.
    cost : float
        Where nothing was found, the limit: infinite, or the cost of a counterfactual that is known.
    lower_bound : float
        No counterfactual costs less; infinite where there is none.
    n_nodes : int
        How many parts of the problem were looked at.
    """

    status: str
    values: np.ndarray | None
    cost: float
    lower_bound: float
    n_nodes: int = 0


def nearest_in_bins(number, cuts, dtype):
    """The value in each bin that costs least.

    Parameters
    ----------
    number : Number
    cuts : ndarray of float64
        Bin b holds what the model sees above ``cuts[b - 1]``, up to ``cuts[b]``.
    dtype : type
        What the model sees numbers in: with float32, values just beyond a cut are one float32
        step beyond it, which a table in float64 holds too.

    Returns
    -------
    ndarray of shape (n_bins,)
        NaN where no value of the bin is allowed.
    """
    edges = np.concatenate([[-np.inf], cuts, [np.inf]])
    low, high = _inner(edges[:-1], edges[1:], np.float32 if number.dtype == np.float32 else dtype)
    low, high = np.maximum(low, number.low), np.minimum(high, number.high)
    missing = np.isnan(number.value)
    home = (number.low + number.high) / 2 if missing else number.value
    if number.step > 0:
        low, high, home = (
            number.anchor + towards((edge - number.anchor) / number.step) * number.step
            for towards, edge in ((np.ceil, low), (np.floor, high), (np.round, home))
        )
    best = np.where(low <= high, np.clip(home, low, high), np.nan)
    if not missing:
        best[np.searchsorted(cuts, float(dtype(number.value)))] = number.value
    return best


def _inner(edges, next_edges, dtype):
    """The least and the largest number of a type in each bin."""
    with np.errstate(over="ignore"):
        low, high = edges.astype(dtype), next_edges.astype(dtype)
        low = np.where(low > edges, low, np.nextafter(low, dtype(np.inf)))
        high = np.where(high <= next_edges, high, np.nextafter(high, dtype(-np.inf)))
    return low.astype(float), high.astype(float)
