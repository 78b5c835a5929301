"""The result of layer-wise relevance propagation, with the account of each layer."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from skxai.explanation import Explanation
from skxai.gradient._lrp_rules import Ledger


@dataclass(frozen=True, eq=False, repr=False)
class LRPExplanation(Explanation):
    """Relevance of the features, and where the rest of it went, layer by layer.

    `LRPExplainer` returns it. It has the verbs of `Explanation`.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_players) or (n_rows, n_players, n_outputs)
        The relevances, in units of the output.
    base_values : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        What no feature has: the relevance that biases and stabilisers took, and what was dropped.
    predictions : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        The explained outputs of the model.
    std_errors : ndarray shaped as `values`, default=None
        Not used: the method does not sample.
    data : DataFrame, ndarray or sparse matrix of shape (n_rows, n_columns), default=None
        The explained rows, as they were given.
    feature_names : sequence of str, default=None
        Names of the players: features, or groups of features; None: x0, x1, and so on.
    output_names : sequence of str, default=None
        Names of the outputs: class labels; None: y, or y0, y1, and so on.
    method : str, default=""
        The explainer and its parameters.
    index : pandas.Index, default=None
        Row labels. Default: those of `data`, if it is a DataFrame.
    groups : sequence of sequences of int, default=None
        For each player, the positions of its columns in `data`. Default: one column each.
    n_evals : ndarray of shape (n_rows,), default=None
        Not used.
    targets : sequence of str of length n_rows, default=None
        The explained class of each row, where it differs by row (``target="predicted"``).
    quantity : str, default="attribution"
        What the values are. Attributions are parts of a sum; others, such as derivatives, are not.
    layout : Layout, default=None
        Where each row has players of its own: which these are, as in `Explanation`.
    ledgers : ndarray of shape (n_rows, n_layers, 5) or (n_rows, n_layers, 5, n_outputs), \
            default=None
        For each layer, from the first to the last: the relevance of its units, and how much of it
        inputs, biases and ε took, and what was dropped.
    layers : sequence of str of length n_layers, default=None
        Their names and rules.

    See Also
    --------
    Explanation : The result of other explainers.

    Examples
    --------
    >>> from skxai.gradient import LRPExplanation
    >>> explanation = LRPExplanation(
    ...     values=[[2.0, -0.5]], base_values=[1.5], predictions=[3.0],
    ...     ledgers=[[[3.0, 1.5, 1.25, 0.25, 0.0]]], layers=["layer 1, epsilon"])
    >>> explanation.audit()
                      relevance  inputs  bias  epsilon  dropped  gap
    layer 1, epsilon        3.0     1.5  1.25     0.25      0.0  0.0
    """

    ledgers: np.ndarray | None = None
    layers: tuple | None = None

    _output_fields: ClassVar[dict] = {**Explanation._output_fields, "ledgers": float}
    _inner_axes: ClassVar[dict] = {"ledgers": 2}

    def __post_init__(self):
        super().__post_init__()
        if self.layers is not None:
            self._set(layers=tuple(str(name) for name in self.layers))
        if self.ledgers is not None:
            n_layers = None if self.layers is None else len(self.layers)
            expected = (n_layers, len(Ledger._fields))
            if self.ledgers.shape[1:3] != expected:
                raise ValueError(
                    f"ledgers has shape {self.ledgers.shape}; expected {expected} in its second "
                    "and third axes: the layers, and the entries of each"
                )

    @classmethod
    def _array_fields(cls):
        return (*super()._array_fields(), "layers")

    def audit(self, row=None):
        """Where the relevance went, layer by layer.

        Parameters
        ----------
        row : int, default=None
            Position of a row. None: the mean over the rows.

        Returns
        -------
        DataFrame
            A row for each layer, from the output back to the input. Columns ``relevance``, that of
            its units; ``inputs``, ``bias`` and ``epsilon``, what these took of it; ``dropped``,
            what units had that nothing contributes to; and ``gap``, what is left of the first
            after the others: rounding. With several outputs, columns have two levels, output
            first.

        Raises
        ------
        ValueError
            If the explanation has no account, as when it was made by hand.
        """
        if self.ledgers is None:
            raise ValueError("this explanation has no ledgers; LRPExplainer.explain makes them")
        if row is None:
            books = self.ledgers.mean(axis=0)
        else:
            books = self.ledgers[row]
        books = books.reshape(len(self.layers), len(Ledger._fields), self.n_outputs)[::-1]
        frames = []
        for k in range(self.n_outputs):
            frame = pd.DataFrame(books[..., k], index=self.layers[::-1], columns=Ledger._fields)
            frame["gap"] = frame["relevance"] - frame[list(Ledger._fields[1:])].sum(axis=1)
            frames.append(frame)
        if self.values.ndim == 2:
            return frames[0]
        return pd.concat(frames, axis=1, keys=self.output_names)
