"""What the explainers by derivatives have in common."""

from functools import partial

import numpy as np

from skxai.base import Attributions, BaseExplainer
from skxai.explanation import Explanation
from skxai.maskers import TabularMasker
from skxai.predictors import as_predictor
from skxai.predictors._raw_scores import raw_score_of
from skxai.predictors._smooth import smooth_function_of
from skxai.utils._owners import owners
from skxai.utils._tags import ExplainerTags

_CELLS_PER_CHUNK = 2**20


class BaseGradientExplainer(BaseExplainer):
    """Base of the explainers that use the derivative of a model.

    The model is a `SmoothFunction` of *leaves*: columns of numbers, and for the others the numbers
    that an encoder makes of them. What a subclass computes for leaves is summed over those of each
    column, and over the columns of a group.

    A subclass implements ``_explain_leaves(U, outputs) -> Attributions`` for an array of leaves,
    with values of shape (n_rows, n_leaves, n_outputs). It uses ``self._smooth``, the function;
    ``self._background``, the leaves of the background; ``self._spreads``, their standard
    deviations; ``self._base``, the mean output there; and ``self._output_scales``, its standard
    deviation. It may override ``_prepare(y)``, called at the end of ``_fit``.
    """

    _quantity = "attribution"  # what the values are

    _parameter_constraints = {
        **BaseExplainer._parameter_constraints,
        "groups": TabularMasker._parameter_constraints["groups"],
    }

    def _wrap(self, model, X):
        """The raw score by default, where there is one."""
        response = self.response_method
        if response == "auto":
            response = "auto" if raw_score_of(model) is None else "raw_score"
        return as_predictor(model, X, response_method=response, target=self.target)

    def _fit(self, X, y):
        masker = TabularMasker(groups=self.groups).fit(X)
        self._player_names, self._player_columns = masker.player_names_, masker.columns_
        self._smooth = smooth_function_of(self.predictor_, X)
        self._background = self._smooth.lift(X)
        self._leaf_owners = owners(masker.columns_)[np.asarray(self._smooth.sources, dtype=int)]
        # A column without any value has no spread.
        known = np.where(np.isnan(self._background).all(axis=0), 0.0, self._background)
        self._spreads = np.nanstd(known, axis=0)
        outputs = self._smooth.outputs(self._background)
        self._base = outputs.mean(axis=0)
        spread = outputs.std(axis=0)
        self._output_scales = np.where(spread > 0, spread, 1.0)
        self._prepare(y)

    def _prepare(self, y):
        """What a subclass learns in `fit`."""

    @property
    def derivative_(self):
        """How the derivative is known: "analytic", or "numeric" (central differences)."""
        return self._smooth.kind

    def _derivatives(self, U, kind):
        """Derivatives at some leaves, of shape (n_rows, n_leaves, n_outputs).

        A flag that a number is missing, or its bin, does not change when the number does a little.
        """
        slopes = self._smooth.jacobian(U).transpose(0, 2, 1)
        varies = self._smooth.leaves.varies
        if kind == "times_input" or varies.all():
            return slopes
        return np.where(varies[:, None], slopes, 0.0)

    def _result(self):
        return partial(Explanation, quantity=self._quantity)

    def _explain_rows(self, X, predictions):
        U = self._smooth.lift(X)
        if len(U) == 0:
            return Attributions(
                np.zeros((0, len(self._player_names), self.predictor_.n_outputs)), predictions
            )
        return self._explain_pooled(U, predictions)

    def _explain_pooled(self, U, outputs):
        """Values of players, of shape (n_rows, n_players, n_outputs)."""
        found = self._explain_leaves(U, outputs)
        # The error of a sum is at most the sum of the errors, however they are correlated.
        errors = None if found.std_errors is None else self._pool(found.std_errors)
        return Attributions(
            self._pool(found.values), found.base_values, errors, found.n_evals, found.more
        )

    def _pool(self, values):
        """Sums over the leaves of each player: from axis 1, n_leaves, to n_players."""
        n_players = len(self._player_names)
        if np.array_equal(self._leaf_owners, np.arange(n_players)):
            return values
        pooled = np.zeros((len(values), n_players, values.shape[2]))
        np.add.at(pooled, (slice(None), self._leaf_owners), values)
        return pooled

    def _rows_per_chunk(self):
        n_outputs, n_leaves = self.predictor_.n_outputs, len(self._smooth.sources)
        return max(1, _CELLS_PER_CHUNK // max(1, n_outputs * n_leaves))

    def __skxai_tags__(self):
        from sklearn.neural_network import MLPClassifier, MLPRegressor

        network = {
            "hidden_layer_sizes": (8,),
            "solver": "lbfgs",
            "max_iter": 1000,
            "alpha": 1.0,
            "tol": 0.1,
        }
        return ExplainerTags(
            any_model=False,
            regressor=MLPRegressor(activation="tanh", random_state=0, **network),
            classifier=MLPClassifier(activation="tanh", random_state=0, **network),
        )


def measure(kind, slopes, U):
    """What is shown of derivatives of shape (n_rows, n_leaves, n_outputs)."""
    if kind == "squared":
        return slopes**2
    if kind == "absolute":
        return np.abs(slopes)
    if kind == "times_input":
        return slopes * np.nan_to_num(U)[:, :, None]
    return slopes


def quantity_of(kind, standardised=False):
    """What the measures of derivatives are called."""
    names = {
        "gradient": "derivative",
        "squared": "squared derivative",
        "absolute": "absolute derivative",
        "variance": "variance of the derivative",
        "times_input": "derivative × value",
    }
    return f"standardised {names[kind]}" if standardised else names[kind]
