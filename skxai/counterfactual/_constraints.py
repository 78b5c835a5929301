"""The user's constraints, read and checked."""

from collections.abc import Mapping

import numpy as np

from skxai.counterfactual._space import Rules

PLAUSIBLE = "plausible"
_SHARE = 0.95
_FORMS = (
    "('increase', column), ('decrease', column), ('step', column, size), "
    "('order', smaller, larger), ('linked', column, column, …), 'plausible', "
    "('plausible', share) or a function"
)


def rules_of(frozen, bounds, constraints, names, labels):
    """Parameters of the explainer as `Rules`.

    Parameters
    ----------
    frozen : sequence of column labels or positions
    bounds : dict or None
    constraints : sequence
        See `CounterfactualExplainer`.
    names : list of str
    labels : sequence or None
        The labels of the columns.

    Returns
    -------
    Rules
    """
    positions = _positions(names, labels)

    def find(label, argument):
        try:
            return positions[label]
        except (KeyError, TypeError):
            raise ValueError(
                f"{argument} names the column {label!r}, which X_background does not have; it "
                f"has {names}"
            ) from None

    if isinstance(frozen, str):
        raise TypeError(f"frozen is the string {frozen!r}; expected a list of columns")
    if bounds is not None and not isinstance(bounds, Mapping):
        raise TypeError(f"bounds is {type(bounds).__name__}; expected a dict of columns")
    directions, steps, orders, links, functions = {}, {}, [], [], []
    for constraint in _as_sequence(constraints):
        if callable(constraint):
            functions.append(constraint)
            continue
        if _share(constraint) is not None:
            continue
        kind, arguments = _split(constraint)
        size = arguments.pop() if kind == "step" else None
        columns = [find(label, "constraints") for label in arguments]
        if kind in ("increase", "decrease"):
            directions[columns[0]] = 1 if kind == "increase" else -1
        elif kind == "step":
            steps[columns[0]] = _step_size(size)
        elif kind == "order":
            orders.append(tuple(columns))
        else:
            links.append(columns)
    linked = [j for link in links for j in link]
    if len(set(linked)) < len(linked):
        raise ValueError("constraints link a column more than once")
    return Rules(
        frozen=frozenset(find(label, "frozen") for label in frozen),
        bounds={find(label, "bounds"): own for label, own in (bounds or {}).items()},
        directions=directions,
        steps=steps,
        orders=tuple(orders),
        links=tuple(links),
        functions=tuple(functions),
    )


def plausible_share_of(constraints):
    """The share of the background that may be likelier than a counterfactual; None for any."""
    shares = [_share(constraint) for constraint in constraints]
    return min((share for share in shares if share is not None), default=None)


def check_share(share, argument):
    """Refuse what is no share of the background."""
    number = isinstance(share, int | float | np.number) and not isinstance(share, bool)
    if not number or not 0 < share <= 1:
        raise ValueError(f"{argument} has the share {share!r}; expected a number in (0, 1]")
    return float(share)


def _share(constraint):
    """The share that a constraint on plausibility asks for; None for other constraints."""
    if isinstance(constraint, str) and constraint == PLAUSIBLE:
        return _SHARE
    pair = isinstance(constraint, tuple | list) and len(constraint) == 2
    if pair and isinstance(constraint[0], str) and constraint[0] == PLAUSIBLE:
        return check_share(constraint[1], "constraints")
    return None


def weights_of(costs, names, labels):
    """Factors of the columns' costs, of shape (n_columns,)."""
    weights, positions = np.ones(len(names)), _positions(names, labels)
    if costs is not None and not isinstance(costs, Mapping):
        raise TypeError(f"costs is {type(costs).__name__}; expected a dict of columns")
    for label, cost in (costs or {}).items():
        if label not in positions:
            raise ValueError(f"costs names the column {label!r}; X_background has {names}")
        number = isinstance(cost, int | float | np.number) and not isinstance(cost, bool)
        if not number or not 0 < cost < np.inf:
            raise ValueError(f"costs of {label!r} are {cost!r}; expected a positive number")
        weights[positions[label]] = cost
    return weights


def _positions(names, labels):
    """Columns by position, by name and by label, which comes first."""
    positions = {j: j for j in range(len(names))}
    positions |= {name: j for j, name in enumerate(names)}
    return positions | {label: j for j, label in enumerate(names if labels is None else labels)}


def _as_sequence(constraints):
    if isinstance(constraints, str) or not isinstance(constraints, list | tuple):
        raise TypeError(f"constraints is {constraints!r}; expected a list of {_FORMS}")
    return constraints


def _split(constraint):
    """The kind and the arguments of a constraint that is written as a tuple."""
    least = {"increase": 1, "decrease": 1, "step": 2, "order": 2, "linked": 2}
    right = isinstance(constraint, tuple | list) and len(constraint) > 0
    right = right and isinstance(constraint[0], str) and constraint[0] in least
    if right:
        kind, arguments = constraint[0], list(constraint[1:])
        right = len(arguments) == least[kind] or (kind == "linked" and len(arguments) > 2)
    if not right:
        raise ValueError(f"constraints has {constraint!r}; expected {_FORMS}")
    return kind, arguments


def _step_size(size):
    number = isinstance(size, int | float | np.number) and not isinstance(size, bool)
    if not number or not 0 <= size < np.inf:
        raise ValueError(f"constraints has the step {size!r}; expected a number, 0 for no grid")
    return float(size)
