"""Some rows and all that their searches ask: candidates by the rules, margins by the model."""

import numpy as np

from skxai.counterfactual._space import MAX_CELLS, differs
from skxai.utils._blocks import blocks


class Query:
    """The rows of one chunk.

    Parameters
    ----------
    X : table of shape (n_rows, n_columns)
    origin_outputs : ndarray of shape (n_rows, n_outputs)
        What the model says of them.
    space : Space
    distance : Distance
    goal : goal
    outputs : callable
        The model: from a table to its outputs.
    plausible : callable, default=None
        From codes to whether they are plausible.

    Attributes
    ----------
    origin : ndarray of shape (n_rows, n_columns)
        The rows in codes.
    """

    def __init__(self, X, origin_outputs, space, distance, goal, outputs, plausible=None):
        self.X, self.origin_outputs = X, origin_outputs
        self.space, self.distance, self.goal = space, distance, goal
        self.outputs, self.plausible = outputs, plausible
        self.origin = space.encode(X)

    def table(self, codes, rows):
        """The candidates as the model sees them."""
        return self.space.decode(codes, self.X, rows, self.origin[rows])

    def prepare(self, codes, rows):
        """The candidates as the rules allow them, whether they are allowed, and their distances."""
        parts = [
            self._prepare(codes[part], rows[part])
            for part in blocks(max(1, len(codes)), max(1, codes.shape[1]), MAX_CELLS)
        ]
        return parts[0] if len(parts) == 1 else tuple(map(np.concatenate, zip(*parts)))

    def _prepare(self, codes, rows):
        origin = self.origin[rows]
        codes = self.space.clip(codes, origin)
        allowed = self.space.allowed(codes, origin)
        for function in self.space.functions:
            codes, kept = self._repair(function, codes, rows)
            allowed &= kept & self.space.allowed(codes, origin)
        return codes, allowed, self.measure(codes, rows)

    def _repair(self, function, codes, rows):
        """What the user's function makes of candidates: others, or whether each is kept."""
        made = function(self.table(codes, rows), self.table(self.origin[rows], rows))
        if np.ndim(made) == 1:
            kept = np.asarray(made)
            if kept.dtype != bool or len(kept) != len(codes):
                raise ValueError(
                    f"constraints: a function returned {kept.dtype} of length {len(kept)}; "
                    f"expected a table like the candidates, or {len(codes)} booleans"
                )
            return codes, kept
        repaired = self.space.encode(made)
        if repaired.shape != codes.shape:
            raise ValueError(
                f"constraints: a function returned shape {repaired.shape}; expected {codes.shape}"
            )
        return repaired, np.ones(len(codes), dtype=bool)

    def measure(self, codes, rows):
        """The distances of candidates from their rows."""
        return self.distance(
            codes,
            self.origin[rows],
            lambda: (self.table(codes, rows), self.table(self.origin[rows], rows)),
        )

    def evaluate(self, codes, rows):
        """The margins of candidates; negative for what is not plausible."""
        return self.judge(codes, rows, self.outputs(self.table(codes, rows)))

    def judge(self, codes, rows, outputs):
        """The margins of candidates whose outputs are known."""
        margins = self.goal.margin(outputs, self.origin_outputs[rows])
        if self.plausible is not None:
            reached = np.flatnonzero(margins > 0)
            if len(reached):
                wrong = reached[~self.plausible(codes[reached])]
                margins[wrong] = -np.minimum(margins[wrong], 1e-6)
        return margins

    def changed(self, codes, rows):
        """Which cells of candidates differ from their rows."""
        return differs(codes, self.origin[rows])
