"""Kernel machines whose kernel is no product over columns: their derivatives."""

from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process import kernels as gp
from sklearn.kernel_ridge import KernelRidge
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM

from skxai.predictors._forms import densify
from skxai.predictors._kernels import one_versus_one

_NUMBERS_AT_ONCE = 2**22  # in the largest array


class KernelSum(NamedTuple):
    """Scores ``kernel(x, points) @ coef.T + intercept``.

    Attributes
    ----------
    kernel : object
        With ``values(X, points)``, of shape (n_rows, n_points), and ``with_slopes(X, points)``:
        these and their derivatives, (n_rows, n_points, n_columns).
    points : ndarray of shape (n_points, n_columns)
    coef : ndarray of shape (n_scores, n_points)
    intercept : ndarray of shape (n_scores,)
    """

    kernel: Any
    points: np.ndarray
    coef: np.ndarray
    intercept: np.ndarray

    def scores(self, X):
        values = self.kernel.values(np.asarray(X, dtype=float), self.points)
        return values @ self.coef.T + self.intercept

    def jacobian(self, X):
        X = np.asarray(X, dtype=float)
        size = max(1, _NUMBERS_AT_ONCE // self.points.size)
        starts = range(0, max(1, len(X)), size)
        slopes = (self.kernel.with_slopes(X[k : k + size], self.points)[1] for k in starts)
        return np.concatenate([np.matmul(self.coef, part) for part in slopes])


def kernel_sum_of(estimator, response_method):
    """A fitted kernel machine as a `KernelSum`, or None."""
    regresses = isinstance(estimator, SVR | NuSVR | KernelRidge | GaussianProcessRegressor)
    if response_method != ("predict" if regresses else "decision_function"):
        return None
    return known_kernel_sum(estimator)


@singledispatch
def known_kernel_sum(estimator):
    """The sum as far as the class of the estimator tells it, else None."""
    return None


@known_kernel_sum.register(SVR)
@known_kernel_sum.register(NuSVR)
@known_kernel_sum.register(OneClassSVM)
@known_kernel_sum.register(SVC)
@known_kernel_sum.register(NuSVC)
def _(estimator):
    if estimator.kernel not in ("poly", "sigmoid"):
        return None
    coef = densify(estimator.dual_coef_)
    if len(getattr(estimator, "classes_", ())) > 2:
        if estimator.decision_function_shape == "ovr":
            return None  # these scores of several classes count votes
        coef = one_versus_one(coef, estimator.n_support_)
    kernel = OfProducts(estimator.kernel, estimator._gamma, estimator.coef0, estimator.degree)
    return KernelSum(kernel, densify(estimator.support_vectors_), coef, estimator.intercept_)


@known_kernel_sum.register
def _(estimator: KernelRidge):
    if estimator.kernel not in ("poly", "polynomial", "sigmoid"):
        return None
    points = densify(estimator.X_fit_)
    gamma = 1 / points.shape[1] if estimator.gamma is None else estimator.gamma
    kernel = OfProducts(estimator.kernel[:4], gamma, estimator.coef0, estimator.degree)
    coef = np.atleast_2d(estimator.dual_coef_.T)
    return KernelSum(kernel, points, coef, np.zeros(len(coef)))


@known_kernel_sum.register
def _(estimator: GaussianProcessRegressor):
    if not hasattr(estimator, "alpha_"):
        return None
    points = np.asarray(estimator.X_train_, dtype=float)
    coef = (estimator._y_train_std * estimator.alpha_.reshape(len(points), -1)).T
    mean = np.broadcast_to(estimator._y_train_mean, len(coef)).astype(float)
    kernel = OfProcess(estimator.kernel_)
    return KernelSum(kernel, points, coef, mean) if kernel.is_known() else None


class OfProducts(NamedTuple):
    """A function of ``gamma · xᵀz + shift``: "poly", its power, or "sigm", its tanh."""

    name: str
    gamma: float
    shift: float
    degree: int

    def values(self, X, points):
        inner = self.gamma * X @ points.T + self.shift
        return np.tanh(inner) if self.name.startswith("sigm") else inner**self.degree

    def with_slopes(self, X, points):
        inner = self.gamma * X @ points.T + self.shift
        if self.name.startswith("sigm"):
            values = np.tanh(inner)
            outer = 1 - values**2
        else:
            values = inner**self.degree
            outer = self.degree * inner ** (self.degree - 1)
        return values, (self.gamma * outer)[:, :, None] * points


class OfProcess(NamedTuple):
    """A kernel of `sklearn.gaussian_process`."""

    kernel: Any

    def is_known(self):
        return _is_known(self.kernel)

    def values(self, X, points):
        return self.kernel(X, points)

    def with_slopes(self, X, points):
        return _with_slopes(self.kernel, X, points)


def _is_known(kernel):
    if isinstance(kernel, gp.KernelOperator):
        return _is_known(kernel.k1) and _is_known(kernel.k2)
    if type(kernel) is gp.Exponentiation:
        return _is_known(kernel.kernel)
    if type(kernel) is gp.Matern:
        return kernel.nu in (0.5, 1.5, 2.5, np.inf)
    return type(kernel) in (gp.WhiteKernel, gp.ConstantKernel, gp.DotProduct, *_RADIAL)


def _with_slopes(kernel, X, points):
    """Values and derivatives with respect to X, of the kernels that `_is_known` knows."""
    kind = type(kernel)
    if kind in _RADIAL:
        steps = (X[:, None, :] - points) / np.asarray(kernel.length_scale)
        values, slopes = _RADIAL[kind](kernel, (steps**2).sum(axis=2))
        return values, (2 * slopes)[:, :, None] * steps / np.asarray(kernel.length_scale)
    if kind in (gp.WhiteKernel, gp.ConstantKernel):
        # The noise of a row is its own alone.
        constant = kernel.constant_value if kind is gp.ConstantKernel else 0.0
        shape = (len(X), len(points))
        return np.full(shape, constant), np.zeros((*shape, X.shape[1]))
    if kind is gp.DotProduct:
        values = X @ points.T + kernel.sigma_0**2
        return values, np.broadcast_to(points, (len(X), *points.shape))
    if kind is gp.Exponentiation:
        values, slopes = _with_slopes(kernel.kernel, X, points)
        outer = kernel.exponent * values ** (kernel.exponent - 1)
        return values**kernel.exponent, outer[:, :, None] * slopes
    a, da = _with_slopes(kernel.k1, X, points)
    b, db = _with_slopes(kernel.k2, X, points)
    if kind is gp.Sum:
        return a + b, da + db
    return a * b, a[:, :, None] * db + b[:, :, None] * da


def _gaussian(kernel, squares):
    values = np.exp(-squares / 2)
    return values, -values / 2


def _matern(kernel, squares):
    """Values and derivatives with respect to the squared distance."""
    if kernel.nu == np.inf:
        return _gaussian(kernel, squares)
    r = np.sqrt(squares * 2 * kernel.nu)
    decay = np.exp(-r)
    if kernel.nu == 0.5:  # it has a kink at its point
        return decay, -decay * np.divide(0.5, r, out=np.zeros_like(r), where=r > 0)
    if kernel.nu == 1.5:
        return (1 + r) * decay, -1.5 * decay
    return (1 + r + r**2 / 3) * decay, -5 / 6 * (1 + r) * decay


def _rational(kernel, squares):
    base = 1 + squares / (2 * kernel.alpha)
    return base**-kernel.alpha, -0.5 * base ** (-kernel.alpha - 1)


_RADIAL = {gp.RBF: _gaussian, gp.Matern: _matern, gp.RationalQuadratic: _rational}
