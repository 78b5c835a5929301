"""KNNShapleyExplainer keeps the contract off its defaults; with them: `test_common`."""

from skxai.influence import KNNShapleyExplainer
from skxai.utils.explainer_checks import parametrize_with_checks


@parametrize_with_checks([KNNShapleyExplainer(n_neighbors=40, weights="distance")])
def test_contract(explainer, check):
    check(explainer)
