"""Shapley values by weighted least squares on coalitions (KernelSHAP's estimator, done right).

Coalitions come in pairs with their complements, so only the odd part of the game matters:
``worth(S) - worth(not S)`` is regressed on +1 for players in S and -1 for the others. Sizes are
sampled by leverage, which is the same for all sizes; small and large sizes are soon enumerated.
That values sum to the grand total is built in by a projection, not by a huge weight.
"""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np


@dataclass(frozen=True)
class PairedDesign:
    """Coalitions, each of which is evaluated together with its complement.

    Attributes
    ----------
    present : ndarray of bool, shape (n_pairs, n_players)
        One coalition of each pair, the smaller one.
    weights : ndarray of shape (n_pairs,)
        Weights of the regression.
    sampled : ndarray of shape (n_pairs,)
        Variance factor of each pair: 0 where all pairs of its size are there, near 1 where few
        of many are.
    """

    present: np.ndarray
    weights: np.ndarray
    sampled: np.ndarray


def draw_pairs(seed, n_players, n_pairs):
    """Draw coalitions, equally many of each size, without repetition.

    Parameters
    ----------
    seed : int
    n_players : int
        At least 2.
    n_pairs : int
        How many pairs; fewer are returned if there are not so many.

    Returns
    -------
    PairedDesign

    References
    ----------
    C. Musco and R. T. Witter, "Provably accurate Shapley value estimation via leverage score
    sampling", ICLR (2025).

    Examples
    --------
    >>> draw_pairs(0, n_players=3, n_pairs=10).present.astype(int)
    array([[1, 0, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """
    rng = np.random.default_rng(seed)
    available = {
        size: comb(n_players, size) // (2 if 2 * size == n_players else 1)
        for size in range(1, n_players // 2 + 1)
    }
    blocks, weights, sampled = [], [], []
    for size, count in _allocate(available, n_pairs, rng).items():
        if count == 0:
            continue
        block = _coalitions_of_size(rng, n_players, size, count, available[size])
        blocks.append(block)
        # The Shapley kernel over all coalitions of this size, spread over those that are there.
        # A pair of two middle coalitions stands for half as many coalitions as other pairs do.
        share = 1 if 2 * size < n_players else 0.5
        weights.append(np.full(count, share / (size * (n_players - size) * count)))
        missing = 1 - count / available[size]
        sampled.append(np.full(count, missing))
    return PairedDesign(np.concatenate(blocks), np.concatenate(weights), np.concatenate(sampled))


def _allocate(available, n_pairs, rng):
    """How many pairs of each size: equally many, except that no size has more than there are."""
    counts = dict.fromkeys(available, 0)
    left = min(n_pairs, sum(available.values()))
    while left:
        open_sizes = [size for size in available if counts[size] < available[size]]
        each = left // len(open_sizes)
        if each == 0:  # the remainder goes to sizes at random, small ones first never starve
            for size in rng.permutation(open_sizes)[:left]:
                counts[int(size)] += 1
            break
        for size in open_sizes:
            more = min(each, available[size] - counts[size])
            counts[size] += more
            left -= more
    return counts


def _coalitions_of_size(rng, n_players, size, count, available):
    """`count` different coalitions; of the middle size none together with its complement."""
    fixed_first = 2 * size == n_players  # one of each complementary pair holds player 0
    if count == available:
        chosen = [
            members
            for members in combinations(range(n_players), size)
            if not fixed_first or members[0] == 0
        ]
    else:
        seen = set()
        while len(seen) < count:
            if fixed_first:
                rest = rng.choice(n_players - 1, size=size - 1, replace=False) + 1
                members = (0, *sorted(rest.tolist()))
            else:
                members = tuple(sorted(rng.choice(n_players, size=size, replace=False).tolist()))
            seen.add(members)
        chosen = sorted(seen)
    present = np.zeros((count, n_players), dtype=bool)
    np.put_along_axis(present, np.array(chosen).reshape(count, size), True, axis=1)
    return present


def solve_pairs(design, differences, totals):
    """Values, and their standard errors, from the worth of the pairs.

    Parameters
    ----------
    design : PairedDesign
    differences : ndarray of shape (n_games, n_pairs, n_outputs)
        ``worth(S) - worth(not S)``.
    totals : ndarray of shape (n_games, n_outputs)
        What the values must sum to.

    Returns
    -------
    values, std_errors : ndarray of shape (n_games, n_players, n_outputs)
        Standard errors are those of the sampled coalitions (a sandwich from the residuals);
        zero if all coalitions are there.

    Examples
    --------
    >>> import numpy as np
    >>> design = draw_pairs(0, n_players=3, n_pairs=3)
    >>> product = lambda present: present.all(axis=1).astype(float)
    >>> gains = product(design.present) - product(~design.present)
    >>> values, errors = solve_pairs(design, gains.reshape(1, 3, 1), np.ones((1, 1)))
    >>> values.ravel().round(12)
    array([0.33333333, 0.33333333, 0.33333333])
    """
    n_players = design.present.shape[1]
    signs = np.where(design.present, 1.0, -1.0)
    along = signs.sum(axis=1)  # what the total contributes to each pair
    centred = signs - along[:, None] / n_players
    roots = np.sqrt(design.weights)[:, None]
    # The pseudo-inverse keeps the sum of the values, and takes the smallest if pairs are few.
    solve = np.linalg.pinv(centred * roots) * roots[:, 0]
    share = totals / n_players
    remaining = differences - along[None, :, None] * share[:, None]
    values = np.einsum("jp,gpo->gjo", solve, remaining)
    residuals = remaining - np.einsum("pj,gjo->gpo", centred, values)
    leverage = np.einsum("pj,jp->p", centred, solve)
    # As HC3: residuals are smaller than errors where a pair pulls the fit towards itself.
    inflation = np.sqrt(design.sampled) / np.clip(1 - leverage, 0.05, None)
    errors = np.einsum("jp,gpo->gjo", solve**2, (residuals * inflation[None, :, None]) ** 2)
    return values + share[:, None], np.sqrt(errors)
