"""Searches of many rows side by side, so that the model gets the candidates of all at once.

A search is a generator: it yields candidates (codes) and is sent an `Answer`. It knows one row
and nothing of batches. What it finds is kept in its `Task`, so that it may be stopped at any
time, by the limit on evaluations or on time.
"""

import time
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

# A search that asks so often for nothing that is new has nothing left to try.
_MAX_IDLE = 200


class Answer(NamedTuple):
    """What is known of candidates.

    Attributes
    ----------
    codes : ndarray of shape (n, n_columns)
        The candidates as the rules allow them: perhaps others than were asked for.
    margins : ndarray of shape (n,)
        Positive where the goal is reached; -inf where not allowed, or not evaluated.
    distances : ndarray of shape (n,)
    """

    codes: np.ndarray
    margins: np.ndarray
    distances: np.ndarray


class Task:
    """One row, and what a search has found for it.

    Parameters
    ----------
    row : int
        Its position in the table.
    origin : ndarray of shape (n_columns,)
        Its codes.
    starts : ndarray of shape (n_starts, n_columns)
        Background rows on the other side, nearest first.
    seed : int
    max_evals : int

    Attributes
    ----------
    best : ndarray of shape (n_columns,) or None
        The nearest counterfactual so far.
    distance : float
        Its distance; infinity where there is none.
    ends : list of (ndarray, float)
        Counterfactuals at which searches have ended, with their distances.
    codes, margins : list of ndarray
        All that was evaluated.
    n_evals : int
    """

    def __init__(self, row, origin, starts, seed, max_evals):
        self.row, self.origin, self.starts = row, origin, starts
        self.rng = np.random.default_rng(seed)
        self.max_evals = max_evals
        self.best, self.distance = None, np.inf
        self.ends, self.codes, self.margins = [], [], []
        self.n_evals = 0
        self._known, self._idle = {}, 0

    @property
    def left(self):
        """Evaluations that are left; 0 when nothing new has come for long."""
        return self.max_evals - self.n_evals if self._idle < _MAX_IDLE else 0

    def new(self, codes):
        """Which of these candidates have not been evaluated, and are no repetitions."""
        fresh = np.zeros(len(codes), dtype=bool)
        batch = set()
        for position, key in enumerate(_keys(codes)):
            fresh[position] = key not in self._known and key not in batch
            batch.add(key)
        return fresh

    def learn(self, codes, margins):
        """Keep the margins of evaluated candidates."""
        self._idle = 0 if len(codes) else self._idle + 1
        self.n_evals += len(codes)
        self.codes.append(codes)
        self.margins.append(margins)
        self._known.update(zip(_keys(codes), margins))

    def answer(self, codes, distances, least):
        """The answer to a search; keeps the best candidate of a margin of at least `least`."""
        known = [self._known.get(key, -np.inf) for key in _keys(codes)]
        margins = np.array(known, dtype=float)
        reached = np.flatnonzero((margins >= least) & (distances < self.distance))
        if len(reached):
            first = reached[np.argmin(distances[reached])]
            self.best, self.distance = codes[first].copy(), float(distances[first])
        return Answer(codes, np.where(margins >= least, margins, np.minimum(margins, 0)), distances)


def _keys(codes):
    """What tells candidates apart; short, for there may be thousands of columns."""
    return [blake2b(code, digest_size=16).digest() for code in np.ascontiguousarray(codes)]


def run_searches(tasks, searches, prepare, evaluate, least, deadline=None):
    """Run all searches to their ends, or to the limits of their tasks.

    Parameters
    ----------
    tasks : list of Task
    searches : list of generator
        One for each task.
    prepare : callable
        ``prepare(codes, rows) -> codes, allowed, distances``: candidates as the rules allow them.
    evaluate : callable
        ``evaluate(codes, rows) -> margins``.
    least : float
        The least margin of a counterfactual.
    deadline : float, default=None
        When to stop, by `time.monotonic`.
    """
    running = []
    for task, search in zip(tasks, searches):
        asked = next(search, None)
        if asked is not None:
            running.append((task, search, asked))
    while running and (deadline is None or time.monotonic() < deadline):
        sizes = [len(asked) for _, _, asked in running]
        rows = np.repeat([task.row for task, _, _ in running], sizes)
        codes = np.concatenate([asked for _, _, asked in running])
        codes, allowed, distances = prepare(codes, rows)
        parts = np.split(np.arange(len(codes)), np.cumsum(sizes)[:-1])
        chosen = []
        for (task, _, _), part in zip(running, parts):
            good = part[allowed[part]]
            chosen.append(good[task.new(codes[good])][: task.left])
        which = np.concatenate(chosen)
        margins = np.empty(len(codes))
        if len(which):
            margins[which] = evaluate(codes[which], rows[which])
        still = []
        for (task, search, _), part, own in zip(running, parts, chosen):
            task.learn(codes[own], margins[own])
            answer = task.answer(codes[part], distances[part], least)
            if task.left <= 0:
                continue
            try:
                still.append((task, search, search.send(answer)))
            except StopIteration:
                continue
        running = still
