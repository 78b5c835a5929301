"""Time of certified nearest counterfactuals: trees on breast cancer, and linear scores.

Distances are Gower's, values stay between the limits of the background, and a search begins at
the three nearest background rows of the other class. Every answer is predicted again.

    python benchmarks/counterfactuals_exact.py            # 20 rows a model, some minutes
    python benchmarks/counterfactuals_exact.py --smoke    # two rows, a small forest

Times are the processor's, on one thread.
"""

import time

import numpy as np
from _common import parse_arguments, print_table, print_versions
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from threadpoolctl import threadpool_limits

from skxai.counterfactual._exact_leaves import LeafBoxes
from skxai.counterfactual._exact_linear import nearest_in_linear
from skxai.counterfactual._exact_trees import nearest_in_trees
from skxai.counterfactual._exact_units import Choice, Goal, Number
from skxai.predictors._trees import tree_ensemble_of

N_STARTS = 3


def cross(label, n_outputs):
    """The goal of another label, from probabilities of both classes or one score."""
    sign = 1.0 if label == 0 else -1.0
    weights = [[-sign, sign]] if n_outputs == 2 else [[sign]]
    # Ties are of the first class.
    return Goal(np.array(weights), np.zeros(1), strict=label == 0)


def units_of(row, background):
    """Each column may change within the limits of the background, at Gower's costs."""
    low, high = background.min(axis=0), background.max(axis=0)
    costs = 1 / (high - low) / len(row)
    return [Number(j, row[j], low[j], high[j], costs[j]) for j in range(len(row))]


def run_trees(name, model, method, X, background, time_limit):
    """A line of the table."""
    leaf_boxes = LeafBoxes(tree_ensemble_of(model, method))
    labels = model.predict(background)
    seconds, distances, parts, proven, valid = [], [], [], 0, 0
    for row in X:
        label = model.predict(row[None])[0]
        unlike = background[labels != label]
        gaps = (np.abs(unlike - row) / np.ptp(background, axis=0)).sum(axis=1)
        starts = unlike[np.argsort(gaps)[:N_STARTS]]
        goal = cross(label, leaf_boxes.ensemble.n_outputs)
        began = time.process_time()
        result = nearest_in_trees(
            leaf_boxes, row, units_of(row, background), [goal], starts, time_limit=time_limit
        )
        seconds.append(time.process_time() - began)
        distances.append(result.cost)
        parts.append(result.n_nodes)
        proven += result.status == "optimal"
        valid += model.predict(result.values[None])[0] != label
    times = [float(np.median(seconds)), float(np.max(seconds))]
    counts = [f"{proven} of {len(X)}", f"{valid} of {len(X)}"]
    return [
        name,
        leaf_boxes.ensemble.n_leaves,
        *counts,
        *times,
        int(np.median(parts)),
        float(np.mean(distances)),
    ]


def run_linear(name, n_numbers, n_categories, n_rows, seed=0):
    """A line of the table: random scores of numbers and of categories as indicators."""
    rng = np.random.default_rng(seed)
    seconds, parts, proven = [], [], 0
    for _ in range(n_rows):
        row = list(rng.normal(size=n_numbers))
        units = [
            Number(j, row[j], row[j] - 1, row[j] + 1, rng.uniform(0.1, 1)) for j in range(n_numbers)
        ]
        for _ in range(n_categories):
            k = int(rng.integers(2, 6))
            columns = np.arange(len(row), len(row) + k)
            units.append(Choice(columns, np.eye(k), np.append(0.0, np.ones(k - 1))))
            row += list(np.eye(k)[0])
        row, coef = np.array(row), rng.normal(size=(1, len(row)))
        goal = Goal(np.eye(1), coef @ row + rng.uniform(0, 8))
        began = time.process_time()
        result = nearest_in_linear(coef, np.zeros(1), row, units, [goal])
        seconds.append(1e3 * (time.process_time() - began))
        parts.append(result.n_nodes)
        proven += result.status in ("optimal", "infeasible")
    times = [float(np.median(seconds)), float(np.max(seconds))]
    return [name, f"{proven} of {n_rows}", *times, int(np.max(parts))]


def main():
    """Fit the models and print both tables."""
    options = parse_arguments(__doc__.splitlines()[0], rows=20, seconds=60)
    n_rows, n_trees = (2, 20) if options.smoke else (options.rows, 100)
    print_versions()
    X, y = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    background, rows = X[order[:400]], X[order[400 : 400 + n_rows]]
    target = y[order[:400]]
    models = {
        f"RandomForest({n_trees})": (
            RandomForestClassifier(n_trees, random_state=0),
            "predict_proba",
        ),
        f"GradientBoosting({n_trees})": (
            GradientBoostingClassifier(n_estimators=n_trees, random_state=0),
            "decision_function",
        ),
        f"HistGradientBoosting({n_trees})": (
            HistGradientBoostingClassifier(max_iter=n_trees, random_state=0),
            "decision_function",
        ),
    }
    with threadpool_limits(1):
        table = [
            run_trees(
                name, model.fit(background, target), method, rows, background, options.seconds
            )
            for name, (model, method) in models.items()
        ]
        print_table(
            "Trees, breast cancer",
            [
                "model",
                "leaves",
                "proven",
                "valid",
                "median s",
                "max s",
                "median parts",
                "mean Gower",
            ],
            table,
        )
        n_random = 10 if options.smoke else 100
        print_table(
            "Linear scores",
            ["columns", "proven", "median ms", "max ms", "most parts"],
            [
                run_linear("30 numbers", 30, 0, n_random),
                run_linear("12 numbers, 8 categories", 12, 8, n_random),
                run_linear("4 numbers, 20 categories", 4, 20, n_random),
            ],
        )


if __name__ == "__main__":
    main()
