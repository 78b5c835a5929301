"""Which feature colours the points of a dependence plot, and how."""

import numpy as np

from skxai.plotting._columns import MISSING, ONE_VALUE, axis_values, player_table, value_ranks
from skxai.plotting._common import PALETTE
from skxai.plotting._spread import ROWS_PER_BIN, levels, most_telling
from skxai.plotting._text import elide, value_text

_NAME_WIDTH = 40


def choose_player(explanation, player, y):
    """The player whose values best explain the spread of `y` at similar values of one.

    Returns
    -------
    chosen : int or None
    note : str
        Why it was chosen, or that there is none.
    """
    if len(y) < ROWS_PER_BIN:
        return None, "too few rows to choose a colour by"
    others = {}
    for j in _with_values(explanation, player):
        column, categories = axis_values(player_table(explanation, j)[0])
        others[j] = levels(as_numbers(column), categories is not None)
    x, categories = axis_values(player_table(explanation, player)[0])
    chosen, share = most_telling(y, as_numbers(x), others, categories is not None)
    if chosen is None:
        return None, "no other feature explains the spread clearly"
    return chosen, f"colour explains {100 * share:.0f} % of the spread at similar values"


def strongest_partner(explanation, interactions, player):
    """The player with values that interacts most strongly, or None, and a note."""
    players = _with_values(explanation, player)
    if not players:
        return None, "no other feature has single values"
    strengths = np.abs(2 * interactions.values[:, player]).mean(axis=0)[players]
    if not strengths.any():
        return None, "no interactions"
    return players[int(strengths.argmax())], "colour: the strongest interaction"


def _with_values(explanation, player):
    """The other players of one column with at least two values."""
    tables = {j: player_table(explanation, j) for j in range(len(explanation.feature_names))}
    return [
        j
        for j, columns in tables.items()
        if j != player and columns is not None and len(columns) == 1
        if columns[0].nunique() > 1
    ]


def coloring(explanation, player):
    """The colours of the points, as arguments of DependenceDisplay, and notes on them."""
    if player is None:
        return {}, []
    name = elide(explanation.feature_names[player], _NAME_WIDTH)
    column = player_table(explanation, player)[0]
    codes, categories = axis_values(column)
    if categories is not None:
        codes, categories = few_categories(codes, categories, len(PALETTE))
        drawn = "rings" if np.isfinite(codes).any() else "grey"
        notes = [f"{drawn}: {name} is missing"] if np.isnan(codes).any() else []
        label = {"color_categories": categories or None, "color_label": name}
        return {"colors": codes, **label}, notes
    ranks, reasons, _ = value_ranks(explanation, player)
    ends = column.dropna()
    ends = ("", "") if ends.empty else (value_text(ends.min()), value_text(ends.max()))
    words = {MISSING: "is missing", ONE_VALUE: "has a single value"}
    drawn = "rings" if np.isfinite(ranks).any() else "grey"
    notes = [f"{drawn}: {name} {words[reason]}" for reason in reasons]
    return {"colors": ranks, "color_ends": ends, "color_label": f"{name} (ranked)"}, notes


def few_categories(codes, categories, n_most):
    """At most `n_most` categories: the frequent ones in their order, then the others as one."""
    if len(categories) <= n_most:
        return codes, categories
    known = codes[np.isfinite(codes)].astype(int)
    order = np.argsort(-np.bincount(known, minlength=len(categories)), kind="stable")
    kept = np.sort(order[: n_most - 1])
    new = np.full(len(categories), n_most - 1.0)
    new[kept] = np.arange(n_most - 1)
    folded = np.full(len(codes), np.nan)
    folded[np.isfinite(codes)] = new[known]
    n_others = len(categories) - len(kept)
    return folded, [categories[k] for k in kept] + [f"{n_others} others"]


def as_numbers(values):
    """Dates as numbers, for comparing; numbers as they are."""
    if values.dtype.kind != "M":
        return values
    numbers = values.astype("datetime64[ns]").astype(np.int64).astype(float)
    return np.where(np.isnat(values), np.nan, numbers)
