"""Counterfactuals in words."""

from skxai.utils._values import number_text, two_texts


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
        return number_text(output, 4)
    return f"'{label}' ({output:.2f})" if output is not None else f"'{label}'"
