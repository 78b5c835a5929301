"""The result of pairwise attribution: a number for each row and pair of features."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from skxai.explanation._bars_html import pairs_html
from skxai.explanation._base import BaseExplanation
from skxai.explanation._explanation import Explanation


@dataclass(frozen=True, eq=False, repr=False)
class InteractionExplanation(BaseExplanation):
    """How much each feature alone, and each pair together, contributed to each prediction.

    ``ShapleyExplainer.interactions`` returns it. A row's matrix is symmetric. Off its diagonal,
    an interaction is split in halves between ``values[:, i, j]`` and ``values[:, j, i]``; on it
    are main effects: what is left of a feature's attribution. So the rows of the matrix sum to the
    attributions, and all of it to the prediction minus the base value.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_players, n_players) or \
            (n_rows, n_players, n_players, n_outputs)
        Main effects and halves of interactions, in units of the output.
    base_values : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        What the attributions start from: the expected output under the background.
    predictions : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        The explained outputs of the model.
    std_errors : ndarray shaped as `values`, default=None
        Standard errors of `values` where the method samples, else None.
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
        Model rows evaluated for each row, where the method counts them.
    targets : sequence of str of length n_rows, default=None
        The explained class of each row, where it differs by row (``target="predicted"``).
    quantity : str, default="attribution"
        What the values are. Attributions are parts of a sum; others, such as derivatives, are not.
    layout : Layout, default=None
        Where each row has players of its own: which these are, as in `Explanation`.

    See Also
    --------
    Explanation : One number for each feature.

    References
    ----------
    M. Grabisch and M. Roubens, "An axiomatic approach to the concept of interaction among players
    in cooperative games", International Journal of Game Theory 28 (1999).

    S. M. Lundberg et al., "From local explanations to global understanding with explainable AI
    for trees", Nature Machine Intelligence 2 (2020).

    Examples
    --------
    The product of dose and age at (1, 1), against (0, 0): nothing without both.

    >>> import numpy as np
    >>> from skxai import InteractionExplanation
    >>> interactions = InteractionExplanation(
    ...     values=np.array([[[0.0, 0.5], [0.5, 0.0]]]), base_values=[0.0], predictions=[1.0],
    ...     feature_names=["age", "dose"])
    >>> interactions
    <InteractionExplanation: 1 row, 2 features, output 'y'>
    >>> interactions.to_frame()
                 age  dose
    row feature
    0   age      0.0   0.5
        dose     0.5   0.0
    >>> interactions.attributions().values
    array([[0.5, 0.5]])
    >>> interactions.strengths()
      feature other  strength  std_error
    0     age  dose       1.0        NaN
    """

    _n_player_axes: ClassVar[int] = 2

    # -- attributions --------------------------------------------------------------------------

    def attributions(self):
        """Each feature's whole attribution: its main effect and its halves of interactions.

        The standard error of a sum needs covariances, which are not kept: the sum of the
        standard errors, an upper bound, is returned. ``explain`` gives the exact ones.

        Returns
        -------
        Explanation
            The sums over the rows of each matrix.
        """
        return self._of_features(lambda array: array.sum(axis=2))

    def main_effects(self):
        """Each feature's main effect: its attribution without its interactions.

        Returns
        -------
        Explanation
            Its `completeness_gap` is what the interactions contribute, with the sign reversed.
        """
        return self._of_features(lambda array: np.einsum("njj...->nj...", array))

    def _of_features(self, reduce):
        names = [field.name for field in dataclasses.fields(self)]
        fields = {name: getattr(self, name) for name in names}
        fields["values"] = reduce(self.values)
        if self.std_errors is not None:
            fields["std_errors"] = reduce(self.std_errors)
        return Explanation(**fields)

    # -- tables --------------------------------------------------------------------------------

    def to_frame(self, field="values"):
        """The matrices (or their standard errors) as a DataFrame.

        Parameters
        ----------
        field : {"values", "std_errors"}, default="values"
            What to tabulate.

        Returns
        -------
        DataFrame
            A row for each explained row and feature and a column for each feature; with several
            outputs, columns have two levels, output and feature.
        """
        array = self._field(field)
        names = list(self.feature_names)
        n_rows, n_players = array.shape[:2]
        labels = pd.RangeIndex(n_rows) if self.index is None else self.index
        levels = [labels.get_level_values(level) for level in range(labels.nlevels)]
        index = pd.MultiIndex.from_arrays(
            [*(level.repeat(n_players) for level in levels), names * n_rows],
            names=[*_level_names(labels), "feature"],
        )
        if not self._has_output_axis:
            flat = array.reshape(n_rows * n_players, n_players).copy()
            return pd.DataFrame(flat, index, pd.Index(names))
        columns = pd.MultiIndex.from_product(
            [self.output_names, names], names=["output", "feature"]
        )
        flat = np.moveaxis(array, 3, 2).reshape(n_rows * n_players, len(columns))
        return pd.DataFrame(flat, index, columns)

    def strengths(self):
        """The pairs of features by the strength of their interaction, strongest first.

        Returns
        -------
        DataFrame
            Columns ``feature``, ``other``, ``strength`` (the mean absolute interaction over the
            rows, both halves together) and ``std_error`` (the standard error of that mean over
            the explained rows; NaN for a single row). With several outputs, a column ``output``
            comes first.
        """
        self._check_same_features()
        first, second = np.triu_indices(len(self.feature_names), k=1)
        sizes = np.abs(2 * self.values[:, first, second])
        sizes = sizes.reshape(len(self), len(first), self.n_outputs)
        mean, error = np.full((2, len(first), self.n_outputs), np.nan)
        if len(self) > 0:
            mean = sizes.mean(axis=0)
        if len(self) > 1:
            error = sizes.std(axis=0, ddof=1) / np.sqrt(len(self))
        names = np.array(self.feature_names, dtype=object)
        frames = [
            pd.DataFrame(
                {
                    "output": name,
                    "feature": names[first],
                    "other": names[second],
                    "strength": mean[:, k],
                    "std_error": error[:, k],
                }
            )
            for k, name in enumerate(self.output_names)
        ]
        table = pd.concat(frames).sort_values(
            "strength", ascending=False, kind="stable", ignore_index=True
        )
        return table if self._has_output_axis else table.drop(columns="output")

    def _html_picture(self):
        return pairs_html(self) if self.layout is None else None

    def _check_same_features(self):
        if self.layout is not None and len(self) != 1:
            raise ValueError(
                f"there are {len(self)} rows with players of their own; choose one, as in "
                "interactions[0]"
            )

    # -- pictures ------------------------------------------------------------------------------

    def plot(self, kind="interactions", **kwargs):
        """Draw the interactions.

        Parameters
        ----------
        kind : {"interactions", "dependence"}, default="interactions"
            ``"interactions"``: a matrix of the pairs, over all rows or of one (``row=``);
            ``"dependence"``: the interaction of two features (``feature=``, ``other=``) against
            the value of the first.
        **kwargs : dict
            Passed to the Display's ``from_explanation``, for instance ``ax``.

        Returns
        -------
        Display
            With attributes ``ax_`` and ``figure_``.
        """
        return self._plot(kind, **kwargs)


def _level_names(labels):
    if labels.nlevels == 1 and labels.name is None:
        return ["row"]
    return list(labels.names)
