"""One table for several explainers."""

from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skxai.explanation import Explanation
from skxai.metrics._judged import background_of, check_explainer
from skxai.metrics._numbers import completeness_gap, sparsity
from skxai.metrics._randomisation import layer_randomisation
from skxai.metrics._removal import road, selectivity
from skxai.metrics._stability import continuity, max_sensitivity
from skxai.metrics._subsets import faithfulness_correlation, has_units, infidelity
from skxai.predictors import as_predictor
from skxai.utils._random import draw_seeds
from skxai.utils._tables import check_table

_TOLERANCE = 1e-5
BETTER = ("higher", "lower")
_PARTS = ("mean", "std_error", "n_rows")


class Measure(NamedTuple):
    """A measure as `compare_explainers` calls it.

    Attributes
    ----------
    function : callable
        ``function(explainer, explanation, X_background, random_state) -> (n_rows, ...)``.
    better : {"higher", "lower"}
    suits : callable
        ``suits(explanation)``: whether it is defined for this quantity.
    """

    function: callable
    better: str
    suits: callable = lambda explanation: True


MEASURES = {
    "completeness_gap": Measure(
        lambda explainer, explanation, X, seed: completeness_gap(explanation),
        "lower",
        lambda explanation: explanation.is_additive,
    ),
    "selectivity": Measure(lambda *a: selectivity(*a[:3], random_state=a[3]), "higher"),
    "road": Measure(lambda *a: road(*a[:3], random_state=a[3]), "higher"),
    "faithfulness_correlation": Measure(
        lambda *a: faithfulness_correlation(*a[:3], random_state=a[3]), "higher"
    ),
    "infidelity": Measure(lambda *a: infidelity(*a[:3], random_state=a[3]), "lower", has_units),
    "max_sensitivity": Measure(lambda *a: max_sensitivity(*a[:3], random_state=a[3]), "lower"),
    "continuity": Measure(lambda *a: continuity(a[1], a[2], normalize=True), "lower"),
    "sparsity": Measure(lambda *a: sparsity(a[1]), "higher"),
    "layer_randomisation": Measure(
        lambda *a: layer_randomisation(*a[:3], random_state=a[3]), "lower"
    ),
}
DEFAULT = tuple(MEASURES)[:6]


def compare_explainers(explainers, model, X_background, X, *, metrics=None, random_state=None):
    """Judge several explainers of one model on the same rows: one table.

    Parameters
    ----------
    explainers : dict of str to explainer
        Those that are not fitted are copied, and fitted on `model` and `X_background`. All must
        explain the same outputs: pass them the same ``response_method`` and ``target``.
    model : fitted model or function
        The model that is explained.
    X_background : table
        The training data, or some of it.
    X : table
        The rows on which to judge.
    metrics : sequence of str, or dict, default=None
        Names out of ``"completeness_gap"``, ``"selectivity"``, ``"road"``,
        ``"faithfulness_correlation"``, ``"infidelity"``, ``"max_sensitivity"``,
        ``"continuity"`` (normalized), ``"sparsity"`` and ``"layer_randomisation"``; None: the first
        six. Or a dict of name to ``(function, "higher")`` or ``(function, "lower")``, where
        ``function(explainer, explanation, X_background)`` returns a number for each row.
    random_state : int, RandomState instance or None, default=None
        Of all measures: each explainer meets the same subsets, draws and moves.

    Returns
    -------
    DataFrame
        A row for each measure, with the direction that is better in its label; for each explainer
        the mean over rows (and outputs), its standard error over the rows, and the number of rows.
        A row of `X` for which a measure is not defined (NaN) for one explainer is left out for all,
        so that all are judged on the same ones. NaN, and no rows, where it is defined nowhere, as
        completeness for derivatives; such an explainer costs the others no rows.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or the explainers explain different models or outputs.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import HistGradientBoostingRegressor
    >>> from skxai import LimeExplainer, ShapleyExplainer
    >>> from skxai.metrics import compare_explainers
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = HistGradientBoostingRegressor(max_iter=10, random_state=0).fit(X, y)
    >>> lime = LimeExplainer(neighbourhood="background", random_state=0)
    >>> explainers = {"Shapley": ShapleyExplainer(), "LIME": lime}
    >>> table = compare_explainers(explainers, model, X[:30], X[30:40], random_state=0,
    ...                            metrics=["completeness_gap", "faithfulness_correlation"])
    >>> table.index.tolist()
    [('completeness_gap', 'lower'), ('faithfulness_correlation', 'higher')]
    >>> bool(table.loc["completeness_gap", ("Shapley", "mean")].item() < 1e-9)
    True
    """
    if not isinstance(explainers, dict) or not explainers:
        raise TypeError(f"explainers is {explainers!r}; expected a dict of names to explainers")
    measures = _measures(metrics)
    is_seed = isinstance(random_state, int | np.integer)
    seed = random_state if is_seed else int(draw_seeds(random_state, 1)[0])
    X_background, X = background_of(X_background)[0], check_table(X, "X")
    if X.shape[0] == 0:
        raise ValueError("X has no rows; expected at least one")
    fitted = {name: _fitted(name, one, model, X_background, X) for name, one in explainers.items()}
    explanations = {name: one.explain(X) for name, one in fitted.items()}
    _check_same_outputs(explanations)
    found = [
        _means_and_errors(measure, fitted, explanations, X_background, seed)
        for measure in measures.values()
    ]
    labels = [(name, measure.better) for name, measure in measures.items()]
    table = pd.DataFrame(
        {(name, part): [row[name][part] for row in found] for name in fitted for part in _PARTS},
        index=pd.MultiIndex.from_tuples(labels, names=["measure", "better"]),
    )
    return table.rename_axis(columns=["explainer", None])


