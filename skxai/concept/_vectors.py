"""Directions of a layer that point towards a concept, and whether they are chance."""

import numpy as np
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.utils import check_random_state


def concept_vector(inside, outside):
    """The unit normal of a linear classifier, from the rows outside to those inside.

    Both sides weigh the same, however many rows they have.

    Parameters
    ----------
    inside, outside : ndarray of shape (n_rows, n_units)
        Activations.

    Returns
    -------
    vector : ndarray of shape (n_units,)
        Zero if nothing differs.
    classify : callable
        From activations to whether they are inside.
    """
    units = np.concatenate([inside, outside])
    labels = np.repeat([1, 0], [len(inside), len(outside)])
    mean, scale = units.mean(axis=0), units.std(axis=0)
    scale = np.where(scale > 1e-12 * np.abs(units).max(axis=0, initial=0.0), scale, np.inf)
    model = LogisticRegression(class_weight="balanced", max_iter=1000)
    model.fit((units - mean) / scale, labels)
    vector = model.coef_[0] / scale
    length = np.linalg.norm(vector)

    def classify(rows):
        return model.predict((rows - mean) / scale) == 1

    return vector / (length or 1.0), classify


def sides_of(units, shown, k, relative):
    """The rows of a concept, and those that it is told from."""
    if relative:
        return shown[k], np.concatenate([rows for j, rows in enumerate(shown) if j != k])
    return shown[k], units


def _outside(others, n_inside, rng):
    """Some of the others, in a random order: most of the noise is then that of the concept."""
    return others[rng.permutation(len(others))[: 10 * n_inside]]


def towards(rows, others, rng):
    """The direction from some of the others to all the rows."""
    return concept_vector(rows, _outside(others, len(rows), rng))[0]


def repeat(sides, relative, seed):
    """For each concept, a direction from resampled rows, one to random rows, an accuracy."""
    rng = check_random_state(seed)
    return tuple(zip(*[_once(*side, relative, rng) for side in sides]))


def _once(rows, others, relative, rng):
    """Rows left over by both draws make the accuracy."""
    left = ()
    while not len(left):
        drawn = rng.randint(len(rows), size=len(rows))
        left = np.setdiff1d(np.arange(len(rows)), drawn)
    order = rng.permutation(len(others))
    n_outside = min(10 * len(rows), len(others) // 2)
    vector, classify = concept_vector(rows[drawn], others[order[:n_outside]])
    accuracy = (classify(rows[left]).mean() + 1 - classify(others[order[n_outside:]]).mean()) / 2
    if relative:
        mixed = rng.permutation(np.concatenate([rows, others]))
        return vector, towards(mixed[: len(rows)], mixed[len(rows) :], rng), accuracy
    chosen = rng.permutation(len(others))[: min(len(rows), len(others) // 2)]
    return vector, towards(others[chosen], others, rng), accuracy


def outlier_p_values(value, others):
    """Two-sided p-values that a value is drawn like some others, along their last axis.

    By the t-distribution of a new draw from the same normal distribution. Without any spread of
    the others, a value is one of them for sure, or not at all.
    """
    n = others.shape[-1]
    difference = np.abs(value - others.mean(axis=-1))
    error = others.std(axis=-1, ddof=1) * np.sqrt(1 + 1 / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(difference == 0, 0.0, difference / error)
    return 2 * stats.t.sf(t, n - 1)


def holm(p_values):
    """p-values corrected for their number, by Holm's method."""
    p = np.ravel(p_values)
    order = np.argsort(p, kind="stable")
    corrected = np.empty(len(p))
    corrected[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(corrected, 1.0).reshape(np.shape(p_values))
