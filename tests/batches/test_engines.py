"""Under each of joblib's engines: the same bits, models sent once, a fair share of threads."""

import os
import signal
import sys
import threading

import joblib
import numpy as np
import pytest
from joblib import parallel_config
from logging_models import Logged, Slow
from numpy.testing import assert_array_equal

import skxai
from skxai import CounterfactualExplainer, LimeExplainer, ShapleyExplainer
from skxai.base import BaseExplainer
from skxai.utils import _threads
from skxai.utils._checks import _rows
from skxai.utils._checks._cases import case_of
from skxai.utils._parallel import map_chunks
from skxai.utils._shipping import Shipped, broadcast

QUICK = {
    "CounterfactualExplainer": CounterfactualExplainer(max_evals=40),
    "LimeExplainer": LimeExplainer(n_samples=128),
}
EXPLAINERS = [
    name
    for name in skxai.__all__
    if isinstance(getattr(skxai, name), type)
    and issubclass(getattr(skxai, name), BaseExplainer)
    and "n_jobs" in getattr(skxai, name)().get_params()
]


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",  # any port: its own may be another test's
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def engine(request):
    """joblib's settings for an engine."""
    if request.param == "dask":
        request.getfixturevalue("client")
        return {"backend": "dask"}
    return {"backend": request.param, "n_jobs": 2}


def rows(n_rows):
    return np.random.default_rng(0).standard_normal((n_rows, 5))


def sampler(model, chunk=5):
    """An explainer of so many rows a chunk."""
    explainer = ShapleyExplainer(algorithm="permutation", random_state=0, max_evals=200)
    explainer.fit(model, rows(10))
    explainer._rows_per_chunk = lambda: chunk
    return explainer


def assert_same_bits(got, expected):
    assert_array_equal(got.values, expected.values)
    assert_array_equal(got.std_errors, expected.std_errors)
    assert_array_equal(got.predictions, expected.predictions)


@pytest.mark.parametrize("large", [0, 200_000], ids=["small", "large"])
@pytest.mark.parametrize("engine", ["threading", "loky", "dask"], indirect=True)
def test_a_model_is_sent_once_to_each_worker(engine, large, tmp_path):
    model = Logged(tmp_path / "notes.txt", large)
    explainer = sampler(model)
    expected = explainer.explain(rows(60))
    assert model.notes() == []
    with parallel_config(**engine):
        for _ in range(2):
            assert_same_bits(explainer.explain(rows(60)), expected)
            notes = model.notes()
            processes = [note.split()[1] for note in notes if note.startswith("unpickled")]
            if engine["backend"] == "threading":
                assert notes == []
                continue
            assert notes.count(f"pickled {os.getpid()}") == 1
            assert 1 <= len(processes) == len(set(processes)) <= 2
            assert len(notes) == 1 + len(processes)


@pytest.mark.parametrize("name", EXPLAINERS)
def test_dask_gives_the_same_bits(client, name):
    explainer = QUICK.get(name, getattr(skxai, name)())
    _rows._check_backend(explainer, "dask", case_of(explainer, "classes"))


def test_ray_gives_the_same_bits(monkeypatch):
    ray = pytest.importorskip("ray")
    from ray.util.joblib import register_ray

    register_ray()
    explainer = sampler(Slow())
    expected = explainer.explain(rows(60))
    # Its workers know the path of the environment, not that of this process.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    ray.init(num_cpus=2, include_dashboard=False)
    try:
        with parallel_config("ray", n_jobs=2):
            assert_same_bits(explainer.explain(rows(60)), expected)
        for name in ("LimeExplainer", "CounterfactualExplainer"):
            _rows._check_backend(QUICK[name], "ray", case_of(QUICK[name], "classes"))
    finally:
        ray.shutdown()


def test_a_killed_dask_worker_is_replaced(client):
    explainer = sampler(Slow())
    expected = explainer.explain(rows(60))
    explainer.predictor_.model.seconds = 0.05
    victim = next(iter(client.run(os.getpid).values()))
    timer = threading.Timer(0.4, os.kill, (victim, signal.SIGKILL))
    timer.start()
    with parallel_config("dask"):
        got = explainer.explain(rows(60))
    timer.join()
    assert_same_bits(got, expected)
    client.wait_for_workers(2, timeout=30)
    assert victim not in client.run(os.getpid).values()


