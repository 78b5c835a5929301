"""Does an explanation change when the model forgets what it has learned?"""

import sys
from copy import deepcopy

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skxai.explanation import Explanation
from skxai.metrics._judged import background_of, check_count, check_explainer, check_explanation
from skxai.metrics._numbers import rank_agreement
from skxai.predictors import TorchPredictor
from skxai.predictors._sources import unfrozen
from skxai.utils._random import draw_seeds


def layer_randomisation(explainer, explanation, X_background, *, n_layers=None, random_state=None):
    """How alike explanations stay when the network's layers are shuffled, from the last one on.

    Lower is better: an explanation that stays as it was when the model has forgotten everything
    tells of the input, not of the model.

    Parameters
    ----------
    explainer : fitted explainer
        Of a multilayer perceptron, also as the last step of a Pipeline, or of a torch module. The
        model is copied.
    explanation : Explanation
        What it says of the rows, with its data.
    X_background : table or fitted TabularMasker
        What a copy of the explainer is fitted on, with the shuffled model.
    n_layers : int, default=None
        How many layers lose what they have learned, from the output backwards: the weights of
        each are permuted among themselves, so that they keep their sizes. None: all.
    random_state : int, RandomState instance or None, default=None
        Of the permutations.

    Returns
    -------
    ndarray of shape (n_rows,) or (n_rows, n_outputs)
        Spearman's rank correlation of the absolute values before and after: 1 if their order
        stays; NaN where all are equal.

    Raises
    ------
    TypeError, ValueError
        If the model has no known layers, or fewer than `n_layers`.

    References
    ----------
    J. Adebayo et al., "Sanity checks for saliency maps", NeurIPS (2018).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neural_network import MLPClassifier
    >>> from skxai import SaliencyExplainer
    >>> from skxai.metrics import layer_randomisation
    >>> X, y = load_iris(return_X_y=True)
    >>> network = MLPClassifier((10,), solver="lbfgs", alpha=1.0, max_iter=1000, random_state=0)
    >>> explainer = SaliencyExplainer().fit(network.fit(X, y), X)
    >>> likeness = layer_randomisation(explainer, explainer.explain(X[:20]), X, random_state=0)
    >>> likeness.shape, bool(likeness.mean() < 0.5)
    ((20, 3), True)
    """
    check_explanation(explanation)
    check_explainer(explainer)
    if explanation.data is None:
        raise ValueError("explanation has no data: the explained rows are needed")
    rng = np.random.default_rng(draw_seeds(random_state, 1))
    forgetful = forget(explainer.predictor_.model, n_layers, rng)
    background = background_of(X_background)[0]
    other = clone(explainer)
    if explanation.targets is not None:
        other.set_params(target=list(_labels(explainer.predictor_)))
    other = other.fit(forgetful, background).explain(explanation.data)
    if explanation.targets is not None:
        other = _of_targets(other, explanation)
    return rank_agreement(explanation, other, signed=False)


def _labels(predictor):
    return getattr(predictor.model, "classes_", predictor.output_names)


def _of_targets(other, explanation):
    """Of each row the class that was explained before, not the one that is predicted now."""
    rows = np.arange(len(other))
    columns = [other.output_names.index(str(name)) for name in explanation.targets]
    return Explanation(
        other.values[rows, :, columns],
        np.zeros(len(rows)),
        explanation.predictions,
        feature_names=other.feature_names,
    )


def forget(model, n_layers, rng):
    """A copy of a network whose last layers have their weights permuted.

    Returns
    -------
    model : as given
    """
    copy = deepcopy(model)
    layers = _layers(copy)
    if not layers:
        raise TypeError(
            f"model is {type(model).__name__}; expected a multilayer perceptron, a Pipeline that "
            "ends with one, or a torch module"
        )
    n_layers = len(layers) if n_layers is None else n_layers
    check_count(n_layers, "n_layers")
    if n_layers > len(layers):
        raise ValueError(f"n_layers is {n_layers}; the model has {len(layers)}")
    for layer in layers[::-1][:n_layers]:
        for array in layer:
            _shuffle(array, rng)
    return copy


def _layers(model):
    """For each layer, in order, the arrays or tensors of its weights; none if not known."""
    while isinstance(model := unfrozen(model), Pipeline):
        model = model.steps[-1][1]
    if hasattr(model, "coefs_") and hasattr(model, "intercepts_"):
        return list(zip(model.coefs_, model.intercepts_))
    module = _module_of(model)
    if module is None:
        return []
    own = [list(part.parameters(recurse=False)) for part in module.modules()]
    return [parameters for parameters in own if parameters]


def _module_of(model):
    """The torch module that a model is or holds; does not import torch to find out."""
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    if isinstance(model, TorchPredictor):
        model = model.module
    model = getattr(model, "module_", model)  # skorch's
    return model if isinstance(model, torch.nn.Module) else None


def _shuffle(weights, rng):
    """Permute the entries in place."""
    if isinstance(weights, np.ndarray):
        weights[...] = rng.permutation(weights.ravel()).reshape(weights.shape)
        return
    order = rng.permutation(weights.numel())
    weights.data.copy_(weights.data.reshape(-1)[order].reshape(weights.shape))
