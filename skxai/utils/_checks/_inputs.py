"""Checks of the kinds of tables that explainers take, and of what the model gets to see."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

from skxai.utils._checks._cases import (
    NAMES,
    Case,
    ScriptedModel,
    case_of,
    fitted,
    interacting,
    mixed_case,
    mixed_frame,
    name_of,
    seeded,
    tags_of,
)
from skxai.utils._checks._compare import assert_same_result
from skxai.utils._checks._errors import assert_raises
from skxai.utils._checks._skips import need_any_model, need_mixed

_ROUNDING = 1e-10
_SINGLE_PRECISION = 1e-5
# What differs when the same numbers come as another kind of table.
_TABLES = ["data", "index", "train_index", "counterfactuals"]


def _check_same_as_plain(explainer, ways, tol=_ROUNDING, frame=False):
    """Rows and background in other memory layouts are explained like plain ones.

    `ways` are pairs of a name and a function that makes this layout of an array.
    """
    case = case_of(explainer, "classes", frame=frame)
    expected = fitted(explainer, case).explain(case.X)
    for what, convert in ways:
        other = Case(case.model, convert(case.X_background), case.y, convert(case.X))
        got = fitted(explainer, other).explain(other.X)
        assert_same_result(
            got,
            expected,
            f"{name_of(explainer)}: {what} gives another explanation",
            tol=tol,
            ignore=_TABLES,
        )


def check_lists(explainer):
    """Lists of lists are tables too."""
    _check_same_as_plain(explainer, [("a list of lists", lambda X: X.tolist())])


def check_memory_layout(explainer):
    """Fortran order, views with gaps and read-only arrays make no difference."""
    _check_same_as_plain(
        explainer,
        [
            ("a Fortran-ordered array", np.asfortranarray),
            ("a view with gaps", lambda X: np.repeat(X, 2, axis=1)[:, ::2]),
            ("a read-only array", _read_only),
        ],
    )
    _check_same_as_plain(
        explainer,
        [("a DataFrame over a read-only array", _read_only_frame)],
        frame=True,
    )


def _read_only(X):
    X = np.array(X)
    X.flags.writeable = False
    return X


def _read_only_frame(X):
    return pd.DataFrame(_read_only(X), columns=NAMES, copy=False)


def check_memory_mapped(explainer):
    """Arrays may lie in a file."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:

        def on_disk(X):
            path = Path(folder) / f"{len(X)}_rows.npy"
            np.save(path, X)
            return np.load(path, mmap_mode="r")

        _check_same_as_plain(explainer, [("a memory-mapped array", on_disk)])


def check_single_precision(explainer):
    """float32 gives the same values to its precision, and reaches the model as float32."""
    if tags_of(explainer).attributions:  # a search may take another turn
        _check_same_as_plain(
            explainer, [("float32", lambda X: X.astype(np.float32))], tol=_SINGLE_PRECISION
        )
    _check_model_sees(explainer, np.float32)


def check_integers(explainer):
    """Integers reach the model as integers."""
    _check_model_sees(explainer, np.int64)


def _check_model_sees(explainer, dtype):
    if not tags_of(explainer).any_model:
        return
    case = case_of(explainer)
    case.model = ScriptedModel()
    case.X_background, case.X = case.X_background.astype(dtype), case.X.astype(dtype)
    fitted(explainer, case).explain(case.X)
    seen = {getattr(table, "dtype", None) for table in case.model.tables}
    assert seen == {np.dtype(dtype)}, (
        f"{name_of(explainer)}: the model was given {seen} instead of {np.dtype(dtype)}"
    )


def check_sparse(explainer):
    """Sparse matrices are explained like dense arrays, or refused by name."""
    formats = (sp.csr_matrix, sp.csc_matrix, sp.coo_matrix, sp.csr_array)
    if not tags_of(explainer).sparse:
        case = case_of(explainer, "binary")
        with assert_raises(
            explainer, "fit on a sparse matrix", (TypeError, ValueError), "X_background"
        ):
            seeded(explainer).fit(case.model, sp.csr_matrix(case.X_background), case.y)
        return
    _check_same_as_plain(explainer, [(f"a {kind.__name__}", kind) for kind in formats])
    if tags_of(explainer).any_model:
        case = case_of(explainer, convert=sp.csr_matrix)
        case.model = ScriptedModel(_interacting_sparse)
        fitted(explainer, case).explain(case.X)
        dense = [type(X).__name__ for X in case.model.tables if not sp.issparse(X)]
        assert not dense, f"{name_of(explainer)}: the model was given {set(dense)}, not sparse"


def _interacting_sparse(X):
    X = sp.csr_matrix(X)
    return X[:, [0]].multiply(X[:, [1]]).toarray().ravel()


def check_frame_reaches_model(explainer):
    """A model behind a DataFrame sees DataFrames with the columns and dtypes of the background."""
    need_any_model(explainer)
    case = case_of(explainer, frame=True)
    _check_frames_seen(explainer, case, interacting)


