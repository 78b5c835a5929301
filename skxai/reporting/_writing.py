"""One self-contained HTML file that explains a model, and one row."""

import numpy as np

from skxai.counterfactual import CounterfactualExplanation
from skxai.influence import InfluenceExplanation
from skxai.maskers import TabularMasker
from skxai.reporting import _sections as sections
from skxai.reporting import _trust as trust
from skxai.reporting._checks import (
    check_background,
    check_explainer,
    check_path,
    check_rows,
    check_words,
)
from skxai.reporting._facts import code_of, facts_of, model_name, size_of, without_addresses
from skxai.reporting._html import markup, name
from skxai.reporting._page import page
from skxai.reporting._parts import (
    Part,
    Source,
    check_ready,
    find_counterfactuals,
    find_training_rows,
)
from skxai.reporting._row_section import row_section
from skxai.reporting._selectivity import find_selectivity
from skxai.reporting._subject import check_explanation, check_row, subject_of
from skxai.reporting._words import told_row
from skxai.utils._tables import count_rows, take_rows


def report_explainer(
    explainer,
    X,
    path,
    *,
    row,
    output,
    X_background,
    y_background,
    counterfactuals,
    influences,
    selectivity,
    title,
    date,
    random_state,
):
    """What an explainer knows of some rows; see `report`."""
    check_explainer(explainer, output)
    path = check_path(path)
    n_rows = check_rows(X)
    row = check_row(row, n_rows)
    own_background = X_background is not None
    X_background, y_background = check_background(explainer, X_background, y_background)
    check_ready(counterfactuals, "counterfactuals", CounterfactualExplanation, n_rows)
    check_ready(influences, "influences", InfluenceExplanation, n_rows)
    date = check_words(title, date)
    explanation = explainer.explain(X)
    check_explanation(explanation, "the explanation of X")
    source = Source(
        explainer,
        None if row is None else _take(explanation.data, X, row),
        X_background,
        y_background,
        random_state,
    )
    arguments = _arguments(
        row=(row, 0),
        output=(output, None),
        counterfactuals=(counterfactuals, True),
        influences=(influences, True),
        selectivity=(selectivity, True),
        random_state=(random_state, 0),
    )
    told = {"X_background": own_background, "y_background": y_background is not None}
    arguments |= {key: key for key, given in told.items() if given}
    subject = subject_of(explanation, row, output, explainer.predictor_, _averages(source))
    html = _write(subject, source, counterfactuals, influences, selectivity, title, date, arguments)
    return _deliver(html, path)


def report_explanation(explanation, path, *, row, output, counterfactuals, influences, title, date):
    """What an explanation itself knows; see `Explanation.report`."""
    path = check_path(path)
    check_explanation(explanation)
    row = check_row(row, len(explanation))
    check_ready(counterfactuals, "counterfactuals", CounterfactualExplanation, len(explanation))
    check_ready(influences, "influences", InfluenceExplanation, len(explanation))
    date = check_words(title, date)
    known = row is not None and explanation.data is not None
    own = take_rows(explanation.data, slice(row, row + 1)) if known else None
    source = Source(None, own, None, None, None)
    subject = subject_of(explanation, row, output)
    arguments = _arguments(
        row=(row, 0),
        output=(output, None),
        counterfactuals=(counterfactuals, False),
        influences=(influences, False),
    )
    html = _write(subject, source, counterfactuals, influences, False, title, date, arguments)
    return _deliver(html, path)


def _write(subject, source, counterfactuals, influences, selectivity, title, date, arguments):
    importance = sections.importance_of(subject)
    curves = find_selectivity(selectivity, subject, source)
    exact = getattr(source.explainer, "exact_", None)
    checks = [
        trust.check_completeness(subject),
        trust.check_errors(subject, exact),
        trust.check_surrogate(subject),
        trust.check_selectivity(curves),
        trust.check_rows(subject, importance),
    ]
    checks = [check for check in checks if check is not None]
    short = [] if importance is None else [sections.overall_sentence(subject, importance)]
    parts = [sections.overall_section(subject, importance)]
    if subject.row is not None:
        told = told_row(subject)
        short += [markup(told.level, " ", told.reasons[0])]
        found = find_counterfactuals(counterfactuals, subject.row, source)
        if found.found is not None and found.found.found.any():
            short.append(name(found.found.sentences()[0]))
        rows = find_training_rows(influences, subject, source)
        parts.append(row_section(subject, told, found, rows, source))
    short.append(sections.trust_summary(checks))
    parts.append(sections.trust_section(checks, curves if curves.found else Part()))
    facts, lines = facts_of(subject, source, date), code_of(subject, source, arguments)
    parts.append(sections.making_section(facts, lines))
    asked = "Why does the model say this?" if subject.row is not None else "What does it rely on?"
    footer = f"Made by skxai, {date}. The page holds its data; it fetches and sends nothing."
    return page(title or asked, _lead(subject, source), short, parts, footer)


def _lead(subject, source):
    """What is explained, of what, by what."""
    explanation = subject.explanation
    model = "" if source.explainer is None else f"Model: {model_name(source.predictor.model)}. "
    method = without_addresses(explanation.method).split("(")[0]
    by = f", by {method}" if method else ""
    told = f"{model}Explained: the {subject.overall} in {size_of(explanation)}{by}."
    return [name(told)]


def _arguments(**given):
    """Those of a call that are not the default, as code; objects by their name."""
    told = {}
    for key, (value, default) in given.items():
        if value is default or (isinstance(value, bool | str | int) and value == default):
            continue
        plain = value is None or isinstance(value, bool | str | int | float)
        told[key] = repr(value) if plain else key
    return told


def _take(data, X, row):
    """The row as the explainer took it."""
    return take_rows(X if data is None else data, slice(row, row + 1))


def _averages(source):
    """From an output's name to the model's mean over the background, if that is known."""
    masker = getattr(source.explainer, "masker_", None)
    if isinstance(masker, TabularMasker):
        rows, weights = masker.background_, masker.weights_
    elif source.background is not None and not source.explainer._has_own_players:
        rows, weights = source.background, None
    else:
        return None

    def average(output):
        column = [str(n) for n in source.predictor.output_names].index(output)
        if count_rows(rows) < 2:
            return None
        return np.average(source.predictor(rows)[:, column], weights=weights)

    return average


def _deliver(html, path):
    if path is None:
        return html
    path.write_bytes(html.encode("utf-8"))
    return path
