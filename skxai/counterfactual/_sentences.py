"""Counterfactuals in words."""

from collections import Counter

from skxai.utils._values import number_text, two_texts

# What is said of the row alone, where there is no counterfactual, or none is needed.
_WITHOUT = {
    "already_target": "The prediction is {} as it is.",
    "infeasible": "The prediction is {}, and no allowed change leads to the target.",
    "not_found": "The prediction is {}; no counterfactual was found.",
}


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
    if status in _WITHOUT:
        return _WITHOUT[status].format(original)
    parts = []
    for name, before, after in changes:
        old, new = two_texts(before, after)
        parts.append(f"{name} had been {new} instead of {old}")
    return f"If {_listed(parts)}, the prediction would have been {prediction}."


def player_sentence(kind, changes, status, prediction, original):
    """One counterfactual of a text, an image or a sequence as a sentence.

    Parameters
    ----------
    kind : str
        Of the layout.
    changes : DataFrame
        See `changes_of`.
    status : str
    prediction, original : str

    Examples
    --------
    >>> import pandas as pd
    >>> words = pd.DataFrame({"name": ["awful", "boring", "awful"], "after": ""})
    >>> player_sentence("text", words, "optimal", "'good' (0.62)", "'bad' (0.91)")
    "Without 'awful' (twice) and 'boring', the prediction would have been 'good' (0.62) instead of \
'bad' (0.91)."
    """
    if status in _WITHOUT:
        return _WITHOUT[status].format(original)
    if kind == "sequence":
        parts = [
            f"{change.after} instead of {change.letter} at position {change.position}"
            for change in changes.itertuples()
        ]
        told = f"With {_listed(parts)}"
    else:
        counts = Counter(changes["name"])
        parts = [_named(name, kind) + _times(count) for name, count in counts.items()]
        told = f"Without {_listed(parts)}"
    return f"{told}, the prediction would have been {prediction} instead of {original}."


def _named(name, kind):
    if kind == "text":
        return f"'{name}'"
    return f"cell {name}" if name.startswith("[") else name


def _times(count):
    return {1: "", 2: " (twice)"}.get(count, f" ({count} times)")


def _listed(parts):
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + f" and {parts[-1]}"


def prediction_text(label, output):
    """A predicted class with its output, or a predicted number."""
    if label is None:
        return number_text(output, 4)
    return f"'{label}' ({output:.2f})" if output is not None else f"'{label}'"
