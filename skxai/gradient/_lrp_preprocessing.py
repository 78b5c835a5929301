"""Relevance on its way back through the preprocessing of a Pipeline.

Where each column is made of one column, as by scalers, relevance stays with it. Where columns are
mixed, as by principal components, it is shared out by contributions; in a product of powers, by
the exponents, which is gradient × input.
"""

from functools import singledispatch
from typing import NamedTuple

import numpy as np

from skxai.gradient._lrp_network import DenseLayer
from skxai.gradient._lrp_rules import Ledger, epsilon_shares, share_out, total
from skxai.predictors._smooth._stages import (
    Affine,
    Chain,
    Elementwise,
    Monomials,
    Numeric,
    Parallel,
    Scale,
    Select,
    as_fitted,
)
from skxai.predictors._sources import column_sources


def way_back(stage, U, epsilon):
    """How relevance goes back through a stage.

    Parameters
    ----------
    stage : stage
        Register a function for other classes: ``known_way_back.register(MyStage, function)``.
    U : ndarray of shape (n_rows, n_in)
        What the background gives it.
    epsilon : float
        For mixed columns: added to their sums, in units of the size of these.

    Returns
    -------
    way : object
        With ``way(U, relevance)``, from relevance of shape (n_rows, n_outputs, n_out) to that of
        shape (n_rows, n_outputs, n_in) and what was lost, an array of shape
        (3, n_rows, n_outputs): to constants, to ε, and dropped.

    Raises
    ------
    ValueError
        If the stage mixes columns in a way that is not known.

    Examples
    --------
    >>> U = np.array([[2.0, 3.0]])
    >>> way = way_back(Monomials(np.array([[0, 0], [2, 1]])), U, 0.0)
    >>> relevance, lost = way(U, np.array([[[5.0, 6.0]]]))
    >>> relevance, lost[0]
    (array([[[4., 2.]]]), array([[5.]]))
    """
    return known_way_back(stage, U, epsilon)


@singledispatch
def known_way_back(stage, U, epsilon):
    """The way back as far as the class of the stage tells it."""
    raise ValueError(
        f"model: relevance has no way back through {type(stage).__name__}, which mixes columns; "
        "expected scalers, encoders, linear maps such as PCA, or polynomial features"
    )


def _nothing(relevance):
    return np.zeros((3, *relevance.shape[:2]))


class OneToOne(NamedTuple):
    """Each column is made of the one at its place."""

    def __call__(self, U, relevance):
        return relevance, _nothing(relevance)


@known_way_back.register(Scale)
@known_way_back.register(Elementwise)
def _(stage, U, epsilon):
    return OneToOne()


class FromOne(NamedTuple):
    """Each column is made of one column, perhaps of none.

    Attributes
    ----------
    sources : ndarray of int, of shape (n_out,)
        Of which; -1 for none.
    n_in : int
    """

    sources: np.ndarray
    n_in: int

    def __call__(self, U, relevance):
        back = np.zeros((*relevance.shape[:2], self.n_in))
        made = self.sources >= 0
        np.add.at(back, (slice(None), slice(None), self.sources[made]), relevance[:, :, made])
        lost = _nothing(relevance)
        lost[0] = relevance[:, :, ~made].sum(axis=2)
        return back, lost


@known_way_back.register
def _(stage: Select, U, epsilon):
    return FromOne(np.asarray(stage.columns), stage.n_in)


@known_way_back.register
def _(stage: Numeric, U, epsilon):
    transformer = stage.transformer
    found = column_sources(transformer, as_fitted(transformer, U), stage(U).shape[1])
    if max(map(len, found), default=0) > 1:
        raise ValueError(
            f"model: relevance has no way back through {type(transformer).__name__}, which may mix "
            "columns; expected scalers, encoders, linear maps such as PCA, or polynomial features"
        )
    return FromOne(np.array([min(source, default=-1) for source in found]), U.shape[1])


class Shared(NamedTuple):
    """Each column is a sum over columns: by contribution, relative to the background's mean.

    Attributes
    ----------
    centre : ndarray of shape (n_in,)
    layer : DenseLayer
        Of what is left of the columns without the centre.
    epsilon : ndarray of shape (n_out,)
    """

    centre: np.ndarray
    layer: DenseLayer
    epsilon: np.ndarray

    def __call__(self, U, relevance):
        x, layer = U - self.centre, self.layer
        shares = epsilon_shares(x, layer.weight, layer.bias, None, self.epsilon)
        back, ledger = share_out(layer, shares, relevance)
        return back, np.stack([ledger.bias, ledger.epsilon, ledger.dropped])


@known_way_back.register
def _(stage: Affine, U, epsilon):
    centre = U.mean(axis=0)
    layer = DenseLayer("preprocessing", stage.matrix, stage(centre))
    return Shared(centre, layer, epsilon * np.sqrt((stage(U) ** 2).mean(axis=0)))


class ByExponents(NamedTuple):
    """Each column is a product of powers of columns; a constant one is of none."""

    powers: np.ndarray

    def __call__(self, U, relevance):
        degrees = self.powers.sum(axis=1)
        lost = _nothing(relevance)
        lost[0] = relevance[:, :, degrees == 0].sum(axis=2)
        return relevance @ (self.powers / np.maximum(degrees, 1)[:, None]), lost


@known_way_back.register
def _(stage: Monomials, U, epsilon):
    return ByExponents(stage.powers)


class OneAfterTheOther(NamedTuple):
    """Stages one after the other, and the way back through each."""

    stages: tuple
    ways: tuple

    def __call__(self, U, relevance):
        inputs = []
        for stage in self.stages:
            inputs.append(U)
            U = stage(U)
        lost = _nothing(relevance)
        for way, given in zip(reversed(self.ways), reversed(inputs)):
            relevance, more = way(given, relevance)
            lost += more
        return relevance, lost


@known_way_back.register
def _(stage: Chain, U, epsilon):
    ways = []
    for part in stage.stages:
        ways.append(way_back(part, U, epsilon))
        U = part(U)
    return OneAfterTheOther(stage.stages, tuple(ways))


class SideBySide(NamedTuple):
    """Stages side by side, each of some columns."""

    parts: tuple
    n_in: int

    def __call__(self, U, relevance):
        back, lost = np.zeros((*relevance.shape[:2], self.n_in)), _nothing(relevance)
        for columns, way, places in self.parts:
            part, more = way(U[:, columns], relevance[:, :, places])
            np.add.at(back, (slice(None), slice(None), columns), part)
            lost += more
        return back, lost


@known_way_back.register
def _(stage: Parallel, U, epsilon):
    parts = tuple(
        (columns, way_back(part, U[:, columns], epsilon), places)
        for columns, part, places in stage.parts
    )
    return SideBySide(parts, U.shape[1])


def ledger_of(relevance, back, lost):
    """The ledger of a whole preprocessing."""
    return Ledger(total(relevance), total(back), *lost)
