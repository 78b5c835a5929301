"""The cheapest combinations of what single columns gain."""

import numpy as np

from skxai.counterfactual._surrogate import log_odds

# Combinations that are kept while columns are added, and noise of gains in the draws of a round.
_STATES = 64
_NOISE = (0.0, 0.3, 0.8)
# Combinations are tried that gain these multiples of what seems to be needed.
_NEEDS = np.array([0.7, 0.85, 1.0, 1.2, 1.5])
# Rounds in a row that find nothing nearer.
_PATIENCE = 2


def combine(problem, task, center, units, options, base, rounds):
    """Try combinations of values that seem to reach the goal for less than the best so far.

    What `sweep` has found of some units of `center` is `options` and `base`. Gains are summed as if
    columns did not interact; what the tried ones lack on average is added to what is needed.
    """
    offset, idle = 0.0, 0
    for _ in range(rounds):
        before = task.distance
        reach = problem.distance.costs(task.best[None], task.origin[None]).sum()
        needed = np.maximum(-base - offset, 0) * _NEEDS
        drawn = []
        for noise in _NOISE:
            factors = np.exp(noise * task.rng.standard_normal(len(units)))
            choices, gains = cheapest_sums(options, factors, reach)
            drawn.append(choices[np.minimum(np.searchsorted(gains, needed), len(gains) - 1)])
        choices = np.unique(np.concatenate(drawn), axis=0)
        codes = np.repeat(center[None], len(choices), axis=0)
        predicted = np.full(len(choices), base)
        for k, (unit, (values, _, gains)) in enumerate(zip(units, options)):
            codes[:, unit] = values[choices[:, k]]
            predicted += gains[choices[:, k]]
        fresh = task.new(codes)
        if fresh.any():
            answer = yield codes[fresh]
            seen = np.isfinite(answer.margins)
            if seen.any():
                offset = np.median(log_odds(answer.margins[seen]) - predicted[fresh][seen])
        idle = 0 if task.distance < before else idle + 1
        if idle == _PATIENCE:
            return


def cheapest_sums(options, factors, reach):
    """Choices, one option of each unit, of which none gains as much for less.

    Parameters
    ----------
    options : list of (values, costs, gains)
    factors : ndarray of shape (n_units,)
        Of the gains.
    reach : float
        What they all cost less than.

    Returns
    -------
    choices : ndarray of int of shape (n, n_units)
    gains : ndarray of shape (n,)
        Increasing, as the costs do.
    """
    costs, gains = np.zeros(1), np.zeros(1)
    choices = np.zeros((1, len(options)), dtype=int)
    for k, (_, unit_costs, unit_gains) in enumerate(options):
        useful = np.flatnonzero(_pareto(unit_costs, unit_gains))
        if len(useful) == 1:  # there is nothing to choose
            choices[:, k] = useful
            costs, gains = (
                costs + unit_costs[useful],
                gains + factors[k] * unit_gains[useful],
            )
            continue
        total = (costs[:, None] + unit_costs[useful]).ravel()
        gain = (gains[:, None] + factors[k] * unit_gains[useful]).ravel()
        state = np.repeat(np.arange(len(costs)), len(useful))
        option = np.tile(useful, len(costs))
        keep = np.flatnonzero(total < reach)
        keep = keep[np.argsort(total[keep], kind="stable")]
        highest = np.maximum.accumulate(gain[keep])
        keep = keep[np.r_[True, gain[keep[1:]] > highest[:-1]][: len(keep)]]
        if len(keep) == 0:
            return np.zeros((1, len(options)), dtype=int), np.zeros(1)
        if len(keep) > _STATES:
            keep = keep[np.linspace(0, len(keep) - 1, _STATES).round().astype(int)]
        choices = choices[state[keep]]
        choices[:, k] = option[keep]
        costs, gains = total[keep], gain[keep]
    return choices, gains


def _pareto(costs, gains):
    """Which gain more than all that cost no more."""
    order = np.lexsort((-gains, costs))
    best = np.maximum.accumulate(np.append(-np.inf, gains[order]))[:-1]
    kept = np.zeros(len(costs), dtype=bool)
    kept[order] = gains[order] > best
    return kept
