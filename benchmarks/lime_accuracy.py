"""LimeExplainer against lime: time, fit near the row, evaluations for equal errors, exact values.

    python benchmarks/lime_accuracy.py

- Time: of all the work over the time that the model itself takes, and milliseconds and model rows
  for each row. Rows share the samples of quartiles, so that the model itself takes next to nothing.
- Fit: median R² of g on fresh points in a ball of 0.3 standard deviations around the row (columns
  with one or two values stay), of surrogates from lime and from ours, as they come, and of the
  linear function that fits many points of the ball best, which no linear surrogate can exceed.
- Gradient: median cosine of the coefficients for the slopes of a network at the row, at several
  widths. That of its mean slopes over normal shifts of that width (without the edges of the
  background) is what any surrogate of that width can be expected to reach.
- Equal errors: coefficients of lime's own quartiles, by both, over and over again with other
  seeds: how many times more samples lime needs for the same variance.
- Exact: milliseconds for the coefficients of a row in closed form, and how far from them lime's
  are as its samples grow: root mean squared difference over that of the coefficients.
"""

import importlib
import time
import warnings
from contextlib import contextmanager

import numpy as np
from _common import (
    Counting,
    fitted_models,
    import_if_there,
    load,
    parse_arguments,
    print_ratios,
    print_table,
    print_versions,
)
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge

from skxai import LimeExplainer

RADIUS = 0.3


class Lime:
    """lime on rows of numbers; coefficients in the order of the columns."""

    def __init__(self, X, seed=0, alpha=1.0, **settings):
        tabular = importlib.import_module("lime.lime_tabular")
        self.d = X.shape[1]
        self.alpha = alpha
        self.explainer = tabular.LimeTabularExplainer(
            X, mode="regression", feature_selection="none", random_state=seed, **settings
        )

    def explain(self, function, X, n_samples):
        """Coefficients and intercepts."""
        coef, intercepts = np.empty(X.shape), np.empty(len(X))
        for i, row in enumerate(X):
            found = self.explainer.explain_instance(
                row,
                function,
                num_features=self.d,
                num_samples=n_samples,
                model_regressor=Ridge(alpha=self.alpha),
            )
            (key,) = found.local_exp.keys() - {0} or {0}
            coef[i, [j for j, _ in found.local_exp[key]]] = [b for _, b in found.local_exp[key]]
            intercepts[i] = found.intercept[key]
        return coef, intercepts

    def coordinates(self, row, points):
        """1 where a point is in the bin of the row."""
        bins = self.explainer.discretizer.discretize
        return (bins(points) == bins(row[None])).astype(float)


def ball(rng, X, n_points):
    """Shifts in a ball, in standard deviations; columns with one or two values stay."""
    moves = np.array([len(np.unique(column)) > 2 for column in X.T])
    shifts = rng.normal(size=(n_points, X.shape[1])) * moves
    shifts /= np.linalg.norm(shifts, axis=1, keepdims=True)
    return RADIUS * shifts * rng.random((n_points, 1)) ** (1 / moves.sum())


def r2(f, g):
    return 1 - np.mean((f - g) ** 2) / max(f.var(), 1e-300) if f.var() > 1e-20 else np.nan


def pairs(options):
    """Data set, model, function and rows of each pair."""
    rng = np.random.default_rng(0)
    for data in ("breast_cancer", "diabetes"):
        X, y = load(data)
        rows = X[rng.choice(len(X), options.rows, replace=False)]
        for kind, (model, _) in fitted_models(data, X, y, options.trees).items():
            method = "predict_proba" if hasattr(model, "predict_proba") else "predict"
            yield data, kind, Counting(model, method), X, rows


@contextmanager
def timed(function, n_rows):
    """Into the list it gives: model rows and time over the model's; ms in all and the model's."""
    function.reset()
    line = []
    began = time.perf_counter()
    yield line
    total, inside = time.perf_counter() - began, function.seconds
    line += [function.n_rows / n_rows, total / inside, 1e3 * total / n_rows, 1e3 * inside / n_rows]


