"""One prediction in plain words."""

from dataclasses import dataclass

import numpy as np

from skxai.plotting._text import number_format
from skxai.reporting._html import element, listed, markup, name

_MOST_NAMED = 3
_ROUNDING = 1e-9
_PLUS_MINUS = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"
_WORTH_NAMING = 0.04  # of all that the features move


@dataclass(frozen=True)
class Told:
    """A row's attributions in words.

    Parameters
    ----------
    level : Markup
        What the model says, and what that is compared with.
    reasons : list of Markup
        What raised it, and what lowered it.
    plain : str
        The largest of them, for alternative texts.
    """

    level: str
    reasons: list
    plain: str


def told_row(subject):
    """Say what made the prediction of the row.

    Parameters
    ----------
    subject : Subject
        With a row.

    Returns
    -------
    Told
    """
    one = subject.one
    if not subject.is_additive:
        return _told_values(subject)
    prediction, base = float(one.predictions[0]), float(one.base_values[0])
    values, write = one.values[0], number_format([prediction, base])
    level = markup(
        "The model's ", name(subject.output), " for ", name(subject.row_words), " is ",
        element("strong", write(prediction)), f", against {write(base)}, {subject.start}.",
    )  # fmt: skip
    order = np.argsort(-np.abs(values), kind="stable")
    least = _WORTH_NAMING * np.abs(values).sum()
    reasons, named = [], []
    for told, sign in [("What raised it most: ", 1), ("What lowered it most: ", -1)]:
        those = [j for j in order if sign * values[j] > 0 and abs(values[j]) >= least]
        those = those[:_MOST_NAMED]
        named += those
        if those:
            reasons.append(markup(told, listed([_step(subject, j) for j in those]), "."))
    if not named:
        reasons.append(markup("No feature moved it."))
    elif len(named) < len(values):
        rest = values.sum() - values[named].sum()
        what = "other feature" if len(values) - len(named) == 1 else "other features together"
        count = "The" if len(values) - len(named) == 1 else f"The {len(values) - len(named)}"
        reasons.append(markup(f"{count} {what}: {_signed(values, rest)}."))
    return Told(level, reasons, _plainly(subject, order))


def _told_values(subject):
    """Values that are no parts of the prediction are named, not added."""
    one = subject.one
    prediction, values = float(one.predictions[0]), one.values[0]
    level = markup(
        "The model's ", name(subject.output), " for ", name(subject.row_words), " is ",
        element("strong", number_format([prediction])(prediction)), ".",
    )  # fmt: skip
    order = np.argsort(-np.abs(values), kind="stable")
    first = [_step(subject, j) for j in order[:_MOST_NAMED] if values[j] != 0]
    if not first:
        return Told(level, [markup("All values are zero.")], _plainly(subject, order))
    reasons = [
        markup(f"Largest by {subject.word}: ", listed(first), "."),
        markup("These values are no parts of the prediction: they do not add up to it."),
    ]
    return Told(level, reasons, _plainly(subject, order))


def _step(subject, player):
    one = subject.one
    error = None if one.std_errors is None else one.std_errors[0, player]
    return markup(
        element("strong", name(subject.label(player))),
        f" ({with_error(one.values[0, player], error, one.values)})",
    )


def _plainly(subject, order):
    values = subject.one.values[0]
    return ", ".join(f"{subject.label(j)}: {_signed(values, values[j])}" for j in order[:5]) + "."


def _signed(values, number):
    return number_format(values, sign=True)(number)


def with_error(value, error, values):
    """A number with the digits of its column, and its standard error if there is one."""
    text = _signed(values, value)
    if error is None or not is_error(error, values):
        return text
    return text + plus_minus(error, number_format(values))


def is_error(error, values):
    """Whether a standard error is more than rounding."""
    return bool(np.isfinite(error) and error > _ROUNDING * np.abs(values).max(initial=0.0))


def plus_minus(error, write):
    """A standard error behind a number, of its digits unless they round it to zero."""
    text = write(error)
    if error > 0 and float(text.replace("\N{MINUS SIGN}", "-")) == 0:
        text = format(error, ".1g")
    return f"{_PLUS_MINUS}{text}"


def percent(share):
    """A share as ``12 %``."""
    number = 100 * share
    return f"{number:.2g} %" if number < 10 else f"{number:.0f} %"
