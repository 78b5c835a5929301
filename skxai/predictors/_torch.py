"""torch modules as models."""

from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.base import BaseEstimator
from sklearn.utils import ClassifierTags, RegressorTags
from sklearn.utils.metaestimators import available_if

from skxai.predictors._modules import import_torch, jacobian_of, network_of_stack, outputs_of
from skxai.predictors._smooth._leaves import as_floats
from skxai.predictors._smooth._models import SmoothForm, known_smooth_form
from skxai.utils._inputs import check_inputs


def _classifies(model):
    return model.classes is not None


def _regresses(model):
    return model.classes is None


class TorchPredictor(BaseEstimator):
    """A trained torch module as a scikit-learn model, for all explainers.

    A module that is given to an explainer as it is becomes a ``TorchPredictor(module)``: a
    regressor with an output for each that the module returns. Use this class to name the classes
    of a classifier, or to say how rows become the module's input. It works as the last step of a
    Pipeline too; fitting it does nothing.

    While it is called, the module is in evaluation mode; afterwards each part of it trains or
    does not, as before. Nothing else of it changes: no parameter, no ``.grad``, no hook.

    Parameters
    ----------
    module : torch.nn.Module
        Returns a tensor of shape (n_rows,) or (n_rows, n_outputs), each row by itself.
    classes : array-like of shape (n_classes,), default=None
        Labels of the classes; None for regression. The module then returns a column for each
        class, or for two classes a single one, the score of the second.
    output : {"logits", "probabilities"}, default="logits"
        What the module of a classifier returns. Log probabilities are logits too.
    input_shape : tuple of int, default=None
        Shape of one row as the module takes it, such as (1, 8, 8) for an image of one channel;
        None: (n_features,).
    dtype : torch.dtype, default=None
        Of the module's input; None: that of its first parameter of floats.
    device : torch.device or str, default=None
        Where the module's input goes; None: where its first parameter is. The module itself is
        not moved.
    batch_size : int, default=1024
        Rows in one call of the module.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels of the classes, for classifiers.

    Examples
    --------
    >>> import torch
    >>> from skxai.predictors import TorchPredictor
    >>> net = torch.nn.Linear(2, 2)
    >>> with torch.no_grad():
    ...     _ = net.weight.copy_(torch.eye(2)), net.bias.zero_()
    >>> model = TorchPredictor(net, classes=["no", "yes"])
    >>> model.decision_function([[0.0, 1.0]])
    array([[0., 1.]])
    >>> model.predict([[0.0, 1.0]]).tolist()
    ['yes']
    """

    def __init__(
        self,
        module,
        classes=None,
        *,
        output="logits",
        input_shape=None,
        dtype=None,
        device=None,
        batch_size=1024,
    ):
        self.module = module
        self.classes = classes
        self.output = output
        self.input_shape = input_shape
        self.dtype = dtype
        self.device = device
        self.batch_size = batch_size

    def fit(self, X=None, y=None):
        """Do nothing: the module is trained.

        Parameters
        ----------
        X, y : object
            Ignored.

        Returns
        -------
        self : object
            This object.
        """
        return self

    @property
    def classes_(self):
        """Labels of the classes."""
        if self.classes is None:
            raise AttributeError("a TorchPredictor without classes has no classes_")
        return np.asarray(self.classes)

    def predict(self, X):
        """The outputs of the module; for classifiers the class with the largest.

        Parameters
        ----------
        X : table of numbers of shape (n_rows, n_features)
            The rows; they are copied to tensors.

        Returns
        -------
        ndarray of shape (n_rows,), or (n_rows, n_outputs) for several outputs
            The outputs, or the labels of the classes.
        """
        scores = self._scores(X)
        if self.classes is not None:
            best = scores[:, 0] > 0 if scores.shape[1] == 1 else scores.argmax(axis=1)
            return self.classes_[best.astype(int)]
        return scores[:, 0] if scores.shape[1] == 1 else scores

    @available_if(_classifies)
    def decision_function(self, X):
        """Logits, as the module returns them; of probabilities the logarithms.

        Parameters
        ----------
        X : table of numbers of shape (n_rows, n_features)
            The rows; they are copied to tensors.

        Returns
        -------
        ndarray of shape (n_rows, n_classes), or (n_rows,) if the module returns a single column
            The logits.
        """
        scores = self._scores(X)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    @available_if(_classifies)
    def predict_proba(self, X):
        """The probabilities of the classes.

        Parameters
        ----------
        X : table of numbers of shape (n_rows, n_features)
            The rows; they are copied to tensors.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            In the order of `classes_`; each row sums to one.
        """
        scores = self._scores(X)
        if scores.shape[1] == 1:
            return expit(scores * [-1, 1])
        return softmax(scores, axis=1)

    @available_if(_classifies)
    def predict_log_proba(self, X):
        """The logarithms of the probabilities of the classes.

        Parameters
        ----------
        X : table of numbers of shape (n_rows, n_features)
            The rows; they are copied to tensors.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            In the order of `classes_`.
        """
        scores = self._scores(X)
        if scores.shape[1] == 1:
            return log_expit(scores * [-1, 1])
        return log_softmax(scores, axis=1)

    def _scores(self, X):
        return ModuleScores.of(self).scores(_numbers(X))

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        if _classifies(self):
            tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        else:
            tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
        return tags