def time_and_fit(options):
    """Two tables over all pairs."""
    times, fits = [], []
    rng = np.random.default_rng(1)
    for data, kind, function, X, rows in pairs(options):
        shifts, many = ball(rng, X, 200), ball(rng, X, 3000)
        settings = {
            "ours": {},
            "ours, background": {"neighbourhood": "background"},
            "ours, quartiles": {"neighbourhood": "quartiles"},
        }
        for name, setting in settings.items():
            with timed(function, len(rows)) as line:
                explainer = LimeExplainer(random_state=0, **setting).fit(function, X)
                explanation = explainer.explain(rows)
            times.append([data, kind, name, *line])
            if name == "ours":
                ours = explanation
        few = rows[:20]  # lime takes them one by one
        points = few[:, None] + shifts * X.std(axis=0)
        f = function(points.reshape(-1, X.shape[1])).reshape(len(few), -1)
        best = [
            np.linalg.lstsq(with_one(many), function(row + many * X.std(axis=0)), rcond=None)[0]
            for row in few
        ]
        surrogates = {
            "ours": ours.intercepts[: len(few), None] + ours.values[: len(few)] @ shifts.T,
            "best": np.array(best) @ with_one(shifts).T,
        }
        if import_if_there("lime"):
            lime = Lime(X)
            with timed(function, len(few)) as line:
                coef, intercepts = lime.explain(function, few, 5000)
            times.append([data, kind, "lime", *line])
            surrogates["lime"] = [
                intercepts[i] + lime.coordinates(few[i], points[i]) @ coef[i]
                for i in range(len(few))
            ]
        quality = {
            name: np.nanmedian([r2(*both) for both in zip(f, g)]) for name, g in surrogates.items()
        }
        fits.append([data, kind, *(quality.get(name) for name in ("ours", "best", "lime"))])
    header = ["data", "model", "method", "model rows", "time / model", "ms a row", "model's"]
    print_table("Time", header, times)
    for name in ("ours", "lime"):
        ratios = [row[4] for row in times if row[2] == name]
        print_ratios(f"time over the model's own, {name}, tables", ratios)
    header = ["data", "model", "ours", "best linear fit", "lime"]
    print_table(f"R² on fresh points in a ball of {RADIUS} sd", header, fits)


def with_one(points):
    return np.column_stack([np.ones(len(points)), points])


# -- slopes ------------------------------------------------------------------------------------


def slopes(function, rows, scale, step=1e-4):
    """Differences over small steps, for one standard deviation each."""
    steps = step * np.diag(scale)
    ahead = function((rows[:, None] + steps).reshape(-1, len(scale)))
    behind = function((rows[:, None] - steps).reshape(-1, len(scale)))
    return (ahead - behind).reshape(rows.shape) / (2 * step)


def raw_score(model):
    """The logit of a network with two classes, without the rounding of its probabilities."""
    network = model[-1]

    def score(X):
        layer = model[:-1].transform(X)
        for weights, bias in zip(network.coefs_[:-1], network.intercepts_[:-1]):
            layer = np.maximum(layer @ weights + bias, 0)
        return (layer @ network.coefs_[-1] + network.intercepts_[-1])[:, 0]

    return score


def cosine(a, b):
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.median((a * b).sum(axis=1) / lengths)


def gradients(options):
    """Networks: slopes by surrogates of several widths."""
    table = []
    rng = np.random.default_rng(2)
    for data, kind, function, X, rows in pairs(options):
        if kind != "MLP":
            continue
        rows, scale = rows[:20], X.std(axis=0)
        moves = np.array([len(np.unique(column)) > 2 for column in X.T])
        functions = {"prediction": function}
        if data == "breast_cancer":
            functions = {"probability": function, "raw score": raw_score(function.model)}
        for output, f in functions.items():
            exact = slopes(f, rows, scale)[:, moves]
            for width in (None, 0.1, 0.25, 0.5, 1.0):
                explainer = LimeExplainer(kernel_width=width, random_state=0).fit(f, X)
                width = explainer.kernel_width_
                found = explainer.explain(rows).values[:, moves]
                shifts = rng.normal(size=(100, X.shape[1])) * width * moves
                mean = np.mean([slopes(f, rows + s * scale, scale) for s in (*shifts, *-shifts)], 0)
                mean = mean[:, moves]
                others = [None]
                if import_if_there("lime"):
                    by_lime = Lime(
                        X,
                        discretize_continuous=False,
                        sample_around_instance=True,
                        kernel_width=width * np.sqrt(X.shape[1]),
                    )
                    others = [cosine(by_lime.explain(f, rows, 5000)[0][:, moves], exact)]
                reached = [cosine(found, exact), cosine(mean, exact), cosine(found, mean)]
                table.append([data, output, width, *reached, *others])
    header = ["data", "output", "width", "ours", "mean slopes", "ours to mean slopes", "lime"]
    print_table("Cosine to the gradient of a network", header, table)


