"""From a model or its predictions to coefficients with their errors, and what to beware of."""

import warnings
from dataclasses import dataclass, replace

import numpy as np

from skxai.linear._design import Design, decompose
from skxai.linear._estimate import estimate, largest_log_likelihood
from skxai.linear._least_squares import fit_least_squares
from skxai.linear._likelihood_ratio import likelihood_ratio


@dataclass(frozen=True)
class Inference:
    """What is known about the coefficients.

    Attributes
    ----------
    fits : list of LinearFit
        One for each output.
    design : Design
        The unpenalised decomposition of the encoded columns.
    joint_covariance : ndarray or None
        As :func:`~skxai.linear._estimate.estimate` returns it.
    null_space : ndarray of shape (n_columns, n_null)
        Null directions that the covariance does not know: none if a penalty settled them.
    p_valid : bool
        Whether p-values mean what they say.
    likelihood_ratio : callable or None
        ``likelihood_ratio(groups)`` returns chi2 and dof of leaving out groups of columns.
    """

    fits: list
    design: Design
    joint_covariance: np.ndarray | None
    null_space: np.ndarray
    p_valid: bool
    likelihood_ratio: object = None


def infer_surrogate(X, outputs, weight, cov_type):
    """Fit a black box's outputs by least squares.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
        Encoded background.
    outputs : ndarray of shape (n_rows, n_outputs)
        Predictions there.
    weight : ndarray of shape (n_rows,)
        Weights of the rows.
    cov_type : str
        As in :func:`~skxai.linear._least_squares.coefficient_covariance`.

    Returns
    -------
    Inference
        Its p-values are valid with a robust covariance only: what a linear function misses of
        the black box is no noise of equal variance.
    """
    design = decompose(X, weight)
    _check_rows(len(X), design)
    fits = [
        fit_least_squares(X, outputs[:, k], weight, cov_type=cov_type)
        for k in range(outputs.shape[1])
    ]
    return Inference(fits, design, None, design.null_space, cov_type != "nonrobust")


def infer_model(linear, X, y, weight, names, cov_type):
    """Fit a linear model's own loss again, to the end, for the errors of its coefficients.

    Parameters
    ----------
    linear : LinearModel
        The fitted model.
    X : ndarray of shape (n_rows, n_columns)
        Its design.
    y : ndarray
        As :func:`~skxai.linear._targets.check_response` returns it.
    weight : ndarray of shape (n_rows,)
        Weights of the rows, class weights included.
    names : list of str
        Names of the columns, for warnings.
    cov_type : str
        As in :func:`~skxai.linear._least_squares.coefficient_covariance`.

    Returns
    -------
    Inference
    """
    if X.shape[1] != linear.coef.shape[1]:
        raise ValueError(
            f"model has {linear.coef.shape[1]} coefficients for {X.shape[1]} columns; expected "
            "one for each"
        )
    design = decompose(X, weight, fit_intercept=linear.fit_intercept)
    if not linear.is_penalised:
        _check_rows(len(X), design)
    fits, joint = estimate(linear, X, y, weight, cov_type)
    separated = fits[0].separated
    if separated:
        _warn_separated(linear.family)
        fits = [
            replace(fit, coef=linear.coef[k], intercept=float(linear.intercept[k]))
            for k, fit in enumerate(fits)
        ]
    else:
        _warn_disagreement(linear, X, weight, fits)
    _warn_unidentified(linear, design, names)
    null_space = design.null_space[:, :0] if linear.is_penalised else design.null_space

    def test(groups):
        return likelihood_ratio(
            lambda columns: largest_log_likelihood(linear, columns, y, weight), X, groups
        )

    return Inference(
        fits,
        design,
        joint,
        null_space,
        _p_values_hold(linear, cov_type),
        test if separated else None,
    )


def with_negative_class(linear, inference):
    """For a binary classifier, one output for each class; the negative one has all signs turned."""
    if linear.family != "binomial":
        return linear, inference
    fit = inference.fits[0]
    turned = replace(fit, coef=-fit.coef, intercept=-fit.intercept)
    both = replace(
        linear,
        coef=np.vstack([-linear.coef, linear.coef]),
        intercept=np.append(-linear.intercept, linear.intercept),
    )
    return both, replace(inference, fits=[turned, fit])


def _check_rows(n_rows, design):
    if n_rows <= design.rank:
        raise ValueError(
            f"X_background has {n_rows} samples of weight above zero for {design.rank} "
            "coefficients; errors can only be estimated from more rows than coefficients"
        )


def _p_values_hold(linear, cov_type):
    if linear.is_penalised:
        warnings.warn(
            "the model's coefficients are penalised or constrained, so they are biased: p-values "
            "and intervals describe their variance only and are not valid (p_valid is False)",
            stacklevel=5,
        )
        return False
    if linear.class_weight is not None and cov_type == "nonrobust":
        warnings.warn(
            "class_weight changes the likelihood: p-values are valid with a robust cov_type, "
            "such as 'HC0', only (p_valid is False)",
            stacklevel=5,
        )
        return False
    return True


def _warn_separated(family):
    what = "zeros of y" if family == "poisson" else "classes"
    warnings.warn(
        f"the {what} are separated by a linear score, so the likelihood has no maximum and the "
        "coefficients have no standard errors; tests are by likelihood ratio",
        stacklevel=5,
    )


def _warn_unidentified(linear, design, names):
    if linear.is_penalised or design.identified.all():
        return
    unknown = [name for name, known in zip(names, design.identified) if not known]
    warnings.warn(
        f"the data do not determine the coefficients of {unknown}: these columns are constant or "
        "add up to others; group_table_ tests them jointly",
        stacklevel=5,
    )


def _warn_disagreement(linear, X, weight, fits):
    """Compare the model's scores with the scores of the new fit, in units of their error."""
    scores = X @ linear.coef.T + linear.intercept
    again = np.column_stack([fit.intercept + X @ fit.coef for fit in fits])
    if linear.family == "multinomial":
        # Only differences between classes count.
        scores = scores - scores.mean(axis=1, keepdims=True)
    centred = again - np.average(again, axis=0, weights=weight)
    A = np.column_stack([np.ones(len(X)), X])
    for k, fit in enumerate(fits):
        error = np.average(((A @ fit.covariance) * A).sum(axis=1).clip(0), weights=weight)
        spread = np.average(centred[:, k] ** 2, weights=weight)
        gap = np.average((scores[:, k] - again[:, k]) ** 2, weights=weight)
        # Solvers stop early by less than a tenth of a standard error; other data shift by one.
        if gap > 0.01 * error + 1e-6 * spread:
            warnings.warn(
                "the model's coefficients are not those that its own loss gives on X_background "
                "and y: it was fitted on other rows, with other sample weights or settings (some "
                "solvers, such as liblinear, penalise the intercept), or its solver stopped early. "
                "table_ describes the new fit, explain the model's own coefficients",
                stacklevel=5,
            )
            return
