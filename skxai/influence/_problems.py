"""From fitted estimators and their training data to what they minimise."""

from functools import singledispatch

import numpy as np
from sklearn import linear_model
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.class_weight import compute_sample_weight

from skxai.influence._linear import LinearProblem
from skxai.influence._losses import LogisticLoss, SoftmaxLoss, SquaredLoss
from skxai.influence._network import NetworkProblem
from skxai.predictors._forms import densify, is_overridden
from skxai.predictors._networks import network_of


def problem_of(estimator, X, y):
    """What a fitted estimator minimises over its training data.

    Parameters
    ----------
    estimator : fitted estimator
        Not a Pipeline. Register a function for other classes:
        ``known_problem.register(MyEstimator, function)``.
    X : table of shape (n_rows, n_columns)
        The training rows as the estimator sees them.
    y : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        Their targets.

    Returns
    -------
    LinearProblem, NetworkProblem or None
        None if it is not known, or not smooth.
    """
    if is_overridden(known_problem, estimator, "predict"):
        return None
    if len(getattr(estimator, "classes_", (0, 1))) == 1:  # which each estimator codes its own way
        return None
    return known_problem(estimator, X, y)


def loss_of(estimator, X, y):
    """As `problem_of`, also for models fitted step by step, which need not be at a minimum."""
    problem = problem_of(estimator, X, y)
    if problem is None and not is_overridden(known_steps, estimator, "predict"):
        problem = known_steps(estimator, X, y)
    return problem


@singledispatch
def known_problem(estimator, X, y):
    """What the estimator minimises, as far as its class tells, else None."""
    return None


@singledispatch
def known_steps(estimator, X, y):
    """The loss that the estimator descends, as far as its class tells, else None."""
    return None


@known_problem.register
def _(estimator: linear_model.LinearRegression, X, y):
    return None if estimator.positive else _least_squares(estimator, X, y, 0.0)


@known_problem.register
def _(estimator: linear_model.Ridge, X, y):
    return None if estimator.positive else _least_squares(estimator, X, y, estimator.alpha)


@known_problem.register
def _(estimator: linear_model.RidgeClassifier, X, y):
    if estimator.positive or estimator.class_weight is not None or np.ndim(y) > 1:
        return None
    classes = estimator.classes_
    indicators = 2.0 * _indicators(classes, y) - 1
    return _least_squares(estimator, X, indicators, estimator.alpha)


def _least_squares(estimator, X, y, alpha):
    return LinearProblem.of(
        densify(X),
        y,
        estimator.coef_,
        estimator.intercept_,
        alpha,
        SquaredLoss(),
        fit_intercept=estimator.fit_intercept,
    )


@known_problem.register
def _(estimator: linear_model.LogisticRegression, X, y):
    if isinstance(estimator, linear_model.LogisticRegressionCV):
        return None
    several = len(estimator.classes_) > 2
    ridged = estimator.penalty in ("l2", None, "deprecated") and not estimator.l1_ratio
    balanced = isinstance(estimator.class_weight, str)  # weights that change with the rows
    # Each class by itself; or a softmax of two classes, whose scores are a and -a.
    other_loss = getattr(estimator, "multi_class", "auto") == ("ovr" if several else "multinomial")
    if not ridged or balanced or other_loss or estimator.solver == "liblinear":
        return None
    alpha = 0.0 if estimator.penalty is None else 1 / estimator.C
    targets = _indicators(estimator.classes_, y)
    return LinearProblem.of(
        densify(X),
        targets,
        estimator.coef_,
        estimator.intercept_,
        alpha,
        SoftmaxLoss() if several else LogisticLoss(),
        fit_intercept=estimator.fit_intercept,
        weights=compute_sample_weight(estimator.class_weight, y),
        gauge=several,
    )


@known_problem.register
def _(estimator: MLPRegressor, X, y):
    if estimator.out_activation_ != "identity" or estimator.early_stopping:
        return None
    targets = np.asarray(y, dtype=float).reshape(len(y), -1)
    # It descends this sum over the outputs, though it reports their mean.
    return _network(estimator, X, targets, SquaredLoss())


@known_problem.register
def _(estimator: MLPClassifier, X, y):
    if estimator.early_stopping:
        return None
    if np.ndim(y) == 2:
        return _network(estimator, X, np.asarray(y, dtype=float), LogisticLoss())
    targets = _indicators(estimator.classes_, y)
    softmax = estimator.out_activation_ == "softmax"
    return _network(estimator, X, targets, SoftmaxLoss() if softmax else LogisticLoss())


def _network(estimator, X, targets, loss):
    X = densify(X)
    alpha = estimator.alpha
    if estimator.solver != "lbfgs":
        # Each batch brings the whole penalty over its number of rows.
        batch = 200 if estimator.batch_size == "auto" else estimator.batch_size
        alpha = alpha * len(X) / min(batch, len(X))
    return NetworkProblem(network_of(estimator), X, targets, alpha, loss)


@known_steps.register
def _(estimator: linear_model.SGDRegressor, X, y):
    return _descent(estimator, X, y, SquaredLoss()) if estimator.loss == "squared_error" else None


@known_steps.register
def _(estimator: linear_model.SGDClassifier, X, y):
    if estimator.loss != "log_loss" or len(estimator.classes_) > 2:
        return None
    return _descent(estimator, X, _indicators(estimator.classes_, y), LogisticLoss())


def _descent(estimator, X, targets, loss):
    return LinearProblem.of(
        densify(X),
        targets,
        estimator.coef_,
        estimator.intercept_,
        0.0,
        loss,
        fit_intercept=estimator.fit_intercept,
    )


def _indicators(classes, y):
    """A 0/1 column for each class; of two classes, only for the second."""
    indicators = (np.asarray(y)[:, None] == np.asarray(classes)).astype(float)
    return indicators[:, 1:] if len(classes) == 2 else indicators
