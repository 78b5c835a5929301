"""Kernel machines whose kernel is a product over columns, read off the fitted model."""

from functools import singledispatch
from typing import NamedTuple

import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    Exponentiation,
    Product,
    Sum,
    WhiteKernel,
)
from sklearn.kernel_ridge import KernelRidge
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM

from skxai.predictors._forms import densify, is_overridden
from skxai.predictors._sources import unfrozen


class KernelForm(NamedTuple):
    """A response ``intercept + Σ_s coef_s Π_j exp(-gamma_sj |x_j - point_sj|**power)``.

    Attributes
    ----------
    points : ndarray of shape (n_points, n_columns)
    coef : ndarray of shape (n_outputs, n_points)
    gammas : ndarray of shape (n_points, n_columns)
        Never negative.
    intercept : ndarray of shape (n_outputs,)
    power : {1, 2}
        2 for Gaussian (RBF) kernels, 1 for Laplacian ones.
    """

    points: np.ndarray
    coef: np.ndarray
    gammas: np.ndarray
    intercept: np.ndarray
    power: int

    def outputs(self, X):
        """The response for an array of rows, of shape (n_rows, n_outputs)."""
        return self.kernel(X) @ self.coef.T + self.intercept

    def kernel(self, X):
        """The kernel of rows and points, of shape (n_rows, n_points)."""
        exponents = np.zeros((len(X), len(self.points)))
        for column, points, gammas in zip(X.T, self.points.T, self.gammas.T):
            exponents += gammas * np.abs(column[:, None] - points) ** self.power
        return np.exp(-exponents)


def kernel_form_of(estimator, response_method):
    """Read a fitted estimator's response as a sum of products of functions of single columns.

    Parameters
    ----------
    estimator : fitted estimator
        Not a Pipeline: see `split_pipeline`. Register a function for other classes:
        ``known_kernel_form.register(MyEstimator, function)``.
    response_method : str
        The method whose output is read, such as "predict" or "decision_function".

    Returns
    -------
    KernelForm or None
        With an output for each column that the method returns; None if the response is not
        known to be such a sum.

    Examples
    --------
    >>> from sklearn.svm import SVR
    >>> model = SVR(gamma=0.5).fit([[0.0, 1.0], [1.0, 1.0], [2.0, 0.0]], [0.0, 1.0, 3.0])
    >>> form = kernel_form_of(model, "predict")
    >>> form.gammas[0]
    array([0.5, 0.5])
    >>> bool(abs(form.outputs(form.points)[:, 0] - model.predict(form.points)).max() < 1e-12)
    True
    """
    estimator = unfrozen(estimator)
    if is_overridden(known_kernel_form, estimator, response_method):
        return None
    return known_kernel_form(estimator, response_method)


@singledispatch
def known_kernel_form(estimator, response_method):
    """Product-kernel form as far as the class of the estimator tells it, else None."""
    return None


def _form(points, coef, gammas, intercept, power=2):
    points = densify(points)
    coef = np.atleast_2d(densify(coef))
    return KernelForm(
        points,
        coef,
        np.broadcast_to(np.asarray(gammas, dtype=float), points.shape),
        np.broadcast_to(np.ravel(intercept), len(coef)).astype(float),
        power,
    )


def _svm(estimator, coef=None):
    if estimator.kernel != "rbf":
        return None
    coef = estimator.dual_coef_ if coef is None else coef
    return _form(estimator.support_vectors_, coef, estimator._gamma, estimator.intercept_)


@known_kernel_form.register(SVR)
@known_kernel_form.register(NuSVR)
def _(estimator, response_method):
    return _svm(estimator) if response_method == "predict" else None


@known_kernel_form.register
def _(estimator: OneClassSVM, response_method):
    return _svm(estimator) if response_method == "decision_function" else None


@known_kernel_form.register(SVC)
@known_kernel_form.register(NuSVC)
def _(estimator, response_method):
    if response_method != "decision_function":
        return None
    if len(estimator.classes_) == 2:
        return _svm(estimator)
    if estimator.decision_function_shape == "ovr":
        return None  # these scores of several classes count votes
    return _svm(estimator, one_versus_one(densify(estimator.dual_coef_), estimator.n_support_))


def one_versus_one(dual_coef, n_support):
    """Coefficients of each pair of classes, from libsvm's compact table of them."""
    class_of = np.repeat(np.arange(len(n_support)), n_support)
    pairs = [(a, b) for a in range(len(n_support)) for b in range(a + 1, len(n_support))]
    return np.stack(
        [
            np.where(class_of == a, dual_coef[b - 1], 0) + np.where(class_of == b, dual_coef[a], 0)
            for a, b in pairs
        ]
    )


@known_kernel_form.register
def _(estimator: KernelRidge, response_method):
    powers = {"rbf": 2, "laplacian": 1}
    if response_method != "predict" or estimator.kernel not in powers:
        return None
    points = densify(estimator.X_fit_)
    gamma = 1 / points.shape[1] if estimator.gamma is None else estimator.gamma
    return _form(points, estimator.dual_coef_.T, gamma, 0.0, powers[estimator.kernel])


@known_kernel_form.register
def _(estimator: GaussianProcessRegressor, response_method):
    if response_method != "predict":
        return None
    points = np.asarray(estimator.X_train_, dtype=float)
    terms = _product_terms(estimator.kernel_, points.shape[1])
    if not terms:
        return None
    # Undo the normalisation of y; each term of the kernel has its own copy of the points.
    coef = estimator._y_train_std * estimator.alpha_.reshape(len(points), -1)
    return _form(
        np.tile(points, (len(terms), 1)),
        np.concatenate([factor * coef.T for factor, _ in terms], axis=1),
        np.repeat([gammas for _, gammas in terms], len(points), axis=0),
        estimator._y_train_mean,
    )


def _product_terms(kernel, n_columns):
    """A Gaussian process's kernel between different rows as Σ factor · exp(-Σ_j gamma_j d_j²).

    Returns
    -------
    list of (factor, gammas of shape (n_columns,)), or None if it is no such sum
    """
    kind = type(kernel)  # exactly: Matern is a subclass of RBF
    if kind is WhiteKernel:
        return []  # noise of a row with itself alone
    if kind is ConstantKernel:
        return [(kernel.constant_value, np.zeros(n_columns))]
    if kind is RBF:
        gammas = 0.5 / np.asarray(kernel.length_scale, dtype=float) ** 2
        return [(1.0, np.broadcast_to(gammas, n_columns))]
    if kind is Exponentiation:
        terms = _product_terms(kernel.kernel, n_columns)
        if terms is None or len(terms) != 1:
            return None
        factor, gammas = terms[0]
        return [(factor**kernel.exponent, gammas * kernel.exponent)]
    if kind not in (Sum, Product):
        return None
    first, second = (_product_terms(part, n_columns) for part in (kernel.k1, kernel.k2))
    if first is None or second is None:
        return None
    if kind is Sum:
        return first + second
    return [(a * b, gammas + more) for a, gammas in first for b, more in second]
