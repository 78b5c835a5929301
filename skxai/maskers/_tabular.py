"""The masker for tables."""

import numbers

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skxai.maskers._blend import blend
from skxai.maskers._by_row import MaskedInputs
from skxai.maskers._groups import resolve_groups
from skxai.maskers._summary import kmeans_rows, random_rows
from skxai.utils._cells import holds_numbers, is_date, is_duration
from skxai.utils._owners import owners
from skxai.utils._random import draw_seeds
from skxai.utils._tables import TableSpec, check_table


class TabularMasker(BaseEstimator):
    """Who the players of a table are, and what an absent one is replaced by.

    Players are columns or groups of columns. An absent player takes its values from a row of
    the background, so a mixed DataFrame needs no encoding.

    Parameters
    ----------
    groups : dict, sequence of sequences, fitted ColumnTransformer or None, default=None
        Columns that come and go together, by name or position: ``{"place": ["lat", "lon"]}``,
        ``[["lat", "lon"], ["age"]]``, or a ColumnTransformer, whose blocks are the groups.
        Columns in no group are players of their own. None: each column is a player.
    n_samples : int, default=None
        Summarise the background to this many rows. None: all rows are used.
    summary : {"sample", "kmeans"}, default="sample"
        How to summarise: rows drawn at random, or real rows nearest to k-means centres, weighted
        by the size of their cluster.
    weights : array-like of shape (n_rows,), default=None
        Weights of the background rows; they need not sum to one. None: equal.
    baseline : "median", number, or one row, default=None
        A fixed baseline instead of the background rows: "median" of numbers and the most
        frequent of other values (computed from the background), the same number everywhere,
        or a row as a DataFrame of one row, a Series, a dict or a sequence.
    random_state : int, RandomState instance or None, default=None
        For `summary`.

    Attributes
    ----------
    background_ : DataFrame, ndarray or sparse matrix of shape (n_background, n_features)
        The background rows that are used.
    weights_ : ndarray of shape (n_background,)
        Their weights; they sum to one.
    player_names_ : list of str
        Names of the players.
    columns_ : list of ndarray of int
        Positions of the columns of each player.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Their names, if the background is a DataFrame whose labels are all strings.

    Examples
    --------
    >>> import pandas as pd
    >>> from skxai.maskers import TabularMasker
    >>> X = pd.DataFrame({"lat": [1.5, 2.5], "lon": [3.5, 4.5], "town": ["Ulm", "Bonn"]})
    >>> masker = TabularMasker(groups={"place": ["lat", "lon"]}).fit(X)
    >>> masker.player_names_
    ['place', 'town']
    >>> masked = masker.bind(X.iloc[[0]])
    >>> masked.compose([0, 0], [1, 1], [[True, False], [False, True]])
       lat  lon  town
    0  1.5  3.5  Bonn
    1  2.5  4.5   Ulm
    """

    _parameter_constraints = {
        "groups": [dict, list, tuple, HasMethods(["transform"]), None],
        "n_samples": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "summary": [StrOptions({"sample", "kmeans"})],
        "weights": ["array-like", None],
        "baseline": [
            StrOptions({"median"}),
            numbers.Real,
            "array-like",
            pd.Series,
            dict,
            None,
        ],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        groups=None,
        n_samples=None,
        summary="sample",
        weights=None,
        baseline=None,
        random_state=None,
    ):
        self.groups = groups
        self.n_samples = n_samples
        self.summary = summary
        self.weights = weights
        self.baseline = baseline
        self.random_state = random_state

    def fit(self, X, y=None):
        """Learn players and background.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
            The background.
        y : None
            Ignored.

        Returns
        -------
        self : TabularMasker
            The fitted masker.
        """
        self._validate_params()
        X = check_table(X, "X_background")
        if X.shape[0] == 0:
            raise ValueError("X_background has no rows; expected at least one")
        self._spec = TableSpec.of(X)
        self.n_features_in_ = self._spec.n_columns
        if hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        if self._spec.feature_names_in is not None:
            self.feature_names_in_ = self._spec.feature_names_in
        self.player_names_, self.columns_ = resolve_groups(self.groups, self._spec)
        weights = self._check_weights(X.shape[0])
        if self.baseline is not None:
            self.background_, self.weights_ = self._baseline_row(X, weights), np.ones(1)
        elif self.n_samples is not None and self.n_samples < X.shape[0]:
            n_weighted = np.count_nonzero(weights)
            if self.summary == "sample" and n_weighted < self.n_samples:
                raise ValueError(
                    f"n_samples is {self.n_samples}, but only {n_weighted} rows of X_background "
                    "have a positive weight"
                )
            summarise = {"sample": random_rows, "kmeans": kmeans_rows}[self.summary]
            rng = np.random.default_rng(draw_seeds(self.random_state, 1))
            self.background_, self.weights_ = summarise(X, weights, self.n_samples, rng)
        else:
            self.background_, self.weights_ = X, weights
        return self

    def bind(self, X):
        """Prepare rows for masking.

        Parameters
        ----------
        X : table of shape (n_rows, n_features)
            Like the background.

        Returns
        -------
        MaskedRows
            What composes inputs of these rows.
        """
        check_is_fitted(self, "background_")
        return MaskedRows(self._spec.conform(X, "X"), self.background_, self.columns_)

    def _check_weights(self, n_rows):
        if self.weights is None:
            return np.full(n_rows, 1 / n_rows)
        weights = np.asarray(self.weights, dtype=float)
        if weights.shape != (n_rows,):
            raise ValueError(
                f"weights has shape {weights.shape}; expected ({n_rows},), one for each row of "
                "X_background"
            )
        if not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() == 0:
            raise ValueError("weights must be finite, not negative, and not all zero")
        return weights / weights.sum()

    def _baseline_row(self, X, weights):
        if isinstance(self.baseline, str):
            return _median_row(X, weights)
        if isinstance(self.baseline, numbers.Real):
            other = [
                label
                for label, dtype in zip(self._spec.names, self._spec.dtypes or ())
                if not pd.api.types.is_numeric_dtype(dtype)
            ]
            if other:
                raise ValueError(
                    f"baseline is {self.baseline!r}, but the columns {other} hold no numbers; "
                    "expected 'median', or a row"
                )
            row = np.full((1, X.shape[1]), self.baseline)
        elif isinstance(self.baseline, pd.DataFrame):
            row = self.baseline
        elif isinstance(self.baseline, dict | pd.Series):
            given = dict(self.baseline)
            labels = [] if self._spec.columns is None else list(self._spec.columns)
            if len(given) != X.shape[1] or set(given) != set(labels):
                raise ValueError(
                    f"baseline has entries {list(given)}; expected one for each of "
                    f"{self._spec.names}"
                )
            row = np.array([given[label] for label in labels], dtype=object).reshape(1, -1)
        else:
            row = check_table(
                [self.baseline] if np.ndim(self.baseline) == 1 else self.baseline, "baseline"
            )
        if row.shape != (1, X.shape[1]):
            raise ValueError(f"baseline has shape {row.shape}; expected (1, {X.shape[1]})")
        return self._spec.conform(row, "baseline")


