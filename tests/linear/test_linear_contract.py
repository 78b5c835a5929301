"""The contract of all explainers, for surrogates and for linear models."""

import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from skxai.linear import LinearImportanceExplainer
from skxai.utils import ExplainerTags
from skxai.utils.explainer_checks import CHECKS, parametrize_with_checks


class OnLinearModels(LinearImportanceExplainer):
    """As LinearImportanceExplainer, which takes any model; the checks use linear ones."""

    def __skxai_tags__(self):
        return ExplainerTags(
            completeness=True,
            any_model=False,
            regressor=LinearRegression(),
            classifier=LogisticRegression(),
        )


@parametrize_with_checks([LinearImportanceExplainer(), LinearImportanceExplainer(cov_type="HC0")])
def test_surrogates(explainer, check):
    check(explainer)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
# Checks take a few of the rows that the model was fitted on, and penalised models.
@pytest.mark.filterwarnings("ignore:the model's coefficients")
@pytest.mark.filterwarnings("ignore:the data do not determine")
def test_linear_models(check):
    if check.__name__ == "check_response_method":
        # It asks for probabilities; a logistic model is explained on its log-odds.
        with pytest.raises(ValueError, match="explained on its raw score"):
            check(OnLinearModels())
    else:
        check(OnLinearModels())
