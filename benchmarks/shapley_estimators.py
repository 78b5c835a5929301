"""Error of sampled Shapley values at equal numbers of model rows: skxai and its peers.

    python benchmarks/shapley_estimators.py

Nine tasks, each a model that is only called, never looked into. A budget is the number of model
rows for each explained row: 2, 5, 10 or 20 times d·m for d features and m background rows.
The error is the mean squared distance to the exact values over the mean squared exact value, in
the mean over rows, features and seeds. What a method really used is counted in the model and
shown in units of d·m. (From the second row on, shap's PermutationExplainer evaluates each feature
alone as well, which counts as used but not against its budget; at 5·d·m it makes two walks forth
and back, as ours does.)

References are exact: enumeration up to 12 features, shap's tree algorithm above, checked against
our own. Networks have a run of walks, by code of its own, so long that its noise is small beside
the errors; it is given on the same scale. "skxai" is what `algorithm="auto"` chooses for a
function; "skxai walks" shows that it does no worse than plain walks. The others are shap's own
estimators and those of shapiq, among them LeverageSHAP, OddSHAP (its surrogate is LightGBM), and
RegressionMSR (a boosted surrogate with a correction).
"""

import time
import warnings

import numpy as np
from _common import (
    Counting,
    by_enumeration,
    by_long_run,
    by_trees,
    fitted_models,
    import_if_there,
    load,
    parse_arguments,
    print_ratios,
    print_table,
    print_versions,
    split,
    synthetic,
)
from _peers import ours, peers
from threadpoolctl import threadpool_limits

from skxai import ShapleyExplainer

BUDGETS = (2, 5, 10, 20)
ALL_KINDS = ("RandomForest", "HistGradientBoosting", "MLP")


def tasks(n_trees, smoke):
    """Name, kind of model, fitted model, its response method, and rows of all nine tasks."""
    for name in ("diabetes", "breast_cancer"):
        X, y = load(name)
        for kind, fitted in fitted_models(name, X, y, n_trees).items():
            yield name, kind, *fitted, X
    sizes = {12: ALL_KINDS} if smoke else {60: ALL_KINDS[1:], 100: ALL_KINDS[:1]}
    for n_features, kinds in sizes.items():
        X, y = synthetic(n_features)
        models = fitted_models("synthetic", X, y, n_trees)
        for kind in kinds:
            yield f"synthetic, {n_features}", kind, *models[kind], X


def reference(kind, model, response, function, rows, background, n_pairs):
    """Exact values, and what they come from with its noise or its check."""
    if rows.shape[1] <= 12:
        return by_enumeration(function, rows, background)[0], "enumeration"
    if kind == "MLP":
        values, errors = by_long_run(function, rows, background, n_pairs)
        noise = (errors**2).mean() / (values**2).mean()
        return values, f"{n_pairs} pairs of walks, noise {noise:.0e}"
    ours = ShapleyExplainer(algorithm="tree", response_method=response).fit(model, background)
    values = ours.explain(rows).values
    if not import_if_there("shap"):
        return values, "skxai's trees"
    exact = by_trees(model, rows, background)[0]
    return exact, f"shap's trees, skxai's differ by {np.abs(exact - values).max():.0e}"


def compare(task, options, n_background, budgets):
    """For one task: rows of the table, and ratios to our error: of the best peer's, of walks'."""
    name, kind, model, response, X = task
    background, rows = split(X, n_background, options.rows)
    function = Counting(model, response)
    exact, source = reference(
        kind, model, response, function, rows, background, options.reference_pairs
    )
    unit, size = rows.shape[1] * n_background, (exact**2).mean()
    print(f"{name}, {kind}.{response}: {source}", flush=True)
    table, ratios = [], []
    for factor in budgets:
        cells, errors = [], []
        for explain in (*ours().values(), *peers().values()):
            error, used = measure(
                explain, function, rows, background, factor * unit, exact, options.seeds
            )
            errors.append(float(error / size))
            cells.append(f"{error / size:.2e} ({used / unit:.1f})")
        best_peer = min(errors[2:], default=np.nan)
        ratios.append((best_peer / errors[0], errors[1] / errors[0]))
        table.append((name, kind, f"{factor}·d·m", *cells, *ratios[-1]))
    return table, ratios


def measure(explain, function, rows, background, budget, exact, n_seeds):
    """Mean squared error, and model rows for each explained row."""
    function.reset()
    squares = [
        (explain(function, rows, background, budget, seed) - exact) ** 2 for seed in range(n_seeds)
    ]
    return np.mean(squares), function.n_rows / (n_seeds * len(rows))


def summary(ratios, budgets):
    """Ratios over all tasks, for each budget and for those up to ten."""
    columns = {f"{factor}·d·m": ratios[:, [k]] for k, factor in enumerate(budgets)}
    columns["2 to 10·d·m"] = ratios[:, [k for k, factor in enumerate(budgets) if factor <= 10]]
    return [
        (name, float(np.exp(np.log(part).mean())), float(part.min()), int((part >= 1).sum()))
        for name, part in columns.items()
    ]


def main():
    options = parse_arguments(
        __doc__, rows=5, seeds=3, trees=50, background=100, reference_pairs=400
    )
    n_background, budgets = options.background, BUDGETS
    if options.smoke:
        options.rows, options.seeds, options.trees, options.reference_pairs = 1, 1, 3, 5
        n_background, budgets = 5, BUDGETS[:2]
    warnings.simplefilter("ignore")  # of shap, and of networks that could be trained longer
    print_versions("shap", "shapiq", "lightgbm")
    began = time.perf_counter()
    table, ratios = [], []
    with threadpool_limits(1):
        for task in tasks(options.trees, options.smoke):
            rows, own_ratios = compare(task, options, n_background, budgets)
            table += rows
            ratios.append(own_ratios)
    print()
    print_table(
        "Normalised mean squared error (model rows used, in units of d·m)",
        ["data", "model", "budget", *ours(), *peers(), "best peer / skxai", "walks / skxai"],
        table,
    )
    for k, other in enumerate(("Best peer's error", "Error of plain walks")):
        print_table(
            f"{other} over ours, nine tasks",
            ["budget", "geometric mean", "smallest", "at least 1, cells"],
            summary(np.array(ratios)[:, :, k], budgets),
        )
        cells = np.array(ratios)[:, :, k].ravel()
        print_ratios(f"{other[0].lower()}{other[1:]} over ours, equal model rows", cells)
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
