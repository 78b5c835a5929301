"""Rows of the data that a model responds to most."""

import numbers

import numpy as np
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from skxai.activation._distances import RowDistance
from skxai.activation._greedy import choose_prototypes
from skxai.activation._result import PrototypeExplanation
from skxai.base import BaseExplainer
from skxai.predictors import as_predictor
from skxai.predictors._raw_scores import raw_score_of
from skxai.utils._messages import call_naming_row
from skxai.utils._tables import take_rows
from skxai.utils._tags import ExplainerTags


class PrototypeExplainer(BaseExplainer):
    """Find the rows of the data that activate each output most, and differ from each other.

    "Show me what the model takes for a typical 3." `fit` chooses the prototypes: real rows, so
    they exist and can be looked up. `explain` tells, for any row, how far it is from each of them.
    It sees only the model's outputs, and takes any model and any table.

    Parameters
    ----------
    n_prototypes : int, default=5
        How many for each output. If the background has fewer rows, all of them.
    diversity : float, default=0.2
        From 0, the rows that activate most, to 1, the first of these and then rows as unlike
        those before as can be. See Notes.
    target : None, label or list of labels, default=None
        Which outputs. None: all of them (for a binary classifier its positive class).
    response_method : {"auto", "predict_proba", "decision_function", "predict_log_proba", \
            "predict", "raw_score", "margin", "centred_logit"}, default="auto"
        What counts as activation. "auto" is the raw score where there is one, else as in
        `as_predictor`: probabilities tie at 1.
    n_jobs : int, default=None
        Number of jobs of `explain`; the backend is chosen by ``joblib.parallel_config``.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    prototypes_ : dict
        By the name of the output, its prototypes: rows of the background in a table like it, in
        the order they were chosen.
    prototype_indices_ : ndarray of int, shape (n_outputs, n_prototypes)
        Their positions in the background.
    activations_ : ndarray of shape (n_outputs, n_prototypes)
        The output for each of them.
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
    ActivationMaximizer : An input that need not be in the data.
    PrototypeExplanation : The result of `explain`.

    Notes
    -----
    Rows are chosen by maximal marginal relevance: after the row with the largest activation, one by
    one the row with the largest ``(1 - diversity) * a - diversity * s``, where ``a`` is its
    activation, scaled to lie between 0 and 1, and ``s`` is its largest similarity
    :math:`\\exp(-d^2)` to those before. The squared distance :math:`d^2` is a sum over columns: of
    squared differences in standard deviations for numbers and dates; of 2 where other values, such
    as texts and truth values, differ, or one is missing or infinite. It is divided by its mean over
    all pairs of background rows, so that :math:`d = 1` is a usual distance.

    References
    ----------
    J. Carbonell and J. Goldstein, "The use of MMR, diversity-based reranking for reordering
    documents and producing summaries", SIGIR (1998).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skxai import PrototypeExplainer
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> y = load_iris().target_names[y]
    >>> model = RandomForestClassifier(random_state=0).fit(X, y)
    >>> explainer = PrototypeExplainer(n_prototypes=2).fit(model, X)
    >>> explainer.prototypes_["setosa"].shape
    (2, 4)
    >>> explanation = explainer.explain(X[100:102])
    >>> explanation.to_frame().columns.tolist()
    ['output', 'prediction', 'prototype', 'activation', 'distance']
    """

    _parameter_constraints = {
        **BaseExplainer._parameter_constraints,
        "n_prototypes": [Interval(numbers.Integral, 1, None, closed="left")],
        "diversity": [Interval(numbers.Real, 0, 1, closed="both")],
    }

    def __init__(
        self,
        *,
        n_prototypes=5,
        diversity=0.2,
        target=None,
        response_method="auto",
        n_jobs=None,
        verbose=0,
    ):
        self.n_prototypes = n_prototypes
        self.diversity = diversity
        self.target = target
        self.response_method = response_method
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _wrap(self, model, X):
        if isinstance(self.target, str) and self.target == "predicted":
            raise ValueError("target is 'predicted', but prototypes are of outputs; use None")
        response = self.response_method
        if response == "auto" and raw_score_of(model) is not None:
            response = "raw_score"
        return as_predictor(model, X, response_method=response, target=self.target)

    def _fit(self, X, y):
        outputs = self.predictor_(X)
        self._distance = RowDistance(X)
        rows = self._distance.coordinates(X)
        n_prototypes = min(self.n_prototypes, X.shape[0])
        self.prototype_indices_ = np.array(
            [
                choose_prototypes(
                    activations,
                    lambda i: self._distance(rows, rows.take([i]))[:, 0],
                    n_prototypes,
                    self.diversity,
                )
                for activations in outputs.T
            ]
        )
        self.prototypes_ = {
            name: take_rows(X, chosen).copy()
            for name, chosen in zip(self.output_names_, self.prototype_indices_)
        }
        self.activations_ = np.take_along_axis(outputs.T, self.prototype_indices_, axis=1)
        self._coordinates = rows.take(self.prototype_indices_.ravel())

    def explain(self, X):
        """Tell how far rows are from the prototypes of each output.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
            The rows, with the columns of the background. They are left as they are.

        Returns
        -------
        PrototypeExplanation
            The distances, with the outputs of the model.

        Raises
        ------
        NotFittedError
            If the explainer is not fitted.
        TypeError, ValueError
            If `X` differs in kind or columns from the background, or if the model returns NaN.
        """
        check_is_fitted(self, "predictor_")
        X, labels = self._conform(X)
        predictions = call_naming_row(self.predictor_, X)
        parts = self._map_rows(X, predictions, self._measure, self._rows_per_chunk())
        shape = (X.shape[0], *self.prototype_indices_.shape)
        return PrototypeExplanation(
            distances=np.concatenate(parts).reshape(shape),
            predictions=predictions,
            activations=self.activations_,
            prototype_indices=self.prototype_indices_,
            data=X.copy(),
            feature_names=self._spec.names,
            output_names=self.output_names_,
            method=self._describe(),
            index=labels,
        )

    def _measure(self, X, predictions):
        return self._distance(self._distance.coordinates(X), self._coordinates)

    def __skxai_tags__(self):
        return ExplainerTags(attributions=False)
