"""One column of a table as numbers, and back: values, codes of categories, seconds of dates."""

import numbers
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

_EPOCH = pd.Timestamp("1970-01-01")
_DAY = 86_400.0


@dataclass(frozen=True)
class Column:
    """How the cells of a column become numbers; a missing cell becomes NaN.

    Attributes
    ----------
    kind : {"number", "category", "date", "duration"}
        Codes are values, positions in `values`, seconds since 1970, seconds.
    values : pandas.Index or None
        The categories that were seen in the background.
    step : float
        Codes are multiples of it; 0 for any number.
    missing : object
        The missing value that the background has in this column; None where it has none.
    has_missing : bool
    """

    kind: str
    values: pd.Index | None = None
    step: float = 0.0
    missing: object = None
    has_missing: bool = False
    _positions: dict = field(default=None, repr=False)

    @classmethod
    def of(cls, series):
        """Look at a column of the background."""
        absent = series.isna()
        seen = series[~absent]
        missing = series[absent].iloc[0] if absent.any() else None
        options = {"missing": missing, "has_missing": bool(absent.any())}
        if pd.api.types.is_datetime64_any_dtype(series.dtype):
            return cls("date", step=_whole_days(_seconds(seen)), **options)
        if pd.api.types.is_timedelta64_dtype(series.dtype):
            return cls("duration", step=_whole_days(_seconds(seen)), **options)
        if _holds_numbers(series, seen):
            whole = len(seen) > 0 and bool(np.all(_as_floats(seen) % 1 == 0))
            return cls("number", step=float(whole), **options)
        values = seen.unique()
        if isinstance(series.dtype, pd.CategoricalDtype):
            values = [value for value in series.dtype.categories if value in set(values)]
        else:
            values = sorted(values, key=lambda value: (type(value).__name__, str(value)))
        index = pd.Index(values, dtype=object)
        positions = {value: code for code, value in enumerate(values)}
        return cls("category", values=index, _positions=positions, **options)

    def encode(self, series):
        """Codes of cells; -1 for a category that the background does not have."""
        if self.kind in ("date", "duration"):
            return _seconds(series)
        if self.kind == "number":
            return _as_floats(series)
        absent = series.isna().to_numpy(dtype=bool)
        cells = series.astype(object).to_numpy()
        codes = [
            np.nan if gone else self._positions.get(cell, -1) for cell, gone in zip(cells, absent)
        ]
        return np.array(codes, dtype=float)

    def decode(self, codes, series):
        """Cells of these codes, of the dtype of `series`, one by one in a list or an array."""
        dtype, absent = series.dtype, np.isnan(codes)
        if self.kind == "category":
            cells = np.empty(len(codes), dtype=object)
            cells[~absent] = self.values.to_numpy()[codes[~absent].astype(int)]
        elif self.kind == "number":
            cells = codes.astype(object)
            if pd.api.types.is_object_dtype(dtype) and self.step == 1:
                cells[~absent] = [int(code) for code in codes[~absent]]
        else:
            start = pd.Timedelta(0)
            if self.kind == "date":
                start = _EPOCH.tz_localize(getattr(dtype, "tz", None))
            cells = np.empty(len(codes), dtype=object)
            cells[~absent] = [start + pd.Timedelta(seconds=code) for code in codes[~absent]]
        cells[absent] = self.missing
        return cells


def _holds_numbers(series, seen):
    if pd.api.types.is_bool_dtype(series.dtype) or isinstance(series.dtype, pd.CategoricalDtype):
        return False
    if pd.api.types.is_numeric_dtype(series.dtype):
        return True
    if series.dtype != object or len(seen) == 0:
        return False
    return all(isinstance(cell, numbers.Real) and not isinstance(cell, bool) for cell in seen)


def _as_floats(series):
    return pd.to_numeric(series).to_numpy(dtype=float, na_value=np.nan)


def _seconds(series):
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        series = series - _EPOCH.tz_localize(getattr(series.dtype, "tz", None))
    return series.dt.total_seconds().to_numpy(dtype=float)


def _whole_days(seconds):
    return _DAY if np.all(seconds % _DAY == 0) else 1.0
