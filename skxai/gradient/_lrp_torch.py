"""torch modules as networks that relevance can go back through.

A copy of the module, in double precision and evaluation mode, is traced into its layers and calls;
the module itself is only read.
"""

import copy
from functools import partial

import numpy as np
import torch
from torch import fx, nn

from skxai.gradient._lrp_network import LayeredNetwork, Step
from skxai.gradient._lrp_torch_layers import known_layer, operation_of_function
from skxai.gradient._lrp_torch_operations import (
    Call,
    Combination,
    Route,
    Rows,
    Same,
    Scaling,
    TorchLayer,
)


def torch_network(module, matrix, x, input_shape=None, of_probabilities=False):
    """A torch module as a network for relevance.

    Parameters
    ----------
    module : nn.Module
        Made of layers and calls that are known; see `known_layer` to register another.
    matrix : ndarray of shape (n_outputs, n_scores)
        What is explained, as combinations of its outputs.
    x : ndarray of shape (n_rows, n_columns)
        A few rows.
    input_shape : tuple of int, default=None
        The shape that the columns of a row have for the module.
    of_probabilities : bool, default=False
        Whether the module returns probabilities. What comes before its last softmax or sigmoid is
        explained then.

    Returns
    -------
    LayeredNetwork

    Raises
    ------
    ValueError
        If the module cannot be traced, or has a layer that is not known; the message names it.
        If it ends with a softmax, and differences of scores are not what is explained.
    """
    parameter = next(module.parameters(), None)
    device = torch.device("cpu") if parameter is None else parameter.device
    enter = partial(_enter, device=device)
    own = copy.deepcopy(module).double().eval()
    own.requires_grad_(False)
    with torch.no_grad():
        builder = _Builder(own, enter(np.asarray(x, dtype=float)))
        if input_shape is not None:
            builder.add(Route(Call("reshape", ((Rows, *input_shape),))), (0,))
        link = builder.build(of_probabilities)
        _check_link(link, matrix, of_probabilities)
        steps = _fold_scalings(builder.steps)
        steps = _combined(steps, torch.as_tensor(matrix, dtype=torch.double, device=device))
    return LayeredNetwork(steps, enter, _leave)


_SOFTMAXES = {"softmax", "logsoftmax", "log_softmax"}


def _check_link(link, matrix, of_probabilities):
    """Whether what is explained is the same before and after the link at the module's end."""
    if link in _SOFTMAXES and not np.allclose(matrix.sum(axis=1), 0):
        raise ValueError(
            f"model: its module ends with {link}, so that its scores depend on all that come "
            "before; expected response_method='centred_logit', or a module without that end"
        )
    if of_probabilities and (link is None or (link == "sigmoid" and matrix.shape[1] > 1)):
        raise ValueError(
            "model: its module returns probabilities, which have no relevance to share out; "
            "expected one that returns logits, or ends with a softmax or a sigmoid"
        )


def _enter(array, device):
    return torch.as_tensor(np.asarray(array, dtype=float), device=device)


def _leave(tensor):
    return tensor.detach().cpu().numpy()


class _Tracer(fx.Tracer):
    """Goes into modules down to those whose layer is known; runs no hooks."""

    def is_leaf_module(self, module, name):
        default = known_layer.dispatch(object)
        registered = known_layer.dispatch(type(module)) is not default
        return registered or super().is_leaf_module(module, name)

    def call_module(self, module, forward, args, kwargs):
        return super().call_module(module, module.forward, args, kwargs)


class _Place(int):
    """The place of a value, in contrast to a constant."""


