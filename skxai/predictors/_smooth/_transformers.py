"""scikit-learn's transformers as stages with a derivative."""

from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np
from sklearn import preprocessing as pp
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, FactorAnalysis, FastICA, IncrementalPCA, TruncatedSVD
from sklearn.feature_selection import SelectorMixin
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection

from skxai.predictors._forms import densify, is_overridden
from skxai.predictors._smooth._stages import (
    Affine,
    Chain,
    Elementwise,
    Monomials,
    Normalise,
    Numeric,
    Parallel,
    Scale,
    Select,
)
from skxai.predictors._sources import real_steps, unfrozen


def stage_of(transformer):
    """A fitted transformer as a stage.

    Parameters
    ----------
    transformer : fitted transformer, "passthrough" or None
        Of numbers to numbers. Register a function for other classes:
        ``known_stage.register(MyTransformer, function)``.

    Returns
    -------
    stage
        `Numeric` if its derivative is not known in closed form.

    Examples
    --------
    >>> import numpy as np
    >>> stage = stage_of(pp.StandardScaler().fit([[0.0], [4.0]]))
    >>> stage(np.array([[4.0]])), stage.pull(np.array([[4.0]]), np.array([[[3.0]]]))
    (array([[1.]]), array([[[1.5]]]))
    """
    if transformer is None or isinstance(transformer, str):
        return Chain(())
    transformer = unfrozen(transformer)
    known = None
    if not is_overridden(known_stage, transformer, "transform"):
        known = known_stage(transformer)
    return Numeric(transformer) if known is None else known


@singledispatch
def known_stage(transformer):
    """The stage as far as the class of the transformer tells it, else None."""
    return None


@known_stage.register
def _(transformer: pp.StandardScaler):
    n = transformer.n_features_in_
    factor = np.ones(n) if transformer.scale_ is None else 1 / transformer.scale_
    centre = transformer.mean_ if transformer.with_mean else np.zeros(n)
    return Scale(factor, -centre * factor)


@known_stage.register
def _(transformer: pp.RobustScaler):
    n = transformer.n_features_in_
    factor = 1 / transformer.scale_ if transformer.with_scaling else np.ones(n)
    centre = transformer.center_ if transformer.with_centering else np.zeros(n)
    return Scale(factor, -centre * factor)


@known_stage.register
def _(transformer: pp.MaxAbsScaler):
    clip = (-1.0, 1.0) if getattr(transformer, "clip", False) else ()
    return Scale(1 / transformer.scale_, np.zeros(transformer.n_features_in_), *clip)


@known_stage.register
def _(transformer: pp.MinMaxScaler):
    clip = transformer.feature_range if transformer.clip else ()
    return Scale(transformer.scale_, transformer.min_, *clip)


@known_stage.register(PCA)
@known_stage.register(IncrementalPCA)
def _(transformer):
    matrix = transformer.components_.T
    if transformer.whiten:
        matrix = matrix / np.sqrt(transformer.explained_variance_)
    return Affine(matrix, -transformer.mean_ @ matrix)


@known_stage.register
def _(transformer: FastICA):
    matrix = transformer.components_.T
    centre = getattr(transformer, "mean_", np.zeros(len(matrix)))
    return Affine(matrix, -centre @ matrix)


@known_stage.register
def _(transformer: TruncatedSVD):
    matrix = transformer.components_.T
    return Affine(matrix, np.zeros(matrix.shape[1]))


@known_stage.register(GaussianRandomProjection)
@known_stage.register(SparseRandomProjection)
def _(transformer):
    matrix = densify(transformer.components_).T
    return Affine(matrix, np.zeros(matrix.shape[1]))


@known_stage.register
def _(transformer: FactorAnalysis):
    loadings = transformer.components_
    weighted = loadings / transformer.noise_variance_
    inner = np.linalg.inv(np.eye(len(loadings)) + weighted @ loadings.T)
    matrix = weighted.T @ inner
    return Affine(matrix, -transformer.mean_ @ matrix)


@known_stage.register
def _(transformer: SelectorMixin):
    return Select(transformer.get_support(indices=True), len(transformer.get_support()))


@known_stage.register
def _(transformer: pp.PolynomialFeatures):
    return Monomials(transformer.powers_)


@known_stage.register
def _(transformer: pp.Normalizer):
    return Normalise() if transformer.norm == "l2" else None


# A model that wants single precision casts its input again.
_CASTS = (np.float32, np.float64, np.asarray)
_SLOPES = {
    np.log: np.reciprocal,
    np.log1p: lambda U: 1 / (1 + U),
    np.log2: lambda U: 1 / (U * np.log(2)),
    np.log10: lambda U: 1 / (U * np.log(10)),
    np.exp: np.exp,
    np.expm1: np.exp,
    np.sqrt: lambda U: 0.5 / np.sqrt(U),
    np.square: lambda U: 2 * U,
    np.cbrt: lambda U: 1 / (3 * np.cbrt(U) ** 2),
    np.tanh: lambda U: 1 - np.tanh(U) ** 2,
    np.arcsinh: lambda U: 1 / np.sqrt(1 + U**2),
    np.sin: np.cos,
    np.cos: lambda U: -np.sin(U),
}


@known_stage.register
def _(transformer: pp.FunctionTransformer):
    function = transformer.func
    if function is None or (function in _CASTS and not transformer.kw_args):
        return Chain(())
    if transformer.kw_args or function not in _SLOPES:
        return None
    return Elementwise(function, UfuncSlope(function))


class UfuncSlope(NamedTuple):
    """The derivative of one of numpy's functions."""

    function: Any

    def __call__(self, U):
        return _SLOPES[self.function](U)


@known_stage.register
def _(transformer: Pipeline):
    return Chain(tuple(stage_of(step) for step in real_steps(transformer.steps)))


@known_stage.register
def _(transformer: FeatureUnion):
    parts, start = [], 0
    weights = transformer.transformer_weights or {}
    names = getattr(transformer, "n_features_in_", None)
    for name, part in transformer.transformer_list:
        if part == "drop" or names is None:
            if names is None:
                return None
            continue
        n_out = names if part == "passthrough" else len(_names_out(part, names))
        stage = stage_of(part)
        if name in weights:
            stage = Chain((stage, Scale(np.full(n_out, float(weights[name])), np.zeros(n_out))))
        parts.append((np.arange(names), stage, np.arange(start, start + n_out)))
        start += n_out
    return Parallel(tuple(parts), start)


def _names_out(part, n_in):
    names = getattr(part, "feature_names_in_", None)
    return part.get_feature_names_out(names)


@known_stage.register
def _(transformer: ColumnTransformer):
    columns = {
        name: np.asarray(positions, dtype=int)
        for name, positions in transformer._transformer_to_input_indices.items()
    }
    branches = [
        (columns[name], stage_of(part), name)
        for name, part, _ in transformer.transformers_
        if name in columns
    ]
    return side_by_side(transformer, branches)


def side_by_side(transformer, branches):
    """Stages in the places where a ColumnTransformer puts its parts."""
    slices = transformer.output_indices_
    parts = [
        (columns, stage, np.arange(slices[name].start, slices[name].stop))
        for columns, stage, name in branches
        if slices[name].stop > slices[name].start
    ]
    return Parallel(tuple(parts), max((part.stop for part in slices.values()), default=0))
