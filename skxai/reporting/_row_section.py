"""The section about one row."""

import numpy as np
import pandas as pd

from skxai.influence import InfluenceExplanation
from skxai.plotting._columns import row_values
from skxai.plotting._text import elide, number_format, value_text
from skxai.reporting import _pictures
from skxai.reporting._html import Markup, details, element, first_of, paragraph, section, table
from skxai.reporting._parts import influential, labels_of
from skxai.reporting._words import is_error, with_error
from skxai.utils._tables import count_rows, take_rows
from skxai.utils._values import two_texts

_MOST_ROWS = 20  # of a table of figures
_MOST_COLUMNS = 4  # of a table of rows
_UNLIKELY = 1.5  # a local outlier factor


def row_section(subject, told, counterfactuals, training_rows, source):
    """One row, explained."""
    one = subject.one
    picture = [_own(one, told)]
    if subject.is_additive:
        # That of an image is the image itself: names of its regions say little.
        if one.layout is None or one.layout.kind != "image":
            picture.append(_pictures.waterfall(subject.explanation, subject.row, told.plain))
    else:
        picture.append(_pictures.row_bars(subject.explanation, subject.row, told.plain))
    return section(
        "One row explained",
        "row",
        paragraph(told.level, class_="lead"),
        *(paragraph(reason) for reason in told.reasons),
        paragraph("After ±: the standard error.", class_="note")
        if one.std_errors is not None and is_error(one.std_errors.max(), one.values)
        else None,
        *picture,
        details("This row as a table", _row_table(subject)),
        *_counterfactual_parts(counterfactuals),
        *_training_parts(training_rows, subject, source),
    )


def _own(one, told):
    """A text with coloured words, or a picture of an image or a sequence; None for tables."""
    if one.layout is None:
        return None
    own = one.layout.to_html(one)
    if own is not None:
        return Markup(own)
    kinds = ("image", "sequence")
    return _pictures.own_picture(one, told.plain) if one.layout.kind in kinds else None


def _row_table(subject):
    one = subject.one
    values = one.values[0]
    known = [row_values(one, j) for j in range(len(values))]
    has_values = any(known)
    rows = []
    for j in np.argsort(-np.abs(values), kind="stable")[:_MOST_ROWS]:
        error = None if one.std_errors is None else one.std_errors[0, j]
        given = [elide(", ".join(map(value_text, known[j] or [])), 60)] if has_values else []
        rows.append([one.feature_names[j], *given, with_error(values[j], error, values)])
    caption = f"{subject.word.capitalize()} of each feature{first_of(len(rows), len(values))}"
    columns = ["feature", *(["value"] if has_values else []), subject.word]
    return table(caption, columns, rows, numbers={len(columns) - 1})


def _counterfactual_parts(part):
    if part.found is None and part.reason is None:
        return
    yield element("h3", "What would have changed the prediction")
    if part.found is None:
        yield paragraph(f"Not computed: {part.reason}.", class_="note")
        return
    result = part.found
    for sentence in result.sentences():
        yield paragraph(element("bdi", sentence))
    if not result.found.any() or not result.changed.any():
        return
    if result.layout is None:
        yield _changes_table(result)
    notes = []
    if (result.status == "optimal").any():
        notes.append("No allowed change is smaller: this is proved.")
    elif (result.status == "feasible").any():
        notes.append("It was found by a search; a nearer one may exist.")
    factors = result.outlier_factors
    if factors is not None and np.isfinite(factors[result.found]).all():
        worst = factors[result.found].max()
        told = "unlike most rows" if worst > _UNLIKELY else "much like other rows"
        notes.append(f"Its outlier factor is {worst:.2f} (1: a row like all others): {told}.")
    notes.append("It speaks of the model: changing a number in a table need not change the world.")
    yield paragraph(" ".join(notes), class_="note")


