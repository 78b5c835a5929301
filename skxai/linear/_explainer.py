"""The explainer by t-statistics."""

import numbers
from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import Interval, StrOptions

from skxai.base import Attributions, BaseExplainer
from skxai.linear._design import condition_number, warn_of_many_columns
from skxai.linear._encoding import Encoding, surrogate_encoding, unwrap
from skxai.linear._fitting import infer_model, infer_surrogate, with_negative_class
from skxai.linear._inference import CORRECTIONS
from skxai.linear._least_squares import COV_TYPES
from skxai.linear._models import FAMILIES, read_as, read_linear_model
from skxai.linear._players import contributions, find_players
from skxai.linear._report import coefficient_table, group_table
from skxai.linear._targets import check_response, check_weights, with_class_weight
from skxai.maskers import TabularMasker
from skxai.predictors import as_predictor
from skxai.utils._tables import take_rows


class LinearImportanceExplainer(BaseExplainer):
    """Which features of a linear model matter: coefficients in units of their standard errors.

    With `y`, a fitted linear model (least squares, ridge, lasso, logistic, Poisson, Gamma; also
    at the end of a Pipeline) is explained: `table_` holds the t- or z-statistic of each column
    of its design, with p-values and intervals. The model is used as it is; its loss is minimised
    once more on ``X_background, y``, which should be the data that it was fitted on, to get exact
    errors.

    Without `y`, or for a model of another kind, a linear surrogate is fitted to the model's
    predictions by least squares: `surrogate_` is True, `r2_` tells how much of the predictions it
    catches, and the statistics describe the surrogate.

    Parameters
    ----------
    family : {"auto", "surrogate", "gaussian", "binomial", "multinomial", "poisson", "gamma"}, \
            default="auto"
        "auto": the likelihood of the model, if it is a linear model of scikit-learn and `y` is
        given, else a surrogate. A likelihood by name reads any model with ``coef_`` and
        ``intercept_`` as an unpenalised fit of that likelihood (log link for "poisson" and
        "gamma").
    cov_type : {"nonrobust", "HC0", "HC1", "HC2", "HC3"}, default="nonrobust"
        Standard errors from the model's own noise, or robust to noise of unequal variance.
        "multinomial" has "nonrobust" and "HC0".
    correction : {"holm", "bonferroni", "fdr_bh"} or None, default="holm"
        How `p_adjusted` accounts for the number of columns of one output.
    confidence_level : float, default=0.95
        Of the intervals, which are not adjusted.
    groups : dict, sequence of sequences, fitted ColumnTransformer or None, default=None
        Columns of `X_background` that are one player, as in `TabularMasker`.
    sample_weight : array-like of shape (n_rows,), default=None
        Weights of the rows of `X_background`: inverse noise variances up to a factor for
        "gaussian", factors of the log-likelihood for the others. Rows of weight zero count as
        absent.
    response_method : {"auto", "predict_proba", "decision_function", "predict_log_proba", \
            "predict", "raw_score"}, default="auto"
        What a surrogate is fitted to. A linear model is explained on its raw score (log-odds,
        or the logarithm of the mean), where it is linear: leave "auto".
    target : None, label, list of labels or "predicted", default=None
        Which outputs to explain: None for all (for a binary classifier its positive class), a
        class label, a list of labels, or "predicted" for each row's largest output.

    Attributes
    ----------
    table_ : DataFrame
        A row for each column of the design (and output): ``feature``, ``source`` (the player it
        belongs to), ``coef``, ``coef_scaled`` (coef times the column's standard deviation),
        ``std_error``, ``statistic`` (t for least squares, else z), two-sided ``p_value``,
        ``p_adjusted``, ``ci_lower``, ``ci_upper``, ``vif`` (variance inflation factor),
        ``identified`` (False where the data do not determine the coefficient), ``p_valid`` (False
        where p-values and intervals do not mean what they say). With several outputs a column
        ``output`` comes first.
    group_table_ : DataFrame
        A row for each player: joint test that none of its columns has an effect, ``feature``,
        ``test`` ("F", "chi2", or "LR chi2" for a likelihood ratio), ``statistic``, ``dof``,
        ``p_value``, ``p_adjusted``, ``p_valid``.
        For "multinomial" on any of the classes.
    coef_ : ndarray of shape (n_outputs, n_columns)
        Coefficients that `explain` uses: the model's own, or the surrogate's.
    intercept_ : ndarray of shape (n_outputs,)
        Their intercepts.
    family_ : str
        Likelihood that was used; "gaussian" for a surrogate.
    surrogate_ : bool
        Whether a surrogate is explained in the model's place.
    r2_ : ndarray of shape (n_outputs,)
        Share of the sum of squares, or of the deviance, that is explained on the background.
    dof_ : ndarray of shape (n_outputs,)
        Residual degrees of freedom; effective ones under a penalty.
    scale_ : ndarray of shape (n_outputs,)
        Variance of the noise, or dispersion.
    condition_number_ : float
        Of the standardised design; inf if columns are redundant.
    separated_ : bool
        Whether classes are separated, so that coefficients have no standard errors.
    unidentified_ : list of str
        Columns of the design whose coefficients the data do not determine.
    predictor_ : Predictor
        The wrapped model; for linear models it returns the raw score.
    output_names_ : list of str
        Names of the explained outputs.
    n_features_in_ : int
        Number of columns of the background.
    feature_names_in_ : ndarray of str
        Their names, if the background is a DataFrame whose labels are all strings.

    See Also
    --------
    ShapleyExplainer : Shapley values of any model.

    Notes
    -----
    ``explain(X)`` returns contributions ``coef · (x - mean)``, summed over the encoded columns of
    each player, with the standard errors of the sums. For a linear model they add up to its raw
    score; for a surrogate the gap is what it misses of the model.

    Under a penalty, standard errors are those of the penalised estimate around its own mean;
    its bias is unknown, hence ``p_valid=False``. For a lasso they also take the selected columns
    as given. A surrogate's p-values hold with a robust `cov_type` only.

    A one-hot column that is not dropped for reference makes a rank-deficient design: single
    categories are then not identified, but their joint test and their contributions are.

    Encoded columns that mix several columns (principal components, interactions) are players of
    their own, unless a group holds all that they mix.

    References
    ----------
    T. Hastie, R. Tibshirani, J. Friedman, "The Elements of Statistical Learning" (2009), chapter 3.

    P. McCullagh, J. A. Nelder, "Generalized Linear Models" (1989).

    H. White, "A heteroskedasticity-consistent covariance matrix estimator and a direct test for
    heteroskedasticity", Econometrica 48 (1980).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import LinearRegression
    >>> from skxai import LinearImportanceExplainer
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = LinearRegression().fit(X, y)
    >>> explainer = LinearImportanceExplainer().fit(model, X, y)
    >>> table = explainer.table_.set_index("feature")
    >>> table.loc[["bmi", "s5", "age"], ["coef_scaled", "statistic", "p_adjusted"]].round(3)
             coef_scaled  statistic  p_adjusted
    feature
    bmi           24.727      7.813         0.0
    s5            35.734      4.370         0.0
    age           -0.476     -0.168         1.0
    >>> explanation = explainer.explain(X[:2])
    >>> bool(abs(explanation.completeness_gap).max() < 1e-9)
    True
    """

    _parameter_constraints = {
        **BaseExplainer._parameter_constraints,
        "family": [StrOptions({"auto", "surrogate", *FAMILIES})],
        "cov_type": [StrOptions(set(COV_TYPES))],
        "correction": [StrOptions(set(CORRECTIONS)), None],
        "confidence_level": [Interval(numbers.Real, 0, 1, closed="neither")],
        "groups": TabularMasker._parameter_constraints["groups"],
        "sample_weight": ["array-like", None],
    }

    def __init__(
        self,
        *,
        family="auto",
        cov_type="nonrobust",
        correction="holm",
        confidence_level=0.95,
        groups=None,
        sample_weight=None,
        response_method="auto",
        target=None,
    ):
        self.family = family
        self.cov_type = cov_type
        self.correction = correction
        self.confidence_level = confidence_level
        self.groups = groups
        self.sample_weight = sample_weight
        self.response_method = response_method
        self.target = target

    def _fit(self, X, y):
        transformers, model = unwrap(self.predictor_.model)
        linear = self._read(model, y)
        weight = check_weights(self.sample_weight, X.shape[0])
        present = np.flatnonzero(weight)
        if linear is not None:
            classes = getattr(model, "classes_", None)
            y = check_response(y, linear, classes, X.shape[0])[present]
        X, weight = take_rows(X, present), weight[present]
        self._encoding = surrogate_encoding(X) if linear is None else Encoding(transformers, X)
        encoded = self._encoding(X, "X_background")
        warn_of_many_columns(encoded.shape[1])
        self._mean = np.average(encoded, axis=0, weights=weight)
        # The mean of equal numbers is that number, which an average misses by rounding.
        constant = np.ptp(encoded, axis=0) == 0
        self._mean[constant] = encoded[0, constant]
        if linear is None:
            inference = infer_surrogate(encoded, self.predictor_(X), weight, self.cov_type)
            coef = [fit.coef for fit in inference.fits]
            intercept = [fit.intercept for fit in inference.fits]
            columns = np.arange(len(coef))
        else:
            self.predictor_ = self._score_predictor(linear.family, X)
            weights = with_class_weight(weight, linear.class_weight, classes, y)
            inference = infer_model(
                linear, encoded, y, weights, self._encoding.names, self.cov_type
            )
            linear, inference = with_negative_class(linear, inference)
            coef, intercept = linear.coef, linear.intercept
            columns = self.predictor_.columns
        self.surrogate_ = linear is None
        self.family_ = "gaussian" if linear is None else linear.family
        self.coef_, self.intercept_ = np.asarray(coef)[columns], np.asarray(intercept)[columns]
        self._keep(inference, columns)
        sd = np.sqrt(np.average((encoded - self._mean) ** 2, axis=0, weights=weight))
        self._tabulate(inference, columns, sd)

    def _read(self, model, y):
        """What the model says about itself; None for a surrogate."""
        if self.family == "surrogate" or (self.family == "auto" and y is None):
            return None
        if y is None:
            raise ValueError(f"family is {self.family!r}, which needs y; got None")
        linear = read_linear_model(model) if self.family == "auto" else read_as(model, self.family)
        multinomial = linear is not None and linear.family == "multinomial"
        if multinomial and self.cov_type not in ("nonrobust", "HC0"):
            raise ValueError(
                f"cov_type is {self.cov_type!r}; a multinomial model has 'nonrobust' and 'HC0'"
            )
        return linear

    def _score_predictor(self, family, X):
        """The model on the scale where it is linear."""
        model = self.predictor_.model
        predictor = as_predictor(model, X, response_method="raw_score", target=self.target)
        if self.response_method not in ("auto", "raw_score", predictor.response_method):
            raise ValueError(
                f"response_method is {self.response_method!r}; a {family} model is explained on "
                "its raw score: expected 'auto' (or family='surrogate')"
            )
        return predictor

    def _keep(self, inference, columns):
        """What `explain` needs, and the numbers that go in no table."""
        names = self._encoding.names
        fits = [inference.fits[k] for k in columns]
        self.r2_ = np.array([fit.r2 for fit in fits])
        self.dof_ = np.array([fit.dof for fit in fits])
        self.scale_ = np.array([fit.scale for fit in fits])
        self.separated_ = any(fit.separated for fit in fits)
        self.condition_number_ = condition_number(inference.design)
        self.unidentified_ = [
            name for name, known in zip(names, inference.design.identified) if not known
        ]
        self._covariances = [fit.covariance[1:, 1:] for fit in fits]
        self._null_space, self._column_scale = inference.null_space, inference.design.scale
        self._players = find_players(self.groups, self._spec, self._encoding)
        self._player_names = self._players.names
        self._player_columns = self._players.columns

    def _tabulate(self, inference, columns, sd):
        players = self._players
        sources = np.empty(len(sd), dtype=object)
        for name, encoded in zip(players.names, players.encoded):
            sources[encoded] = name
        chosen = replace(inference, fits=[inference.fits[k] for k in columns])
        names = [self.predictor_.output_names[k] for k in range(len(columns))]
        self.table_ = _stack(
            coefficient_table(
                chosen,
                self._encoding.names,
                sources,
                sd,
                self.correction,
                self.confidence_level,
            ),
            names,
        )
        shown = [k for k in range(len(players.names)) if len(players.encoded[k])]
        self.group_table_ = _stack(
            group_table(
                inference if inference.joint_covariance is not None else chosen,
                [players.names[k] for k in shown],
                [players.encoded[k] for k in shown],
                self.correction,
            ),
            names,
        )

    def _explain_rows(self, X, predictions):
        centred = self._encoding(X, "X") - self._mean
        parts = [
            contributions(
                centred, self._players, coef, covariance, self._null_space, self._column_scale
            )
            for coef, covariance in zip(self.coef_, self._covariances)
        ]
        values, errors = (np.stack(arrays, axis=2) for arrays in zip(*parts))
        base = self.intercept_ + (self.coef_ * self._mean).sum(axis=1)
        return Attributions(values, base, None if self.separated_ else errors)

    def _describe(self):
        about = super()._describe()
        if self.surrogate_:
            fit = ", ".join(f"{r2:.3g}" for r2 in self.r2_)
            about += f", by a linear surrogate with R² {fit}"
        return about


def _stack(tables, names):
    """One table for all outputs, with a column ``output`` if there are several."""
    if len(tables) == 1:
        return tables[0]
    for table, name in zip(tables, names):
        table.insert(0, "output", name)
    return pd.concat(tables, ignore_index=True)
