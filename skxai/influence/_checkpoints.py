"""Copies of a model from its training, for TracIn."""

import numbers

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skxai.influence._linear import LinearProblem
from skxai.influence._problems import loss_of
from skxai.influence._responses import Response
from skxai.predictors._columnwise import split_pipeline


def checkpoint_of(checkpoint, predictor, X, y):
    """What `BySteps` needs of a copy.

    Parameters
    ----------
    checkpoint : fitted estimator or pair (estimator, learning_rate)
    predictor : Predictor
        Around the model that is explained.
    X : table of shape (n_rows, n_features)
        The training rows.
    y : ndarray
        Their targets.

    Returns
    -------
    tuple of SplitModel, problem, Response and float
    """
    model, rate = checkpoint, 1.0
    if isinstance(checkpoint, tuple):
        if len(checkpoint) != 2 or not isinstance(checkpoint[1], numbers.Real):
            raise TypeError(
                f"checkpoints holds {checkpoint!r}; expected a model, or a pair of a model and its "
                "learning rate"
            )
        model, rate = checkpoint
    check_is_fitted(model)
    split = split_pipeline(model, X)
    _check_alike(split.estimator, split_pipeline(predictor.model, X).estimator)
    problem = loss_of(split.estimator, split.encode(X), y)
    if problem is None:
        raise ValueError(
            f"checkpoints holds {model!r}, whose loss is not known to be smooth; expected "
            "linear models or multilayer perceptrons"
        )
    if isinstance(problem, LinearProblem):
        problem = problem.uncentred()
    return split, problem, Response(predictor, split.estimator, problem.loss), rate


def _check_alike(copy, model):
    for what, describe in (
        ("columns", lambda estimator: getattr(estimator, "n_features_in_", None)),
        ("classes", lambda estimator: getattr(estimator, "classes_", None)),
        ("scores", _n_scores),
    ):
        theirs, ours = describe(copy), describe(model)
        both = theirs is not None and ours is not None
        if both and not np.array_equal(np.asarray(theirs), np.asarray(ours)):
            raise ValueError(
                f"checkpoints holds {copy!r} with {what} {theirs}; expected those of the model, "
                f"{ours}"
            )


def _n_scores(estimator):
    if hasattr(estimator, "coef_"):
        return 1 if np.ndim(estimator.coef_) == 1 else len(estimator.coef_)
    return getattr(estimator, "n_outputs_", None)
