"""Shapley values by weighted least squares on coalitions (KernelSHAP's estimator, done right).

Coalitions come in pairs with their complements, so only the odd part of the game matters:
``worth(S) - worth(not S)`` is regressed on +1 for players in S and -1 for the others. Sizes are
sampled by leverage, which is the same for all sizes; small and large sizes are soon enumerated.
That values sum to the grand total is built in by a projection, not by a huge weight.

Least squares on a sample are slightly biased, and a design that serves many games gives all of them
the same bias. Where players are relabelled at random from game to game, the mean depends on one
number for each size alone, the trace of what pairs of this size contribute, and these are put
right: over all relabellings of any one design the values have no bias.
"""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from scipy.linalg import pinv

from skxai.utils._blocks import blocks

# Regressors sum to zero over players, but for rounding: that direction is none to fit.
_RANK_TOLERANCE = 1e-10
_LEAST_EFFECT = 1e-8
_MANY = 2**900
# Cells of matrices that are held at once.
_MAX_CELLS = 2**22


@dataclass(frozen=True)
class PairedDesign:
    """Coalitions, each of which is evaluated together with its complement.

    Attributes
    ----------
    present : ndarray of bool, shape (n_pairs, n_players)
        One coalition of each pair, the smaller one.
    weights : ndarray of shape (n_pairs,)
        Weights of the regression.
    available : ndarray of shape (n_pairs,)
        How many pairs of this size there are, drawn or not.
    """

    present: np.ndarray
    weights: np.ndarray
    available: np.ndarray


