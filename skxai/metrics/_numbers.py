"""Measures that need nothing but explanations."""

import numpy as np
from scipy.stats import rankdata

from skxai.explanation import Explanation
from skxai.metrics._judged import as_given, by_output, check_attributions, check_explanation


def completeness_gap(explanation, *, relative=False):
    """What attributions leave unexplained: how far their sum is from the prediction.

    Lower is better; zero to rounding for methods that promise completeness.

    Parameters
    ----------
    explanation : Explanation
        Attributions.
    relative : bool, default=False
        Divide by the distance between prediction and base value. Rows that are predicted like
        the base value then have large gaps, or NaN.

    Returns
    -------
    ndarray of shape (n_rows,) or (n_rows, n_outputs)
        Of absolute values.

    Raises
    ------
    TypeError, ValueError
        If `explanation` holds no attributions.

    Examples
    --------
    >>> from skxai import Explanation
    >>> from skxai.metrics import completeness_gap
    >>> explanation = Explanation([[2.0, 1.0]], base_values=[1.0], predictions=[5.0])
    >>> completeness_gap(explanation), completeness_gap(explanation, relative=True)
    (array([1.]), array([0.25]))
    """
    check_explanation(explanation)
    check_attributions(explanation, "completeness")
    gap = np.abs(explanation.completeness_gap)
    if not relative:
        return gap
    return _ratio(gap, np.abs(explanation.predictions - explanation.base_values))


def sparsity(explanation):
    """How few features carry an explanation: the Gini index of the absolute values.

    Parameters
    ----------
    explanation : Explanation
        Of any quantity.

    Returns
    -------
    ndarray of shape (n_rows,) or (n_rows, n_outputs)
        0 where all features count alike, 1 - 1/d where one of d counts alone; NaN where all
        values are zero.

    Raises
    ------
    TypeError, ValueError
        If `explanation` is no explanation with the same features for all rows.

    References
    ----------
    P. Chalasani et al., "Concise explanations of neural networks using adversarial training",
    ICML (2020).

    Examples
    --------
    >>> from skxai import Explanation
    >>> from skxai.metrics import sparsity
    >>> sparsity(Explanation([[1.0, -1.0], [0.0, 3.0]], [0.0, 0.0], [0.0, 3.0]))
    array([0. , 0.5])
    """
    check_explanation(explanation)
    sizes = np.sort(np.abs(by_output(explanation)), axis=1)
    d = sizes.shape[1]
    weights = (2 * np.arange(1, d + 1) - d - 1) / d
    return as_given(_ratio(np.einsum("ijk,j->ik", sizes, weights), sizes.sum(axis=1)), explanation)


def rank_agreement(explanation, other, *, signed=True):
    """How far two explanations of the same rows order the features alike.

    Parameters
    ----------
    explanation, other : Explanation
        Of the same rows and features, in the same order.
    signed : bool, default=True
        Whether to rank the values; False: their sizes, for methods whose signs mean different
        things.

    Returns
    -------
    ndarray of shape (n_rows,) or (n_rows, n_outputs)
        Spearman's rank correlation over the features: 1 for the same order, -1 for the reverse;
        NaN where all values of a row are equal.

    Raises
    ------
    TypeError, ValueError
        If the two are no explanations of the same shape and features.

    Examples
    --------
    >>> from skxai import Explanation
    >>> from skxai.metrics import rank_agreement
    >>> one = Explanation([[3.0, 2.0, 1.0]], [0.0], [6.0])
    >>> other = Explanation([[9.0, 8.0, -8.5]], [0.0], [8.5])
    >>> rank_agreement(one, other), rank_agreement(one, other, signed=False)
    (array([1.]), array([0.5]))
    """
    check_explanation(explanation)
    check_explanation(other, "other")
    check_same_players(explanation, other)
    one, two = by_output(explanation), by_output(other)
    if not signed:
        one, two = np.abs(one), np.abs(two)
    return as_given(correlation(rankdata(one, axis=1), rankdata(two, axis=1)), explanation)


def context_reliance(explanation, inside):
    """How much of what counts lies outside the region that should.

    The mean absolute value of features outside, as a share of that plus the one inside.

    Parameters
    ----------
    explanation : Explanation
        Of any quantity.
    inside : list of str, list of int, or array of bool
        The features that should count, as in `Explanation.inside_outside_ratio`.

    Returns
    -------
    ndarray of shape (n_rows,) or (n_rows, n_outputs)
        0: nothing outside counts; 1/2: the outside as much as the inside; 1: nothing inside; NaN
        where all values are zero.

    Raises
    ------
    TypeError, KeyError, IndexError, ValueError
        If there is no such feature, or nothing is inside or outside.

    References
    ----------
    S. Lapuschkin et al., "Analyzing classifiers: Fisher vectors and deep neural networks",
    CVPR (2016).

    Examples
    --------
    >>> from skxai import Explanation
    >>> from skxai.metrics import context_reliance
    >>> explanation = Explanation([[3.0, -1.0, 1.0]], [0.0], [3.0],
    ...                           feature_names=["dog", "grass", "sky"])
    >>> context_reliance(explanation, ["dog"])
    array([0.25])
    """
    if not isinstance(explanation, Explanation):
        raise TypeError(f"explanation is {type(explanation).__name__}; expected an Explanation")
    return 1 / (1 + explanation.inside_outside_ratio(inside))


def check_same_players(explanation, other):
    """Refuse two explanations that can't be compared number by number."""
    if explanation.values.shape != other.values.shape:
        raise ValueError(
            f"other has values of shape {other.values.shape}; expected "
            f"{explanation.values.shape}, as explanation has"
        )
    if explanation.feature_names != other.feature_names:
        raise ValueError(
            f"other has the features {list(other.feature_names)}; expected "
            f"{list(explanation.feature_names)}"
        )


def correlation(one, two, axis=1):
    """Pearson's correlation along an axis; NaN where either does not vary."""
    one, two = _centred(one, axis), _centred(two, axis)
    sizes = np.sqrt((one**2).sum(axis=axis) * (two**2).sum(axis=axis))
    return np.clip(_ratio((one * two).sum(axis=axis), sizes), -1, 1)


def _centred(array, axis):
    """Minus the mean; rounding of equal numbers is no variation."""
    largest = np.abs(array).max(axis=axis, keepdims=True, initial=0)
    centred = array - array.mean(axis=axis, keepdims=True)
    return np.where(np.abs(centred) > 1e-12 * largest, centred, 0.0)


def _ratio(numerator, denominator):
    """A quotient; NaN where the denominator is zero."""
    safe = np.where(denominator > 0, denominator, np.nan)
    return numerator / safe
