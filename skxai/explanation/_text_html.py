"""Texts whose tokens are coloured by their attributions, as HTML."""

import html

import numpy as np

POSITIVE = (0xE0, 0x70, 0x1C)  # those of the plots
NEGATIVE = (0x00, 0x5A, 0x9C)
_MISSING = (0x9E, 0x9E, 0x9E)
_MOST_ROWS = 10
_BOX = "background:#fff;color:#000;padding:0.5em;margin:0 0 1em 0;line-height:1.7"


def token_colors(share):
    """The background of a token and a colour that can be read on it.

    Parameters
    ----------
    share : float
        The attribution over the largest of the scale: from -1, blue, by 0, white, to 1, orange.

    Returns
    -------
    background, foreground : str
        Such as ``"#E0701C"``.
    """
    if np.isnan(share):
        rgb = _MISSING
    else:
        end, weight = POSITIVE if share > 0 else NEGATIVE, min(abs(share), 1.0)
        rgb = tuple(round(255 + weight * (channel - 255)) for channel in end)
    # Relative luminance, as in WCAG: black and white differ equally from 0.179.
    linear = (np.array(rgb) / 255) ** 2.2
    dark = linear @ [0.2126, 0.7152, 0.0722] < 0.179
    return "#{:02X}{:02X}{:02X}".format(*rgb), "#FFFFFF" if dark else "#000000"


def largest(values):
    """The largest finite magnitude, for a scale; 1 if there is none."""
    values = np.abs(np.asarray(values, dtype=float))
    return np.max(values, initial=0.0, where=np.isfinite(values)) or 1.0


def number(value, sign="+"):
    """A number of three digits, with its sign."""
    return format(float(value) or 0.0, f"{sign if value else ''}.3g").replace("-", "\N{MINUS SIGN}")


def coloured_text(text, spans, values, names=None, *, errors=None, limit=None, about=""):
    """A text with coloured tokens, everything in it escaped.

    Parameters
    ----------
    text : str
    spans : array-like of int, shape (n_spans, 3)
        Player, start and end, in the order of the text.
    values : array-like of shape (n_players,)
    names : sequence of str of length n_players, default=None
        For the tooltips; None for the tokens.
    errors : array-like of shape (n_players,), default=None
        Standard errors, for the tooltips.
    limit : float, default=None
        The value of the strongest colour; None for the largest.
    about : str, default=""
        A line above the text.

    Returns
    -------
    str
    """
    limit = largest(values) if limit is None else limit
    parts, done = [], 0
    for player, start, end in np.asarray(spans, dtype=int).reshape(-1, 3).tolist():
        value, token = values[player], text[start:end]
        background, color = token_colors(value / limit)
        error = "" if errors is None else f" ± {number(errors[player], '')}"
        told = f"{token if names is None else names[player]}: {number(value)}{error}"
        parts.append(html.escape(text[done:start]))
        parts.append(
            f'<span title="{html.escape(told)}" style="background:{background};color:{color};'
            f'border-radius:0.2em">{html.escape(token)}</span>'
        )
        done = end
    parts.append(html.escape(text[done:]))
    line = f'<div style="color:#555">{html.escape(about)}</div>' if about else ""
    body = f'<div style="white-space:pre-wrap">{"".join(parts)}</div>'
    return f'<div style="{_BOX}">{line}{body}</div>'


def scale_html(limit):
    """The scale of the colours, from least to largest."""
    steps = np.linspace(-1, 1, 9)
    cells = "".join(
        f'<span style="background:{background};color:{color};padding:0 0.4em">{word}</span>'
        for step, (background, color) in ((step, token_colors(step)) for step in steps)
        for word in [number(step * limit) if abs(step) in (0, 1) else "&nbsp;"]
    )
    return f'<div style="{_BOX}">{cells}</div>'


def text_html(explanation, max_rows=_MOST_ROWS):
    """The texts of an explanation, with one scale of colours; None if it keeps no texts.

    Of several outputs, that with the largest prediction of a row is shown.

    Parameters
    ----------
    explanation : Explanation
        With a `TextLayout`.
    max_rows : int, default=10
        How many texts are shown.

    Returns
    -------
    str or None
    """
    if explanation.data is None:
        return None
    layout, n_rows = explanation.layout, min(len(explanation), max_rows)
    texts, shown = list(explanation.data[:n_rows]), []
    for row in range(n_rows):
        output, about = 0, []
        if explanation.n_outputs > 1:
            output = int(np.argmax(explanation.predictions[row]))
        if explanation.index is not None or len(explanation) > 1:
            about.append(f"row {row if explanation.index is None else explanation.index[row]}")
        target = explanation.output_names[output]
        if explanation.targets is not None:
            target = explanation.targets[row]
        about.append(f"output '{target}'")
        about.append(told_prediction(explanation, row, output))
        n_players = layout.counts[row]
        shown.append((row, _of_output(explanation.values, row, output)[:n_players], output, about))
    limit = largest(np.concatenate([[0.0], *(values for _, values, _, _ in shown)]))
    parts = [scale_html(limit)] if shown else []
    for row, values, output, about in shown:
        errors = explanation.std_errors
        parts.append(
            coloured_text(
                texts[row],
                layout.spans(row),
                values,
                layout.names(row),
                errors=None if errors is None else _of_output(errors, row, output),
                limit=limit,
                about=", ".join(about),
            )
        )
    n_more = len(explanation) - n_rows
    if n_more:
        parts.append(f"<p>{n_more} more row{'s' * (n_more > 1)}</p>")
    return "".join(parts)


def told_prediction(explanation, row, output=0):
    """A row's prediction and, where values are parts of a sum, the base value."""
    words = f"prediction {number(_of_row(explanation.predictions, row, output), '')}"
    if explanation.is_additive:
        words += f", base value {number(_of_row(explanation.base_values, row, output), '')}"
    return words


def _of_row(array, row, output):
    return array[row] if array.ndim == 1 else array[row, output]


def _of_output(array, row, output):
    return array[row] if array.ndim == 2 else array[row, :, output]
