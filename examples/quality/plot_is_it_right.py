"""
Is this explanation right?
==========================

Five explainers explain the same predictions, and differ. Nobody knows the true explanation, but
there are things that a right one should do: add up, foretell what happens when a feature is
removed, and not jump when the row hardly moves. Here they are measured, for a small network that
tells malignant tumours from benign ones by 30 measurements of the cells.
"""

# %%
# A network
# ---------

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
network = MLPClassifier((20, 10), alpha=1.0, solver="lbfgs", max_iter=2000, random_state=0)
model = make_pipeline(StandardScaler(), network).fit(X_train, y_train)
print(f"accuracy on {len(X_test)} other tumours: {model.score(X_test, y_test):.3f}")

# %%
# Five explanations
# -----------------
# All explain the raw score of the class "benign"; otherwise their numbers could not be compared.

from skxai import (
    IntegratedGradientsExplainer,
    LimeExplainer,
    LRPExplainer,
    SaliencyExplainer,
    ShapleyExplainer,
)

raw = {"response_method": "raw_score"}
explainers = {
    "Shapley": ShapleyExplainer(**raw, max_evals=3000, random_state=0),
    "integrated gradients": IntegratedGradientsExplainer(**raw),
    "LRP": LRPExplainer(**raw),
    "LIME": LimeExplainer(**raw, neighbourhood="background", random_state=0),
    "gradient": SaliencyExplainer(**raw, kind="gradient"),
}
background, rows = X_train[:50], X_test[:16]
fitted = {name: one.fit(model, background) for name, one in explainers.items()}

# %%
# Six measures
# ------------
# Each gives a number for every row; the table has the means. ``better`` says which direction is
# good. The training data stand for what an absent feature looks like. No explainer wins everywhere.
# Shapley values, integrated gradients and LRP add up; LIME, a fitted line, only roughly; of
# derivatives there is nothing to add. The gradient foretells changes nearly as well as the best,
# once it is multiplied by the distance from the mean, and yet it is the worst order in which to
# remove features: it says what would move the score, not what made it.

from skxai.metrics import compare_explainers

table = compare_explainers(fitted, model, X_train, rows, random_state=0)
print(table.xs("mean", axis=1, level=1).round(2).to_string())

# %%
# Rows differ more than the better explainers do, so compare these row by row: the mean difference,
# and its standard error.

from skxai.metrics import selectivity

explained = {name: one.explain(rows) for name, one in fitted.items()}
drops = {
    name: selectivity(one, explained[name], X_train, random_state=0) for name, one in fitted.items()
}
print(f"standard deviation over the rows: {drops['Shapley'].std(ddof=1):.2f}")
for name in ("integrated gradients", "LRP", "LIME", "gradient"):
    gain = drops["Shapley"] - drops[name]
    error = gain.std(ddof=1) / len(gain) ** 0.5
    print(f"selectivity of Shapley less that of {name}: {gain.mean():.2f} ± {error:.2f}")

# %%
# What happens as features are removed
# ------------------------------------
# Selectivity is the area between the score of the row as it is and this curve, drawn here for the
# tumours that are called benign (class 1). A right order makes the score fall at once, and rise
# again when only what speaks against the class is left to remove.

from skxai.metrics import selectivity_curve
from skxai.plotting import CurveDisplay

benign = model.predict(rows) == 1
curves = {
    name: selectivity_curve(one, explained[name][benign], X_train, random_state=0)
    for name, one in fitted.items()
}
display = CurveDisplay.from_curves(curves)

# %%
# Does it depend on what the network has learned?
# -----------------------------------------------
# Shuffle the weights of the layers, the last one first. An explanation that stays as it was tells
# of the row, not of the network. The printed likeness is the rank correlation of the sizes before
# and after. It goes down layer by layer, though the last layer alone hardly counts.

from skxai.metrics import layer_randomisation

one = fitted["LRP"]
for n_layers in (1, 2, 3):
    likeness = layer_randomisation(
        one, explained["LRP"], background, n_layers=n_layers, random_state=0
    )
    print(f"LRP, {n_layers} of 3 layers shuffled: {likeness.mean():.2f}")

# %%
# What can go wrong
# -----------------
# - **A measure is a definition of right.** Those that remove features by taking values from other
#   rows suit explainers that do the same, as Shapley values do. No explainer is best by all six.
# - **Removing makes rows that nobody has seen.** ``road`` fills in from the other features instead;
#   where these tell nearly all, as here, little is ever removed, and its numbers are smaller.
# - **Different outputs have different units.** Probabilities can't be compared with scores: the
#   table refuses.
# - **Steady is not right.** Zeros everywhere are perfectly steady. ``max_sensitivity`` counts only
#   beside a measure that asks the model.
# - **A few rows say little.** The drawn subsets, background rows and moves are the same for every
#   explainer, but another seed draws others.
