"""The explainer by Shapley values."""

import numbers
import warnings

from sklearn.base import clone
from sklearn.utils._param_validation import Interval, StrOptions

from skxai._coalitions import CoalitionGame
from skxai.base import Attributions, BaseExplainer
from skxai.maskers import TabularMasker
from skxai.shapley._sampling import enumerate_rows, walk_rows
from skxai.utils._random import draw_seeds
from skxai.utils._tags import ExplainerTags

_MAX_EXACT_PLAYERS = 20
# By default, enumerate when it costs at most this many times the default walks.
_WORTH_EXACT = 4
# Two repetitions are the least that give standard errors; few background rows need more walks.
_MIN_REPEATS = 2
_MIN_WALK_PAIRS = 50
# With a tolerance and no budget, the walks may go on for this many times the default.
_PATIENCE = 25
_MANY_EVALS = 1_000_000


class ShapleyExplainer(BaseExplainer):
    """Share each prediction among the features by Shapley values.

    A feature's value is its average gain when features join one by one, in random order,
    absent features being drawn from the background. Values sum to the prediction minus the mean
    prediction over the background. All rows of the background are used equally.

    Parameters
    ----------
    algorithm : {"auto", "exact", "permutation"}, default="auto"
        "exact" enumerates all coalitions of players, for every background row;
        "permutation" averages over random orders, each walked in both directions from one
        background row to the explained row. "auto" takes "exact" if it fits in `max_evals`, or,
        without `max_evals`, for up to six players; `algorithm_` tells which.
    max_evals : int, default=None
        Model rows that may be evaluated for each explained row. None: two walks, forth
        and back, from every background row (more if there are fewer than 25), which makes about
        4 · n_players · n_background.
    tol : float, default=None
        Stop when all standard errors of a row are at most this, in units of the output, or at
        `max_evals`. None: use all of `max_evals`.
    groups : dict, sequence of sequences, fitted ColumnTransformer or None, default=None
        Columns that are one player, as in `TabularMasker`.
    masker : TabularMasker, default=None
        What absence means: a summary of the background, weights, or a fixed baseline. None:
        the rows of the background as they are.
    response_method : {"auto", "predict_proba", "decision_function", "predict_log_proba", \
            "predict"}, default="auto"
        What to explain; "auto" is the probability for classifiers that have it.
    target : None, label, list of labels or "predicted", default=None
        Which outputs to explain: None for all (for a binary classifier its positive class), a
        class label, a list of labels, or "predicted" for each row's largest output.
    n_jobs : int, default=None
        Number of jobs; the backend is chosen by ``joblib.parallel_config``.
    random_state : int, RandomState instance or None, default=None
        Seeds the walks, which are drawn once, in `fit`.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    algorithm_ : str
        The algorithm that is used.
    n_repeats_ : int
        The largest number of pairs of walks from each background row ("permutation").
    base_values_ : ndarray of shape (n_outputs,)
        Mean prediction over the background.
    masker_ : TabularMasker
        The fitted masker.
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
    LinearImportanceExplainer : Which features matter overall, with t-statistics.

    Notes
    -----
    Standard errors come from the spread between walks from the same background row; the
    spread between rows is no error, since all of them are used. Without a second pair of walks
    (a small `max_evals`) there are none.

    References
    ----------
    L. S. Shapley, "A value for n-person games", Contributions to the Theory of Games 2 (1953).

    E. Štrumbelj and I. Kononenko, "Explaining prediction models and individual predictions with
    feature contributions", Knowledge and Information Systems 41 (2014).

    S. M. Lundberg and S.-I. Lee, "A unified approach to interpreting model predictions",
    NeurIPS (2017).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import RandomForestRegressor
    >>> from skxai import ShapleyExplainer
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = RandomForestRegressor(n_estimators=20, random_state=0).fit(X, y)
    >>> explainer = ShapleyExplainer(random_state=0).fit(model, X.sample(50, random_state=0))
    >>> explainer.algorithm_
    'permutation'
    >>> explanation = explainer.explain(X[:2])
    >>> explanation.values.shape
    (2, 10)
    >>> abs(explanation.completeness_gap).max() < 1e-9
    np.True_

    A game with a known answer: x1 · (x2 + x3) at (1, 1, 1), against zero.

    >>> game = ShapleyExplainer().fit(lambda X: X[:, 0] * (X[:, 1] + X[:, 2]), [[0., 0., 0.]])
    >>> game.explain([[1., 1., 1.]]).values
    array([[1. , 0.5, 0.5]])
    """

    _parameter_constraints = {
        **BaseExplainer._parameter_constraints,
        "algorithm": [StrOptions({"auto", "exact", "permutation"})],
        "max_evals": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "tol": [Interval(numbers.Real, 0, None, closed="neither"), None],
        "groups": TabularMasker._parameter_constraints["groups"],
        "masker": [TabularMasker, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        algorithm="auto",
        max_evals=None,
        tol=None,
        groups=None,
        masker=None,
        response_method="auto",
        target=None,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.algorithm = algorithm
        self.max_evals = max_evals
        self.tol = tol
        self.groups = groups
        self.masker = masker
        self.response_method = response_method
        self.target = target
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def __skxai_tags__(self):
        return ExplainerTags(completeness=True)

    def _fit(self, X, y):
        masker = TabularMasker() if self.masker is None else clone(self.masker)
        if self.groups is not None:
            masker.set_params(groups=self.groups)
        self.masker_ = masker.fit(X)
        self._player_names = self.masker_.player_names_
        self._player_columns = self.masker_.columns_
        self._background_outputs = self.predictor_(self.masker_.background_)
        self.base_values_ = self.masker_.weights_ @ self._background_outputs
        self._choose_algorithm(len(self._player_names), len(self.masker_.weights_))
        self._seeds = draw_seeds(self.random_state, self.n_repeats_)

    def _choose_algorithm(self, n_players, n_background):
        exact_cost = (2**n_players - 2) * n_background
        pair_cost = 2 * (n_players - 1) * n_background
        repeats = max(_MIN_REPEATS, -(-_MIN_WALK_PAIRS // n_background))
        budget = self.max_evals
        if self.algorithm == "exact":
            if n_players > _MAX_EXACT_PLAYERS:
                raise ValueError(
                    f"algorithm is 'exact', but {n_players} players have 2**{n_players} "
                    f"coalitions; expected at most {_MAX_EXACT_PLAYERS} players: use "
                    "'permutation', or groups"
                )
            if budget is not None and exact_cost > budget:
                raise ValueError(
                    f"max_evals is {budget}, but algorithm='exact' evaluates {exact_cost} model "
                    f"rows for each row; use 'permutation', or a larger max_evals"
                )
        allowed = budget if budget is not None else _WORTH_EXACT * repeats * pair_cost
        self.n_repeats_ = 0
        if self.algorithm == "exact" or (
            self.algorithm == "auto" and n_players <= _MAX_EXACT_PLAYERS and exact_cost <= allowed
        ):
            self.algorithm_ = "exact"
            return
        self.algorithm_ = "permutation"
        if budget is None:
            if repeats * pair_cost > _MANY_EVALS:
                warnings.warn(
                    f"each explained row takes {repeats * pair_cost:,} model rows, because all "
                    f"{n_background:,} rows of X_background are used; to use fewer, pass "
                    "masker=TabularMasker(n_samples=...), or set max_evals to accept the cost",
                    stacklevel=4,
                )
            self.n_repeats_ = repeats * (1 if self.tol is None else _PATIENCE)
            return
        self.n_repeats_ = budget // max(pair_cost, 1)
        if self.n_repeats_ == 0:
            raise ValueError(
                f"max_evals is {budget}, but one walk forth and back from each of "
                f"{n_background} background rows takes {pair_cost} model rows; expected at "
                "least that: raise max_evals, or summarise the background with "
                "masker=TabularMasker(n_samples=...)"
            )

    def _rows_per_chunk(self):
        """Rows whose walks fill a few batches of model rows."""
        n_players, n_background = len(self._player_names), len(self.masker_.weights_)
        if self.algorithm_ == "exact":
            cost = 2**n_players * n_background
        else:
            cost = 2 * max(n_players - 1, 1) * n_background * self.n_repeats_
        return max(1, 2**17 // cost)

    def _explain_rows(self, X, predictions):
        game = CoalitionGame(self.predictor_, self.masker_.bind(X))
        ends = (self._background_outputs, predictions)
        if self.algorithm_ == "exact":
            values = enumerate_rows(game, *ends, self.masker_.weights_)
            errors = None
        else:
            values, errors = walk_rows(game, *ends, self.masker_.weights_, self._seeds, self.tol)
        return Attributions(values, self.base_values_, errors, game.n_evals + 1)
