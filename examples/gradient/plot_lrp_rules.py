"""
LRP rule by rule: where did the relevance go?
=============================================

Layer-wise relevance propagation takes the score of an output back through a network. Each layer
shares out the relevance of its units among its inputs, and there are several rules for how. They
give different answers, and not all of the relevance arrives at the input. Here are the rules on a
single unit, where they can be checked by hand, then on a network, with an account for each layer.
"""

# %%
# One unit
# --------
# A unit with the weights 1, −2 and 3 and the bias 0.5. A linear model is a network of one layer.

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

rng = np.random.default_rng(0)
inputs = rng.uniform(-2, 3, size=(50, 3))
unit = LinearRegression().fit(inputs, inputs @ [1, -2, 3] + 0.5)
x = np.array([[2.0, -1.0, -0.5]])
print(f"output: {unit.predict(x)[0]:.2f}")

# %%
# Contributions to the output are 2, 2 and −1.5, and 0.5 from the bias. "zero" and "epsilon" share
# it out like that; "gamma" favours what has the output's sign; "alpha-beta" keeps positive
# and negative contributions apart; "zplus" looks at the positive ones only. "wsquare" and
# "flat" do not look at the inputs, and "zbox" asks how far each is from where it contributes least.
# The last column is what the bias took.

from skxai import LRPExplainer

rules = {
    "zero": "zero",
    "epsilon": ("epsilon", {"epsilon": 0.0}),
    "gamma": "gamma",
    "alpha-beta": "alpha-beta",
    "zplus": "zplus",
    "wsquare": "wsquare",
    "flat": "flat",
    "zbox": ("zbox", {"low": -2, "high": 3}),
}
table = {}
for name, rule in rules.items():
    explanation = LRPExplainer(rule=rule).fit(unit, inputs).explain(x)
    table[name] = [*explanation.values[0], explanation.base_values[0]]
print(pd.DataFrame(table, index=["x0", "x1", "x2", "bias"]).T.round(4).to_string())

# %%
# Each line sums to 3, the output, because nothing was lost on this unit.
#
# A network
# ---------
# Two hidden layers, trained on digits of 8 × 8 pixels. One rule is used for all layers; the last
# one is "auto", a rule of its own for the first, the hidden and the last layer.

from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

X, y = load_digits(return_X_y=True)
model = MLPClassifier((64, 32), alpha=0.1, solver="lbfgs", max_iter=1000, random_state=0)
model.fit(X[:1500], y[:1500])
digit = X[[1503]]
label = model.predict(digit)[0]
print("predicted:", label)

# %%
# Orange speaks for the class, blue against it; each picture has its own scale.

import matplotlib.pyplot as plt

rules["zbox"] = ("zbox", {"low": 0, "high": 16})
rules["epsilon"] = "epsilon"
rules["auto"] = {"first": rules["zbox"], "hidden": "gamma", "last": "epsilon"}
explanations = {
    name: LRPExplainer(rule=rule, target=label).fit(model, X[:1500]).explain(digit)
    for name, rule in rules.items()
}
figure, axes = plt.subplots(2, 5, figsize=(10, 4.6), layout="constrained")
for ax, (name, explanation) in zip(axes.flat, explanations.items()):
    explanation.plot("heatmap", shape=(8, 8), ax=ax, overlay="contours", colorbar=False)
    ax.set(xticks=[], yticks=[])
    ax.set_title(name, loc="left", fontsize="medium")
axes.flat[-1].set_axis_off()

# %%
# The account
# -----------
# ``explain`` returns an :class:`~skxai.LRPExplanation`, whose ``audit`` tells for each layer, from
# the output back: the relevance of its units, and what of it went to the inputs, to biases, to the
# stabiliser ε, and what was dropped by units to which nothing contributes. The last column is what
# is missing: rounding.

print(explanations["auto"].audit().round(3).to_string())

# %%
# Added up over the layers, for each rule:

entries = ["pixels", "bias", "epsilon", "dropped"]
account = {}
for name, explanation in explanations.items():
    books = explanation.audit()
    account[name] = [explanation.values.sum(), *books[["bias", "epsilon", "dropped"]].sum()]
account = pd.DataFrame(account, index=entries).T
print(account.round(2).to_string())

# %%
# What a line sums to is the score; that is what the account promises, and not that all of it
# reaches the pixels. "wsquare" and "flat" give the pixels everything, whatever they show.
#
# A negative output
# -----------------
# The unit again, without its bias, on a row with the output −3, to which nothing contributes
# positively. "zplus" has nowhere to send the relevance, and drops all of it. "alpha-beta" drops
# even more, what was for the positive side, and turns the signs around.

bare = LinearRegression(fit_intercept=False).fit(inputs, inputs @ [1, -2, 3])
low = np.array([[-1.0, 1.0, 0.0]])
for name in ("zero", "gamma", "alpha-beta", "zplus"):
    explanation = LRPExplainer(rule=rules[name]).fit(bare, inputs).explain(low)
    dropped = explanation.audit()["dropped"].sum()
    print(f"{name:11} {explanation.values[0].round(2) + 0.0}   dropped {dropped:.2f}")

# %%
# Hidden layers
# -------------
# The relevance of hidden units is there for the asking: how many of them carry half of it?

explainer = LRPExplainer(rule=rules["auto"], target=label).fit(model, X[:1500])
places = ["pixels", *explainer.layers_[:-1]]
for name, relevance in zip(places, explainer.layer_relevances(digit)):
    sizes = np.sort(np.abs(relevance[0]).ravel())[::-1]
    n_half = 1 + np.searchsorted(np.cumsum(sizes), sizes.sum() / 2)
    print(f"{name:18} {n_half} of {sizes.size} units carry half")

# %%
# What can go wrong
# -----------------
# - **"zero" is believed.** On networks of rectifiers it is gradient × input, with the same
#   noise; where contributions cancel, relevance far larger than the score goes both ways.
# - **An ε that is too large.** It takes what the pixels should have; the account tells how much.
# - **A negative output.** Positive contributions do not explain it. For one of two classes, ask for
#   the other; otherwise use a rule that treats both signs alike, such as "epsilon".
# - **The wrong bounds.** "zbox" takes those of the background unless told otherwise; of a
#   picture they are known: here 0 and 16.
# - **A rule is chosen by the looks of the picture.** Choose by what it assumes of a layer, and
#   check on the model: remove what is relevant, and see the score fall.
