"""From the last sums of a model to what is explained, and from there to a loss."""

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax

from skxai.influence._losses import LogisticLoss, SoftmaxLoss


class Response:
    """What a predictor would return for given scores of its last step.

    Parameters
    ----------
    predictor : Predictor
        Around the whole model.
    estimator : fitted estimator
        Its last step.
    loss : object
        Of the problem, which tells the link.
    """

    def __init__(self, predictor, estimator, loss):
        self.predictor = predictor
        self.classes = getattr(estimator, "classes_", None)
        self.loss = loss

    def __call__(self, scores):
        """Outputs (..., n_outputs) for scores (..., n_scores)."""
        flat = scores.reshape(-1, scores.shape[-1])
        arranged = self.predictor.arrange(self._output(flat), len(flat))
        columns = self.predictor.columns
        return arranged[:, columns].reshape(*scores.shape[:-1], len(columns))

    def _output(self, scores):
        response = self.predictor.response_method
        if response == "predict_proba":
            return self._probabilities(scores)
        if response == "predict_log_proba":
            return self._log_probabilities(scores)
        if response == "predict" and self.classes is not None:
            return self._labels(scores)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def _probabilities(self, scores):
        if isinstance(self.loss, SoftmaxLoss):
            return softmax(scores, axis=1)
        both = [expit(-scores), expit(scores)]
        return np.hstack(both) if scores.shape[1] == 1 else both[1]

    def _log_probabilities(self, scores):
        if isinstance(self.loss, SoftmaxLoss):
            return log_softmax(scores, axis=1)
        if scores.shape[1] == 1:
            return np.hstack([log_expit(-scores), log_expit(scores)])
        return log_expit(scores)

    def _labels(self, scores):
        if scores.shape[1] == 1:
            return self.classes[(scores[:, 0] > 0).astype(int)]
        if isinstance(self.loss, LogisticLoss):  # several labels for a row
            return (scores > 0).astype(int)
        return self.classes[scores.argmax(axis=1)]


def squared_error(outputs, targets):
    """Of a regressor's outputs, averaged over these: (..., n_outputs) to (..., 1)."""
    return ((outputs - targets) ** 2).mean(axis=-1, keepdims=True)


def log_loss(probabilities, indicators):
    """Minus the logarithm of the true class's probability: (..., n_classes) to (..., 1).

    A probability of zero counts as the least positive number.
    """
    logarithms = np.log(np.maximum(probabilities, np.finfo(float).tiny))
    return -np.where(indicators == 1, logarithms, 0).sum(axis=-1, keepdims=True)
