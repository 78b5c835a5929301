"""Explanations by the derivative of a model."""

from skxai.gradient._integrated import IntegratedGradientsExplainer
from skxai.gradient._lrp_explainer import LRPExplainer
from skxai.gradient._lrp_explanation import LRPExplanation
from skxai.gradient._saliency import SaliencyExplainer
from skxai.gradient._smoothgrad import SmoothGradExplainer
from skxai.gradient._taylor import TaylorExplainer

__all__ = [
    "IntegratedGradientsExplainer",
    "LRPExplainer",
    "LRPExplanation",
    "SaliencyExplainer",
    "SmoothGradExplainer",
    "TaylorExplainer",
]
