"""Coefficients in closed form: which models have them, and those of additive models."""

from functools import partial

import numpy as np

from skxai.predictors._additive import additive_form_of
from skxai.predictors._columnwise import owners_of, split_pipeline
from skxai.predictors._forms import densify, output_weights
from skxai.predictors._trees import tree_ensemble_of
from skxai.surrogate._background import BackgroundNeighbourhood
from skxai.surrogate._exact_coins import CoinTreeTerms
from skxai.surrogate._exact_trees import TreeTerms
from skxai.surrogate._gaussian import GaussianNeighbourhood
from skxai.surrogate._laws import CoinLaw, GaussianLaw, QuartileLaw, normal_means
from skxai.surrogate._numbers import EncodedNumbers, line_through
from skxai.surrogate._quartiles import QuartileNeighbourhood
from skxai.utils._blocks import blocks
from skxai.utils._tables import take_rows

# A form must reproduce what the model says of these many background rows before it is used.
_N_CHECKED = 50
_MAX_DEVIATION = 1e-6
# More would not stay in the processor's cache.
_CELLS_AT_ONCE = 2**18


class ExactForm:
    """A model whose coefficients are known exactly; made by `find_exact`.

    Parameters
    ----------
    algorithm : {"linear", "tree"}
    split : SplitModel
        The model's preprocessing, if it has any.
    law : callable
        From rows to the law of their neighbours.
    terms : LinearTerms or TreeTerms
    """

    def __init__(self, algorithm, split, law, terms):
        self.algorithm = algorithm
        self._split = split
        self._law = law
        self._terms = terms

    def coefficients(self, X):
        """Coefficients and intercepts of some rows.

        Parameters
        ----------
        X : table of shape (n_rows, n_columns)

        Returns
        -------
        coef : ndarray of shape (n_rows, n_players, n_outputs)
        intercepts : ndarray of shape (n_rows, n_outputs)
        """
        encoded = self._split.encode(X)
        parts = []
        for rows in blocks(max(X.shape[0], 1), self._terms.cells_per_row, _CELLS_AT_ONCE):
            law = self._law(take_rows(X, rows))
            coef, means = self._terms.effects_and_means(law, take_rows(encoded, rows))
            parts.append((coef, means - np.einsum("nj,njo->no", law.means, coef)))
        return tuple(np.concatenate(part) for part in zip(*parts))


def find_exact(predictor, outputs, neighbourhood, kernel, width):
    """The coefficients of a model in closed form, if it has one.

    Parameters
    ----------
    predictor : Predictor
    outputs : ndarray of shape (n_background, n_outputs)
        What the predictor says of the background.
    neighbourhood : GaussianNeighbourhood, BackgroundNeighbourhood or QuartileNeighbourhood
    kernel : str or None
    width : float
        The kernel's.

    Returns
    -------
    ExactForm or None
        None if neighbours and weights are no product law, or if the model is no linear one and no
        sum of trees in encoded columns of which each belongs to one player; numbers that are
        shifted must go there along a straight line.
    """
    law = _law_of(neighbourhood, kernel, width)
    if law is None:
        return None
    players, background = neighbourhood.players, neighbourhood.background
    split = split_pipeline(predictor.model, background)
    owners = owners_of(split.sources, players.columns)
    if owners is None:
        return None
    by_coin = isinstance(neighbourhood, BackgroundNeighbourhood)
    if by_coin:
        given = law(take_rows(background, slice(0, 1))).kept
    else:
        given = EncodedNumbers(neighbourhood, split.encode)
    for algorithm, read, terms in [
        ("linear", additive_form_of, LinearTerms),
        ("tree", tree_ensemble_of, CoinTreeTerms if by_coin else TreeTerms),
    ]:
        form = read(split.estimator, predictor.form)
        if form is None:
            continue
        encoded = split.encode(background)
        known = form.outputs(_rows_for(form, take_rows(encoded, slice(0, _N_CHECKED))))
        mixture = output_weights(predictor, known.shape[1])
        if mixture is None or not _agree(known @ mixture.T, outputs[:_N_CHECKED]):
            continue
        made = terms.of(form, mixture, encoded, owners, neighbourhood, given)
        if made is not None:
            return ExactForm(algorithm, split, law, made)
    return None


def _rows_for(form, X):
    return densify(X) if hasattr(form, "terms") else X


def _agree(outputs, expected):
    return np.abs(outputs - expected).max() <= _MAX_DEVIATION * np.abs(expected).max() + 1e-12


