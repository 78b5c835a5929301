"""Explains predictions the scikit-learn way."""

from skxai.compose import AttributionTransformer
from skxai.explanation import Explanation, InteractionExplanation
from skxai.linear import LinearImportanceExplainer
from skxai.maskers import TabularMasker
from skxai.predictors import as_predictor
from skxai.shapley import ShapleyExplainer

__version__ = "0.1.0.dev0"
__all__ = [
    "AttributionTransformer",
    "Explanation",
    "InteractionExplanation",
    "LinearImportanceExplainer",
    "ShapleyExplainer",
    "TabularMasker",
    "as_predictor",
]
