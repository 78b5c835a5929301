"""One face for every model."""

from skxai.predictors._factory import RESPONSE_METHODS, as_predictor
from skxai.predictors._predictor import Predictor

__all__ = ["RESPONSE_METHODS", "Predictor", "as_predictor"]
