"""Every test here: the Agg backend, no figure left open, no global style touched."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from skxai import CounterfactualExplainer, Explanation, InteractionExplanation

try:
    import matplotlib
except ImportError:  # a skip in here would end the whole run where this folder is asked for
    collect_ignore_glob = ["test_*.py"]
else:
    matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _leave_no_trace():
    from matplotlib import pyplot

    pyplot.close("all")  # what tests elsewhere have left
    before = matplotlib.rcParams.copy()
    yield
    pyplot.close("all")
    assert matplotlib.rcParams == before


@pytest.fixture
def explain():
    """Makes an Explanation of given shape, complete, with data and random attributions."""

    def make(n_rows=20, n_features=5, n_outputs=None, std_errors=False, scale=1.0, **fields):
        rng = np.random.default_rng(0)
        shape = (n_rows, n_features) if n_outputs is None else (n_rows, n_features, n_outputs)
        values = (
            scale
            * rng.normal(size=shape)
            * np.arange(n_features, 0, -1).reshape((1, n_features) + (1,) * (n_outputs is not None))
        )
        base_values = np.full((n_rows,) if n_outputs is None else (n_rows, n_outputs), 10.0)
        fields.setdefault("data", pd.DataFrame(rng.normal(size=(n_rows, n_features))))
        if std_errors:
            fields["std_errors"] = 0.1 * np.abs(values)
        return Explanation(values, base_values, base_values + values.sum(axis=1), **fields)

    return make


@pytest.fixture
def interact():
    """Makes an InteractionExplanation of given shape, symmetric, with data and names."""

    def make(n_rows=20, n_features=5, n_outputs=None, std_errors=False, scale=1.0, **fields):
        rng = np.random.default_rng(0)
        outputs = () if n_outputs is None else (n_outputs,)
        values = rng.normal(size=(n_rows, n_features, n_features, *outputs))
        values = scale * (values + values.swapaxes(1, 2))
        base_values = np.zeros((n_rows, *outputs))
        fields.setdefault("data", pd.DataFrame(rng.normal(size=(n_rows, n_features))))
        if std_errors:
            fields["std_errors"] = 0.1 * np.abs(values)
        return InteractionExplanation(values, base_values, values.sum(axis=(1, 2)), **fields)

    return make


@pytest.fixture
def made():
    """Makes a counterfactual result whose changes are chosen by hand, with columns of all kinds."""

    def make(changes, **fields):
        background = pd.DataFrame(
            {
                "annual household income before taxes, after transfers": np.arange(101.0),
                "cost_$": [None, *range(100)],
                "job": ["clerk", "boss"] * 50 + ["clerk"],
                "day": pd.date_range("2024-01-01", periods=101),
                "flag": [0] * 100 + [1],
                "same": [7.0] * 101,
            }
        )
        row = background.iloc[[20]].copy()
        wanted = pd.concat([row] * len(changes))
        for entry, cells in enumerate(changes):
            for column, value in cells.items():
                wanted.iloc[entry, background.columns.get_loc(column)] = value

        def outputs(X):
            return np.zeros(len(X))

        explainer = CounterfactualExplainer(
            target=(1e9, None), n_counterfactuals=len(changes), max_evals=1, random_state=0
        )
        result = explainer.fit(outputs, background).explain(row)
        changed = [[column in cells for column in background] for cells in changes]
        return dataclasses.replace(
            result,
            counterfactuals=wanted,
            changed=np.array(changed),
            status=np.array(["feasible" if cells else "not_found" for cells in changes]),
            distances=np.arange(1.0, len(changes) + 1),
            **fields,
        )

    return make
