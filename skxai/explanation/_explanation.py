"""The result of every attribution method: a number for each row and feature."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd

from skxai.explanation._base import BaseExplanation
from skxai.utils._selection import select_named


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(BaseExplanation):
    """How much each feature contributed to each prediction.

    Explainers return it; it is immutable, and holds plain arrays that can't be written to.
    ``n_outputs`` is 1 for regression and for binary classification (where the positive class is
    explained).

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_players) or (n_rows, n_players, n_outputs)
        The attributions, in units of the output.
    base_values : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        What the attributions start from: the expected output under the background.
    predictions : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        The explained outputs of the model.
    std_errors : ndarray shaped as `values`, default=None
        Standard errors of `values` where the method samples, else None.
    data : DataFrame, ndarray or sparse matrix of shape (n_rows, n_columns), default=None
        The explained rows, as they were given.
    feature_names : sequence of str, default=None
        Names of the players: features, or groups of features. Default: x0, x1, …
    output_names : sequence of str, default=None
        Names of the outputs: class labels, or y, or y0, y1, …
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

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> explanation = Explanation(
    ...     values=np.array([[1.0, -0.5], [0.25, 0.5]]), base_values=np.array([2.0, 2.0]),
    ...     predictions=np.array([2.5, 2.75]), feature_names=["age", "dose"])
    >>> explanation
    <Explanation: 2 rows, 2 features, output 'y'>
    >>> explanation.to_frame()
        age  dose
    0  1.00  -0.5
    1  0.25   0.5
    >>> explanation.importance()
          importance  std_error
    age        0.625      0.375
    dose       0.500      0.000
    >>> explanation[0, "age"].values
    array([[1.]])
    """

    def pool(self, groups):
        """Sum the attributions of groups of features; their meaning is kept.

        The standard error of a sum needs covariances, which are not kept: the sum of the
        members' standard errors, an upper bound, is returned. Pass `groups` to the explainer
        to get the exact ones.

        Parameters
        ----------
        groups : dict of str to list of str
            Names (or positions) of the members of each group. Features in no group stay as they
            are, after the groups.

        Returns
        -------
        Explanation

        Raises
        ------
        TypeError, KeyError, ValueError
            If `groups` is no dict, names a feature that there is not, a feature twice, or none,
            or gives a group the name of a feature outside it.

        Examples
        --------
        >>> import numpy as np
        >>> from skxai import Explanation
        >>> explanation = Explanation([[1.0, 2.0, 4.0]], [0.0], [7.0],
        ...                           feature_names=["lat", "lon", "age"])
        >>> explanation.pool({"place": ["lat", "lon"]}).to_frame()
           place  age
        0    3.0  4.0
        """
        if not isinstance(groups, dict):
            raise TypeError(f"groups is {type(groups).__name__}; expected a dict")
        names = [str(name) for name in groups]
        members = [
            select_named(group, self.feature_names, "feature").tolist() for group in groups.values()
        ]
        if not all(members):
            raise ValueError(f"groups: {names[members.index([])]!r} has no features")
        taken = [j for group in members for j in group]
        if len(set(taken)) < len(taken):
            twice = sorted({self.feature_names[j] for j in taken if taken.count(j) > 1})
            raise ValueError(f"groups names {twice} more than once")
        rest = [j for j in range(len(self.feature_names)) if j not in taken]
        clashes = sorted({self.feature_names[j] for j in rest}.intersection(names))
        if clashes:
            raise ValueError(f"groups: {clashes} are names of features outside these groups")
        names += [self.feature_names[j] for j in rest]
        members += [[j] for j in rest]

        def pooled(array):
            if array is None:
                return None
            return np.stack([array[:, group].sum(axis=1) for group in members], axis=1)

        return dataclasses.replace(
            self,
            values=pooled(self.values),
            std_errors=pooled(self.std_errors),
            feature_names=names,
            groups=[
                sorted(column for j in group for column in self.groups[j]) for group in members
            ],
        )

    # -- tables --------------------------------------------------------------------------------

    def to_frame(self, field="values"):
        """The attributions (or their standard errors) as a DataFrame.

        Parameters
        ----------
        field : {"values", "std_errors"}, default="values"
            What to tabulate.

        Returns
        -------
        DataFrame
            A row for each explained row and a column for each feature; with several outputs,
            columns have two levels, output and feature.
        """
        array = self._field(field)
        features = pd.Index(self.feature_names)
        if array.ndim == 2:
            return pd.DataFrame(array.copy(), index=self.index, columns=features)
        columns = pd.MultiIndex.from_product(
            [self.output_names, self.feature_names], names=["output", "feature"]
        )
        flat = array.transpose(0, 2, 1).reshape(len(array), len(columns))
        return pd.DataFrame(flat, index=self.index, columns=columns)

    def importance(self):
        """Global importance: the mean absolute attribution over the rows, with its error.

        Returns
        -------
        DataFrame
            A row for each feature, columns ``importance`` and ``std_error`` (the standard error
            of the mean over the explained rows; NaN for a single row). With several outputs,
            columns have two levels, output first.
        """
        n_rows, n_players = self.values.shape[:2]
        magnitudes = np.abs(self.values).reshape(n_rows, n_players, self.n_outputs)
        mean, error = np.full((2, n_players, self.n_outputs), np.nan)
        if n_rows > 0:
            mean = magnitudes.mean(axis=0)
        if n_rows > 1:
            error = magnitudes.std(axis=0, ddof=1) / np.sqrt(n_rows)
        frames = [
            pd.DataFrame(
                {"importance": mean[:, k], "std_error": error[:, k]},
                index=pd.Index(self.feature_names),
            )
            for k in range(mean.shape[1])
        ]
        if self.values.ndim == 2:
            return frames[0]
        return pd.concat(frames, axis=1, keys=self.output_names)

    # -- pictures ------------------------------------------------------------------------------

    def plot(self, kind="bar", **kwargs):
        """Draw the explanation.

        Parameters
        ----------
        kind : {"bar", "beeswarm", "waterfall", "dependence"}, default="bar"
            ``"bar"``: global importance; ``"beeswarm"``: every row's attributions;
            ``"waterfall"``: how one row's prediction is reached; ``"dependence"``: one feature's
            attribution against its value.
        **kwargs : dict
            Passed to the Display's ``from_explanation``, for instance ``ax``.

        Returns
        -------
        Display
            With attributes ``ax_`` and ``figure_``.
        """
        return self._plot(kind, **kwargs)
