"""From games to values: which coalitions to evaluate for which rows, in bounded memory."""

from functools import lru_cache

import numpy as np

from skxai._coalitions import states_per_batch
from skxai.shapley._budget import fits_enumeration
from skxai.shapley._exact import all_coalitions, interactions_of_table, shapley_of_table
from skxai.shapley._interactions import arcs, circle_cost, interactions_of_circles
from skxai.shapley._kernel import draw_pairs, regression
from skxai.shapley._permutation import draw_orders, gains_of_walks, plan_walks
from skxai.utils._blocks import blocks

_MAX_CELLS = 2**22
# Errors that are estimated from fewer pairs of walks are too rough to stop by.
_MIN_PAIRS_TO_STOP = 50
# Designs of regressions that are kept for later: many of so many cells, or one that is larger.
_CELLS_TO_KEEP = 2**17


def enumerate_rows(game, background_outputs, predictions, weights):
    """Exact values: the mean over background rows of the values against each of them.

    Against one background row, only players that differ from it play.

    Parameters
    ----------
    game : CoalitionGame
    background_outputs : ndarray of shape (n_background, n_outputs), or with an axis for rows first
        Values with nobody present: the same for all rows, or each row's own.
    predictions : ndarray of shape (n_rows, n_outputs)
        Values with everybody present.
    weights : ndarray of shape (n_background,)

    Returns
    -------
    ndarray of shape (n_rows, n_players, n_outputs)
    """
    values = np.zeros((len(predictions), game.masked_rows.n_players, predictions.shape[1]))
    for rows, others, players, worth in _enumerate(game, background_outputs, predictions):
        shares = shapley_of_table(worth) * weights[others, None, None]
        np.add.at(values, (rows[:, None], players), shares)
    return values


def enumerate_interactions(game, background_outputs, predictions, weights):
    """Exact interactions: the mean over background rows of those against each of them.

    Parameters
    ----------
    game, background_outputs, predictions, weights
        As for `enumerate_rows`.

    Returns
    -------
    ndarray of shape (n_rows, n_players, n_players, n_outputs)
        Shapley interaction values, with main effects on the diagonal.
    """
    n_players = game.masked_rows.n_players
    values = np.zeros((len(predictions), n_players, n_players, predictions.shape[1]))
    for rows, others, players, worth in _enumerate(game, background_outputs, predictions):
        shares = interactions_of_table(worth) * weights[others, None, None, None]
        _add_matrices(values, rows, players, shares)
    return values


def walk_interactions(game, background_outputs, predictions, weights, seeds):
    """Estimated interactions, with standard errors, by circles around every background row.

    Players that differ from the background row stand on a circle in random order, and the
    coalitions of neighbours are evaluated; or all coalitions, where that costs no more.

    Parameters
    ----------
    game, background_outputs, predictions, weights
        As for `enumerate_rows`.
    seeds : sequence of int
        One for each repetition: a circle for each background row. All rows share the orders.

    Returns
    -------
    values : ndarray of shape (n_rows, n_players, n_players, n_outputs)
        Shapley interaction values, with main effects on the diagonal.
    std_errors : ndarray of that shape, or None with a single repetition
        From the spread between circles for the same background row.
    """
    n_players = game.masked_rows.n_players
    values = np.zeros((len(predictions), n_players, n_players, predictions.shape[1]))
    variances = np.zeros_like(values)
    orders = [draw_orders(seed, len(weights), n_players) for seed in seeds]
    starts = _starts(background_outputs, len(predictions))

    def is_small(size):
        return fits_enumeration(size, 1, len(seeds) * circle_cost(size))

    def n_states(size):
        return 2**size if is_small(size) else size * (size + 1)

    for rows, others, differs in _pairs_by_size(game.masked_rows, len(predictions), n_states):
        players, scale = _members(differs), weights[others, None, None, None]
        ends = starts[rows, others], predictions[rows]
        if is_small(players.shape[1]):
            worth = _worth_of_all(game, rows, others, players, *ends)
            _add_matrices(values, rows, players, interactions_of_table(worth) * scale)
            continue
        circles = (
            _around_circle(game, rows, others, differs, drawn[others], *ends) for drawn in orders
        )
        means, squares = _mean_and_spread(circles)
        _add_matrices(values, rows, players, means * scale)
        _add_matrices(variances, rows, players, squares * scale**2)
    if len(seeds) == 1:
        return values, None
    return values, np.sqrt(variances / (len(seeds) * (len(seeds) - 1)))


