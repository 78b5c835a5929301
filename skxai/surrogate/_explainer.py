"""The explainer by local surrogates."""

import numbers
import warnings
from dataclasses import replace

import numpy as np
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skxai._coalitions import CoalitionGame
from skxai.base import ROWS_OF_OWN_PLAYERS, BaseExplainer
from skxai.maskers import RowMasker, TabularMasker
from skxai.surrogate._background import BackgroundNeighbourhood, CoalitionNeighbourhood
from skxai.surrogate._combination import check_combination, warn_of_many_players
from skxai.surrogate._exact import find_exact
from skxai.surrogate._explanation import LimeExplanation
from skxai.surrogate._fitting import LocalFitter
from skxai.surrogate._gaussian import GaussianNeighbourhood
from skxai.surrogate._kernels import KERNELS
from skxai.surrogate._players import Players, numbers_of
from skxai.surrogate._quartiles import QuartileNeighbourhood
from skxai.surrogate._rules import Splits, trees_as_json
from skxai.surrogate._sampling import Sampling, with_no_players
from skxai.surrogate._selection import SELECTIONS
from skxai.surrogate._surrogates import (
    LinearSurrogate,
    TreeSurrogate,
    make_surrogate,
)
from skxai.utils._random import draw_seeds

_WIDTH = 0.75
# In standard deviations, how far neighbours are from the row by default.
_RADIUS = 0.3
# With `tol`, blocks of 1, 1, 2, 4 and 8 times n_samples.
_BLOCKS = (1, 1, 2, 4, 8)
_FRESH_SHARE = 4  # one fresh neighbour for so many fitted ones
_CELLS_PER_CHUNK = 2**21
_FEWEST = 20


