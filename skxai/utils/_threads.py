"""Linear algebra on one thread, so that its sums have the same bits everywhere.

More threads split long sums, and a worker process usually has fewer than the main one. And models
that work in parallel themselves, within an explainer that does: together, no more threads than
processors.
"""

import threading
from contextlib import contextmanager
from functools import cache

from joblib import cpu_count, parallel_config
from joblib.parallel import SequentialBackend, ThreadingBackend, get_active_backend
from threadpoolctl import ThreadpoolController


@cache
def _libraries(user_api="blas"):
    """What numpy and scipy calculate with, which scikit-learn has loaded by now; a slow search."""
    return ThreadpoolController().select(user_api=user_api).lib_controllers


class _OneThread:
    """A limit of the process while any of its threads asks for it; the last to leave lifts it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.n_asking = 0
        self.usual = None
        self.here = threading.local()

    def ask(self, wanted):
        """Let the calling thread ask for the limit or not; whether it did before."""
        before = getattr(self.here, "asks", False)
        if wanted != before:
            with self.lock:
                if self.n_asking == 0:
                    self.usual = [library.get_num_threads() for library in _libraries()]
                self.n_asking += 1 if wanted else -1
                if wanted:  # each thread says it: some libraries heed it in this thread alone
                    _allow([1] * len(self.usual))
                elif self.n_asking == 0:
                    _allow(self.usual)
            self.here.asks = wanted
        return before


def _allow(numbers_of_threads):
    for library, number in zip(_libraries(), numbers_of_threads):
        _free(library)
        library.set_num_threads(number)
        _free(library)


def _free(library):
    """From threadpoolctl 3.8 on, whichever thread set a number first alone may set another."""
    if hasattr(library, "clear_controlling_thread"):
        library.clear_controlling_thread(force=True)


_ONE_THREAD = _OneThread()


@contextmanager
def one_blas_thread(wanted=True):
    """Do the algebra of this block on one thread, however many BLAS may use.

    The limit holds for the process: for other threads it may mean less speed, and last bits.

    Parameters
    ----------
    wanted : bool, default=True
        False suspends the limit, such as for a model that is called within such a block.
    """
    before = _ONE_THREAD.ask(wanted)
    try:
        yield
    finally:
        _ONE_THREAD.ask(before)


_processors = cache(cpu_count)


class _SomeThreads(ThreadingBackend):
    """joblib's threads, but no more than some, however many are asked for."""

    def __init__(self, most, **options):
        super().__init__(**options)
        self.most = most

    def effective_n_jobs(self, n_jobs):
        return min(self.most, super().effective_n_jobs(n_jobs))


@contextmanager
def share_of_processors(n_workers):
    """Let models within this block use no more than their share of the processors.

    The limit is on what goes through joblib, such as the trees of a forest with ``n_jobs=-1``, and
    on OpenMP, such as gradient boosting; it holds for this thread alone.

    Parameters
    ----------
    n_workers : int
        How many such blocks run at the same time. With 1 there is no limit.
    """
    if n_workers == 1:
        yield
        return
    share = max(1, _processors() // n_workers)
    backend = SequentialBackend() if share == 1 else _SomeThreads(share)
    with parallel_config(backend=backend), openmp_threads(share):
        yield


@contextmanager
def openmp_threads(most):
    """OpenMP's number of threads is each thread's own."""
    before = [(library, library.get_num_threads()) for library in _libraries("openmp")]
    changed = [(library, number) for library, number in before if number > most]
    for library, _ in changed:
        library.set_num_threads(most)
    try:
        yield
    finally:
        for library, number in changed:
            library.set_num_threads(number)


@contextmanager
def own_jobs():
    """Let a model with ``n_jobs=None`` use one thread, whatever ``parallel_config`` says.

    That is for explainers. The trees of a forest would be summed in the order in which threads end.
    """
    backend, _ = get_active_backend()
    # Some, such as dask's, do not heed the number.
    heeds = backend.effective_n_jobs(1) == 1
    with parallel_config(n_jobs=1) if heeds else parallel_config("threading", n_jobs=1):
        yield
