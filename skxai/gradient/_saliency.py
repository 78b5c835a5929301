"""The explainer by sensitivity: how strongly an output answers to each feature."""

from sklearn.utils._param_validation import StrOptions

from skxai.base import Attributions
from skxai.gradient._base import BaseGradientExplainer, measure, quantity_of

KINDS = ("gradient", "squared", "absolute", "times_input")


class SaliencyExplainer(BaseGradientExplainer):
    """Explain what predictions are sensitive to, near each row, by the model's derivative.

    The derivative tells how the output varies when a feature changes a little. It explains the
    variation and not the value: a feature that matters much, but no longer varies the output (a
    saturated unit), has none. For numbers it is in units of the output per unit of the column;
    through a Pipeline by the chain rule, so in the units of the table. The derivatives for the
    encoded columns of a category are summed.

    Parameters
    ----------
    kind : {"gradient", "squared", "absolute", "times_input"}, default="squared"
        What is shown of the derivative: itself; its square, sensitivity, which sums to the squared
        length of the gradient; its absolute value; or its product with the feature's value, which
        for networks of rectifiers without biases sums to the output.
    standardize : bool, default=False
        Derivatives without units: times the feature's standard deviation over that of the output,
        both over the background.
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

    Raises
    ------
    ValueError
        By `fit`, if the model is constant near most rows, as sums of trees are.

    See Also
    --------
    SmoothGradExplainer : The derivative averaged over noise.
    IntegratedGradientsExplainer : The derivative averaged along a path; sums to the difference.
    Explanation.importance : Averages over rows.

    References
    ----------
    K. Simonyan, A. Vedaldi and A. Zisserman, "Deep inside convolutional networks: visualising image
    classification models and saliency maps", ICLR workshop (2014).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.neural_network import MLPRegressor
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skxai import SaliencyExplainer
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    >>> network = MLPRegressor(hidden_layer_sizes=5, solver="lbfgs", max_iter=2000, random_state=0)
    >>> model = make_pipeline(StandardScaler(), network).fit(X, y)
    >>> explainer = SaliencyExplainer(kind="gradient").fit(model, X)
    >>> explainer.derivative_
    'analytic'
    >>> explainer.explain(X).to_frame().shape
    (442, 10)
    """

    _parameter_constraints = {
        **BaseGradientExplainer._parameter_constraints,
        "kind": [StrOptions(set(KINDS))],
        "standardize": ["boolean"],
    }

    def __init__(
        self,
        *,
        kind="squared",
        standardize=False,
        groups=None,
        response_method="auto",
        target=None,
        n_jobs=None,
        verbose=0,
    ):
        self.kind = kind
        self.standardize = standardize
        self.groups = groups
        self.response_method = response_method
        self.target = target
        self.n_jobs = n_jobs
        self.verbose = verbose

    @property
    def _quantity(self):
        return quantity_of(self.kind, self.standardize)

    def _explain_leaves(self, U, outputs):
        slopes = self._derivatives(U, self.kind)
        if self.standardize:
            slopes = slopes * self._spreads[:, None] / self._output_scales
        return Attributions(measure(self.kind, slopes, U), self._base)