def draw_pairs(seed, n_players, n_pairs):
    """Draw coalitions, equally many of each size, without repetition.

    Parameters
    ----------
    seed : int or tuple of int
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
    parts, weights, numbers = [], [], []
    for size, count in _allocate(available, n_pairs, rng).items():
        if count == 0:
            continue
        block = _coalitions_of_size(rng, n_players, size, count, available[size])
        parts.append(block)
        # The Shapley kernel over all coalitions of this size, spread over those that are there.
        # A pair of two middle coalitions stands for half as many coalitions as other pairs do.
        share = 1 if 2 * size < n_players else 0.5
        weights.append(np.full(count, share / (size * (n_players - size) * count)))
        # (as floats, for there may be more than fit into 64 bits, and even into those)
        numbers.append(np.full(count, float(min(available[size], _MANY))))
    return PairedDesign(np.concatenate(parts), np.concatenate(weights), np.concatenate(numbers))


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
    if available <= 4 * count:
        everyone = combinations(range(n_players), size)
        if fixed_first:
            everyone = ((0, *rest) for rest in combinations(range(1, n_players), size - 1))
        members = np.array(list(everyone)).reshape(available, size)
        if count < available:
            members = members[np.sort(rng.choice(available, size=count, replace=False))]
        return _as_present(members, n_players)
    present = np.zeros((0, n_players), dtype=bool)
    while len(present) < count:
        keys = rng.random((count - len(present), n_players))
        if fixed_first:
            keys[:, 0] = -1
        members = np.argpartition(keys, size - 1, axis=1)[:, :size]
        present = _distinct(np.concatenate([present, _as_present(members, n_players)]))
    return present


def _distinct(present):
    """Different coalitions in lexicographic order, as np.unique finds them, but fast."""
    packed = np.packbits(present, axis=1)
    _, first = np.unique(packed.view(f"V{packed.shape[1]}").ravel(), return_index=True)
    return present[first]


def _as_present(members, n_players):
    present = np.zeros((len(members), n_players), dtype=bool)
    np.put_along_axis(present, members, True, axis=1)
    return present


@dataclass(frozen=True)
class PairRegression:
    """Values and their standard errors as linear maps of what is measured. Made by `regression`.

    Attributes
    ----------
    along : ndarray of shape (n_pairs,)
        Players in a coalition minus those in its complement.
    centred : ndarray of shape (n_pairs, n_players)
        Regressors, less their mean over players.
    slopes, to_values : ndarray of shape (n_players, n_pairs)
        Least squares, and the same without bias over relabellings.
    to_errors : ndarray of shape (n_players, n_pairs)
        From residuals to the errors of the values.
    """

    along: np.ndarray
    centred: np.ndarray
    slopes: np.ndarray
    to_values: np.ndarray
    to_errors: np.ndarray

    def solve(self, differences, totals):
        """Values, and their standard errors, from the worth of the pairs.

        Parameters
        ----------
        differences : ndarray of shape (n_games, n_pairs, n_outputs)
            ``worth(S) - worth(not S)``.
        totals : ndarray of shape (n_games, n_outputs)
            What the values must sum to.

        Returns
        -------
        values, std_errors : ndarray of shape (n_games, n_players, n_outputs)
            Standard errors are those of the sampled coalitions; zero if all are there.
        """
        share = totals[:, None] / self.centred.shape[1]
        remaining = differences - self.along[:, None] * share
        values = np.einsum("jp,gpo->gjo", self.to_values, remaining)
        fitted = np.einsum("jp,gpo->gjo", self.slopes, remaining)
        residuals = remaining - np.einsum("pj,gjo->gpo", self.centred, fitted)
        variances = np.einsum("jp,gpo->gjo", self.to_errors**2, residuals**2)
        return values + share, np.sqrt(variances)


def regression(design):
    """The regression on these pairs of coalitions.

    Parameters
    ----------
    design : PairedDesign

    Returns
    -------
    PairRegression

    Examples
    --------
    >>> import numpy as np
    >>> design = draw_pairs(0, n_players=3, n_pairs=3)
    >>> product = lambda present: present.all(axis=1).astype(float)
    >>> gains = product(design.present) - product(~design.present)
    >>> values, errors = regression(design).solve(gains.reshape(1, 3, 1), np.ones((1, 1)))
    >>> values.ravel().round(12)
    array([0.33333333, 0.33333333, 0.33333333])
    """
    n_players = design.present.shape[1]
    signs = np.where(design.present, 1.0, -1.0)
    along = signs.sum(axis=1)  # what the total contributes to each pair
    centred = signs - along[:, None] / n_players
    roots = np.sqrt(design.weights)[:, None]
    # The pseudo-inverse keeps the sum of the values, and takes the smallest if pairs are few.
    slopes = pinv(centred * roots, rtol=_RANK_TOLERANCE) * roots[:, 0]
    leverage = np.einsum("pj,jp->p", centred, slopes)
    # A residual times this is the error for a pair that was left out of the fit. (No pair may
    # rule the fit alone: it would have to be left in.)
    inflation = 1 / np.clip(1 - leverage, 0.05, None)
    sizes = design.present.sum(axis=1)
    n_drawn = np.bincount(sizes)[sizes]
    sampled = np.sqrt(1 - n_drawn / design.available)  # no error where all pairs are there
    to_values = slopes + _trace_corrections(slopes, centred, sizes)
    return PairRegression(along, centred, slopes, to_values, to_values * inflation * sampled)


def _trace_corrections(slopes, centred, sizes):
    """What to add to the slopes so that the share of each size is that of all its pairs.

    The corrections act on what the fit leaves over, so that additive games stay exact.
    """
    n_players, known = centred.shape[1], np.unique(sizes)
    of_size = [sizes == size for size in known]
    share = np.where(2 * known < n_players, 1.0, 0.5)
    share *= (n_players - 1) / share.sum()
    # Matrices of players take longer than those of pairs, if they have to be made many times.
    few = len(sizes) * _MAX_CELLS < len(known) * n_players**3
    traces = _traces_by_pairs if few else _traces_by_players
    fits, grams, explained = traces(slopes, centred, of_size)
    # Where the fit leaves nothing over, there is nothing to correct by.
    amounts = pinv(np.diag(grams) - explained, atol=_LEAST_EFFECT) @ (share - fits)
    added = centred.T * amounts[np.searchsorted(known, sizes)]
    return added - (added @ centred) @ slopes


def _traces_by_players(slopes, centred, of_size):
    """Traces of each size's fit and Gram matrix, and of products of one size's and another's.

    The latter are how much of each size's trace comes with one more unit of each size's regressors.
    """
    n_sizes = len(of_size)
    fit_traces, gram_traces, explained = (np.empty((n_sizes,) * d) for d in (1, 1, 2))
    parts = list(blocks(n_sizes, centred.shape[1] ** 2, _MAX_CELLS))
    for rows in parts:
        fits = np.array([slopes[:, own] @ centred[own] for own in of_size[rows]])
        fit_traces[rows] = np.einsum("tjj->t", fits)
        for columns in parts:
            grams = np.array([centred[own].T @ centred[own] for own in of_size[columns]])
            gram_traces[columns] = np.einsum("tjj->t", grams)
            # (Gram matrices are symmetric, so this is the trace of each product.)
            products = fits.reshape(len(fits), -1) @ grams.reshape(len(grams), -1).T
            explained[rows, columns] = products
    return fit_traces, gram_traces, explained


def _traces_by_pairs(slopes, centred, of_size):
    """The same, by products of few pairs of many players."""
    slopes = np.ascontiguousarray(slopes.T)

    def sums(values):
        return np.array([values[own].sum() for own in of_size])

    explained = np.empty((len(of_size), len(of_size)))
    for t, own in enumerate(of_size):
        products = (centred @ centred[own].T) @ centred[own]
        explained[:, t] = sums(np.einsum("pj,pj->p", products, slopes))
    fits, grams = (np.einsum("pj,pj->p", centred, other) for other in (slopes, centred))
    return sums(fits), sums(grams), explained
