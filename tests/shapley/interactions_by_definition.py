"""Oracle for interactions: slow, plain, and sharing no code or formula with the library.

The library weighs coalitions, or walks around circles; this averages over all orders in which a
pair joins as one.
"""

from itertools import permutations

import numpy as np
from by_definition import average_over_orders


def interactions_over_orders(worth, n_players):
    """Matrix of ``worth(frozenset) -> number or array``, of shape (n_players, n_players, ...)."""
    values = average_over_orders(worth, n_players)
    matrix = np.zeros((n_players, *values.shape))
    for i in range(n_players):
        for j in range(i):
            pair = {i, j}
            others = [player for player in range(n_players) if player not in pair]
            synergies = []
            for order in permutations([*others, "pair"]):
                before = frozenset(order[: order.index("pair")])
                alone = np.asarray(worth(before | {i})) + np.asarray(worth(before | {j}))
                synergies.append(worth(before | pair) + worth(before) - alone)
            matrix[i, j] = matrix[j, i] = np.mean(synergies, axis=0) / 2
    for i in range(n_players):
        matrix[i, i] = values[i] - matrix[i].sum(axis=0)
    return matrix


def explain_interactions(predict, X, background, weights, groups=None):
    """The same for rows of an array against a weighted background.

    `predict` maps an array to one of shape (n_rows,) or (n_rows, n_outputs).
    """
    groups = [[j] for j in range(X.shape[1])] if groups is None else groups

    def worth_for(row):
        known = {}

        def worth(coalition):
            if coalition not in known:
                blended = background.copy()
                for player in coalition:
                    blended[:, groups[player]] = row[groups[player]]
                known[coalition] = np.average(predict(blended), axis=0, weights=weights)
            return known[coalition]

        return worth

    return np.array([interactions_over_orders(worth_for(row), len(groups)) for row in X])
