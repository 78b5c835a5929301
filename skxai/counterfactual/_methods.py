"""What a search may use besides the model's outputs: a proof, or a derivative."""

from skxai.counterfactual._certify import certifier_of
from skxai.predictors._smooth import smooth_function_of


def find_certifier(algorithm, can_prove, outputs, space, distance, goal, X):
    """What proves the nearest counterfactuals of this model, if wanted and known.

    Parameters
    ----------
    algorithm : str
    can_prove : bool
        Whether what else is asked for allows a proof.
    outputs, space, distance, goal, X
        The model, and what is asked of it.

    Returns
    -------
    LinearCertifier, TreesCertifier or None
    """
    if algorithm not in ("auto", "exact"):
        return None
    certifier = certifier_of(outputs, space, distance, goal, X) if can_prove else None
    if certifier is None and algorithm == "exact":
        raise ValueError(
            "algorithm is 'exact', but for this model, target, distance and these constraints "
            "no exact search is known; use 'auto'"
        )
    return certifier


def find_derivative(algorithm, n_counterfactuals, predictor, X):
    """The model with its derivative, if the search wants it; "auto" none of differences.

    Returns
    -------
    SmoothFunction or None
    """
    if algorithm == "auto" and n_counterfactuals == 1:
        try:
            return smooth_function_of(predictor, X, numeric=False)
        except ValueError:
            return None
    if algorithm != "gradient":
        return None
    if n_counterfactuals != 1:
        raise ValueError(f"n_counterfactuals is {n_counterfactuals}; algorithm='gradient' finds 1")
    try:
        return smooth_function_of(predictor, X)
    except ValueError as error:
        raise ValueError(
            f"algorithm is 'gradient', but this model has no derivative: {error}"
        ) from error
