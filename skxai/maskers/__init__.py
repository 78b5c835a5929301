"""Who the players are, and what absence means."""

from skxai.maskers._by_row import MaskedInputs, RowMasker
from skxai.maskers._image import ImageMasker
from skxai.maskers._sequence import SequenceMasker
from skxai.maskers._tabular import MaskedRows, TabularMasker
from skxai.maskers._text import TextMasker

__all__ = [
    "ImageMasker",
    "MaskedInputs",
    "MaskedRows",
    "RowMasker",
    "SequenceMasker",
    "TabularMasker",
    "TextMasker",
]
