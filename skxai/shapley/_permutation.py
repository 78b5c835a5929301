"""Shapley values by walks: players join one by one, in a random order.

A walk leads from one background row to the explained row. Its values telescope, so the gains of
all players on one walk sum to the difference of the two predictions exactly. A player whose
values are the same in both rows gains nothing and costs no evaluation.
"""

from dataclasses import dataclass

import numpy as np

from skxai.utils._blocks import blocks


def draw_orders(seed, n_orders, n_players):
    """Independent uniform orders of the players, one for each row of the result."""
    rng = np.random.default_rng(seed)
    dtype = np.int16 if n_players < 2**15 else np.int32  # gathering them takes time
    orders = np.tile(np.arange(n_players, dtype=dtype), (n_orders, 1))
    return rng.permuted(orders, axis=1, out=orders)


@dataclass(frozen=True)
class Walks:
    """Several walks, and the coalitions at which they must be evaluated.

    Made by `plan_walks`. Steps are listed walk by walk, in walking order; only steps at which
    something changes are listed.

    Attributes
    ----------
    walk, player : ndarray of int, shape (n_steps,)
        Which walk each step belongs to and who joins.
    is_first, is_last : ndarray of bool, shape (n_steps,)
        Whether it is the first (last) step of its walk.
    state_walk, state_step : ndarray of int, shape (n_states,)
        Which walk each state belongs to, and after which step it is; there is one after each step
        but the last of its walk.
    joins_at : ndarray of int, shape (n_walks, n_players)
        The step at which each player joins.
    """

    walk: np.ndarray
    player: np.ndarray
    is_first: np.ndarray
    is_last: np.ndarray
    state_walk: np.ndarray
    state_step: np.ndarray
    joins_at: np.ndarray

    def present(self, states=slice(None)):
        """Who is present in these states; all at once they may take much memory.

        Returns
        -------
        ndarray of bool, shape (n_states, n_players)
        """
        return _joined(self.joins_at, self.state_walk[states], self.state_step[states])


def plan_walks(orders, differs):
    """Plan walks along these orders.

    Parameters
    ----------
    orders : ndarray of int, shape (n_walks, n_players)
        Who joins first, second, …
    differs : ndarray of bool, shape (n_walks, n_players)
        Whether a player's values differ between the two ends of a walk.

    Returns
    -------
    Walks

    Examples
    --------
    Three players of whom the second makes no difference: one state lies between the ends.

    >>> import numpy as np
    >>> walks = plan_walks(np.array([[2, 1, 0]]), np.array([[True, False, True]]))
    >>> walks.player, walks.present().astype(int)
    (array([2, 0]), array([[0, 0, 1]]))
    """
    walk, step = np.nonzero(np.take_along_axis(differs, orders, axis=1))
    changes = walk[1:] != walk[:-1]
    is_first, is_last = np.ones((2, len(walk)), dtype=bool)
    is_first[1:] = changes
    is_last[:-1] = changes
    joins_at = np.empty_like(orders)
    np.put_along_axis(
        joins_at, orders, np.arange(orders.shape[1], dtype=orders.dtype)[None], axis=1
    )
    inner = ~is_last
    return Walks(walk, orders[walk, step], is_first, is_last, walk[inner], step[inner], joins_at)


def _joined(joins_at, walk, step):
    """Who has joined these walks by these steps; in blocks that stay in the processor's cache."""
    present = np.empty((len(walk), joins_at.shape[1]), dtype=bool)
    for part in blocks(len(walk), joins_at.shape[1]):
        np.less_equal(
            joins_at.take(walk[part], axis=0),
            step[part, None].astype(joins_at.dtype),
            out=present[part],
        )
    return present


def gains_of_walks(walks, starts, inner, ends, n_players):
    """What each player gains on each walk.

    Parameters
    ----------
    walks : Walks
    starts, ends : ndarray of shape (n_walks, n_outputs)
        Values at the two ends of each walk: nobody present, all present.
    inner : ndarray of shape (n_states, n_outputs)
        Values of the states in ``walks.present()``.
    n_players : int

    Returns
    -------
    ndarray of shape (n_walks, n_players, n_outputs)
        For each walk they sum to ``ends - starts``.
    """
    after = np.empty((len(walks.walk), starts.shape[1]))
    after[~walks.is_last] = inner
    after[walks.is_last] = ends[walks.walk[walks.is_last]]
    before = np.empty_like(after)
    before[walks.is_first] = starts[walks.walk[walks.is_first]]
    before[~walks.is_first] = after[:-1][~walks.is_first[1:]]
    gains = np.zeros((len(starts), n_players, starts.shape[1]))
    gains[walks.walk, walks.player] = after - before
    return gains
