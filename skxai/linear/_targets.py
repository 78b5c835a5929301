"""The arguments of `fit` that belong to rows: the response and the weights."""

import numpy as np
from sklearn.utils import compute_class_weight


def check_response(y, linear, classes, n_rows):
    """The response as the likelihood of a linear model takes it.

    Parameters
    ----------
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        As the user gave it.
    linear : LinearModel
        The model.
    classes : ndarray or None
        Class labels of a classifier.
    n_rows : int
        Rows of the background.

    Returns
    -------
    response : ndarray
        Codes of classes, of shape (n_rows,), or floats of shape (n_rows, n_outputs).

    Raises
    ------
    ValueError
        If `y` does not fit the background or the family.
    """
    y = np.asarray(y)
    if y.ndim == 0 or len(y) != n_rows:
        raise ValueError(
            f"y has shape {y.shape}; expected ({n_rows},), one value for each row of X_background"
        )
    if linear.family in ("binomial", "multinomial"):
        return _codes(y, classes)
    try:
        y = y.astype(float).reshape(n_rows, -1)
    except ValueError as error:
        raise ValueError(f"y is not numeric: {error}") from error
    if y.shape[1] != len(linear.coef):
        raise ValueError(f"y has {y.shape[1]} columns; the model has {len(linear.coef)} outputs")
    if not np.isfinite(y).all():
        raise ValueError("y has missing or infinite values; expected finite numbers")
    if linear.family == "poisson" and ((y < 0).any() or not y.any()):
        raise ValueError("y has negative values or only zeros; a Poisson model needs counts")
    if linear.family == "gamma" and (y <= 0).any():
        raise ValueError("y has values that are not positive; a Gamma model needs y > 0")
    return y


def _codes(y, classes):
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise ValueError(f"y has shape {y.shape}; expected one class label for each row")
    positions = {label: code for code, label in enumerate(classes.tolist())}
    unknown = sorted({str(label) for label in y.tolist() if label not in positions})
    if unknown:
        raise ValueError(f"y has labels {unknown}; the model's classes are {classes.tolist()}")
    codes = np.array([positions[label] for label in y.tolist()])
    absent = [label for label, code in positions.items() if code not in codes]
    if absent:
        raise ValueError(f"y has no row of class {absent}; expected every class of the model")
    return codes


def check_weights(sample_weight, n_rows):
    """Weights of the rows as floats, one each by default."""
    if sample_weight is None:
        return np.ones(n_rows)
    weight = np.asarray(sample_weight, dtype=float)
    if weight.shape != (n_rows,):
        raise ValueError(
            f"sample_weight has shape {weight.shape}; expected ({n_rows},), one for each row of "
            "X_background"
        )
    if not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise ValueError("sample_weight must be finite, not negative and not all zero")
    return weight


def with_class_weight(weight, class_weight, classes, codes):
    """Weights times the weights of their classes."""
    if class_weight is None:
        return weight
    by_class = compute_class_weight(class_weight, classes=classes, y=classes[codes])
    return weight * by_class[codes]
