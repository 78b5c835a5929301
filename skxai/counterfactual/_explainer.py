"""The explainer by counterfactuals."""

import numbers

import numpy as np
import scipy.sparse as sp
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skxai.base import BaseExplainer
from skxai.counterfactual._by_players import PlayerCounterfactuals
from skxai.counterfactual._constraints import plausible_share_of, rules_of, weights_of
from skxai.counterfactual._distances import DISTANCES, Distance
from skxai.counterfactual._finder import Finder, take_background
from skxai.counterfactual._front import check_shares, take_front
from skxai.counterfactual._goals import goal_of
from skxai.counterfactual._methods import find_certifier, find_derivative
from skxai.counterfactual._outputs import Outputs
from skxai.counterfactual._plausibility import Plausibility
from skxai.counterfactual._result import CounterfactualExplanation
from skxai.counterfactual._searches import SEARCHES
from skxai.counterfactual._space import Space
from skxai.maskers import RowMasker
from skxai.predictors import as_predictor
from skxai.utils._messages import call_naming_row
from skxai.utils._random import draw_seeds
from skxai.utils._tags import ExplainerTags


class CounterfactualExplainer(PlayerCounterfactuals, BaseExplainer):
    """Find the smallest change of a row that changes its prediction as wanted.

    "Would the loan have been granted if the income had been higher?" For linear models and sums of
    trees, the nearest row is computed, with proof; see `algorithm`. For any other model, searches
    start from background rows for which the goal is reached, take back as many changes as they can,
    shorten the others, and trade changes for cheaper ones; they see only the model's outputs. What
    is returned is evaluated once more, on the very rows that are returned.

    Parameters
    ----------
    target : "other", class label, list of labels, number, tuple or dict, default="other"
        What is wanted.

        - For classifiers: "other" is any class but the predicted one; a label, or a list of labels
          of which each will do. Ties are decided as by `predict`: for the first class.
        - For models that predict a number: a number to move by at least, up or down by its sign;
          an interval ``(low, high)``, with None for an open end; "other" is a move, either way, of
          at least a standard deviation of the predictions for the background.
        - ``{label: low}`` or ``{label: (low, high)}``: an output, such as the probability of a
          class, lies in this interval.
    frozen : sequence of column labels or positions, default=()
        What must not change.
    bounds : dict, default=None
        For a column of numbers ``(low, high)``, for any other a list of the values that may be
        reached. Changed cells otherwise stay within what the background has; None for an end
        means the background's.
    constraints : sequence, default=()
        - ``("increase", column)`` and ``("decrease", column)``: changes go one way;
        - ``("step", column, size)``: changed numbers are multiples of a size; 0 for any number.
          By default, columns that hold only whole numbers in the background stay whole;
        - ``("order", a, b)``: after a change of either, column a is no larger than b;
        - ``("linked", a, b, …)``: these change together, to a combination in the background;
        - ``"plausible"``, or ``("plausible", share)``: the local outlier factor is no larger than
          that of 95 %, or of this share, of the background;
        - a function ``f(candidates, rows)`` of two tables like X, which returns candidates that it
          repaired, or a boolean for each that tells whether to keep it.
    distance : {"gower", "l1-mad", "l2", "n_changes"} or callable, default="gower"
        What is small. "gower": the mean over all columns of absolute differences over the range
        for numbers, and of 0 or 1 for others. "l1-mad": the sum of absolute differences over the
        median absolute deviation (of 0 or 1 for others). "l2": the root of the sum of squares of
        differences over the standard deviation. "n_changes": how many columns change. A function
        ``d(counterfactuals, rows)`` of two tables like X that returns a number for each row.
    costs : dict, default=None
        Factors, by column, of what a change costs; 1 where none is given.
    n_counterfactuals : int, default=1
        How many to find for each row: first the nearest, then those that differ most.
    masker : TextMasker, ImageMasker, SequenceMasker or None, default=None
        For inputs that are no tables: what is changed. Of a text or an image, the fewest words or
        regions whose absence changes the prediction [1]_; of a sequence, the fewest positions
        that get another letter of its alphabet. The distance is how many they are, and no change
        that is returned can be taken back (if `max_evals` suffices). A masker with one way to be
        absent is needed (an ImageMasker with ``absent="background"`` has several). `frozen`,
        `bounds`, `constraints`, `costs`, `distance` and `algorithm` are for tables.
    algorithm : {"auto", "exact", "nearest", "gradient", "spheres", "genetic", "random", \
            "substitutions"}, default="auto"
        How to search. "exact": the nearest, with proof, for linear models and for sums of trees
        (forests; boosting, for a class), also behind preprocessing column by column; one
        counterfactual for each row, no distance that is a function, no orders, functions or
        plausibility, and for linear models no "l2". For trees the proof may take minutes: set a
        `time_limit`. "nearest": from the nearest rows on the other side. "gradient": along the
        derivative, for models that have one (networks, kernel machines, torch modules), one
        counterfactual for each row. "spheres": growing spheres around the row. "genetic": crossing
        and changing rows on the other side. "random": random changes of a few columns.
        "substitutions": every column alone is given values of the background, then two at a time;
        of more columns than half of `max_evals`, some are left out, evenly.
        All but "exact" and "gradient" see only the model's outputs. All but "exact" end by taking
        back and shortening changes.
        "auto" is "exact" where it can be, else "gradient" where the derivative is known in closed
        form, else "nearest". It ends an exact search after a fixed amount of work, mostly less than
        a second; the status is "optimal" if that was enough, else "feasible" with a lower bound.
    max_evals : int, default=600
        Model rows that may be evaluated for each explained row. A text of more words needs more to
        be searched word by word; so does a sequence of more letters times those of its alphabet.
    time_limit : float, default=None
        Seconds for each explained row, on average over those that are searched side by side. With
        a limit, results depend on the machine.
    n_jobs : int, default=None
        Number of jobs; the backend is chosen by ``joblib.parallel_config``.
    random_state : int, RandomState instance or None, default=None
        Seeds the searches; the seed is drawn once, in `fit`.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    algorithm_ : str
        The algorithm that is used; with a masker "removals" or "substitutions".
    predictor_ : Predictor
        The wrapped model.
    output_names_ : list of str
        Names of its outputs.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Their names, if the background is a DataFrame whose labels are all strings.

    See Also
    --------
    CounterfactualExplanation : The result.
    ShapleyExplainer : What each feature adds to a prediction as it is.

    Notes
    -----
    The nearest counterfactual tells one way to another prediction, of many. It says nothing of
    causes: raising a number in the table need not change the world as the model supposes. And it is
    often an unlikely row; see `CounterfactualExplanation.outlier_factors` and the constraint
    ``"plausible"``. Of a large background 5,000 random rows are used; if it has more than 200
    columns, fewer: 700 of 10,000 columns.

    References
    ----------
    .. [1] D. Martens and F. Provost, "Explaining data-driven document classifications", MIS
       Quarterly 38 (2014).

    S. Wachter, B. Mittelstadt and C. Russell, "Counterfactual explanations without opening the
    black box", Harvard Journal of Law & Technology 31 (2018).

    T. Laugel et al., "Comparison-based inverse classification for interpretability in machine
    learning", IPMU (2018).

    D. Brughmans, P. Leyman and D. Martens, "NICE: an algorithm for nearest instance counterfactual
    explanations", Data Mining and Knowledge Discovery 38 (2024).

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skxai import CounterfactualExplainer
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> y = y.map({0: "malignant", 1: "benign"})
    >>> model = RandomForestClassifier(n_estimators=20, random_state=0).fit(X[100:], y[100:])
    >>> explainer = CounterfactualExplainer(random_state=0).fit(model, X[100:])
    >>> result = explainer.explain(X[:5])
    >>> result
    <CounterfactualExplanation: 5 rows, 5 counterfactuals found>
    >>> list(model.predict(X[:5])), list(model.predict(result.counterfactuals))
    (['malignant', ...], ['benign', ...])

    Words whose absence changes what is predicted for a text:

    >>> from skxai.maskers import TextMasker
    >>> def is_good(texts):
    ...     return [text.count("good") - text.count("not") > 0 for text in texts]
    >>> explainer = CounterfactualExplainer(masker=TextMasker(), target=(1, None)).fit(is_good)
    >>> explainer.explain(["It is not good."]).counterfactuals
    ['It is good.']
    """

    _parameter_constraints = {
        **{name: BaseExplainer._parameter_constraints[name] for name in ("n_jobs", "verbose")},
        "target": "no_validation",
        "frozen": ["array-like"],
        "bounds": [dict, None],
        "constraints": [list, tuple],
        "distance": [StrOptions(set(DISTANCES)), callable],
        "costs": [dict, None],
        "n_counterfactuals": [Interval(numbers.Integral, 1, None, closed="left")],
        "masker": [RowMasker, None],
        "algorithm": [StrOptions({"auto", "exact", *SEARCHES})],
        "max_evals": [Interval(numbers.Integral, 1, None, closed="left")],
        "time_limit": [Interval(numbers.Real, 0, None, closed="neither"), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        target="other",
        frozen=(),
        bounds=None,
        constraints=(),
        distance="gower",
        costs=None,
        n_counterfactuals=1,
        masker=None,
        algorithm="auto",
        max_evals=600,
        time_limit=None,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.target = target
        self.frozen = frozen
        self.bounds = bounds
        self.constraints = constraints
        self.distance = distance
        self.costs = costs
        self.n_counterfactuals = n_counterfactuals
        self.masker = masker
        self.algorithm = algorithm
        self.max_evals = max_evals
        self.time_limit = time_limit
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def __skxai_tags__(self):
        return ExplainerTags(attributions=False, sparse=False)

    def _wrap(self, model, X):
        if sp.issparse(X) and not self._has_own_players:
            raise TypeError("X_background is sparse; expected a DataFrame or a dense array")
        as_predictor(model, X)  # refuses what no explainer can use
        self._outputs = Outputs.of(model, X)
        # Those outputs that others would explain: `target` is what is wanted of them.
        method = self._outputs.predictor.response_method
        return as_predictor(model, X, response_method="auto" if method == "__call__" else method)

    def _fit(self, X, y):
        if self._has_own_players:
            self._fit_own_players(X)
            return
        names, labels = self._spec.names, self._spec.columns
        rules = rules_of(self.frozen, self.bounds, self.constraints, names, labels)
        weights = weights_of(self.costs, names, labels)
        seed, order_seed = draw_seeds(self.random_state, 2)
        X = take_background(X, order_seed)
        outputs = self._outputs(X)
        self._goal = goal_of(self.target, self._outputs.labels, self._outputs.classes, outputs)
        self._space = Space(X, rules, names)
        self._distance = Distance(self.distance, self._space, weights)
        self._plausibility = Plausibility(self._space, self._distance.ranges)
        self._share = plausible_share_of(self.constraints)
        self._background_outputs, self._seed = outputs, int(seed)
        self._certifier = find_certifier(
            self.algorithm,
            self.n_counterfactuals == 1 and self._share is None,
            self._outputs,
            self._space,
            self._distance,
            self._goal,
            X,
        )
        self._smooth = None
        if self._certifier is None:
            self._smooth = find_derivative(
                self.algorithm, self.n_counterfactuals, self._outputs.predictor, X
            )
        self.algorithm_ = self.algorithm
        if self.algorithm == "auto":
            without = "nearest" if self._smooth is None else "gradient"
            self.algorithm_ = without if self._certifier is None else "exact"

    def explain(self, X):
        """Search counterfactuals for some rows.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)
            The rows, with the columns of the background; or what the masker takes. They are left
            as they are.

        Returns
        -------
        CounterfactualExplanation
            The rows found, and how each search went.

        Raises
        ------
        NotFittedError
            If the explainer is not fitted.
        TypeError, ValueError
            If `X` differs in kind or columns from the background, or if the model fails on it. A
            row for which nothing is found is no error: see `CounterfactualExplanation.status`.
        """
        check_is_fitted(self, "predictor_")
        X, index = self._conform(X)
        outputs = call_naming_row(self._outputs, X)
        if self._has_own_players:
            return self._explain_own_players(X, index, outputs)
        return self._result(X, index, outputs, *self._find(self._finder(), X, outputs))

    def front(self, X, shares=(1.0, 0.95, 0.75, 0.5)):
        """Search counterfactuals from the nearest to the most plausible.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)
            The rows, as in `explain`.
        shares : sequence of float, default=(1.0, 0.95, 0.75, 0.5)
            How plausible they are to be, falling: a counterfactual has a local outlier factor no
            larger than that of this share of the background; with 1 it is the nearest of all.

        Returns
        -------
        CounterfactualExplanation
            For each row a counterfactual for each share, in their order: ever farther, ever more
            plausible. Each share has a search of its own, of `max_evals` model rows.

        Raises
        ------
        ValueError
            If `shares` do not fall, or are not within (0, 1], or if the explainer is asked for
            several counterfactuals for each row.
        """
        check_is_fitted(self, "predictor_")
        if self._has_own_players:
            raise ValueError(f"masker is {self.masker!r}; a front is known for tables only")
        shares = check_shares(shares)
        if self.n_counterfactuals != 1:
            raise ValueError(f"n_counterfactuals is {self.n_counterfactuals}; a front needs 1")
        X, index = self._conform(X)
        outputs = call_naming_row(self._outputs, X)
        found = [self._find(self._finder(share), X, outputs) for share in shares]
        measure = self._finder().query(X, outputs).measure
        taken = take_front(found, measure, self._plausibility.is_plausible, shares)
        return self._result(X, index, outputs, *taken)

    def _finder(self, share=1.0):
        """What searches some rows, bound to a share of the background too."""
        bound = share < 1 or self._share is not None
        exact = self.algorithm_ == "exact" and share == 1
        return Finder(
            space=self._space,
            distance=self._distance,
            goal=self._goal,
            outputs=self._outputs,
            background_outputs=self._background_outputs,
            plausibility=self._plausibility,
            share=min(share, self._share or 1.0) if bound else None,
            certifier=self._certifier if exact else None,
            algorithm="nearest" if self.algorithm_ == "exact" and not exact else self.algorithm_,
            patient=self.algorithm == "exact",
            n_counterfactuals=self.n_counterfactuals,
            max_evals=self.max_evals,
            time_limit=self.time_limit,
            seed=self._seed,
            smooth=self._smooth,
        )

    def _find(self, finder, X, outputs):
        """Codes, status, lower bounds and evaluations of all rows."""
        parts = self._map_rows(X, outputs, finder.search_rows, finder.rows_per_chunk)
        return [np.concatenate(arrays) for arrays in zip(*parts)]

    # -- the result ----------------------------------------------------------------------------

    def _result(self, X, index, outputs, codes, status, bounds, n_evals):
        k = len(codes) // max(1, X.shape[0])
        rows = np.repeat(np.arange(X.shape[0]), k)
        finder = self._finder()
        query = finder.query(X, outputs)
        table, new_outputs = finder.checked(query, codes, rows, status)
        distances = query.measure(codes, rows)
        distances[np.isin(status, ["not_found", "infeasible"])] = np.nan
        return CounterfactualExplanation(
            counterfactuals=table,
            data=X.copy(),
            changed=query.changed(codes, rows),
            status=status,
            distances=distances,
            lower_bounds=bounds,
            **self._predicted(outputs[rows], new_outputs),
            outlier_factors=self._plausibility.outlier_factors(codes),
            background_distances=finder.background_distances(codes, outputs[rows]),
            feature_names=self._spec.names,
            index=index,
            n_evals=n_evals,
            background_quantiles=self._space.quantiles(),
        )

    def _predicted(self, outputs, new_outputs):
        """What the model says of rows and counterfactuals, as fields of the result."""
        said = self._outputs.fields_of(outputs, new_outputs, self.predictor_.output_names)
        return {**said, "output_names": self.output_names_, "method": self._describe()}
