"""The rules of layer-wise relevance propagation, for one layer.

A rule says how the relevance of each unit of a layer is shared out among its inputs: in proportion
to contributions, which are inputs times weights after some change of both. Only the arithmetic
that numpy's arrays and torch's tensors have in common is used: both may come.
"""

from typing import Any, NamedTuple

import numpy as np


class Share(NamedTuple):
    """A part of the relevance of each unit, and in proportion to what it is shared out.

    Attributes
    ----------
    factor : float or array of shape (n_rows, *units)
        Which part; the factors of all shares of a rule add up to one.
    terms : list of (inputs, weight)
        The contribution of an input is the sum over the terms of input times weight. The inputs
        are of shape (n_rows, *inputs).
    bias : float or array
        The contribution of the bias; it takes relevance that no input gets.
    epsilon : float or array of shape (*units,)
        Added to the size of the sum of all contributions; it absorbs relevance.
    """

    factor: Any
    terms: list
    bias: Any = 0.0
    epsilon: Any = 0.0


class Ledger(NamedTuple):
    """Where the relevance of a layer went; ``relevance`` is the sum of the others, to rounding.

    Attributes
    ----------
    relevance, inputs, bias, epsilon, dropped : arrays of shape (n_rows, n_outputs)
        Of all units together; what the inputs, the biases and ε took; and what units had that
        no input contributes to.
    """

    relevance: Any
    inputs: Any
    bias: Any
    epsilon: Any
    dropped: Any


def share_out(layer, shares, relevance):
    """The relevance of a layer's inputs.

    Parameters
    ----------
    layer : object
        With methods ``forward(inputs, weight)``, the sums over inputs without a bias, and
        ``backward(values, weight, inputs)``, its transpose: from (n_rows, n_outputs, *units) to
        (n_rows, n_outputs, *inputs).
    shares : list of Share
    relevance : array of shape (n_rows, n_outputs, *units)

    Returns
    -------
    received : array of shape (n_rows, n_outputs, *inputs)
    ledger : Ledger
    """
    received = to_bias = to_epsilon = dropped = 0.0
    for share in shares:
        sums = share.bias
        for inputs, weight in share.terms:
            sums = sums + layer.forward(inputs, weight)
        signs = _ones(sums) - 2.0 * (sums < 0)  # +1 at zero: nothing explodes there
        stable = sums + share.epsilon * signs
        empty = stable == 0
        given = relevance * _per_output(share.factor)
        ratios = given * _per_output(~empty / (stable + empty))
        for inputs, weight in share.terms:
            received = received + inputs[:, None] * layer.backward(ratios, weight, inputs)
        to_bias = to_bias + total(ratios * share.bias)
        to_epsilon = to_epsilon + total(ratios * _per_output(share.epsilon * signs))
        dropped = dropped + total(given * _per_output(empty))
    return received, Ledger(total(relevance), total(received), to_bias, to_epsilon, dropped)


def total(relevance):
    """Relevance of all units together, of shape (n_rows, n_outputs)."""
    return relevance.sum(tuple(range(2, relevance.ndim)))


def _per_output(values):
    """Something of each row and unit, to be multiplied by something of each output, too."""
    return values if isinstance(values, float) else values[:, None]


# -- the rules: shares of a layer with inputs x, weights w, bias b and sums z ----------------------


def epsilon_shares(x, w, b, z, epsilon):
    """In proportion to the contributions to the sum; ε absorbs relevance where these cancel."""
    return [Share(1.0, [(x, w)], b, epsilon)]


def zero_shares(x, w, b, z):
    """In proportion to the contributions."""
    return [Share(1.0, [(x, w)], b)]


def gamma_shares(x, w, b, z, gamma):
    """As by contributions, but those of the sum's own sign count 1 + γ times."""
    more, less = w + gamma * _above(w), w + gamma * _below(w)
    low = 1.0 * (z < 0)
    return [
        Share(1.0 - low, [(_above(x), more), (_below(x), less)], b + gamma * _above(b)),
        Share(low, [(_above(x), less), (_below(x), more)], b + gamma * _below(b)),
    ]


def alpha_beta_shares(x, w, b, z, alpha, beta):
    """α times in proportion to positive contributions, minus β times to negative ones."""
    shares = [Share(alpha, [(_above(x), _above(w)), (_below(x), _below(w))], _above(b))]
    if beta:
        shares.append(Share(-beta, [(_above(x), _below(w)), (_below(x), _above(w))], _below(b)))
    return shares


def zplus_shares(x, w, b, z):
    """In proportion to positive contributions."""
    return alpha_beta_shares(x, w, b, z, 1.0, 0.0)


def wsquare_shares(x, w, b, z):
    """In proportion to squared weights, whatever the inputs and the bias are."""
    return [Share(1.0, [(_ones(x), w**2)])]


