"""How near rows are to prototypes."""

import dataclasses
import html
from typing import Any

import numpy as np
import pandas as pd

from skxai.utils._archives import read_archive, write_archive
from skxai.utils._frozen import FrozenResult
from skxai.utils._selection import select
from skxai.utils._storage import pack_index, pack_table, unpack_index, unpack_table
from skxai.utils._tables import take_rows

_FILE_FORMAT = 1
_ARRAYS = ("distances", "predictions", "activations", "prototype_indices")
_TEXTS = ("feature_names", "output_names", "method")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class PrototypeExplanation(FrozenResult):
    """How far some rows are from the prototypes of each output; made by `PrototypeExplainer`.

    Immutable. A distance of 1 is a usual one between two rows of the background.

    Parameters
    ----------
    distances : ndarray of shape (n_rows, n_outputs, n_prototypes)
        From each row to each prototype.
    predictions : ndarray of shape (n_rows, n_outputs)
        The model's outputs for the rows.
    activations : ndarray of shape (n_outputs, n_prototypes)
        The output for each of its prototypes.
    prototype_indices : ndarray of int, shape (n_outputs, n_prototypes)
        Positions of the prototypes in the background.
    data : DataFrame, ndarray or CSR matrix of shape (n_rows, n_features)
        The rows.
    feature_names : sequence of str
        Names of the columns.
    output_names : sequence of str
        Names of the outputs.
    method : str, default=""
        The explainer and its parameters.
    index : pandas.Index, default=None
        Labels of the rows.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skxai import PrototypeExplainer
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> explanation = PrototypeExplainer().fit(SVC().fit(X, y), X).explain(X[:7])
    >>> explanation
    <PrototypeExplanation: 7 rows, 3 outputs, 5 prototypes of each>
    >>> explanation.nearest()[0].round(2)
    array([0.24, 0.96, 1.25])
    """

    distances: np.ndarray
    predictions: np.ndarray
    activations: np.ndarray
    prototype_indices: np.ndarray
    data: Any
    feature_names: tuple
    output_names: tuple
    method: str = ""
    index: pd.Index | None = None

    def __len__(self):
        return len(self.distances)

    def __getitem__(self, key):
        """The same for some rows: ``e[0]``, ``e[:10]``, ``e[mask]``."""
        rows = select(key, len(self), "row")
        return dataclasses.replace(
            self,
            distances=self.distances[rows],
            predictions=self.predictions[rows],
            data=take_rows(self.data, rows),
            index=None if self.index is None else self.index.take(rows),
        )

    def nearest(self):
        """The distance to the nearest prototype of each output.

        Returns
        -------
        ndarray of shape (n_rows, n_outputs)
            The smallest distance to a prototype of the output.
        """
        return self.distances.min(axis=2)

    def to_frame(self):
        """The nearest prototype of each output, for each row.

        Returns
        -------
        DataFrame
            A line for each row and output, labelled as the row. Columns: `output`, `prediction`,
            `prototype` (the position of the nearest in the background), `activation` (the output
            for that) and `distance`.
        """
        n_rows, n_outputs, _ = self.distances.shape
        labels = pd.RangeIndex(n_rows) if self.index is None else self.index
        best = self.distances.argmin(axis=2)
        outputs = np.arange(n_outputs)
        return pd.DataFrame(
            {
                "output": list(self.output_names) * n_rows,
                "prediction": self.predictions.ravel(),
                "prototype": self.prototype_indices[outputs, best].ravel(),
                "activation": self.activations[outputs, best].ravel(),
                "distance": self.nearest().ravel(),
            },
            index=labels.repeat(n_outputs),
        )

    def save(self, path):
        """Write everything to one ``.npz`` file, without pickle.

        Parameters
        ----------
        path : str or path-like
            The file; it is written under exactly this name.
        """
        arrays, about = {}, {"format": _FILE_FORMAT, "kind": type(self).__name__}
        packed, about["data"] = pack_table(self.data, "data")
        arrays.update(packed)
        packed, about["index"] = pack_index(self.index, "index")
        arrays.update(packed)
        for name in _ARRAYS:
            arrays[name] = getattr(self, name)
        about |= {name: getattr(self, name) for name in _TEXTS}
        write_archive(path, about, arrays)

    @classmethod
    def load(cls, path):
        """Read what `save` wrote. Never unpickles.

        Parameters
        ----------
        path : str or path-like
            The file.

        Returns
        -------
        PrototypeExplanation
        """
        with read_archive(path, cls.__name__, _FILE_FORMAT) as (about, arrays):
            return cls(
                data=unpack_table(arrays, "data", about["data"]),
                index=unpack_index(arrays, "index", about["index"]),
                **{name: arrays[name] for name in _ARRAYS},
                **{name: about[name] for name in _TEXTS},
            )

    def __repr__(self):
        n_rows, n_outputs, n_prototypes = self.distances.shape
        return (
            f"<{type(self).__name__}: {n_rows} row{'s' * (n_rows != 1)}, {n_outputs} "
            f"output{'s' * (n_outputs != 1)}, {n_prototypes} prototypes of each>"
        )

    def _repr_html_(self):
        table = self.to_frame().to_html(max_rows=10, float_format="{:.4g}".format)
        return f"<div><p>{html.escape(repr(self))}</p>{table}</div>"
