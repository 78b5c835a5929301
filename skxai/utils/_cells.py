"""Columns of numbers and of dates, whatever dtype holds them."""

import decimal
import numbers

import numpy as np
import pandas as pd

_EPOCH = pd.Timestamp("1970-01-01")


def dtype_inside(dtype):
    """That of the values, if it is one of a sparse column."""
    return dtype.subtype if isinstance(dtype, pd.SparseDtype) else dtype


def holds_numbers(column):
    """Whether a column is one of numbers; of objects, whether all that are there are numbers.

    Truth values, complex numbers and the categories of a categorical column do not count.

    Examples
    --------
    >>> holds_numbers(pd.Series([1, None, 2.5], dtype=object))
    True
    >>> holds_numbers(pd.Series([1, "2"], dtype=object)), holds_numbers(pd.Series([True]))
    (False, False)
    """
    dtype, kinds = dtype_inside(column.dtype), pd.api.types
    if kinds.is_bool_dtype(dtype) or kinds.is_complex_dtype(dtype):
        return False
    if isinstance(dtype, pd.CategoricalDtype) or dtype != np.dtype(object):
        return kinds.is_numeric_dtype(dtype)
    return all(map(_is_number, column)) and bool(column.notna().any())


def holds_flags(column):
    """Whether a column is one of truth values; of objects, whether all that are there are.

    Examples
    --------
    >>> holds_flags(pd.Series([True, None], dtype=object))
    True
    >>> holds_flags(pd.Series([True, 1], dtype=object))
    False
    """
    dtype = dtype_inside(column.dtype)
    if isinstance(dtype, pd.CategoricalDtype):
        return False
    if dtype == np.dtype(object):
        return pd.api.types.infer_dtype(column, skipna=True) == "boolean"
    return pd.api.types.is_bool_dtype(dtype)


def holds_integers(column):
    """Whether a column of numbers is one of integers."""
    dtype = dtype_inside(column.dtype)
    if dtype != np.dtype(object):
        return pd.api.types.is_integer_dtype(dtype)
    return all(isinstance(cell, numbers.Integral) for cell in column.dropna())


def as_floats(column):
    """A column of numbers as an array of floats, what is missing as NaN.

    Examples
    --------
    >>> as_floats(pd.Series([1, None], dtype="Int64"))
    array([ 1., nan])
    >>> as_floats(pd.Series([decimal.Decimal("0.5"), pd.NA], dtype=object))
    array([0.5, nan])
    """
    if isinstance(column.dtype, pd.SparseDtype):
        column = column.sparse.to_dense()
    if column.dtype == np.dtype(object):
        column = column.where(column.notna(), np.nan)
    return column.to_numpy(dtype=float, na_value=np.nan)


def spread(numbers):
    """The standard deviation of finite numbers of any magnitude, whose squares may not be floats.

    Examples
    --------
    >>> spread(np.array([1e300, 3e300]))
    1e+300
    """
    # A power of two changes no digit.
    exponent = np.frexp(np.abs(numbers).max(initial=0.0))[1]
    return float(np.ldexp(np.ldexp(numbers, -exponent).std(), exponent))


def is_date(dtype):
    """Whether a column of this dtype holds points in time."""
    return pd.api.types.is_datetime64_any_dtype(dtype)


def is_duration(dtype):
    """Whether a column of this dtype holds durations."""
    return pd.api.types.is_timedelta64_dtype(dtype) or (
        isinstance(dtype, pd.ArrowDtype) and dtype.kind == "m"
    )


def as_seconds(column):
    """Dates as seconds since 1970, or durations; what is missing as NaN.

    Dates of a time zone are taken as its clocks show them, so that midnight is midnight all year.

    Examples
    --------
    >>> as_seconds(pd.Series(pd.to_datetime(["1970-01-02", None])))
    array([86400.,    nan])
    """
    if isinstance(column.dtype, pd.ArrowDtype):
        convert = pd.to_datetime if is_date(column.dtype) else pd.to_timedelta
        column = convert(column.astype(object))
    if is_date(column.dtype):
        column = column.dt.tz_localize(None) - _EPOCH
    return column.dt.total_seconds().to_numpy(dtype=float)


def _is_number(cell):
    if isinstance(cell, bool | np.bool_):
        return False
    return isinstance(cell, numbers.Real | decimal.Decimal) or _is_missing(cell)


def _is_missing(cell):
    return cell is None or cell is pd.NA or cell is pd.NaT
