"""What models return, arranged in columns. Small callables rather than closures: they pickle."""

import numpy as np


class Columns:
    """Numbers of shape (n_rows,) or (n_rows, n_columns), as they are.

    Parameters
    ----------
    n_columns : int or None, default=None
        How many to insist on; None while it is being found out.
    """

    def __init__(self, n_columns=None):
        self.n_columns = n_columns

    def __call__(self, output, n_rows):
        output = as_numbers(output)
        if output.ndim == 1 and len(output) == n_rows:
            output = output.reshape(-1, 1)
        elif output.size == n_rows == 1:
            output = output.reshape(1, 1)  # a scalar for a single row
        expected = f"({n_rows},) or ({n_rows}, n_outputs)"
        if self.n_columns is not None:
            expected = f"({n_rows}, {self.n_columns})"
        if output.ndim != 2 or len(output) != n_rows or output.shape[1] == 0:
            raise ValueError(
                f"model returned shape {output.shape} for {n_rows} rows; expected {expected}: "
                "one output row for each input row"
            )
        if self.n_columns is not None and output.shape[1] != self.n_columns:
            raise ValueError(
                f"model returned {output.shape[1]} outputs for {n_rows} rows; expected "
                f"{self.n_columns}, as for other batches"
            )
        return output


class Margin:
    """A binary classifier's single score s as two columns, (-s, s).

    Parameters
    ----------
    scale : float, default=1.0
        A factor of both.
    """

    def __init__(self, scale=1.0):
        self.scale = scale

    def __call__(self, output, n_rows):
        return Columns(1)(output, n_rows) @ self.matrix.T

    @property
    def matrix(self):
        """The two columns are this matrix times the score."""
        return np.array([[-self.scale], [self.scale]])


class LogOdds:
    """Log probabilities as log-odds: of the two classes, or of each class against their mean."""

    def __call__(self, output, n_rows):
        output = Columns()(output, n_rows)
        return output @ self.contrasts(output.shape[1]).T

    @staticmethod
    def contrasts(n_classes):
        """Log-odds are this matrix times log probabilities, or times these plus any constant."""
        if n_classes == 2:
            return np.array([[1.0, -1.0], [-1.0, 1.0]])
        return np.eye(n_classes) - 1 / n_classes


class Log:
    """The logarithm of a single positive output."""

    def __call__(self, output, n_rows):
        with np.errstate(divide="ignore", invalid="ignore"):  # what is not finite is refused later
            return np.log(Columns(1)(output, n_rows))


class Relative:
    """Scores of classes relative to the others: the margin, or the centred logit.

    Parameters
    ----------
    inner : callable
        How the scores are arranged, a column for each class.
    against : {"largest", "mean"}
        Each score minus the largest of the others, or minus the mean of all.
    """

    def __init__(self, inner, against):
        self.inner = inner
        self.against = against

    def __call__(self, output, n_rows):
        return self.relate(self.inner(output, n_rows))

    def relate(self, scores):
        """Scores of shape (n_rows, n_classes), relative to the others."""
        if self.against == "mean":
            return scores - scores.mean(axis=1, keepdims=True)
        return scores - np.take_along_axis(scores, self._rivals(scores), axis=1)

    def derivatives(self, scores):
        """Those of `relate`: (n_classes, n_classes), for margins also with an axis of rows."""
        n_rows, n_classes = scores.shape
        if self.against == "mean":
            return np.eye(n_classes) - 1 / n_classes
        slopes = np.tile(np.eye(n_classes), (n_rows, 1, 1))
        np.put_along_axis(slopes, self._rivals(scores)[:, :, None], -1.0, axis=2)
        return slopes

    @staticmethod
    def _rivals(scores):
        """For each class, which of the others has the largest score."""
        first, second = np.argsort(-scores, axis=1, kind="stable")[:, :2].T
        every = np.arange(scores.shape[1])
        return np.where(every == first[:, None], second[:, None], first[:, None])


class Stacked:
    """A list with one (n_rows, n_classes) array for each label of a multi-output classifier."""

    def __call__(self, output, n_rows):
        return np.hstack([Columns()(part, n_rows) for part in output])


class Indicators:
    """Predicted labels as one 0/1 column for each class."""

    def __init__(self, classes):
        self.classes = classes

    def __call__(self, output, n_rows):
        labels = np.asarray(output)
        if labels.shape[:1] != (n_rows,) or labels.size != n_rows:
            raise ValueError(
                f"model returned shape {labels.shape} for {n_rows} rows; expected ({n_rows},)"
            )
        return (labels.reshape(-1, 1) == np.asarray(self.classes)).astype(float)


def as_numbers(output):
    """The output as a float64 array, or a clear error."""
    if hasattr(output, "toarray"):  # sparse indicators of some multi-label models
        output = output.toarray()
    try:
        return np.asarray(output, dtype=float)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"model returned {type(output).__name__} that holds no numbers; expected an array "
            f"of numbers: {error}"
        ) from error
