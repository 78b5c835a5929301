"""What every measure starts from: a model, an explanation of it, and what absence means."""

import numbers

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skxai._coalitions import CoalitionGame
from skxai.explanation import Explanation
from skxai.maskers import MaskedRows, TabularMasker
from skxai.predictors import Predictor, as_predictor
from skxai.utils._blocks import blocks
from skxai.utils._random import draw_seeds
from skxai.utils._tables import TableSpec, check_table, take_rows

# Inputs of so many cells are composed at once.
_MAX_CELLS = 2**22
_TOLERANCE = 1e-5  # models in single precision


def check_explanation(explanation, name="explanation"):
    """Refuse what is no explanation of a table."""
    if not isinstance(explanation, Explanation):
        raise TypeError(f"{name} is {type(explanation).__name__}; expected an Explanation")
    if explanation.layout is not None:
        raise ValueError(
            f"{name} has rows with players of their own, such as words; expected one whose "
            "features are the same for all rows"
        )
    return explanation


def check_explainer(explainer, name="explainer"):
    """Refuse what can't explain, or not yet."""
    if isinstance(explainer, type) or not hasattr(explainer, "explain"):
        raise TypeError(f"{name} is {explainer!r}; expected a fitted explainer")
    if isinstance(explainer, BaseEstimator):
        check_is_fitted(explainer)
    return explainer


def check_attributions(explanation, measure):
    """Refuse values that are no parts of a sum."""
    if not explanation.is_additive:
        raise ValueError(
            f"explanation holds values that are no parts of a sum; {measure} needs attributions, "
            "which are"
        )


def check_count(value, name, least=1):
    """Refuse what is no whole number, or too small."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} is {value!r}; expected a whole number of at least {least}")


def by_output(explanation):
    """Values with an axis for the outputs, of shape (n_rows, n_players, n_outputs)."""
    values = explanation.values
    return values if values.ndim == 3 else values[:, :, None]


def as_given(numbers_by_output, explanation):
    """Numbers of shape (n_rows, n_outputs) in the shape of the explanation's predictions."""
    return numbers_by_output if explanation.values.ndim == 3 else numbers_by_output[:, 0]


