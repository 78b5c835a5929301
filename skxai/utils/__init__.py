"""Tools for those who write explainers."""

from skxai.utils._tags import ExplainerTags

__all__ = ["ExplainerTags"]
