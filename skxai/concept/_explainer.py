"""The explainer by concept activation vectors."""

import numbers

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state, metadata_routing
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from skxai.concept._layers import layer_of
from skxai.concept._result import ConceptExplanation
from skxai.concept._vectors import concept_vector
from skxai.predictors import as_predictor
from skxai.utils._parallel import map_chunks
from skxai.utils._random import draw_seeds
from skxai.utils._tables import TableSpec, check_table, take_rows


class ConceptExplainer(BaseEstimator):
    """Ask whether a network's outputs rise with concepts that are given by examples (TCAV).

    "Does the score of a zebra rise with stripes?" A concept is a table of rows that show it.
    In a layer of the network, a linear classifier tells them from random rows; the unit normal of
    its boundary points towards the concept. The score of a concept is the share of the explained
    rows in which an output rises in this direction. It is repeated with other random rows, and
    compared with directions that tell random rows from random rows.

    Parameters
    ----------
    concepts : dict of str to table
        By name, rows that show the concept, with the columns of the background; at least two.
    layer : int or str, default=0
        Of a multilayer perceptron, the position of a hidden layer; of a torch module, the name of
        one of its parts. From the last hidden layer on the scores are linear, so all rows have the
        same derivative, and each repeat a score of 0 or 1: prefer an earlier one.
    relative : bool, default=False
        Whether a concept is told from the other concepts, not from random rows: which of
        them is it?
    n_repeats : int, default=30
        How many directions for each concept, and between random rows.
    random_state : int, RandomState or None, default=None
        Seeds what is drawn.
    n_jobs : int, default=None
        Number of jobs of `fit`; the backend is chosen by ``joblib.parallel_config``.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    vectors_ : ndarray of shape (n_concepts, n_repeats, n_units)
        Unit directions towards each concept.
    random_vectors_ : ndarray of shape (n_repeats, n_units)
        Those between random rows.
    accuracies_ : ndarray of shape (n_concepts, n_repeats)
        Share of rows that the classifier tells right, of those that it was not trained on; the
        mean of both sides. It is near 0.5 for a concept that the layer does not know.
    concept_names_ : list of str
        Names of the concepts.
    output_names_ : list of str
        Names of the outputs; of two classes the positive one.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Their names, if the background is a DataFrame whose labels are all strings.

    See Also
    --------
    ConceptExplanation : The result of `explain`.

    Notes
    -----
    Each repeat draws rows of the concept with replacement, and as many random rows of the
    background; rows left over make `accuracies_`. The classifier is a logistic regression of
    standardised units. Derivatives are those of raw scores: logits, or a regressor's prediction.

    References
    ----------
    B. Kim et al., "Interpretability beyond feature attribution: quantitative testing with concept
    activation vectors (TCAV)", ICML (2018).

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.neural_network import MLPClassifier
    >>> from skxai.concept import ConceptExplainer
    >>> X, y = load_digits(return_X_y=True)
    >>> X, y = X[:600] / 16, y[:600]
    >>> model = MLPClassifier((30, 20), alpha=1.0, max_iter=1000, random_state=0).fit(X, y)
    >>> hollow = X[X[:, [27, 28, 35, 36]].max(axis=1) < 0.1]
    >>> explainer = ConceptExplainer(concepts={"hollow": hollow}, n_repeats=10, random_state=0)
    >>> explanation = explainer.fit(model, X).explain(X[y == 0])
    >>> explanation
    <ConceptExplanation: 63 rows, 1 concept, 10 outputs, 10 repeats>
    >>> bool(explanation.output(0).scores.mean() > 0.95)
    True
    """

    _parameter_constraints = {
        "concepts": [dict],
        "layer": [numbers.Integral, str],
        "relative": ["boolean"],
        "n_repeats": [Interval(numbers.Integral, 2, None, closed="left")],
        "random_state": ["random_state"],
        "n_jobs": [int, np.integer, None],
        "verbose": ["verbose"],
    }

    # The arguments of `fit` are no metadata that scikit-learn could route.
    __metadata_request__fit = {
        "model": metadata_routing.UNUSED,
        "X_background": metadata_routing.UNUSED,
    }

    def __init__(
        self,
        *,
        concepts,
        layer=0,
        relative=False,
        n_repeats=30,
        random_state=None,
        n_jobs=None,
        verbose=0,
    ):
        self.concepts = concepts
        self.layer = layer
        self.relative = relative
        self.n_repeats = n_repeats
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(self, model, X_background=None, y=None):
        """Learn the directions of the concepts.

        Parameters
        ----------
        model : fitted MLPClassifier or MLPRegressor, torch module or TorchPredictor
            The network, alone or last in a Pipeline; used as it is.
        X_background : DataFrame or array-like of shape (n_rows, n_features)
            Random rows are drawn from these: rows such as the model was trained on.
        y : None
            Ignored.

        Returns
        -------
        self : ConceptExplainer

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError, ValueError
            If an argument is not as described; the message names it.
        """
        self._validate_params()
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)  # a fit that fails leaves nothing of an earlier one
        X = check_table(X_background, "X_background")
        self._spec = TableSpec.of(X)
        concepts = self._check_concepts()
        predictor = as_predictor(model, X, response_method="raw_score")
        self._layer = layer_of(model, self.layer)
        self.n_features_in_ = X.shape[1]
        if hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        if self._spec.feature_names_in is not None:
            self.feature_names_in_ = self._spec.feature_names_in
        self.concept_names_ = [str(name) for name in concepts]
        self.output_names_ = list(predictor.output_names)
        units = self._layer.activations(X)
        if not np.isfinite(units).all():
            raise ValueError(f"layer {self.layer!r} is not finite for some rows of X_background")
        shown = [self._layer.activations(rows) for rows in concepts.values()]
        self._learn(units, shown)
        return self

    def _check_concepts(self):
        if len(self.concepts) < 1 + self.relative:
            wanted = "at least two, as relative=True" if self.relative else "at least one"
            raise ValueError(f"concepts has {len(self.concepts)} entries; expected {wanted}")
        checked = {}
        for name, rows in self.concepts.items():
            checked[name] = self._spec.conform(rows, f"concepts[{name!r}]")
            if checked[name].shape[0] < 2:
                raise ValueError(f"concepts[{name!r}] has fewer than two rows; expected more")
        return checked

    def _learn(self, units, shown):
        sizes = [len(rows) for rows in shown]
        if len(units) < 4:
            raise ValueError(f"X_background has {len(units)} rows; expected at least 4")
        seeds = draw_seeds(self.random_state, self.n_repeats).tolist()
        tasks = ((units, shown, int(np.median(sizes)), self.relative, seed) for seed in seeds)
        found = map_chunks(
            _directions,
            tasks,
            n_chunks=self.n_repeats,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
            name=type(self).__name__,
        )
        vectors = np.array([vectors for vectors, _ in found])  # (n_repeats, n_concepts + 1, ...)
        self.vectors_ = vectors[:, :-1].swapaxes(0, 1).copy()
        self.random_vectors_ = vectors[:, -1].copy()
        self.accuracies_ = np.array([accuracies for _, accuracies in found]).T

    def explain(self, X):
        """Derivatives of the outputs along the concepts, for some rows.

        Scores are shares of these rows: for what a class is made of, give rows of that class.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)
            The rows, with the columns of the background. They are left as they are.

        Returns
        -------
        ConceptExplanation

        Raises
        ------
        NotFittedError
            If the explainer is not fitted.
        TypeError, ValueError
            If `X` differs in kind or columns from the background.
        """
        check_is_fitted(self, "vectors_")
        labels = X.index if isinstance(X, pd.DataFrame) else None
        X = self._spec.conform(X, "X")
        n_concepts, n_repeats, n_units = self.vectors_.shape
        directions = np.concatenate([self.vectors_.reshape(-1, n_units), self.random_vectors_])
        parts = [
            self._slopes(take_rows(X, slice(start, start + 256)), directions.T)
            for start in range(0, max(1, X.shape[0]), 256)
        ]
        slopes = np.concatenate(parts)
        own = slopes[:, :, : n_concepts * n_repeats]
        values = own.reshape(*slopes.shape[:2], n_concepts, n_repeats).swapaxes(1, 2)
        return ConceptExplanation(
            values=values,
            random_values=slopes[:, :, n_concepts * n_repeats :],
            accuracies=self.accuracies_,
            feature_names=self.concept_names_,
            output_names=self.output_names_,
            method=f"{type(self).__name__}(layer={self.layer!r}, relative={self.relative})",
            index=labels,
        )

    def _slopes(self, X, directions):
        slopes = self._layer.slopes(X, directions)
        if slopes.shape[1] == 2 and len(self.output_names_) == 1:
            return slopes[:, 1:] - slopes[:, :1]  # two logits are one score
        return slopes


def _directions(units, shown, n_random, relative, seed):
    """One repeat: a direction for each concept, and one between random rows; the accuracies."""
    rng = check_random_state(seed)
    vectors, accuracies = [], []
    for k, rows in enumerate(shown):
        others = units
        if relative:
            others = np.concatenate([more for j, more in enumerate(shown) if j != k])
        drawn = rng.randint(len(rows), size=len(rows))
        order = rng.permutation(len(others))
        n_outside = min(len(rows), len(others) // 2)
        vector, classify = concept_vector(rows[drawn], others[order[:n_outside]])
        vectors.append(vector)
        left = np.setdiff1d(np.arange(len(rows)), drawn)
        inside = classify(rows[left]).mean() if len(left) else np.nan
        accuracies.append((inside + 1 - classify(others[order[n_outside:]]).mean()) / 2)
    order = rng.permutation(len(units))
    n_random = min(n_random, len(units) // 2)
    vectors.append(
        concept_vector(units[order[:n_random]], units[order[n_random : 2 * n_random]])[0]
    )
    return np.array(vectors), accuracies
