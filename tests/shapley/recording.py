"""A model that counts and keeps the rows it is asked for, and small data."""

import numpy as np
import pandas as pd


class Recording:
    """A function as a model with `predict`; it remembers every row it evaluates."""

    def __init__(self, function):
        self.function = function
        self.seen = []

    def predict(self, X):
        self.seen.append(X.copy())
        return self.function(X)

    @property
    def n_rows(self):
        return sum(len(part) for part in self.seen)

    def forget(self):
        self.seen = []


def uneven(X):
    """A function of five columns with interactions of two, three and five of them."""
    a, b, c, d, e = X.T
    return a * b + np.sin(a * c * d) + np.maximum(b, e) + 0.5 * np.tanh(a + b - c + d * e)


def tables(n_rows, n_background, n_columns=5, seed=0):
    """Rows to explain and a background, as arrays."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_rows, n_columns)), rng.normal(size=(n_background, n_columns))


def mixed_frame(n_rows, seed=0):
    """A frame with numbers, strings, categories, booleans, dates and missing values."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 80, n_rows),
            "income": rng.normal(30, 10, n_rows).round(1),
            "town": rng.choice(["Ulm", "Bonn", "Kiel"], n_rows),
            "size": pd.Categorical(rng.choice(["S", "M", "L"], n_rows), ["S", "M", "L"]),
            "member": rng.random(n_rows) < 0.5,
            "since": pd.Timestamp("2020-01-01")
            + pd.to_timedelta(rng.integers(0, 900, n_rows), "D"),
        }
    )
    frame.loc[frame.index[::4], "income"] = np.nan
    return frame
