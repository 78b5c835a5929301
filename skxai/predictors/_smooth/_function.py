"""What is explained as a smooth function, with its derivatives."""

import numpy as np
import pandas as pd
from sklearn.utils import gen_batches

from skxai.predictors._columnwise import split_pipeline
from skxai.predictors._outputs import Columns, Indicators, Log, LogOdds, Margin, Relative, Stacked
from skxai.predictors._smooth._leaves import Leaves
from skxai.predictors._smooth._links import LINKS, identity
from skxai.predictors._smooth._models import smooth_form_of
from skxai.predictors._smooth._stages import as_fitted, difference, scales_of, with_scales
from skxai.predictors._sources import unfrozen
from skxai.predictors._trees import tree_ensemble_of
from skxai.utils._tables import take_rows

# The smooth function must reproduce what the model says of these many background rows.
_N_CHECKED = 50
# Largest deviation, of the largest output, if the table is in double or in single precision.
_MAX_DEVIATION = {np.float64: 1e-6, np.float32: 1e-3}
_ROWS_AT_ONCE = 1024
# A function of steps: the largest share of rows, over columns, at which it changes.
_LEAST_CHANGING = 0.25
_OF_TREES = ("predict", "predict_proba", "decision_function", "raw_score")


class SmoothFunction:
    """A predictor as a function of numbers with a derivative; made by `smooth_function_of`.

    Parameters
    ----------
    leaves : Leaves
        What it is a function of.
    form : SmoothForm or None
        The raw scores of the model's last step; None where they are not known.
    final : Final or None
        From raw scores to the explained outputs.
    call : callable or None
        Without a form: from leaves to the explained outputs.
    scales : ndarray of shape (n_leaves,)
        Standard deviations of the leaves over the background, of constant ones their size.

    Attributes
    ----------
    kind : {"analytic", "numeric"}
        Whether its derivatives are known in closed form or are differences.
    sources : list of int
        The column of the table that each leaf belongs to.
    """

    def __init__(self, leaves, form, final, call, scales):
        self.leaves = leaves
        self.form = form
        self.final = final
        self.scales = scales
        self._call = call

    @property
    def kind(self):
        """How its derivatives are known."""
        known = self.form is not None and not self.leaves.stage.is_numeric
        return "analytic" if known else "numeric"

    @property
    def sources(self):
        """The column of the table that each leaf belongs to."""
        return self.leaves.sources

    def lift(self, X):
        """The leaves of some rows of the table, of shape (n_rows, n_leaves)."""
        return self.leaves(X)

    def scores(self, U):
        """Raw scores of the model's last step, of shape (n_rows, n_scores)."""
        return self.form.function.scores(self.leaves.stage(U))

    def outputs(self, U):
        """The explained outputs at some leaves, of shape (n_rows, n_outputs)."""
        if self.form is None:
            return self._call(U)
        if len(U) <= _ROWS_AT_ONCE:
            return self.final.outputs(self.scores(U))
        batches = gen_batches(len(U), _ROWS_AT_ONCE)
        return np.concatenate([self.final.outputs(self.scores(U[b])) for b in batches])

    def jacobian(self, U):
        """Derivatives of the explained outputs, of shape (n_rows, n_outputs, n_leaves)."""
        U = np.asarray(U, dtype=float)
        if self.form is None:
            return self._by_differences(U)
        if len(U) <= _ROWS_AT_ONCE:
            return self._analytic(U)
        return np.concatenate([self._analytic(U[b]) for b in gen_batches(len(U), _ROWS_AT_ONCE)])

    def _analytic(self, U):
        encoded = self.leaves.stage(U)
        slopes = self.form.function.jacobian(encoded)
        outer = self.final.matrix(slopes.shape[1])
        if outer is None:
            outer = self.final(self.form.function.scores(encoded))[1]
        if outer.ndim == 3 or not np.array_equal(outer, np.eye(slopes.shape[1])):
            slopes = np.matmul(outer, slopes)
        return self.leaves.stage.pull(U, slopes)

    def _by_differences(self, U):
        precision = getattr(self._call, "precision", float)
        slopes = [
            difference(self.outputs, U, j, self.scales[j], precision) for j in range(U.shape[1])
        ]
        slopes = np.stack(slopes, axis=2)
        missing = np.isnan(U)[:, None, :]  # a missing value cannot change a little
        return np.where(missing, 0.0, slopes)


