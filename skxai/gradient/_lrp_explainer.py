"""The explainer by layer-wise relevance propagation."""

import numbers
from copy import copy
from dataclasses import replace
from functools import partial

import numpy as np
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from skxai.base import Attributions
from skxai.gradient._base import BaseGradientExplainer
from skxai.gradient._lrp_composite import rules_of
from skxai.gradient._lrp_explanation import LRPExplanation
from skxai.gradient._lrp_network import known_network
from skxai.gradient._lrp_preprocessing import ledger_of, way_back
from skxai.predictors._smooth._links import identity
from skxai.predictors._smooth._stages import Chain
from skxai.predictors._torch import ModuleScores, TorchPredictor
from skxai.utils._messages import call_naming_row

_CELLS_PER_CHUNK = 2**20


class LRPExplainer(BaseGradientExplainer):
    """Explain each prediction by relevance that goes back through a network, layer by layer.

    The raw score of an output is its relevance. Each layer shares out the relevance of its units
    among its inputs, by a rule that the user chooses; what arrives at the columns are their values.
    Biases take relevance, too, and stabilisers absorb some: the result has an account of where all
    of it went, layer by layer.

    Parameters
    ----------
    rule : str, tuple, callable, dict or list, default="auto"
        How a layer shares out relevance:

        - "zero": in proportion to the contributions, inputs times weights, to the sum;
        - "epsilon": the same, but ε is added to the size of the sum, and absorbs relevance where
          contributions cancel;
        - "gamma": contributions of the sum's own sign count 1 + γ times;
        - "alpha-beta": α times in proportion to positive contributions, minus β times to
          negative ones; "zplus": positive ones only, which is α = 1, β = 0;
        - "zbox": to contributions relative to the least that an input within its bounds can
          contribute; bounds are those of the background, or options `low` and `high`;
        - "wsquare": to squared weights; "flat": in equal parts;
        - a function ρ of arrays of weights: in proportion to inputs times ρ(weights).

        A pair such as ``("gamma", {"gamma": 0.1})`` sets options of its own. Rules of several
        layers: a dict such as ``{"first": "zbox", "hidden": "gamma", "last": "epsilon"}``, in
        which positions of layers may be keys, too (layers without a rule take that of "hidden",
        by default "epsilon"; in a network of one layer this is the last one), or a list such as
        ``[(0.5, "zplus"), (1.0, "epsilon")]``: up to which fraction of the depth each is taken.
        "auto" is the dict above.
    epsilon : float, default=0.01
        The ε of the rules that have it, in units of the root mean square of each unit's sums over
        the background.
    gamma : float, default=0.25
        The γ of the rule "gamma".
    alpha, beta : float, default=2.0 and 1.0
        The α and β of "alpha-beta"; their difference must be 1.
    groups : dict, sequence of sequences, fitted ColumnTransformer or None, default=None
        Columns that are one player, as in `TabularMasker`; their relevance is summed.
    response_method : {"auto", "raw_score", "decision_function", "predict", "centred_logit"}, \
            default="auto"
        What to explain; "auto" is the raw score. Probabilities have no relevance to share out.
    target : None, label, list of labels or "predicted", default=None
        Which outputs to explain: None for all (for a binary classifier its positive class), a
        class label, a list of labels, or "predicted" for each row's largest output. The other
        class of two is explained by minus the score, with minus the weights of the last layer.
    n_jobs : int, default=None
        Number of jobs; the backend is chosen by ``joblib.parallel_config``.
    verbose : int, default=0
        Whether to show a progress bar.

    Attributes
    ----------
    layers_ : list of str
        Names and rules of the layers, from the first to the last.
    derivative_ : {"analytic", "numeric"}
        How the model's derivative is known; relevance does not use it.
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
        In `fit`, if the model is no network, if a layer or a preprocessing step has no way back
        for relevance, or if the response is no sum of the last layer.

    See Also
    --------
    IntegratedGradientsExplainer : Needs a baseline instead of rules.

    Notes
    -----
    Networks are scikit-learn's multilayer perceptrons, linear models, as networks of one layer,
    and torch modules: linear layers, convolutions, activations, pooling, batch normalisation,
    which becomes part of the layer before or after it, reshapes, sums as of residual connections,
    concatenations, and embeddings, where a token has the relevance of its whole vector. Maxima
    give all relevance to the winner; means and sums share it out as by "epsilon". An error names a
    layer that is not known; ``skxai.gradient._lrp_torch_layers.known_layer`` says how to register
    it. A module is only read: what is explained is a copy in double precision.

    A sum of exactly zero counts as positive; a unit that nothing contributes to
    drops its relevance. With "zplus" and "alpha-beta" much may be lost where an output is
    negative. "gamma" of inputs of either sign is that of Andéol et al.; the bias is treated in
    the same way. A row outside the bounds of "zbox" widens them for itself. Rules "wsquare" and
    "flat" give nothing to biases.

    In a Pipeline, relevance passes scalers as it is; that of encoded columns is summed; where
    columns are mixed linearly, as by PCA, it is shared out as by "epsilon", in proportion to what
    columns contribute relative to their mean over the background; that of a product of powers is
    shared out by the exponents.

    References
    ----------
    S. Bach et al., "On pixel-wise explanations for non-linear classifier decisions by layer-wise
    relevance propagation", PLOS ONE 10(7) (2015).

    G. Montavon et al., "Layer-wise relevance propagation: an overview", in Explainable AI:
    Interpreting, Explaining and Visualizing Deep Learning, Springer (2019).

    L. Andéol et al., "Learning domain invariant representations by joint Wasserstein distance
    minimization", Neural Networks 167 (2023).

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neural_network import MLPClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skxai import LRPExplainer
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> network = MLPClassifier(hidden_layer_sizes=20, solver="lbfgs", max_iter=500, random_state=0)
    >>> model = make_pipeline(StandardScaler(), network).fit(X, y)
    >>> explainer = LRPExplainer(target="predicted").fit(model, X)
    >>> explainer.layers_
    ['layer 1, zbox', 'layer 2, epsilon']
    >>> explanation = explainer.explain(X)
    >>> list(explanation.audit())
    ['relevance', 'inputs', 'bias', 'epsilon', 'dropped', 'gap']
    >>> bool(abs(explanation.audit()["gap"]).max() < 1e-12)
    True
    """

    _parameter_constraints = {
        **BaseGradientExplainer._parameter_constraints,
        "rule": [str, tuple, list, dict, callable],
        "epsilon": [Interval(numbers.Real, 0, None, closed="left")],
        "gamma": [Interval(numbers.Real, 0, None, closed="left")],
        "alpha": [Interval(numbers.Real, 1, None, closed="left")],
        "beta": [Interval(numbers.Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        *,
        rule="auto",
        epsilon=0.01,
        gamma=0.25,
        alpha=2.0,
        beta=1.0,
        groups=None,
        response_method="auto",
        target=None,
        n_jobs=None,
        verbose=0,
    ):
        self.rule = rule
        self.epsilon = epsilon
        self.gamma = gamma
        self.alpha = alpha
        self.beta = beta
        self.groups = groups
        self.response_method = response_method
        self.target = target
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _wrap(self, model, X):
        predictor = super()._wrap(model, X)
        if isinstance(predictor.model, TorchPredictor):
            dtype = ModuleScores.of(predictor.model).as_input.dtype
            if not dtype.is_floating_point:
                return predictor.with_model(_of_tokens(predictor.model))
        return predictor

    def _prepare(self, y):
        self._network = self._find_network()
        defaults = {name: getattr(self, name) for name in ("epsilon", "gamma", "alpha", "beta")}
        chosen = rules_of(self.rule, len(self._network.weighted), defaults)
        stage = self._smooth.leaves.stage
        self._way_back = way_back(stage, self._background, self.epsilon)
        self._is_preprocessed = not isinstance(stage, Chain) or bool(stage.stages)
        self._rules = self._network.fit_rules(chosen, self.epsilon, stage(self._background))
        self._names = [
            f"{self._network.steps[k].operation.name}, {self._rules[k].name}"
            for k in self._network.sharing
        ]
        one_row = self._network.values(stage(self._background[:1]))
        self._cells = sum(int(np.prod(value.shape)) for value in one_row)
        self._network.relevances(one_row, self._rules)  # what is wrong with a rule shows here

    def _find_network(self):
        """The explained outputs as a network whose last layer makes them."""
        form, final = self._smooth.form, self._smooth.final
        name = type(self.predictor_.model).__name__
        network = matrix = None
        if form is not None:
            first = self._smooth.leaves.stage(self._background[:1])
            n_scores = form.function.scores(first).shape[1]
            matrix = final.matrix(n_scores)
            explained = np.eye(n_scores) if matrix is None else matrix
            network = known_network(form.function, explained, first)
        if network is None:
            raise ValueError(
                f"model, {name}, is no network of layers that relevance could go back through; "
                "expected MLPClassifier, MLPRegressor, a linear model or a torch module, perhaps "
                "at the end of a Pipeline"
            )
        if matrix is None:
            what = "no sum of the last layer" if final.link is identity else "not its raw score"
            raise ValueError(
                f"response_method is {self.response_method!r}, which is {what} for {name}: its "
                "relevance is not defined; expected 'raw_score' or 'centred_logit'"
            )
        return network

    @property
    def layers_(self):
        """Names and rules of the layers, from the first to the last."""
        check_is_fitted(self, "predictor_")
        return list(self._names)

    def _result(self):
        first = ["preprocessing"] if self._is_preprocessed else []
        return partial(LRPExplanation, layers=first + self._names)

    def _explain_leaves(self, U, outputs):
        relevances, ledgers = self._propagate(U)
        encoded = self._network.leave(relevances[0])
        leaves, lost = self._way_back(U, encoded)
        books = [[self._network.leave(entry) for entry in ledger] for ledger in ledgers]
        if self._is_preprocessed:
            books.insert(0, list(ledger_of(encoded, leaves, lost)))
        books = np.array(books)
        books = books.transpose(2, 0, 1, 3)  # rows, layers, entries, outputs
        return Attributions(
            leaves.transpose(0, 2, 1), books[:, :, 2:].sum(axis=(1, 2)), more={"ledgers": books}
        )

    def _propagate(self, U):
        values = self._network.values(self._smooth.leaves.stage(U))
        return self._network.relevances(values, self._rules)

    def layer_relevances(self, X):
        """The relevance of the units of each layer.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
            Rows, with the columns of the background.

        Returns
        -------
        list of ndarray of shape (n_rows, ...) or (n_rows, ..., n_outputs)
            Of the network's inputs, which are what preprocessing makes of the columns, and of
            the units of each layer with weights, from the first to the last.
        """
        check_is_fitted(self, "predictor_")
        X, _ = self._conform(X)
        predictions = call_naming_row(self.predictor_, X)
        parts = self._map_rows(X, predictions, self._hidden, self._rows_per_chunk())
        layers = [np.concatenate(layer) for layer in zip(*parts)]
        if self.predictor_.by_row:
            best = predictions.argmax(axis=1)
            return [layer[np.arange(len(best)), ..., best] for layer in layers]
        return [layer[..., 0] for layer in layers] if predictions.shape[1] == 1 else layers

    def _hidden(self, X, predictions):
        relevances, _ = self._propagate(self._smooth.lift(X))
        places = [0, *(k + 1 for k in self._network.weighted)]
        arrays = [self._network.leave(relevances[place]) for place in places]
        return [np.moveaxis(array, 1, -1) for array in arrays]

    def _rows_per_chunk(self):
        return max(1, _CELLS_PER_CHUNK // max(1, self._cells * self.predictor_.n_outputs))

    def __skxai_tags__(self):
        return replace(super().__skxai_tags__(), completeness=True)


def _of_tokens(model):
    """A `TorchPredictor` of integers as one of floats, which has no derivative but a network."""
    import torch

    from skxai.gradient._lrp_torch import OfTokens

    return copy(model).set_params(module=OfTokens(model.module), dtype=torch.double)
