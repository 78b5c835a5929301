"""Checks that one row's explanation depends on that row and the fitted explainer alone."""

import numpy as np
import pandas as pd
import scipy.sparse as sp
from joblib import parallel_config
from sklearn import config_context

from skxai.utils._checks._cases import (
    ScriptedModel,
    case_of,
    fitted,
    mixed_case,
    name_of,
    tags_of,
    take,
)
from skxai.utils._checks._compare import assert_same_result
from skxai.utils._checks._skips import need_any_model, need_method, need_parameter

# Models may round otherwise in another batch; nothing else may differ.
_ROUNDING = 1e-10


def _cases(explainer, tables):
    if "array" in tables:
        yield case_of(explainer)
    if "frame" in tables:
        yield case_of(explainer, "classes", frame=True)
    if "mixed" in tables and tags_of(explainer).mixed:
        yield mixed_case(explainer)
    if "sparse" in tables and tags_of(explainer).sparse:
        yield case_of(explainer, "binary", convert=sp.csr_matrix)


def _check_selection(explainer, rows, what, tables):
    """Explaining some rows must be the same as explaining all, then taking these rows."""
    for case in _cases(explainer, tables):
        explainer = fitted(explainer, case)
        assert_same_result(
            explainer.explain(take(case.X, rows)),
            explainer.explain(case.X)[rows],
            f"{name_of(explainer)}: a row's explanation depends on {what}",
            tol=_ROUNDING,
        )


def check_row_order(explainer):
    """Rows may come in any order."""
    _check_selection(explainer, [3, 0, 4, 1, 2], "the order of the rows", ["frame", "mixed"])


def check_row_subset(explainer):
    """Rows may be left out."""
    _check_selection(explainer, [1, 3], "the other rows", ["array", "frame"])


def check_single_rows(explainer):
    """Rows may come one at a time."""
    _check_selection(
        explainer,
        [4],
        "the other rows: alone it is explained otherwise",
        ["array", "frame", "mixed", "sparse"],
    )


def check_duplicate_rows(explainer):
    """Rows may come more than once."""
    _check_selection(explainer, [0, 0, 2, 0], "its duplicates", ["frame", "sparse"])


def check_chunking(explainer):
    """Many rows at once, in chunks, are explained like few."""
    case = case_of(explainer, "classes")
    rows = np.tile(np.arange(len(case.X)), 40)
    explainer = fitted(explainer, case)
    assert_same_result(
        explainer.explain(case.X[rows]),
        explainer.explain(case.X)[rows],
        f"{name_of(explainer)}: a row's explanation depends on the number of rows",
        tol=_ROUNDING,
    )


def check_batches(explainer):
    """`explain_batches` gives what `explain` gives for each batch."""
    need_method(explainer, "explain_batches")
    for case in _cases(explainer, ["array", "mixed"]):
        explainer = fitted(explainer, case)
        batches = [take(case.X, rows) for rows in ([0, 1, 2], [3], [4])]
        found = list(explainer.explain_batches(iter(batches)))
        assert len(found) == len(batches), f"{name_of(explainer)}: a batch was left out"
        for batch, got in zip(batches, found):
            expected = explainer.explain(batch)
            what = f"{name_of(explainer)}: explain_batches gives other numbers than explain"
            assert_same_result(got, expected, what)


def _check_backend(explainer, backend, case):
    need_parameter(explainer, "n_jobs")
    X = take(case.X, np.tile(np.arange(len(case.X)), 12))
    expected = fitted(explainer, case).explain(X)
    with parallel_config(backend=backend):
        got = fitted(explainer, case, n_jobs=2).explain(X)
    assert_same_result(
        got,
        expected,
        f"{name_of(explainer)}: n_jobs=2 under {backend} gives other bits than serial",
        ignore=["method"],
    )


def check_n_jobs_loky(explainer):
    """Two processes give the same bits as none."""
    _check_backend(explainer, "loky", case_of(explainer, "classes", frame=True))


def check_n_jobs_threading(explainer):
    """Two threads give the same bits as one."""
    _check_backend(explainer, "threading", case_of(explainer))


def check_working_memory(explainer):
    """Batches fit scikit-learn's `working_memory`, and their size changes nothing."""
    need_any_model(explainer)
    case = case_of(explainer)
    case.model = ScriptedModel()
    with config_context(working_memory=1024):
        expected = fitted(explainer, case).explain(case.X)
    del case.model.tables[:]
    budget = 2**12
    with config_context(working_memory=budget / 2**20):
        got = fitted(explainer, case).explain(case.X)
    largest = max(np.asarray(table).nbytes for table in case.model.tables)
    assert largest <= budget, (
        f"{name_of(explainer)}: gave the model {largest} bytes at once; working_memory is {budget}"
    )
    assert_same_result(
        got,
        expected,
        f"{name_of(explainer)}: the explanation depends on working_memory",
        tol=_ROUNDING,
    )


def check_model_gets_batches(explainer):
    """The model is called on batches, not once for each row."""
    need_any_model(explainer)
    case = case_of(explainer)
    case.model = ScriptedModel()
    explainer = fitted(explainer, case)
    del case.model.tables[:]
    X = np.tile(case.X, (4, 1))
    explainer.explain(X)
    single = sum(len(table) == 1 for table in case.model.tables)
    assert single < len(X), (
        f"{name_of(explainer)}: called the model {single} times on a single row for {len(X)} rows"
    )


def check_index_is_kept(explainer):
    """Row labels go along, whatever they are."""
    case = case_of(explainer, frame=True)
    for labels in (
        pd.Index([f"patient {i}" for i in range(5)], name="patient"),
        pd.Index([7, 7, 1, 7, 3]),
        pd.MultiIndex.from_tuples([(1, "a"), (1, "b"), (2, "a"), (2, "b"), (3, "a")]),
    ):
        got = fitted(explainer, case).explain(case.X.set_axis(labels, axis=0)).to_frame().index
        assert got.equals(labels), (
            f"{name_of(explainer)}: rows labelled {list(labels)} come back as {list(got)}"
        )
