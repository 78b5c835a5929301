"""From a model's raw scores to what its methods return, with derivatives."""

import numpy as np
from scipy.special import expit, log_expit, log_softmax, logsumexp, softmax


def identity(scores):
    """The scores as they are."""
    n_rows, n_scores = scores.shape
    return scores, np.broadcast_to(np.eye(n_scores), (n_rows, n_scores, n_scores))


def exponential(scores):
    """The exponential of each score."""
    values = np.exp(scores)
    return values, _diagonal(values)


def logistic(scores):
    """The probabilities of two classes from one score."""
    p = expit(scores)
    slope = p * (1 - p)
    return np.hstack([expit(-scores), p]), np.stack([-slope, slope], axis=1)


def log_logistic(scores):
    """The log probabilities of two classes from one score."""
    slopes = np.stack([-expit(scores), expit(-scores)], axis=1)
    return np.hstack([log_expit(-scores), log_expit(scores)]), slopes


def independent(scores):
    """The probability of each of several labels by itself."""
    p = expit(scores)
    return p, _diagonal(p * (1 - p))


def log_independent(scores):
    """The log probability of each of several labels by itself."""
    return log_expit(scores), _diagonal(expit(-scores))


def soft_maximum(scores):
    """The probabilities of several classes; of two also from a single score."""
    if scores.shape[1] == 1:
        return logistic(scores)
    p = softmax(scores, axis=1)
    return p, _diagonal(p) - p[:, :, None] * p[:, None, :]


def log_soft_maximum(scores):
    """The log probabilities of several classes; of two also from a single score."""
    if scores.shape[1] == 1:
        return log_logistic(scores)
    p = softmax(scores, axis=1)
    return log_softmax(scores, axis=1), np.eye(scores.shape[1]) - p[:, None, :]


def one_versus_rest(scores):
    """The probabilities of several classes, each by itself, then scaled to a sum of one."""
    p, slopes = independent(scores)
    total = p.sum(axis=1, keepdims=True)
    shares = p / total
    return shares, (slopes - shares[:, :, None] * (p * (1 - p))[:, None, :]) / total[:, :, None]


def log_one_versus_rest(scores):
    """The logarithms of these."""
    logs = log_expit(scores)
    logs = logs - logsumexp(logs, axis=1, keepdims=True)
    rates = expit(-scores)
    return logs, _diagonal(rates) - (np.exp(logs) * rates)[:, None, :]


def _diagonal(values):
    return values[:, :, None] * np.eye(values.shape[1])


# How a method's output follows from the scores, for each kind of model.
LINKS = {
    "regression": {"predict": identity, "raw_score": identity},
    "log": {"predict": exponential, "raw_score": identity},
    "scores": {"decision_function": identity},
    "binary": {
        "decision_function": identity,
        "raw_score": identity,
        "predict_proba": logistic,
        "predict_log_proba": log_logistic,
    },
    "multiclass": {
        "decision_function": identity,
        "raw_score": identity,
        "predict_proba": soft_maximum,
        "predict_log_proba": log_soft_maximum,
    },
    "multilabel": {
        "raw_score": identity,
        "predict_proba": independent,
        "predict_log_proba": log_independent,
    },
    "one-versus-rest": {
        "decision_function": identity,
        "raw_score": identity,
        "predict_proba": one_versus_rest,
        "predict_log_proba": log_one_versus_rest,
    },
}
"""Each maps scores of shape (n_rows, n_scores) to outputs of shape (n_rows, n_outputs) and their
derivatives of shape (n_rows, n_outputs, n_scores)."""
