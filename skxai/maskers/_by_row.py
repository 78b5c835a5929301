"""The base of maskers whose players belong to each row."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from sklearn.base import BaseEstimator

from skxai.utils._inputs import TextSpec, spec_of


class RowMasker(BaseEstimator, ABC):
    """Players are found in each row by itself: tokens, regions of an image, positions.

    A subclass has keyword-only parameters, listed in ``_parameter_constraints``, and implements

    - ``fit(X, y=None)``, if absence needs a background to learn from: it calls
      ``super().fit(X)``, which checks the parameters and keeps the kind of inputs as ``spec_``;
    - ``layout(X)``: the players of each row, a `Layout`. A row's players depend on this row and the
      fitted masker alone;
    - ``bind(X)``: rows with equally many players, prepared for masking, a `MaskedInputs`;
    - ``n_background_``: with how many different fillings an absent player is tried (1: absence is
      always the same).

    Nothing of it knows the model.
    """

    _parameter_constraints: ClassVar[dict] = {}

    n_background_ = 1

    def fit(self, X=None, y=None):
        """Check the parameters, and keep the kind of inputs.

        Parameters
        ----------
        X : texts, table or array, default=None
            The background. None: texts, in lists.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted masker.
        """
        self._validate_params()
        self.spec_ = TextSpec("list") if X is None else spec_of(X, "X_background")
        return self

    @abstractmethod
    def layout(self, X):
        """The players of each row.

        Parameters
        ----------
        X : inputs as the model takes them
            The rows.

        Returns
        -------
        Layout
            Where the players of these rows are.
        """

    @abstractmethod
    def bind(self, X):
        """Prepare rows for masking.

        Parameters
        ----------
        X : inputs as the model takes them
            Rows with equally many players.

        Returns
        -------
        MaskedInputs
            What composes inputs of these rows.
        """

    def examples(self, X):
        """Some rows for which the model can be called before any are explained.

        Parameters
        ----------
        X : inputs as the model takes them, or None
            The background.

        Returns
        -------
        list, Series, ndarray or table
            Of the kind that `fit` saw.
        """
        return [""] if X is None else self.spec_.conform(X, "X_background")

    @property
    def weights_(self):
        """Weights of the background; they sum to one."""
        return np.full(self.n_background_, 1 / self.n_background_)


class MaskedInputs(ABC):
    """Rows with equally many players, bound to a background; as `MaskedRows` for tables.

    Attributes
    ----------
    n_rows, n_background, n_players : int
    """

    n_rows: int
    n_background: int
    n_players: int

    @property
    def cells_per_input(self):
        """About how much memory one input takes, in cells of a table; for batches."""
        return self.n_players

    def differs(self, rows):
        """Where the absence of a player could change the inputs; where in doubt, it could.

        Parameters
        ----------
        rows : ndarray of int
            Positions of rows.

        Returns
        -------
        ndarray of bool, shape (len(rows), n_background, n_players)
            True where the player is worth evaluating.
        """
        return np.ones((len(rows), self.n_background, self.n_players), dtype=bool)

    @abstractmethod
    def compose(self, rows, background_rows, present):
        """Model inputs: present players as in the rows, absent ones from the background.

        Parameters
        ----------
        rows, background_rows : array-like of int, shape (n_inputs,)
            Positions of the row, and of the filling of what is absent.
        present : array-like of bool, shape (n_inputs, n_players)
            Who is present.

        Returns
        -------
        list, Series, ndarray or table of n_inputs rows
            Of the kind that `fit` saw.
        """
