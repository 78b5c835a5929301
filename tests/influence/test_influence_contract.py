"""InfluenceExplainer keeps the contract of explainers."""

from skxai.influence import InfluenceExplainer
from skxai.utils.explainer_checks import parametrize_with_checks


@parametrize_with_checks(
    [InfluenceExplainer(), InfluenceExplainer(algorithm="newton", convention="removal")]
)
def test_contract(explainer, check):
    check(explainer)
