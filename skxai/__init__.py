"""Explains predictions the scikit-learn way."""

from skxai.compose import AttributionTransformer
from skxai.counterfactual import CounterfactualExplainer, CounterfactualExplanation
from skxai.explanation import Explanation, InteractionExplanation
from skxai.linear import LinearImportanceExplainer
from skxai.maskers import TabularMasker
from skxai.predictors import as_predictor
from skxai.shapley import ShapleyExplainer
from skxai.surrogate import LimeExplainer, LimeExplanation

__version__ = "0.1.0.dev0"
__all__ = [
    "AttributionTransformer",
    "CounterfactualExplainer",
    "CounterfactualExplanation",
    "Explanation",
    "InteractionExplanation",
    "LimeExplainer",
    "LimeExplanation",
    "LinearImportanceExplainer",
    "ShapleyExplainer",
    "TabularMasker",
    "as_predictor",
]
