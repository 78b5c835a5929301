"""Moves that searches are made of: each makes a counterfactual cheaper and keeps it one.

All are generators that yield candidates and are sent `Answer`s, and return codes. `problem` is
what all rows share.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from skxai.counterfactual._distances import Distance
from skxai.counterfactual._space import Space, differs

_HALVINGS = 6
# Changes that are tried one by one; of more, this many groups, then this many single ones.
MAX_SINGLES = 128
_GROUPS = 32


@dataclass(frozen=True)
class Problem:
    """What the searches of all rows share.

    Attributes
    ----------
    space : Space
    distance : Distance
    several : bool, default=False
        Whether more than one counterfactual is wanted.
    slopes : Slopes, default=None
        The derivative, for the search that uses it.
    """

    space: Space
    distance: Distance
    several: bool = False
    slopes: object = None

    def changed_units(self, codes, origin):
        """Positions of the units that differ."""
        changed = differs(codes, origin)
        return [k for k, unit in enumerate(self.space.units) if changed[unit].any()]


def sparsify(problem, task, codes):
    """Take back as many changes as the goal allows, the dearest and least useful first.

    One round tries to take back each change alone; sorted by what they lose for what they save,
    it then tries to take back the first two, three, … of them together. Of very many changes,
    groups are taken back like single ones; what is left of them is tried in smaller groups.
    """
    origin, n_groups = task.origin, _GROUPS
    known = yield codes[None]
    margin = known.margins[0]
    while True:
        changed = problem.changed_units(codes, origin)
        if len(changed) < 2:
            return codes
        groups = _groups_of(problem, changed, n_groups)
        singles = np.repeat(codes[None], len(groups), axis=0)
        for single, group in zip(singles, groups):
            single[group] = origin[group]
        answer = yield singles
        costs = problem.distance.costs(codes[None], origin[None])[0]
        saved = np.array([costs[group].sum() for group in groups])
        lost = margin - np.maximum(answer.margins, -1e300)
        with np.errstate(over="ignore", divide="ignore"):  # then it is worst, as it should be
            order = np.argsort(lost / saved, kind="stable")
        best = _cheapest(answer, codes, margin, saved.sum())
        if (answer.margins > 0).sum() > 1:
            prefixes = np.repeat(codes[None], len(groups), axis=0)
            for length, k in enumerate(order):
                prefixes[length:, groups[k]] = origin[groups[k]]
            answer = yield prefixes[1:-1]
            best = min(best, _cheapest(answer, codes, margin, np.inf), key=lambda found: found[2])
        if best[0] is codes or np.array_equal(best[0], codes, equal_nan=True):
            if len(groups) == min(len(changed), MAX_SINGLES):
                return codes
            n_groups = MAX_SINGLES
            continue
        codes, margin, _ = best


def _groups_of(problem, changed, n_groups):
    """The columns of each changed unit; of very many, those of neighbours together."""
    columns = [problem.space.units[k] for k in changed]
    if len(columns) <= MAX_SINGLES:
        return columns
    ends = np.linspace(0, len(columns), n_groups + 1).astype(int)
    return [np.concatenate(columns[first:end]) for first, end in pairwise(ends)]


def _cheapest(answer, codes, margin, distance):
    """The nearest of the candidates that reach the goal, or what there is."""
    reached = np.where(answer.margins > 0, answer.distances, np.inf)
    if len(reached) == 0 or not np.isfinite(reached.min()):
        return codes, margin, distance if np.isfinite(distance) else np.inf
    first = int(np.argmin(reached))
    return answer.codes[first], answer.margins[first], reached[first]


def shorten(problem, task, codes):
    """Pull changed numbers back towards the row by bisection: all together, then each."""
    space, origin = problem.space, task.origin
    numbers = ~space.is_category & ~np.isnan(codes) & ~np.isnan(origin)
    linked = [j for link, _ in space.links for j in link]
    numbers[linked] = False
    changed = np.flatnonzero(numbers & differs(codes, origin))
    if len(changed) == 0:
        return codes
    codes = yield from bisect(space, task, codes, changed)
    if len(changed) > MAX_SINGLES:  # the dearest
        costs = problem.distance.costs(codes[None, changed], origin[None, changed], changed)[0]
        changed = np.sort(changed[np.argsort(-costs, kind="stable")[:MAX_SINGLES]])
    if len(changed) > 1:
        halvings = _HALVINGS // 2 if problem.several else _HALVINGS
        codes = yield from bisect_each(problem, task, codes, changed, halvings)
    return codes


def bisect_each(problem, task, codes, columns, halvings):
    """Move each of these numbers towards the row, side by side, for few rounds of questions.

    A round tries the middle of each number's interval alone. Then it tries those together that
    cost no margin, with the one of the others that saves most; where that fails, it keeps the
    one that saves most.
    """
    space, origin = problem.space, task.origin
    known = yield codes[None]
    margin = known.margins[0]
    # In shares of the change: the goal is missed at `near`, as far as is known, reached at `far`.
    move, near, far = (
        codes[columns] - origin[columns],
        np.zeros(len(columns)),
        np.ones(len(columns)),
    )
    costs = problem.distance.costs(codes[None], origin[None])[0, columns]
    for _ in range(halvings):
        open_ = np.flatnonzero(np.abs(move) * (far - near) > space.step[columns])
        if len(open_) == 0:
            break
        middle = (near + far) / 2
        singles = np.repeat(codes[None], len(open_), axis=0)
        singles[np.arange(len(open_)), columns[open_]] = (origin[columns] + middle * move)[open_]
        answer = yield singles
        reached = answer.margins > 0
        near[open_[~reached]] = middle[open_[~reached]]
        if not reached.any():
            continue
        saved = np.where(reached, (costs * (far - middle))[open_], -1.0)
        first = int(np.argmax(np.where(answer.margins < margin, saved, -0.5)))
        taken = reached & (answer.margins >= margin)
        taken[first] |= reached[first]
        accepted = open_[taken]
        found, reached_margin = answer.codes[np.argmax(saved)], answer.margins[np.argmax(saved)]
        alone = open_[[np.argmax(saved)]]
        if len(accepted) > 1:
            together = codes.copy()
            together[columns[accepted]] = answer.codes[taken, columns[accepted]]
            joint = yield together[None]
            if joint.margins[0] > 0:
                found, reached_margin, alone = joint.codes[0], joint.margins[0], accepted
        codes, margin = found, reached_margin
        far[alone] = middle[alone]
    return codes


def bisect(space, task, codes, columns, halvings=_HALVINGS):
    """Move these numbers towards the row, as far as bisection finds the goal reached."""
    near, far = 0.0, 1.0
    start, move = codes, codes[columns] - task.origin[columns]
    for _ in range(halvings):
        if (np.abs(move) * (far - near) <= space.step[columns]).all():
            break  # neighbours on the grid
        middle = (near + far) / 2
        tried = start.copy()
        tried[columns] = task.origin[columns] + middle * move
        answer = yield tried[None]
        if answer.margins[0] > 0:
            codes, far = answer.codes[0], middle
        else:
            near = middle
    return codes