def _changes_table(result):
    changes, several = result.changes(), result.n_counterfactuals > 1
    rows = []
    for change in changes.itertuples(index=False):
        before, after = two_texts(change.before, change.after)
        number = [str(change.counterfactual + 1)] if several else []
        rows.append([change.feature, *number, before, after])
    columns = ["feature", *(["way"] if several else []), "as it is", "instead"]
    return table("What would have been different", columns, rows)


def _training_parts(part, subject, source):
    if part.found is None and part.reason is None:
        return
    by_influence = isinstance(part.found, InfluenceExplanation)
    yield element(
        "h3", "Training rows that made this prediction" if by_influence else "Rows most like it"
    )
    if part.found is None:
        yield paragraph(f"Not computed: {part.reason}.", class_="note")
    elif by_influence:
        yield from _influence_parts(part.found, subject, source)
        if part.reason is not None:
            yield paragraph(part.reason, class_="note")
    else:
        yield paragraph(
            "The nearest rows of the background, what the model says of them, and what was known "
            "of them. The distance (Gower's) is the mean difference over all columns: 0 is the "
            "same row, 1 differs in everything by as much as there is."
        )
        found = part.found
        write = number_format(found.distances)
        yield _rows_table(
            "Background rows nearest to this one",
            ["distance", [write(distance) for distance in found.distances]],
            found.positions,
            subject,
            source,
        )
        yield paragraph(f"Not by influence: {part.reason}.", class_="note")


def _influence_parts(influences, subject, source):
    positions = influential(influences)
    values = np.ravel(influences.values)[positions]
    what = "loss" if influences.quantity == "loss" else subject.output
    present = influences.convention == "presence"
    yield paragraph(
        f"How far each training row's {'presence' if present else 'removal'} moves the {what} for "
        "this row: the three that raise it most and the three that lower it most."
    )
    write = number_format(values, sign=True)
    column = ["influence", [write(value) for value in values]]
    if source.background is not None and count_rows(source.background) == influences.n_train:
        yield _rows_table("Most influential rows", column, positions, subject, source)
    else:
        labels = influences.train_index.take(positions)
        rows = [[str(label), text] for label, text in zip(labels, column[1])]
        yield table("Most influential rows", ["training row", "influence"], rows, numbers={1})


def _rows_table(caption, measure, positions, subject, source):
    """Background rows beside the explained one, in the features that count most for it."""
    one = subject.one
    order = np.argsort(-np.abs(one.values[0]), kind="stable")
    columns = [] if one.layout is not None else [one.groups[j] for j in order]
    columns = list(dict.fromkeys(column for group in columns for column in group))[:_MOST_COLUMNS]
    rows = take_rows(source.background, positions)
    labels = labels_of(source.background).take(positions)
    titles = ["row", measure[0], *_column_names(source.background, columns)]
    own = [subject.row_words, "", *_cells(source.row, 0, columns)]
    lines = [
        [str(label), text, *_cells(rows, i, columns)]
        for i, (label, text) in enumerate(zip(labels, measure[1]))
    ]
    if source.explainer is not None:
        outputs = source.predictor(rows)[:, _output_column(subject, source.predictor)]
        write = number_format([*outputs, one.predictions[0]])
        titles.insert(2, subject.output)
        for line, number in zip([own, *lines], [one.predictions[0], *outputs]):
            line.insert(2, write(number))
    if source.y is not None:
        titles.insert(2, "known label")
        for line, label in zip([own, *lines], [None, *source.y[positions]]):
            line.insert(2, "" if label is None else value_text(label))
    return table(caption, titles, [own, *lines], numbers={1})


def _output_column(subject, predictor):
    return [str(n) for n in predictor.output_names].index(subject.output_name)


def _column_names(rows, columns):
    names = rows.columns if isinstance(rows, pd.DataFrame) else [f"x{j}" for j in range(10**6)]
    return [elide(str(names[j]), 40) for j in columns]


def _cells(rows, i, columns):
    if isinstance(rows, pd.DataFrame):
        return [value_text(rows.iloc[i, j]) for j in columns]
    return [value_text(rows[i, j]) for j in columns]
