"""
What does the network think a 3 looks like?
===========================================

A network has learned to read digits. No row is explained here, but the network itself: which image
would it answer with the largest score for a 3? And does that image look like a 3?
"""

# %%
# A network for digits
# --------------------
# Images have 8 × 8 pixels, from 0 (white) to 1 (black).

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0)
network = MLPClassifier((64,), alpha=0.1, max_iter=600, random_state=0).fit(X_train, y_train)
print(f"accuracy on new images: {network.score(X_test, y_test):.3f}")

# %%
# Three answers
# -------------
# ``ActivationMaximizer`` climbs from images that the network is sure of to the one with the largest
# score minus a penalty. Each penalty says what an image should be like: near the mean image
# ("l2"), or likely under a density of the training images, by kernels ("density") or five
# Gaussians ("mixture"). For comparison: no penalty, only pixels between 0 and 1.

from skxai import ActivationMaximizer

searches = {
    "no penalty": ActivationMaximizer(strength=0.0),
    "l2": ActivationMaximizer(penalty="l2"),
    "mixture": ActivationMaximizer(penalty="mixture", random_state=0),
    "density": ActivationMaximizer(penalty="density"),
}
for search in searches.values():
    search.fit(network, X_train)


def show(rows, titles):
    """Ten images to a line; the title is at its left."""
    _, axes = plt.subplots(
        len(rows), 10, figsize=(9, 1.0 * len(rows)), squeeze=False, layout="constrained"
    )
    for images, title, line in zip(rows, titles, axes):
        for image, axis in zip(images, line):
            axis.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
            axis.set(xticks=[], yticks=[])
        line[0].set_ylabel(title, rotation=0, ha="right", va="center")


show([search.prototypes_ for search in searches.values()], searches)

# %%
# Without a penalty the score is largest for scribbles: strokes that speak for a 3, and against all
# else. The closer the image is held to what digits are like, the more it is one.

# %%
# The price
# ---------
# Likeness costs score. A density of the training images says how likely each of the four images of
# a 3 is; real 3s come last. Of the penalties, the density gives more of both than "l2": an image
# near the mean of all digits is like none of them.

import numpy as np
import pandas as pd

judge = searches["density"]


def log_density(images):
    """The logarithm of the kernel density, of standardised images."""
    return judge.density_.score_samples((images - judge.mean_) / judge.scale_)


lines = {
    name: (search.activations_[3], log_density(search.prototypes_)[3])
    for name, search in searches.items()
}
threes = X_test[y_test == 3]
scores = judge.predictor_(threes)[:, 3]
lines["real 3s, median"] = np.median(scores), np.median(log_density(threes))
print(pd.DataFrame(lines, index=["score of a 3", "log density"]).T.round(1))

# %%
# Real images
# -----------
# :class:`~skxai.PrototypeExplainer` takes no liberties: its prototypes are training images, those
# with the largest scores that also differ from each other.

from skxai import PrototypeExplainer

explainer = PrototypeExplainer(n_prototypes=4).fit(network, X_train)
show(
    np.stack(list(explainer.prototypes_.values()), axis=1),
    ["first", "second", "third", "fourth"],
)

# %%
# They also tell what a new image is like: `explain` returns a :class:`~skxai.PrototypeExplanation`,
# which knows how far each prototype is. Here is a test image that the network gets wrong, with the
# digits whose prototypes are nearest:

wrong = np.flatnonzero(network.predict(X_test) != y_test)[:1]
near = explainer.explain(X_test[wrong]).to_frame().sort_values("distance").head(3)
print(f"a {y_test[wrong][0]}, read as {network.predict(X_test[wrong])[0]}")
print(near[["output", "prediction", "prototype", "distance"]].round(2).to_string(index=False))

# %%
# What can go wrong
# -----------------
# - What the network responds to most is not what it usually sees. An image without a penalty shows
#   directions that the network has never been corrected on, not its idea of a 3.
# - A class has many faces, and the search returns one. Prototypes show several.
# - The penalty is a model too. With a strong one the picture shows the training images, whatever
#   the network has learned: compare strengths.
# - Each search ends at a local maximum. Raise ``n_starts`` to look for a higher one.
