"""From the nearest counterfactual to the most plausible."""

import itertools

import numpy as np

from skxai.counterfactual._constraints import check_share


def check_shares(shares):
    """Shares of the background as a list; refuse what does not fall."""
    if isinstance(shares, str) or np.ndim(shares) != 1 or len(shares) == 0:
        raise ValueError(f"shares is {shares!r}; expected a sequence of numbers")
    shares = [check_share(share, "shares") for share in shares]
    if any(one <= other for one, other in itertools.pairwise(shares)):
        raise ValueError(f"shares is {shares}; expected falling numbers")
    return shares


def choose_front(distances, is_plausible):
    """For each level, the nearest of all counterfactuals that are plausible enough for it.

    One that was searched for another level may be nearer than that searched for this one. So
    no counterfactual of a stricter level is nearer than that of a looser one.

    Parameters
    ----------
    distances : ndarray of shape (n_rows, n_levels)
        Of the counterfactual that was searched for each level; infinity where none was found.
    is_plausible : ndarray of bool of shape (n_rows, n_levels, n_levels)
        Whether the counterfactual of the second axis is plausible enough for the level of the
        third.

    Returns
    -------
    ndarray of int of shape (n_rows, n_levels)
        Positions among the levels; its own where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> choose_front(np.array([[3.0, 2.0]]), np.array([[[True, False], [True, True]]]))
    array([[1, 1]])
    """
    own = np.eye(distances.shape[1], dtype=bool)
    fitting = np.where(is_plausible, distances[:, :, None], np.inf)
    # Where none fits, the level's own result, which says so; of equal ones its own too.
    nearest = fitting.min(axis=1, keepdims=True)
    best = fitting == nearest
    return np.where((best & own).any(axis=1), own.argmax(axis=0), best.argmax(axis=1))


def take_front(found, measure, is_plausible, shares):
    """Of what was found for each share, what is returned for each.

    Parameters
    ----------
    found : list of (codes, status, bounds, n_evals)
        For each share, arrays with an entry for each row.
    measure : callable
        ``measure(codes, rows) -> distances``.
    is_plausible : callable
        ``is_plausible(codes, share) -> ndarray of bool``.
    shares : list of float

    Returns
    -------
    codes, status, bounds : ndarray
        With an entry for each row and share, those of a row one after the other.
    n_evals : ndarray
        With an entry for each row.
    """
    codes, status, bounds, n_evals = (np.stack(arrays, axis=1) for arrays in zip(*found))
    n_rows, k = status.shape
    shape, rows = (n_rows * k, codes.shape[-1]), np.repeat(np.arange(n_rows), k)
    flat = codes.reshape(shape)
    distances = measure(flat, rows).reshape(n_rows, k)
    distances[np.isin(status, ["not_found", "infeasible"])] = np.inf
    plausible = np.stack([is_plausible(flat, share) for share in shares], axis=-1)
    chosen = choose_front(distances, plausible.reshape(n_rows, k, k))
    entries = (np.arange(n_rows)[:, None], chosen)
    # What none can be nearer than holds for those that must be more plausible too.
    bounds = np.maximum.accumulate(bounds, axis=1).ravel()
    return codes[entries].reshape(shape), status[entries].ravel(), bounds, n_evals.sum(axis=1)
