"""What the page is about: one output of some rows, and one of these."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from skxai.explanation import Explanation, InteractionExplanation
from skxai.plotting._columns import row_values
from skxai.plotting._common import one_output
from skxai.plotting._text import elide, label_with_values, quoted, row_label, value_word
from skxai.reporting._html import clean

NAME_WIDTH = 48  # characters of a feature in running text
# Outputs of classifiers, in words.
_RESPONSES = {
    "predict_proba": "probability of",
    "predict_log_proba": "log-probability of",
    "decision_function": "score of",
    "raw_score": "raw score of",
}


@dataclass(frozen=True)
class Subject:
    """An explanation of one output, and the row that is looked at.

    Parameters
    ----------
    explanation : Explanation
        Of all rows, without an axis for outputs.
    row : int or None
        Position of the row.
    output : str
        What is explained in this row, in words: "probability of 'yes'".
    output_name : str
        The name of this output.
    overall : str
        What is explained in all rows, in words.
    start : str
        What the base value is, in words.
    """

    explanation: Explanation
    row: int | None
    output: str
    output_name: str
    overall: str
    start: str

    @property
    def one(self):
        """The explanation of the row, whose players have their own names."""
        return self.explanation[self.row]

    @property
    def is_additive(self):
        """Whether the values are parts of a sum, in all rows: in one it may be chance."""
        return self.explanation.is_additive

    @property
    def word(self):
        """What the values are called."""
        return value_word(self.explanation)

    @property
    def by_name(self):
        """The explanation of all rows, whose features are the same; None for images."""
        layout = self.explanation.layout
        if layout is None:
            return self.explanation
        return None if layout.kind == "image" else self.explanation.by_name()

    @property
    def row_words(self):
        """The row, in words."""
        return row_label(self.explanation, self.row) or "this row"

    def label(self, player):
        """A feature of the row with its value: ``age = 39``."""
        one = self.one
        short = elide(one.feature_names[player], NAME_WIDTH)
        return label_with_values(short, row_values(one, player))


def check_row(row, n_rows):
    """The position of the row, counted from the first; or None."""
    if row is None:
        return None
    if not isinstance(row, int | np.integer) or isinstance(row, bool):
        raise TypeError(f"row is {row!r}; expected the position of a row, or None for no row")
    if not -n_rows <= row < n_rows:
        raise IndexError(f"row is {row}; expected a position among {n_rows} rows")
    return int(row) % n_rows


def check_explanation(explanation, name="explanation"):
    """Refuse what the page can't tell."""
    if isinstance(explanation, InteractionExplanation):
        raise TypeError(
            f"{name} is an InteractionExplanation; expected an Explanation: take its attributions()"
        )
    if not isinstance(explanation, Explanation):
        raise TypeError(f"{name} is {type(explanation).__name__}; expected an Explanation")
    if 0 in explanation.shape:
        raise ValueError(
            f"{name} has {explanation.shape[0]} rows and {explanation.shape[1]} features; "
            "expected at least one of each"
        )


def subject_of(explanation, row, output, predictor=None, average=None):
    """One output of an explanation, in words.

    Parameters
    ----------
    explanation : Explanation
    row : int or None
    output : str, class label or None
        None, with several outputs: that with the largest prediction in the row, or on average.
    predictor : Predictor, default=None
        Tells what the outputs are.
    average : callable, default=None
        From the name of an output to the model's average over the background, or None.
    """
    check_explanation(explanation)
    if output is None and explanation.n_outputs > 1:
        predictions = explanation.predictions
        sizes = predictions.mean(axis=0) if row is None else predictions[row]
        output = explanation.output_names[int(np.argmax(sizes))]
    explanation = one_output(explanation, output)
    targets = explanation.targets
    name = explanation.output_names[0]
    if targets is not None and row is not None:
        name = str(targets[row])
    overall = _in_words(name, predictor)
    if targets is not None and len(set(targets)) > 1:
        overall = _in_words("", predictor) + " each row's own predicted class"
    start = "where the method starts from"
    base = explanation.base_values[0 if row is None else row]
    mean = None if average is None else average(name)
    if mean is not None and np.isclose(base, mean, rtol=1e-6, atol=1e-12):
        start = "the model's average over the background"
    return Subject(_cleaned(explanation), row, _in_words(name, predictor), name, overall, start)


def _cleaned(explanation):
    """Names that any document can hold."""
    return dataclasses.replace(
        explanation,
        feature_names=[clean(name) for name in explanation.feature_names],
        output_names=[clean(name) for name in explanation.output_names],
    )


def _in_words(name, predictor):
    method = None if predictor is None else predictor.response_method
    given = f" {quoted(name)}" if name else ""
    if method in _RESPONSES and hasattr(predictor.model, "classes_"):
        return f"{_RESPONSES[method]}{given}"
    if method == "predict" and name in ("y", ""):
        return "prediction"
    return f"prediction of{given}" if method == "predict" else f"output{given}"
