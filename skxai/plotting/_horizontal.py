"""A horizontal axis for values of any kind: numbers, dates, categories, missing ones."""

import numpy as np

from skxai.plotting._common import LINE, axes_points, label_places
from skxai.plotting._swarm import swarm_offsets

_MISSING = "missing"
_MISSING_POINTS = 50  # the width of the place of missing values
_TICK_POINTS = 45  # the width of a tick's label, about
_MARGIN = 0.04
_N_BINS = 30
_SPACING = 0.03


def lay_out(ax, x, y, categories=None):
    """Prepare the axis for these values, and say where the points lie.

    Parameters
    ----------
    ax : matplotlib Axes
    x : ndarray of shape (n_rows,)
        Numbers or datetime64; with `categories`, positions among them. NaN: missing.
    y : ndarray of shape (n_rows,)
        Their heights; points of one place that are near are spread sideways.
    categories : sequence of str, default=None

    Returns
    -------
    positions : ndarray of shape (n_rows,)
    centers, widths, counts : ndarrays
        Of a histogram of the values.
    """
    if categories is None:
        return _on_a_scale(ax, x, y)
    names = list(categories)
    is_missing = np.isnan(x)
    if is_missing.any():
        ax.axvline(len(names) - 0.5, color=LINE, linewidth=0.8, linestyle=":")
        x = np.where(is_missing, len(names), x)
        names.append(_MISSING)
    places = np.arange(len(names))
    label_places(ax, names, axes_points(ax)[0] / len(names))
    ax.set_xlim(-0.5, len(names) - 0.5)
    ax.tick_params(axis="x", length=0)
    counts = np.bincount(x.astype(int), minlength=len(names))
    return x + _sideways(x, y), places, np.full(len(names), 0.6), counts


def _on_a_scale(ax, x, y):
    n_ticks = int(np.clip(0.6 * axes_points(ax)[0] / _TICK_POINTS, 2, 8))
    nearby = 0.1  # of a single value: what is left to both its sides
    if x.dtype.kind == "M" and np.isnat(x).all():
        x = np.full(len(x), np.nan)
    elif x.dtype.kind == "M":
        x, nearby = _dates(ax, x, max(n_ticks, 3)), 1e-4
    known = x[np.isfinite(x)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 0.0)
    span = (high - low) or nearby * abs(high) or 1.0
    right = high + _MARGIN * span
    enough = high - low > 10 * _N_BINS * np.spacing(max(abs(low), abs(high)))
    if enough:
        counts, edges = np.histogram(known, _N_BINS, (low, high))
    else:
        margin = _MARGIN * span
        counts, edges = np.array([len(known)]), np.array([low - margin, high + margin])
    centers, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    is_missing = np.isnan(x)
    if is_missing.any() or high == low:
        _keep_ticks_within(ax, low, high, n_ticks if len(known) else 0)
    if is_missing.any():
        share = np.clip(_MISSING_POINTS / axes_points(ax)[0], 0.1, 0.4)
        place = high + (_MARGIN + 1.2 * share / 2) * span
        ax.axvline(right, color=LINE, linewidth=0.8, linestyle=":")
        ax.set_xticks([place], [_MISSING], minor=True)
        ax.tick_params(axis="x", which="minor", length=0)
        sideways = _sideways(np.zeros(is_missing.sum()), y[is_missing])
        x = x.copy()
        x[is_missing] = place + share * span * sideways
        centers, widths = np.r_[centers, place], np.r_[widths, 0.6 * share * span]
        counts = np.r_[counts, is_missing.sum()]
        right = place + 1.2 * share / 2 * span
    ax.set_xlim(low - _MARGIN * span, right)
    _leave_room_for_offset(ax)
    return x, centers, widths, counts


def _dates(ax, x, n_ticks):
    """The dates as matplotlib's numbers, and ticks whose labels leave out what repeats."""
    from matplotlib import dates

    locator = dates.AutoDateLocator(minticks=2, maxticks=n_ticks)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    return np.asarray(dates.date2num(x), dtype=float)


def _keep_ticks_within(ax, low, high, n_ticks):
    """Fix at most so many ticks, so that none lies in the place of missing values."""
    from matplotlib.ticker import AutoLocator, FixedLocator

    ticks = np.array([low])
    if high > low:
        locator = ax.xaxis.get_major_locator()
        if isinstance(locator, AutoLocator):
            locator.set_params(nbins=max(n_ticks, 1))
        ax.set_xlim(low, high)
        ticks = np.asarray(locator())
        ticks = ticks[(ticks >= low) & (ticks <= high)]
        ticks = ticks if len(ticks) else np.array([low, high])
    ax.xaxis.set_major_locator(FixedLocator(ticks if n_ticks else []))


def _leave_room_for_offset(ax):
    """Move the axis' label below the common factor or date of the ticks, if there is one."""
    formatter = ax.xaxis.get_major_formatter()
    formatter.format_ticks(ax.xaxis.get_majorticklocs())
    if formatter.get_offset():
        ax.xaxis.labelpad = 1.7 * ax.xaxis.get_offset_text().get_size()


def _sideways(places, y):
    """Offsets between -0.4 and 0.4 from the places, for points that would hide each other."""
    offsets = np.empty(len(places))
    for place in np.unique(places):
        here = places == place
        offsets[here] = swarm_offsets(y[here], y.min(), y.max(), spacing=_SPACING)
    return offsets
