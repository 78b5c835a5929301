"""A run that tests interrupt: ``python interrupted_run.py FOLDER N_JOBS``."""

import sys

import numpy as np
from logging_models import Slow

from skxai import ShapleyExplainer

N_ROWS, BATCH = 60, 10


def rows():
    return np.random.default_rng(0).standard_normal((N_ROWS, 4))


def explainer(n_jobs=None):
    found = ShapleyExplainer(algorithm="permutation", max_evals=100, random_state=0, n_jobs=n_jobs)
    found.fit(Slow(), rows()[:5])
    found._rows_per_chunk = one
    return found


def one():
    """Rows of a chunk: a task for each."""
    return 1


if __name__ == "__main__":
    explainer(int(sys.argv[2])).explain_batches(rows(), BATCH).to_parquet(sys.argv[1])
