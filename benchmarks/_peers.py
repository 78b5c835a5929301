"""Estimators to compare: each a function (function, X, background, budget, seed) -> values.

`budget` is the number of model rows for each explained row. All average each coalition over the
same background, except ours, which goes from single background rows. Predictions of the
background and of the row itself are left out of the budget, for all of them.
"""

import importlib
import warnings
from functools import partial

import numpy as np
from _common import import_if_there

from skxai import ShapleyExplainer


def skxai(function, X, background, budget, seed, algorithm="auto"):
    """Ours, for a model of which nothing is known."""
    explainer = ShapleyExplainer(algorithm=algorithm, max_evals=budget, random_state=seed)
    return explainer.fit(function, background).explain(X).values


def shap_permutation(function, X, background, budget, seed):
    """shap's PermutationExplainer; a walk and its reverse take 2d + 1 coalitions."""
    shap = importlib.import_module("shap")
    m, d = background.shape
    masker = shap.maskers.Independent(background, max_samples=m)
    explainer = shap.explainers.PermutationExplainer(function, masker, seed=seed)
    n_pairs = round(budget / (2 * d * m))
    return explainer(X, max_evals=n_pairs * (2 * d + 1), silent=True).values


def shap_kernel(function, X, background, budget, seed, l1_reg=False):
    """shap's KernelExplainer; `l1_reg` false: all features are kept."""
    shap = importlib.import_module("shap")
    np.random.seed(seed)  # noqa: NPY002 (shap draws from the global generator)
    explainer = shap.KernelExplainer(function, background)
    n_coalitions = budget // len(background)
    return explainer.shap_values(X, nsamples=n_coalitions, l1_reg=l1_reg, silent=True)


def shapiq_approximator(function, X, background, budget, seed, name, **parameters):
    """An approximator of shapiq on the game that averages over the background."""
    approximator = getattr(importlib.import_module("shapiq.approximator"), name)
    m, d = background.shape
    with_nobody = function(background).mean()
    values = np.empty(X.shape)
    for position, row in enumerate(X):
        ends = {0: with_nobody, d: function(row[None])[0]}

        def worth(coalitions, row=row, ends=ends):
            sizes = np.sum(coalitions, axis=1)
            outputs = np.array([ends.get(size, np.nan) for size in sizes])
            inner = np.asarray(coalitions)[np.isnan(outputs)].astype(bool)
            if len(inner):
                inputs = np.where(inner[:, None], row, background).reshape(-1, d)
                outputs[np.isnan(outputs)] = function(inputs).reshape(-1, m).mean(axis=1)
            return outputs

        estimator = approximator(n=d, random_state=seed, **parameters)
        # Both ends are among its coalitions.
        result = estimator.approximate(budget // m + 2, worth)
        values[position] = [result.dict_values.get((j,), 0.0) for j in range(d)]
    return values


def ours():
    """What `algorithm="auto"` does with a function, and its walks by themselves."""
    return {"skxai": skxai, "skxai walks": partial(skxai, algorithm="permutation")}


def peers():
    """The other estimators that are installed, by name."""
    found = {}
    if import_if_there("shap"):
        found["shap Permutation"] = shap_permutation
        found["shap Kernel"] = shap_kernel
        found["shap Kernel, l1_reg"] = partial(shap_kernel, l1_reg="num_features(10)")
    shapiq = import_if_there("shapiq.approximator")
    for name, parameters in _OF_SHAPIQ.items():
        if hasattr(shapiq, name):
            found[f"shapiq {name}"] = partial(shapiq_approximator, name=name, **parameters)
    if shapiq and not import_if_there("lightgbm"):
        warnings.warn("without lightgbm, OddSHAP is weaker than it can be", stacklevel=2)
        found.pop("shapiq RegressionMSR", None)
    return found


# Pairs of coalitions with their complements are better throughout, so all have them.
_OF_SHAPIQ = {
    "KernelSHAP": {"pairing_trick": True},
    "LeverageSHAP": {},
    "OddSHAP": {},
    "RegressionMSR": {"index": "SV", "proxy_model": "lightgbm"},
}
