"""
Why this digit?
===============

A network reads digits of 8 × 8 pixels. Which pixels made it say "3"? Five methods look back from
the output to the pixels, and they do not answer quite the same question. Here they stand side by
side, first for a digit's class, then for this class against the runner-up.
"""

# %%
# A network
# ---------
# Two hidden layers of rectifiers, from scikit-learn. The raw score of a class is explained, the
# number before the softmax; it is what explainers by gradients explain by default.

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = MLPClassifier((64, 32), alpha=1.0, solver="lbfgs", max_iter=1000, random_state=0).fit(
    X_train, y_train
)
print(f"accuracy: {model.score(X_test, y_test):.3f}")

# %%
# Here is a three that the network is in two minds about:

import numpy as np

threes = X_test[(y_test == 3) & (model.predict(X_test) == 3)]
chances = np.sort(model.predict_proba(threes), axis=1)
digit = threes[[np.argmin(chances[:, -1] - chances[:, -2])]]
likely = np.argsort(-model.predict_proba(digit)[0])[:2]
for label in likely:
    print(f"probability of {label}: {model.predict_proba(digit)[0, label]:.2f}")

# %%
# Five methods
# ------------
# - **Gradient**: how the score answers to a little more ink.
# - **SmoothGrad**: the same, averaged over noisy copies of the digit.
# - **Gradient × input**: the gradient where there is ink.
# - **Integrated gradients**: gradients collected on the way from an empty picture to the digit,
#   times ink. They sum to the difference of the two scores.
# - **LRP**: the score goes back through the layers; each unit shares out what it got.
#
# Each picture is a :class:`~skxai.plotting.HeatmapDisplay`; the contours are the digit. Orange
# pixels speak for the class, blue ones against it. Scales differ, because the units do: the first
# two are per unit of ink.

import matplotlib.pyplot as plt

from skxai import (
    IntegratedGradientsExplainer,
    LRPExplainer,
    SaliencyExplainer,
    SmoothGradExplainer,
)

rules = {"first": ("zbox", {"low": 0, "high": 16}), "hidden": "gamma", "last": "epsilon"}
explainers = {
    "gradient": SaliencyExplainer(kind="gradient"),
    "SmoothGrad": SmoothGradExplainer(noise=0.5, random_state=0),
    "gradient × input": SaliencyExplainer(kind="times_input"),
    "integrated gradients": IntegratedGradientsExplainer(baseline=0),
    "LRP": LRPExplainer(rule=rules),
}


def draw(explanations):
    figure, axes = plt.subplots(1, 5, figsize=(11, 2.5), layout="constrained")
    for (name, explanation), ax in zip(explanations.items(), axes):
        explanation.plot("heatmap", shape=(8, 8), ax=ax, overlay="contours", colorbar=False)
        ax.set(xticks=[], yticks=[])
        ax.set_title(name, loc="left", fontsize="medium")
    return figure


explanations = {
    name: explainer.set_params(target="predicted").fit(model, X_train).explain(digit)
    for name, explainer in explainers.items()
}
figure = draw(explanations)

# %%
# Which of them add up?
# ---------------------
# The score is to be accounted for. What no pixel has is the base value: of integrated gradients
# the score of an empty picture, of LRP what biases and stabilisers took. The gradients are no
# parts of a sum, and need not add up to anything.

for name, explanation in explanations.items():
    total, gap = explanation.values.sum(), explanation.completeness_gap[0]
    print(f"{name:21} sum of pixels {total:6.2f}, unexplained {gap:6.2f}")

# %%
# Against the runner-up
# ---------------------
# The score of one class says nothing of the others. The margin is the score minus the largest of
# the others, and its explanation tells what decides between the two. LRP starts from scores; it
# takes the relevance for the one class minus that for the other.

from dataclasses import replace

for name in list(explainers)[:-1]:
    explainers[name].set_params(response_method="margin").fit(model, X_train)
margins = {name: explainers[name].explain(digit) for name in list(explainers)[:-1]}
both = LRPExplainer(rule=rules, target=list(likely)).fit(model, X_train).explain(digit)
first, second = (both.output(label) for label in likely)
margins["LRP"] = replace(first, values=first.values - second.values)
figure = draw(margins)

# %%
# Pixels pooled
# -------------
# Attributions of pixels are summed over each line of the picture by
# :meth:`~skxai.Explanation.pool`. The name of a sum is what it would be called in numpy: ``[2, :]``
# is the third line from above. A :class:`~skxai.plotting.StemDisplay` draws them in their order.

lines = explanations["integrated gradients"].pool(shape=(8, 8), axis=1)
lines.plot("stem", labels="names", xlabel="line of pixels")

# %%
# The ratio of what a pixel counts inside a region and outside it tells how far a prediction relies
# on context. With the ink as the region, of 40 digits:

some = X_test[:40]
for name, explainer in explainers.items():
    explanation = explainer.set_params(response_method="auto").fit(model, X_train).explain(some)
    ratios = explanation.inside_outside_ratio(some >= 8)
    print(f"{name:21} inside / outside: {np.median(ratios):.1f}")

# %%
# All ten classes
# ---------------
# A picture for each output, on one scale: which pixels of the digit speak for which class.

every = IntegratedGradientsExplainer(baseline=0).fit(model, X_train).explain(digit)
every.plot("heatmap", shape=(8, 8), overlay="contours")

# %%
# What can go wrong
# -----------------
# - **An empty pixel gets nothing.** Gradient × input and integrated gradients from an empty picture
#   are zero where there is no ink, although its absence is why a 3 is no 8. The gradient sees
#   it, LRP with the rule "zbox" does too; so does another baseline, such as ``"mean"``.
# - **A gradient is taken for a reason.** It tells what would change the score, and says little of
#   what made it: a score that is saturated has reasons and no gradient.
# - **Scales are compared across methods.** Only sums in the same units can be: those that add up.
# - **A pretty picture is trusted.** That relevance lies on the ink proves little; an edge detector
#   does that. Change the pixels and see what the network says.
# - **One class alone.** The score of the runner-up may have the same reasons. Ask for the margin.
