"""A linear model of the margins seen so far, to guess which changes are worth trying."""

import numpy as np

# A margin of 1 between probabilities counts like this one, or like the largest below 1 seen.
_SATURATED = 0.995


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
    codes, margins = np.concatenate(task.codes), np.concatenate(task.margins)
    moves = moves_of(problem, codes, task.origin)
    targets = log_odds(margins)
    weights = 1 / (1 + (moves.sum(axis=1) / reach) ** 2)
    scale = np.sqrt(weights @ moves**2 / weights.sum()) + 1e-12
    design = np.hstack([moves / scale, np.ones((len(moves), 1))])
    weighted = design * weights[:, None]
    gram = weighted.T @ design
    gram[np.diag_indices(len(gram) - 1)] += 0.05 * weights.sum()
    solution = np.linalg.solve(gram + 1e-9 * np.eye(len(gram)), weighted.T @ targets)
    return solution[:-1] / scale, solution[-1]


def log_odds(margins):
    """Half the log-odds of margins between probabilities; others are scaled to be within 1.

    Probabilities bend towards their ends; log-odds do not.
    """
    finite = np.isfinite(margins)
    shares = np.where(finite, margins, -1.0) / max(np.abs(margins[finite]).max(initial=0.0), 1.0)
    sizes = np.abs(shares)
    limit = max(_SATURATED, sizes[sizes < 1 - 1e-12].max(initial=0.0))
    return np.arctanh(np.clip(shares, -limit, limit))
