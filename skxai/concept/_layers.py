"""What the units of a layer do, and how the outputs change with them."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline

from skxai.predictors import TorchPredictor
from skxai.predictors._modules import evaluating, import_torch, is_module
from skxai.predictors._networks import Network, network_of
from skxai.predictors._sources import unfrozen
from skxai.predictors._torch import ModuleScores


def layer_of(model, layer):
    """The layer of a network, alone or last in a Pipeline, as an object with two methods.

    ``activations(X)`` has the shape (n_rows, n_units); ``slopes(X, directions)``, derivatives of
    the raw scores along directions of shape (n_units, n_directions), has the shape
    (n_rows, n_scores, n_directions).

    Raises
    ------
    TypeError, ValueError
        If the model is no network, or has no such layer.
    """
    model = unfrozen(model)
    if isinstance(model, Pipeline):
        return AfterSteps(model[:-1], layer_of(model[-1], layer))
    if is_module(model):
        model = TorchPredictor(model)
    if isinstance(model, MLPClassifier | MLPRegressor):
        return _hidden_layer(model, layer)
    if isinstance(model, TorchPredictor):
        return _module_layer(model, layer)
    raise TypeError(
        f"model is {type(model).__name__}; expected an MLPClassifier, an MLPRegressor, a torch "
        "module or a TorchPredictor, alone or last in a Pipeline: concepts live in layers"
    )


class AfterSteps(NamedTuple):
    """A layer whose network sees what the first steps of a Pipeline return."""

    steps: Any
    layer: Any

    def activations(self, X):
        return self.layer.activations(self._prepared(X))

    def slopes(self, X, directions):
        return self.layer.slopes(self._prepared(X), directions)

    def _prepared(self, X):
        return self.steps.transform(X) if len(self.steps) else X


class HiddenLayer(NamedTuple):
    """The part of a multilayer perceptron before a hidden layer's activations, and after."""

    network: Network
    level: int

    def activations(self, X):
        X = X.toarray() if hasattr(X, "toarray") else np.asarray(X, dtype=float)
        return self.network.layers(X)[0][self.level]

    def slopes(self, X, directions):
        weights, biases, activation = self.network
        after = Network(weights[self.level :], biases[self.level :], activation)
        return after.jacobian(self.activations(X)) @ directions


class ModuleLayer(NamedTuple):
    """A part of a torch module, by its name; its units are all that it returns for a row."""

    scores: ModuleScores
    name: str

    def activations(self, X):
        return np.concatenate([units for units, _ in self._batches(X, None)])

    def slopes(self, X, directions):
        return np.concatenate([slopes for _, slopes in self._batches(X, directions)])

    def _batches(self, X, directions):
        X = np.asarray(X, dtype=float)
        for start in range(0, len(X), self.scores.batch_size):
            yield self._run(X[start : start + self.scores.batch_size], directions)

    def _run(self, X, directions):
        torch = import_torch()
        module, kept = self.scores.module, []

        def cut(part, inputs, output):
            if not isinstance(output, torch.Tensor):
                raise TypeError(
                    f"layer {self.name!r} returns {type(output).__name__}; expected one tensor"
                )
            kept.append(output.detach().requires_grad_())
            return kept[-1].clone()  # a later layer may work in place

        with evaluating(module), torch.enable_grad():
            handle = module.get_submodule(self.name).register_forward_hook(cut)
            try:
                outputs = module(self.scores.as_input(X)).reshape(len(X), -1)
            finally:
                handle.remove()
            if len(kept) != 1:
                raise ValueError(
                    f"layer {self.name!r} runs {len(kept)} times in one pass; expected once"
                )
            units = _numbers(kept[0]).reshape(len(X), -1)
            if directions is None:
                return units, None
            slopes = [
                _numbers(
                    torch.autograd.grad(total, kept[0], retain_graph=True, materialize_grads=True)[
                        0
                    ]
                ).reshape(units.shape)
                for total in outputs.sum(dim=0)
            ]
        slopes = np.stack(slopes, axis=1) @ directions
        if self.scores.of_probabilities:
            slopes = slopes * self.scores.logarithms(_numbers(outputs))[1][:, :, None]
        return units, slopes


def _numbers(tensor):
    return tensor.detach().cpu().numpy().astype(float)


def _hidden_layer(model, layer):
    n_hidden = len(model.coefs_) - 1
    is_position = isinstance(layer, int | np.integer) and not isinstance(layer, bool)
    if not is_position or not -n_hidden <= layer < n_hidden:
        raise ValueError(
            f"layer is {layer!r}; expected the position of one of {n_hidden} hidden layers"
        )
    return HiddenLayer(network_of(model), int(layer) % n_hidden + 1)


def _module_layer(model, layer):
    names = [name for name, _ in model.module.named_modules() if name]
    if layer not in names:
        raise ValueError(f"layer is {layer!r}; expected the name of a part of the module: {names}")
    return ModuleLayer(ModuleScores.of(model), layer)
