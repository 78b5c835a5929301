"""torch modules as functions of arrays: outputs, and derivatives of all outputs.

torch is imported where it is used, so that the package works without it.
"""

import sys
from contextlib import contextmanager
from threading import RLock

import numpy as np
from sklearn.utils import gen_batches

from skxai.predictors._networks import Network
from skxai.utils._optional import import_optional

# Whether a module trains is its own state: threads that share it must not change it at once.
_ONE_AT_A_TIME = RLock()


def is_module(model):
    """Whether a model is a torch module; does not import torch to find out."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(model, torch.nn.Module)


def import_torch():
    """torch, or an error that says how to get it."""
    return import_optional("torch", "torch")


@contextmanager
def evaluating(module):
    """Within it, no part of a module trains; afterwards each does as before.

    Examples
    --------
    >>> import torch
    >>> module = torch.nn.Dropout().train()
    >>> with evaluating(module):
    ...     module.training
    False
    >>> module.training
    True
    """
    with _ONE_AT_A_TIME:
        before = [(part, part.training) for part in module.modules()]
        try:
            module.eval()
            yield
        finally:
            for part, training in before:
                part.training = training


def outputs_of(module, X, as_input, batch_size):
    """What a module returns for some rows, of shape (n_rows, n_outputs).

    Parameters
    ----------
    module : torch.nn.Module
    X : ndarray of shape (n_rows, n_columns)
    as_input : callable
        From an array of some rows to the tensor that the module takes.
    batch_size : int

    Returns
    -------
    ndarray of float64
    """
    torch = import_torch()
    with evaluating(module), torch.no_grad():
        parts = [
            _numpy(_checked(module(as_input(X[rows])), rows.stop - rows.start))
            for rows in _batches(X, batch_size)
        ]
    return np.concatenate(parts)


def jacobian_of(module, X, as_input, batch_size):
    """Derivatives of what a module returns, of shape (n_rows, n_outputs, n_columns).

    One pass forward for all rows of a batch, and one pass back for each output, as fast as torch's
    own batching of passes and able to go through any layer.
    """
    torch = import_torch()
    parts = []
    with evaluating(module), torch.enable_grad():
        for rows in _batches(X, batch_size):
            n_rows = rows.stop - rows.start
            x = as_input(X[rows]).detach().requires_grad_()
            outputs = _checked(module(x.clone()), n_rows)  # a layer may work in place
            if not outputs.requires_grad:
                raise ValueError(
                    "module returns a tensor without a derivative; a derivative needs every step "
                    "of its forward pass in torch, not detached"
                )
            slopes = [
                torch.autograd.grad(total, x, retain_graph=True, materialize_grads=True)[0]
                for total in outputs.sum(dim=0)
            ]
            parts.append(
                _numpy(torch.stack(slopes, dim=1)).reshape(n_rows, len(slopes), X.shape[1])
            )
    return np.concatenate(parts)


def network_of_stack(module):
    """A stack of linear layers with the same activation in between as a `Network`, else None.

    Examples
    --------
    >>> from torch import nn
    >>> network_of_stack(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))).activation
    'relu'
    >>> network_of_stack(nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3))) is None
    True
    """
    nn = import_torch().nn
    names = {nn.ReLU: "relu", nn.Tanh: "tanh", nn.Sigmoid: "logistic"}
    layers = [layer for layer in _flat(module, nn) if type(layer) not in (nn.Dropout, nn.Identity)]
    if layers and type(layers[0]) is nn.Flatten and layers[0].start_dim == 1:
        layers = layers[1:]  # rows are flat before they get their shape
    linear, between = layers[::2], {type(layer) for layer in layers[1::2]}
    known = len(layers) % 2 == 1 and all(type(layer) is nn.Linear for layer in linear)
    hooked = any(part._forward_hooks or part._forward_pre_hooks for part in module.modules())
    if hooked or not known or len(between) > 1 or not between <= set(names):
        return None
    weights = [_numpy(layer.weight.T) for layer in linear]
    biases = [
        np.zeros(layer.out_features) if layer.bias is None else _numpy(layer.bias)
        for layer in linear
    ]
    return Network(weights, biases, names[between.pop()] if between else "identity")


def _flat(module, nn):
    """The layers of nested sequences, in order; others as they are."""
    if type(module) is not nn.Sequential:
        return [module]
    return [layer for part in module for layer in _flat(part, nn)]


def _batches(X, batch_size):
    """Slices of rows; one that is empty for a table without rows."""
    return gen_batches(len(X), batch_size) if len(X) else [slice(0, 0)]


def _numpy(tensor):
    return tensor.detach().cpu().double().numpy()


def _checked(outputs, n_rows):
    """The outputs of some rows, of shape (n_rows, n_outputs), or a clear error."""
    torch = import_torch()
    if not isinstance(outputs, torch.Tensor):
        raise TypeError(
            f"module returned {type(outputs).__name__}; expected a tensor of shape (n_rows,) or "
            "(n_rows, n_outputs): wrap it in a module that returns that part alone"
        )
    if outputs.ndim == 1 and len(outputs) == n_rows:
        return outputs[:, None]
    if outputs.ndim != 2 or len(outputs) != n_rows:
        raise ValueError(
            f"module returned shape {tuple(outputs.shape)} for {n_rows} rows; expected "
            f"({n_rows},) or ({n_rows}, n_outputs)"
        )
    return outputs
