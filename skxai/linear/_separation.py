"""Likelihoods without a maximum: detect them by a linear program."""

import numpy as np
from scipy.linalg import null_space
from scipy.optimize import linprog


def separates_classes(basis, codes, scores):
    """Whether linear scores exist that rank every row's own class first, some strictly.

    Then a likelihood grows without end along these scores (complete or quasi-complete separation).

    Parameters
    ----------
    basis : ndarray of shape (n_rows, rank)
        The design, its intercept included.
    codes : ndarray of shape (n_rows,)
        The classes, counted from zero.
    scores : ndarray of shape (n_rows, n_classes)
        Scores of a candidate, tried before the linear program.

    Returns
    -------
    bool

    References
    ----------
    A. Albert, J. A. Anderson (1984). On the existence of maximum likelihood estimates in logistic
    regression models. Biometrika 71.
    """
    n_rows, n_classes = scores.shape
    rows = np.arange(n_rows)
    margins = scores[rows, codes][:, None] - scores
    margins[rows, codes] = np.inf
    if margins.min() > 0:
        return True
    blocks = []
    for other in range(n_classes):
        chosen = codes != other
        block = np.zeros((chosen.sum(), n_classes, basis.shape[1]))
        block[np.arange(chosen.sum()), codes[chosen]] = basis[chosen]
        block[:, other] -= basis[chosen]
        blocks.append(block)
    # Scores count up to a shift common to all classes: the first class's stay zero.
    return _has_direction(
        np.concatenate(blocks)[:, 1:].reshape(-1, (n_classes - 1) * basis.shape[1])
    )


def separates_zeros(basis, y):
    """Whether a linear score exists that is zero where y > 0 and negative at some y = 0.

    Then a Poisson likelihood grows without end along it.

    Parameters
    ----------
    basis : ndarray of shape (n_rows, rank)
        The design, its intercept included.
    y : ndarray of shape (n_rows,)
        Counts, not all zero.

    Returns
    -------
    bool

    References
    ----------
    S. Correia, P. Guimarães, T. Zylkin (2019). Verifying the existence of maximum likelihood
    estimates for generalized linear models. arXiv:1903.01633.
    """
    free = null_space(np.linalg.qr(basis[y > 0], mode="r"))
    return free.shape[1] > 0 and _has_direction(-basis[y == 0] @ free)


def _has_direction(rows):
    """Whether some x has ``rows @ x >= 0``, not all zero."""
    largest = np.abs(rows).max(initial=0)
    if largest == 0:
        return False
    rows = rows / largest
    result = linprog(
        -rows.sum(axis=0),
        A_ub=np.vstack([-rows, rows]),
        b_ub=np.repeat([0.0, 1.0], len(rows)),
        bounds=(None, None),
        method="highs",
    )
    # A row that is separated can reach 1; the solver's own tolerance is 1e-7 a row.
    return bool(result.status == 0 and -result.fun > 0.5)
