"""Do the measures of skxai.metrics order explanations as they should, and what do they cost?

The model is linear, or linear with products, so that its effects are known. Explanations of 100
rows are judged: the true effects, these with noise of growing size, nothing but noise, and the true
effects with the wrong sign. The table has the mean of each measure. For the order: the share of
seeds (data, noise and draws) for which the mean values are in the order of their columns. Seconds
are those of one explanation.

    python benchmarks/metrics.py [--smoke] [--rows 100] [--seeds 20]
"""

import time

import numpy as np
from _common import parse_arguments, print_table, print_versions

from skxai import Explanation, ShapleyExplainer
from skxai.metrics import (
    completeness_gap,
    continuity,
    faithfulness_correlation,
    infidelity,
    road,
    selectivity,
    sparsity,
)

KINDS = ("true", "little noise", "noisy", "random", "reversed")
COEF = np.array([4.0, -3.0, 2.0, 1.5, -1.0, 0.5, 0.25, 0.0])

# The sign: 1 if higher is better. Whether a wrong sign can be seen.
MEASURES = {
    "completeness_gap": (lambda f, e, X, s: completeness_gap(e), -1, True),
    "selectivity": (lambda f, e, X, s: selectivity(f, e, X, random_state=s), 1, True),
    "road": (lambda f, e, X, s: road(f, e, X, random_state=s), 1, True),
    "faithfulness_correlation": (
        lambda f, e, X, s: faithfulness_correlation(f, e, X, random_state=s),
        1,
        True,
    ),
    "infidelity": (lambda f, e, X, s: infidelity(f, e, X, random_state=s), -1, True),
    "continuity": (lambda f, e, X, s: continuity(e, X, normalize=True), -1, False),
    "sparsity": (lambda f, e, X, s: sparsity(e), 1, False),
}


def linear(X):
    return X @ COEF


def with_products(X):
    return X @ COEF + 2 * X[:, 0] * X[:, 1] + X[:, 3] * X[:, 5]


def explanations(function, X_background, X, rng):
    """The true Shapley values, spoilt more and more."""
    true = ShapleyExplainer().fit(function, X_background).explain(X)
    noise = true.values.std() * rng.normal(size=true.values.shape)
    values = {
        "true": true.values,
        "little noise": true.values + 0.2 * noise,
        "noisy": true.values + 0.6 * noise,
        "random": noise,
        "reversed": -true.values,
    }
    return {
        kind: Explanation(array, true.base_values, true.predictions, data=X)
        for kind, array in values.items()
    }


def judge(function, n_rows, seed):
    """The mean of each measure for each kind, and the seconds of each measure."""
    rng = np.random.default_rng(seed)
    X_background, X = rng.normal(size=(30, 8)), rng.normal(size=(n_rows, 8))
    kinds = explanations(function, X_background, X, rng)
    means, seconds = {}, {}
    for name, (measure, _, _) in MEASURES.items():
        start = time.perf_counter()
        means[name] = [
            measure(function, explanation, X_background, seed).mean()
            for explanation in kinds.values()
        ]
        seconds[name] = (time.perf_counter() - start) / len(kinds)
    return means, seconds


def in_order(means, sign, sees_signs):
    """Whether the values get worse from column to column."""
    signed = sign * np.array(means if sees_signs else means[:-1])
    return bool((np.diff(signed) < 0).all())


def main():
    arguments = parse_arguments(__doc__.splitlines()[0], rows=100, seeds=20)
    n_rows, n_seeds = (20, 2) if arguments.smoke else (arguments.rows, arguments.seeds)
    print_versions()
    for title, function in {"linear": linear, "with products": with_products}.items():
        runs = [judge(function, n_rows, seed) for seed in range(n_seeds)]
        rows = []
        for name, (_, sign, sees_signs) in MEASURES.items():
            found = np.array([means[name] for means, _ in runs])
            share = np.mean([in_order(means[name], sign, sees_signs) for means, _ in runs])
            seconds = float(np.mean([taken[name] for _, taken in runs]))
            better = "higher" if sign > 0 else "lower"
            rows.append([name, better, *map(float, found.mean(axis=0)), f"{share:.0%}", seconds])
        header = ["measure", "better", *KINDS, "in order", "seconds"]
        print_table(f"A model that is {title}, {n_rows} rows, {n_seeds} seeds", header, rows)
    print("continuity and sparsity can't see a sign: their order leaves out the last column.")


if __name__ == "__main__":
    main()
