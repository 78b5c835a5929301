"""Fully connected networks as their matrices: outputs, and derivatives of all outputs at once."""

from typing import NamedTuple

import numpy as np
from scipy.special import expit


class Activation(NamedTuple):
    """A function of each unit by itself.

    Attributes
    ----------
    value : callable
        ``value(z)``.
    slope : callable
        ``slope(z, a)``: its derivative at `z`, where it has the value `a`.
    is_piecewise_linear : bool
    """

    value: callable
    slope: callable
    is_piecewise_linear: bool = False


def _unchanged(z):
    return z


def _rectified(z):
    return np.maximum(z, 0)


# Values are functions with a name: a network for relevance keeps one, and is pickled.
ACTIVATIONS = {
    "identity": Activation(_unchanged, lambda z, a: np.ones_like(z), True),
    # At zero the slope of a rectifier is taken as 0, as scikit-learn and torch do.
    "relu": Activation(_rectified, lambda z, a: (z > 0).astype(float), True),
    "tanh": Activation(np.tanh, lambda z, a: 1 - a**2),
    "logistic": Activation(expit, lambda z, a: a * (1 - a)),
}


class Network(NamedTuple):
    """A multilayer perceptron up to its last sum: what comes before the output activation.

    Attributes
    ----------
    weights : list of ndarray of shape (n_in, n_out)
    biases : list of ndarray of shape (n_out,)
    activation : {"identity", "relu", "tanh", "logistic"}
        Of the hidden layers.

    Examples
    --------
    >>> import numpy as np
    >>> weights = [np.array([[1.0, -1.0], [2.0, 0.0]]), np.array([[1.0], [3.0]])]
    >>> network = Network(weights, [np.zeros(2), np.zeros(1)], "relu")
    >>> network.scores(np.array([[1.0, 1.0]]))
    array([[3.]])
    >>> network.jacobian(np.array([[1.0, 1.0]]))
    array([[[1., 2.]]])
    """

    weights: list
    biases: list
    activation: str

    def scores(self, X):
        """The last sums, of shape (n_rows, n_outputs)."""
        return self.layers(X)[1][-1]

    def layers(self, X):
        """What goes into each layer, and the sums it makes.

        Returns
        -------
        inputs, sums : lists of ndarray of shape (n_rows, n_units)
        """
        activation = ACTIVATIONS[self.activation]
        inputs, sums = [np.asarray(X, dtype=float)], []
        for weight, bias in zip(self.weights, self.biases):
            sums.append(inputs[-1] @ weight + bias)
            inputs.append(activation.value(sums[-1]))
        return inputs[:-1], sums

    @property
    def is_piecewise_linear(self):
        """Whether it is linear but for kinks."""
        return len(self.weights) == 1 or ACTIVATIONS[self.activation].is_piecewise_linear

    def jacobian(self, X):
        """Derivatives of the last sums, of shape (n_rows, n_outputs, n_columns)."""
        inputs, sums = self.layers(X)
        activation = ACTIVATIONS[self.activation]
        n_rows, n_outputs = sums[-1].shape
        last = self.weights[-1].T
        if len(self.weights) == 1:
            return np.broadcast_to(last, (n_rows, *last.shape))
        back = last
        for level in range(len(self.weights) - 2, -1, -1):
            slopes = activation.slope(sums[level], inputs[level + 1])
            back = back * slopes[:, None, :]
            n_in, n_out = self.weights[level].shape
            flat = back.reshape(n_rows * n_outputs, n_out)
            back = (flat @ self.weights[level].T).reshape(n_rows, n_outputs, n_in)
        return back


def network_of(estimator):
    """The matrices of a fitted MLPClassifier or MLPRegressor, in double precision."""
    weights = [np.asarray(weight, dtype=float) for weight in estimator.coefs_]
    biases = [np.asarray(bias, dtype=float) for bias in estimator.intercepts_]
    return Network(weights, biases, estimator.activation)
