"""Documents of about 100 words that are always there: docstrings of scikit-learn and SciPy.

Which of the two a text describes is learnt from TF-IDF by a logistic regression.
"""

import importlib
import inspect

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

_MODULES = {
    "scipy": ["linalg", "optimize", "signal", "spatial", "special", "stats", "cluster.hierarchy"],
    "sklearn": [
        "cluster",
        "covariance",
        "datasets",
        "decomposition",
        "ensemble",
        "feature_selection",
        "linear_model",
        "metrics",
        "model_selection",
        "neighbors",
        "preprocessing",
        "svm",
        "utils",
    ],
}


def load_documents(n_words=100):
    """The first words of the docstrings of both packages, and whether it is scikit-learn."""
    texts, labels = [], []
    for label, (package, modules) in enumerate(_MODULES.items()):
        found = set()
        for module in modules:
            for _, member in inspect.getmembers(importlib.import_module(f"{package}.{module}")):
                if inspect.isroutine(member) or inspect.isclass(member):
                    words = (inspect.getdoc(member) or "").split("\nExamples\n")[0].split()
                    if len(words) >= n_words:
                        found.add(" ".join(words[:n_words]))
        texts += sorted(found)
        labels += [label] * len(found)
    return texts, np.array(labels)


def fitted_classifier(texts, labels, norm="l2"):
    """TF-IDF and logistic regression; with ``norm=None`` the log-odds are linear in the tokens."""
    return make_pipeline(TfidfVectorizer(norm=norm), LogisticRegression()).fit(texts, labels)


def choose(texts, n_texts, seed=0):
    """Some of the texts, at random."""
    order = np.random.default_rng(seed).permutation(len(texts))[:n_texts]
    return [texts[i] for i in order]
