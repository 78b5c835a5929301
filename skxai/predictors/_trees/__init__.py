"""Tree models as plain arrays."""

from skxai.predictors._trees import _combining  # noqa: F401, it registers its estimators
from skxai.predictors._trees._ensemble import TreeEnsemble
from skxai.predictors._trees._reading import known_tree_ensemble, tree_ensemble_of

__all__ = ["TreeEnsemble", "known_tree_ensemble", "tree_ensemble_of"]
