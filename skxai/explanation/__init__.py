"""The results of explainers: immutable numbers and their names."""

from skxai.explanation._batches import ExplanationBatches
from skxai.explanation._explanation import Explanation
from skxai.explanation._image_layout import ImageLayout
from skxai.explanation._interactions import InteractionExplanation
from skxai.explanation._layout import Layout, register_layout
from skxai.explanation._sequence_layout import SequenceLayout
from skxai.explanation._text_layout import TextLayout

__all__ = [
    "Explanation",
    "ExplanationBatches",
    "ImageLayout",
    "InteractionExplanation",
    "Layout",
    "SequenceLayout",
    "TextLayout",
    "register_layout",
]
