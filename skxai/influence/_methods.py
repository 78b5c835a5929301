"""How rows of the training data move the scores of other rows: one small class for each way.

Each has ``effects(X, measure)``, what the presence of each training row adds to what is explained:
(n_rows, n_train, n_outputs). ``measure`` takes outputs, (n_rows, any, n_outputs), and returns them,
or their loss.
"""

import numpy as np

from skxai.influence._conjugate import conjugate_gradients
from skxai.predictors._forms import densify

_STEP = 1e-4
# Of a network's alpha: along flat directions, conjugate gradients would go astray without damping.
_LEAST_DAMPING = 0.1


class ByShifts:
    """From shifts of the parameters.

    Parameters
    ----------
    split : SplitModel
    problem : LinearProblem or NetworkProblem
    respond : Response
    shifts : ndarray of shape (n_train, n_parameters)
        Parameters without the row less those with it.
    """

    cells_per_row = 0  # no more than the effects have

    def __init__(self, split, problem, respond, shifts):
        self.split = split
        self.problem = problem
        self.respond = respond
        self.shifts = shifts

    def effects(self, X, measure):
        """Effects on these rows."""
        Z = self.problem.design(densify(self.split.encode(X)))
        scores = self.problem.scores(Z)[:, None]
        with_it, without = self.respond(scores), self.respond(scores + self._moved(Z))
        return measure(with_it) - measure(without)

    def _moved(self, Z):
        return self.problem.moved_scores(Z, self.shifts)


class ByProducts(ByShifts):
    """From products with the Hessian, which is too large to be written down.

    Parameters
    ----------
    split : SplitModel
    problem : NetworkProblem
    respond : Response
    damping : float
        What is added to the Hessian's diagonal; at least a tenth of the network's alpha.
    """

    def __init__(self, split, problem, respond, damping):
        super().__init__(split, problem, respond, None)
        self.damping = max(damping, _LEAST_DAMPING * problem.alpha)
        self.residuals, _ = problem.derivatives()
        # Conjugate gradients keep a handful of vectors for each score.
        self.cells_per_row = 4 * problem.n_scores * problem.parameters.size

    def _moved(self, Z):
        tangents = self.problem.tangents(Z)
        flat = tangents.reshape(-1, tangents.shape[2])
        diagonal = self.problem.ridge() + self.damping

        def product(vectors):
            return self.problem.hessian_products(vectors) + vectors * diagonal

        solved = conjugate_gradients(product, flat)
        moved = (self.problem.moved_training_scores(solved) * self.residuals).sum(axis=2)
        return moved.reshape(len(Z), self.problem.n_scores, -1).swapaxes(1, 2)


class BySteps:
    """From what a descent step on each row alone would do, summed over checkpoints (TracIn).

    Parameters
    ----------
    checkpoints : list of (SplitModel, problem, Response, float)
        The last number is the learning rate.
    """

    cells_per_row = 0

    def __init__(self, checkpoints):
        self.checkpoints = checkpoints

    def effects(self, X, measure):
        """Effects on these rows, to first order."""
        total = 0.0
        for split, problem, respond, rate in self.checkpoints:
            Z = problem.design(densify(split.encode(X)))
            moved = np.concatenate(list(self._moves(problem, Z)), axis=1)
            slopes = _slopes(respond, measure, problem.scores(Z)[:, None], moved)
            total = total - rate * slopes
        return total

    @staticmethod
    def _moves(problem, Z):
        residuals, _ = problem.derivatives()
        for rows in problem.row_blocks():
            tangents = problem.tangents(problem.Z[rows])
            gradients = (residuals[rows, None, :] @ tangents)[:, 0]
            yield problem.moved_scores(Z, gradients)


class ByRefits:
    """From models fitted again without each row.

    Parameters
    ----------
    split : SplitModel
    predictor : Predictor
        Around the whole model.
    models : list of fitted estimators
        The last step, fitted without each training row.
    """

    cells_per_row = 0

    def __init__(self, split, predictor, models):
        self.split = split
        self.predictor = predictor
        self.models = models

    def effects(self, X, measure):
        """Effects on these rows."""
        encoded = self.split.encode(X)
        without = [self.predictor.with_model(model)(encoded) for model in self.models]
        return measure(self.predictor(X)[:, None]) - measure(np.stack(without, axis=1))


def _slopes(respond, measure, scores, moved):
    """Derivatives of what is measured along `moved`, by differences good to eight digits."""
    length = np.linalg.norm(moved, axis=2, keepdims=True)
    step = _STEP * moved / np.where(length > 0, length, 1.0)
    up, down = measure(respond(scores + step)), measure(respond(scores - step))
    return (up - down) * length / (2 * _STEP)
