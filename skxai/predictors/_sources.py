"""Which columns of its input each output column of a fitted transformer is a function of.

Column-wise transformers of scikit-learn tell by their fitted attributes. What is not known to act
column by column (a principal component, a function of the user's) counts as a function of all
columns. Nothing here is a guess: what is built on it is exact.
"""

from functools import singledispatch

import numpy as np
import pandas as pd
from sklearn.base import OneToOneFeatureMixin
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.impute import KNNImputer, MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)

from skxai.predictors._forms import is_overridden


def column_sources(transformer, X, n_outputs, by_name=False):
    """Input columns of each output column.

    Parameters
    ----------
    transformer : fitted transformer or "passthrough"
        Register ``function(transformer, X, by_name)`` for other classes:
        ``known_sources.register(MyTransformer, function)``.
    X : table of shape (n_rows, n_columns)
        A few rows of its input.
    n_outputs : int
        Number of columns it makes of them.
    by_name : bool, default=False
        Also trust names: a column that is made one for one, such as by a KNNImputer or by a
        function with ``feature_names_out="one-to-one"``, then comes from the column at its place,
        though others may have a part in its values. Good for labels, not for exact algebra.

    Returns
    -------
    sources : list of frozenset of int, of length n_outputs
        Empty for a constant column.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import PolynomialFeatures
    >>> X = np.array([[1.0, 2.0], [3.0, 5.0]])
    >>> [sorted(s) for s in column_sources(PolynomialFeatures().fit(X), X, 6)]
    [[], [0], [1], [0], [0, 1], [1]]
    """
    n_columns = X.shape[1]
    if transformer is None or isinstance(transformer, str):
        return one_to_one(n_columns)
    everything = [frozenset(range(n_columns))] * n_outputs
    transformer = unfrozen(transformer)
    if n_columns == 1 or is_overridden(known_sources, transformer, "transform"):
        return everything
    sources = known_sources(transformer, X, by_name)
    return everything if sources is None or len(sources) != n_outputs else sources


@singledispatch
def known_sources(transformer, X, by_name):
    """Sources as far as the class of the transformer tells them, else None."""
    named = isinstance(transformer, OneToOneFeatureMixin) and not isinstance(
        transformer, Normalizer
    )
    return one_to_one(X.shape[1]) if by_name and named else None


def chain(first, second):
    """Sources of two steps, one after the other."""
    return [frozenset().union(*(first[j] for j in columns)) for columns in second]


def through(transformers, X, by_name=False):
    """Sources of the columns that several steps make of `X`, and what they make of it."""
    sources = one_to_one(X.shape[1])
    for step in transformers:
        encoded = step.transform(X)
        sources = chain(sources, column_sources(step, X, encoded.shape[1], by_name))
        X = encoded
    return sources, X


def one_to_one(n_columns):
    """Sources where each column is a function of the input column at its place."""
    return [frozenset([j]) for j in range(n_columns)]


def unfrozen(model):
    """What a FrozenEstimator or a search object, or one in the other, works by."""
    while True:
        if isinstance(model, FrozenEstimator):
            model = model.estimator
        elif hasattr(model, "best_estimator_"):
            model = model.best_estimator_
        else:
            return model


def real_steps(steps):
    """The transformers among the named steps of a Pipeline."""
    return [step for _, step in steps if step is not None and step != "passthrough"]


def _repeat(counts):
    return [frozenset([j]) for j, count in enumerate(counts) for _ in range(count)]


def _own_column(transformer, X, by_name):
    return one_to_one(X.shape[1])


for _cls in [
    Binarizer,
    MaxAbsScaler,
    MinMaxScaler,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
]:
    known_sources.register(_cls, _own_column)


@known_sources.register
def _(transformer: FunctionTransformer, X, by_name):
    # A function may well look at the whole row; only numpy's own are known not to.
    function = transformer.func
    elementwise = isinstance(function, np.ufunc) and function.signature is None
    named = by_name and transformer.feature_names_out == "one-to-one"
    if function is None or named or (elementwise and function.nin == function.nout == 1):
        return one_to_one(X.shape[1])
    return None


