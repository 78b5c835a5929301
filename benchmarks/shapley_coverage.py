"""How often value ± 1.96 standard errors holds the exact Shapley value.

    python benchmarks/shapley_coverage.py

Each explainer is fitted again and again with another random state; the rows, the background and
so the exact values stay. An interval counts for each fit, row and feature whose standard error is
not zero. Where it is zero all walks agreed: the share of these, and the largest error among them
over the spread of the exact values, are columns of their own. "MSE / SE²" is the mean squared
error over the mean squared standard error, 1 if they are right on average.
"""

import warnings

import numpy as np
from _common import (
    Counting,
    by_enumeration,
    fitted_models,
    import_if_there,
    load,
    parse_arguments,
    print_table,
    print_versions,
    reference,
    split,
)

from skxai import ShapleyExplainer

# Background rows, and pairs of walks from each; None: the default of the explainer.
SETTINGS = [(1, 10), (1, 25), (1, None), (10, 3), (10, None), (100, None), (100, 5)]


def entangled(X):
    """A function of eight features, all of them in products, maxima or both."""
    a, b, c, d, e, f, g, h = X.T
    return a * b * c + np.maximum(d, e * f) + np.sin(a + g) * h + (c > 0) * (f > g)


def games(options):
    """Name, function, rows, all possible background rows, and a way to the exact values."""
    rng = np.random.default_rng(0)
    yield "eight entangled features", entangled, rng.normal(size=(300, 8)), by_enumeration
    X, y = load("diabetes")
    for kind, fitted in fitted_models("diabetes", X, y, options.trees).items():
        yield f"diabetes, {kind}", Counting(*fitted), X, by_enumeration
    if import_if_there("shap"):
        X, y = load("breast_cancer")
        model, response = fitted_models("breast_cancer", X, y, options.trees)["RandomForest"]

        def by_trees(function, rows, background):
            return reference("RandomForest", model, function, rows, background, 0)[:2]

        yield "breast_cancer, RandomForest", Counting(model, response), X, by_trees


def coverage(function, X, exact_values, n_background, n_pairs, options, tol_factor=None):
    """One row of the table."""
    background, rows = split(X, n_background, options.rows)
    exact, _ = exact_values(function, rows, background)
    spread = exact.std()
    pair = 2 * (X.shape[1] - 1) * n_background
    tol = None if tol_factor is None else tol_factor * spread
    errors, claims, counts = [], [], []
    for seed in range(options.fits):
        explainer = ShapleyExplainer(
            algorithm="permutation",
            max_evals=None if n_pairs is None else n_pairs * pair,
            tol=tol,
            random_state=seed,
        )
        explanation = explainer.fit(function, background).explain(rows)
        errors.append(np.abs(explanation.values - exact))
        claims.append(explanation.std_errors)
        counts.append(explanation.n_evals.mean())
    errors, claims = np.array(errors), np.array(claims)
    sampled = claims > 1e-9 * spread
    inside = errors[sampled] <= 1.96 * claims[sampled]
    rest = errors[~sampled].max() / spread if (~sampled).any() else None
    return (
        f"{100 * inside.mean():.1f} %",
        float(np.sqrt((claims**2).mean()) / spread),
        float((errors[sampled] ** 2).mean() / (claims[sampled] ** 2).mean()),
        f"{100 * (~sampled).mean():.1f} %",
        None if rest is None else f"{rest:.0e}",
        round(float(np.mean(counts))),
    )


def main():
    options = parse_arguments(__doc__, rows=2, fits=50, trees=20)
    settings, tolerances = SETTINGS, [(1, 0.05), (10, 0.05)]
    if options.smoke:
        options.rows, options.fits, options.trees = 1, 5, 3
        settings, tolerances = [(1, 25), (10, 3)], [(10, 0.05)]
    warnings.simplefilter("ignore")  # of shap, and of networks that could be trained longer
    print_versions("shap")
    header = ["background", "walks", "coverage", "SE / sd of values", "MSE / SE²"]
    header += ["SE zero", "largest error there / sd", "model rows"]
    for name, function, X, exact_values in games(options):
        table = []
        for n_background, n_pairs in settings:
            result = coverage(function, X, exact_values, n_background, n_pairs, options)
            stop = "default" if n_pairs is None else f"{n_pairs} pairs"
            table.append((n_background, stop, *result))
        for n_background, tol in tolerances:
            result = coverage(function, X, exact_values, n_background, None, options, tol)
            table.append((n_background, f"tol {tol} sd", *result))
        print_table(f"{name}: nominal 95 % intervals, {options.fits} fits", header, table)


if __name__ == "__main__":
    main()
