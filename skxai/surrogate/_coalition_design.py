"""Coalitions of players that keep the row's values, as LIME draws them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from skxai.surrogate._kernels import shapley_kernel
from skxai.utils._designs import antithetic_uniforms, uniforms

# With fewer Sobol points, some of their coordinates lie in the same halves throughout: such
# players would always be present together, and could not be told apart.
_POINTS_PER_PLAYER = 4


@dataclass(frozen=True)
class CoalitionDesign:
    """Coalitions and the background rows that fill them up, the same for all rows.

    Attributes
    ----------
    present : ndarray of bool, shape (n_samples, n_players)
        Against several background rows, or by the Shapley kernel, sample i + n_samples / 2 is the
        complement of sample i, with the same background row.
    others : ndarray of int, shape (n_samples,)
    weights : ndarray of shape (n_samples,)
        What they count besides the kernel of distances.
    """

    present: np.ndarray
    others: np.ndarray
    weights: np.ndarray

    def __len__(self):
        return len(self.others)


@lru_cache(maxsize=64)  # texts of equal length share them
def draw_coalitions(n_samples, n_players, n_background, by_shapley, seed):
    """Coalitions as by tossing coins, or by the Shapley kernel.

    All coalitions with all background rows are used if they are no more than the samples.
    Otherwise they are evenly spread, in complementary pairs, unless the background is one row:
    then so many evenly spread coalitions are better than half as many and their complements.

    Parameters
    ----------
    n_samples : int
        Even.
    n_players, n_background : int
    by_shapley : bool
        Draw coalitions by the Shapley kernel, without the empty and the full one.
    seed : int

    Returns
    -------
    CoalitionDesign
    """
    # One player alone earns all there is; its coalitions are only the empty and the full one.
    by_shapley = by_shapley and n_players > 1
    if n_players <= 20 and 2**n_players * n_background <= n_samples:
        return _all(n_players, n_background, by_shapley)
    rng = np.random.default_rng(seed)
    if by_shapley:
        half = _by_size(n_samples // 2, n_players, seed)
    elif _POINTS_PER_PLAYER * n_players > (n_samples if n_background == 1 else n_samples // 2):
        half = rng.random((n_samples // 2, n_players)) < 0.5
    elif n_background == 1:
        present = uniforms(n_samples, n_players, seed) < 0.5
        return CoalitionDesign(present, np.zeros(n_samples, dtype=int), np.ones(n_samples))
    else:
        half = antithetic_uniforms(n_samples, n_players, seed)[: n_samples // 2] < 0.5
    turns = -(-len(half) // n_background)
    others = np.concatenate([rng.permutation(n_background) for _ in range(turns)])[: len(half)]
    return _paired(half, others, np.ones(len(half)))


def _all(n_players, n_background, by_shapley):
    codes = np.arange(int(by_shapley), 2 ** (n_players - 1))
    half = (codes[:, None] >> np.arange(n_players) & 1).astype(bool)
    weights = np.ones(len(half))
    if by_shapley:
        weights = shapley_kernel(n_players)[half.sum(axis=1)]
    return _paired(
        np.repeat(half, n_background, axis=0),
        np.tile(np.arange(n_background), len(half)),
        np.repeat(weights, n_background),
    )


def _by_size(n_pairs, n_players, seed):
    """Coalitions whose sizes follow the Shapley kernel."""
    sizes = np.arange(1, n_players)
    mass = np.cumsum(1 / (sizes * (n_players - sizes)))
    points = antithetic_uniforms(2 * n_pairs, n_players + 1, seed)[:n_pairs]
    chosen = sizes[np.searchsorted(mass / mass[-1], points[:, 0]).clip(max=n_players - 2)]
    ranks = points[:, 1:].argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    return ranks < chosen[:, None]


def _paired(half, others, weights):
    return CoalitionDesign(np.concatenate([half, ~half]), np.tile(others, 2), np.tile(weights, 2))
