"""From any model to a `Predictor`."""

import numpy as np
from sklearn.base import BaseEstimator, is_clusterer, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from skxai.predictors._modules import is_module
from skxai.predictors._outputs import Columns, Indicators, Margin, Relative, Stacked
from skxai.predictors._predictor import Predictor, check_finite, unrouted
from skxai.predictors._raw_scores import raw_score_of
from skxai.predictors._sources import unfrozen
from skxai.predictors._torch import TorchPredictor
from skxai.utils._inputs import check_inputs
from skxai.utils._tables import count_rows, take_rows

RESPONSE_METHODS = (
    "predict_proba",
    "decision_function",
    "predict_log_proba",
    "predict",
    "raw_score",
    "margin",
    "centred_logit",
)
# Raw scores of classes, relative to the others.
_RELATIVE = {"margin": "largest", "centred_logit": "mean"}


def as_predictor(model, X_background, *, response_method="auto", target=None):
    """Wrap a model as a function from rows to outputs.

    Parameters
    ----------
    model : fitted estimator, Pipeline, object with `predict`, torch module, or function
        Used as it is: never cloned, refitted or changed. A function takes rows and returns
        numbers of shape (n_rows,) or (n_rows, n_outputs). For a torch module that classifies,
        see `TorchPredictor`.
    X_background : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
        Rows that the model accepts, at least one; two of them are tried. Also a list, Series or
        array of texts, or an array of more dimensions, such as images.
    response_method : {"auto", "predict_proba", "decision_function", "predict_log_proba", \
            "predict", "raw_score", "margin", "centred_logit"}, default="auto"
        What to explain. "auto" takes, for classifiers, the first of `predict_proba`,
        `decision_function` and `predict` that there is; for outlier detectors
        `decision_function`; for all others `predict`. With "predict", a classifier has an
        output for each class that is 1 where it is predicted and 0 elsewhere. "raw_score" is what
        the model computes before its link: `decision_function` where there is one, the margin of
        xgboost and lightgbm, log-odds for naive Bayes (of several classes: against their mean),
        the logarithm of the prediction for regressors with a log link, the last sums of a
        multilayer perceptron, else a regressor's prediction. For classifiers, "margin" is a class's
        raw score minus the largest of the others, and "centred_logit" minus the mean of all.
    target : None, label, list of labels or "predicted", default=None
        Which outputs to explain. None: all of them (for a binary classifier its positive class,
        ``classes_[1]``). A class label, or a list of labels. For regressors and functions with
        several outputs, their names (y0, y1, …) or positions. "predicted": for each row, the
        class with the largest output.

    Returns
    -------
    Predictor
        The function, with the names of its outputs.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError, ValueError
        If there is nothing to call, if the model fails on `X_background`, returns NaN or a
        shape that changes with the batch, or has no such target.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skxai.predictors import as_predictor
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = LogisticRegression(max_iter=1000).fit(X, y)
    >>> predictor = as_predictor(model, X, target=[0, 2])
    >>> predictor
    <Predictor: LogisticRegression.predict_proba, outputs ['0', '2']>
    >>> predictor(X[:3]).shape
    (3, 2)
    """
    X = check_inputs(X_background, "X_background")
    if count_rows(X) == 0:
        raise ValueError("X_background has no rows; expected at least one")
    if is_module(model):
        model = TorchPredictor(model)
    _check_model(model)
    response, raw_score = _choose_response(model, response_method)
    rows = take_rows(X, slice(0, 2))
    output = _call(model, response, rows, raw_score)
    arrange, labels, default, exclusive = _arrangement(model, response, output, rows)
    if raw_score is not None and raw_score.wrap is not None:
        arrange = raw_score.wrap()
    if response_method in _RELATIVE:
        arrange = _relative(arrange, response_method, exclusive, labels)
    check_finite(arrange(output, count_rows(rows)))
    if count_rows(rows) > 1:  # an output that is squeezed for a single row shows here
        arrange(_call(model, response, take_rows(X, slice(0, 1)), raw_score), 1)
    by_row = isinstance(target, str) and target == "predicted" and target not in labels
    if by_row and not exclusive:
        raise ValueError(
            "target is 'predicted', which needs a classifier that chooses one class for each row; "
            f"this model has the outputs {[_plain(name) for name in labels]}"
        )
    columns = list(range(len(labels))) if by_row else _columns_of(target, labels, default)
    names = [str(labels[k]) for k in columns]
    return Predictor(
        _without_search(model, raw_score),
        response,
        arrange,
        np.array(columns),
        names,
        by_row=by_row,
        raw_score=raw_score,
    )


