"""Time of exact Shapley values of tree ensembles, against shap and woodelf_explainer.

Each cell explains some rows of a model against a whole background, from the fitted model to the
values: preparation included. All packages run in the same process, on one thread.

    python benchmarks/trees_time.py            # the table, some minutes
    python benchmarks/trees_time.py --smoke    # one small cell
    python benchmarks/trees_time.py --deep     # a forest of unlimited depth as well
    python benchmarks/trees_time.py --interactions   # matrices of interaction values instead

shap's time grows with rows times background. Where that is large, it is measured on fewer rows
and multiplied; such times are marked with ~. A package that is not installed is left out. Times
are the best of several runs; values of all packages are compared. Interaction values against a
background are compared with woodelf_explainer only: shap has them without a background.
"""

import argparse
import contextlib
import io
import time

import numpy as np
import pandas as pd
from _common import print_ratios, print_table, print_versions
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from threadpoolctl import threadpool_limits

from skxai.predictors._trees import tree_ensemble_of
from skxai.shapley._trees import TreeShapley, tree_shapley

try:
    import shap
except ImportError:
    shap = None
try:
    from woodelf import WoodelfExplainer
except ImportError:
    WoodelfExplainer = None

MAX_SHAP_PAIRS = 20_000  # rows times background that shap is really run on


def make_data(n_rows, n_columns, seed=0):
    """Numbers, and a target with interactions."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_columns))
    y = X[:, 0] * X[:, 1] + np.sin(3 * X[:, 2]) + 0.3 * X[:, 3:8].sum(axis=1)
    y += (X[:, 4] > 0) * X[:, 5] + 0.3 * rng.normal(size=n_rows)
    # Values that float32 holds: shap and woodelf compare in float64, scikit-learn in float32.
    return X.astype(np.float32).astype(float), y


def run_skxai(model, X, background):
    """Our values."""
    return tree_shapley(tree_ensemble_of(model, "predict"), X, background)[:, :, 0]


def run_shap(model, X, background):
    """The values of shap's TreeExplainer, with all of the background."""
    masker = shap.maskers.Independent(background, max_samples=len(background))
    return shap.TreeExplainer(model, masker).shap_values(X, check_additivity=False)


def run_woodelf(model, X, background):
    """The values of WOODELF; it takes DataFrames."""
    names = [f"x{j}" for j in range(X.shape[1])]
    explainer = WoodelfExplainer(model, pd.DataFrame(background, columns=names))
    return np.asarray(explainer.shap_values(pd.DataFrame(X, columns=names)))


def interact_skxai(model, X, background):
    """Our matrices of interaction values."""
    return TreeShapley(tree_ensemble_of(model, "predict"), background).interactions(X)[..., 0]


def interact_woodelf(model, X, background):
    """The matrices of WOODELF."""
    names = [f"x{j}" for j in range(X.shape[1])]
    explainer = WoodelfExplainer(model, pd.DataFrame(background, columns=names))
    return explainer.shap_interaction_values(pd.DataFrame(X, columns=names), as_df=False)


def best_time(run, model, X, background, repeats):
    """Seconds of the fastest run, and the values."""
    best = np.inf
    for _ in range(repeats):
        silent = io.StringIO()
        with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
            begin = time.perf_counter()
            values = run(model, X, background)
            best = min(best, time.perf_counter() - begin)
        if best > 5:  # noise no longer matters
            break
    return best, values


def compare(model, X, background, repeats, interactions=False):
    """One line of a table: seconds of each package, over ours, and the largest difference."""
    our_run = interact_skxai if interactions else run_skxai
    ours, values = best_time(our_run, model, X, background, repeats)
    woodelf, of_shap = [None] * 3, [None] * 3
    if WoodelfExplainer is not None:
        their_run = interact_woodelf if interactions else run_woodelf
        theirs, other = best_time(their_run, model, X, background, repeats)
        woodelf = [theirs, theirs / ours, np.abs(other - values).max()]
    if shap is not None and not interactions:
        n_rows = int(np.clip(MAX_SHAP_PAIRS // len(background), 2, len(X)))
        theirs, other = best_time(run_shap, model, X[:n_rows], background, repeats)
        theirs *= len(X) / n_rows
        mark = "~" if n_rows < len(X) else ""
        gap = np.abs(other - values[:n_rows]).max()
        of_shap = [f"{mark}{theirs:.3g}", theirs / ours, gap]
    return [len(background), len(X), ours, *woodelf, *of_shap]


HEADER = ["background", "rows", "skxai, s", "woodelf, s", "woodelf / skxai", "gap of values"]
HEADER += ["shap, s", "shap / skxai", "gap of values"]


def main():
    """Fit the models and print a table of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="one small cell")
    parser.add_argument("--deep", action="store_true", help="also a forest of unlimited depth")
    parser.add_argument("--interactions", action="store_true", help="interaction values")
    parser.add_argument("--columns", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--largest", type=int, default=10_000, help="rows, and background")
    args = parser.parse_args()
    how = args.repeats, args.interactions
    n_train = 500 if args.smoke else 10_000
    X, y = make_data(2 * n_train, args.columns)
    X, background, y = X[:n_train], X[n_train:], y[:n_train]
    models = {"GradientBoosting(100)": GradientBoostingRegressor(random_state=0)}
    cells = [(50, 100)]
    if not args.smoke:
        models["HistGradientBoosting(100)"] = HistGradientBoostingRegressor(random_state=0)
        models["RandomForest(100, depth 8)"] = RandomForestRegressor(max_depth=8, random_state=0)
        cells = [(b, n) for b in (100, 1_000, 10_000) for n in (1_000, 10_000)]
        cells = [cell for cell in cells if max(cell) <= args.largest]
        if args.interactions:
            cells = [(1_000, 1_000)]
    print_versions("shap", "woodelf")
    lines = []
    with threadpool_limits(1):
        for name, model in models.items():
            model.fit(X, y)
            table = [compare(model, X[:n], background[:b], *how) for b, n in cells]
            print_table(name, HEADER, table)
            lines += table
        if args.deep:
            name = "RandomForest(100, no limit)"
            forest = RandomForestRegressor(random_state=0).fit(X[:1_000], y[:1_000])
            rows = X[1_000:2_000]
            table = [
                compare(forest, rows, background[:b], 1, args.interactions) for b in (100, 1_000)
            ]
            print_table(name, HEADER, table)
            lines += table
    for package, column in (("woodelf_explainer", 4), ("shap", 7)):
        print_ratios(f"{package}'s time over ours, sums of trees", [line[column] for line in lines])


if __name__ == "__main__":
    main()
