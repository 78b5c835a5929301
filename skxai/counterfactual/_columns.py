"""One column of a table as numbers, and back: values, codes of categories, seconds of dates."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from skxai.utils._cells import as_floats, as_seconds, holds_numbers, is_date, is_duration

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
        if isinstance(series.dtype, np.dtype) and series.dtype.kind in "fiu":  # a short way
            values = series.to_numpy(dtype=float)
            absent = np.isnan(values)
            gone, whole = bool(absent.any()), _are_whole(values[~absent])
            step = float(whole and not absent.all())
            return cls("number", step=step, missing=np.nan if gone else None, has_missing=gone)
        absent = series.isna()
        seen = series[~absent]
        missing = series[absent].iloc[0] if absent.any() else None
        options = {"missing": missing, "has_missing": bool(absent.any())}
        if is_date(series.dtype):
            return cls("date", step=_whole_days(as_seconds(seen)), **options)
        if is_duration(series.dtype):
            return cls("duration", step=_whole_days(as_seconds(seen)), **options)
        if holds_numbers(series):
            whole = len(seen) > 0 and _are_whole(as_floats(seen))
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
            return as_seconds(series)
        if self.kind == "number":
            return as_floats(series)
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
            cells = np.empty(len(codes), dtype=object)
            cells[~absent] = [pd.Timedelta(seconds=code) for code in codes[~absent]]
            if self.kind == "date":
                zone = _zone_of(dtype)
                cells[~absent] = [_at(_EPOCH + since, zone) for since in cells[~absent]]
        cells[absent] = self.missing
        return cells


def _are_whole(values):
    return bool(np.isfinite(values).all() and (values % 1 == 0).all())


def _zone_of(dtype):
    dtype = getattr(dtype, "pyarrow_dtype", dtype)
    return getattr(dtype, "tz", None)


def _at(clock, zone):
    """The moment at which the clocks of a zone show this; where they skip it, the next."""
    if zone is None:
        return clock
    return clock.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")


def _whole_days(seconds):
    return _DAY if np.all(seconds % _DAY == 0) else 1.0
