"""Our own algebra runs on one BLAS thread, models on all: bits do not depend on the machine."""

import threading

import numpy as np
import pytest
from joblib import parallel_config
from numpy.testing import assert_array_equal
from threadpoolctl import ThreadpoolController, threadpool_limits

from skxai import LimeExplainer
from skxai.predictors import as_predictor
from skxai.utils._parallel import map_chunks
from skxai.utils._threads import one_blas_thread


def n_threads(*_):
    """How many threads BLAS may use; the same number for all that are loaded."""
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    (number,) = {library.get_num_threads() for library in libraries} or {None}
    return number


@pytest.fixture(autouse=True)
def _two_threads():
    with threadpool_limits(limits=2, user_api="blas"):
        if n_threads() != 2:
            pytest.skip("BLAS has no second thread here")
        yield


def test_a_block_has_one_thread_and_a_model_within_has_all():
    with one_blas_thread():
        assert n_threads() == 1
        with one_blas_thread():
            assert n_threads() == 1
            with one_blas_thread(wanted=False):
                assert n_threads() == 2
            assert n_threads() == 1
        assert n_threads() == 1
    assert n_threads() == 2


def test_the_limit_ends_with_an_error():
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        _ = 1 / 0
    assert n_threads() == 2


def test_side_by_side_the_last_to_leave_lifts_the_limit():
    entered, leave, seen = threading.Event(), threading.Event(), []

    def other():
        with one_blas_thread():
            entered.set()
            leave.wait(10)
            seen.append(n_threads())

    thread = threading.Thread(target=other)
    with one_blas_thread():
        thread.start()
        entered.wait(10)
        with one_blas_thread(wanted=False):
            assert n_threads() == 1  # the other thread still needs it
    assert n_threads() == 1
    leave.set()
    thread.join()
    assert seen == [1]
    assert n_threads() == 2


@pytest.mark.parametrize("backend", ["sequential", "threading", "loky"])
def test_chunks_are_worked_on_with_one_thread(backend):
    with parallel_config(backend=backend, n_jobs=2):
        assert map_chunks(n_threads, [(0,)] * 4, n_chunks=4) == [1] * 4
    assert n_threads() == 2


def test_models_keep_their_threads_in_chunks():
    seen = []

    def model(X):
        seen.append(n_threads())
        return X[:, 0]

    predictor = as_predictor(model, np.zeros((3, 2)))
    map_chunks(predictor, [(np.ones((4, 2)),)] * 2, n_chunks=2)
    assert set(seen) == {2}


def test_explanations_have_the_same_bits_with_any_number_of_threads():
    rng = np.random.RandomState(0)
    X = rng.standard_normal((150, 4))

    def model(X):
        return np.column_stack([X[:, 0] * X[:, 1], np.sin(X[:, 2]), np.maximum(X[:, 3], 0)])

    explainer = LimeExplainer(kernel="exponential", random_state=0).fit(model, X)
    two = explainer.explain(X)
    with threadpool_limits(limits=1, user_api="blas"):
        one = explainer.explain(X)
    assert_array_equal(one.values, two.values)
    assert_array_equal(one.std_errors, two.std_errors)
    assert_array_equal(one.r2, two.r2)
