"""More explanations than fit into memory: one batch after the other, or a folder of them."""

import json
import numbers
import pathlib
from contextlib import contextmanager

import numpy as np
import pandas as pd
import scipy.sparse as sp

from skxai.explanation._base import BaseExplanation
from skxai.explanation._parquet import about_parquet, read_parquet, write_parquet
from skxai.utils._files import remove_unfinished, whole_file
from skxai.utils._fingerprints import fingerprint
from skxai.utils._messages import add_to_message, rows_in_words
from skxai.utils._optional import import_optional
from skxai.utils._tables import as_pandas, count_rows, is_frame_of_others, take_rows

_FORMAT = 1
_ABOUT = "_skxai.json"  # readers of Parquet leave out what begins so
_PART = "part-{:05d}.parquet"


class ExplanationBatches:
    """Explanations of batches of rows, made one at a time as they are asked for.

    An iterator, which `explain_batches` of an explainer returns.

    Parameters
    ----------
    explainer : fitted explainer
        Its `explain` is called for each batch.
    batches : iterable of tables, or one table
        The rows, in pieces; or one table that is cut into pieces, of dask into its partitions.
    batch_size : int, default=10_000
        Rows of each batch, where `batches` is one table.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import ShapleyExplainer
    >>> X = np.arange(12.0).reshape(6, 2)
    >>> explainer = ShapleyExplainer().fit(lambda X: X[:, 0] * X[:, 1], X)
    >>> for explanation in explainer.explain_batches([X[:4], X[4:]]):
    ...     print(explanation.values.round(1).tolist())
    [[-23.3, -18.3], [-19.3, -16.3], [-11.3, -10.3], [0.7, -0.3]]
    [[16.7, 13.7], [36.7, 31.7]]
    """

    def __init__(self, explainer, batches, batch_size=10_000):
        self._explainer = explainer
        self._batches = _in_pieces(batches, batch_size)
        self._n_taken = 0
        self._first_row = 0

    def __iter__(self):
        return self

    def __next__(self):
        batch = next(self._batches)
        with self._counted(batch):
            return self._explainer.explain(batch)

    @contextmanager
    def _counted(self, batch):
        """An error in this block names the batch, which counts as taken however the block ends."""
        n_rows = _n_rows(batch)
        try:
            yield
        except Exception as error:
            rows = "" if n_rows is None else f", {rows_in_words(batch, self._first_row)}"
            add_to_message(error, f"in batch {self._n_taken}{rows}")
            raise
        finally:
            self._n_taken += 1
            self._first_row += n_rows or 0

    # -- files ---------------------------------------------------------------------------------

    def to_parquet(self, path):
        """Explain all batches and write each to a Parquet file of a folder as it is done.

        A file appears once it is complete. If the work is interrupted, run the same again: parts
        that are there are kept, and the result is the same. ``pandas.read_parquet(path)`` reads all
        parts as one table: a row for each explained row with its label, columns ``values/age``
        (``values/age/yes`` where there are several outputs), ``base_values``, ``predictions``, and
        what else the explanation has; `from_parquet` reads explanations. The explained rows
        themselves are not written.

        Parameters
        ----------
        path : str or path-like
            The folder, on a disk of this machine; it is made if it is not there.

        Raises
        ------
        ImportError
            If pyarrow is not installed.
        TypeError
            If what the explainer returns has no such table, or if the explainer or its model
            cannot be told from others, since it cannot be pickled.
        ValueError
            If the folder has parts of another explainer or of other rows, if batches were taken
            before, if labels of batches are of several types, or if rows have players of their own.
        OSError
            If a part can't be written, such as on a full disk. Those before it stay.
        """
        if self._n_taken:
            raise ValueError(
                f"batches: {self._n_taken} were taken before; expected none: call explain_batches "
                "again, with all of them"
            )
        folder = _Folder(path, self._explainer)
        for k, batch in enumerate(self._batches):
            with self._counted(batch):
                rows = as_pandas(batch, "X")  # once, for the fingerprint and the explainer
                own = fingerprint(rows)
                if not folder.has_part(k, own):
                    has_labels = isinstance(batch, pd.DataFrame | pd.Series)
                    first_row = None if has_labels else self._first_row
                    folder.write(k, self._explainer.explain(rows), first_row, own)
        folder.finish(self._n_taken)

    @staticmethod
    def from_parquet(path):
        """Read what `to_parquet` wrote, part by part.

        Parameters
        ----------
        path : str or path-like
            The folder.

        Returns
        -------
        iterator of Explanation
            Of the class that `explain` returned, without `data`.

        Raises
        ------
        ValueError
            If the folder is none that `to_parquet` has finished.
        """
        path = _on_disk(path)
        about = _read_about(path)
        if about is None or about["n_parts"] is None:
            what = "holds no explanations" if about is None else "is not finished: run it again"
            raise ValueError(f"path: {path} {what}")
        return map(read_parquet, [path / _PART.format(k) for k in range(about["n_parts"])])


