"""How far to trust an explanation: each verdict is read off a figure."""

from dataclasses import dataclass

import numpy as np

from skxai.plotting._text import number_format
from skxai.reporting._words import percent

GOOD, CARE, POOR, OPEN = "good", "care", "poor", "open"
WORDS = {GOOD: "Good", CARE: "Take care", POOR: "Poor", OPEN: "Not known"}
_ROUNDING = 1e-6
_ERRORS = 2  # standard errors
_NO_SPREAD = 1e-9


@dataclass(frozen=True)
class Check:
    """One question about an explanation.

    Parameters
    ----------
    question : str
    figure : str
        What was measured.
    meaning : str
        What it means.
    verdict : str
    level : {"good", "care", "poor", "open"}
    """

    question: str
    figure: str
    meaning: str
    verdict: str
    level: str


def check_completeness(subject):
    """Whether the parts add up."""
    question = "Does it add up?"
    meaning = (
        "The base value and all contributions should sum to the model's output. What is missing "
        "was not attributed to any feature."
    )
    explanation = subject.explanation
    if not explanation.is_additive:
        figure = f"Each of these values is a {subject.word}, no part of a sum."
        return Check(question, figure, meaning, "They are read one by one, and not added.", OPEN)
    gaps = np.abs(explanation.completeness_gap)
    moved = np.abs(explanation.predictions - explanation.base_values)
    size = max(np.abs(explanation.predictions).max(), np.abs(explanation.base_values).max())
    rows = "the row" if len(gaps) == 1 else f"{len(gaps)} rows"
    if gaps.max() <= _ROUNDING * size:
        figure = f"Largest gap over {rows}: zero to rounding."
        return Check(question, figure, meaning, "Nothing is left unexplained.", GOOD)
    write = number_format([gaps.max(), moved.mean()])
    share = gaps.mean() / moved.mean() if moved.mean() > 0 else np.inf
    figure = f"Mean gap over {rows}: {write(gaps.mean())}, the largest: {write(gaps.max())}"
    if subject.row is not None:
        figure += f"; this row: {write(gaps[subject.row])}"
    if not np.isfinite(share):
        told, level = "The outputs do not differ from their base values, but the sums do", POOR
    else:
        level = GOOD if share <= 0.05 else CARE if share <= 0.2 else POOR
        told = f"{percent(share)} of what moves the outputs is not explained"
    return Check(question, f"{figure}.", meaning, f"{told}.", level)


def check_errors(subject, exact):
    """How much of it is the luck of the draw.

    Parameters
    ----------
    subject : Subject
    exact : bool or None
        Whether the explainer says that its values are exact; None if it says nothing.
    """
    question = "Would it come out the same again?"
    meaning = (
        "Methods that sample give each number a standard error: another seed moves it by about "
        "so much, seldom by more than twice."
    )
    explanation = subject.explanation if subject.row is None else subject.one
    errors = explanation.std_errors
    if errors is None and exact is not True:
        figure = "The method reports no standard errors."
        told = "It may sample nothing, or not tell: explain again with another seed."
        if exact is False:
            figure = "The method samples, but too little to have standard errors."
            told = "Raise max_evals, or explain again with another seed to see what stays."
        return Check(question, figure, meaning, told, OPEN if exact is None else CARE)
    if errors is None or not np.any(errors):
        figure = "The values are computed, not sampled: no standard errors."
        return Check(question, figure, meaning, "Another seed changes nothing.", GOOD)
    sizes = np.abs(explanation.values)
    certain = int((sizes > _ERRORS * errors).sum())
    share = errors.max() / sizes.max() if sizes.max() > 0 else np.inf
    write = number_format([sizes.max(), errors.max()])
    where = "in all rows" if subject.row is None else "in this row"
    figure = (
        f"Largest standard error {where}: {write(errors.max())}; largest contribution: "
        f"{write(sizes.max())}. {certain} of {sizes.size} contributions differ from zero by more "
        "than two standard errors."
    )
    level = GOOD if share <= 0.1 else CARE if share <= 0.3 else POOR
    told = {
        GOOD: "Chance is small beside what matters",
        CARE: "The smaller contributions are uncertain, and so is their order",
        POOR: "Chance is as large as what it measures: raise max_evals or n_samples",
    }[level]
    return Check(question, figure, meaning, f"{told}.", level)


