"""Every public explainer keeps the contract."""

import importlib
import inspect
import pkgutil

from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.preprocessing import LabelBinarizer

import skxai
from skxai import (
    CounterfactualExplainer,
    LimeExplainer,
    LinearImportanceExplainer,
    ShapleyExplainer,
    TabularMasker,
)
from skxai.base import BaseExplainer
from skxai.predictors._kernels import kernel_form_of, known_kernel_form
from skxai.utils import ExplainerTags
from skxai.utils.explainer_checks import parametrize_with_checks


class OnLinearModels(LinearImportanceExplainer):
    """With linear models, which it reads, instead of forests, which it replaces by a surrogate."""

    def __skxai_tags__(self):
        return ExplainerTags(
            completeness=True,
            any_model=False,
            regressor=LinearRegression(),
            classifier=LogisticRegression(),
        )


class OnAdditiveModels(ShapleyExplainer):
    """With models whose response is a sum over columns."""

    def __skxai_tags__(self):
        return ExplainerTags(
            completeness=True,
            any_model=False,
            regressor=LinearRegression(),
            classifier=RidgeClassifier(),
        )


class KernelClassifier(ClassifierMixin, BaseEstimator):
    """Kernel ridge regression on classes: scikit-learn's machines have no score for each class."""

    def fit(self, X, y):
        binarizer = LabelBinarizer(neg_label=-1)
        self.machine_ = KernelRidge(kernel="rbf").fit(X, binarizer.fit_transform(y))
        self.classes_ = binarizer.classes_
        return self

    def decision_function(self, X):
        scores = self.machine_.predict(X)
        return scores.ravel() if len(self.classes_) == 2 else scores

    def predict(self, X):
        scores = self.machine_.predict(X)
        best = scores.ravel() > 0 if len(self.classes_) == 2 else scores.argmax(axis=1)
        return self.classes_[best.astype(int)]


@known_kernel_form.register(KernelClassifier)
def _(estimator, response_method):
    return None if response_method == "predict" else kernel_form_of(estimator.machine_, "predict")


class OnKernelMachines(ShapleyExplainer):
    """With machines of Gaussian kernels."""

    def __skxai_tags__(self):
        return ExplainerTags(
            completeness=True,
            any_model=False,
            regressor=KernelRidge(kernel="rbf"),
            classifier=KernelClassifier(),
        )


# More ways to set up an explainer than its defaults.
FURTHER = {
    "LinearImportanceExplainer": [OnLinearModels(), LinearImportanceExplainer(cov_type="HC1")],
    "ShapleyExplainer": [
        ShapleyExplainer(algorithm="exact"),
        ShapleyExplainer(algorithm="permutation", max_evals=1300),
        ShapleyExplainer(algorithm="permutation", tol=0.05, max_evals=2000),
        ShapleyExplainer(algorithm="kernel"),
        OnAdditiveModels(algorithm="linear"),
        OnKernelMachines(algorithm="kernel-machine"),
        ShapleyExplainer(masker=TabularMasker(n_samples=5, summary="kmeans", random_state=0)),
    ],
}


# Searches of the default length would take minutes; and the checks ask for no precision.
QUICK = {
    "CounterfactualExplainer": CounterfactualExplainer(max_evals=40),
    "LimeExplainer": LimeExplainer(n_samples=128),
}


def all_explainers():
    """Every class in the package that derives from BaseExplainer, public by its name."""
    found = {}
    for module in pkgutil.walk_packages(skxai.__path__, "skxai."):
        try:
            members = inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
        except ModuleNotFoundError as error:  # it is about a package that is not installed
            if error.name.startswith("skxai"):
                raise
            continue
        for name, member in members:
            if issubclass(member, BaseExplainer) and not name.startswith("_"):
                found[name] = member
    found = {name: member for name, member in found.items() if not name.startswith("Base")}
    return found


def test_explainers_are_found():
    assert "ShapleyExplainer" in all_explainers()
    assert set(FURTHER) <= set(all_explainers())


@parametrize_with_checks(
    [
        explainer
        for name, cls in sorted(all_explainers().items())
        for explainer in [QUICK.get(name, cls()), *FURTHER.get(name, [])]
    ]
)
def test_contract(explainer, check):
    check(explainer)