class MaskedRows(MaskedInputs):
    """Rows to explain, bound to a background; made by `TabularMasker.bind`.

    Parameters
    ----------
    X : table of shape (n_rows, n_features)
        The rows: a DataFrame, an array or a CSR matrix.
    background : table of shape (n_background, n_features)
        Of the same kind, with the same columns.
    columns : list of ndarray of int
        The columns of each player.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.maskers import MaskedRows
    >>> masked = MaskedRows(np.array([[1, 2]]), np.array([[0, 2], [0, 0]]), [[0], [1]])
    >>> masked.differs(np.array([0]))
    array([[[ True, False],
            [ True,  True]]])
    """

    def __init__(self, X, background, columns):
        self.n_rows = X.shape[0]
        self.n_background = background.shape[0]
        self.n_players = len(columns)
        self._columns = columns
        self._blend = blend(X, background)
        self._player_of = owners(columns)
        self._one_to_one = (
            self.n_players == X.shape[1] and (self._player_of == np.arange(self.n_players)).all()
        )

    def differs(self, rows):
        """Where a player's values differ between these rows and the background rows.

        Parameters
        ----------
        rows : ndarray of int
            Positions of rows.

        Returns
        -------
        ndarray of bool, shape (len(rows), n_background, n_players)
            True where the player is worth evaluating.
        """
        columns = self._blend.differs(rows)
        if self._one_to_one:
            return columns
        return np.stack([columns[:, :, group].any(axis=2) for group in self._columns], axis=2)

    def compose(self, rows, background_rows, present):
        """Model inputs: present players from the rows, absent ones from the background rows.

        Parameters
        ----------
        rows, background_rows : array-like of int, shape (n_inputs,)
            Positions of the two rows that are blended.
        present : array-like of bool, shape (n_inputs, n_players)
            Which players come from the row.

        Returns
        -------
        table of shape (n_inputs, n_features)
            Rows for the model, of the kind and dtypes of the explained ones.
        """
        present = np.asarray(present, dtype=bool)
        if not self._one_to_one:
            present = present[:, self._player_of]
        return self._blend.compose(np.asarray(rows), np.asarray(background_rows), present)


def _median_row(X, weights):
    """Medians (an observed value) of numbers, the most frequent of all else, dtypes kept."""
    frame = (
        X
        if isinstance(X, pd.DataFrame)
        else pd.DataFrame(X.toarray() if hasattr(X, "toarray") else X)
    )
    frame = frame.reset_index(drop=True)
    rows = []
    for j in range(frame.shape[1]):
        column = frame.iloc[:, j]
        known = np.flatnonzero(column.notna() & (weights > 0))
        if len(known) == 0:
            rows.append(column.iloc[:1])
        elif pd.api.types.is_bool_dtype(column) or not _is_ordered(column):
            codes = pd.factorize(column.iloc[known])[0]
            best = np.bincount(codes, weights[known]).argmax()
            rows.append(column.iloc[known[codes == best][:1]])
        else:
            known = known[column.iloc[known].argsort(kind="stable")]
            share = np.cumsum(weights[known]) / weights[known].sum()
            rows.append(column.iloc[known[share >= 0.5 - 1e-12][:1]])
    row = pd.concat([part.reset_index(drop=True) for part in rows], axis=1)
    if isinstance(X, pd.DataFrame):
        row.columns = X.columns
        return row
    return type(X)(row.to_numpy()) if hasattr(X, "toarray") else row.to_numpy(dtype=X.dtype)


def _is_ordered(column):
    return holds_numbers(column) or is_date(column.dtype) or is_duration(column.dtype)