def check_rows(subject, importance):
    """Whether there are enough rows to say what matters most."""
    question = "Are there enough rows for the overall picture?"
    meaning = (
        "The overall importance is an average over the explained rows; with few of them, the "
        "order of the features is chance."
    )
    features = subject.by_name
    n_rows = len(subject.explanation)
    if features is None or importance is None or n_rows < 2 or len(importance) < 2:
        figure = f"{n_rows} row{'s' * (n_rows != 1)} explained."
        told = "There is nothing to compare: this is about rows, not about the model as a whole."
        return Check(question, figure, meaning, told, OPEN)
    order = np.argsort(-importance["importance"].to_numpy(), kind="stable")
    sizes = np.abs(features.values[:, order])
    steps = sizes[:, :-1] - sizes[:, 1:]
    errors = steps.std(axis=0, ddof=1) / np.sqrt(n_rows)
    clear = steps.mean(axis=0) > _ERRORS * errors + _NO_SPREAD * sizes.max()
    n_clear = len(clear) + 1 if clear.all() else int(clear.argmin())
    first, second = (importance.index[j] for j in order[:2])
    ahead = steps[:, 0].mean() / errors[0] if errors[0] > _NO_SPREAD * sizes.max() else np.inf
    figure = (
        f"{n_rows} rows. {first} is ahead of {second} by {ahead:.2g} standard errors."
        if np.isfinite(ahead)
        else f"{n_rows} rows. {first} is ahead of {second} in every row alike."
    )
    if n_clear == 0:
        told, level = "Which feature comes first is not certain", CARE
    elif n_clear == 1:
        told, level = "The first place is certain, the order of the others is not", GOOD
    else:
        told, level = f"The order of the first {n_clear} is certain", GOOD
    if n_rows < 10:
        told, level = f"{told}; so few rows may not stand for all", CARE
    return Check(question, figure, meaning, f"{told}.", level)


def check_surrogate(subject):
    """How well a surrogate fits, where there is one; else None."""
    explanation = subject.explanation
    if getattr(explanation, "fresh_r2", None) is None:
        return None
    question = "Does the surrogate follow the model?"
    meaning = (
        "A simple model was fitted to the model around each row. Its score on fresh neighbours "
        "(1 is perfect, 0 no better than a constant) tells whether it may speak for the model."
    )
    scores = explanation.fresh_r2
    shown = scores if subject.row is None else scores[[subject.row]]
    shown = shown[np.isfinite(shown)]
    if len(shown) == 0:
        figure = "No neighbours were drawn: the surrogate is computed exactly."
        return Check(question, figure, meaning, "There is no fit to doubt.", OPEN)
    score, all_scores = float(np.median(shown)), scores[np.isfinite(scores)]
    figure = "Median score" if subject.row is None else "Score in this row"
    figure = f"{figure}: {score:.2f}; over {len(all_scores)} rows at worst {all_scores.min():.2f}."
    figure = figure.replace("-", "\N{MINUS SIGN}")
    level = GOOD if score >= 0.9 else CARE if score >= 0.5 else POOR
    told = {
        GOOD: "The surrogate follows the model closely",
        CARE: "The surrogate follows the model in part: read signs and order, not sizes",
        POOR: "The surrogate misses most of what the model does here: do not rely on it",
    }[level]
    return Check(question, figure, meaning, f"{told}.", level)


def check_selectivity(part):
    """Whether the order of the features foretells what the model does; None if not wanted."""
    question = "Do the features that it names matter to the model?"
    meaning = (
        "The features are removed one after the other, those that raised the output most first. "
        "If the explanation is right, the output falls faster than when they go in random order."
    )
    if part.found is None and part.reason is None:
        return None
    if part.found is None:
        return Check(question, f"Not measured: {part.reason}.", meaning, "Not tested.", OPEN)
    found = part.found
    write = number_format([found.drop, found.random_drop])
    figure = (
        f"Mean fall of the output: {write(found.drop)}; in random order: "
        f"{write(found.random_drop)}. It falls deeper than in {percent(found.share)} of "
        f"{found.n_orders} random orders (ties count half)."
    )
    if max(abs(found.drop), abs(found.random_drop)) <= _ROUNDING * found.scale:
        told = "The output does not change as features are removed."
        return Check(question, "Mean fall of the output: none.", meaning, told, OPEN)
    level = GOOD if found.share >= 0.9 else CARE if found.share >= 0.7 else POOR
    told = {
        GOOD: "The order is far better than chance",
        CARE: "The order is better than chance, but not by far",
        POOR: "The order is hardly better than chance: do not rely on it",
    }[level]
    return Check(question, figure, meaning, f"{told}.", level)