def _in_pieces(batches, batch_size):
    """An iterator of tables."""
    is_array = isinstance(batches, np.ndarray) or sp.issparse(batches)
    if is_array or isinstance(batches, pd.DataFrame) or is_frame_of_others(batches):
        if not isinstance(batch_size, numbers.Integral) or batch_size < 1:
            raise ValueError(f"batch_size is {batch_size!r}; expected a positive whole number")
        table = batches.tocsr() if sp.issparse(batches) else batches
        starts = range(0, count_rows(table), int(batch_size))
        return (take_rows(table, slice(start, start + int(batch_size))) for start in starts)
    if hasattr(batches, "partitions"):  # of dask
        return (part.compute() for part in batches.partitions)
    if isinstance(batches, str | dict | pd.Series) or not hasattr(batches, "__iter__"):
        raise TypeError(
            f"batches is {type(batches).__name__}; expected an iterable of tables, or one table"
        )
    return iter(batches)


def _n_rows(batch):
    """None if it is no table."""
    try:
        return count_rows(batch)
    except (TypeError, IndexError):
        return None


def explainer_fingerprint(explainer):
    """The same for explainers that explain alike: of the same parameters, model and background."""
    state = {k: v for k, v in vars(explainer).items() if k not in explainer._not_in_explain}
    try:
        return fingerprint((type(explainer).__qualname__, state))
    except TypeError as error:
        raise TypeError(
            f"{type(explainer).__name__} with its model cannot be told from others: "
            f"{error.__cause__ or error}; expected what can be pickled, or write each result "
            "yourself"
        ) from error


class _Folder:
    """A folder of parts that one explainer makes of certain batches."""

    def __init__(self, path, explainer):
        import_optional("pyarrow.parquet", extra="parquet")  # or say so before the work
        self.path = _on_disk(path)
        self.explainer = explainer_fingerprint(explainer)
        self.method = " ".join(repr(explainer).split())
        self.path.mkdir(parents=True, exist_ok=True)
        known = _read_about(self.path)
        if known is None:
            if any(self.path.glob("*.parquet")):
                raise ValueError(f"path: {self.path} has files of others; expected a new folder")
            self._note(None)
        elif known["explainer"] != self.explainer:
            hint = ""
            if getattr(explainer, "random_state", 0) is None:
                hint = ", or whose random_state was None"
            raise ValueError(
                f"path: {self.path} is of another explainer, {known['method']}, or of one that was "
                f"fitted to another model or background{hint}; expected the same {self.method}, or "
                "a new folder"
            )
        else:
            self.is_finished = known["n_parts"] is not None
        remove_unfinished(self.path)

    def _note(self, n_parts):
        self.is_finished = n_parts is not None
        about = {"format": _FORMAT, "explainer": self.explainer, "method": self.method}
        with whole_file(self.path / _ABOUT) as file:
            file.write(json.dumps({**about, "n_parts": n_parts}, indent=1).encode())

    def has_part(self, k, batch):
        """Whether a part is there; an error if it is of other rows."""
        path = self.path / _PART.format(k)
        about = about_parquet(path) if path.exists() else None
        if about is None:
            return False
        if (about.get("explainer"), about.get("batch")) != (self.explainer, batch):
            raise ValueError(
                f"path: {path} was made of other rows than batch {k} has now; expected the same "
                "batches as before, or a new folder"
            )
        return True

    def write(self, k, explanation, first_row, batch):
        if not isinstance(explanation, BaseExplanation):
            raise TypeError(
                f"{type(explanation).__name__} has no columns for Parquet; expected an explainer "
                "that returns an Explanation. Write the to_frame() of each result"
            )
        if explanation.layout is not None:
            raise ValueError(
                "rows have players of their own, and columns are the same for all rows; save() "
                "each explanation, or write its by_name().to_frame()"
            )
        if self.is_finished:  # there are more batches now
            self._note(None)
        path = self.path / _PART.format(k)
        like = self.path / _PART.format(0) if k else None
        about = {"explainer": self.explainer, "batch": batch}
        try:
            write_parquet(explanation, path, first_row, about, like)
        except OSError as error:
            raise OSError(
                error.errno,
                f"batch {k} could not be written ({error.strerror or error}); the parts before it "
                "are complete: run the same again",
                str(path),
            ) from error

    def finish(self, n_parts):
        """Note that all parts are there, and no more."""
        there = len(list(self.path.glob("part-*.parquet")))
        if there != n_parts:
            raise ValueError(
                f"path: {self.path} has {there} parts, of {n_parts} batches; expected the same "
                "batches as before, or a new folder"
            )
        if not self.is_finished:
            self._note(n_parts)


def _on_disk(path):
    if isinstance(path, str) and "://" in path:
        raise ValueError(
            f"path is {path!r}; expected a folder on a disk, which can be copied when it is done"
        )
    return pathlib.Path(path).expanduser()


def _read_about(folder):
    """What the note of a folder says; None if there is none."""
    path = folder / _ABOUT
    try:
        about = json.loads(path.read_text("utf-8"))
        if about["format"] > _FORMAT:
            raise ValueError(f"this version of skxai reads formats up to {_FORMAT}")
        return {key: about[key] for key in ("explainer", "method", "n_parts")}
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError) as error:
        raise ValueError(
            f"path: {path} is not to be read ({error}); expected a new folder"
        ) from error