class LimeExplainer(BaseExplainer):
    """Explain each prediction by a simple model of the model around its row (LIME).

    The model is evaluated on neighbours of the row, and a surrogate, by default a linear one, is
    fitted to what it says. Values are the coefficients: what the model does when a feature changes
    a little (or, in binary neighbourhoods, when the feature has the row's value). Neighbours are
    drawn evenly, where they have opposites in pairs, and once, in `fit`; each coefficient has a
    standard error; and the result tells how well the surrogate fits, on fresh neighbours too.

    Parameters
    ----------
    surrogate : {"ridge", "forward", "lars", "highest", "tree"} or regressor, default="ridge"
        What is fitted to the neighbours.

        - "ridge": weighted least squares with a tiny penalty, on all features, or, with
          `n_features`, as "forward".
        - "forward", "lars", "highest": the same on `n_features` features, chosen one after the
          other by what they explain; as the first of the lasso path; or by the largest
          coefficients of the fit with all. All others are zero.
        - "tree": a decision tree of depth 3. Values are importances in the tree; ``rules`` of
          the result puts it in words, and ``plot("tree")`` draws it.
        - An unfitted regressor that takes ``sample_weight`` and has ``coef_`` or
          ``feature_importances_`` once fitted.
    neighbourhood : {"auto", "gaussian", "background", "quartiles"}, default="auto"
        How neighbours are drawn, and what coefficients mean. "auto" is "gaussian" for tables, and
        for texts, images and sequences "background", which alone is known for them.

        - "gaussian": close to the row. Numbers are shifted by `kernel_width` standard deviations of
          the background, within its range; a coefficient is the change of the output for one
          standard deviation. All else (texts, categories, booleans, missing values, groups, numbers
          with one or two values) is redrawn from the background rows that differ, with
          probability w² / (1 + w²), at least 0.05, where w is `kernel_width`; a coefficient is the
          effect of having the row's value.
        - "background": each feature keeps the row's value or takes that of a background row (or is
          absent, as the `masker` says), as by tossing a coin; a coefficient is the effect of
          having the row's value.
        - "quartiles": lime's. Each feature is drawn anew: a quartile by its share of the
          background, and a value in it; other features by their values. A coefficient is the
          effect of being in the row's quartile. It is here to compare with; it is not local.
    kernel : {"auto", "gaussian", "exponential", "cosine", "epanechnikov", "hamming", "shapley"} \
            or None, default="auto"
        How neighbours are weighted by their Euclidean distance in coordinates (in binary
        neighbourhoods the root of the number of features that differ), relative to
        `kernel_width` · √n_players. None: all alike, that is, the neighbourhood itself is the
        kernel. "hamming" is the share of features that are as in the row; "shapley", for the
        neighbourhood "background", makes the coefficients Shapley values, which sum to the
        prediction minus the mean prediction. "auto": None for "gaussian", "hamming" for texts,
        images and sequences, else "gaussian".
    kernel_width : float, default=None
        The width of the Gaussian neighbourhood and of kernels. None: for the neighbourhood
        "gaussian" 0.3 / √(number of features that are shifted), so that neighbours lie about 0.3
        standard deviations away; lime's 0.75 for the others.
    n_samples : int, default=1024
        Neighbours that a surrogate is fitted to. A quarter as many are drawn to test it.
    n_features : int, default=None
        How many features a sparse linear surrogate uses. None: all for "ridge", up to 10 for
        "forward", "lars" and "highest".
    tol : float, default=None
        Double the number of neighbours, up to 16 times `n_samples`, until all standard errors
        of an output are at most this, for each row. For linear surrogates.
    groups : dict, sequence of sequences, fitted ColumnTransformer or None, default=None
        Columns that are one player, as in `TabularMasker`.
    masker : TextMasker, ImageMasker or SequenceMasker, default=None
        Who the players of a text, an image or a sequence are, and what absence means. None: rows
        are those of a table.
    response_method : {"auto", "predict_proba", "decision_function", "predict_log_proba", \
            "predict", "raw_score"}, default="auto"
        What to explain; "auto" is the probability for classifiers that have it.
    target : None, label, list of labels or "predicted", default=None
        Which outputs to explain: None for all (for a binary classifier its positive class), a
        class label, a list of labels, or "predicted" for each row's largest output.
    n_jobs : int, default=None
        Number of jobs; the backend is chosen by ``joblib.parallel_config``.
    random_state : int, RandomState instance or None, default=None
        Seeds the neighbours, which are drawn once, in `fit`.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    algorithm_ : {"sampled", "linear", "tree"}
        How coefficients are computed: from samples, or in closed form.
    exact_ : bool
        Whether they are exact: what samples without end would give.
    kernel_ : str or None
        The kernel that is used.
    kernel_width_ : float
        Its width.
    scales_ : ndarray of shape (n_players,)
        One unit of each coordinate of the Gaussian neighbourhood: the standard deviation of a
        number over the background; 1 for other players. Only for tables.
    masker_ : TextMasker, ImageMasker or SequenceMasker
        The fitted masker, where there is one.
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
    ShapleyExplainer : Values that sum to the prediction, whatever the model.
    LimeExplanation : What `explain` returns.

    Notes
    -----
    With the surrogate "ridge", all features, and the neighbourhood "gaussian" without a kernel,
    or another with the Gaussian kernel or none, coefficients are exact for sums of trees and for
    linear models, behind preprocessing that acts column by column (and, but for "background",
    along straight lines). They are covariances under a product law and read off the fitted model;
    only `fresh_r2` calls it. Of sums of trees, those that would take too much memory are sampled.

    Standard errors are those of a jackknife that leaves out one pair of neighbours at a time,
    opposites where there are (with the Shapley kernel, of a sandwich over pairs). Evenly spread
    samples do better than that, so they are mostly too large. They hold for the drawing of
    neighbours, given the model and the neighbourhood, and not for the selection of features.

    With the neighbourhood "gaussian", coefficients are mean slopes around the row (Stein's lemma),
    as seen through the samples: the gradient itself only where it hardly changes within the width.

    References
    ----------
    M. T. Ribeiro, S. Singh and C. Guestrin, "Why should I trust you?: Explaining the predictions
    of any classifier", KDD (2016).

    D. Garreau and U. von Luxburg, "Explaining the explainer: a first theoretical analysis of
    LIME", AISTATS (2020).

    Z. Tan, Y. Tian and J. Li, "GLIME: general, stable and local LIME explanation", NeurIPS (2023).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import RandomForestRegressor
    >>> from skxai.surrogate import LimeExplainer
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = RandomForestRegressor(n_estimators=20, random_state=0).fit(X, y)
    >>> explainer = LimeExplainer(random_state=0).fit(model, X)
    >>> explainer.algorithm_, explainer.exact_
    ('tree', True)
    >>> explanation = explainer.explain(X[:2])
    >>> explanation.values.shape
    (2, 10)

    x1 · x2 at (1, 3) has the slopes 3 and 1 in its own units:

    >>> explainer = LimeExplainer(kernel_width=0.1, random_state=0)
    >>> explainer.fit(lambda X: X[:, 0] * X[:, 1], [[-1.5, 4], [1.5, 2], [0, 3], [0, 5], [0, 3]])
    LimeExplainer(kernel_width=0.1, random_state=0)
    >>> (explainer.explain([[1, 3]]).values / explainer.scales_).round(4)
    array([[3., 1.]])
    """

    _parameter_constraints = {
        **BaseExplainer._parameter_constraints,
        "surrogate": [StrOptions({"ridge", *SELECTIONS, "tree"}), HasMethods(["fit", "predict"])],
        "neighbourhood": [StrOptions({"auto", "gaussian", "background", "quartiles"})],
        "kernel": [StrOptions({"auto", *KERNELS}), None],
        "kernel_width": [Interval(numbers.Real, 0, None, closed="neither"), None],
        "n_samples": [Interval(numbers.Integral, 8, None, closed="left")],
        "n_features": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "tol": [Interval(numbers.Real, 0, None, closed="neither"), None],
        "groups": TabularMasker._parameter_constraints["groups"],
        "masker": [RowMasker, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        surrogate="ridge",
        neighbourhood="auto",
        kernel="auto",
        kernel_width=None,
        n_samples=1024,
        n_features=None,
        tol=None,
        groups=None,
        masker=None,
        response_method="auto",
        target=None,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.surrogate = surrogate
        self.neighbourhood = neighbourhood
        self.kernel = kernel
        self.kernel_width = kernel_width
        self.n_samples = n_samples
        self.n_features = n_features
        self.tol = tol
        self.groups = groups
        self.masker = masker
        self.response_method = response_method
        self.target = target
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def _fit(self, X, y):
        own = self._has_own_players
        self._neighbourhood = self.neighbourhood
        if self.neighbourhood == "auto":
            self._neighbourhood = "background" if own else "gaussian"
        local = self._neighbourhood == "gaussian"
        automatic = "hamming" if own else None if local else "gaussian"
        self.kernel_ = automatic if self.kernel == "auto" else self.kernel
        check_combination(self, self._neighbourhood, self.kernel_, own)
        self._surrogate = make_surrogate(self.surrogate, self.n_features)
        self._form = None  # whatever an earlier fit left
        self._seeds = draw_seeds(self.random_state, len(_BLOCKS if self.tol else _BLOCKS[:1]) + 1)
        if own:
            self._fit_own_players()
        else:
            self._fit_table(X)

    def _fit_own_players(self):
        """Everything else depends on how many players a row has."""
        self._player_names = self._player_columns = None
        self.algorithm_, self.exact_ = "sampled", False
        self.kernel_width_ = float(_WIDTH if self.kernel_width is None else self.kernel_width)

    def _fit_table(self, X):
        masker = TabularMasker(groups=self.groups).fit(X)
        self._player_names, self._player_columns = masker.player_names_, masker.columns_
        background = masker.background_
        outputs = self.predictor_(background)
        self._base_values = outputs.mean(axis=0)
        self._players = Players.of(background, masker.columns_)
        self.scales_ = self._players.scale
        local = self._neighbourhood == "gaussian"
        default = _RADIUS / np.sqrt(max(1, len(self._players.numbers))) if local else _WIDTH
        self.kernel_width_ = float(default if self.kernel_width is None else self.kernel_width)
        neighbourhood = self._make_neighbourhood(background)
        if isinstance(self._surrogate, LinearSurrogate) and self._surrogate.selection is None:
            self._form = find_exact(
                self.predictor_, outputs, neighbourhood, self.kernel_, self.kernel_width_
            )
        self.algorithm_ = "sampled" if self._form is None else self._form.algorithm
        self.exact_ = self._form is not None
        if not self.exact_ and isinstance(self._surrogate, LinearSurrogate):
            warn_of_many_players(len(self._players), self.n_samples)
        self._sampling = self._sample(neighbourhood, len(self._players))

    def _make_neighbourhood(self, background):
        if self._neighbourhood == "gaussian":
            return GaussianNeighbourhood(self._players, background, self.kernel_width_)
        if self._neighbourhood == "background":
            by_shapley = self.kernel_ == "shapley"
            return BackgroundNeighbourhood(self._players, background, by_shapley)
        return QuartileNeighbourhood(self._players, background, self.predictor_)

    def _sample(self, neighbourhood, n_players):
        """All neighbours that any row with so many players may need, and what fits them."""
        n_samples = 2 * (self.n_samples // 2)
        *seeds, fresh_seed = self._seeds
        designs = []
        if not self.exact_:
            designs = [
                neighbourhood.draw(size * n_samples, seed) for size, seed in zip(_BLOCKS, seeds)
            ]
        fresh = neighbourhood.draw(max(8, 2 * (n_samples // _FRESH_SHARE // 2)), fresh_seed)
        width = self.kernel_width_ * np.sqrt(n_players)
        kernel = self.kernel_
        if n_players == 1 and self._neighbourhood != "gaussian" and kernel != "shapley":
            kernel = None  # any weights give the same, but not if the only neighbour has none
        fitter = LocalFitter(self._surrogate, neighbourhood, kernel, width, self.tol)
        return Sampling(fitter, designs, fresh, n_players)

    def _rows_per_chunk(self):
        if self._has_own_players:
            return ROWS_OF_OWN_PLAYERS
        return max(1, _CELLS_PER_CHUNK // (self._sampling.n_samples * len(self._players)))

    def explain(self, X):
        """Explain the predictions for some rows.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
            The rows, with the columns of the background. They are left as they are.

        Returns
        -------
        LimeExplanation
            The coefficients, and how well the surrogates fit.

        Raises
        ------
        NotFittedError
            If the explainer is not fitted.
        TypeError, ValueError
            If `X` differs in kind or columns from the background, or if the model returns NaN.

        Warns
        -----
        UserWarning
            If the kernel leaves so few neighbours of some rows any weight that their
            coefficients are not to be trusted.
        """
        check_is_fitted(self, "predictor_")
        explanation = self._attribute(
            X, self._explain_rows, self._rows_per_chunk(), LimeExplanation
        )
        self._warn_if_few(explanation)
        return explanation

    def _warn_if_few(self, explanation):
        """Warn where the kernel leaves hardly any neighbours."""
        if self.kernel_ in (None, "shapley"):
            return
        if explanation.layout is None:
            counts, most = len(self._player_names), sum(map(len, self._sampling.designs))
        else:  # long texts may have more words than there are samples
            counts = explanation.layout.counts
            n_coalitions = self.masker_.n_background_ * 2.0**counts
            most = np.where(n_coalitions <= self.n_samples, n_coalitions, np.inf)
        few = np.maximum(_FEWEST, 2 * (counts + 1))
        sizes = explanation.effective_sample_size
        small = sizes < np.minimum(few, most / 2)
        if small.any():
            wider = f", or a larger kernel_width than {self.kernel_width_}"
            if self.kernel_ == "hamming":
                wider = ""
            warnings.warn(
                f"the kernel leaves {small.sum()} of {len(sizes)} rows less than "
                f"{np.max(few):.0f} effective neighbours (the least: {np.nanmin(sizes):.1f}); use "
                f"more n_samples{wider}",
                UserWarning,
                stacklevel=3,
            )

    def _explain_rows(self, X, predictions):
        if self._has_own_players:
            found = self._explain_by_players(X, predictions, self._explain_own_players)
            return replace(found, more=with_no_players(found))
        base_values = np.broadcast_to(self._base_values, predictions.shape)
        exact = None if self._form is None else self._form.coefficients(X)
        found, fits = self._sampling.explain(self.predictor_, X, predictions, base_values, exact)
        if isinstance(self._surrogate, TreeSurrogate):
            numbers = numbers_of(X, self._players.number_columns)
            known = self._player_names, self._players
            splits = [Splits(*known, own, self._neighbourhood) for own in numbers]
            found.more["trees"] = trees_as_json(fits, splits, predictions.shape)
        return found

    def _explain_own_players(self, X, predictions, n_players):
        """Rows with equally many players."""
        neighbourhood = CoalitionNeighbourhood(self.masker_, n_players, self.kernel_ == "shapley")
        base_values, n_more = predictions, 0
        if self.kernel_ == "shapley":
            game = CoalitionGame(self.predictor_, self.masker_.bind(X))
            base_values, n_more = game.worth_of_nobody().mean(axis=1), game.n_evals
        sampling = self._sample(neighbourhood, n_players)
        found, fits = sampling.explain(self.predictor_, X, predictions, base_values)
        if isinstance(self._surrogate, TreeSurrogate):
            layout, known = self.masker_.layout(X), (Players.switched(n_players), np.zeros(0))
            splits = [
                Splits(layout.names(row), *known, self._neighbourhood, by_presence=True)
                for row in range(len(layout))
            ]
            found.more["trees"] = trees_as_json(fits, splits, predictions.shape)
        return replace(found, n_evals=found.n_evals + n_more)
