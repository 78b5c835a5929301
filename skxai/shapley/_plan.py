"""How values without a closed form are computed: which algorithm, how many evaluations."""

from dataclasses import dataclass

from skxai.shapley._budget import (
    check_exact,
    fits_enumeration,
    fits_regression,
    pairs_within,
    repeats_within,
)
from skxai.shapley._sampling import enumerate_rows, regress_rows, walk_rows


@dataclass(frozen=True)
class Plan:
    """What to do for rows with so many players against so many background rows.

    Attributes
    ----------
    algorithm : {"exact", "kernel", "permutation"}
    n_repeats : int
        The largest number of pairs of walks from each background row.
    n_pairs : int
        Pairs of coalitions for each background row.
    """

    algorithm: str
    n_repeats: int = 0
    n_pairs: int = 0

    @classmethod
    def of(cls, algorithm, n_players, n_background, max_evals, patient):
        """The plan for an algorithm, or for "auto".

        Parameters
        ----------
        algorithm : {"auto", "exact", "kernel", "permutation"}
        n_players, n_background : int
        max_evals : int or None
            The budget in model rows for each explained row.
        patient : bool
            Whether a tolerance will stop the walks, so that more may be planned.

        Raises
        ------
        ValueError
            If the budget is too small.
        """
        chosen = _choose(algorithm, n_players, n_background, max_evals, patient)
        if chosen == "permutation":
            return cls(chosen, repeats_within(max_evals, n_players, n_background, patient))
        if chosen == "kernel":
            return cls(chosen, n_pairs=pairs_within(max_evals, n_players, n_background))
        if algorithm == "exact":
            check_exact(n_players, n_background, max_evals)
        return cls("exact")

    def n_states(self, n_players):
        """About how many coalitions are evaluated against each background row."""
        if self.algorithm == "exact":
            return 2**n_players
        if self.algorithm == "kernel":
            return min(2**n_players, 2 * self.n_pairs)
        return 2 * n_players * self.n_repeats

    def values(self, game, background_outputs, predictions, weights, pair_seed, seeds, tol):
        """Values and standard errors (or None) of some rows.

        Parameters
        ----------
        game, background_outputs, predictions, weights
            As for `enumerate_rows`.
        pair_seed : int
            Of the regression.
        seeds : sequence of int
            Of the walks, one for each repetition.
        tol : float or None
            Of the walks.

        Returns
        -------
        values, std_errors : ndarray of shape (n_rows, n_players, n_outputs)
        """
        known = game, background_outputs, predictions, weights
        if self.algorithm == "exact":
            return enumerate_rows(*known), None
        if self.algorithm == "kernel":
            return regress_rows(*known, pair_seed, self.n_pairs)
        return walk_rows(*known, seeds, tol)


def _choose(algorithm, n_players, n_background, max_evals, patient):
    if algorithm == "exact" or n_players == 1:
        return "exact"
    if algorithm != "auto":
        return algorithm
    if fits_enumeration(n_players, n_background, max_evals):
        return "exact"
    # Only walks can stop early.
    if not patient and fits_regression(max_evals, n_players, n_background):
        return "kernel"
    return "permutation"
