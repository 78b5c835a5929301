"""Two models of the same data: where they agree, and on what each relies."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone

from skxai.metrics._judged import by_output, check_explanation
from skxai.metrics._numbers import check_same_players, context_reliance, correlation

# What classifiers have on the way to a label, without bounds.
_SCORES = {"decision_function", "raw_score"}


@dataclass(frozen=True, eq=False, repr=False)
class ModelComparison:
    """Two models side by side; from `compare_models`.

    Parameters
    ----------
    features : DataFrame
        A row for each feature: how much each model relies on it, ``agreement``, ``difference``.
    rows : DataFrame
        A row for each explained row: ``prediction`` of each model, ``difference``,
        ``agreement``, and, if known, ``same_class`` and ``context_reliance`` of each.
    explanations : dict of str to Explanation
        Of each model.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import ShapleyExplainer
    >>> from skxai.metrics import compare_models
    >>> X = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, -1.0]])
    >>> models = {"sum": lambda X: X.sum(axis=1), "first": lambda X: X[:, 0]}
    >>> compared = compare_models(ShapleyExplainer(), models, X, X)
    >>> compared.rows["prediction"]
       sum  first
    0  0.0    0.0
    1  2.0    1.0
    2  1.0    2.0
    >>> compared.summary()
    prediction_correlation    0.500000
    prediction_difference     0.666667
    attribution_agreement     0.853553
    dtype: float64
    """

    features: pd.DataFrame
    rows: pd.DataFrame
    explanations: dict

    def summary(self):
        """How far the two agree, in a few numbers.

        Returns
        -------
        Series
            ``prediction_correlation``, the correlation of the predictions; the means over the rows
            of the absolute difference of the predictions, ``prediction_difference``, and of the
            agreement of the attributions, ``attribution_agreement``; and, for two classifiers,
            ``same_class``, the share of rows that both put in the same class.
        """
        one, two = self.rows["prediction"].to_numpy().T
        found = {
            "prediction_correlation": correlation(one, two, axis=0),
            "prediction_difference": self.rows["difference"].mean(),
            "attribution_agreement": self.rows["agreement"].mean(),
        }
        if "same_class" in self.rows:
            found["same_class"] = self.rows["same_class"].mean()
        return pd.Series(found, dtype=float)

    def __repr__(self):
        names = " and ".join(repr(name) for name in self.explanations)
        return f"<ModelComparison: {names}, {len(self.rows)} rows, {len(self.features)} features>"


def compare_models(explainer, models, X_background, X, *, inside=None):
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
    inside : list of str, list of int, or array of bool, default=None
        The features that should count: adds the `context_reliance` of each model, how much of what
        counts lies outside.

    Returns
    -------
    ModelComparison
        ``features`` has a row for each feature, by the larger reliance. For each model its reliance
        on the feature: the mean absolute attribution as a share of that of all. ``agreement``: the
        correlation of the two models' attributions over the rows, NaN where one does not vary.
        ``difference``: the mean absolute difference of the attributions, in units of the output.

        ``rows`` has a row for each one of `X`: the ``prediction`` of each model (the explained
        output), their absolute ``difference``, and ``agreement``, the cosine of the angle between
        their attributions: 1 if these are in the same proportions, 0 if they have nothing in
        common, -1 if they are opposite, NaN where one has none. For two classifiers
        ``same_class``, whether they predict the same. With `inside`, the ``context_reliance`` of
        each.

        ``explanations`` has the explanation of each model, for instance for
        `cluster_explanations`.

    Raises
    ------
    TypeError, ValueError
        If there are not two models, several outputs are explained, or the models' are different
        ones, such as a probability and a decision function.

    See Also
    --------
    cluster_explanations : Kinds of explanations of one model.

    References
    ----------
    S. Lapuschkin et al., "Analyzing classifiers: Fisher vectors and deep neural networks",
    CVPR (2016), which compares two models so.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import ShapleyExplainer
    >>> from skxai.metrics import compare_models
    >>> X = np.random.default_rng(0).normal(size=(40, 2))
    >>> models = {"first": lambda X: X[:, 0], "both": lambda X: X[:, 0] - X[:, 1]}
    >>> compared = compare_models(ShapleyExplainer(), models, X, X, inside=["x0"])
    >>> compared.features[["first", "agreement"]].round(2)
        first  agreement
    x0    1.0        1.0
    x1    0.0        NaN
    >>> bool((compared.rows["context_reliance", "first"] == 0).all())
    True
    """
    if not isinstance(models, dict) or len(models) != 2:
        raise TypeError(f"models is {models!r}; expected a dict of two names to fitted models")
    reserved = {"agreement", "difference"} & set(models)
    if reserved:
        raise ValueError(f"models has the names {sorted(reserved)}; expected others")
    fitted = {name: clone(explainer).fit(model, X_background) for name, model in models.items()}
    explanations = {name: check_explanation(one.explain(X)) for name, one in fitted.items()}
    _check_responses(fitted, models)
    _check_comparable(explanations, models)
    return ModelComparison(
        _by_feature(explanations), _by_row(explanations, models, inside), explanations
    )


