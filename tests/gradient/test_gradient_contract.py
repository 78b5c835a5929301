"""The contract of all explainers; tests/test_common.py has each class as it comes."""

from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPRegressor

from skxai.gradient import (
    IntegratedGradientsExplainer,
    SaliencyExplainer,
    SmoothGradExplainer,
)
from skxai.utils import ExplainerTags
from skxai.utils.explainer_checks import parametrize_with_checks


class OnRectifiers(IntegratedGradientsExplainer):
    """With networks whose integrals are exact."""

    def __skxai_tags__(self):
        network = MLPRegressor(
            hidden_layer_sizes=8, solver="lbfgs", max_iter=1000, alpha=1.0, random_state=0
        )
        return ExplainerTags(
            completeness=self.baseline != "root",  # from far roots, to the integral's tolerance
            any_model=False,
            regressor=network,
            classifier=LogisticRegression(),
        )


@parametrize_with_checks(
    [
        SaliencyExplainer(kind="times_input", standardize=True),
        SmoothGradExplainer(kind="variance", n_samples=8, project=True),
        IntegratedGradientsExplainer(baseline="background"),
        OnRectifiers(),
        OnRectifiers(baseline="root"),
    ]
)
def test_contract(explainer, check):
    check(explainer)
