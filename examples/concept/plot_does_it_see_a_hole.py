"""
Does the network know a 0 by its hole?
======================================

A network reads digits. People tell a 0 by its hole. Pixels cannot answer whether the network does
too, for a hole is not a pixel. :class:`~skxai.ConceptExplainer` takes the question as it is, with
images that have one as examples.
"""

# %%
# A network for digits
# --------------------

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0)
network = MLPClassifier((64, 32), alpha=0.1, max_iter=600, random_state=0).fit(X_train, y_train)
print(f"accuracy on new images: {network.score(X_test, y_test):.3f}")

# %%
# Examples of concepts
# --------------------
# Training images, chosen by the picture and not by the label: those in which ink encloses one white
# region; those whose middle is white; and, for comparison, those with the most ink. The last have
# nothing in common: what is said of them is chance.

from scipy.ndimage import label


def count_holes(image):
    """White regions that do not reach the border."""
    white = np.pad(image.reshape(8, 8) < 0.3, 1, constant_values=True)
    return label(white)[1] - 1


holes = np.array([count_holes(image) for image in X_train])
middle = X_train[:, [27, 28, 35, 36]].max(axis=1)
ink = X_train.sum(axis=1)
concepts = {
    "hole": X_train[holes == 1],
    "white middle": X_train[middle < 0.1],
    "much ink": X_train[ink > np.quantile(ink, 0.9)],
    "nothing": X_train[np.random.default_rng(0).choice(len(X_train), 100, replace=False)],
}
_, axes = plt.subplots(4, 8, figsize=(7, 3.7), layout="constrained")
for (name, images), line in zip(concepts.items(), axes):
    line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    for image, axis in zip(images, line):
        axis.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        axis.set(xticks=[], yticks=[])
plt.show()
print(pd.Series({name: len(images) for name, images in concepts.items()}).to_string())

# %%
# Do zeros get more of a 0 with more of a hole?
# ---------------------------------------------
# In the first hidden layer, a linear classifier tells the examples from random images; its normal
# is the direction of the concept. The score is the share of zeros whose raw score for a 0 rises in
# that direction. All of it is repeated 30 times with other draws of the images. Beside each concept
# stand 30 random concepts, of as many images. The result is a :class:`~skxai.ConceptExplanation`.

from skxai import ConceptExplainer

explainer = ConceptExplainer(concepts=concepts, layer=0, random_state=0).fit(network, X_train)
zeros = explainer.explain(X_test[y_test == 0])
print(zeros.output(0).to_frame().drop(columns="output").round(3).to_string(index=False))

# %%
# The column `accuracy` comes first: does the layer know the concept at all? 0.5 would be guessing.
# The p-value is of the derivative: how likely is one so far from those of random concepts, whose
# standard deviation is `random_std`?
#
# In the :class:`~skxai.plotting.ConceptDisplay`, whiskers are standard deviations over repeats, and
# the dashed line is the mean of random concepts. Images with nothing in common have a high score
# here, too, and a grey bar: a score alone says little.

zeros.plot(output=0)
plt.show()

# %%
# And other digits?
# -----------------
# For the images of each digit, the score of that digit:

lines = {}
for digit in range(10):
    own = explainer.explain(X_test[y_test == digit]).output(digit).to_frame()
    lines[digit] = own.set_index("concept")["score"]
print(pd.DataFrame(lines).round(2).to_string())

# %%
# Which of two?
# -------------
# A hole and a white middle are often the same images. ``relative=True`` tells each from the other,
# instead of from random images. The two directions are then each other's opposite. It is not the
# hole that makes a 0 for this network, but the white middle; of a 9 it is the hole, and what is
# said of a 6 may be chance:

both = {name: concepts[name] for name in ("hole", "white middle")}
relative = ConceptExplainer(concepts=both, relative=True, n_repeats=20, random_state=0).fit(
    network, X_train
)
for digit in (0, 6, 9):
    table = relative.explain(X_test[y_test == digit]).output(digit).to_frame()
    print(
        table[["concept", "output", "score", "std", "p_corrected"]].round(3).to_string(index=False)
    )

# %%
# What can go wrong
# -----------------
# - The examples are the concept. If all with a hole are zeros, the concept is "zero": choose
#   examples of several classes, or other pictures altogether.
# - From the last hidden layer on, scores are linear, and each repeat gives 0 or 1. Choose
#   an earlier layer.
# - p-values ask whether the examples are like random images. They take the examples as chosen
#   independently: ten copies of each, a little turned, would look like more than they are. And a
#   small one does not say that the effect is large.
# - The score counts signs: 1.0 may be a tiny rise in each row. The column `derivative` tells how
#   large it is.
# - A rise along a direction of a layer may be one that no image can make.
