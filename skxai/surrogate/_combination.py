"""Which parameters of `LimeExplainer` go together."""

import warnings

# Players whose products are a matrix that takes long to solve, and much memory.
_MANY_PLAYERS = 2000


def check_combination(explainer, neighbourhood, kernel, own_players):
    """Refuse parameters that contradict each other.

    Parameters
    ----------
    explainer : LimeExplainer
    neighbourhood : {"gaussian", "background", "quartiles"}
        The one that is used.
    kernel : str or None
        The one that is used.
    own_players : bool
        Whether a masker finds the players in each row.
    """
    if own_players and neighbourhood != "background":
        raise ValueError(
            f"neighbourhood is {explainer.neighbourhood!r}, which is for tables; with "
            f"{explainer.masker!r} expected 'auto' or 'background'"
        )
    if own_players and explainer.groups is not None:
        raise ValueError(
            f"groups is {explainer.groups!r}, but {explainer.masker!r} finds the players in each "
            "row; expected None"
        )
    if kernel == "hamming" and neighbourhood == "gaussian":
        raise ValueError(
            "kernel is 'hamming', which counts features that differ; with neighbourhood "
            "'gaussian' all numbers differ: expected 'background' or 'quartiles'"
        )
    if kernel == "shapley" and neighbourhood != "background":
        raise ValueError(
            f"kernel is 'shapley' and neighbourhood {neighbourhood!r}; Shapley values "
            "need 'background'"
        )
    simple = explainer.surrogate == "ridge" if isinstance(explainer.surrogate, str) else False
    if kernel == "shapley" and (not simple or explainer.n_features is not None):
        raise ValueError(
            "kernel is 'shapley', which goes with surrogate='ridge' and n_features=None"
        )
    linear = isinstance(explainer.surrogate, str) and explainer.surrogate != "tree"
    for name in ("tol", "n_features"):
        if getattr(explainer, name) is not None and not linear:
            raise ValueError(
                f"{name} is {getattr(explainer, name)!r}, but surrogate is "
                f"{explainer.surrogate!r}; expected None, or a linear surrogate by name"
            )


def warn_of_many_players(n_players, n_samples):
    """Warn, before the work, of least squares on very many players."""
    if n_players > _MANY_PLAYERS:
        warnings.warn(
            f"X_background has {n_players:,} players: least squares on n_samples={n_samples:,} "
            "neighbours hardly tell them apart, and take several matrices of "
            f"{8 * n_players**2 / 2**30:.1f} GiB for each row; pass groups, or another surrogate",
            stacklevel=5,
        )
