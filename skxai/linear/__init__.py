"""Linear importance: coefficients in units of their errors."""

from skxai.linear._explainer import LinearImportanceExplainer

__all__ = ["LinearImportanceExplainer"]
