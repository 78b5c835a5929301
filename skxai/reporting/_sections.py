"""The sections of the page about all rows, about trust, and about its making."""

import numpy as np

from skxai.plotting._text import elide, number_format
from skxai.reporting import _pictures
from skxai.reporting._html import (
    details,
    element,
    first_of,
    listed,
    markup,
    name,
    paragraph,
    section,
    table,
)
from skxai.reporting._subject import NAME_WIDTH
from skxai.reporting._trust import CARE, GOOD, OPEN, POOR, WORDS
from skxai.reporting._words import is_error, percent, plus_minus

_MOST_ROWS = 20  # of a table of figures


# -- overall -----------------------------------------------------------------------------------


def importance_of(subject):
    """Global importance; None where rows share no features."""
    features = subject.by_name
    return None if features is None else features.importance()


def overall_sentence(subject, importance):
    """What matters most over all rows."""
    sizes, errors = importance.to_numpy().T
    first = [j for j in _order(importance)[:3] if sizes[j] > 0]
    if not first:
        return markup("No feature moves the output in these rows.")
    write, parts = number_format(sizes), []
    for j in first:
        error = plus_minus(errors[j], write) if is_error(errors[j], sizes) else ""
        feature = element("strong", name(elide(importance.index[j], NAME_WIDTH)))
        parts.append(markup(feature, f" ({write(sizes[j])}{error})"))
    n_rows, word = len(subject.explanation), subject.word
    over = f"mean size of the {word} over {n_rows} rows" if n_rows > 1 else f"size of the {word}"
    told = f"Largest ({over}): "
    if subject.is_additive:
        told = f"What moves the {subject.overall} most ({over}): "
    return markup(name(told), listed(parts), ".")


def _order(importance):
    """Positions of the features, the most important first."""
    return np.argsort(-importance["importance"].to_numpy(), kind="stable")


def _share_of_first(importance):
    """How much of all the first three make up."""
    sizes = np.sort(importance["importance"].to_numpy())[::-1]
    if len(sizes) < 4 or sizes.sum() == 0:
        return None
    return f" These make up {percent(sizes[:3].sum() / sizes.sum())} of all."


def overall_section(subject, importance):
    """What the model relies on."""
    if importance is None:
        told = paragraph("Each image has regions of its own, so there is nothing to average.")
        return section("What the model relies on overall", "overall", told)
    features = subject.by_name
    pictures = []
    if len(features) > 1:
        pictures.append(_pictures.importance_bars(features, importance, subject.word))
        pictures.append(_pictures.swarm(features, importance))
    write = number_format(importance["importance"])
    rows = [
        [importance.index[j], write(importance["importance"].iloc[j]), _error(importance, j, write)]
        for j in _order(importance)[:_MOST_ROWS]
    ]
    caption = f"Importance of the features{first_of(len(rows), len(importance))}"
    figures = table(caption, ["feature", "importance", "standard error"], rows, numbers={1, 2})
    return section(
        "What the model relies on overall",
        "overall",
        paragraph(overall_sentence(subject, importance), _share_of_first(importance)),
        element("div", *pictures, class_="pictures") if pictures else None,
        details("Importances as a table", figures),
    )


def _error(importance, j, write):
    error = importance["std_error"].iloc[j]
    return write(error) if np.isfinite(error) else "not known"


# -- how far to trust it, how it was made ------------------------------------------------------


def trust_summary(checks):
    """How many checks are passed, and what those say that are not."""
    n_good = sum(check.level == GOOD for check in checks)
    n_open = sum(check.level == OPEN for check in checks)
    told = f"Of {len(checks)} questions about how far to trust this, {n_good} came out good"
    told += f", {n_open} can't be answered." if n_open else "."
    for level in (POOR, CARE):
        verdicts = [check.verdict for check in checks if check.level == level]
        told += f" {WORDS[level]}: {' '.join(verdicts)}" if verdicts else ""
    return name(told)


def trust_section(checks, selectivity):
    """Each check with its figure, what it means, and a verdict."""
    cards = [
        element(
            "article",
            element("h3", check.question),
            paragraph(check.figure),
            paragraph(
                element("span", WORDS[check.level], class_=f"badge {check.level}"),
                check.verdict,
                class_="verdict",
            ),
            paragraph(check.meaning, class_="note"),
            class_="check",
        )
        for check in checks
    ]
    curves = None
    if selectivity.found is not None:
        found = selectivity.found
        ends = [found.curve.outputs[:, 0].mean(), found.curve.outputs[:, -1].mean()]
        write = number_format(ends)
        told = f"Both begin at {write(ends[0])} and end at {write(ends[1])}."
        named = {"in the order of the explanation": found.curve, "in random order": found.random}
        curves = _pictures.curves(named, told)
    return section("How far to trust it", "trust", element("div", *cards, class_="checks"), curves)


def making_section(facts, lines):
    """What it takes to make it again."""
    rows = [piece for key, fact in facts for piece in (element("dt", key), element("dd", fact))]
    return section(
        "How it was made",
        "making",
        element("dl", *rows),
        paragraph("The lines of code:"),
        element("pre", element("code", "\n".join(lines))),
    )
