"""Operations on tensors that relevance can go back through."""

from functools import partial
from typing import Any, NamedTuple

import torch
from torch.nn import functional

from skxai.gradient._lrp_network import Operation, SharingLayer
from skxai.gradient._lrp_rules import Rule


class Rows:
    """Stands for the number of rows among the arguments of a `Call`."""


class Call(NamedTuple):
    """A function of torch, by name, so that it can be pickled.

    Attributes
    ----------
    name : str
        In ``torch.nn.functional``, in ``torch``, or a method of tensors.
    args : tuple
        After the tensor; `Rows` stands for its number of rows.
    kwargs : dict
    """

    name: str
    args: tuple = ()
    kwargs: dict = {}

    def __call__(self, x):
        owner = next(o for o in (functional, torch, torch.Tensor) if hasattr(o, self.name))
        args = _with_rows(self.args, x.shape[0])
        return getattr(owner, self.name)(x, *args, **_with_rows(self.kwargs, x.shape[0]))


def _with_rows(args: Any, n_rows):
    if args is Rows:
        return n_rows
    if isinstance(args, tuple | list):
        return type(args)(_with_rows(part, n_rows) for part in args)
    if isinstance(args, dict):
        return {name: _with_rows(part, n_rows) for name, part in args.items()}
    return args


def transposed(function, x, values):
    """The transpose of a function's derivative at `x`, times values of each output.

    Parameters
    ----------
    function : callable
        From (n_rows, *inputs) to (n_rows, *units).
    x : tensor of shape (n_rows, *inputs)
    values : tensor of shape (n_rows, n_outputs, *units)

    Returns
    -------
    tensor of shape (n_rows, n_outputs, *inputs)
    """
    _, pull = torch.func.vjp(function, x)
    return torch.stack([pull(part.contiguous())[0] for part in values.unbind(1)], dim=1)


class TorchLayer(SharingLayer):
    """A linear layer or a convolution.

    Parameters
    ----------
    name : str
    weight : tensor
    bias : tensor or 0.0
        In a shape that adds to the units of one row.
    call : str
        The function of ``torch.nn.functional``: ``call(x, weight, **options)``.
    options : dict
    """

    def __init__(self, name, weight, bias, call, options):
        super().__init__(name, weight, bias)
        self.call = call
        self.options = options

    def forward(self, x, weight):
        return getattr(functional, self.call)(x, weight, **self.options)

    def backward(self, values, weight, x):
        if self.call == "linear":
            return values @ weight
        return transposed(partial(self.forward, weight=weight), x, values)

    def after(self, scale, shift):
        """The layer followed by a factor and an offset of each unit, or None if it is not known."""
        if self.call.startswith("conv_transpose") or scale.ndim != self._unit_axes:
            return None
        weight = self.weight * scale.reshape(-1, *[1] * (self.weight.ndim - 1))
        return TorchLayer(self.name, weight, self.bias * scale + shift, self.call, self.options)

    def before(self, scale, shift):
        """The layer after a factor and an offset of each input, or None if it is not known."""
        plain = self.call == "linear" or (
            self.options["groups"] == 1 and not any(self.options["padding"])
        )
        known = plain and not self.call.startswith("conv_transpose")
        if not known or scale.ndim != self._unit_axes:
            return None
        axes = [1] * (self.weight.ndim - 2)
        added = (self.weight * shift.reshape(1, -1, *axes)).flatten(1).sum(1)
        bias = self.bias + added.reshape(-1, *axes)
        weight = self.weight * scale.reshape(1, -1, *axes)
        return TorchLayer(self.name, weight, bias, self.call, self.options)

    @property
    def _unit_axes(self):
        return self.weight.ndim - 1

    def mixed(self, matrix):
        """The linear layer whose units are combinations of these: ``matrix @ units``."""
        bias = self.bias if isinstance(self.bias, float) else matrix @ self.bias
        return TorchLayer(self.name, matrix @ self.weight, bias, self.call, self.options)


class Average(SharingLayer):
    """A mean over some of the units: relevance goes by contribution."""

    def __init__(self, name, call):
        super().__init__(name)
        self.call = call

    def forward(self, x, weight):
        return self.call(x)

    def backward(self, values, weight, x):
        return transposed(self.call, x, values)


class Sum(SharingLayer):
    """The sum of several values, as where a residual connection ends: by contribution.

    Parameters
    ----------
    name : str
    bias : tensor or float, default=0.0
        Constants among them.
    """

    def value(self, *parts):
        return sum(parts[1:], parts[0]) + self.bias

    def forward(self, x, weight):
        return x.sum(1)

    def backward(self, values, weight, x):
        return values[:, :, None].expand(*values.shape[:2], *x.shape[1:])

    def back(self, inputs, output, relevance, rule):
        stacked = torch.stack(torch.broadcast_tensors(*inputs), dim=1)
        (received,), ledger = super().back([stacked], output, relevance, rule)
        own = [
            part.sum_to_size(*part.shape[:2], *given.shape[1:])  # of one that was broadcast
            for part, given in zip(received.unbind(2), inputs)
        ]
        return own, ledger


class Combination(SharingLayer):
    """Combinations of the last units, where the last operation is no linear layer."""

    def __init__(self, matrix):
        super().__init__("combination of outputs")
        self.matrix = matrix

    def forward(self, x, weight):
        return x @ self.matrix.T

    def backward(self, values, weight, x):
        return values @ self.matrix

    def back(self, inputs, output, relevance, rule):
        return super().back(inputs, output, relevance, Rule("zero"))


class Route(Operation):
    """An operation that moves values, such as a reshape, or picks them, such as max pooling."""

    def back(self, inputs, output, relevance, rule):
        return [transposed(self.function, inputs[0], relevance)], None


class Concatenation(Operation):
    """Several values along an axis."""

    def __init__(self, axis):
        self.axis = axis

    def value(self, *parts):
        return torch.cat(parts, dim=self.axis)

    def back(self, inputs, output, relevance, rule):
        axis = self.axis % output.ndim
        sizes = [part.shape[axis] for part in inputs]
        return list(relevance.split(sizes, dim=axis + 1)), None


class Tokens(Operation):
    """An embedding: a token has the relevance of all its numbers."""

    def __init__(self, weight):
        self.weight = weight

    def value(self, x):
        return functional.embedding(x.long(), self.weight)

    def back(self, inputs, output, relevance, rule):
        return [relevance.sum(-1)], None


class Scaling(Operation):
    """A factor and an offset of each channel, as of batch normalisation; relevance passes it.

    Parameters
    ----------
    scale, shift : tensors of shape (n_channels, 1, ...)
    """

    def __init__(self, scale, shift):
        self.scale = scale
        self.shift = shift

    def value(self, x):
        return x * self.scale + self.shift


class Same(Operation):
    """Nothing is done."""

    def __init__(self):
        super().__init__(None)

    def value(self, x):
        return x
