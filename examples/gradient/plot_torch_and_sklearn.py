"""
Do a torch net and an MLPClassifier tell the same story?
========================================================

A network is the same function whichever library holds its weights. Explainers take scikit-learn's
networks without torch, and torch modules as they are. Here are both, with the same weights and
with weights of their own.

This page runs without torch, too, and then shows scikit-learn's network only.
"""

# %%
# scikit-learn's network
# ----------------------

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

X, y = load_digits(return_X_y=True)
X = X / 16
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
network = MLPClassifier((40,), alpha=1.0, solver="lbfgs", max_iter=3000, random_state=0)
models = {"scikit-learn": network.fit(X_train, y_train)}

# %%
# The same weights in torch
# -------------------------
# A module has no classes; :class:`~skxai.TorchPredictor` names them, and is a model for all
# explainers.

import numpy as np

from skxai import TorchPredictor

try:
    import torch
except ImportError:
    torch = None
    print("torch is not installed: pip install torch")


def make_net():
    return torch.nn.Sequential(
        torch.nn.Linear(64, 40), torch.nn.ReLU(), torch.nn.Linear(40, 10)
    ).double()


if torch is not None:
    net = make_net()
    with torch.no_grad():
        for layer, weights, bias in zip(net[::2], network.coefs_, network.intercepts_):
            layer.weight.copy_(torch.tensor(weights.T))
            layer.bias.copy_(torch.tensor(bias))
    models["torch, same weights"] = TorchPredictor(net, classes=network.classes_)

# %%
# A net of its own
# ----------------
# The same layers, trained in torch from other random weights.

if torch is not None:
    torch.manual_seed(0)
    net = make_net()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01, weight_decay=1e-3)
    inputs, labels = torch.tensor(X_train), torch.tensor(y_train)
    for _ in range(200):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(inputs), labels).backward()
        optimizer.step()
    models["torch, trained anew"] = TorchPredictor(net, classes=network.classes_)

for name, model in models.items():
    print(f"{name:20} accuracy {np.mean(model.predict(X_test) == y_test):.3f}")

# %%
# Three methods, each model
# -------------------------
# The gradient, integrated gradients from an empty picture, and relevance, for all ten classes.

from skxai import IntegratedGradientsExplainer, LRPExplainer, SaliencyExplainer

methods = {
    "gradient": SaliencyExplainer(kind="gradient"),
    "integrated gradients": IntegratedGradientsExplainer(baseline=0),
    "LRP": LRPExplainer(),
}
rows = X_test[:50]
explanations = {
    (model_name, method_name): method.fit(model, X_train).explain(rows)
    for model_name, model in models.items()
    for method_name, method in methods.items()
}

# %%
# The largest difference to scikit-learn's network, and how the pixels of the true class
# correlate. With the same weights it is rounding. With other weights the story is told in other
# words.

for (model_name, method_name), explanation in explanations.items():
    reference = explanations["scikit-learn", method_name]
    difference = np.abs(explanation.values - reference.values).max()
    pairs = zip(explanation.values, reference.values, y_test)
    alike = [np.corrcoef(a[:, label], b[:, label])[0, 1] for a, b, label in pairs]
    print(f"{model_name:20} {method_name:21} {difference:8.1e} {np.median(alike):6.2f}")

# %%
# One digit
# ---------
# A line for each model, a column for each method; the contours are the digit.

import matplotlib.pyplot as plt

label = str(y_test[0])
figure, axes = plt.subplots(
    len(models), 3, figsize=(7, 2.4 * len(models)), layout="constrained", squeeze=False
)
for ax, ((model_name, method_name), explanation) in zip(axes.flat, explanations.items()):
    one = explanation[0].output(label)
    one.plot("heatmap", shape=(8, 8), ax=ax, overlay="contours", colorbar=False)
    ax.set(xticks=[], yticks=[])
    ax.set_title(method_name, loc="left", fontsize="medium")
    if ax.get_subplotspec().is_first_col():
        ax.set_ylabel(model_name)

# %%
# What can go wrong
# -----------------
# - **float32.** torch computes in single precision unless told otherwise; derivatives then have
#   six or seven digits. ``.double()`` before the comparison, as here.
# - **A softmax at the end.** Say ``output="probabilities"`` if the module has one; otherwise
#   logits are assumed.
# - **Training mode.** Dropout makes an explanation a lottery. :class:`~skxai.TorchPredictor`
#   evaluates, and leaves the module in the mode it was in.
# - **Two nets of the same accuracy are taken for the same net.** They agree on digits, less on
#   pixels. What is explained is one net.
