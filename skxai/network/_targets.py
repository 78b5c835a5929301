"""One target of an influence network: regressors of its folds, and what they use."""

from typing import NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state


class Target(NamedTuple):
    """What is learned about one feature.

    Attributes
    ----------
    explainers : list
        Fitted, one of each fold.
    score : float
        R² of the predictions for rows that were held out.
    means, errors : ndarray of shape (n_features,)
        Of the absolute relevances of these rows; zero for the target itself.
    values : ndarray of shape (n_rows, n_features) or None
        The relevances.
    """

    explainers: list
    score: float
    means: np.ndarray
    errors: np.ndarray
    values: np.ndarray | None


def fit_target(Z, target, estimator, explainer, folds, seed, keep_rows):
    """Predict one column from the others; explain the predictions of each fold's test rows."""
    others = np.delete(np.arange(Z.shape[1]), target)
    seeds = check_random_state(seed).randint(np.iinfo(np.int32).max, size=2 * len(folds)).tolist()
    predictions, values = np.empty(len(Z)), np.zeros(Z.shape)
    explainers = []
    for k, (train, test) in enumerate(folds):
        background = Z[np.ix_(train, others)]
        model = _seeded(estimator, seeds[2 * k]).fit(background, Z[train, target])
        fitted = _seeded(explainer, seeds[2 * k + 1]).fit(model, background)
        rows = Z[np.ix_(test, others)]
        predictions[test] = np.ravel(model.predict(rows))
        values[np.ix_(test, others)] = _relevances(fitted, rows)
        explainers.append(fitted)
    sizes = np.abs(values)
    return Target(
        explainers,
        _r2(Z[:, target], predictions),
        sizes.mean(axis=0),
        sizes.std(axis=0, ddof=1) / np.sqrt(len(Z)),
        values if keep_rows else None,
    )


def attribute_target(Z, target, explainers):
    """Relevances of all columns for one of them, the mean over its explainers."""
    others = np.delete(np.arange(Z.shape[1]), target)
    values = np.zeros(Z.shape)
    values[:, others] = np.mean([_relevances(one, Z[:, others]) for one in explainers], axis=0)
    return values


def _relevances(explainer, rows):
    values = explainer.explain(rows).values
    if np.shape(values) != rows.shape:
        raise ValueError(
            f"explainer returns values of shape {np.shape(values)} for {len(rows)} rows and "
            f"{rows.shape[1]} columns; expected one for each"
        )
    return values


def _seeded(estimator, seed):
    """A clone, with a seed wherever it takes one."""
    estimator = clone(estimator)
    names = [name for name in estimator.get_params() if name.split("__")[-1] == "random_state"]
    return estimator.set_params(**dict.fromkeys(names, seed))


def _r2(y, predictions):
    return 1.0 - np.sum((y - predictions) ** 2) / np.sum((y - y.mean()) ** 2)
