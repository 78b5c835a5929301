"""Directions of a layer that point towards a concept, and whether their scores are chance."""

import numpy as np
from scipy import stats
from sklearn.linear_model import LogisticRegression


def concept_vector(inside, outside):
    """The unit normal of a linear classifier, from the rows outside to those inside.

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
    model = LogisticRegression(max_iter=1000).fit((units - mean) / scale, labels)
    vector = model.coef_[0] / scale
    length = np.linalg.norm(vector)

    def classify(rows):
        return model.predict((rows - mean) / scale) == 1

    return vector / (length or 1.0), classify


def welch_p_values(scores, others):
    """Two-sided p-values that the means of two samples differ, along the last axis.

    Samples without any spread differ for sure, or not at all.
    """
    difference = scores.mean(axis=-1) - others.mean(axis=-1)
    first = scores.var(axis=-1, ddof=1) / scores.shape[-1]
    second = others.var(axis=-1, ddof=1) / others.shape[-1]
    total = first + second
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(difference) / np.sqrt(total)
        freedom = total**2 / (
            first**2 / (scores.shape[-1] - 1) + second**2 / (others.shape[-1] - 1)
        )
    p = 2 * stats.t.sf(t, freedom)
    return np.where(total > 0, p, np.where(difference == 0, 1.0, 0.0))


def holm(p_values):
    """p-values corrected for their number, by Holm's method."""
    p = np.ravel(p_values)
    order = np.argsort(p, kind="stable")
    corrected = np.empty(len(p))
    corrected[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(corrected, 1.0).reshape(np.shape(p_values))
