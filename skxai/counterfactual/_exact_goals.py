"""When a goal is reached, in the scores of a model whose form is known."""

import numpy as np

from skxai.counterfactual._exact_units import Goal
from skxai.counterfactual._goals import IntervalGoal, LabelGoal, MoveGoal


def goals_for(n_scores, goal, outputs, own_outputs):
    """The goal of one row in scores; None if it can't be said in these.

    Parameters
    ----------
    n_scores : int
        How many the model's form has.
    goal : goal
    outputs : Outputs
    own_outputs : ndarray of shape (n_outputs,)
        What the model says of the row.

    Returns
    -------
    list of Goal or None
        One of them has to be reached.
    """
    if isinstance(goal, LabelGoal):
        n_classes = len(outputs.labels)
        wanted = goal.wanted
        if wanted is None:
            wanted = np.arange(n_classes) != np.argmax(own_outputs)
        return _label_goals(np.flatnonzero(wanted), np.flatnonzero(~wanted), n_classes, n_scores)
    if outputs.classes or n_scores != 1:
        return None
    if isinstance(goal, MoveGoal):
        signs = [1.0, -1.0] if goal.either else [np.sign(goal.deltas[0])]
        size = abs(goal.deltas[0])
        return [Goal(np.array([[s]]), np.array([s * own_outputs[0] + size])) for s in signs]
    if isinstance(goal, IntervalGoal) and np.isinf([goal.low, goal.high]).any():
        sign, end = (1.0, goal.low) if np.isinf(goal.high) else (-1.0, goal.high)
        return [Goal(np.array([[sign]]), np.array([sign * end]))]
    return None


def _label_goals(wanted, others, n_classes, n_scores):
    """One of the wanted classes is ahead of all others: a goal for each."""
    if n_scores == 1 and n_classes == 2:
        return [Goal(np.array([[1.0 if k == 1 else -1.0]]), np.zeros(1)) for k in wanted]
    if n_scores != n_classes:
        return None
    goals = []
    for k in wanted:
        weights = np.eye(n_classes)[k] - np.eye(n_classes)[others]
        # Of equal scores the first class wins, as by `predict`.
        goals.append(Goal(weights, np.zeros(len(weights)), strict=others < k))
    return goals
