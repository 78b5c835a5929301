"""What fitted scikit-learn models say about the likelihood or loss they minimised."""

from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from sklearn.linear_model import (
    ElasticNet,
    ElasticNetCV,
    GammaRegressor,
    LassoCV,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    MultiTaskElasticNet,
    PoissonRegressor,
    Ridge,
    RidgeCV,
    TweedieRegressor,
)


@dataclass(frozen=True)
class LinearModel:
    """A fitted model that is linear in its design, up to a link.

    Attributes
    ----------
    family : {"gaussian", "binomial", "multinomial", "poisson", "gamma"}
        Its likelihood.
    coef : ndarray of shape (n_outputs, n_features)
        One row for each output.
    intercept : ndarray of shape (n_outputs,)
        Zeros if there is none.
    fit_intercept : bool
        Whether the intercept was fitted.
    alpha : ndarray of shape (n_outputs,)
        Ridge penalty, in units of the sum of the losses (for least squares: half the squares).
    l1 : float
        Lasso penalty in the same units.
    per_weight : bool
        True if the loss is a mean over the rows: penalties are then to be multiplied by the sum
        of the weights.
    selects : bool
        True if coefficients can be exactly zero.
    class_weight : dict, "balanced" or None
        As in scikit-learn.
    """

    family: str
    coef: np.ndarray
    intercept: np.ndarray
    fit_intercept: bool
    alpha: np.ndarray = 0.0
    l1: float = 0.0
    per_weight: bool = False
    selects: bool = False
    class_weight: object = None

    def __post_init__(self):
        coef = np.atleast_2d(np.asarray(densify(self.coef), dtype=float))
        for name, value in [
            ("coef", coef),
            ("intercept", np.broadcast_to(np.ravel(self.intercept), len(coef)).astype(float)),
            ("alpha", np.broadcast_to(np.ravel(self.alpha), len(coef)).astype(float)),
        ]:
            object.__setattr__(self, name, value)

    @property
    def is_penalised(self):
        """Whether the coefficients are pulled towards zero, or held to a sign."""
        return bool((self.alpha > 0).any() or self.l1 > 0 or self.selects)


FAMILIES = ("gaussian", "binomial", "multinomial", "poisson", "gamma")


def read_as(model, family):
    """Read any model that has coefficients as an unpenalised one of a family.

    Parameters
    ----------
    model : estimator
        A fitted model without its preprocessing.
    family : str
        One of `FAMILIES`.

    Returns
    -------
    LinearModel

    Raises
    ------
    ValueError
        If the model has no ``coef_`` and ``intercept_``, or is known to be of another family.
    """
    known = read_linear_model(model)
    if known is not None and known.family != family:
        raise ValueError(
            f"family is {family!r}, but {type(model).__name__} is {known.family!r}; use 'auto'"
        )
    if known is not None:
        return known
    if not hasattr(model, "coef_") or not hasattr(model, "intercept_"):
        raise ValueError(
            f"family is {family!r}, which needs a model with coef_ and intercept_; "
            f"{type(model).__name__} has none: use 'auto' or 'surrogate'"
        )
    return LinearModel(family, model.coef_, model.intercept_, getattr(model, "fit_intercept", True))


def densify(matrix):
    """A dense array of a dense or sparse one."""
    return matrix.toarray() if hasattr(matrix, "toarray") else matrix


@singledispatch
def read_linear_model(model):
    """Describe a fitted linear model; None for a model that is none, or an unknown one.

    Register a function for other classes: ``read_linear_model.register(MyModel, my_function)``.

    Parameters
    ----------
    model : estimator
        A fitted model without its preprocessing.

    Returns
    -------
    LinearModel or None
    """
    return None


def _gaussian(model, **penalty):
    return LinearModel("gaussian", model.coef_, model.intercept_, model.fit_intercept, **penalty)


@read_linear_model.register
def _(model: LinearRegression):
    # In newer versions a tolerance for sparse data; the loss is the same.
    return _gaussian(model, selects=model.positive)


@read_linear_model.register
def _(model: Ridge):
    return _gaussian(model, alpha=model.alpha, selects=model.positive)


@read_linear_model.register
def _(model: RidgeCV):
    return _gaussian(model, alpha=model.alpha_)


def _elastic_net(model, alpha, l1_ratio):
    return _gaussian(
        model, alpha=alpha * (1 - l1_ratio), l1=alpha * l1_ratio, per_weight=True, selects=True
    )


@read_linear_model.register
def _(model: ElasticNet):
    return _elastic_net(model, model.alpha, model.l1_ratio)


@read_linear_model.register
def _(model: MultiTaskElasticNet):
    return None  # its penalty ties the outputs together


@read_linear_model.register
def _(model: ElasticNetCV):
    return _elastic_net(model, model.alpha_, model.l1_ratio_)


@read_linear_model.register
def _(model: LassoCV):
    return _elastic_net(model, model.alpha_, 1.0)


def _generalised(model, family):
    return LinearModel(
        family,
        model.coef_,
        model.intercept_,
        model.fit_intercept,
        alpha=model.alpha,
        per_weight=True,
    )


@read_linear_model.register
def _(model: PoissonRegressor):
    return _generalised(model, "poisson")


@read_linear_model.register
def _(model: GammaRegressor):
    return _generalised(model, "gamma")


@read_linear_model.register
def _(model: TweedieRegressor):
    link = model.link
    if link == "auto":
        link = "identity" if model.power <= 0 else "log"
    family = {(0, "identity"): "gaussian", (1, "log"): "poisson", (2, "log"): "gamma"}
    if (model.power, link) not in family:
        return None
    return _generalised(model, family[model.power, link])


@read_linear_model.register
def _(model: LogisticRegression):
    return _logistic(model, model.C, model.l1_ratio)


@read_linear_model.register
def _(model: LogisticRegressionCV):
    C, ratio = np.unique(model.C_), np.ravel(model.l1_ratio_)
    if len(C) > 1:
        return None  # classes were fitted apart
    return _logistic(model, C[0], ratio[0])


def _logistic(model, C, l1_ratio):
    """The penalty has had three spellings: C, `penalty` and `l1_ratio`."""
    n_classes = len(model.classes_)
    scheme = getattr(model, "multi_class", "auto")
    if n_classes > 2 and (scheme == "ovr" or model.solver == "liblinear"):
        return None  # one model for each class
    if n_classes == 2 and scheme == "multinomial":
        return None  # its score is half the log-odds
    penalty = model.penalty
    if penalty is None or np.isinf(C):
        alpha = l1 = 0.0
    else:
        ratio = {"l1": 1.0, "l2": 0.0}.get(penalty, l1_ratio or 0.0)
        alpha, l1 = (1 - ratio) / C, ratio / C
    if n_classes > 2 and l1 > 0:
        return None
    return LinearModel(
        "binomial" if n_classes == 2 else "multinomial",
        model.coef_,
        model.intercept_,
        model.fit_intercept,
        alpha=alpha,
        l1=l1,
        selects=l1 > 0,
        class_weight=model.class_weight,
    )
