"""Neighbours that have some players' values from the row, and the others' from a background row."""

from dataclasses import dataclass

import numpy as np

from skxai.maskers import MaskedRows
from skxai.surrogate._kernels import shapley_kernel
from skxai.utils._designs import antithetic_uniforms


@dataclass(frozen=True)
class CoalitionDesign:
    """Coalitions and the background rows that fill them up, the same for all rows.

    Attributes
    ----------
    present : ndarray of bool, shape (n_samples, n_players)
        Sample i + n_samples / 2 is the complement of sample i, with the same background row.
    others : ndarray of int, shape (n_samples,)
    weights : ndarray of shape (n_samples,)
        What they count besides the kernel of distances.
    """

    present: np.ndarray
    others: np.ndarray
    weights: np.ndarray

    def __len__(self):
        return len(self.others)


class BackgroundNeighbourhood:
    """Each player keeps the row's value or has that of a background row, as by tossing a coin.

    One background row fills up all that is absent from a sample. The coordinate of a player is 1
    where it has the row's value, else 0. All coalitions with all background rows are used
    if they are no more than the samples.

    Parameters
    ----------
    players : Players
    background : table of shape (n_background, n_columns)
    by_shapley : bool, default=False
        Draw coalitions by the Shapley kernel, without the empty and the full one.
    """

    at_row = 1.0
    by_row = True  # each row has neighbours of its own

    def __init__(self, players, background, by_shapley=False):
        self.players = players
        self.background = background
        # One player alone earns all there is; its coalitions are only the empty and the full one.
        self.by_shapley = by_shapley and len(players) > 1

    def draw(self, n_samples, seed):
        """The design of all rows, a `CoalitionDesign`."""
        n_players, n_background = len(self.players), self.background.shape[0]
        if n_players <= 20 and 2**n_players * n_background <= n_samples:
            return self._all(n_players, n_background)
        rng = np.random.default_rng(seed)
        if self.by_shapley:
            half = self._by_size(n_samples // 2, n_players, seed)
        else:
            half = antithetic_uniforms(n_samples, n_players, seed)[: n_samples // 2] < 0.5
        turns = -(-len(half) // n_background)
        others = np.concatenate([rng.permutation(n_background) for _ in range(turns)])[: len(half)]
        return _paired(half, others, np.ones(len(half)))

    def _all(self, n_players, n_background):
        codes = np.arange(int(self.by_shapley), 2 ** (n_players - 1))
        half = (codes[:, None] >> np.arange(n_players) & 1).astype(bool)
        weights = np.ones(len(half))
        if self.by_shapley:
            weights = shapley_kernel(n_players)[half.sum(axis=1)]
        return _paired(
            np.repeat(half, n_background, axis=0),
            np.tile(np.arange(n_background), len(half)),
            np.repeat(weights, n_background),
        )

    def _by_size(self, n_pairs, n_players, seed):
        """Coalitions whose sizes follow the Shapley kernel."""
        sizes = np.arange(1, n_players)
        mass = np.cumsum(1 / (sizes * (n_players - sizes)))
        points = antithetic_uniforms(2 * n_pairs, n_players + 1, seed)[:n_pairs]
        chosen = sizes[np.searchsorted(mass / mass[-1], points[:, 0]).clip(max=n_players - 2)]
        ranks = points[:, 1:].argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
        return ranks < chosen[:, None]

    def evaluate(self, predictor, X, design):
        """Coordinates and outputs of the neighbours of some rows; see `GaussianNeighbourhood`."""
        n_rows, n_samples = X.shape[0], len(design)
        masked = MaskedRows(X, self.background, self.players.columns)
        neighbours = masked.compose(
            np.repeat(np.arange(n_rows), n_samples),
            np.tile(design.others, n_rows),
            np.tile(design.present, (n_rows, 1)),
        )
        outputs = predictor(neighbours).reshape(n_rows, n_samples, predictor.n_outputs)
        return [design.present.astype(float)] * n_rows, outputs


def _paired(half, others, weights):
    return CoalitionDesign(np.concatenate([half, ~half]), np.tile(others, 2), np.tile(weights, 2))
