"""How many evaluations an algorithm makes, and how many it may make."""

import warnings

_MAX_EXACT_PLAYERS = 20
# By default, enumerate when it costs at most this many times the default walks.
_WORTH_EXACT = 4
# Two repetitions are the least that give standard errors; few background rows need more walks,
# or their standard errors are too small.
_MIN_REPEATS = 2
_MIN_WALK_PAIRS = 100
# With a tolerance and no budget, the walks may go on for this many times the default.
_PATIENCE = 25
_MANY_EVALS = 1_000_000
# For rows with players of their own, unless ten pairs of walks take more.
_EVALS_OF_OWN_PLAYERS = 5_000
_FEWEST_WALK_PAIRS = 10
# Regressions on fewer pairs of coalitions give standard errors that are too small.
_PAIRS_PER_PLAYER = 2
# With this budget, in pairs of walks from each background row, regressions beat the walks.
_MIN_REPEATS_TO_REGRESS = 4
_MAX_DESIGN_CELLS = 2**17
# Regressions that take longer than some seconds are refused: pairs times players times players,
# of whom at least so many, or a design of few players would take too much memory.
_MAX_REGRESSION = 2**33
_MIN_REGRESSED = 2**8


def check_exact(n_players, n_background, max_evals):
    """Refuse an enumeration that is out of reach or over the budget."""
    if n_players > _MAX_EXACT_PLAYERS:
        raise ValueError(
            f"algorithm is 'exact', but {n_players} players have 2**{n_players} coalitions; "
            f"expected at most {_MAX_EXACT_PLAYERS} players: use 'permutation', or groups"
        )
    cost = _enumeration_cost(n_players, n_background)
    if max_evals is not None and cost > max_evals:
        raise ValueError(
            f"max_evals is {max_evals}, but algorithm='exact' evaluates {cost} model rows for "
            "each row; use 'permutation', or a larger max_evals"
        )


def fits_enumeration(n_players, n_background, max_evals):
    """Whether to enumerate all coalitions rather than sample."""
    if n_players > _MAX_EXACT_PLAYERS:
        return False
    if max_evals is None:
        walks = _default_repeats(n_background) * _pair_cost(n_players, n_background)
        max_evals = _WORTH_EXACT * walks
    return _enumeration_cost(n_players, n_background) <= max_evals


def repeats_within(max_evals, n_players, n_background, patient):
    """Pairs of walks from each background row.

    Parameters
    ----------
    max_evals : int or None
        The budget in model rows for each explained row.
    n_players, n_background : int
    patient : bool
        Whether a tolerance will stop the walks, so that more may be planned.
    """
    cost = _pair_cost(n_players, n_background)
    if max_evals is None:
        repeats = _default_repeats(n_background)
        if repeats * cost > _MANY_EVALS:
            warnings.warn(
                f"each explained row takes {repeats * cost:,} model rows, for {n_players:,} "
                f"players and all {n_background:,} rows of X_background; to use fewer, pass groups "
                "or masker=TabularMasker(n_samples=...), or set max_evals to accept the cost",
                stacklevel=6,
            )
        return repeats * (_PATIENCE if patient else 1)
    if max_evals < cost:
        hint = "raise max_evals"
        if n_background > 1:
            hint += ", or fewer background rows: masker=TabularMasker(n_samples=...)"
        raise ValueError(
            f"max_evals is {max_evals}, but one walk forth and back of {n_players} players from "
            f"each of {n_background} background rows takes {cost} model rows; expected at least "
            f"that: {hint}"
        )
    return max_evals // cost


def fits_regression(max_evals, n_players, n_background):
    """Whether regressions beat walks: measured, they do from four pairs of walks on."""
    if max_evals is None:
        n_repeats = _default_repeats(n_background)
    else:
        n_repeats = max_evals // _pair_cost(n_players, n_background)
    # A design is held in memory; walks are not.
    fits_in_memory = n_repeats * n_players**2 <= _MAX_DESIGN_CELLS
    return n_repeats >= _MIN_REPEATS_TO_REGRESS and fits_in_memory


def pairs_within(max_evals, n_players, n_background):
    """Complementary pairs of coalitions that are evaluated against each background row."""
    least = min(_PAIRS_PER_PLAYER * n_players, 2 ** (n_players - 1) - 1)
    if max_evals is None:
        repeats = max(_MIN_REPEATS_TO_REGRESS, _default_repeats(n_background))
        most = _MAX_REGRESSION // _size_of_pair(n_players)
        return _checked_pairs(max(least, min(repeats * (n_players - 1), most)), n_players)
    n_pairs = max_evals // (2 * n_background)
    if n_pairs < least:
        raise ValueError(
            f"max_evals is {max_evals}, but a regression on {n_players} players needs at least "
            f"{least} pairs of coalitions, {2 * n_background * least} model rows with "
            f"{n_background} background rows; raise max_evals, or use 'permutation'"
        )
    return _checked_pairs(n_pairs, n_players)


def _size_of_pair(n_players):
    return n_players * max(n_players, _MIN_REGRESSED)


def _checked_pairs(n_pairs, n_players):
    """The number of pairs of coalitions; an error if a regression on them takes too much."""
    different = min(n_pairs, 2 ** (n_players - 1) - 1)
    if different * _size_of_pair(n_players) > _MAX_REGRESSION:
        raise ValueError(
            f"algorithm is 'kernel', but a regression of {different:,} pairs of coalitions on "
            f"{n_players:,} players takes too much time and memory; use 'permutation', groups, or "
            "a smaller max_evals"
        )
    return n_pairs


def _enumeration_cost(n_players, n_background):
    return (2**n_players - 2) * n_background


def _pair_cost(n_players, n_background):
    return 2 * (n_players - 1) * n_background


def _default_repeats(n_background):
    return max(_MIN_REPEATS, -(-_MIN_WALK_PAIRS // n_background))


def default_evals(n_players, n_background):
    """The budget for rows that have players of their own, such as the words of a text.

    Long rows have fewer walks than tables: ten pairs at least, and two from each background row.
    """
    cost = _pair_cost(n_players, n_background)
    least = max(_MIN_REPEATS, -(-_FEWEST_WALK_PAIRS // n_background)) * cost
    return min(max(_EVALS_OF_OWN_PLAYERS, least), _default_repeats(n_background) * cost)
