"""Models for the tests of engines and faults; in a module, so that workers can import them."""

import os
import time
from pathlib import Path

import numpy as np


class Product:
    """``x0 · x1 + x2``, with attributes that fill a large pickle."""

    def __init__(self, large=0):
        self.large = np.zeros(large)

    def fit(self, X, y=None):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def predict(self, X):
        X = np.asarray(X, dtype=float)
        return X[:, 0] * X[:, 1] + X[:, 2]


class Logged(Product):
    """It notes when it is pickled and unpickled, and by which process."""

    def __init__(self, path, large=0):
        super().__init__(large)
        self.path = str(path)

    def __getstate__(self):
        self._note("pickled")
        return vars(self).copy()

    def __setstate__(self, state):
        vars(self).update(state)
        self._note("unpickled")

    def _note(self, what):
        with open(self.path, "a") as file:
            file.write(f"{what} {os.getpid()}\n")

    def notes(self):
        """What was noted since the last time."""
        path = Path(self.path)
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines


class Slow(Product):
    """It takes its time, or longer where the environment says so: then it is still the same."""

    def __init__(self, seconds=0.0):
        super().__init__()
        self.seconds = seconds

    def predict(self, X):
        time.sleep(self.seconds + float(os.environ.get("SECONDS_OF_SLOW_MODELS", 0)))
        return super().predict(X)


class Fragile(Product):
    """It raises, or returns NaN, where the last column is above a limit."""

    def __init__(self, limit, returns_nan=False):
        super().__init__()
        self.limit = limit
        self.returns_nan = returns_nan

    def predict(self, X):
        outputs = super().predict(X)
        bad = np.asarray(X, dtype=float)[:, -1] > self.limit
        if bad.any() and not self.returns_nan:
            raise RuntimeError("the gauge is off the scale")
        return np.where(bad, np.nan, outputs)
