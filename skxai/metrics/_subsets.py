"""Do attributions add up to what the model says when some features are absent?"""

import numpy as np

from skxai.metrics._judged import Judged, as_given, check_count, two_seeds
from skxai.metrics._numbers import correlation


def faithfulness_correlation(
    model,
    explanation,
    X_background,
    *,
    subset_size=None,
    n_samples=64,
    n_background=25,
    response_method="auto",
    random_state=None,
):
    """Correlation between attributions of random subsets and what their absence changes.

    Parameters
    ----------
    model : model, Predictor or fitted explainer
        What was explained.
    explanation : Explanation
        With its data, the explained rows. Derivatives are taken times the distance from the mean,
        all else as it is: of LIME, the neighbourhood "background" fits.
    X_background : table or fitted TabularMasker
        The values of absent features: outputs are averaged over its rows.
    subset_size : int, default=None
        Features in a subset. None: half of them.
    n_samples : int, default=64
        Number of subsets. They are the same for all rows.
    n_background : int, default=25
        At most so many background rows, drawn at random. A TabularMasker's are all used.
    response_method : str, default="auto"
        As in `as_predictor`, where `model` is a model.
    random_state : int, RandomState instance or None, default=None
        Of subsets and background rows.

    Returns
    -------
    ndarray of shape (n_rows,) or (n_rows, n_outputs)
        Between -1 and 1, higher is better; NaN where the explanation or the model does not vary.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or the explanation is not of this model.

    References
    ----------
    U. Bhatt, A. Weller and J. M. F. Moura, "Evaluating and aggregating feature-based model
    explanations", IJCAI (2020).

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> from skxai.metrics import faithfulness_correlation
    >>> def model(X):
    ...     return X @ [2.0, 1.0, 0.0]
    >>> X, background = np.ones((1, 3)), np.zeros((1, 3))
    >>> explanation = Explanation([[2.0, 1.0, 0.0]], [0.0], [3.0], data=X)
    >>> faithfulness_correlation(model, explanation, background, random_state=0)
    array([1.])
    """
    seeds = two_seeds(random_state)
    judged = Judged(
        model,
        explanation,
        X_background,
        n_background=n_background,
        seed=seeds[0],
        response_method=response_method,
    )
    n_players = judged.values.shape[1]
    size = max(1, n_players // 2) if subset_size is None else subset_size
    check_count(size, "subset_size")
    check_count(n_samples, "n_samples", least=2)
    if size > max(n_players - 1, 1):
        raise ValueError(
            f"subset_size is {size}; expected less than the number of features, {n_players}"
        )
    rng = np.random.default_rng(seeds[1])
    absent = rng.random((n_samples, n_players)).argsort(axis=1) < size
    expected, drops = _expected_and_found(judged, absent)
    return as_given(correlation(expected, drops), explanation)


def infidelity(
    model,
    explanation,
    X_background,
    *,
    normalize=False,
    n_samples=64,
    n_background=25,
    response_method="auto",
    random_state=None,
):
    """How far attributions of random subsets are from what their absence changes.

    The mean squared difference. Each feature is in a subset with probability one half.

    Parameters
    ----------
    model : model, Predictor or fitted explainer
        What was explained.
    explanation : Explanation
        With its data, the explained rows: attributions, or derivatives, which are taken times the
        distance from the mean.
    X_background : table or fitted TabularMasker
        The values of absent features: outputs are averaged over its rows.
    normalize : bool, default=False
        Divide by the row's mean squared change: 1 is then what an explanation of zeros gets. Rows
        whose output hardly changes may then get very large numbers.
    n_samples : int, default=64
        Number of subsets. They are the same for all rows.
    n_background : int, default=25
        At most so many background rows, drawn at random. A TabularMasker's are all used.
    response_method : str, default="auto"
        As in `as_predictor`, where `model` is a model.
    random_state : int, RandomState instance or None, default=None
        Of subsets and background rows.

    Returns
    -------
    ndarray of shape (n_rows,) or (n_rows, n_outputs)
        In squared units of the output, or without units; lower is better.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, the explanation is not of this model, or holds
        neither attributions nor derivatives.

    References
    ----------
    C.-K. Yeh et al., "On the (in)fidelity and sensitivity of explanations", NeurIPS (2019).

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> from skxai.metrics import infidelity
    >>> def model(X):
    ...     return X @ [2.0, 1.0, 0.0]
    >>> X, background = np.ones((1, 3)), np.zeros((1, 3))
    >>> right = Explanation([[2.0, 1.0, 0.0]], [0.0], [3.0], data=X)
    >>> infidelity(model, right, background, random_state=0)
    array([0.])
    >>> zeros = Explanation([[0.0, 0.0, 0.0]], [3.0], [3.0], data=X)
    >>> infidelity(model, zeros, background, normalize=True, random_state=0)
    array([1.])
    """
    check_count(n_samples, "n_samples")
    seeds = two_seeds(random_state)
    judged = Judged(
        model,
        explanation,
        X_background,
        n_background=n_background,
        seed=seeds[0],
        response_method=response_method,
    )
    if not has_units(explanation):
        raise ValueError(
            f"explanation holds values that are each a {explanation.quantity}; infidelity needs "
            "attributions or derivatives, which say how much the output changes"
        )
    absent = np.random.default_rng(seeds[1]).random((n_samples, judged.values.shape[1])) < 0.5
    expected, drops = _expected_and_found(judged, absent)
    found = ((expected - drops) ** 2).mean(axis=1)
    if normalize:
        total = (drops**2).mean(axis=1)
        found = found / np.where(total > 0, total, np.nan)
    return as_given(found, explanation)


def has_units(explanation):
    """Whether values say how much the output changes; also in which direction."""
    return explanation.quantity in ("attribution", "derivative")


def _expected_and_found(judged, absent):
    """By how much the output falls without each subset, as attributions say and as it does."""
    contributions = judged.values
    if judged.explanation.quantity == "derivative":
        contributions = contributions * _distances(judged)[:, :, None]
    expected = np.einsum("ijk,sj->isk", contributions, absent.astype(float))
    outputs = judged.mean_outputs(
        len(absent),
        lambda part: np.broadcast_to(~absent, (part.stop - part.start, *absent.shape)),
    )
    return expected, judged.predictions[:, None] - outputs


def _distances(judged):
    """From the mean of the background, of rows and players that are columns of numbers."""
    if any(len(columns) != 1 for columns in judged.player_columns):
        raise ValueError("explanation holds derivatives of groups; expected one column each")
    try:
        rows, background = (
            np.asarray(table.toarray() if hasattr(table, "toarray") else table, dtype=float)
            for table in (judged.rows, judged.background)
        )
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"explanation holds derivatives, whose columns must be numbers: {error}"
        ) from error
    columns = np.concatenate(judged.player_columns)
    return (rows - judged.weights @ background)[:, columns]
