"""Explains predictions the scikit-learn way."""

from skxai.activation import ActivationMaximizer, PrototypeExplainer, PrototypeExplanation
from skxai.compose import AttributionTransformer
from skxai.counterfactual import CounterfactualExplainer, CounterfactualExplanation
from skxai.explanation import Explanation, InteractionExplanation
from skxai.gradient import (
    IntegratedGradientsExplainer,
    LRPExplainer,
    LRPExplanation,
    SaliencyExplainer,
    SmoothGradExplainer,
    TaylorExplainer,
)
from skxai.linear import LinearImportanceExplainer
from skxai.maskers import TabularMasker
from skxai.predictors import TorchPredictor, as_predictor
from skxai.shapley import ShapleyExplainer
from skxai.surrogate import LimeExplainer, LimeExplanation

__version__ = "0.1.0.dev0"
__all__ = [
    "ActivationMaximizer",
    "AttributionTransformer",
    "CounterfactualExplainer",
    "CounterfactualExplanation",
    "Explanation",
    "IntegratedGradientsExplainer",
    "InteractionExplanation",
    "LRPExplainer",
    "LRPExplanation",
    "LimeExplainer",
    "LimeExplanation",
    "LinearImportanceExplainer",
    "PrototypeExplainer",
    "PrototypeExplanation",
    "SaliencyExplainer",
    "ShapleyExplainer",
    "SmoothGradExplainer",
    "TabularMasker",
    "TaylorExplainer",
    "TorchPredictor",
    "as_predictor",
]
