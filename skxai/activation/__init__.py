"""What a model has learned to look for: inputs and rows that activate its outputs most."""

from skxai.activation._maximizer import ActivationMaximizer
from skxai.activation._prototypes import PrototypeExplainer
from skxai.activation._result import PrototypeExplanation

__all__ = ["ActivationMaximizer", "PrototypeExplainer", "PrototypeExplanation"]
