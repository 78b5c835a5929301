"""Explainers in several threads, after a fork, and of odd shapes."""

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from odd_families import FAMILIES, fitted
from odd_outcomes import fitted_family

from skxai import ShapleyExplainer
from skxai.utils._checks._compare import assert_same_result

OF_ROWS = [name for name, family in FAMILIES.items() if family.run is None]


@pytest.mark.parametrize("name", OF_ROWS)
def test_threads_at_once(name):
    explainer, X = fitted_family(name)
    expected = explainer.explain(X)
    with ThreadPoolExecutor(4) as pool:
        for got in pool.map(explainer.explain, [X] * 8):
            assert_same_result(got, expected, "in a thread")


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="no fork on this system"
)
@pytest.mark.parametrize("name", ["Shapley", "LIME", "LRP", "Influence", "Counterfactual"])
def test_fork_after_fit(name):
    # In a process of its own, with threads of OpenMP: libgomp's do not survive a fork, and an
    # explainer that computes with them would hang.
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("forked.py"), name],
        env=os.environ | {"OMP_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, "the same\n"), done.stderr


# -- shapes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_columns", [1, 4])
@pytest.mark.parametrize("n_background", [1, 5])
def test_small_tables(n_columns, n_background):
    X = np.arange(float(6 * n_columns)).reshape(6, n_columns)

    def squares(X):
        return (X**2).sum(axis=1)

    explainer = ShapleyExplainer().fit(squares, X[:n_background])
    expected = X**2 - (X[:n_background] ** 2).mean(axis=0)
    np.testing.assert_allclose(explainer.explain(X).values, expected, atol=1e-9)
    assert explainer.explain(X[:0]).shape == (0, n_columns)


def test_a_model_that_knows_the_order_of_its_columns():
    X = pd.DataFrame(np.random.RandomState(0).randn(20, 3), columns=list("abc"))
    model = fitted(FAMILIES["Shapley"].estimator, X, X["a"] * X["b"])
    with pytest.raises(ValueError, match=r"(?s)model fails .*feature names.*order"):
        ShapleyExplainer().fit(model, X[["c", "b", "a"]])
    with pytest.raises(ValueError, match="X has its columns in another order than in fit"):
        ShapleyExplainer().fit(model, X).explain(X[["c", "b", "a"]])
