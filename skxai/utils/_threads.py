"""Linear algebra on one thread, so that its sums have the same bits everywhere.

More threads split long sums, and a worker process usually has fewer than the main one.
"""

import threading
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _libraries():
    """What numpy and scipy calculate with, which scikit-learn has loaded by now; a slow search."""
    return ThreadpoolController().select(user_api="blas").lib_controllers


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
