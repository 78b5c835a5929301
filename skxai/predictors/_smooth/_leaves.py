"""Where the smooth part of a model begins.

A Pipeline turns words, categories and missing values into numbers; from there on, it may have a
derivative. The numbers at that border are the *leaves*: a column of numbers itself where all steps
behind it are smooth, otherwise what the last step without a derivative (an encoder, an imputer, a
discretiser) makes of it. Each leaf belongs to one column of the table.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.impute import KNNImputer, MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    Binarizer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    TargetEncoder,
)

from skxai.predictors._forms import densify
from skxai.predictors._smooth._stages import Chain, Scale, Select
from skxai.predictors._smooth._transformers import side_by_side, stage_of
from skxai.predictors._sources import input_positions, real_steps, through, unfrozen
from skxai.utils._cells import holds_flags, holds_numbers
from skxai.utils._tables import take_rows

_DISCRETE = (
    Binarizer,
    CountVectorizer,
    HashingVectorizer,
    KBinsDiscretizer,
    KNNImputer,
    MissingIndicator,
    OneHotEncoder,
    OrdinalEncoder,
    SimpleImputer,
    TargetEncoder,
)


class Encoding(NamedTuple):
    """Steps without a derivative that make leaves of some columns.

    Attributes
    ----------
    columns : ndarray of int
        Of the table.
    flat : bool
        Whether the first step takes a single column by itself, such as a vectoriser of texts.
    steps : list of fitted transformers
    leaves : slice
    scale : Scale or None
        Back in the columns' units, leaves are this scale's input.
    """

    columns: np.ndarray
    flat: bool
    steps: list
    leaves: slice
    scale: Any = None

    def __call__(self, X):
        part = _columns(X, self.columns)
        if self.flat:
            part = part.iloc[:, 0] if isinstance(part, pd.DataFrame) else part[:, 0]
        for step in self.steps:
            part = step.transform(part)
        part = densify(part)
        return part if self.scale is None else (part - self.scale.offset) / self.scale.factor


class Leaves:
    """The leaves of a Pipeline's preprocessing, and the stage that follows them.

    Parameters
    ----------
    transformers : list of fitted transformers
        In order; perhaps empty.
    X : table of shape (n_rows, n_columns)
        Rows that they take; only two are looked at.

    Attributes
    ----------
    stage : stage
        From leaves to what the last transformer returns.
    sources : list of int
        The column of the table that each leaf belongs to.
    raw : ndarray of int
        The leaves that are columns of the table as they are.

    Raises
    ------
    ValueError
        If a leaf would mix several columns, or a column that is no number is needed as one.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.compose import make_column_transformer
    >>> from sklearn.preprocessing import StandardScaler
    >>> X = pd.DataFrame({"town": ["Ulm", "Bonn", "Ulm"], "age": [20.0, 40.0, 60.0]})
    >>> encode = make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(), ["town"]))
    >>> leaves = Leaves([encode.fit(X)], X)
    >>> leaves(X)
    array([[20.,  0.,  1.],
           [40.,  1.,  0.],
           [60.,  0.,  1.]])
    >>> leaves.sources
    [1, 0, 0]
    """

    def __init__(self, transformers, X):
        self.sources = []
        self._raw = {}
        self._numbers = set()
        self._encodings = []
        X = take_rows(X, slice(0, 2))
        indices, stage = self._grow(transformers, X, np.arange(X.shape[1]))
        select = Select(np.asarray(indices, dtype=int), len(self.sources))
        in_order = np.array_equal(select.columns, np.arange(len(self.sources)))
        self.stage = stage if in_order else Chain((select, stage))

    @property
    def raw(self):
        """Leaves that are columns of the table as they are."""
        return np.array(sorted(self._raw.values()), dtype=int)

    @property
    def varies(self):
        """Leaves that change when their column changes a little, of shape (n_leaves,).

        Those that are the column itself, perhaps with missing values replaced; where a column has
        none, all of them.
        """
        is_number = np.zeros(len(self), dtype=bool)
        is_number[[*self._raw.values(), *self._numbers]] = True
        sources = np.asarray(self.sources, dtype=int)
        return is_number | ~np.isin(sources, sources[is_number])

    def __len__(self):
        return len(self.sources)

    def __call__(self, X):
        """The leaves of some rows, of shape (n_rows, n_leaves)."""
        out = np.empty((X.shape[0], len(self)))
        columns = list(self._raw)
        if columns:
            out[:, list(self._raw.values())] = as_floats(_columns(X, columns))
        for encoding in self._encodings:
            out[:, encoding.leaves] = encoding(X)
        return out

    def _grow(self, steps, X, columns, flat=False):
        """Leaves for steps that take some columns of the table.

        Parameters
        ----------
        steps : list of fitted transformers
        X : table of shape (n_rows, n_columns)
            A few rows of these columns.
        columns : ndarray of int
            Their positions in the whole table.
        flat : bool

        Returns
        -------
        indices : list of int
            The leaves that the stage takes, in order.
        stage : stage
        """
        tables, discrete = [X], [not all_numbers(X)]
        for number, step in enumerate(steps):
            table = X.iloc[:, 0] if flat and number == 0 else tables[-1]
            discrete[-1] = discrete[-1] or _has_discrete(step)
            tables.append(step.transform(table))
            discrete.append(False)
        last = max((k for k, found in enumerate(discrete) if found), default=-1)
        if last < 0 and steps and _has_other_columns(X, steps[0]):
            last = 0  # it takes its columns by name
        if last < 0:
            return self._add_raw(columns), Chain(tuple(stage_of(step) for step in steps))
        if last == len(steps):
            names = columns.tolist()
            if isinstance(X, pd.DataFrame):
                names = [label for label, column in X.items() if not all_numbers(column)]
            raise ValueError(
                f"columns {names} of X_background reach the model as they are, but are no numbers; "
                "a derivative needs numbers"
            )
        rest = tuple(stage_of(step) for step in steps[last + 1 :])
        first = unfrozen(steps[0])
        if last == 0 and type(first) is ColumnTransformer:
            indices, stage = self._branch(first, X, columns)
            return indices, Chain((stage, *rest))
        steps = steps[: last + 1]
        scale, is_number = _imputed(steps, X.shape[1])
        leaves = self._add_encoded(steps, X, columns, flat, scale)
        if is_number is not None:
            self._numbers.update(np.array(leaves)[is_number].tolist())
        return leaves, Chain(rest if scale is None else (scale, *rest))

    def _branch(self, transformer, X, columns):
        """Leaves of each part of a ColumnTransformer."""
        indices, branches = [], []
        for name, part, selected in transformer.transformers_:
            where = transformer.output_indices_[name]
            if where.stop == where.start:
                continue
            positions = input_positions(transformer, name, X)
            flat = isinstance(selected, str | int | np.integer)
            part = unfrozen(part)
            plain = [part] if not isinstance(part, Pipeline) else real_steps(part.steps)
            steps = [step for step in plain if not isinstance(step, str)]
            own, stage = self._grow(steps, _columns(X, positions), columns[positions], flat)
            place = np.arange(len(indices), len(indices) + len(own))
            indices += own
            branches.append((place, stage, name))
        return indices, side_by_side(transformer, branches)

    def _add_raw(self, columns):
        for column in columns.tolist():
            if column not in self._raw:
                self._raw[column] = len(self.sources)
                self.sources.append(column)
        return [self._raw[column] for column in columns.tolist()]

    def _add_encoded(self, steps, X, columns, flat, scale):
        start = len(self.sources)
        encoding = Encoding(np.arange(X.shape[1]), flat, steps, slice(0))
        n_leaves = encoding(X).shape[1]
        sources = _sources_of(steps, X, n_leaves)
        if max(map(len, sources), default=0) > 1:
            raise ValueError(
                f"{type(steps[-1]).__name__} mixes columns and has no derivative; expected each of "
                "its outputs to be a function of one column"
            )
        # A constant belongs to nobody; its derivative is shown with the first column.
        self.sources += [int(columns[min(source, default=0)]) for source in sources]
        leaves = slice(start, start + n_leaves)
        self._encodings.append(Encoding(columns, flat, steps, leaves, scale))
        return list(range(start, start + n_leaves))


def _imputed(steps, n_columns):
    """What scalers and imputers make of columns of numbers.

    Returns
    -------
    scale : Scale or None
        How units are changed; None if they are not.
    is_number : ndarray of bool of shape (n_leaves,) or None
        Which leaves are columns rather than flags of what is missing; None for other steps.
    """
    factor, offset = np.ones(n_columns), np.zeros(n_columns)
    is_number = np.ones(n_columns, dtype=bool)
    for step in map(unfrozen, steps):
        if type(step) is SimpleImputer:
            kept = ~pd.isna(step.statistics_)
            if step.keep_empty_features or step.strategy == "constant":
                kept[:] = True
            n_flags = len(step.indicator_.features_) if step.add_indicator else 0
            factor = np.append(factor[kept], np.ones(n_flags))
            offset = np.append(offset[kept], np.zeros(n_flags))
            is_number = np.append(is_number[kept], np.zeros(n_flags, dtype=bool))
            continue
        stage = stage_of(step)
        if not isinstance(stage, Scale) or not stage.is_affine or (stage.factor == 0).any():
            return None, None
        factor, offset = factor * stage.factor, offset * stage.factor + stage.offset
    unchanged = (factor == 1).all() and (offset == 0).all()
    return None if unchanged else Scale(factor, offset), is_number


def _sources_of(steps, X, n_leaves):
    if X.shape[1] == 1:  # a vectoriser of texts takes no table
        return [frozenset([0])] * n_leaves
    return through(steps, X, by_name=True)[0]


def _has_discrete(step):
    step = unfrozen(step)
    if isinstance(step, Pipeline):
        return any(_has_discrete(part) for part in real_steps(step.steps))
    if isinstance(step, FeatureUnion):
        return any(_has_discrete(part) for _, part in step.transformer_list)
    if isinstance(step, ColumnTransformer):
        return any(_has_discrete(part) for _, part, _ in step.transformers_)
    return isinstance(step, _DISCRETE)


def _has_other_columns(X, step):
    """Whether a ColumnTransformer takes a frame that differs in columns from the one it saw."""
    step = unfrozen(step)
    if type(step) is not ColumnTransformer or not isinstance(X, pd.DataFrame):
        return False
    return not np.array_equal(getattr(step, "feature_names_in_", X.columns), X.columns)


def _columns(X, positions):
    return X.iloc[:, positions] if isinstance(X, pd.DataFrame) else X[:, positions]


def all_numbers(X):
    """Whether a table holds numbers only."""
    if isinstance(X, pd.Series):
        return holds_numbers(X) or holds_flags(X)
    if isinstance(X, pd.DataFrame) or X.dtype == object:
        return all(all_numbers(column) for _, column in pd.DataFrame(X).items())
    return X.dtype.kind in "biuf"


def as_floats(X):
    """A table of numbers as an array of floats, missing values as NaN."""
    if isinstance(X, pd.DataFrame):
        return X.to_numpy(dtype=float, na_value=np.nan)
    return densify(X)
