"""Which columns of its input each output column of a fitted transformer comes from.

Column-wise transformers of scikit-learn tell by their fitted attributes. What cannot be known (a
principal component, a function of the user's) comes from all the columns.
"""

from collections import UserList
from functools import singledispatch

import numpy as np
from sklearn.base import OneToOneFeatureMixin
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    Normalizer,
    OneHotEncoder,
    PolynomialFeatures,
    SplineTransformer,
)
from sklearn.utils import _safe_indexing


def column_sources(transformer, X, n_outputs):
    """Input columns of each output column.

    Parameters
    ----------
    transformer : fitted transformer or "passthrough"
        Register a function for other classes: ``known_sources.register(MyTransformer, function)``.
    X : table of shape (n_rows, n_columns)
        A few rows of its input.
    n_outputs : int
        Number of columns it makes of them.

    Returns
    -------
    sources : list of frozenset of int, of length n_outputs
    """
    n_columns = 1 if np.ndim(X) == 1 else X.shape[1]
    everything = [frozenset(range(n_columns))] * n_outputs
    if n_columns == 1:
        return everything
    if isinstance(transformer, str):
        return _one_to_one(n_columns)
    sources = known_sources(transformer, X)
    return everything if sources is None or len(sources) != n_outputs else sources


@singledispatch
def known_sources(transformer, X):
    """Sources as far as the class of the transformer tells them, else None."""
    return None


def chain(first, second):
    """Sources of two steps, one after the other."""
    return [frozenset().union(*(first[j] for j in columns)) for columns in second]


def _one_to_one(n_columns):
    return [frozenset([j]) for j in range(n_columns)]


def _repeat(counts):
    return [frozenset([j]) for j, count in enumerate(counts) for _ in range(count)]


@known_sources.register
def _(transformer: OneToOneFeatureMixin, X):
    return _one_to_one(X.shape[1])


@known_sources.register
def _(transformer: Normalizer, X):
    return None  # one to one by name only: it divides each row by its length


@known_sources.register
def _(transformer: FunctionTransformer, X):
    by_column = (
        transformer.func is None
        or isinstance(transformer.func, np.ufunc)
        or transformer.feature_names_out == "one-to-one"
    )
    return _one_to_one(X.shape[1]) if by_column else None


@known_sources.register
def _(transformer: SelectorMixin, X):
    return [frozenset([int(j)]) for j in transformer.get_support(indices=True)]


@known_sources.register(SimpleImputer)
@known_sources.register(KNNImputer)
def _(transformer, X):
    sources = _one_to_one(X.shape[1])
    if transformer.add_indicator:
        sources += [frozenset([int(j)]) for j in transformer.indicator_.features_]
    return sources  # fewer come out if columns without any value were dropped


@known_sources.register
def _(transformer: OneHotEncoder, X):
    infrequent = getattr(transformer, "infrequent_categories_", [None] * X.shape[1])
    dropped = transformer.drop_idx_
    counts = []
    for j, categories in enumerate(transformer.categories_):
        count = len(categories)
        if infrequent[j] is not None:
            count -= len(infrequent[j]) - 1
        if dropped is not None and dropped[j] is not None:
            count -= 1
        counts.append(count)
    return _repeat(counts)


@known_sources.register
def _(transformer: KBinsDiscretizer, X):
    if transformer.encode == "ordinal":
        return _one_to_one(X.shape[1])
    return _repeat(transformer.n_bins_)


@known_sources.register
def _(transformer: SplineTransformer, X):
    return _repeat([transformer.n_features_out_ // X.shape[1]] * X.shape[1])


@known_sources.register
def _(transformer: PolynomialFeatures, X):
    return [frozenset(np.flatnonzero(row).tolist()) for row in transformer.powers_]


@known_sources.register
def _(transformer: Pipeline, X):
    sources = _one_to_one(X.shape[1])
    for _, step in transformer.steps:
        if step is not None and step != "passthrough":
            transformed = step.transform(X)
            sources = chain(sources, column_sources(step, X, transformed.shape[1]))
            X = transformed
    return sources


@known_sources.register
def _(transformer: FeatureUnion, X):
    sources = []
    for _, part in transformer.transformer_list:
        if part != "drop":
            n_outputs = X.shape[1] if part == "passthrough" else part.transform(X).shape[1]
            sources += column_sources(part, X, n_outputs)
    return sources


@known_sources.register
def _(transformer: ColumnTransformer, X):
    slices = transformer.output_indices_
    sources = [frozenset()] * max(part.stop for part in slices.values())
    for name, part, columns in transformer.transformers_:
        n_outputs = slices[name].stop - slices[name].start
        if n_outputs > 0:
            positions = _positions(columns, X)
            inner = column_sources(part, _safe_indexing(X, positions, axis=1), n_outputs)
            sources[slices[name]] = chain([frozenset([int(j)]) for j in positions], inner)
    return sources


def _positions(columns, X):
    """Positions of the columns that a ColumnTransformer was given by position, name or mask."""
    if isinstance(columns, UserList):
        columns = columns.data  # scikit-learn 1.6 warns when its remainder is looked at
    if isinstance(columns, slice):
        if isinstance(columns.start, str) or isinstance(columns.stop, str):
            columns = X.columns.slice_indexer(columns.start, columns.stop)
        return np.arange(X.shape[1])[columns]
    columns = np.atleast_1d(columns)
    if columns.dtype.kind in "OUT":
        return X.columns.get_indexer(columns)
    return np.arange(X.shape[1])[columns]
