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


def inputs_of(space, sources, encode, columns_of, X):
    """The inputs made of each unit that may change.

    Parameters
    ----------
    space : Space
    sources : list of set of int
        The columns of the table that each input is made of.
    encode : callable
        From a table to the inputs.
    columns_of : callable
        From a table to a function that returns an input, by its position, before the model rounds
        it.
    X : table
        Rows that the model takes; only the first is looked at.

    Returns
    -------
    list of UnitInputs or None
        None if an input mixes units, or a number becomes an input by more than a line. Units that
        the model does not look at are left out.
    """
    made_of = _made_of(space, sources)
    if made_of is None:
        return None
    known = [(unit, np.array(made_of[u], dtype=int)) for u, unit in enumerate(space.units)]
    known = [(unit, columns) for unit, columns in known if len(columns)]
    numbers = [len(unit) == 1 and not space.is_category[unit[0]] for unit, _ in known]
    moved = np.array([unit[0] for (unit, _), one in zip(known, numbers) if one], dtype=int)
    lengths = [len(columns) for (_, columns), one in zip(known, numbers) if one]
    if max(lengths, default=1) > 1 or (space.low[moved] > space.high[moved]).any():
        return None
    others = [unit for (unit, _), one in zip(known, numbers) if not one]
    options = [_options_of(space, unit) for unit in others]
    if max(map(len, options), default=0) > _MAX_OPTIONS:
        return None
    # All units are tried at once, for no input looks at more than one.
    codes, input_of = _numbers_tried(space, moved, columns_of, X)
    values = encode(_options_tried(space, others, options, X)) if others else None
    options, found = iter(options), []
    for (unit, columns), is_number in zip(known, numbers):
        if is_number:
            j, k = unit[0], columns[0]
            line = _line_of(int(k), codes[:, j], input_of(k), space.may_be_missing[j])
            if line is None:
                return None
            found.append(UnitInputs(unit, columns, line))
        else:
            own = next(options)
            found.append(UnitInputs(unit, columns, codes=own, values=values[: len(own), columns]))
    return found


def _made_of(space, sources):
    """The inputs made of each unit, by position; None if one is made of several."""
    owner = np.full(len(space.names), -1)
    for u, unit in enumerate(space.units):
        owner[unit] = u
    made_of = [[] for _ in space.units]
    for k, source in enumerate(sources):
        units = {int(owner[j]) for j in source}
        if len(units) > 1:
            return None
        for u in units - {-1}:
            made_of[u].append(k)
    return made_of


def _options_of(space, unit):
    """What a category, or columns that are linked, may change to: (n_options, len(unit))."""
    j = unit[0]
    if len(unit) > 1:
        return next(rows for link, rows in space.links if link[0] == j)
    values = space.reachable[j].astype(float)
    return np.append(values, np.nan)[: len(values) + space.may_be_missing[j], None]


def _table_of(space, codes, X):
    """The first background row with other codes."""
    origin = np.repeat(space.codes[:1], len(codes), axis=0)
    return space.decode(codes, X, np.zeros(len(codes), dtype=int), origin)


def _options_tried(space, units, options, X):
    """A table whose first rows have the options of each unit."""
    codes = np.repeat(space.codes[:1], max(map(len, options)), axis=0)
    for unit, own in zip(units, options):
        codes[: len(own), unit] = own
    return _table_of(space, codes, X)


def _numbers_tried(space, j, columns_of, X):
    """Codes of numbers that are tried, (4, n_columns), and a function that returns their inputs.

    The last code is NaN where a number may be missing.
    """
    low, high, step = space.low[j], space.high[j], space.step[j]
    spread = np.maximum(np.maximum(high - low, step), 1e-3) / np.where(step > 0, 1, 2)
    codes = np.repeat(space.codes[:1], 4, axis=0)
    codes[:, j] = low + spread * np.array([0, 1, 2, 0])[:, None]
    codes[3, j[space.may_be_missing[j]]] = np.nan
    table = _table_of(space, codes, X)
    return space.encode(table), columns_of(table)


def _line_of(position, codes, inputs, may_be_missing):
    """How a number becomes an input, if by a line."""
    missing = float(inputs[3]) if may_be_missing else np.nan
    codes, inputs = codes[:3], inputs[:3]
    if np.array_equal(inputs, codes):
        return Line(position, missing=missing)
    slope = (inputs[2] - inputs[0]) / (codes[2] - codes[0])
    shift = inputs[0] - slope * codes[0]
    size = np.abs(inputs).max() + np.abs(slope * codes).max()
    if slope == 0 or not np.abs(inputs[1] - (shift + slope * codes[1])) <= 1e-12 * size:
        return None
    return Line(position, float(slope), float(shift), missing)
