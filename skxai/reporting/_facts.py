"""How a report was made: the model, parameters, versions and lines of code."""

import inspect
import platform
import re
from importlib.metadata import PackageNotFoundError, version

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from skxai.maskers import TabularMasker
from skxai.reporting._html import clean
from skxai.utils._tables import count_rows

_PACKAGES = ("scikit-learn", "numpy", "pandas", "matplotlib")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # differs from run to run
_MOST_CHARACTERS = 1500


def model_name(model):
    """What a model is, in words."""
    if isinstance(model, Pipeline):
        return f"{model_name(model.steps[-1][1])} at the end of a Pipeline"
    if not inspect.isroutine(model):
        return type(model).__name__
    return "function" if model.__name__ == "<lambda>" else f"function {model.__name__}"


def described(thing):
    """A model or a method with its parameters, on one line, without addresses."""
    text = repr(thing) if isinstance(thing, BaseEstimator) else model_name(thing)
    return without_addresses(text)


def without_addresses(text):
    """Text on one line, without what differs from run to run."""
    text = _ADDRESS.sub("", " ".join(clean(text).split()))
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + " …"


def size_of(explanation):
    """How many rows and features, in words."""
    n_rows, n_players = explanation.values.shape[:2]
    if explanation.layout is not None:
        players = f"up to {n_players} parts each"  # words, regions, positions
    else:
        players = f"{n_players} feature{'s' * (n_players != 1)}"
    return f"{n_rows} row{'s' * (n_rows != 1)} with {players}"


def versions():
    """The versions of what was used, on one line."""
    import skxai  # which imports this package

    told = [f"skxai {skxai.__version__}"]
    for package in _PACKAGES:
        try:
            told.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join([*told, f"Python {platform.python_version()}"])


def facts_of(subject, source, date):
    """What the page says of its making, as pairs."""
    explanation = subject.explanation
    facts = []
    if source.explainer is not None:
        facts.append(("Model", described(source.predictor.model)))
    facts.append(("Method", without_addresses(explanation.method) or "not recorded"))
    facts.append(("Explained", f"{size_of(explanation)}: the {subject.overall}"))
    masker = getattr(source.explainer, "masker_", None)
    if isinstance(masker, TabularMasker):
        facts.append(("Background", f"{count_rows(masker.background_)} rows"))
    if source.background is not None:
        facts.append(("Rows compared with", f"{count_rows(source.background)}"))
    if explanation.n_evals is not None:
        facts.append(("Model rows evaluated", str(int(explanation.n_evals.sum()))))
    return [*facts, ("Versions", versions()), ("Date", date)]


def code_of(subject, source, arguments):
    """The lines that make this page again.

    Parameters
    ----------
    subject : Subject
    source : Source
    arguments : dict
        Of the call, those that are not the default.
    """
    method = without_addresses(subject.explanation.method)
    given = "".join(f", {name}={value}" for name, value in arguments.items())
    if source.explainer is None:
        made = f"explanation = {method}.fit(model, background).explain(X)" if method else None
        return [*([made] if made else []), f'explanation.report("report.html"{given})']
    kind = type(source.explainer)
    if kind.__module__.split(".")[0] == "skxai":
        imports = [f"from skxai import {kind.__name__}, report"]
    else:
        imports = [f"from {kind.__module__} import {kind.__name__}", "from skxai import report"]
    return [
        *imports,
        f"explainer = {method}.fit(model, background)",
        f'report(explainer, X, "report.html"{given})',
    ]
