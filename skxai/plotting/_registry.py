"""Which display draws which kind of picture of an Explanation."""

from skxai.plotting._adjacency import AdjacencyDisplay
from skxai.plotting._bar import BarDisplay
from skxai.plotting._beeswarm import BeeswarmDisplay
from skxai.plotting._concept import ConceptDisplay
from skxai.plotting._counterfactual import CounterfactualDisplay
from skxai.plotting._dependence import DependenceDisplay
from skxai.plotting._heatmap import HeatmapDisplay
from skxai.plotting._image import ImageDisplay
from skxai.plotting._interactions import InteractionDisplay
from skxai.plotting._network import NetworkDisplay
from skxai.plotting._parallel import ParallelDisplay
from skxai.plotting._row_heatmap import RowHeatmapDisplay
from skxai.plotting._sequence import SequenceDisplay
from skxai.plotting._stem import StemDisplay
from skxai.plotting._text_display import TextDisplay
from skxai.plotting._tree import TreeDisplay
from skxai.plotting._waterfall import WaterfallDisplay

_DISPLAYS = {
    "adjacency": AdjacencyDisplay,
    "bar": BarDisplay,
    "beeswarm": BeeswarmDisplay,
    "changes": CounterfactualDisplay,
    "concepts": ConceptDisplay,
    "dependence": DependenceDisplay,
    "heatmap": HeatmapDisplay,
    "image": ImageDisplay,
    "interactions": InteractionDisplay,
    "network": NetworkDisplay,
    "parallel": ParallelDisplay,
    "rows": RowHeatmapDisplay,
    "sequence": SequenceDisplay,
    "stem": StemDisplay,
    "text": TextDisplay,
    "tree": TreeDisplay,
    "waterfall": WaterfallDisplay,
}


def default_kind(explanation):
    """The kind that suits the players of an explanation; bars for those of tables and others."""
    own = None if explanation.layout is None else explanation.layout.kind
    return own if own in _DISPLAYS else "bar"


def display_of(kind):
    """The Display class that draws a kind of picture.

    Parameters
    ----------
    kind : {"adjacency", "bar", "beeswarm", "changes", "concepts", "dependence", "heatmap", \
            "image", "interactions", "network", "parallel", "rows", "sequence", "stem", "text", \
            "tree", "waterfall"}

    Returns
    -------
    class
        With a class method ``from_explanation``.

    Raises
    ------
    ValueError
        If there is no such kind.

    Examples
    --------
    >>> from skxai.plotting import display_of
    >>> display_of("bar").__name__
    'BarDisplay'
    """
    if kind not in _DISPLAYS:
        raise ValueError(f"kind must be one of {sorted(_DISPLAYS)}, got {kind!r}")
    return _DISPLAYS[kind]
