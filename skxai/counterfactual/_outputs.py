"""The model as counterfactuals need it: all its outputs, and whether they are of classes."""

from dataclasses import dataclass

import numpy as np

from skxai.predictors import Predictor, as_predictor
from skxai.utils._tables import take_rows

_COMPARED = 200


@dataclass(frozen=True)
class Outputs:
    """A model's outputs and labels.

    Attributes
    ----------
    predictor : Predictor
        Of all outputs.
    classes : bool
        Whether they are of classes of which each row has one.
    labels : list
        The classes, or the names of the outputs.
    has_predict : bool
        Whether the model itself says which class a row has.
    """

    predictor: Predictor
    classes: bool
    labels: list
    has_predict: bool

    @classmethod
    def of(cls, model, X):
        """Look at a fitted model; `as_predictor` has accepted it."""
        predictor = _of_classes(model, X, "auto")
        if predictor is None and hasattr(model, "classes_") and hasattr(model, "predict"):
            predictor = _of_classes(model, X, "predict")  # its outputs are of pairs of classes
        if predictor is None:
            plain = as_predictor(model, X)
            return cls(plain, False, list(plain.output_names), False)
        known = getattr(model, "classes_", None)
        if known is None or len(known) != predictor.n_outputs:
            return cls(predictor, True, list(predictor.output_names), False)
        found = cls(predictor, True, list(known), hasattr(model, "predict"))
        some = take_rows(X, slice(0, _COMPARED))
        if found.has_predict and (found.said(some) != predictor(some).argmax(axis=1)).any():
            # A threshold of its own, or votes: only the predicted labels tell.
            predictor = as_predictor(model, X, response_method="predict", target="predicted")
            found = cls(predictor, True, list(known), True)
        return found

    def __call__(self, X):
        """All outputs: (n_rows, n_outputs)."""
        return self.predictor(X)

    def named(self, outputs, names):
        """Those outputs that other explainers would explain: of two classes the second."""
        every = self.predictor.output_names
        outputs = outputs[..., [every.index(name) for name in names]]
        return outputs[..., 0] if outputs.shape[-1] == 1 else outputs

    def fields_of(self, outputs, new_outputs, names):
        """What the model says of rows and of their counterfactuals, as fields of the result."""
        labels = original_labels = None
        if self.classes:
            every = np.array([str(label) for label in self.labels])
            labels, original_labels = every[new_outputs.argmax(1)], every[outputs.argmax(1)]
        return {
            "predictions": self.named(new_outputs, names),
            "original_predictions": self.named(outputs, names),
            "labels": labels,
            "original_labels": original_labels,
        }

    def said(self, X):
        """The positions of the classes that the model predicts."""
        predicted = np.asarray(self.predictor.model.predict(X)).ravel()
        positions = {label: k for k, label in enumerate(self.labels)}
        return np.array([positions[label] for label in predicted], dtype=int)


def _of_classes(model, X, response_method):
    """All outputs, if they are of classes of which each row has one; else None."""
    try:
        return as_predictor(model, X, response_method=response_method, target="predicted")
    except ValueError:
        return None
