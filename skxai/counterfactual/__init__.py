"""Counterfactuals: the smallest change that changes a prediction."""

from skxai.counterfactual._explainer import CounterfactualExplainer
from skxai.counterfactual._result import CounterfactualExplanation
from skxai.counterfactual._scan import SubstitutionScan

__all__ = ["CounterfactualExplainer", "CounterfactualExplanation", "SubstitutionScan"]
