"""Which models have their Shapley values in closed form, and those values."""

from functools import partial

import numpy as np
import scipy.sparse as sp
from sklearn.utils import gen_batches

from skxai.predictors._additive import additive_form_of
from skxai.predictors._columnwise import owners_of, split_pipeline
from skxai.predictors._forms import densify, output_weights
from skxai.predictors._kernels import kernel_form_of
from skxai.predictors._linear import linear_form_of
from skxai.shapley._additive import additive_values, linear_values
from skxai.shapley._kernel_machines import KernelGame
from skxai.utils._tables import take_rows

# A form must reproduce what the model says of these many background rows before it is used.
_N_CHECKED = 50
_MAX_DEVIATION = 1e-6  # of the largest output: a model may compute in single precision
_ROWS_AT_ONCE = 256


class ClosedForm:
    """A model whose Shapley values are known exactly; made by `find_closed_form`.

    Parameters
    ----------
    algorithm : {"linear", "additive", "kernel machine"}
    split : SplitModel
        The model's preprocessing, if it has any.
    values_of : callable
        Encoded rows to an array of shape (n_rows, n_players, n_outputs).
    """

    def __init__(self, algorithm, split, values_of):
        self.algorithm = algorithm
        self.split = split
        self._values_of = values_of

    def values(self, X):
        """Shapley values of some rows.

        Parameters
        ----------
        X : table of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_players, n_outputs)
        """
        return self._values_of(_as_matrix(self.split.encode(X)))


def find_closed_form(predictor, background, weights, player_columns):
    """A model's Shapley values in closed form, if it has one.

    Parameters
    ----------
    predictor : Predictor
    background : table of shape (n_background, n_columns)
    weights : ndarray of shape (n_background,)
        They sum to one.
    player_columns : list of ndarray of int
        The columns of each player.

    Returns
    -------
    ClosedForm or None
        None if the response is not known to be linear, additive or a kernel machine in encoded
        columns of which each belongs to one player.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from skxai.predictors import as_predictor
    >>> X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> model = LinearRegression().fit(X, [0.0, 2.0, 3.0])
    >>> form = find_closed_form(as_predictor(model, X), X[:1], np.ones(1), [[0], [1]])
    >>> form.algorithm
    'linear'
    >>> form.values(np.ones((1, 2)))[0, :, 0].round(12)
    array([2., 3.])
    """
    mixture = output_weights(predictor)
    if mixture is None:
        return None
    split = split_pipeline(predictor.model, background)
    owners = owners_of(split.sources, player_columns)
    if owners is None:
        return None
    encoded = _as_matrix(split.encode(background))
    expected = predictor(take_rows(background, slice(0, _N_CHECKED)))
    for algorithm, read, prepare in [
        ("linear", linear_form_of, _linear),
        ("additive", additive_form_of, _additive),
        ("kernel machine", kernel_form_of, _kernel_machine),
    ]:
        form = read(split.estimator, predictor.response_method)
        if form is not None and _reproduces(form, encoded[:_N_CHECKED], mixture, expected):
            players = (owners, len(player_columns))
            return ClosedForm(algorithm, split, prepare(form, mixture, encoded, weights, *players))
    return None


def _as_matrix(X):
    return X.tocsr() if sp.issparse(X) else densify(X)


def _reproduces(form, X, mixture, expected):
    outputs = form.outputs(densify(X)) @ mixture.T
    return np.abs(outputs - expected).max() <= _MAX_DEVIATION * np.abs(expected).max() + 1e-12


def _linear(form, mixture, background, weights, owners, n_players):
    coef, centre = mixture @ form.coef, background.T @ weights
    return partial(linear_values, coef=coef, centre=centre, owners=owners, n_players=n_players)


def _additive(form, mixture, background, weights, owners, n_players):
    terms = partial(_mixed_terms, terms=form.terms, mixture=mixture)
    blocks = gen_batches(len(weights), _ROWS_AT_ONCE)
    centre = sum(np.tensordot(weights[rows], terms(background[rows]), axes=1) for rows in blocks)
    return partial(_additive_values, terms=terms, centre=centre, owners=owners, n_players=n_players)


def _mixed_terms(X, terms, mixture):
    return terms(X) @ mixture.T


def _additive_values(X, terms, **others):
    return additive_values(terms(X), **others)


def _kernel_machine(form, mixture, background, weights, owners, n_players):
    form = form._replace(coef=mixture @ form.coef)
    return KernelGame(form, densify(background), weights, owners, n_players).values
