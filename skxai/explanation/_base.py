"""What all explanations have in common: numbers and their names, parts of them, files."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from skxai.explanation._bars_html import bars_html, notebook_html
from skxai.explanation._layout import Layout, layout_of
from skxai.utils._archives import read_archive, write_archive
from skxai.utils._selection import select, select_named
from skxai.utils._storage import pack_index, pack_table, unpack_index, unpack_table

_FILE_FORMAT = 1
_LAYOUT = "layout/"


@dataclass(frozen=True, eq=False, repr=False)
class BaseExplanation:
    """Base of the results: their fields are described there.

    A subclass says by `_n_player_axes` how many axes of `values` are players: one for
    attributions, two for interactions. It may have more fields, with an entry for each row: those
    named in `_row_fields`, of their dtype, or for each row and output, named in `_output_fields`;
    `_inner_axes` says how many axes some of these have between rows and outputs.
    """

    values: np.ndarray
    base_values: np.ndarray
    predictions: np.ndarray
    std_errors: np.ndarray | None = None
    data: object = None
    feature_names: tuple = None
    output_names: tuple = None
    method: str = ""
    index: pd.Index | None = None
    groups: tuple = None
    n_evals: np.ndarray | None = None
    targets: np.ndarray | None = None
    quantity: str = "attribution"
    layout: Layout | None = None

    _n_player_axes: ClassVar[int] = 1
    _row_fields: ClassVar[dict] = {"n_evals": np.int64, "targets": np.str_}
    _output_fields: ClassVar[dict] = {"base_values": float, "predictions": float}
    _inner_axes: ClassVar[dict] = {}

    def __post_init__(self):
        values = _frozen(self.values, float)
        n_axes = 1 + self._n_player_axes
        players = ", n_players" * self._n_player_axes
        if values.ndim not in (n_axes, n_axes + 1) or len(set(values.shape[1:n_axes])) > 1:
            raise ValueError(
                f"values has shape {values.shape}; expected (n_rows{players}) or "
                f"(n_rows{players}, n_outputs)"
            )
        n_rows, n_players, outputs = values.shape[0], values.shape[1], values.shape[n_axes:]
        self._set(values=values)
        for name, dtype, shape in [
            ("std_errors", float, values.shape),
            *((name, dtype, (n_rows, *outputs)) for name, dtype in self._output_fields.items()),
            *((name, dtype, (n_rows,)) for name, dtype in self._row_fields.items()),
        ]:
            given = getattr(self, name)
            if given is not None:
                array = _frozen(given, dtype)
                inner = self._inner_axes.get(name, 0)
                if (*array.shape[:1], *array.shape[1 + inner :]) != shape:
                    raise ValueError(f"{name} has shape {array.shape}; expected {shape}")
                self._set(**{name: array})
        self._check_layout(n_rows, n_players)
        n_outputs = outputs[0] if outputs else 1
        default_outputs = ["y"] if n_outputs == 1 else [f"y{k}" for k in range(n_outputs)]
        self._set(
            feature_names=_names(
                "feature_names", self.feature_names, self._default_names(n_players)
            ),
            output_names=_names("output_names", self.output_names, default_outputs),
            groups=_groups(self.groups, n_players),
        )
        self._set_rows(n_rows)

    def _check_layout(self, n_rows, n_players):
        if self.layout is None:
            return
        if not isinstance(self.layout, Layout):
            raise TypeError(f"layout is {type(self.layout).__name__}; expected a Layout")
        if len(self.layout) != n_rows:
            raise ValueError(f"layout has {len(self.layout)} rows; expected {n_rows}")
        most = self.layout.counts.max(initial=0)
        if most != n_players:
            raise ValueError(
                f"layout has up to {most} players in a row, but values has shape "
                f"{self.values.shape}; expected a column for each of the most"
            )

    def _default_names(self, n_players):
        if self.layout is None:
            return [f"x{j}" for j in range(n_players)]
        if len(self.layout) == 1:
            return self.layout.names(0)
        return [str(j) for j in range(n_players)]

    def _set_rows(self, n_rows):
        """Check and keep what belongs to the rows: `data` and `index`."""
        if self.data is not None and not hasattr(self.data, "shape"):
            self._set(data=np.asarray(self.data))
        if isinstance(self.data, np.ndarray):
            self._set(data=_frozen(self.data, self.data.dtype))
        if self.data is not None and self.data.shape[0] != n_rows:
            raise ValueError(f"data has {self.data.shape[0]} rows; expected {n_rows}")
        if self.index is None and isinstance(self.data, pd.DataFrame):
            self._set(index=self.data.index)
        elif self.index is not None and not isinstance(self.index, pd.Index):
            self._set(index=pd.Index(self.index))
        if self.index is not None and len(self.index) != n_rows:
            raise ValueError(f"index has {len(self.index)} labels; expected {n_rows}")

    def __setstate__(self, state):
        self._set(**state)
        self.__post_init__()  # a pickle forgets that arrays were read-only

    def _set(self, **fields):
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    # -- shape ---------------------------------------------------------------------------------

    def __len__(self):
        return self.values.shape[0]

    @property
    def shape(self):
        """Shape of `values`."""
        return self.values.shape

    @property
    def _has_output_axis(self):
        return self.values.ndim > 1 + self._n_player_axes

    @property
    def n_outputs(self):
        """Number of explained outputs."""
        return self.values.shape[-1] if self._has_output_axis else 1

    @property
    def is_additive(self):
        """Whether the values are parts of a sum, as a waterfall draws them."""
        return self.quantity == "attribution"

    @property
    def completeness_gap(self):
        """What the attributions leave unexplained: base + sum of values - prediction.

        Shaped as `predictions`; zero to rounding for methods that promise completeness.
        """
        players = tuple(range(1, 1 + self._n_player_axes))
        return self.base_values + self.values.sum(axis=players) - self.predictions

    # -- parts ---------------------------------------------------------------------------------

    def __getitem__(self, key):
        """Rows, or rows and features: ``e[0]``, ``e[:10]``, ``e[mask]``, ``e[:, "age"]``.

        The number of dimensions stays: one row is an Explanation of one row. Features are
        chosen by name or position; a name that several features share chooses all of them.
        Where each row has players of its own, features are chosen of a single row.
        """
        key = key if isinstance(key, tuple) else (key,)
        if len(key) > 2:
            raise IndexError(
                f"got {len(key)} indices; expected rows, or rows and features: for an output "
                "use .output(name)"
            )
        rows = select(key[0] if key else slice(None), len(self), "row")
        names, layout = self._names_in(rows)
        if len(key) == 2:
            if layout is not None and len(rows) != 1:
                raise IndexError(
                    "the rows have players of their own; choose those of a single row, as in "
                    'explanation[0, "name"], or from explanation.by_name()'
                )
            players, layout = select_named(key[1], names, "feature"), None
        else:
            players = np.arange(len(names))

        block = np.ix_(rows, *[players] * self._n_player_axes)

        def take(array):
            return None if array is None else array[rows]

        return dataclasses.replace(
            self,
            values=self.values[block],
            std_errors=None if self.std_errors is None else self.std_errors[block],
            data=self._data_of(rows, keep=self.layout is None or layout is not None),
            feature_names=[names[j] for j in players],
            layout=layout,
            index=take(self.index),
            groups=[self.groups[j] for j in players],
            **{
                name: take(getattr(self, name))
                for name in (*self._output_fields, *self._row_fields)
            },
        )

    def _data_of(self, rows, keep):
        """The explained rows; none where the features no longer tell where they are in them."""
        if self.data is None or not keep:
            return None
        return self.data.iloc[rows] if isinstance(self.data, pd.DataFrame) else self.data[rows]

    def _names_in(self, rows):
        """Names of the features in these rows, and their layout."""
        if self.layout is None:
            return self.feature_names, None
        layout = self.layout.take(rows)
        if len(rows) == 1:
            return layout.names(0), layout
        return self.feature_names[: layout.counts.max(initial=0)], layout

    def output(self, name):
        """The explanation of one output, without an axis for outputs.

        Parameters
        ----------
        name : str or class label
            One of `output_names`.

        Returns
        -------
        Explanation
            Of the same class.
        """
        if str(name) not in self.output_names:
            raise KeyError(f"no output {str(name)!r}; outputs are {list(self.output_names)}")
        if not self._has_output_axis:
            return self
        k = self.output_names.index(str(name))

        def take(array):
            return None if array is None else array[..., k]

        return dataclasses.replace(
            self,
            values=take(self.values),
            std_errors=take(self.std_errors),
            output_names=[self.output_names[k]],
            **{name: take(getattr(self, name)) for name in self._output_fields},
        )

    def _field(self, name):
        if name not in ("values", "std_errors"):
            raise ValueError(f"field must be 'values' or 'std_errors', got {name!r}")
        if getattr(self, name) is None:
            raise ValueError("this explanation has no std_errors: its method does not sample")
        return getattr(self, name)

    # -- files ---------------------------------------------------------------------------------

    def save(self, path):
        """Write everything to one ``.npz`` file, without pickle.

        Parameters
        ----------
        path : str or path-like
            The file; it is written under exactly this name.
        """
        data_arrays, data = pack_table(self.data, "data")
        index_arrays, index = pack_index(self.index, "index")
        arrays = {
            name: getattr(self, name)
            for name in self._array_fields()
            if getattr(self, name) is not None
        }
        kind = None if self.layout is None else self.layout.kind
        placed = {} if self.layout is None else self.layout.to_arrays()
        about = {
            "format": _FILE_FORMAT,
            "kind": type(self).__name__,
            "method": self.method,
            "quantity": self.quantity,
            "feature_names": self.feature_names,
            "output_names": self.output_names,
            "groups": self.groups,
            "data": data,
            "index": index,
            "layout": kind,
        }
        placed = {f"{_LAYOUT}{name}": array for name, array in placed.items()}
        write_archive(path, about, {**arrays, **data_arrays, **index_arrays, **placed})

    @classmethod
    def load(cls, path):
        """Read what `save` wrote. Never unpickles.

        Parameters
        ----------
        path : str or path-like
            The file.

        Returns
        -------
        Explanation
        """
        with read_archive(path, cls.__name__, _FILE_FORMAT) as (about, arrays):
            layout = about.get("layout")
            if layout is not None:
                layout = layout_of(layout).from_arrays(
                    {
                        name.removeprefix(_LAYOUT): array
                        for name, array in arrays.items()
                        if name.startswith(_LAYOUT)
                    }
                )
            return cls(
                **{name: arrays[name] for name in cls._array_fields() if name in arrays},
                data=unpack_table(arrays, "data", about["data"]),
                index=unpack_index(arrays, "index", about["index"]),
                method=about["method"],
                quantity=about.get("quantity", "attribution"),
                feature_names=about["feature_names"],
                output_names=about["output_names"],
                groups=about["groups"],
                layout=layout,
            )

    @classmethod
    def _array_fields(cls):
        return ("values", "std_errors", *cls._output_fields, *cls._row_fields)

    # -- what people look at -------------------------------------------------------------------

    def _plot(self, kind, **kwargs):
        from skxai.plotting import _registry  # pictures know explanations; the one way back

        kind = _registry.default_kind(self) if kind is None else kind
        return _registry.display_of(kind).from_explanation(self, **kwargs)

    def __repr__(self):
        rows = f"{len(self)} row" + "s" * (len(self) != 1)
        n_players = self.values.shape[1]
        features = f"{n_players} feature" + "s" * (n_players != 1)
        if self.layout is not None and len(self) > 1:
            fewest = self.layout.counts.min()
            features = ("" if fewest == n_players else f"{fewest} to ") + f"{features} each"
        if self.n_outputs == 1:
            outputs = f"output {self.output_names[0]!r}"
        else:
            outputs = f"{self.n_outputs} outputs"
        method = f", by {self.method}" if self.method else ""
        return f"<{type(self).__name__}: {rows}, {features}, {outputs}{method}>"

    def _repr_html_(self):
        return notebook_html(self, self._html_picture())

    def _html_picture(self):
        """What stands above the table in notebooks, or instead of it; None: nothing."""
        return bars_html(self) if self.layout is None else self.layout.to_html(self)


def _frozen(array, dtype):
    """The array, or a copy of it, that nobody can write to."""
    array = np.asarray(array, dtype=dtype)
    if array.flags.writeable:
        array = array.copy()  # the caller's stays writeable
        array.flags.writeable = False
    return array.view()


def _names(argument, names, default):
    if isinstance(names, str):
        raise TypeError(f"{argument} is the string {names!r}; expected a sequence of strings")
    names = tuple(str(name) for name in (default if names is None else names))
    if len(names) != len(default):
        raise ValueError(f"{argument} has {len(names)} names; expected {len(default)}")
    return names


def _groups(groups, n_players):
    if groups is None:
        return tuple((j,) for j in range(n_players))
    groups = tuple(tuple(int(column) for column in group) for group in groups)
    if len(groups) != n_players:
        raise ValueError(f"groups has {len(groups)} entries; expected {n_players}")
    return groups