class Final:
    """From raw scores to explained outputs: a link, an arrangement, and a choice of columns.

    Parameters
    ----------
    link : callable
        One of `LINKS`.
    arrange : callable
        As in `Predictor`, one of those that `derivatives_of` knows.
    columns : ndarray of int
    """

    def __init__(self, link, arrange, columns):
        self.link = link
        self.arrange = arrange
        self.columns = columns

    def outputs(self, scores):
        """Outputs, of shape (n_rows, n_outputs)."""
        return derivatives_of(self.arrange, self.link(scores)[0])[0][:, self.columns]

    def __call__(self, scores):
        """Outputs, and their derivatives of shape (n_rows, n_outputs, n_scores)."""
        outputs, slopes = self.link(scores)
        outputs, matrices = derivatives_of(self.arrange, outputs)
        return outputs[:, self.columns], np.matmul(matrices[..., self.columns, :], slopes)

    def matrix(self, n_scores):
        """The constant derivative, of shape (n_outputs, n_scores), if it is affine, else None."""
        if self.link is not identity:
            return None
        if (
            isinstance(self.arrange, Relative)
            and self.arrange.against == "largest"
            and n_scores > 1
        ):
            return None
        return self(np.zeros((1, n_scores)))[1][0]


def derivatives_of(arrange, outputs):
    """A model's outputs as a predictor arranges them, and the derivatives of that.

    Parameters
    ----------
    arrange : callable
    outputs : ndarray of shape (n_rows, n_returned)

    Returns
    -------
    arranged : ndarray of shape (n_rows, n_columns)
    matrices : ndarray of shape (n_columns, n_returned) or (n_rows, n_columns, n_returned)

    Raises
    ------
    TypeError
        If the arrangement has no derivative.
    """
    if isinstance(arrange, Relative):
        inner, matrices = derivatives_of(arrange.inner, outputs)
        return arrange.relate(inner), np.matmul(arrange.derivatives(inner), matrices)
    if isinstance(arrange, Margin):
        return outputs @ arrange.matrix.T, arrange.matrix
    if isinstance(arrange, LogOdds):
        matrix = LogOdds.contrasts(outputs.shape[1])
        return outputs @ matrix.T, matrix
    if isinstance(arrange, Columns | Log | Stacked):  # a raw score is before the logarithm
        return outputs, np.eye(outputs.shape[1])
    raise TypeError(f"{type(arrange).__name__} has no derivative")


def smooth_function_of(predictor, X_background, *, numeric=True):
    """A predictor as a smooth function of the leaves of its preprocessing.

    Parameters
    ----------
    predictor : Predictor
    X_background : table of shape (n_rows, n_columns)
    numeric : bool, default=True
        Whether derivatives may be differences, for which the model is given floats.

    Returns
    -------
    SmoothFunction
        None if derivatives would have to be differences, but may not.

    Raises
    ------
    ValueError
        If the outputs are predicted classes, if columns that are no numbers reach a model
        without a known derivative, or if the model is constant near all rows that were tried.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.neural_network import MLPRegressor
    >>> from skxai.predictors import as_predictor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = MLPRegressor(hidden_layer_sizes=5, solver="lbfgs", max_iter=2000, random_state=0)
    >>> model = model.fit(X, y)
    >>> smooth = smooth_function_of(as_predictor(model, X), X)
    >>> smooth.kind, smooth.jacobian(smooth.lift(X[:5])).shape
    ('analytic', (5, 1, 10))
    """
    if isinstance(predictor.arrange, Indicators):
        raise ValueError(
            "response_method is 'predict', but predicted classes have no derivative; expected "
            "'raw_score', 'predict_proba' or another score"
        )
    rows = take_rows(X_background, slice(0, _N_CHECKED))
    expected = predictor(rows)
    if not numeric:
        function = _analytic_function(predictor, X_background)
        known = function is not None and function.kind == "analytic"
        return function if known and _agrees(function, rows, expected) else None
    for make in (_analytic_function, _numeric_function, _whole_function):
        function = make(predictor, X_background)
        if function is not None and _agrees(function, rows, expected):
            break
    else:
        raise ValueError(
            "model gives other outputs for its columns as numbers than for X_background; a "
            "derivative needs a model of numbers"
        )
    if function.kind == "numeric":
        _refuse_steps(function, predictor, X_background, rows, expected)
    return function


