"""
Which training rows made this prediction?
=========================================

A model calls a tumour benign that is malignant. It has learned from 400 others: which of them
taught it that, and how many would have had to be missing for it to be right?
"""

# %%
# The data, and a wrong prediction
# --------------------------------
# Thirty measurements of cell nuclei. Of the tumours that the model gets wrong, we ask about the
# one it is least sure of.

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

cancer = load_breast_cancer(as_frame=True)
X, y = cancer.data, pd.Series(cancer.target_names[cancer.target], name="tumour")
X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=400, random_state=0)
logistic = LogisticRegression(solver="newton-cholesky", tol=1e-10)
model = make_pipeline(StandardScaler(), logistic).fit(X_train, y_train)

malignant = pd.Series(model.predict_proba(X_test)[:, 1], X_test.index)
wrong = y_test.index[model.predict(X_test) != y_test]
asked = malignant[wrong].sub(0.5).abs().idxmin()
row = X_test.loc[[asked]]
print(f"{len(wrong)} of {len(y_test)} are wrong; number {asked} is {y_test[asked]}, and has a")
print(f"probability of {malignant[asked]:.3f} of being malignant")

# %%
# Who is behind it
# ----------------
# ``fit`` takes the data that the model was fitted to. The answer, an `InfluenceExplanation`, has a
# number for each training row: by how much its presence raises the prediction.

from skxai import InfluenceExplainer

explainer = InfluenceExplainer().fit(model, X_train, y_train)
explanation = explainer.explain(row)
top = explanation.top(5)
print(top.assign(tumour=y_train[top["row"]].to_numpy()).to_string())
explanation.plot()

# %%
# Malignant tumours raise its probability. Of the five that lower it most, three are malignant
# themselves, among them the first: more of that below. Few rows do most of it:

size = np.sort(np.abs(explanation.values[0]))[::-1]
print(f"half of all influence comes from {(size.cumsum() < size.sum() / 2).sum() + 1} of 400 rows")

# %%
# Is it true?
# -----------
# Nothing was fitted again: one step from the fitted parameters tells what the model would be
# without a row, and only rows that move it far are followed by more. ``algorithm="newton"`` goes on
# to the end for all 400. And one can ask scikit-learn.

exact = InfluenceExplainer(algorithm="newton").fit(model, X_train, y_train).explain(row)
Z = pd.DataFrame(model[0].transform(X_train), X_train.index)
refits = []
for label in top["row"]:
    without = model[-1].__class__(**logistic.get_params()).fit(Z.drop(label), y_train.drop(label))
    refits.append(malignant[asked] - without.predict_proba(model[0].transform(row))[0, 1])
print(
    pd.DataFrame(
        {
            "closed form": top["value"].to_numpy(),
            "newton": exact.values[0, top["position"]],
            "fitted again": refits,
        },
        index=top["row"],
    ).round(5)
)
gap = np.abs(explanation.values - exact.values).max()
print(f"largest difference of closed form and newton, of 400 rows: {gap:.5f}")

# %%
# How many rows decide?
# ---------------------
# Leave out the rows that lower the probability most, then fit again; and, to compare, as many rows
# at random. The model is right once the first one is missing, a single one of 400.

order = X_train.index[np.argsort(explanation.values[0])]
rng = np.random.default_rng(0)
table = {}
for n in (1, 2, 5, 10, 20):
    dropped = {"those that lower it": order[:n], "at random": rng.permutation(X_train.index)[:n]}
    table[n] = {}
    for name, labels in dropped.items():
        again = make_pipeline(StandardScaler(), logistic).fit(
            X_train.drop(labels), y_train.drop(labels)
        )
        table[n][name] = again.predict_proba(row)[0, 1]
print(pd.DataFrame(table).T.rename_axis("rows left out").round(3))

# %%
# Rows that pull the whole model
# ------------------------------
# Cook's distance needs no test row: it says how far leaving out a row moves all fitted values. At
# the top is the malignant tumour that lowered the probability most. To the model it looks benign,
# as do the three after it, although it was fitted to them: a row that does not fit pulls hard.

cook = pd.Series(explainer.cooks_distance_, X_train.index).nlargest(4)
own = pd.Series(model.predict_proba(X_train)[:, 1], X_train.index)
print(pd.DataFrame({"Cook": cook, "P(malignant)": own[cook.index], "is": y_train[cook.index]}))

# %%
# What can go wrong
# -----------------
# - Influence is of one row at a time. That of several rows is not the sum: two copies of a tumour
#   hide each other, and leaving out many moves the model farther than the sum says, or less far.
# - The explainer takes the fitted model at its word: if the search for its parameters stopped
#   early, or if it was fitted to other data, a warning says so.
# - Only the last step is thought to be fitted without the row. The scaler still knows it.
# - An influential row need not be wrong. It may be the only one of its kind.
