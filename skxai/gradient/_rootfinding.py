"""Nearest roots of a model's outputs, for rows of leaves."""

import numpy as np

from skxai.gradient._roots import Surface, nearest_roots
from skxai.predictors import as_predictor
from skxai.predictors._raw_scores import raw_score_of

_MAX_STARTS = 1000
_OF_CONSTANTS = 1e-6  # what never varies hardly moves


def margin_if_classes(model, X, response_method, target):
    """The predictor, by default of margins, whose root is the border between two classes."""
    if response_method != "auto":
        return as_predictor(model, X, response_method=response_method, target=target)
    if raw_score_of(model) is None:
        return as_predictor(model, X, target=target)
    try:
        return as_predictor(model, X, response_method="margin", target=target)
    except ValueError:  # nothing is decided between classes
        return as_predictor(model, X, response_method="raw_score", target=target)


def default_levels(predictor, outputs):
    """Where nothing is decided: 0 for scores, 1/2 for probabilities, else the mean output."""
    n_outputs = outputs.shape[1]
    if getattr(predictor.model, "classes_", None) is None:
        return outputs.mean(axis=0)
    if predictor.response_method == "predict_proba":
        return np.full(n_outputs, 0.5)
    if predictor.response_method == "predict_log_proba":
        return np.full(n_outputs, np.log(0.5))
    return np.zeros(n_outputs)


class RootFinder:
    """Finds the nearest points at which outputs are at their levels.

    Parameters
    ----------
    predictor : Predictor
    smooth : SmoothFunction
    background : ndarray of shape (n_background, n_leaves)
    levels : float or None, default=None
        None: those of `default_levels`.
    """

    def __init__(self, predictor, smooth, background, levels=None):
        outputs = smooth.outputs(background)
        self.smooth = smooth
        if levels is None:
            self.levels = default_levels(predictor, outputs)
        else:
            self.levels = np.full(outputs.shape[1], float(levels))
        # On the way to a missing value nothing is continuous.
        usable = np.flatnonzero(~np.isnan(background).any(axis=1))[:_MAX_STARTS]
        is_constant = np.nanmin(background, axis=0) == np.nanmax(background, axis=0)
        self._scales = smooth.scales * np.where(is_constant, _OF_CONSTANTS, 1.0)
        self._starts = background[usable] / self._scales
        self._start_heights = (outputs - self.levels)[usable]

    def find(self, U, outputs):
        """The nearest roots of each row.

        Parameters
        ----------
        U : ndarray of shape (n_rows, n_leaves)
        outputs : ndarray of shape (n_rows, n_outputs)

        Returns
        -------
        points : ndarray of shape (n_rows, n_outputs, n_leaves)
            The row itself where no root was found.
        found : ndarray of bool of shape (n_rows, n_outputs)
        """
        n_rows, n_outputs = outputs.shape
        which = np.tile(np.arange(n_outputs), n_rows)
        scales = self._scales
        surface = Surface(self.smooth, which, self.levels[which], scales)
        roots = nearest_roots(
            surface,
            np.repeat(U / scales, n_outputs, axis=0),
            self._starts,
            lambda pairs: self._start_heights[:, which[pairs]].T,
        )
        points = (roots.points * scales).reshape(n_rows, n_outputs, len(scales))
        found = roots.found.reshape(n_rows, n_outputs)
        return np.where(found[:, :, None], points, U[:, None, :]), found
