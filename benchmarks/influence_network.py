"""InfluenceNetwork on synthetic nonlinear graphs: are the edges found?

    python benchmarks/influence_network.py

A random acyclic graph of 15 nodes and 20 edges; each node is a sum of nonlinear functions of its
parents, each of equal spread, and Gaussian noise of half the spread of their sum. The functions
are tanh, sin, absolute value, square and rectifier, of slopes from 1 to 2 of either sign. The area
under the ROC curve is of the 105 pairs: those that are joined in the graph against the others, by
the sum of the weights of both directions.

Beside it: plain correlation, partial correlation (given all others, from the inverse of the
correlation matrix), and the network with other explainers and regressors. "moral" counts the
parents of a common child as joined, too: given the child, they do predict each other. "direction"
is, of the true edges, the share of those with the larger weight from parent to child.
"""

import time

import numpy as np
from _common import parse_arguments, print_table, print_versions
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import roc_auc_score

from skxai.gradient import IntegratedGradientsExplainer, LRPExplainer
from skxai.network import InfluenceNetwork

FUNCTIONS = (np.tanh, np.sin, np.abs, np.square, lambda x: np.maximum(x, 0))
NOISE = 0.5


def draw_graph(n_nodes, n_edges, rng):
    """Parents and children: a matrix of booleans, and an order in which parents come first."""
    order = rng.permutation(n_nodes)
    first, second = np.triu_indices(n_nodes, k=1)
    chosen = rng.choice(len(first), n_edges, replace=False)
    edges = np.zeros((n_nodes, n_nodes), dtype=bool)
    edges[order[first[chosen]], order[second[chosen]]] = True
    return edges, order


def draw_rows(edges, order, n_rows, rng):
    """Rows from the graph, each column standardised."""
    X = np.zeros((n_rows, len(edges)))
    for j in order:
        parents = np.flatnonzero(edges[:, j])
        x = np.zeros(n_rows)
        for i in parents:
            function = FUNCTIONS[rng.integers(len(FUNCTIONS))]
            part = function(rng.choice([-1, 1]) * rng.uniform(1, 2) * X[:, i])
            x += rng.choice([-1, 1]) * (part - part.mean()) / part.std()
        noise = rng.normal(size=n_rows)
        x = x / x.std() + NOISE * noise if len(parents) else noise
        X[:, j] = (x - x.mean()) / x.std()
    return X


def moral(edges):
    """Joined in the graph, or by a common child."""
    joined = edges | edges.T
    for j in range(len(edges)):
        parents = np.flatnonzero(edges[:, j])
        joined[np.ix_(parents, parents)] = True
    return joined


def partial_correlation(X):
    """Of each pair, given all the others."""
    precision = np.linalg.inv(np.corrcoef(X.T))
    spread = np.sqrt(np.diag(precision))
    return -precision / np.outer(spread, spread)


def area(weights, joined):
    """Under the ROC curve, over pairs."""
    pairs = np.triu_indices(len(joined), k=1)
    return roc_auc_score(joined[pairs], (weights + weights.T)[pairs])


def row(name, weights, edges, seconds):
    """A line of the table for one graph."""
    pairs = np.nonzero(edges)
    right = weights[pairs] > weights.T[pairs]
    directed = not np.allclose(weights, weights.T)
    return (
        name,
        area(weights, edges | edges.T),
        area(weights, moral(edges)),
        right.mean() if directed else np.nan,
        seconds,
    )


def networks(smoke):
    """What is compared, by name."""
    found = {"InfluenceNetwork()": InfluenceNetwork(random_state=0)}
    if not smoke:
        found |= {
            "integrated gradients": InfluenceNetwork(
                explainer=IntegratedGradientsExplainer(), random_state=0
            ),
            "LRP, default rule": InfluenceNetwork(explainer=LRPExplainer(), random_state=0),
            "random forest": InfluenceNetwork(
                estimator=RandomForestRegressor(30, min_samples_leaf=5),
                cv=2,
                random_state=0,
            ),
        }
    return found | {
        "linear regression": InfluenceNetwork(estimator=LinearRegression(), random_state=0)
    }


def main():
    options = parse_arguments(__doc__, n_graphs=5, n_rows=1000)
    n_graphs, n_rows = (1, 300) if options.smoke else (options.n_graphs, options.n_rows)
    print_versions()
    lines = []
    for seed in range(n_graphs):
        rng = np.random.default_rng(seed)
        edges, order = draw_graph(15, 20, rng)
        X = draw_rows(edges, order, n_rows, rng)
        lines.append(row("correlation", np.abs(np.corrcoef(X.T)), edges, 0.0))
        lines.append(row("partial correlation", np.abs(partial_correlation(X)), edges, 0.0))
        for name, network in networks(options.smoke).items():
            began = time.perf_counter()
            weights = network.fit(X).adjacency_
            lines.append(row(name, weights, edges, time.perf_counter() - began))
    table = []
    for name in dict.fromkeys(line[0] for line in lines):
        own = np.array([line[1:] for line in lines if line[0] == name], dtype=float)
        mean = own.mean(axis=0)
        table.append([name, mean[0], own[:, 0].min(), *mean[1:].tolist()])
    header = ["", "AUROC", "of the worst graph", "AUROC, moral", "direction", "seconds a graph"]
    title = f"{n_graphs} graphs of 15 nodes and 20 edges, {n_rows} rows: means"
    print_table(title, header, table)


if __name__ == "__main__":
    main()
