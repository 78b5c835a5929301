"""What a dependence plot shows of an explanation: heights, places, colours, notes."""

import numpy as np
import pandas as pd

from skxai.explanation import InteractionExplanation
from skxai.plotting._coloring import choose_player, strongest_partner
from skxai.plotting._columns import axis_values, player_table
from skxai.plotting._common import WHISKER, one_output
from skxai.plotting._text import elide, number_format, value_word
from skxai.utils._selection import select_named

_MOST_WHISKERS = 200
_NEGLIGIBLE = 0.01  # of the range of the attributions
_NAME_WIDTH = 48


def one_player(explanation, key, argument):
    """The position of one player, by name or position."""
    players = select_named(key, explanation.feature_names, "feature")
    if len(players) != 1:
        raise ValueError(f"{argument} must be one feature, got {key!r}: there are {len(players)}")
    return int(players[0])


def one_column(explanation, player, argument):
    """The values of one player; refused where it has no single value."""
    columns = player_table(explanation, player)
    name = explanation.feature_names[player]
    if columns is None:
        raise ValueError(f"explanation keeps no values of {name!r}; expected a table as its data")
    if len(columns) != 1:
        raise ValueError(
            f"{argument} must be a feature of one column, got {name!r}: a group of "
            f"{len(columns)} columns has no single value"
        )
    return columns[0]


def same_rows(explanation, interactions, output):
    """The interactions of this output; refused if they are of other rows or features."""
    if not isinstance(interactions, InteractionExplanation):
        raise TypeError(
            f"interactions is {type(interactions).__name__}; expected an InteractionExplanation"
        )
    names = explanation.feature_names
    if interactions.feature_names != names:
        raise ValueError(
            f"interactions are of features {_few(interactions.feature_names)}; "
            f"expected those of the explanation, {_few(names)}"
        )
    interactions = one_output(interactions, output)
    ours, theirs = explanation.predictions.ravel(), interactions.predictions.ravel()
    if ours.shape != theirs.shape:
        raise ValueError(f"interactions have {len(theirs)} rows; expected {len(ours)}")
    rounding = 1e-4 * np.ptp(ours) + 1e-9 * np.abs(ours).max()  # models may use single precision
    if not np.allclose(ours, theirs, rtol=1e-5, atol=rounding):
        raise ValueError(
            "interactions have other predictions than explanation; expected the same rows"
        )
    return interactions


def partner_of(explanation, interactions, player, other):
    """The position of `other`, which must be another feature of given interactions."""
    if interactions is None:
        raise ValueError(
            f"other={other!r} needs interactions, as explainer.interactions(X) returns"
        )
    position = one_player(explanation, other, "other")
    one_column(explanation, position, "other")
    if position == player:
        raise ValueError(f"other must be another feature than feature, got {other!r} for both")
    return position


def heights_of(explanation, interactions, player, other):
    """Attributions, or interactions with `other`: numbers, standard errors, words."""
    name = elide(explanation.feature_names[player], _NAME_WIDTH)
    if other is None:
        source, cells, whole = explanation, np.s_[:, player], 1
        what = f"{value_word(explanation)} of {name}"
    else:
        partner = elide(explanation.feature_names[other], _NAME_WIDTH)
        source, cells, whole = interactions, np.s_[:, player, other], 2  # halves
        what = f"interaction of {name} and {partner}"
    n_rows = len(explanation)
    y = whole * source.values[cells].reshape(n_rows)
    if source.std_errors is None:
        return y, None, what
    return y, whole * source.std_errors[cells].reshape(n_rows), what


def best_color(explanation, interactions, player, other, y):
    """The feature that should colour the points, if any, and why."""
    if other is not None:
        return other, None
    if interactions is not None:
        return strongest_partner(explanation, interactions, player)
    return choose_player(explanation, player, y)


def horizontal_label(explanation, player, column):
    """The feature's name, with the unit of durations, and what is not on the axis."""
    name = elide(explanation.feature_names[player], _NAME_WIDTH)
    values, categories = axis_values(column)
    if categories is None and pd.api.types.is_timedelta64_dtype(column):
        name += " (days)"
    if values.dtype.kind == "f" and (n_infinite := np.isinf(values).sum()):
        name += f"\n{n_infinite} infinite values are not drawn"
    return name


def _few(names):
    return [elide(name, 20) for name in names[:3]] + ["…"] * (len(names) > 3)


def visible_errors(errors, y):
    """Errors that whiskers should show, if any, and a note on whiskers or errors."""
    if errors is None or WHISKER * errors.max() <= _NEGLIGIBLE * max(np.ptp(y), np.abs(y).max()):
        return None, None
    if len(y) <= _MOST_WHISKERS:
        return errors, f"whiskers: ± {WHISKER} standard errors"
    return None, f"standard errors: up to {number_format([errors.max()])(errors.max())}"
