"""What is told of counterfactuals of rows that have players of their own."""

import numpy as np
import pandas as pd

from skxai.counterfactual._sentences import player_sentence


def changes_of(result, entry):
    """The changed players of one counterfactual.

    Returns
    -------
    DataFrame
        Columns `name`, those of the layout, and `after`: what stands there instead.
    """
    row = entry // result.n_counterfactuals
    names = result.layout.names(row)
    players = np.flatnonzero(result.changed[entry])
    table = {"name": names, **result.layout.columns(row)}
    table = pd.DataFrame({name: list(values) for name, values in table.items()})
    after = result.replacements[entry, players].astype(object)
    return table.iloc[players].assign(after=after)


def all_changes(result):
    """The changed players of all counterfactuals, as a table."""
    sizes = result.n_changes
    tables = [changes_of(result, entry) for entry in np.flatnonzero(sizes)]
    if not tables:
        return pd.DataFrame({"counterfactual": [], "name": [], "after": []})
    table = pd.concat(tables, ignore_index=True)
    entries = np.repeat(np.arange(len(sizes)), sizes)
    table.insert(0, "counterfactual", entries % result.n_counterfactuals)
    return table.set_axis(result.labels_of_rows().take(entries), axis=0)


def short_changes(result):
    """The changes of each counterfactual on a line: names, with what stands there instead."""
    told = []
    for entry in range(len(result.status)):
        table = changes_of(result, entry)
        told.append(", ".join(name + after for name, after in zip(table["name"], table["after"])))
    return told


def player_sentences(result):
    """Each counterfactual in words."""
    kind = result.layout.kind
    return [
        player_sentence(kind, changes_of(result, entry), str(result.status[entry]), after, before)
        for entry, (before, after) in enumerate(result.predictions_in_words())
    ]
