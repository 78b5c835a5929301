"""What training rows do to predictions."""

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
_ARRAYS = ("values", "predictions", "targets")
_TEXTS = ("feature_names", "output_names", "quantity", "convention", "method")
_WORDS = {
    ("prediction", True): ("raises", "lowers"),
    ("loss", True): ("harmful", "helpful"),
    ("prediction", False): ("lowers", "raises"),
    ("loss", False): ("helpful", "harmful"),
}


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class InfluenceExplanation(FrozenResult):
    """What each training row does to each explained row; made by `InfluenceExplainer`.

    Immutable.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_train) or (n_rows, n_train, n_outputs)
        The influences.
    predictions : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        The outputs that are explained, or their loss, of the model fitted to all rows.
    data : DataFrame, ndarray or CSR matrix of shape (n_rows, n_features)
        The explained rows.
    feature_names : sequence of str
        Names of the columns.
    output_names : sequence of str
        Names of the outputs.
    quantity : {"prediction", "loss"}, default="prediction"
        What is influenced.
    convention : {"presence", "removal"}, default="presence"
        Whether a positive value means that the row's presence, or its removal, raises it.
    train_index : pandas.Index, default=None
        Labels of the training rows; None: their positions.
    method : str, default=""
        The explainer and its parameters.
    index : pandas.Index, default=None
        Labels of the explained rows.
    targets : ndarray of str, shape (n_rows,), default=None
        With ``target="predicted"``, the class of each row.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skxai import InfluenceExplainer
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = LogisticRegression(max_iter=1000).fit(X, y)
    >>> explainer = InfluenceExplainer(quantity="loss").fit(model, X, y)
    >>> explanation = explainer.explain(X[70:71], y[70:71])
    >>> explanation
    <InfluenceExplanation: of 150 training rows on 1 row, output 'loss'>
    >>> explanation.top(1)[["row", "effect"]].to_numpy().tolist()
    [[106, 'harmful'], [70, 'helpful']]
    """

    values: np.ndarray
    predictions: np.ndarray
    data: Any
    feature_names: tuple
    output_names: tuple
    quantity: str = "prediction"
    convention: str = "presence"
    train_index: pd.Index | None = None
    method: str = ""
    index: pd.Index | None = None
    targets: np.ndarray | None = None

    def __post_init__(self):
        super().__post_init__()
        if self.train_index is None:
            self._set(train_index=pd.RangeIndex(self.values.shape[1]))

    def __len__(self):
        return len(self.values)

    @property
    def n_train(self):
        """Number of training rows."""
        return self.values.shape[1]

    def __getitem__(self, key):
        """The same for some rows: ``e[0]``, ``e[:10]``, ``e[mask]``."""
        rows = select(key, len(self), "row")
        return dataclasses.replace(
            self,
            values=self.values[rows],
            predictions=self.predictions[rows],
            data=take_rows(self.data, rows),
            index=None if self.index is None else self.index.take(rows),
            targets=None if self.targets is None else self.targets[rows],
        )

    def output(self, name):
        """The influences on one output, without an axis for outputs.

        Parameters
        ----------
        name : str or class label
            One of `output_names`.

        Returns
        -------
        InfluenceExplanation
            All rows, for this output.
        """
        if str(name) not in self.output_names:
            raise KeyError(f"no output {str(name)!r}; outputs are {list(self.output_names)}")
        if self.values.ndim == 2:
            return self
        k = self.output_names.index(str(name))
        return dataclasses.replace(
            self,
            values=self.values[..., k],
            predictions=self.predictions[:, k],
            output_names=[self.output_names[k]],
        )

    # -- tables --------------------------------------------------------------------------------

    def to_frame(self):
        """All influences.

        Returns
        -------
        DataFrame
            A line for each explained row, a column for each training row; with several outputs,
            for each output and training row.
        """
        if self.values.ndim == 2:
            return pd.DataFrame(self.values, index=self._labels, columns=self.train_index)
        frames = {
            name: pd.DataFrame(self.values[..., k], index=self._labels, columns=self.train_index)
            for k, name in enumerate(self.output_names)
        }
        return pd.concat(frames, axis=1)

    @property
    def _labels(self):
        return pd.RangeIndex(len(self)) if self.index is None else self.index

    def top(self, n_rows=5):
        """The training rows with the largest influences to either side, for each explained row.

        Parameters
        ----------
        n_rows : int, default=5
            How many to each side. Rows without influence are left out.

        Returns
        -------
        DataFrame
            A line for each, labelled as the explained row. Columns: `output`, `row` (the label of
            the training row), `position` (its position in the training data), `effect` (of its
            presence: "raises" or "lowers" the output; "helpful" if it lowers the loss, or
            "harmful") and `value`. First the largest positive values.
        """
        if n_rows < 1:
            raise ValueError(f"n_rows is {n_rows}; expected at least 1")
        values = self._by_output()
        parts = [self._top_of(np.empty(0), "", 1)] if len(self) == 0 else []
        of = []
        for i in range(len(self)):
            for k, name in enumerate(self.output_names):
                parts.append(self._top_of(values[i, :, k], name, n_rows))
                of += [i] * len(parts[-1])
        return pd.concat(parts).set_axis(self._labels.take(of), axis=0)

    def _by_output(self):
        """The values with an axis for outputs."""
        return self.values[..., None] if self.values.ndim == 2 else self.values

    def _top_of(self, values, name, n_rows):
        up = np.argsort(-values, kind="stable")[: min(n_rows, int((values > 0).sum()))]
        down = np.argsort(values, kind="stable")[: min(n_rows, int((values < 0).sum()))]
        more, less = _WORDS[self.quantity, self.convention == "presence"]
        return pd.DataFrame(
            {
                "output": [name] * (len(up) + len(down)),
                "row": self.train_index.take(np.concatenate([up, down])),
                "position": np.concatenate([up, down]),
                "effect": [more] * len(up) + [less] * len(down),
                "value": values[np.concatenate([up, down])],
            }
        )

    def importance(self):
        """How much each training row matters to all explained rows.

        Returns
        -------
        DataFrame
            A line for each training row. Columns, if there are several outputs with the output's
            name before: `mean` influence and `mean_absolute`.
        """
        values = self._by_output()
        columns = {}
        for k, name in enumerate(self.output_names):
            prefix = f"{name}: " if len(self.output_names) > 1 else ""
            columns[f"{prefix}mean"] = values[..., k].mean(axis=0)
            columns[f"{prefix}mean_absolute"] = np.abs(values[..., k]).mean(axis=0)
        return pd.DataFrame(columns, index=self.train_index)

    # -- picture -------------------------------------------------------------------------------

    def plot(self, kind="bar", *, row=0, n_rows=5, output=None, ax=None, **kwargs):
        """Draw the training rows that matter most to one row.

        Parameters
        ----------
        kind : {"bar"}, default="bar"
            A bar for each of these rows.
        row : int, default=0
            Position of the explained row.
        n_rows : int, default=5
            How many training rows to each side.
        output : str, default=None
            Which output; needed if there are several.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        **kwargs : dict
            Passed to matplotlib's ``Axes.barh``.

        Returns
        -------
        BarDisplay
            With attributes ``ax_`` and ``figure_``.
        """
        from skxai.plotting import BarDisplay  # pictures know explanations; the one way back

        if kind != "bar":
            raise ValueError(f"kind is {kind!r}; expected 'bar'")
        if output is None and len(self.output_names) > 1:
            raise ValueError(f"output is None; expected one of {list(self.output_names)}")
        own = self[row] if output is None else self[row].output(output)
        name = own.output_names[0] if own.targets is None else own.targets[0]
        table = own.top(n_rows).sort_values("value", ascending=False, kind="stable")
        what = "the loss" if self.quantity == "loss" else f"the output {name!r}"
        display = BarDisplay(
            table["value"].to_numpy(),
            [f"training row {label}" for label in table["row"]],
            signed=True,
            xlabel=f"effect of the row's {self.convention} on {what}",
            title=f"Row {own._labels[0]}: {what} is {own.predictions[0]:.3g}",
        )
        return display.plot(ax=ax, **kwargs)

    # -- files ---------------------------------------------------------------------------------

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
        for name in ("index", "train_index"):
            packed, about[name] = pack_index(getattr(self, name), name)
            arrays.update(packed)
        arrays |= {name: getattr(self, name) for name in _ARRAYS if getattr(self, name) is not None}
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
        InfluenceExplanation
        """
        with read_archive(path, cls.__name__, _FILE_FORMAT) as (about, arrays):
            return cls(
                data=unpack_table(arrays, "data", about["data"]),
                index=unpack_index(arrays, "index", about["index"]),
                train_index=unpack_index(arrays, "train_index", about["train_index"]),
                **{name: arrays[name] for name in _ARRAYS if name in arrays},
                **{name: about[name] for name in _TEXTS},
            )

    def __repr__(self):
        rows = f"{len(self)} row" + "s" * (len(self) != 1)
        outputs = f"output {self.output_names[0]!r}"
        if len(self.output_names) > 1:
            outputs = f"{len(self.output_names)} outputs"
        return f"<{type(self).__name__}: of {self.n_train} training rows on {rows}, {outputs}>"

    def _repr_html_(self):
        table = self.top(3).to_html(max_rows=12, float_format="{:.4g}".format)
        return f"<div><p>{html.escape(repr(self))}</p>{table}</div>"
