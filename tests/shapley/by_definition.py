"""Oracles for Shapley values: slow, plain, and sharing no code or formula with the library.

The library weighs coalitions; these average over all orders of the players, one by one.
"""

from itertools import permutations

import numpy as np
import pandas as pd


def average_over_orders(worth, n_players):
    """Shapley values of ``worth(frozenset) -> number or array``: mean gain over all n! orders."""
    known = {}

    def value(coalition):
        if coalition not in known:
            known[coalition] = np.asarray(worth(coalition), dtype=float)
        return known[coalition]

    orders = list(permutations(range(n_players)))
    totals = [np.zeros_like(value(frozenset())) for _ in range(n_players)]
    for order in orders:
        for step, player in enumerate(order):
            gain = value(frozenset(order[: step + 1])) - value(frozenset(order[:step]))
            totals[player] = totals[player] + gain
    return np.array(totals) / len(orders)


def explain_by_definition(predict, X, background, weights=None, groups=None):
    """Shapley values of each row of a DataFrame or an array, straight from their definition.

    Parameters
    ----------
    predict : callable
        Table to numbers of shape (n_rows,) or (n_rows, n_outputs).
    X, background : DataFrame or ndarray
    weights : sequence of float, default=None
        Of the background rows; equal if None.
    groups : list of lists of int, default=None
        Column positions of each player; one player for each column if None.

    Returns
    -------
    ndarray of shape (n_rows, n_players) or (n_rows, n_players, n_outputs)
    """
    n_columns = X.shape[1]
    groups = [[j] for j in range(n_columns)] if groups is None else groups
    weights = np.ones(len(background)) if weights is None else np.asarray(weights, dtype=float)

    def worth_for(row):
        def worth(coalition):
            blended = background.copy()
            for player in coalition:
                for j in groups[player]:
                    if isinstance(X, pd.DataFrame):
                        value = X.iloc[[row] * len(background), j]
                        blended[X.columns[j]] = value.set_axis(background.index)
                    else:
                        blended[:, j] = X[row, j]
            return np.average(predict(blended), axis=0, weights=weights)

        return worth

    return np.array([average_over_orders(worth_for(row), len(groups)) for row in range(len(X))])
