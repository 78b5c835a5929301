"""How outputs change along concepts, and whether that is chance."""

import dataclasses
import html

import numpy as np
import pandas as pd

from skxai.concept._vectors import holm, outlier_p_values
from skxai.utils._archives import read_archive, write_archive
from skxai.utils._frozen import FrozenResult
from skxai.utils._selection import select
from skxai.utils._storage import pack_index, unpack_index

_FILE_FORMAT = 1
_ARRAYS = ("values", "whole_values", "random_values", "accuracies")
_TEXTS = ("feature_names", "output_names", "method")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ConceptExplanation(FrozenResult):
    """How much the outputs change along each concept; made by `ConceptExplainer`.

    Immutable. Scores and p-values are those of all its rows; rows and outputs can be chosen.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_concepts, n_outputs, n_repeats)
        Derivatives of the raw scores along the unit directions of the concepts, each from other
        rows of theirs.
    whole_values : ndarray of shape (n_rows, n_concepts, n_outputs)
        The same along the directions from all rows of the concepts.
    random_values : ndarray of shape (n_rows, n_concepts, n_outputs, n_repeats)
        The same along directions towards random concepts of the same number of rows.
    accuracies : ndarray of shape (n_concepts, n_repeats)
        How well the concept is told apart in the layer, on rows held out.
    feature_names : sequence of str
        Names of the concepts.
    output_names : sequence of str
        Names of the outputs.
    method : str, default=""
        The explainer.
    index : pandas.Index, default=None
        Labels of the rows.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.concept import ConceptExplanation
    >>> explanation = ConceptExplanation(
    ...     values=np.array([[[[2.0, 1.0]]], [[[1.0, -1.0]]]]),
    ...     whole_values=np.array([[[1.5]], [[0.5]]]),
    ...     random_values=np.array([[[[0.1, -0.2]]], [[[0.1, 0.1]]]]),
    ...     accuracies=np.array([[0.9, 0.8]]),
    ...     feature_names=["stripes"], output_names=["zebra"])
    >>> explanation
    <ConceptExplanation: 2 rows, 1 concept, 1 output, 2 repeats>
    >>> explanation.scores
    array([[[1. , 0.5]]])
    """

    values: np.ndarray
    whole_values: np.ndarray
    random_values: np.ndarray
    accuracies: np.ndarray
    feature_names: tuple
    output_names: tuple
    method: str = ""
    index: pd.Index | None = None

    def __len__(self):
        return len(self.values)

    def __getitem__(self, key):
        """The same for some rows: ``e[0]``, ``e[:10]``, ``e[mask]``."""
        rows = select(key, len(self), "row")
        return dataclasses.replace(
            self,
            values=self.values[rows],
            whole_values=self.whole_values[rows],
            random_values=self.random_values[rows],
            index=None if self.index is None else self.index.take(rows),
        )

    def output(self, name):
        """The same for one output.

        Parameters
        ----------
        name : str or class label
            The output.

        Returns
        -------
        ConceptExplanation
            All concepts and rows, for this output.
        """
        if str(name) not in self.output_names:
            raise ValueError(f"no output {name!r}; outputs are {list(self.output_names)}")
        k = self.output_names.index(str(name))
        return dataclasses.replace(
            self,
            values=self.values[:, :, [k]],
            whole_values=self.whole_values[:, :, [k]],
            random_values=self.random_values[:, :, [k]],
            output_names=[self.output_names[k]],
        )

    @property
    def scores(self):
        """Share of rows whose output rises, of shape (n_concepts, n_outputs, n_repeats)."""
        return _mean(self.values > 0)

    @property
    def random_scores(self):
        """The same for random concepts."""
        return _mean(self.random_values > 0)

    @property
    def p_values(self):
        """Of each concept and output, that its rows are as random ones; not corrected.

        By how far its mean derivative is from those of random concepts: the t-test of one more
        draw from a normal distribution.
        """
        return outlier_p_values(_mean(self.whole_values), _mean(self.random_values))

    def to_frame(self):
        """The scores and p-values.

        Returns
        -------
        DataFrame
            A line for each concept and output. Columns: `concept`, `output`, `score` (the mean
            over repeats), `std` (over repeats), `random` (the mean score of random concepts),
            `derivative` (the mean over rows, along the direction from all rows of the concept),
            `random_std` (the standard deviation of those of random concepts), `p_value`,
            `p_corrected` (by Holm's method, for all lines of the table) and `accuracy`.
        """
        n_concepts, n_outputs = self.values.shape[1:3]
        scores, p_values = self.scores, self.p_values
        random_derivatives = _mean(self.random_values)
        return pd.DataFrame(
            {
                "concept": np.repeat(np.array(self.feature_names, dtype=object), n_outputs),
                "output": list(self.output_names) * n_concepts,
                "score": scores.mean(axis=-1).ravel(),
                "std": scores.std(axis=-1, ddof=1).ravel(),
                "random": self.random_scores.mean(axis=-1).ravel(),
                "derivative": _mean(self.whole_values).ravel(),
                "random_std": random_derivatives.std(axis=-1, ddof=1).ravel(),
                "p_value": p_values.ravel(),
                "p_corrected": holm(p_values).ravel(),
                "accuracy": np.repeat(self.accuracies.mean(axis=-1), n_outputs),
            }
        )

    def plot(self, kind="concepts", **kwargs):
        """Draw the scores.

        Parameters
        ----------
        kind : {"concepts"}, default="concepts"
            Bars with errors; those that may be chance are grey.
        **kwargs : dict
            Passed to `ConceptDisplay.from_explanation`, for instance ``output`` or ``ax``.

        Returns
        -------
        ConceptDisplay
            With attributes ``ax_`` and ``figure_``.
        """
        from skxai import plotting  # pictures know explanations; this is the one way back

        return plotting.display_of(kind).from_explanation(self, **kwargs)

    def save(self, path):
        """Write everything to one ``.npz`` file, without pickle.

        Parameters
        ----------
        path : str or path-like
            The file; it is written under exactly this name.
        """
        packed, index = pack_index(self.index, "index")
        about = {"format": _FILE_FORMAT, "kind": type(self).__name__, "index": index}
        about |= {name: getattr(self, name) for name in _TEXTS}
        write_archive(path, about, {**packed, **{name: getattr(self, name) for name in _ARRAYS}})

    @classmethod
    def load(cls, path):
        """Read what `save` wrote. Never unpickles.

        Parameters
        ----------
        path : str or path-like
            The file.

        Returns
        -------
        ConceptExplanation
        """
        with read_archive(path, cls.__name__, _FILE_FORMAT) as (about, arrays):
            return cls(
                **{name: arrays[name] for name in _ARRAYS},
                **{name: about[name] for name in _TEXTS},
                index=unpack_index(arrays, "index", about["index"]),
            )

    def __repr__(self):
        names = ("row", "concept", "output", "repeat")
        counts = (f"{n} {name}{'s' * (n != 1)}" for n, name in zip(self.values.shape, names))
        return f"<{type(self).__name__}: {', '.join(counts)}>"

    def _repr_html_(self):
        table = self.to_frame().to_html(max_rows=10, float_format="{:.4g}".format)
        return f"<div><p>{html.escape(repr(self))}</p>{table}</div>"


def _mean(values):
    """Over rows; of none, NaN."""
    return values.mean(axis=0) if len(values) else np.full(values.shape[1:], np.nan)
