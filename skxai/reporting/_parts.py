"""The parts of the page that ask the model: each is found, or it is said why not."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd

from skxai.counterfactual import CounterfactualExplainer, CounterfactualExplanation
from skxai.influence import InfluenceExplainer, InfluenceExplanation
from skxai.reporting._neighbours import gower_distances
from skxai.utils._random import draw_seeds
from skxai.utils._tables import count_rows

# What keeps a part from being computed, without fault of the caller.
_REASONS = (TypeError, ValueError, RuntimeError, ImportError)
_MOST_INFLUENCES = 3  # to each side
_MOST_NEIGHBOURS = 5
_MOST_CELLS = 2 * 10**7  # of training data, for influences that nobody asked for by name
NO_MODEL = "there is no model to ask"
_OTHER_DATA = (
    "Read these with care: the background does not look like the data that the model was fitted "
    "to. From there the model would still move, {:.2g} times as far as one row moves it."
)
_SAME = 1e-4  # relative: two explainers speak of the same output


@dataclass(frozen=True)
class Part:
    """What was found, or why there is nothing.

    Parameters
    ----------
    found : object, default=None
    reason : str, default=None
        Why nothing was found; None with nothing found: nobody asked.
    """

    found: object = None
    reason: str | None = None


@dataclass(frozen=True)
class Source:
    """What can be asked for the parts.

    Parameters
    ----------
    explainer : fitted explainer or None
        None: there is no model to ask.
    row : table of one row, or None
        None: no row is looked at, or its data were not kept.
    background : table or None
    y : ndarray or None
        Targets of the background rows.
    random_state : int, RandomState instance or None
    """

    explainer: object
    row: object
    background: object
    y: np.ndarray | None
    random_state: object

    @property
    def predictor(self):
        """The model as it is explained."""
        return self.explainer.predictor_


@dataclass(frozen=True)
class Neighbours:
    """Background rows and how near they are, the nearest first."""

    positions: np.ndarray
    distances: np.ndarray


def attempt(find):
    """A part, or the reason why there is none."""
    try:
        return Part(find())
    except _REASONS as error:
        told = " ".join(str(error).split())
        return Part(reason=told)


# -- counterfactuals ---------------------------------------------------------------------------


def check_ready(given, name, result, n_rows):
    """Refuse what is neither True, False, an explainer, nor its result for the rows.

    Parameters
    ----------
    given : object
    name : str
        The argument.
    result : class
    n_rows : int
        Rows of the explanation: a result has as many, or one.
    """
    if isinstance(given, bool | np.bool_):
        return
    if isinstance(given, result):
        if len(given) not in (1, n_rows):
            raise ValueError(f"{name} has {len(given)} rows; expected one, or all {n_rows}")
        return
    if isinstance(given, type) or not hasattr(given, "explain"):
        raise TypeError(
            f"{name} is {type(given).__name__}; expected True, False, a fitted explainer or its "
            f"{result.__name__}"
        )


def row_of(result, row):
    """The result for the row, from that for all rows or for it alone."""
    return result[row] if len(result) > 1 else result[0]


def find_counterfactuals(given, row, source):
    """The counterfactuals of the row.

    Parameters
    ----------
    given : bool, explainer or result
    row : int
    source : Source
    """
    if isinstance(given, CounterfactualExplanation):
        return Part(row_of(given, row))
    if given is False:
        return Part()
    if given is True and source.explainer is None:
        return Part(reason=NO_MODEL)

    def search():
        if given is not True:
            return _checked(given.explain(source.row), CounterfactualExplanation)
        masker = getattr(source.explainer, "masker", None)
        own = masker if getattr(source.explainer, "_has_own_players", False) else None
        seed = int(draw_seeds(source.random_state, 1)[0])
        searcher = CounterfactualExplainer(masker=own, random_state=seed)
        return searcher.fit(source.predictor.model, source.background).explain(source.row)

    return attempt(search)


# -- training rows -----------------------------------------------------------------------------


def find_training_rows(given, subject, source):
    """The background rows that made the prediction; else those nearest to the row.

    Returns
    -------
    Part
        With an InfluenceExplanation, or Neighbours. Both may have a reason too: for care, or for
        no influences.
    """
    if isinstance(given, InfluenceExplanation):
        return attempt(lambda: _of_output(row_of(given, subject.row), subject))
    if given is False:
        return Part()
    if given is True and source.explainer is None:
        return Part(reason=NO_MODEL)
    if given is True and subject.explanation.layout is not None:
        return Part()  # no table, whose rows could be compared
    why = "the targets of the background rows were not given (y_background)"
    if given is not True or source.y is not None:
        influences = attempt(lambda: _influences(given, subject, source))
        if influences.found is not None:
            return Part(*influences.found)
        why = influences.reason
        if given is True:
            why = f"it is not known at once for this model ({why})"
    neighbours = attempt(lambda: _neighbours(source))
    return dataclasses.replace(neighbours, reason=why if neighbours.found else neighbours.reason)


def _influences(given, subject, source):
    if given is True:
        if np.prod(source.background.shape) > _MOST_CELLS:
            raise ValueError(f"{count_rows(source.background)} rows would take too long")
        explainer = source.explainer
        # Refitting without each row would take the time of so many fits.
        given = InfluenceExplainer(
            algorithm="closed-form",
            target=getattr(explainer, "target", None),
            response_method=source.predictor.response_method
            if hasattr(source.predictor.model, "classes_")
            else "auto",
        ).fit(source.predictor.model, source.background, source.y)
    found = _checked(given.explain(source.row), InfluenceExplanation)
    step = getattr(given, "remaining_step_", 0)
    note = _OTHER_DATA.format(step) if step > 1 else None
    return _of_output(found[0], subject), note


def _checked(result, kind):
    if not isinstance(result, kind):
        raise TypeError(f"the explainer returned {type(result).__name__}, not {kind.__name__}")
    return result


def _of_output(influences, subject):
    """The influences on the explained output."""
    if influences.quantity == "loss":
        return influences
    if influences.targets is None:
        if subject.output_name not in influences.output_names:
            raise ValueError(
                f"the influences are on the outputs {list(influences.output_names)}, not on "
                f"{subject.output_name!r}"
            )
        influences = influences.output(subject.output_name)
    expected = float(subject.one.predictions[0])
    got = float(np.ravel(influences.predictions)[0])
    if not np.isclose(got, expected, rtol=_SAME, atol=_SAME * abs(expected) + 1e-9):
        raise ValueError(f"the influences are on an output of {got:.4g}, not of {expected:.4g}")
    return influences


def _neighbours(source):
    background = source.background
    if background is None or (np.ndim(background) != 2 and not hasattr(background, "tocsr")):
        raise ValueError("there is no table of background rows (X_background)")
    if count_rows(background) < 2:
        raise ValueError("the background is a single row")
    distances = gower_distances(background, source.row)
    nearest = np.argsort(distances, kind="stable")[:_MOST_NEIGHBOURS]
    return Neighbours(nearest, distances[nearest])


def influential(influences):
    """Positions of the training rows with the largest influences, the largest first."""
    values = np.ravel(influences.values)
    order = np.argsort(-values, kind="stable")
    up = [j for j in order[:_MOST_INFLUENCES] if values[j] > 0]
    down = [j for j in order[::-1][:_MOST_INFLUENCES] if values[j] < 0]
    return np.array([*up, *down[::-1]], dtype=int)


def labels_of(table):
    """The labels of rows."""
    return table.index if isinstance(table, pd.DataFrame) else pd.RangeIndex(count_rows(table))
