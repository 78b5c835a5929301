"""The explainer by averaged derivatives: SmoothGrad and its variants."""

import numbers

import numpy as np
from scipy.special import ndtri
from sklearn.utils._param_validation import Interval, StrOptions

from skxai.base import Attributions
from skxai.gradient._base import BaseGradientExplainer, measure, quantity_of
from skxai.gradient._domain import Domain
from skxai.utils._designs import uniforms
from skxai.utils._random import draw_seeds

KINDS = ("gradient", "squared", "variance", "times_input")
_ROWS_AT_ONCE = 1024


class SmoothGradExplainer(BaseGradientExplainer):
    """Explain each prediction by the model's derivative, averaged over noise around the row.

    A derivative at a point is often rugged where the model is not. Its mean over noisy copies of
    the row is the derivative of the model blurred by that noise. The noise is drawn evenly and in
    antithetic pairs, once, in `fit`, and is the same for all rows; each mean has a standard error.

    Parameters
    ----------
    kind : {"gradient", "squared", "variance", "times_input"}, default="gradient"
        What is averaged: the derivative; its square; the variance of the derivative over the noise
        (VarGrad); or the mean derivative times the row's value.
    n_samples : int, default=64
        How many noisy copies of each row; an odd number is made even.
    noise : float or dict, default=0.15
        The standard deviation of the noise, in standard deviations of the feature over the
        background; a dict gives it by column, 0 for those it does not name.
    project : bool, default=False
        Whether noisy rows are put back to what the background has: numbers clipped to its range,
        encoded categories to the nearest shares that are not negative and sum to one.
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
    random_state : int, RandomState instance or None, default=None
        Seeds the noise, which is drawn once, in `fit`.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    noise_ : ndarray of shape (n_samples, n_leaves)
        The noise, added to the columns of numbers and the encoded columns.
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
    SaliencyExplainer : The derivative at the row itself.
    LimeExplainer : The slope of a linear fit to noisy copies, for any model.

    Notes
    -----
    Standard errors take a pair of opposite noises as a unit. Noise that is spread evenly does
    better than that, so they are mostly too large.

    References
    ----------
    D. Smilkov et al., "SmoothGrad: removing noise by adding noise", ICML workshop (2017).

    J. Adebayo et al., "Sanity checks for saliency maps", NeurIPS (2018).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.neural_network import MLPRegressor
    >>> from skxai import SmoothGradExplainer
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = MLPRegressor(hidden_layer_sizes=5, solver="lbfgs", max_iter=2000, random_state=0)
    >>> model = model.fit(X, y)
    >>> explainer = SmoothGradExplainer(noise=0.3, random_state=0).fit(model, X)
    >>> explanation = explainer.explain(X[:3])
    >>> explanation.std_errors.shape
    (3, 10)
    """

    _parameter_constraints = {
        **BaseGradientExplainer._parameter_constraints,
        "kind": [StrOptions(set(KINDS))],
        "n_samples": [Interval(numbers.Integral, 4, None, closed="left")],
        "noise": [Interval(numbers.Real, 0, None, closed="left"), dict],
        "project": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        kind="gradient",
        n_samples=64,
        noise=0.15,
        project=False,
        groups=None,
        response_method="auto",
        target=None,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.kind = kind
        self.n_samples = n_samples
        self.noise = noise
        self.project = project
        self.groups = groups
        self.response_method = response_method
        self.target = target
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def _prepare(self, y):
        sizes = self._noise_of_leaves() * self._spreads
        n_pairs, n_leaves = -(-self.n_samples // 2), len(sizes)
        seed = int(draw_seeds(self.random_state, 1)[0])
        half = ndtri(uniforms(n_pairs, n_leaves, seed)) * sizes
        self.noise_ = np.stack([half, -half], axis=1).reshape(-1, n_leaves)
        self._domain = Domain(self._background, self._smooth.leaves) if self.project else None

    def _noise_of_leaves(self):
        """The size of the noise for each leaf, in standard deviations."""
        if not isinstance(self.noise, dict):
            return np.full(len(self._smooth.sources), float(self.noise))
        names = self._spec.names
        unknown = [name for name in self.noise if str(name) not in names]
        if unknown:
            raise ValueError(f"noise names {unknown}; expected columns, of {names}")
        by_column = np.zeros(len(names))
        for name, size in self.noise.items():
            if not isinstance(size, numbers.Real) or size < 0:
                raise ValueError(f"noise of {name!r} is {size!r}; expected a number of at least 0")
            by_column[names.index(str(name))] = size
        return by_column[self._smooth.sources]

    @property
    def _quantity(self):
        return quantity_of(self.kind)

    def _explain_pooled(self, U, outputs):
        n_pairs = len(self.noise_) // 2
        sums = [0.0] * 5
        at_once = max(1, _ROWS_AT_ONCE // max(1, 2 * len(U)))
        for first in range(0, n_pairs, at_once):
            shown = self._noisy(U, self.noise_[2 * first : 2 * (first + at_once)])
            sums = [total + part for total, part in zip(sums, _sums(shown))]
        means = [total / n_pairs for total in sums]
        if self.kind == "variance":
            values, errors = (self._pool(part) for part in _variance(means, n_pairs))
        else:
            mean, squares = means[0], means[2]
            values = mean
            errors = np.sqrt(np.maximum(squares - mean**2, 0) / max(1, n_pairs - 1))
        return Attributions(values, self._base, errors, np.full(len(U), 1 + len(self.noise_)))

    def _noisy(self, U, noise):
        """What is averaged, for noisy copies: (n_rows, n_pairs, 2, n_players, n_outputs)."""
        points = (U[:, None, :] + noise).reshape(-1, U.shape[1])
        if self._domain is not None:
            points = self._domain.project(points)
        shown = self._derivatives(points, self.kind)
        if self.kind != "variance":  # which is no mean: it is summed over a player's leaves later
            shown = self._pool(measure(self.kind, shown, np.repeat(U, len(noise), axis=0)))
        return shown.reshape(len(U), -1, 2, *shown.shape[1:])


def _sums(shown):
    """Sums over pairs of what estimates are made of; g and s are a pair's mean and mean square."""
    g, s = shown.mean(axis=2), (shown**2).mean(axis=2)
    return [part.sum(axis=1) for part in (g, s, g**2, s**2, g * s)]


def _variance(means, n_pairs):
    """The variance over the noise, and its standard error by the delta method."""
    g, s, gg, ss, gs = means
    unbiased = 2 * n_pairs / (2 * n_pairs - 1)
    variance = np.maximum(s - g**2, 0) * unbiased
    # The spread over pairs of s - 2 mean(g) g, to which the variance answers.
    spread = ss - s**2 - 4 * g * (gs - g * s) + 4 * g**2 * (gg - g**2)
    return variance, np.sqrt(np.maximum(spread, 0) / max(1, n_pairs - 1))
