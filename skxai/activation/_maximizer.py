"""Inputs that a model is made to respond to."""

import numbers
import warnings
from functools import partial

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity
from sklearn.utils import metadata_routing
from sklearn.utils._param_validation import Interval, StrOptions

from skxai.activation._bounds import bounds_of
from skxai.activation._functions import NumberTable, OfNumbers, smooth_columns_of
from skxai.activation._numbers import check_numbers
from skxai.activation._penalties import fit_density, penalty_of
from skxai.activation._search import Objective, climb, evolve
from skxai.base import BaseExplainer
from skxai.predictors import RESPONSE_METHODS, as_predictor
from skxai.predictors._raw_scores import raw_score_of
from skxai.utils._parallel import map_chunks
from skxai.utils._random import draw_seeds
from skxai.utils._tables import TableSpec

# Searches start from the best of so many background rows that activate an output most.
_MAX_CANDIDATES = 100
# Where an open end is taken to lead nowhere, in standard deviations.
_FARTHEST = 1e6


class ActivationMaximizer(BaseEstimator):
    """Find the input that activates an output of a model most.

    "What does the network think a 3 looks like?" For each output :math:`f`, `fit` looks for the
    row :math:`x` with the largest :math:`f(x) - \\lambda \\Omega(x)`. The penalty :math:`\\Omega`
    keeps it near what the data are like; with a density of the data it is the most typical input
    of a class rather than the one of which the model is most sure.

    It explains a model, not rows: `fit` finds everything, and there is no method `explain`.

    Parameters
    ----------
    penalty : {"l2", "density", "mixture"}, KernelDensity or GaussianMixture, default="l2"
        What :math:`\\Omega` is, for columns :math:`z` that are standardised by the mean and the
        standard deviation of the background.

        - "l2": :math:`\\|z\\|^2`, the squared distance from the mean row;
        - "density": :math:`-\\log p(z)` by kernels around all rows of the background, with
          Scott's bandwidth;
        - "mixture": :math:`-\\log p(z)` by five Gaussians (fewer for less than 50 rows);
        - an unfitted KernelDensity with Gaussian kernels, or a GaussianMixture: a clone is fitted
          to the standardised background.
    strength : float or "auto", default="auto"
        :math:`\\lambda`, in units of the output; not negative. "auto": for each output, its
        standard deviation over the background, divided by :math:`\\sqrt{d}` for a density and by
        :math:`2\\sqrt{d}` for "l2", where d columns vary. So strong a penalty takes a linear
        model of uncorrelated columns as far from the mean as an average row is.
    bounds : "background", None, (low, high) or dict, default="background"
        Where to search. "background": between the smallest and the largest value of each column.
        A pair: numbers, or arrays with a number for each column; None for an open end. A dict of
        columns and pairs; the others stay within the background. None: anywhere.
    n_starts : int, default=5
        How many background rows to start from, those where the aim is largest already. A
        derivative-free search takes fifty whatever this is.
    max_evals : int, default=10000
        For models without a derivative: how many rows to evaluate for each output; ten
        at least.
    target : None, label or list of labels, default=None
        Which outputs. None: all of them (for a binary classifier its positive class).
    response_method : {"auto", "predict_proba", "decision_function", "predict_log_proba", \
            "predict", "raw_score", "margin", "centred_logit"}, default="auto"
        What is maximised. "auto" is the raw score where there is one, else as in `as_predictor`.
    random_state : int, RandomState instance or None, default=None
        Seeds the fit of a mixture and the derivative-free search.
    n_jobs : int, default=None
        Number of jobs, over outputs; the backend is chosen by ``joblib.parallel_config``.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    prototypes_ : DataFrame or ndarray of shape (n_outputs, n_features)
        The input found for each output, a table like the background; a DataFrame is labelled by
        the names of the outputs.
    activations_ : ndarray of shape (n_outputs,)
        The outputs there, as the model gives them for these rows.
    penalties_ : ndarray of shape (n_outputs,)
        The penalty there, without `strength`.
    strength_ : ndarray of shape (n_outputs,)
        The strength used.
    derivative_ : {"analytic", "numeric", None}
        How the derivative is known. None: not at all, as for trees; the search does without.
    density_ : KernelDensity, GaussianMixture or None
        What was fitted to the standardised background, ``(X - mean_) / scale_``.
    mean_, scale_ : ndarray of shape (n_features,)
        Mean and standard deviation of the background; 1 where that is zero.
    bounds_ : ndarray of shape (n_features, 2)
        Where was searched.
    predictor_ : Predictor
        The wrapped model.
    output_names_ : list of str
        Names of the outputs.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Their names, if the background is a DataFrame whose labels are all strings.

    See Also
    --------
    PrototypeExplainer : Rows of the data that activate a class most; also for mixed tables.

    Notes
    -----
    For a linear :math:`f` with coefficients :math:`w` of standardised columns, "l2" gives
    :math:`z = w / 2\\lambda`. With ``response_method="predict_log_proba"``, a density and
    ``strength=1``, the aim is :math:`\\log p(c \\mid x) + \\log p(x)`: what is found is the most
    probable input of class :math:`c`, as far as both models are right. The raw score of a class may
    be large where that of another is larger, and then the model predicts the other for what is
    found: "margin" and "predict_log_proba" compare the classes.

    The search is by L-BFGS-B where the model has a derivative, else by differential evolution. Both
    find a local maximum; more starts, or more evaluations, may find a higher one. All columns must
    be numbers without gaps, and are treated as if they could take any value within the bounds:
    whole numbers and flags of 0 and 1 too. For columns of other kinds there is
    `PrototypeExplainer`.

    References
    ----------
    K. Simonyan, A. Vedaldi and A. Zisserman, "Deep inside convolutional networks: visualising
    image classification models and saliency maps", ICLR workshop (2014).

    G. Montavon, W. Samek and K.-R. Müller, "Methods for interpreting and understanding deep neural
    networks", Digital Signal Processing 73 (2018).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skxai import ActivationMaximizer
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = LogisticRegression(max_iter=1000).fit(X, y)
    >>> maximizer = ActivationMaximizer(penalty="density", response_method="predict_log_proba")
    >>> maximizer.fit(model, X).prototypes_.shape
    (3, 4)
    >>> model.predict(maximizer.prototypes_)
    array([0, 1, 2])
    """

    _parameter_constraints = {
        "penalty": [StrOptions({"l2", "density", "mixture"}), KernelDensity, GaussianMixture],
        "strength": [Interval(numbers.Real, 0, None, closed="left"), StrOptions({"auto"})],
        "bounds": "no_validation",
        "n_starts": [Interval(numbers.Integral, 1, None, closed="left")],
        "max_evals": [Interval(numbers.Integral, 10, None, closed="left")],
        "target": "no_validation",
        "response_method": [StrOptions({"auto", *RESPONSE_METHODS})],
        "random_state": ["random_state"],
        "n_jobs": BaseExplainer._parameter_constraints["n_jobs"],
        "verbose": ["verbose"],
    }

    # The arguments of `fit` are no metadata that scikit-learn could route.
    __metadata_request__fit = {
        "model": metadata_routing.UNUSED,
        "X_background": metadata_routing.UNUSED,
    }

    def __init__(
        self,
        *,
        penalty="l2",
        strength="auto",
        bounds="background",
        n_starts=5,
        max_evals=10000,
        target=None,
        response_method="auto",
        random_state=None,
        n_jobs=None,
        verbose=0,
    ):
        self.penalty = penalty
        self.strength = strength
        self.bounds = bounds
        self.n_starts = n_starts
        self.max_evals = max_evals
        self.target = target
        self.response_method = response_method
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(self, model, X_background=None, y=None):
        """Find the inputs that activate a model most.

        Parameters
        ----------
        model : fitted estimator, Pipeline, object with `predict`, torch module, or function
            Used as it is, never cloned, refitted or changed.
        X_background : DataFrame or array-like of shape (n_rows, n_features)
            Rows such as the model was trained on; numbers or truth values, none missing. Categories
            and texts are none, whatever they look like.
        y : None
            Ignored.

        Returns
        -------
        self : ActivationMaximizer
            The fitted maximizer.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError, ValueError
            If an argument is not as described; the message names it.
        """
        self._validate_params()
        X, U = check_numbers(X_background)
        spec = TableSpec.of(X)
        ends = bounds_of(self.bounds, U, spec.names, spec.columns)
        self.predictor_ = self._wrap(model, X)
        self.n_features_in_ = spec.n_columns
        if hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        if spec.feature_names_in is not None:
            self.feature_names_in_ = spec.feature_names_in
        self.bounds_ = ends
        self._table = NumberTable.like(X)
        outputs = self.predictor_(X)
        smooth = smooth_columns_of(self.predictor_, self._table(U), self._table)
        self.derivative_ = None if smooth is None else smooth.function.kind
        if smooth is None and not np.isfinite(ends).all():
            raise ValueError(
                f"bounds is {self.bounds!r}, but {type(model).__name__} has no derivative here, "
                "and a search without one needs finite bounds for every column"
            )
        self._standardise(U)
        seeds = draw_seeds(self.random_state, 1 + self.predictor_.n_outputs).tolist()
        Z = (U - self.mean_) / self.scale_
        self.density_ = fit_density(self.penalty, Z, seeds[0])
        self._set_strength(outputs, np.count_nonzero(np.ptp(U, axis=0)))
        self._search(smooth, Z, outputs, seeds[1:])
        return self

    def _wrap(self, model, X):
        if isinstance(self.target, str) and self.target == "predicted":
            raise ValueError("target is 'predicted', but there are no rows to predict; use None")
        response = self.response_method
        if response == "auto" and raw_score_of(model) is not None:
            response = "raw_score"
        return as_predictor(model, X, response_method=response, target=self.target)

    @property
    def output_names_(self):
        """Names of the outputs."""
        return list(self.predictor_.output_names)

    def _standardise(self, U):
        self.mean_, spread = U.mean(axis=0), U.std(axis=0)
        constant = np.ptp(U, axis=0) == 0  # rounding may leave them some spread
        self.scale_ = np.where(constant, 1.0, spread)

    def _set_strength(self, outputs, n_varying):
        if self.strength == "auto":
            spread = np.where(np.ptp(outputs, axis=0) > 0, outputs.std(axis=0), 1.0)
            self.strength_ = spread / np.sqrt(max(1, n_varying))
            if self.density_ is None:
                self.strength_ /= 2  # a Gaussian's logarithm has half the square
        else:
            self.strength_ = np.full(outputs.shape[1], float(self.strength))

    def _search(self, smooth, Z, outputs, seeds):
        low, high = ((self.bounds_ - self.mean_[:, None]) / self.scale_[:, None]).T
        low = np.where(np.isinf(low), -_FARTHEST, low)
        high = np.where(np.isinf(high), _FARTHEST, high)
        penalty = penalty_of(self.density_, Z)
        tasks = []
        for k, seed in enumerate(seeds):
            objective = self._objective(k, smooth, penalty)
            best = np.argsort(-outputs[:, k], kind="stable")[:_MAX_CANDIDATES]
            worth = outputs[best, k] - self.strength_[k] * penalty(Z[best])[0]
            starts = Z[best[np.argsort(-worth, kind="stable")]]
            tasks.append((objective, starts, low, high, seed))
        run = partial(
            _run,
            by_slope=smooth is not None,
            n_starts=self.n_starts,
            max_evals=self.max_evals,
        )
        found = map_chunks(
            run,
            tasks,
            n_chunks=len(tasks),
            n_jobs=self.n_jobs,
            verbose=self.verbose,
            name=type(self).__name__,
        )
        if smooth is not None and not all(end.converged for end in found):
            warnings.warn(
                "a search took its largest number of steps before it reached a maximum",
                ConvergenceWarning,
                stacklevel=3,
            )
        best = np.array([end.z for end in found])
        self._refuse_far(best)
        # Rounding must not lead out of the bounds.
        rows = np.clip(best * self.scale_ + self.mean_, *self.bounds_.T)
        self.prototypes_ = self._table(rows, self.output_names_)
        self.activations_ = np.diagonal(self.predictor_(self.prototypes_)).copy()
        self.penalties_ = penalty(best)[0]

    def _refuse_far(self, Z):
        far = (np.isinf(self.bounds_).any(axis=1) & (np.abs(Z) > _FARTHEST / 2)).any(axis=1)
        if far.any():
            name = self.output_names_[int(np.flatnonzero(far)[0])]
            raise ValueError(
                f"bounds is {self.bounds!r} and strength {self.strength!r}, with which output "
                f"{name!r} grows without end; expected a larger strength, or bounds"
            )

    def _objective(self, output, smooth, penalty):
        mean, scale = self.mean_, self.scale_
        if smooth is None:
            function = OfNumbers(self.predictor_, self._table)
            return Objective(
                _Standardised(function, mean, scale, output), None, penalty, self.strength_[output]
            )
        return Objective(
            _Standardised(smooth.outputs, mean, scale, output),
            _StandardisedSlopes(smooth, mean, scale, output),
            penalty,
            self.strength_[output],
        )

    def __sklearn_is_fitted__(self):
        return hasattr(self, "prototypes_")


class _Standardised:
    """One output of a function of columns, as one of standardised columns."""

    def __init__(self, function, mean, scale, output):
        self.function, self.mean, self.scale, self.output = function, mean, scale, output

    def __call__(self, Z):
        return self.function(Z * self.scale + self.mean)[:, self.output]


class _StandardisedSlopes(_Standardised):
    """Its derivatives."""

    def __call__(self, Z):
        return self.function.slopes(Z * self.scale + self.mean, self.output) * self.scale


def _run(objective, starts, low, high, seed, *, by_slope, n_starts, max_evals):
    if by_slope:
        return climb(objective, starts[:n_starts], low, high)
    return evolve(objective, starts, low, high, max_evals, seed)
