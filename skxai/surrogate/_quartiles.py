"""lime's neighbours: every player is drawn anew, whatever the row, and compared with it by bins."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from skxai.maskers import MaskedRows
from skxai.surrogate._players import numbers_of
from skxai.surrogate._tables import NeighbourTables
from skxai.utils._designs import uniforms
from skxai.utils._tables import take_rows

UNSEEN = -1


@dataclass(frozen=True)
class PlayerBins:
    """The bins of one player.

    Attributes
    ----------
    cuts : ndarray or None
        Of numbers, the quartiles that differ; bin b holds what is above ``cuts[b - 1]`` and up
        to ``cuts[b]``, and a last one missing values. None: each value is a bin.
    of_background : ndarray of int, shape (n_background,)
    shares : ndarray of shape (n_bins,)
        Share of the background in each bin.
    normals : ndarray of shape (n_bins, 4) or None
        Of numbers that are not whole: mean, standard deviation, lower and upper bound in each
        bin, from which values are drawn as from a normal law that is cut off at the bounds.
        None: values are those of the background.
    """

    cuts: np.ndarray | None
    of_background: np.ndarray
    shares: np.ndarray
    normals: np.ndarray | None

    def of_numbers(self, values):
        """Bins of numbers."""
        bins = np.searchsorted(self.cuts, values)
        bins[np.isnan(values)] = len(self.cuts) + 1
        return bins


@dataclass(frozen=True)
class QuartileDesign:
    """Samples that serve all rows.

    Attributes
    ----------
    bins : ndarray of int, shape (n_samples, n_players)
    outputs : ndarray of shape (n_samples, n_outputs)
    """

    bins: np.ndarray
    outputs: np.ndarray

    def __len__(self):
        return len(self.bins)


class QuartileNeighbourhood:
    """Each player has a bin drawn by its share of the background, and a value in that bin.

    The bins of a number are its quartiles, those of other players their values. Players are drawn
    independently of each other and of the explained row, so that all rows share the samples,
    and the model is called in `draw` only. The coordinate of a player is 1 where it is in the bin
    of the row, else 0.

    Parameters
    ----------
    players : Players
    background : table of shape (n_background, n_columns)
    predictor : Predictor

    References
    ----------
    M. T. Ribeiro, S. Singh and C. Guestrin, "Why should I trust you?: Explaining the predictions
    of any classifier", KDD (2016).
    """

    at_row = 1.0
    by_row = False  # the rows share their neighbours

    def __init__(self, players, background, predictor):
        self.players = players
        self.background = background
        self.predictor = predictor
        self.bins = [self._bins_of(player) for player in range(len(players))]

    def _bins_of(self, player):
        players = self.players
        if not players.is_number[player]:
            return self._values_of(player)
        values = numbers_of(self.background, players.columns[player])[:, 0]
        known = values[np.isfinite(values)]
        cuts = np.unique(np.percentile(known, [25, 50, 75]))
        bins = PlayerBins(cuts, None, None, None).of_numbers(values)
        counts = np.bincount(bins, minlength=len(cuts) + 2)
        normals = None if players.is_integer[player] else _normals_of(values, cuts, bins)
        return PlayerBins(cuts, bins, counts / len(bins), normals)

    def _values_of(self, player):
        """A bin for each value, or each combination of the values of a group."""
        masked = MaskedRows(self.background, self.background, self.players.columns)
        codes = np.full(self.background.shape[0], UNSEEN)
        while (codes == UNSEEN).any():
            first = int(np.flatnonzero(codes == UNSEEN)[0])
            same = ~masked.differs(np.array([first]))[0, :, player]
            same[first] = True
            codes[same & (codes == UNSEEN)] = codes.max() + 1
        return PlayerBins(None, codes, np.bincount(codes) / len(codes), None)

    def bins_of_rows(self, X):
        """The bin of each row and player; -1 for a value that the background does not have."""
        bins = np.full((X.shape[0], len(self.players)), UNSEEN)
        others = np.flatnonzero(~self.players.is_number)
        if len(others) and X.shape[0]:
            masked = MaskedRows(X, self.background, self.players.columns)
            for row in range(X.shape[0]):
                same = ~masked.differs(np.array([row]))[0][:, others]
                first = self._stacked(others)[same.argmax(axis=0), np.arange(len(others))]
                bins[row, others] = np.where(same.any(axis=0), first, UNSEEN)
        numbers = numbers_of(X, self.players.number_columns)
        for place, player in enumerate(self.players.numbers):
            found = self.bins[player].of_numbers(numbers[:, place])
            bins[:, player] = np.where(self.bins[player].shares[found] > 0, found, UNSEEN)
        return bins

    def _stacked(self, players):
        return np.stack([self.bins[player].of_background for player in players], axis=1)

    def draw(self, n_samples, seed):
        """The samples of all rows, evaluated: a `QuartileDesign`."""
        n_players, n_background = len(self.players), self.background.shape[0]
        # Mirror images would not be opposites here: being in a bin or not has none.
        points = uniforms(n_samples, n_players, seed)
        origins = np.empty((n_samples, n_players), dtype=int)
        bins = np.empty((n_samples, n_players), dtype=int)
        numbers = np.full((n_samples, len(self.players.numbers)), np.nan)
        for player, own in enumerate(self.bins):
            order = np.argsort(own.of_background, kind="stable")
            origins[:, player] = order[(points[:, player] * n_background).astype(int)]
            bins[:, player] = own.of_background[origins[:, player]]
            if own.normals is not None:
                place = int(np.flatnonzero(self.players.numbers == player)[0])
                numbers[:, place] = _from_normals(own, bins[:, player], points[:, player])
        tables = NeighbourTables(take_rows(self.background, slice(0, 1)), self.background)
        samples = tables.compose(
            np.zeros(n_samples, dtype=int),
            origins[:, self.players.player_of],
            self.players.number_columns,
            numbers,
        )
        return QuartileDesign(bins, self.predictor(samples))

    def evaluate(self, predictor, X, design):
        """Coordinates and outputs of the neighbours of some rows; see `GaussianNeighbourhood`."""
        own = self.bins_of_rows(X)
        coordinates = [(design.bins == bins).astype(float) for bins in own]
        return coordinates, np.broadcast_to(design.outputs, (len(own), *design.outputs.shape))


def _normals_of(values, cuts, bins):
    """Mean, standard deviation and bounds of the values in each bin; NaN for one without any."""
    n_bins = len(cuts) + 1
    known = np.isfinite(values)
    values, bins = values[known], bins[known]
    counts = np.bincount(bins, minlength=n_bins)
    with np.errstate(invalid="ignore"):
        means = np.bincount(bins, values, minlength=n_bins) / counts
        variances = np.bincount(bins, (values - means[bins]) ** 2, minlength=n_bins) / counts
    edges = np.concatenate([[values.min()], cuts, [values.max()]])
    normals = np.column_stack([means, np.sqrt(variances), edges[:-1], edges[1:]])
    order = np.sort(values)
    last = np.cumsum(counts) - 1
    least, most = order[np.minimum(last + 1 - counts, len(order) - 1)], order[last]
    alike = (counts > 0) & (least == most)
    normals[alike, :2] = np.column_stack([most, np.zeros(n_bins)])[alike]  # without rounding
    normals[counts == 0] = np.nan
    return np.concatenate([normals, np.full((1, 4), np.nan)])  # the bin of missing values


def _from_normals(own, bins, points):
    """Values in bins; what is left of a uniform number after it chose the bin chooses the value."""
    starts = np.cumsum(own.shares) - own.shares
    share = np.clip((points - starts[bins]) / own.shares[bins], 0, 1)
    mean, deviation, low, high = own.normals.T
    with np.errstate(divide="ignore", invalid="ignore"):
        begin, end = ndtr((low - mean) / deviation), ndtr((high - mean) / deviation)
        values = mean[bins] + deviation[bins] * ndtri(begin[bins] + share * (end - begin)[bins])
    values = np.where(deviation[bins] > 0, values, mean[bins])
    return np.where(np.isnan(mean[bins]), np.nan, np.clip(values, low[bins], high[bins]))
