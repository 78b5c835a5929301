"""Batches in, explanations out: lazily, in order, and each as `explain` gives it."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from logging_models import Fragile, Product
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError

import skxai
from skxai import ShapleyExplainer
from skxai.base import BaseExplainer
from skxai.explanation import ExplanationBatches
from skxai.explanation._batches import explainer_fingerprint
from skxai.utils._checks._cases import case_of, fitted

COLUMNS = ["a", "b", "c"]


def table(n_rows=10, labels=None):
    X = np.random.default_rng(0).standard_normal((n_rows, 3)).round(2)
    return pd.DataFrame(X, columns=COLUMNS, index=labels)


def explainer_of(model=None, X=None):
    return ShapleyExplainer().fit(model or Product(), table() if X is None else X)


def assert_same(got, expected):
    assert_array_equal(np.concatenate([part.values for part in got]), expected.values)
    assert_array_equal(np.concatenate([part.predictions for part in got]), expected.predictions)


def test_each_batch_is_explained_as_it_would_be_alone():
    X = table(labels=list("abcdefghij"))
    explainer = explainer_of()
    found = list(explainer.explain_batches([X[:3], X[3:4], X[4:]]))
    assert [len(part) for part in found] == [3, 1, 6]
    assert_same(found, explainer.explain(X))
    assert [label for part in found for label in part.index] == list("abcdefghij")


def test_nothing_happens_before_it_is_asked_for():
    taken = []

    def batches():
        for k in range(3):
            taken.append(k)
            yield table()

    found = explainer_of().explain_batches(batches())
    assert isinstance(found, ExplanationBatches)
    assert taken == []
    next(found)
    assert taken == [0]
    assert len(list(found)) == 2
    assert list(found) == []


def test_no_explanation_is_kept():
    import gc
    import weakref

    found = explainer_of().explain_batches([table(), table()])
    first = weakref.ref(next(found))
    gc.collect()
    assert first() is None


@pytest.mark.parametrize("kind", ["frame", "array", "memory map", "sparse"])
def test_one_table_is_cut(kind, tmp_path):
    X = table()
    if kind != "frame":
        X = X.to_numpy()
    explainer = explainer_of(X=X)
    expected = explainer.explain(X)
    if kind == "memory map":
        np.save(tmp_path / "X.npy", X)
        X = np.load(tmp_path / "X.npy", mmap_mode="r")
    if kind == "sparse":
        X = sp.coo_matrix(X)
    found = list(explainer.explain_batches(X, batch_size=4))
    assert [len(part) for part in found] == [4, 4, 2]
    assert_same(found, expected)


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_frames_of_others(kind, tmp_path):
    """They have no labels, so their rows are numbered on."""
    pytest.importorskip("pyarrow")
    other = pytest.importorskip(kind)
    X = table()
    explainer = explainer_of()
    whole = other.from_pandas(X) if kind == "polars" else other.Table.from_pandas(X)
    pieces = whole.iter_slices(4) if kind == "polars" else whole.to_batches(max_chunksize=4)
    assert_same(list(explainer.explain_batches(pieces)), explainer.explain(X))
    found = list(explainer.explain_batches(whole, batch_size=4))
    assert [len(part) for part in found] == [4, 4, 2]
    assert_same(found, explainer.explain(X))
    for _ in range(2):
        explainer.explain_batches(whole, batch_size=4).to_parquet(tmp_path)
    assert list(pd.read_parquet(tmp_path).index) == list(range(10))


def test_pieces_of_a_csv_file(tmp_path):
    X = table()
    X.to_csv(tmp_path / "rows.csv", index=False)
    explainer = explainer_of()
    pieces = pd.read_csv(tmp_path / "rows.csv", chunksize=4)
    found = list(explainer.explain_batches(pieces))
    assert_same(found, explainer.explain(X))
    assert list(found[-1].index) == [8, 9]


@pytest.mark.parametrize(
    ("batches", "kind"),
    [("rows.csv", "str"), ({"a": [1]}, "dict"), (3, "int"), (None, "NoneType")],
)
def test_what_is_no_batches(batches, kind):
    with pytest.raises(TypeError, match=f"^batches is {kind}; expected an iterable of tables"):
        explainer_of().explain_batches(batches)


@pytest.mark.parametrize("size", [0, -1, 2.5, "4"])
def test_batch_size_is_checked(size):
    with pytest.raises(ValueError, match=r"batch_size is .*; expected a positive whole number"):
        explainer_of().explain_batches(table(), batch_size=size)


def test_needs_a_fitted_explainer():
    with pytest.raises(NotFittedError):
        ShapleyExplainer().explain_batches([table()])


def dask_frame(X):
    try:
        import dask.dataframe as frames
    except ImportError as error:  # dask without what its frames need
        pytest.skip(str(error))
    return frames.from_pandas(X, npartitions=3)


def test_partitions_of_dask_are_batches():
    X = table()
    explainer = explainer_of()
    found = list(explainer.explain_batches(dask_frame(X)))
    assert len(found) == 3
    assert_same(found, explainer.explain(X))
    assert [label for part in found for label in part.index] == list(X.index)


def test_map_partitions_of_dask_gives_the_same():
    X = table()
    explainer = explainer_of()
    parts = dask_frame(X)
    found = parts.map_partitions(lambda part: explainer.explain(part).to_frame(), meta=X[:0])
    expected = explainer.explain(X).to_frame()
    pd.testing.assert_frame_equal(found.compute(scheduler="synchronous"), expected)


# -- errors tell where -------------------------------------------------------------------------


def scripted(n_rows=20, bad=13):
    """A table whose last column is large in one row."""
    X = table(n_rows, labels=[f"id {k}" for k in range(n_rows)])
    X.iloc[bad, -1] = 100.0
    return X


@pytest.mark.parametrize(
    ("returns_nan", "kind", "message"),
    [(False, RuntimeError, "off the scale"), (True, ValueError, "model returned NaN")],
)
def test_an_error_names_the_row_that_the_model_fails_on(returns_nan, kind, message):
    explainer = explainer_of(Fragile(50, returns_nan))
    X = scripted()
    with pytest.raises(kind, match=rf"{message}.*first at row 13, labelled 'id 13', of X"):
        explainer.explain(X)
    found = explainer.explain_batches([X[:8], X[8:16], X[16:]])
    next(found)
    words = r"first at row 5, labelled 'id 13', of X\) \(in batch 1, rows 8 to 15, labelled"
    with pytest.raises(kind, match=words):
        next(found)


def test_an_error_of_the_model_that_no_row_explains():
    explainer = explainer_of(model := Product())

    def fail_once(X):
        del model.predict
        raise RuntimeError("out of order")

    model.predict = fail_once
    with pytest.raises(RuntimeError, match=r"^out of order$"):
        explainer.explain(table())


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_an_error_while_explaining_names_the_rows_of_its_chunk(n_jobs):
    # No row is too large by itself, but some sums of background and row are.
    X = table(12)
    explainer = ShapleyExplainer(n_jobs=n_jobs).fit(SumLimit(), X[:2] * 0 - 1.0)
    explainer._rows_per_chunk = lambda: 3
    X[:] = 1.0
    assert len(explainer.explain(X)) == 12
    X.iloc[7] = [-1.0, 1.0, 5.0]
    with pytest.raises(RuntimeError, match=r"too much \(while explaining rows 6 to 8, of X\)"):
        explainer.explain(X)


class SumLimit(Product):
    """It fails where the first column is absent, -1, and the last is large, but not the middle."""

    def predict(self, X):
        X = np.asarray(X)
        if ((X[:, 2] > 2) & (X[:, 1] < 0)).any():
            raise RuntimeError("too much")
        return super().predict(X)


# -- explainers that are known again -----------------------------------------------------------

EXPLAINERS = [
    name
    for name in skxai.__all__
    if isinstance(getattr(skxai, name), type) and issubclass(getattr(skxai, name), BaseExplainer)
]


@pytest.mark.parametrize("name", EXPLAINERS)
def test_an_explainer_is_known_again(name):
    plain = getattr(skxai, name)()
    if name == "CounterfactualExplainer":
        plain.set_params(max_evals=40)
    case = case_of(plain, "classes", frame=True)
    explainer = fitted(plain, case)
    expected = explainer_fingerprint(explainer)
    try:
        explainer.explain(case.X)
    except TypeError:  # it needs targets
        explainer.explain(case.X, case.y[: len(case.X)])
    assert explainer_fingerprint(explainer) == expected
    assert explainer_fingerprint(pickle.loads(pickle.dumps(explainer))) == expected
    assert explainer_fingerprint(fitted(plain, case)) == expected
    if "n_jobs" in explainer.get_params():
        assert explainer_fingerprint(explainer.set_params(n_jobs=2)) == expected
    case.X_background.iloc[0, 0] += 1.0
    assert explainer_fingerprint(fitted(plain, case)) != expected
