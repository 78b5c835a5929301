"""Kernel forms reproduce the outputs of the machines they are read from."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose
from sklearn.datasets import make_classification, make_regression
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    RBF,
    DotProduct,
    Matern,
    RationalQuadratic,
    WhiteKernel,
)
from sklearn.gaussian_process.kernels import ConstantKernel as C
from sklearn.kernel_ridge import KernelRidge
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM

from skxai.predictors._kernels import kernel_form_of

X, Y = make_regression(60, 3, noise=5, random_state=0)
Y = Y / Y.std() + 3
Y2 = np.column_stack([Y, 10 * np.sin(X[:, 0]) - 20])
XC, LABELS = make_classification(
    90, 4, n_informative=3, n_redundant=0, n_classes=3, n_clusters_per_class=1, random_state=0
)
NEW = np.random.default_rng(1).normal(size=(20, 4))


def outputs(form, rows):
    """The sum that a KernelForm stands for, written out."""
    distances = np.abs(rows[:, None, :] - form.points) ** form.power
    return np.exp(-(distances * form.gammas).sum(axis=2)) @ form.coef.T + form.intercept


def assert_form(model, method, rows):
    expected = np.reshape(getattr(model, method)(rows), (len(rows), -1))
    form = kernel_form_of(model, method)
    assert form.gammas.shape == form.points.shape
    assert form.coef.shape == (expected.shape[1], len(form.points))
    scale = np.abs(expected).max()
    assert_allclose(outputs(form, rows), expected, rtol=1e-10, atol=1e-10 * scale)


@pytest.mark.parametrize(
    "model",
    [
        SVR(),
        SVR(gamma="auto"),
        SVR(gamma=0.3, C=10),
        NuSVR(),
        KernelRidge(kernel="rbf"),
        KernelRidge(kernel="rbf", gamma=0.7, alpha=0.01),
        KernelRidge(kernel="laplacian"),
        KernelRidge(kernel="laplacian", gamma=0.2),
    ],
    ids=str,
)
@pytest.mark.parametrize("sparse", [False, True])
def test_regressors(model, sparse):
    model.fit(sp.csr_matrix(X) if sparse else X, Y)
    assert_form(model, "predict", NEW[:, :3])


def test_kernel_ridge_of_several_targets():
    assert_form(KernelRidge(kernel="rbf").fit(X, Y2), "predict", NEW[:, :3])


@pytest.mark.parametrize("model", [SVC(), SVC(gamma=0.5, class_weight="balanced"), NuSVC(nu=0.4)])
def test_binary_margins(model):
    assert_form(model.fit(XC, LABELS > 0), "decision_function", NEW)


@pytest.mark.parametrize("n_classes", [3, 4])
@pytest.mark.parametrize("kind", [SVC, NuSVC])
def test_one_versus_one_margins(kind, n_classes):
    labels = LABELS + (XC[:, 0] > 0.5) * (LABELS == 2) if n_classes == 4 else LABELS
    options = {"nu": 0.2} if kind is NuSVC else {}
    model = kind(decision_function_shape="ovo", **options).fit(XC, labels)
    assert len(model.classes_) == n_classes
    assert_form(model, "decision_function", NEW)


def test_outlier_detector_and_frozen():
    model = OneClassSVM(nu=0.3).fit(XC)
    assert_form(FrozenEstimator(model), "decision_function", NEW)
    assert kernel_form_of(model, "predict") is None


@pytest.mark.parametrize("normalize_y", [False, True])
@pytest.mark.parametrize("y", [Y, Y2], ids=["one target", "two targets"])
@pytest.mark.parametrize(
    "kernel",
    [
        None,
        RBF(0.7),
        RBF([0.5, 2.0, 5.0]),
        C(2.0) * RBF([1.0, 2.0, 3.0]) + WhiteKernel(0.3),
        C(0.5) * RBF(1.0) + C(2.0) * RBF([3.0, 1.0, 2.0]) + C(0.1) + WhiteKernel(),
        (RBF(1.0) + RBF(3.0)) * (C(2.0) + WhiteKernel(0.1)) + WhiteKernel(0.2),
        (C(1.5) * RBF([1.0, 2.0, 3.0])) ** 2 + WhiteKernel(),
    ],
    ids=str,
)
def test_gaussian_processes(kernel, y, normalize_y):
    model = GaussianProcessRegressor(
        kernel, alpha=1e-2, optimizer=None, normalize_y=normalize_y
    ).fit(X, y)
    assert_form(model, "predict", NEW[:, :3])


def test_a_gaussian_process_with_fitted_length_scales():
    model = GaussianProcessRegressor(RBF([1.0, 1.0, 1.0]) + WhiteKernel(), random_state=0)
    assert_form(model.fit(X, Y), "predict", NEW[:, :3])


class Clipped(SVR):
    def predict(self, X):
        return super().predict(X).clip(0)


@pytest.mark.parametrize(
    "model",
    [
        SVR(kernel="poly"),
        SVR(kernel="linear"),
        Clipped(),
        KernelRidge(kernel="poly"),
        *(
            GaussianProcessRegressor(kernel, alpha=0.1, optimizer=None)
            for kernel in (
                Matern(),
                RationalQuadratic(),
                DotProduct() + RBF(),
                RBF() * Matern(),
                (RBF() + C()) ** 2,
                WhiteKernel(),
            )
        ),
    ],
    ids=str,
)
def test_what_is_no_product_over_columns(model):
    assert kernel_form_of(model.fit(X, Y), "predict") is None


def test_probabilities_votes_and_labels_are_no_such_sums():
    several = SVC().fit(XC, LABELS)
    assert kernel_form_of(several, "decision_function") is None
    binary = SVC().fit(XC, LABELS > 0)
    assert kernel_form_of(binary, "predict") is None
    assert kernel_form_of(binary, "predict_proba") is None
    assert kernel_form_of(GaussianProcessClassifier().fit(XC, LABELS), "predict_proba") is None
