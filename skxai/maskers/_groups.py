"""Players: columns, or groups of columns."""

from collections import Counter
from collections.abc import Hashable

import numpy as np


def resolve_groups(groups, spec):
    """Names of the players and the columns of each.

    Parameters
    ----------
    groups : None, dict, sequence of sequences, or fitted ColumnTransformer
        Columns by label or position. Columns in no group are players of their own, after the
        groups. A ColumnTransformer's blocks are groups named like its transformers.
    spec : TableSpec
        The table whose columns are grouped.

    Returns
    -------
    names : list of str
    columns : list of ndarray of int
    """
    if groups is None:
        return spec.names, [np.array([j]) for j in range(spec.n_columns)]
    if hasattr(groups, "transformers"):
        groups = _blocks(groups)
    if isinstance(groups, dict):
        named = list(groups.items())
    else:
        named = [(None, members) for members in groups]
    names, columns, places, all_names = [], [], _places(spec), spec.names
    for name, members in named:
        positions = _positions(members, spec, places)
        label = " + ".join(all_names[j] for j in positions) if name is None else str(name)
        if len(positions) == 0:
            raise ValueError(f"groups: {label!r} has no columns")
        names.append(label)
        columns.append(positions)
    taken = [j for positions in columns for j in positions]
    twice = sorted({all_names[j] for j, count in Counter(taken).items() if count > 1})
    if twice:
        raise ValueError(f"groups has columns {twice} more than once; a column is in one group")
    for j in sorted(set(range(spec.n_columns)) - set(taken)):
        names.append(all_names[j])
        columns.append(np.array([j]))
    if len(set(names)) < len(names) and len(set(spec.names)) == spec.n_columns:
        raise ValueError(f"groups gives two players the same name: {names}")
    return names, columns


def _places(spec):
    """The first column with each label."""
    places = {}
    for j, label in enumerate(spec.names if spec.columns is None else spec.columns):
        places.setdefault(label, j)
    return places


def _positions(members, spec, places):
    """Column positions from labels, positions, a slice or a boolean mask."""
    if isinstance(members, slice):
        if isinstance(members.start, str) or isinstance(members.stop, str):
            return np.arange(spec.n_columns)[
                spec.columns.slice_indexer(members.start, members.stop)
            ]
        return np.arange(spec.n_columns)[members]
    if isinstance(members, str | int | np.integer):
        members = [members]
    members = list(members)
    if members and all(isinstance(member, bool | np.bool_) for member in members):
        if len(members) != spec.n_columns:
            raise ValueError(
                f"groups has a mask of length {len(members)}; expected {spec.n_columns}"
            )
        return np.flatnonzero(members)
    return np.array([_position(member, spec, places) for member in members], dtype=int)


def _position(member, spec, places):
    if isinstance(member, Hashable) and member in places:
        return places[member]
    if isinstance(member, int | np.integer) and 0 <= member < spec.n_columns:
        return int(member)
    raise ValueError(f"groups names the column {member!r}; the columns are {list(places)}")


def _blocks(column_transformer):
    """The blocks of columns of a fitted ColumnTransformer."""
    if not hasattr(column_transformer, "transformers_"):
        raise ValueError("groups is a ColumnTransformer that is not fitted; fit it first")
    return {
        name: columns
        for name, _, columns in column_transformer.transformers_
        if isinstance(columns, slice) or len(columns) > 0
    }
