"""What pictures of counterfactuals share: where values lie, how changes are told."""

import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from skxai.plotting._common import one_row
from skxai.plotting._text import elide, row_label
from skxai.utils._values import two_texts

# Where the dots of what has no place on a scale lie, as shares of its width.
_BEFORE, _AFTER = 0.42, 0.58
_VALUE_WIDTH = 18


def one_with_changes(explanation, row):
    """The counterfactuals of one row of a table; refused if they change nothing."""
    if not hasattr(explanation, "counterfactuals"):
        raise TypeError(
            f"explanation is {type(explanation).__name__}; expected a CounterfactualExplanation"
        )
    if explanation.layout is not None:
        raise ValueError(
            f"explanation is of players of kind {explanation.layout.kind!r}, not of columns; "
            "expected that of a table: use explanation.plot()"
        )
    one = one_row(explanation, row)
    if not one.changed.any():
        raise ValueError(f"row {row} has no changes to draw: its status is {str(one.status[0])!r}")
    return one


class Places(NamedTuple):
    """Where the values of a row lie; NaN for what has no place.

    Attributes
    ----------
    before : ndarray of shape (n_features,)
    after : ndarray of shape (n_counterfactuals, n_features)
    ranges : ndarray of shape (n_features, 4)
        Of the background: 1 %, both quartiles, 99 %.
    """

    before: np.ndarray
    after: np.ndarray
    ranges: np.ndarray


def places_of(one):
    """Values of one row on scales from the lowest to the highest of what is drawn."""
    n_features, k = len(one.feature_names), one.changed.shape[0]
    before = np.array([number_of(cell(one.data, 0, j)) for j in range(n_features)])
    after = np.array(
        [[number_of(cell(one.counterfactuals, i, j)) for j in range(n_features)] for i in range(k)]
    )
    ranges = np.full((4, n_features), np.nan)
    if one.background_quantiles is not None:
        lowest, low, first, _, third, high, highest = one.background_quantiles
        flat = low == high  # as of flags that are rarely set
        ranges = np.array(
            [np.where(flat, lowest, low), first, third, np.where(flat, highest, high)]
        )
    known = np.vstack([before, after, ranges])
    start = np.fmin.reduce(known)
    width = np.fmax.reduce(known) - start
    has_scale = np.isfinite(ranges[0]) & (width > 0)
    width[~has_scale] = np.nan
    before, after, ranges = ((values - start) / width for values in (before, after, ranges))
    # Without a scale the dots only show the way.
    before[~has_scale], after[:, ~has_scale] = _BEFORE, _AFTER
    return Places(before, after, ranges.T)


def change_sizes(places):
    """How large changes are: shares of the scale, 1 where there is none."""
    sizes = np.abs(places.after - places.before)
    return np.where(np.isnan(sizes) | np.isnan(places.ranges[:, 0]), 1.0, sizes)


def cell(table, row, column):
    """One value of a table of either kind."""
    return table.iloc[row, column] if isinstance(table, pd.DataFrame) else table[row, column]


def number_of(value):
    """A value in the units of the background's quantiles; NaN for what is no number."""
    if not pd.api.types.is_scalar(value) or pd.isna(value) or isinstance(value, str | bytes):
        return np.nan
    if isinstance(value, datetime.datetime | np.datetime64):
        stamp = pd.Timestamp(value)
        return (stamp - pd.Timestamp(0, tz=stamp.tz)).total_seconds()
    if isinstance(value, datetime.timedelta | np.timedelta64):
        return pd.Timedelta(value).total_seconds()
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan


def change_text(one, column, k):
    """``31000 → 45000``."""
    values = two_texts(cell(one.data, 0, column), cell(one.counterfactuals, k, column))
    return " → ".join(elide(text, _VALUE_WIDTH) for text in values)


def names_of(one, shown):
    """A name for each counterfactual that is shown; None for a single one."""
    if len(one.status) == 1:
        return None
    words = [elide(after, 40) for _, after in one.predictions_in_words()]
    return [f"{words[k]}, distance {one.distances[k]:.3g}" for k in shown]


def title_of(explanation, row, one):
    """The row, its prediction, and what a single counterfactual turns it into."""
    before, after = (elide(text, 40) for text in one.predictions_in_words()[0])
    told = f"prediction {before}" + (f" → {after}" if len(one.status) == 1 else "")
    return ", ".join(filter(None, [row_label(explanation, row), told]))