class Judged:
    """A model and an explanation that belong together, with a background.

    Parameters
    ----------
    model : model, Predictor or fitted explainer
    explanation : Explanation
    X_background : table or fitted TabularMasker
    n_background : int
        At most so many rows of a table are used.
    seed : int
    response_method : str

    Attributes
    ----------
    predictor : Predictor
    rows : table
        The explained rows.
    background : table
    weights : ndarray of shape (n_background,)
    values : ndarray of shape (n_rows, n_players, n_outputs)
    predictions : ndarray of shape (n_rows, n_outputs)
    """

    def __init__(
        self, model, explanation, X_background, *, n_background, seed, response_method="auto"
    ):
        check_explanation(explanation)
        if explanation.data is None:
            raise ValueError("explanation has no data: the explained rows are needed")
        check_count(n_background, "n_background")
        self.explanation = explanation
        self.all_background, self.background, self.weights = _background(
            X_background, n_background, seed
        )
        self.predictor = predictor_of(model, self.all_background, response_method)
        self.spec = TableSpec.of(self.all_background)
        self.rows = self.spec.conform(explanation.data, "explanation.data")
        self.player_columns = [np.asarray(group, dtype=int) for group in explanation.groups]
        self.values = by_output(explanation)
        self._columns = self._output_columns()
        self.predictions = self.pick(self.predictor(self.rows)[:, None])[:, 0]
        self._check_predictions()
        masked = MaskedRows(self.rows, self.background, self._columns_of_all())
        self._game = CoalitionGame(self.predictor, masked)

    def _columns_of_all(self):
        """Columns of no player, if some were left out, come from the row always."""
        taken = np.concatenate([*self.player_columns, np.empty(0, dtype=int)])
        loose = np.setdiff1d(np.arange(self.spec.n_columns), taken)
        return [*self.player_columns, *([loose] if len(loose) else [])]

    def _output_columns(self):
        """For each row and explained output, the column of the model's outputs."""
        names = list(self.predictor.output_names)
        n_rows = len(self.values)
        if self.explanation.targets is not None:
            wanted = self.explanation.targets[:, None]
        else:
            wanted = np.broadcast_to(self.explanation.output_names, (n_rows, self.values.shape[2]))
        unknown = sorted(set(map(str, wanted.ravel())) - set(names))
        if unknown:
            raise ValueError(
                f"explanation explains the outputs {unknown}, but the model has {names}; expected "
                "the model that was explained, with the same response_method, or the explainer"
            )
        place = {name: k for k, name in enumerate(names)}
        flat = [place[str(name)] for name in wanted.ravel()]
        return np.array(flat, dtype=int).reshape(wanted.shape)

    def _check_predictions(self):
        known = self.explanation.predictions
        known = known if known.ndim == 2 else known[:, None]
        if not np.allclose(known, self.predictions, rtol=_TOLERANCE, atol=_TOLERANCE):
            gap = np.abs(known - self.predictions).max()
            raise ValueError(
                f"the model's outputs differ from explanation.predictions by up to {gap:.3g}; "
                "expected the model that was explained, with the same response_method, or the "
                "explainer"
            )

    def pick(self, outputs, rows=slice(None)):
        """Of outputs (n_rows, n_states, all), those that are explained."""
        return np.take_along_axis(outputs, self._columns[rows][:, None, :], axis=2)

    def mean_outputs(self, n_states, present_of):
        """Outputs where some players are absent, averaged over the background.

        Parameters
        ----------
        n_states : int
        present_of : callable
            From a slice of rows to who is present there, (n_some, n_states, n_players).

        Returns
        -------
        ndarray of shape (n_rows, n_states, n_outputs)
        """
        n_rows, n_background = len(self.values), self.background.shape[0]
        n_masked, n_players = len(self._columns_of_all()), len(self.player_columns)
        found = np.empty((n_rows, n_states, self.values.shape[2]))
        per_row = n_states * n_background
        for part in blocks(n_rows, per_row * n_masked, _MAX_CELLS):
            some = np.arange(part.start, part.stop)
            present = np.ones((len(some), n_states, n_masked), dtype=bool)
            present[:, :, :n_players] = present_of(part)
            outputs = self._game.values(
                np.repeat(some, per_row),
                np.tile(np.arange(n_background), len(some) * n_states),
                np.repeat(present, n_background, axis=1).reshape(-1, n_masked),
            ).reshape(len(some), n_states, n_background, -1)
            found[part] = self.pick(np.tensordot(outputs, self.weights, (2, 0)), part)
        return found


def predictor_of(model, X_background, response_method):
    """The function that is explained: that of a fitted explainer, or a model's."""
    if isinstance(model, Predictor):
        return model
    if hasattr(model, "explain"):
        return check_explainer(model).predictor_
    return as_predictor(model, X_background, response_method=response_method)


def background_of(X_background):
    """The rows of a table, or those that a fitted masker uses, and their weights or None."""
    if isinstance(X_background, TabularMasker):
        check_is_fitted(X_background, "background_")
        return X_background.background_, X_background.weights_
    table = check_table(X_background, "X_background")
    if table.shape[0] == 0:
        raise ValueError("X_background has no rows; expected at least one")
    return table, None


def _background(X_background, n_background, seed):
    """All rows, those that absent players are taken from, and the weights of these."""
    table, weights = background_of(X_background)
    if weights is not None:
        return table, table, weights
    used = table
    if table.shape[0] > n_background:
        chosen = np.random.default_rng(seed).choice(table.shape[0], n_background, replace=False)
        used = take_rows(table, np.sort(chosen))
    return table, used, np.full(used.shape[0], 1 / used.shape[0])


def two_seeds(random_state):
    """A seed for the background, and one for the measure."""
    return draw_seeds(random_state, 2)
