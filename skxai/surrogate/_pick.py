"""A few rows whose explanations together show what matters."""

import numpy as np

from skxai.explanation import Explanation


def submodular_pick(explanation, n_rows=5):
    """Choose rows whose important features together cover what is important overall.

    A feature's importance is the root of the sum of its absolute values over all rows. A row
    covers a feature to the degree of the feature's absolute value, relative to the row's largest;
    each step takes the row that adds the most importance to what is covered.

    Parameters
    ----------
    explanation : Explanation
        Of many rows. With several outputs, each pair of output and feature counts. Where rows
        have players of their own, features are their names.
    n_rows : int, default=5
        How many rows to choose, at most.

    Returns
    -------
    ndarray of int
        Positions of rows, the most telling first; ``explanation[positions]`` are theirs.

    Raises
    ------
    TypeError, ValueError
        If `explanation` is none, or `n_rows` is no positive integer.

    References
    ----------
    M. T. Ribeiro, S. Singh and C. Guestrin, "Why should I trust you?: Explaining the predictions
    of any classifier", KDD (2016).

    Examples
    --------
    >>> from skxai import Explanation
    >>> from skxai.surrogate import submodular_pick
    >>> values = [[4.0, 0.0], [4.0, 0.1], [0.0, 2.0]]
    >>> submodular_pick(Explanation(values, [0.0] * 3, [0.0] * 3), n_rows=2)
    array([1, 2])
    """
    if not isinstance(explanation, Explanation):
        raise TypeError(f"explanation is {type(explanation).__name__}; expected an Explanation")
    if isinstance(n_rows, bool) or not isinstance(n_rows, int | np.integer) or n_rows < 1:
        raise ValueError(f"n_rows is {n_rows!r}; expected an integer >= 1")
    if explanation.layout is not None:
        explanation = explanation.by_name()
    sizes = np.abs(explanation.values).reshape(len(explanation), -1)
    importance = np.sqrt(sizes.sum(axis=0))
    largest = sizes.max(axis=1, keepdims=True, initial=0.0)
    shares = np.divide(sizes, largest, out=np.zeros(sizes.shape), where=largest > 0)
    covered, chosen = np.zeros(sizes.shape[1]), []
    for _ in range(min(n_rows, len(sizes))):
        gains = np.maximum(shares - covered, 0) @ importance
        gains[chosen] = -np.inf
        best = int(np.argmax(gains))
        chosen.append(best)
        covered = np.maximum(covered, shares[best])
    return np.array(chosen, dtype=int)
