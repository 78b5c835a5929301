"""Shapley interactions by circles: players stand on a circle, coalitions are neighbours on it.

On a circle of d players in random order there are d (d - 1) coalitions of neighbours, arcs. They
are all that is met on the walks from any head around the circle, in either direction. How much
the presence of i changes the gain of j, with all between them present, is the difference of two
gains on such walks; the arc between them on the other side gives a second such difference, with
the complementary coalition. Every size from 0 to d - 2 is equally likely to lie between two
players, which is what the Shapley interaction index asks for: the estimate is unbiased. All
pairs are met on each circle, and for each player the interactions sum to what they should.
"""

import warnings
from functools import reduce

import numpy as np

# Degrees of freedom of the standard errors; with fewer, intervals cover too little. A background
# row gives one less than it has circles.
_MIN_DEGREES = 50
_MANY_EVALS = 1_000_000
_MANY_BYTES = 2**31


def arcs(n_players, heads):
    """Coalitions of neighbours on a circle, as sets of positions.

    Parameters
    ----------
    n_players : int
    heads : ndarray of int, shape (n_heads,)
        Positions at which arcs begin.

    Returns
    -------
    ndarray of bool, shape (n_heads, n_players - 1, n_players)
        Arcs of each length from 1 to ``n_players - 1``.

    Examples
    --------
    >>> import numpy as np
    >>> arcs(3, np.array([2])).astype(int)
    array([[[0, 0, 1],
            [1, 0, 1]]])
    """
    distances = (np.arange(n_players) - heads[:, None]) % n_players
    return distances[:, None, :] < np.arange(1, n_players)[:, None]


def interactions_of_circles(worth):
    """Shapley interaction values estimated from the arcs of a circle.

    Parameters
    ----------
    worth : ndarray of shape (n_games, n_players, n_players + 1, n_outputs)
        Values of the arcs by their head and length, from nobody to everybody.

    Returns
    -------
    ndarray of shape (n_games, n_players, n_players, n_outputs)
        By positions on the circle; symmetric. Main effects are on the diagonal, and everything
        sums to the worth of all minus that of nobody.

    Examples
    --------
    Two players that earn 1 only together.

    >>> import numpy as np
    >>> interactions_of_circles(np.array([[0.0, 0, 1], [0, 0, 1]]).reshape(1, 2, 3, 1)).ravel()
    array([0. , 0.5, 0.5, 0. ])
    """
    position = np.arange(worth.shape[1])
    length = (position - position[:, None]) % len(position)
    following = np.roll(worth, -1, axis=1)  # arcs that lack the head
    # Gains of the player at the end of an arc, by its head and its end; and of the heads.
    gains = worth[:, position[:, None], length + 1] - worth[:, position[:, None], length]
    head_gains = worth[:, :, 1:] - following[:, :, :-1]
    values = (_sum(gains, axis=1) + _sum(head_gains, axis=2)) / (2 * len(position))
    # What the head's presence changes, seen from either side of the circle.
    changes = gains - np.roll(gains, -1, axis=1)
    pairs = (changes + changes.transpose(0, 2, 1, 3)) / 4
    return with_main_effects(pairs, values)


def with_main_effects(pairs, values):
    """Interactions with a diagonal such that rows sum to the Shapley values.

    Parameters
    ----------
    pairs : ndarray of shape (n_games, n_players, n_players, n_outputs)
        Off the diagonal, the interactions; changed in place on the diagonal.
    values : ndarray of shape (n_games, n_players, n_outputs)
        Shapley values.

    Returns
    -------
    ndarray
        `pairs`.
    """
    diagonal = np.arange(pairs.shape[1])
    pairs[:, diagonal, diagonal] = 0
    pairs[:, diagonal, diagonal] = values - _sum(pairs, axis=2)
    return pairs


def _sum(array, axis):
    """Sum in order; `ndarray.sum` rounds differently for one game than for several."""
    return reduce(np.add, np.moveaxis(array, axis, 0))


def circle_cost(n_players):
    """Coalitions to evaluate on one circle."""
    return n_players * (n_players - 1)


def interaction_cost(n_players, n_background):
    """Model rows for each explained row in one repetition: a circle for each background row."""
    return circle_cost(n_players) * n_background


def warn_of_matrices(X, n_players, n_outputs):
    """Warn of matrices of all rows that take much memory, before any is computed."""
    n_rows = next(iter(getattr(X, "shape", ())), 0)  # (what is no table is refused later)
    n_bytes = 8 * n_rows * n_players**2 * n_outputs
    if n_bytes > _MANY_BYTES:
        warnings.warn(
            f"X has {n_rows:,} rows of {n_players:,} players: their matrices take "
            f"{n_bytes / 2**30:.1f} GiB, and twice that while they are put together; explain fewer "
            "rows at a time, or pass groups",
            stacklevel=3,
        )


def interaction_repeats(max_evals, n_players, n_background):
    """Circles for each background row.

    Parameters
    ----------
    max_evals : int or None
        The budget in model rows for each explained row; None for a good default.
    n_players, n_background : int

    Returns
    -------
    int
    """
    cost = interaction_cost(n_players, n_background)
    if max_evals is None:
        repeats = 1 + -(-_MIN_DEGREES // n_background)
        if repeats * cost > _MANY_EVALS:
            warnings.warn(
                f"the interactions of each explained row take {repeats * cost:,} model rows, "
                f"n_players · (n_players - 1) = {circle_cost(n_players):,} for each of "
                f"{n_background:,} background rows, {repeats} times; to use fewer, pass "
                "masker=TabularMasker(n_samples=...) or groups, or set max_evals to accept the "
                "cost",
                stacklevel=3,
            )
        return repeats
    if max_evals < cost:
        raise ValueError(
            f"max_evals is {max_evals}, but the interactions of {n_players} players take {cost} "
            f"model rows with {n_background} background rows; expected at least that: raise "
            "max_evals, or summarise the background with masker=TabularMasker(n_samples=...)"
        )
    return max_evals // cost if cost else 1
