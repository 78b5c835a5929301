"""Pictures of explanations, as matplotlib Displays."""

from skxai.plotting._adjacency import AdjacencyDisplay
from skxai.plotting._bar import BarDisplay
from skxai.plotting._beeswarm import BeeswarmDisplay
from skxai.plotting._concept import ConceptDisplay
from skxai.plotting._counterfactual import CounterfactualDisplay
from skxai.plotting._curve import CurveDisplay
from skxai.plotting._dependence import DependenceDisplay
from skxai.plotting._forest import ForestDisplay
from skxai.plotting._heatmap import HeatmapDisplay
from skxai.plotting._image import ImageDisplay
from skxai.plotting._interactions import InteractionDisplay
from skxai.plotting._network import NetworkDisplay
from skxai.plotting._parallel import ParallelDisplay
from skxai.plotting._registry import display_of
from skxai.plotting._row_heatmap import RowHeatmapDisplay
from skxai.plotting._sequence import SequenceDisplay
from skxai.plotting._stem import StemDisplay
from skxai.plotting._text_display import TextDisplay
from skxai.plotting._tree import TreeDisplay
from skxai.plotting._waterfall import WaterfallDisplay

__all__ = [
    "AdjacencyDisplay",
    "BarDisplay",
    "BeeswarmDisplay",
    "ConceptDisplay",
    "CounterfactualDisplay",
    "CurveDisplay",
    "DependenceDisplay",
    "ForestDisplay",
    "HeatmapDisplay",
    "ImageDisplay",
    "InteractionDisplay",
    "NetworkDisplay",
    "ParallelDisplay",
    "RowHeatmapDisplay",
    "SequenceDisplay",
    "StemDisplay",
    "TextDisplay",
    "TreeDisplay",
    "WaterfallDisplay",
    "display_of",
]
