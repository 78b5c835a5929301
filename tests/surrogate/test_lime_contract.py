"""The contract of all explainers; tests/test_common.py has LimeExplainer as it comes."""

from sklearn.linear_model import LinearRegression, RidgeClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skxai.surrogate import LimeExplainer
from skxai.utils import ExplainerTags
from skxai.utils.explainer_checks import parametrize_with_checks


class OnLinearModels(LimeExplainer):
    """With linear models, which are read in closed form."""

    def __skxai_tags__(self):
        return ExplainerTags(
            any_model=False, regressor=LinearRegression(), classifier=RidgeClassifier()
        )


class OnTrees(LimeExplainer):
    """With trees, which are read in closed form."""

    def __skxai_tags__(self):
        return ExplainerTags(
            any_model=False,
            regressor=DecisionTreeRegressor(random_state=0),
            classifier=DecisionTreeClassifier(random_state=0),
        )


# Few samples: the checks ask for agreement, not for precision.
FEW = {"n_samples": 64}


@parametrize_with_checks(
    [
        LimeExplainer(kernel="exponential", n_features=2, **FEW),
        LimeExplainer(kernel="exponential", tol=0.02, **FEW),
        LimeExplainer(neighbourhood="background", **FEW),
        LimeExplainer(neighbourhood="background", kernel="shapley", **FEW),
        LimeExplainer(neighbourhood="quartiles", **FEW),
        LimeExplainer(surrogate="tree", **FEW),
        OnLinearModels(**FEW),
        OnTrees(neighbourhood="background", **FEW),
    ]
)
def test_contract(explainer, check):
    check(explainer)
