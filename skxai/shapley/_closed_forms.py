"""Which models have their Shapley values in closed form, and those values."""

import warnings
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from sklearn.utils import gen_batches

from skxai.predictors._additive import additive_form_of
from skxai.predictors._columnwise import owners_of, split_pipeline
from skxai.predictors._forms import densify, output_weights
from skxai.predictors._kernels import kernel_form_of
from skxai.predictors._linear import linear_form_of
from skxai.predictors._trees import tree_ensemble_of
from skxai.shapley._additive import additive_values, linear_values, without_interactions
from skxai.shapley._kernel_machines import KernelGame
from skxai.shapley._trees import TreeShapley
from skxai.utils._tables import take_rows

CLOSED_FORMS = ("linear", "tree", "kernel-machine")
# A form must reproduce what the model says of these many background rows before it is used.
_N_CHECKED = 50
_MAX_DEVIATION = 1e-6  # of the largest output: a model may compute in single precision
_ROWS_AT_ONCE = 256
# Larger forests take longer for a row or two, exactly, than walks that are one per cent off.
_MAX_LEAVES = 150_000
_MAX_ENTRIES = 2**23
_MAX_DEEP_LEAVES = 1000
# A kernel machine takes half a minute for so many.
_MANY_STEPS = 10**10


class ClosedForm:
    """A model whose Shapley values are known exactly; made by `find_closed_form`.

    Parameters
    ----------
    algorithm : {"linear", "tree", "kernel-machine"}
    split : SplitModel
        The model's preprocessing, if it has any.
    convert : callable
        From encoded rows to what `game` takes.
    game : LinearGame, AdditiveGame, TreeShapley or KernelGame
        With the methods ``values`` and ``interactions``.
    """

    def __init__(self, algorithm, split, convert, game):
        self.algorithm = algorithm
        self.split = split
        self._convert = convert
        self.game = game

    def values(self, X):
        """Shapley values of some rows.

        Parameters
        ----------
        X : table of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_players, n_outputs)
        """
        return self.game.values(self._convert(self.split.encode(X)))

    def interactions(self, X):
        """Shapley interaction values of some rows, with main effects on the diagonal.

        Parameters
        ----------
        X : table of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_players, n_players, n_outputs)
        """
        return self.game.interactions(self._convert(self.split.encode(X)))


def find_closed_form(predictor, background, outputs, weights, player_columns, quick=False):
    """A model's Shapley values in closed form, if it has one.

    Parameters
    ----------
    predictor : Predictor
    background : table of shape (n_background, n_columns)
    outputs : ndarray of shape (n_background, n_outputs)
        What the predictor says of the background.
    weights : ndarray of shape (n_background,)
        They sum to one.
    player_columns : list of ndarray of int
        The columns of each player.
    quick : bool, default=False
        Leave out forests whose exact values would take many seconds even for one row.

    Returns
    -------
    ClosedForm or None
        None if the response is not known to be additive ("linear"), a sum of trees, or a machine
        with a product kernel, in encoded columns of which each belongs to one player.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from skxai.predictors import as_predictor
    >>> X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> model = LinearRegression().fit(X, [0.0, 2.0, 3.0])
    >>> predictor = as_predictor(model, X)
    >>> form = find_closed_form(predictor, X[:1], predictor(X[:1]), np.ones(1), [[0], [1]])
    >>> form.algorithm
    'linear'
    >>> form.values(np.ones((1, 2)))[0, :, 0].round(12)
    array([2., 3.])
    """
    split = split_pipeline(predictor.model, background)
    owners = owners_of(split.sources, player_columns)
    if owners is None:
        return None
    for algorithm, read, convert, prepare in [
        ("linear", linear_form_of, _as_matrix, _linear),
        ("linear", additive_form_of, _as_matrix, _additive),
        ("tree", tree_ensemble_of, _as_it_is, _tree),
        ("kernel-machine", kernel_form_of, densify, _kernel_machine),
    ]:
        form = read(split.estimator, predictor.form)
        if form is None or (quick and algorithm == "tree" and form.n_leaves > _MAX_LEAVES):
            continue
        rows = convert(split.encode(background))
        known = form.outputs(take_rows(rows, slice(0, _N_CHECKED)))
        mixture = output_weights(predictor, known.shape[1])
        if mixture is not None and _agree(known @ mixture.T, outputs[:_N_CHECKED]):
            game = prepare(form, mixture, rows, weights, owners, len(player_columns))
            if quick and algorithm == "tree" and not _is_quick(game):
                continue
            return ClosedForm(algorithm, split, convert, game)
    return None


def _is_quick(trees):
    return trees.n_entries <= _MAX_ENTRIES and trees.n_deep <= _MAX_DEEP_LEAVES


def _agree(outputs, expected):
    return np.abs(outputs - expected).max() <= _MAX_DEVIATION * np.abs(expected).max() + 1e-12


def _as_matrix(X):
    return X.tocsr() if sp.issparse(X) else densify(X)


def _as_it_is(X):
    return X


def _linear(form, mixture, background, weights, owners, n_players):
    return LinearGame(mixture @ form.coef, background.T @ weights, owners, n_players)


def _additive(form, mixture, background, weights, owners, n_players):
    terms = partial(_mixed_terms, terms=form.terms, mixture=mixture)
    blocks = gen_batches(len(weights), _ROWS_AT_ONCE)
    centre = sum(np.tensordot(weights[rows], terms(background[rows]), axes=1) for rows in blocks)
    return AdditiveGame(terms, centre, owners, n_players)


def _mixed_terms(X, terms, mixture):
    return terms(X) @ mixture.T


def _kernel_machine(form, mixture, background, weights, owners, n_players):
    game = KernelGame(
        form._replace(coef=mixture @ form.coef), background, weights, owners, n_players
    )
    steps = len(form.points) * len(weights) * n_players**2 // 2
    if game.method == "quadrature" and steps > _MANY_STEPS:
        warnings.warn(
            f"each explained row takes {steps:,} steps, {n_players:,}² / 2 for each pair of "
            f"{len(form.points):,} points of the kernel machine and {len(weights):,} rows of "
            "X_background; to use fewer, pass groups or masker=TabularMasker(n_samples=...)",
            stacklevel=6,
        )
    return game


def _tree(form, mixture, background, weights, owners, n_players):
    players = [np.flatnonzero(np.equal(owners, player)) for player in range(n_players)]
    return TreeShapley(form.map_outputs(mixture), background, weights, players)


class LinearGame(NamedTuple):
    """`linear_values`, with all but the rows known."""

    coef: np.ndarray
    centre: np.ndarray
    owners: list
    n_players: int

    def values(self, X):
        return linear_values(X, *self)

    def interactions(self, X):
        return without_interactions(self.values(X))


class AdditiveGame(NamedTuple):
    """`additive_values`, with all but the rows known."""

    terms: Callable
    centre: np.ndarray
    owners: list
    n_players: int

    def values(self, X):
        return additive_values(self.terms(X), self.centre, self.owners, self.n_players)

    def interactions(self, X):
        return without_interactions(self.values(X))
