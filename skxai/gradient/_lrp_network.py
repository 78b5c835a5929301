"""A network as operations one after the other, and relevance on its way back through them."""

from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import gen_batches

from skxai.gradient._lrp_rules import Rule, Seen, share_out
from skxai.predictors._networks import ACTIVATIONS, Network
from skxai.predictors._smooth._models import LinearScores
from skxai.predictors._torch import ModuleScores

_ROWS_AT_ONCE = 256


class Step(NamedTuple):
    """An operation, and the places of the values that it takes.

    Attributes
    ----------
    operation : Operation
    places : tuple of int
        Value 0 is the input of the network; step k makes value k + 1.
    """

    operation: Any
    places: tuple


class Operation:
    """What a network does at one place; relevance passes it unchanged, as it does an activation.

    Parameters
    ----------
    function : callable
        Of each unit by itself.
    """

    def __init__(self, function):
        self.function = function

    def value(self, *inputs):
        """What it makes of its inputs."""
        return self.function(*inputs)

    def back(self, inputs, output, relevance, rule):
        """The relevance of each input, and a `Ledger`, or None if nothing can be lost.

        Parameters
        ----------
        inputs : list of arrays
        output : array
            The operation's value.
        relevance : array of shape (n_rows, n_outputs, *units)
        rule : Rule or None
        """
        return [relevance], None


class SharingLayer(Operation):
    """A linear operation: sums of inputs, between which a rule shares out relevance.

    A subclass has ``forward(x, weight)`` and ``backward(values, weight, x)``, as `share_out` asks.

    Parameters
    ----------
    name : str
    weight : array or None
        None for one without weights, such as a mean; then no rule can be chosen for it, and
        "epsilon" is taken.
    bias : array or float, default=0.0
        In a shape that adds to the units of one row.
    """

    def __init__(self, name, weight=None, bias=0.0):
        self.name = name
        self.weight = weight
        self.bias = bias

    def value(self, x):
        return self.forward(x, self.weight) + self.bias

    def back(self, inputs, output, relevance, rule):
        shares = rule.shares(inputs[0], self.weight, self.bias, output)
        received, ledger = share_out(self, shares, relevance)
        return [received], ledger


class DenseLayer(SharingLayer):
    """A fully connected layer of numpy arrays: weights of shape (n_inputs, n_units)."""

    def forward(self, x, weight):
        return x @ weight

    def backward(self, values, weight, x):
        flat = values.reshape(-1, values.shape[2])
        return (flat @ weight.T).reshape(*values.shape[:2], len(weight))


class LayeredNetwork:
    """A network that relevance can go back through.

    Parameters
    ----------
    steps : list of Step
        The last one makes the outputs, of shape (n_rows, n_outputs).
    enter, leave : callable
        From numpy arrays to those that the operations take, and back.
    """

    def __init__(self, steps, enter=np.asarray, leave=np.asarray):
        self.steps = steps
        self.enter = enter
        self.leave = leave

    @property
    def sharing(self):
        """Positions of the steps that share out relevance by a rule."""
        return [k for k, step in enumerate(self.steps) if isinstance(step.operation, SharingLayer)]

    @property
    def weighted(self):
        """Positions of those with weights, whose rules are chosen."""
        return [k for k in self.sharing if self.steps[k].operation.weight is not None]

    def values(self, x):
        """The input, and what each step makes; a list of arrays."""
        values = [self.enter(x)]
        for step in self.steps:
            values.append(step.operation.value(*(values[place] for place in step.places)))
        return values

    def fit_rules(self, chosen, epsilon, x):
        """The rule of each step that shares out.

        Parameters
        ----------
        chosen : list of Rule
            For the layers with weights.
        epsilon : float
            For the others.
        x : ndarray of shape (n_rows, n_columns)
            Background rows.

        Returns
        -------
        dict of int to Rule
        """
        seen = {}
        for batch in gen_batches(len(x), _ROWS_AT_ONCE):
            values = self.values(x[batch])
            for k in self.sharing:
                now = Seen.of(values[self.steps[k].places[0]], values[k + 1])
                weight = (batch.stop - batch.start) / batch.stop
                seen[k] = seen[k].joined(now, weight) if k in seen else now
        rules = {k: Rule("epsilon", {"epsilon": epsilon}) for k in self.sharing}
        rules.update(zip(self.weighted, chosen))
        return {k: rule.fitted(seen[k]) for k, rule in rules.items()}

    def relevances(self, values, rules):
        """Relevance of everything for each output; an output starts with its own value.

        Parameters
        ----------
        values : list of arrays
            As `values` gives them.
        rules : dict of int to Rule

        Returns
        -------
        relevances : list of arrays of shape (n_rows, n_outputs, ...)
            Of each value.
        ledgers : list of Ledger
            Of the steps that share out, from the first to the last.
        """
        found = [0.0] * len(values)
        found[-1] = _diagonal(values[-1])
        ledgers = {}
        for k in range(len(self.steps) - 1, -1, -1):
            operation, places = self.steps[k]
            inputs = [values[place] for place in places]
            received, ledger = operation.back(inputs, values[k + 1], found[k + 1], rules.get(k))
            for place, relevance in zip(places, received):
                found[place] = found[place] + relevance
            if ledger is not None:
                ledgers[k] = ledger
        return found, [ledgers[k] for k in self.sharing]


