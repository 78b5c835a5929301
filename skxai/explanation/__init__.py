"""The results of explainers: immutable numbers and their names."""

from skxai.explanation._explanation import Explanation
from skxai.explanation._interactions import InteractionExplanation

__all__ = ["Explanation", "InteractionExplanation"]