def _measures(metrics):
    if isinstance(metrics, dict):
        return {name: _own_measure(name, entry) for name, entry in metrics.items()}
    names = DEFAULT if metrics is None else list(metrics)
    unknown = [name for name in names if name not in MEASURES]
    if unknown or isinstance(metrics, str):
        raise ValueError(f"metrics is {metrics!r}; expected names out of {list(MEASURES)}")
    return {name: MEASURES[name] for name in names}


def _own_measure(name, entry):
    if isinstance(entry, tuple) and len(entry) == 2 and callable(entry[0]) and entry[1] in BETTER:
        return Measure(partial(_without_seed, entry[0]), entry[1])
    raise ValueError(f"metrics[{name!r}] is {entry!r}; expected (function, 'higher' or 'lower')")


def _without_seed(function, explainer, explanation, X_background, seed):
    return function(explainer, explanation, X_background)


def _fitted(name, explainer, model, X_background, X):
    """The explainer itself if it is fitted, otherwise a fitted copy."""
    try:
        check_explainer(explainer, f"explainers[{name!r}]")
    except NotFittedError:
        return clone(explainer).fit(model, X_background)
    own = getattr(getattr(explainer, "predictor_", None), "model", model)
    if own is not model:  # it may be a copy, or part of a search
        outputs = [as_predictor(one, X_background)(X) for one in (own, model)]
        if not _are_close(*outputs):
            raise ValueError(
                f"explainers[{name!r}] was fitted on another model, with other outputs; expected "
                "one of model, or one that is not fitted"
            )
    return explainer


def _are_close(one, two):
    return one.shape == two.shape and np.allclose(one, two, _TOLERANCE, _TOLERANCE)


def _check_same_outputs(explanations):
    first, *others = explanations
    for name in explanations:
        if not isinstance(explanations[name], Explanation):
            raise TypeError(
                f"explainers[{name!r}] returns {type(explanations[name]).__name__}; expected an "
                "Explanation"
            )
    known = explanations[first].predictions
    for name in others:
        given = explanations[name].predictions
        if not _are_close(given, known):
            raise ValueError(
                f"{first!r} and {name!r} explain different outputs; expected the same: set the "
                "same response_method and target"
            )


def _means_and_errors(measure, fitted, explanations, X_background, seed):
    """For each explainer, of the rows (and outputs) for which all have a number."""
    found = {
        name: np.asarray(
            measure.function(fitted[name], explanation, X_background, seed), dtype=float
        ).reshape(len(explanation), -1)
        for name, explanation in explanations.items()
        if measure.suits(explanation)
    }
    known = {name: ~np.isnan(array) for name, array in found.items()}
    common = np.logical_and.reduce([mask for mask in known.values() if mask.any()] or [True])
    return {
        name: _mean_and_error(np.where(common, found[name], np.nan) if name in found else None)
        for name in fitted
    }


def _mean_and_error(numbers):
    """Over the rows; several outputs of a row are averaged first."""
    if numbers is None or np.isnan(numbers).all():
        return dict(zip(_PARTS, (np.nan, np.nan, 0)))
    by_row = np.nanmean(numbers[~np.isnan(numbers).all(axis=1)], axis=1)
    n_rows = len(by_row)
    error = by_row.std(ddof=1) / np.sqrt(n_rows) if n_rows > 1 else np.nan
    return dict(zip(_PARTS, (by_row.mean(), error, n_rows)))
