"""All single substitutions of sequences, and what the model says of them."""

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
from skxai.counterfactual._players import Substitutions
from skxai.explanation import SequenceLayout
from skxai.utils._archives import read_archive, write_archive
from skxai.utils._frozen import FrozenResult
from skxai.utils._selection import select
from skxai.utils._storage import pack_index, unpack_index
from skxai.utils._tables import take_rows

_FILE_FORMAT = 1
_LISTS = ("feature_names", "output_names", "alphabet", "class_names")


@dataclass(frozen=True, eq=False, repr=False)
class SubstitutionScan(FrozenResult):
    """What a model says of sequences with one letter substituted: a mutational scan.

    `CounterfactualExplainer.substitutions` returns it; it is immutable.

    Parameters
    ----------
    predictions : ndarray of shape (n_rows, n_positions, n_letters) or (..., n_outputs)
        The model's outputs, for each position that may change and each letter of the alphabet;
        for the letter that is there, those of the sequence itself. NaN where a shorter sequence
        has no more positions.
    original_predictions : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        The model's outputs for the sequences themselves.
    reached : ndarray of bool of shape (n_rows, n_positions, n_letters)
        Which substitutions reach the explainer's target; False for the letter that is there.
    classes : ndarray of int of shape (n_rows, n_positions, n_letters) or None
        Positions, in `class_names`, of the predicted classes; -1 where there is no position.
    original_classes : ndarray of int of shape (n_rows,) or None
        Those of the sequences themselves.
    layout : SequenceLayout
        The sequences and the positions that may change.
    alphabet : sequence of str
        The letters.
    data : ndarray or table of n_rows sequences
        The sequences as the model takes them; texts as an array.
    class_names, output_names : sequence of str
        Names of the classes, if there are any, and of the outputs.
    feature_names : sequence of str
        The letters too.
    method : str
        The explainer and its parameters.
    index : pandas.Index or None
        Labels of the sequences.

    Examples
    --------
    >>> from skxai import CounterfactualExplainer
    >>> from skxai.maskers import SequenceMasker
    >>> explainer = CounterfactualExplainer(masker=SequenceMasker(), target=(2, None))
    >>> explainer = explainer.fit(lambda texts: [text.count("A") for text in texts], ["CAT"])
    >>> scan = explainer.substitutions(["CAT"])
    >>> scan
    <SubstitutionScan: 1 row, 6 substitutions, of which 2 reach the target>
    >>> scan.sequences()
    [['AAT', 'CAA']]
    """

    predictions: np.ndarray
    original_predictions: np.ndarray
    reached: np.ndarray
    classes: np.ndarray | None
    original_classes: np.ndarray | None
    layout: SequenceLayout
    alphabet: tuple
    data: object
    class_names: tuple
    output_names: tuple
    feature_names: tuple = ()
    method: str = ""
    index: pd.Index | None = None

    def __post_init__(self):
        super().__post_init__()
        self._set(alphabet=tuple(self.alphabet), class_names=tuple(self.class_names))

    def __len__(self):
        return len(self.original_predictions)

    def __getitem__(self, key):
        """The scans of some sequences: ``scan[0]``, ``scan[:10]``, ``scan[mask]``."""
        rows = select(key, len(self), "row")
        layout = self.layout.take(rows)
        width = layout.counts.max(initial=0)
        parts = {"layout": layout, "data": take_rows(self.data, rows)}
        for name in ("original_predictions", "original_classes", "index"):
            value = getattr(self, name)
            parts[name] = None if value is None else value[rows]
        for name in ("predictions", "reached", "classes"):
            value = getattr(self, name)
            parts[name] = None if value is None else value[rows, :width]
        return dataclasses.replace(self, **parts)

    @property
    def substituted(self):
        """Which entries are substitutions: no padding, and not the letter that is there."""
        mask = np.zeros(self.reached.shape, dtype=bool)
        for row, count in enumerate(self.layout.counts):
            own = self.layout.letters[row][self.layout.positions[row]]
            mask[row, :count] = own[:, None] != np.array(self.alphabet)
        return mask

    def to_frame(self):
        """Every substitution, as a table.

        Returns
        -------
        DataFrame
            A row for each substitution, labelled as its sequence; columns `position` (from 1),
            `from`, `to`, for classifiers `label`, `original` and `predicted` (the model's output
            before and after; with several outputs, a column for each, after), and `reached`.
        """
        rows, players, letters = np.nonzero(self.substituted)
        positions = [self.layout.positions[row][j] for row, j in zip(rows, players)]
        columns = {
            "position": np.array(positions, dtype=int) + 1,
            "from": [self.layout.letters[row][p] for row, p in zip(rows, positions)],
            "to": [self.alphabet[letter] for letter in letters],
        }
        if self.classes is not None:
            names = np.array(self.class_names)
            columns["label"] = names[self.classes[rows, players, letters]]
        predictions = self.predictions[rows, players, letters]
        if predictions.ndim == 1:
            columns |= {"original": self.original_predictions[rows], "predicted": predictions}
        else:
            columns |= dict(zip(self.output_names, predictions.T))
        columns["reached"] = self.reached[rows, players, letters]
        labels = pd.RangeIndex(len(self)) if self.index is None else self.index
        index = labels.take(rows)
        return pd.DataFrame(columns, index=index if index.nlevels > 1 else index.rename("row"))

    def sequences(self):
        """The sequences that reach the target by one substitution.

        Returns
        -------
        list of list of str
            For each row, by position and letter.
        """
        found = [[] for _ in range(len(self))]
        for row, player, letter in np.argwhere(self.reached):
            letters = self.layout.letters[row].tolist()
            letters[self.layout.positions[row][player]] = self.alphabet[letter]
            found[row].append("".join(letters))
        return found

    def plot(self, kind="heatmap", **kwargs):
        """Draw the substitutions of one sequence.

        Parameters
        ----------
        kind : {"heatmap", "sequence"}, default="heatmap"
            ``"heatmap"``: how much each letter at each position changes the output, with a dot
            where the target is reached; ``"sequence"``: the sequences that reach the target, those
            that change the output most first, with the substituted letter coloured.
        **kwargs : dict
            ``row`` (position of the sequence, default 0), ``output`` (which output, if there are
            several), ``ax``, and what the `plot` of the display takes; for ``"sequence"`` also
            ``max_sequences`` (default 20).

        Returns
        -------
        HeatmapDisplay or SequenceDisplay
            The drawn picture.
        """
        from skxai.plotting import _changed_players as pictures  # the one way back

        draw = {"heatmap": pictures.draw_scan, "sequence": pictures.draw_substituted}
        if kind not in draw:
            raise ValueError(f"kind must be one of {sorted(draw)}, got {kind!r}")
        return draw[kind](self, **kwargs)

    def save(self, path):
        """Write everything to one ``.npz`` file, without pickle.

        Parameters
        ----------
        path : str or path-like
            The file; it is written under exactly this name.
        """
        arrays, data = pack_inputs(self.data, "data")
        placed, _ = pack_layout(self.layout)
        labels, index = pack_index(self.index, "index")
        own = {name: getattr(self, name) for name in self._array_fields()}
        about = {
            "format": _FILE_FORMAT,
            "kind": type(self).__name__,
            "method": self.method,
            "data": data,
            "index": index,
            **{name: getattr(self, name) for name in _LISTS},
        }
        own = {name: array for name, array in own.items() if array is not None}
        write_archive(path, about, {**arrays, **placed, **labels, **own})

    @classmethod
    def load(cls, path):
        """Read what `save` wrote. Never unpickles.

        Parameters
        ----------
        path : str or path-like
            The file.

        Returns
        -------
        SubstitutionScan
        """
        with read_archive(path, cls.__name__, _FILE_FORMAT) as (about, arrays):
            return cls(
                data=unpack_inputs(arrays, "data", about["data"]),
                layout=unpack_layout(arrays, SequenceLayout.kind),
                index=unpack_index(arrays, "index", about["index"]),
                method=about["method"],
                **{name: about[name] for name in _LISTS},
                **{name: arrays.get(name) for name in cls._array_fields()},
            )

    @classmethod
    def _array_fields(cls):
        return ("predictions", "original_predictions", "reached", "classes", "original_classes")

    def __repr__(self):
        rows = f"{len(self)} row" + "s" * (len(self) != 1)
        n_all, n_reached = int(self.substituted.sum()), int(self.reached.sum())
        told = f"{n_all} substitutions, of which {n_reached} reach the target"
        return f"<{type(self).__name__}: {rows}, {told}>"

    def _repr_html_(self):
        table = self.to_frame().to_html(max_rows=10, float_format="{:.4g}".format)
        return f"<div><p>{html.escape(repr(self))}</p>{table}</div>"


def scan_rows(masker, model, goal, X, outputs):
    """Outputs and margins of all single substitutions of some sequences.

    Returns
    -------
    scanned : ndarray of shape (n_rows, width, n_letters, n_outputs)
        NaN beyond the last player; the outputs of the sequence for the letters that are there.
    reached : ndarray of bool of shape (n_rows, width, n_letters)
    """
    players = Substitutions(masker, X)
    shape = (len(outputs), players.width, len(masker.alphabet_))
    scanned = np.full((*shape, outputs.shape[1]), np.nan)
    reached = np.zeros(shape, dtype=bool)
    for row, own in enumerate(outputs):
        scanned[row, : players.counts[row]] = own
        places, choices = players.moves(row)
        if len(places) == 0:
            continue
        codes = np.zeros((len(places), players.width), dtype=int)
        codes[np.arange(len(places)), places] = choices
        new = model(players.inputs(codes, np.full(len(places), row)))
        scanned[row, places, choices - 1] = new
        reached[row, places, choices - 1] = goal.margin(new, own) > 0
    return scanned, reached
