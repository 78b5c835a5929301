"""The search of a chunk of rows: which search each row has, what is proved, what is returned."""

import time
from dataclasses import dataclass
from functools import partial

import numpy as np

from skxai.counterfactual._certify import certify
from skxai.counterfactual._descent import Slopes
from skxai.counterfactual._distances import Distance
from skxai.counterfactual._diversity import choose_diverse, gaps_between
from skxai.counterfactual._lockstep import Task, run_searches
from skxai.counterfactual._moves import Problem
from skxai.counterfactual._outputs import Outputs
from skxai.counterfactual._plausibility import Plausibility
from skxai.counterfactual._query import Query
from skxai.counterfactual._searches import SEARCHES
from skxai.counterfactual._space import MAX_CELLS, Space
from skxai.utils._blocks import blocks
from skxai.utils._tables import take_rows

# Background rows that a search may start from; fewer in wide tables, of which all distances between
# two rows take no more work than this.
_MAX_BACKGROUND = 5000
_MAX_WORK = 5e9
# Rows that are searched side by side, and the cells of all their candidates.
_ROWS_PER_CHUNK = 64
_CELLS_PER_CHUNK = 2**23
# Background rows that are kept for each row to start from.
_MAX_STARTS = 100
# Less than any margin that matters, more than the rounding of a sum.
_LEAST_MARGIN = 1e-13
# Parts of a problem that "auto" looks at in an exact search of trees: mostly below a second.
_MAX_NODES = 4


def take_background(X, seed):
    """Those background rows that searches look at, in their order: all, or a random sample."""
    most = min(_MAX_BACKGROUND, int(np.sqrt(_MAX_WORK / X.shape[1])))
    if X.shape[0] <= most:
        return X
    order = np.random.default_rng(seed).permutation(X.shape[0])
    return take_rows(X, np.sort(order[:most]))


