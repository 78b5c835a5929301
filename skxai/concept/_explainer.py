"""The explainer by concept activation vectors."""

import numbers
from functools import partial

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state, metadata_routing
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from skxai.concept._layers import layer_of
from skxai.concept._result import ConceptExplanation
from skxai.concept._vectors import repeat, sides_of, towards
from skxai.predictors import as_predictor
from skxai.utils._messages import call_naming_row
from skxai.utils._parallel import map_chunks
from skxai.utils._random import draw_seeds
from skxai.utils._tables import TableSpec, check_table, take_rows


class ConceptExplainer(BaseEstimator):
    """Ask whether a network's outputs rise with concepts that are given by examples (TCAV).

    "Does the score of a zebra rise with stripes?" A concept is a table of rows that show it.
    In a layer of the network, a linear classifier tells them from random rows; the unit normal of
    its boundary points towards the concept. The score of a concept is the share of the explained
    rows in which an output rises in this direction. It is repeated with other rows, and compared
    with random concepts: as many rows, drawn from the background.

    Parameters
    ----------
    concepts : dict of str to table
        By name, rows that show the concept, with the columns of the background; at least two.
    layer : int or str, default=0
        Of a multilayer perceptron, the position of a hidden layer; of a torch module, the name of
        one of its parts. From the last hidden layer on the scores are linear, so all rows have the
        same derivative, and each repeat a score of 0 or 1: prefer an earlier one.
    relative : bool, default=False
        Whether a concept is told from the other concepts, not from random rows.
    n_repeats : int, default=30
        How many directions for each concept, and how many random concepts beside it.
    random_state : int, RandomState or None, default=None
        Seeds what is drawn.
    n_jobs : int, default=None
        Number of jobs of `fit`; the backend is chosen by ``joblib.parallel_config``.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    whole_vectors_ : ndarray of shape (n_concepts, n_units)
        Unit directions towards each concept, from all its rows.
    vectors_ : ndarray of shape (n_concepts, n_repeats, n_units)
        The same from rows drawn with replacement.
    random_vectors_ : ndarray of shape (n_concepts, n_repeats, n_units)
        Those towards random concepts of the same number of rows.
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
    A classifier is a logistic regression of standardised units, in which both sides weigh the
    same; it sees up to ten times as many rows outside the concept as inside. Each repeat draws
    the concept's rows with replacement; rows left over make `accuracies_`. Derivatives are those
    of raw scores: logits, or a regressor's prediction.

    The paper tests by Welch's t-test between the scores of the repeats and of random directions.
    Repeats share the concept's rows and are not independent: with random digits as a concept and
    30 repeats, three fifths of its p-values are below 0.05. Here the mean derivative along
    `whole_vectors_` is compared with those of random concepts, each fitted once in the same way:
    does it lie outside, by the t-distribution of one more draw? (Scores themselves can't tell:
    those of random concepts are often exactly 0 or 1.) This assumes that the concept's rows were
    chosen independently of each other, and that the means are about normal. What is tested is
    whether the rows are like random rows to this output: look at `accuracies_` first.

    Random concepts have as many rows as the concept, but at most half of the background. With
    ``relative=True`` they are drawn from the rows of all concepts.

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
            The network, alone or last in a Pipeline; used as it is. Of a search, the best one.
        X_background : DataFrame or array-like of shape (n_rows, n_features)
            Random rows are drawn from these: rows such as the model was trained on.
        y : None
            Ignored.

        Returns
        -------
        self : ConceptExplainer
            The fitted explainer.

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
        if self._spec.feature_names_in is not None:
            self.feature_names_in_ = self._spec.feature_names_in
        self.concept_names_ = [str(name) for name in concepts]
        self.output_names_ = list(predictor.output_names)
        units = self._activations(X, "X_background")
        shown = [self._activations(concepts[key], f"concepts[{key!r}]") for key in concepts]
        self._learn(units, shown)
        return self

    def _activations(self, X, name):
        units = self._layer.activations(X)
        if not np.isfinite(units).all():
            raise ValueError(f"layer {self.layer!r} is not finite for some rows of {name}")
        return units

    def _check_concepts(self):
        if len(self.concepts) < 1 + self.relative:
            wanted = "at least two, as relative=True" if self.relative else "at least one"
            raise ValueError(f"concepts has {len(self.concepts)} entries; expected {wanted}")
        if len(set(map(str, self.concepts))) < len(self.concepts):
            raise ValueError(f"concepts has names {list(self.concepts)}; expected different texts")
        checked = {}
        for name, rows in self.concepts.items():
            checked[name] = self._spec.conform(rows, f"concepts[{name!r}]")
            if checked[name].shape[0] < 2:
                raise ValueError(f"concepts[{name!r}] has fewer than two rows; expected more")
        return checked

    def _learn(self, units, shown):
        if len(units) < 4:
            raise ValueError(f"X_background has {len(units)} rows; expected at least 4")
        first, *seeds = draw_seeds(self.random_state, 1 + self.n_repeats).tolist()
        rng = check_random_state(first)
        sides = [sides_of(units, shown, k, self.relative) for k in range(len(shown))]
        tasks = ((sides, self.relative, seed) for seed in seeds)
        found = map_chunks(
            repeat,
            tasks,
            n_chunks=self.n_repeats,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
            name=type(self).__name__,
        )
        vectors, random_vectors, accuracies = (np.array(part) for part in zip(*found))
        self.whole_vectors_ = np.array([towards(*side, rng) for side in sides])
        self.vectors_ = vectors.swapaxes(0, 1).copy()
        self.random_vectors_ = random_vectors.swapaxes(0, 1).copy()
        self.accuracies_ = accuracies.T

    def explain(self, X):
        """The derivatives of the outputs along the concepts, for some rows.

        Scores are shares of these rows: for what a class is made of, give rows of that class.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)
            The rows, with the columns of the background. They are left as they are.

        Returns
        -------
        ConceptExplanation
            The derivatives of each row, from which the scores follow.

        Raises
        ------
        NotFittedError
            If the explainer is not fitted.
        TypeError, ValueError
            If `X` differs in kind or columns from the background, or the layer or its derivatives
            are not finite.
        """
        check_is_fitted(self, "vectors_")
        labels = X.index if isinstance(X, pd.DataFrame) else None
        X = self._spec.conform(X, "X")
        n_concepts, n_repeats, n_units = self.vectors_.shape
        parts = [self.whole_vectors_[:, None], self.vectors_, self.random_vectors_]
        directions = np.concatenate(parts, axis=1).reshape(-1, n_units).T
        slopes = np.zeros((X.shape[0], len(self.output_names_), directions.shape[1]))
        along = partial(self._slopes, directions=directions)
        for start in range(0, X.shape[0], 256):
            rows = slice(start, start + 256)
            slopes[rows] = call_naming_row(along, take_rows(X, rows), start)
        slopes = slopes.reshape(*slopes.shape[:2], n_concepts, 1 + 2 * n_repeats).swapaxes(1, 2)
        return ConceptExplanation(
            values=slopes[..., 1 : 1 + n_repeats],
            whole_values=slopes[..., 0],
            random_values=slopes[..., 1 + n_repeats :],
            accuracies=self.accuracies_,
            feature_names=self.concept_names_,
            output_names=self.output_names_,
            method=f"{type(self).__name__}(layer={self.layer!r}, relative={self.relative})",
            index=labels,
        )

    def _slopes(self, X, directions):
        self._activations(X, "X")  # a rectifier hides what is missing
        slopes = self._layer.slopes(X, directions)
        if not np.isfinite(slopes).all():
            raise ValueError(f"derivatives after layer {self.layer!r} are not finite for some rows")
        if slopes.shape[1] == 2 and len(self.output_names_) == 1:
            return slopes[:, 1:] - slopes[:, :1]  # two logits are one score
        return slopes
