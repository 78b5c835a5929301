"""One table for several explainers, and one for two models."""

from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skxai.explanation import Explanation
from skxai.metrics._judged import background_of, by_output, check_explainer, check_explanation
from skxai.metrics._numbers import check_same_players, completeness_gap, correlation, sparsity
from skxai.metrics._randomisation import layer_randomisation
from skxai.metrics._removal import road, selectivity
from skxai.metrics._stability import continuity, max_sensitivity
from skxai.metrics._subsets import faithfulness_correlation, has_units, infidelity
from skxai.utils._random import draw_seeds
from skxai.utils._tables import check_table

_TOLERANCE = 1e-5
BETTER = ("higher", "lower")


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
        the mean over rows (and outputs) and its standard error over the rows. NaN where a measure
        is not defined for what the explainer returns, as completeness for derivatives.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or the explainers explain different outputs.

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
    fitted = {name: _fitted(name, one, model, X_background) for name, one in explainers.items()}
    explanations = {name: one.explain(X) for name, one in fitted.items()}
    _check_same_outputs(explanations)
    columns = {}
    for name, explanation in explanations.items():
        found = [
            _mean_and_error(measure, fitted[name], explanation, X_background, seed)
            for measure in measures.values()
        ]
        columns[name, "mean"], columns[name, "std_error"] = zip(*found)
    labels = [(name, measure.better) for name, measure in measures.items()]
    table = pd.DataFrame(
        columns, index=pd.MultiIndex.from_tuples(labels, names=["measure", "better"]), dtype=float
    )
    table.columns = pd.MultiIndex.from_tuples(columns, names=["explainer", None])
    return table


def compare_models(explainer, models, X_background, X):
    """Say where two fitted models agree, and on what each relies.

    Parameters
    ----------
    explainer : explainer
        It is copied, and fitted on each model. With one output: choose a ``target`` among several.
    models : dict of str to fitted model
        Two of them.
    X_background : table
        The training data, or some of it.
    X : table
        The rows whose predictions are explained.

    Returns
    -------
    DataFrame
        A row for each feature, by the larger reliance. For each model its reliance on the feature:
        the mean absolute attribution as a share of that of all. ``agreement``: the correlation of
        the two models' attributions over the rows, NaN where one does not vary. ``difference``: the
        mean absolute difference of the attributions, in units of the output.

    Raises
    ------
    TypeError, ValueError
        If there are not two models, or several outputs are explained.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import ShapleyExplainer
    >>> from skxai.metrics import compare_models
    >>> X = np.random.default_rng(0).normal(size=(40, 2))
    >>> models = {"first": lambda X: X[:, 0], "both": lambda X: X[:, 0] - X[:, 1]}
    >>> compare_models(ShapleyExplainer(), models, X, X)[["first", "agreement"]].round(2)
        first  agreement
    x0    1.0        1.0
    x1    0.0        NaN
    """
    if not isinstance(models, dict) or len(models) != 2:
        raise TypeError(f"models is {models!r}; expected a dict of two names to fitted models")
    reserved = {"agreement", "difference"} & set(models)
    if reserved:
        raise ValueError(f"models has the names {sorted(reserved)}; expected others")
    explanations = {
        name: check_explanation(clone(explainer).fit(model, X_background).explain(X))
        for name, model in models.items()
    }
    one, two = explanations.values()
    if one.n_outputs != 1 or two.n_outputs != 1:
        raise ValueError(
            f"the explainer explains {max(one.n_outputs, two.n_outputs)} outputs; expected one: "
            "set its target"
        )
    check_same_players(one, two)
    values = [_without_rounding(by_output(explanation)[:, :, 0]) for explanation in (one, two)]
    table = {}
    for name, array in zip(explanations, values):
        sizes = np.abs(array).mean(axis=0)
        table[name] = sizes / (sizes.sum() or np.nan)
    table["agreement"] = correlation(*values, axis=0)
    table["difference"] = np.abs(values[0] - values[1]).mean(axis=0)
    frame = pd.DataFrame(table, index=pd.Index(one.feature_names))
    order = np.argsort(-frame[list(models)].max(axis=1).to_numpy(), kind="stable")
    return frame.iloc[order]


def _without_rounding(values):
    """What a model does not use has attributions of zero, but for rounding."""
    return np.where(np.abs(values) > 1e-12 * np.abs(values).max(initial=0), values, 0.0)


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


def _fitted(name, explainer, model, X_background):
    """The explainer itself if it is fitted, otherwise a fitted copy."""
    try:
        return check_explainer(explainer, f"explainers[{name!r}]")
    except NotFittedError:
        return clone(explainer).fit(model, X_background)


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
        if given.shape != known.shape or not np.allclose(given, known, _TOLERANCE, _TOLERANCE):
            raise ValueError(
                f"{first!r} and {name!r} explain different outputs; expected the same: set the "
                "same response_method and target"
            )


def _mean_and_error(measure, explainer, explanation, X_background, seed):
    """Over the rows; several outputs of a row are averaged first."""
    if not measure.suits(explanation):
        return np.nan, np.nan
    found = np.asarray(measure.function(explainer, explanation, X_background, seed), dtype=float)
    found = found.reshape(len(explanation), -1)
    found = found[~np.isnan(found).all(axis=1)]
    found = np.nanmean(found, axis=1)
    if len(found) == 0:
        return np.nan, np.nan
    error = found.std(ddof=1) / np.sqrt(len(found)) if len(found) > 1 else np.nan
    return found.mean(), error
