"""Words and numbers on the pictures: names, values, labels that fit."""

import datetime
import math
import re

import numpy as np
import pandas as pd

LINE_WIDTH = 28  # characters of a row's label, on at most two lines
_VALUE_WIDTH = 20
_NAME_WIDTH = 40  # of an output, a class, a row, in running text
_BREAK_AFTER = re.compile(r"(?<=[\s_/:;-])|(?<=[.,])(?=\D)")  # not within numbers
_MINUS = "\N{MINUS SIGN}"


def fit(text, n_lines=2, width=LINE_WIDTH):
    """A row's label on one line, or at most two, of `width` characters.

    Lines break after separators, but a value stays whole: ``name = value`` breaks before the
    sign. What is longer loses its middle: names made by programs often differ only at an end.
    """
    if len(text) <= width:
        return plain(text)
    name, equals, value = text.rpartition(" = ")
    value = f"= {value}" if equals else ""
    if n_lines == 1 and value:
        return plain(f"{elide(name, max(8, width - len(value) - 1))} {value}")
    if n_lines == 1:
        return plain(elide(text, width))
    if value:
        return plain(f"{elide(name, width)}\n{elide(value, width)}")
    lines = _wrap(text, width)
    if len(lines) > 2:
        lines = [_wrap(text, width - 1)[0] + "…", _wrap(text[::-1], width)[0][::-1]]
    return plain("\n".join(lines))


def _wrap(text, width):
    """Lines of at most `width` characters, broken after separators where there are any."""
    lines = [""]
    for piece in _BREAK_AFTER.split(text):
        while len(lines[-1] + piece.rstrip()) > width:
            if lines[-1] == "":  # a single piece wider than a line
                lines[-1], piece = piece[:width], piece[width:]
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines if line.strip()]


def elide(text, width):
    """Text of at most `width` characters, its middle replaced by an ellipsis."""
    if len(text) <= width:
        return text
    head = width // 2
    return text[:head] + "…" + text[head + 1 - width :]


def plain(text):
    """Keep matplotlib from reading dollar signs as formulas."""
    return text.replace("$", r"\$")


def value_text(value):
    """A feature's value, short: ``39``, ``0.3333``, ``clerk``, ``2024-05-01``, ``missing``."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return "missing"
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer) and abs(value) < 1e9:
        return str(int(value)).replace("-", _MINUS)
    if isinstance(value, int | float | np.number):
        number = float(value)
        whole = number.is_integer() and abs(number) < 1e9
        return format(number, ".0f" if whole else ".4g").replace("-", _MINUS)
    if isinstance(value, datetime.datetime | np.datetime64):
        return str(pd.Timestamp(value)).removesuffix(" 00:00:00")
    return elide(" ".join(str(value).split()), _VALUE_WIDTH)


def label_with_values(name, values):
    """The label of a player in one row: ``age = 39``; of a group, all its few values.

    Parameters
    ----------
    name : str
    values : list or None
        The player's values in this row; None where they are not known.
    """
    if values is None or len(values) == 0:
        return name
    if len(values) > 3:
        return f"{name} ({len(values)} columns)"
    return f"{name} = {elide(', '.join(map(value_text, values)), _VALUE_WIDTH + 4)}"


def number_format(numbers, sign=False):
    """One format for a column of numbers, with three digits for the largest.

    Parameters
    ----------
    numbers : array-like
        What will be written below each other.
    sign : bool, default=False
        Whether positive numbers show their sign.

    Returns
    -------
    callable
        From a number to a string.
    """
    magnitudes = np.abs(np.asarray(numbers, dtype=float))
    largest = np.max(magnitudes, initial=0.0, where=np.isfinite(magnitudes))
    exponent = math.floor(math.log10(largest)) if largest > 0 else 0
    if -4 <= exponent < 6:
        kind = f".{max(0, 2 - exponent)}f"
    else:
        kind = ".2e"

    def write(number):
        text = format(number, kind)
        if float(text) == 0:  # no "-0.000"
            return format(0.0, kind if kind != ".2e" else ".0f")
        return format(number, "+" * sign + kind).replace("-", _MINUS)

    return write


def quoted(name):
    """The name of an output, a class or a row in running text."""
    return f"'{elide(str(name), _NAME_WIDTH)}'"


def value_word(explanation):
    """What the values of an explanation are called."""
    if getattr(explanation, "trees", None) is not None:
        return "importance"
    if explanation.quantity != "attribution":
        return explanation.quantity
    return "attribution" if explanation.is_additive else "coefficient"


def units_label(explanation):
    """The units of the values, in words."""
    if getattr(explanation, "trees", None) is not None:
        return "share of what the surrogate tree explains"
    if explanation.quantity.startswith("standardised"):
        return "without units"
    if "derivative" in explanation.quantity and "×" not in explanation.quantity:
        return "in units of the output and the feature"
    names = explanation.output_names
    if explanation.targets is not None:
        names = dict.fromkeys(explanation.targets)
        if len(names) > 1:
            return "units of each row's output"
    if len(names) > 1:
        return "units of each output"
    return f"units of the output {quoted(*names)}"


def row_label(explanation, row):
    """A row's label, or its position among several; empty for a single one without a label."""
    if explanation.index is not None:
        return f"row {elide(str(explanation.index[row]), _NAME_WIDTH)}"
    return f"row {range(len(explanation))[row]}" if len(explanation) > 1 else ""


def row_title(explanation, row):
    """What there is to say about one row: its label or position, and its class."""
    words = [row_label(explanation, row)]
    if explanation.targets is not None:
        words.append(f"explained class {quoted(explanation.targets[row])}")
    return ", ".join(filter(None, words))
