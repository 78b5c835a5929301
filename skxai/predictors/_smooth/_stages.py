"""Steps of preprocessing that have a derivative.

A stage maps an array of shape (n_rows, n_in) to one of shape (n_rows, n_out): ``stage(U)``; and
carries derivatives back: ``stage.pull(U, G)`` turns the derivatives `G`, of shape
(n_rows, n_outputs, n_out), of anything with respect to its output into those with respect to `U`.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from skxai.predictors._forms import densify


class Chain(NamedTuple):
    """Stages one after the other; without any, the numbers as they are."""

    stages: tuple

    def __call__(self, U):
        for stage in self.stages:
            U = stage(U)
        return U

    def pull(self, U, G):
        inputs = []
        for stage in self.stages:
            inputs.append(U)
            U = stage(U)
        for stage, given in zip(reversed(self.stages), reversed(inputs)):
            G = stage.pull(given, G)
        return G

    @property
    def is_numeric(self):
        """Whether a derivative in it is by differences."""
        return any(stage.is_numeric for stage in self.stages)

    @property
    def is_affine(self):
        """Whether it is affine, so that a segment stays a segment."""
        return all(stage.is_affine for stage in self.stages)


class Parallel(NamedTuple):
    """Stages side by side, each of some columns; their outputs at their places.

    Attributes
    ----------
    parts : tuple of (columns, stage, places)
    n_out : int
    """

    parts: tuple
    n_out: int

    def __call__(self, U):
        out = np.empty((len(U), self.n_out))
        for columns, stage, places in self.parts:
            out[:, places] = stage(U[:, columns])
        return out

    def pull(self, U, G):
        back = np.zeros((*G.shape[:2], U.shape[1]))
        for columns, stage, places in self.parts:
            _add_to_columns(back, columns, stage.pull(U[:, columns], G[:, :, places]))
        return back

    @property
    def is_numeric(self):
        return any(stage.is_numeric for _, stage, _ in self.parts)

    @property
    def is_affine(self):
        return all(stage.is_affine for _, stage, _ in self.parts)


class Scale(NamedTuple):
    """Each column times a factor plus an offset, perhaps clipped to a range."""

    factor: np.ndarray
    offset: np.ndarray
    low: float = -np.inf
    high: float = np.inf
    is_numeric = False

    def __call__(self, U):
        return np.clip(U * self.factor + self.offset, self.low, self.high)

    def pull(self, U, G):
        if self.is_affine:
            return G * self.factor
        scaled = U * self.factor + self.offset
        return G * (self.factor * ((scaled >= self.low) & (scaled <= self.high)))[:, None, :]

    @property
    def is_affine(self):
        return self.low == -np.inf and self.high == np.inf


class Affine(NamedTuple):
    """``U @ matrix + offset``."""

    matrix: np.ndarray
    offset: np.ndarray
    is_numeric = False
    is_affine = True

    def __call__(self, U):
        return U @ self.matrix + self.offset

    def pull(self, U, G):
        return G @ self.matrix.T


class Select(NamedTuple):
    """Some of the columns, perhaps some of them several times."""

    columns: np.ndarray
    n_in: int
    is_numeric = False
    is_affine = True

    def __call__(self, U):
        return U[:, self.columns]

    def pull(self, U, G):
        back = np.zeros((*G.shape[:2], self.n_in))
        _add_to_columns(back, self.columns, G)
        return back


def _add_to_columns(total, columns, G):
    if len(set(columns)) == len(columns):
        total[:, :, columns] += G
    else:
        np.add.at(total, (slice(None), slice(None), columns), G)


class Elementwise(NamedTuple):
    """A function of each column, and its derivative: picklable functions of arrays."""

    function: Any
    derivative: Any
    is_numeric = False
    is_affine = False

    def __call__(self, U):
        return self.function(U)

    def pull(self, U, G):
        return G * self.derivative(U)[:, None, :]


class Monomials(NamedTuple):
    """Products of powers of the columns."""

    powers: np.ndarray
    is_numeric = False
    is_affine = False

    def __call__(self, U):
        return np.stack([_monomial(U, powers) for powers in self.powers], axis=1)

    def pull(self, U, G):
        back = np.zeros((*G.shape[:2], U.shape[1]))
        for place, powers in enumerate(self.powers):
            for j in np.flatnonzero(powers):
                less = powers - (np.arange(len(powers)) == j)
                back[:, :, j] += G[:, :, place] * (powers[j] * _monomial(U, less))[:, None]
        return back


def _monomial(U, powers):
    used = np.flatnonzero(powers)
    return (U[:, used] ** powers[used]).prod(axis=1)


class Normalise(NamedTuple):
    """Each row divided by its Euclidean length."""

    is_numeric = False
    is_affine = False

    def __call__(self, U):
        return U / _lengths(U)

    def pull(self, U, G):
        unit, length = self(U), _lengths(U)
        along = (G * unit[:, None, :]).sum(axis=2, keepdims=True)
        return (G - along * unit[:, None, :]) / length[:, None, :]


def _lengths(U):
    lengths = np.linalg.norm(U, axis=1, keepdims=True)
    return np.where(lengths == 0, 1.0, lengths)


class Numeric(NamedTuple):
    """Any transformer of numbers: its derivative by central differences.

    Attributes
    ----------
    transformer : fitted transformer
    scales : ndarray of shape (n_in,) or float
        How much its columns vary; `with_scales` finds out.
    """

    transformer: Any
    scales: Any = 1.0
    is_numeric = True
    is_affine = False

    def __call__(self, U):
        return densify(self.transformer.transform(as_fitted(self.transformer, U)))

    def pull(self, U, G):
        back = np.empty((*G.shape[:2], U.shape[1]))
        sample = self.transformer.transform(as_fitted(self.transformer, U[:1]))
        precision = getattr(sample, "dtype", float)
        scales = np.broadcast_to(self.scales, U.shape[1])
        for j in range(U.shape[1]):
            slopes = difference(self, U, j, scales[j], precision)
            back[:, :, j] = (G * slopes[:, None, :]).sum(axis=2)
        return np.where(np.isnan(U)[:, None, :], 0.0, back)  # no small change of a missing value


def with_scales(stage, U):
    """The same stage, whose differences take steps that fit how much its columns vary.

    Parameters
    ----------
    stage : stage
    U : ndarray of shape (n_rows, n_in)
        What the background gives it.

    Returns
    -------
    stage
    """
    if not stage.is_numeric:
        return stage
    if isinstance(stage, Numeric):
        return stage._replace(scales=scales_of(U))
    if isinstance(stage, Chain):
        parts = []
        for part in stage.stages:
            parts.append(with_scales(part, U))
            U = part(U)
        return Chain(tuple(parts))
    if isinstance(stage, Parallel):
        parts = tuple(
            (columns, with_scales(part, U[:, columns]), places)
            for columns, part, places in stage.parts
        )
        return stage._replace(parts=parts)
    return stage


def scales_of(U):
    """Standard deviations of columns; of constant ones their size, or 1."""
    U = np.where(np.isnan(U).all(axis=0), 0.0, U)  # numpy warns of columns without any value
    spread, size = np.nanstd(U, axis=0), np.nanmax(np.abs(U), axis=0)
    is_constant = spread <= 1e-12 * size
    return np.where(is_constant, np.where(size > 0, size, 1.0), spread)


def difference(function, U, column, scale=1.0, precision=float):
    """The central difference of a function along a column, of shape (n_rows, n_outputs).

    `scale` is how much the column varies, and `precision` the floating-point type that the function
    computes in. The step balances the error of a finite one with that of rounding, which grows
    with the column's values.
    """
    single = np.dtype(precision) in (np.float16, np.float32)
    step = np.finfo(np.float32 if single else float).eps ** (1 / 3)
    step = step * np.cbrt(scale) ** 2 * np.cbrt(np.maximum(np.abs(U[:, column]), scale))
    above, below = U.copy(), U.copy()
    above[:, column] += step
    below[:, column] -= step
    width = (above - below)[:, column]  # what the step is after rounding
    both = function(np.concatenate([above, below]))
    return (both[: len(U)] - both[len(U) :]) / width[:, None]


def as_fitted(estimator, U):
    """An array as the kind of table that an estimator was fitted on."""
    names = getattr(estimator, "feature_names_in_", None)
    return U if names is None else pd.DataFrame(U, columns=names)