def flat_shares(x, w, b, z):
    """In equal parts."""
    return [Share(1.0, [(_ones(x), _ones(w))])]


def zbox_shares(x, w, b, z, low, high):
    """By contributions relative to the least that an input within its bounds can contribute.

    These are x w - l w⁺ - h w⁻. A row outside the bounds widens them: none is negative.
    """
    return [Share(1.0, [(_above(x - low), _above(w)), (_below(x - high), _below(w))])]


def rho_shares(x, w, b, z, rho, epsilon):
    """In proportion to inputs times a function ρ of the weights."""
    return [Share(1.0, [(x, _changed(rho, w))], _changed(rho, b), epsilon)]


def _changed(rho, weights):
    """A function of numpy's arrays, of an array or tensor; without a bias, there is none."""
    if isinstance(weights, float):
        return weights
    is_tensor = hasattr(weights, "new_tensor")
    given = weights.detach().cpu().numpy() if is_tensor else weights
    found = np.asarray(rho(given.copy()), dtype=float)
    if found.shape != given.shape or not np.isfinite(found).all():
        raise ValueError(
            f"rule: the function returned shape {found.shape} for weights of shape {given.shape}; "
            "expected as many finite numbers"
        )
    return weights.new_tensor(found) if is_tensor else found


def smaller(a, b):
    """The smaller of two numbers, exactly."""
    return a * (a <= b) + b * (a > b)


def _above(values):
    return max(values, 0.0) if isinstance(values, float) else values.clip(0, None)


def _below(values):
    return min(values, 0.0) if isinstance(values, float) else values.clip(None, 0)


def _ones(values):
    return values * 0 + 1.0


# -- rules as data -------------------------------------------------------------------------------

SHARES = {
    "alpha-beta": alpha_beta_shares,
    "epsilon": epsilon_shares,
    "flat": flat_shares,
    "gamma": gamma_shares,
    "rho": rho_shares,
    "wsquare": wsquare_shares,
    "zbox": zbox_shares,
    "zero": zero_shares,
    "zplus": zplus_shares,
}

# Which options each takes; the bounds are None where the background tells them.
OPTIONS = {
    "alpha-beta": ("alpha", "beta"),
    "epsilon": ("epsilon",),
    "gamma": ("gamma",),
    "rho": ("rho", "epsilon"),
    "zbox": ("low", "high"),
}


class Rule(NamedTuple):
    """A rule for one layer.

    Attributes
    ----------
    name : str
        A key of `SHARES`.
    options : dict
        Its options. `epsilon` is a share of the size of a unit's sums until `fitted` makes it
        a number to add to them, for each unit.
    """

    name: str
    options: dict = {}

    def shares(self, x, w, b, z):
        """The shares of a layer with inputs x, weights w, bias b and sums z."""
        return SHARES[self.name](x, w, b, z, **self.options)

    def fitted(self, seen):
        """With all that it needs to know of the layer.

        Parameters
        ----------
        seen : Seen
            Of the background.
        """
        options = dict(self.options)
        if "epsilon" in options:
            options["epsilon"] = options["epsilon"] * seen.size
        if self.name == "zbox":
            for bound in ("low", "high"):
                given = options.get(bound)
                options[bound] = getattr(seen, bound) if given is None else _like(given, seen.low)
        return Rule(self.name, options)


class Seen(NamedTuple):
    """What is known of a layer's inputs and sums from the background.

    Attributes
    ----------
    low, high : arrays of shape (*inputs,)
        The smallest and the largest of each input.
    size : array of shape (*units,)
        The root of the mean square of each sum.
    """

    low: Any
    high: Any
    size: Any

    @classmethod
    def of(cls, x, z):
        """Of inputs and sums of some rows."""
        low, high = (x.amin(0), x.amax(0)) if hasattr(x, "amin") else (x.min(0), x.max(0))
        return cls(low, high, (z**2).mean(0) ** 0.5)

    def joined(self, other, weight):
        """With what others show, of which `weight` is the share of all rows."""
        size = ((1 - weight) * self.size**2 + weight * other.size**2) ** 0.5
        return Seen(smaller(self.low, other.low), -smaller(-self.high, -other.high), size)


def _like(bound, values):
    """A bound in the shape and kind of `values`, which has one for each input."""
    shape = tuple(values.shape)
    bound = np.asarray(bound, dtype=float)
    if bound.ndim and bound.size != int(np.prod(shape)):
        raise ValueError(
            f"rule: the bounds of 'zbox' have {bound.size} numbers; expected one, or "
            f"{int(np.prod(shape))}, one for each input of the layer"
        )
    bound = np.broadcast_to(bound if bound.ndim == 0 else bound.reshape(shape), shape).copy()
    return values.new_tensor(bound) if hasattr(values, "new_tensor") else bound