def _agrees(function, rows, expected):
    deviation = np.abs(function.outputs(function.lift(rows)) - expected).max()
    tol = _MAX_DEVIATION[_precision_of(rows)]
    return deviation <= tol * max(1e-300, np.abs(expected).max())


def _precision_of(X):
    """Single only if the whole table is."""
    dtypes = set(X.dtypes) if isinstance(X, pd.DataFrame) else {X.dtype}
    return np.float32 if dtypes == {np.dtype(np.float32)} else np.float64


def _refuse_steps(function, predictor, X_background, rows, expected):
    """Differences of a function of steps are zero, but where they happen to meet a step."""
    estimator = split_pipeline(predictor.model, X_background).estimator
    steps = any(tree_ensemble_of(estimator, method) is not None for method in _OF_TREES)
    if not steps and len(expected) > 1 and np.ptp(expected, axis=0).max() > 0:
        changing = function.jacobian(function.lift(rows)).any(axis=1).mean(axis=0)
        steps = changing.max() < _LEAST_CHANGING
    if steps:
        raise ValueError(
            f"model, {type(estimator).__name__}, is constant near most rows, as sums of trees and "
            "nearest neighbours are: its derivative is zero and explains nothing"
        )


def _analytic_function(predictor, X):
    split = split_pipeline(predictor.model, X)
    form = smooth_form_of(split.estimator)
    link = None if form is None else LINKS[form.kind].get(predictor.form)
    if link is None:
        return None
    leaves, scales = _leaves_of(split.transformers, X)
    final = Final(link, predictor.arrange, predictor.columns)
    return SmoothFunction(leaves, form, final, None, scales)


def _numeric_function(predictor, X):
    """The last step by differences, of what its preprocessing makes of the leaves."""
    split = split_pipeline(predictor.model, X)
    if not split.transformers:
        return None
    leaves, scales = _leaves_of(split.transformers, X)
    last = predictor.with_model(split.estimator)
    return SmoothFunction(leaves, None, None, OfStage(leaves.stage, last), scales)


def _whole_function(predictor, X):
    leaves, scales = _leaves_of([], X)
    call = OfTable(predictor, getattr(X, "columns", None), _precision_of(X))
    return SmoothFunction(leaves, None, None, call, scales)


def _leaves_of(transformers, X):
    """The leaves of a preprocessing, and their scales."""
    leaves = Leaves(transformers, X)
    values = leaves(X)
    leaves.stage = with_scales(leaves.stage, values)
    return leaves, scales_of(values)


class OfStage:
    """A predictor of what a stage makes of leaves."""

    def __init__(self, stage, predictor):
        self.stage = stage
        self.predictor = predictor

    def __call__(self, U):
        return self.predictor(as_fitted(unfrozen(self.predictor.model), self.stage(U)))


class OfTable:
    """A predictor of the table that leaves are."""

    def __init__(self, predictor, labels, precision):
        self.predictor = predictor
        self.labels = labels
        self.precision = precision

    def __call__(self, U):
        U = U.astype(self.precision, copy=False)
        if self.labels is None:
            return self.predictor(U)
        frame = pd.DataFrame(U)
        frame.columns = self.labels
        return self.predictor(frame)
