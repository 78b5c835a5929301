"""How a model's inputs are made of the columns of a table, unit by unit."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

# More options of a unit than this are not listed.
_MAX_OPTIONS = 2000


class Line(NamedTuple):
    """A number's place among the model's inputs: input = slope * code + shift.

    `missing` is the input of a missing value.
    """

    position: int
    slope: float = 1.0
    shift: float = 0.0
    missing: float = np.nan

    def code(self, inputs):
        """The codes of these inputs."""
        return (inputs - self.shift) / self.slope


@dataclass(frozen=True)
class UnitInputs:
    """What the model sees of a unit of the space.

    Attributes
    ----------
    unit : ndarray of int
        Columns of the table that change together.
    columns : ndarray of int
        The model's inputs that are made of them.
    line : Line or None
        For a number.
    codes : ndarray of shape (n_options, len(unit)) or None
        For others: what they may change to.
    values : ndarray of shape (n_options, len(columns)) or None
        The inputs made of these.
    """

    unit: np.ndarray
    columns: np.ndarray
    line: Line | None = None
    codes: np.ndarray | None = None
    values: np.ndarray | None = None


def inputs_of(space, sources, encode, column_of, X):
    """The inputs made of each unit that may change.

    Parameters
    ----------
    space : Space
    sources : list of set of int
        The columns of the table that each input is made of.
    encode : callable
        From a table to the inputs.
    column_of : callable
        From a table and an input's position to the input before the model rounds it.
    X : table
        Rows that the model takes; only the first is looked at.

    Returns
    -------
    list of UnitInputs or None
        None if an input mixes units, or a number becomes an input by more than a line. Units that
        the model does not look at are left out.
    """
    found = []
    for unit in space.units:
        own = set(unit.tolist())
        columns = np.array([k for k, source in enumerate(sources) if source & own], dtype=int)
        if any(not sources[k] <= own for k in columns):
            return None
        if len(columns) == 0:
            continue
        if len(unit) == 1 and not space.is_category[unit[0]]:
            line = _line_of(space, columns, column_of, unit[0], X) if len(columns) == 1 else None
            if line is None:
                return None
            found.append(UnitInputs(unit, columns, line))
            continue
        codes = _options_of(space, unit)
        if len(codes) > _MAX_OPTIONS:
            return None
        values = encode(_table_of(space, unit, codes, X))[:, columns]
        found.append(UnitInputs(unit, columns, codes=codes, values=values))
    return found


def _options_of(space, unit):
    """What a category, or columns that are linked, may change to: (n_options, len(unit))."""
    j = unit[0]
    if len(unit) > 1:
        return next(rows for link, rows in space.links if link[0] == j)
    values = space.reachable[j].astype(float)
    return np.append(values, np.nan)[: len(values) + space.may_be_missing[j], None]


def _table_of(space, unit, codes, X):
    """The first background row with other codes of a unit."""
    origin = np.repeat(space.codes[:1], len(codes), axis=0)
    changed = origin.copy()
    changed[:, unit] = codes
    return space.decode(changed, X, np.zeros(len(codes), dtype=int), origin)


def _line_of(space, columns, column_of, j, X):
    """How a number becomes an input, if by a line."""
    low, high, step = space.low[j], space.high[j], space.step[j]
    if low > high:
        return None
    spread = max(high - low, step, 1e-3)
    codes = low + spread * np.array([0, 1, 2]) / (1 if step else 2)
    if space.may_be_missing[j]:
        codes = np.append(codes, np.nan)
    table = _table_of(space, np.array([j]), codes[:, None], X)
    inputs, codes = column_of(table, columns[0]), space.encode(table)[:, j]
    missing = float(inputs[3]) if len(inputs) > 3 else np.nan
    codes, inputs = codes[:3], inputs[:3]
    if np.array_equal(inputs, codes):
        return Line(int(columns[0]), missing=missing)
    slope = (inputs[2] - inputs[0]) / (codes[2] - codes[0])
    shift = inputs[0] - slope * codes[0]
    size = np.abs(inputs).max() + np.abs(slope * codes).max()
    if slope == 0 or not np.abs(inputs[1] - (shift + slope * codes[1])) <= 1e-12 * size:
        return None
    return Line(int(columns[0]), float(slope), float(shift), missing)