def _relative(arrange, response_method, exclusive, labels):
    if not exclusive or len(labels) < 2:
        raise ValueError(
            f"response_method is {response_method!r}, which needs a classifier that chooses one "
            f"class for each row; this model has the outputs {[_plain(name) for name in labels]}"
        )
    inner = Margin(0.5) if isinstance(arrange, Margin) else arrange  # -s/2 and s/2 differ by s
    return Relative(inner, _RELATIVE[response_method])


def _check_model(model):
    if isinstance(model, type):
        raise TypeError(f"model is the class {model.__name__}; expected a fitted instance of it")
    if isinstance(model, BaseEstimator) and hasattr(model, "fit"):
        try:
            check_is_fitted(model)
        except NotFittedError as error:
            raise NotFittedError(f"model is not fitted: {error}") from error


def _choose_response(model, response_method):
    """The method to call, and if that is no method of the model, how to get its raw score."""
    if response_method in ("raw_score", *_RELATIVE):
        raw_score = raw_score_of(model)
        if raw_score is None:
            raise ValueError(
                f"response_method is {response_method!r}, which is not known for "
                f"{type(model).__name__}; it has {_methods_of(model)}"
            )
        if raw_score.form == raw_score.method:
            return raw_score.method, None
        return "raw_score", raw_score
    return _choose_method(model, response_method), None


def _methods_of(model):
    return [name for name in RESPONSE_METHODS if hasattr(model, name)]


def _choose_method(model, response_method):
    if response_method not in ("auto", *RESPONSE_METHODS):
        raise ValueError(
            f"response_method is {response_method!r}; expected 'auto' or one of "
            f"{list(RESPONSE_METHODS)}"
        )
    if response_method != "auto":
        if not hasattr(model, response_method):
            raise ValueError(
                f"response_method is {response_method!r}, which {type(model).__name__} does not "
                f"have; it has {_methods_of(model)}"
            )
        return response_method
    if isinstance(model, BaseEstimator) and is_clusterer(model):
        raise ValueError(
            f"model is a clusterer, {type(model).__name__}: its labels are no amounts; pass a "
            "function instead, such as the negative distance to a cluster"
        )
    regresses = isinstance(model, BaseEstimator) and is_regressor(model)
    for name in ("predict",) if regresses else ("predict_proba", "decision_function", "predict"):
        if hasattr(model, name):
            return name
    if callable(model):
        return "__call__"
    raise TypeError(
        f"model is {type(model).__name__}, which has none of {list(RESPONSE_METHODS)} and is "
        "not callable; expected a fitted estimator or a function"
    )


def _without_search(model, raw_score):
    """A search object's methods take no options; its best model's do."""
    return unfrozen(model) if raw_score is not None and raw_score.options else model


def _call(model, response, X, raw_score=None):
    options = {}
    if raw_score is not None:
        model, response = _without_search(model, raw_score), raw_score.method
        options = raw_score.options
    try:
        if raw_score is not None and raw_score.compute is not None:
            return raw_score.compute(model, X)
        with unrouted(options):
            return getattr(model, response)(X, **options)
    except NotFittedError as error:
        raise NotFittedError(f"model is not fitted: {error}") from error
    except Exception as error:
        raise ValueError(
            f"model fails on the rows it was given, in {response}: {type(error).__name__}: {error}"
        ) from error


