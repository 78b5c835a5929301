"""From neighbours to surrogates, row by row."""

import numpy as np

from skxai.surrogate._kernels import effective_size, kernel_weights
from skxai.surrogate._surrogates import shapley_fit
from skxai.utils._tables import take_rows


class LocalFitter:
    """Fits a surrogate to the neighbours of each row.

    Parameters
    ----------
    surrogate : object with a method ``fit(coordinates, outputs, weights) -> LocalFit``
    neighbourhood : object with a method ``evaluate(predictor, X, design)``
    kernel : str or None
    width : float
        Of the kernel, in units of distances.
    base_values : ndarray of shape (n_outputs,)
        Mean outputs over the background.
    tol : float or None
        Use more designs until the largest standard error is at most this.
    """

    def __init__(self, surrogate, neighbourhood, kernel, width, base_values, tol):
        self.surrogate = surrogate
        self.neighbourhood = neighbourhood
        self.kernel = kernel
        self.width = width
        self.base_values = base_values
        self.tol = tol

    def weights(self, coordinates, design):
        """Weights of the neighbours of one row; they sum to one."""
        given = getattr(design, "weights", None)
        if self.kernel in (None, "shapley"):
            weights = np.ones(len(coordinates)) if given is None else given
            return weights / weights.sum()
        squares = ((coordinates - self.neighbourhood.at_row) ** 2).sum(axis=1)
        if self.kernel == "hamming":
            squares = squares / coordinates.shape[1]
        return kernel_weights(self.kernel, np.sqrt(squares), self.width)

    def fit_rows(self, predictor, X, predictions, designs):
        """Fit all rows.

        Parameters
        ----------
        predictor : Predictor
        X : table of shape (n_rows, n_columns)
        predictions : ndarray of shape (n_rows, n_outputs)
        designs : list of designs
            The later ones are used only where `tol` asks for them.

        Returns
        -------
        fits : list of LocalFit
        r2 : ndarray of shape (n_rows, n_outputs)
        sizes : ndarray of shape (n_rows,)
            Effective sample sizes.
        n_evals : ndarray of int, shape (n_rows,)
        """
        n_rows = len(predictions)
        fits, samples = [None] * n_rows, [[] for _ in range(n_rows)]
        r2, sizes = np.empty(predictions.shape), np.empty(n_rows)
        n_evals = np.zeros(n_rows, dtype=int)
        active = np.arange(n_rows)
        for design in designs:
            if len(active) == 0:
                break
            coordinates, outputs = self.neighbourhood.evaluate(
                predictor, take_rows(X, active), design
            )
            if self.neighbourhood.by_row:
                n_evals[active] += len(design)
            for place, row in enumerate(active):
                weights = self.weights(coordinates[place], design)
                samples[row].append((coordinates[place], outputs[place], weights * len(design)))
                joined = _joined(samples[row])
                fits[row] = self._fit(*joined, predictions[row])
                r2[row] = fit_quality(fits[row], *joined)
                sizes[row] = effective_size(joined[2])
            if self.tol is None:
                break
            active = active[[fits[row].std_errors.max() > self.tol for row in active]]
        return fits, r2, sizes, n_evals

    def _fit(self, coordinates, outputs, weights, prediction):
        if self.kernel == "shapley":
            return shapley_fit(coordinates, outputs, weights, self.base_values, prediction)
        return self.surrogate.fit(coordinates, outputs, weights)


def _joined(blocks):
    """Samples of several designs as one, pairs still half of the samples apart."""
    halves = [
        [array[half * len(array) // 2 : (half + 1) * len(array) // 2] for array in block]
        for half in (0, 1)
        for block in blocks
    ]
    coordinates, outputs, weights = (np.concatenate(parts) for parts in zip(*halves))
    return coordinates, outputs, weights / weights.sum()


def fit_quality(fit, coordinates, outputs, weights):
    """Weighted R² of a surrogate on some neighbours, for each output.

    Parameters
    ----------
    fit : LocalFit
    coordinates : ndarray of shape (n_samples, n_players)
    outputs : ndarray of shape (n_samples, n_outputs)
    weights : ndarray of shape (n_samples,)
        They sum to one.

    Returns
    -------
    ndarray of shape (n_outputs,)
        Where the outputs do not vary: 1 if the surrogate says so too, else 0.
    """
    errors = weights @ (outputs - fit.predict(coordinates)) ** 2
    total = weights @ (outputs - weights @ outputs) ** 2
    rounding = 1e-20 * np.maximum(weights @ outputs**2, 1e-300)
    varies = total > rounding
    share = np.divide(errors, total, out=np.zeros(len(total)), where=varies)
    return np.where(varies, 1 - share, np.where(errors <= rounding, 1.0, 0.0))