# -- what travels ------------------------------------------------------------------------------


def test_large_arrays_are_shared_by_processes():
    weights = np.arange(300_000.0)
    with parallel_config("loky", n_jobs=2):
        found = map_chunks(Weights(weights), [(k,) for k in range(6)], n_chunks=6)
    assert found == [(k, False) for k in range(6)]  # read from a file that none may write to
    assert map_chunks(Weights(weights), [(1,)], n_chunks=1) == [(1, True)]


class Weights:
    """A function with an array."""

    def __init__(self, weights):
        self.weights = weights

    def __call__(self, k):
        return int(self.weights[k]), self.weights.flags.writeable


def test_functions_of_no_module_travel():
    shift = 3
    with parallel_config("loky", n_jobs=2):
        assert map_chunks(lambda k: k + shift, [(1,), (2,)], n_chunks=2) == [4, 5]


@pytest.mark.parametrize("engine", ["loky", "dask"], indirect=True)
def test_what_cannot_be_pickled_cannot_be_sent(engine):
    model = Slow()
    model.lock = threading.Lock()
    explainer = sampler(model)
    words = r"^ShapleyExplainer or its model cannot be pickled .*_thread.lock.*; expected one that"
    with parallel_config(**engine), pytest.raises(TypeError, match=words):
        explainer.explain(rows(60))
    with parallel_config("threading", n_jobs=2):
        assert_same_bits(explainer.explain(rows(60)), sampler(Slow()).explain(rows(60)))


def test_a_shipped_function_is_itself_here():
    shipped = Shipped(abs)
    assert shipped(-1) == 1
    assert broadcast(shipped) is shipped


def test_many_small_chunks_go_together():
    """joblib measures how long they take: far fewer tasks than chunks."""
    n_chunks = 3000
    with parallel_config("loky", n_jobs=2):
        sizes = map_chunks(size_of_task, [(k,) for k in range(n_chunks)], n_chunks=n_chunks)
    n_tasks = sum(1 / size for size in sizes)
    assert n_tasks < n_chunks / 3


def size_of_task(_):
    """How many functions run one after the other in the same task of joblib."""
    frame = sys._getframe()
    while type(frame.f_locals.get("self")).__name__ != "BatchedCalls":
        frame = frame.f_back
    return len(frame.f_locals["self"].items)


# -- threads -----------------------------------------------------------------------------------


def threads_of_a_model(_):
    """How many threads joblib gives a model that asks for many, and OpenMP any that asks."""
    openmp = {library.get_num_threads() for library in _threads._libraries("openmp")}
    return joblib.effective_n_jobs(64), *openmp


@pytest.mark.parametrize(("processors", "share"), [(16, 8), (2, 1), (1, 1)])
def test_models_use_their_share_of_the_processors(monkeypatch, processors, share):
    monkeypatch.setattr(_threads, "_processors", lambda: processors)
    alone = threads_of_a_model(None)
    with parallel_config("threading", n_jobs=2):
        found = map_chunks(threads_of_a_model, [(k,) for k in range(4)], n_chunks=4)
    assert {asked for asked, *_ in found} == {share}
    assert all(number <= share for _, *numbers in found for number in numbers)
    assert threads_of_a_model(None) == alone


def test_a_model_alone_has_all_threads():
    (found,) = map_chunks(threads_of_a_model, [(0,)], n_chunks=1)
    assert found == threads_of_a_model(None)


@pytest.mark.parametrize("engine", ["loky", "dask"], indirect=True)
def test_models_in_workers_do_not_start_more_than_their_share(engine):
    with parallel_config(**engine):
        found = map_chunks(threads_of_a_model, [(k,) for k in range(4)], n_chunks=4)
    assert {asked for asked, *_ in found} == {max(1, joblib.cpu_count() // 2)}


def test_backends_of_the_caller_are_left_alone():
    with parallel_config("threading", n_jobs=2):
        map_chunks(threads_of_a_model, [(k,) for k in range(4)], n_chunks=4)
        assert joblib.effective_n_jobs() == 2
