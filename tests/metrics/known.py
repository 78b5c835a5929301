"""A model whose effects are known, and four explanations of it, from right to reversed."""

import numpy as np

from skxai import Explanation, as_predictor

ORDER = ("true", "noisy", "random", "reversed")
COEF = np.array([4.0, -3.0, 2.0, 1.5, -1.0, 0.5, 0.25, 0.0])


def table(n_rows=200, seed=0):
    """Rows of weakly correlated columns, with a scale and a mean of their own."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n_rows, 1))
    X = rng.normal(size=(n_rows, len(COEF))) + 0.3 * common
    return X * np.geomspace(0.5, 2, len(COEF)) + 1


def model(X):
    return np.asarray(X, dtype=float) @ COEF


class Known:
    """An explainer of `model` by its true effects, spoilt as its name says.

    What is noise depends on the row alone, but jumps from row to row.
    """

    def __init__(self, kind, X_background):
        self.kind = kind
        self.mean_ = X_background.mean(axis=0)
        self.spread_ = np.abs(COEF * X_background.std(axis=0)).mean()
        self.predictor_ = as_predictor(model, X_background)

    def explain(self, X):
        X = np.asarray(X)
        noise = self.spread_ * np.sin(1e4 * X @ np.sin(np.arange(64.0)).reshape(8, 8)) * 1.4
        true = COEF * (X - self.mean_)
        values = {
            "true": true,
            "noisy": true + 0.4 * noise,
            "random": 1.5 * noise,
            "reversed": -true,
        }[self.kind]
        base = np.full(len(X), model(self.mean_))
        return Explanation(values, base, model(X), data=X)


def four(X_background):
    """The four explainers by name."""
    return {kind: Known(kind, X_background) for kind in ORDER}
