"""Simple models of a model, fitted to the neighbours of one row."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import clone
from sklearn.tree import DecisionTreeRegressor

from skxai.surrogate._least_squares import Moments, constrained, ridge, sandwich_errors
from skxai.surrogate._rules import rules_of_tree
from skxai.surrogate._selection import SELECTIONS


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
    rules : list of str, or None
        Of a tree, one text for each output.
    """

    coef: np.ndarray
    intercept: np.ndarray
    predict: object
    std_errors: np.ndarray | None = None
    rules: list | None = None


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
        n_outputs = outputs.shape[1]
        if self.selection is None:
            chosen = [None] * n_outputs
            coef = ridge(moments)
        else:
            choose = SELECTIONS[self.selection]
            chosen = [choose(moments, k, self.n_features) for k in range(n_outputs)]
            coef = np.stack(
                [ridge(moments, selected=own)[:, k] for k, own in enumerate(chosen)], axis=1
            )
        intercept = moments.output_means - moments.means @ coef
        errors = np.stack(
            [
                sandwich_errors(
                    coordinates, outputs[:, k], weights, coef[:, k], intercept[k], moments, own
                )
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
        """As `LinearSurrogate.fit`; rules are in coordinates until `told` puts them in words."""
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
            rules=trees,
        )

    @staticmethod
    def told(fit, describe):
        """The rules of each output's tree, in words; `describe` is of `rules_of_tree`."""
        return [rules_of_tree(tree, describe) for tree in fit.rules]


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
