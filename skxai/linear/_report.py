"""Tables of coefficients and of groups of coefficients."""

import numpy as np
import pandas as pd

from skxai.linear._design import identified_columns, variance_inflation
from skxai.linear._inference import adjust_p, half_width, joint_p, two_sided_p, wald_test


def coefficient_table(inference, feature_names, sources, sd, correction, confidence_level):
    """One frame for each output, a row for each encoded column.

    Parameters
    ----------
    inference : Inference
    feature_names : list of str
        Names of the encoded columns.
    sources : list of str
        Names of the players they belong to.
    sd : ndarray of shape (n_columns,)
        Their standard deviations.
    correction : str or None
        As in :func:`~skxai.linear._inference.adjust_p`; over the rows of one frame.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    tables : list of DataFrame
    """
    # Columns that the data do not tell apart get no test, even where a penalty settles them.
    identified = inference.design.identified
    determined = identified_columns(inference.null_space)
    vif = variance_inflation(inference.design)
    tables = []
    for fit in inference.fits:
        variance = np.diag(fit.covariance)[1:]
        std_error = np.where(determined, np.sqrt(variance), np.nan)
        dof = fit.dof if fit.uses_t else np.inf
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = np.where(identified, fit.coef / std_error, np.nan)
        if fit.separated and inference.joint_covariance is None:
            chi2, _ = inference.likelihood_ratio([[j] for j in range(len(std_error))])
            statistic = np.sign(fit.coef) * np.sqrt(chi2)
        p_value = two_sided_p(statistic, dof)
        width = half_width(std_error, confidence_level, dof)
        tables.append(
            pd.DataFrame(
                {
                    "feature": feature_names,
                    "source": sources,
                    "coef": fit.coef,
                    "coef_scaled": fit.coef * sd,
                    "std_error": std_error,
                    "statistic": statistic,
                    "p_value": p_value,
                    "p_adjusted": adjust_p(p_value, correction),
                    "ci_lower": fit.coef - width,
                    "ci_upper": fit.coef + width,
                    "vif": vif,
                    "identified": identified,
                    "p_valid": inference.p_valid,
                }
            )
        )
    return tables


def group_table(inference, names, groups, correction):
    """One frame for each joint test: a row for each group of encoded columns.

    Parameters
    ----------
    inference : Inference
    names : list of str
        Names of the groups.
    groups : list of ndarray of int
        Their encoded columns.
    correction : str or None
        As in :func:`~skxai.linear._inference.adjust_p`.

    Returns
    -------
    tables : list of DataFrame
        One for each output; a single one, for all classes at once, where outputs were fitted
        together.
    """
    if inference.fits[0].separated:
        chi2, dof = inference.likelihood_ratio(groups)
        table = _joint_tests(names, chi2, dof, np.inf, "LR chi2", inference.p_valid, correction)
        return [table] if inference.joint_covariance is not None else [table] * len(inference.fits)
    scale = inference.design.scale
    tables = []
    for coef, covariance, fit in _joint_parts(inference):
        chi2, dof = np.empty(len(groups)), np.empty(len(groups), dtype=int)
        for k, group in enumerate(groups):
            size = np.tile(scale[group], len(coef))
            chi2[k], dof[k] = wald_test(
                coef[:, group].ravel() * size,
                covariance[:, group][:, :, :, group].reshape(len(size), -1) * np.outer(size, size),
                np.kron(np.eye(len(coef)), inference.null_space[group]),
            )
        residual = fit.dof if fit.uses_t else np.inf
        test = "F" if fit.uses_t else "chi2"
        tables.append(_joint_tests(names, chi2, dof, residual, test, inference.p_valid, correction))
    return tables


def _joint_parts(inference):
    """Coefficients that are tested together, as (outputs, columns), and their covariance."""
    if inference.joint_covariance is None:
        for fit in inference.fits:
            yield fit.coef[None], fit.covariance[None, 1:, None, 1:], fit
    else:
        # The classes' coefficients sum to zero: all but one say everything.
        coef = np.array([fit.coef for fit in inference.fits])
        yield coef[1:], inference.joint_covariance[1:, 1:, 1:, 1:], inference.fits[0]


def _joint_tests(names, chi2, dof, dof_residual, test, p_valid, correction):
    p_value = np.array([joint_p(c, d, dof_residual) for c, d in zip(chi2, dof)])
    statistic = chi2 / np.maximum(dof, 1) if test == "F" else chi2
    return pd.DataFrame(
        {
            "feature": names,
            "test": test,
            "statistic": np.where(dof > 0, statistic, np.nan),
            "dof": dof,
            "p_value": p_value,
            "p_adjusted": adjust_p(p_value, correction),
            "p_valid": p_valid,
        }
    )
