"""Every public explainer keeps the contract."""

import importlib
import inspect
import pkgutil

from sklearn.linear_model import LinearRegression, LogisticRegression

import skxai
from skxai import LinearImportanceExplainer, ShapleyExplainer, TabularMasker
from skxai.base import BaseExplainer
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


# More ways to set up an explainer than its defaults.
FURTHER = {
    "LinearImportanceExplainer": [OnLinearModels(), LinearImportanceExplainer(cov_type="HC1")],
    "ShapleyExplainer": [
        ShapleyExplainer(algorithm="exact"),
        ShapleyExplainer(algorithm="permutation"),
        ShapleyExplainer(algorithm="permutation", tol=0.05, max_evals=1000),
        ShapleyExplainer(masker=TabularMasker(n_samples=5, summary="kmeans", random_state=0)),
    ],
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
    del found["BaseExplainer"]
    return found


def test_explainers_are_found():
    assert "ShapleyExplainer" in all_explainers()
    assert set(FURTHER) <= set(all_explainers())


@parametrize_with_checks(
    [
        explainer
        for name, cls in sorted(all_explainers().items())
        for explainer in [cls(), *FURTHER.get(name, [])]
    ]
)
def test_contract(explainer, check):
    check(explainer)
