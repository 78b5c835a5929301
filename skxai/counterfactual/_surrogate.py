"""A linear model of the margins seen so far, to guess which changes are worth trying."""

import numpy as np

# A margin of 1 between probabilities counts like this one, or like the largest below 1 seen.
_SATURATED = 0.995
_PENALTY = 0.05
# With more columns the ridge is solved by the products of rows, those of the nearest ones.
_MANY_COLUMNS = 512
_MAX_ROWS = 256


def moves_of(problem, codes, origin):
    """Changes as non-negative features: each column's cost, up and down apart.

    Returns
    -------
    ndarray of shape (n, 2 * n_columns)
    """
    costs = problem.distance.costs(codes, origin)
    with np.errstate(invalid="ignore"):
        up = ~(codes < origin)
    return np.hstack([np.where(up, costs, 0.0), np.where(up, 0.0, costs)])


def fit_gains(problem, task, reach):
    """What each column's change gains for a unit of cost, up and down: a weighted ridge.

    Parameters
    ----------
    problem : Problem
    task : Task
    reach : float
        Cost of the incumbent; points that are farther count less.

    Returns
    -------
    gains : ndarray of shape (2 * n_columns,)
    base : float
    """
    targets = log_odds(np.concatenate(task.margins))
    if len(task.origin) > _MANY_COLUMNS:
        return _fit_by_rows(problem, task, reach, targets)
    moves = moves_of(problem, np.concatenate(task.codes), task.origin)
    weights = _weights(moves.sum(axis=1), reach)
    scale = np.sqrt(weights @ moves**2 / weights.sum()) + 1e-12
    design = np.hstack([moves / scale, np.ones((len(moves), 1))])
    weighted = design * weights[:, None]
    gram = weighted.T @ design
    gram[np.diag_indices(len(gram) - 1)] += _PENALTY * weights.sum()
    solution = np.linalg.solve(gram + 1e-9 * np.eye(len(gram)), weighted.T @ targets)
    return solution[:-1] / scale, solution[-1]


def _fit_by_rows(problem, task, reach, targets):
    """The same, in memory that grows with columns, not with their square."""
    costs = np.concatenate([problem.distance.totals(part, task.origin) for part in task.codes])
    nearest = np.argsort(costs, kind="stable")[:_MAX_ROWS]
    codes = [code for part in task.codes for code in part]
    moves = moves_of(problem, np.array([codes[i] for i in nearest]), task.origin)
    gains, tried = np.zeros(moves.shape[1]), np.flatnonzero(moves.any(axis=0))
    moves, targets = moves[:, tried], targets[nearest]
    weights = _weights(costs[nearest], reach)
    scale = np.sqrt(weights @ moves**2 / weights.sum()) + 1e-12
    center, level = weights @ moves / weights.sum(), weights @ targets / weights.sum()
    rows = (moves - center) / scale * np.sqrt(weights)[:, None]
    gram = rows @ rows.T
    gram[np.diag_indices(len(gram))] += _PENALTY * weights.sum()
    gains[tried] = np.linalg.solve(gram, np.sqrt(weights) * (targets - level)) @ rows / scale
    return gains, level - center @ gains[tried]


def _weights(costs, reach):
    with np.errstate(over="ignore"):  # farther than a float can tell: no weight
        return 1 / (1 + (costs / reach) ** 2)


def log_odds(margins):
    """Half the log-odds of margins between probabilities; others are scaled to be within 1.

    Probabilities bend towards their ends; log-odds do not.
    """
    finite = np.isfinite(margins)
    shares = np.where(finite, margins, -1.0) / max(np.abs(margins[finite]).max(initial=0.0), 1.0)
    sizes = np.abs(shares)
    limit = max(_SATURATED, sizes[sizes < 1 - 1e-12].max(initial=0.0))
    return np.arctanh(np.clip(shares, -limit, limit))
