"""Where counterfactuals may lie: tables as matrices of codes, and the rules for changes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from skxai.counterfactual._columns import Column

QUANTILES = (0, 0.01, 0.25, 0.5, 0.75, 0.99, 1)
# Cells of candidates that are looked at together; a dozen tables as large are made of them.
MAX_CELLS = 2**20
# A table of which fewer than one of so many columns change is copied as a whole.
_FEW = 8


def differs(codes, others):
    """Where codes differ; two missing values do not."""
    return ~((codes == others) | (np.isnan(codes) & np.isnan(others)))


@dataclass(frozen=True)
class Rules:
    """What may change, as the user says; columns by position.

    Attributes
    ----------
    frozen : set of int
    bounds : dict of int to (low, high) or list of values
        In the units of the table; None for an end that the background gives.
    directions : dict of int to {+1, -1}
    steps : dict of int to float
    orders : list of (int, int)
        Pairs of columns of which the first is never larger than the second.
    links : list of list of int
        Columns that change together, to a combination that the background has.
    functions : list of callable
    """

    frozen: frozenset = frozenset()
    bounds: dict = None
    directions: dict = None
    steps: dict = None
    orders: tuple = ()
    links: tuple = ()
    functions: tuple = ()


class Space:
    """Tables as float matrices of codes, and which codes a row may be changed to.

    A missing value is NaN. A cell that is not changed is decoded from the row itself, so that
    nothing is lost whatever it holds.

    Parameters
    ----------
    X : DataFrame or ndarray of shape (n_rows, n_columns)
        The background.
    rules : Rules, default=Rules()
    names : list of str, default=None
        Names of columns, for messages.

    Attributes
    ----------
    codes : ndarray of shape (n_rows, n_columns)
        The background in codes.
    is_category : ndarray of bool of shape (n_columns,)
    low, high : ndarray of shape (n_columns,)
        What a changed number lies between.
    step : ndarray of shape (n_columns,)
        Changed numbers are multiples of it; 0 for any.
    direction : ndarray of shape (n_columns,)
        1 or -1 where a number may only grow or fall, else 0.
    frozen : ndarray of bool of shape (n_columns,)
    may_be_missing : ndarray of bool of shape (n_columns,)
    floats : list of type
        The numpy type in which a column holds its numbers.
    reachable : list of ndarray of int
        For a category, the codes that it may change to; empty for numbers.
    units : list of ndarray of int
        Columns that change together; those of all but links are single.
    """

    def __init__(self, X, rules=None, names=None):
        rules = Rules() if rules is None else rules
        frame = _frame_of(X)
        n_columns = frame.shape[1]
        self.names = [str(j) for j in range(n_columns)] if names is None else names
        self._plain = isinstance(X, np.ndarray) and X.dtype.kind in "fiub"
        self._columns = [Column.of(frame.iloc[:, j]) for j in range(n_columns)]
        self.floats = [_float_type(dtype) for dtype in frame.dtypes]
        self.is_category = np.array([column.kind == "category" for column in self._columns])
        self.step = np.array([column.step for column in self._columns])
        self.may_be_missing = np.array([column.has_missing for column in self._columns])
        self.direction = np.zeros(n_columns, dtype=int)
        self.frozen = np.zeros(n_columns, dtype=bool)
        self.frozen[list(rules.frozen)] = True
        self.codes = self.encode(X)
        infinite = np.isinf(self.codes).any(axis=0)
        if infinite.any():
            raise ValueError(
                f"X_background has infinite values, first in column "
                f"{self.names[int(infinite.argmax())]!r}; expected finite numbers, or missing ones"
            )
        for j, direction in (rules.directions or {}).items():
            self.direction[j] = direction
        for j, step in (rules.steps or {}).items():
            self.step[j] = step
        self._set_limits(rules.bounds or {}, frame)
        self.orders = list(rules.orders)
        self.functions = list(rules.functions)
        self._set_units(rules.links)

    def _set_limits(self, bounds, frame):
        n_columns = len(self._columns)
        self.low, self.high = np.zeros(n_columns), np.zeros(n_columns)
        self.reachable = [np.zeros(0, dtype=int)] * n_columns
        for j, column in enumerate(self._columns):
            own = bounds.get(j)
            if self.is_category[j]:
                self.reachable[j] = np.arange(len(column.values))
                if own is not None:
                    self.reachable[j] = self._reachable(column, own, j)
                continue
            seen = self.codes[~np.isnan(self.codes[:, j]), j]
            low, high = (seen.min(), seen.max()) if len(seen) else (0.0, -1.0)
            if own is not None:
                low, high = self._limits(column, own, low, high, frame.iloc[:, j], j)
            self.low[j], self.high[j] = self._on_grid(low, high, j)

    def _reachable(self, column, values, j):
        if isinstance(values, str) or not isinstance(values, list | tuple | set | np.ndarray):
            raise TypeError(
                f"bounds of {self.names[j]!r} are {values!r}; expected a list of its values"
            )
        unknown = [value for value in values if value not in column._positions]
        if unknown:
            raise ValueError(
                f"bounds of {self.names[j]!r} hold {unknown}, which are not in X_background; "
                f"expected some of {list(column.values)}"
            )
        return np.array([column._positions[value] for value in values], dtype=int)

    def _limits(self, column, own, low, high, series, j):
        if isinstance(own, str) or not isinstance(own, list | tuple | np.ndarray) or len(own) != 2:
            raise TypeError(f"bounds of {self.names[j]!r} are {own!r}; expected (low, high)")
        ends = []
        for end, default in zip(own, (low, high)):
            if end is None:
                ends.append(default)
                continue
            try:
                cell = pd.Series([end])
                dates = column.kind in ("date", "duration")
                ends.append(float(column.encode(cell.astype(series.dtype) if dates else cell)[0]))
            except (TypeError, ValueError) as error:
                raise TypeError(
                    f"bounds of {self.names[j]!r} are {own!r}; expected values of the column: "
                    f"{error}"
                ) from error
        if not ends[0] <= ends[1]:
            raise ValueError(f"bounds of {self.names[j]!r} are {own!r}; expected low <= high")
        return ends

    def _on_grid(self, low, high, j):
        """The limits, moved inwards to numbers that a cell can hold."""
        step, kind = self.step[j], self.floats[j]
        if step > 0:
            return np.ceil(low / step) * step, np.floor(high / step) * step
        inner_low, inner_high = float(kind(low)), float(kind(high))
        if inner_low < low:
            inner_low = float(np.nextafter(kind(low), kind(np.inf)))
        if inner_high > high:
            inner_high = float(np.nextafter(kind(high), kind(-np.inf)))
        return inner_low, inner_high

    def _set_units(self, links):
        linked = [np.array(sorted(link)) for link in links]
        taken = {j for link in linked for j in link.tolist()}
        self.links = [(link, np.unique(self.codes[:, link], axis=0)) for link in linked]
        singles = [np.array([j]) for j in range(len(self._columns)) if j not in taken]
        units = sorted([*linked, *singles], key=lambda unit: unit[0])
        self.units = [unit for unit in units if not self.frozen[unit].any()]

    def quantiles(self):
        """Some quantiles of the background's codes; NaN for categories."""
        found = np.full((len(QUANTILES), len(self._columns)), np.nan)
        gone = np.isnan(self.codes).any(axis=0)
        whole = ~self.is_category & ~gone
        if len(self.codes):
            found[:, whole] = np.quantile(self.codes[:, whole], QUANTILES, axis=0)
        for j in np.flatnonzero(~self.is_category & gone):
            seen = self.codes[~np.isnan(self.codes[:, j]), j]
            if len(seen):
                found[:, j] = np.quantile(seen, QUANTILES)
        return found

    # -- tables and codes ----------------------------------------------------------------------

    def encode(self, X):
        """The codes of a table, of shape (n_rows, n_columns)."""
        if self._plain and isinstance(X, np.ndarray) and X.dtype.kind in "fiub":
            return X.astype(float)
        frame = _frame_of(X)
        codes = [column.encode(frame.iloc[:, j]) for j, column in enumerate(self._columns)]
        return np.column_stack(codes)

    def decode(self, codes, X, rows, origin):
        """A table like `X`: its rows at `rows`, with the cells whose codes differ replaced.

        Parameters
        ----------
        codes : ndarray of shape (n, n_columns)
        X : DataFrame or ndarray
        rows : ndarray of int of shape (n,)
        origin : ndarray of shape (n, n_columns)
            The codes of these rows as they are.
        """
        changed = differs(codes, origin)
        if isinstance(X, np.ndarray) and X.dtype.kind in "fiub":
            table = X[rows]
            table[changed] = codes[changed].astype(X.dtype)
            return table
        frame = _frame_of(X)
        if (frame.dtypes == np.float64).all():
            cells = frame.to_numpy()[rows]
            cells[changed] = codes[changed]
            return pd.DataFrame(cells, index=frame.index[rows], columns=frame.columns)
        moved = np.flatnonzero(changed.any(axis=0))
        few = _FEW * len(moved) < len(self._columns)
        columns, index = {}, frame.index[rows]
        for j in moved.tolist() if few else range(len(self._columns)):
            cells = self._decode_column(frame.iloc[:, j], rows, codes[:, j], changed[:, j], j)
            # With its dtype, or pandas would turn objects into strings.
            columns[j] = pd.Series(cells, index=index, dtype=cells.dtype, copy=False)
        if few:
            table = frame.take(rows)
            for j, values in columns.items():
                table.isetitem(j, values)
        else:
            table = pd.DataFrame(columns, copy=False)
            table.columns = frame.columns
        if isinstance(X, np.ndarray):
            kinds = {"U": str, "S": bytes, "O": object}  # longer texts than in X may be in it
            return table.to_numpy(dtype=kinds.get(X.dtype.kind, X.dtype))
        return table

    def _decode_column(self, series, rows, codes, changed, j):
        """The cells of one column, as a pandas array."""
        values, dtype, column = series.array[rows], series.dtype, self._columns[j]
        if not changed.any():
            return values
        if isinstance(dtype, pd.SparseDtype):
            dense = self._decode_column(series.sparse.to_dense(), rows, codes, changed, j)
            return pd.arrays.SparseArray(dense, dtype=dtype)
        if column.kind == "number" and isinstance(dtype, np.dtype) and dtype.kind in "fiu":
            values[changed] = codes[changed].astype(dtype)
            return values
        cells = column.decode(codes[changed], series)
        if isinstance(dtype, pd.CategoricalDtype):
            absent = [cell for cell in pd.unique(cells) if cell in column._positions]
            new = [cell for cell in absent if cell not in dtype.categories]
            values = values.add_categories(new) if new else values
            dtype = values.dtype
        objects = pd.api.types.is_object_dtype(dtype)
        values[changed] = cells if objects else pd.array(cells, dtype=dtype)
        return values

    def draw_category(self, columns, rng):
        """A code that each of these columns of categories may change to; NaN if there is none."""
        codes = np.full(len(columns), np.nan)
        for place, (j, share) in enumerate(zip(columns, rng.random(len(columns)))):
            values = self.reachable[j]
            if len(values):
                codes[place] = values[int(share * len(values))]
        return codes

    # -- rules ---------------------------------------------------------------------------------

    def clip(self, codes, origin):
        """The nearest codes that the rules for single columns, orders and links allow."""
        wanted = np.where(self._cells_fixed(codes, origin), origin, codes)
        for first, second in self.orders:
            self._put_in_order(wanted, origin, first, second)
        wanted = self._clip_cells(wanted, origin)
        for link, seen in self.links:
            wrong = differs(wanted[:, link], origin[:, link]).any(axis=1)
            wrong &= ~_is_among(wanted[:, link], seen)
            wanted[np.ix_(wrong, link)] = origin[np.ix_(wrong, link)]
        for first, second in self.orders:
            wrong = self._out_of_order(wanted, origin, first, second)
            for j in (first, second):
                wanted[wrong, j] = origin[wrong, j]
        return wanted

    def _cells_fixed(self, codes, origin):
        """Cells that cannot be changed at all, or not to this."""
        gone = np.isnan(codes) & ~self.may_be_missing
        return np.broadcast_to(self.frozen, codes.shape) | gone

    def limits(self, origin):
        """What a changed number of each row lies between."""
        if not self.direction.any():
            return np.broadcast_to(self.low, origin.shape), np.broadcast_to(self.high, origin.shape)
        low = np.where(self.direction > 0, np.fmax(self.low, origin), self.low)
        high = np.where(self.direction < 0, np.fmin(self.high, origin), self.high)
        return low, high

    def _clip_cells(self, codes, origin):
        low, high = self.limits(origin)
        grid = np.where(self.step > 0, self.step, 1.0)
        rounded = np.where(self.step > 0, np.round(codes / grid) * grid, codes)
        rounded = np.where(rounded > high, np.floor(high / grid) * grid, rounded)
        rounded = np.where(rounded < low, np.ceil(low / grid) * grid, rounded)
        plain = np.clip(codes, low, high)
        for j, kind in enumerate(self.floats):
            if kind is not np.float64 and self.step[j] == 0:
                plain[:, j] = plain[:, j].astype(kind)
        wanted = np.where(self.step > 0, rounded, plain)
        wanted = np.where(self.is_category | np.isnan(codes), codes, wanted)
        kept = ~differs(codes, origin) | ~self._cells_allowed(wanted, origin)
        return np.where(kept, origin, wanted)

    def _cells_allowed(self, codes, origin):
        changed = differs(codes, origin)
        absent = np.isnan(codes)
        low, high = self.limits(origin)
        grid = np.where(self.step > 0, self.step, 1.0)
        with np.errstate(invalid="ignore"):
            right = (codes >= low) & (codes <= high)
            right &= (self.step == 0) | (np.round(codes / grid) * grid == codes)
        for j in np.flatnonzero(self.is_category & changed.any(axis=0)):
            right[:, j] = np.isin(codes[:, j], self.reachable[j])
        right = np.where(absent, self.may_be_missing, right)
        return ~changed | (right & ~self.frozen)

    def _out_of_order(self, codes, origin, first, second):
        pair = [first, second]
        changed = differs(codes[:, pair], origin[:, pair]).any(axis=1)
        return changed & (codes[:, first] > codes[:, second])

    def _put_in_order(self, codes, origin, first, second):
        """Move the column that was changed, the first if both were."""
        wrong = self._out_of_order(codes, origin, first, second)
        moved = wrong & differs(codes[:, first], origin[:, first])
        codes[moved, first] = codes[moved, second]
        moved = wrong & ~moved
        codes[moved, second] = codes[moved, first]

    def allowed(self, codes, origin):
        """Whether rows keep all rules but the user's functions; of shape (n_rows,)."""
        right = self._cells_allowed(codes, origin).all(axis=1)
        for first, second in self.orders:
            right &= ~self._out_of_order(codes, origin, first, second)
        for link, seen in self.links:
            same = ~differs(codes[:, link], origin[:, link]).any(axis=1)
            right &= same | _is_among(codes[:, link], seen)
        return right


def _frame_of(X):
    """A DataFrame of any table, without a guess at what objects are."""
    if isinstance(X, pd.DataFrame):
        return X
    frame = pd.DataFrame(X, dtype=object if X.dtype.kind in "OUS" else None)
    return frame


def _float_type(dtype):
    """The numpy type in which a column holds its numbers."""
    name = str(dtype).lower()
    return {"float32": np.float32, "float16": np.float16}.get(name, np.float64)


def _is_among(rows, seen):
    """Whether each row is one of those seen."""
    known = {row.tobytes() for row in np.nan_to_num(seen, nan=np.inf) + 0.0}
    found = [row.tobytes() in known for row in np.nan_to_num(rows, nan=np.inf) + 0.0]
    return np.array(found, dtype=bool)
