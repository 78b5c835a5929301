"""
Which of these measurements hang together, and by what?
=======================================================

Nine things are measured every day. Ice cream and swimmers rise and fall together; does one have to
do with the other? ``InfluenceNetwork`` predicts each measurement from all the others, and asks what
each prediction used. The data are made up, so the right answer is known.
"""

# %%
# Days with a known graph
# -----------------------
# Each arrow below is in the data and no other. Some are bent: growth is best at medium
# temperatures, swimmers come above a threshold. The lottery has to do with nothing.

import numpy as np
import pandas as pd

ARROWS = [
    ("sunshine", "rain"),
    ("sunshine", "temperature"),
    ("rain", "moisture"),
    ("temperature", "growth"),
    ("moisture", "growth"),
    ("temperature", "ice_cream"),
    ("temperature", "swimmers"),
    ("growth", "pollen"),
]

rng = np.random.default_rng(0)
n_days = 800


def noise(size):
    return size * rng.normal(size=n_days)


days = pd.DataFrame({"sunshine": noise(1.0), "lottery": noise(1.0)})
days["rain"] = np.exp(-days["sunshine"]) + noise(0.5)
days["temperature"] = 1.5 * np.tanh(days["sunshine"]) + noise(0.7)
days["moisture"] = np.tanh(days["rain"] - 1) + noise(0.4)
days["growth"] = days["moisture"] - days["temperature"] ** 2 / 2 + noise(0.4)
days["ice_cream"] = days["temperature"] + noise(0.6)
days["swimmers"] = np.maximum(0, days["temperature"]) + noise(0.3)
days["pollen"] = np.sin(days["growth"]) + noise(0.3)

# %%
# The network
# -----------
# By default the predictions are those of small neural networks, here trained on two thirds of the
# rows and explained on the last. A weight is the mean absolute relevance of one measurement for
# another, in standard deviations of the latter.

import matplotlib.pyplot as plt

from skxai import InfluenceNetwork

network = InfluenceNetwork(cv=3, random_state=0).fit(days)
edges = network.graph_.to_frame()
edges["true"] = [
    (a, b) in ARROWS or (b, a) in ARROWS for a, b in zip(edges["source"], edges["target"])
]
print(edges.head(10).round(3).to_string(index=False))

# %%
# ``graph_`` is an :class:`~skxai.InfluenceGraph`, which a :class:`~skxai.plotting.NetworkDisplay`
# draws. Dark nodes are well predicted; an arrow into a white one would mean nothing.

network.graph_.plot("network", max_edges=18)
plt.show()

# %%
# And all weights, from row to column (an :class:`~skxai.plotting.AdjacencyDisplay`):

network.graph_.plot("adjacency")
plt.show()

# %%
# Ice cream and swimmers
# ----------------------
# They are correlated, through the temperature. Once the temperature is known, neither
# tells much about the other. Growth and temperature are the opposite case: the best
# temperature is in the middle, and correlation, which looks for straight lines, puts this arrow
# behind ice cream and swimmers. The network does not.

columns = list(days)
weights = pd.DataFrame(network.adjacency_, columns, columns)
precision = np.linalg.inv(days.corr())
spread = np.sqrt(np.diag(precision))
measures = {
    "network": weights + weights.T,
    "correlation": days.corr().abs(),
    "partial correlation": pd.DataFrame(
        np.abs(precision / np.outer(spread, spread)), columns, columns
    ),
}
pairs = [("ice_cream", "swimmers"), ("temperature", "growth")]
print(
    pd.DataFrame(
        {name: {f"{a}, {b}": table.loc[a, b] for a, b in pairs} for name, table in measures.items()}
    ).round(2)
)

# %%
# Over all 36 pairs: does a larger number mean that there is an arrow? The area under the ROC curve
# is the share of (joined, not joined) pairs of pairs in the right order.

from sklearn.metrics import roc_auc_score

first, second = np.triu_indices(len(columns), k=1)
joined = [
    (columns[i], columns[j]) in ARROWS or (columns[j], columns[i]) in ARROWS
    for i, j in zip(first, second)
]
for name, table in measures.items():
    print(f"{name:20s} {roc_auc_score(joined, table.to_numpy()[first, second]):.3f}")

# %%
# How much can be predicted
# -------------------------
# The scores are R² for days that were held out. The lottery's is about zero, or less.

print(pd.Series(network.scores_, columns).round(2).to_string())

# %%
# Cold days and warm days
# -----------------------
# Relevances are kept for each row, so any rows have a network of their own. Temperature
# matters more for the swimmers when it is warm:

cold, warm = days["temperature"] < -1, days["temperature"] > 1
i, j = columns.index("temperature"), columns.index("swimmers")
for name, rows in [("cold", cold), ("warm", warm)]:
    graph = network.graph_[rows]
    weight, error = graph.matrix[i, j], graph.std_errors[i, j]
    print(f"{rows.sum()} {name} days: {weight:.2f} ± {error:.2f}")

# %%
# What can go wrong
# -----------------
# - An arrow says "helps to predict", not "causes". The effect predicts its cause, too, so most
#   edges come in pairs, and which is the heavier proves nothing.
# - What was not measured is missing: without the temperature, ice cream and swimmers would be
#   joined.
# - Two causes of one effect predict each other once the effect is known: moisture and temperature
#   get some weight because growth is in the table.
# - Other seeds and folds give other weights. The standard errors are between rows, and know nothing
#   of it. Compare a few seeds.
# - Two columns that say nearly the same hide each other's edges to all else. Merge them first.
# - A weight is never exactly zero: the network shares out noise as well. Look at the scores and
#   at how fast the weights fall, and add a column of pure noise, as the lottery here.
