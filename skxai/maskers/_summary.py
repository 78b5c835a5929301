"""A smaller background, when the user asks for one."""

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.preprocessing import StandardScaler

from skxai.utils._cells import as_floats, as_seconds, holds_numbers, is_date, is_duration
from skxai.utils._tables import take_rows

_MANY_ROWS = 10_000


def random_rows(X, weights, n_samples, rng):
    """Rows drawn without replacement, each as likely as its weight."""
    rows = np.sort(rng.choice(X.shape[0], size=n_samples, replace=False, p=weights))
    equal = np.full(n_samples, 1 / n_samples)
    return take_rows(X, rows), equal


def kmeans_rows(X, weights, n_samples, rng):
    """The real rows nearest to k-means centres, weighted by their clusters.

    Numbers are standardised and categories one-hot encoded for the distances; the rows that
    are returned are rows of `X`, with all their dtypes.
    """
    encoded = _encode(X)
    seed = int(rng.integers(np.iinfo(np.int32).max))
    build = MiniBatchKMeans if X.shape[0] > _MANY_ROWS else KMeans
    clusters = build(n_samples, n_init=1, random_state=seed)
    labels = clusters.fit_predict(encoded, sample_weight=weights)
    distances = clusters.transform(encoded)[np.arange(len(labels)), labels]
    order = np.lexsort((distances.round(9), labels))  # of equally near rows, the first
    used, first = np.unique(labels[order], return_index=True)
    nearest = order[first]
    totals = np.bincount(labels, weights=weights, minlength=n_samples)[used]
    return take_rows(X, nearest), totals / totals.sum()


def _encode(X):
    if sp.issparse(X):
        return StandardScaler(with_mean=False).fit_transform(X)  # distances need no centre
    if not isinstance(X, pd.DataFrame):
        X = pd.DataFrame(X).infer_objects()
    parts = []
    for j in range(X.shape[1]):
        column = X.iloc[:, j]
        is_time = is_date(column.dtype) or is_duration(column.dtype)
        if is_time or holds_numbers(column):
            numbers = (as_seconds if is_time else as_floats)(column).reshape(-1, 1)
            missing = np.isnan(numbers)
            scaled = np.nan_to_num(StandardScaler().fit_transform(numbers))
            parts.append(np.hstack([scaled, missing]) if missing.any() else scaled)
        else:
            parts.append(pd.get_dummies(column.astype(object), dummy_na=True).to_numpy(float))
    return np.hstack(parts)
