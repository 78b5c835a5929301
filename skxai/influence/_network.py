"""A multilayer perceptron with the data it was fitted to: its gradients and Hessian products."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skxai.predictors._networks import ACTIVATIONS, Network
from skxai.utils._blocks import blocks

_MAX_CELLS = 2**22

# Second derivatives of the activations, by their values.
_BENDS = {
    "identity": None,
    "relu": None,
    "tanh": lambda a: -2 * a * (1 - a**2),
    "logistic": lambda a: a * (1 - a) * (1 - 2 * a),
}


@dataclass(frozen=True)
class NetworkProblem:
    """A sum of losses of a network's last sums, and half a ridge of its weights.

    Its parameters are, layer by layer, the weights (row by row) and the biases.

    Parameters
    ----------
    network : Network
        With the fitted parameters.
    Z : ndarray of shape (n_rows, n_columns)
        What it was fitted to.
    targets : ndarray of shape (n_rows, n_scores)
        What the loss compares its last sums with.
    alpha : float
        Factor of half the squared weights; biases are free.
    loss : object
        As in `skxai.influence._losses`.
    """

    network: Network
    Z: np.ndarray
    targets: np.ndarray
    alpha: float
    loss: Any

    @property
    def n_rows(self):
        """Number of training rows."""
        return len(self.Z)

    @property
    def n_scores(self):
        """Number of last sums."""
        return len(self.network.biases[-1])

    @property
    def parameters(self):
        """All weights and biases as one vector."""
        return self._flat(self.network.weights, self.network.biases)

    @staticmethod
    def _flat(weights, biases):
        return np.concatenate([part.ravel() for pair in zip(weights, biases) for part in pair])

    def _layers_of(self, directions):
        """Directions (n, n_parameters) as weights (n, n_in, n_out) and biases (n, 1, n_out)."""
        weights, biases, start = [], [], 0
        for n_in, n_out in (weight.shape for weight in self.network.weights):
            stop = start + n_in * n_out
            weights.append(directions[:, start:stop].reshape(-1, n_in, n_out))
            biases.append(directions[:, None, stop : stop + n_out])
            start = stop + n_out
        return weights, biases

    def design(self, X):
        """Other rows as `Z`."""
        return X

    def scores(self, Z):
        """Of shape (n_rows, n_scores)."""
        return self.network.scores(Z)

    def tangents(self, Z):
        """Derivatives of the scores by all parameters: (n_rows, n_scores, n_parameters)."""
        inputs, sums = self.network.layers(Z)
        slope = ACTIVATIONS[self.network.activation].slope
        shape = (len(Z), self.n_scores)
        back, parts = np.broadcast_to(np.eye(self.n_scores), (*shape, self.n_scores)), []
        for level in range(len(inputs) - 1, -1, -1):
            outer = inputs[level][:, None, :, None] * back[:, :, None, :]
            parts += [back, outer.reshape(*shape, -1)]
            if level > 0:
                back = back @ self.network.weights[level].T
                back = back * slope(sums[level - 1], inputs[level])[:, None, :]
        return np.concatenate(parts[::-1], axis=2)

    def moved_scores(self, Z, shifts):
        """What shifts add to scores, to first order: (n_rows, n_shifts, n_scores)."""
        tangents = self.tangents(Z)
        flat = tangents.reshape(-1, tangents.shape[2])
        return (flat @ shifts.T).reshape(len(Z), self.n_scores, -1).swapaxes(1, 2)

    def derivatives(self, rows=slice(None)):
        """Residuals and curvatures of training rows."""
        scores = self.scores(self.Z[rows])
        residuals = self.loss.residuals(scores, self.targets[rows])
        return residuals, self.loss.curvatures(scores)

    def gradient(self):
        """Of the whole objective."""
        inputs, sums = self.network.layers(self.Z)
        slope = ACTIVATIONS[self.network.activation].slope
        back, weights, biases = self.loss.residuals(sums[-1], self.targets), [], []
        for level in range(len(inputs) - 1, -1, -1):
            weights.append(inputs[level].T @ back + self.alpha * self.network.weights[level])
            biases.append(back.sum(axis=0))
            if level > 0:
                back = back @ self.network.weights[level].T
                back = back * slope(sums[level - 1], inputs[level])
        return self._flat(weights[::-1], biases[::-1])

    def hessian_products(self, directions):
        """Hessian of the losses (without penalty) times each of several directions.

        By differentiating the gradient along each direction: a forward and a backward pass.
        """
        cells = self.n_rows * max(len(bias) for bias in self.network.biases)
        products = np.empty_like(directions)
        for some in blocks(len(directions), 4 * cells, _MAX_CELLS):
            products[some] = self._products(directions[some])
        return products

    def _products(self, directions):
        weights, biases = self._layers_of(directions)
        inputs, sums = self.network.layers(self.Z)
        activation = ACTIVATIONS[self.network.activation]
        moved_inputs, moved_sums = self._moved(inputs, sums, weights, biases)
        back = self.loss.residuals(sums[-1], self.targets)
        curvatures = self.loss.curvatures(sums[-1])
        moved_back = np.einsum("nkl,dnl->dnk", curvatures, moved_sums[-1])
        bend, parts = _BENDS[self.network.activation], []
        for level in range(len(inputs) - 1, -1, -1):
            moved = inputs[level].T @ moved_back
            if level > 0:
                moved = moved + moved_inputs[level].swapaxes(1, 2) @ back
            parts += [moved_back.sum(axis=1), moved.reshape(len(directions), -1)]
            if level > 0:
                slopes = activation.slope(sums[level - 1], inputs[level])
                below = back @ self.network.weights[level].T
                moved_back = moved_back @ self.network.weights[level].T
                moved_back = (moved_back + back @ weights[level].swapaxes(1, 2)) * slopes
                if bend is not None:
                    moved_back = moved_back + below * bend(inputs[level]) * moved_sums[level - 1]
                back = below * slopes
        return np.concatenate(parts[::-1], axis=1)

    def _moved(self, inputs, sums, weights, biases):
        """How directions in the parameters move inputs and sums of each layer."""
        slope = ACTIVATIONS[self.network.activation].slope
        moved_inputs, moved_sums = [None], []
        for level in range(len(inputs)):
            moved = inputs[level] @ weights[level] + biases[level]
            if level > 0:
                moved = moved + moved_inputs[level] @ self.network.weights[level]
            moved_sums.append(moved)
            if level < len(inputs) - 1:
                moved_inputs.append(moved * slope(sums[level], inputs[level + 1]))
        return moved_inputs, moved_sums

    def moved_training_scores(self, directions):
        """Derivatives of the training rows' scores: (n_directions, n_rows, n_scores)."""
        cells = self.n_rows * max(len(bias) for bias in self.network.biases)
        inputs, sums = self.network.layers(self.Z)
        moved = np.empty((len(directions), self.n_rows, self.n_scores))
        for some in blocks(len(directions), 4 * cells, _MAX_CELLS):
            layers = self._layers_of(directions[some])
            moved[some] = self._moved(inputs, sums, *layers)[1][-1]
        return moved

    def hessian(self):
        """Of the losses alone, without the penalty."""
        hessian = self.hessian_products(np.eye(self.parameters.size))
        return (hessian + hessian.T) / 2

    def ridge(self):
        """Factor of half the square of each parameter."""
        ones = [np.full_like(weight, self.alpha) for weight in self.network.weights]
        return self._flat(ones, [np.zeros_like(bias) for bias in self.network.biases])

    def penalty(self):
        """The Hessian of the penalty."""
        return np.diag(self.ridge())

    def row_blocks(self):
        """Training rows in blocks whose tangents are not too large."""
        return blocks(self.n_rows, self.n_scores * self.parameters.size, _MAX_CELLS)

    def in_model_coordinates(self, shifts):
        """Shifts of weights and biases, as they are."""
        return shifts
