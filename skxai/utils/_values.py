"""Values of cells in words."""

import numbers

import numpy as np
import pandas as pd


def two_texts(before, after):
    """Two values, with as many digits as it takes to tell them apart.

    Examples
    --------
    >>> two_texts(0.123456, 0.123461)
    ('0.123456', '0.123461')
    >>> two_texts("rent", None)
    ("'rent'", 'missing')
    """
    if _is_number(before) and _is_number(after):
        for digits in range(4, 17):
            old, new = number_text(before, digits), number_text(after, digits)
            # One digit more than it takes, so that the difference itself can be read.
            if number_text(before, digits - 1) != number_text(after, digits - 1) or digits == 16:
                return old, new
    return value_text(before), value_text(after)


def value_text(value):
    """One value, short."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return "missing"
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if _is_number(value):
        return number_text(value, 6)
    if isinstance(value, pd.Timestamp):
        return str(value).removesuffix(" 00:00:00")
    return f"'{value}'" if isinstance(value, str) else str(value)


def number_text(value, digits):
    """A number with so many significant digits; whole ones as they are."""
    number = float(value)
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return format(number, f".{digits}g")


def _is_number(value):
    plain = isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)
    return plain and not pd.isna(value)
