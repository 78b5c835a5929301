"""The base of all explainers."""

from functools import partial

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.utils import metadata_routing
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted

from skxai._attributions import Attributions, blank, joined, joined_by_name, of_outputs
from skxai.explanation import Explanation, ExplanationBatches
from skxai.maskers import RowMasker
from skxai.predictors import RESPONSE_METHODS, as_predictor
from skxai.utils._diagram import visual_block
from skxai.utils._inputs import TextSpec, as_object_array, is_texts
from skxai.utils._messages import call_naming_row, call_naming_rows
from skxai.utils._parallel import map_chunks
from skxai.utils._tables import TableSpec, check_table, count_rows, take_rows
from skxai.utils._tags import ExplainerTags

# Rows with players of their own take many model rows each.
ROWS_OF_OWN_PLAYERS = 8


class BaseExplainer(BaseEstimator):
    """Base of all explainers: a scikit-learn estimator that explains a fitted model.

    A subclass

    - assigns keyword-only parameters in ``__init__``, nothing else, and lists them in
      ``_parameter_constraints``; `target`, `response_method`, `n_jobs` and `verbose` are
      used here if it has them;
    - implements ``_fit(X_background, y)``, which sets what it needs on ``self``, among it
      ``_player_names`` (list of str) and ``_player_columns`` (list of integer arrays; both None
      where each row has players of its own, those of ``self.masker_``, a `RowMasker`), and draws
      every random number;
    - implements ``_explain_rows(X, predictions) -> Attributions``, a pure function of the fitted
      explainer and of each row alone;
    - may implement ``_rows_per_chunk()``: how many rows are worth one task;
    - may override ``__skxai_tags__()``: what it promises and needs, an `ExplainerTags`.

    ``self.predictor_`` is callable in both hooks.
    """

    _parameter_constraints = {
        "response_method": [StrOptions({"auto", *RESPONSE_METHODS})],
        "target": "no_validation",
        "n_jobs": [int, np.integer, None],
        "verbose": ["verbose"],
    }

    # What `explain` does not depend on.
    _not_in_explain = frozenset({"n_jobs", "verbose"})

    # The arguments of `fit` are no metadata that scikit-learn could route.
    __metadata_request__fit = {
        "model": metadata_routing.UNUSED,
        "X_background": metadata_routing.UNUSED,
    }

    def fit(self, model, X_background=None, y=None):
        """Wrap the model and learn from the background what absence of a feature means.

        Parameters
        ----------
        model : fitted estimator, Pipeline, object with `predict`, or function
            The model to explain; it is used as it is, never cloned, refitted or changed.
        X_background : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
            Rows such as the model was trained on. All of them are used. With a masker for
            texts, images or sequences: what this takes, or None if it needs none.
        y : array-like of shape (n_rows,), default=None
            Targets of the background rows, for explainers that use them.

        Returns
        -------
        self : object
            The fitted explainer.

        Raises
        ------
        NotFittedError
            If the model is not fitted.
        TypeError, ValueError
            If an argument is not as described; the message names it.
        """
        self._validate_params()
        # With other inputs an explainer has other attributes: none of an earlier fit stays.
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)
        X = self._take_background(X_background)
        if self._spec.n_columns is not None:
            self.n_features_in_ = self._spec.n_columns
        if self._spec.feature_names_in is not None:
            self.feature_names_in_ = self._spec.feature_names_in
        self.predictor_ = self._wrap(model, X)
        self._fit(X, y)
        return self

    def _take_background(self, X_background):
        """The background, checked; the kind of inputs it shows becomes ``_spec``."""
        if self._has_own_players:
            self.masker_ = clone(self.masker).fit(X_background)
            self._spec = self.masker_.spec_
            return self.masker_.examples(X_background)
        if is_texts(X_background) or getattr(X_background, "ndim", 0) > 2:
            raise TypeError(self._no_table(X_background))
        X = check_table(X_background, "X_background")
        if X.shape[0] == 0:
            raise ValueError("X_background has no rows; expected at least one")
        self._spec = TableSpec.of(X)
        return X

    def _no_table(self, X_background):
        """What to say of texts or images where a table is expected."""
        if is_texts(X_background):
            what, maskers = "texts", "TextMasker() or SequenceMasker()"
        else:
            what, maskers = f"an array of shape {np.shape(X_background)}", "ImageMasker()"
        hint = f": pass masker={maskers}" if "masker" in self.get_params(deep=False) else ""
        return f"X_background is {what}; expected a table of rows and columns{hint}"

    @property
    def _has_own_players(self):
        """Whether the players are found in each row by itself."""
        return isinstance(getattr(self, "masker", None), RowMasker)

    def _wrap(self, model, X):
        """The model as the function that is explained."""
        return as_predictor(
            model,
            X,
            response_method=getattr(self, "response_method", "auto"),
            target=getattr(self, "target", None),
        )

    @property
    def output_names_(self):
        """Names of the explained outputs."""
        names = self.predictor_.output_names
        return ["predicted"] if self.predictor_.by_row else list(names)

    def explain(self, X):
        """Explain the predictions for some rows.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features)
            The rows, with the columns of the background. They are left as they are.

        Returns
        -------
        Explanation
            The attributions, with their names.

        Raises
        ------
        NotFittedError
            If the explainer is not fitted.
        TypeError, ValueError
            If `X` differs in kind or columns from the background, or if the model returns NaN.
        """
        check_is_fitted(self, "predictor_")
        return self._attribute(X, self._explain_rows, self._rows_per_chunk(), self._result())

    def explain_batches(self, batches, batch_size=10_000):
        """Explain more rows than fit into memory, batch by batch.

        Nothing is read or explained before it is asked for, and nothing is kept.

        Parameters
        ----------
        batches : iterable of tables, or one table
            What `explain` takes, in pieces, such as ``pd.read_csv(path, chunksize=10_000)``; or
            one table that is cut into pieces here, such as a memory map. A DataFrame of dask is
            read partition by partition.
        batch_size : int, default=10_000
            Rows of each batch, where `batches` is one table.

        Returns
        -------
        ExplanationBatches
            An iterator of the results of `explain`; ``to_parquet(path)`` writes all to a folder.

        Raises
        ------
        NotFittedError
            If the explainer is not fitted.
        TypeError, ValueError
            If `batches` cannot be iterated over, or `batch_size` is no positive number. What
            `explain` raises comes when its batch does, and names the batch.

        Examples
        --------
        >>> import numpy as np
        >>> from skxai import ShapleyExplainer
        >>> X = np.arange(12.0).reshape(6, 2)
        >>> explainer = ShapleyExplainer().fit(lambda X: X[:, 0] * X[:, 1], X)
        >>> [len(explanation) for explanation in explainer.explain_batches(X, batch_size=4)]
        [4, 2]
        """
        check_is_fitted(self, "predictor_")
        return ExplanationBatches(self, batches, batch_size)

    def _attribute(self, X, hook, rows_per_chunk, kind):
        """Rows in chunks through a hook such as `_explain_rows`; what it finds, as one `kind`."""
        X, labels = self._conform(X)
        # First, for what the masker refuses would puzzle the model.
        layout = self.masker_.layout(X) if self._has_own_players else None
        if layout is not None:
            self._check_layout(layout)
        predictions = call_naming_row(self.predictor_, X)
        parts = self._map_rows(X, predictions, hook, rows_per_chunk)
        return self._assemble(X, labels, layout, predictions, parts, kind)

    def _check_layout(self, layout):
        """Refuse rows with too many players of their own, before any is explained."""

    def _conform(self, X):
        """The rows as a table of the background's kind, and their labels or None."""
        labels = X.index if isinstance(X, pd.DataFrame | pd.Series) else None
        return self._spec.conform(X, "X"), labels

    def _map_rows(self, X, predictions, hook, rows_per_chunk):
        """What ``hook(X, predictions)`` returns for each chunk of rows, in parallel; a list."""
        # Chunks depend on the rows and the explainer alone, so that any n_jobs gives the same.
        size = rows_per_chunk
        starts = range(0, max(count_rows(X), 1), size)
        chunks = (
            (start, take_rows(X, slice(start, start + size)), predictions[start : start + size])
            for start in starts
        )
        return map_chunks(
            partial(call_naming_rows, hook),
            chunks,
            n_chunks=len(starts),
            n_jobs=getattr(self, "n_jobs", None),
            verbose=getattr(self, "verbose", 0),
            name=type(self).__name__,
        )

    def _rows_per_chunk(self):
        return 256

    def _explain_by_players(self, X, predictions, hook, n_player_axes=1):
        """Rows with equally many players together, through ``hook(X, predictions, n_players)``.

        What a row has fewer of than others is padded with zeros. A row without players is
        explained by its base value alone.
        """
        counts = self.masker_.layout(X).counts
        n_rows, n_outputs = predictions.shape
        most = (counts.max(initial=0),) * n_player_axes
        values = np.zeros((n_rows, *most, n_outputs))
        errors, base_values = np.zeros_like(values), predictions.copy()
        n_evals, more, has_errors = np.ones(n_rows, dtype=int), {}, not self.exact_
        for n_players in np.unique(counts[counts > 0]):
            rows = np.flatnonzero(counts == n_players)
            part = hook(take_rows(X, rows), predictions[rows], int(n_players))
            block = np.ix_(rows, *[np.arange(n_players)] * n_player_axes)
            values[block] = part.values
            base_values[rows] = part.base_values
            n_evals[rows] = part.n_evals
            has_errors &= part.std_errors is not None
            if has_errors:
                errors[block] = part.std_errors
            for name, array in (part.more or {}).items():
                if name not in more:
                    more[name] = blank((n_rows, *array.shape[1:]), array.dtype)
                more[name] = more[name].astype(np.result_type(more[name], array))
                more[name][rows] = array
        return Attributions(values, base_values, errors if has_errors else None, n_evals, more)

    def _result(self):
        """What makes the result of `explain`."""
        return Explanation

    def _assemble(self, X, labels, layout, predictions, parts, kind):
        shape = predictions.shape
        bases = np.concatenate(
            [np.broadcast_to(part.base_values, (len(part.values), shape[1])) for part in parts]
        )
        targets = None
        more = joined_by_name(parts)
        counts = joined([part.n_evals for part in parts])
        width = None if layout is None else layout.counts.max(initial=0)
        errors = joined([part.std_errors for part in parts], width)
        values = [part.values for part in parts]
        parts.clear()  # the largest arrays are not held twice
        values = joined(values, width)
        if self.predictor_.by_row:
            best = predictions.argmax(axis=1)
            targets = np.array(self.predictor_.output_names, dtype=np.str_)[best]
            values, errors, bases, predictions = (
                of_outputs(array, best) for array in (values, errors, bases, predictions)
            )
            more = {k: a if a.ndim == 1 else of_outputs(a, best) for k, a in more.items()}
        elif shape[1] == 1:
            values, errors, bases, predictions = (
                None if array is None else array[..., 0]
                for array in (values, errors, bases, predictions)
            )
            more = {k: a if a.ndim == 1 else a[..., 0] for k, a in more.items()}
        for array in (values, errors):
            if array is not None:
                array.flags.writeable = False  # or the explanation would copy it
        return kind(
            values=values,
            base_values=bases,
            predictions=predictions,
            std_errors=errors,
            data=as_object_array(X) if isinstance(self._spec, TextSpec) else X.copy(),
            feature_names=self._player_names,
            output_names=self.output_names_,
            method=self._describe(),
            index=labels,
            groups=self._player_columns,
            n_evals=counts,
            targets=targets,
            layout=layout,
            **more,
        )

    def _describe(self):
        """The explainer and its parameters, on one line."""
        return " ".join(repr(self).split())

    def __sklearn_is_fitted__(self):
        return hasattr(self, "predictor_")

    def _sk_visual_block_(self):
        # scikit-learn's hook for the diagram in notebooks
        return visual_block(self, getattr(self, "predictor_", None))

    def __skxai_tags__(self):
        return ExplainerTags()
