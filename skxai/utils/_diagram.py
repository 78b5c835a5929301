"""scikit-learn's diagram of an estimator, with the model inside."""

import importlib

_MODULES = (
    "sklearn.utils._repr_html.estimator",  # newer versions
    "sklearn.utils._estimator_html_repr",
)


def visual_block(estimator, predictor=None):
    """How scikit-learn's HTML draws an estimator that holds a model besides its parameters.

    Parameters
    ----------
    estimator : estimator
        Whose parameters may be estimators: they are drawn, too.
    predictor : Predictor, default=None
        Its model is drawn as a diagram if it is an estimator, else by its name. None: there is
        none yet.

    Returns
    -------
    _VisualBlock
        Private to scikit-learn, which draws the estimator alone if there is no such class.
    """
    inside = {}
    if predictor is not None:
        model = predictor.model
        inside["model"] = model if _is_estimator(model) else _name(model)
    parameters = estimator.get_params(deep=False).items()
    inside |= {name: value for name, value in parameters if _is_estimator(value)}
    if not inside:
        details = {"names": type(estimator).__name__, "name_details": str(estimator)}
        return _block_class()("single", estimator, **details)
    names = [
        name if isinstance(value, str) else f"{name}: {type(value).__name__}"
        for name, value in inside.items()
    ]
    values = list(inside.values())
    return _block_class()("parallel", values, names=names, name_details=list(map(str, values)))


def _block_class():
    for name in _MODULES:
        try:
            return importlib.import_module(name)._VisualBlock
        except (ImportError, AttributeError):
            continue
    raise AttributeError("this version of scikit-learn has no _VisualBlock")


def _is_estimator(value):
    return hasattr(value, "get_params") and hasattr(value, "fit") and not isinstance(value, type)


def _name(model):
    return getattr(model, "__name__", type(model).__name__)
