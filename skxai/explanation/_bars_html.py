"""Small bars beside the numbers of an explanation, as HTML for notebooks."""

import html

import numpy as np
import pandas as pd
from scipy import sparse

from skxai.explanation._text_html import NEGATIVE, POSITIVE, largest, number
from skxai.utils._values import value_text

_MOST_FEATURES = 10
_MOST_OUTPUTS = 3
_MOST_CHARACTERS = 40
_WIDTH, _HEIGHT = 120, 10  # pixels of a bar's cell
_NEUTRAL = (0x00, 0x72, 0xB2)  # that of the plots
_GREY = (0x80, 0x80, 0x80)
_LEFT = 'style="text-align:left"'
_RIGHT = 'style="text-align:right;white-space:nowrap"'


def notebook_html(explanation, picture):
    """What notebooks show: a line, a picture if there is one, and the table, folded below it.

    Parameters
    ----------
    explanation : Explanation or InteractionExplanation
    picture : str or None
        HTML. That of a layout tells all that its table would.
    """
    about = f"<p>{html.escape(repr(explanation))}</p>"
    if picture is not None and explanation.layout is not None:
        return f"<div>{about}{picture}</div>"
    table = explanation.to_frame().to_html(max_rows=10, max_cols=20, float_format="{:.4g}".format)
    if picture is not None:
        table = f"{picture}<details><summary>all values</summary>{table}</details>"
    return f"<div>{about}{table}</div>"


def bars_html(explanation):
    """The most important features with small bars; everything that comes from data is escaped.

    Of several rows the mean absolute values, with their standard errors; of one row its signed
    values, beside what the features were.

    Parameters
    ----------
    explanation : Explanation
        Without a layout, or of one row.

    Returns
    -------
    str or None
        None if there is nothing to draw.
    """
    if 0 in explanation.shape:
        return None
    alone = len(explanation) == 1
    n_players = explanation.shape[1]
    values = explanation.values.reshape(len(explanation), n_players, -1)
    errors = None
    if alone:
        numbers = values[0]
        if explanation.std_errors is not None:
            errors = explanation.std_errors.reshape(numbers.shape)
    else:
        magnitudes = np.abs(values)
        numbers = magnitudes.mean(axis=0)
        errors = magnitudes.std(axis=0, ddof=1) / np.sqrt(len(values))
    order = np.argsort(-np.nan_to_num(np.abs(numbers).sum(axis=1)), kind="stable")
    shown, outputs = order[:_MOST_FEATURES], slice(_MOST_OUTPUTS)
    names = {"feature": [explanation.feature_names[j] for j in shown]}
    if alone:
        names["value"] = [_value_of(explanation, j) for j in shown]
    word = explanation.quantity if alone else f"mean |{explanation.quantity}|"
    heads = [word]
    if explanation.n_outputs > 1:
        heads = [f"{word}, {name}" for name in explanation.output_names[outputs]]
    if errors is not None:
        errors = errors[shown, outputs]
    table = _table(names, heads, numbers[shown, outputs], errors, alone)
    return table + _notes(explanation, alone, errors, len(shown))


def pairs_html(interactions):
    """The strongest interactions with small bars, or None if there are none to show.

    Parameters
    ----------
    interactions : InteractionExplanation
        Without a layout, or of one row.
    """
    if len(interactions) == 0 or interactions.shape[1] < 2:
        return None
    strengths = interactions.strengths()
    top = strengths[:_MOST_FEATURES]
    names = {key: list(top[key]) for key in ("output", "feature", "other") if key in top}
    numbers, errors = top["strength"].to_numpy()[:, None], top["std_error"].to_numpy()[:, None]
    notes = ["± one standard error"] if np.isfinite(errors).any() else []
    if len(strengths) > len(top):
        notes.append(f"{len(strengths) - len(top)} weaker pairs are not shown")
    return _table(names, ["mean |interaction|"], numbers, errors, False) + _paragraph(notes)


def _table(names, heads, numbers, errors, signed):
    """Columns of names, then for each head one of numbers and one of bars."""
    limit = largest(numbers)
    cells = [f"<th {_LEFT}>{_escaped(head)}</th>" for head in names]
    cells += [f'<th colspan="2" {_LEFT}>{_escaped(head)}</th>' for head in heads]
    rows = [f"<tr>{''.join(cells)}</tr>"]
    for i, own in enumerate(zip(*names.values())):
        cells = [f"<td {_LEFT}>{_escaped(name)}</td>" for name in own]
        for k in range(len(heads)):
            error = None if errors is None else errors[i, k]
            cells += _number_and_bar(numbers[i, k], error, limit, signed)
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _number_and_bar(value, error, limit, signed):
    """Two cells: a number with its standard error, and a bar, which is a picture of it."""
    told = number(value, "+" if signed else "")
    if error is not None and np.isfinite(error):
        told += f" ± {number(error, '')}"
    share = 0.0 if np.isnan(value) else value / limit
    width = abs(share) * (_WIDTH / 2 if signed else _WIDTH)
    start = 0.0
    color = _NEUTRAL
    if signed:
        start = _WIDTH / 2 - (width if share < 0 else 0)
        color = POSITIVE if share > 0 else NEGATIVE
    bar = _rectangle(start, width, 0, _HEIGHT, color)
    if signed:
        bar += _rectangle(_WIDTH / 2 - 0.5, 1, 0, _HEIGHT, _GREY)
    size = f'width="{_WIDTH}" height="{_HEIGHT}"'
    return [
        f"<td {_RIGHT}>{told}</td>",
        f'<td><svg {size} viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true">{bar}</svg></td>',
    ]


def _rectangle(x, width, y, height, color):
    fill = "#{:02X}{:02X}{:02X}".format(*color)
    return f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" fill="{fill}"/>'


def _notes(explanation, alone, errors, n_shown):
    """What is not in the table; of one row, from where to where its values lead."""
    notes = []
    if alone and explanation.is_additive and explanation.n_outputs == 1:
        base, prediction = explanation.base_values.item(), explanation.predictions.item()
        notes.append(f"from {number(base, '')} to the prediction {number(prediction, '')}")
    if errors is not None and np.isfinite(errors).any():
        notes.append("± one standard error")
    for count, word in [
        (explanation.shape[1] - n_shown, "smaller features are not shown"),
        (explanation.n_outputs - _MOST_OUTPUTS, "more outputs are not shown"),
    ]:
        if count > 0:
            notes.append(f"{count} {word}")
    return _paragraph(notes)


def _paragraph(notes):
    return f"<p>{'; '.join(notes)}</p>" if notes else ""


def _value_of(explanation, player):
    """The value of a player of one column in the first row, or nothing."""
    data, columns = explanation.data, explanation.groups[player]
    if data is None or explanation.layout is not None or len(columns) != 1 or data.ndim != 2:
        return ""
    if columns[0] >= data.shape[1]:
        return ""
    if isinstance(data, pd.DataFrame):
        return value_text(data.iloc[0, columns[0]])
    data = data.tocsr() if sparse.issparse(data) else data
    return value_text(data[0, columns[0]])


def _escaped(text):
    text = str(text)
    if len(text) > _MOST_CHARACTERS:  # names made by programs often differ only at an end
        text = f"{text[: _MOST_CHARACTERS // 2]}…{text[1 - _MOST_CHARACTERS // 2 :]}"
    return html.escape(text)