class _Builder:
    """The steps of a module, with the values that they make of some rows."""

    def __init__(self, module, x):
        self.module = module
        self.steps = []
        self.values = [x]

    def add(self, operation, places):
        """Add a step; where its value is."""
        self.steps.append(Step(operation, tuple(int(place) for place in places)))
        self.values.append(operation.value(*(self.values[place] for place in places)))
        return _Place(len(self.steps))

    def build(self, of_probabilities):
        """Add the steps of the module; the link at its end, which is left away, or None."""
        try:
            graph = _Tracer().trace(self.module)
        except Exception as error:
            raise ValueError(
                f"model: {type(self.module).__name__}.forward can't be traced into layers, which "
                f"relevance needs ({error}); expected layers and calls that are the same for "
                "all inputs"
            ) from error
        found, left_away = {}, None
        returned = next(node for node in graph.nodes if node.op == "output").args[0]
        for node in graph.nodes:
            args, kwargs = fx.map_arg((node.args, node.kwargs), found.__getitem__)
            if node.op == "placeholder":
                found[node] = _Place(len(self.steps)) if not found else _default(node)
            elif node.op == "get_attr":
                found[node] = _attribute(self.module, node.target)
            elif node.op == "output":
                self._end(args[0])
            elif node is returned and self._is_link(node, of_probabilities):
                found[node], left_away = args[0], self._name_of(node)
            elif node.op == "call_module":
                found[node] = self._layer(node.target, args, kwargs)
            else:
                found[node] = self._call(node, args, kwargs)
        return left_away

    def _name_of(self, node):
        if node.op == "call_module":
            return type(self.module.get_submodule(node.target)).__name__.lower()
        return node.target if isinstance(node.target, str) else node.target.__name__

    def _is_link(self, node, of_probabilities):
        name = self._name_of(node)
        return name in _SOFTMAXES or (of_probabilities and name == "sigmoid")

    def _end(self, place):
        if not isinstance(place, _Place):
            raise ValueError("model: its forward returns no single tensor that depends on the rows")
        if self.values[place].ndim == 1:
            place = self.add(Route(Call("unsqueeze", (1,))), (place,))
        if self.values[place].ndim != 2:
            raise ValueError(
                f"model returns shape {tuple(self.values[place].shape)}; expected "
                "(n_rows, n_outputs)"
            )
        if place != len(self.steps):
            self.add(Same(), (place,))  # the outputs are the last value

    def _layer(self, target, args, kwargs):
        module = self.module.get_submodule(target)
        what = type(module).__name__
        alone = len(args) == 1 and not kwargs and isinstance(args[0], _Place)
        operation = None
        if alone:
            operation = known_layer(module, self.values[args[0]], f"{target} ({what})")
        if operation is None:
            raise ValueError(
                f"model: no rule is known for layer {target!r}, {module}; register one: "
                f"skxai.gradient._lrp_torch_layers.known_layer.register({what}, function)"
            )
        return self.add(operation, args)

    def _call(self, node, args, kwargs):
        name = self._name_of(node)
        places = [part for part in _flat(args) if isinstance(part, _Place)]
        if name in ("size", "getattr", "getitem"):
            size = self._size(name, args)
            if size is not None:
                return size
        operation = operation_of_function(name, args, kwargs, _is_place, node.name)
        if operation is None:
            raise ValueError(
                f"model: no rule is known for the call of {name!r} in its forward; make it a "
                "module and register one: "
                "skxai.gradient._lrp_torch_layers.known_layer.register(MyLayer, function)"
            )
        return self.add(operation, places)

    def _size(self, name, args):
        """The shape of a value or a part of it, where that is asked for, else None."""
        if name == "getitem":
            return None if isinstance(args[0], _Place) else args[0][args[1]]
        if name == "getattr" and args[1] != "shape":
            return None
        shape = (Rows, *self.values[args[0]].shape[1:])
        return shape[args[1]] if name == "size" and len(args) > 1 else shape


def _flat(args):
    for part in args:
        if isinstance(part, tuple | list):
            yield from _flat(part)
        else:
            yield part


def _is_place(part):
    return isinstance(part, _Place)


def _default(node):
    if not node.args:
        raise ValueError(f"model: its forward takes {node.target!r}, too; expected one input")
    return node.args[0]


def _attribute(module, target):
    for name in target.split("."):
        module = getattr(module, name)
    return module


def _fold_scalings(steps):
    """Steps with the factors and offsets of channels made part of the layer before or after."""
    steps = list(steps)
    for k, step in enumerate(steps):
        if not isinstance(step.operation, Scaling):
            continue
        scale, shift = step.operation.scale, step.operation.shift
        (place,) = step.places
        before, after = _maker(steps, place), _only_user(steps, k + 1)
        if before is not None and isinstance(steps[before].operation, TorchLayer):
            folded, where = steps[before].operation.after(scale, shift), before
        elif after is not None and isinstance(steps[after].operation, TorchLayer):
            folded, where = steps[after].operation.before(scale, shift), after
        else:
            continue
        if folded is not None:
            steps[where] = steps[where]._replace(operation=folded)
            steps[k] = step._replace(operation=Same())
    return steps


def _maker(steps, place):
    """The step whose value this is, if only one step takes it; nothing in between counts."""
    while place and len(_users(steps, place)) == 1:
        if not isinstance(steps[place - 1].operation, Same):
            return place - 1
        (place,) = steps[place - 1].places
    return None


def _only_user(steps, place):
    while len(_users(steps, place)) == 1:
        (user,) = _users(steps, place)
        if not isinstance(steps[user].operation, Same):
            return user
        place = user + 1
    return None


def _users(steps, place):
    return [k for k, step in enumerate(steps) if place in step.places]


def _combined(steps, matrix):
    """Steps that end with combinations of the outputs."""
    if torch.equal(matrix, torch.eye(matrix.shape[1]).to(matrix)):
        return steps
    last = _maker([*steps, Step(Same(), (len(steps),))], len(steps))
    operation = None if last is None else steps[last].operation
    if isinstance(operation, TorchLayer) and operation.call == "linear":
        return [
            *steps[:last],
            steps[last]._replace(operation=operation.mixed(matrix)),
            *steps[last + 1 :],
        ]
    return [*steps, Step(Combination(matrix), (len(steps),))]


class OfTokens(nn.Module):
    """A module that takes integers, for floats that are whole numbers."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module(x.long())
