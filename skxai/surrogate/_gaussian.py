"""Neighbours close to a row: numbers are shifted a little, all else is seldom redrawn."""

import numpy as np
from scipy.special import ndtri

from skxai.maskers import MaskedRows
from skxai.surrogate._designs import antithetic_uniforms
from skxai.surrogate._players import numbers_of
from skxai.surrogate._tables import FROM_ROW, NeighbourTables

# In steps: narrower, whole numbers would hardly ever move.
_LEAST_STEP = 0.6
# More seldom, too few neighbours would tell what a category does.
_LEAST_SWITCH = 0.05


def switch_probability(width):
    """How often a player that is no number is redrawn: it varies about as much as numbers do."""
    return max(_LEAST_SWITCH, width**2 / (1 + width**2))


def shift_sizes(players, width):
    """Standard deviation of the shift of each number, in its own units."""
    sizes = width * players.scale
    return np.where(players.is_integer, np.maximum(sizes, _LEAST_STEP), sizes)


class GaussianNeighbourhood:
    """Numbers move by a normal shift of `width` background standard deviations.

    Numbers stay in the range of the background (or of the row, if it lies outside); whole numbers
    stay whole. All other players (categories, groups, missing values, numbers with one or two
    values) are redrawn, each with a small probability, from the background rows where they differ.
    The coordinate of a number is its shift in standard deviations of the background; that of
    another player is -1 where it differs from the row, else 0.

    Parameters
    ----------
    players : Players
    background : table of shape (n_background, n_columns)
    width : float
    """

    at_row = 0.0
    by_row = True  # each row has neighbours of its own

    def __init__(self, players, background, width):
        self.players = players
        self.background = background
        self.width = width

    def draw(self, n_samples, seed):
        """The design of all rows: uniform numbers, in antithetic pairs."""
        return antithetic_uniforms(n_samples, len(self.players), seed)

    def shifted(self, X):
        """Which players of these rows are shifted: numbers that are not missing."""
        shifted = np.zeros((X.shape[0], len(self.players)), dtype=bool)
        own = numbers_of(X, self.players.number_columns)
        shifted[:, self.players.numbers] = np.isfinite(own)
        return shifted

    def evaluate(self, predictor, X, design):
        """Coordinates and outputs of the neighbours of some rows.

        Parameters
        ----------
        predictor : Predictor
        X : table of shape (n_rows, n_columns)
        design : ndarray of shape (n_samples, n_players)
            From `draw`.

        Returns
        -------
        coordinates : ndarray of shape (n_rows, n_samples, n_players)
        outputs : ndarray of shape (n_rows, n_samples, n_outputs)
        """
        n_rows, n_samples = X.shape[0], len(design)
        coordinates, numbers = self._shift(X, design)
        origins = self._switch(X, design, coordinates)
        if origins is not None:
            origins = origins.reshape(n_rows * n_samples, -1)[:, self.players.player_of]
        neighbours = NeighbourTables(X, self.background).compose(
            np.repeat(np.arange(n_rows), n_samples),
            origins,
            self.players.number_columns,
            numbers.reshape(n_rows * n_samples, len(self.players.numbers)),
        )
        outputs = predictor(neighbours).reshape(n_rows, n_samples, predictor.n_outputs)
        return coordinates, outputs

    def _shift(self, X, design):
        """Coordinates as far as numbers are shifted, and the shifted numbers."""
        players = self.players
        chosen = players.numbers
        own = numbers_of(X, players.number_columns)
        own[~np.isfinite(own)] = np.nan
        shift = shift_sizes(players, self.width)[chosen] * ndtri(design[:, chosen])
        whole = players.is_integer[chosen]
        shift[:, whole] = np.rint(shift[:, whole])
        numbers = own[:, None, :] + shift
        low, high = np.minimum(own, players.low[chosen]), np.maximum(own, players.high[chosen])
        np.clip(numbers, low[:, None, :], high[:, None, :], out=numbers)
        moves = (numbers - own[:, None, :]) / players.scale[chosen]
        if np.isnan(own).any():
            moves[np.isnan(moves)] = 0.0
        if len(chosen) == len(players):
            return moves, numbers
        coordinates = np.zeros((len(own), *design.shape))
        coordinates[:, :, chosen] = moves
        return coordinates, numbers

    def _switch(self, X, design, coordinates):
        """Write the coordinates of redrawn players; return the background rows they come from.

        None if nothing can be redrawn.
        """
        switched = ~self.shifted(X)
        if not switched.any():
            return None
        probability = switch_probability(self.width)
        origins = np.full(coordinates.shape, FROM_ROW)
        masked = MaskedRows(X, self.background, self.players.columns)
        for row in range(X.shape[0]):
            differs = masked.differs(np.array([row]))[0]
            for player in np.flatnonzero(switched[row] & differs.any(axis=0)):
                others = np.flatnonzero(differs[:, player])
                samples = np.flatnonzero(design[:, player] < probability)
                # Given that it is below the probability, the number is uniform again.
                share = design[samples, player] / probability
                place = np.minimum((share * len(others)).astype(int), len(others) - 1)
                origins[row, samples, player] = others[place]
                coordinates[row, samples, player] = -1.0
        return origins