def _check_responses(fitted, models):
    """Refuse a probability beside a score that is none."""
    if _are_classifiers(models):
        predictors = [getattr(one, "predictor_", None) for one in fitted.values()]
        one, two = (getattr(predictor, "response_method", None) for predictor in predictors)
        if one != two and not {one, two} <= _SCORES:
            raise ValueError(
                f"the explainer explains {one} of one model and {two} of the other; expected the "
                "same: set its response_method"
            )


def _check_comparable(explanations, models):
    """Refuse several outputs, other features, and outputs of different names."""
    one, two = explanations.values()
    if one.n_outputs != 1 or two.n_outputs != 1:
        raise ValueError(
            f"the explainer explains {max(one.n_outputs, two.n_outputs)} outputs; expected one: "
            "set its target"
        )
    check_same_players(one, two)
    if one.targets is not None:
        n_different = int((one.targets != two.targets).sum())
        if n_different:
            raise ValueError(
                f"the explainer's target is another class of the two models for {n_different} of "
                f"{len(one)} rows; expected the same: set its target to a class"
            )
    elif _are_classifiers(models) and one.output_names != two.output_names:
        raise ValueError(
            f"the explained outputs are {one.output_names[0]!r} of one model and "
            f"{two.output_names[0]!r} of the other; expected the same: set the explainer's target"
        )


def _by_feature(explanations):
    one, two = values = [_without_rounding(e) for e in explanations.values()]
    table = {}
    for name, array in zip(explanations, values):
        sizes = np.abs(array).mean(axis=0)
        table[name] = sizes / (sizes.sum() or np.nan)
    table["agreement"] = correlation(one, two, axis=0)
    table["difference"] = np.abs(one - two).mean(axis=0)
    names = next(iter(explanations.values())).feature_names
    frame = pd.DataFrame(table, index=pd.Index(names))
    order = np.argsort(-frame[list(explanations)].max(axis=1).to_numpy(), kind="stable")
    return frame.iloc[order]


def _by_row(explanations, models, inside):
    predictions = {name: e.predictions.reshape(len(e)) for name, e in explanations.items()}
    first, second = predictions.values()
    columns = {("prediction", name): array for name, array in predictions.items()}
    columns["difference", ""] = np.abs(first - second)
    columns["agreement", ""] = _cosine(*map(_without_rounding, explanations.values()))
    if _are_classifiers(models):
        labels = [model.predict(explanations[name].data) for name, model in models.items()]
        if all(np.ndim(found) == 1 for found in labels):
            columns["same_class", ""] = [a == b for a, b in zip(*labels)]
    if inside is not None:
        for name, explanation in explanations.items():
            reliance = context_reliance(explanation, inside)
            columns["context_reliance", name] = reliance.reshape(len(explanation))
    return pd.DataFrame(columns, index=next(iter(explanations.values())).index)


def _cosine(one, two):
    sizes = np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
    return (one * two).sum(axis=1) / np.where(sizes > 0, sizes, np.nan)


def _are_classifiers(models):
    return all(hasattr(m, "classes_") and hasattr(m, "predict") for m in models.values())


def _without_rounding(explanation):
    """Attributions; what a model does not use has some of zero, but for rounding."""
    values = by_output(explanation)[:, :, 0]
    return np.where(np.abs(values) > 1e-12 * np.abs(values).max(initial=0), values, 0.0)
