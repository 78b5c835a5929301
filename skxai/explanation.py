"""The result of every attribution method: numbers and their names."""

import dataclasses
import html
from dataclasses import dataclass

import numpy as np
import pandas as pd

from skxai.utils._selection import select, select_named
from skxai.utils._storage import (
    pack_index,
    pack_table,
    read_archive,
    unpack_index,
    unpack_table,
    write_archive,
)

_FILE_FORMAT = 1


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """How much each feature contributed to each prediction.

    Explainers return it; it is immutable, and holds plain arrays that can't be written to.
    ``n_outputs`` is 1 for regression and for binary classification (where the positive class is
    explained).

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_players) or (n_rows, n_players, n_outputs)
        The attributions, in units of the output.
    base_values : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        What the attributions start from: the expected output under the background.
    predictions : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        The explained outputs of the model.
    std_errors : ndarray shaped as `values`, default=None
        Standard errors of `values` where the method samples, else None.
    data : DataFrame, ndarray or sparse matrix of shape (n_rows, n_columns), default=None
        The explained rows, as they were given.
    feature_names : sequence of str, default=None
        Names of the players: features, or groups of features. Default: x0, x1, …
    output_names : sequence of str, default=None
        Names of the outputs: class labels, or y, or y0, y1, …
    method : str, default=""
        The explainer and its parameters.
    index : pandas.Index, default=None
        Row labels. Default: those of `data`, if it is a DataFrame.
    groups : sequence of sequences of int, default=None
        For each player, the positions of its columns in `data`. Default: one column each.
    n_evals : ndarray of shape (n_rows,), default=None
        Model rows evaluated for each row, where the method counts them.
    targets : sequence of str of length n_rows, default=None
        The explained class of each row, where it differs by row (``target="predicted"``).

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> explanation = Explanation(
    ...     values=np.array([[1.0, -0.5], [0.25, 0.5]]), base_values=np.array([2.0, 2.0]),
    ...     predictions=np.array([2.5, 2.75]), feature_names=["age", "dose"])
    >>> explanation
    <Explanation: 2 rows, 2 features, output 'y'>
    >>> explanation.to_frame()
        age  dose
    0  1.00  -0.5
    1  0.25   0.5
    >>> explanation.importance()
          importance  std_error
    age        0.625      0.375
    dose       0.500      0.000
    >>> explanation[0, "age"].values
    array([[1.]])
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

    def __post_init__(self):
        values = _frozen(self.values, float)
        if values.ndim not in (2, 3):
            raise ValueError(
                f"values has shape {values.shape}; expected (n_rows, n_players) or "
                "(n_rows, n_players, n_outputs)"
            )
        n_rows, n_players, *outputs = values.shape
        self._set(values=values)
        for name, shape in [
            ("base_values", (n_rows, *outputs)),
            ("predictions", (n_rows, *outputs)),
            ("std_errors", values.shape),
            ("n_evals", (n_rows,)),
            ("targets", (n_rows,)),
        ]:
            given = getattr(self, name)
            if given is not None:
                dtype = {"n_evals": np.int64, "targets": np.str_}.get(name, float)
                array = _frozen(given, dtype)
                if array.shape != shape:
                    raise ValueError(f"{name} has shape {array.shape}; expected {shape}")
                self._set(**{name: array})
        n_outputs = outputs[0] if outputs else 1
        default_outputs = ["y"] if n_outputs == 1 else [f"y{k}" for k in range(n_outputs)]
        self._set(
            feature_names=_names(
                "feature_names", self.feature_names, [f"x{j}" for j in range(n_players)]
            ),
            output_names=_names("output_names", self.output_names, default_outputs),
            groups=_groups(self.groups, n_players),
        )
        self._set_rows(n_rows)

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
    def n_outputs(self):
        """Number of explained outputs."""
        return 1 if self.values.ndim == 2 else self.values.shape[2]

    @property
    def completeness_gap(self):
        """What the attributions leave unexplained: base + sum of values - prediction.

        Shaped as `predictions`; zero to rounding for methods that promise completeness.
        """
        return self.base_values + self.values.sum(axis=1) - self.predictions

    # -- parts ---------------------------------------------------------------------------------

    def __getitem__(self, key):
        """Rows, or rows and features: ``e[0]``, ``e[:10]``, ``e[mask]``, ``e[:, "age"]``.

        The number of dimensions stays: one row is an Explanation of one row. Features are
        chosen by name or position; a name that several features share chooses all of them.
        """
        key = key if isinstance(key, tuple) else (key,)
        if len(key) > 2:
            raise IndexError(
                f"got {len(key)} indices; expected rows, or rows and features: for an output "
                "use .output(name)"
            )
        rows, players = (*key, slice(None), slice(None))[:2]
        rows = select(rows, len(self), "row")
        players = select_named(players, self.feature_names, "feature")

        def take(array):
            return None if array is None else array[rows]

        return dataclasses.replace(
            self,
            values=self.values[np.ix_(rows, players)],
            base_values=self.base_values[rows],
            predictions=self.predictions[rows],
            std_errors=None if self.std_errors is None else self.std_errors[np.ix_(rows, players)],
            data=self.data.iloc[rows] if isinstance(self.data, pd.DataFrame) else take(self.data),
            feature_names=[self.feature_names[j] for j in players],
            index=take(self.index),
            groups=[self.groups[j] for j in players],
            n_evals=take(self.n_evals),
            targets=take(self.targets),
        )

    def output(self, name):
        """The explanation of one output, with two-dimensional `values`.

        Parameters
        ----------
        name : str or class label
            One of `output_names`.

        Returns
        -------
        Explanation

        Examples
        --------
        >>> import numpy as np
        >>> from skxai import Explanation
        >>> explanation = Explanation(np.zeros((5, 2, 3)), np.zeros((5, 3)), np.zeros((5, 3)),
        ...                           output_names=["setosa", "versicolor", "virginica"])
        >>> explanation.output("virginica").values.shape
        (5, 2)
        """
        if str(name) not in self.output_names:
            raise KeyError(f"no output {str(name)!r}; outputs are {list(self.output_names)}")
        if self.values.ndim == 2:
            return self
        k = self.output_names.index(str(name))
        return dataclasses.replace(
            self,
            values=self.values[:, :, k],
            base_values=self.base_values[:, k],
            predictions=self.predictions[:, k],
            std_errors=None if self.std_errors is None else self.std_errors[:, :, k],
            output_names=[self.output_names[k]],
        )

    def pool(self, groups):
        """Sum the attributions of groups of features; their meaning is kept.

        The standard error of a sum needs covariances, which are not kept: the sum of the
        members' standard errors, an upper bound, is returned. Pass `groups` to the explainer
        to get the exact ones.

        Parameters
        ----------
        groups : dict of str to list of str
            Names (or positions) of the members of each group. Features in no group stay as they
            are, after the groups.

        Returns
        -------
        Explanation

        Raises
        ------
        TypeError, KeyError, ValueError
            If `groups` is no dict, names a feature that there is not, a feature twice, or none,
            or gives a group the name of a feature outside it.

        Examples
        --------
        >>> import numpy as np
        >>> from skxai import Explanation
        >>> explanation = Explanation([[1.0, 2.0, 4.0]], [0.0], [7.0],
        ...                           feature_names=["lat", "lon", "age"])
        >>> explanation.pool({"place": ["lat", "lon"]}).to_frame()
           place  age
        0    3.0  4.0
        """
        if not isinstance(groups, dict):
            raise TypeError(f"groups is {type(groups).__name__}; expected a dict")
        names = [str(name) for name in groups]
        members = [
            select_named(group, self.feature_names, "feature").tolist() for group in groups.values()
        ]
        if not all(members):
            raise ValueError(f"groups: {names[members.index([])]!r} has no features")
        taken = [j for group in members for j in group]
        if len(set(taken)) < len(taken):
            twice = sorted({self.feature_names[j] for j in taken if taken.count(j) > 1})
            raise ValueError(f"groups names {twice} more than once")
        rest = [j for j in range(len(self.feature_names)) if j not in taken]
        clashes = sorted({self.feature_names[j] for j in rest}.intersection(names))
        if clashes:
            raise ValueError(f"groups: {clashes} are names of features outside these groups")
        names += [self.feature_names[j] for j in rest]
        members += [[j] for j in rest]

        def pooled(array):
            if array is None:
                return None
            return np.stack([array[:, group].sum(axis=1) for group in members], axis=1)

        return dataclasses.replace(
            self,
            values=pooled(self.values),
            std_errors=pooled(self.std_errors),
            feature_names=names,
            groups=[
                sorted(column for j in group for column in self.groups[j]) for group in members
            ],
        )

    # -- tables --------------------------------------------------------------------------------

    def to_frame(self, field="values"):
        """The attributions (or their standard errors) as a DataFrame.

        Parameters
        ----------
        field : {"values", "std_errors"}, default="values"
            What to tabulate.

        Returns
        -------
        DataFrame
            A row for each explained row and a column for each feature; with several outputs,
            columns have two levels, output and feature.
        """
        if field not in ("values", "std_errors"):
            raise ValueError(f"field must be 'values' or 'std_errors', got {field!r}")
        array = getattr(self, field)
        if array is None:
            raise ValueError("this explanation has no std_errors: its method does not sample")
        features = pd.Index(self.feature_names)
        if array.ndim == 2:
            return pd.DataFrame(array.copy(), index=self.index, columns=features)
        columns = pd.MultiIndex.from_product(
            [self.output_names, self.feature_names], names=["output", "feature"]
        )
        flat = array.transpose(0, 2, 1).reshape(len(array), len(columns))
        return pd.DataFrame(flat, index=self.index, columns=columns)

    def importance(self):
        """Global importance: the mean absolute attribution over the rows, with its error.

        Returns
        -------
        DataFrame
            A row for each feature, columns ``importance`` and ``std_error`` (the standard error
            of the mean over the explained rows; NaN for a single row). With several outputs,
            columns have two levels, output first.
        """
        n_rows, n_players = self.values.shape[:2]
        magnitudes = np.abs(self.values).reshape(n_rows, n_players, self.n_outputs)
        mean, error = np.full((2, n_players, self.n_outputs), np.nan)
        if n_rows > 0:
            mean = magnitudes.mean(axis=0)
        if n_rows > 1:
            error = magnitudes.std(axis=0, ddof=1) / np.sqrt(n_rows)
        frames = [
            pd.DataFrame(
                {"importance": mean[:, k], "std_error": error[:, k]},
                index=pd.Index(self.feature_names),
            )
            for k in range(mean.shape[1])
        ]
        if self.values.ndim == 2:
            return frames[0]
        return pd.concat(frames, axis=1, keys=self.output_names)

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
            name: getattr(self, name) for name in _ARRAY_FIELDS if getattr(self, name) is not None
        }
        about = {
            "format": _FILE_FORMAT,
            "method": self.method,
            "feature_names": self.feature_names,
            "output_names": self.output_names,
            "groups": self.groups,
            "data": data,
            "index": index,
        }
        write_archive(path, about, {**arrays, **data_arrays, **index_arrays})

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
        about, arrays = read_archive(path, "Explanation")
        if about["format"] > _FILE_FORMAT:
            raise ValueError(
                f"path: {path} has format {about['format']}; this version of skxai reads up to "
                f"{_FILE_FORMAT}"
            )
        return cls(
            **{name: arrays[name] for name in _ARRAY_FIELDS if name in arrays},
            data=unpack_table(arrays, "data", about["data"]),
            index=unpack_index(arrays, "index", about["index"]),
            method=about["method"],
            feature_names=about["feature_names"],
            output_names=about["output_names"],
            groups=about["groups"],
        )

    # -- what people look at -------------------------------------------------------------------

    def plot(self, kind="bar", **kwargs):
        """Draw the explanation.

        Parameters
        ----------
        kind : {"bar", "beeswarm", "waterfall"}, default="bar"
            ``"bar"``: global importance; ``"beeswarm"``: every row's attributions;
            ``"waterfall"``: how one row's prediction is reached.
        **kwargs : dict
            Passed to the Display's ``from_explanation``, for instance ``ax``.

        Returns
        -------
        Display
            With attributes ``ax_`` and ``figure_``.
        """
        from skxai import plotting  # pictures know explanations; this is the one way back

        return plotting.display_of(kind).from_explanation(self, **kwargs)

    def __repr__(self):
        rows = f"{len(self)} row" + "s" * (len(self) != 1)
        n_players = self.values.shape[1]
        features = f"{n_players} feature" + "s" * (n_players != 1)
        if self.n_outputs == 1:
            outputs = f"output {self.output_names[0]!r}"
        else:
            outputs = f"{self.n_outputs} outputs"
        method = f", by {self.method}" if self.method else ""
        return f"<Explanation: {rows}, {features}, {outputs}{method}>"

    def _repr_html_(self):
        table = self.to_frame().to_html(max_rows=10, max_cols=20, float_format="{:.4g}".format)
        return f"<div><p>{html.escape(repr(self))}</p>{table}</div>"


_ARRAY_FIELDS = ("values", "base_values", "predictions", "std_errors", "n_evals", "targets")


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
