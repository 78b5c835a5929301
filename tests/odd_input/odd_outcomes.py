"""What comes of an odd input: the right numbers, or an error that says what is wrong."""

import copy
import re
from collections import Counter

import numpy as np
import pandas as pd
from odd_families import FAMILIES, Reading, fitted, other_warnings_as_errors
from odd_inputs import ALL, N_BACKGROUND, N_ROWS
from sklearn.base import clone

from skxai.utils._checks._compare import assert_same_result, difference
from skxai.utils._tables import as_pandas

# What an error about the input must name, and where it happened, which does not count.
ARGUMENTS = re.compile(r"\b(X|X_background|model|y|columns? |groups|concepts|estimator)\b")
WHERE = re.compile(r" \((while explaining|first at) .*, of X\)")
# What differs when the same numbers come as another table.
ABOUT_TABLES = [
    "data", "index", "feature_names", "output_names", "method", "groups", "counterfactuals",
    "train_index", "training_data", "layout",
]  # fmt: skip

SAME, REFUSED, NO_MODEL = "right numbers", "refused by name", "no model takes it"


class Fault(AssertionError):
    """Anything but the right numbers or a clear error."""


def outcome(name, odd_input):
    """What comes of it, and the message if it is an error."""
    family = FAMILIES[name]
    odd_background, odd_X, background, X = odd_input.tables(name)
    y = _targets(background, family.classes)
    unfitted = odd_input.model(family.estimator)
    try:
        plain_model = fitted(unfitted, background, y)
        model = _model_of(odd_input, unfitted, plain_model, odd_background, y, odd_X)
        if model is None and not family.any_model:
            return NO_MODEL, ""
    except ValueError as error:
        return NO_MODEL, str(error)
    if model is None:
        model = Reading(plain_model, odd_input.plain_of(name))
        plain_model = Reading(plain_model, _as_it_is)
    expected = _explained_plainly(family, plain_model, background, y, X)
    before = _copied((odd_background, odd_X))
    with other_warnings_as_errors():
        try:
            got = family(model, odd_background, y, odd_X)
        except (TypeError, ValueError) as error:
            if not ARGUMENTS.search(WHERE.sub("", str(error))):
                raise Fault(f"{type(error).__name__} names no argument: {error}") from error
            return REFUSED, str(error)
        except Exception as error:
            raise Fault(f"{type(error).__name__}: {error}") from error
    changed = None if before is None else difference(before, (odd_background, odd_X))
    if changed is not None:
        raise Fault(f"the input was changed: {changed}")
    if isinstance(expected, Exception):
        raise Fault(f"odd input is explained, but plain is refused: {expected}")
    _compare(got, expected, odd_input)
    return SAME, ""


def _model_of(odd_input, unfitted, plain_model, background, y, X):
    """A model of the odd table; None if none reads it."""
    if odd_input.reading:
        return None
    try:
        model = plain_model if odd_input.same_model else fitted(unfitted, background, y)
        with other_warnings_as_errors():
            model.predict(as_pandas(X, "X"))
    except (TypeError, ValueError):  # scikit-learn's to say
        return None
    return model


def _copied(tables):
    """None of those of other libraries, which nobody can write to."""
    return None if hasattr(tables[0], "to_pandas") else copy.deepcopy(tables)


def _as_it_is(X):
    return X


def _explained_plainly(family, model, background, y, X):
    try:
        with other_warnings_as_errors():
            return family(model, background, y, X)
    except (TypeError, ValueError) as error:
        return error


def _compare(got, expected, odd_input):
    if isinstance(expected, np.ndarray):
        np.testing.assert_allclose(got, expected, rtol=odd_input.tol, atol=1e-7)
        return
    if not hasattr(expected, "__dataclass_fields__"):
        # Prototypes are tables like the background, rounded as that is.
        eps = np.finfo(np.asarray(got.prototypes_).dtype).eps
        for name in ("prototypes_", "activations_"):
            rtol = max(odd_input.tol, eps)
            np.testing.assert_allclose(getattr(got, name), getattr(expected, name), rtol=rtol)
        return
    ignore = ABOUT_TABLES
    if hasattr(expected, "counterfactuals"):
        # Of several rows that are equally near, the order of categories decides which is found.
        kept = {"status"} if odd_input.encoder is not None else {"status", "distances"}
        ignore = [name for name in vars(expected) if name not in kept]
    assert_same_result(got, expected, "other numbers", tol=odd_input.tol, ignore=ignore)


def _targets(X, classes):
    table = X.to_numpy() if isinstance(X, pd.DataFrame) else X
    table = table.toarray() if hasattr(table, "toarray") else table
    table = np.nan_to_num(np.asarray(table[:, :3], dtype=float))
    y = table[:, 0] * table[:, 1] + np.maximum(table[:, 2], 0)
    return np.where(y > np.median(y), "yes", "no") if classes else y


def fitted_family(name):
    """An explainer of this family, fitted to a plain table, and rows for it."""
    family = FAMILIES[name]
    X = np.random.RandomState(0).randint(-4, 5, size=(N_ROWS, 4)).astype(float)
    background, X = X[:N_BACKGROUND], X[N_BACKGROUND:]
    y = _targets(background, family.classes)
    model = fitted(family.estimator, background, y)
    return clone(family.explainer).fit(model, background, y), X


def main():
    """Print what came of each class of inputs, for all families, and what errors said."""
    words = (SAME, REFUSED, NO_MODEL, "fault")
    counts, said = Counter(), {}
    for name in FAMILIES:
        for odd_input in ALL:
            try:
                came, message = outcome(name, odd_input)
            except AssertionError as error:
                came, message = "fault", str(error)
            counts[odd_input.group, came] += 1
            if came in (REFUSED, "fault"):
                said.setdefault((came, message), []).append(f"{name}, {odd_input.name}")
    n_kinds = Counter(odd_input.group for odd_input in ALL)
    lines = [["class of inputs", "inputs", "tried", *words]]
    for group in n_kinds:
        found = [counts[group, word] for word in words]
        lines.append([group, n_kinds[group], sum(found), *found])
    totals = [sum(line[k] for line in lines[1:]) for k in range(1, len(lines[0]))]
    lines.append(["all", *totals])
    print("\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines))  # noqa: T201
    for (came, message), where in said.items():
        print(f"{came}, {len(where)} times, first for {where[0]}: {message}")  # noqa: T201


if __name__ == "__main__":
    main()
