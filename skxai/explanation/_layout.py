"""Players that differ from row to row: tokens of a text, regions of an image, positions."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np


class Layout(ABC):
    """Who the players of each row are, and where they are in it.

    Rows may have different numbers of players. An `Explanation` with a layout has a column for
    each player of the row that has most; what other rows lack has the attribution zero, as anyone
    who takes no part. Layouts are immutable: nobody writes to their arrays.

    A subclass has a `kind`, by which the file of an explanation knows it, and which is drawn by
    default if there is such a picture, and is registered with `register_layout`.
    """

    kind: ClassVar[str]

    @property
    @abstractmethod
    def counts(self):
        """Number of players of each row, an integer array of shape (n_rows,)."""

    @abstractmethod
    def names(self, row):
        """The names of the players of a row; several may have the same name.

        Parameters
        ----------
        row : int
            Position of the row.

        Returns
        -------
        list of str
            One name for each player, in their order.
        """

    def columns(self, row):
        """What else a table tells of the players of a row.

        Parameters
        ----------
        row : int
            Position of the row.

        Returns
        -------
        dict of str to list or ndarray
            By the name of the column, an entry for each player.
        """
        return {}

    @abstractmethod
    def take(self, rows):
        """The layout of some rows.

        Parameters
        ----------
        rows : ndarray of int
            Their positions.

        Returns
        -------
        Layout
            Of the same class.
        """

    @abstractmethod
    def to_arrays(self):
        """Everything, as a dict of arrays of plain dtypes that need no pickle."""

    @classmethod
    @abstractmethod
    def from_arrays(cls, arrays):
        """Invert `to_arrays`.

        Parameters
        ----------
        arrays : dict of str to ndarray
            What `to_arrays` returned.

        Returns
        -------
        Layout
        """

    def to_html(self, explanation):
        """A picture of an explanation for notebooks, as HTML.

        Parameters
        ----------
        explanation : Explanation
            One with this layout.

        Returns
        -------
        str or None
            None: its table is shown.
        """
        return None

    def __len__(self):
        return len(self.counts)

    def __reduce__(self):
        # A pickle by itself forgets that arrays were read-only, or shared by all rows.
        return type(self).from_arrays, (self.to_arrays(),)


_LAYOUTS = {}


def register_layout(layout):
    """Class decorator: files of explanations with such a layout can be read.

    Parameters
    ----------
    layout : subclass of Layout
        With a `kind` of its own.

    Returns
    -------
    subclass of Layout
        The same class.

    Examples
    --------
    >>> from skxai.explanation import Layout, register_layout
    >>> @register_layout
    ... class Parts(Layout):
    ...     kind = "parts"
    """
    _LAYOUTS[layout.kind] = layout
    return layout


def layout_of(kind):
    """The layout class of this kind."""
    if kind not in _LAYOUTS:
        raise ValueError(f"no layout {kind!r}; there are {sorted(_LAYOUTS)}")
    return _LAYOUTS[kind]


def frozen(array, dtype=None):
    """A copy of an array that nobody can write to."""
    array = np.array(array, dtype=dtype)
    array.flags.writeable = False
    return array
