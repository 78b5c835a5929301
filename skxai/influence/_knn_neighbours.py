"""Where a model sees its rows, and how far apart and how heavy they are there."""

import numpy as np
import scipy.sparse as sp
from sklearn.metrics import DistanceMetric, pairwise_distances
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array

from skxai.predictors._sources import real_steps, unfrozen

# Distances that differ by no more than rounding are tied.
_ROUNDING = 1e-12


def split_model(model):
    """The transformers of a model, and its last step."""
    transformers = []
    model = unfrozen(model)
    while isinstance(model, Pipeline):
        transformers += real_steps(model.steps[:-1])
        model = unfrozen(model.steps[-1][1])
    return transformers, model


class Neighbourhood:
    """Distances and weights of training rows, as a model or the user has it.

    Parameters
    ----------
    model : fitted estimator
    n_neighbors, weights, metric
        As of `KNNShapleyExplainer`: None takes the model's.
    """

    def __init__(self, model, n_neighbors, weights, metric):
        self.transformers, last = split_model(model)
        is_knn = isinstance(last, KNeighborsClassifier | KNeighborsRegressor)
        self.metric_params = {}
        if metric is None and is_knn:
            # The model names minkowski with p=2 euclidean; its own name would need its p.
            metric, self.metric_params = last.effective_metric_, last.effective_metric_params_
        self.metric = "euclidean" if metric is None else metric
        if isinstance(self.metric, str) and self.metric == "precomputed":
            raise ValueError(
                "metric is 'precomputed'; expected one that is computed from rows: pass metric="
            )
        if n_neighbors is None:
            n_neighbors = last.n_neighbors if is_knn else 5
        if weights is None:
            weights = (is_knn and last.weights) or "uniform"
        self.n_neighbors, self.weights = int(n_neighbors), weights

    def place(self, X, name):
        """The rows as the last step of the model sees them."""
        for step in self.transformers:
            X = step.transform(X)
        finite = "allow-nan" if self.metric == "nan_euclidean" else True
        return check_array(
            X,
            accept_sparse="csr",
            dtype=np.float64,
            ensure_min_samples=0,
            ensure_all_finite=finite,
            input_name=name,
        )

    def distances(self, A, B):
        """Distances between placed rows, of shape (n_rows_a, n_rows_b)."""
        try:
            # Each pair on its own, so that equal rows are at equal distances, to the last bit.
            metric = DistanceMetric.get_metric(self.metric, **self.metric_params)
        except ValueError:
            return pairwise_distances(A, B, metric=self.metric, **self.metric_params)
        if sp.issparse(A) and callable(self.metric):
            A, B = A.toarray(), B.toarray()
        return metric.pairwise(A, B)

    def weigh(self, distances):
        """Weights for sorted distances, such that those of the K nearest have the mean 1."""
        if self.weights == "uniform":
            return np.ones_like(distances)
        if self.weights == "distance":
            with np.errstate(divide="ignore"):
                weights = 1 / distances
            at_row = np.isinf(weights)
            weights = np.where(at_row.any(axis=1, keepdims=True), at_row, weights)
        else:
            weights = np.array(self.weights(distances), dtype=float)
            if weights.shape != distances.shape:
                raise ValueError(
                    f"weights returned shape {weights.shape} for distances of shape "
                    f"{distances.shape}; expected the same"
                )
        mean = weights[:, : self.n_neighbors].mean(axis=1, keepdims=True)
        if not (np.isfinite(weights).all() and (weights >= 0).all() and (mean > 0).all()):
            raise ValueError(
                "weights gives some rows negative weights, weights that are not finite, or no "
                f"weight to any of the {self.n_neighbors} nearest"
            )
        return weights / mean


def is_farther(distances):
    """Whether each of the sorted distances is larger than the one before, beyond rounding."""
    found = np.ones(distances.shape, dtype=bool)
    found[:, 1:] = np.diff(distances, axis=1) > _ROUNDING * distances[:, 1:]
    return found
