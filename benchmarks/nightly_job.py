"""A nightly job: every row of a large mixed table explained, through a Pipeline.

    python benchmarks/nightly_job.py

A HistGradientBoosting classifier behind a ColumnTransformer: numbers with missing values as they
are, strings encoded, booleans; 100,000 rows × 50 columns, a background of 1,000 rows, two jobs.
Exact Shapley values of the raw score. Time is from the fitted model to the explanation; beside it
stands the time of the model's own predictions for the same rows. Memory is the peak of this
process, the table included, and the largest of its workers.

Then a part of the rows, serially and under joblib's engines (dask and ray if they are installed),
by exact values and by permutations, which ask the model. For each, the shortest of three times,
after the workers have started; the numbers must be the same to the last bit.
"""

import importlib
import resource
import time
from contextlib import contextmanager

import joblib
import numpy as np
import pandas as pd
from _common import import_if_there, parse_arguments, print_table, print_versions
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from skxai import ShapleyExplainer

N_STRINGS, N_FLAGS = 10, 5


def make_table(n_rows, n_columns, seed=0):
    """A mixed table with missing values, and labels that depend on pairs of its columns."""
    rng = np.random.default_rng(seed)
    n_numbers = n_columns - N_STRINGS - N_FLAGS
    numbers = rng.normal(size=(n_rows, n_numbers))
    codes = rng.integers(0, 12, size=(n_rows, N_STRINGS))
    flags = rng.random((n_rows, N_FLAGS)) < 0.3
    score = numbers[:, 0] * numbers[:, 1] + np.sin(2 * numbers[:, 2]) + (codes[:, 0] % 3) - 1
    score += np.where(flags[:, 0], numbers[:, 3], codes[:, 1] > 6)
    numbers[rng.random(numbers.shape) < 0.05] = np.nan
    columns = {f"number{j}": numbers[:, j] for j in range(n_numbers)}
    names = np.array([f"town {k}" for k in range(12)], dtype=object)
    columns |= {f"town{j}": names[codes[:, j]] for j in range(N_STRINGS)}
    columns |= {f"flag{j}": flags[:, j] for j in range(N_FLAGS)}
    return pd.DataFrame(columns), score + rng.normal(size=n_rows) > 0.5


def peak_mib():
    """Peak memory of this process and of the largest of its finished children."""
    return [
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]


# -- engines -----------------------------------------------------------------------------------


@contextmanager
def engine(name, n_workers):
    """joblib told to use so many workers of an engine."""
    if name == "serial":
        yield
    elif name == "dask":
        dask, distributed = map(importlib.import_module, ("dask", "distributed"))
        # dask tells its workers to hand memory back at once; to get it again takes as long as
        # the algebra on it.
        limits = {"TRIM": 2**28, "MMAP": 2**25}
        prefix = "distributed.nanny.pre-spawn-environ.MALLOC"
        memory = {f"{prefix}_{name}_THRESHOLD_": value for name, value in limits.items()}
        options = {"threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
        with (
            dask.config.set(memory),
            distributed.LocalCluster(n_workers=n_workers, **options) as cluster,
            distributed.Client(cluster),
            joblib.parallel_config("dask"),
        ):
            yield
    else:
        if name == "ray":
            importlib.import_module("ray.util.joblib").register_ray()
        with joblib.parallel_config(name, n_jobs=n_workers):
            yield


def compare_engines(model, background, rows, n_workers, repeats=3):
    """Times of the same work under each engine, and how often serial takes as long."""
    names = ["serial", "threading", "loky"]
    names += [
        name for name in ("dask", "ray") if import_if_there(name.replace("dask", "distributed"))
    ]
    table = []
    for algorithm, n_rows in [("tree", len(rows)), ("permutation", max(10, len(rows) // 200))]:
        explainer = ShapleyExplainer(
            algorithm=algorithm, response_method="raw_score", max_evals=20_000, random_state=0
        ).fit(model, background if algorithm == "tree" else background[:50])
        X, expected, serial = rows[:n_rows], None, None
        for name in names:
            with engine(name, n_workers):
                explainer.explain(X[:n_workers])  # workers start, and import
                seconds = []
                for _ in range(repeats):
                    began = time.perf_counter()
                    explanation = explainer.explain(X)
                    seconds.append(time.perf_counter() - began)
            if expected is None:
                expected, serial = explanation, min(seconds)
            assert np.array_equal(explanation.values, expected.values), name
            table.append((algorithm, n_rows, name, min(seconds), serial / min(seconds)))
    header = ["algorithm", "rows", "engine", "seconds", "times as fast as serial"]
    print_table(f"Engines, {n_workers} workers: the same bits", header, table)


def main():
    options = parse_arguments(__doc__, rows=100_000, columns=50, background=1000, jobs=2)
    if options.smoke:
        options.rows, options.columns, options.background, options.jobs = 300, 20, 50, 1
    print_versions("joblib", "distributed", "ray")
    X, y = make_table(options.rows + 10_000, options.columns)
    texts = make_column_selector(dtype_include=[object, "string"])
    model = make_pipeline(
        make_column_transformer((OrdinalEncoder(), texts), remainder="passthrough"),
        HistGradientBoostingClassifier(random_state=0),
    ).fit(X[-10_000:], y[-10_000:])
    background, rows = X[-options.background :], X[: options.rows]
    before = peak_mib()[0]
    began = time.perf_counter()
    explainer = ShapleyExplainer(response_method="raw_score", n_jobs=options.jobs)
    explainer.fit(model, background)
    fitted = time.perf_counter()
    explanation = explainer.explain(rows)
    done = time.perf_counter()
    model.decision_function(rows)
    model_seconds = time.perf_counter() - done
    gap = np.abs(explanation.completeness_gap).max()
    assert explainer.exact_, explainer.algorithm_
    assert gap < 1e-9, gap
    if options.jobs > 1:
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True)  # so that the workers' memory is counted
    own, workers = peak_mib()
    print_table(
        f"{options.rows} rows × {options.columns} columns, background {options.background}, "
        f"{options.jobs} jobs",
        ["fit, s", "explain, s", "rows / s", "predict, s", "MiB before", "MiB", "a worker"],
        [
            (
                fitted - began,
                done - fitted,
                int(options.rows / (done - fitted)),
                model_seconds,
                int(before),
                int(own),
                int(workers),
            )
        ],
    )
    compare_engines(model, background, rows[: options.rows // 5], max(2, options.jobs))


if __name__ == "__main__":
    main()
