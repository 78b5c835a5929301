"""Which operation each of torch's layers and functions is."""

from functools import partial, singledispatch

import torch
from torch import nn

from skxai.gradient._lrp_network import Operation
from skxai.gradient._lrp_torch_operations import (
    Average,
    Call,
    Concatenation,
    Route,
    Same,
    Scaling,
    Sum,
    Tokens,
    TorchLayer,
)


@singledispatch
def known_layer(module, x, name):
    """The operation of a module, else None.

    Register a function for a class that is not known:
    ``known_layer.register(MyLayer, function)``, where ``function(module, x, name)`` returns an
    operation: ``Operation(call)`` if relevance passes it as it does an activation, ``Route(call)``
    if it moves or picks values, `Average` or `TorchLayer` if it is linear. Modules made of known
    ones need no function.

    Parameters
    ----------
    module : nn.Module
        A copy in double precision and in evaluation mode, whose tensors can be kept.
    x : tensor of shape (n_rows, *inputs)
        An example of its input.
    name : str
        What the layer is called in reports.
    """
    return None


@known_layer.register
def _(module: nn.Linear, x, name):
    return TorchLayer(
        name, module.weight, 0.0 if module.bias is None else module.bias, "linear", {}
    )


def _convolution(module, x, name, call):
    if module.padding_mode != "zeros":
        return None
    axes = module.weight.ndim - 2
    padding = module.padding
    if padding == "same":
        spans = [d * (k - 1) for d, k in zip(module.dilation, module.kernel_size)]
        if any(span % 2 for span in spans):
            return None
        padding = tuple(span // 2 for span in spans)
    padding = (0,) * axes if padding == "valid" else padding
    options = {"stride": module.stride, "padding": padding}
    options |= {"dilation": module.dilation, "groups": module.groups}
    bias = 0.0 if module.bias is None else module.bias.reshape(-1, *[1] * axes)
    return TorchLayer(name, module.weight, bias, call, options)


for _cls, _call in [(nn.Conv1d, "conv1d"), (nn.Conv2d, "conv2d"), (nn.Conv3d, "conv3d")]:
    known_layer.register(_cls, partial(_convolution, call=_call))


@known_layer.register(nn.BatchNorm1d)
@known_layer.register(nn.BatchNorm2d)
@known_layer.register(nn.BatchNorm3d)
def _(module, x, name):
    if module.running_mean is None:
        return None  # it normalises by the batch: no function of a row
    scale = 1 / torch.sqrt(module.running_var + module.eps)
    if module.weight is not None:
        scale = scale * module.weight
    shift = -module.running_mean * scale
    if module.bias is not None:
        shift = shift + module.bias
    shape = (-1, *[1] * (x.ndim - 2))
    return Scaling(scale.reshape(shape), shift.reshape(shape))


@known_layer.register
def _(module: nn.Embedding, x, name):
    return None if module.max_norm is not None else Tokens(module.weight)


@known_layer.register
def _(module: nn.Flatten, x, name):
    return Route(Call("flatten", (module.start_dim, module.end_dim)))


@known_layer.register
def _(module: nn.Unflatten, x, name):
    return Route(Call("unflatten", (module.dim, tuple(module.unflattened_size))))


for _cls in [nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout]:
    known_layer.register(_cls, lambda module, x, name: Same())

# Functions of each unit by itself, with the attributes that they are called with.
_ACTIVATIONS = {
    nn.CELU: ("celu", ["alpha"]),
    nn.ELU: ("elu", ["alpha"]),
    nn.GELU: ("gelu", ["approximate"]),
    nn.Hardtanh: ("hardtanh", ["min_val", "max_val"]),
    nn.LeakyReLU: ("leaky_relu", ["negative_slope"]),
    nn.PReLU: ("prelu", ["weight"]),
    nn.ReLU: ("relu", []),
    nn.SELU: ("selu", []),
    nn.SiLU: ("silu", []),
    nn.Sigmoid: ("sigmoid", []),
    nn.Softplus: ("softplus", ["beta", "threshold"]),
    nn.Tanh: ("tanh", []),
}
_MAX_POOLS = {
    nn.MaxPool1d: "max_pool1d",
    nn.MaxPool2d: "max_pool2d",
    nn.MaxPool3d: "max_pool3d",
    nn.AdaptiveMaxPool1d: "adaptive_max_pool1d",
    nn.AdaptiveMaxPool2d: "adaptive_max_pool2d",
}
_MEANS = {
    nn.AvgPool1d: "avg_pool1d",
    nn.AvgPool2d: "avg_pool2d",
    nn.AvgPool3d: "avg_pool3d",
    nn.AdaptiveAvgPool1d: "adaptive_avg_pool1d",
    nn.AdaptiveAvgPool2d: "adaptive_avg_pool2d",
}
_POOL_OPTIONS = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "count_include_pad")
_POOL_OPTIONS += ("divisor_override", "output_size")