def _arrangement(model, response, output, X):
    """How to put this response in columns, and what they are.

    Returns
    -------
    arrange : callable
    labels : list
        What the columns are called.
    default : list of int
        Those explained by default.
    exclusive : bool
        Whether they are classes of which each row has one.
    """
    n_rows = count_rows(X)
    classes = getattr(model, "classes_", None)
    if isinstance(output, list) and len(output) > 0 and np.ndim(output[0]) == 2:
        return (Stacked(), *_stacked_labels(classes, output), False)
    several = isinstance(classes, list) and len(classes) > 0 and np.ndim(classes[0]) == 1
    if classes is not None and not several and response == "predict" and _is_flat(output):
        return Indicators(np.asarray(classes)), list(classes), _all_or_positive(len(classes)), True
    n_columns = Columns()(output, n_rows).shape[1]
    if n_columns == 1:
        if classes is not None and not several and len(classes) == 2:
            return Margin(), list(classes), [1], True
        return Columns(1), ["y"], [0], False
    every = list(range(n_columns))
    if response in ("predict", "__call__") or (response == "raw_score" and classes is None):
        return Columns(n_columns), [f"y{k}" for k in every], every, response == "__call__"
    multilabel = hasattr(model, "predict") and not _is_flat(model.predict(X))
    pairs = response == "decision_function" and _scores_pairs(model)
    labels = _class_labels(None if several else classes, n_columns, pairs)
    default = every if multilabel else _all_or_positive(n_columns)
    return Columns(n_columns), labels, default, not (multilabel or pairs)


def _is_flat(labels):
    """Whether predicted labels are one for each row (not one for each row and label)."""
    return np.ndim(labels) == 1 or np.shape(labels)[1] == 1


def _all_or_positive(n_classes):
    return [1] if n_classes == 2 else list(range(n_classes))


def _scores_pairs(model):
    """Whether the decision function has a column for each pair of classes, as SVC's may."""
    model = unfrozen(model)
    while hasattr(model, "steps"):
        model = unfrozen(model.steps[-1][1])
    return getattr(model, "decision_function_shape", "ovr") == "ovo"


def _class_labels(classes, n_columns, pairs):
    if classes is None:
        return list(range(n_columns))
    classes = list(classes)
    if len(classes) == n_columns and not pairs:
        return classes
    if pairs and n_columns == len(classes) * (len(classes) - 1) // 2:
        return [f"{a} vs {b}" for k, a in enumerate(classes) for b in classes[k + 1 :]]
    return [f"y{k}" for k in range(n_columns)]


def _stacked_labels(classes, output):
    """Labels such as "y0=no" of a multi-output classifier, and the default columns."""
    labels, default = [], []
    for k, part in enumerate(output):
        n_classes = np.shape(part)[1]
        names = classes[k] if isinstance(classes, list) else range(n_classes)
        default += [len(labels) + c for c in _all_or_positive(n_classes)]
        labels += [f"y{k}={name}" for name in names]
    return labels, default


def _columns_of(target, labels, default):
    if target is None:
        return default
    wanted = list(target) if isinstance(target, list | tuple | np.ndarray) else [target]
    if not wanted:
        raise ValueError("target is empty; expected at least one label")
    columns = [_column_of(label, labels) for label in wanted]
    twice = [_plain(labels[k]) for k in sorted(set(columns)) if columns.count(k) > 1]
    if twice:
        raise ValueError(f"target names {twice} more than once")
    return columns


def _column_of(label, labels):
    if label in labels:
        return labels.index(label)
    outputs = [name for name in labels if isinstance(name, str) and name[:1] == "y"]
    by_position = len(outputs) == len(labels) and isinstance(label, int | np.integer)
    if by_position and 0 <= label < len(labels):
        return int(label)
    raise ValueError(f"target is {label!r}; expected one of {[_plain(name) for name in labels]}")


def _plain(label):
    return label.item() if isinstance(label, np.generic) else label
