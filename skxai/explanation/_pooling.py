"""Which features are summed, and compared: groups, axes of an array, inside and outside."""

import math

import numpy as np

from skxai.utils._selection import select_named


def members_by_name(groups, feature_names):
    """Names and member positions of the players after pooling by named groups."""
    if not isinstance(groups, dict):
        raise TypeError(f"groups is {type(groups).__name__}; expected a dict")
    names = [str(name) for name in groups]
    members = [select_named(group, feature_names, "feature").tolist() for group in groups.values()]
    if not all(members):
        raise ValueError(f"groups: {names[members.index([])]!r} has no features")
    taken = [j for group in members for j in group]
    if len(set(taken)) < len(taken):
        twice = sorted({feature_names[j] for j in taken if taken.count(j) > 1})
        raise ValueError(f"groups names {twice} more than once")
    rest = sorted(set(range(len(feature_names))) - set(taken))
    clashes = sorted({feature_names[j] for j in rest}.intersection(names))
    if clashes:
        raise ValueError(f"groups: {clashes} are names of features outside these groups")
    return names + [feature_names[j] for j in rest], members + [[j] for j in rest]


def members_by_axis(shape, axis, n_players):
    """Names and member positions of the players after sums along axes of an array.

    Names are what one would write between brackets: ``[:, 3]`` is the fourth column.

    Examples
    --------
    >>> from skxai.explanation._pooling import members_by_axis
    >>> members_by_axis((2, 3), 0, 6)
    (['[:, 0]', '[:, 1]', '[:, 2]'], [[0, 3], [1, 4], [2, 5]])
    """
    shape = check_shape(shape, n_players)
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    for entry in axes:
        is_integer = isinstance(entry, int | np.integer) and not isinstance(entry, bool)
        if not is_integer or not -len(shape) <= entry < len(shape):
            raise ValueError(
                f"axis is {axis!r}; expected an axis of shape {shape}, or a tuple of axes"
            )
    summed = sorted({int(entry) % len(shape) for entry in axes})
    if len(summed) < len(axes) or not summed:
        raise ValueError(f"axis is {axis!r}; expected one axis or more, each once")
    kept = [k for k in range(len(shape)) if k not in summed]
    places = np.arange(n_players).reshape(shape).transpose(*kept, *summed)
    names, members = [], []
    for index in np.ndindex(*places.shape[: len(kept)]):
        words = dict(zip(kept, map(str, index)))
        names.append(f"[{', '.join(words.get(k, ':') for k in range(len(shape)))}]")
        members.append(places[index].ravel().tolist())
    return names, members


def check_shape(shape, n_players):
    """The shape as a tuple of integers; refuse one that does not hold all players."""
    try:
        sizes = tuple(int(size) for size in shape)
    except (TypeError, ValueError):
        sizes = ()
    if not sizes or sizes != tuple(shape) or min(sizes) < 1 or math.prod(sizes) != n_players:
        raise ValueError(
            f"shape is {shape!r}; expected a tuple of positive integers whose product is the "
            f"number of features, {n_players}"
        )
    return sizes


def inside_mask(inside, feature_names, n_rows, counts):
    """Which features are inside and which outside, as booleans of shape (1 or n_rows, n_players).

    Of each row, the first of `counts` exist; a count for all rows, or one for each.
    """
    n_players = len(feature_names)
    array = inside if isinstance(inside, str) else np.asarray(inside)
    if not isinstance(inside, str) and array.ndim == 2:
        if array.dtype != bool or array.shape != (n_rows, n_players):
            raise ValueError(
                f"inside is an array of {array.dtype} of shape {array.shape}; expected names, "
                f"positions, or booleans of shape ({n_players},) or ({n_rows}, {n_players})"
            )
        mask = array
    else:
        mask = np.zeros((1, n_players), dtype=bool)
        mask[0, select_named(inside, feature_names, "feature")] = True
    exists = np.arange(n_players) < counts[:, None]
    mask, other = mask & exists, ~mask & exists
    if not (mask.any(axis=1) & other.any(axis=1)).all():
        raise ValueError(
            "inside has no features, or all of them; expected some of them inside, some outside"
        )
    return mask, other
