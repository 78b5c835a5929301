"""Counterfactuals in words."""

import numbers

import numpy as np
import pandas as pd


def sentence(changes, status, prediction, original):
    """One counterfactual as a sentence.

    Parameters
    ----------
    changes : list of (name, from, to)
    status : str
    prediction, original : str
        What the model says of the counterfactual and of the row.

    Examples
    --------
    >>> sentence([("income", 31000, 45000)], "feasible", "'approved' (0.62)", "'denied'")
    "If income had been 45000 instead of 31000, the prediction would have been 'approved' (0.62)."
    """
    if status == "already_target":
        return f"The prediction is {original} as it is."
    if status == "infeasible":
        return f"The prediction is {original}, and no allowed change leads to the target."
    if status == "not_found":
        return f"The prediction is {original}; no counterfactual was found."
    parts = []
    for name, before, after in changes:
        old, new = two_texts(before, after)
        parts.append(f"{name} had been {new} instead of {old}")
    told = parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + f" and {parts[-1]}"
    return f"If {told}, the prediction would have been {prediction}."


def prediction_text(label, output):
    """A predicted class with its output, or a predicted number."""
    if label is None:
        return _number(output, 4)
    return f"'{label}' ({output:.2f})" if output is not None else f"'{label}'"


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
            old, new = _number(before, digits), _number(after, digits)
            # One digit more than it takes, so that the difference itself can be read.
            if _number(before, digits - 1) != _number(after, digits - 1) or digits == 16:
                return old, new
    return value_text(before), value_text(after)


def value_text(value):
    """One value, short."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return "missing"
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if _is_number(value):
        return _number(value, 6)
    if isinstance(value, pd.Timestamp):
        return str(value).removesuffix(" 00:00:00")
    return f"'{value}'" if isinstance(value, str) else str(value)


def _is_number(value):
    plain = isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)
    return plain and not pd.isna(value)


def _number(value, digits):
    number = float(value)
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return format(number, f".{digits}g")
