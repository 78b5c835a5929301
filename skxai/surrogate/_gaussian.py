"""Neighbours close to a row: numbers are shifted a little, all else is seldom redrawn."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from skxai.maskers import MaskedRows
from skxai.surrogate._players import numbers_of
from skxai.surrogate._tables import FROM_ROW, NeighbourTables
from skxai.utils._designs import antithetic_uniforms

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


@dataclass(frozen=True)
class GaussianDesign:
    """Random numbers of all rows.

    Attributes
    ----------
    uniforms : ndarray of shape (n_samples, n_players)
        In antithetic pairs.
    shifts : ndarray of shape (n_samples, n_numbers)
        Of numbers, in their own units.
    coordinates : ndarray of shape (n_samples, n_players)
        Of a row that has no number at an edge, and of which nothing is redrawn.
    """

    uniforms: np.ndarray
    shifts: np.ndarray
    coordinates: np.ndarray

    def __len__(self):
        return len(self.uniforms)


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
        """The random numbers of all rows, a `GaussianDesign`."""
        players, chosen = self.players, self.players.numbers
        uniforms = antithetic_uniforms(n_samples, len(players), seed)
        shifts = shift_sizes(players, self.width)[chosen] * ndtri(uniforms[:, chosen])
        whole = players.is_integer[chosen]
        shifts[:, whole] = np.rint(shifts[:, whole])
        coordinates = np.zeros(uniforms.shape)
        coordinates[:, chosen] = shifts / players.scale[chosen]
        return GaussianDesign(uniforms, shifts, coordinates)

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
        design : GaussianDesign

        Returns
        -------
        coordinates : list of ndarray of shape (n_samples, n_players)
            For each row; rows with the same coordinates share one array.
        outputs : ndarray of shape (n_rows, n_samples, n_outputs)
        """
        n_rows, n_samples = X.shape[0], len(design)
        own = numbers_of(X, self.players.number_columns)
        own[~np.isfinite(own)] = np.nan
        numbers, at_edge = self._shift(own, design)
        switched, origins = self._switch(X, design)
        if origins is not None:
            origins = origins.reshape(n_rows * n_samples, -1)[:, self.players.player_of]
        neighbours = NeighbourTables(X, self.background).compose(
            np.repeat(np.arange(n_rows), n_samples),
            origins,
            self.players.number_columns,
            numbers.reshape(n_rows * n_samples, numbers.shape[2]),
        )
        coordinates = self._coordinates(design, own, numbers, at_edge, switched)
        outputs = predictor(neighbours).reshape(n_rows, n_samples, predictor.n_outputs)
        return coordinates, outputs

    def _shift(self, own, design):
        """Shifted numbers, and which numbers are held back at an edge of their range."""
        chosen = self.players.numbers
        low = np.minimum(own, self.players.low[chosen])
        high = np.maximum(own, self.players.high[chosen])
        numbers = own[:, None, :] + design.shifts
        beyond = (own + design.shifts.min(axis=0) < low) | (own + design.shifts.max(axis=0) > high)
        for row, place in np.argwhere(beyond):
            np.clip(
                numbers[row, :, place],
                low[row, place],
                high[row, place],
                out=numbers[row, :, place],
            )
        return numbers, beyond

    def _switch(self, X, design):
        """Which players of each row are redrawn now and then, and the rows they come from.

        None instead of the latter if nothing can be redrawn.
        """
        switched = ~self.shifted(X)
        if not switched.any():
            return switched, None
        probability = switch_probability(self.width)
        origins = np.full((X.shape[0], *design.uniforms.shape), FROM_ROW)
        masked = MaskedRows(X, self.background, self.players.columns)
        for row in range(X.shape[0]):
            differs = masked.differs(np.array([row]))[0]
            switched[row] &= differs.any(axis=0)
            for player in np.flatnonzero(switched[row]):
                others = np.flatnonzero(differs[:, player])
                samples = np.flatnonzero(design.uniforms[:, player] < probability)
                # Given that it is below the probability, the number is uniform again.
                share = design.uniforms[samples, player] / probability
                place = np.minimum((share * len(others)).astype(int), len(others) - 1)
                origins[row, samples, player] = others[place]
        return switched, origins

    def _coordinates(self, design, own, numbers, at_edge, switched):
        missing = np.isnan(own)
        known, coordinates = {}, []
        for row in range(len(own)):
            kind = (missing[row].tobytes(), switched[row].tobytes())
            if kind not in known:
                known[kind] = self._usual(design, missing[row], switched[row])
            coordinates.append(known[kind])
            if at_edge[row].any():
                held = self.players.numbers[at_edge[row]]
                moves = numbers[row][:, at_edge[row]] - own[row, at_edge[row]]
                coordinates[row] = known[kind].copy()
                coordinates[row][:, held] = moves / self.players.scale[held]
        return coordinates

    def _usual(self, design, missing, switched):
        """Coordinates of rows with these missing numbers and redrawn players."""
        if not (missing.any() or switched.any()):
            return design.coordinates
        usual = design.coordinates.copy()
        usual[:, self.players.numbers[missing]] = 0.0
        redrawn = design.uniforms[:, switched] < switch_probability(self.width)
        usual[:, switched] = np.where(redrawn, -1.0, 0.0)
        return usual
