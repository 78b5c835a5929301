"""
What would lower a predicted number?
====================================

A model predicts how far diabetes has progressed a year after measurements were taken, on a scale
from 25 to 346. Which measurements would have had to be different, for a prediction that is lower
by 50?
"""

# %%
# A model of numbers
# ------------------

from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
X = X.rename(columns={"bp": "blood pressure", "s5": "log triglycerides", "s6": "glucose"})
model = RandomForestRegressor(min_samples_leaf=5, random_state=0).fit(X[100:], y[100:])
worst = X[:100].loc[model.predict(X[:100]).argsort()[::-1][:6]]

# %%
# Fifty less
# ----------
# For a model of numbers, ``target`` is a number to move by, an interval ``(low, high)``, or
# ``"other"``. Age and sex are frozen, and nobody is advised to gain weight.

from skxai import CounterfactualExplainer

explainer = CounterfactualExplainer(
    target=-50, frozen=["age", "sex"], constraints=[("decrease", "bmi")], random_state=0
).fit(model, X[100:])
result = explainer.explain(worst)
for label, told in zip(worst.index, result.sentences()):
    print(f"{label}: {told}")

# %%
# A picture of the fourth: from the hollow dot to the filled one, on a line that shows where the
# patients of the background lie.

result.plot(row=3)

# %%
# Near, or likely?
# ----------------
# The nearest change may lead to a patient like no other. A front goes from the nearest
# counterfactual to ever more plausible ones: their local outlier factors are no larger than those
# of all, of 90 % and of 50 % of the background. The price is distance.

front = explainer.front(worst, shares=(1.0, 0.9, 0.5))
table = front.to_frame()[["distance", "n_changes"]]
table["outlier factor"] = front.outlier_factors
print(table.round(3))

# %%
# The three of the first patient in one picture:

from skxai.plotting import CounterfactualDisplay

CounterfactualDisplay.from_explanation(front, row=0)

# %%
# What can go wrong
# -----------------
# - The model has learned what goes together, not what causes what. A change of a measurement in
#   the table is no treatment.
# - A forest predicts in steps. The nearest counterfactual lies just beyond one, where a slightly
#   different forest may have none; ask for a little more than is needed.
# - Plausible means crowded: near other rows of the background. Whether a patient can get
#   there, no table tells.
