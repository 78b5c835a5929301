"""One face for every model."""

from skxai.predictors._factory import RESPONSE_METHODS, as_predictor
from skxai.predictors._predictor import Predictor
from skxai.predictors._smooth import SmoothForm, known_smooth_form
from skxai.predictors._torch import TorchPredictor

__all__ = [
    "RESPONSE_METHODS",
    "Predictor",
    "SmoothForm",
    "TorchPredictor",
    "as_predictor",
    "known_smooth_form",
]