def _mean_and_spread(samples):
    """Mean of some arrays, and the sum of their squared deviations from it (Welford's update)."""
    mean = squares = 0
    for n_before, sample in enumerate(samples):
        deviation = sample - mean
        mean = mean + deviation / (n_before + 1)
        squares = squares + deviation * (sample - mean)
    return mean, squares


def _around_circle(game, rows, others, differs, orders, starts, ends):
    """Interactions of the players that differ, in ascending order, from one circle each."""
    circle = orders[np.take_along_axis(differs, orders, axis=1)].reshape(len(rows), -1)
    size = circle.shape[1]
    worth = np.empty((len(rows), size, size + 1, starts.shape[1]))
    worth[:, :, 0], worth[:, :, -1] = starts[:, None], ends[:, None]
    heads_at_once = max(1, states_per_batch(differs.shape[1]) // (len(rows) * size))
    for first in range(0, size, heads_at_once):
        heads = np.arange(first, min(first + heads_at_once, size))
        inner = arcs(size, heads).reshape(-1, size)
        evaluated = _worth_of(game, rows, others, circle, inner)
        worth[:, heads, 1:-1] = evaluated.reshape(len(rows), len(heads), size - 1, -1)
    found = interactions_of_circles(worth)
    place = np.argsort(circle, axis=1)
    return found[np.arange(len(rows))[:, None, None], place[:, :, None], place[:, None, :]]


def _enumerate(game, background_outputs, predictions):
    """Pairs of rows and background rows, the players that differ, and their coalitions' worth."""
    masked_rows = game.masked_rows
    of_nobody = _starts(background_outputs, len(predictions))
    for rows, others, differs in _pairs_by_size(masked_rows, len(predictions), lambda k: 2**k):
        players = _members(differs)
        starts, ends = of_nobody[rows, others], predictions[rows]
        yield rows, others, players, _worth_of_all(game, rows, others, players, starts, ends)


def _pairs_by_size(masked_rows, n_rows, n_states):
    """Pairs of a row and a background row, those together that differ in equally many players.

    Yields rows and others, of shape (n_pairs,), and differs, of shape (n_pairs, n_players);
    `n_states` tells how many states one pair takes, so that together they fit in a batch.
    """
    n_players, n_background = masked_rows.n_players, masked_rows.n_background
    for block in _row_blocks(n_rows, n_background * n_players):
        differs = masked_rows.differs(block).reshape(-1, n_players)
        n_differing = differs.sum(axis=1)
        for size in np.unique(n_differing[n_differing > 0]):
            pairs = np.flatnonzero(n_differing == size)
            step = max(1, states_per_batch(n_players) // n_states(int(size)))
            for start in range(0, len(pairs), step):
                part = pairs[start : start + step]
                yield block[part // n_background], part % n_background, differs[part]


def _members(differs):
    """The players that differ, of shape (n_pairs, size); all pairs have equally many."""
    return np.nonzero(differs)[1].reshape(len(differs), -1)


def _add_matrices(values, rows, players, shares):
    np.add.at(values, (rows[:, None, None], players[:, :, None], players[:, None, :]), shares)


def _worth_of_all(game, rows, others, players, starts, ends):
    """Values of all coalitions of these players, for each pair of row and background row."""
    inner = all_coalitions(players.shape[1])[1:-1]
    evaluated = _worth_of(game, rows, others, players, inner)
    return np.concatenate([starts[:, None], evaluated, ends[:, None]], axis=1)


def _worth_of(game, rows, others, players, inner):
    """Values of coalitions of these players, of shape (n_pairs, n_coalitions, n_outputs)."""
    present = np.zeros((len(players), len(inner), game.masked_rows.n_players), dtype=bool)
    np.put_along_axis(present, players[:, None, :], inner[None], axis=2)
    evaluated = game.values(
        np.repeat(rows, len(inner)),
        np.repeat(others, len(inner)),
        present.reshape(-1, present.shape[2]),
    )
    return evaluated.reshape(len(players), len(inner), evaluated.shape[1])


def regress_rows(game, background_outputs, predictions, weights, seed, n_pairs):
    """Values, with standard errors, by a regression against each background row.

    Against one background row, only players that differ from it play. Players are relabelled at
    random for each background row, so that one design serves all of them, and all rows, without
    bias.

    Parameters
    ----------
    game, background_outputs, predictions, weights
        As for `enumerate_rows`.
    seed : int
    n_pairs : int
        Pairs of coalitions for each row and background row, unless there are fewer.

    Returns
    -------
    values, std_errors : ndarray of shape (n_rows, n_players, n_outputs)
        Errors are those of the coalitions that were drawn.
    """
    n_players = game.masked_rows.n_players
    values = np.zeros((len(predictions), n_players, predictions.shape[1]))
    variances = np.zeros_like(values)
    orders = draw_orders(seed, len(weights), n_players)
    starts = _starts(background_outputs, len(predictions))

    def n_states(size):
        return min(2**size, 2 * n_pairs)

    for rows, others, differs in _pairs_by_size(game.masked_rows, len(predictions), n_states):
        players = orders[others][np.take_along_axis(differs, orders[others], axis=1)]
        players = players.reshape(len(rows), -1)
        totals, scale = predictions[rows] - starts[rows, others], weights[others, None, None]
        if players.shape[1] == 1:
            np.add.at(values, (rows[:, None], players), totals[:, None] * scale)
            continue
        design, fit = _designed(seed, players.shape[1], n_pairs)
        coalitions = np.concatenate([design.present, ~design.present])
        worth = _worth_of(game, rows, others, players, coalitions)
        differences = worth[:, : len(design.present)] - worth[:, len(design.present) :]
        found, errors = fit.solve(differences, totals)
        np.add.at(values, (rows[:, None], players), found * scale)
        np.add.at(variances, (rows[:, None], players), (errors * scale) ** 2)
    return values, np.sqrt(variances)


def _designed(seed, n_players, n_pairs):
    is_small = n_players * n_pairs <= _CELLS_TO_KEEP
    return (_small_design if is_small else _large_design)(seed, n_players, n_pairs)


def _new_design(seed, n_players, n_pairs):
    design = draw_pairs((seed, n_players), n_players, n_pairs)
    return design, regression(design)


# A table of few distinct values needs one for each number of players.
_small_design = lru_cache(maxsize=64)(_new_design)
_large_design = lru_cache(maxsize=1)(_new_design)


def walk_rows(game, background_outputs, predictions, weights, seeds, tol=None):
    """Estimated values, with standard errors, by pairs of walks from every background row.

    Parameters
    ----------
    game, background_outputs, predictions, weights
        As for `enumerate_rows`.
    seeds : sequence of int
        One for each repetition; a repetition walks once forth and back from each background
        row. All rows share the orders.
    tol : float, default=None
        A row is done when all its standard errors are at most this.

    Returns
    -------
    values : ndarray of shape (n_rows, n_players, n_outputs)
    std_errors : ndarray of that shape, or None with a single repetition
    """
    shape = (len(predictions), game.masked_rows.n_players, predictions.shape[1])
    values, errors = np.zeros(shape), np.zeros(shape)
    starts = _starts(background_outputs, len(predictions))
    for block in _row_blocks(len(predictions), len(weights) * shape[1] * shape[2]):
        spread = _Spread(len(block), weights, shape[1:])
        differs = game.masked_rows.differs(block)
        active = np.arange(len(block))
        for seed in seeds:
            orders = draw_orders(seed, len(weights), shape[1])
            for pairs, gains in _walk_there_and_back(
                game, block[active], differs[active], orders, starts, predictions
            ):
                spread.add(active[pairs // len(weights)], pairs % len(weights), gains)
            spread.end_repetition(active)
            enough = spread.n_repeats * len(weights) >= _MIN_PAIRS_TO_STOP
            if tol is not None and spread.n_repeats > 1 and enough:
                active = active[spread.std_errors(active).max(axis=(1, 2)) > tol]
                if len(active) == 0:
                    break
        values[block] = spread.values()
        if len(seeds) > 1:
            errors[block] = spread.std_errors(np.arange(len(block)))
    return values, (errors if len(seeds) > 1 else None)


def _starts(background_outputs, n_rows):
    """Values with nobody present, with an axis for rows, of shape (n_rows, n_background, …)."""
    return np.broadcast_to(background_outputs, (n_rows, *background_outputs.shape[-2:]))


def _walk_there_and_back(game, rows, differs, orders, starts, predictions):
    """Mean gains on the walks along each order and its reverse.

    Yields (pairs, gains): positions in the flattened (row, background row) table, and an array
    of shape (n_pairs, n_players, n_outputs).
    """
    n_background, n_players = orders.shape
    differs = differs.reshape(-1, n_players)
    step = max(1, states_per_batch(n_players) // (2 * n_players))
    for start in range(0, len(differs), step):
        pairs = np.arange(start, min(start + step, len(differs)))
        own, others = rows[pairs // n_background], pairs % n_background
        forth = orders[others]
        walks = plan_walks(np.concatenate([forth, forth[:, ::-1]]), np.tile(differs[pairs], (2, 1)))
        own, others = np.tile(own, 2), np.tile(others, 2)
        inner = _worth_of_states(game, walks, own, others)
        gains = gains_of_walks(walks, starts[own, others], inner, predictions[own], n_players)
        yield pairs, (gains[: len(pairs)] + gains[len(pairs) :]) / 2


def _worth_of_states(game, walks, rows, others):
    """Values of all states of walks that lead to these rows from these background rows."""
    worth = np.empty((len(walks.state_walk), game.predictor.n_outputs))
    step = states_per_batch(game.masked_rows.cells_per_input)
    for start in range(0, len(worth), step):
        part = slice(start, start + step)
        walk = walks.state_walk[part]
        worth[part] = game.values(rows[walk], others[walk], walks.present(part))
    return worth


class _Spread:
    """Running means for each row and background row, and the spread within background rows."""

    def __init__(self, n_rows, weights, shape):
        self.weights = weights
        self.means = np.zeros((n_rows, len(weights), *shape))
        self.squares = np.zeros((n_rows, *shape))
        self.n_repeats = 0
        self.repeats_of = np.zeros(n_rows, dtype=int)

    def add(self, rows, others, gains):
        """One more repetition of these pairs (Welford's update)."""
        deviations = gains - self.means[rows, others]
        self.means[rows, others] += deviations / (self.n_repeats + 1)
        remaining = gains - self.means[rows, others]
        scale = self.weights[others, None, None] ** 2
        np.add.at(self.squares, rows, scale * deviations * remaining)

    def end_repetition(self, rows):
        self.n_repeats += 1
        self.repeats_of[rows] = self.n_repeats

    def values(self):
        # One row at a time: a row's rounding must not depend on the others.
        return np.stack([np.einsum("z,zpo->po", self.weights, means) for means in self.means])

    def std_errors(self, rows):
        n = self.repeats_of[rows, None, None]
        return np.sqrt(self.squares[rows] / (n * (n - 1)))


def _row_blocks(n_rows, cells_per_row):
    """Positions of rows, in blocks whose tables stay small."""
    for rows in blocks(n_rows, cells_per_row, _MAX_CELLS):
        yield np.arange(rows.start, rows.stop)
