"""
Which labels are wrong?
=======================

Someone labelled the data, and some labels are wrong. To check every row again costs too much: which
ones should be looked at first? Here labels of a real table are flipped at random, so that it is
known how many of the flipped ones each order of checking finds.
"""

# %%
# A table with wrong labels
# -------------------------
# Tumours, benign or malignant: 300 rows to train on, of which 30 get the wrong label, and others
# whose labels are right.

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

cancer = load_breast_cancer(as_frame=True)
X, y = cancer.data, pd.Series(cancer.target_names[cancer.target], name="tumour")


def with_wrong_labels(seed):
    """Training rows, their labels, which of these are wrong, and validation rows and labels."""
    X_train, X_val, y_train, y_val = train_test_split(
        X, y, train_size=300, stratify=y, random_state=seed
    )
    wrong = np.zeros(300, dtype=bool)
    wrong[np.random.default_rng(seed).choice(300, 30, replace=False)] = True
    other = y_train.map({"benign": "malignant", "malignant": "benign"})
    return X_train, y_train.mask(wrong, other), wrong, X_val, y_val


X_train, y_train, wrong, X_val, y_val = with_wrong_labels(seed=0)
model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(X_train, y_train)
print(f"accuracy on the validation rows, whose labels are right: {model.score(X_val, y_val):.3f}")
clean = with_wrong_labels(seed=0)[1].mask(wrong, y.loc[X_train.index])
print(f"had no label been wrong: {model.fit(X_train, clean).score(X_val, y_val):.3f}")

# %%
# What is each row worth?
# -----------------------
# ``KNNShapleyExplainer`` splits what ten nearest neighbours earn on the validation rows among the
# training rows, exactly. Distances are those after the scaling step of the Pipeline. A row that
# misleads its neighbourhood has a negative value.

from skxai import KNNShapleyExplainer

model.fit(X_train, y_train)
explainer = KNNShapleyExplainer(n_neighbors=10).fit(model, X_train, y_train)
valuation = explainer.average(X_val, y_val)  # a `DataValuation`
print(valuation.importance().nsmallest(5, "value").round(5).to_string())
valuation.plot(max_rows=15)

# %%
# Of these rows so many have a wrong label (by chance it would be one in ten):

least = valuation.importance()["value"].to_numpy().argsort()[:15]
print(f"{wrong[least].sum()} of {len(least)}")

# %%
# Who finds them first?
# ---------------------
# Four more orders of checking. ``InfluenceExplainer`` needs no validation rows: *self-influence* is
# what a row's presence does to its own loss; wrong labels need the model's effort. With them, it
# tells what each row does to the loss there. ``DataShapleyExplainer`` refits the model on more and
# more rows, in random orders. And the simplest thing: the probability of a row's label from a
# model that has not seen the row, by cross-validation.

from sklearn.model_selection import cross_val_predict

from skxai import DataShapleyExplainer, InfluenceExplainer


def scores(X_train, y_train, X_val, y_val, data_shapley=True):
    """By name of the method a score for each training row; the lowest are checked first."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(X_train, y_train)
    knn = KNNShapleyExplainer(n_neighbors=10).fit(model, X_train, y_train)
    influence = InfluenceExplainer(quantity="loss").fit(model, X_train, y_train)
    columns = (y_train.to_numpy()[:, None] == model.classes_).argmax(axis=1)
    unseen = cross_val_predict(model, X_train, y_train, method="predict_proba")
    found = {
        "KNN-Shapley": knn.average(X_val, y_val).values[0],
        "self-influence": np.diag(influence.explain(X_train, y_train).values),
        "influence on validation loss": -influence.explain(X_val, y_val).values.mean(axis=0),
        "cross-validated probability": unseen[np.arange(len(columns)), columns],
    }
    if data_shapley:
        scaler, last = model[:1], model[-1]  # not to scale anew a thousand times
        refits = DataShapleyExplainer(n_permutations=20, truncation=0.2, random_state=0)
        refits.fit(last, scaler.transform(X_train), y_train)
        values = refits.explain(scaler.transform(X_val), y_val).values[0]
        found["Data Shapley, 20 orders"] = values
    return found


found = scores(X_train, y_train, X_val, y_val)
curves = {name: np.cumsum(wrong[np.argsort(score)]) for name, score in found.items()}

import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
checked = np.arange(1, 301)
for name, curve in curves.items():
    ax.plot(checked / 3, curve, label=name)
ax.plot([0, 100], [0, 30], color="0.5", linestyle=":", label="chance")
ax.plot([0, 10, 100], [0, 30, 30], color="0.8", label="best possible", zorder=0)
ax.set(xlabel="% of the training rows checked", ylabel="wrong labels found, of 30", xlim=(0, 60))
ax.legend(frameon=False, loc="lower right", fontsize="small")

n_found = {n: {name: curve[n - 1] for name, curve in curves.items()} for n in (30, 60, 150)}
print(pd.DataFrame(n_found).rename_axis(columns="first").to_string())

# %%
# All begin far from chance. But two leave some wrong labels to the end. Without these rows the loss
# on the validation rows would be no lower, or hardly; and Data Shapley from twenty orders knows
# little of a single row.
#
# A single draw may flatter one of them, so all but the slow one are asked five times: how many of
# the 30 are among the first 30, and the first 60?

lines = []
for seed in range(5):
    X_train, y_train, wrong, X_val, y_val = with_wrong_labels(seed)
    for name, score in scores(X_train, y_train, X_val, y_val, data_shapley=False).items():
        order = np.argsort(score)
        lines.append((name, wrong[order[:30]].sum(), wrong[order[:60]].sum()))
table = pd.DataFrame(lines, columns=["method", "first 10 %", "first 20 %"])
table = table.groupby("method").mean()
table.loc["chance"] = 3.0, 6.0
print(table.sort_values("first 10 %", ascending=False).to_string())

# %%
# What can go wrong
# -----------------
# - A low value says that a row misleads, not that its label is wrong: rare but right cases, which
#   the rest of the data do not support, are worth little too. Look at rows before dropping them.
# - Labels that are wrong in the same way, such as those of one careless annotator, support each
#   other. Flips at random, as here, are the easy case.
# - Values are for the validation rows. If their labels are as wrong as the others, so is the value.
# - Simple checks are strong: the probability from cross-validation, as above, does about as well
#   here as the best, and needs no validation rows.
# - A wrong label need not harm. What a row does to the validation loss is what was asked, and where
#   it does nothing, or good, its label is not found that way.
# - Data Shapley from few orders is noisy: see its standard errors. Here each order is left long
#   before most rows had their turn.
