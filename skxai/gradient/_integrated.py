"""The explainer by derivatives along a path: integrated gradients."""

import numbers

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval, StrOptions

from skxai.base import Attributions
from skxai.gradient._base import BaseGradientExplainer
from skxai.gradient._paths import mean_jacobian, network_mean_jacobian
from skxai.gradient._rootfinding import RootFinder, margin_if_classes
from skxai.maskers import TabularMasker
from skxai.predictors._networks import Network
from skxai.predictors._smooth._models import LinearScores
from skxai.utils._tables import check_table

_PATHS_AT_ONCE = 1024


class IntegratedGradientsExplainer(BaseGradientExplainer):
    """Explain each prediction by the derivative averaged on the way from a baseline.

    A feature's value is its difference to the baseline times the mean of the derivative on the
    straight way from there. The values sum to the prediction minus the prediction for the baseline.
    For networks of rectifiers, and linear models, they are exact; for others, the nodes of the
    quadrature are doubled until the sum is right.

    Parameters
    ----------
    baseline : "mean", "median", "background", "root", number, row or table, default="mean"
        Where the way begins.

        - "mean": the mean of the background (of an encoded category: the shares of its values).
        - "median": the median, and the most frequent value of what is no number.
        - "background": each background row in turn; values are the mean over them (expected
          gradients), and the base value is the mean prediction, as for Shapley values.
        - "root": the nearest point where nothing is decided, as `TaylorExplainer` finds it.
        - A number for all columns; a row as a DataFrame of one row, Series, dict or sequence; or a
          table of rows, over which values are averaged.
    tol : float, default=1e-6
        How far the values may miss their sum, in standard deviations of the output over the
        background. At most 1024 nodes are used for each way; what is missing after that shows in
        ``completeness_gap``.
    groups : dict, sequence of sequences, fitted ColumnTransformer or None, default=None
        Columns that are one player, as in `TabularMasker`; their values are summed.
    response_method : {"auto", "raw_score", "predict_proba", "predict_log_proba", \
            "decision_function", "predict", "margin", "centred_logit"}, default="auto"
        What to explain; "auto" is the raw score (logits, log-odds) where it is known, otherwise a
        probability or a prediction. See `as_predictor`.
    target : None, label, list of labels or "predicted", default=None
        Which outputs to explain: None for all (for a binary classifier its positive class), a
        class label, a list of labels, or "predicted" for each row's largest output.
    n_jobs : int, default=None
        Number of jobs; the backend is chosen by ``joblib.parallel_config``.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    exact_ : bool
        Whether integrals are exact, to rounding, without quadrature.
    derivative_ : {"analytic", "numeric"}
        How the model's derivative is known: in closed form, or by central differences.
    predictor_ : Predictor
        The wrapped model.
    output_names_ : list of str
        Names of the explained outputs.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Their names, if the background is a DataFrame whose labels are all strings.

    See Also
    --------
    ShapleyExplainer : Also sums to the difference, for any model, and averages over all orders.
    TaylorExplainer : The derivative at one point.

    References
    ----------
    M. Sundararajan, A. Taly and Q. Yan, "Axiomatic attribution for deep networks", ICML (2017).

    G. Erion et al., "Improving performance of deep learning models with axiomatic attribution
    priors and expected gradients", Nature Machine Intelligence 3 (2021).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.neural_network import MLPRegressor
    >>> from skxai import IntegratedGradientsExplainer
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = MLPRegressor(hidden_layer_sizes=5, solver="lbfgs", max_iter=2000, random_state=0)
    >>> model = model.fit(X, y)
    >>> explainer = IntegratedGradientsExplainer().fit(model, X)
    >>> explainer.exact_
    True
    >>> explanation = explainer.explain(X[:3])
    >>> bool(abs(explanation.completeness_gap).max() < 1e-10)
    True
    """

    _parameter_constraints = {
        **BaseGradientExplainer._parameter_constraints,
        "baseline": [
            StrOptions({"mean", "median", "background", "root"}),
            numbers.Real,
            "array-like",
            pd.Series,
            dict,
        ],
        "tol": [Interval(numbers.Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        *,
        baseline="mean",
        tol=1e-6,
        groups=None,
        response_method="auto",
        target=None,
        n_jobs=None,
        verbose=0,
    ):
        self.baseline = baseline
        self.tol = tol
        self.groups = groups
        self.response_method = response_method
        self.target = target
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _wrap(self, model, X):
        if not _is(self.baseline, "root"):
            return super()._wrap(model, X)
        return margin_if_classes(model, X, self.response_method, self.target)

    def _fit(self, X, y):
        super()._fit(X, y)
        self._roots = None
        if _is(self.baseline, "root"):
            self._roots = RootFinder(self.predictor_, self._smooth, self._background)
        elif _is(self.baseline, "mean"):
            self._starts = _mean_row(self._background)
        elif _is(self.baseline, "background"):
            self._starts = self._background
        else:
            self._starts = self._smooth.lift(self._baseline_rows(X))
        if self._roots is None:
            self._start_outputs = self._smooth.outputs(self._starts)
            if not np.isfinite(self._start_outputs).all():
                raise ValueError(
                    f"baseline is {self.baseline!r}, for which the model returns NaN or infinity; "
                    "expected rows whose outputs are finite"
                )
        self._matrix, self._network = self._exact_parts()

    def _baseline_rows(self, X):
        """The baseline as rows of the table."""
        if not isinstance(self.baseline, str | dict | pd.Series | numbers.Real):
            rows = self.baseline
            if isinstance(rows, pd.DataFrame) or np.ndim(rows) == 2:
                rows = self._spec.conform(check_table(rows, "baseline"), "baseline")
                if rows.shape[0] == 0:
                    raise ValueError("baseline has no rows; expected at least one")
                return rows
        return TabularMasker(baseline=self.baseline).fit(X).background_

    @property
    def exact_(self):
        """Whether integrals are exact, to rounding, without quadrature."""
        return self._matrix is not None

    def _exact_parts(self):
        """The outer matrix and the network, if the function is piecewise linear; else None."""
        smooth = self._smooth
        if smooth.form is None or not smooth.leaves.stage.is_affine:
            return None, None
        function = smooth.form.function
        if hasattr(function, "as_network"):  # a torch module may be one
            function = function.as_network()
        if isinstance(function, LinearScores):
            function = Network([function.coef.T], [function.intercept], "identity")
        if not isinstance(function, Network) or not function.is_piecewise_linear:
            return None, None
        return smooth.final.matrix(len(function.biases[-1])), function

    def _mean_jacobian(self, starts, ends):
        if self.exact_:
            stage = self._smooth.leaves.stage
            mean = network_mean_jacobian(self._network, stage(starts), stage(ends))
            return stage.pull(starts, np.matmul(self._matrix, mean)), np.full(len(ends), 2)
        return mean_jacobian(self._smooth, starts, ends, self.tol * self._output_scales)

    def _explain_leaves(self, U, outputs):
        if self._roots is not None:
            return self._from_roots(U, outputs)
        values = np.zeros((len(U), U.shape[1], outputs.shape[1]))
        n_evals = np.ones(len(U), dtype=np.int64)
        at_once = max(1, _PATHS_AT_ONCE // max(1, len(U)))
        for first in range(0, len(self._starts), at_once):
            some = self._starts[first : first + at_once]
            starts, ends = np.tile(some, (len(U), 1)), np.repeat(U, len(some), axis=0)
            mean, counts = self._mean_jacobian(starts, ends)
            parts = (mean * _ways(starts, ends)[:, None, :]).transpose(0, 2, 1)
            values += parts.reshape(len(U), len(some), *parts.shape[1:]).sum(axis=1)
            n_evals += counts.reshape(len(U), len(some)).sum(axis=1)
        return Attributions(
            values / len(self._starts), self._start_outputs.mean(axis=0), n_evals=n_evals
        )

    def _from_roots(self, U, outputs):
        """Each output has its own baseline."""
        values, bases = np.zeros((len(U), U.shape[1], outputs.shape[1])), []
        n_evals = np.ones(len(U), dtype=np.int64)
        points, _ = self._roots.find(U, outputs)
        for k in range(outputs.shape[1]):
            mean, counts = self._mean_jacobian(points[:, k], U)
            values[:, :, k] = mean[:, k] * _ways(points[:, k], U)
            bases.append(self._smooth.outputs(points[:, k])[:, k])
            n_evals += counts
        return Attributions(values, np.stack(bases, axis=1), n_evals=n_evals)


def _is(baseline, name):
    return isinstance(baseline, str) and baseline == name


def _mean_row(rows):
    """The mean of the values that are not missing; missing where all are."""
    without = np.isnan(rows).all(axis=0)
    return np.where(without, np.nan, np.nanmean(np.where(without, 0.0, rows), axis=0))[None]


def _ways(starts, ends):
    return np.nan_to_num(ends - starts)
