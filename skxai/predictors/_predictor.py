"""One face for every model."""

from contextlib import nullcontext
from copy import copy

import numpy as np
from sklearn import config_context, get_config

from skxai.utils._tables import count_rows, row_bytes, take_rows
from skxai.utils._threads import one_blas_thread, own_jobs

# A model's own work space per row is unknown; more rows at once gain no speed.
_MAX_BATCH_ROWS = 2**16
_COPIES_IN_MODEL = 8


class Predictor:
    """A model as a function from rows to outputs; made by `as_predictor`.

    Call it: ``predictor(X)`` returns a float64 array of shape (n_rows, n_outputs).

    Parameters
    ----------
    model : object
        The user's model, as it is.
    response_method : {"predict_proba", "decision_function", "predict_log_proba", "predict", \
            "raw_score", "__call__"}
        The method of the model that is called.
    arrange : callable
        ``arrange(output) -> (n_rows, n_columns)``: the model's output as columns. Picklable.
    columns : ndarray of int
        The columns that are explained.
    output_names : list of str
        Their names.
    by_row : bool, default=False
        Whether each row explains its own largest output (``target="predicted"``).
    raw_score : RawScore, default=None
        How the model is asked for its raw score, if that is the response.

    Attributes
    ----------
    form : str
        What readers of closed forms know the response as.
    n_outputs : int
        Number of columns that a call returns.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.predictors import as_predictor
    >>> predictor = as_predictor(lambda X: X[:, 0] * X[:, 1], [[1.0, 2.0], [3.0, 4.0]])
    >>> predictor(np.array([[2.0, 5.0]]))
    array([[10.]])
    """

    def __init__(
        self,
        model,
        response_method,
        arrange,
        columns,
        output_names,
        *,
        by_row=False,
        raw_score=None,
    ):
        self.model = model
        self.response_method = response_method
        self.arrange = arrange
        self.columns = columns
        self.output_names = output_names
        self.by_row = by_row
        self.form = response_method if raw_score is None else raw_score.form
        self._method = response_method if raw_score is None else raw_score.method
        self._options = {} if raw_score is None else raw_score.options
        self._compute = None if raw_score is None else raw_score.compute

    @property
    def n_outputs(self):
        """Number of columns that a call returns."""
        return len(self.columns)

    def with_model(self, model):
        """The same outputs of another model, such as the last step of a Pipeline.

        Parameters
        ----------
        model : object
            It has the same method.

        Returns
        -------
        Predictor
            A copy; this one is left as it is.
        """
        other = copy(self)
        other.model = model
        return other

    def __call__(self, X):
        """Evaluate the model in batches that fit scikit-learn's ``working_memory``."""
        n_rows = count_rows(X)
        outputs = np.empty((n_rows, self.n_outputs))
        per_row = _COPIES_IN_MODEL * (row_bytes(X) + 8 * self.n_outputs)
        batch = int(get_config()["working_memory"] * 2**20 // per_row)
        batch = max(1, min(batch, _MAX_BATCH_ROWS))
        for start in range(0, n_rows, batch):
            rows = slice(start, start + batch)
            part = X if batch >= n_rows else take_rows(X, rows)
            with one_blas_thread(wanted=False), own_jobs():
                outputs[rows] = self._evaluate(part)
        return outputs

    def _evaluate(self, X):
        if self._compute is not None:
            output = self._compute(self.model, X)
        else:
            with unrouted(self._options):
                output = getattr(self.model, self._method)(X, **self._options)
        arranged = self.arrange(output, count_rows(X))
        if arranged.shape[1] <= self.columns.max():
            raise ValueError(
                f"model returned {arranged.shape[1]} outputs for {count_rows(X)} rows, but "
                "another number before: each row must give the same outputs in every batch"
            )
        outputs = arranged[:, self.columns]
        check_finite(outputs)
        return outputs

    def __repr__(self):
        return (
            f"<Predictor: {type(self.model).__name__}.{self.response_method}, "
            f"outputs {self.output_names}>"
        )


def unrouted(options):
    """Where options reach a Pipeline's last step, though nobody routed them there."""
    return config_context(enable_metadata_routing=False) if options else nullcontext()


def check_finite(outputs):
    """Refuse NaN and infinity from a model."""
    bad = ~np.isfinite(outputs).all(axis=1)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"model returned NaN or infinity for {int(bad.sum())} of {len(bad)} rows, first at "
            f"row {row} of the batch: {outputs[row]}; expected finite numbers"
        )
