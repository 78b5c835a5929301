"""Error of Shapley values at equal numbers of model rows: skxai and shap.

    python benchmarks/shapley_accuracy.py

The error is the mean squared distance to the exact values, over the mean squared exact value,
in the mean over rows, features and seeds. A budget is the number of model rows for each
explained row, 2·d·m or 10·d·m for d features and m = 100 background rows; the rows that a method
really used are counted in the model and shown in units of d·m. (From the second row on, shap's
PermutationExplainer evaluates each feature alone as well, which we don't count against it.)

The reference is exact (enumeration, or shap's algorithm for trees), or a run of walks that is far
longer, by code of its own; its noise is on the same scale as the errors.
"""

import warnings

import numpy as np
from _common import (
    Counting,
    fitted_models,
    load,
    methods,
    parse_arguments,
    print_table,
    print_versions,
    reference,
    split,
)


def compare(name, options, n_background, n_trees):
    """Rows of the table for one data set."""
    X, y = load(name)
    background, rows = split(X, n_background, options.rows)
    unit = rows.shape[1] * n_background
    table = []
    for kind, (model, response) in fitted_models(name, X, y, n_trees).items():
        function = Counting(model, response)
        exact, errors, source = reference(
            kind, model, function, rows, background, options.reference_pairs
        )
        size = (exact**2).mean()
        noise = float((errors**2).mean() / size)
        for factor in (2, 10):
            cells, errors_of = [], []
            for explain in methods().values():
                error, used = measure(
                    explain, function, rows, background, factor * unit, exact, options.seeds
                )
                errors_of.append(error / size)
                cells.append(f"{error / size:.2e} ({used / unit:.1f})")
            ratio = min(errors_of[1:]) / errors_of[0] if len(errors_of) > 1 else None
            table.append(
                (name, kind, response, f"{source}, {noise:.0e}", f"{factor}·d·m", *cells, ratio)
            )
            print("| " + " | ".join(map(str, table[-1])), flush=True)
    return table


def measure(explain, function, rows, background, budget, exact, n_seeds):
    """Mean squared error, and model rows for each explained row."""
    function.reset()
    squares = [
        (explain(function, rows, background, budget, seed) - exact) ** 2 for seed in range(n_seeds)
    ]
    return np.mean(squares), function.n_rows / (n_seeds * len(rows))


def main():
    options = parse_arguments(__doc__, rows=10, seeds=4, reference_pairs=200)
    n_background, n_trees = 100, 100
    if options.smoke:
        options.rows, options.seeds, options.reference_pairs = 1, 1, 20
        n_background, n_trees = 10, 5
    warnings.simplefilter("ignore")  # of shap, and of networks that could be trained longer
    print_versions("shap")
    table = []
    for name in ("breast_cancer", "diabetes"):
        table += compare(name, options, n_background, n_trees)
    header = ["data", "model", "output", "reference, its noise", "budget", *methods()]
    print_table(
        "Normalised mean squared error (model rows used, in units of d·m)",
        [*header, "best peer / skxai"],
        table,
    )


if __name__ == "__main__":
    main()
