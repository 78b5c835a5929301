"""skorch's nets: their raw scores, and those as smooth functions."""

from skorch import NeuralNetBinaryClassifier, NeuralNetClassifier, NeuralNetRegressor
from skorch.utils import to_numpy
from torch import nn

from skxai.predictors._outputs import LogOdds
from skxai.predictors._raw_scores import RawScore, known_raw_score, last_step
from skxai.predictors._smooth._models import known_smooth_form
from skxai.predictors._torch import AsInput, ModuleScores, smooth_form_of_scores

_BATCH = 1024  # rows, for nets that take all at once


def _scores(net, n_classes=None, of_probabilities=False):
    as_input = AsInput.of(net.module_, device=net.device)
    batch = net.batch_size if net.batch_size > 0 else _BATCH
    return ModuleScores(net.module_, as_input, batch, n_classes, of_probabilities)


def _classifier_scores(net):
    """The scores of a net whose loss tells how they become probabilities, else None."""
    if net.predict_nonlinearity != "auto":
        return None
    if isinstance(net, NeuralNetBinaryClassifier):
        return _scores(net) if isinstance(net.criterion_, nn.BCEWithLogitsLoss) else None
    if isinstance(net.criterion_, nn.CrossEntropyLoss):
        return _scores(net, len(net.classes_))
    if isinstance(net.criterion_, nn.NLLLoss):  # skorch's modules then return probabilities
        return _scores(net, len(net.classes_), of_probabilities=True)
    return None


def net_scores(model, X):
    """Raw scores of the skorch net at the end of a model."""
    net, X = last_step(model, X)
    function = _classifier_scores(net)
    outputs = to_numpy(net.forward(X)).astype(float).reshape(len(X), -1)
    return function.logarithms(outputs)[0] if function.of_probabilities else outputs


@known_raw_score.register(NeuralNetClassifier)
@known_raw_score.register(NeuralNetBinaryClassifier)
def _(net):
    function = _classifier_scores(net)
    if function is None:
        return None
    wrap = LogOdds if function.of_probabilities else None
    return RawScore("predict_proba", wrap=wrap, compute=net_scores)


@known_smooth_form.register(NeuralNetClassifier)
@known_smooth_form.register(NeuralNetBinaryClassifier)
def _(net):
    function = _classifier_scores(net)
    return None if function is None else smooth_form_of_scores(function, "multiclass")


@known_smooth_form.register
def _(net: NeuralNetRegressor):
    return smooth_form_of_scores(_scores(net), "regression")
