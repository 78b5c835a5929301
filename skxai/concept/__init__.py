"""Concepts: does a network's prediction rise with something that people have a name for?"""

from skxai.concept._explainer import ConceptExplainer
from skxai.concept._result import ConceptExplanation

__all__ = ["ConceptExplainer", "ConceptExplanation"]
