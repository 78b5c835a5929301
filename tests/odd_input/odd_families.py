"""One way to set up each family of explainers, small enough to be run on a hundred inputs."""

import warnings
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.metaestimators import available_if

from skxai import (
    ActivationMaximizer,
    AttributionTransformer,
    ConceptExplainer,
    CounterfactualExplainer,
    DataShapleyExplainer,
    InfluenceExplainer,
    InfluenceNetwork,
    IntegratedGradientsExplainer,
    KNNShapleyExplainer,
    LimeExplainer,
    LinearImportanceExplainer,
    LRPExplainer,
    PrototypeExplainer,
    SaliencyExplainer,
    ShapleyExplainer,
    SmoothGradExplainer,
    TaylorExplainer,
)
from skxai.utils._tables import take_rows

NETWORK = MLPRegressor(hidden_layer_sizes=(3,), solver="lbfgs", max_iter=15, random_state=0)
TREE = DecisionTreeRegressor(max_depth=4, random_state=0)


@dataclass(frozen=True)
class Family:
    """An explainer, a model that it takes, and how both are called.

    Parameters
    ----------
    explainer, estimator : estimator
        Not fitted.
    classes : bool, default=False
        Whether the model predicts classes.
    run : callable, default=None
        ``run(explainer, model, X_background, y, X)``: the result, if it is not that of `explain`.
    any_model : bool, default=False
        Whether it explains any model that reads tables as it likes.
    """

    explainer: object
    estimator: object
    classes: bool = False
    run: object = None
    any_model: bool = False

    def __call__(self, model, X_background, y, X):
        explainer = clone(self.explainer)
        if self.run is not None:
            return self.run(explainer, model, X_background, y, X)
        return explainer.fit(model, X_background, y).explain(X)


def _with_targets(explainer, model, X_background, y, X):
    return explainer.fit(model, X_background, y).explain(X, np.resize(y, len_of(X)))


def _maximise(explainer, model, X_background, y, X):
    return explainer.fit(model, X_background)


def _network(explainer, model, X_background, y, X):
    return explainer.fit(X_background).explain(X)


def _transform(explainer, model, X_background, y, X):
    return AttributionTransformer(explainer, model).fit(X_background, y).transform(X)


def _concept(explainer, model, X_background, y, X):
    readable = X_background.tocsr() if sp.issparse(X_background) else X_background
    examples = take_rows(readable, slice(0, 8))
    return explainer.set_params(concepts={"first": examples}).fit(model, X_background).explain(X)


def len_of(X):
    return X.shape[0] if hasattr(X, "shape") else len(X)


FAMILIES = {
    "Shapley": Family(ShapleyExplainer(algorithm="exact"), TREE, any_model=True),
    "Shapley, kernel": Family(
        ShapleyExplainer(algorithm="kernel", random_state=0), TREE, any_model=True
    ),
    "Shapley, trees": Family(
        ShapleyExplainer(algorithm="tree"),
        RandomForestRegressor(n_estimators=2, max_depth=3, random_state=0),
    ),
    "Shapley, linear": Family(ShapleyExplainer(algorithm="linear"), LinearRegression()),
    "LIME": Family(LimeExplainer(n_samples=64, random_state=0), TREE, any_model=True),
    "Counterfactual": Family(
        CounterfactualExplainer(algorithm="nearest", max_evals=40, random_state=0),
        DecisionTreeClassifier(max_depth=4, random_state=0),
        classes=True,
        any_model=True,
    ),
    "Counterfactual, exact": Family(
        CounterfactualExplainer(algorithm="exact"), LogisticRegression(), classes=True
    ),
    "Saliency": Family(SaliencyExplainer(), NETWORK),
    "IntegratedGradients": Family(IntegratedGradientsExplainer(), NETWORK),
    "SmoothGrad": Family(SmoothGradExplainer(n_samples=8, random_state=0), NETWORK),
    "Taylor": Family(TaylorExplainer(), NETWORK),
    "LRP": Family(LRPExplainer(rule="epsilon"), NETWORK),
    "Linear": Family(LinearImportanceExplainer(), LinearRegression()),
    "Influence": Family(InfluenceExplainer(), Ridge()),
    "KNNShapley": Family(
        KNNShapleyExplainer(n_neighbors=3), KNeighborsClassifier(3), True, _with_targets
    ),
    "DataShapley": Family(
        DataShapleyExplainer(n_permutations=2, truncation=0.3, random_state=0),
        Ridge(),
        run=_with_targets,
    ),
    "Prototypes": Family(PrototypeExplainer(n_prototypes=2), TREE, any_model=True),
    "Activation": Family(ActivationMaximizer(n_starts=1, random_state=0), NETWORK, run=_maximise),
    "Concept": Family(
        ConceptExplainer(concepts={}, n_repeats=2, random_state=0), NETWORK, run=_concept
    ),
    "InfluenceNetwork": Family(
        InfluenceNetwork(
            estimator=LinearRegression(), cv=2, random_state=0, explainer=ShapleyExplainer()
        ),
        LinearRegression(),
        run=_network,
    ),
    "AttributionTransformer": Family(ShapleyExplainer(algorithm="exact"), TREE, run=_transform),
}


class Reading(BaseEstimator):
    """A fitted model of plain numbers that reads them off an odd table.

    Parameters
    ----------
    model : fitted estimator
    read : callable
        From the odd table to the plain one.
    """

    def __init__(self, model, read):
        self.model = model
        self.read = read

    def predict(self, X):
        return self.model.predict(self.read(X))

    def fit(self, X, y):
        raise AssertionError("an explainer does not fit the model")

    def __sklearn_is_fitted__(self):
        return True

    @available_if(lambda self: is_classifier(self.model))
    def predict_proba(self, X):
        return self.model.predict_proba(self.read(X))

    @property
    def classes_(self):
        return self.model.classes_

    def __sklearn_tags__(self):
        return self.model.__sklearn_tags__()


@contextmanager
def other_warnings_as_errors():
    """Warnings are errors, but for those of the models, and of data that are plain as well."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for message in ("lbfgs failed to converge", "pandas.DataFrame with sparse columns found"):
            warnings.filterwarnings("ignore", message)
        warnings.filterwarnings("ignore", "the data do not determine the coefficients of")
        yield


def fitted(estimator, X, y):
    """The model, fitted."""
    with other_warnings_as_errors():
        return clone(estimator).fit(X, y)
