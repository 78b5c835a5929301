"""A directed weighted graph between features, of a table or of each of its rows."""

import dataclasses
import html

import numpy as np
import pandas as pd

from skxai.utils._archives import read_archive, write_archive
from skxai.utils._frozen import FrozenResult
from skxai.utils._optional import import_optional
from skxai.utils._selection import select
from skxai.utils._storage import pack_index, unpack_index

_FILE_FORMAT = 1
_ARRAYS = ("matrix", "std_errors", "scores", "values")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class InfluenceGraph(FrozenResult):
    """How much each feature matters for the prediction of each other; by `InfluenceNetwork`.

    Immutable. Weights are in standard deviations of the target.

    Parameters
    ----------
    matrix : ndarray of shape (n_features, n_features)
        ``matrix[i, j]``: the weight of the edge from i to j, the mean absolute relevance of
        feature i for the prediction of feature j. Its diagonal is zero.
    std_errors : ndarray of shape (n_features, n_features), default=None
        Standard errors of these means, from the spread between rows; None for one row.
    scores : ndarray of shape (n_features,), default=None
        How well each feature is predicted from the others: R², on rows held out.
    values : ndarray of shape (n_rows, n_features, n_features), default=None
        Relevances of each row, with their signs, where they are kept.
    feature_names : sequence of str, default=()
        The nodes; if there are none: x0, x1, and so on.
    output_names : sequence of str, default=()
        The same.
    method : str, default=""
        What made the graph, and its parameters.
    index : pandas.Index, default=None
        Labels of the rows.

    See Also
    --------
    InfluenceNetwork : Makes the graph from a table.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.network import InfluenceGraph
    >>> graph = InfluenceGraph(
    ...     np.array([[0.0, 0.8], [0.5, 0.0]]), scores=np.array([0.3, 0.6]),
    ...     feature_names=["rain", "river"])
    >>> graph
    <InfluenceGraph: 2 features, 2 edges>
    >>> graph.to_frame()
      source target  weight  std_error
    0   rain  river     0.8        NaN
    1  river   rain     0.5        NaN
    >>> graph.to_frame(directed=False)
      source target  weight
    0   rain  river     1.3
    """

    matrix: np.ndarray
    std_errors: np.ndarray | None = None
    scores: np.ndarray | None = None
    values: np.ndarray | None = None
    feature_names: tuple = ()
    output_names: tuple = ()
    method: str = ""
    index: pd.Index | None = None

    def __post_init__(self):
        matrix = np.asarray(self.matrix, dtype=float)
        if matrix.ndim != 2 or len(set(matrix.shape)) > 1:
            raise ValueError(f"matrix has shape {matrix.shape}; expected (n_features, n_features)")
        names = self.feature_names
        names = [f"x{j}" for j in range(len(matrix))] if len(names) == 0 else map(str, names)
        names = tuple(names)
        if len(names) != len(matrix):
            raise ValueError(f"feature_names has {len(names)} names; expected {len(matrix)}")
        if len(set(names)) < len(names):
            raise ValueError(f"feature_names is {list(names)}; expected different names")
        if (matrix < 0).any():
            raise ValueError("matrix has weights below zero; expected sizes, without a sign")
        self._set(matrix=matrix, feature_names=names, output_names=names)
        self._check_shapes()
        super().__post_init__()

    def _check_shapes(self):
        rows = () if self.values is None else np.shape(self.values)[:1]
        expected = {
            "std_errors": self.matrix.shape,
            "scores": self.matrix.shape[:1],
            "values": (*rows, *self.matrix.shape),
        }
        for name, shape in expected.items():
            field = getattr(self, name)
            if field is not None and np.shape(field) != shape:
                raise ValueError(f"{name} has shape {np.shape(field)}; expected {shape}")

    @classmethod
    def of_rows(cls, values, **fields):
        """The graph of some rows: means over them, and their errors.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_features, n_features)
            Relevances of each row.
        **fields : dict
            Other fields.

        Returns
        -------
        InfluenceGraph

        Examples
        --------
        >>> import numpy as np
        >>> from skxai.network import InfluenceGraph
        >>> InfluenceGraph.of_rows(np.array([[[0, 1], [0, 0]], [[0, -2], [0, 0]]])).matrix
        array([[0. , 1.5],
               [0. , 0. ]])
        """
        values = np.asarray(values, dtype=float)
        if values.ndim != 3:
            raise ValueError(f"values has shape {values.shape}; expected three dimensions")
        sizes = np.abs(values)
        errors = None
        if len(values) > 1:
            errors = sizes.std(axis=0, ddof=1) / np.sqrt(len(values))
        matrix = sizes.mean(axis=0) if len(values) else np.full(values.shape[1:], np.nan)
        return cls(matrix, errors, values=values, **fields)

    def __len__(self):
        return 0 if self.values is None else len(self.values)

    def __getitem__(self, key):
        """The graph of some rows: ``graph[0]``, ``graph[:10]``, ``graph[mask]``."""
        if self.values is None:
            raise ValueError("this graph keeps no rows: make it with keep_rows=True, or by explain")
        rows = select(key, len(self), "row")
        return type(self).of_rows(
            self.values[rows],
            scores=self.scores,
            feature_names=self.feature_names,
            method=self.method,
            index=None if self.index is None else self.index.take(rows),
        )

    def to_frame(self, directed=True):
        """The edges, heaviest first.

        Parameters
        ----------
        directed : bool, default=True
            Whether the two edges between a pair are told apart. Otherwise a pair has one line and
            the sum of both weights: what there is between two features, whichever way.

        Returns
        -------
        DataFrame
            A line for each edge of a weight above zero. Columns: `source`, `target`, `weight`,
            and, for directed edges, `std_error`.
        """
        if directed:
            weights = self.matrix
            sources, targets = np.nonzero(weights > 0)
        else:
            weights = self.matrix + self.matrix.T
            sources, targets = np.nonzero(np.triu(weights > 0, k=1))
        names = np.array(self.feature_names, dtype=object)
        columns = {
            "source": names[sources],
            "target": names[targets],
            "weight": weights[sources, targets],
        }
        if directed:
            errors = self.std_errors
            columns["std_error"] = np.nan if errors is None else errors[sources, targets]
        frame = pd.DataFrame(columns)
        return frame.sort_values("weight", ascending=False, kind="stable", ignore_index=True)

    def to_networkx(self):
        """The graph for networkx, which must be installed.

        Returns
        -------
        networkx.DiGraph
            Nodes are names, with `score`; edges have `weight`, and `std_error` where known.
        """
        graph = import_optional("networkx", "network").DiGraph()
        for j, name in enumerate(self.feature_names):
            known = {} if self.scores is None else {"score": float(self.scores[j])}
            graph.add_node(name, **known)
        for source, target, weight, error in self.to_frame().itertuples(index=False):
            known = {} if self.std_errors is None else {"std_error": float(error)}
            graph.add_edge(source, target, weight=float(weight), **known)
        return graph

    def plot(self, kind="network", **kwargs):
        """Draw the graph.

        Parameters
        ----------
        kind : {"network", "adjacency"}, default="network"
            Nodes and arrows, or the matrix as a heat-map.
        **kwargs : dict
            Passed to `NetworkDisplay.from_explanation` or `AdjacencyDisplay.from_explanation`,
            for instance ``ax`` or ``max_edges``.

        Returns
        -------
        NetworkDisplay or AdjacencyDisplay
            With attributes ``ax_`` and ``figure_``.
        """
        from skxai import plotting  # pictures know explanations; this is the one way back

        return plotting.display_of(kind).from_explanation(self, **kwargs)

    def save(self, path):
        """Write everything to one ``.npz`` file, without pickle.

        Parameters
        ----------
        path : str or path-like
            The file; it is written under exactly this name.
        """
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        arrays = {name: array for name, array in arrays.items() if array is not None}
        packed, index = pack_index(self.index, "index")
        about = {"format": _FILE_FORMAT, "kind": type(self).__name__, "index": index}
        about |= {"feature_names": self.feature_names, "method": self.method}
        write_archive(path, about, {**arrays, **packed})

    @classmethod
    def load(cls, path):
        """Read what `save` wrote. Never unpickles.

        Parameters
        ----------
        path : str or path-like
            The file.

        Returns
        -------
        InfluenceGraph
        """
        with read_archive(path, cls.__name__, _FILE_FORMAT) as (about, arrays):
            return cls(
                **{name: arrays[name] for name in _ARRAYS if name in arrays},
                index=unpack_index(arrays, "index", about["index"]),
                feature_names=about["feature_names"],
                method=about["method"],
            )

    def __repr__(self):
        rows = f"{len(self)} row{'s' * (len(self) != 1)}, " if len(self) else ""
        n_edges = int(np.count_nonzero(self.matrix > 0))
        n_nodes = len(self.matrix)
        return (
            f"<{type(self).__name__}: {rows}{n_nodes} feature{'s' * (n_nodes != 1)}, "
            f"{n_edges} edge{'s' * (n_edges != 1)}>"
        )

    def _repr_html_(self):
        table = self.to_frame().to_html(max_rows=10, float_format="{:.4g}".format)
        return f"<div><p>{html.escape(repr(self))}</p>{table}</div>"
