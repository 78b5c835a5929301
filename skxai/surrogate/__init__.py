"""Local surrogates: simple models of a model around single rows."""

from skxai.surrogate._explainer import LimeExplainer
from skxai.surrogate._explanation import LimeExplanation
from skxai.surrogate._pick import submodular_pick

__all__ = ["LimeExplainer", "LimeExplanation", "submodular_pick"]
