"""How cost grows with columns: seconds and memory of each family at 100, 1,000 and 10,000.

    python benchmarks/many_columns.py            # minutes
    python benchmarks/many_columns.py --smoke    # a second or two

Tables of 50 rows (t-statistics: of twice as many as columns) of which two are explained; `fit` and
`explain`, without the fit of the model.
Seconds are the processor's, on one thread; memory is what is held at most beyond what was there
before (numpy's arrays and Python's objects), in a second run. "-": not run, for it would take hours
or a matrix of columns times columns; the explainer warns of that in `fit`.
"""

import time
import tracemalloc
import warnings

import numpy as np
from _common import parse_arguments, print_table, print_versions
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPRegressor
from threadpoolctl import threadpool_limits

from skxai import (
    CounterfactualExplainer,
    DataShapleyExplainer,
    InfluenceExplainer,
    InfluenceNetwork,
    IntegratedGradientsExplainer,
    KNNShapleyExplainer,
    LimeExplainer,
    LinearImportanceExplainer,
    LRPExplainer,
    PrototypeExplainer,
    SaliencyExplainer,
    ShapleyExplainer,
    TabularMasker,
)

N_ROWS, N_EXPLAINED = 50, 2
FOREST = RandomForestRegressor(20, max_depth=6, random_state=0)
NETWORK = MLPRegressor(hidden_layer_sizes=(10,), max_iter=20, random_state=0)


def product(X):
    """A model of three columns, of which nothing but its outputs is known."""
    return X[:, 0] * X[:, 1] + np.maximum(X[:, 2], 0)


def two_walks(n_columns):
    """Shapley values by one walk forth and back from one row."""
    masker = TabularMasker(baseline=0)
    return ShapleyExplainer(max_evals=max(2, 2 * n_columns), masker=masker, random_state=0)


def families(max_evals):
    """Each family by its name: explainer, or what makes it; model; most columns."""
    search = {"target": (1.0, None), "max_evals": max_evals, "random_state": 0}
    data = DataShapleyExplainer(n_permutations=2, random_state=0)
    network = InfluenceNetwork(estimator=Ridge(), cv=2, random_state=0)
    return {
        "Shapley, linear": (ShapleyExplainer(), Ridge(), 10_000),
        "Shapley, trees": (ShapleyExplainer(), FOREST, 10_000),
        "Shapley, two walks": (two_walks, product, 10_000),
        "LIME": (LimeExplainer(random_state=0), product, 1000),
        "counterfactual, nearest": (CounterfactualExplainer(**search), product, 10_000),
        "counterfactual, linear": (CounterfactualExplainer(), LogisticRegression(), 10_000),
        "counterfactual, trees": (CounterfactualExplainer(**search), FOREST, 10_000),
        "saliency": (SaliencyExplainer(), NETWORK, 10_000),
        "integrated gradients": (IntegratedGradientsExplainer(), NETWORK, 10_000),
        "LRP": (LRPExplainer(), NETWORK, 10_000),
        "influence": (InfluenceExplainer(), Ridge(), 10_000),
        "KNN Shapley": (KNNShapleyExplainer(n_neighbors=3), KNeighborsClassifier(3), 10_000),
        "data Shapley": (data, Ridge(), 10_000),
        "prototypes": (PrototypeExplainer(), product, 10_000),
        "t-statistics": (LinearImportanceExplainer(), LinearRegression(), 1000),
        "influence network": (network, None, 100),
    }


def table(n_rows, n_columns):
    """Rows of numbers, a target, and two classes."""
    X = np.random.default_rng(0).normal(size=(n_rows, n_columns))
    y = product(X)
    return X, y, np.where(y > np.median(y), "high", "low")


def prepare(explainer, model, n_columns):
    """A function without arguments that fits the explainer and explains."""
    few = not isinstance(explainer, LinearImportanceExplainer)
    X, y, classes = table(N_ROWS if few else 2 * n_columns, n_columns)
    explainer = explainer(n_columns) if callable(explainer) else explainer
    y = classes if isinstance(model, LogisticRegression | KNeighborsClassifier) else y
    if model is None:
        return lambda: explainer.fit(X)
    model = model.fit(X, y) if hasattr(model, "fit") else model
    rows = [X[:N_EXPLAINED]]
    if isinstance(explainer, DataShapleyExplainer | KNNShapleyExplainer):
        rows.append(y[:N_EXPLAINED])
    return lambda: explainer.fit(model, X, y).explain(*rows)


def measure(run):
    """Seconds and MiB."""
    began = time.process_time()
    run()
    seconds = time.process_time() - began
    tracemalloc.start()
    try:
        run()
        return seconds, tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


def main():
    options = parse_arguments(__doc__)
    sizes, max_evals = ((10,), 50) if options.smoke else ((100, 1000, 10_000), 600)
    print_versions("scipy")
    lines = []
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, (explainer, model, most) in families(max_evals).items():
            found = [
                measure(prepare(explainer, model, size)) if size <= most else (None, None)
                for size in sizes
            ]
            lines.append([name, *(seconds for seconds, _ in found), *(mib for _, mib in found)])
    header = ["family", *(f"s, {size:,} columns" for size in sizes)]
    header += [f"MiB, {size:,} columns" for size in sizes]
    print_table(f"{N_EXPLAINED} of {N_ROWS} rows", header, lines)


if __name__ == "__main__":
    main()
