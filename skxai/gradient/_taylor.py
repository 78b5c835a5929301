"""The explainer by a Taylor expansion at the nearest point where nothing is decided."""

import numbers
import warnings

import numpy as np
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from skxai.base import Attributions
from skxai.gradient._base import BaseGradientExplainer
from skxai.gradient._rootfinding import RootFinder, margin_if_classes
from skxai.utils._messages import call_naming_row

_LARGEST_MISS = 1e-6  # of a root, in standard deviations of the output


class TaylorExplainer(BaseGradientExplainer):
    """Explain each prediction by a first-order Taylor expansion at its nearest root.

    The root is the nearest point where nothing is decided: on the border between two classes, or
    where a regressor predicts its mean. A feature's value is the derivative *there* times the way
    that the feature has gone from there. The values sum to the output minus that at the root but
    for the remainder, the part that is not linear: see ``completeness_gap``.

    Parameters
    ----------
    level : float, default=None
        The output of a root. None: for classifiers 0 for scores and margins and 1/2 for
        probabilities, otherwise the mean over the background.
    groups : dict, sequence of sequences, fitted ColumnTransformer or None, default=None
        Columns that are one player, as in `TabularMasker`; their values are summed.
    response_method : {"auto", "raw_score", "predict_proba", "predict_log_proba", \
            "decision_function", "predict", "margin", "centred_logit"}, default="auto"
        What to explain; "auto" is for classifiers the margin (a class's score minus the
        largest of the others) where scores are known, otherwise as for other explainers. See
        `as_predictor`.
    target : None, label, list of labels or "predicted", default=None
        Which outputs to explain: None for all (for a binary classifier its positive class), a
        class label, a list of labels, or "predicted" for each row's largest output.
    n_jobs : int, default=None
        Number of jobs; the backend is chosen by ``joblib.parallel_config``.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    levels_ : ndarray of shape (n_outputs,)
        The outputs of roots.
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
    IntegratedGradientsExplainer : Without a remainder; its baseline can be the root, too.
    CounterfactualExplainer : Roots that respect what can change, one feature or a few.

    Notes
    -----
    Roots are looked for on the way to the nearest background rows on the other side, where there
    always is one, and along the derivative; the nearer one then slides along the surface towards
    the row. Distances are Euclidean, in standard deviations of the columns over the background.
    Where no root is found at all, because no background row is on the other side, the row is its
    own root: all its values are zero, and a warning tells how many these are.

    References
    ----------
    G. Montavon et al., "Explaining nonlinear classification decisions with deep Taylor
    decomposition", Pattern Recognition 65 (2017).

    S.-M. Moosavi-Dezfooli, A. Fawzi and P. Frossard, "DeepFool: a simple and accurate method to
    fool deep neural networks", CVPR (2016).

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neural_network import MLPClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skxai import TaylorExplainer
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> network = MLPClassifier(20, solver="lbfgs", max_iter=500, random_state=0)
    >>> model = make_pipeline(StandardScaler(), network).fit(X, y)
    >>> explainer = TaylorExplainer(target="predicted").fit(model, X)
    >>> explanation = explainer.explain(X[:3])
    >>> bool(abs(explanation.base_values).max() < 1e-9)  # on the border
    True
    """

    _parameter_constraints = {
        **BaseGradientExplainer._parameter_constraints,
        "level": [Interval(numbers.Real, None, None, closed="neither"), None],
    }

    def __init__(
        self,
        *,
        level=None,
        groups=None,
        response_method="auto",
        target=None,
        n_jobs=None,
        verbose=0,
    ):
        self.level = level
        self.groups = groups
        self.response_method = response_method
        self.target = target
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _wrap(self, model, X):
        return margin_if_classes(model, X, self.response_method, self.target)

    def _prepare(self, y):
        self._roots = RootFinder(self.predictor_, self._smooth, self._background, self.level)
        self.levels_ = self._roots.levels

    def roots(self, X):
        """The roots themselves.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
            Rows, with the columns of the background.

        Returns
        -------
        ndarray of shape (n_rows, n_outputs, n_leaves)
            The columns of numbers, and the encoded columns of others; the row itself where no root
            was found.
        """
        check_is_fitted(self, "predictor_")
        X, _ = self._conform(X)
        outputs = call_naming_row(self.predictor_, X)
        return self._roots.find(self._smooth.lift(X), outputs)[0]

    def explain(self, X):
        """Explain the predictions for some rows.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
            The rows, with the columns of the background. They are left as they are.

        Returns
        -------
        Explanation
            The attributions; the base values are the outputs at the roots.

        Warns
        -----
        UserWarning
            If no root was found for some rows.
        """
        explanation = super().explain(X)
        missed = np.abs(explanation.base_values - self._by_output(self.levels_, explanation))
        scales = self._by_output(self._output_scales, explanation)
        lost = np.count_nonzero(missed > _LARGEST_MISS * scales)
        if lost:
            warnings.warn(
                f"no root was found for {lost} of {explanation.base_values.size} outputs, because "
                f"no row of X_background is on the other side of the level: their values are zero",
                UserWarning,
                stacklevel=2,
            )
        return explanation

    def _by_output(self, numbers, explanation):
        """What there is one of for each output, as base values are arranged."""
        if explanation.targets is None:
            return numbers if explanation.base_values.ndim == 2 else numbers[0]
        names = [str(name) for name in self.predictor_.output_names]
        return numbers[[names.index(str(target)) for target in explanation.targets]]

    def _explain_leaves(self, U, outputs):
        points, _ = self._roots.find(U, outputs)
        values = np.empty((len(U), U.shape[1], outputs.shape[1]))
        bases = np.empty(outputs.shape)
        for k in range(outputs.shape[1]):
            slopes = self._smooth.jacobian(points[:, k])[:, k]
            values[:, :, k] = slopes * np.nan_to_num(U - points[:, k])
            bases[:, k] = self._smooth.outputs(points[:, k])[:, k]
        return Attributions(values, bases)