def check_mixed_dtypes_reach_model(explainer):
    """Text, categories, booleans, dates and nullable integers reach the model as they are."""
    need_any_model(explainer)
    need_mixed(explainer)
    frame = mixed_frame(40)
    case = Case(None, frame[:25], np.arange(25.0), frame[30:35])
    _check_frames_seen(explainer, case, _mixed_score)


def _mixed_score(X):
    product = X["age"] * (X["town"] == "Ulm") + X["income"].fillna(0) * X["vip"]
    return product.to_numpy(dtype=float)


def _check_frames_seen(explainer, case, function):
    case.model = ScriptedModel(function)
    fitted(explainer, case).explain(case.X)
    for table in case.model.tables:
        assert isinstance(table, pd.DataFrame), (
            f"{name_of(explainer)}: fitted on a DataFrame, gave the model {type(table).__name__}"
        )
        assert table.columns.equals(case.X_background.columns), (
            f"{name_of(explainer)}: gave the model the columns {list(table.columns)}"
        )
        for label, dtype in case.X_background.dtypes.items():
            assert table[label].dtype == dtype, (
                f"{name_of(explainer)}: gave the model {label!r} as {table[label].dtype}; "
                f"it is {dtype} in the background"
            )


def check_mixed_frame(explainer):
    """A Pipeline on a mixed DataFrame is explained, or the frame is refused by name."""
    case = mixed_case(explainer)
    if not tags_of(explainer).mixed:
        with assert_raises(
            explainer, "fit on a mixed frame", (TypeError, ValueError), "X_background"
        ):
            seeded(explainer).fit(case.model, case.X_background, case.y)
        return
    values = _numbers_of(fitted(explainer, case).explain(case.X))
    assert np.isfinite(values).all(), f"{name_of(explainer)}: values are not finite"
    assert np.ptp(values) > 0, f"{name_of(explainer)}: all values are the same"


def _numbers_of(result):
    """The attributions, or what a result without attributions has to say."""
    return result.values if hasattr(result, "values") else result.predictions


def check_missing_values(explainer):
    """Missing numbers pass if the model takes them, or are refused by name."""
    need_any_model(explainer)
    case = case_of(explainer)
    case.X[0, 0] = np.nan
    case.model = ScriptedModel(lambda X: np.nan_to_num(X[:, 0], nan=3.0) * X[:, 1])
    explainer = fitted(explainer, case)
    try:
        values = _numbers_of(explainer.explain(case.X))
    except ValueError:
        with assert_raises(explainer, "explain missing values", ValueError, "X"):
            explainer.explain(case.X)
    else:
        assert np.isfinite(values).all(), (
            f"{name_of(explainer)}: missing values in X give values that are not finite"
        )
    case.model = ScriptedModel(_refuse_missing)
    explainer = fitted(explainer, case)
    with assert_raises(explainer, "explain missing values the model refuses", ValueError):
        explainer.explain(case.X)


def _refuse_missing(X):
    if np.isnan(X).any():
        raise ValueError("Input contains NaN")
    return X[:, 0] * X[:, 1]


def check_array_for_frame(explainer):
    """Fitted on a DataFrame, an explainer takes an array; fitted on an array, a DataFrame."""
    case = case_of(explainer, frame=True)
    explainer = fitted(explainer, case)
    assert_same_result(
        explainer.explain(case.X.to_numpy()),
        explainer.explain(case.X),
        f"{name_of(explainer)}: an array is explained otherwise than the frame it came from",
        tol=_ROUNDING,
        ignore=_TABLES,
    )
    case = case_of(explainer)
    explainer = fitted(explainer, case)
    assert_same_result(
        explainer.explain(pd.DataFrame(case.X, columns=NAMES)),
        explainer.explain(case.X),
        f"{name_of(explainer)}: a frame is explained otherwise than the array inside",
        tol=_ROUNDING,
        ignore=_TABLES,
    )


def check_column_labels_of_any_kind(explainer):
    """Columns may be labelled by numbers; names are their text, and none are recorded."""
    case = case_of(explainer)
    case.X_background, case.X = pd.DataFrame(case.X_background), pd.DataFrame(case.X)
    explainer = fitted(explainer, case)
    names = list(explainer.explain(case.X).feature_names)
    assert names == ["0", "1", "2", "3"], f"{name_of(explainer)}: feature_names are {names}"
    assert not hasattr(explainer, "feature_names_in_"), (
        f"{name_of(explainer)}: feature_names_in_ is set although labels are no strings"
    )


def check_n_features_and_names_in(explainer):
    """`n_features_in_`, `feature_names_in_` and `output_names_` are as in scikit-learn."""
    case = case_of(explainer, "classes", frame=True)
    explainer = fitted(explainer, case)
    assert explainer.n_features_in_ == len(NAMES), "n_features_in_ is wrong"
    assert list(explainer.feature_names_in_) == NAMES, "feature_names_in_ is wrong"
    assert list(explainer.output_names_) == ["low", "mid", "top"], "output_names_ is wrong"
    case = case_of(explainer)
    explainer = fitted(explainer, case)
    assert not hasattr(explainer, "feature_names_in_"), (
        f"{name_of(explainer)}: fitted on an array, it has feature_names_in_"
    )
