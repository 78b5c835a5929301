"""Neighbours that have some players' values from the row, and the others' from a background row."""

import numpy as np

from skxai._coalitions import CoalitionGame
from skxai.maskers import MaskedRows
from skxai.surrogate._coalition_design import draw_coalitions


class CoalitionNeighbourhood:
    """Each player is as in the row, or absent, as by tossing a coin.

    The coordinate of a player is 1 where it is as in the row, else 0. All coalitions with all
    background rows are used if they are no more than the samples.

    Parameters
    ----------
    masker : RowMasker
        Fitted.
    n_players : int
        Of the rows that are explained.
    by_shapley : bool, default=False
        Draw coalitions by the Shapley kernel, without the empty and the full one.
    """

    at_row = 1.0
    by_row = True  # each row has neighbours of its own

    def __init__(self, masker, n_players, by_shapley=False):
        self.masker = masker
        self.n_players = n_players
        self.n_background = masker.n_background_
        self.by_shapley = by_shapley

    def draw(self, n_samples, seed):
        """The design of all rows with as many players, a `CoalitionDesign`."""
        return draw_coalitions(
            n_samples, self.n_players, self.n_background, self.by_shapley, int(seed)
        )

    def bind(self, X):
        """Rows, prepared for masking."""
        return self.masker.bind(X)

    def evaluate(self, predictor, X, design):
        """Coordinates and outputs of the neighbours of some rows; see `GaussianNeighbourhood`."""
        masked, n_samples = self.bind(X), len(design)
        outputs = CoalitionGame(predictor, masked).values(
            np.repeat(np.arange(masked.n_rows), n_samples),
            np.tile(design.others, masked.n_rows),
            np.tile(design.present, (masked.n_rows, 1)),
        )
        coordinates = [design.present.astype(float)] * masked.n_rows
        return coordinates, outputs.reshape(masked.n_rows, n_samples, predictor.n_outputs)


class BackgroundNeighbourhood(CoalitionNeighbourhood):
    """Each player keeps the row's value or has that of a background row, as by tossing a coin.

    One background row fills up all that is absent from a sample.

    Parameters
    ----------
    players : Players
    background : table of shape (n_background, n_columns)
    by_shapley : bool, default=False
        Draw coalitions by the Shapley kernel, without the empty and the full one.
    """

    def __init__(self, players, background, by_shapley=False):
        self.players = players
        self.background = background
        self.n_players = len(players)
        self.n_background = background.shape[0]
        self.by_shapley = by_shapley

    def bind(self, X):
        """Rows, prepared for masking."""
        return MaskedRows(X, self.background, self.players.columns)
