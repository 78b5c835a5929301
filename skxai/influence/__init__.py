"""Which training rows made a prediction, and what they are worth."""

from skxai.influence._data_shapley import DataShapleyExplainer
from skxai.influence._data_shapley_result import DataValuation
from skxai.influence._explainer import InfluenceExplainer
from skxai.influence._knn_shapley import KNNShapleyExplainer
from skxai.influence._result import InfluenceExplanation

__all__ = [
    "DataShapleyExplainer",
    "DataValuation",
    "InfluenceExplainer",
    "InfluenceExplanation",
    "KNNShapleyExplainer",
]