def _law_of(neighbourhood, kernel, width):
    if isinstance(neighbourhood, GaussianNeighbourhood) and kernel is None:
        return partial(GaussianLaw, neighbourhood)
    if isinstance(neighbourhood, GaussianNeighbourhood) or kernel not in (None, "gaussian"):
        return None
    exponent = 0 if kernel is None else 1 / (2 * width**2 * len(neighbourhood.players))
    law = QuartileLaw if isinstance(neighbourhood, QuartileNeighbourhood) else CoinLaw
    return partial(law, neighbourhood, factor=np.exp(-exponent))


class LinearTerms:
    """A sum of terms of single players, straight lines where numbers are shifted.

    Parameters
    ----------
    terms_of : callable
        From encoded rows to an array of shape (n_rows, n_players, n_outputs).
    intercept : ndarray of shape (n_outputs,)
    neighbourhood : GaussianNeighbourhood, BackgroundNeighbourhood or QuartileNeighbourhood
    background_terms : ndarray of shape (n_background, n_players, n_outputs)
    slopes, offsets : ndarray of shape (n_players, n_outputs)
        Of the lines, per unit of the number.
    """

    def __init__(self, terms_of, intercept, neighbourhood, background_terms, slopes, offsets):
        self._terms_of = terms_of
        self._intercept = intercept
        self._players = neighbourhood.players
        self._slopes = slopes
        self._totals = background_terms.sum(axis=0)
        self._tables = []
        if isinstance(neighbourhood, QuartileNeighbourhood):
            self._tables = [
                _means_in_bins(own, background_terms[:, j], slopes[j], offsets[j])
                for j, own in enumerate(neighbourhood.bins)
            ]

    @classmethod
    def of(cls, form, mixture, encoded, owners, neighbourhood, given):
        """Terms of an AdditiveForm; None if the term of a shifted number is no straight line.

        `given` are the EncodedNumbers, where the neighbourhood has any numbers that no row has.
        """
        players = neighbourhood.players
        terms_of = partial(
            _player_terms, form=form, mixture=mixture, owners=owners, n_players=len(players)
        )
        terms = terms_of(encoded)
        slopes, offsets = np.zeros((2, len(players), terms.shape[2]))
        if isinstance(given, EncodedNumbers):
            between = terms_of(given.encoded)
            for player in players.numbers:
                own, term = given.beside(player, terms[:, player], between[:, player])
                line = line_through(own, term, 1e-9)
                if line is None:
                    return None
                slopes[player], offsets[player] = line
        return cls(terms_of, mixture @ form.intercept, neighbourhood, terms, slopes, offsets)

    @property
    def cells_per_row(self):
        """Size of the tables for one row."""
        return self._slopes.size

    def effects_and_means(self, law, encoded):
        """Coefficients and mean outputs of some rows under the law of their neighbours.

        Parameters
        ----------
        law : GaussianLaw, CoinLaw or QuartileLaw
        encoded : table of shape (n_rows, n_encoded)
            The rows, as the estimator sees them.

        Returns
        -------
        coef : ndarray of shape (n_rows, n_players, n_outputs)
        means : ndarray of shape (n_rows, n_outputs)
        """
        own = self._terms_of(encoded)
        coef, means = np.empty(own.shape), np.empty(own.shape)
        for j in range(own.shape[1]):
            if self._tables:
                means[:, j], coef[:, j] = law.of_binned(j, self._tables[j])
                continue
            means[:, j], coef[:, j] = law.of_switched(j, own[:, j], self._totals[j])
            if j in law.shifts:
                shifted = law.shifted[:, j, None]
                slope = self._slopes[j] * self._players.scale[j]
                coef[:, j] = np.where(shifted, slope, coef[:, j])
                shifted_mean = own[:, j] + law.means[:, j, None] * slope
                means[:, j] = np.where(shifted, shifted_mean, means[:, j])
        return coef, means.sum(axis=1) + self._intercept


def _player_terms(encoded, form, mixture, owners, n_players):
    terms = form.terms(densify(encoded)) @ mixture.T
    summed = np.zeros((len(terms), n_players, terms.shape[2]))
    for column, player in enumerate(owners):
        summed[:, player] += terms[:, column]
    return summed


def _means_in_bins(own, terms, slope, offset):
    """Mean of a player's term in each of its bins."""
    sums = np.zeros((len(own.shares), terms.shape[1]))
    np.add.at(sums, own.of_background, terms)
    counts = np.bincount(own.of_background, minlength=len(own.shares))
    table = sums / np.maximum(counts, 1)[:, None]
    if own.normals is not None:
        known = ~np.isnan(own.normals[:, 0])
        means = normal_means(own.normals)
        table[known] = (offset + np.outer(means, slope))[known]
    return table