def _numbers(X):
    X = check_inputs(X, "X")
    try:
        return as_floats(X)
    except (TypeError, ValueError) as error:
        raise ValueError(f"X holds cells that are no numbers: {error}") from error


class ModuleScores(NamedTuple):
    """Raw scores of a torch module as a function of an array, with its derivatives.

    Attributes
    ----------
    module : torch.nn.Module
    as_input : AsInput
    batch_size : int
    n_classes : int or None
    of_probabilities : bool
        Whether the module returns probabilities; their scores are their logarithms.
    """

    module: Any
    as_input: Any
    batch_size: int
    n_classes: int | None = None
    of_probabilities: bool = False

    @classmethod
    def of(cls, model):
        """Those of a `TorchPredictor`, whose parameters are checked here."""
        torch = import_torch()
        if not isinstance(model.module, torch.nn.Module):
            raise TypeError(f"module is {type(model.module).__name__}; expected a torch.nn.Module")
        if model.output not in ("logits", "probabilities"):
            raise ValueError(f"output is {model.output!r}; expected 'logits' or 'probabilities'")
        if not isinstance(model.batch_size, int | np.integer) or model.batch_size < 1:
            raise ValueError(f"batch_size is {model.batch_size!r}; expected a positive integer")
        n_classes = None if model.classes is None else len(model.classes_)
        if n_classes is not None and n_classes < 2:
            raise ValueError(f"classes is {model.classes!r}; expected at least two labels")
        if n_classes is None and model.output == "probabilities":
            raise ValueError("output is 'probabilities', but classes is None; expected labels")
        as_input = AsInput.of(model.module, model.input_shape, model.dtype, model.device)
        of_probabilities = model.output == "probabilities"
        return cls(model.module, as_input, int(model.batch_size), n_classes, of_probabilities)

    def scores(self, X):
        """Raw scores, of shape (n_rows, n_scores)."""
        outputs = outputs_of(self.module, X, self.as_input, self.batch_size)
        self._check(outputs.shape[1])
        return self.logarithms(outputs)[0] if self.of_probabilities else outputs

    def jacobian(self, X):
        """Their derivatives, of shape (n_rows, n_scores, n_columns)."""
        slopes = jacobian_of(self.module, X, self.as_input, self.batch_size)
        if self.of_probabilities:
            p = outputs_of(self.module, X, self.as_input, self.batch_size)
            slopes = slopes * self.logarithms(p)[1][:, :, None]
        return slopes

    def as_network(self):
        """The matrices of a plain stack of linear layers, in double precision, else None."""
        return None if self.of_probabilities else network_of_stack(self.module)

    def _check(self, n_outputs):
        if self.n_classes is None or n_outputs == self.n_classes:
            return
        if n_outputs != 1 or self.n_classes != 2:
            raise ValueError(
                f"classes has {self.n_classes} labels, but module returned {n_outputs} columns; "
                "expected one for each class, or a single one for two classes"
            )

    @staticmethod
    def logarithms(p):
        """Of several probabilities the logarithms, of a single one the logit, and their slopes."""
        tiny = np.finfo(np.float32).tiny
        p = np.clip(p, tiny, None)  # none is so surely impossible that its logarithm is infinite
        if p.shape[1] > 1:
            return np.log(p), 1 / p
        q = np.clip(1 - p, tiny, None)
        return np.log(p / q), 1 / (p * q)


class AsInput(NamedTuple):
    """From arrays of rows to tensors; always a copy, as a layer may work in place."""

    shape: tuple | None
    dtype: Any
    device: Any

    @classmethod
    def of(cls, module, shape=None, dtype=None, device=None):
        """As a module needs it: where its parameters are, and in their precision."""
        torch = import_torch()
        first = next(iter(module.parameters()), None)
        if device is None and first is not None:
            device = first.device
        if dtype is None:
            floats = (p.dtype for p in module.parameters() if p.is_floating_point())
            dtype = next(floats, torch.get_default_dtype())
        return cls(None if shape is None else tuple(shape), dtype, device)

    def __call__(self, X):
        torch = import_torch()
        if self.shape is not None and X.shape[1:] != self.shape:
            if np.prod(X.shape[1:], dtype=int) != np.prod(self.shape, dtype=int):
                raise ValueError(f"input_shape is {self.shape}, but rows have shape {X.shape[1:]}")
            X = X.reshape(len(X), *self.shape)
        return torch.from_numpy(np.array(X, dtype=float)).to(self.dtype).to(self.device)


@known_smooth_form.register
def _(model: TorchPredictor):
    function = ModuleScores.of(model)
    return smooth_form_of_scores(function, "regression" if _regresses(model) else "multiclass")


def smooth_form_of_scores(function, kind):
    """The form of a module's scores."""
    dtype = function.as_input.dtype
    if not dtype.is_floating_point:
        raise ValueError(
            f"model, a torch module, takes {dtype}; a derivative needs an input of floats"
        )
    return SmoothForm(function, kind)