@dataclass(frozen=True)
class Finder:
    """What finds the counterfactuals of some rows.

    Attributes
    ----------
    space : Space
    distance : Distance
    goal : goal
    outputs : Outputs
        The model.
    background_outputs : ndarray of shape (n_background, n_outputs)
    plausibility : Plausibility
    share : float or None
        How plausible counterfactuals are to be; see `Plausibility.threshold`.
    certifier : LinearCertifier, TreesCertifier or None
    algorithm : str
        "exact" with a certifier only.
    patient : bool
        Whether an exact search goes on to its end.
    n_counterfactuals, max_evals : int
    time_limit : float or None
        Seconds for each row.
    seed : int
    smooth : SmoothFunction or None
        The model with its derivative, for the search that uses it.
    """

    space: Space
    distance: Distance
    goal: object
    outputs: Outputs
    background_outputs: np.ndarray
    plausibility: Plausibility
    share: float | None
    certifier: object
    algorithm: str
    patient: bool
    n_counterfactuals: int
    max_evals: int
    time_limit: float | None
    seed: int
    smooth: object = None

    @property
    def rows_per_chunk(self):
        """How many rows are searched side by side."""
        cells = self.max_evals * self.space.codes.shape[1]
        return max(1, min(_ROWS_PER_CHUNK, _CELLS_PER_CHUNK // cells))

    def search_rows(self, X, outputs):
        """Counterfactuals of some rows: codes, status and lower bounds, and evaluations."""
        query = self.query(X, outputs)
        n_rows, k = len(outputs), self.n_counterfactuals
        codes = np.repeat(query.origin, k, axis=0)
        status = np.full(n_rows * k, "not_found", dtype="<U14")
        reached = self.goal.margin(outputs, outputs) > 0 if n_rows else np.zeros(0, dtype=bool)
        status[np.repeat(reached, k)] = "already_target"
        tasks = [self._task(query, row) for row in np.flatnonzero(~reached)]
        proofs = self._search(query, tasks)
        n_evals, bounds = np.ones(n_rows, dtype=np.int64), np.zeros(n_rows * k)
        for task, proof in zip(tasks, proofs):
            n_evals[task.row] += task.n_evals
            first = task.row * k
            for number, found in enumerate(self._chosen(task)):
                codes[first + number], status[first + number] = found, "feasible"
                n_evals[task.row] += 1  # for the check of what is returned
            if proof is not None:
                status[first], bounds[first] = proof
        return codes, status, bounds, n_evals

    def _search(self, query, tasks):
        """Search for some rows; what is proven of each is returned, None for nothing."""
        if self.algorithm != "exact":
            self._run(query, tasks)
            return [None] * len(tasks)
        if self.certifier.kind == "trees":
            self._run(query, tasks)
        max_nodes = None if self.patient else _MAX_NODES
        limits = {"time_limit": self.time_limit, "max_nodes": max_nodes}
        proofs = certify(self.certifier, query, tasks, **limits) if tasks else []
        if not self.patient and self.certifier.kind == "linear":
            missed = [t for t, proof in zip(tasks, proofs) if proof.status == "not_found"]
            self._run(query, missed)
            for task in missed:
                proofs[tasks.index(task)] = None
        return proofs

    def query(self, X, outputs):
        """Some rows and all that their searches ask."""
        plausible = None
        if self.share is not None:
            plausible = partial(self.plausibility.is_plausible, share=self.share)
        return Query(X, outputs, self.space, self.distance, self.goal, self.outputs, plausible)

    def _task(self, query, row):
        """A row, with the background rows on the other side, nearest first."""
        margins = self.goal.margin(self.background_outputs, query.origin_outputs[row])
        unlike = self.space.codes[margins > 0]
        origin = query.origin[row]
        order = np.argsort(self.distance.totals(unlike, origin), kind="stable")
        # A background row that is allowed as it is comes first: it is sure to be found.
        sure = self._first_allowed(unlike, order, origin)
        order = np.append(sure, order[~np.isin(order, sure)])[:_MAX_STARTS]
        # The row itself has been evaluated, and what is returned will be once more.
        n_evals = max(1, self.max_evals - 1 - self.n_counterfactuals)
        return Task(row, origin, unlike[order], self.seed, n_evals)

    def _first_allowed(self, codes, order, origin):
        """The position of the first of some rows that is allowed; empty if there is none."""
        for part in blocks(len(order), max(1, len(origin)), MAX_CELLS):
            own = order[part]
            allowed = self.space.allowed(codes[own], np.repeat(origin[None], len(own), axis=0))
            if allowed.any():
                return own[[int(np.argmax(allowed))]]
        return order[:0]

    def _run(self, query, tasks):
        deadline = None
        if self.time_limit is not None:
            deadline = time.monotonic() + self.time_limit * len(tasks)
        slopes = None
        if self.smooth is not None:
            of_probabilities = self.outputs.predictor.response_method == "predict_proba"
            slopes = Slopes(self.smooth, self.goal, query, of_probabilities)
        problem = Problem(self.space, self.distance, self.n_counterfactuals > 1, slopes)
        search = SEARCHES["nearest" if self.algorithm == "exact" else self.algorithm]
        searches = [search(problem, task) for task in tasks]
        run_searches(tasks, searches, query.prepare, query.evaluate, _LEAST_MARGIN, deadline)

    def _chosen(self, task):
        """The counterfactuals of a row to return, the nearest first."""
        if task.best is None:
            return []
        if self.n_counterfactuals == 1:
            return [task.best]
        codes = np.array([task.best, *(end for end, _ in task.ends)])
        distances = np.array([task.distance, *(distance for _, distance in task.ends)])
        order = np.argsort(distances, kind="stable")
        codes, distances = codes[order], distances[order]
        gaps = gaps_between(codes, task.origin, self.distance)
        return codes[choose_diverse(distances, gaps, self.n_counterfactuals)]

    def checked(self, query, codes, rows, status):
        """The table to return, after the model has been asked about it once more.

        What fails (a model that rounds otherwise in another batch, or whose `predict` disagrees
        with its outputs) is replaced by the row itself; `codes` and `status` are changed.
        """
        table = query.table(codes, rows)
        if len(rows) == 0:
            return table, np.zeros((0, self.outputs.predictor.n_outputs))
        new_outputs = self.outputs(table)
        wrong = query.judge(codes, rows, new_outputs) <= 0
        if self.outputs.has_predict:
            wrong |= self.goal.refuses(self.outputs.said(table), query.origin_outputs[rows])
        wrong &= np.isin(status, ["feasible", "optimal"])
        if wrong.any():
            codes[wrong], status[wrong] = query.origin[rows[wrong]], "not_found"
            new_outputs[wrong] = query.origin_outputs[rows[wrong]]
            table = query.table(codes, rows)
        return table, new_outputs

    def background_distances(self, codes, origin_outputs):
        """Gower distance to the nearest background row for which the goal is reached."""
        distances = np.empty(len(codes))
        background = self.background_outputs
        reached = np.zeros((len(codes), len(background)), dtype=bool)
        for entry, one in enumerate(origin_outputs):
            reached[entry] = self.goal.margin(background, one) > 0
        # Most rows ask for the same background rows.
        kinds, kind_of = np.unique(np.packbits(reached, axis=1), axis=0, return_inverse=True)
        for kind in range(len(kinds)):
            own = np.flatnonzero(kind_of.ravel() == kind)
            distances[own] = self.plausibility.distances_to(reached[own[0]], codes[own])
        return distances
