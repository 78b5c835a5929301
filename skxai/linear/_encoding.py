"""The design matrix: what a model's preprocessing, or a surrogate's, makes of a table."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from skxai.linear._models import densify
from skxai.predictors._sources import chain, column_sources, real_steps, unfrozen
from skxai.utils._tables import TableSpec, take_rows


def unwrap(model):
    """Separate a model from its preprocessing.

    Parameters
    ----------
    model : fitted estimator
        Perhaps a Pipeline, a search object or frozen, or one in the other.

    Returns
    -------
    transformers : list of fitted transformers
    model : fitted estimator
        The last step.
    """
    transformers, model = [], unfrozen(model)
    while isinstance(model, Pipeline):
        transformers += real_steps(model.steps[:-1])
        model = unfrozen(model.steps[-1][1])
    return transformers, model


class Encoding:
    """A table as a dense design matrix, by fitted transformers one after the other.

    Parameters
    ----------
    transformers : list of fitted transformers
        Perhaps empty.
    X : table
        What they take; only two rows are looked at.

    Attributes
    ----------
    names : list of str
        Names of the encoded columns.
    sources : list of frozenset of int
        The columns of the table that each encoded column is made of.
    """

    def __init__(self, transformers, X):
        self.transformers = transformers
        X = take_rows(X, slice(0, 2))
        names = TableSpec.of(X).names
        sources = [frozenset([j]) for j in range(X.shape[1])]
        for step in transformers:
            encoded = step.transform(X)
            names = _names_out(step, X, names, encoded.shape[1])
            sources = chain(sources, column_sources(step, X, encoded.shape[1], by_name=True))
            X = encoded
        self.names = names
        self.sources = sources

    def __call__(self, X, name):
        """Encode the rows of `X`; errors call it `name`."""
        try:
            for step in self.transformers:
                X = step.transform(X)
            design = np.asarray(densify(X), dtype=float)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name} can't be encoded: {error}") from error
        if not np.isfinite(design).all():
            row, column = np.argwhere(~np.isfinite(design))[0]
            raise ValueError(
                f"{name} has a missing or infinite value in {self.names[column]!r}, row {row}; "
                "a linear model needs finite numbers: impute them in the model's Pipeline"
            )
        return design


def _names_out(step, X, names, n_outputs):
    if hasattr(X, "columns") and all(isinstance(label, str) for label in X.columns):
        names = list(X.columns)
    try:
        return [str(name) for name in step.get_feature_names_out(names)]
    except (AttributeError, TypeError, ValueError):
        return [f"x{j}" for j in range(n_outputs)]


def surrogate_encoding(X):
    """Encode any table for a surrogate: numbers as they are, all else one-hot.

    Missing numbers become the mean, with an indicator column; dates become days; the first
    category of a column is the reference that its others are compared with.

    Parameters
    ----------
    X : table
        The background.

    Returns
    -------
    Encoding
    """
    numeric = _numeric_columns(X)
    if all(numeric) and not _has_dates(X):
        values = X.to_numpy(float, na_value=np.nan) if isinstance(X, pd.DataFrame) else X
        if np.isfinite(densify(values)).all():
            return Encoding([], X)
    to_frame = FunctionTransformer(
        plain_frame,
        kw_args={"names": TableSpec.of(X).names, "numeric": numeric},
        feature_names_out="one-to-one",
    )
    imputer = SimpleImputer(add_indicator=True, keep_empty_features=True)
    columns = ColumnTransformer(
        [
            ("number", imputer, np.flatnonzero(numeric)),
            ("category", OneHotEncoder(drop="first"), np.flatnonzero(np.logical_not(numeric))),
        ],
        verbose_feature_names_out=False,
        sparse_threshold=0,
    )
    columns.fit(to_frame.fit(X).transform(X))
    return Encoding([to_frame, columns], X)


def plain_frame(X, names, numeric):
    """A frame of floats and strings; dates and durations as days, since 1970 for dates.

    Parameters
    ----------
    X : table
    names : list of str
        Names of its columns.
    numeric : list of bool
        Which columns are floats; the others become strings.

    Returns
    -------
    DataFrame
    """
    frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(densify(X))
    columns = [frame.iloc[:, j] for j in range(frame.shape[1])]
    columns = [_floats(c) if number else _strings(c) for c, number in zip(columns, numeric)]
    return pd.DataFrame(dict(enumerate(columns)), index=frame.index).set_axis(names, axis=1)


def _numeric_columns(X):
    if not isinstance(X, pd.DataFrame):
        if X.dtype != object:
            return [True] * X.shape[1]
        X = pd.DataFrame(X).infer_objects()
    kinds = pd.api.types
    return [kinds.is_numeric_dtype(dtype) or _is_date(dtype) for dtype in X.dtypes]


def _has_dates(X):
    return isinstance(X, pd.DataFrame) and any(map(_is_date, X.dtypes))


def _is_date(dtype):
    kinds = pd.api.types
    return kinds.is_datetime64_any_dtype(dtype) or kinds.is_timedelta64_dtype(dtype)


def _floats(column):
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        column = column - pd.Timestamp(0, tz=column.dt.tz)
    if pd.api.types.is_timedelta64_dtype(column.dtype):
        column = column / pd.Timedelta(days=1)
    return column.to_numpy(dtype=float, na_value=np.nan)


def _strings(column):
    column = column.astype(object)
    return column.map(str, na_action="ignore").where(column.notna(), np.nan).to_numpy(object)
