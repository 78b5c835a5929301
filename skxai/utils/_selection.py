"""Positions of rows or features, from whatever a user writes between brackets."""

from collections.abc import Iterable

import numpy as np


def select(key, length, what):
    """Integer positions for an int, a slice, a boolean mask or a list of ints.

    Examples
    --------
    >>> from skxai.utils._selection import select
    >>> select(-1, 3, "row"), select([True, False, True], 3, "row")
    (array([2]), array([0, 2]))
    """
    if isinstance(key, int | np.integer) and not isinstance(key, bool):
        if not -length <= key < length:
            raise IndexError(f"{what} {key} is out of range: there are {length}")
        key = [key]
    try:
        positions = np.arange(length)[list(key) if isinstance(key, tuple) else key]
    except IndexError as error:
        raise IndexError(f"{what}s can't be chosen by {key!r}: {error}") from error
    if positions.ndim != 1:
        raise IndexError(f"{what}s can't be chosen by {key!r}: expected a list of positions")
    return positions


def select_named(key, names, what):
    """As `select`, also by name; a name that several have selects all of them.

    Examples
    --------
    >>> from skxai.utils._selection import select_named
    >>> select_named(["dose", 0], ["age", "dose", "dose"], "feature")
    array([1, 2, 0])
    """
    if isinstance(key, str):
        key = [key]
    if isinstance(key, Iterable):
        found = [_positions_of(entry, names, what) for entry in key]
        key = [position for positions in found for position in positions]
    return select(key, len(names), what)


def _positions_of(entry, names, what):
    """Where this name is; a position, or an entry of a mask, as it is."""
    if not isinstance(entry, str):
        return [entry]
    positions = [j for j, name in enumerate(names) if name == entry]
    if not positions:
        raise KeyError(f"no {what} {entry!r}; there are {list(names)}")
    return positions