@known_sources.register
def _(transformer: SelectorMixin, X, by_name):
    return [frozenset([int(j)]) for j in transformer.get_support(indices=True)]


@known_sources.register
def _(transformer: SimpleImputer, X, by_name):
    sources = one_to_one(X.shape[1])
    if not transformer.keep_empty_features:  # columns without any value were dropped
        sources = [sources[j] for j in np.flatnonzero(~pd.isna(transformer.statistics_))]
    if transformer.add_indicator:
        sources += _indicated(transformer.indicator_)
    return sources


@known_sources.register
def _(transformer: KNNImputer, X, by_name):
    if not by_name:
        return None
    indicated = _indicated(transformer.indicator_) if transformer.add_indicator else []
    return one_to_one(X.shape[1]) + indicated


@known_sources.register
def _(transformer: MissingIndicator, X, by_name):
    return _indicated(transformer)


def _indicated(indicator):
    return [frozenset([int(j)]) for j in indicator.features_]


@known_sources.register
def _(transformer: OneHotEncoder, X, by_name):
    n_columns = len(transformer.categories_)
    infrequent = getattr(transformer, "infrequent_categories_", [None] * n_columns)
    dropped = [None] * n_columns if transformer.drop_idx_ is None else transformer.drop_idx_
    counts = []
    for j, categories in enumerate(transformer.categories_):
        merged = 0 if infrequent[j] is None else len(infrequent[j]) - 1
        counts.append(len(categories) - merged - (dropped[j] is not None))
    return _repeat(counts)


@known_sources.register
def _(transformer: TargetEncoder, X, by_name):
    several = transformer.target_type_ == "multiclass"
    return _repeat([len(transformer.classes_) if several else 1] * X.shape[1])


@known_sources.register
def _(transformer: KBinsDiscretizer, X, by_name):
    if transformer.encode == "ordinal":
        return one_to_one(X.shape[1])
    return _repeat(transformer.n_bins_)


@known_sources.register
def _(transformer: SplineTransformer, X, by_name):
    return _repeat([transformer.n_features_out_ // X.shape[1]] * X.shape[1])


@known_sources.register
def _(transformer: PolynomialFeatures, X, by_name):
    return [frozenset(np.flatnonzero(powers).tolist()) for powers in transformer.powers_]


@known_sources.register
def _(transformer: Pipeline, X, by_name):
    return through(real_steps(transformer.steps), X, by_name)[0]


@known_sources.register
def _(transformer: FeatureUnion, X, by_name):
    sources = []
    for _, part in transformer.transformer_list:
        if isinstance(part, str):  # "drop" or "passthrough"
            sources += [] if part == "drop" else one_to_one(X.shape[1])
        else:
            sources += column_sources(part, X, part.transform(X).shape[1], by_name)
    return sources


@known_sources.register
def _(transformer: ColumnTransformer, X, by_name):
    slices = transformer.output_indices_
    sources = [None] * max((part.stop for part in slices.values()), default=0)
    for name, part, _ in transformer.transformers_:
        n_outputs = slices[name].stop - slices[name].start
        if n_outputs > 0:
            positions = input_positions(transformer, name, X)
            table = X.iloc[:, positions] if isinstance(X, pd.DataFrame) else X[:, positions]
            inner = column_sources(part, table, n_outputs, by_name)
            sources[slices[name]] = chain([frozenset([int(j)]) for j in positions], inner)
    return None if None in sources else sources


def input_positions(transformer, name, X):
    """Columns of `X` that go to one part; labels count, as ColumnTransformer has it."""
    positions = np.asarray(transformer._transformer_to_input_indices[name], dtype=int)
    if isinstance(X, pd.DataFrame) and hasattr(transformer, "feature_names_in_"):
        positions = X.columns.get_indexer(transformer.feature_names_in_[positions])
    return positions
