"""The door into scikit-learn: attributions as features."""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import get_tags
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted, validate_data

from skxai.base import BaseExplainer
from skxai.maskers import RowMasker


class AttributionTransformer(TransformerMixin, BaseEstimator):
    """Replace each row by the attributions of its prediction.

    A transformer for Pipeline, FeatureUnion and GridSearchCV: `fit` fits a model and an
    explainer of it, `transform` explains. Attributions are in units of the model's output, so
    that features of any kind become numbers on one scale: input for clustering rows by the
    reasons of their predictions, for watching drift, or for a second model.

    Parameters
    ----------
    explainer : explainer
        What explains the model, for instance a `ShapleyExplainer`. It is cloned, and the rows
        given to `fit` are its background; for many rows, give it a masker that summarises them,
        such as ``ShapleyExplainer(masker=TabularMasker(n_samples=100))``.
    estimator : estimator
        The model. It is cloned and fitted; wrap a fitted one in
        `sklearn.frozen.FrozenEstimator` to keep it as it is.

    Attributes
    ----------
    estimator_ : estimator
        The fitted model.
    explainer_ : explainer
        The fitted explainer; ``explainer_.explain(X)`` gives the whole Explanation.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str of shape (`n_features_in_`,)
        Their names, if `fit` saw a DataFrame whose labels are all strings.

    See Also
    --------
    ShapleyExplainer : Shares each prediction among the features by Shapley values.

    Notes
    -----
    Nested parameters can be set and searched: ``explainer__max_evals``,
    ``explainer__masker__n_samples``, ``estimator__C``.

    The attributions of the rows that the model was fitted on tell about `y`, as the
    predictions for these rows do. A later step of a Pipeline learns from exactly such rows; if it
    must not, fit the model on other rows and freeze it.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LinearRegression
    >>> from skxai import AttributionTransformer, ShapleyExplainer
    >>> X = pd.DataFrame({"age": [30.0, 40.0, 50.0], "dose": [1.0, 5.0, 0.0]})
    >>> y = 2 * X["age"] - X["dose"]
    >>> transformer = AttributionTransformer(ShapleyExplainer(), LinearRegression())
    >>> transformer.set_output(transform="pandas").fit_transform(X, y).round(6)
        age  dose
    0 -20.0   1.0
    1   0.0  -3.0
    2  20.0   2.0
    """

    _parameter_constraints = {
        "explainer": [BaseExplainer],
        "estimator": [HasMethods(["fit"])],
    }

    def __init__(self, explainer, estimator):
        self.explainer = explainer
        self.estimator = estimator

    def fit(self, X, y=None):
        """Fit the model, and the explainer on it.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
            Rows to learn from, also the explainer's background. A DataFrame reaches the model
            and the explainer as it is.
        y : array-like of shape (n_rows,) or (n_rows, n_outputs), default=None
            Targets, if the model is supervised. The explainer gets them too.

        Returns
        -------
        self : AttributionTransformer
            The fitted transformer.

        Raises
        ------
        TypeError, ValueError
            If an argument is not as described, or the model or the explainer refuses it.
        """
        self._validate_params()
        estimator, explainer = clone(self.estimator), clone(self.explainer)
        explainer._validate_params()  # now, not after the model has taken its time
        masker = getattr(explainer, "masker", None)
        if isinstance(masker, RowMasker):
            raise ValueError(
                f"explainer has the masker {masker!r}, which finds the players in each row; "
                "expected the same players for all rows, which make columns"
            )
        X = self._check_table(X, reset=True)
        self.estimator_ = estimator.fit(X, y)
        self.explainer_ = explainer.fit(self.estimator_, X, y)
        return self

    def transform(self, X):
        """Explain the predictions for some rows.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
            The rows, with the columns of `fit`.

        Returns
        -------
        ndarray of shape (n_rows, n_players * n_outputs)
            The attributions; with several outputs, all players of the first output come first.
            A DataFrame after ``set_output(transform="pandas")``.

        Raises
        ------
        NotFittedError
            If the transformer is not fitted.
        TypeError, ValueError
            If `X` differs in kind or columns from what `fit` saw, or the model refuses it.
        """
        check_is_fitted(self, "explainer_")
        X = self._check_table(X, reset=False)
        return self.explainer_.explain(X).to_frame().to_numpy(copy=True)

    def get_feature_names_out(self, input_features=None):
        """The names of the columns that `transform` returns.

        Parameters
        ----------
        input_features : array-like of str of shape (`n_features_in_`,), default=None
            Names of the columns of `X`, if `fit` saw none.

        Returns
        -------
        ndarray of str
            The names of the players, such as "age"; with several outputs, output and player,
            such as "virginica__age".

        Raises
        ------
        NotFittedError
            If the transformer is not fitted.
        ValueError
            If `input_features` are not the columns that `fit` saw.
        """
        check_is_fitted(self, "explainer_")
        labels = _check_feature_names_in(self, input_features)
        names = list(self.explainer_._player_names)
        for player, columns in enumerate(self.explainer_._player_columns):
            # Only a player that is named for want of a name takes the one given here.
            if len(columns) == 1 and names[player] == f"x{columns[0]}":
                names[player] = labels[columns[0]]
        outputs = self.explainer_.output_names_
        if len(outputs) > 1:
            names = [f"{output}__{name}" for output in outputs for name in names]
        return np.array(names, dtype=object)

    def _check_table(self, X, *, reset):
        """Columns as scikit-learn checks them; what the cells may hold is the model's to say."""
        return validate_data(
            self,
            X,
            reset=reset,
            skip_check_array=isinstance(X, pd.DataFrame),
            accept_sparse="csr",
            dtype=None,
            ensure_all_finite=False,
            ensure_min_samples=0,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        tags.target_tags = inner.target_tags
        tags.non_deterministic = inner.non_deterministic
        return tags
