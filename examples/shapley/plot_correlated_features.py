"""
Two features say the same: which of them gets the credit?
=========================================================

A tumour's radius, its perimeter and its area are three words for its size. A model can take any of
them, or some of each, and predict as well. So what does an importance of "radius" mean?
"""

# %%
# Three columns, one thing
# ------------------------
# Seven measurements of the largest cell nuclei of 569 tumours, benign or malignant.

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

cancer = load_breast_cancer(as_frame=True)
size = ["radius", "perimeter", "area"]
columns = [*size, "texture", "smoothness", "concavity", "symmetry"]
X = cancer.data[[f"worst {name}" for name in columns]].set_axis(columns, axis=1)
y = pd.Series(cancer.target_names[cancer.target], name="tumour")
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
print(X_train.corr().loc[size].round(2).to_string())

# %%
# Four models, equally good
# -------------------------
# They order nearly all test tumours rightly, and attribute about as much to the three columns
# together. How they split it among the three has little to do with tumours: it depends on the
# penalty of a linear model, and on how many columns each split of a tree may look at.

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai import ShapleyExplainer

models = {
    "logistic, penalty": make_pipeline(StandardScaler(), LogisticRegression()),
    "logistic, hardly any": make_pipeline(
        StandardScaler(), LogisticRegression(C=1e4, max_iter=5000)
    ),
    "boosting": HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=6, random_state=0),
    "boosting, 2 columns": HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=6, max_features=2 / 7, random_state=2
    ),
}
background, rows = X_train.sample(60, random_state=0), X_test[:60]
importance, auc = {}, {}
for name, model in models.items():
    model.fit(X_train, y_train)
    auc[name] = roc_auc_score(y_test == "malignant", model.predict_proba(X_test)[:, 1])
    explanation = ShapleyExplainer(random_state=0).fit(model, background).explain(rows)
    importance[name] = explanation.importance()["importance"]
importance = pd.DataFrame(importance)
print(importance.round(3).to_string())
together = importance.loc[size].sum()
print(pd.DataFrame({"the three": together, "ROC AUC": auc}).T.round(3).to_string())

# %%

import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
colors = ["#005a9c", "#56b4e9", "#e69f00", *["0.65", "0.75", "0.65", "0.75"]]
start = np.zeros(len(models))
for column, color in zip(columns, colors):
    ax.barh(importance.columns, importance.loc[column], left=start, color=color, label=column)
    start += importance.loc[column]
ax.invert_yaxis()
ax.set_xlabel("mean |attribution| to the probability of 'malignant'")
ax.legend(
    ax.containers[:4],
    [*size, "the others"],
    ncol=4,
    frameon=False,
    loc="lower left",
    bbox_to_anchor=(0, 1),
)

# %%
# Ask about what they share
# -------------------------
# As one player, the three come and go together, and the question has one answer. Groups can be
# found: here all columns that are correlated by more than 0.9 in rank.

from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

apart = 1 - X_train.corr(method="spearman").abs()
tree = linkage(squareform(apart, checks=False), method="complete")
found = pd.Series(columns).groupby(fcluster(tree, 1 - 0.9, "distance")).apply(list)
groups = {" + ".join(members): members for members in found if len(members) > 1}
print(groups)

grouped = {}
for name, model in models.items():
    explainer = ShapleyExplainer(groups=groups, random_state=0).fit(model, background)
    grouped[name] = explainer.explain(rows).importance()["importance"]
print(pd.DataFrame(grouped).round(3).to_string())

# %%
# Other answers, other questions
# ------------------------------
# For one model, the boosting: what is lost if a column is shuffled in the test data, and what if
# the model is fitted again without it? LIME's slopes are here, too.

from sklearn.base import clone
from sklearn.inspection import permutation_importance

from skxai import LimeExplainer

boosting = models["boosting"]


def auc_without(dropped):
    model = clone(boosting).fit(X_train.drop(columns=dropped), y_train)
    probability = model.predict_proba(X_test.drop(columns=dropped))[:, 1]
    return roc_auc_score(y_test == "malignant", probability)


shuffled = permutation_importance(
    boosting, X_test, y_test, scoring="roc_auc", n_repeats=20, random_state=0
)
lime = LimeExplainer(random_state=0).fit(boosting, X_train).explain(rows[:20])
answers = pd.DataFrame(
    {
        "Shapley": importance["boosting"],
        "LIME": lime.importance()["importance"],
        "AUC lost, shuffled": shuffled.importances_mean,
        "AUC lost, dropped": [auc["boosting"] - auc_without([column]) for column in columns],
    },
    index=columns,
)
print(answers.round(4).to_string())
print(f"AUC lost without all three: {auc['boosting'] - auc_without(size):.4f}")

# %%
# Without this column, or without knowing it?
# -------------------------------------------
# An absent column takes its value from a background row, whatever the others say. So the model is
# asked about tumours whose radius and perimeter do not fit each other:

ratio = X_train["perimeter"] / X_train["radius"]
mixed = background["perimeter"].to_numpy() / rows["radius"].to_numpy()[:, None]
impossible = (mixed < ratio.min()) | (mixed > ratio.max())
print(f"perimeter / radius is {ratio.min():.1f} to {ratio.max():.1f} in the training data;")
print(f"of a tumour's radius with another's perimeter, {impossible.mean():.0%} lie outside")

# %%
# The alternative is to draw absent columns as they are where the present ones are known, from the
# training rows that are nearest in these. That is a model of the data, with its own errors, and
# skxai has no option for it. But a game is a function of who is present, so it takes a few lines.

row = X_test.iloc[[boosting.predict_proba(X_test)[:, 1].argmax()]]
scale = X_train.std()


def mean_where_known(coalitions):
    drawn = []
    for present in coalitions.astype(bool):
        distance = (((X_train - row.iloc[0]) / scale).loc[:, present] ** 2).sum(axis=1)
        like = X_train if not present.any() else X_train.loc[distance.nsmallest(30).index]
        known = dict(row.iloc[0][present])
        drawn.append(boosting.predict_proba(like.assign(**known))[:, 1].mean())
    return np.array(drawn)


nobody = np.zeros((1, len(columns)))
marginal = ShapleyExplainer(algorithm="exact").fit(boosting, X_train).explain(row)
conditional = ShapleyExplainer(algorithm="exact").fit(mean_where_known, nobody)
conditional = conditional.explain(nobody + 1)
two = pd.DataFrame(
    {"any values": marginal.values[0], "likely values": conditional.values[0]}, index=columns
)
print(two.round(3).to_string())
print(f"sums: {two.sum().round(3).to_dict()}")

fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
two.plot.barh(ax=ax, color=["#005a9c", "#e69f00"], width=0.75)
ax.invert_yaxis()
ax.axvline(0, color="0.5", linewidth=0.8)
ax.set_xlabel("attribution to the probability of 'malignant', one tumour")
ax.legend(title="absent columns take", frameon=False)

# %%
# The first is true to the model, which hardly looks at the radius. The second is true to the data,
# in which the radius tells what the perimeter would; it gives something even to a column that the
# model ignores altogether.

# %%
# What can go wrong
# -----------------
# - **A small attribution does not mean an unimportant feature.** Another feature may stand in for
#   it. Look at the correlations first, and explain groups.
# - **Shuffling and dropping hide what is there twice.** None of the three is needed, and all three
#   are. Shuffle and drop groups, too.
# - **Impossible rows ask the model where it never learned.** Trees stay flat there; a network
#   may say anything.
# - **Credit split by likely values is not what the model does.** With it, nobody can conclude that
#   a model uses a column, or that it does not.
# - **Which column causes the disease is none of these questions.**
