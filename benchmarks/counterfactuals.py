"""Counterfactuals of several models: how near, how many, how plausible, at what cost.

    python benchmarks/counterfactuals.py            # 50 rows of each model, some minutes
    python benchmarks/counterfactuals.py --smoke    # a few seconds

All searches get the same model, background and rows. Distances are Gower's, over the ranges of the
background; every row that is returned is given to the model again. "bound" is the mean lower
bound where there is a proof. dice-ml is compared where it is installed.
"""

import time

import numpy as np
import pandas as pd
from _common import import_if_there, parse_arguments, print_versions
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai import CounterfactualExplainer

ALGORITHMS = ("auto", "nearest", "spheres", "genetic", "random")


def models():
    """The models, by name."""
    network = MLPClassifier((64, 32), max_iter=500, random_state=0)
    return {
        "RandomForest": RandomForestClassifier(100, random_state=0),
        "HistGradientBoosting": HistGradientBoostingClassifier(random_state=0),
        "LogisticRegression": make_pipeline(StandardScaler(), LogisticRegression()),
        "MLP": make_pipeline(StandardScaler(), network),
    }


def by_skxai(model, background, X, algorithm):
    """Our counterfactuals, model rows for each, and lower bounds."""
    explainer = CounterfactualExplainer(algorithm=algorithm, random_state=0)
    result = explainer.fit(model, background).explain(X)
    return result.counterfactuals, result.n_evals.mean(), result.lower_bounds.mean()


def by_dice(model, background, X, y):
    """dice-ml's, by its random method; a row for which it finds none stays as it is."""
    dice_ml = import_if_there("dice_ml")
    table = background.assign(target=y)
    data = dice_ml.Data(
        dataframe=table, continuous_features=list(background), outcome_name="target"
    )
    wrapped = dice_ml.Model(model=model, backend="sklearn", model_type="classifier")
    dice = dice_ml.Dice(data, wrapped, method="random")
    rows = []
    for label in X.index:
        try:
            found = dice.generate_counterfactuals(
                X.loc[[label]], total_CFs=1, desired_class="opposite", random_seed=0, verbose=False
            )
            rows.append(found.cf_examples_list[0].final_cfs_df[list(X)].to_numpy(dtype=float)[0])
        except Exception:  # it raises where it finds nothing
            rows.append(X.loc[label].to_numpy())
    return pd.DataFrame(rows, X.index, X.columns), np.nan, np.nan


def measure(name, search, model, background, X):
    """Print one line of the table."""
    began = time.perf_counter()
    table, n_evals, bound = search()
    seconds = (time.perf_counter() - began) / len(X)
    valid = model.predict(table) != model.predict(X)
    steps = np.abs(table.to_numpy() - X.to_numpy()) / np.ptp(background.to_numpy(), axis=0)
    print(
        f"  {name:10} {valid.mean():6.0%} {steps.mean(axis=1)[valid].mean():8.4f} {bound:8.4f} "
        f"{(steps > 0).sum(axis=1)[valid].mean():8.1f} {n_evals:8.0f} {seconds:10.3f}"
    )


def main():
    """Print the table."""
    options = parse_arguments(__doc__.splitlines()[0], rows=50)
    n_rows = 5 if options.smoke else options.rows
    print_versions("dice_ml")
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    background, X, y, _ = train_test_split(X, y, random_state=0)
    X = X[:n_rows]
    for name, model in models().items():
        model.fit(background, y)
        print(f"{name}, {n_rows} rows, {X.shape[1]} features")
        print("              valid    Gower    bound  changes    evals  s per row")
        for algorithm in ALGORITHMS[:2] if options.smoke else ALGORITHMS:
            measure(
                algorithm,
                lambda a=algorithm, m=model: by_skxai(m, background, X, a),
                model,
                background,
                X,
            )
        if import_if_there("dice_ml"):
            measure("dice-ml", lambda m=model: by_dice(m, background, X, y), model, background, X)


if __name__ == "__main__":
    main()
