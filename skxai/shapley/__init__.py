"""Shapley values."""

from skxai.shapley._explainer import ShapleyExplainer

__all__ = ["ShapleyExplainer"]