def _activation(module, x, name):
    call, options = next(_ACTIVATIONS[cls] for cls in type(module).__mro__ if cls in _ACTIVATIONS)
    return Operation(Call(call, (), {option: getattr(module, option) for option in options}))


def _pool_call(module, calls):
    call = next(calls[cls] for cls in type(module).__mro__ if cls in calls)
    kwargs = {o: getattr(module, o) for o in _POOL_OPTIONS if hasattr(module, o)}
    return Call(call, (), kwargs)


def _max_pool(module, x, name):
    return None if module.return_indices else Route(_pool_call(module, _MAX_POOLS))


def _mean(module, x, name):
    return Average(name, _pool_call(module, _MEANS))


for _classes, _function in [(_ACTIVATIONS, _activation), (_MAX_POOLS, _max_pool), (_MEANS, _mean)]:
    for _cls in _classes:
        known_layer.register(_cls, _function)

# -- functions and methods in a module's `forward`, by name ----------------------------------------

_UNITWISE = {call for call, _ in _ACTIVATIONS.values()} | {"relu6", "mish", "hardswish"}
_MOVING = {"flatten", "view", "reshape", "permute", "transpose", "squeeze", "unsqueeze"}
_MOVING |= {"unflatten", "movedim", *_MAX_POOLS.values()}
_AVERAGING = {"mean", *_MEANS.values()}
_NOTHING = {"contiguous", "clone", "dropout", "dropout1d", "dropout2d", "alpha_dropout"}
_NOTHING |= {"double", "float", "int", "long", "to"}  # tokens are rounded where they are looked up


def operation_of_function(function, args, kwargs, is_value, name):
    """The operation of a call within a module, else None.

    Parameters
    ----------
    function : str
        Its name.
    args, kwargs : tuple and dict
        Arguments; `Rows` stands for the number of rows.
    is_value : callable
        Whether an argument depends on the input of the module.
    name : str
        What it is called in reports.
    """
    if any(map(is_value, kwargs.values())) or not args:
        return None
    if function in ("cat", "concat") and isinstance(args[0], tuple | list):
        axis = kwargs.get("dim", args[1] if len(args) > 1 else 0)
        return Concatenation(axis) if all(map(is_value, args[0])) else None
    constants = [part for part in args if not is_value(part)]
    if function in ("add", "iadd") and not kwargs:
        return Sum(name, bias=sum(constants, 0.0))
    if len(constants) != len(args) - 1:
        return None
    if function == "mul":
        return Operation(partial(torch.mul, other=constants[0]))
    if not is_value(args[0]):
        return None
    if function == "sub":
        return Sum(name, bias=-constants[0])
    if function == "truediv":
        return Operation(partial(torch.mul, other=1 / constants[0]))
    return _operation_of_one(function, tuple(args[1:]), dict(kwargs), name)


def _operation_of_one(function, args, kwargs, name):
    if function in _NOTHING:
        return Same()
    if function in _UNITWISE:
        kwargs = {key: value for key, value in kwargs.items() if key != "inplace"}
        return Operation(Call(function, args, kwargs))
    if function in _MOVING:
        return Route(Call(function, args, kwargs))
    if function in _AVERAGING:
        return Average(name, Call(function, args, kwargs))
    return None
