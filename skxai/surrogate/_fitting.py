"""From neighbours to surrogates: rows with the same coordinates are fitted at once."""

import numpy as np

from skxai.surrogate._kernels import effective_size, kernel_weights
from skxai.surrogate._surrogates import linear_fit, shapley_fit
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
    tol : float or None
        Use more designs, for each output, until its largest standard error is at most this.
    """

    def __init__(self, surrogate, neighbourhood, kernel, width, tol):
        self.surrogate = surrogate
        self.neighbourhood = neighbourhood
        self.kernel = kernel
        self.width = width
        self.tol = tol

    def weights(self, coordinates, design):
        """Weights of neighbours; they sum to one."""
        given = getattr(design, "weights", None)
        if self.kernel in (None, "shapley"):
            weights = np.ones(len(coordinates)) if given is None else given
            return weights / weights.sum()
        away = coordinates - self.neighbourhood.at_row
        squares = np.einsum("ij,ij->i", away, away)
        if self.kernel == "hamming":
            squares = squares / coordinates.shape[1]
        return kernel_weights(self.kernel, np.sqrt(squares), self.width)

    def fit_rows(self, predictor, X, predictions, base_values, designs):
        """Fit all rows.

        Parameters
        ----------
        predictor : Predictor
        X : table of shape (n_rows, n_columns)
        predictions : ndarray of shape (n_rows, n_outputs)
        base_values : ndarray of shape (n_rows, n_outputs)
            Outputs with nobody present, for the Shapley kernel.
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
        # An output is settled by its own errors, whichever others are explained.
        unsettled = np.ones(predictions.shape, dtype=bool)
        for design in designs:
            if len(active) == 0:
                break
            found = self.neighbourhood.evaluate(predictor, take_rows(X, active), design)
            if self.neighbourhood.by_row:
                n_evals[active] += len(design)
            for row, *own in zip(active, *found):
                samples[row].append((*own, design))
            for rows in _alike(active, samples):
                joined = self._samples_of([samples[row] for row in rows])
                fitted, quality = self._fit(*joined, predictions[rows], base_values[rows])
                sizes[rows] = effective_size(joined[2])
                for row, fit, own in zip(rows, fitted, quality):
                    new = unsettled[row]
                    r2[row, new] = own[new]
                    fits[row] = _updated(fits[row], fit, new)
            if self.tol is None:
                break
            for row in active:
                unsettled[row] &= fits[row].std_errors.max(axis=0) > self.tol
            active = active[unsettled[active].any(axis=1)]
        return fits, r2, sizes, n_evals

    def test_rows(self, predictor, X, fits, design):
        """Weighted R² of the fits on fresh neighbours, of shape (n_rows, n_outputs)."""
        r2 = np.empty((len(fits), predictor.n_outputs))
        for row, both in enumerate(zip(*self.neighbourhood.evaluate(predictor, X, design))):
            r2[row] = fit_quality(fits[row].predict, *both, self.weights(both[0], design))
        return r2

    def _samples_of(self, rows):
        """Coordinates, outputs of all these rows side by side, and weights, from all designs."""
        blocks = []
        for of_rows in zip(*rows):  # of one design
            coordinates, _, design = of_rows[0]
            outputs = np.stack([outputs for _, outputs, _ in of_rows], axis=1)
            weights = self.weights(coordinates, design) * len(design)
            blocks.append((coordinates, outputs, weights))
        return _joined(blocks)

    def _fit(self, coordinates, outputs, weights, predictions, base_values):
        """A fit for each row, and its weighted R²; `outputs` has an axis for rows."""
        n_samples, n_rows, n_outputs = outputs.shape
        if self.kernel != "shapley" and not self.surrogate.has_errors:
            fits = [self.surrogate.fit(coordinates, own, weights) for own in outputs.swapaxes(0, 1)]
            found = [
                fit_quality(fit.predict, coordinates, outputs[:, row], weights)
                for row, fit in enumerate(fits)
            ]
            return fits, found
        # For a linear fit, other rows are like other outputs.
        side_by_side = outputs.reshape(n_samples, -1)
        if self.kernel == "shapley":
            ends = base_values.ravel(), predictions.ravel()
            fit = shapley_fit(coordinates, side_by_side, weights, *ends)
        else:
            fit = self.surrogate.fit(coordinates, side_by_side, weights)
        quality = fit_quality(fit.predict, coordinates, side_by_side, weights)
        arrays = (fit.coef, fit.intercept, fit.std_errors)
        parts = zip(*(np.split(array, n_rows, axis=-1) for array in arrays))
        return [linear_fit(*part) for part in parts], quality.reshape(n_rows, n_outputs)


def _alike(active, samples):
    """Rows, by groups that have the very same coordinates."""
    groups = {}
    for row in active:
        groups.setdefault(tuple(id(own[0]) for own in samples[row]), []).append(row)
    return list(groups.values())


def _updated(before, fit, chosen):
    """The new fit of the chosen outputs, and the one before of the others."""
    if chosen.all():
        return fit
    pairs = zip(
        (fit.coef, fit.intercept, fit.std_errors),
        (before.coef, before.intercept, before.std_errors),
    )
    return linear_fit(*(np.where(chosen, new, old) for new, old in pairs))


def _joined(blocks):
    """Samples of several designs as one, pairs still half of the samples apart."""
    if len(blocks) > 1:
        halves = [
            [array[half * len(array) // 2 : (half + 1) * len(array) // 2] for array in block]
            for half in (0, 1)
            for block in blocks
        ]
        blocks = [[np.concatenate(parts) for parts in zip(*halves)]]
    ((coordinates, outputs, weights),) = blocks
    return coordinates, outputs, weights / weights.sum()


def fit_quality(predict, coordinates, outputs, weights):
    """Weighted R² of a surrogate on some neighbours, for each output.

    Parameters
    ----------
    predict : callable
        From coordinates to outputs.
    coordinates : ndarray of shape (n_samples, n_players)
    outputs : ndarray of shape (n_samples, n_outputs)
    weights : ndarray of shape (n_samples,)
        They sum to one.

    Returns
    -------
    ndarray of shape (n_outputs,)
        Where the outputs do not vary: 1 if the surrogate says so too, else 0.
    """
    errors = weights @ (outputs - predict(coordinates)) ** 2
    total = weights @ (outputs - weights @ outputs) ** 2
    rounding = 1e-20 * np.maximum(weights @ outputs**2, 1e-300)
    varies = total > rounding
    share = np.divide(errors, total, out=np.zeros(len(total)), where=varies)
    return np.where(varies, 1 - share, np.where(errors <= rounding, 1.0, 0.0))
