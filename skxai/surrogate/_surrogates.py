"""Simple models of a model, fitted to the neighbours of one row."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import clone
from sklearn.tree import DecisionTreeRegressor

from skxai.surrogate._least_squares import Moments, constrained, jackknife_errors, ridge
from skxai.surrogate._selection import SELECTIONS

_FEATURES_OF_SPARSE = 10


@dataclass
class LocalFit:
    """A surrogate, fitted to the neighbours of one row.

    Attributes
    ----------
    coef : ndarray of shape (n_players, n_outputs)
        Coefficients, or importances.
    intercept : ndarray of shape (n_outputs,)
    predict : callable
        From coordinates to outputs.
    std_errors : ndarray shaped as `coef`, or None
    trees : list of DecisionTreeRegressor, or None
        The surrogate of each output, where it is a tree.
    """

    coef: np.ndarray
    intercept: np.ndarray
    predict: object
    std_errors: np.ndarray | None = None
    trees: list | None = None


class LinearSurrogate:
    """Weighted ridge regression, on all players or on a few of them.

    Parameters
    ----------
    selection : {"forward", "lars", "highest"} or None
    n_features : int or None
    """

    has_errors = True

    def __init__(self, selection=None, n_features=None):
        self.selection = selection
        self.n_features = n_features

    def fit(self, coordinates, outputs, weights):
        """Fit the neighbours of one row.

        Parameters
        ----------
        coordinates : ndarray of shape (n_samples, n_players)
        outputs : ndarray of shape (n_samples, n_outputs)
        weights : ndarray of shape (n_samples,)
            They sum to one.

        Returns
        -------
        LocalFit
        """
        moments = Moments.of(coordinates, outputs, weights)
        if self.selection is None:
            coef, chosen = ridge(moments), None
        else:
            choose, n_outputs = SELECTIONS[self.selection], outputs.shape[1]
            chosen = [choose(moments, k, self.n_features) for k in range(n_outputs)]
            coef = np.stack(
                [ridge(moments, selected=own)[:, k] for k, own in enumerate(chosen)], axis=1
            )
        intercept = moments.output_means - moments.means @ coef
        residuals = outputs - (coordinates @ coef + intercept)
        if chosen is None:
            errors = jackknife_errors(coordinates, residuals, weights, moments)
        else:
            errors = np.concatenate(
                [
                    jackknife_errors(coordinates, residuals[:, [k]], weights, moments, own)
                    for k, own in enumerate(chosen)
                ],
                axis=1,
            )
        return linear_fit(coef, intercept, errors)


def linear_fit(coef, intercept, errors=None):
    """A LocalFit of known coefficients."""
    return LocalFit(coef, intercept, lambda coordinates: coordinates @ coef + intercept, errors)


def shapley_fit(coordinates, outputs, weights, base, prediction):
    """As `LinearSurrogate.fit`, through the worths of the empty and of the full coalition.

    Parameters
    ----------
    coordinates, outputs, weights
        As there.
    base, prediction : ndarray of shape (n_outputs,)

    Returns
    -------
    LocalFit
    """
    coef, errors = constrained(coordinates, outputs - base, weights, prediction - base)
    return linear_fit(coef, base, errors)


class TreeSurrogate:
    """A small decision tree; its values are the players' importances in it.

    Parameters
    ----------
    max_depth : int
    """

    has_errors = False

    def __init__(self, max_depth=3):
        self.max_depth = max_depth

    def fit(self, coordinates, outputs, weights):
        """As `LinearSurrogate.fit`; with the trees themselves, which split coordinates."""
        # A leaf of less than two in a hundred would tell of single neighbours.
        trees = [
            DecisionTreeRegressor(
                max_depth=self.max_depth, min_weight_fraction_leaf=0.02, random_state=0
            ).fit(coordinates, output, sample_weight=weights * len(weights))
            for output in outputs.T
        ]
        coef = np.stack([tree.feature_importances_ for tree in trees], axis=1)
        return LocalFit(
            coef,
            weights @ outputs,
            lambda points: np.stack([tree.predict(points) for tree in trees], axis=1),
            trees=trees,
        )


class EstimatorSurrogate:
    """Any regressor whose ``fit`` takes ``sample_weight``.

    Its ``coef_`` or ``feature_importances_`` are the values.

    Parameters
    ----------
    estimator : unfitted regressor
    """

    has_errors = False

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, coordinates, outputs, weights):
        """As `LinearSurrogate.fit`; the weights that the estimator gets have a mean of one."""
        scaled = weights * len(weights)
        fitted = [
            clone(self.estimator).fit(coordinates, output, sample_weight=scaled)
            for output in outputs.T
        ]
        coef = np.stack([_values_of(model, coordinates.shape[1]) for model in fitted], axis=1)
        intercept = [np.ravel(getattr(model, "intercept_", np.nan))[0] for model in fitted]
        means = weights @ outputs
        return LocalFit(
            coef,
            np.where(np.isnan(intercept), means, intercept),
            lambda points: np.stack([np.ravel(model.predict(points)) for model in fitted], axis=1),
        )


def make_surrogate(surrogate, n_features):
    """The surrogate that the parameters of `LimeExplainer` ask for."""
    if not isinstance(surrogate, str):
        return EstimatorSurrogate(surrogate)
    if surrogate == "tree":
        return TreeSurrogate()
    if surrogate == "ridge":
        return LinearSurrogate(None if n_features is None else "forward", n_features)
    return LinearSurrogate(surrogate, _FEATURES_OF_SPARSE if n_features is None else n_features)


def _values_of(model, n_players):
    for name in ("coef_", "feature_importances_"):
        values = getattr(model, name, None)
        if values is not None:
            values = np.ravel(values.toarray() if hasattr(values, "toarray") else values)
            if len(values) == n_players:
                return values
    raise ValueError(
        f"surrogate is {model!r}, which has no coef_ or feature_importances_ of {n_players} "
        "entries once fitted; expected an estimator that tells what it made of each feature"
    )
