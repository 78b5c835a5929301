"""Fitted explainers of plain functions: what is kept of a release, as pickles.

A pickle refers to a function by its name: neither this module nor its functions may be renamed.
Nothing here keeps an estimator of scikit-learn, which warns where another version reads it.
"""

import numpy as np
import pandas as pd

from skxai import LimeExplainer, SequenceMasker, ShapleyExplainer, TextMasker

BACKGROUND = np.array(
    [[0.0, 1.0, -1.0], [1.0, 0.5, 2.0], [-0.5, 0.25, 0.0], [2.0, -1.0, 1.0], [0.5, 0.0, 3.0]]
)
ROWS = np.array([[1.0, 2.0, 3.0], [-1.0, 0.5, 2.0]])
FRAME = pd.DataFrame({"age": [30.0, 40.0, 50.0], "job": ["clerk", "boss", "boss"]})


def polynomial(X):
    """Two outputs of three numbers."""
    X = np.asarray(X)
    return np.column_stack([X[:, 0] * X[:, 1] + X[:, 2], X[:, 0] ** 2 - X[:, 2]])


def wage(frame):
    """A number from a mixed table."""
    return frame["age"].to_numpy() * (1.0 + (frame["job"] == "boss").to_numpy())


def roses(texts):
    """How many roses a text has, and whether there is a thorn too."""
    return np.array([text.count("rose") * (1.0 + ("thorn" in text)) for text in texts])


def guanines(texts):
    """G, and G next to C."""
    return np.array([text.count("G") + 2.0 * text.count("GC") for text in texts])


def kept_explainers():
    """Explainers and the rows they explain, by name."""
    texts = ["a rose is a rose", "a rose and a thorn"]
    sequences = np.array(["GATC", "GCCG"])
    return {
        "shapley_exact": (ShapleyExplainer().fit(polynomial, BACKGROUND), ROWS),
        "shapley_walks": (
            ShapleyExplainer(algorithm="permutation", random_state=0).fit(polynomial, BACKGROUND),
            ROWS,
        ),
        "shapley_kernel": (
            ShapleyExplainer(algorithm="kernel", random_state=0).fit(polynomial, BACKGROUND),
            ROWS,
        ),
        "shapley_frame": (ShapleyExplainer().fit(wage, FRAME), FRAME),
        "shapley_text": (ShapleyExplainer(masker=TextMasker()).fit(roses), texts),
        "shapley_sequence": (
            ShapleyExplainer(masker=SequenceMasker(), random_state=0).fit(guanines, sequences),
            sequences,
        ),
        "lime_background": (
            LimeExplainer(neighbourhood="background", random_state=0).fit(polynomial, BACKGROUND),
            ROWS,
        ),
    }
