"""The arguments of a report are checked before anything is computed."""

import datetime
import os
from pathlib import Path

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skxai.base import BaseExplainer
from skxai.maskers import TabularMasker
from skxai.utils._optional import import_optional
from skxai.utils._tables import count_rows

_FEW = 10


def check_explainer(explainer, output):
    """Refuse what can't explain, or not yet, or not this output."""
    if not isinstance(explainer, BaseExplainer):
        hint = "; an Explanation has a method report" if hasattr(explainer, "to_frame") else ""
        raise TypeError(f"explainer is {type(explainer).__name__}; expected a fitted one{hint}")
    if not explainer.__skxai_tags__().attributions:
        raise TypeError(
            f"explainer is {type(explainer).__name__}, which returns no Explanation; expected one "
            "that does, such as ShapleyExplainer"
        )
    check_is_fitted(explainer, "predictor_")
    if output is not None and str(output) not in explainer.output_names_:
        few = list(explainer.output_names_[:_FEW])
        raise ValueError(f"output is {output!r}; expected one of {few}")
    import_optional("matplotlib", "plot")


def check_path(path):
    """The file as a Path, if it can be written."""
    if path is None:
        return None
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path is {path!r}; expected the name of a file, or None")
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"path is {str(path)!r}, a folder; expected a file")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path is {str(path)!r}, but there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise PermissionError(f"path is {str(path)!r}, which can't be written")
    return path


def check_rows(X):
    """The number of rows to explain."""
    if not hasattr(X, "__len__") and not hasattr(X, "shape"):
        raise TypeError(f"X is {type(X).__name__}; expected rows to explain")
    n_rows = count_rows(X)
    if n_rows == 0:
        raise ValueError("X has no rows; expected at least one")
    return n_rows


def check_background(explainer, X_background, y_background):
    """The background as a table, or None, and its targets."""
    own_players = explainer._has_own_players
    if X_background is None:
        masker = getattr(explainer, "masker_", None)
        if isinstance(masker, TabularMasker) and masker.background_.shape[0] > 1:
            X_background = masker.background_
    elif not own_players:
        X_background = explainer._spec.conform(X_background, "X_background")
        if count_rows(X_background) == 0:
            raise ValueError("X_background has no rows; expected at least one")
    if y_background is None:
        return X_background, None
    y_background = np.asarray(y_background)
    if X_background is None:
        raise ValueError("y_background is given without X_background, the rows it belongs to")
    n_rows = count_rows(X_background)
    if y_background.ndim == 0 or len(y_background) != n_rows:
        raise ValueError(
            f"y_background has shape {y_background.shape}; expected an entry for each of the "
            f"{n_rows} background rows"
        )
    return X_background, y_background


def check_words(title, date):
    """The date that is written."""
    if title is not None and not isinstance(title, str):
        raise TypeError(f"title is {title!r}; expected a text or None")
    if date is None:
        date = datetime.date.today()
    if isinstance(date, datetime.date):
        return date.isoformat()
    if not isinstance(date, str):
        raise TypeError(f"date is {date!r}; expected a text, a datetime.date or None")
    return date
