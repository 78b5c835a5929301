"""ShapleyExplainer under joblib's backends: the same bits as serial."""

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from skxai import ShapleyExplainer, _coalitions
from skxai.shapley import _explainer, _sampling


@pytest.fixture(scope="module")
def cancer():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    model = RandomForestClassifier(10, random_state=0, n_jobs=1).fit(X, y)
    return model, X[::10], X[1::12]


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True)
    model = RandomForestRegressor(5, random_state=0, n_jobs=1).fit(X, y)
    return model, X[::20], X[1:], [[0, 1, 2], [3, 4, 5], [6, 7], [8, 9]]


def explain(case, n_jobs=None, **parameters):
    model, background, X, *groups = case
    parameters = {"algorithm": "permutation", **parameters}
    if groups:
        parameters = {**parameters, "algorithm": "exact", "groups": groups[0]}
    explainer = ShapleyExplainer(random_state=0, n_jobs=n_jobs, **parameters)
    return explainer.fit(model, background).explain(X)


def assert_same_bits(one, other):
    assert_array_equal(one.values, other.values)
    assert_array_equal(one.n_evals, other.n_evals)
    assert_array_equal(one.base_values, other.base_values)
    if one.std_errors is not None:
        assert_array_equal(one.std_errors, other.std_errors)


@pytest.mark.parametrize("case", ["cancer", "diabetes"])
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_local_backends(case, backend, request):
    case = request.getfixturevalue(case)
    serial = explain(case)
    with joblib.parallel_config(backend):
        assert_same_bits(explain(case, n_jobs=2), serial)


def test_n_jobs_of_the_context_is_used(cancer):
    serial = explain(cancer)
    with joblib.parallel_config("threading", n_jobs=2):
        assert_same_bits(explain(cancer), serial)


def test_tol_under_processes(cancer):
    serial = explain(cancer, tol=0.005)
    assert len(set(serial.n_evals)) > 1
    assert_same_bits(explain(cancer, n_jobs=2, tol=0.005), serial)


def test_work_is_cut_into_several_tasks(cancer, diabetes, monkeypatch):
    # Else nothing here would run in parallel; and the cut must not show in the numbers.
    serial = explain(cancer)
    sizes = []
    work = _explainer.ShapleyExplainer._explain_rows

    def note_size(self, X, predictions):
        sizes.append(len(X))
        return work(self, X, predictions)

    monkeypatch.setattr(_explainer.ShapleyExplainer, "_explain_rows", note_size)
    for case in (cancer, diabetes):
        sizes.clear()
        explain(case)
        assert len(sizes) > 1
    monkeypatch.setattr(_explainer.ShapleyExplainer, "_rows_per_chunk", lambda self: 1)
    sizes.clear()
    assert_same_bits(explain(cancer), serial)
    assert sizes == [1] * 48


def test_read_only_memory_maps_of_the_workers(diabetes):
    # joblib hands large arrays to processes as read-only maps; here, all arrays.
    serial = explain(diabetes)
    with joblib.parallel_config("loky", max_nbytes=1):
        assert_same_bits(explain(diabetes, n_jobs=2), serial)


def test_local_dask_cluster(cancer, diabetes):
    distributed = pytest.importorskip("distributed")
    expected = [explain(cancer), explain(diabetes)]
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
    ):
        results = [explain(cancer, n_jobs=-1), explain(diabetes, n_jobs=-1)]
    for result, serial in zip(results, expected):
        assert_same_bits(result, serial)


def test_progress_bar_changes_nothing(cancer, capsys):
    pytest.importorskip("tqdm")
    assert_same_bits(explain(cancer, verbose=1), explain(cancer))
    assert capsys.readouterr().out == ""


def test_a_chunk_leaves_the_explainer_as_it_was(cancer):
    model, background, X = cancer
    explainer = ShapleyExplainer(algorithm="permutation", random_state=0).fit(model, background)
    before = joblib.hash(explainer)
    first = explainer.explain(X)
    assert joblib.hash(explainer) == before
    assert_same_bits(explainer.explain(X), first)
    assert np.isfinite(first.values).all()


@pytest.mark.parametrize("algorithm", ["exact", "permutation"])
def test_blocks_that_bound_the_memory_do_not_show(algorithm, monkeypatch):
    rng = np.random.default_rng(0)
    X, background = rng.normal(size=(7, 5)), rng.normal(size=(6, 5))

    def model(X):
        return np.column_stack([X.prod(axis=1), np.maximum(X[:, 0], X[:, 1] * X[:, 2])])

    parameters = {"algorithm": algorithm, "random_state": 0}
    explainer = ShapleyExplainer(**parameters).fit(model, background)
    at_once = explainer.explain(X)
    monkeypatch.setattr(_sampling, "_MAX_CELLS", 65)
    monkeypatch.setattr(_coalitions, "_MAX_CELLS", 45)
    assert_same_bits(explainer.explain(X), at_once)
