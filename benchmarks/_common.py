"""What the benchmarks share: data, models, a counting wrapper, references, and tables."""

import argparse
import importlib
import platform
import time
from importlib import metadata

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

RATIO = "Ratio: "  # what the line of a ratio begins with

# -- command line and tables -------------------------------------------------------------------


def parse_arguments(description, **options):
    """Arguments of a benchmark: ``--smoke``, and one integer for each keyword."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--smoke", action="store_true", help="a few seconds, to see that it runs")
    for name, default in options.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default)
    return parser.parse_args()


def print_versions(*packages):
    """Say what was compared; a package that is not there is left out of the comparison."""
    found = [
        f"{name} {_version(name)}" for name in ("skxai", "sklearn", "numpy", "pandas", *packages)
    ]
    print(", ".join([f"Python {platform.python_version()}", *found]), end="\n\n")


def _version(name):
    module = import_if_there(name)
    if module is None:
        return "not installed"
    if hasattr(module, "__version__"):
        return module.__version__
    return metadata.version(metadata.packages_distributions()[name][0])


def import_if_there(name):
    """The module, or None."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def print_table(title, header, rows):
    """A markdown table; floats with three digits."""
    cells = [[_cell(value) for value in row] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    print(f"### {title}\n\n" + "\n".join(lines), end="\n\n", flush=True)


def print_ratios(what, ratios):
    """One line that `run_all.py` collects: the geometric mean of some ratios, and their range.

    Those that are missing, since there is no peer, do not count; nothing is printed of none.
    """
    ratios = [float(ratio) for ratio in ratios if ratio is not None and ratio == ratio]
    if not ratios:
        return
    line = f"{RATIO}{what}: {np.exp(np.mean(np.log(ratios))):.3g}"
    if len(ratios) > 1:
        line += f" ({min(ratios):.3g} to {max(ratios):.3g}, {len(ratios)} cases)"
    print(line, end="\n\n", flush=True)


def _cell(value):
    if value is None or value != value:  # (not a number)
        return "-"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


# -- data and models ---------------------------------------------------------------------------


def load(name):
    """Rows and target of a data set, each column in steps of 1/1024 standard deviation.

    shap's tree algorithm, which is the reference for trees, compares float32 thresholds where
    scikit-learn compares float64 ones. On these steps both are exact.
    """
    loader = {"breast_cancer": load_breast_cancer, "diabetes": load_diabetes}[name]
    X, y = loader(return_X_y=True)
    return np.round(X / X.std(axis=0) * 1024) / 1024, y


def synthetic(n_features, n_rows=1000, seed=0):
    """Rows and target: ten features in products, maxima and steps, and weak linear effects."""
    rng = np.random.default_rng(seed)
    X = np.round(rng.normal(size=(n_rows, n_features)) * 1024) / 1024
    a, b, c, d, e, f, g, h, i, j = X[:, :10].T
    y = a * b * c + np.maximum(d, e * f) + 2 * np.sin(g + h) * (i > 0) + j**2 * (c > 0.5)
    return X, y + X @ rng.normal(scale=0.3, size=n_features) + rng.normal(scale=0.2, size=n_rows)


def fitted_models(name, X, y, n_trees=100):
    """Three models of a data set, fitted: a dict of name to (model, response method)."""
    classes = name == "breast_cancer"
    network = MLPClassifier if classes else MLPRegressor
    boosting = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    forest = RandomForestClassifier if classes else RandomForestRegressor
    models = {
        "RandomForest": forest(n_trees, random_state=0),
        "HistGradientBoosting": boosting(max_iter=n_trees, random_state=0),
        "MLP": make_pipeline(
            StandardScaler(),
            network(hidden_layer_sizes=(64, 32), max_iter=1500, alpha=0.1, random_state=0),
        ),
    }
    responses = {"HistGradientBoosting": "decision_function"} if classes else {}
    usual = "predict_proba" if classes else "predict"
    return {kind: (model.fit(X, y), responses.get(kind, usual)) for kind, model in models.items()}


def split(X, n_background, n_rows, seed=0):
    """A background, and other rows to explain."""
    order = np.random.default_rng(seed).permutation(len(X))
    return X[order[:n_background]], X[order[n_background : n_background + n_rows]]


class Counting:
    """A model's output as a function of rows that counts the rows and the time inside.

    Binary classifiers give their positive class.
    """

    def __init__(self, model, response_method):
        self.model = model
        self.response_method = response_method
        self.reset()

    def reset(self):
        self.n_rows = 0
        self.seconds = 0.0

    def __call__(self, X):
        began = time.perf_counter()
        output = np.asarray(getattr(self.model, self.response_method)(X))
        self.seconds += time.perf_counter() - began
        self.n_rows += len(output)
        return output[:, 1] if output.ndim == 2 else output


# -- references, sharing no code with what is measured -----------------------------------------


def by_enumeration(function, X, background):
    """Exact values from the worths of all coalitions; standard errors are zero."""
    n_players = X.shape[1]
    present = np.arange(2**n_players)[:, None] >> np.arange(n_players) & 1 == 1
    sizes = present.sum(axis=1)
    # A coalition counts for its members as one they complete, against all others as one they
    # could have joined.
    orders = np.array([_orders(size, n_players) for size in range(n_players + 1)])
    weights = np.where(present, orders[sizes - 1][:, None], -orders[sizes][:, None])
    values = []
    for row in X:
        worths = []
        for members in np.array_split(present, 16):
            inputs = np.where(members[:, None], row, background)
            outputs = function(inputs.reshape(-1, n_players))
            worths.append(outputs.reshape(len(members), -1).mean(axis=1))
        values.append(weights.T @ np.concatenate(worths))
    return np.array(values), np.zeros(X.shape)


def _orders(size, n_players):
    """Share of the orders in which given players come first, before a given next one."""
    if size == n_players:
        return 0.0
    steps = np.arange(1, size + 1)
    return float(np.prod(steps / (n_players - steps))) / n_players


def by_trees(model, X, background):
    """Exact values of a tree ensemble, by shap's interventional tree algorithm."""
    shap = importlib.import_module("shap")
    masker = shap.maskers.Independent(background, max_samples=len(background))
    explainer = shap.TreeExplainer(model, masker, feature_perturbation="interventional")
    values = explainer.shap_values(X, check_additivity=False)
    return (values[:, :, 1] if values.ndim == 3 else values), np.zeros(X.shape)


def by_long_run(function, X, background, n_pairs, seed=12345):
    """Values and standard errors from `n_pairs` pairs of walks from every background row."""
    rng = np.random.default_rng(seed)
    m, d = background.shape
    values, errors = [], []
    for row in X:
        gains = np.empty((n_pairs, m, d))
        for repeat in range(n_pairs):
            ranks = rng.permuted(np.tile(np.arange(d), (m, 1)), axis=1)
            gains[repeat] = _walk(function, row, background, ranks)
            gains[repeat] += _walk(function, row, background, d - 1 - ranks)
        gains /= 2
        values.append(gains.mean(axis=(0, 1)))
        errors.append(np.sqrt(gains.var(axis=0, ddof=1).sum(axis=0) / n_pairs) / m)
    return np.array(values), np.array(errors)


def _walk(function, row, background, ranks):
    """Gains on one walk from each background row; player j joins at step ``ranks[:, j]``."""
    d = len(row)
    steps = np.arange(d + 1)[:, None, None]
    states = np.where(ranks < steps, row, background)
    outputs = function(states.reshape(-1, d)).reshape(d + 1, -1)
    return np.take_along_axis(np.diff(outputs, axis=0).T, ranks, axis=1)


def reference(kind, model, function, X, background, n_pairs):
    """The best reference there is for this model: (values, standard errors, its name)."""
    if X.shape[1] <= 12:
        return *by_enumeration(function, X, background), "enumeration"
    if kind != "MLP" and import_if_there("shap"):
        return *by_trees(model, X, background), "shap.TreeExplainer"
    return *by_long_run(function, X, background, n_pairs), f"{n_pairs} pairs of walks"