# -- errors ------------------------------------------------------------------------------------


def equal_errors(options, n_samples=1024):
    """How many times more samples lime needs, on its own quartiles."""
    table = []
    for data, kind, function, X, rows in pairs(options):
        rows = rows[:3]
        ours, theirs = [], []
        for seed in range(options.repeats):
            explainer = LimeExplainer(
                neighbourhood="quartiles", n_samples=n_samples, random_state=seed
            )
            ours.append(explainer.fit(function, X).explain(rows).values)
            if import_if_there("lime"):
                theirs.append(Lime(X, seed, alpha=1e-6).explain(function, rows, n_samples)[0])
        if theirs:
            ratio = np.var(theirs, axis=0).mean() / np.var(ours, axis=0).mean()
            table.append([data, kind, ratio])
    header = ["data", "model", "lime's samples / ours"]
    print_table("Samples for equal variance, lime's quartiles", header, table)
    print_ratios("lime's samples over ours, for equal variance", [row[2] for row in table])


def coverage(options):
    """How often value ± 1.96 standard errors holds what very many samples say."""
    table = []
    for data, kind, function, X, rows in pairs(options):
        rows = rows[:5]
        truth = LimeExplainer(n_samples=2**16, random_state=10**6).fit(function, X).explain(rows)
        inside, ratios = [], []
        for seed in range(options.repeats):
            found = LimeExplainer(n_samples=256, random_state=seed).fit(function, X).explain(rows)
            gaps = found.values - truth.values
            varies = found.std_errors > 1e-9 * np.abs(truth.values).max()
            inside.append((np.abs(gaps) <= 1.96 * found.std_errors)[varies].mean())
            ratios.append((gaps**2).sum() / (found.std_errors**2).sum())
        table.append([data, kind, np.mean(inside), np.mean(ratios)])
    print_table("Coverage of 95 %", ["data", "model", "inside", "MSE / SE²"], table)


def exact(options):
    """Closed forms of forests: how long they take, and lime on its way there."""
    X, y = load("diabetes")
    table = []
    for n_trees in (options.trees // 10, options.trees):
        model = RandomForestRegressor(n_trees, max_leaf_nodes=150, random_state=0).fit(X, y)
        for neighbourhood in ("gaussian", "quartiles"):
            explainer = LimeExplainer(neighbourhood=neighbourhood, random_state=0).fit(model, X)
            seconds = []
            for _ in range(3):
                began = time.process_time()
                explainer._form.coefficients(X[:100])  # alone, without the test of its fit
                seconds.append(time.process_time() - began)
            n_leaves = sum(tree.get_n_leaves() for tree in model.estimators_)
            gaps = [None] * 3
            if neighbourhood == "quartiles" and import_if_there("lime"):
                values = explainer.explain(X[:5]).values
                lime = Lime(X, alpha=1e-6)
                sizes = (1000, 10_000, 100_000)
                found = [lime.explain(model.predict, X[:5], size)[0] for size in sizes]
                gaps = [np.sqrt(np.mean((v - values) ** 2) / np.mean(values**2)) for v in found]
            table.append([n_leaves, neighbourhood, 10 * min(seconds), *gaps])
    header = ["leaves", "neighbourhood", "ms a row", "lime, 1000", "lime, 10 000", "lime, 100 000"]
    print_table("Exact coefficients", header, table)


def main():
    options = parse_arguments(__doc__, rows=100, trees=100, repeats=20)
    if options.smoke:
        options.rows, options.trees, options.repeats = 2, 10, 2
    print_versions("scipy", "lime")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        exact(options)
        time_and_fit(options)
        gradients(options)
        equal_errors(options)
        coverage(options)


if __name__ == "__main__":
    main()
