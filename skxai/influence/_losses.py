"""Losses as functions of a model's last sums: values, and first and second derivatives."""

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax


class SquaredLoss:
    """Half the squared difference, summed over the outputs."""

    def values(self, scores, targets):
        """One for each row."""
        return ((scores - targets) ** 2).sum(axis=-1) / 2

    def residuals(self, scores, targets):
        """Derivatives by the scores, of shape (..., n_scores)."""
        return scores - targets

    def curvatures(self, scores):
        """Second derivatives by the scores, of shape (..., n_scores, n_scores)."""
        return np.broadcast_to(np.eye(scores.shape[-1]), _square(scores))


class LogisticLoss:
    """The negative log-likelihood of labels that are 0 or 1, each with a score of its own."""

    def values(self, scores, targets):
        """One for each row."""
        return -log_expit(np.where(targets == 1, scores, -scores)).sum(axis=-1)

    def residuals(self, scores, targets):
        """Derivatives by the scores."""
        return expit(scores) - targets

    def curvatures(self, scores):
        """Second derivatives by the scores."""
        probability = expit(scores)
        return (probability * (1 - probability))[..., None] * np.eye(scores.shape[-1])


class SoftmaxLoss:
    """The negative log-likelihood of one class among several; targets are indicators."""

    def values(self, scores, targets):
        """One for each row."""
        return -(log_softmax(scores, axis=-1) * targets).sum(axis=-1)

    def residuals(self, scores, targets):
        """Derivatives by the scores."""
        return softmax(scores, axis=-1) - targets

    def curvatures(self, scores):
        """Second derivatives by the scores."""
        probability = softmax(scores, axis=-1)
        outer = probability[..., :, None] * probability[..., None, :]
        return probability[..., None] * np.eye(scores.shape[-1]) - outer


def _square(scores):
    return (*scores.shape, scores.shape[-1])
