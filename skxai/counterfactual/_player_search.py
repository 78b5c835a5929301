"""The search for the fewest players whose change changes a prediction.

A search is a generator, as in `_lockstep`: it yields codes (see `_players`), and is sent an
`Answer`.
"""

from itertools import chain, combinations
from math import comb

import numpy as np

from skxai.counterfactual._lockstep import Task

# The share of the evaluations that changes of single players may take, if they are so many.
_SHARE = 0.75
_BATCH = 60
# Sets of one size that are looked at for each row; the likely ones, if there are more.
_MOST_SETS = 20_000
# Of how many sizes the most helpful changes are tried together.
_N_SIZES = 24


class PlayerTask(Task):
    """One row, the changes it allows, and what has been found for it.

    Parameters
    ----------
    row : int
        Its position.
    width : int
        Length of its codes.
    moves : (ndarray of int, ndarray of int)
        Players and codes of the changes, see `Players.moves`.
    base : float
        The margin of the row as it is.
    n_wanted : int
        How many counterfactuals are asked for.
    seed, max_evals : int

    Attributes
    ----------
    found : dict of bytes to (ndarray, float)
        Counterfactuals of which no change can be taken back: codes and margins.
    least_changes : int
        All sets of fewer changes have been evaluated, and do not reach the goal.
    """

    def __init__(self, row, width, moves, base, n_wanted, seed, max_evals):
        super().__init__(row, np.zeros(width, dtype=np.int16), None, seed, max_evals)
        self.players, self.choices = moves
        self.base, self.n_wanted = base, n_wanted
        self.found, self.least_changes = {}, 1

    @property
    def n_players(self):
        """How many players can change."""
        return len(np.unique(self.players))

    @property
    def nearest(self):
        """The fewest changes of what has been found."""
        return min((np.count_nonzero(code) for code, _ in self.found.values()), default=np.inf)

    @property
    def is_done(self):
        """Whether as many have been found as are wanted."""
        return len(self.found) >= self.n_wanted

    def keep(self, code, margin):
        """Keep a counterfactual of which no change can be taken back."""
        self.found.setdefault(code.tobytes(), (code.copy(), float(margin)))

    def codes_of(self, sets):
        """Codes of sets of changes: (n_sets, size) positions among the changes."""
        codes = np.repeat(self.origin[None], len(sets), axis=0)
        np.put_along_axis(codes, self.players[sets], self.choices[sets].astype(np.int16), axis=1)
        return codes


def search_players(task):
    """All single changes; then sets of several, the likely ones first, as few as can be.

    What each change gains alone orders them: those of the largest gains together are taken back as
    far as can be; for more counterfactuals, once more without some players. Then changes are added
    one by one, where they gain most; and all smaller sets are tried, by the sums of their gains,
    as far as the evaluations go.
    """
    if len(task.players) == 0:
        return
    gains = yield from _single_changes(task)
    if task.is_done:
        return
    yield from _together_in_turn(task, gains)
    if task.nearest > 2:
        yield from _one_by_one(task, gains)
    yield from _smaller_sets(task, gains)


