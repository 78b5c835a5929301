"""The model as a game: what a coalition of players is worth, for many coalitions at once."""

import numpy as np
from sklearn import get_config

# Cells of the inputs that are alive at once, and model rows in one call.
_MAX_CELLS = 2**22
_MAX_STATES = 2**16
_BYTES_PER_CELL = 64  # with masks and temporaries


class CoalitionGame:
    """Values of coalitions for a few rows, each against each background row.

    Parameters
    ----------
    predictor : Predictor
    masked_rows : MaskedRows or MaskedInputs
        The rows, bound to a background.

    Attributes
    ----------
    n_evals : ndarray of int, shape (n_rows,)
        Model rows evaluated so far for each row.
    """

    def __init__(self, predictor, masked_rows):
        self.predictor = predictor
        self.masked_rows = masked_rows
        self.n_evals = np.zeros(masked_rows.n_rows, dtype=np.int64)

    def worth_of_nobody(self):
        """Outputs with nobody present, of shape (n_rows, n_background, n_outputs)."""
        n_rows, n_background = self.masked_rows.n_rows, self.masked_rows.n_background
        nobody = np.zeros((1, self.masked_rows.n_players), dtype=bool)
        outputs = self.values(
            np.repeat(np.arange(n_rows), n_background),
            np.tile(np.arange(n_background), n_rows),
            np.broadcast_to(nobody, (n_rows * n_background, nobody.shape[1])),
        )
        return outputs.reshape(n_rows, n_background, -1)

    def values(self, rows, background_rows, present):
        """Outputs with the present players from the rows, the others from the background rows.

        Parameters
        ----------
        rows, background_rows : ndarray of int, shape (n_states,)
        present : ndarray of bool, shape (n_states, n_players)

        Returns
        -------
        ndarray of shape (n_states, n_outputs)
        """
        n_states = len(rows)
        outputs = np.empty((n_states, self.predictor.n_outputs))
        step = states_per_batch(self.masked_rows.cells_per_input)
        for start in range(0, n_states, step):
            part = slice(start, start + step)
            inputs = self.masked_rows.compose(rows[part], background_rows[part], present[part])
            outputs[part] = self.predictor(inputs)
        self.n_evals += np.bincount(rows, minlength=len(self.n_evals))
        return outputs


def states_per_batch(cells_per_state):
    """How many coalitions to hold at once, so that memory stays bounded."""
    cells = min(_MAX_CELLS, get_config()["working_memory"] * 2**20 // _BYTES_PER_CELL)
    return int(np.clip(cells // cells_per_state, 1, _MAX_STATES))
