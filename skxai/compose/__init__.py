"""Explanations inside scikit-learn's Pipelines."""

from skxai.compose._attribution_transformer import AttributionTransformer

__all__ = ["AttributionTransformer"]
