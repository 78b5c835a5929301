"""Surrogates of some rows, from the neighbours that all of them share."""

from dataclasses import dataclass

import numpy as np

from skxai.base import Attributions
from skxai.surrogate._fitting import LocalFitter
from skxai.surrogate._surrogates import linear_fit


@dataclass(frozen=True)
class Sampling:
    """What fits rows, and the designs of the neighbours it is fitted to and tested on.

    Attributes
    ----------
    fitter : LocalFitter
    designs : list of designs
        The later ones are used only where a tolerance asks for them.
    fresh : design
        Of the neighbours that test the fit.
    n_players : int
    """

    fitter: LocalFitter
    designs: list
    fresh: object
    n_players: int

    @property
    def n_samples(self):
        """Of one row, at most."""
        return sum(map(len, self.designs)) + len(self.fresh)

    def explain(self, predictor, X, predictions, base_values, exact=None):
        """Surrogates of some rows.

        Parameters
        ----------
        predictor : Predictor
        X : table, texts or array of n_rows rows
        predictions, base_values : ndarray of shape (n_rows, n_outputs)
            Outputs with everybody and, for the Shapley kernel, with nobody present.
        exact : tuple of ndarray, default=None
            Coefficients, intercepts and errors of each row where these are known.

        Returns
        -------
        Attributions
            With the fields of a `LimeExplanation`.
        fits : list of LocalFit
        """
        n_rows = len(predictions)
        n_evals = np.ones(n_rows, dtype=int)
        if exact is not None:
            fits = [linear_fit(*of_row) for of_row in zip(*exact)]
            r2, sizes = np.full(predictions.shape, np.nan), np.full(n_rows, np.nan)
        else:
            fits, r2, sizes, used = self.fitter.fit_rows(
                predictor, X, predictions, base_values, self.designs
            )
            n_evals += used
        fresh_r2 = self.fitter.test_rows(predictor, X, fits, self.fresh)
        if self.fitter.neighbourhood.by_row:
            n_evals += len(self.fresh)
        at_row = np.full((1, self.n_players), self.fitter.neighbourhood.at_row)
        shape = (n_rows, self.n_players, predictions.shape[1])
        more = {
            "surrogate_predictions": _stack([fit.predict(at_row)[0] for fit in fits], shape[::2]),
            "r2": r2,
            "fresh_r2": fresh_r2,
            "effective_sample_size": sizes,
        }
        errors = None
        if self.fitter.surrogate.has_errors and exact is None:
            errors = _stack([fit.std_errors for fit in fits], shape)
        coefficients = _stack([fit.coef for fit in fits], shape)
        intercepts = _stack([fit.intercept for fit in fits], shape[::2])
        return Attributions(coefficients, intercepts, errors, n_evals, more), fits


def with_no_players(found):
    """The fields of a `LimeExplanation`, also for rows without players, which have no surrogate.

    What it would say of them is their base value; how well it fits is not known.
    """
    base_values = found.base_values
    more = {
        "surrogate_predictions": base_values,
        "r2": np.full(base_values.shape, np.nan),
        "fresh_r2": np.full(base_values.shape, np.nan),
        "effective_sample_size": np.full(len(base_values), np.nan),
        **(found.more or {}),
    }
    said = more["surrogate_predictions"]
    return {**more, "surrogate_predictions": np.where(np.isnan(said), base_values, said)}


def _stack(arrays, shape):
    return np.stack(arrays) if arrays else np.empty(shape)
