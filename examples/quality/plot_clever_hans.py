"""
Is the model right for the wrong reason?
========================================

Clever Hans, a horse, could calculate: he tapped the answer, but he had read it from the faces of
those who asked. Models do so too. Here some images of an eight carry a mark in the corner, as a
photographer's tag would be. The test images carry it as well, so that no test score shows what the
network has learned. Sorting its explanations does.
"""

# %%
# Digits, some with a mark
# ------------------------
# Half of the eights get a bright pixel at the lower left, which is empty in nearly all images.

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

X, y = load_digits(return_X_y=True)
rng = np.random.default_rng(0)
MARK = 7 * 8  # the first pixel of the last line
marked = (y == 8) & (rng.random(len(y)) < 0.5)
X[marked, MARK] = 16
X_train, X_test, y_train, y_test, _, marked = train_test_split(X, y, marked, random_state=0)
network = MLPClassifier((40,), alpha=0.1, max_iter=400, random_state=0)
model = make_pipeline(MinMaxScaler(), network).fit(X_train, y_train)
print(f"accuracy on {len(X_test)} other images: {model.score(X_test, y_test):.3f}")
is_eight = y_test == 8
print(f"accuracy on the eights among them: {model.score(X_test[is_eight], y_test[is_eight]):.3f}")

# %%
# Kinds of reasons
# ----------------
# The eights are explained, and their explanations clustered. How many kinds there are is read off
# the eigenvalues: the largest gap comes after as many as there are clusters.

from skxai import LRPExplainer
from skxai.metrics import cluster_explanations

eights = np.vstack([X_train[y_train == 8], X_test[is_eight]])
explainer = LRPExplainer(target=8).fit(model, X_train)
explanation = explainer.explain(eights)
clusters = cluster_explanations(explanation, random_state=0)
print(clusters)
print("eigenvalues:", clusters.eigenvalues.round(2))

# %%
# Their mean explanations, as images. One kind relies most on a corner where no eight has ink.

import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, clusters.n_clusters, figsize=(7, 3.4), layout="constrained")
largest = np.abs(clusters.means).max()
counts = clusters.to_frame()["n_rows"]
for k, ax in enumerate(axes):
    mean = clusters.means[k].reshape(8, 8)
    picture = ax.imshow(mean, cmap="PuOr_r", vmin=-largest, vmax=largest)
    ax.set(title=f"kind {k}: {counts[k]} eights", xticks=[], yticks=[])
bar = figure.colorbar(picture, ax=axes, label="mean relevance for an eight")

# %%
# How much does it matter?
# ------------------------
# For each kind: the share of images with the mark, the mean relevance of the corner, and the share
# of all relevance that it has. Where the mark is, it speaks for an eight, and where it is not, its
# absence speaks against one.

sizes = np.abs(explanation.values)
share = sizes[:, MARK] / sizes.sum(axis=1)
for k in range(clusters.n_clusters):
    own = clusters.labels == k
    print(
        f"kind {k}: {np.mean(eights[own, MARK] == 16):.0%} have the mark, mean relevance of the "
        f"corner {clusters.means[k, MARK]:+.2f}, its share {share[own].mean():.1%} (1/64 is 1.6%)"
    )

# %%
# The test: take the mark away from the eights that have it, and put it on images of other digits.

clean = X_test[is_eight & marked].copy()
clean[:, MARK] = 0
faked = X_test[~is_eight].copy()
faked[:, MARK] = 16
print(f"marked eights still called eights without it: {np.mean(model.predict(clean) == 8):.0%}")
for name, images in {"as they are": X_test[~is_eight], "with the mark": faked}.items():
    print(f"other digits called eights, {name}: {np.mean(model.predict(images) == 8):.1%}")

# %%
# A second model tells it at once
# -------------------------------
# Where there is a model that can't have the flaw, compare the two. This one never saw the mark. The
# two put nearly all eights, with the mark or without it, in the same class.

from skxai.metrics import compare_models

X_clean = X_train.copy()
X_clean[:, MARK] = 0
honest = make_pipeline(MinMaxScaler(), network).set_params(mlpclassifier__random_state=1)
honest = clone(honest).fit(X_clean, y_train)
compared = compare_models(
    LRPExplainer(target=8),
    {"of marked": model, "of clean": honest},
    X_train,
    eights,
    inside=[pixel != MARK for pixel in range(64)],
)
print(compared.summary().round(3).to_string())

# %%
# But not for the same reasons: the pixel that the first relies on most has no attributions to agree
# with in the second.

features = compared.features.copy()
pixels = features.index.str[1:].astype(int)
features["line"], features["column"] = pixels // 8, pixels % 8
print(features.nlargest(4, "of marked").round(3).to_string())

# %%
# Context reliance tells how much of it lies outside the pixels that should count, row by row: 1/2
# where the corner counts as much as another pixel does on average.

print(compared.rows["context_reliance"].groupby(eights[:, MARK] == 16).mean().round(2).to_string())

# %%
# What can go wrong
# -----------------
# - **Clusters are no verdict.** They say that there are two kinds of reasons; that one is wrong is
#   yours to see. Two ways of writing an eight would be two kinds as well.
# - **A flaw that all images share makes no cluster.** Had every eight the mark, there would be one
#   kind, and only the picture of its mean could tell.
# - **The number of clusters is a guess.** Where no gap of the eigenvalues stands out, set
#   ``n_clusters``, and look at several.
# - **It is as good as the explanation.** A method that misses what the model relies on, misses the
#   flaw; see :ref:`sphx_glr_auto_examples_quality_plot_is_it_right.py`.
