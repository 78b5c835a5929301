"""What the closed forms of models have in common."""

from importlib import import_module
from inspect import getattr_static

import numpy as np

from skxai.predictors._outputs import Columns, Log, LogOdds, Margin, Stacked

# What a raw score is read off is known by the method that returns it or a function of it.
_REAL_METHODS = {"raw_score": "predict"}

# Optional packages, and what registers their classes.
_REGISTERING = {
    "lightgbm": "skxai.predictors._trees._lightgbm",
    "skorch": "skxai.predictors._skorch",
    "xgboost": "skxai.predictors._trees._xgboost",
}


def is_overridden(rule, instance, method):
    """Whether a subclass replaces the method that its registered class is known by.

    Then what is known of the class says nothing of the instance.

    Parameters
    ----------
    rule : function made by functools.singledispatch
    instance : object
    method : str

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from skxai.predictors._linear import known_linear_form
    >>> class NeverNegative(Ridge):
    ...     def predict(self, X):
    ...         return super().predict(X).clip(0)
    >>> is_overridden(known_linear_form, NeverNegative(), "predict")
    True
    """
    own, method = type(instance), _REAL_METHODS.get(method, method)
    known = next((cls for cls in own.__mro__[:-1] if cls in rule.registry), None)
    if known is None:
        return False
    return getattr_static(own, method, None) is not getattr_static(known, method, None)


def register_library(estimator):
    """Import what registers the classes of an optional package, if the estimator is of one."""
    for cls in type(estimator).__mro__:
        library = cls.__module__.partition(".")[0]
        if library in _REGISTERING:
            import_module(_REGISTERING[library])


def output_weights(predictor, n_returned):
    """How the explained outputs are made of the outputs of the model's method, if linearly.

    Parameters
    ----------
    predictor : Predictor
    n_returned : int
        How many outputs the method returns.

    Returns
    -------
    ndarray of shape (n_explained, n_returned) or None
        A binary classifier's single score s, say, is explained as s, as -s, or both.
    """
    if isinstance(predictor.arrange, Margin):
        return predictor.arrange.matrix[predictor.columns] if n_returned == 1 else None
    if isinstance(predictor.arrange, LogOdds):
        return LogOdds.contrasts(n_returned)[predictor.columns]
    if (
        isinstance(predictor.arrange, Columns | Stacked | Log)
        and max(predictor.columns) < n_returned
    ):
        return np.eye(n_returned)[predictor.columns]
    return None


def densify(matrix):
    """A dense float array of a dense or sparse matrix, or of a DataFrame."""
    if hasattr(matrix, "toarray"):
        matrix = matrix.toarray()
    return np.asarray(matrix, dtype=float)
