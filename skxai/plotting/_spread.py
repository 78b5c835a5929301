"""Which other feature goes with the spread of attributions at similar values of a feature."""

import numpy as np
from scipy import stats

ROWS_PER_BIN = 30
_MOST_BINS = 10
_N_LEVELS = 3
_MOST_CATEGORIES = 8
_SIGNIFICANT = 0.01
_SMALLEST_SHARE = 0.05


def most_telling(y, x, others, is_categorical=False):
    """The variable that best explains the spread of `y` where `x` is similar.

    Rows are binned by `x`. In each bin, a straight line in `x` is taken out, so that a variable
    is not chosen for going along with `x`; what remains is compared between the levels of each
    other variable, as by `explained_share`. Significance is corrected for their number
    (Bonferroni): a variable is not chosen for being the luckiest of many.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
    x : ndarray of shape (n_rows,)
        Numbers, or codes of categories. NaN: missing, a bin of its own.
    others : dict of int to ndarray of shape (n_rows,)
        Levels of the other variables, as `levels` makes them.
    is_categorical : bool, default=False
        Whether `x` has codes: then each is a bin.

    Returns
    -------
    chosen : int or None
        None if there are fewer than 30 rows, or no variable is significant at 1 % and explains
        5 % of the spread.
    share : float
        What share it explains; 0 if None.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.plotting._spread import levels, most_telling
    >>> x, z, noise = np.random.default_rng(0).normal(size=(3, 500))
    >>> most_telling(x * z, x, {3: levels(noise, False), 7: levels(z, False)})[0]
    7
    """
    if len(y) < ROWS_PER_BIN or not others:
        return None, 0.0
    if is_categorical:
        bins, x = np.nan_to_num(x, nan=-1.0), np.zeros(len(x))
    else:
        bins = _bins(x)
    shares = {j: explained_share(y, x, bins, other) for j, other in others.items()}
    chosen = max(shares, key=lambda j: shares[j][0])
    share, p_value = shares[chosen]
    if share < _SMALLEST_SHARE or p_value * len(others) > _SIGNIFICANT:
        return None, 0.0
    return chosen, share


def levels(column, is_categorical):
    """Codes of a variable's levels: its thirds, or its categories, the rare ones together.

    Parameters
    ----------
    column : ndarray of shape (n_rows,)
        Numbers, or codes of categories. NaN: missing, a level of its own.
    is_categorical : bool

    Returns
    -------
    ndarray of int of shape (n_rows,)
    """
    known = np.isfinite(column)
    codes = np.full(len(column), -1)
    if is_categorical:
        _, inverse, counts = np.unique(column[known], return_inverse=True, return_counts=True)
        codes[known] = np.argsort(np.argsort(-counts, kind="stable"))[inverse]
        return np.minimum(codes, _MOST_CATEGORIES - 1)
    codes[known] = _quantile_codes(column[known], _N_LEVELS)
    return codes


def explained_share(y, x, bins, level):
    """Share of the spread of `y` within bins that the levels explain, beyond a line in `x`.

    Returns
    -------
    share : float
        As an adjusted R²: levels that say nothing explain nothing on average.
    p_value : float
        Of the F test against a line in each bin.
    """
    squares, ranks = np.zeros(2), np.zeros(2, dtype=int)
    for b in np.unique(bins):
        rows = bins == b
        line = np.nan_to_num(x[rows])
        line = np.column_stack([np.ones(rows.sum()), line - line.mean()])
        dummies = (level[rows, None] == np.unique(level[rows])).astype(float)
        for k, design in enumerate([line, np.column_stack([line, dummies])]):
            coef, _, rank, _ = np.linalg.lstsq(design / _norms(design), y[rows], rcond=1e-10)
            residual = y[rows] - design / _norms(design) @ coef
            squares[k] += residual @ residual
            ranks[k] += rank
    n, n_levels = len(y), ranks[1] - ranks[0]
    free = n - ranks
    if n_levels == 0 or free[1] <= 0 or squares[0] <= 1e-12 * (y @ y):
        return 0.0, 1.0
    share = 1 - (squares[1] / free[1]) / (squares[0] / free[0])
    noise = max(squares[1] / free[1], np.finfo(float).tiny)
    p_value = stats.f.sf((squares[0] - squares[1]) / n_levels / noise, n_levels, free[1])
    return float(share), float(p_value)


def _norms(design):
    norms = np.linalg.norm(design, axis=0)
    return np.where(norms > 0, norms, 1.0)


def _bins(x):
    """Bins of about as many rows each; missing values apart."""
    known = np.isfinite(x)
    bins = np.full(len(x), -1)
    n_bins = int(np.clip(len(x) // ROWS_PER_BIN, 1, _MOST_BINS))
    bins[known] = _quantile_codes(x[known], n_bins)
    return bins


def _quantile_codes(numbers, n_codes):
    """Which of `n_codes` parts of equal size a number is in; equal numbers are together."""
    ranks = stats.rankdata(numbers, method="average") - 0.5
    return np.floor(ranks / max(len(numbers), 1) * n_codes).astype(int)
