"""Models as smooth functions: outputs, and their derivatives."""

from skxai.predictors._smooth._function import SmoothFunction, smooth_function_of
from skxai.predictors._smooth._models import SmoothForm, known_smooth_form

__all__ = ["SmoothForm", "SmoothFunction", "known_smooth_form", "smooth_function_of"]
