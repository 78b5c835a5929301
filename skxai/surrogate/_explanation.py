"""The result of LIME: coefficients of local surrogates, and how well these fit."""

import json
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from skxai.explanation import Explanation
from skxai.surrogate._rules import rules_of


@dataclass(frozen=True, eq=False, repr=False)
class LimeExplanation(Explanation):
    """Coefficients of a simple surrogate of the model around each row, and how well it fits.

    `LimeExplainer` returns it. It has the verbs of `Explanation`.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_players) or (n_rows, n_players, n_outputs)
        Coefficients of the surrogate's coordinates, or importances in a tree.
    base_values : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        Intercepts of the surrogates.
    predictions : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        The explained outputs of the model.
    std_errors : ndarray shaped as `values`, default=None
        Standard errors of `values`, where these are coefficients and not exact.
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
        Model rows evaluated for each row, those that test the fit included.
    targets : sequence of str of length n_rows, default=None
        The explained class of each row, where it differs by row (``target="predicted"``).
    quantity : str, default="attribution"
        What the values are. Attributions are parts of a sum; others, such as derivatives, are not.
    layout : Layout, default=None
        Where each row has players of its own: which these are.
    surrogate_predictions : ndarray of shape (n_rows,) or (n_rows, n_outputs), default=None
        What the surrogate says of the explained row itself.
    r2 : ndarray of shape (n_rows,) or (n_rows, n_outputs), default=None
        Weighted share of the variance of the model over the neighbours that the surrogate
        explains, on those it was fitted to. NaN where values are exact.
    fresh_r2 : ndarray of shape (n_rows,) or (n_rows, n_outputs), default=None
        The same on fresh neighbours, which is the one to trust. Below zero: worse than a constant.
    effective_sample_size : ndarray of shape (n_rows,), default=None
        How many equally weighted neighbours the weighted ones are worth. NaN where values are
        exact.
    trees : ndarray of str, shape (n_rows,) or (n_rows, n_outputs), default=None
        Surrogates that are trees, in terms of the features, as JSON; see `surrogate_tree`.

    See Also
    --------
    Explanation : The result of other explainers.

    Examples
    --------
    >>> from skxai.surrogate import LimeExplanation
    >>> explanation = LimeExplanation(
    ...     values=[[2.0, 0.5]], base_values=[1.0], predictions=[1.5], surrogate_predictions=[1.25],
    ...     r2=[0.9], fresh_r2=[0.8], feature_names=["age", "dose"])
    >>> explanation.fit_report()
       prediction  surrogate   gap   r2  fresh_r2  effective_sample_size
    0         1.5       1.25  0.25  0.9       0.8                    NaN
    """

    surrogate_predictions: np.ndarray | None = None
    r2: np.ndarray | None = None
    fresh_r2: np.ndarray | None = None
    effective_sample_size: np.ndarray | None = None
    trees: np.ndarray | None = None

    _row_fields: ClassVar[dict] = {**Explanation._row_fields, "effective_sample_size": float}
    _output_fields: ClassVar[dict] = {
        **Explanation._output_fields,
        "surrogate_predictions": float,
        "r2": float,
        "fresh_r2": float,
        "trees": np.str_,
    }

    def __post_init__(self):
        super().__post_init__()
        if self.trees is not None:  # as wide as the longest text, whatever was cut away
            texts = np.array(self.trees.tolist(), dtype=np.str_).reshape(self.trees.shape)
            texts.flags.writeable = False
            self._set(trees=texts)

    @property
    def intercepts(self):
        """Intercepts of the surrogates: another name of `base_values`."""
        return self.base_values

    @property
    def is_additive(self):
        """Whether the values lead from the intercepts to what the surrogates say of the rows.

        Coefficients of binary neighbourhoods do; slopes and the importances in a tree do not, so
        that there is no waterfall of them.
        """
        if self.surrogate_predictions is None:
            return True
        reached = self.base_values + self.values.sum(axis=1)
        sizes = np.abs(self.values).sum(axis=1) + np.abs(self.base_values)
        return bool(np.all(np.abs(reached - self.surrogate_predictions) <= 1e-9 * sizes))

    def surrogate_tree(self, row=0):
        """The tree that was fitted to the neighbours of a row.

        Parameters
        ----------
        row : int, default=0
            Position of the row. With several outputs, choose one by `output` first.

        Returns
        -------
        dict
            Its root. A node has a ``"value"``, what the surrogate says there, and its ``"share"``
            of the neighbours' weight. One that is split has a ``"feature"``, the nodes
            ``"below"`` and ``"above"``, the ``"row"``'s side of these, and a ``"kind"``:
            ``"number"``, up to its ``"threshold"`` or above; ``"value"``, other than the row's or
            as in the row; ``"presence"``, without it or with it; or ``"quartile"``, another or the
            row's.
        """
        if self.trees is None:
            raise ValueError(
                "this explanation has no rules: its surrogates are no trees, which come from "
                "LimeExplainer(surrogate='tree')"
            )
        if self.trees.ndim > 1:
            raise ValueError(
                f"there are several outputs; choose one of {list(self.output_names)} by .output"
            )
        return json.loads(self.trees[row])

    def rules(self, row=0):
        """The rules of a tree surrogate.

        Parameters
        ----------
        row : int, default=0
            Position of the row. With several outputs, choose one by `output` first.

        Returns
        -------
        str
            One line for each leaf: conditions on the row's neighbours, and what the surrogate
            says there.
        """
        return rules_of(self.surrogate_tree(row))

    def plot(self, kind=None, **kwargs):
        """Draw the explanation.

        Parameters
        ----------
        kind : {"bar", "beeswarm", "dependence", "tree", "waterfall", "text", "image", \
                "sequence"}, default=None
            As for `Explanation`; and ``"tree"``: the surrogate tree of one row. ``"waterfall"``
            is for coefficients of binary neighbourhoods: others do not add up to anything.
        **kwargs : dict
            Passed to the Display's ``from_explanation``, for instance ``ax``.

        Returns
        -------
        Display
            With attributes ``ax_`` and ``figure_``.
        """
        return super().plot(kind, **kwargs)

    def fit_report(self):
        """How well the surrogates fit, as a table.

        Returns
        -------
        DataFrame
            A row for each explained row, and output if there are several: the prediction, the
            surrogate's, their distance, and the fields of the fit.
        """
        columns = {
            "prediction": self.predictions,
            "surrogate": self.surrogate_predictions,
            "gap": None
            if self.surrogate_predictions is None
            else np.abs(self.surrogate_predictions - self.predictions),
            "r2": self.r2,
            "fresh_r2": self.fresh_r2,
        }
        several = self.predictions.ndim > 1
        labels = pd.RangeIndex(len(self)) if self.index is None else self.index
        frames = []
        for k in range(self.n_outputs):
            own = {
                name: np.nan if array is None else (array[:, k] if several else array)
                for name, array in columns.items()
            }
            sizes = self.effective_sample_size
            own["effective_sample_size"] = np.nan if sizes is None else sizes
            frames.append(pd.DataFrame(own, index=labels))
        if not several:
            return frames[0]
        return pd.concat(frames, axis=1, keys=self.output_names)
