"""Explains predictions the scikit-learn way."""

import importlib

from skxai.activation import ActivationMaximizer, PrototypeExplainer, PrototypeExplanation
from skxai.compose import AttributionTransformer
from skxai.concept import ConceptExplainer, ConceptExplanation
from skxai.counterfactual import (
    CounterfactualExplainer,
    CounterfactualExplanation,
    SubstitutionScan,
)
from skxai.explanation import Explanation, InteractionExplanation
from skxai.gradient import (
    IntegratedGradientsExplainer,
    LRPExplainer,
    LRPExplanation,
    SaliencyExplainer,
    SmoothGradExplainer,
    TaylorExplainer,
)
from skxai.influence import (
    DataShapleyExplainer,
    DataValuation,
    InfluenceExplainer,
    InfluenceExplanation,
    KNNShapleyExplainer,
)
from skxai.linear import LinearImportanceExplainer
from skxai.maskers import ImageMasker, SequenceMasker, TabularMasker, TextMasker
from skxai.network import InfluenceGraph, InfluenceNetwork
from skxai.predictors import TorchPredictor, as_predictor
from skxai.reporting import report
from skxai.shapley import ShapleyExplainer
from skxai.surrogate import LimeExplainer, LimeExplanation

__version__ = "0.1.0.dev0"
__all__ = [
    "ActivationMaximizer",
    "AttributionTransformer",
    "ConceptExplainer",
    "ConceptExplanation",
    "CounterfactualExplainer",
    "CounterfactualExplanation",
    "DataShapleyExplainer",
    "DataValuation",
    "Explanation",
    "ImageMasker",
    "InfluenceExplainer",
    "InfluenceExplanation",
    "InfluenceGraph",
    "InfluenceNetwork",
    "IntegratedGradientsExplainer",
    "InteractionExplanation",
    "KNNShapleyExplainer",
    "LRPExplainer",
    "LRPExplanation",
    "LimeExplainer",
    "LimeExplanation",
    "LinearImportanceExplainer",
    "PrototypeExplainer",
    "PrototypeExplanation",
    "SaliencyExplainer",
    "SequenceMasker",
    "ShapleyExplainer",
    "SmoothGradExplainer",
    "SubstitutionScan",
    "TabularMasker",
    "TaylorExplainer",
    "TextMasker",
    "TorchPredictor",
    "as_predictor",
    "report",
]

_LOADED_WHEN_USED = {"datasets", "metrics", "plotting"}


def __getattr__(name):
    if name in _LOADED_WHEN_USED:
        return importlib.import_module(f"skxai.{name}")
    raise AttributeError(f"module 'skxai' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_LOADED_WHEN_USED})
