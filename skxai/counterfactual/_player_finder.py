"""The search of some rows whose players are those of a masker, and what is returned for them."""

import time
from dataclasses import dataclass

import numpy as np

from skxai.counterfactual._diversity import choose_diverse
from skxai.counterfactual._lockstep import run_searches
from skxai.counterfactual._outputs import Outputs
from skxai.counterfactual._player_search import PlayerTask, search_players
from skxai.counterfactual._players import held, labelled, names_of, players_of

# Less than any margin that matters, more than the rounding of a sum.
_LEAST_MARGIN = 1e-13
# Between two that change the same players, but otherwise, the gap is less than between others.
_SAME_PLAYERS = 1e-3


@dataclass(frozen=True)
class PlayerFinder:
    """What finds the fewest players of some rows whose change reaches the goal.

    Attributes
    ----------
    masker : RowMasker
        Fitted.
    goal : goal
    outputs : Outputs
        The model.
    n_counterfactuals, max_evals : int
    time_limit : float or None
        Seconds for each row.
    seed : int
    """

    masker: object
    goal: object
    outputs: Outputs
    n_counterfactuals: int
    max_evals: int
    time_limit: float | None
    seed: int

    def search_rows(self, X, outputs):
        """Counterfactuals of some rows: codes, status and lower bounds, and evaluations."""
        players = players_of(self.masker, X)
        n_rows, k = len(outputs), self.n_counterfactuals
        codes = np.zeros((n_rows * k, players.width), dtype=np.int16)
        status = np.full(n_rows * k, "not_found", dtype="<U14")
        bounds, n_evals = np.zeros(n_rows * k), np.ones(n_rows, dtype=np.int64)
        base = self.goal.margin(outputs, outputs) if n_rows else np.zeros(0)
        status[np.repeat(base > 0, k)] = "already_target"
        most = max(1, self.max_evals - 1 - k)  # the row itself, and what is returned
        tasks = [
            PlayerTask(row, players.width, players.moves(row), base[row], k, self.seed, most)
            for row in np.flatnonzero(base <= 0)
        ]
        self._run(players, outputs, tasks)
        for task in tasks:
            chosen = self._chosen(task)
            first = task.row * k
            bounds[first : first + k] = task.least_changes
            n_evals[task.row] += task.n_evals + len(chosen)
            if not chosen and task.least_changes > task.n_players:
                status[first : first + k], bounds[first : first + k] = "infeasible", np.inf
            for entry, code in enumerate(chosen, first):
                codes[entry] = code
                proved = np.count_nonzero(code) <= task.least_changes
                status[entry] = "optimal" if proved else "feasible"
        return codes, status, bounds, n_evals

    def _run(self, players, outputs, tasks):
        def prepare(codes, rows):
            return codes, np.ones(len(codes), dtype=bool), np.count_nonzero(codes, axis=1)

        def evaluate(codes, rows):
            return self.goal.margin(self.outputs(players.inputs(codes, rows)), outputs[rows])

        deadline = None
        if self.time_limit is not None:
            deadline = time.monotonic() + self.time_limit * len(tasks)
        searches = [search_players(task) for task in tasks]
        run_searches(tasks, searches, prepare, evaluate, _LEAST_MARGIN, deadline)

    def _chosen(self, task):
        """The codes to return: those of the fewest changes, and of the largest margin, first."""
        found = list(task.found.values())
        if task.best is not None and np.count_nonzero(task.best) < task.nearest:
            found.append((task.best, 0.0))  # the limit came before it could be taken back
        if not found:
            return []
        codes, margins = np.array([code for code, _ in found]), np.array([m for _, m in found])
        sizes = np.count_nonzero(codes, axis=1)
        order = np.lexsort((-margins, sizes))
        codes, sizes = codes[order], sizes[order]
        return list(codes[choose_diverse(sizes, _gaps(codes), self.n_counterfactuals)])

    def results(self, X, index, outputs, parts):
        """What `search_rows` found for all chunks, as fields of the result.

        Returns
        -------
        fields : dict
        new_outputs : ndarray of shape (n_rows * n_counterfactuals, n_outputs)
        """
        codes, status, bounds, n_evals = zip(*parts)
        width = max(part.shape[1] for part in codes)
        codes = np.concatenate([np.pad(c, [(0, 0), (0, width - c.shape[1])]) for c in codes])
        status, bounds, n_evals = (np.concatenate(part) for part in (status, bounds, n_evals))
        rows = np.repeat(np.arange(len(outputs)), self.n_counterfactuals)
        players, inputs, new_outputs = self._checked(X, outputs, codes, rows, status)
        distances = np.count_nonzero(codes, axis=1).astype(float)
        distances[np.isin(status, ["not_found", "infeasible"])] = np.nan
        return {
            "counterfactuals": labelled(inputs, None if index is None else index.take(rows)),
            "data": held(X),
            "changed": codes > 0,
            "status": status,
            "distances": distances,
            "lower_bounds": bounds,
            "outlier_factors": None,
            "background_distances": None,
            "feature_names": names_of(players.layout),
            "n_evals": n_evals,
            "layout": players.layout,
            "replacements": players.replacements(codes),
        }, new_outputs

    def _checked(self, X, outputs, codes, rows, status):
        """The inputs to return, after the model has been asked about them once more.

        What fails (a model that rounds otherwise in another batch, or whose `predict` disagrees
        with its outputs) is replaced by the row itself; `codes` and `status` are changed.
        """
        players = players_of(self.masker, X)
        inputs = players.inputs(codes, rows)
        new_outputs = outputs[rows]
        if len(rows):
            new_outputs = self.outputs(inputs)
            wrong = self.goal.margin(new_outputs, outputs[rows]) < _LEAST_MARGIN
            if self.outputs.has_predict:
                wrong |= self.goal.refuses(self.outputs.said(inputs), outputs[rows])
            wrong &= np.isin(status, ["feasible", "optimal"])
            if wrong.any():
                codes[wrong], status[wrong] = 0, "not_found"
                new_outputs[wrong] = outputs[rows[wrong]]
                inputs = players.inputs(codes, rows)
        return players, inputs, new_outputs


def _gaps(codes):
    """The share of players that only one of two changes, of those that either changes."""
    changed = (codes > 0).astype(float)
    both = changed @ changed.T
    either = changed.sum(axis=1)[:, None] + changed.sum(axis=1) - both
    unlike = np.array([(codes != one).mean(axis=1) for one in codes])
    return np.where(both < either, 1 - both / either, _SAME_PLAYERS * unlike)
