"""Texts, images and sequences in which what changes is coloured."""

import textwrap

import numpy as np

from skxai.plotting._common import one_row
from skxai.plotting._heatmap import HeatmapDisplay
from skxai.plotting._image import ImageDisplay
from skxai.plotting._sequence import SequenceDisplay
from skxai.plotting._text import plain, quoted, row_label
from skxai.plotting._text_display import TextDisplay

_TITLE_WIDTH = 90  # characters


def draw_changed_players(explanation, *, row=0, number=0, ax=None, **kwargs):
    """Draw the counterfactuals of one row, with the changed players coloured.

    Parameters
    ----------
    explanation : CounterfactualExplanation
        With a layout.
    row : int, default=0
        Position of the row.
    number : int, default=0
        Which counterfactual of a text is drawn; of images and sequences, all are.
    ax : matplotlib Axes, or array of them, default=None
        Where to draw; a new figure if None.
    **kwargs : dict
        Passed to the `plot` of the display.

    Returns
    -------
    TextDisplay, ImageDisplay or SequenceDisplay
    """
    one = one_row(explanation, row)
    if not one.changed.any():
        raise ValueError(f"row {row} has no changes to draw: its status is {str(one.status[0])!r}")
    draw = {"text": _draw_text, "image": _draw_image, "sequence": _draw_sequence}
    return draw[one.layout.kind](one, number).plot(ax=ax, **{"colorbar": False, **kwargs})


def _draw_text(one, number):
    """The text, with what is removed coloured."""
    if not 0 <= number < len(one.status) or not one.changed[number].any():
        raise ValueError(
            f"number is {number}; expected that of a counterfactual: there are "
            f"{int(one.changed.any(axis=1).sum())}"
        )
    return TextDisplay(
        str(np.asarray(one.data, dtype=object)[0]),
        one.layout.spans(0),
        -one.changed[number].astype(float),
        names=one.layout.names(0),
        title=_told(one, number),
    )


def _draw_image(one, number):
    """The image, then each counterfactual with what is removed coloured."""
    entries = np.flatnonzero(one.changed.any(axis=1))
    removed = [[one.layout.to_pixels(-one.changed[k].astype(float), 0)] for k in entries]
    picture = one.layout.images(one.data)
    return ImageDisplay(
        np.array(removed),
        segments=np.repeat(one.layout.segments, len(entries), axis=0),
        images=np.repeat(picture, len(entries), axis=0),
        row_titles=[f"→ {one.predictions_in_words()[k][1]}" for k in entries],
    )


def _draw_sequence(one, number):
    """The sequence, and below it each counterfactual with its new letters coloured."""
    entries = np.flatnonzero(one.changed.any(axis=1))
    letters, places = one.layout.letters[0], one.layout.positions[0]
    values = np.zeros((len(entries) + 1, len(letters)))
    lines = [letters.tolist() for _ in range(len(entries) + 1)]
    for line, entry in enumerate(entries, 1):
        for player in np.flatnonzero(one.changed[entry]):
            values[line, places[player]] = 1
            lines[line][places[player]] = str(one.replacements[entry, player])
    before, _ = one.predictions_in_words()[0]
    names = [before, *(one.predictions_in_words()[k][1] for k in entries)]
    return SequenceDisplay(values, lines, names=names, scale="all", title=row_label(one, 0))


def _told(one, number):
    sentence = one.sentences()[number]
    return ": ".join(filter(None, [row_label(one, 0), sentence]))


def draw_scan(scan, *, row=0, output=None, ax=None, **kwargs):
    """How much each letter at each position changes the output: a heat-map.

    Parameters
    ----------
    scan : SubstitutionScan
    row : int, default=0
        Position of the sequence.
    output : str, default=None
        Which output; None for the largest of the sequence itself.
    ax : matplotlib Axes, default=None
        Where to draw; a new figure if None.
    **kwargs : dict
        Passed to `HeatmapDisplay.plot`.

    Returns
    -------
    HeatmapDisplay
        With a dot, in its `overlays_`, where the target is reached.
    """
    one = one_row(scan, row)
    effects, name = _effects(one, output)
    display = HeatmapDisplay(
        effects.T[None],
        titles=[_scan_title(scan, row, name)],
        row_names=list(one.alphabet),
        colorbar_label=f"change of the output {quoted(name)}",
    ).plot(ax=ax, **kwargs)
    letters, places = one.layout.letters[0], one.layout.positions[0]
    labels = [f"{letters[place]}\n{place + 1}" for place in places]
    step = max(1, -(-len(places) // 40))
    display.ax_.set_xticks(
        np.arange(0, len(places), step), map(plain, labels[::step]), fontsize="small"
    )
    players, reached = np.nonzero(one.reached[0])
    dots = display.ax_.scatter(players, reached, s=6, color="black", linewidths=0)
    display.overlays_.append(dots)
    return display


def draw_substituted(scan, *, row=0, output=None, ax=None, max_sequences=20, **kwargs):
    """The sequences that reach the target by one substitution, its letter coloured.

    Parameters
    ----------
    scan : SubstitutionScan
    row : int, default=0
        Position of the sequence.
    output : str, default=None
        Which output; None for the largest of the sequence itself.
    ax : matplotlib Axes, default=None
        Where to draw; a new figure if None.
    max_sequences : int, default=20
        How many are drawn below the sequence itself, those whose output changes most first.
    **kwargs : dict
        Passed to `SequenceDisplay.plot`.

    Returns
    -------
    SequenceDisplay
    """
    one = one_row(scan, row)
    effects, name = _effects(one, output)
    found = np.argwhere(one.reached[0])
    order = np.argsort(-np.abs(effects[tuple(found.T)]), kind="stable")[:max_sequences]
    letters, places = one.layout.letters[0].tolist(), one.layout.positions[0]
    values, lines, names = np.zeros((len(order) + 1, len(letters))), [letters], ["as it is"]
    for line, (player, letter) in enumerate(found[order], 1):
        place, new = places[player], one.alphabet[letter]
        values[line, place] = effects[player, letter]
        lines.append([*letters[:place], new, *letters[place + 1 :]])
        names.append(f"{letters[place]}{place + 1}{new}")
    title = _scan_title(scan, row, name)
    if len(order) < len(found):
        title += f"; {len(order)} of {len(found)} that reach the target"
    display = SequenceDisplay(
        values,
        lines,
        names=names,
        scale="all",
        label=f"change of the output {quoted(name)}",
        title="\n".join(textwrap.wrap(title, _TITLE_WIDTH)),
    )
    return display.plot(ax=ax, **kwargs)


def _effects(one, output):
    """How much each substitution changes one output: (n_positions, n_letters); and its name."""
    names = list(one.output_names)
    if output is not None and str(output) not in names:
        raise ValueError(f"output is {output!r}; expected one of {names}")
    if output is None:
        output = names[int(np.argmax(one.original_predictions[0]))]
    name = str(output)
    scanned, original = one.predictions[0], one.original_predictions[0]
    if len(names) > 1:
        scanned, original = (array[..., names.index(name)] for array in (scanned, original))
    return scanned - original, name


def _scan_title(scan, row, name):
    original = np.atleast_1d(scan.original_predictions[row])[list(scan.output_names).index(name)]
    words = [row_label(scan, row), f"output {quoted(name)} of the sequence: {original:.4g}"]
    return ", ".join(filter(None, words))
