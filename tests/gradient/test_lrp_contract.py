"""The contract of all explainers; tests/test_common.py has LRPExplainer as it comes."""

from sklearn.linear_model import LogisticRegression, Ridge

from skxai.gradient import LRPExplainer
from skxai.utils import ExplainerTags
from skxai.utils.explainer_checks import parametrize_with_checks


class OnLinearModels(LRPExplainer):
    """With linear models, which are networks of one layer."""

    def __skxai_tags__(self):
        return ExplainerTags(
            completeness=True,
            any_model=False,
            regressor=Ridge(),
            classifier=LogisticRegression(),
        )


@parametrize_with_checks(
    [
        LRPExplainer(rule={"first": "wsquare", "hidden": ("gamma", {"gamma": 0.1})}),
        OnLinearModels(rule="epsilon"),
    ]
)
def test_contract(explainer, check):
    check(explainer)