def _diagonal(outputs):
    """Each output's own value, of shape (n_rows, n_outputs, n_outputs)."""
    eye = np.eye(outputs.shape[1])
    return outputs[:, None] * (outputs.new_tensor(eye) if hasattr(outputs, "new_tensor") else eye)


def dense_network(weights, biases, activation, matrix):
    """A fully connected network for relevance.

    Parameters
    ----------
    weights : list of ndarray of shape (n_inputs, n_units)
    biases : list of ndarray of shape (n_units,)
    activation : {"identity", "relu", "tanh", "logistic"}
        Of all but the last layer.
    matrix : ndarray of shape (n_outputs, n_scores)
        What is explained, as combinations of the last sums. It becomes part of the last layer:
        minus the score of two classes, say, is the output of a network of its own.

    Returns
    -------
    LayeredNetwork

    Examples
    --------
    >>> weights = [np.array([[1.0, 1.0], [0.0, -1.0]]), np.array([[1.0], [2.0]])]
    >>> network = dense_network(weights, [np.zeros(2), np.zeros(1)], "relu", np.eye(1))
    >>> values = network.values(np.array([[3.0, 1.0]]))
    >>> relevances, _ = network.relevances(values, {0: Rule("zero"), 2: Rule("zero")})
    >>> relevances[0]
    array([[[ 9., -2.]]])
    """
    weights = [*weights[:-1], weights[-1] @ matrix.T]
    biases = [*biases[:-1], biases[-1] @ matrix.T]
    steps = []
    for k, (weight, bias) in enumerate(zip(weights, biases)):
        if k:
            steps.append(Step(Operation(ACTIVATIONS[activation].value), (len(steps),)))
        steps.append(Step(DenseLayer(f"layer {k + 1}", weight, bias), (len(steps),)))
    return LayeredNetwork(steps)


@singledispatch
def known_network(function, matrix, x):
    """Raw scores of a model as a network for relevance, else None.

    Parameters
    ----------
    function : object
        The `function` of a `SmoothForm`. Register another class that is a network:
        ``known_network.register(MyFunction, function)``.
    matrix : ndarray of shape (n_outputs, n_scores)
        As for `dense_network`.
    x : ndarray of shape (n_rows, n_columns)
        A few rows.
    """
    return None


@known_network.register
def _(function: Network, matrix, x):
    return dense_network(*function, matrix)


@known_network.register
def _(function: LinearScores, matrix, x):
    return dense_network([function.coef.T], [function.intercept], "identity", matrix)


@known_network.register
def _(function: ModuleScores, matrix, x):
    from skxai.gradient._lrp_torch import torch_network  # only for modules: it imports torch

    shape = function.as_input.shape
    return torch_network(function.module, matrix, x, shape, function.of_probabilities)
