"""What training rows are worth."""

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
_ARRAYS = ("values", "base_values", "std_errors", "predictions")
_LABELS = ("train_targets", "targets")
_INDICES = ("train_index", "index")
_TEXTS = ("feature_names", "output_names", "method")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class DataValuation(FrozenResult):
    """What each training row is worth; made by `KNNShapleyExplainer` and `DataShapleyExplainer`.

    Immutable. A line is a game that the training rows play together: to predict one row, or to
    score well on all rows of a validation set. The values of a line and its base value add up to
    what the training rows earn together. A negative value means that the others do better
    without that row, on average over who is there already.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_train)
        What each training row is worth in each line.
    base_values : ndarray of shape (n_rows,)
        What no training rows earn.
    train_targets : ndarray of shape (n_train,)
        Targets of the training rows.
    train_index : pandas.Index, default=None
        Labels of the training rows. Default: their positions.
    std_errors : ndarray of shape (n_rows, n_train), default=None
        Standard errors of `values`, where they are estimates.
    targets : ndarray of shape (n_rows,), default=None
        The target of each predicted row, where a line is one row.
    data : DataFrame, ndarray or CSR matrix of shape (n_rows, n_features), default=None
        The predicted rows, where a line is one row.
    predictions : ndarray of shape (n_rows, n_outputs), default=None
        The model's predictions for them; for a classifier 1 for the predicted class, 0 for others.
    feature_names : sequence of str, default=()
        Names of the columns.
    output_names : sequence of str, default=()
        Names of the outputs.
    method : str, default=""
        The explainer and its parameters.
    index : pandas.Index, default=None
        Labels of the predicted rows.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import DataValuation
    >>> valuation = DataValuation(values=np.array([[0.5, -0.1], [0.3, 0.1]]),
    ...     base_values=np.zeros(2), train_targets=np.array(["cat", "dog"]))
    >>> valuation
    <DataValuation: 2 training rows, 2 lines>
    >>> valuation.importance()
      target  value  std_error
    0    cat    0.4        0.1
    1    dog    0.0        0.1
    >>> valuation[0].totals
    array([0.4])
    """

    values: np.ndarray
    base_values: np.ndarray
    train_targets: np.ndarray
    train_index: pd.Index | None = None
    std_errors: np.ndarray | None = None
    targets: np.ndarray | None = None
    data: Any = None
    predictions: np.ndarray | None = None
    feature_names: tuple = ()
    output_names: tuple = ()
    method: str = ""
    index: pd.Index | None = None

    def __post_init__(self):
        if self.train_index is None:
            self._set(train_index=pd.RangeIndex(len(self.train_targets)))
        n_rows, n_train = self.values.shape
        for name, shape in (
            ("base_values", (n_rows,)),
            ("train_targets", (n_train,)),
            ("train_index", (n_train,)),
            ("std_errors", (n_rows, n_train)),
            ("targets", (n_rows,)),
        ):
            array = getattr(self, name)
            if array is not None and array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}; expected {shape}")
        super().__post_init__()

    def __len__(self):
        return len(self.values)

    @property
    def totals(self):
        """What all training rows earn together, of shape (n_rows,)."""
        return self.base_values + self.values.sum(axis=1)

    def __getitem__(self, key):
        """The same for some lines: ``v[0]``, ``v[:10]``, ``v[mask]``."""
        rows = select(key, len(self), "row")

        def take(array):
            return None if array is None else array[rows]

        return dataclasses.replace(
            self,
            data=None if self.data is None else take_rows(self.data, rows),
            **{name: take(getattr(self, name)) for name in (*_ARRAYS, "targets", "index")},
        )

    def importance(self):
        """What each training row is worth over all lines: the mean, with its error.

        Returns
        -------
        DataFrame
            A row for each training row, with columns `target`, `value` and `std_error`. The error
            is that of the mean over the lines; with a single line that of `std_errors`, or NaN.
        """
        n_rows, n_train = self.values.shape
        value, error = np.full((2, n_train), np.nan)
        if n_rows:
            value = self.values.mean(axis=0)
        if n_rows > 1:
            error = self.values.std(axis=0, ddof=1) / np.sqrt(n_rows)
        elif n_rows and self.std_errors is not None:
            error = self.std_errors[0]
        return pd.DataFrame(
            {"target": self.train_targets, "value": value, "std_error": error},
            index=self.train_index,
        )

    def to_frame(self, field="values"):
        """The values (or their standard errors) as a DataFrame.

        Parameters
        ----------
        field : {"values", "std_errors"}, default="values"
            What to tabulate.

        Returns
        -------
        DataFrame
            A row for each line and a column for each training row.
        """
        if field not in ("values", "std_errors"):
            raise ValueError(f"field must be 'values' or 'std_errors', got {field!r}")
        array = getattr(self, field)
        if array is None:
            raise ValueError("this valuation has no std_errors: its values are exact")
        return pd.DataFrame(array.copy(), index=self.index, columns=self.train_index)

    def plot(self, *, max_rows=10, highest=False, ax=None, **kwargs):
        """Draw the training rows that are worth least, or most, as bars.

        Parameters
        ----------
        max_rows : int, default=10
            How many.
        highest : bool, default=False
            Whether to show those with the highest values.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        **kwargs : dict
            Passed to matplotlib's ``Axes.barh``, for instance ``color``.

        Returns
        -------
        BarDisplay
            With attributes ``ax_`` and ``figure_``.
        """
        from skxai.plotting import BarDisplay  # pictures know results; the one way back

        frame = self.importance().sort_values("value", ascending=not highest, kind="stable")
        frame = frame.head(max_rows)
        side = "most" if highest else "least"
        return BarDisplay(
            frame["value"].to_numpy(),
            [f"{label}: {target}" for label, target in zip(frame.index, frame["target"])],
            errors=frame["std_error"].to_numpy(),
            signed=True,
            xlabel="value"
            + ("; whiskers: ± 2 standard errors" * bool(frame["std_error"].notna().any())),
            title=f"The training rows worth {side}, and their targets",
        ).plot(ax=ax, **kwargs)

    def save(self, path):
        """Write everything to one ``.npz`` file, without pickle.

        Parameters
        ----------
        path : str or path-like
            The file; it is written under exactly this name.
        """
        about = {"format": _FILE_FORMAT, "kind": type(self).__name__}
        about |= {name: getattr(self, name) for name in _TEXTS}
        arrays, about["data"] = pack_table(self.data, "data")
        for name in _LABELS + _INDICES:
            labels = getattr(self, name)
            if name in _LABELS and labels is not None and labels.dtype.kind != "O":
                arrays[name], about[name] = labels, {"kind": "array"}
                continue
            if name in _LABELS and labels is not None:
                labels = pd.Index(labels, dtype=object)
            packed, about[name] = pack_index(labels, name)
            arrays |= packed
        for name in _ARRAYS:
            if getattr(self, name) is not None:
                arrays[name] = getattr(self, name)
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
        DataValuation
        """
        with read_archive(path, cls.__name__, _FILE_FORMAT) as (about, arrays):
            labels = {
                name: arrays[name]
                if about[name]["kind"] == "array"
                else unpack_index(arrays, name, about[name])
                for name in _LABELS + _INDICES
            }
            for name in _LABELS:
                if isinstance(labels[name], pd.Index):
                    labels[name] = labels[name].to_numpy()
            return cls(
                data=unpack_table(arrays, "data", about["data"]),
                **labels,
                **{name: arrays.get(name) for name in _ARRAYS},
                **{name: about[name] for name in _TEXTS},
            )

    def __repr__(self):
        n_rows, n_train = self.values.shape
        return (
            f"<{type(self).__name__}: {n_train} training row{'s' * (n_train != 1)}, {n_rows} "
            f"line{'s' * (n_rows != 1)}>"
        )

    def _repr_html_(self):
        table = self.importance().sort_values("value", kind="stable")
        table = table.to_html(max_rows=10, float_format="{:.4g}".format)
        return f"<div><p>{html.escape(repr(self))}</p>{table}</div>"
