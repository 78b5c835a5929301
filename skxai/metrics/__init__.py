"""Is the explanation any good? Measures of explanations, and comparisons."""

from skxai.metrics._clusters import ExplanationClusters, cluster_explanations
from skxai.metrics._compare import compare_explainers
from skxai.metrics._models import ModelComparison, compare_models
from skxai.metrics._numbers import completeness_gap, context_reliance, rank_agreement, sparsity
from skxai.metrics._randomisation import layer_randomisation
from skxai.metrics._removal import RemovalCurve, road, selectivity, selectivity_curve
from skxai.metrics._stability import continuity, max_sensitivity
from skxai.metrics._subsets import faithfulness_correlation, infidelity

__all__ = [
    "ExplanationClusters",
    "ModelComparison",
    "RemovalCurve",
    "cluster_explanations",
    "compare_explainers",
    "compare_models",
    "completeness_gap",
    "context_reliance",
    "continuity",
    "faithfulness_correlation",
    "infidelity",
    "layer_randomisation",
    "max_sensitivity",
    "rank_agreement",
    "road",
    "selectivity",
    "selectivity_curve",
    "sparsity",
]
