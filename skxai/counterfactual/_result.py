"""The result of a search for counterfactuals."""

import dataclasses
import html
from dataclasses import dataclass

import numpy as np
import pandas as pd

from skxai.counterfactual._files import (
    pack_inputs,
    pack_layout,
    unpack_inputs,
    unpack_layout,
)
from skxai.counterfactual._player_changes import all_changes, player_sentences, short_changes
from skxai.counterfactual._players import names_of
from skxai.counterfactual._sentences import prediction_text, sentence
from skxai.explanation._layout import Layout
from skxai.utils._archives import read_archive, write_archive
from skxai.utils._frozen import FrozenResult
from skxai.utils._selection import select
from skxai.utils._storage import pack_index, unpack_index
from skxai.utils._tables import take_rows

_FILE_FORMAT = 1
# Fields that are no plain arrays.
_DESCRIBED = (
    "data", "counterfactuals", "index", "method", "feature_names", "output_names", "layout",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class CounterfactualExplanation(FrozenResult):
    """What would have had to be different for another prediction.

    `CounterfactualExplainer.explain` returns it; it is immutable. With ``n_counterfactuals=k`` the
    counterfactuals, and arrays that describe them, have k entries for each explained row, those of
    a row one after the other, the nearest first.

    Parameters
    ----------
    counterfactuals : table like `data`, or texts
        The counterfactual rows, with the dtypes, categories and labels of the rows they belong to;
        texts are a list, a Series or an array, as the model takes them. Where none was found, the
        row itself.
    data : DataFrame or ndarray of shape (n_rows, n_features), or as `layout` says
        The explained rows.
    changed : ndarray of bool of shape (n_rows * k, n_features)
        Which cells differ.
    status : ndarray of str of shape (n_rows * k,)
        "already_target": the row is as wanted, nothing is changed; "optimal": no allowed change
        is smaller, as has been proved; "feasible": found, perhaps not the nearest; "not_found":
        none was found within the limits; "infeasible": none exists, as has been proved.
    distances : ndarray of shape (n_rows * k,)
        From the explained row; NaN where none was found.
    lower_bounds : ndarray of shape (n_rows * k,)
        No counterfactual is nearer than this; 0 where nothing has been proved.
    predictions : ndarray of shape (n_rows * k,) or (n_rows * k, n_outputs)
        The model's outputs for `counterfactuals`, evaluated on these very rows.
    original_predictions : ndarray shaped as `predictions`
        Those for the explained rows.
    labels, original_labels : ndarray of shape (n_rows * k,) or None
        Predicted classes; None for models that predict numbers.
    outlier_factors : ndarray of shape (n_rows * k,)
        Local outlier factors among the background: about 1 for a row like others, larger for
        outliers.
    background_distances : ndarray of shape (n_rows * k,)
        Gower distance to the nearest background row for which the goal is reached.
    feature_names, output_names : sequence of str
        Names of the columns and of the outputs.
    method : str
        The explainer and its parameters.
    index : pandas.Index or None
        Labels of the explained rows.
    n_evals : ndarray of int of shape (n_rows,)
        Model rows evaluated for each row.
    background_quantiles : ndarray of shape (7, n_features) or None
        Of each column of the background: minimum, 1 %, quartiles, 99 %, maximum; dates in seconds
        since 1970, durations in seconds, NaN for what is no number.
    layout : Layout or None
        The players of each row, if they are tokens of texts, regions of images or positions of
        sequences; `data` is then an array of texts, or of images, or a table; `changed` has a
        column for each player of the row that has most, and `distances` count changed players.
        Outlier factors and distances to the background are None.
    replacements : ndarray of str shaped as `changed`, or None
        With a layout, what stands where a player is changed: another letter, or nothing.

    Examples
    --------
    >>> from skxai import CounterfactualExplainer
    >>> explainer = CounterfactualExplainer(target=1.0).fit(lambda X: X[:, 0] + 2 * X[:, 1],
    ...                                                     [[0.0, 0.0], [1.0, 1.0]])
    >>> result = explainer.explain([[0.0, 0.0]])
    >>> result
    <CounterfactualExplanation: 1 row, 1 counterfactual found>
    >>> result.n_changes
    array([1])
    """

    counterfactuals: object
    data: object
    changed: np.ndarray
    status: np.ndarray
    distances: np.ndarray
    lower_bounds: np.ndarray
    predictions: np.ndarray
    original_predictions: np.ndarray
    labels: np.ndarray | None
    original_labels: np.ndarray | None
    outlier_factors: np.ndarray | None
    background_distances: np.ndarray | None
    feature_names: tuple
    output_names: tuple
    method: str = ""
    index: pd.Index | None = None
    n_evals: np.ndarray | None = None
    background_quantiles: np.ndarray | None = None
    layout: Layout | None = None
    replacements: np.ndarray | None = None

    def __len__(self):
        return self.data.shape[0]

    @property
    def n_counterfactuals(self):
        """Counterfactuals asked for each row."""
        return len(self.status) // len(self) if len(self) else 1

    @property
    def n_changes(self):
        """How many columns differ from the explained row."""
        return self.changed.sum(axis=1)

    @property
    def found(self):
        """Whether each counterfactual is one: its prediction is as wanted."""
        return ~np.isin(self.status, ["not_found", "infeasible"])

    def __getitem__(self, key):
        """The counterfactuals of some rows: ``e[0]``, ``e[:10]``, ``e[mask]``."""
        rows = select(key, len(self), "row")
        k = self.n_counterfactuals
        entries = (rows[:, None] * k + np.arange(k)).ravel()
        parts = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name == "background_quantiles":
                continue
            if field.name in ("data", "index", "n_evals", "layout"):
                parts[field.name] = None if value is None else _take(value, rows)
            elif field.name == "counterfactuals" or isinstance(value, np.ndarray):
                parts[field.name] = _take(value, entries)
        if self.layout is not None:  # as wide as these rows need
            parts["feature_names"] = names_of(parts["layout"])
            for name in ("changed", "replacements"):
                parts[name] = parts[name][:, : len(parts["feature_names"])]
        return dataclasses.replace(self, **parts)

    def _rows(self):
        """The position of the explained row of each counterfactual."""
        return np.repeat(np.arange(len(self)), self.n_counterfactuals)

    def labels_of_rows(self):
        """The label of the explained row of each counterfactual, or its position.

        Returns
        -------
        Index of length n_rows * n_counterfactuals
            Each label as often as the row has counterfactuals.
        """
        index = pd.RangeIndex(len(self)) if self.index is None else self.index
        return index.take(self._rows())

    def to_frame(self):
        """The differences as a table.

        Returns
        -------
        DataFrame
            A row for each counterfactual, labelled as the explained row; columns `status`,
            `prediction` (the class, or the number), `distance` and `n_changes`, then a
            column for each feature that is changed in some row: its new value, or an empty text
            where it stays. With a layout, also `original_prediction`, and one column `changes`
            with the names of changed players, and the letters that stand there instead.
        """
        columns = {
            "status": self.status,
            "prediction": _predicted(self.labels, self.predictions),
            "distance": self.distances,
            "n_changes": self.n_changes,
        }
        frame = pd.DataFrame(columns, index=self.labels_of_rows())
        if self.layout is not None:
            original = _predicted(self.original_labels, self.original_predictions)
            frame.insert(1, "original_prediction", original)
            return frame.assign(changes=short_changes(self))
        features = np.flatnonzero(self.changed.any(axis=0)).tolist()
        cells = {j: np.full(len(frame), "", dtype=object) for j in features}
        for entry, j in zip(*(places.tolist() for places in np.nonzero(self.changed))):
            cells[j][entry] = _cell(self.counterfactuals, entry, j)
        changes = pd.DataFrame(cells, index=frame.index)
        changes.columns = [self.feature_names[j] for j in features]
        return pd.concat([frame, changes], axis=1)

    def changes(self):
        """The differences one by one.

        Returns
        -------
        DataFrame
            Columns `counterfactual` (0, 1, … for each row), `feature`, `before` and `after`; the
            index has the label of the explained row. With a layout, columns `counterfactual`,
            `name`, what the layout tells of players (such as positions), and `after`.
        """
        if self.layout is not None:
            return all_changes(self)
        entries, columns = np.nonzero(self.changed)
        rows, k = self._rows(), self.n_counterfactuals
        before, after = np.empty((2, len(entries)), dtype=object)
        for position, (entry, j) in enumerate(zip(entries, columns)):
            before[position] = _cell(self.data, rows[entry], j)
            after[position] = _cell(self.counterfactuals, entry, j)
        return pd.DataFrame(
            {
                "counterfactual": entries % k,
                "feature": [self.feature_names[j] for j in columns],
                "before": before,
                "after": after,
            },
            index=self.labels_of_rows().take(entries),
        )

    def sentences(self):
        """Each counterfactual in words.

        Returns
        -------
        list of str
            One sentence for each counterfactual.
        """
        if self.layout is not None:
            return player_sentences(self)
        rows = self._rows()
        told = []
        for entry, (original, prediction) in enumerate(self.predictions_in_words()):
            changes = [
                (
                    self.feature_names[j],
                    _cell(self.data, rows[entry], j),
                    _cell(self.counterfactuals, entry, j),
                )
                for j in np.flatnonzero(self.changed[entry])
            ]
            told.append(sentence(changes, str(self.status[entry]), prediction, original))
        return told

    def predictions_in_words(self):
        """What the model says of each row and of its counterfactual.

        Returns
        -------
        list of (str, str)
            Such as ``("'denied' (0.71)", "'granted' (0.62)")``.
        """
        return [
            (
                self._in_words(self.original_labels, self.original_predictions, entry),
                self._in_words(self.labels, self.predictions, entry),
            )
            for entry in range(len(self.status))
        ]

    def plot(self, kind="changes", **kwargs):
        """Draw what changes.

        Parameters
        ----------
        kind : {"changes", "parallel"}, default="changes"
            ``"changes"``: the changed features of one row, before and after; or a text, an image
            or a sequence in which what changes is coloured. ``"parallel"``: a row of a table and
            its counterfactuals as lines across parallel axes, one for each feature.
        **kwargs : dict
            Passed to the Display's ``from_explanation``, for instance ``row`` or ``ax``.
            With a layout: ``row``, ``ax``, ``number`` (which counterfactual of a text is drawn,
            from 0), and what the `plot` of the display takes.

        Returns
        -------
        CounterfactualDisplay, ParallelDisplay, TextDisplay, ImageDisplay or SequenceDisplay
            With attributes ``ax_`` and ``figure_``.
        """
        from skxai import plotting  # pictures know explanations; this is the one way back

        if self.layout is not None and kind == "changes":
            from skxai.plotting._changed_players import draw_changed_players

            return draw_changed_players(self, **kwargs)
        return plotting.display_of(kind).from_explanation(self, **kwargs)

    # -- files ---------------------------------------------------------------------------------

    def save(self, path):
        """Write everything to one ``.npz`` file, without pickle.

        Parameters
        ----------
        path : str or path-like
            The file; it is written under exactly this name.
        """
        arrays, tables = {}, {}
        for name in ("data", "counterfactuals"):
            packed, tables[name] = pack_inputs(getattr(self, name), name)
            arrays.update(packed)
        packed, layout = pack_layout(self.layout)
        arrays.update(packed)
        packed, index = pack_index(self.index, "index")
        arrays.update(packed)
        for name in self._array_fields():
            if getattr(self, name) is not None:
                arrays[name] = getattr(self, name)
        about = {
            "format": _FILE_FORMAT,
            "kind": type(self).__name__,
            "method": self.method,
            "feature_names": self.feature_names,
            "output_names": self.output_names,
            "index": index,
            "layout": layout,
            **tables,
        }
        write_archive(path, about, arrays)

    @classmethod
    def load(cls, path):
        """Read what `save` wrote. Never unpickles.

        Parameters
        ----------
        path : str or path-like
            The file.

        Returns
        -------
        CounterfactualExplanation
        """
        with read_archive(path, cls.__name__, _FILE_FORMAT) as (about, arrays):
            return cls(
                data=unpack_inputs(arrays, "data", about["data"]),
                counterfactuals=unpack_inputs(arrays, "counterfactuals", about["counterfactuals"]),
                layout=unpack_layout(arrays, about.get("layout")),
                index=unpack_index(arrays, "index", about["index"]),
                **{name: about[name] for name in ("method", "feature_names", "output_names")},
                **{name: arrays.get(name) for name in cls._array_fields()},
            )

    @classmethod
    def _array_fields(cls):
        return [field.name for field in dataclasses.fields(cls) if field.name not in _DESCRIBED]

    # -- what people look at -------------------------------------------------------------------

    def _in_words(self, labels, outputs, entry):
        if labels is None:
            numbers = np.atleast_1d(outputs[entry])
            return ", ".join(prediction_text(None, number) for number in numbers)
        label, row = labels[entry], np.atleast_1d(outputs[entry])
        if str(label) in self.output_names:
            return prediction_text(label, row[self.output_names.index(str(label))])
        # The other class of two: its probability is known too, but a score is only negated.
        other = 1 - row[0] if 0 <= row[0] <= 1 else -row[0]
        return prediction_text(label, other if len(row) == 1 else None)

    def __repr__(self):
        rows = f"{len(self)} row" + "s" * (len(self) != 1)
        n_found = int(self.found.sum())
        found = f"{n_found} counterfactual" + "s" * (n_found != 1) + " found"
        return f"<{type(self).__name__}: {rows}, {found}>"

    def _repr_html_(self):
        table = self.to_frame().to_html(max_rows=10, max_cols=20, float_format="{:.4g}".format)
        return f"<div><p>{html.escape(repr(self))}</p>{table}</div>"


def _take(value, rows):
    return value.take(rows) if isinstance(value, pd.Index | Layout) else take_rows(value, rows)


def _predicted(labels, outputs):
    """What is predicted, as a column of a table: classes, numbers, or arrays of numbers."""
    if labels is not None:
        return labels
    return outputs if outputs.ndim == 1 else list(outputs)


def _cell(table, row, column):
    value = table.iloc[row, column] if isinstance(table, pd.DataFrame) else table[row, column]
    return value
