"""Likelihood-ratio tests: for likelihoods without a maximum, where Wald's test has no meaning."""

import numpy as np


def likelihood_ratio(log_likelihood, X, groups):
    """Twice the log-likelihood lost when groups of columns are left out.

    Where classes separate, the supremum of the likelihood takes the place of its maximum.

    Parameters
    ----------
    log_likelihood : callable
        ``log_likelihood(X)`` fits the model on the columns of X and returns its largest
        log-likelihood and its rank.
    X : ndarray of shape (n_rows, n_features)
        The design.
    groups : list of ndarray of int
        Columns to leave out, one group at a time.

    Returns
    -------
    chi2 : ndarray of shape (n_groups,)
        NaN for a group that adds nothing to the rank of the others.
    dof : ndarray of int of shape (n_groups,)
        Lost rank.
    """
    full, rank = log_likelihood(X)
    chi2, dof = np.full(len(groups), np.nan), np.zeros(len(groups), dtype=int)
    for k, group in enumerate(groups):
        restricted, lower_rank = log_likelihood(np.delete(X, group, axis=1))
        dof[k] = rank - lower_rank
        if dof[k] > 0:
            chi2[k] = max(0.0, 2 * (full - restricted))
    return chi2, dof