def _single_changes(task):
    """What each change gains alone; -inf for those that reach the goal, and need no others."""
    n_moves = len(task.players)
    gains = np.zeros(n_moves)  # what is not known is supposed to change nothing
    chosen, most = np.arange(n_moves), max(1, int(_SHARE * task.max_evals))
    if n_moves > most:
        if n_moves == task.n_players and most > 1:
            gains = yield from _gains_of_blocks(task, most // 2)
            most -= most // 2
        order = task.rng.permutation(n_moves)
        chosen = np.sort(order[np.argsort(-gains[order], kind="stable")][:most])
    answer = yield task.codes_of(chosen[:, None])
    reached = answer.margins > 0
    for code, margin in zip(answer.codes[reached], answer.margins[reached]):
        task.keep(code, margin)
    if n_moves == len(chosen) and not reached.any():
        task.least_changes = 2
    gains[chosen] = np.where(reached, -np.inf, answer.margins - task.base)
    return gains


def _gains_of_blocks(task, n_blocks):
    """What each change gains if those of neighbours, of blocks of so many, gain equally."""
    blocks = np.array_split(np.arange(len(task.players)), n_blocks)
    answer = yield np.concatenate([task.codes_of(block[None]) for block in blocks])
    sizes = np.array([len(block) for block in blocks])
    return np.repeat((answer.margins - task.base) / sizes, sizes)


def _together_in_turn(task, gains):
    """The largest gains together; for more counterfactuals, without players of those found."""
    tried = set()
    while not task.is_done:
        used = sorted({j for code, _ in task.found.values() for j in np.flatnonzero(code).tolist()})
        bans = [ban for ban in (tuple(used), *((j,) for j in used)) if ban not in tried]
        if not bans:
            return
        tried.add(bans[0])
        yield from _together(task, np.where(np.isin(task.players, bans[0]), -np.inf, gains))


def _together(task, gains):
    """The largest gains of different players together, of several numbers of them."""
    order = np.argsort(-gains, kind="stable")
    order = order[gains[order] > -np.inf]
    _, first = np.unique(task.players[order], return_index=True)
    order = order[np.sort(first)]
    if len(order) < 2:
        return
    sizes = np.unique(np.geomspace(2, len(order), _N_SIZES).round().astype(int))
    codes = np.concatenate([task.codes_of(order[None, :size]) for size in sizes])
    answer = yield codes
    reached = np.flatnonzero(answer.margins > 0)
    if len(reached):
        yield from _take_back(task, codes[reached[0]], answer.margins[reached[0]])


def _one_by_one(task, gains):
    """Add changes to the best single one, each time the one that gains most."""
    best = int(np.argmax(gains))
    if gains[best] == -np.inf:
        return
    code, order = task.codes_of(np.array([[best]]))[0], np.argsort(-gains, kind="stable")
    while np.count_nonzero(code) + 1 < min(task.nearest, task.n_players + 1):
        others = order[(code[task.players[order]] == 0) & (gains[order] > -np.inf)][:_BATCH]
        if len(others) == 0:
            return
        codes = np.repeat(code[None], len(others), axis=0)
        codes[np.arange(len(others)), task.players[others]] = task.choices[others]
        answer = yield codes
        best = int(np.argmax(answer.margins))
        code = codes[best]
        if answer.margins[best] > 0:
            yield from _take_back(task, code, answer.margins[best])
            return


def _smaller_sets(task, gains):
    """All sets of two changes, of three, and so on, while they are smaller than what is found."""
    for size in range(2, task.n_players + 1):
        if size > task.nearest or (size == task.nearest and task.is_done):
            return
        sets, is_all = _likely_sets(task.players, gains, size)
        any_reached = False
        for start in range(0, len(sets), _BATCH):
            answer = yield task.codes_of(sets[start : start + _BATCH])
            reached = np.flatnonzero(answer.margins > 0)
            any_reached |= len(reached) > 0
            for k in reached[np.argsort(-answer.margins[reached], kind="stable")]:
                yield from _take_back(task, answer.codes[k], answer.margins[k])
            if any_reached and task.is_done:
                return
        if is_all and not any_reached and task.least_changes == size:
            task.least_changes = size + 1


def _likely_sets(players, gains, size):
    """Sets of changes of different players, by falling sums of gains, and whether these are all."""
    order = np.argsort(-gains, kind="stable")
    order = order[gains[order] > -np.inf]
    n_moves = len(order)
    while comb(n_moves, size) > _MOST_SETS:
        n_moves -= 1 + n_moves // 50
    flat = chain.from_iterable(combinations(range(n_moves), size))
    sets = order[np.fromiter(flat, dtype=int).reshape(-1, size)]
    of_players = np.sort(players[sets], axis=1)
    sets = sets[(np.diff(of_players, axis=1) > 0).all(axis=1)]
    sets = sets[np.argsort(-gains[sets].sum(axis=1), kind="stable")]
    return sets, n_moves == len(order)


def _take_back(task, code, margin):
    """Take changes back until each that is left is needed; keep the rest."""
    while np.count_nonzero(code) > 1:
        players = np.flatnonzero(code)
        # Of many changes, several at once.
        parts = np.array_split(players, min(len(players), max(2, task.left // 4)))
        codes = np.repeat(code[None], len(parts), axis=0)
        for k, part in enumerate(parts):
            codes[k, part] = 0
        answer = yield codes
        n_spare = np.count_nonzero(answer.margins > 0)
        if n_spare == 0 and len(parts) < len(players):
            return  # more than the evaluations that are left can tell
        if n_spare == 0:
            break
        # Then what matters least together, as far as that is possible.
        order = np.argsort(-answer.margins, kind="stable")[:n_spare]
        sizes = 2 ** np.arange(int(np.log2(min(n_spare, len(parts) - 1))) + 1)
        codes = np.repeat(code[None], len(sizes), axis=0)
        for k, size in enumerate(sizes):
            codes[k, np.concatenate([parts[j] for j in order[:size]])] = 0
        answer = yield codes
        last = np.flatnonzero(answer.margins > 0)[-1]
        code, margin = codes[last], answer.margins[last]
    task.keep(code, margin)
