"""The result of every attribution method: a number for each row and feature."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd

from skxai.explanation._base import BaseExplanation
from skxai.explanation._pooling import inside_mask, members_by_axis, members_by_name


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
        Where each row has players of its own (words, regions of an image, positions of a
        sequence): which these are. Rows with fewer players than others are padded with zeros.
        With one row, `feature_names` are the names of its players.

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

    def pool(self, groups=None, *, shape=None, axis=None):
        """Sum the attributions of groups of features; their meaning is kept.

        Groups are named, or are the lines of an array: pixels, or channels by times, that were
        laid out as features row by row.

        The standard error of a sum needs covariances, which are not kept: the sum of the
        members' standard errors, an upper bound, is returned. Pass `groups` to the explainer
        to get the exact ones.

        Parameters
        ----------
        groups : dict of str to list of str, default=None
            Names (or positions) of the members of each group. Features in no group stay as they
            are, after the groups.
        shape : tuple of int, default=None
            The shape of the array, instead of `groups`.
        axis : int or tuple of int, default=None
            The axes of `shape` that are summed over, as in ``numpy.sum``: for channels by times,
            0 leaves the times, 1 the channels. New names are positions: ``[:, 3]``.

        Returns
        -------
        Explanation
            The same rows, with the groups as features.

        Raises
        ------
        TypeError, KeyError, ValueError
            If `groups` is no dict, names a feature that there is not, a feature twice, or none,
            or gives a group the name of a feature outside it; if `shape` does not hold all
            features, or has no such `axis`; or if neither or both ways are used.

        See Also
        --------
        skxai.plotting.HeatmapDisplay : A picture of an array of features.

        Examples
        --------
        >>> import numpy as np
        >>> from skxai import Explanation
        >>> explanation = Explanation([[1.0, 2.0, 4.0]], [0.0], [7.0],
        ...                           feature_names=["lat", "lon", "age"])
        >>> explanation.pool({"place": ["lat", "lon"]}).to_frame()
           place  age
        0    3.0  4.0
        >>> signals = Explanation(np.arange(6.0).reshape(1, 6), [0.0], [15.0])
        >>> signals.pool(shape=(2, 3), axis=1).to_frame()
           [0, :]  [1, :]
        0     3.0    12.0
        """
        if self.layout is not None and len(self) != 1:
            raise ValueError(
                f"there are {len(self)} rows with players of their own; expected one, as in "
                "explanation[0].pool(groups), or explanation.by_name().pool(groups)"
            )
        if (groups is None) == (shape is None and axis is None):
            raise ValueError("expected either groups, or shape and axis")
        if groups is not None:
            names, members = members_by_name(groups, self.feature_names)
        else:
            names, members = members_by_axis(shape, axis, len(self.feature_names))

        def pooled(array):
            if array is None:
                return None
            return np.stack([array[:, group].sum(axis=1) for group in members], axis=1)

        return dataclasses.replace(
            self,
            values=pooled(self.values),
            std_errors=pooled(self.std_errors),
            feature_names=names,
            layout=None,
            data=self.data if self.layout is None else None,
            groups=[
                sorted(column for j in group for column in self.groups[j]) for group in members
            ],
        )

    def inside_outside_ratio(self, inside):
        """How much more a feature inside a region counts than one outside it.

        The mean absolute attribution inside, over that outside. Below 1, a prediction relies
        more on the context of the region than on the region.

        Parameters
        ----------
        inside : list of str, list of int, or array of bool
            The features of the region, by name, position or mask; or, where the region differs by
            row, a mask of shape (n_rows, n_players).

        Returns
        -------
        ndarray shaped as `predictions`
            Infinite where all that is outside is zero, NaN where all is zero.

        Raises
        ------
        KeyError, IndexError, ValueError
            If there is no such feature, or nothing is inside or outside.

        References
        ----------
        S. Lapuschkin et al., "Analyzing classifiers: Fisher vectors and deep neural networks",
        CVPR (2016), which has the inverse.

        Examples
        --------
        >>> from skxai import Explanation
        >>> explanation = Explanation([[3.0, -1.0, 1.0]], [0.0], [3.0],
        ...                           feature_names=["dog", "grass", "sky"])
        >>> explanation.inside_outside_ratio(["dog"])
        array([3.])
        """
        counts = np.full(1, self.values.shape[1]) if self.layout is None else self.layout.counts
        mask, other = inside_mask(inside, self.feature_names, len(self), counts)
        trailing = (1,) * (self.values.ndim - 2)
        mask, other = (array.reshape(array.shape + trailing) for array in (mask, other))
        magnitudes = np.abs(self.values)
        within = (magnitudes * mask).sum(axis=1) / mask.sum(axis=1)
        without = (magnitudes * other).sum(axis=1) / other.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return within / without

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
            columns have two levels, output and feature. Where rows have players of their own: a
            row for each of these, by the label of the explained row and the player's number, with
            its name, where it is, and a column for its value, or for each output (``"output
            name"`` for one whose name is taken).
        """
        array = self._field(field)
        if self.layout is not None:
            return self._players_frame(array, field)
        features = pd.Index(self.feature_names)
        if array.ndim == 2:
            return pd.DataFrame(array.copy(), index=self.index, columns=features)
        columns = pd.MultiIndex.from_product(
            [self.output_names, self.feature_names], names=["output", "feature"]
        )
        flat = array.transpose(0, 2, 1).reshape(len(array), len(columns))
        return pd.DataFrame(flat, index=self.index, columns=columns)

    def _players_frame(self, array, field):
        labels = pd.RangeIndex(len(self)) if self.index is None else self.index
        counts = self.layout.counts
        rows = np.flatnonzero(counts)
        frames = [
            pd.DataFrame({"name": self.layout.names(row), **self.layout.columns(row)})
            for row in rows
        ]
        frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"name": []})
        columns = ["value" if field == "values" else "std_error"]
        if self._has_output_axis:
            columns = [f"output {name}" if name in frame else name for name in self.output_names]
        exists = np.arange(array.shape[1]) < counts[:, None]
        frame[columns] = array[exists].reshape(len(frame), len(columns))
        owners = np.repeat(np.arange(len(self)), counts)
        numbers = exists.nonzero()[1]
        frame.index = pd.MultiIndex.from_arrays([labels[owners], numbers], names=["row", "player"])
        return frame

    def by_name(self):
        """Where rows have players of their own: those that share a name become one feature.

        Returns
        -------
        Explanation
            With a feature for each name, the same for all rows. Attributions of a row's players
            of this name are summed; what a row lacks is zero. It has no standard errors.

        Raises
        ------
        ValueError
            If the features are the same for all rows already.
        """
        if self.layout is None:
            raise ValueError("the features are the same for all rows: there is no layout")
        names = [self.layout.names(row) for row in range(len(self))]
        known = list(dict.fromkeys(name for own in names for name in own))
        place = {name: k for k, name in enumerate(known)}
        values = np.zeros((len(self), len(known), *self.values.shape[2:]))
        for row, own in enumerate(names):
            np.add.at(values[row], [place[name] for name in own], self.values[row, : len(own)])
        return dataclasses.replace(
            self,
            values=values,
            std_errors=None,
            layout=None,
            data=None,
            feature_names=known,
            groups=None,
        )

    def importance(self):
        """Global importance: the mean absolute attribution over the rows, with its error.

        Where several rows have players of their own, those of a name count together, such as
        all that is the same word, and as zero in rows that lack it.

        Returns
        -------
        DataFrame
            A row for each feature, columns ``importance`` and ``std_error`` (the standard error
            of the mean over the explained rows; NaN for a single row). With several outputs,
            columns have two levels, output first.
        """
        if self.layout is not None and len(self) != 1:
            return self.by_name().importance()
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

    def plot(self, kind=None, **kwargs):
        """Draw the explanation.

        Parameters
        ----------
        kind : {"bar", "beeswarm", "waterfall", "dependence", "rows", "heatmap", "stem", "text", \
                "image", "sequence"}, default=None
            None: that of the players, ``"text"``, ``"image"`` or ``"sequence"``, where each row
            has its own; else ``"bar"``. ``"bar"``: global importance; ``"beeswarm"``: every
            row's attributions; ``"waterfall"``: how one row's prediction is reached;
            ``"dependence"``: one feature's attribution against its value; ``"rows"``: all rows as a
            heat-map, similar ones side by side; ``"heatmap"``: features that are an array, as a
            picture; ``"stem"``: features along a sequence.
        **kwargs : dict
            Passed to the Display's ``from_explanation``, for instance ``ax``.

        Returns
        -------
        Display
            With attributes ``ax_`` and ``figure_``.
        """
        return self._plot(kind, **kwargs)

    def report(
        self,
        path=None,
        *,
        row=0,
        output=None,
        counterfactuals=False,
        influences=False,
        title=None,
        date=None,
    ):
        """Write what the explanation knows as one HTML file.

        The file needs nothing else: no network, no script. It tells what matters overall, explains
        one row in words and pictures, and says how far to trust it. `skxai.report` asks the model
        for more.

        Parameters
        ----------
        path : str or path-like, default=None
            The file to write; what is there already is replaced. None: the page is returned.
        row : int or None, default=0
            Position of the row that is looked at. None: no row is.
        output : str or class label, default=None
            The output, where there are several. None: that with the largest prediction in the
            row; without a row, on average.
        counterfactuals : CounterfactualExplanation or fitted CounterfactualExplainer, default=False
            What would have changed the prediction. False: it is left out.
        influences : InfluenceExplanation or fitted InfluenceExplainer, default=False
            The training rows that made the prediction. False: they are left out.
        title : str, default=None
            The title of the page.
        date : str or datetime.date, default=None
            The date that is written. None: today's.

        Returns
        -------
        Path or str
            The path; or, if that is None, the page, which notebooks show.

        Raises
        ------
        TypeError, ValueError, IndexError, OSError
            If an argument is not as described, or the file can't be written.
        """
        from skxai.reporting._writing import report_explanation  # on top of all; the one way back

        return report_explanation(
            self,
            path,
            row=row,
            output=output,
            counterfactuals=counterfactuals,
            influences=influences,
            title=title,
            date=date,
        )
