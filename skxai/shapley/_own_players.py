"""Rows with players of their own: words, regions, positions; how many decides what is done."""

from dataclasses import dataclass

import numpy as np

from skxai._coalitions import CoalitionGame
from skxai.base import Attributions
from skxai.maskers import RowMasker
from skxai.predictors import Predictor
from skxai.shapley._budget import check_exact, default_evals, fits_enumeration
from skxai.shapley._interactions import interaction_repeats
from skxai.shapley._plan import Plan
from skxai.shapley._sampling import enumerate_interactions, walk_interactions
from skxai.utils._random import draw_seeds


@dataclass(frozen=True)
class OwnPlayers:
    """Explains rows that have equally many players; each has a base value of its own.

    Attributes
    ----------
    predictor : Predictor
    masker : RowMasker
        Fitted.
    algorithm : {"auto", "exact", "kernel", "permutation"}
    max_evals : int or None
    tol : float or None
    seed : int
        Of all random numbers.
    """

    predictor: Predictor
    masker: RowMasker
    algorithm: str
    max_evals: int | None
    tol: float | None
    seed: int

    def check(self, counts):
        """Refuse the row with the most players, if they are too many for the budget.

        Parameters
        ----------
        counts : ndarray of int, shape (n_rows,)
            Players of each row.
        """
        if counts.max(initial=0) == 0:
            return
        row = int(counts.argmax())
        try:
            self.plan(int(counts[row]))
        except ValueError as error:
            raise ValueError(f"row {row} of X has {counts[row]} players: {error}") from error

    def plan(self, n_players):
        """How values of so many players are computed, a `Plan`."""
        max_evals, patient = self.max_evals, self.tol is not None
        if max_evals is None and not patient and self.algorithm != "exact":
            max_evals = default_evals(n_players, self.masker.n_background_)
        return Plan.of(self.algorithm, n_players, self.masker.n_background_, max_evals, patient)

    def explain(self, X, predictions, n_players):
        """Shapley values, as `Attributions`."""
        plan = self.plan(n_players)
        pair_seed, *seeds = draw_seeds(self.seed, 1 + plan.n_repeats)
        game, starts = self._game(X)
        weights = self.masker.weights_
        values, errors = plan.values(game, starts, predictions, weights, pair_seed, seeds, self.tol)
        if plan.algorithm == "exact":
            errors = self._no_errors(values)
        return self._attributions(game, starts, values, errors)

    def interact(self, X, predictions, n_players):
        """Shapley interactions, as `Attributions`."""
        n_background, budget = self.masker.n_background_, self.max_evals
        if budget is None:
            budget = default_evals(n_players, n_background)
        game, starts = self._game(X)
        known = game, starts, predictions, self.masker.weights_
        if self.algorithm == "exact" or fits_enumeration(n_players, n_background, budget):
            check_exact(n_players, n_background, self.max_evals)
            values = enumerate_interactions(*known)
            return self._attributions(game, starts, values, self._no_errors(values))
        n_repeats = interaction_repeats(self.max_evals, n_players, n_background)
        seeds = draw_seeds(self.seed, n_repeats)
        return self._attributions(game, starts, *walk_interactions(*known, seeds))

    def _game(self, X):
        game = CoalitionGame(self.predictor, self.masker.bind(X))
        return game, game.worth_of_nobody()

    def _no_errors(self, values):
        """Those of exact values: zero where other rows may have some."""
        return None if self.algorithm == "exact" else np.zeros_like(values)

    def _attributions(self, game, starts, values, errors):
        base_values = np.einsum("z,izk->ik", self.masker.weights_, starts)
        return Attributions(values, base_values, errors, game.n_evals + 1)
