"""
Does asthma lower the risk?
===========================

A model predicts which patients with pneumonia will die, so that the others can be treated at
home. Its explanations say that asthma protects, and they are right about the model. That is a
finding about the hospital, not about asthma: patients with asthma were sent to intensive care.
After Caruana et al., "Intelligible models for healthcare", KDD (2015); the table here is made up,
so that the truth is known.
"""

# %%
# A hospital
# ----------
# Asthma adds to the risk, as do age, a fast pulse and low oxygen. The hospital knows it: most
# patients with asthma, and some of the others who are very ill, get intensive care, which lowers
# the risk a lot. The table that the model learns from does not say who got it.

import numpy as np
import pandas as pd
from scipy.special import expit

rng = np.random.default_rng(0)
n = 8000
patients = pd.DataFrame(
    {
        "age": rng.integers(30, 90, n),
        "asthma": rng.random(n) < 0.15,
        "pulse": rng.normal(95, 15, n).round(),
        "oxygen": rng.normal(93, 4, n).clip(70, 100).round(),
    }
)


def risk(patients, intensive_care):
    """The true probability of death."""
    log_odds = (
        -2.0
        + 0.05 * (patients["age"] - 60)
        + 0.03 * (patients["pulse"] - 95)
        - 0.15 * (patients["oxygen"] - 93)
        + 0.8 * patients["asthma"]
        - 2.5 * intensive_care
    )
    return expit(log_odds)


very_ill = patients["oxygen"] < 88
intensive_care = rng.random(n) < np.where(patients["asthma"], 0.95, np.where(very_ill, 0.5, 0.02))
died = np.where(rng.random(n) < risk(patients, intensive_care), "died", "survived")
print("died, of those with and without asthma:")
print(pd.Series(died == "died").groupby(patients["asthma"]).mean().round(3).to_string())

# %%
# The model, and what it says of asthma
# -------------------------------------

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from skxai import ShapleyExplainer

X_train, X_test, y_train, y_test, care_train, care_test = train_test_split(
    patients, died, intensive_care, random_state=0
)
model = HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(X_train, y_train)
chance = model.predict_proba(X_test)[:, 0]
print(f"area under the ROC curve on new patients: {roc_auc_score(y_test == 'died', chance):.2f}")

explainer = ShapleyExplainer(target="died", random_state=0).fit(
    model, X_train.sample(100, random_state=0)
)
with_asthma = X_test[X_test["asthma"]][:300]
explanation = explainer.explain(with_asthma)
asthma = explanation[:, "asthma"].values[:, 0]
print(f"patients with asthma for whom it lowers the predicted risk: {np.mean(asthma < 0):.0%}")
print(f"by {-asthma.mean():.3f} on average")
display = explanation.plot("beeswarm")

# %%
# Is the explanation right?
# -------------------------
# Of the model, yes: if asthma is taken out of the table of these patients, the predicted risk
# rises for nearly all of them.

without = with_asthma.assign(asthma=False)
rise = model.predict_proba(without)[:, 0] - model.predict_proba(with_asthma)[:, 0]
print(f"the prediction without asthma is higher for {np.mean(rise > 0):.0%} of them")

# %%
# Of the world, no. Here it is known what asthma does to somebody whose care stays the same, and
# what would become of patients with asthma who are sent home because the model finds them safe.

care = care_test[X_test["asthma"].to_numpy()][:300]
effect = risk(with_asthma, care) - risk(without, care)
print(f"true effect of asthma, care unchanged: {effect.mean():+.3f}")
safe = model.predict_proba(with_asthma)[:, 0] < np.median(chance)
print(
    f"of {len(safe)} patients with asthma, the model calls {safe.sum()} safer than the median one"
)
print(f"their risk as they were treated: {risk(with_asthma, care)[safe].mean():.3f}")
print(f"their risk if they are sent home: {risk(with_asthma, 0 * care)[safe].mean():.3f}")

# %%
# What the table lacks
# --------------------
# With the column of who got intensive care, a model of the same kind can tell the two apart, and
# asthma adds to the risk.

full_train, full_test = X_train.assign(care=care_train), X_test.assign(care=care_test)
informed = HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(full_train, y_train)
told = ShapleyExplainer(target="died", random_state=0)
told = told.fit(informed, full_train.sample(100, random_state=0)).explain(
    full_test.loc[with_asthma.index]
)
print("mean Shapley values of patients with asthma:")
print(told.to_frame()[["asthma", "care"]].mean().round(3).to_string())

# %%
# Nobody can know that a column is missing from numbers alone. But a person who knows that asthma is
# dangerous can see from the picture above that the model does not, and ask why. That is what
# explanations are for.
#
# What can go wrong
# -----------------
# - **An explanation of a model is not an explanation of the world.** It tells what the model goes
#   by. Whether that is a cause is decided by how the data came about.
# - **A good score hides it.** New patients are treated like the old ones, so that the model is as
#   right about them. It fails when it is used, because then the treatment changes.
# - **Deleting the column does not help.** Without asthma in the table, a model may read it off
#   another one. It is better to see it, and to correct the model by hand, or the data.
# - **Mixed-up effects need not be visible.** Here the sign is wrong. A shrunken effect of the right
#   sign would have drawn no attention.
