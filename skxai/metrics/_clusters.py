"""Kinds of explanations: spectral clusters of attributions."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import eigh
from sklearn.cluster import KMeans
from sklearn.neighbors import kneighbors_graph

from skxai.metrics._judged import by_output, check_count, check_explanation
from skxai.utils._random import draw_seeds

_MOST_CLUSTERS = 10


@dataclass(frozen=True, eq=False, repr=False)
class ExplanationClusters:
    """Rows by kind of explanation; from `cluster_explanations`.

    Parameters
    ----------
    labels : ndarray of int of shape (n_rows,)
        The cluster of each row; the largest is 0.
    eigenvalues : ndarray of shape (n_values,)
        The smallest of the graph's Laplacian: as many are near zero as there are clusters that
        hang together loosely.
    means : ndarray of shape (n_clusters, n_features)
        Mean attributions of each cluster.
    feature_names : tuple of str
        Names of the features.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.metrics import ExplanationClusters
    >>> ExplanationClusters(np.array([0, 0, 1]), np.array([0.0, 0.0, 1.0]),
    ...                     np.array([[1.0, 0.0], [0.0, 2.0]]), ("age", "dose")).to_frame()
             n_rows  age  dose
    cluster
    0             2  1.0   0.0
    1             1  0.0   2.0
    """

    labels: np.ndarray
    eigenvalues: np.ndarray
    means: np.ndarray
    feature_names: tuple

    def __post_init__(self):
        for name in ("labels", "eigenvalues", "means"):
            array = np.array(getattr(self, name))
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def n_clusters(self):
        """The number of clusters."""
        return len(self.means)

    def to_frame(self):
        """A row for each cluster: its number of rows, and its mean attributions.

        Returns
        -------
        DataFrame
            Indexed by the number of the cluster.
        """
        frame = pd.DataFrame(self.means, columns=list(self.feature_names))
        counts = np.bincount(self.labels, minlength=self.n_clusters)
        frame.insert(0, "n_rows", counts, allow_duplicates=True)
        return frame.rename_axis(index="cluster")

    def __repr__(self):
        return f"<ExplanationClusters: {len(self.labels)} rows, {self.n_clusters} clusters>"


def cluster_explanations(
    explanation, *, n_clusters=None, n_neighbors=10, output=None, random_state=None
):
    """Find kinds of explanations: groups of rows that are predicted for like reasons.

    A group that relies on what should not matter is a "Clever Hans": right, for a wrong reason,
    which no test score shows if the test rows have the same flaw. Attributions of each row are
    scaled to length one, and rows joined to their nearest neighbours; the clusters are those of
    this graph's spectrum.

    Parameters
    ----------
    explanation : Explanation
        Attributions of at least three rows, best of rows that are predicted alike. Time grows with
        the cube of their number, memory with its square: choose some thousands at most.
    n_clusters : int, default=None
        None: as many as there are eigenvalues before the largest gap, at most ten.
    n_neighbors : int, default=10
        How many neighbours each row is joined to.
    output : str, default=None
        The explained output, where there are several.
    random_state : int, RandomState instance or None, default=None
        Of the clustering's starts.

    Returns
    -------
    ExplanationClusters
        With ``labels``, ``eigenvalues``, ``means`` and ``to_frame``.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.

    References
    ----------
    S. Lapuschkin et al., "Unmasking Clever Hans predictors and assessing what machines really
    learn", Nature Communications 10 (2019).

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> from skxai.metrics import cluster_explanations
    >>> rng = np.random.default_rng(0)
    >>> values = rng.normal(scale=0.1, size=(50, 3))
    >>> values[:30, 0] += 1
    >>> values[30:, 2] += 1
    >>> clusters = cluster_explanations(
    ...     Explanation(values, np.zeros(50), values.sum(axis=1)), random_state=0)
    >>> clusters
    <ExplanationClusters: 50 rows, 2 clusters>
    >>> np.bincount(clusters.labels)
    array([30, 20])
    """
    check_explanation(explanation)
    if output is not None:
        explanation = explanation.output(output)
    if explanation.n_outputs != 1:
        raise ValueError(
            f"explanation has the outputs {list(explanation.output_names)}; expected one: set "
            "output"
        )
    values = by_output(explanation)[:, :, 0]
    if len(values) < 3:
        raise ValueError(f"explanation has {len(values)} rows; expected at least three")
    check_count(n_neighbors, "n_neighbors")
    if n_clusters is not None:
        check_count(n_clusters, "n_clusters")
        if n_clusters > len(values):
            raise ValueError(f"n_clusters is {n_clusters}; there are {len(values)} rows")
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    points = values / np.where(lengths > 0, lengths, 1.0)
    graph = kneighbors_graph(points, min(n_neighbors, len(points) - 1))
    n_values = min(max(_MOST_CLUSTERS + 1, n_clusters or 0), len(points))
    eigenvalues, eigenvectors = _spectrum(((graph + graph.T) / 2).toarray(), n_values)
    if n_clusters is None:
        n_clusters = int(np.argmax(np.diff(eigenvalues[: _MOST_CLUSTERS + 1]))) + 1
    seed = int(draw_seeds(random_state, 1)[0])
    labels = _labels(eigenvectors[:, :n_clusters], seed)
    means = np.stack([values[labels == k].mean(axis=0) for k in range(labels.max() + 1)])
    return ExplanationClusters(
        labels, eigenvalues[: _MOST_CLUSTERS + 1], means, explanation.feature_names
    )


def _spectrum(affinity, n_values):
    """The first eigenvalues, ascending, and eigenvectors of the graph's normalised Laplacian."""
    roots = 1 / np.sqrt(affinity.sum(axis=1))
    laplacian = np.eye(len(affinity)) - roots[:, None] * affinity * roots
    eigenvalues, eigenvectors = eigh(laplacian, subset_by_index=[0, n_values - 1])
    return np.maximum(eigenvalues, 0.0), eigenvectors  # below zero is rounding


def _labels(coordinates, seed):
    """Clusters of rows by their directions in the leading eigenvectors, the largest first."""
    lengths = np.linalg.norm(coordinates, axis=1, keepdims=True)
    directions = coordinates / np.where(lengths > 0, lengths, 1.0)
    kmeans = KMeans(coordinates.shape[1], n_init=10, random_state=seed)
    labels = kmeans.fit_predict(directions)
    counts = np.bincount(labels, minlength=coordinates.shape[1])
    return np.argsort(np.argsort(-counts, kind="stable"))[labels]
