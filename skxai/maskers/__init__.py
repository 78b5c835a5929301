"""Who the players are, and what absence means."""

from skxai.maskers._tabular import MaskedRows, TabularMasker

__all__ = ["MaskedRows", "TabularMasker"]
