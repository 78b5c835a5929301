"""The explainer by Shapley values."""

import numbers
from functools import partial

import numpy as np
from sklearn.base import clone
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skxai._coalitions import CoalitionGame
from skxai.base import ROWS_OF_OWN_PLAYERS, Attributions, BaseExplainer
from skxai.explanation import InteractionExplanation
from skxai.maskers import RowMasker, TabularMasker
from skxai.shapley._closed_forms import CLOSED_FORMS, find_closed_form
from skxai.shapley._interactions import (
    interaction_cost,
    interaction_repeats,
    warn_of_matrices,
)
from skxai.shapley._own_players import OwnPlayers
from skxai.shapley._plan import Plan
from skxai.shapley._sampling import enumerate_interactions, walk_interactions
from skxai.utils._random import draw_seeds
from skxai.utils._tags import ExplainerTags

# Rows that make a task worth its while: model rows they take, or rows that take none.
_STATES_PER_CHUNK = 2**17
_ROWS_IN_CLOSED_FORM = 2**11
_CELLS_IN_CLOSED_FORM = 2**22


class ShapleyExplainer(BaseExplainer):
    """Share each prediction among the features by Shapley values.

    A feature's value is its average gain when features join one by one, in random order,
    absent features being drawn from the background. Values sum to the prediction minus the mean
    prediction over the background. All rows of the background are used equally.

    Parameters
    ----------
    algorithm : {"auto", "exact", "linear", "tree", "kernel-machine", "permutation", "kernel"}, \
            default="auto"
        How values are computed; `algorithm_` tells which was chosen and `exact_` whether values
        are exact.

        - "linear", "tree", "kernel-machine": exact, read off the fitted model without calling it,
          for responses that are a sum of functions of single columns (linear models), a sum of
          trees (forests, boosting on its raw score), or a machine with a Gaussian or Laplacian
          kernel; also behind preprocessing that acts column by column.
        - "exact": enumerates all coalitions of players, for every background row.
        - "permutation": averages over random orders, each walked in both directions from one
          background row to the explained row.
        - "kernel": KernelSHAP's weighted least squares over coalitions, in complementary pairs
          drawn by leverage, against each background row by itself. It knows no `tol`.

        "auto" takes the first of "linear", "tree" and "kernel-machine" that fits the model; then
        "exact" if it fits in `max_evals` or, without `max_evals`, for up to six players (more if
        the background is small); else "kernel" with at least 8 · (n_players - 1) evaluations for
        each background row, where its errors are smaller than those of walks, and without `tol`;
        else "permutation". It leaves out forests of more than 150,000 leaves, or of very deep
        trees, whose exact values take many seconds even for one row; "tree" insists.
    max_evals : int, default=None
        Model rows that may be evaluated for each explained row. None: two walks, forth
        and back, from every background row (more if there are fewer than 50), which makes about
        4 · n_players · n_background. For texts, images and sequences: about 5,000, or as many as
        ten walks forth and back and two from each background row take.
    tol : float, default=None
        Stop when all standard errors of a row are at most this, in units of the output, or at
        `max_evals`. None: use all of `max_evals`.
    groups : dict, sequence of sequences, fitted ColumnTransformer or None, default=None
        Columns that are one player, as in `TabularMasker`.
    masker : TabularMasker, TextMasker, ImageMasker or SequenceMasker, default=None
        Who the players are and what absence means. For tables: a summary of the background,
        weights, or a fixed baseline; None: the rows of the background as they are. For texts,
        images and sequences, players are found in each row by itself, and the algorithm is
        chosen by their number.
    response_method : {"auto", "predict_proba", "decision_function", "predict_log_proba", \
            "predict", "raw_score"}, default="auto"
        What to explain; "auto" is the probability for classifiers that have it. "raw_score" is
        what the model computes before its link, where many models have closed forms: a decision
        function, a margin, the log-odds of naive Bayes, the logarithm of a mean.
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
        The algorithm that is used; "auto" where it depends on the number of players of a row.
    exact_ : bool
        Whether its values are exact, not sampled.
    n_repeats_ : int
        The largest number of pairs of walks from each background row ("permutation").
    base_values_ : ndarray of shape (n_outputs,)
        Mean prediction over the background; only for tables.
    masker_ : TabularMasker, TextMasker, ImageMasker or SequenceMasker
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
    InteractionExplanation : What pairs of features do together: see `interactions`.
    LinearImportanceExplainer : Which features matter overall, with t-statistics.

    Notes
    -----
    Standard errors come from the spread between walks from the same background row, or from what
    the regression leaves over; the spread between background rows is no error, since all of them
    are used. Without a second pair of walks (a small `max_evals`) there are none.

    References
    ----------
    Shapley, L. S., "A value for n-person games", Contributions to the Theory of Games 2 (1953).

    E. Štrumbelj and I. Kononenko, "Explaining prediction models and individual predictions with
    feature contributions", Knowledge and Information Systems 41 (2014).

    R. Nadel and R. Wettenstein, "From Decision Trees to Boolean Logic: A Fast and Unified SHAP
    Algorithm" (2025).

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
    >>> explainer.algorithm_, explainer.exact_
    ('tree', True)
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
        "algorithm": [StrOptions({"auto", "exact", "permutation", "kernel", *CLOSED_FORMS})],
        "max_evals": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "tol": [Interval(numbers.Real, 0, None, closed="neither"), None],
        "groups": TabularMasker._parameter_constraints["groups"],
        "masker": [TabularMasker, RowMasker, None],
        "random_state": ["random_state"],
    }
    _not_in_explain = BaseExplainer._not_in_explain | {"_interaction_seed"}

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
        self._form = self._plan = self._pair_seed = None  # whatever an earlier fit left
        self.n_repeats_ = 0
        if self._has_own_players:
            self._fit_own_players()
            return
        masker = TabularMasker() if self.masker is None else clone(self.masker)
        if self.groups is not None:
            if masker.groups is not None:
                raise ValueError(
                    "groups is given twice, to the explainer and to its masker; expected once"
                )
            masker.set_params(groups=self.groups)
        self.masker_ = masker.fit(X)
        self._player_names = self.masker_.player_names_
        self._player_columns = self.masker_.columns_
        self._background_outputs = self.predictor_(self.masker_.background_)
        self.base_values_ = self.masker_.weights_ @ self._background_outputs
        self.algorithm_ = self._choose_algorithm()
        self.n_repeats_ = 0 if self._plan is None else self._plan.n_repeats
        self.exact_ = self.algorithm_ not in ("permutation", "kernel")
        self._draw_design()

    def _fit_own_players(self):
        """Everything else depends on how many players a row has."""
        if self.groups is not None:
            raise ValueError(
                f"groups is {self.groups!r}, but {self.masker!r} finds the players in each row; "
                "expected None"
            )
        if self.algorithm in CLOSED_FORMS:
            raise ValueError(
                f"algorithm is {self.algorithm!r}, which reads columns of a table; with "
                f"{self.masker!r} expected 'auto', 'exact', 'permutation' or 'kernel'"
            )
        self._player_names = self._player_columns = None
        self.algorithm_, self.exact_ = self.algorithm, self.algorithm == "exact"
        seed = int(draw_seeds(self.random_state, 1)[0])
        self._own = OwnPlayers(
            self.predictor_, self.masker_, self.algorithm, self.max_evals, self.tol, seed
        )

    def _check_layout(self, layout):
        self._own.check(layout.counts)

    def _choose_algorithm(self):
        n_players, n_background = len(self._player_names), len(self.masker_.weights_)
        if self.algorithm in ("auto", *CLOSED_FORMS):
            self._form = find_closed_form(
                self.predictor_,
                self.masker_.background_,
                self._background_outputs,
                self.masker_.weights_,
                self._player_columns,
                quick=self.algorithm == "auto",
            )
            if self._form is not None and self.algorithm in ("auto", self._form.algorithm):
                return self._form.algorithm
            if self.algorithm != "auto":
                found = "no closed form" if self._form is None else repr(self._form.algorithm)
                raise ValueError(
                    f"algorithm is {self.algorithm!r}, but for {self.predictor_!r} {found} is "
                    "known; use 'auto', or another response_method"
                )
        self._plan = Plan.of(
            self.algorithm, n_players, n_background, self.max_evals, self.tol is not None
        )
        return self._plan.algorithm

    def _draw_design(self):
        if self.algorithm_ == "kernel":
            self._pair_seed = draw_seeds(self.random_state, 1)[0]
        self._seeds = draw_seeds(self.random_state, self.n_repeats_)
        self._interaction_seed = draw_seeds(self.random_state, 1)[0]

    def _rows_per_chunk(self):
        if self._has_own_players:
            return ROWS_OF_OWN_PLAYERS
        return self._rows_of_table_per_chunk()

    def _rows_of_table_per_chunk(self):
        """Rows whose evaluations fill a few batches of model rows."""
        n_players, n_background = len(self._player_names), len(self.masker_.weights_)
        if self.algorithm_ in CLOSED_FORMS:
            return _ROWS_IN_CLOSED_FORM
        states = self._plan.n_states(n_players)
        return max(1, _STATES_PER_CHUNK // (states * n_background))

    def interactions(self, X):
        """Split each prediction among single features and pairs of features.

        Half of a pair's Shapley interaction stands on either side of a row's diagonal; on it are
        main effects, so that each row of the matrix sums to the feature's Shapley value. Exact
        where the values of `explain` are (`exact_`); otherwise estimated from the coalitions of
        neighbours on random circles of the players, with standard errors. Unless `max_evals` says
        otherwise, that takes about 50 · n_players² model rows for each row, or more if there are
        more than 50 background rows.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
            The rows, with the columns of the background. They are left as they are.

        Returns
        -------
        InteractionExplanation
            A matrix of players for each row.

        Raises
        ------
        NotFittedError
            If the explainer is not fitted.
        TypeError, ValueError
            As by `explain`; or if `max_evals` is too small: estimates take at least
            n_players · (n_players - 1) · n_background model rows for each explained row.

        References
        ----------
        M. Grabisch and M. Roubens, "An axiomatic approach to the concept of interaction among
        players in cooperative games", International Journal of Game Theory 28 (1999).

        S. M. Lundberg et al., "From local explanations to global understanding with explainable AI
        for trees", Nature Machine Intelligence 2 (2020).

        Examples
        --------
        x1 · (x2 + x3) at (1, 1, 1), against zero: x1 earns with each of the others, and neither
        of them alone.

        >>> from skxai import ShapleyExplainer
        >>> game = ShapleyExplainer().fit(lambda X: X[:, 0] * (X[:, 1] + X[:, 2]), [[0., 0., 0.]])
        >>> interactions = game.interactions([[1., 1., 1.]])
        >>> interactions.strengths()
          feature other  strength  std_error
        0      x0    x1       1.0        NaN
        1      x0    x2       1.0        NaN
        2      x1    x2       0.0        NaN
        """
        check_is_fitted(self, "predictor_")
        if self._has_own_players:
            hook = partial(self._explain_by_players, hook=self._own.interact, n_player_axes=2)
            return self._attribute(X, hook, ROWS_OF_OWN_PLAYERS, InteractionExplanation)
        n_players, n_background = len(self._player_names), len(self.masker_.weights_)
        warn_of_matrices(X, n_players, self.predictor_.n_outputs)
        if self.algorithm_ in CLOSED_FORMS:
            cells = n_players**2 * self.predictor_.n_outputs
            size = int(np.clip(_CELLS_IN_CLOSED_FORM // cells, 1, _ROWS_IN_CLOSED_FORM))
            hook = self._interact_in_closed_form
        elif self.algorithm_ == "exact":
            size, hook = self._rows_per_chunk(), self._interact_by_enumeration
        else:
            n_repeats = interaction_repeats(self.max_evals, n_players, n_background)
            states = n_repeats * interaction_cost(n_players, n_background)
            size = max(1, _STATES_PER_CHUNK // states)
            hook = partial(
                self._interact_by_circles, seeds=draw_seeds(self._interaction_seed, n_repeats)
            )
        return self._attribute(X, hook, size, InteractionExplanation)

    def _interact_in_closed_form(self, X, predictions):
        n_evals = np.ones(len(predictions), dtype=int)
        return Attributions(self._form.interactions(X), self.base_values_, None, n_evals)

    def _interact_by_enumeration(self, X, predictions):
        game = CoalitionGame(self.predictor_, self.masker_.bind(X))
        values = enumerate_interactions(
            game, self._background_outputs, predictions, self.masker_.weights_
        )
        return Attributions(values, self.base_values_, None, game.n_evals + 1)

    def _interact_by_circles(self, X, predictions, seeds):
        game = CoalitionGame(self.predictor_, self.masker_.bind(X))
        values, errors = walk_interactions(
            game, self._background_outputs, predictions, self.masker_.weights_, seeds
        )
        return Attributions(values, self.base_values_, errors, game.n_evals + 1)

    def _explain_rows(self, X, predictions):
        if self._has_own_players:
            return self._explain_by_players(X, predictions, self._own.explain)
        if self.algorithm_ in CLOSED_FORMS:
            n_evals = np.ones(len(predictions), dtype=int)
            return Attributions(self._form.values(X), self.base_values_, None, n_evals)
        game = CoalitionGame(self.predictor_, self.masker_.bind(X))
        values, errors = self._plan.values(
            game,
            self._background_outputs,
            predictions,
            self.masker_.weights_,
            self._pair_seed,
            self._seeds,
            self.tol,
        )
        return Attributions(values, self.base_values_, errors, game.n_evals + 1)
